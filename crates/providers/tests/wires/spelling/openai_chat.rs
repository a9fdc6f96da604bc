//! OpenAI Chat Completions.

use super::{NOVEL, Spelt, event, increments};
use crate::script::{Call, Counts, Script, Step, Stop};
use serde_json::{Value, json};

pub(super) fn stream(script: &Script) -> Spelt {
    let mut bytes = b": a comment keeps the connection open\n\n".to_vec();
    bytes.extend(chunk(&json!({"role": "assistant", "content": ""})));
    let mut calls_so_far = 0;
    for step in &script.steps {
        match step {
            Step::Reasoning(text) => {
                for text in increments(text) {
                    bytes.extend(chunk(&json!({"reasoning_content": text})));
                }
            }
            Step::Text(text) => {
                for text in increments(text) {
                    bytes.extend(chunk(&json!({"content": text})));
                }
            }
            Step::Calls(calls) => {
                for (index, call) in (calls_so_far..).zip(calls) {
                    let function = json!({"name": call.name, "arguments": ""});
                    let start =
                        json!({"index": index, "id": call.id, "type": "function", "function": function});
                    bytes.extend(chunk(&json!({"tool_calls": [start]})));
                }
                for (index, call) in (calls_so_far..).zip(calls) {
                    for piece in increments(call.arguments) {
                        let more = json!({"index": index, "function": {"arguments": piece}});
                        bytes.extend(chunk(&json!({"tool_calls": [more]})));
                    }
                }
                calls_so_far += calls.len();
            }
            Step::Unknown(text) => bytes.extend(event("", &json!({"object": "novelty", "novelty": text}))),
            Step::Fault(text) => {
                let error = json!({"message": text, "type": "server_error", "code": "server_error"});
                bytes.extend(event("", &json!({"error": error})));
            }
        }
    }
    let last = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m-2026",
                      "choices": [{"index": 0, "delta": {}, "finish_reason": finish(script.stop)}]});
    let mut mark = event("", &last);
    if let Some(counts) = script.counts {
        let usage = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m-2026",
                           "choices": [], "usage": usage(counts)});
        mark.extend(event("", &usage));
    }
    mark.extend(b"data: [DONE]\n\n");
    Spelt { bytes, mark }
}

pub(super) fn document(script: &Script) -> Value {
    let mut message = json!({"role": "assistant", "content": null});
    for step in &script.steps {
        match step {
            Step::Reasoning(text) => message["reasoning_content"] = json!(text),
            Step::Text(text) => message["content"] = json!(text),
            Step::Calls(calls) => message["tool_calls"] = calls.iter().map(whole_call).collect(),
            Step::Unknown(_) | Step::Fault(_) => {}
        }
    }
    let choice = json!({"index": 0, "message": message, "finish_reason": finish(script.stop)});
    let mut answer = json!({"id": "chatcmpl-1", "object": "chat.completion", "model": "m-2026",
                            "choices": [choice]});
    if let Some(counts) = script.counts {
        answer["usage"] = usage(counts);
    }
    answer
}

fn whole_call(call: &Call) -> Value {
    json!({"id": call.id, "type": "function",
           "function": {"name": call.name, "arguments": call.arguments}})
}

fn chunk(delta: &Value) -> Vec<u8> {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": null});
    event(
        "",
        &json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m-2026", "choices": [choice]}),
    )
}

fn finish(stop: Stop) -> &'static str {
    match stop {
        Stop::Done => "stop",
        Stop::Limit => "length",
        Stop::Calls => "tool_calls",
        Stop::Filter => "content_filter",
        Stop::Novel => NOVEL,
    }
}

fn usage(counts: Counts) -> Value {
    json!({
        "prompt_tokens": counts.input,
        "completion_tokens": counts.output,
        "total_tokens": counts.input + counts.output,
        "prompt_tokens_details": {
            "cached_tokens": counts.cache_read, "cache_write_tokens": counts.cache_write,
        },
        "completion_tokens_details": {"reasoning_tokens": counts.reasoning},
    })
}
