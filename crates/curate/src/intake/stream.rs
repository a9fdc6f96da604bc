//! Conversations of an export, one at a time: a file of hundreds of megabytes is never whole in memory.
//!
//! The export is a JSON list, bare or under `conversations`, in a file or in a zip archive (in several
//! files when it is large). One conversation that cannot be read is counted and passed over; JSON that
//! breaks off ends the walk with what was read before and where it broke. One conversation is all that is held, and
//! no conversation may be larger than any that a person has had: an archive of a few kilobytes can unpack to anything.

use super::conversation::Conversation;
use super::source::IntakeError;
use super::{chatgpt, claude};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::cell::Cell;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::rc::Rc;

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
    /// Whether there was something that might have gone on when it broke off.
    cut: bool,
}

/// More than this of unpacked JSON is no export but an attack on the clock. 4 GiB.
const MOST_BYTES: u64 = 4 << 30;
/// More than this is no conversation but an attack on the memory. 32 MiB, some ten times the longest that are known.
const MOST_OF_ONE: u64 = 32 << 20;
/// Text packs to a tenth of its size or so. What unpacks to this many times its size is no text that anybody wrote …
const TIMES: u64 = 200;
/// … and what is still small then does no harm. 64 MiB.
const HARMLESS: u64 = 64 << 20;

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
            let (size, packed) = (entry.size(), entry.compressed_size());
            if size > MOST_BYTES || (size > HARMLESS && size / TIMES > packed) {
                return Err(IntakeError::Bomb { size, packed });
            }
            // What an archive says of sizes may be a lie; the reader counts for itself.
            list(entry, &mut walk, &mut each);
            if walk.stopped {
                break;
            }
        }
    } else {
        list(open(path)?, &mut walk, &mut each);
    }
    match (walk.broken.take(), walk.read, walk.unreadable) {
        (Some(why), 0, 0) if walk.cut => Err(IntakeError::BreaksOff(why)),
        (_, 0, 0) if !walk.stopped => Err(IntakeError::NoConversations),
        (broken, ..) => Ok(Walk { broken, ..walk }),
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

/// Reads no further than the most of a conversation after the last one, and than the most of a file in all.
struct Bounded<R> {
    inner: R,
    left: Rc<Cell<u64>>,
    all: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(into)?;
        let bytes = read as u64;
        let (Some(left), Some(all)) = (self.left.get().checked_sub(bytes), self.all.checked_sub(bytes))
        else {
            let most = if self.all < bytes {
                "the file unpacks to more than 4 GB"
            } else {
                "one conversation has more than 32 MB"
            };
            return Err(std::io::Error::other(most));
        };
        self.left.set(left);
        self.all = all;
        Ok(read)
    }
}

fn list(reader: impl Read, walk: &mut Walk, each: &mut dyn FnMut(u32, Conversation) -> bool) {
    let left = Rc::new(Cell::new(MOST_OF_ONE));
    let bounded = Bounded { inner: reader, left: left.clone(), all: MOST_BYTES };
    // Outside of it a second buffer: the parser takes byte by byte.
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(bounded));
    let outcome = List { walk: &mut *walk, each, left: &left }.deserialize(&mut json);
    if let Err(error) = outcome
        && !walk.stopped
    {
        walk.cut = error.is_io() || (error.is_eof() && error.column() > 0);
        walk.broken = Some(error.to_string());
    }
}

/// The list itself, or an object with the list under `conversations`.
struct List<'a> {
    walk: &'a mut Walk,
    each: &'a mut dyn FnMut(u32, Conversation) -> bool,
    /// Bytes that may be read before the next conversation is whole.
    left: &'a Cell<u64>,
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
            self.left.set(MOST_OF_ONE);
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
                map.next_value_seed(List { walk: &mut *self.walk, each: &mut *self.each, left: self.left })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
            self.left.set(MOST_OF_ONE);
        }
        Ok(())
    }
}

