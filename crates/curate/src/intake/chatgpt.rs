//! Conversations of a ChatGPT export: a tree of messages of which one path was visible.
//!
//! The export's form is not documented by its vendor; what is read here is what its files hold: `mapping` from
//! node ids to `{message, parent, children}`, and `current_node`, the end of the visible path. Branches that
//! the person left are not read: what is on them was taken back.

use super::conversation::{Conversation, Said, Speaker, from_seconds};
use super::sparse;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{HashMap, HashSet};

#[derive(Deserialize)]
struct Exported<'a> {
    id: Option<String>,
    // A file of 2026 may name both, which are equal.
    conversation_id: Option<String>,
    title: Option<String>,
    create_time: Option<f64>,
    #[serde(borrow, deserialize_with = "sparse::map")]
    mapping: HashMap<String, Node<'a>>,
    current_node: Option<String>,
}

#[derive(Deserialize)]
struct Node<'a> {
    #[serde(borrow)]
    message: Option<Message<'a>>,
    parent: Option<String>,
    #[serde(default)]
    children: Vec<String>,
}

#[derive(Deserialize)]
struct Message<'a> {
    author: Option<Author>,
    create_time: Option<f64>,
    #[serde(borrow)]
    content: Option<Content<'a>>,
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Metadata {
    is_visually_hidden_from_conversation: Option<bool>,
}

#[derive(Deserialize)]
struct Author {
    role: String,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(default)]
    content_type: String,
    #[serde(borrow)]
    parts: Option<&'a RawValue>,
    text: Option<String>,
}

/// Reads one conversation.
pub(super) fn read(json: &str) -> Result<Conversation, serde_json::Error> {
    let exported: Exported<'_> = serde_json::from_str(json)?;
    let said = path(&exported).filter_map(|node| said(node.message.as_ref()?)).collect::<Vec<_>>();
    Ok(Conversation {
        app: "ChatGPT",
        id: exported.id.clone().or_else(|| exported.conversation_id.clone()).unwrap_or_default(),
        title: exported.title.clone().unwrap_or_default(),
        at: exported.create_time.and_then(from_seconds).or_else(|| said.first().and_then(|s| s.at.clone())),
        said,
    })
}

/// The visible path, oldest first. Without a valid end, the leaf that was written last is taken for it.
fn path<'e, 'a>(exported: &'e Exported<'a>) -> impl Iterator<Item = &'e Node<'a>> {
    let time =
        |node: &Node<'_>| node.message.as_ref().and_then(|message| message.create_time).unwrap_or_default();
    let known = exported.current_node.as_ref().filter(|id| exported.mapping.contains_key(*id));
    let last = || {
        let leaves = exported.mapping.iter().filter(|(_, node)| node.children.is_empty());
        leaves.max_by(|(_, a), (_, b)| time(a).total_cmp(&time(b))).map(|(id, _)| id)
    };
    let mut at = known.or_else(last);
    let (mut path, mut seen) = (Vec::new(), HashSet::new());
    while let Some(id) = at {
        // A damaged file may run in a circle.
        let Some(node) = exported.mapping.get(id).filter(|_| seen.insert(id)) else { break };
        path.push(node);
        at = node.parent.as_ref();
    }
    path.into_iter().rev()
}

fn said(message: &Message<'_>) -> Option<Said> {
    let speaker = match message.author.as_ref()?.role.as_str() {
        "user" => Speaker::User,
        "assistant" => Speaker::Assistant,
        _ => return None,
    };
    let metadata = message.metadata.and_then(|raw| serde_json::from_str::<Metadata>(raw.get()).ok());
    if metadata.is_some_and(|metadata| metadata.is_visually_hidden_from_conversation == Some(true)) {
        return None;
    }
    let content = message.content.as_ref()?;
    // Code is what a tool was told, thoughts are no answer; neither was said to the person.
    if !matches!(content.content_type.as_str(), "text" | "multimodal_text" | "") {
        return None;
    }
    let mut parts = sparse::texts(content.parts, part);
    parts.extend(content.text.clone());
    let text = parts.join("\n").trim().to_owned();
    let at = message.create_time.and_then(from_seconds);
    (!text.is_empty()).then_some(Said { speaker, text, at })
}

