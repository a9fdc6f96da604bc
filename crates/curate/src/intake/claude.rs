//! Conversations of a Claude export: messages that name their parents, or a plain list in older files.

use super::conversation::{Conversation, Said, Speaker, from_text};
use super::sparse;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};

#[derive(Deserialize)]
struct Exported<'a> {
    uuid: Option<String>,
    name: Option<String>,
    created_at: Option<String>,
    #[serde(borrow, deserialize_with = "sparse::list")]
    chat_messages: Vec<Message<'a>>,
    current_leaf_message_uuid: Option<String>,
}

#[derive(Deserialize)]
struct Message<'a> {
    uuid: Option<String>,
    #[serde(default)]
    sender: String,
    text: Option<String>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    created_at: Option<String>,
    parent_message_uuid: Option<String>,
}

/// Reads one conversation.
pub(super) fn read(json: &str) -> Result<Conversation, serde_json::Error> {
    let exported: Exported<'_> = serde_json::from_str(json)?;
    let said: Vec<Said> = path(&exported).into_iter().filter_map(said).collect();
    Ok(Conversation {
        app: "Claude",
        id: exported.uuid.clone().unwrap_or_default(),
        title: exported.name.clone().unwrap_or_default(),
        at: exported.created_at.as_deref().and_then(from_text).or_else(|| said.first()?.at.clone()),
        said,
    })
}

/// The visible path, oldest first: up from the current leaf, or from the last message in the file. A file
/// whose messages name no parents has no branches.
fn path<'e, 'a>(exported: &'e Exported<'a>) -> Vec<&'e Message<'a>> {
    let messages = &exported.chat_messages;
    let branched = messages.iter().any(|message| message.parent_message_uuid.is_some());
    if !branched {
        return messages.iter().collect();
    }
    let by_id: HashMap<&str, &Message<'a>> =
        messages.iter().filter_map(|message| Some((message.uuid.as_deref()?, message))).collect();
    let leaf = exported.current_leaf_message_uuid.as_deref();
    let mut at = leaf.and_then(|id| by_id.get(id).copied()).or(messages.last());
    let (mut path, mut seen) = (Vec::new(), HashSet::new());
    while let Some(message) = at {
        if message.uuid.as_deref().is_some_and(|id| !seen.insert(id)) {
            break;
        }
        path.push(message);
        at = message.parent_message_uuid.as_deref().and_then(|id| by_id.get(id).copied());
    }
    path.reverse();
    path
}

fn said(message: &Message<'_>) -> Option<Said> {
    let speaker = match message.sender.as_str() {
        "human" => Speaker::User,
        "assistant" => Speaker::Assistant,
        _ => return None,
    };
    // Blocks are exact; `text` has placeholders for what is no text. Older files have `text` alone.
    let joined = sparse::texts(message.content, words).join("\n");
    let text = if joined.trim().is_empty() { message.text.clone().unwrap_or_default() } else { joined };
    let text = text.trim().to_owned();
    let at = message.created_at.as_deref().and_then(from_text);
    (!text.is_empty()).then_some(Said { speaker, text, at })
}

/// The words of a block; thoughts and tools have none.
fn words(block: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Block {
        #[serde(rename = "type")]
        kind: String,
        text: Option<String>,
    }
    let json = block.get();
    let block: Block = json.starts_with('{').then(|| serde_json::from_str(json).ok())??;
    (block.kind == "text").then_some(block.text)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn message(id: &str, sender: &str, text: &str, parent: Option<&str>) -> Value {
        let mut message = json!({"uuid": id, "sender": sender, "text": "placeholder",
            "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": text}],
            "created_at": "2025-03-04T05:06:07.000000+00:00"});
        if let Some(parent) = parent {
            message["parent_message_uuid"] = json!(parent);
        }
        message
    }

    fn texts(value: &Value) -> Vec<String> {
        read(&value.to_string()).unwrap().said.into_iter().map(|said| said.text).collect()
    }

    #[test]
    fn a_plain_list_is_read_as_it_stands_with_its_dates() {
        let export = json!({"uuid": "c", "name": "Tea", "created_at": "2025-03-04T05:06:07Z", "chat_messages": [
            message("1", "human", "I like tea.", None), message("2", "assistant", "Noted.", None),
        ]});
        let read = read(&export.to_string()).unwrap();
        assert_eq!((read.id.as_str(), read.title.as_str()), ("c", "Tea"));
        assert_eq!(read.said[0].at.as_ref().unwrap().0, "2025-03-04T05:06:07Z");
        assert_eq!(texts(&export), ["I like tea.", "Noted."]);
    }

    #[test]
    fn of_branches_only_the_visible_one_is_read() {
        let mut export = json!({"chat_messages": [
            message("1", "human", "Where to eat?", Some("root")),
            message("2", "assistant", "A steak house.", Some("1")),
            message("3", "assistant", "A vegan place.", Some("1")),
        ]});
        assert_eq!(texts(&export), ["Where to eat?", "A vegan place."]);
        export["current_leaf_message_uuid"] = json!("2");
        assert_eq!(texts(&export), ["Where to eat?", "A steak house."]);
    }

    #[test]
    fn older_files_have_text_alone() {
        let export = json!({"chat_messages": [{"sender": "human", "text": " Hello. "}, {"sender": "tool", "text": "x"}]});
        assert_eq!(texts(&export), ["Hello."]);
    }
}
