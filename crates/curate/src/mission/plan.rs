//! What a mission lab would read and what that would take, before anything is asked. Every figure is an estimate
//! and is said to be one; `api` adds the price.

use super::lab::{Draft, overrides};
use rearview_domain::DocumentId;
use rearview_hindsight::{BankConfig, Document};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Tokens of the instructions of extraction where the server does not show them (the embedded engine's own count).
pub const INSTRUCTIONS: u32 = 1_400;
/// Characters of a token in running text, as a rule of thumb for o200k.
const CHARS_A_TOKEN: u64 = 4;
/// Tokens of one fact with dates and names in the JSON of an answer.
const TOKENS_A_FACT: u64 = 60;
/// The part of a text that comes back as facts when nobody knows how many there were.
const ANSWER_SHARE: u64 = 3;

/// A document that the lab would read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LabDocument {
    /// Its id.
    pub id: DocumentId,
    /// Characters of its text, when the server says.
    #[ts(as = "Option<u32>")]
    pub chars: Option<u64>,
    /// Facts that came of it, when the server says.
    #[ts(as = "Option<u32>")]
    pub facts: Option<u64>,
    /// When it was stored or changed.
    pub at: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
}

/// What reading takes under one of the two missions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Side {
    /// Requests to a model.
    pub calls: u32,
    /// Tokens of prompts.
    pub input_tokens: u32,
    /// Tokens of answers.
    pub output_tokens: u32,
}

impl LabDocument {
    /// From the server's list.
    pub fn of(document: Document) -> Self {
        let chars = document.text_length.or_else(|| {
            document.original_text.as_ref().and_then(|text| u64::try_from(text.chars().count()).ok())
        });
        Self {
            chars,
            facts: document.memory_unit_count,
            at: document.updated_at.or(document.created_at),
            id: document.id,
            tags: document.tags,
        }
    }

    /// Whether it is a turn of a chat: the app tags those so.
    pub fn is_turn(&self) -> bool {
        self.tags.iter().any(|tag| tag.starts_with("chat:"))
    }
}

/// The newest documents, turns of chats before all others: where there are any, only those. The second is whether
/// there are.
pub fn choose(mut documents: Vec<LabDocument>, count: usize) -> (Vec<LabDocument>, bool) {
    documents.sort_by(|a, b| b.at.cmp(&a.at));
    let turns = documents.iter().any(LabDocument::is_turn);
    if turns {
        documents.retain(LabDocument::is_turn);
    }
    documents.truncate(count);
    (documents, turns)
}

/// What reading documents takes. `instructions` are the tokens of a prompt without the text.
pub fn estimate(documents: &[LabDocument], config: &BankConfig, draft: &Draft, instructions: u32) -> Side {
    let own = overrides(config, draft, None);
    if own.retain_extraction_mode.as_deref() == Some("chunks") {
        return Side::default();
    }
    let size = u64::from(own.retain_chunk_size.unwrap_or(3000).max(1));
    let (mut calls, mut input, mut output) = (0u64, 0u64, 0u64);
    for document in documents {
        let chars = document.chars.unwrap_or(size);
        let chunks = chars.div_ceil(size).max(1);
        let text = chars.div_ceil(CHARS_A_TOKEN);
        calls += chunks;
        input += chunks * u64::from(instructions) + text;
        output += document.facts.map_or(text / ANSWER_SHARE, |facts| facts * TOKENS_A_FACT).max(chunks * 10);
    }
    let whole = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    Side { calls: whole(calls), input_tokens: whole(input), output_tokens: whole(output) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Map, Value, json};

    fn document(id: &str, chars: u64, at: &str, tags: &[&str]) -> LabDocument {
        LabDocument {
            id: id.into(),
            chars: Some(chars),
            facts: Some(2),
            at: Some(at.to_owned()),
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        }
    }

    #[test]
    fn turns_of_chats_go_before_everything_else_and_the_newest_come_first() {
        let list = vec![
            document("old turn", 1, "2026-01-01", &["chat:a"]),
            document("paper", 1, "2026-03-01", &["work"]),
            document("new turn", 1, "2026-02-01", &["x", "chat:b"]),
        ];
        let ids = |chosen: &[LabDocument]| chosen.iter().map(|one| one.id.to_string()).collect::<Vec<_>>();
        let (chosen, turns) = choose(list.clone(), 20);
        assert_eq!((ids(&chosen), turns), (vec!["new turn".to_owned(), "old turn".to_owned()], true));
        let (chosen, turns) = choose(list.into_iter().filter(|one| !one.is_turn()).collect(), 1);
        assert_eq!((ids(&chosen), turns), (vec!["paper".to_owned()], false));
    }

    #[test]
    fn each_chunk_is_a_request_and_mode_chunks_asks_nobody() {
        let documents = [document("a", 7000, "", &[]), document("b", 10, "", &[])];
        let config = BankConfig::default();
        let side = estimate(&documents, &config, &Map::new(), 1000);
        assert_eq!((side.calls, side.input_tokens, side.output_tokens), (4, 4000 + 1750 + 3, 240));
        let draft = json!({"retain_extraction_mode": "chunks"}).as_object().cloned().unwrap_or_default();
        assert_eq!(estimate(&documents, &config, &draft, 1000), Side::default());
    }

    #[test]
    fn sizes_that_no_bank_has_do_no_harm() {
        let huge = LabDocument { chars: Some(u64::from(u32::MAX) * 8), ..document("a", 0, "", &[]) };
        let mut config = BankConfig::default();
        config.config.insert("retain_chunk_size".into(), Value::from(0));
        assert_eq!(estimate(&[huge], &config, &Map::new(), 1).calls, u32::MAX);
    }
}