/// The words of a part: plain text, or what was heard of a spoken message.
fn part(part: &RawValue) -> Option<String> {
    #[derive(Deserialize)]
    struct Part {
        content_type: String,
        text: Option<String>,
    }
    let json = part.get();
    if json.starts_with('"') {
        return serde_json::from_str(json).ok();
    }
    let heard = |part: Part| (part.content_type == "audio_transcription").then_some(part.text).flatten();
    json.starts_with('{').then(|| serde_json::from_str(json).ok()).flatten().and_then(heard)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn node(role: &str, text: &str, at: f64, parent: Option<&str>, children: &[&str]) -> Value {
        json!({"parent": parent, "children": children, "message": {
            "author": {"role": role}, "create_time": at,
            "content": {"content_type": "text", "parts": [text]}, "metadata": {},
        }})
    }

    fn tree(current: Option<&str>) -> String {
        json!({
            "id": "c", "conversation_id": "c", "title": "Lisbon", "create_time": 1_700_000_000.5,
            "current_node": current,
            "mapping": {
                "root": {"parent": null, "children": ["q"], "message": null},
                "q": node("user", "Where to eat?", 1_700_000_001.0, Some("root"), &["left", "right"]),
                "left": node("assistant", "A steak house.", 1_700_000_002.0, Some("q"), &[]),
                "right": node("assistant", "A vegan place.", 1_700_000_003.0, Some("q"), &["tool"]),
                "tool": node("tool", "search()", 1_700_000_004.0, Some("right"), &["end"]),
                "end": node("assistant", "It opens at six.", 1_700_000_005.0, Some("tool"), &[]),
            },
        })
        .to_string()
    }

    fn texts(json: &str) -> Vec<String> {
        read(json).unwrap().said.into_iter().map(|said| said.text).collect()
    }

    #[test]
    fn only_the_visible_branch_is_read_and_it_keeps_its_dates() {
        let read = read(&tree(Some("end"))).unwrap();
        assert_eq!(read.at.unwrap().0, "2023-11-14T22:13:20.5Z");
        assert_eq!(read.said[0].at.as_ref().unwrap().0, "2023-11-14T22:13:21Z");
        assert_eq!(texts(&tree(Some("end"))), ["Where to eat?", "A vegan place.", "It opens at six."]);
        assert_eq!(texts(&tree(Some("left"))), ["Where to eat?", "A steak house."]);
    }

    #[test]
    fn without_a_valid_end_the_branch_written_last_is_read() {
        for current in [None, Some("gone")] {
            assert_eq!(texts(&tree(current)).last().unwrap(), "It opens at six.");
        }
    }

    #[test]
    fn a_circle_ends() {
        let circle = json!({"mapping": {
            "a": node("user", "one", 1.0, Some("b"), &["b"]),
            "b": node("user", "two", 2.0, Some("a"), &["a"]),
        }, "current_node": "a"});
        assert_eq!(texts(&circle.to_string()), ["two", "one"]);
    }

    #[test]
    fn hidden_messages_code_and_images_are_left_out_and_spoken_words_are_read() {
        let with = |content: Value, metadata: Value| {
            json!({"mapping": {"a": {"parent": null, "message": {
                "author": {"role": "user"}, "content": content, "metadata": metadata,
            }}}, "current_node": "a"})
            .to_string()
        };
        let text = json!({"content_type": "text", "parts": ["hello"]});
        assert_eq!(texts(&with(text.clone(), json!({}))), ["hello"]);
        assert!(texts(&with(text, json!({"is_visually_hidden_from_conversation": true}))).is_empty());
        assert!(texts(&with(json!({"content_type": "code", "text": "ls"}), json!(null))).is_empty());
        let mixed = json!({"content_type": "multimodal_text", "parts": [
            {"content_type": "image_asset_pointer", "asset_pointer": "file://x"},
            {"content_type": "audio_transcription", "text": "I moved."}, "Look.",
        ]});
        assert_eq!(texts(&with(mixed, json!({}))), ["I moved.\nLook."]);
    }
}
