//! Following a bank: what its audit log and its log of model calls tell of calls that any client made. Pure, and
//! nothing of it is kept: both logs hold what others said.
//!
//! What the log does not tell stays `None`. [`own`] recognises calls that turns of this app made, [`models`] finds the
//! model calls of a call. Polling is the page's business, asking is `rearview-api`'s, the caller.

mod models;
mod own;

pub use models::{CallModels, ModelMark, documents, listed, models_of};
pub use own::{APART_MS, OwnCall, OwnPart, ours};

use crate::run::moment;
use crate::stage::tokens;
use rearview_domain::record::{MemoryCall, Query, TurnRecord};
use rearview_domain::settings::MemoryMode;
use rearview_domain::time::Time;
use rearview_domain::{ChatId, Error, TurnId};
use rearview_hindsight::{AuditEntry, RecallAnswer, ReflectAnswer};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// Characters of a query that a row tells.
const QUERY: usize = 600;
/// Entries are written when the answer is there and dated when the question came, so a slow reflect turns up among
/// older ones. Servers give up on it after 300 s.
const LATE_MS: i64 = 330_000;

/// What a client asked of a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum CallKind {
    /// A recall.
    Recall,
    /// A reflect.
    Reflect,
    /// A retain.
    Retain,
    /// Something else, which is counted and not shown.
    Other,
}

impl CallKind {
    /// The kind of an action, in the server's word. Programs on MCP have words of their own for the same three.
    pub fn of(action: &str) -> Self {
        match action {
            "recall" => Self::Recall,
            "reflect" => Self::Reflect,
            "retain" | "async_retain" | "sync_retain" | "file_retain" => Self::Retain,
            _ => Self::Other,
        }
    }
}

/// What the log says was answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum CallAnswer {
    /// Nobody read the entry yet, or it could not be read.
    Unread,
    /// The log holds no answer: the call failed, or the server did not keep one.
    Missing,
    /// The server refused, in its words.
    Refused {
        /// Its words.
        words: String,
    },
    /// Memories.
    Memories {
        /// How many.
        count: u32,
    },
    /// A paragraph.
    Paragraph,
    /// It was taken to be stored.
    Taken {
        /// How many items; `None` when the server did not say.
        items: Option<u32>,
    },
    /// The server kept the answer printed as text and cut, as Hindsight does for calls that come by MCP. What came back
    /// is not read out of that: see [`printed`].
    Printed,
    /// An answer in a form that is not known here.
    Unknown,
}

/// A call of any client, as far as the log tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct FollowedCall {
    /// The entry's id in the log.
    pub id: String,
    /// What was asked.
    pub kind: CallKind,
    /// The same in the server's word.
    pub action: String,
    /// How it came: `http`, `mcp`, `system`; empty when the server did not say.
    pub transport: String,
    /// When it began, by the server's clock.
    pub started_at: Option<String>,
    /// When it was answered, by the server's clock.
    pub ended_at: Option<String>,
    /// How long it took, by the server, in milliseconds.
    pub duration_ms: Option<u64>,
    /// Who asked; `None` where the log does not tell, as Hindsight's does not.
    pub who: Option<String>,
    /// The beginning of the query, or of what was to be stored; `None` when it is not known.
    pub query: Option<String>,
    /// What was answered.
    pub answer: CallAnswer,
    /// The documents that a retain wrote, as far as its request names them; by these its model calls are known.
    pub documents: Vec<String>,
    /// The turn of this app that asked it; `None` when none did, as far as is known.
    pub own: Option<OwnCall>,
    /// Why the entry could not be read; it is asked for again.
    pub unread: Option<Error>,
}

impl FollowedCall {
    /// What an entry tells. One of a list has neither request nor answer; `read` says that it was read by itself.
    pub fn of(entry: &AuditEntry, read: bool) -> Self {
        let kind = CallKind::of(&entry.action);
        Self {
            id: entry.id.clone(),
            kind,
            action: entry.action.clone(),
            transport: entry.transport.clone(),
            started_at: entry.started_at.clone(),
            ended_at: entry.ended_at.clone(),
            duration_ms: entry.duration_ms,
            who: who(entry.metadata.as_ref()),
            query: entry.request.as_ref().and_then(|request| asked(kind, request)),
            documents: if kind == CallKind::Retain { documents(entry) } else { Vec::new() },
            answer: if read { answered(kind, entry.response.as_ref()) } else { CallAnswer::Unread },
            own: None,
            unread: None,
        }
    }
}

/// From when on a log is read again so that what is written late is seen: the newest known, less the longest call.
/// `None` when that is no time.
pub fn window(newest: &str) -> Option<String> {
    let ms = ms_of(newest)?;
    Some(Time::from_ms(ms.saturating_sub(LATE_MS)).0)
}

/// Milliseconds since 1970 of a server's time. Hindsight writes an offset, and none in some lists; that is UTC.
pub(crate) fn ms_of(text: &str) -> Option<i64> {
    moment(text).map(|at| at.as_millisecond())
}

