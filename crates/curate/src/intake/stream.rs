//! Conversations of an export, one at a time: a file of hundreds of megabytes is never whole in memory.
//!
//! The export is a JSON list, bare or under `conversations`, in a file or in a zip archive (in several
//! files when it is large). One conversation that cannot be read is counted and passed over; JSON that
//! breaks off ends the walk with what was read before and where it broke.

use super::conversation::Conversation;
use super::source::IntakeError;
use super::{chatgpt, claude};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// What a walk came past.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// Conversations that were read.
    pub read: u32,
    /// Conversations that could not be.
    pub unreadable: u32,
    /// Where and why the file broke off, when it did.
    pub broken: Option<String>,
    /// Whether the visitor stopped it.
    pub stopped: bool,
}

/// More than this of unpacked JSON is no export but an attack on the disk or the clock.
const MOST_BYTES: u64 = 16 << 30;

/// Goes through all conversations of an export in the order of the file. `each` gets the position and the
/// conversation and says whether to go on.
///
/// # Errors
/// When the file cannot be opened or is no export at all.
pub fn walk(path: &Path, mut each: impl FnMut(u32, Conversation) -> bool) -> Result<Walk, IntakeError> {
    let mut walk = Walk::default();
    if is_zip(path)? {
        let mut archive = zip::ZipArchive::new(BufReader::new(open(path)?)).map_err(IntakeError::archive)?;
        // A name that is no text is none that an export has.
        let names = archive.file_names().filter_map(Result::ok);
        let mut names: Vec<String> =
            names.filter(|name| holds(name)).map(std::borrow::Cow::into_owned).collect();
        names.sort();
        if names.is_empty() {
            return Err(IntakeError::NoConversations);
        }
        for name in names {
            let entry = archive.by_name(&name).map_err(IntakeError::archive)?;
            list(BufReader::new(entry.take(MOST_BYTES)), &mut walk, &mut each);
            if walk.stopped {
                break;
            }
        }
    } else {
        list(BufReader::new(open(path)?), &mut walk, &mut each);
    }
    match (&walk.broken, walk.read, walk.unreadable) {
        (_, 0, 0) if !walk.stopped => Err(IntakeError::NoConversations),
        _ => Ok(walk),
    }
}

fn open(path: &Path) -> Result<File, IntakeError> {
    File::open(path).map_err(IntakeError::Unreadable)
}

/// Whether a file is a zip archive, by its first bytes.
pub(super) fn is_zip(path: &Path) -> Result<bool, IntakeError> {
    let mut first = [0; 4];
    let mut file = open(path)?;
    let read = file.read(&mut first).map_err(IntakeError::Unreadable)?;
    Ok(first.get(..read) == Some(b"PK\x03\x04"))
}

/// Files of an archive that hold conversations: `conversations.json`, `conversations-003.json`, in any folder.
fn holds(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.starts_with("conversations") && file.ends_with(".json")
}

fn list(reader: impl Read, walk: &mut Walk, each: &mut dyn FnMut(u32, Conversation) -> bool) {
    let mut json = serde_json::Deserializer::from_reader(reader);
    let outcome = List { walk: &mut *walk, each }.deserialize(&mut json);
    if let Err(error) = outcome
        && !walk.stopped
    {
        walk.broken = Some(error.to_string());
    }
}

