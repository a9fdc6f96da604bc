//! Items that are kept to go back: whole reasoning items, calls of the server's own tools, the phase of a
//! message. They remember the host they came from, because encrypted reasoning and ids mean nothing to
//! another one; `Event::Opaque` carries them as made here.

use crate::target::Target;
use serde_json::{Value, json};
use url::Url;

const ITEM: &str = "item";
const PHASE: &str = "phase";

/// The host that kept items of this target belong to.
pub(super) fn host(target: &Target) -> String {
    Url::parse(&target.base_url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// An item as an opaque block.
pub(super) fn item(host: &str, item: &Value) -> Value {
    json!({ "host": host, ITEM: item })
}

/// The phase of the message before it as an opaque block. OpenAI asks for it back: without it, later
/// models take what they said between two calls for an answer.
pub(super) fn phase(host: &str, phase: &str) -> Value {
    json!({ "host": host, PHASE: phase })
}

/// The item in an opaque block, when it is of this host and may go back.
pub(super) fn replayed<'a>(block: &'a Value, host: &str) -> Option<&'a Value> {
    let item = of_host(block, host)?.get(ITEM)?;
    let may = !is_reasoning(item) || has_content(item);
    may.then_some(item)
}

/// The phase in an opaque block, when it is of this host.
pub(super) fn replayed_phase<'a>(block: &'a Value, host: &str) -> Option<&'a str> {
    of_host(block, host)?.get(PHASE)?.as_str()
}

pub(super) fn is_reasoning(item: &Value) -> bool {
    item.get("type").and_then(Value::as_str) == Some("reasoning")
}

/// A reasoning item that holds no reasoning is a mere reference to what the server was told not to keep.
fn has_content(item: &Value) -> bool {
    let encrypted =
        item.get("encrypted_content").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    let readable = item.get("content").and_then(Value::as_array).is_some_and(|content| !content.is_empty());
    encrypted || readable
}

fn of_host<'a>(block: &'a Value, host: &str) -> Option<&'a Value> {
    (block.get("host").and_then(Value::as_str) == Some(host)).then_some(block)
}
