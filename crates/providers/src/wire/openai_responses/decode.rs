//! Reads Responses events, of which there are about fifty kinds. What they say about items is in `items`.
//!
//! The end is one of three events or an error; there is no `[DONE]`, though imitators send one. Events
//! that are not known become notes; those that repeat what a later one holds are passed over.

use super::items::{Items, Place, Source};
use super::kept;
use crate::classify;
use crate::error::{ErrorKind, ProviderError};
use crate::event::Event;
use crate::target::Target;
use crate::wire::Reader;
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::Value;

/// The state of one answer.
pub(crate) struct Decoder {
    started: bool,
    items: Items,
    usage: Usage,
}

impl Decoder {
    pub(crate) fn new(target: &Target) -> Self {
        Self { started: false, items: Items::new(kept::host(target)), usage: Usage::default() }
    }
}

impl Reader for Decoder {
    /// One event of a stream. Its name is in the data too; some imitators send it in one place only.
    fn frame(&mut self, event: &str, value: &Value, raw: &str, out: &mut Vec<Event>) {
        let name = value.get("type").and_then(Value::as_str).unwrap_or(event);
        let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
        let number = |field: &str| value.get(field).and_then(Value::as_u64);
        let at = number("output_index");
        let place = Place { at, id: text("item_id") };
        let part = number("content_index").unwrap_or(0);
        let summary = (Source::Summary, number("summary_index").unwrap_or(0));
        let item = &value["item"];
        let whole = Place { at, id: item.get("id").and_then(Value::as_str).unwrap_or_default() };
        let response = value.get("response").unwrap_or(value);
        match name {
            "response.created" | "response.in_progress" | "response.queued" => self.start(response, out),
            "response.output_item.added" => self.items.added(whole, item, out),
            "response.output_item.done" if item.is_object() => self.items.done(whole, item, out),
            "response.output_text.delta" => self.items.text(place, part, text("delta"), true, out),
            "response.output_text.done" => self.items.text(place, part, text("text"), false, out),
            "response.refusal.delta" | "response.refusal.done" => {
                self.items.refused = true;
                let more = name.ends_with("delta");
                self.items.text(place, part, text(if more { "delta" } else { "refusal" }), more, out);
            }
            "response.reasoning_summary_text.delta" => {
                self.items.reasoning(place, summary, text("delta"), true, out);
            }
            "response.reasoning_summary_text.done" => {
                self.items.reasoning(place, summary, text("text"), false, out);
            }
            "response.reasoning_text.delta" => {
                self.items.reasoning(place, (Source::Text, part), text("delta"), true, out);
            }
            "response.reasoning_text.done" => {
                self.items.reasoning(place, (Source::Text, part), text("text"), false, out);
            }
            "response.function_call_arguments.delta" => {
                self.items.arguments(place, text("delta"), false, out);
            }
            "response.function_call_arguments.done" => {
                self.items.arguments(place, text("arguments"), true, out);
            }
            "response.completed" | "response.incomplete" | "response.failed" | "response.done" => {
                self.ended(name, response, out);
            }
            "error" => out.push(Event::Failed(failure(value))),
            _ if value.get("error").is_some_and(|error| !error.is_null()) => {
                out.push(Event::Failed(failure(value)));
            }
            _ if is_repeated(name) => {}
            _ => out.push(Event::Note(raw.to_owned())),
        }
    }

    /// A whole response instead of a stream. False when it is none.
    fn whole(&mut self, value: &Value, out: &mut Vec<Event>) -> bool {
        if !value.get("output").is_some_and(Value::is_array) {
            return false;
        }
        self.ended("", value, out);
        true
    }

    /// The mark that imitators send. One that tells no other end means that all was said.
    fn done(&mut self, out: &mut Vec<Event>) {
        if self.items.is_empty() {
            let error = ProviderError::new(ErrorKind::Truncated, "").detail("it holds no answer");
            return out.push(Event::Failed(error));
        }
        self.finish(FinishReason::Stop, out);
    }

    /// The end of the bytes without a last event: a truncation, whatever came before.
    fn end(&mut self, cause: ProviderError, out: &mut Vec<Event>) {
        out.push(Event::Failed(cause));
    }
}

