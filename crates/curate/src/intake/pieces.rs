//! From conversations and texts to documents: small enough for one reading, each with its own date.
//!
//! A retained document has one date, so a conversation that went on for weeks becomes several documents.
//! Their form is that of the app's own turns (`USER:` and `ASSISTANT:` paragraphs), which the engine's
//! rules and every extraction prompt understand.

use super::conversation::{Conversation, Said, Speaker};
use rearview_domain::DocumentId;
use rearview_domain::time::Time;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use ts_rs::TS;

/// Characters of one piece: Hindsight's default chunk (`retain_chunk_size`), so that one piece is one reading.
const PIECE: usize = 3000;
/// Characters of the exchange before, which go along as context so that pronouns resolve.
const BEFORE: usize = 600;

/// Whose words are brought in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Voices {
    /// The person's and the assistant's.
    #[default]
    Both,
    /// The person's alone.
    User,
}

/// A document that is about to be retained.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Its id: the same conversation brought in again has the same.
    pub document_id: DocumentId,
    /// Its text.
    pub content: String,
    /// When it was said.
    pub at: Option<Time>,
    /// Where it came up.
    pub context: Option<String>,
}

/// Cuts a conversation. The name of where it comes from leads the ids.
pub fn of_conversation(conversation: &Conversation, voices: Voices) -> Vec<Piece> {
    let app = conversation.app;
    let said: Vec<&Said> = conversation
        .said
        .iter()
        .filter(|said| voices == Voices::Both || said.speaker == Speaker::User)
        .collect();
    let mut groups: Vec<Vec<&Said>> = Vec::new();
    for message in said {
        match groups.last_mut() {
            Some(group) if !begins_anew(group, message) => group.push(message),
            _ => groups.push(vec![message]),
        }
    }
    let key =
        if conversation.id.is_empty() { hash(&format!("{conversation:?}")) } else { conversation.id.clone() };
    let mut before: Option<String> = None;
    let piece = |(at, group): (usize, Vec<&Said>)| {
        let content = group.iter().map(|said| line(said)).collect::<Vec<_>>().join("\n\n");
        let mut context = match conversation.title.trim() {
            "" => format!("A conversation in {app}."),
            title => format!("A conversation in {app} with the title \"{}\".", shortened(title, 200)),
        };
        if let Some(before) = before.replace(tail(&content)) {
            context.push_str("\nBefore that:\n");
            context.push_str(&before);
        }
        Piece {
            document_id: DocumentId(format!("{}.{key}.{}", app.to_lowercase(), at + 1)),
            content,
            at: group.iter().find_map(|said| said.at.clone()).or_else(|| conversation.at.clone()),
            context: Some(context),
        }
    };
    groups.into_iter().enumerate().map(piece).collect()
}

/// A text as one document; the server cuts it. `name` is its file's, when it has one.
pub fn of_text(name: Option<&str>, text: &str, at: Option<Time>) -> Piece {
    let document_id = match name {
        Some(name) => format!("file.{}.{}", shortened(name, 100), hash(text)),
        None => format!("pasted.{}", hash(text)),
    };
    let context = name.map(|name| format!("From the file \"{}\".", shortened(name, 200)));
    Piece { document_id: DocumentId(document_id), content: text.to_owned(), at, context }
}

/// The id of the document that a file becomes which only the server can read.
pub fn id_of_file(name: &str, bytes: &[u8]) -> DocumentId {
    DocumentId(format!("file.{}.{}", shortened(name, 100), hash_of(bytes)))
}

/// Whether a message opens a new piece: the person speaks, and the piece is full or from another day.
fn begins_anew(group: &[&Said], message: &Said) -> bool {
    if message.speaker != Speaker::User {
        return false;
    }
    let size: usize = group.iter().map(|said| said.text.len()).sum();
    let day = |said: &Said| said.at.as_ref().and_then(|at| at.0.get(..10).map(str::to_owned));
    let first = group.iter().find_map(|said| day(said));
    size + message.text.len() > PIECE || matches!((first, day(message)), (Some(a), Some(b)) if a != b)
}

fn line(said: &Said) -> String {
    let who = match said.speaker {
        Speaker::User => "USER",
        Speaker::Assistant => "ASSISTANT",
    };
    format!("{who}: {}", said.text)
}

/// The end of a piece, for the context of the next.
fn tail(content: &str) -> String {
    let from = content.char_indices().rev().nth(BEFORE).map_or(0, |(at, _)| at);
    let tail = content.get(from..).unwrap_or(content);
    if from == 0 { tail.to_owned() } else { format!("… {tail}") }
}

fn shortened(text: &str, characters: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(characters).collect()
}

/// 16 hex digits that name a text.
fn hash(text: &str) -> String {
    hash_of(text.as_bytes())
}

fn hash_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes).get(..8).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn said(speaker: Speaker, text: &str, at: Option<&str>) -> Said {
        Said { speaker, text: text.into(), at: at.map(|at| Time(at.into())) }
    }

    fn conversation(said: Vec<Said>) -> Conversation {
        Conversation { app: "ChatGPT", id: "a/b?c".into(), title: "Trip".into(), at: None, said }
    }

    #[test]
    fn a_new_day_is_a_new_document_with_its_own_date_and_what_came_before() {
        let pieces = of_conversation(
            &conversation(vec![
                said(Speaker::User, "I moved.", Some("2024-05-01T10:00:00Z")),
                said(Speaker::Assistant, "Where to?", Some("2024-05-01T10:00:05Z")),
                said(Speaker::User, "Lisbon.", Some("2024-05-03T08:00:00Z")),
            ]),
            Voices::Both,
        );
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[0].content, "USER: I moved.\n\nASSISTANT: Where to?");
        assert_eq!(pieces[1].at.as_ref().unwrap().0, "2024-05-03T08:00:00Z");
        assert_eq!(pieces[1].document_id.as_str(), "chatgpt.a/b?c.2");
        assert!(pieces[1].context.as_ref().unwrap().contains("Before that:\nUSER: I moved."));
    }

    #[test]
    fn the_persons_words_alone_can_be_brought_in() {
        let both = conversation(vec![said(Speaker::User, "a", None), said(Speaker::Assistant, "b", None)]);
        assert_eq!(of_conversation(&both, Voices::User)[0].content, "USER: a");
        let none = conversation(vec![said(Speaker::Assistant, "b", None)]);
        assert!(of_conversation(&none, Voices::User).is_empty());
    }

    #[test]
    fn the_same_text_has_the_same_id_and_another_one_another() {
        let id = |text: &str| of_text(Some("a.md"), text, None).document_id;
        assert_eq!(id("x"), id("x"));
        assert_ne!(id("x"), id("y"));
        assert!(of_text(None, "x", None).document_id.as_str().starts_with("pasted."));
    }

    proptest! {
        #[test]
        fn nothing_that_was_said_is_lost_or_said_twice(
            words in proptest::collection::vec((any::<bool>(), "[a-zé☃]{1,400}", 0..3u8), 1..25)
        ) {
            let all: Vec<Said> = words.iter().map(|(user, text, day)| said(
                if *user { Speaker::User } else { Speaker::Assistant }, text,
                Some(&format!("2024-05-0{}T10:00:00Z", day + 1)),
            )).collect();
            let lines: Vec<String> = all.iter().map(line).collect();
            let pieces = of_conversation(&conversation(all), Voices::Both);
            let joined = pieces.iter().map(|piece| piece.content.as_str()).collect::<Vec<_>>().join("\n\n");
            prop_assert_eq!(joined, lines.join("\n\n"));
        }
    }
}
