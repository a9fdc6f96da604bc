//! Who says which part of a text.
//!
//! Chats are retained as `USER: …` and `ASSISTANT: …` paragraphs or as a JSON list of turns. Called by
//! the rules, which read the user's words only, and by the prompt, which says whose words a chunk goes on with.

use serde_json::Value;
use std::borrow::Cow;

/// Whose words they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    /// The person.
    User,
    /// The assistant, a tool or the system.
    Assistant,
}

/// A part of a text; without a speaker it is no conversation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Passage<'a> {
    pub(super) speaker: Option<Speaker>,
    pub(super) text: Cow<'a, str>,
}

/// Cuts a text where the speaker changes. `before` is who was speaking when it began.
pub(super) fn passages(text: &str, before: Option<Speaker>) -> Vec<Passage<'_>> {
    if let Some(turns) = turns(text) {
        return turns;
    }
    let mut parts = Vec::new();
    let (mut speaker, mut from, mut at) = (before, 0, 0);
    for line in text.split_inclusive('\n') {
        if let Some((who, marker)) = marker(line) {
            parts.push((speaker, from..at));
            (speaker, from) = (Some(who), at + marker);
        }
        at += line.len();
    }
    parts.push((speaker, from..at));
    let passage = |(speaker, range)| {
        let text = text.get::<std::ops::Range<usize>>(range)?.trim();
        (!text.is_empty()).then_some(Passage { speaker, text: Cow::Borrowed(text) })
    };
    parts.into_iter().filter_map(passage).collect()
}

/// Who speaks at the end of a text; `None` when it names no speaker.
pub(super) fn last_speaker(text: &str) -> Option<Speaker> {
    passages(text, None).last().and_then(|passage| passage.speaker)
}

/// The speaker whom a line names at its beginning, and the marker's length in bytes.
fn marker(line: &str) -> Option<(Speaker, usize)> {
    let trimmed = line.trim_start();
    let (word, rest) = trimmed.split_once(':')?;
    let speaker = match word.trim_matches('*') {
        "USER" | "User" | "user" | "HUMAN" | "Human" => Speaker::User,
        "ASSISTANT" | "Assistant" | "assistant" | "AI" | "SYSTEM" | "System" | "TOOL" | "Tool" => {
            Speaker::Assistant
        }
        _ => return None,
    };
    Some((speaker, line.len() - rest.len()))
}

/// The turns of a chunk of a JSON conversation: `{"role": …, "content": …}` objects with what was left of
/// the list around them.
fn turns(text: &str) -> Option<Vec<Passage<'_>>> {
    let inner = text.trim().trim_start_matches(['[', ',']).trim_end_matches([']', ',']).trim();
    if !inner.starts_with('{') {
        return None;
    }
    let lines = || inner.lines().filter(|line| !line.trim().is_empty());
    let list: Vec<Value> = serde_json::from_str(&format!("[{inner}]"))
        .or_else(|_| lines().map(serde_json::from_str).collect())
        .ok()?;
    let turn = |value: &Value| {
        let speaker = match value.get("role")?.as_str()? {
            "user" | "human" => Speaker::User,
            _ => Speaker::Assistant,
        };
        let text = match value.get("content")? {
            Value::String(text) => text.clone(),
            Value::Array(blocks) => {
                let texts = blocks.iter().filter_map(|block| block.get("text")?.as_str());
                texts.collect::<Vec<_>>().join("\n")
            }
            _ => return None,
        };
        Some(Passage { speaker: Some(speaker), text: Cow::Owned(text) })
    };
    let turns: Vec<_> = list.iter().filter_map(turn).collect();
    (!turns.is_empty()).then_some(turns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, before: Option<Speaker>) -> Vec<(Option<Speaker>, String)> {
        passages(text, before).into_iter().map(|part| (part.speaker, part.text.into_owned())).collect()
    }

    #[test]
    fn a_chat_is_cut_where_the_speaker_changes() {
        assert_eq!(
            said("USER: I row.\nDaily.\n\nASSISTANT: Good: fine.", None),
            [
                (Some(Speaker::User), "I row.\nDaily.".to_owned()),
                (Some(Speaker::Assistant), "Good: fine.".to_owned())
            ]
        );
    }

    #[test]
    fn what_stands_before_the_first_marker_belongs_to_who_spoke_before() {
        let parts = said("and so on.\n\nUSER: Yes.", Some(Speaker::Assistant));
        assert_eq!(parts.first().map(|part| part.0), Some(Some(Speaker::Assistant)));
        assert_eq!(said("A note: nothing else.", None), [(None, "A note: nothing else.".to_owned())]);
    }

    #[test]
    fn a_json_conversation_is_read_whole_or_in_pieces() {
        for text in [
            r#"[{"role":"user","content":"I row."},{"role":"assistant","content":[{"type":"text","text":"Ok"}]}]"#,
            r#"{"role":"user","content":"I row."},{"role":"assistant","content":"Ok"},"#,
            "{\"role\":\"user\",\"content\":\"I row.\"}\n{\"role\":\"assistant\",\"content\":\"Ok\"}",
        ] {
            assert_eq!(
                said(text, None),
                [(Some(Speaker::User), "I row.".to_owned()), (Some(Speaker::Assistant), "Ok".to_owned())],
                "`{text}`"
            );
        }
    }
}
