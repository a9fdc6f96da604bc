//! Anthropic Messages: blocks one after the other, each with a number.

use super::{NOVEL, Spelt, event, increments, object};
use crate::script::{Call, Counts, Script, Step, Stop};
use serde_json::{Value, json};

/// What thinking is signed with, in two pieces.
const SIGNATURE: [&str; 2] = ["EqQBCg", "IYAQ=="];

pub(super) fn stream(script: &Script) -> Spelt {
    let mut bytes = Vec::new();
    let mut message = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m-2026",
                             "content": [], "stop_reason": null});
    if let Some(counts) = script.counts {
        message["usage"] = usage(Counts { output: 1, reasoning: 0, ..counts });
    }
    say(&mut bytes, json!({"type": "message_start", "message": message}));
    let mut index = 0;
    for step in &script.steps {
        match step {
            Step::Reasoning(text) => {
                let empty = json!({"type": "thinking", "thinking": "", "signature": ""});
                let mut deltas: Vec<Value> = increments(text)
                    .iter()
                    .map(|text| json!({"type": "thinking_delta", "thinking": text}))
                    .collect();
                deltas.extend(SIGNATURE.map(|piece| json!({"type": "signature_delta", "signature": piece})));
                block(&mut bytes, &mut index, &empty, &deltas);
            }
            Step::Text(text) => {
                let deltas: Vec<Value> =
                    increments(text).iter().map(|text| json!({"type": "text_delta", "text": text})).collect();
                block(&mut bytes, &mut index, &json!({"type": "text", "text": ""}), &deltas);
            }
            Step::Calls(calls) => {
                for call in calls {
                    let empty = json!({"type": "tool_use", "id": call.id, "name": call.name, "input": {}});
                    let deltas: Vec<Value> = increments(call.arguments)
                        .iter()
                        .map(|piece| json!({"type": "input_json_delta", "partial_json": piece}))
                        .collect();
                    block(&mut bytes, &mut index, &empty, &deltas);
                }
            }
            Step::Unknown(text) => say(&mut bytes, json!({"type": "novelty", "novelty": text})),
            Step::Fault(text) => {
                let error = json!({"type": "overloaded_error", "message": text});
                say(&mut bytes, json!({"type": "error", "error": error}));
            }
        }
        say(&mut bytes, json!({"type": "ping"}));
    }
    let mut mark = Vec::new();
    let mut last = json!({"type": "message_delta",
                          "delta": {"stop_reason": stop_reason(script.stop), "stop_sequence": null}});
    if let Some(counts) = script.counts {
        last["usage"] = json!({"output_tokens": counts.output,
                               "output_tokens_details": {"thinking_tokens": counts.reasoning}});
    }
    say(&mut mark, last);
    say(&mut mark, json!({"type": "message_stop"}));
    Spelt { bytes, mark }
}

pub(super) fn document(script: &Script) -> Value {
    let mut content = Vec::new();
    for step in &script.steps {
        match step {
            Step::Reasoning(text) => {
                content.push(json!({"type": "thinking", "thinking": text, "signature": SIGNATURE.concat()}));
            }
            Step::Text(text) => content.push(json!({"type": "text", "text": text})),
            Step::Calls(calls) => content.extend(calls.iter().map(whole_call)),
            Step::Unknown(_) | Step::Fault(_) => {}
        }
    }
    let mut message = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "m-2026",
                             "content": content, "stop_reason": stop_reason(script.stop)});
    if let Some(counts) = script.counts {
        message["usage"] = usage(counts);
    }
    message
}

fn whole_call(call: &Call) -> Value {
    json!({"type": "tool_use", "id": call.id, "name": call.name, "input": object(call.arguments)})
}

fn say(bytes: &mut Vec<u8>, value: Value) {
    bytes.extend(event(value["type"].as_str().unwrap(), &value));
}

fn block(bytes: &mut Vec<u8>, index: &mut u32, empty: &Value, deltas: &[Value]) {
    say(bytes, json!({"type": "content_block_start", "index": index, "content_block": empty}));
    for delta in deltas {
        say(bytes, json!({"type": "content_block_delta", "index": index, "delta": delta}));
    }
    say(bytes, json!({"type": "content_block_stop", "index": index}));
    *index += 1;
}

fn stop_reason(stop: Stop) -> &'static str {
    match stop {
        Stop::Done => "end_turn",
        Stop::Limit => "max_tokens",
        Stop::Calls => "tool_use",
        Stop::Filter => "refusal",
        Stop::Novel => NOVEL,
    }
}

/// Cached tokens are counted apart from the others of the prompt.
fn usage(counts: Counts) -> Value {
    json!({
        "input_tokens": counts.input - counts.cache_read - counts.cache_write,
        "cache_read_input_tokens": counts.cache_read,
        "cache_creation_input_tokens": counts.cache_write,
        "output_tokens": counts.output,
        "output_tokens_details": {"thinking_tokens": counts.reasoning},
    })
}
