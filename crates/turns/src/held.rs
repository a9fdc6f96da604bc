//! The block of a turn while it is held back, and what it becomes when a person changes it by hand. Pure. The machine
//! holds it at a breakpoint; a replay makes the changed block of a turn with it again.

use crate::first::{block_of, joined, with_added};
use crate::tokens;
use rearview_domain::breakpoint::BlockEdits;
use rearview_domain::memory::RecalledMemory;
use rearview_domain::settings::DecidedSettings;
use rearview_domain::{Error, ErrorCode};
use rearview_providers::Piece;

/// What the block of a turn is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// The memories in it, in its order.
    pub memories: Vec<RecalledMemory>,
    /// Reflect's paragraph; empty without one.
    pub paragraph: String,
    /// Lines that a person added to it at an earlier message; empty without any.
    pub added: String,
    /// The settings that memory was asked with.
    pub settings: DecidedSettings,
    /// Whether the model has memory tools.
    pub with_tools: bool,
}

/// A block as it was changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Edited {
    /// The block; empty when nothing is left of it.
    pub pieces: Vec<Piece>,
    /// The memories in it, with the words that are sent.
    pub memories: Vec<RecalledMemory>,
    /// Memories in it; a paragraph counts as one.
    pub count: u32,
}

impl Held {
    /// The block with changes; without any it is the block as it is.
    ///
    /// # Errors
    /// `InvalidInput` when the changes name a memory that is not in the block, or leave one without words.
    pub fn edited(&self, edits: &BlockEdits) -> Result<Edited, Error> {
        let known = |id: &String| self.memories.iter().any(|memory| memory.id == *id);
        if let Some(id) = edits.without.iter().chain(edits.edited.keys()).find(|id| !known(id)) {
            return Err(refuse(format!("The memory `{id}` is not injected in this turn.")));
        }
        if edits.edited.values().any(|text| text.trim().is_empty()) {
            return Err(refuse("A memory without words says nothing; leave it out instead."));
        }
        let added = edits.added.as_ref().unwrap_or(&self.added);
        if edits.no_memory {
            let pieces = with_added(Vec::new(), edits.added.as_deref().unwrap_or_default());
            return Ok(Edited { pieces, memories: Vec::new(), count: 0 });
        }
        let inside = self.memories.iter().filter(|memory| !edits.without.contains(&memory.id));
        let memories: Vec<RecalledMemory> = inside
            .map(|memory| {
                let mut memory = memory.clone();
                if let Some(text) = edits.edited.get(&memory.id).filter(|text| **text != memory.text) {
                    memory.text.clone_from(text);
                    memory.tokens = tokens::count(text);
                }
                memory
            })
            .collect();
        let inside: Vec<&RecalledMemory> = memories.iter().collect();
        let pieces = block_of(&inside, &self.settings, self.with_tools);
        let (pieces, paragraphs) = joined(pieces, edits.paragraph.as_ref().unwrap_or(&self.paragraph));
        let count = u32::try_from(memories.len()).unwrap_or(u32::MAX) + paragraphs;
        Ok(Edited { pieces: with_added(pieces, added), memories, count })
    }

    /// The changes without those that change nothing, so that a record tells only what was changed.
    pub fn real(&self, mut edits: BlockEdits) -> BlockEdits {
        if edits.no_memory {
            let added = edits.added.filter(|added| !added.trim().is_empty());
            return BlockEdits { no_memory: true, added, ..BlockEdits::default() };
        }
        edits.edited.retain(|id, text| {
            let is_other = self.memories.iter().any(|memory| memory.id == *id && memory.text != *text);
            is_other && !edits.without.contains(id)
        });
        edits.paragraph = edits.paragraph.filter(|text| *text != self.paragraph);
        edits.added = edits.added.filter(|text| text.trim() != self.added.trim());
        edits
    }
}

