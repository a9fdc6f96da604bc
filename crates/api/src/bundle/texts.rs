//! A bundle without texts: every text of memories, messages, answers and settings becomes its length and a hash, and
//! every byte of a body keeps its place, so that spans and sizes stay right.
//!
//! What is kept is listed here by field; what is not listed is replaced, so that a field which is added later is hidden
//! until somebody looks at it. The hash is of the text and a salt that is thrown away: the same text has the same hash
//! within one bundle and in no other, and short texts cannot be guessed from it.

use rearview_domain::record::Span;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Fields whose value is a word of ours or of the protocol.
const WORDS: [&str; 32] = [
    "kind",
    "by",
    "state",
    "mode",
    "level",
    "code",
    "why",
    "gate",
    "placement",
    "factType",
    "fact_type",
    "types",
    "fact_types",
    "type",
    "budget",
    "change",
    "knownBy",
    "foundBy",
    "who",
    "how",
    "method",
    "raw",
    "phase_name",
    "method_name",
    "link_type",
    "retrieval_method",
    "retrieval_type",
    "verdict",
    "tags_match",
    "status",
    "search_type",
    "arm",
];
/// Settings whose value is one of a few words.
const SETTINGS: [&str; 8] = [
    "mode",
    "budget",
    "recall_tags_match",
    "prefer_observations",
    "placement",
    "reasoning_effort",
    "preload_budget",
    "fact_types",
];
/// Fields with ids that Rearview or a server minted.
const IDS: [&str; 25] = [
    "id",
    "memoryId",
    "memory_id",
    "turnId",
    "chatId",
    "messageId",
    "message_id",
    "questionId",
    "answerId",
    "callId",
    "call_id",
    "requestId",
    "request_id",
    "operationId",
    "operation_id",
    "runId",
    "keptFrom",
    "node_id",
    "serverId",
    "server_id",
    "memoryIds",
    "without",
    "hash",
    "bodyHash",
    "with",
];
/// Fields with times.
const TIMES: [&str; 17] = [
    "startedAt",
    "since",
    "sentAt",
    "at",
    "nextTryAt",
    "next_try_at",
    "occurredStart",
    "occurredEnd",
    "mentionedAt",
    "occurred_start",
    "occurred_end",
    "mentioned_at",
    "start",
    "end",
    "start_time",
    "pricesOf",
    "query_timestamp",
];
/// Fields of a body whose value is a word of the protocol.
const BODY_WORDS: [&str; 5] = ["role", "type", "object", "model", "anthropic_version"];

/// Replaces texts.
#[derive(Clone, Debug)]
pub struct Replace {
    salt: [u8; 16],
}

impl Replace {
    /// With a salt of its own.
    pub fn new() -> Self {
        Self { salt: *uuid::Uuid::new_v4().as_bytes() }
    }

    fn hash(&self, text: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(self.salt);
        hash.update(text.as_bytes());
        hex::encode(&hash.finalize()[..4])
    }

    /// What stands for a text; an empty one stays empty.
    pub fn text(&self, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        format!("[{} characters · {}]", text.chars().count(), self.hash(text))
    }

    /// Replaces the texts of a value.
    pub fn value(&self, value: &mut Value) {
        self.walk(value, "", false);
    }

    fn walk(&self, value: &mut Value, name: &str, names_too: bool) {
        match value {
            Value::String(text) if names_too || !kept(name, text) => *text = self.text(text),
            Value::Array(all) => {
                // Headers and addresses were masked before; a pair of texts has no name of its own.
                if name == "headers" {
                    return;
                }
                all.iter_mut().for_each(|one| self.walk(one, name, names_too));
            }
            Value::Object(all) if name == "settings" && !names_too => self.settings(all),
            Value::Object(all) => {
                let tool = all.contains_key("callId") || all.get("kind").is_some_and(|kind| kind == "tool");
                // Names of fields that a person chose are texts like any other.
                let own = names_too || ["metadata", "structured", "basedOn"].contains(&name);
                // Words that were given to memories are found by the memories' ids.
                let by_id = name == "edited";
                let fields = std::mem::take(all);
                for (field, mut one) in fields {
                    if !(tool && field == "name") {
                        self.walk(&mut one, &field, own);
                    }
                    let hidden = own || (by_id && !is_id(&field));
                    all.insert(if hidden { self.text(&field) } else { field }, one);
                }
            }
            _ => {}
        }
    }

    /// Settings are `name: {value, level}`.
    fn settings(&self, all: &mut Map<String, Value>) {
        for (name, decided) in all.iter_mut() {
            let Some(value) = decided.get_mut("value") else { continue };
            match name.as_str() {
                name if SETTINGS.contains(&name) => {}
                "metadata" | "reflect_response_schema" | "tag_groups" => self.walk(value, "metadata", false),
                _ => self.walk(value, "value", false),
            }
        }
    }

