//! Reads Messages events. Blocks that are not known pass through as opaque ones, events that are not
//! known as notes; neither is an error, because the vendor adds both without notice.

use crate::classify;
use crate::error::ProviderError;
use crate::event::Event;
use crate::wire::Reader;
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The state of one answer.
#[derive(Default)]
pub(crate) struct Decoder {
    /// Blocks that are handed on whole at their end, with the input JSON that came for them.
    opaque: HashMap<u32, (Value, String)>,
    tokens: Tokens,
    usage: Usage,
    finish: Option<FinishReason>,
}

/// Counts as last reported; each event repeats only some of them.
#[derive(Default)]
struct Tokens {
    input: Option<u32>,
    cache_read: Option<u32>,
    cache_write: Option<u32>,
    output: Option<u32>,
    reasoning: Option<u32>,
}

impl Reader for Decoder {
    /// One event of a stream. Its name is in the data too; some imitators send it there only.
    fn frame(&mut self, event: &str, value: &Value, raw: &str, out: &mut Vec<Event>) {
        let name = value.get("type").and_then(Value::as_str).unwrap_or(event);
        let block =
            value.get("index").and_then(Value::as_u64).and_then(|at| u32::try_from(at).ok()).unwrap_or(0);
        match name {
            "ping" => {}
            "message_start" => {
                let message = &value["message"];
                out.push(started(message));
                self.report(&message["usage"], out);
            }
            "content_block_start" => self.block_start(block, &value["content_block"], out),
            "content_block_delta" => {
                if !self.block_delta(block, &value["delta"], out) {
                    out.push(Event::Note(raw.to_owned()));
                }
            }
            "content_block_stop" => self.block_stop(block, out),
            "message_delta" => {
                if let Some(reason) = value.pointer("/delta/stop_reason").and_then(Value::as_str) {
                    self.finish = Some(finish_reason(reason));
                }
                self.report(&value["usage"], out);
            }
            "message_stop" => self.finished(out),
            "error" => out.push(Event::Failed(classify::from_json(value, None))),
            _ if value.get("error").is_some_and(Value::is_object) => {
                out.push(Event::Failed(classify::from_json(value, None)));
            }
            _ => out.push(Event::Note(raw.to_owned())),
        }
    }

    /// A whole message instead of a stream. False when it is none.
    fn whole(&mut self, value: &Value, out: &mut Vec<Event>) -> bool {
        let Some(content) = value.get("content").and_then(Value::as_array) else { return false };
        out.push(started(value));
        for (at, block) in (0u32..).zip(content) {
            self.block_start(at, block, out);
            self.block_stop(at, out);
        }
        self.report(&value["usage"], out);
        self.finish = value.get("stop_reason").and_then(Value::as_str).map(finish_reason);
        self.finished(out);
        true
    }

    /// The end of the bytes without `message_stop`: a truncation, whatever came before.
    fn end(&mut self, cause: ProviderError, out: &mut Vec<Event>) {
        out.push(Event::Failed(cause));
    }
}

impl Decoder {
    fn finished(&mut self, out: &mut Vec<Event>) {
        let reason = self.finish.take().unwrap_or(FinishReason::Stop);
        out.push(Event::Finished { reason, usage: self.usage.clone() });
    }

    /// A block may begin with content: imitators send whole blocks this way.
    fn block_start(&mut self, block: u32, content: &Value, out: &mut Vec<Event>) {
        let text = |field: &str| {
            content.get(field).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        match content.get("type").and_then(Value::as_str) {
            Some("text") => out.extend(text("text").map(|delta| Event::Text { block, delta })),
            Some("thinking") => {
                out.extend(text("thinking").map(|delta| Event::Reasoning { block, delta }));
                out.extend(text("signature").map(|delta| Event::Signature { block, delta }));
            }
            Some("tool_use") => {
                let id = text("id").unwrap_or_else(|| format!("call_{block}"));
                out.push(Event::ToolCallStart { block, id, name: text("name").unwrap_or_default() });
                if let Some(input) = content.get("input").filter(|input| !is_empty(input)) {
                    out.push(Event::ToolCallArguments { block, delta: input.to_string() });
                }
            }
            _ => {
                self.opaque.insert(block, (content.clone(), String::new()));
            }
        }
    }

    /// False when the delta is not known.
    fn block_delta(&mut self, block: u32, delta: &Value, out: &mut Vec<Event>) -> bool {
        let text = |field: &str| delta.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        match (delta.get("type").and_then(Value::as_str), self.opaque.get_mut(&block)) {
            (Some("input_json_delta"), Some((_, input))) => input.push_str(&text("partial_json")),
            (_, Some(_)) => return false,
            (Some("text_delta"), None) => out.push(Event::Text { block, delta: text("text") }),
            (Some("thinking_delta"), None) => out.push(Event::Reasoning { block, delta: text("thinking") }),
            // Never dropped when it repeats: the pieces together are what the vendor checks.
            (Some("signature_delta"), None) => out.push(Event::Signature { block, delta: text("signature") }),
            (Some("input_json_delta"), None) => {
                let delta = text("partial_json");
                if !delta.is_empty() {
                    out.push(Event::ToolCallArguments { block, delta });
                }
            }
            _ => return false,
        }
        true
    }

    fn block_stop(&mut self, block: u32, out: &mut Vec<Event>) {
        if let Some((mut value, input)) = self.opaque.remove(&block) {
            if let (Some(object), Ok(input)) =
                (value.as_object_mut(), serde_json::from_str::<Map<_, _>>(&input))
            {
                object.insert("input".into(), Value::Object(input));
            }
            out.push(Event::Opaque { block, value });
        }
        out.push(Event::BlockEnd { block });
    }

    /// Takes counts. Ours of the prompt is all of it; this wire counts cached tokens apart.
    fn report(&mut self, usage: &Value, out: &mut Vec<Event>) {
        let count = |path: &str| {
            usage.pointer(path).and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok())
        };
        let tokens = &mut self.tokens;
        for (slot, field) in [
            (&mut tokens.input, "/input_tokens"),
            (&mut tokens.cache_read, "/cache_read_input_tokens"),
            (&mut tokens.cache_write, "/cache_creation_input_tokens"),
            (&mut tokens.output, "/output_tokens"),
            // Part of the output, and reported by newer models only.
            (&mut tokens.reasoning, "/output_tokens_details/thinking_tokens"),
        ] {
            *slot = count(field).or(*slot);
        }
        let cached = tokens.cache_read.unwrap_or(0).saturating_add(tokens.cache_write.unwrap_or(0));
        let usage = Usage {
            input: tokens.input.map(|input| input.saturating_add(cached)),
            output: tokens.output,
            cache_read: tokens.cache_read,
            cache_write: tokens.cache_write,
            reasoning: tokens.reasoning,
        };
        if usage != self.usage {
            self.usage = usage.clone();
            out.push(Event::Usage(usage));
        }
    }
}

fn started(message: &Value) -> Event {
    let text = |field: &str| message.get(field).and_then(Value::as_str).map(str::to_owned);
    Event::Started { id: text("id"), model: text("model") }
}

fn is_empty(input: &Value) -> bool {
    input.as_object().is_some_and(Map::is_empty) || input.is_null()
}

fn finish_reason(raw: &str) -> FinishReason {
    match raw {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::Refusal,
        raw => FinishReason::Other { raw: raw.to_owned() },
    }
}