/// Whoever the server's notes name. The words are those that servers and proxies use.
fn who(metadata: Option<&Value>) -> Option<String> {
    let notes = metadata?;
    let named = ["client", "client_name", "user_agent", "api_key_name", "key_name", "source", "user"];
    let words = named.iter().find_map(|name| notes.get(name).and_then(Value::as_str));
    words.map(|words| words.trim().chars().take(120).collect::<String>()).filter(|words| !words.is_empty())
}

fn asked(kind: CallKind, request: &Value) -> Option<String> {
    let text = match kind {
        CallKind::Recall | CallKind::Reflect => request.get("query"),
        // Programs on MCP send one content, the API a list of items.
        CallKind::Retain => request.pointer("/items/0/content").or_else(|| request.get("content")),
        CallKind::Other => None,
    };
    text.and_then(Value::as_str).map(|text| text.chars().take(QUERY).collect())
}

fn answered(kind: CallKind, response: Option<&Value>) -> CallAnswer {
    let Some(response) = response.filter(|response| !response.is_null()) else { return CallAnswer::Missing };
    let count = |list: &Vec<Value>| u32::try_from(list.len()).unwrap_or(u32::MAX);
    let known = match kind {
        CallKind::Recall => response
            .get("results")
            .and_then(Value::as_array)
            .map(|list| CallAnswer::Memories { count: count(list) }),
        CallKind::Reflect => {
            response.get("text").filter(|text| text.is_string()).map(|_| CallAnswer::Paragraph)
        }
        CallKind::Retain => {
            let items = response.get("items_count").and_then(Value::as_u64);
            let taken = response.get("success") == Some(&Value::Bool(true)) || items.is_some();
            let items = items.and_then(|items| u32::try_from(items).ok());
            taken.then_some(CallAnswer::Taken { items })
        }
        CallKind::Other => None,
    };
    known.unwrap_or_else(|| match response.get("detail") {
        Some(Value::String(words)) => CallAnswer::Refused { words: words.chars().take(QUERY).collect() },
        // A list of fields that were wrong.
        Some(Value::Array(_)) => CallAnswer::Refused { words: String::new() },
        _ if printed(response).is_some() => CallAnswer::Printed,
        _ => CallAnswer::Unknown,
    })
}

/// An answer that the server kept as text only (`{"result": "content=[TextContent(…"}`, at most 4,096 characters in
/// Hindsight 1.1); `None` for every other form.
pub fn printed(response: &Value) -> Option<&str> {
    let fields = response.as_object().filter(|fields| fields.len() == 1)?;
    fields.get("result").or_else(|| fields.get("text"))?.as_str()
}

/// A record with what the log knows of a recall or reflect. All parts that only the client knows are absent: what it
/// injected, what it sent, what was answered. Its ids are those of no chat, so that nothing done by id reaches one.
pub fn record(entry: &AuditEntry) -> TurnRecord {
    let id = format!("followed-{}", entry.id);
    let started = entry.started_at.as_deref().and_then(ms_of).map(Time::from_ms);
    let started = started.unwrap_or_else(|| Time(entry.started_at.clone().unwrap_or_default()));
    let mut record = TurnRecord::new(TurnId(id.clone()), ChatId(id), started);
    let kind = CallKind::of(&entry.action);
    let request = entry.request.clone().unwrap_or_default();
    if matches!(kind, CallKind::Recall | CallKind::Reflect)
        && let Some(text) = request.get("query").and_then(Value::as_str)
    {
        record.query = Some(Query { text: text.to_owned(), derived: "by another client".to_owned() });
    }
    record.memory = call(kind, said(request), entry);
    record
}

/// What a request says. Hindsight logs every field it knows, also those that were not sent, as null.
fn said(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(name, value)| (name, said(value))).collect())
        }
        other => other,
    }
}

fn call(kind: CallKind, request: Value, entry: &AuditEntry) -> Option<MemoryCall> {
    let response = entry.response.clone()?;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a call")]
    let ms = entry.duration_ms? as f64;
    let blank = MemoryCall {
        mode: MemoryMode::Recall,
        request,
        ms,
        memories: Vec::new(),
        trace: None,
        reflect: None,
        ignored_params: Vec::new(),
        error: None,
        kept_from: None,
    };
    match kind {
        CallKind::Recall => {
            response.get("results")?.as_array()?;
            let answer: RecallAnswer = serde_json::from_value(response).ok()?;
            let mut memories = answer.memories();
            for memory in &mut memories {
                memory.tokens = tokens(&memory.text);
            }
            Some(MemoryCall { memories, trace: answer.raw_trace, ..blank })
        }
        CallKind::Reflect => {
            let answer: ReflectAnswer = serde_json::from_value(response).ok()?;
            Some(MemoryCall { mode: MemoryMode::Reflect, reflect: Some(answer.reflected()), ..blank })
        }
        CallKind::Retain | CallKind::Other => None,
    }
}

#[cfg(test)]
mod tests;