    /// A body in which every text is replaced byte for byte: same length, same spans. Names of fields, numbers and the
    /// words of the protocol stay.
    pub fn body(&self, body: &str, spans: &[Span]) -> String {
        let borders: Vec<usize> =
            spans.iter().flat_map(|span| [span.start as usize, span.end as usize]).collect();
        let bytes = body.as_bytes();
        let mut out = String::with_capacity(body.len());
        let mut name = String::new();
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] != b'"' {
                // Outside of strings there is syntax and numbers only, all of it ASCII; anything else is hidden.
                out.push(if bytes[at].is_ascii() { char::from(bytes[at]) } else { '.' });
                at += 1;
                continue;
            }
            let start = at + 1;
            let mut end = start;
            while end < bytes.len() && bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            let end = end.min(bytes.len());
            let text = body.get(start..end).unwrap_or_default();
            let after = bytes.get(end + 1..).unwrap_or_default();
            let named = after.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
            out.push('"');
            if named {
                text.clone_into(&mut name);
                out.push_str(text);
            } else if BODY_WORDS.contains(&name.as_str()) && text.len() <= 80 && is_word(text) {
                out.push_str(text);
            } else {
                self.blank(&mut out, body, start, end, &borders);
            }
            if end < bytes.len() {
                out.push('"');
            }
            at = end + 1;
        }
        out
    }

    /// Fills a text of a body piece by piece, so that each origin keeps its own bytes.
    fn blank(&self, out: &mut String, body: &str, start: usize, end: usize, borders: &[usize]) {
        let mut cuts: Vec<usize> = borders.iter().copied().filter(|at| *at > start && *at < end).collect();
        cuts.extend([start, end]);
        cuts.sort_unstable();
        cuts.dedup();
        for pair in cuts.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let sign = format!("[{}]", self.hash(body.get(from..to).unwrap_or_default()));
            let length = to - from;
            if length > sign.len() {
                out.push_str(&sign);
                out.extend(std::iter::repeat_n('.', length - sign.len()));
            } else {
                out.extend(std::iter::repeat_n('.', length));
            }
        }
    }
}

/// Whether a text is kept because of the field it stands in.
fn kept(name: &str, text: &str) -> bool {
    match name {
        // Masked before, and words of ours.
        "url" | "placed" | "derived" => true,
        "model" => text.len() <= 200 && !text.contains(char::is_whitespace),
        name if WORDS.contains(&name) => text.len() <= 60 && is_word(text),
        name if IDS.contains(&name) => text.len() <= 120 && is_id(text),
        name if TIMES.contains(&name) => is_time(text),
        _ => false,
    }
}

/// One word of a protocol.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./:".contains(c))
}

/// No name of a thing: ids have a digit, or are one of ours.
fn is_id(text: &str) -> bool {
    is_word(text) && (text == "embedded" || text.chars().any(|c| c.is_ascii_digit()))
}

fn is_time(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || "-:.TZ+ ".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_domain::record::Origin;
    use serde_json::json;

    #[test]
    fn every_text_that_is_not_known_to_be_harmless_is_replaced() {
        let replace = Replace::new();
        let mut value = json!({
            "turnId": "0c7df705", "text": "Ana sails", "later": "a field of tomorrow", "kind": "used", "count": 3,
            "why": "She said so", "state": "done", "at": "2026-01-01T00:00:00Z", "metadata": {"Ana": "x"},
            "settings": {"budget": {"value": "mid", "level": "chat"}, "reflect_context": {"value": "secret", "level": "chat"},
                         "query": {"value": {"kind": "fixed", "text": "lisbon"}, "level": "chat"}},
            "headers": [["accept", "x/y"]], "url": "https://h.example/", "tags": ["lisbon"], "id": "lisbon",
        });
        replace.value(&mut value);
        let told = value.to_string();
        for text in ["Ana", "sails", "tomorrow", "She", "secret", "lisbon"] {
            assert!(!told.contains(text), "{text}: {told}");
        }
        assert_eq!(value["text"], replace.text("Ana sails"), "the same text has the same hash");
        assert!(value["text"].as_str().unwrap().starts_with("[9 characters · "));
        for (path, kept) in [
            ("/turnId", "0c7df705"),
            ("/kind", "used"),
            ("/state", "done"),
            ("/settings/budget/value", "mid"),
            ("/url", "https://h.example/"),
            ("/at", "2026-01-01T00:00:00Z"),
            ("/settings/query/value/kind", "fixed"),
        ] {
            assert_eq!(value.pointer(path).unwrap(), kept, "{path}");
        }
        assert_ne!(
            Replace::new().text("Ana"),
            Replace::new().text("Ana"),
            "no hash can be looked up elsewhere"
        );
    }

    #[test]
    fn a_body_keeps_its_length_its_spans_and_its_names() {
        let body =
            r#"{"model":"m/1","messages":[{"role":"user","content":"1. Grüße \"von\" Ana\nend"}],"n":1.5}"#;
        let start = body.find("Grüße").unwrap() as u32;
        let end = body.find(" Ana").unwrap() as u32;
        let spans = [Span { start, end, origin: Origin::Memory { index: 1, id: "m".into() } }];
        let blank = Replace::new().body(body, &spans);
        assert_eq!(blank.len(), body.len());
        for text in ["Gr", "von", "Ana", "end"] {
            assert!(!blank.contains(text), "{text}: {blank}");
        }
        let value: Value = serde_json::from_str(&blank).unwrap();
        assert_eq!(
            (&value["model"], &value["messages"][0]["role"], &value["n"]),
            (&json!("m/1"), &json!("user"), &json!(1.5))
        );
        assert!(rearview_turns::xray::cut(&blank, &spans).is_some());
    }

    #[test]
    fn what_is_no_json_is_hidden_as_well() {
        let replace = Replace::new();
        for body in ["\"unfinished Ana", "\"a\\", "", "é", "{\"a\":\"Ana\\\\\"}"] {
            let blank = replace.body(body, &[]);
            assert_eq!(blank.len(), body.len(), "{body}");
            assert!(!blank.contains("Ana"), "{blank}");
        }
    }
}
