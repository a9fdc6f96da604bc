//! A document in pieces small enough for one extraction call.
//!
//! Cuts where the text itself has joints: turns of a conversation, lines of JSONL, paragraphs, sentences, lines, words,
//! and single characters only at last. Retain hashes each chunk, so equal text must always be cut equally.

use std::ops::Range;

use super::{
    segments::{array_elements, json_lines, lines, paragraphs, words},
    sentences::sentences,
};

/// Characters per chunk by default (hindsight 1.1: 3000).
pub const CHUNK_CHARS: usize = 3000;

/// Joints of a text from the widest to the narrowest.
#[derive(Clone, Copy)]
enum Joint {
    Paragraph,
    Sentence,
    Line,
    Word,
    Char,
}

impl Joint {
    fn narrower(self) -> Self {
        match self {
            Self::Paragraph => Self::Sentence,
            Self::Sentence => Self::Line,
            Self::Line => Self::Word,
            Self::Word | Self::Char => Self::Char,
        }
    }

    /// The pieces of `text`; where no joint is left, `max` characters each.
    fn pieces(self, text: &str, max: usize) -> Vec<Range<usize>> {
        match self {
            Self::Paragraph => paragraphs(text),
            Self::Sentence => sentences(text),
            Self::Line => lines(text).collect(),
            Self::Word => words(text),
            Self::Char => {
                let mut cuts: Vec<usize> = text.char_indices().step_by(max).map(|(at, _)| at).collect();
                cuts.push(text.len());
                cuts.windows(2).map(|w| w[0]..w[1]).collect()
            }
        }
    }
}

/// Cuts `text` into ranges of at most `max_chars` characters (at least one) that cover it without gaps and in order.
/// Each is as full as the joints allow. Time grows linearly with the text.
pub fn chunks(text: &str, max_chars: usize) -> Vec<Range<usize>> {
    let max = max_chars.max(1);
    let mut packer = Packer { text, max, current: 0..0, chars: 0, done: Vec::new() };
    match array_elements(text).or_else(|| json_lines(text)) {
        Some(elements) => packer.pack(elements, 0, Joint::Paragraph),
        None => packer.pack(paragraphs(text), 0, Joint::Sentence),
    }
    packer.flush();
    packer.done
}

struct Packer<'a> {
    text: &'a str,
    max: usize,
    /// The chunk being filled, and its length in characters.
    current: Range<usize>,
    chars: usize,
    done: Vec<Range<usize>>,
}

impl Packer<'_> {
    /// Adds `pieces`, which start at `base`; one that is too long alone is cut at `next` joints.
    fn pack(&mut self, pieces: Vec<Range<usize>>, base: usize, next: Joint) {
        for piece in pieces {
            let piece = base + piece.start..base + piece.end;
            let body = self.text.get(piece.clone()).unwrap_or_default();
            let chars = body.chars().count();
            if chars > self.max {
                self.flush();
                self.pack(next.pieces(body, self.max), piece.start, next.narrower());
                // What is left of a long piece does not share a chunk with what follows it.
                self.flush();
                continue;
            }
            if self.chars + chars > self.max {
                self.flush();
            }
            if self.chars == 0 {
                self.current = piece.start..piece.start;
            }
            self.current.end = piece.end;
            self.chars += chars;
        }
    }

    fn flush(&mut self) {
        if self.chars > 0 {
            self.done.push(self.current.clone());
            self.chars = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str, max: usize) -> Vec<&str> {
        chunks(text, max).into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn a_short_text_is_one_chunk_and_an_empty_one_none() {
        assert_eq!(cut("Hello there.\n\nBye.", CHUNK_CHARS), ["Hello there.\n\nBye."]);
        assert!(cut("", 10).is_empty());
    }

    #[test]
    fn cuts_fall_on_the_widest_joint_that_fits() {
        assert_eq!(cut("Aa bb.\n\nCc dd.\n\nEe ff.", 16), ["Aa bb.\n\nCc dd.\n\n", "Ee ff."]);
        assert_eq!(cut("One two. Three four. Five.", 12), ["One two. ", "Three four. ", "Five."]);
        assert_eq!(cut("one two three", 8), ["one two ", "three"]);
        assert_eq!(cut("東京タワー", 2), ["東京", "タワ", "ー"]);
    }

    #[test]
    fn a_conversation_is_cut_between_turns() {
        let text = r#"[{"role":"user","content":"Hi. You."},{"role":"assistant","content":"Yes. No."}]"#;
        let parts = cut(text, 50);
        assert_eq!(parts.len(), 2);
        assert!(parts[1].starts_with(r#"{"role":"assistant""#));
        let lines = "{\"a\":\"x. Y.\"}\n{\"b\":1}\n{\"c\":2}\n";
        assert_eq!(cut(lines, 16), ["{\"a\":\"x. Y.\"}\n", "{\"b\":1}\n{\"c\":2}\n"]);
    }

    #[test]
    fn code_is_kept_whole_where_it_fits() {
        let text = "Some words here first.\n\n```\na\n\nb\n```\n";
        assert_eq!(cut(text, 26), ["Some words here first.\n\n", "```\na\n\nb\n```\n"]);
    }

    proptest! {
        #[test]
        fn chunks_cover_the_text_and_keep_the_limit(
            text in prop_oneof![any::<String>(), "[a-zA-Z.!?。東 \n`\\[\\]{}\",]{0,120}", "(\\{\"a\":1\\}\n){0,9}"],
            max in 0_usize..40,
        ) {
            let ranges = chunks(&text, max);
            let mut at = 0;
            for range in ranges {
                prop_assert_eq!(range.start, at);
                prop_assert!(range.start < range.end);
                prop_assert!(text[range.clone()].chars().count() <= max.max(1));
                at = range.end;
            }
            prop_assert_eq!(at, text.len());
        }
    }
}
