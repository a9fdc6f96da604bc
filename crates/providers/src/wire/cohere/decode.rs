//! Reads Chat events of version 2. Content and tool calls have indexes of their own, and a plan has none;
//! blocks are numbered as they begin.
//!
//! Citations are known and left out: they point into documents, which are never sent, and into tool
//! results, whose calls are shown anyway.

use super::PLAN;
use crate::classify;
use crate::error::{ErrorKind, ProviderError};
use crate::event::Event;
use crate::wire::Reader;
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::Value;

/// What a block is on this wire.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Text(u64),
    Thinking(u64),
    Plan,
    Call(u64),
}

/// The state of one answer.
#[derive(Default)]
pub(crate) struct Decoder {
    blocks: u32,
    open: Vec<(Place, u32)>,
    usage: Usage,
}

impl Reader for Decoder {
    /// One event of a stream; its name is in the data.
    fn frame(&mut self, event: &str, value: &Value, raw: &str, out: &mut Vec<Event>) {
        let name = value.get("type").and_then(Value::as_str).unwrap_or(event);
        let index = value.get("index").and_then(Value::as_u64).unwrap_or(0);
        let message = &value["delta"]["message"];
        match name {
            "message-start" => out.push(started(value)),
            "content-start" | "content-delta" => self.content(index, &message["content"], raw, out),
            "content-end" => {
                self.close(
                    |place| matches!(place, Place::Text(at) | Place::Thinking(at) if at == index),
                    out,
                );
            }
            "tool-plan-delta" => self.plan(&message["tool_plan"], out),
            "tool-call-start" => self.call(index, &message["tool_calls"], out),
            "tool-call-delta" => {
                let call = self.open.iter().find(|(place, _)| *place == Place::Call(index));
                match (call, message.pointer("/tool_calls/function/arguments").and_then(Value::as_str)) {
                    (Some((_, block)), Some(delta)) => {
                        out.push(Event::ToolCallArguments { block: *block, delta: delta.to_owned() });
                    }
                    _ => out.push(Event::Note(raw.to_owned())),
                }
            }
            "tool-call-end" => self.close(|place| place == Place::Call(index), out),
            "citation-start" | "citation-end" => {}
            "message-end" => self.message_end(&value["delta"], out),
            _ if name == "error" || value.get("error").is_some_and(|error| !error.is_null()) => {
                out.push(Event::Failed(classify::from_json(value, None)));
            }
            // A refusal in the shape it has outside of a stream.
            _ if value.get("type").is_none() && value["message"].is_string() => {
                out.push(Event::Failed(classify::from_json(value, None)));
            }
            _ => out.push(Event::Note(raw.to_owned())),
        }
    }

    /// A whole answer instead of a stream. False when it is none.
    fn whole(&mut self, value: &Value, out: &mut Vec<Event>) -> bool {
        let Some(message) = value.get("message").filter(|message| message.is_object()) else { return false };
        out.push(started(value));
        self.plan(&message["tool_plan"], out);
        self.close(|_| true, out);
        for (index, content) in (0u64..).zip(message["content"].as_array().into_iter().flatten()) {
            self.content(index, content, &content.to_string(), out);
            self.close(|_| true, out);
        }
        for (index, call) in (0u64..).zip(message["tool_calls"].as_array().into_iter().flatten()) {
            self.call(index, call, out);
            self.close(|_| true, out);
        }
        self.message_end(value, out);
        true
    }

    /// The end of the bytes without `message-end`: a truncation, whatever came before.
    fn end(&mut self, cause: ProviderError, out: &mut Vec<Event>) {
        out.push(Event::Failed(cause));
    }
}

impl Decoder {
    /// A piece of content: text or thinking, by the field that it has.
    fn content(&mut self, index: u64, content: &Value, raw: &str, out: &mut Vec<Event>) {
        let text = |field: &str| content.get(field).and_then(Value::as_str);
        match (text("thinking"), text("text")) {
            (None, None) => {
                // The beginning of a block may be empty; a piece of a kind that nobody knows is not.
                if !matches!(text("type"), Some("text" | "thinking")) {
                    out.push(Event::Note(raw.to_owned()));
                }
            }
            (thinking, text) => {
                if let Some(delta) = thinking.filter(|delta| !delta.is_empty()) {
                    let block = self.block(Place::Thinking(index));
                    out.push(Event::Reasoning { block, delta: delta.to_owned() });
                }
                if let Some(delta) = text.filter(|delta| !delta.is_empty()) {
                    let block = self.block(Place::Text(index));
                    out.push(Event::Text { block, delta: delta.to_owned() });
                }
            }
        }
    }