impl Decoder {
    fn start(&mut self, response: &Value, out: &mut Vec<Event>) {
        if !std::mem::replace(&mut self.started, true) {
            let text = |field: &str| {
                response.get(field).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
            };
            out.push(Event::Started { id: text("id"), model: text("model") });
        }
    }

    /// The response is over; its status says how, else the name of the event.
    fn ended(&mut self, name: &str, response: &Value, out: &mut Vec<Event>) {
        if self.items.is_empty() {
            self.start(response, out);
            // Of a response without a stream, or of one whose increments were left out.
            for (at, item) in
                (0u64..).zip(response.get("output").and_then(Value::as_array).into_iter().flatten())
            {
                let id = item.get("id").and_then(Value::as_str).unwrap_or_default();
                self.items.done(Place { at: Some(at), id }, item, out);
            }
        }
        self.report(&response["usage"], out);
        let status = response.get("status").and_then(Value::as_str);
        let failed = response.get("error").is_some_and(|error| !error.is_null());
        match (name, status) {
            ("response.failed", _) | (_, Some("failed")) => out.push(Event::Failed(failure(response))),
            _ if failed => out.push(Event::Failed(failure(response))),
            (_, Some("cancelled")) => {
                let error = ProviderError::new(ErrorKind::Truncated, "").detail("it was stopped there");
                out.push(Event::Failed(error));
            }
            (_, Some("in_progress" | "queued")) if name.is_empty() => {
                let error = ProviderError::new(ErrorKind::Truncated, "").detail("it is not done yet");
                out.push(Event::Failed(error));
            }
            ("response.incomplete", _) | (_, Some("incomplete")) => {
                let reason = response.pointer("/incomplete_details/reason").and_then(Value::as_str);
                self.finish(incomplete(reason.unwrap_or("incomplete")), out);
            }
            _ => self.finish(FinishReason::Stop, out),
        }
    }

    fn finish(&mut self, reason: FinishReason, out: &mut Vec<Event>) {
        self.items.end(out);
        let reason = match reason {
            FinishReason::Stop if self.items.refused => FinishReason::Refusal,
            FinishReason::Stop if self.items.called => FinishReason::ToolCalls,
            reason => reason,
        };
        out.push(Event::Finished { reason, usage: self.usage.clone() });
    }

    fn report(&mut self, usage: &Value, out: &mut Vec<Event>) {
        let count = |path: &str| {
            usage.pointer(path).and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok())
        };
        let usage = Usage {
            input: count("/input_tokens"),
            output: count("/output_tokens"),
            cache_read: count("/input_tokens_details/cached_tokens"),
            cache_write: count("/input_tokens_details/cache_write_tokens"),
            reasoning: count("/output_tokens_details/reasoning_tokens"),
        };
        if usage != self.usage {
            self.usage = usage.clone();
            out.push(Event::Usage(usage));
        }
    }
}

/// Events that say nothing that the last event of their item does not say again: states of the server's
/// own tools, increments of what is kept whole, the frames around parts.
fn is_repeated(name: &str) -> bool {
    const PREFIXES: [&str; 9] = [
        "response.content_part.",
        "response.reasoning_summary_part.",
        "response.web_search_call.",
        "response.file_search_call.",
        "response.code_interpreter_call",
        "response.image_generation_call.",
        "response.mcp_",
        "response.custom_tool_call_input.",
        "response.computer_call",
    ];
    name == "keepalive" || name == "ping" || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

fn incomplete(raw: &str) -> FinishReason {
    match raw {
        "max_output_tokens" | "max_tokens" | "length" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        raw => FinishReason::Other { raw: raw.to_owned() },
    }
}

/// An error event or a failed response. The codes are those of the wire's own list, where `classify` knows
/// those that all vendors share.
fn failure(value: &Value) -> ProviderError {
    let mut error = classify::from_json(value, None);
    let code = error.vendor_code.as_deref().unwrap_or_default();
    let by_code = match code {
        "invalid_prompt" | "bio_policy" | "cyber_policy" => Some(ErrorKind::ContentFilter),
        "vector_store_timeout" => Some(ErrorKind::Timeout),
        code if code.contains("image") && !code.contains("content_policy") => Some(ErrorKind::Invalid),
        _ => None,
    };
    error.kind = by_code.unwrap_or(error.kind);
    // A bare event has its own name where others have the kind of error.
    error.vendor_code = error.vendor_code.filter(|code| code != "error");
    error
}
