//! What a file is, before anything of it reaches memory: whose export, which conversations, how long.

use super::conversation::Speaker;
use super::stream::{is_zip, walk};
use rearview_domain::time::Time;
use rearview_domain::{Error, ErrorCode};
use serde::{Deserialize, Serialize};
use std::path::Path;
use ts_rs::TS;

/// Text files above this are no notes; memory would take days for them. 64 MiB.
const MOST_TEXT: u64 = 64 << 20;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, rename = "IntakeKind")]
pub enum Kind {
    /// Conversations exported by a chat app.
    Conversations,
    /// Plain text or markdown.
    Text,
    /// A format that only the memory server can read: PDF, office files.
    Document,
}

/// Why a file cannot be brought in.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The file cannot be read.
    #[error("The file could not be read: {0}.")]
    Unreadable(std::io::Error),
    /// The archive is damaged.
    #[error("The archive is damaged: {0}.")]
    Archive(String),
    /// It unpacks to far more than any export has.
    #[error("This archive unpacks to {} MB from {} KB, which no export does; it was not read.", .size >> 20, .packed.div_ceil(1024))]
    Bomb {
        /// What it unpacks to, in bytes, as it says itself.
        size: u64,
        /// What it has packed, in bytes.
        packed: u64,
    },
    /// It ends before the first conversation does.
    #[error("This file breaks off before its first conversation is whole: {0}.")]
    BreaksOff(String),
    /// There are no conversations in it.
    #[error("There are no conversations in this file that Rearview can read.")]
    NoConversations,
    /// It is no text.
    #[error("This file is no text in UTF-8.")]
    NotText,
    /// It is too large for a text.
    #[error("This text has {} MB; at most {} MB can be brought in at once.", .0 >> 20, MOST_TEXT >> 20)]
    TooLarge(u64),
    /// There is nothing in it.
    #[error("There is nothing in it.")]
    Empty,
}

impl IntakeError {
    pub(super) fn archive(error: zip::result::ZipError) -> Self {
        Self::Archive(error.to_string())
    }

    /// As the page sees it.
    pub fn to_error(&self) -> Error {
        let error = Error::new(ErrorCode::InvalidInput, self.to_string());
        match self {
            Self::NoConversations => error.hint(
                "Exports of ChatGPT and Claude are read: the zip file as it was downloaded, or its conversations.json.",
            ),
            Self::NotText => error.hint("Save it as UTF-8 text, or choose a PDF, an office file or an export."),
            Self::TooLarge(_) => error.hint("Split it into several files."),
            Self::Unreadable(_) | Self::Archive(_) | Self::BreaksOff(_) => error.hint("Download or copy the file again."),
            Self::Bomb { .. } => {
                error.hint("If it is an export all the same, unpack it and choose its conversations.json.")
            }
            Self::Empty => error,
        }
    }
}

/// A conversation of an export, as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, rename = "ListedConversation")]
pub struct Listed {
    /// Its position in the file, which chooses it.
    pub at: u32,
    /// Its title; may be empty.
    pub title: String,
    /// When it began, as far as the export says.
    pub began: Option<Time>,
    /// Messages on the visible branch.
    pub messages: u32,
    /// Characters that the person wrote on it.
    pub own_characters: u32,
    /// Characters on it in all.
    pub characters: u32,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, rename = "IntakeGlance")]
pub struct Glance {
    /// What it is.
    pub kind: Kind,
    /// Its conversations, in the order of the file; empty for other kinds.
    pub conversations: Vec<Listed>,
    /// How many entries of an export could not be read.
    pub unreadable: u32,
    /// Where and why the file broke off; what came before is listed.
    pub broken: Option<String>,
    /// Characters of a text.
    pub characters: u32,
}

/// What a file is, by its name and its first bytes.
///
/// # Errors
/// When it cannot be opened.
pub fn kind_of(path: &Path, name: &str) -> Result<Kind, IntakeError> {
    /// What Hindsight's file endpoint converts (its own list of formats, 1.1).
    const DOCUMENTS: [&str; 13] =
        ["pdf", "doc", "docx", "ppt", "pptx", "xls", "xlsx", "odt", "odp", "ods", "rtf", "epub", "html"];
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
    if DOCUMENTS.contains(&ending.as_str()) {
        return Ok(Kind::Document);
    }
    Ok(if ending == "json" || is_zip(path)? { Kind::Conversations } else { Kind::Text })
}

