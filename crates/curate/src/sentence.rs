//! Where in a source text a fact was said: the sentence that it was made of, and how sure that is.
//!
//! Servers say which chunk a fact came from, not which sentence; a fact is mostly a model's own words. So the
//! sentence is looked for: the fact's text as it stands, then without case and punctuation, then
//! the sentence that shares the most telling words. When too few are shared the place is unknown, and that is the
//! answer. Pure; `rearview-api` asks it for the detail pane of a memory.

use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use ts_rs::TS;

/// How a sentence was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum FoundBy {
    /// The fact's words stand there as they are.
    Exact,
    /// They stand there in another case or punctuation.
    Normalised,
    /// It shares the most telling words with the fact.
    Words,
}

/// A sentence of a source text. Offsets count UTF-16 units, as the page's strings do.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SourceSpan {
    /// Where it begins.
    pub start: u32,
    /// One past where it ends.
    pub end: u32,
    /// How it was found.
    pub found_by: FoundBy,
    /// How much of the fact's telling words stand there, from 0 to 1.
    pub share: f32,
}

/// A sentence that shares less than this of the fact's words is a guess, and a guess is not shown.
const LEAST_SHARE: f32 = 0.34;
/// With a single word in common it has to be most of the fact, and more than an article.
const LEAST_SHARE_OF_ONE: f32 = 0.6;
const LEAST_LETTERS_OF_ONE: usize = 4;
/// Words are compared by their beginnings, so that `moved` is `moves` in most languages that inflect at the end.
const STEM: usize = 6;
/// Bytes of a sentence. A text without an end of sentence is cut, so that not all of it lights up.
const LONGEST_SENTENCE: usize = 600;
/// Letters of the shortest text that is looked for as it stands.
const SHORTEST_PART: usize = 3;

/// Finds the sentence of `source` that says `fact`.
pub fn find(fact: &str, source: &str) -> Option<SourceSpan> {
    let (range, found_by, share) = find_bytes(fact, source)?;
    let units = |to: usize| source.get(..to).map_or(0, |head| head.encode_utf16().count());
    let (start, end) = (units(range.start), units(range.end));
    Some(SourceSpan { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()?, found_by, share })
}

/// The place of a fact in a whole document. Offsets count UTF-16 units.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Placed {
    /// Where its chunk begins and ends; `None` when it is not known or not found.
    pub chunk: Option<(u32, u32)>,
    /// The sentence.
    pub span: Option<SourceSpan>,
}

/// Finds a fact in a document: in its chunk when that stands there, else anywhere.
pub fn place(fact: &str, chunk: Option<&str>, document: &str) -> Placed {
    let chunk = chunk.filter(|chunk| !chunk.is_empty());
    let Some((at, chunk)) = chunk.and_then(|chunk| Some((document.find(chunk)?, chunk))) else {
        return Placed { chunk: None, span: find(fact, document) };
    };
    let units = |text: &str| u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
    let before = units(document.get(..at).unwrap_or_default());
    let moved = |span: SourceSpan| SourceSpan { start: before + span.start, end: before + span.end, ..span };
    Placed { chunk: Some((before, before + units(chunk))), span: find(fact, chunk).map(moved) }
}

/// The same in bytes, on borders of characters.
fn find_bytes(fact: &str, source: &str) -> Option<(Range<usize>, FoundBy, f32)> {
    for part in parts(fact) {
        if let Some(at) = source.find(part) {
            return Some((at..at + part.len(), FoundBy::Exact, 1.0));
        }
    }
    let words = words(source);
    for part in parts(fact) {
        if let Some(range) = run_of(&tokens(part), &words) {
            return Some((range, FoundBy::Normalised, 1.0));
        }
    }
    let (range, share) = best_sentence(fact, source)?;
    Some((range, FoundBy::Words, share))
}

/// The fact whole, then its first field: servers join fields as `what | When: … | Involving: …`.
fn parts(fact: &str) -> Vec<&str> {
    let whole = fact.trim();
    let what = whole.split(" | ").next().unwrap_or(whole).trim();
    let bare = |text: &'_ str| text.trim_end_matches(['.', '。', '!', '?']).len();
    let mut parts: Vec<&str> = Vec::new();
    for part in [whole, what, what.get(..bare(what)).unwrap_or(what)] {
        if part.chars().count() >= SHORTEST_PART && !parts.contains(&part) {
            parts.push(part);
        }
    }
    parts
}

/// A word of a text: folded, and where it stands.
struct Word {
    folded: String,
    at: Range<usize>,
}

/// Letters of scripts that write without blanks stand alone.
fn stands_alone(letter: char) -> bool {
    matches!(u32::from(letter), 0x2E80..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF | 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF)
}

fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut open = false;
    for (at, letter) in text.char_indices() {
        let end = at + letter.len_utf8();
        // An apostrophe inside a word is part of it: `don't`.
        if !letter.is_alphanumeric() {
            open = open && matches!(letter, '\'' | '’');
            continue;
        }
        let alone = stands_alone(letter);
        match words.last_mut() {
            Some(word) if open && !alone => {
                word.folded.extend(letter.to_lowercase());
                word.at.end = end;
            }
            _ => words.push(Word { folded: letter.to_lowercase().collect(), at: at..end }),
        }
        open = !alone;
    }
    words
}

fn tokens(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| word.folded).collect()
}

/// Where the tokens follow one another in the words.
fn run_of(tokens: &[String], words: &[Word]) -> Option<Range<usize>> {
    // One word that stands somewhere is no sentence.
    if tokens.len() < 2 {
        return None;
    }
    let run = words
        .windows(tokens.len())
        .find(|run| run.iter().zip(tokens).all(|(word, token)| word.folded == *token))?;
    Some(run.first()?.at.start..run.last()?.at.end)
}

fn stem(word: &str) -> String {
    word.chars().take(STEM).collect()
}

/// The sentences of a text, by their ends and by lines.
fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut ended = false;
    for (at, letter) in text.char_indices() {
        let next = at + letter.len_utf8();
        // `3.5` and `e.g.` in the middle of a line: a full stop ends a sentence only before a blank.
        let full_stop = ended && letter.is_whitespace();
        let ends = letter == '\n' || full_stop || matches!(letter, '。' | '！' | '？');
        ended = matches!(letter, '.' | '!' | '?' | '…') || (ended && matches!(letter, '"' | '”' | ')' | '’'));
        if ends || next - start >= LONGEST_SENTENCE {
            found.push(start..next);
            start = next;
            ended = false;
        }
    }
    found.push(start..text.len());
    found.into_iter().filter_map(|range| trimmed(text, range)).collect()
}

fn trimmed(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let inside = text.get(range.clone())?;
    let start = range.start + (inside.len() - inside.trim_start().len());
    let end = start + inside.trim().len();
    (start < end).then_some(start..end)
}

