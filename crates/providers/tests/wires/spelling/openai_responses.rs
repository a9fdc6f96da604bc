//! OpenAI Responses. Every event has its name twice and a number; items open and close.

use super::{NOVEL, Spelt, event, increments};
use crate::script::{Call, Counts, Script, Step, Stop};
use serde_json::{Value, json};

/// What stands for reasoning that only the server can read.
const SEALED: &str = "c2VhbGVk";

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    sequence: u32,
    items: Vec<Value>,
}

impl Writer {
    fn event(&mut self, name: &str, mut value: Value) {
        value["type"] = json!(name);
        value["sequence_number"] = json!(self.sequence);
        self.sequence += 1;
        self.bytes.extend(event(name, &value));
    }

    fn opens(&mut self, at: usize, item: &Value) {
        self.event("response.output_item.added", json!({"output_index": at, "item": item}));
    }

    fn closes(&mut self, at: usize, item: Value) {
        self.event("response.output_item.done", json!({"output_index": at, "item": item}));
        self.items.push(item);
    }
}

pub(super) fn stream(script: &Script) -> Spelt {
    let mut writer = Writer::default();
    let begun = json!({"id": "resp_1", "object": "response", "model": "m-2026", "status": "in_progress",
                       "output": []});
    writer.event("response.created", json!({"response": begun}));
    writer.event("response.in_progress", json!({"response": begun}));
    for step in &script.steps {
        let at = writer.items.len();
        match step {
            Step::Reasoning(text) => {
                let id = format!("rs_{at}");
                writer.opens(at, &json!({"id": id, "type": "reasoning", "summary": []}));
                let place = json!({"item_id": id, "output_index": at, "summary_index": 0});
                for delta in increments(text) {
                    let name = "response.reasoning_summary_text.delta";
                    writer.event(name, with(&place, "delta", &delta));
                }
                writer.event("response.reasoning_summary_text.done", with(&place, "text", text));
                writer.closes(at, reasoning(at, text));
            }
            Step::Text(text) => {
                let id = format!("msg_{at}");
                let open = json!({"id": id, "type": "message", "role": "assistant", "status": "in_progress", "content": []});
                writer.opens(at, &open);
                let place = json!({"item_id": id, "output_index": at, "content_index": 0});
                writer.event("response.content_part.added", place.clone());
                for delta in increments(text) {
                    writer.event("response.output_text.delta", with(&place, "delta", &delta));
                }
                writer.event("response.output_text.done", with(&place, "text", text));
                writer.event("response.content_part.done", place);
                writer.closes(at, message(at, text));
            }
            Step::Calls(calls) => {
                for (at, call) in (at..).zip(calls) {
                    let mut open = function_call(at, call);
                    open["arguments"] = json!("");
                    writer.opens(at, &open);
                }
                for (at, call) in (at..).zip(calls) {
                    let place = json!({"item_id": format!("fc_{at}"), "output_index": at});
                    for delta in increments(call.arguments) {
                        writer.event("response.function_call_arguments.delta", with(&place, "delta", &delta));
                    }
                    let name = "response.function_call_arguments.done";
                    writer.event(name, with(&place, "arguments", call.arguments));
                }
                for (at, call) in (at..).zip(calls) {
                    writer.closes(at, function_call(at, call));
                }
            }
            Step::Unknown(text) => writer.event("response.novelty", json!({"novelty": text})),
            Step::Fault(text) => writer.event("error", json!({"code": "server_error", "message": text})),
        }
    }
    let bytes = std::mem::take(&mut writer.bytes);
    let response = response(script, writer.items.clone());
    let name = match script.stop {
        Stop::Done | Stop::Calls => "response.completed",
        Stop::Limit | Stop::Filter | Stop::Novel => "response.incomplete",
    };
    writer.event(name, json!({"response": response}));
    Spelt { bytes, mark: writer.bytes }
}

pub(super) fn document(script: &Script) -> Value {
    let mut items = Vec::new();
    for step in &script.steps {
        match step {
            Step::Reasoning(text) => items.push(reasoning(items.len(), text)),
            Step::Text(text) => items.push(message(items.len(), text)),
            Step::Calls(calls) => {
                for call in calls {
                    items.push(function_call(items.len(), call));
                }
            }
            Step::Unknown(_) | Step::Fault(_) => {}
        }
    }
    response(script, items)
}

fn with(place: &Value, field: &str, text: &str) -> Value {
    let mut place = place.clone();
    place[field] = json!(text);
    place
}

fn reasoning(at: usize, text: &str) -> Value {
    json!({"id": format!("rs_{at}"), "type": "reasoning", "encrypted_content": SEALED,
           "summary": [{"type": "summary_text", "text": text}]})
}

fn message(at: usize, text: &str) -> Value {
    let content = json!([{"type": "output_text", "text": text, "annotations": []}]);
    json!({"id": format!("msg_{at}"), "type": "message", "role": "assistant", "status": "completed",
           "content": content})
}

fn function_call(at: usize, call: &Call) -> Value {
    json!({"id": format!("fc_{at}"), "type": "function_call", "call_id": call.id, "name": call.name,
           "arguments": call.arguments})
}

fn response(script: &Script, items: Vec<Value>) -> Value {
    let reason = match script.stop {
        Stop::Done | Stop::Calls => None,
        Stop::Limit => Some("max_output_tokens"),
        Stop::Filter => Some("content_filter"),
        Stop::Novel => Some(NOVEL),
    };
    let mut response = json!({"id": "resp_1", "object": "response", "model": "m-2026", "output": items,
                              "status": if reason.is_some() { "incomplete" } else { "completed" }});
    if let Some(reason) = reason {
        response["incomplete_details"] = json!({"reason": reason});
    }
    if let Some(counts) = script.counts {
        response["usage"] = usage(counts);
    }
    response
}

fn usage(counts: Counts) -> Value {
    json!({
        "input_tokens": counts.input,
        "output_tokens": counts.output,
        "total_tokens": counts.input + counts.output,
        "input_tokens_details": {
            "cached_tokens": counts.cache_read, "cache_write_tokens": counts.cache_write,
        },
        "output_tokens_details": {"reasoning_tokens": counts.reasoning},
    })
}
