//! Bedrock ConverseStream: messages of AWS's event stream, written by the vendor's own crate.

use super::{NOVEL, Spelt, increments, object};
use crate::script::{Call, Counts, Script, Step, Stop};
use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use serde_json::{Value, json};

/// What reasoning is signed with.
const SIGNATURE: &str = "EqQBCgIYAQ==";

pub(super) fn stream(script: &Script) -> Spelt {
    let mut bytes = Vec::new();
    say(&mut bytes, "messageStart", &json!({"role": "assistant"}));
    let mut index = 0;
    for step in &script.steps {
        match step {
            Step::Reasoning(text) => {
                let mut deltas: Vec<Value> =
                    increments(text).iter().map(|text| json!({"reasoningContent": {"text": text}})).collect();
                deltas.push(json!({"reasoningContent": {"signature": SIGNATURE}}));
                block(&mut bytes, &mut index, None, &deltas);
            }
            Step::Text(text) => {
                let deltas: Vec<Value> = increments(text).iter().map(|text| json!({"text": text})).collect();
                block(&mut bytes, &mut index, None, &deltas);
            }
            Step::Calls(calls) => {
                for call in calls {
                    let start = json!({"toolUse": {"toolUseId": call.id, "name": call.name}});
                    let deltas: Vec<Value> = increments(call.arguments)
                        .iter()
                        .map(|piece| json!({"toolUse": {"input": piece}}))
                        .collect();
                    block(&mut bytes, &mut index, Some(&start), &deltas);
                }
            }
            Step::Unknown(text) => say(&mut bytes, "novelty", &json!({"novelty": text})),
            Step::Fault(text) => {
                let headers =
                    [(":message-type", "exception"), (":exception-type", "modelStreamErrorException")];
                message(&mut bytes, &headers, &json!({"message": text, "originalStatusCode": 500}));
            }
        }
    }
    let mut mark = Vec::new();
    say(&mut mark, "messageStop", &json!({"stopReason": stop_reason(script.stop)}));
    // What is told of the tokens comes behind the end.
    let mut metadata = json!({"metrics": {"latencyMs": 7}});
    if let Some(counts) = script.counts {
        metadata["usage"] = usage(counts);
    }
    say(&mut mark, "metadata", &metadata);
    Spelt { bytes, mark }
}

pub(super) fn document(script: &Script) -> Value {
    let mut content = Vec::new();
    for step in &script.steps {
        match step {
            Step::Reasoning(text) => {
                let text = json!({"text": text, "signature": SIGNATURE});
                content.push(json!({"reasoningContent": {"reasoningText": text}}));
            }
            Step::Text(text) => content.push(json!({"text": text})),
            Step::Calls(calls) => content.extend(calls.iter().map(whole_call)),
            Step::Unknown(_) | Step::Fault(_) => {}
        }
    }
    let mut answer = json!({"output": {"message": {"role": "assistant", "content": content}},
                            "stopReason": stop_reason(script.stop), "metrics": {"latencyMs": 7}});
    if let Some(counts) = script.counts {
        answer["usage"] = usage(counts);
    }
    answer
}

fn whole_call(call: &Call) -> Value {
    json!({"toolUse": {"toolUseId": call.id, "name": call.name, "input": object(call.arguments)}})
}

fn say(bytes: &mut Vec<u8>, name: &'static str, payload: &Value) {
    let headers = [(":message-type", "event"), (":event-type", name), (":content-type", "application/json")];
    message(bytes, &headers, payload);
}

fn message(bytes: &mut Vec<u8>, headers: &[(&'static str, &'static str)], payload: &Value) {
    let header = |(name, value): &(&'static str, &'static str)| {
        Header::new(*name, HeaderValue::String((*value).into()))
    };
    let headers = headers.iter().map(header).collect();
    let message = Message::new_from_parts(headers, payload.to_string().into_bytes());
    write_message_to(&message, bytes).unwrap();
}

/// Blocks of text and reasoning begin with their first increment.
fn block(bytes: &mut Vec<u8>, index: &mut u32, start: Option<&Value>, deltas: &[Value]) {
    if let Some(start) = start {
        say(bytes, "contentBlockStart", &json!({"start": start, "contentBlockIndex": index}));
    }
    for delta in deltas {
        say(bytes, "contentBlockDelta", &json!({"delta": delta, "contentBlockIndex": index}));
    }
    say(bytes, "contentBlockStop", &json!({"contentBlockIndex": index}));
    *index += 1;
}

fn stop_reason(stop: Stop) -> &'static str {
    match stop {
        Stop::Done => "end_turn",
        Stop::Limit => "max_tokens",
        Stop::Calls => "tool_use",
        Stop::Filter => "guardrail_intervened",
        Stop::Novel => NOVEL,
    }
}

/// Cached tokens are counted apart from the others of the prompt, and reasoning is not told.
fn usage(counts: Counts) -> Value {
    json!({
        "inputTokens": counts.input - counts.cache_read - counts.cache_write,
        "cacheReadInputTokens": counts.cache_read,
        "cacheWriteInputTokens": counts.cache_write,
        "outputTokens": counts.output,
        "totalTokens": counts.input + counts.output,
    })
}