/// The sentence that shares the most telling words; a word is telling when few sentences have it.
fn best_sentence(fact: &str, source: &str) -> Option<(Range<usize>, f32)> {
    let wanted: HashSet<String> = words(fact)
        .iter()
        .filter(|word| word.folded.chars().count() > 2 || word.folded.chars().any(stands_alone))
        .map(|word| stem(&word.folded))
        .collect();
    if wanted.is_empty() {
        return None;
    }
    let sentences = sentences(source);
    let shared: Vec<HashSet<String>> = sentences
        .iter()
        .map(|range| {
            let words = words(source.get(range.clone()).unwrap_or_default());
            words.iter().map(|word| stem(&word.folded)).filter(|word| wanted.contains(word)).collect()
        })
        .collect();
    let mut having: HashMap<&str, usize> = HashMap::new();
    for word in shared.iter().flatten() {
        *having.entry(word).or_default() += 1;
    }
    let all = sentences.len() as f32;
    // A word of the fact that no sentence has is a word of the model's; it weighs as one that a single one has.
    let weight = |word: &str| (1.0 + all / having.get(word).copied().unwrap_or(1) as f32).ln();
    let whole: f32 = wanted.iter().map(|word| weight(word)).sum();
    let mut best: Option<(usize, f32, &HashSet<String>)> = None;
    for (place, words) in shared.iter().enumerate() {
        let share = words.iter().map(|word| weight(word)).sum::<f32>() / whole;
        if best.is_none_or(|(_, most, _)| share > most + f32::EPSILON) {
            best = Some((place, share, words));
        }
    }
    let (place, share, common) = best?;
    let enough = match common.iter().next() {
        Some(word) if common.len() == 1 => {
            share >= LEAST_SHARE_OF_ONE && word.chars().count() >= LEAST_LETTERS_OF_ONE
        }
        _ => share >= LEAST_SHARE,
    };
    enough.then(|| (sentences.get(place).cloned().unwrap_or_default(), share.min(1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The words that were found, and how.
    fn found<'a>(fact: &str, source: &'a str) -> Option<(&'a str, FoundBy)> {
        find_bytes(fact, source).map(|(range, by, _)| (&source[range], by))
    }

    const TALK: &str = "User: We went to Lisbon last May. I'm vegetarian, and the fish was everywhere!\n\
        Assistant: That sounds hard. Did you find a place?\nUser: My sister Clara found Ao 26, a vegan \
        restaurant in the Chiado quarter.";

    #[test]
    fn a_fact_that_stands_in_the_text_is_found_as_it_is() {
        let source = "Ana keeps bees. Ana is a nurse. She rows.";
        assert_eq!(found("Ana is a nurse.", source), Some(("Ana is a nurse.", FoundBy::Exact)));
        assert_eq!(found("Ana is a nurse | When: 2024", source), Some(("Ana is a nurse", FoundBy::Exact)));
    }

    #[test]
    fn case_punctuation_and_lines_do_not_hide_it() {
        let source = "notes:\n- ANA moved,\n  to “Porto” — in 2021";
        assert_eq!(
            found("Ana moved to Porto in 2021.", source),
            Some(("ANA moved,\n  to “Porto” — in 2021", FoundBy::Normalised))
        );
    }

    #[test]
    fn a_fact_in_a_models_words_is_found_by_the_words_it_kept() {
        assert_eq!(
            found("Clara, the user's sister, recommended the vegan restaurant Ao 26 | When: May", TALK),
            Some((
                "User: My sister Clara found Ao 26, a vegan restaurant in the Chiado quarter.",
                FoundBy::Words
            ))
        );
        assert_eq!(
            found("The user visited Lisbon in May 2025", TALK).map(|(text, _)| text),
            Some("User: We went to Lisbon last May.")
        );
    }

    #[test]
    fn a_fact_that_the_text_does_not_say_has_no_place() {
        for fact in ["Ben drives a lorry through Poland", "", "  ", "|", ".", "The", "了"] {
            assert_eq!(found(fact, TALK), None, "{fact:?}");
        }
        assert_eq!(found("Ana is a nurse", ""), None);
    }

    #[test]
    fn a_common_word_alone_is_no_place() {
        let source = "Ana rows. Ana cooks. Ana sings in a choir on Sundays.";
        assert_eq!(found("Ana was promoted to captain of the guard", source), None);
    }

    #[test]
    fn scripts_without_blanks_are_found() {
        let source = "昨日は雨でした。アナは看護師で、ポルトに住んでいます。犬が好きです。";
        assert_eq!(
            found("アナさんはポルト在住の看護師です", source).map(|(text, _)| text),
            Some("アナは看護師で、ポルトに住んでいます。")
        );
    }

    #[test]
    fn offsets_count_as_the_page_counts() {
        let source = "😀😀 Ana rows.";
        let span = find("Ana rows.", source).unwrap();
        let units: Vec<u16> = source.encode_utf16().collect();
        let text = String::from_utf16(&units[span.start as usize..span.end as usize]).unwrap();
        assert_eq!((text.as_str(), span.start), ("Ana rows.", 5));
    }

    #[test]
    fn in_a_document_a_fact_is_looked_for_in_its_chunk_first() {
        let document = "😀 Ana rows. Ben sings.\nLater: Ana rows. Ben naps.";
        let cut = |(start, end): (u32, u32)| {
            let units: Vec<u16> = document.encode_utf16().collect();
            String::from_utf16(&units[start as usize..end as usize]).unwrap()
        };
        let placed = place("Ana rows.", Some("Later: Ana rows. Ben naps."), document);
        assert_eq!(cut(placed.chunk.unwrap()), "Later: Ana rows. Ben naps.");
        let span = placed.span.unwrap();
        assert_eq!((cut((span.start, span.end)).as_str(), span.start > 20), ("Ana rows.", true));
        for chunk in [None, Some(""), Some("a chunk of another version")] {
            let placed = place("Ana rows.", chunk, document);
            assert_eq!((placed.chunk, placed.span.unwrap().start), (None, 3));
        }
    }

    #[test]
    fn a_long_text_without_a_full_stop_lights_up_in_part() {
        let words = "word ".repeat(20_000);
        let source = format!("{words} zebra crossing painted by Clara {words}");
        let (text, _) = found("Clara has painted a zebra crossing", &source).unwrap();
        assert!(text.len() <= LONGEST_SENTENCE + 4, "{}", text.len());
    }

    proptest! {
        #[test]
        fn whatever_is_asked_the_span_lies_in_the_text_on_borders_of_characters(
            fact in "\\PC{0,60}|([A-Za-zé😀 .|]{1,12} ){0,8}",
            source in "\\PC{0,200}|([A-Za-zé😀 .!?\n]{1,12} ){0,30}",
        ) {
            if let Some((range, _, share)) = find_bytes(&fact, &source) {
                prop_assert!(range.start < range.end);
                prop_assert!(source.get(range).is_some());
                prop_assert!((0.0..=1.0).contains(&share));
            }
            if let Some(span) = find(&fact, &source) {
                let units: Vec<u16> = source.encode_utf16().collect();
                let cut = units.get(span.start as usize..span.end as usize);
                prop_assert!(cut.is_some_and(|cut| String::from_utf16(cut).is_ok()));
            }
        }

        #[test]
        fn a_sentence_of_the_text_is_found_in_it(
            before in "([a-z]{2,8} ){0,20}", sentence in "[A-Z][a-z]{2,8} [a-z]{2,8} [a-z]{2,8}", after in "( [a-z]{2,8}){0,20}",
        ) {
            let source = format!("{before}. {sentence}.{after}");
            let (range, by, _) = find_bytes(&sentence, &source).unwrap();
            prop_assert_eq!(&source[range], sentence.as_str());
            prop_assert_eq!(by, FoundBy::Exact);
        }
    }
}
