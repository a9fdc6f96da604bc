//! How a script is spelled on the two wires, as server-sent events; on OpenAI's also as one body.

use super::script::{End, Said, Script, Step};
use serde_json::{Value, json};

/// A wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    OpenaiChat,
    AnthropicMessages,
}

/// The refusal of a wrong key.
pub(super) fn key_refused() -> Value {
    json!({"type": "error", "error": {
        "type": "authentication_error", "code": "invalid_api_key", "message": "Incorrect API key provided"
    }})
}

/// The whole answer as bytes and waits, cut as the script says.
pub(super) fn spell(wire: Wire, script: &Script) -> Vec<Step> {
    let mut frames = vec![Piece::Frame(head(wire, script))];
    let mut block = 0;
    let mut failed = false;
    for said in &script.said {
        match said {
            Said::Wait(gate) => frames.push(Piece::Wait(gate.clone())),
            Said::Text(text) => frames.push(Piece::Frame(text_frame(wire, text))),
            Said::Reasoning(text) => frames.push(Piece::Frame(reasoning_frame(wire, text))),
            Said::ToolCall { name, arguments } => {
                block += 1;
                frames.push(Piece::Frame(tool_frames(wire, block + 1, name, arguments)));
            }
            Said::Error(message) => {
                failed = true;
                frames.push(Piece::Frame(error_frame(wire, message)));
            }
        }
    }
    if script.end == End::Whole && !failed {
        frames.push(Piece::Frame(tail(wire, script, block > 0)));
    }
    frames.into_iter().flat_map(|piece| piece.steps(script.cut)).collect()
}

/// The whole answer as one body of OpenAI Chat Completions.
pub(super) fn whole(script: &Script) -> Value {
    let mut text = String::new();
    let mut calls = Vec::new();
    for said in &script.said {
        match said {
            Said::Text(more) => text.push_str(more),
            Said::ToolCall { name, arguments } => calls.push(json!({
                "id": format!("call_{}", calls.len() + 2), "type": "function",
                "function": {"name": name, "arguments": arguments}
            })),
            Said::Reasoning(_) | Said::Error(_) | Said::Wait(_) => {}
        }
    }
    let reason = if calls.is_empty() { "stop" } else { "tool_calls" };
    let mut message = json!({"role": "assistant", "content": text});
    if !calls.is_empty() {
        message["tool_calls"] = Value::Array(calls);
    }
    let (input, output) = script.usage.unwrap_or((11, 7));
    json!({"id": "chatcmpl-scripted", "object": "chat.completion", "created": 0, "model": "scripted",
           "choices": [{"index": 0, "message": message, "finish_reason": reason}],
           "usage": {"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output}})
}

enum Piece {
    Frame(String),
    Wait(crate::gate::Gate),
}

impl Piece {
    fn steps(self, cut: Option<usize>) -> Vec<Step> {
        match (self, cut) {
            (Self::Wait(gate), _) => vec![Step::Wait(gate)],
            (Self::Frame(frame), None) => vec![Step::Bytes(frame.into_bytes())],
            (Self::Frame(frame), Some(size)) => {
                frame.as_bytes().chunks(size).map(|bytes| Step::Bytes(bytes.to_vec())).collect()
            }
        }
    }
}

fn frame(wire: Wire, value: &Value) -> String {
    match wire {
        Wire::OpenaiChat => format!("data: {value}\n\n"),
        Wire::AnthropicMessages => {
            format!("event: {}\ndata: {value}\n\n", value["type"].as_str().unwrap_or_default())
        }
    }
}

fn chunk(delta: &Value) -> Value {
    json!({"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "model": "scripted",
           "choices": [{"index": 0, "delta": delta}]})
}

/// Where a wire's texts stand: reasoning is the first block and text the second.
fn delta(index: u32, kind: &str, field: &str, text: &str) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": {"type": kind, field: text}})
}

fn head(wire: Wire, script: &Script) -> String {
    match wire {
        Wire::OpenaiChat => frame(wire, &chunk(&json!({"role": "assistant", "content": ""}))),
        Wire::AnthropicMessages => {
            let input = script.usage.map_or(0, |(input, _)| input);
            let message = json!({"id": "msg_scripted", "model": "scripted", "role": "assistant", "content": [],
                                 "usage": {"input_tokens": input, "output_tokens": 0}});
            let start = json!({"type": "message_start", "message": message});
            let text = json!({"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}});
            let thinking = json!({"type": "content_block_start", "index": 0,
                                  "content_block": {"type": "thinking", "thinking": ""}});
            [start, thinking, text].iter().map(|value| frame(wire, value)).collect()
        }
    }
}

pub(super) fn text_frame(wire: Wire, text: &str) -> String {
    match wire {
        Wire::OpenaiChat => frame(wire, &chunk(&json!({"content": text}))),
        Wire::AnthropicMessages => frame(wire, &delta(1, "text_delta", "text", text)),
    }
}

fn reasoning_frame(wire: Wire, text: &str) -> String {
    match wire {
        Wire::OpenaiChat => frame(wire, &chunk(&json!({"reasoning_content": text}))),
        Wire::AnthropicMessages => {
            let thinking = delta(0, "thinking_delta", "thinking", text);
            let signature = delta(0, "signature_delta", "signature", "scripted-signature");
            format!("{}{}", frame(wire, &thinking), frame(wire, &signature))
        }
    }
}

fn tool_frames(wire: Wire, index: u32, name: &str, arguments: &str) -> String {
    let id = format!("call_{index}");
    match wire {
        Wire::OpenaiChat => {
            let function = json!({"name": name, "arguments": arguments});
            let calls = json!([{"index": index - 2, "id": id, "type": "function", "function": function}]);
            frame(wire, &chunk(&json!({"tool_calls": calls})))
        }
        Wire::AnthropicMessages => {
            let block = json!({"type": "tool_use", "id": id, "name": name, "input": {}});
            let start = json!({"type": "content_block_start", "index": index, "content_block": block});
            let stop = json!({"type": "content_block_stop", "index": index});
            let input = delta(index, "input_json_delta", "partial_json", arguments);
            [start, input, stop].iter().map(|value| frame(wire, value)).collect()
        }
    }
}

fn error_frame(wire: Wire, message: &str) -> String {
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": message}});
    frame(wire, &error)
}

fn tail(wire: Wire, script: &Script, called: bool) -> String {
    let usage = script.usage.unwrap_or((11, 7));
    match wire {
        Wire::OpenaiChat => {
            let reason = if called { "tool_calls" } else { "stop" };
            let mut last = chunk(&json!({}));
            last["choices"][0]["finish_reason"] = json!(reason);
            let usage = json!({"choices": [], "usage": {
                "prompt_tokens": usage.0, "completion_tokens": usage.1, "total_tokens": usage.0 + usage.1
            }});
            format!("{}{}data: [DONE]\n\n", frame(wire, &last), frame(wire, &usage))
        }
        Wire::AnthropicMessages => {
            let reason = if called { "tool_use" } else { "end_turn" };
            let stops = [0, 1].map(|index| json!({"type": "content_block_stop", "index": index}));
            let delta = json!({"type": "message_delta", "delta": {"stop_reason": reason},
                               "usage": {"output_tokens": usage.1}});
            let stop = json!({"type": "message_stop"});
            stops.iter().chain([&delta, &stop]).map(|value| frame(wire, value)).collect()
        }
    }
}