/// Looks into a file.
///
/// # Errors
/// When it cannot be read, is damaged, or holds nothing that can be brought in.
pub fn glance(path: &Path, name: &str) -> Result<Glance, IntakeError> {
    let kind = kind_of(path, name)?;
    let mut seen = Glance { kind, conversations: Vec::new(), unreadable: 0, broken: None, characters: 0 };
    match kind {
        Kind::Document => {}
        Kind::Text => {
            let text = text_of(path)?;
            seen.characters = count(&text);
        }
        Kind::Conversations => {
            let walked = walk(path, |at, conversation| {
                let characters = |own: bool| {
                    let said = conversation.said.iter();
                    said.filter(|said| !own || said.speaker == Speaker::User)
                        .map(|said| count(&said.text))
                        .fold(0, u32::saturating_add)
                };
                // An empty one has nothing to bring in and only makes the list longer.
                if !conversation.said.is_empty() {
                    seen.conversations.push(Listed {
                        at,
                        messages: u32::try_from(conversation.said.len()).unwrap_or(u32::MAX),
                        own_characters: characters(true),
                        characters: characters(false),
                        began: conversation.at,
                        title: conversation.title,
                    });
                }
                true
            })?;
            (seen.unreadable, seen.broken) = (walked.unreadable, walked.broken);
            if seen.conversations.is_empty() {
                return Err(IntakeError::NoConversations);
            }
        }
    }
    Ok(seen)
}

/// The text of a file, without a byte order mark.
///
/// # Errors
/// When it is no UTF-8, empty, or too large.
pub fn text_of(path: &Path) -> Result<String, IntakeError> {
    let bytes = std::fs::metadata(path).map_err(IntakeError::Unreadable)?.len();
    if bytes > MOST_TEXT {
        return Err(IntakeError::TooLarge(bytes));
    }
    let text = String::from_utf8(std::fs::read(path).map_err(IntakeError::Unreadable)?);
    let text = text.map_err(|_| IntakeError::NotText)?;
    let text = text.trim_start_matches('\u{feff}').trim();
    // A null is in no text; Postgres would refuse it later.
    if text.contains('\0') {
        return Err(IntakeError::NotText);
    }
    if text.is_empty() { Err(IntakeError::Empty) } else { Ok(text.to_owned()) }
}

fn count(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(content: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), content).unwrap();
        file
    }

    #[test]
    fn names_and_first_bytes_say_what_a_file_is() {
        let text = file(b"Ana sails.");
        let zip = file(b"PK\x03\x04...");
        assert_eq!(kind_of(text.path(), "notes.md").unwrap(), Kind::Text);
        assert_eq!(kind_of(text.path(), "no ending").unwrap(), Kind::Text);
        assert_eq!(kind_of(text.path(), "conversations.JSON").unwrap(), Kind::Conversations);
        assert_eq!(kind_of(zip.path(), "export").unwrap(), Kind::Conversations);
        // Office files are zip archives too.
        assert_eq!(kind_of(zip.path(), "report.DOCX").unwrap(), Kind::Document);
    }

    #[test]
    fn a_text_is_counted_in_characters_and_nonsense_is_refused() {
        assert_eq!(glance(file("\u{feff}Zoë \n".as_bytes()).path(), "a.txt").unwrap().characters, 3);
        assert!(matches!(glance(file(b"\xff\xfe").path(), "a.txt"), Err(IntakeError::NotText)));
        assert!(matches!(glance(file(b"a\0b").path(), "a.txt"), Err(IntakeError::NotText)));
        assert!(matches!(glance(file(b" \n").path(), "a.txt"), Err(IntakeError::Empty)));
        let gone = Path::new("/nowhere/at/all");
        assert!(matches!(glance(gone, "a.txt"), Err(IntakeError::Unreadable(_))));
    }

    #[test]
    fn conversations_are_listed_with_the_persons_share_and_empty_ones_left_out() {
        let export = r#"[{"uuid": "1", "name": "t", "created_at": "2025-01-02T03:04:05Z", "chat_messages": [
            {"sender": "human", "text": "abc"}, {"sender": "assistant", "text": "defgh"}]},
            {"uuid": "2", "chat_messages": []}]"#;
        let seen = glance(file(export.as_bytes()).path(), "conversations.json").unwrap();
        assert_eq!(seen.conversations.len(), 1);
        let one = &seen.conversations[0];
        assert_eq!((one.messages, one.own_characters, one.characters), (2, 3, 8));
        assert_eq!(one.began.as_ref().unwrap().0, "2025-01-02T03:04:05Z");
    }
}