/// One conversation of either app; `None` for anything else.
fn read(json: &str) -> Option<Conversation> {
    /// Which app wrote it; nothing of it is kept for that.
    #[derive(Deserialize)]
    struct Shape {
        mapping: Option<IgnoredAny>,
        chat_messages: Option<IgnoredAny>,
    }
    let shape: Shape = serde_json::from_str(json).ok()?;
    match shape {
        Shape { mapping: Some(_), .. } => chatgpt::read(json).ok(),
        Shape { chat_messages: Some(_), .. } => claude::read(json).ok(),
        _ => None,
    }
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

    /// An archive with one file, which `write` fills.
    fn archive(name: &str, write: impl FnOnce(&mut zip::ZipWriter<File>)) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut archive = zip::ZipWriter::new(file.reopen().unwrap());
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        write(&mut archive);
        archive.finish().unwrap();
        file
    }

    #[test]
    fn an_archive_that_unpacks_to_far_more_than_an_export_is_not_read() {
        // 128 MiB of one letter: some 130 KB packed, and nothing is unpacked to find that out.
        let bomb = archive("conversations.json", |into| {
            let block = vec![b'a'; 1 << 20];
            for _ in 0..128 {
                into.write_all(&block).unwrap();
            }
        });
        assert!(std::fs::metadata(bomb.path()).unwrap().len() < 300_000);
        let refused = walk(bomb.path(), |_, _| true).unwrap_err();
        assert!(matches!(refused, IntakeError::Bomb { .. }), "{refused:?}");
        assert!(refused.to_string().contains("unpacks to 128 MB"), "{refused}");
    }

    /// Gives the same bytes over and over, after a beginning.
    struct Endless(&'static [u8], &'static [u8]);

    impl Read for Endless {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            if self.0.is_empty() {
                self.0 = self.1;
            }
            self.0.read(into)
        }
    }

    #[test]
    fn a_conversation_that_never_ends_is_not_read_to_its_end() {
        for (begins, goes_on) in [
            ("[\"", "aaaaaaaaaaaaaaaa"),
            ("[{\"mapping\": {", "\"a\": {}, "),
            ("{\"conversations\": [[", "[], "),
            ("{\"something else\": [0", ", 0"),
        ] {
            let mut walk = Walk::default();
            list(Endless(begins.as_bytes(), goes_on.as_bytes()), &mut walk, &mut |_, _| true);
            assert!(walk.broken.as_ref().unwrap().contains("more than 32 MB"), "{walk:?}");
            assert_eq!(walk.read, 0);
        }
    }

    #[test]
    fn a_conversation_with_more_messages_than_anybody_wrote_costs_only_itself() {
        let messages = "{},".repeat(100_001);
        let huge = format!(r#"{{"chat_messages": [{messages}{{}}]}}"#);
        let nodes: String = (0..=100_001).map(|n| format!("\"{n}\":{{}},")).collect();
        let tree = format!(r#"{{"mapping": {{{nodes}"end": {{}}}}}}"#);
        let (titles, walk) = titles(file(format!("[{huge},{tree},{ONE}]").as_bytes()).path());
        assert_eq!(titles, [(2, "a".to_owned())]);
        assert_eq!((walk.read, walk.unreadable, walk.broken), (1, 2, None));
    }

    #[test]
    fn an_archive_that_is_cut_or_has_other_names_says_so() {
        let whole = archive("conversations.json", |into| write!(into, "[{ONE},{TWO}]").unwrap());
        assert_eq!(titles(whole.path()).0.len(), 2);
        let bytes = std::fs::read(whole.path()).unwrap();
        let cut = file(&bytes[..bytes.len() / 2]);
        assert!(matches!(walk(cut.path(), |_, _| true), Err(IntakeError::Archive(_))));
        for name in ["chat.html", "conversations.txt", "conversations.json.exe", "._conversations.json"] {
            let other = archive(name, |into| write!(into, "[{ONE}]").unwrap());
            assert!(matches!(walk(other.path(), |_, _| true), Err(IntakeError::NoConversations)), "{name}");
        }
        // A path that leads elsewhere is a name like any other: nothing is ever unpacked to the disk.
        let elsewhere = archive("../../../conversations.json", |into| write!(into, "[{ONE}]").unwrap());
        assert_eq!(titles(elsewhere.path()).0.len(), 1);
    }

    #[test]
    fn packed_bytes_that_fell_over_are_noticed() {
        let whole = archive("conversations.json", |into| write!(into, "[{ONE},{TWO}]").unwrap());
        let mut bytes = std::fs::read(whole.path()).unwrap();
        // Behind the head of the entry and its name.
        for byte in bytes.iter_mut().skip(80).take(8) {
            *byte ^= 0xff;
        }
        match walk(file(&bytes).path(), |_, _| true) {
            Ok(walk) => assert!(walk.broken.is_some() && walk.read < 2, "{walk:?}"),
            Err(error) => assert!(
                matches!(error, IntakeError::BreaksOff(_) | IntakeError::NoConversations),
                "{error:?}"
            ),
        }
    }

    #[test]
    fn a_file_that_breaks_off_in_its_first_conversation_says_so() {
        for text in ["[{\"uuid\": \"1", "{\"conversations\": [", "["] {
            let refused = walk(file(text.as_bytes()).path(), |_, _| true).unwrap_err();
            assert!(matches!(refused, IntakeError::BreaksOff(_)), "{text}: {refused:?}");
        }
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
