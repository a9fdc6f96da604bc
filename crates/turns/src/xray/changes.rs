//! What is other in a request than in the one before it: how many bytes they share from the start (that is what a
//! provider's cache can use), where the first difference is, and what was added, taken out or changed by origin.

use super::{Cut, readable, tokens_of};
use rearview_domain::record::Origin;
use std::collections::HashMap;

/// How a request differs from the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// Bytes that both have in common from the start.
    pub same_bytes: usize,
    /// The origin of the first piece that ends behind those bytes: what is other there, or what the syntax that is other
    /// belongs to. `None` when none follows, or when nothing is other.
    pub first: Option<Origin>,
    /// The same in the request before: what is other because it went or changed.
    pub first_before: Option<Origin>,
    /// Tokens of pieces that are in both with the same text but stand behind the first difference, so that no cache of
    /// what comes first can serve them. Counted as o200k.
    pub again_tokens: u32,
    /// What is other, in the order of this request; what was taken out comes last.
    pub rows: Vec<Change>,
    /// Pieces that are in both with the same text, wherever they stand.
    pub kept: usize,
}

/// One piece that is other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where it comes from: as in this request, else as in the one before.
    pub origin: Origin,
    /// Its text before, escapes undone; `None` when it was not there.
    pub before: Option<String>,
    /// Its text now, escapes undone; `None` when it is gone.
    pub after: Option<String>,
}

/// Compares a request with the one before it. Pieces are told apart by what they are, not by where they stand: a memory
/// by its id, a message by its id (what was the question then is history now), attachments, tools and their results by
/// theirs. The wire's syntax counts for the shared bytes only.
pub fn changes(before: &[Cut], after: &[Cut]) -> Changes {
    let (same_bytes, first, first_before) = first_difference(before, after);
    let (old, new) = (gather(before), gather(after));
    let known: HashMap<_, _> = old.iter().map(|piece| (&piece.key, &piece.text)).collect();
    let mut rows = Vec::new();
    let mut kept = 0;
    for piece in &new {
        match known.get(&piece.key) {
            Some(text) if **text == piece.text => kept += 1,
            earlier => rows.push(Change {
                origin: piece.origin.clone(),
                before: earlier.map(|text| readable(text)),
                after: Some(readable(&piece.text)),
            }),
        }
    }
    let here: std::collections::HashSet<_> = new.iter().map(|piece| &piece.key).collect();
    let gone = old.iter().filter(|piece| !here.contains(&piece.key));
    rows.extend(gone.map(|piece| Change {
        origin: piece.origin.clone(),
        before: Some(readable(&piece.text)),
        after: None,
    }));
    let again_tokens = again(after, same_bytes, &known);
    Changes { same_bytes, first, first_before, again_tokens, rows, kept }
}

/// Tokens of the pieces behind a place that were there before as well.
fn again(after: &[Cut], place: usize, known: &HashMap<&String, &String>) -> u32 {
    let mut at = 0;
    let mut tokens = 0;
    for cut in after {
        let begins = at;
        at += cut.text.len();
        let Some(origin) = cut.origin.as_ref().filter(|_| begins >= place) else { continue };
        // Only whole things count: of several runs of one thing each has to be in what it was before.
        if known.get(&key_of(origin)).is_some_and(|text| text.contains(&cut.text)) {
            tokens += tokens_of(cut).unwrap_or(0);
        }
    }
    tokens
}

/// All runs of one thing together, in the order of their first.
struct Gathered {
    key: String,
    origin: Origin,
    text: String,
}

fn gather(cuts: &[Cut]) -> Vec<Gathered> {
    let mut gathered: Vec<Gathered> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for cut in cuts {
        let Some(origin) = &cut.origin else { continue };
        let key = key_of(origin);
        match places.get(&key) {
            Some(place) => gathered[*place].text.push_str(&cut.text),
            None => {
                places.insert(key.clone(), gathered.len());
                gathered.push(Gathered { key, origin: origin.clone(), text: cut.text.clone() });
            }
        }
    }
    gathered
}

/// What makes two pieces the same thing. A message keeps its id when it turns from question to history, and a memory
/// when its place in the block changes.
fn key_of(origin: &Origin) -> String {
    match origin {
        Origin::System => "system".to_owned(),
        Origin::MemoryFrame => "frame".to_owned(),
        Origin::Reflect => "reflect".to_owned(),
        Origin::Hand => "hand".to_owned(),
        Origin::Memory { id, .. } => format!("memory {id}"),
        Origin::History { message_id } | Origin::User { message_id } => format!("message {message_id}"),
        Origin::Attachment { hash } => format!("attachment {hash}"),
        Origin::ToolResult { call_id } => format!("result {call_id}"),
        Origin::Tool { name } => format!("tool {name}"),
    }
}

