//! Reasoning on the Chat Completions wire: where it arrives and how it goes back.
//!
//! Some servers want reasoning back, in the very field it came in; others answer 400 for a field they
//! do not know. Since all share one family, what goes back carries the host it came from: a reasoning
//! part in its signature (`reasoning_content@host`), reasoning details beside their list. Another host
//! never sees them. `<think>` text and the field `reasoning` are for reading only.

use crate::body::Body;
use crate::request::RequestPart;
use crate::target::Target;
use serde_json::{Map, Value, json};
use url::Url;

/// The field of DeepSeek, vLLM and Moonshot; DeepSeek's thinking models want it back.
pub(super) const CONTENT_FIELD: &str = "reasoning_content";

/// The field of OpenRouter, which wants the list back as it was.
const DETAILS_FIELD: &str = "reasoning_details";

/// The host that reasoning of this target belongs to.
pub(super) fn host(target: &Target) -> String {
    Url::parse(&target.base_url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// The signature of reasoning that came in `reasoning_content` from `host`.
pub(super) fn signature(host: &str) -> String {
    format!("{CONTENT_FIELD}@{host}")
}

/// Reasoning details as an opaque block that remembers its host.
pub(super) fn details_block(host: &str, details: Vec<Value>) -> Value {
    json!({ "host": host, DETAILS_FIELD: details })
}

/// Writes back what this host wants back.
pub(super) fn write(body: &mut Body, parts: &[RequestPart], target: &Target) {
    let host = host(target);
    let family = target.family();
    let signed = signature(&host);
    let mut open = false;
    for part in parts {
        if let RequestPart::Reasoning { text, signature: Some(signature), family: of, origin } = part
            && of == family
            && *signature == signed
        {
            if !open {
                body.key(CONTENT_FIELD).open_string();
                open = true;
            }
            body.piece(text, origin);
        }
    }
    if open {
        body.close_string();
    }
    let mut open = false;
    for part in parts {
        if let RequestPart::Opaque { family: of, value, origin } = part
            && of == family
            && value.get("host").and_then(Value::as_str) == Some(host.as_str())
            && let Some(details) = value.get(DETAILS_FIELD).and_then(Value::as_array)
        {
            if !open {
                body.key(DETAILS_FIELD).open('[');
                open = true;
            }
            for detail in details {
                body.value_from(detail, origin);
            }
        }
    }
    if open {
        body.close(']');
    }
}

/// Joins a streamed detail to the ones before it: consecutive pieces of the same entry are one entry,
/// as in the answer that is not streamed. Entries of other types stay apart.
pub(super) fn push_detail(details: &mut Vec<Value>, detail: &Value) {
    let grows = match detail.get("type").and_then(Value::as_str) {
        Some("reasoning.text") => "text",
        Some("reasoning.summary") => "summary",
        _ => {
            details.push(detail.clone());
            return;
        }
    };
    let same = |a: &Value, b: &Value| ["type", "index"].iter().all(|field| a.get(field) == b.get(field));
    match (details.last_mut().filter(|last| same(last, detail)), detail.as_object()) {
        (Some(Value::Object(last)), Some(more)) => merge(last, more, grows),
        _ => details.push(detail.clone()),
    }
}

fn merge(last: &mut Map<String, Value>, more: &Map<String, Value>, grows: &str) {
    for (field, value) in more {
        if field == grows {
            let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
            let joined = text(last.get(field)) + &text(Some(value));
            last.insert(field.clone(), Value::String(joined));
        } else if !value.is_null() {
            last.insert(field.clone(), value.clone());
        }
    }
}

/// The readable text of a detail, for servers that send details only.
pub(super) fn detail_text(detail: &Value) -> Option<&str> {
    detail
        .get("text")
        .or_else(|| detail.get("summary"))
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}
