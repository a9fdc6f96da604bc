//! Cohere Chat, version 2: content and calls have numbers of their own.

use super::{NOVEL, Spelt, event, increments};
use crate::script::{Call, Counts, Script, Step, Stop};
use serde_json::{Value, json};

pub(super) fn stream(script: &Script) -> Spelt {
    let mut bytes = Vec::new();
    let empty = json!({"role": "assistant", "content": [], "tool_plan": "", "tool_calls": []});
    say(&mut bytes, json!({"type": "message-start", "id": "c1", "delta": {"message": empty}}));
    let (mut contents, mut calls_so_far) = (0, 0);
    for step in &script.steps {
        match step {
            Step::Reasoning(text) => content(&mut bytes, &mut contents, "thinking", text),
            Step::Text(text) => content(&mut bytes, &mut contents, "text", text),
            Step::Calls(calls) => {
                for (index, call) in (calls_so_far..).zip(calls) {
                    let mut start = whole_call(call);
                    start["function"]["arguments"] = json!("");
                    say(&mut bytes, of_call("tool-call-start", index, &start));
                    for piece in increments(call.arguments) {
                        let more = json!({"function": {"arguments": piece}});
                        say(&mut bytes, of_call("tool-call-delta", index, &more));
                    }
                    say(&mut bytes, json!({"type": "tool-call-end", "index": index}));
                }
                calls_so_far += calls.len();
            }
            Step::Unknown(text) => say(&mut bytes, json!({"type": "novelty", "novelty": text})),
            Step::Fault(text) => {
                let delta = json!({"finish_reason": "ERROR", "error": text});
                say(&mut bytes, json!({"type": "message-end", "delta": delta}));
            }
        }
    }
    let mut mark = Vec::new();
    let mut delta = json!({"finish_reason": finish(script.stop)});
    if let Some(counts) = script.counts {
        delta["usage"] = usage(counts);
    }
    say(&mut mark, json!({"type": "message-end", "delta": delta}));
    Spelt { bytes, mark }
}

pub(super) fn document(script: &Script) -> Value {
    let mut message = json!({"role": "assistant", "content": []});
    for step in &script.steps {
        let content = match step {
            Step::Reasoning(text) => json!({"type": "thinking", "thinking": text}),
            Step::Text(text) => json!({"type": "text", "text": text}),
            Step::Calls(calls) => {
                message["tool_calls"] = calls.iter().map(whole_call).collect();
                continue;
            }
            Step::Unknown(_) | Step::Fault(_) => continue,
        };
        message["content"].as_array_mut().unwrap().push(content);
    }
    let mut answer = json!({"id": "c1", "finish_reason": finish(script.stop), "message": message});
    if let Some(counts) = script.counts {
        answer["usage"] = usage(counts);
    }
    answer
}

fn say(bytes: &mut Vec<u8>, value: Value) {
    bytes.extend(event(value["type"].as_str().unwrap(), &value));
}

fn content(bytes: &mut Vec<u8>, index: &mut u32, kind: &str, text: &str) {
    let of = |name: &str, content: &Value| json!({"type": name, "index": *index, "delta": {"message": {"content": content}}});
    say(bytes, of("content-start", &json!({"type": kind, kind: ""})));
    for piece in increments(text) {
        say(bytes, of("content-delta", &json!({ kind: piece })));
    }
    say(bytes, json!({"type": "content-end", "index": *index}));
    *index += 1;
}

fn of_call(name: &str, index: usize, call: &Value) -> Value {
    json!({"type": name, "index": index, "delta": {"message": {"tool_calls": call}}})
}

fn whole_call(call: &Call) -> Value {
    json!({"id": call.id, "type": "function",
           "function": {"name": call.name, "arguments": call.arguments}})
}

fn finish(stop: Stop) -> &'static str {
    match stop {
        Stop::Done => "COMPLETE",
        Stop::Limit => "MAX_TOKENS",
        Stop::Calls => "TOOL_CALL",
        // It has no word for a filter.
        Stop::Filter | Stop::Novel => NOVEL,
    }
}

/// Counts are floats.
fn usage(counts: Counts) -> Value {
    json!({
        "billed_units": {"input_tokens": 1.0, "output_tokens": f64::from(counts.output)},
        "tokens": {"input_tokens": f64::from(counts.input), "output_tokens": f64::from(counts.output)},
        "cached_tokens": f64::from(counts.cache_read),
    })
}