/// Bytes in common from the start, and the origins of the first one that is other, now and before.
fn first_difference(before: &[Cut], after: &[Cut]) -> (usize, Option<Origin>, Option<Origin>) {
    let bytes = |cuts: &[Cut]| cuts.iter().flat_map(|cut| cut.text.bytes()).collect::<Vec<_>>();
    let (old, new) = (bytes(before), bytes(after));
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let other = same < old.len().max(new.len());
    let at = |cuts| if other { origin_at(cuts, same) } else { None };
    (same, at(after), at(before))
}

/// The first piece with an origin that ends behind a byte. Syntax belongs to the piece that it opens.
fn origin_at(cuts: &[Cut], byte: usize) -> Option<Origin> {
    let mut at = 0;
    cuts.iter().find_map(|cut| {
        at += cut.text.len();
        cut.origin.clone().filter(|_| at > byte)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(text: &str, origin: Origin) -> Cut {
        Cut { text: text.into(), origin: Some(origin) }
    }

    fn syntax(text: &str) -> Cut {
        Cut { text: text.into(), origin: None }
    }

    fn memory(index: u32, id: &str, text: &str) -> Cut {
        piece(text, Origin::Memory { index, id: id.into() })
    }

    #[test]
    fn a_question_that_became_history_and_a_memory_that_moved_are_kept() {
        let before = [
            piece("be kind", Origin::System),
            memory(1, "a", "Ana is vegetarian"),
            piece("where?", Origin::User { message_id: "1".into() }),
        ];
        let after = [
            piece("be kind", Origin::System),
            piece("where?", Origin::History { message_id: "1".into() }),
            memory(1, "b", "Ana likes tascas"),
            memory(2, "a", "Ana is vegetarian"),
            piece("and then?", Origin::User { message_id: "2".into() }),
        ];
        let changes = changes(&before, &after);
        assert_eq!(changes.kept, 3);
        assert_eq!(changes.same_bytes, "be kind".len());
        assert_eq!(changes.first, Some(Origin::History { message_id: "1".into() }));
        // The memory that stood there is why the question has to be read again.
        assert_eq!(changes.first_before, Some(Origin::Memory { index: 1, id: "a".into() }));
        let again = crate::tokens::count("where?") + crate::tokens::count("Ana is vegetarian");
        assert_eq!(changes.again_tokens, again);
        let added: Vec<_> =
            changes.rows.iter().map(|row| (row.before.as_deref(), row.after.as_deref())).collect();
        assert_eq!(added, [(None, Some("Ana likes tascas")), (None, Some("and then?"))]);
    }

    #[test]
    fn what_is_gone_or_other_is_told_with_its_text_before() {
        let before = [memory(1, "a", "old\\ntext"), memory(2, "b", "gone")];
        let after = [memory(1, "a", "new")];
        let rows = changes(&before, &after).rows;
        assert_eq!((rows[0].before.as_deref(), rows[0].after.as_deref()), (Some("old\ntext"), Some("new")));
        assert_eq!((rows[1].before.as_deref(), rows[1].after.as_deref()), (Some("gone"), None));
    }

    #[test]
    fn the_same_request_twice_has_no_difference() {
        let body = [syntax("{"), piece("s", Origin::System), syntax("}")];
        let changes = changes(&body, &body);
        assert_eq!((changes.same_bytes, changes.first, changes.rows.len()), (3, None, 0));
    }

    #[test]
    fn syntax_belongs_to_the_piece_that_it_opens() {
        let before = [syntax("{\"role\":\"system\",\"content\":\""), memory(1, "a", "Ana"), syntax("\"}")];
        let question = piece("hello", Origin::History { message_id: "1".into() });
        let after = [syntax("{\"role\":\"user\",\"content\":\""), question, syntax("\"}")];
        let changes = changes(&before, &after);
        assert_eq!(changes.same_bytes, "{\"role\":\"".len());
        assert_eq!(changes.first, Some(Origin::History { message_id: "1".into() }));
        assert_eq!(changes.first_before, Some(Origin::Memory { index: 1, id: "a".into() }));
    }

    #[test]
    fn a_difference_that_nothing_follows_has_no_origin() {
        let changes = changes(&[syntax("{\"n\":1")], &[syntax("{\"n\":2")]);
        assert_eq!((changes.same_bytes, changes.first), (5, None));
    }
}
