//! Recognising calls that turns of this app made. A retain is known by its document, which names the turn. A recall or
//! reflect is known by the same words in the same bank within some minutes, and, where both are known, the same
//! memories in the same order: clocks of two machines differ, so time alone says nothing.

use super::models::documents;
use super::{CallKind, ms_of};
use rearview_domain::record::TurnRecord;
use rearview_domain::{ChatId, DocumentId, MessageId, TurnId};
use rearview_hindsight::AuditEntry;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// How far the clocks of this computer and of a server may be apart, in milliseconds.
pub const APART_MS: i64 = 600_000;

/// Which part of a turn asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum OwnPart {
    /// Its recall or reflect.
    Memory,
    /// A tool that the model called.
    Tool,
    /// Its retain.
    Retain,
}

/// The turn of this app that made a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct OwnCall {
    /// Its chat.
    pub chat_id: ChatId,
    /// The turn.
    pub turn_id: TurnId,
    /// Its answer in the chat; `None` when it is not there any more.
    pub answer_id: Option<MessageId>,
    /// The title of the chat; `None` when it has none.
    pub title: Option<String>,
    /// Which part of it.
    pub part: OwnPart,
    /// How far the server's time and this computer's are apart, in milliseconds; 0 for a retain, which is known by its
    /// document. Of two calls that would be the same part of a turn, the nearer one is.
    pub apart_ms: i64,
}

/// The turn that made a call, of those whose records are given. Titles and answers are left out.
pub fn ours(entry: &AuditEntry, records: &[TurnRecord]) -> Option<OwnCall> {
    match CallKind::of(&entry.action) {
        CallKind::Retain => retained(entry),
        CallKind::Recall | CallKind::Reflect => {
            records.iter().filter_map(|record| asked(entry, record)).min_by_key(|own| own.apart_ms)
        }
        CallKind::Other => None,
    }
}

/// Documents of turns are named `<chat>.<turn>`, those of their tools `<chat>.<turn>.<n>`; both ids are UUIDs. Whether
/// the chat is here is for the caller to look.
fn retained(entry: &AuditEntry) -> Option<OwnCall> {
    documents(entry).into_iter().find_map(|document| {
        let mut parts = document.split('.');
        let (chat, turn) = (parts.next()?, parts.next()?);
        uuid::Uuid::parse_str(chat).ok()?;
        uuid::Uuid::parse_str(turn).ok()?;
        let (chat_id, turn_id) = (ChatId(chat.to_owned()), TurnId(turn.to_owned()));
        let tool = DocumentId::of_turn(&chat_id, &turn_id).as_str() != document;
        let part = if tool { OwnPart::Tool } else { OwnPart::Retain };
        Some(OwnCall { chat_id, turn_id, answer_id: None, title: None, part, apart_ms: 0 })
    })
}

fn asked(entry: &AuditEntry, record: &TurnRecord) -> Option<OwnCall> {
    let query = entry.request.as_ref()?.get("query")?.as_str()?;
    let apart = (ms_of(entry.started_at.as_deref()?)? - record.started_at.as_ms()?).abs();
    if apart > APART_MS {
        return None;
    }
    let own = |part| OwnCall {
        chat_id: record.chat_id.clone(),
        turn_id: record.turn_id.clone(),
        answer_id: None,
        title: None,
        part,
        apart_ms: apart,
    };
    let found = answer_ids(entry);
    let same = |ids: Vec<&str>| found.as_ref().is_none_or(|found| *found == ids);
    // What was taken over from an earlier turn was not asked.
    if let Some(call) = record.memory.as_ref().filter(|call| call.kept_from.is_none())
        && call.request.get("query").and_then(Value::as_str) == Some(query)
        // A call that was not waited for has no memories, and the server answered it all the same.
        && (call.error.is_some() || same(call.memories.iter().map(|memory| memory.id.as_str()).collect()))
    {
        return Some(own(OwnPart::Memory));
    }
    let by_tool = record.tools.iter().any(|run| {
        let arguments: Value = serde_json::from_str(&run.arguments).unwrap_or_default();
        arguments.get("query").and_then(Value::as_str) == Some(query)
            && (run.memories.is_empty()
                || same(run.memories.iter().map(|memory| memory.id.as_str()).collect()))
    });
    by_tool.then(|| own(OwnPart::Tool))
}

/// The ids of the memories that were answered; `None` when the log does not hold them.
fn answer_ids(entry: &AuditEntry) -> Option<Vec<&str>> {
    let results = entry.response.as_ref()?.get("results")?.as_array()?;
    Some(results.iter().filter_map(|one| one.get("id")?.as_str()).collect())
}