fn refuse(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidInput, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{tests::memory, text_of};
    use rearview_domain::record::Origin;
    use std::collections::BTreeMap;

    fn held() -> Held {
        Held {
            memories: vec![memory("a", "Ana sails."), memory("b", "Ben rows.")],
            paragraph: String::new(),
            added: String::new(),
            settings: DecidedSettings::decide(&[]),
            with_tools: false,
        }
    }

    fn words(id: &str, text: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(id.to_owned(), text.to_owned())])
    }

    fn text(held: &Held, edits: BlockEdits) -> String {
        text_of(&held.edited(&edits).unwrap().pieces)
    }

    #[test]
    fn what_is_left_out_lets_the_rest_be_numbered_anew() {
        let edits = BlockEdits { without: vec!["a".into()], ..Default::default() };
        let block = text(&held(), edits);
        assert!(block.ends_with("1. [WORLD] Ben rows.") && !block.contains("Ana"), "{block}");
        let all = BlockEdits { without: vec!["a".into(), "b".into()], ..Default::default() };
        assert_eq!(held().edited(&all).unwrap(), Edited { pieces: vec![], memories: vec![], count: 0 });
    }

    #[test]
    fn other_words_stand_in_the_block_and_are_counted() {
        let edits = BlockEdits { edited: words("a", "Ana <b>flies</b> now and then."), ..Default::default() };
        let edited = held().edited(&edits).unwrap();
        assert!(text_of(&edited.pieces).contains("1. [WORLD] Ana <b>flies</b> now and then.\n2. "));
        assert_eq!(edited.memories[0].tokens, tokens::count("Ana <b>flies</b> now and then."));
        assert_eq!(edited.count, 2);
    }

    #[test]
    fn own_lines_stand_at_the_end_with_an_origin_of_their_own() {
        let own = || Some("Answer in Portuguese.".to_owned());
        let edited = held().edited(&BlockEdits { added: own(), ..Default::default() }).unwrap();
        assert!(text_of(&edited.pieces).ends_with("2. [WORLD] Ben rows.\n\nAnswer in Portuguese."));
        assert_eq!(edited.pieces.last().unwrap().origin, Origin::Hand);
        let alone = BlockEdits { no_memory: true, added: own(), ..Default::default() };
        let alone = held().edited(&alone).unwrap();
        assert_eq!((text_of(&alone.pieces).as_str(), alone.count), ("Answer in Portuguese.", 0));
        let kept = Held { added: "Be brief.".into(), ..held() };
        assert!(text(&kept, BlockEdits::default()).ends_with("\n\nBe brief."));
        let none = BlockEdits { added: Some(String::new()), ..Default::default() };
        assert!(text(&kept, none).ends_with("Ben rows."));
        assert_eq!(text(&kept, BlockEdits { no_memory: true, ..Default::default() }), "");
    }

    #[test]
    fn a_paragraph_is_reworded_or_left_out() {
        let held = Held { paragraph: "Ana likes boats.".into(), memories: vec![], ..held() };
        assert!(text(&held, BlockEdits::default()).ends_with("Ana likes boats."));
        let other = BlockEdits { paragraph: Some("Ana likes kites.".into()), ..Default::default() };
        assert!(text(&held, other).ends_with("Ana likes kites."));
        let none = BlockEdits { paragraph: Some(" ".into()), ..Default::default() };
        assert_eq!(text(&held, none), "");
    }

    #[test]
    fn a_memory_that_is_not_there_or_has_no_words_left_is_refused() {
        let unknown = BlockEdits { without: vec!["x".into()], ..Default::default() };
        assert!(held().edited(&unknown).unwrap_err().message.contains("not injected"));
        let blank = BlockEdits { edited: words("a", " \n"), ..Default::default() };
        assert!(held().edited(&blank).unwrap_err().message.contains("leave it out"));
    }

    #[test]
    fn a_record_tells_only_what_was_changed() {
        let mut edited = words("a", "Ana sails.");
        edited.insert("b".into(), "Ben swims.".into());
        let said = BlockEdits {
            without: vec!["b".into()],
            edited,
            paragraph: Some(String::new()),
            added: Some("  ".into()),
            no_memory: false,
        };
        let real = held().real(said);
        assert_eq!(real, BlockEdits { without: vec!["b".into()], ..Default::default() });
        let dropped = BlockEdits { no_memory: true, without: vec!["a".into()], ..Default::default() };
        assert_eq!(held().real(dropped), BlockEdits { no_memory: true, ..Default::default() });
    }
}
