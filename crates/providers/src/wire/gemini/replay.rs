//! What came with a part, has no room in the shapes that all wires share, and must go back on that very
//! part: thought signatures of calls and of text, and the ids that the API itself gave to calls.
//!
//! Each travels in a companion, an opaque block of the family that stands right behind its part:
//! - of a call: `{"forCall": id, "thoughtSignature": "…", "idFrom": "studio"}`, the last two where they
//!   came. An id goes back only where `idFrom` says that it came from: a minted id and one of another
//!   vendor mean nothing to the API, and a platform whose API has no such field refuses it.
//! - of text: `{"forText": length, "signed": [{"start", "end", "thoughtSignature"}]}`, in bytes of the
//!   text. A stream signs single increments, which one block of text joins; the encoder cuts them apart.
//!
//! Any other opaque block of this family is a whole part of the API and goes back as it is. A signature
//! of reasoning is the signature of its part.

use crate::target::{Platform, Target};
use serde_json::{Map, Value, json};

/// The field of the API that a signature comes and goes in.
pub(super) const SIGNATURE: &str = "thoughtSignature";

/// Whose API it is, as `idFrom` tells it.
pub(super) fn platform(target: &Target) -> &'static str {
    match target.platform {
        Platform::Vertex { .. } => "vertex",
        _ => "studio",
    }
}

/// The companion of a call; `None` when there is nothing to keep.
pub(super) fn of_call(id: &str, signature: Option<&str>, id_from: Option<&str>) -> Option<Value> {
    let mut companion = Map::from_iter([("forCall".to_owned(), Value::from(id))]);
    companion.extend(signature.map(|signature| (SIGNATURE.to_owned(), Value::from(signature))));
    companion.extend(id_from.map(|from| ("idFrom".to_owned(), Value::from(from))));
    (companion.len() > 1).then_some(Value::Object(companion))
}

/// A run of bytes of a text, `[start, end)`, that came with a signature.
#[derive(Debug, PartialEq)]
pub(super) struct Signed<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) signature: &'a str,
}

/// The companion of a text of `length` bytes.
pub(super) fn of_text(length: usize, signed: &[(usize, usize, String)]) -> Value {
    let signed: Vec<Value> = signed
        .iter()
        .map(|(start, end, signature)| json!({"start": start, "end": end, SIGNATURE: signature}))
        .collect();
    json!({"forText": length, "signed": signed})
}

/// What kind of opaque block it is.
#[derive(Debug, PartialEq)]
pub(super) enum Block<'a> {
    /// A companion of the call with this id.
    Call { id: &'a str, signature: Option<&'a str>, id_from: Option<&'a str> },
    /// A companion of a text of this many bytes; in order, not overlapping.
    Text { length: usize, signed: Vec<Signed<'a>> },
    /// A whole part of the API.
    Part(&'a Value),
}

/// Reads a block; a companion that is damaged keeps nothing and is no part either.
pub(super) fn read(value: &Value) -> Block<'_> {
    if let Some(id) = value.get("forCall") {
        return Block::Call {
            id: id.as_str().unwrap_or_default(),
            signature: value.get(SIGNATURE).and_then(Value::as_str),
            id_from: value.get("idFrom").and_then(Value::as_str),
        };
    }
    let number = |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok());
    let Some(length) = value.get("forText") else { return Block::Part(value) };
    let length = number(length).unwrap_or_default();
    let mut at = 0;
    let mut signed = Vec::new();
    for entry in value.get("signed").and_then(Value::as_array).into_iter().flatten() {
        let place = |field: &str| entry.get(field).and_then(number);
        if let (Some(start), Some(end), Some(signature)) =
            (place("start"), place("end"), entry.get(SIGNATURE).and_then(Value::as_str))
            && at <= start
            && start <= end
            && end <= length
        {
            at = end;
            signed.push(Signed { start, end, signature });
        }
    }
    Block::Text { length, signed }
}