    /// A piece of the plan for the tools. It is reasoning, signed so that it goes back as a plan.
    fn plan(&mut self, plan: &Value, out: &mut Vec<Event>) {
        let Some(delta) = plan.as_str().filter(|delta| !delta.is_empty()) else { return };
        let fresh = !self.open.iter().any(|(place, _)| *place == Place::Plan);
        let block = self.block(Place::Plan);
        out.push(Event::Reasoning { block, delta: delta.to_owned() });
        if fresh {
            out.push(Event::Signature { block, delta: PLAN.to_owned() });
        }
    }

    /// The beginning of a call, perhaps with arguments already.
    fn call(&mut self, index: u64, call: &Value, out: &mut Vec<Event>) {
        self.close(|place| place == Place::Plan || place == Place::Call(index), out);
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let block = self.block(Place::Call(index));
        let id = match text(call.get("id")) {
            id if id.is_empty() => format!("call_{block}"),
            id => id,
        };
        out.push(Event::ToolCallStart { block, id, name: text(call.pointer("/function/name")) });
        let delta = text(call.pointer("/function/arguments"));
        if !delta.is_empty() {
            out.push(Event::ToolCallArguments { block, delta });
        }
    }

    /// Ends the answer with the finish reason and usage of `end`; the whole answer has both at its top.
    fn message_end(&mut self, end: &Value, out: &mut Vec<Event>) {
        self.close(|_| true, out);
        if end["usage"].is_object() {
            self.usage = read_usage(&end["usage"]);
            out.push(Event::Usage(self.usage.clone()));
        }
        let raw = end.get("finish_reason").and_then(Value::as_str).unwrap_or_default();
        let words = end.get("error").filter(|error| !error.is_null());
        out.push(match (raw, words) {
            ("TIMEOUT", _) => Event::Failed(ProviderError::new(ErrorKind::Timeout, "")),
            (_, Some(_)) => Event::Failed(classify::from_json(end, None)),
            ("ERROR", None) => {
                let error = ProviderError::new(ErrorKind::Overloaded, "");
                Event::Failed(error.detail("it broke off without saying why"))
            }
            (raw, None) => Event::Finished { reason: finish_reason(raw), usage: self.usage.clone() },
        });
    }

    /// The block of a place, begun when it is not open.
    fn block(&mut self, place: Place) -> u32 {
        if let Some((_, block)) = self.open.iter().find(|(open, _)| *open == place) {
            return *block;
        }
        let block = self.blocks;
        self.blocks += 1;
        self.open.push((place, block));
        block
    }

    fn close(&mut self, which: impl Fn(Place) -> bool, out: &mut Vec<Event>) {
        self.open.retain(|(place, block)| {
            let closes = which(*place);
            if closes {
                out.push(Event::BlockEnd { block: *block });
            }
            !closes
        });
    }
}

fn started(value: &Value) -> Event {
    Event::Started { id: value.get("id").and_then(Value::as_str).map(str::to_owned), model: None }
}

/// An answer that does not say why it ended was whole: it had its last event.
fn finish_reason(raw: &str) -> FinishReason {
    match raw {
        "COMPLETE" | "STOP_SEQUENCE" | "" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "TOOL_CALL" => FinishReason::ToolCalls,
        raw => FinishReason::Other { raw: raw.to_owned() },
    }
}

/// Counts are floats here. What was billed leaves out what the vendor adds to a prompt by itself, so it
/// counts only where the real figures are missing.
fn read_usage(usage: &Value) -> Usage {
    let count = |path: &str| {
        let count = usage.pointer(path).and_then(Value::as_f64)?;
        // In range, so the cast keeps the value.
        (0.0..=f64::from(u32::MAX)).contains(&count).then_some(count as u32)
    };
    Usage {
        input: count("/tokens/input_tokens").or_else(|| count("/billed_units/input_tokens")),
        output: count("/tokens/output_tokens").or_else(|| count("/billed_units/output_tokens")),
        cache_read: count("/cached_tokens").or_else(|| count("/tokens/cached_tokens")),
        ..Usage::default()
    }
}