/// The list itself, or an object with the list under `conversations`.
struct List<'a> {
    walk: &'a mut Walk,
    each: &'a mut dyn FnMut(u32, Conversation) -> bool,
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of conversations")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(raw) = list.next_element::<Box<RawValue>>()? {
            let Some(conversation) = read(raw.get()) else {
                self.walk.unreadable += 1;
                continue;
            };
            let at = self.walk.read + self.walk.unreadable;
            self.walk.read += 1;
            if !(self.each)(at, conversation) {
                self.walk.stopped = true;
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "conversations" {
                map.next_value_seed(List { walk: &mut *self.walk, each: &mut *self.each })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// One conversation of either app; `None` for anything else.
fn read(json: &str) -> Option<Conversation> {
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).ok()?;
    let read = if chatgpt::is_one(&fields) {
        chatgpt::read(json)
    } else if claude::is_one(&fields) {
        claude::read(json)
    } else {
        return None;
    };
    read.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const ONE: &str = r#"{"uuid": "1", "name": "a", "chat_messages": [{"sender": "human", "text": "one"}]}"#;
    const TWO: &str = r#"{"id": "2", "title": "b", "current_node": "x", "mapping": {"x": {"parent": null,
        "message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["two"]}}}}}"#;

    fn file(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    fn titles(path: &Path) -> (Vec<(u32, String)>, Walk) {
        let mut titles = Vec::new();
        let walk = walk(path, |at, conversation| {
            titles.push((at, conversation.title));
            true
        });
        (titles, walk.unwrap())
    }

    #[test]
    fn bare_lists_and_lists_in_an_object_are_walked() {
        for text in [format!("[{ONE},{TWO}]"), format!(r#"{{"v": [1], "conversations": [{ONE},{TWO}]}}"#)] {
            let (titles, walk) = titles(file(text.as_bytes()).path());
            assert_eq!(titles, [(0, "a".to_owned()), (1, "b".to_owned())]);
            assert_eq!(walk, Walk { read: 2, ..Walk::default() });
        }
    }

    #[test]
    fn archives_are_walked_file_by_file() {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let mut archive = zip::ZipWriter::new(&mut bytes);
        let options = zip::write::SimpleFileOptions::default();
        for (name, content) in [
            ("x/conversations-001.json", format!("[{TWO}]")),
            ("x/conversations-000.json", format!("[{ONE}]")),
            ("users.json", "[{}]".to_owned()),
        ] {
            archive.start_file(name, options).unwrap();
            archive.write_all(content.as_bytes()).unwrap();
        }
        archive.finish().unwrap();
        let (titles, _) = titles(file(bytes.get_ref()).path());
        assert_eq!(titles, [(0, "a".to_owned()), (1, "b".to_owned())]);
    }

    #[test]
    fn a_conversation_that_cannot_be_read_costs_only_itself() {
        let (titles, walk) =
            titles(file(format!("[{ONE}, 7, {{\"mapping\": {{\"a\": 1}}}}, {TWO}]").as_bytes()).path());
        assert_eq!(titles, [(0, "a".to_owned()), (3, "b".to_owned())]);
        assert_eq!((walk.read, walk.unreadable, walk.broken), (2, 2, None));
    }

    #[test]
    fn a_file_that_breaks_off_gives_what_came_before_and_says_where() {
        let (titles, walk) = titles(file(format!("[{ONE}, {{\"uuid\": \"2").as_bytes()).path());
        assert_eq!(titles.len(), 1);
        assert!(walk.broken.unwrap().contains("line 1"));
    }

    #[test]
    fn what_is_no_export_is_refused() {
        for content in ["", "hello", "{}", "[]", "[1, 2]", "null"] {
            let outcome = walk(file(content.as_bytes()).path(), |_, _| true);
            match content {
                "[1, 2]" => assert_eq!(outcome.unwrap().unreadable, 2),
                _ => assert!(matches!(outcome, Err(IntakeError::NoConversations)), "{content}: {outcome:?}"),
            }
        }
        let broken = file(b"PK\x03\x04 and nothing else");
        assert!(matches!(walk(broken.path(), |_, _| true), Err(IntakeError::Archive(_))));
    }

    #[test]
    fn the_visitor_can_stop() {
        let walk = walk(file(format!("[{ONE},{TWO}").as_bytes()).path(), |_, _| false).unwrap();
        assert_eq!(walk, Walk { read: 1, stopped: true, ..Walk::default() });
    }
}
