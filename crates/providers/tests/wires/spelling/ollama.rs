//! Ollama's `/api/chat`: a JSON object a line, calls whole.

use super::{NOVEL, Spelt, increments, object};
use crate::script::{Call, Script, Step, Stop};
use serde_json::{Value, json};

pub(super) fn stream(script: &Script) -> Spelt {
    let mut bytes = Vec::new();
    for step in &script.steps {
        match step {
            Step::Reasoning(text) => {
                for text in increments(text) {
                    say(&mut bytes, &json!({"role": "assistant", "content": "", "thinking": text}));
                }
            }
            Step::Text(text) => {
                for text in increments(text) {
                    say(&mut bytes, &json!({"role": "assistant", "content": text}));
                }
            }
            Step::Calls(calls) => {
                let calls: Vec<Value> = calls.iter().map(whole_call).collect();
                say(&mut bytes, &json!({"role": "assistant", "content": "", "tool_calls": calls}));
            }
            Step::Unknown(text) => bytes.extend(line(&json!({"novelty": text}))),
            Step::Fault(text) => bytes.extend(line(&json!({"error": text}))),
        }
    }
    Spelt { bytes, mark: line(&last(script, &json!({"role": "assistant", "content": ""}))) }
}

pub(super) fn document(script: &Script) -> Value {
    let mut message = json!({"role": "assistant", "content": ""});
    for step in &script.steps {
        match step {
            Step::Reasoning(text) => message["thinking"] = json!(text),
            Step::Text(text) => message["content"] = json!(text),
            Step::Calls(calls) => message["tool_calls"] = calls.iter().map(whole_call).collect(),
            Step::Unknown(_) | Step::Fault(_) => {}
        }
    }
    last(script, &message)
}

fn line(value: &Value) -> Vec<u8> {
    format!("{value}\n").into_bytes()
}

fn say(bytes: &mut Vec<u8>, message: &Value) {
    let created = "2026-11-20T10:00:00.123Z";
    bytes.extend(line(&json!({"model": "m-2026", "created_at": created, "message": message, "done": false})));
}

fn whole_call(call: &Call) -> Value {
    json!({"id": call.id, "function": {"name": call.name, "arguments": object(call.arguments)}})
}

fn last(script: &Script, message: &Value) -> Value {
    let reason = match script.stop {
        // It has no word of its own for calls.
        Stop::Done | Stop::Calls => "stop",
        Stop::Limit => "length",
        // Nor for a filter.
        Stop::Filter | Stop::Novel => NOVEL,
    };
    let mut last = json!({"model": "m-2026", "message": message, "done": true, "done_reason": reason,
                          "total_duration": 5});
    if let Some(counts) = script.counts {
        last["prompt_eval_count"] = json!(counts.input);
        last["eval_count"] = json!(counts.output);
    }
    last
}
