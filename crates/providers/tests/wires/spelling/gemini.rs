//! Gemini generateContent: each frame is a whole partial answer, and no mark follows the last.

use super::{NOVEL, Spelt, event, increments, object};
use crate::script::{Counts, Script, Step, Stop};
use serde_json::{Value, json};

/// What the first call of an answer is signed with.
const SIGNATURE: &str = "c2lnbmVk";

pub(super) fn stream(script: &Script) -> Spelt {
    let mut bytes = Vec::new();
    for step in &script.steps {
        let parts: Vec<Value> = match step {
            Step::Reasoning(text) => {
                increments(text).iter().map(|text| json!({"text": text, "thought": true})).collect()
            }
            Step::Text(text) => increments(text).iter().map(|text| json!({"text": text})).collect(),
            Step::Calls(_) => whole_parts(step),
            Step::Unknown(text) => {
                bytes.extend(event("", &json!({"novelty": text})));
                continue;
            }
            Step::Fault(text) => {
                let error = json!({"code": 503, "message": text, "status": "UNAVAILABLE"});
                bytes.extend(event("", &json!({"error": error})));
                continue;
            }
        };
        for part in parts {
            let candidate = json!({"index": 0, "content": {"role": "model", "parts": [part]}});
            let mut frame = json!({"candidates": [candidate], "responseId": "r1", "modelVersion": "m-2026"});
            if let Some(counts) = script.counts {
                // Counts come with every frame; those before the last are not the last word.
                frame["usageMetadata"] = json!({"promptTokenCount": counts.input});
            }
            bytes.extend(event("", &frame));
        }
    }
    let mark = event("", &answer(script, Vec::new()));
    Spelt { bytes, mark }
}

pub(super) fn document(script: &Script) -> Value {
    answer(script, script.steps.iter().flat_map(whole_parts).collect())
}

fn whole_parts(step: &Step) -> Vec<Value> {
    match step {
        Step::Reasoning(text) => vec![json!({"text": text, "thought": true})],
        Step::Text(text) => vec![json!({"text": text})],
        Step::Calls(calls) => {
            let mut parts: Vec<Value> = calls
                .iter()
                .map(|call| json!({"functionCall": {"name": call.name, "args": object(call.arguments)}}))
                .collect();
            parts[0]["thoughtSignature"] = json!(SIGNATURE);
            parts
        }
        Step::Unknown(_) | Step::Fault(_) => Vec::new(),
    }
}

fn answer(script: &Script, parts: Vec<Value>) -> Value {
    let reason = match script.stop {
        // There is no reason of its own for calls.
        Stop::Done | Stop::Calls => "STOP",
        Stop::Limit => "MAX_TOKENS",
        Stop::Filter => "SAFETY",
        Stop::Novel => NOVEL,
    };
    let candidate = json!({"index": 0, "content": {"role": "model", "parts": parts}, "finishReason": reason});
    let mut answer = json!({"candidates": [candidate], "responseId": "r1", "modelVersion": "m-2026"});
    if let Some(counts) = script.counts {
        answer["usageMetadata"] = usage(counts);
    }
    answer
}

/// Thoughts are counted beside what was said.
fn usage(counts: Counts) -> Value {
    json!({
        "promptTokenCount": counts.input,
        "cachedContentTokenCount": counts.cache_read,
        "candidatesTokenCount": counts.output - counts.reasoning,
        "thoughtsTokenCount": counts.reasoning,
        "totalTokenCount": counts.input + counts.output,
    })
}
