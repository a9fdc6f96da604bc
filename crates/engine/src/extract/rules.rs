//! Facts without a model: the statements of a text, sentence by sentence, as they were said.
//!
//! Of a chat only the user's words are read; the assistant's own only where no user speaks. Nothing is
//! invented: the sentence is the fact. Called by `extract` when no model is set.

use super::speech::{Speaker, passages};
use super::{Found, Mention, naming, statements};
use crate::unit::Kind;
use crate::{when, words};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::HashSet;

/// Longest fact, in characters; a longer sentence is cut at a word.
const LONGEST: usize = 1000;

/// The statements of a text. `before` is who was speaking when it began, `said_at` what "yesterday" is
/// counted from, `known` names in lower case that are known already.
pub(super) fn facts(
    text: &str,
    before: Option<Speaker>,
    said_at: Option<i64>,
    known: &HashSet<String>,
) -> Vec<Found> {
    let passages = passages(text, before);
    let user_speaks = passages.iter().any(|passage| passage.speaker == Some(Speaker::User));
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for passage in &passages {
        let assistant = passage.speaker == Some(Speaker::Assistant);
        if (assistant && user_speaks) || (passage.speaker.is_none() && is_structured(&passage.text)) {
            continue;
        }
        for range in words::sentences(&passage.text) {
            let sentence = without_bullet(passage.text.get(range).unwrap_or_default().trim());
            let to_assistant = passage.speaker == Some(Speaker::User);
            if !statements::is_statement(sentence, to_assistant) || !seen.insert(sentence.to_lowercase()) {
                continue;
            }
            let (occurred_start, occurred_end) = dates(sentence, said_at);
            found.push(Found {
                text: cut(sentence).to_owned(),
                kind: if assistant { Kind::Experience } else { Kind::World },
                occurred_start,
                occurred_end,
                entities: naming::names(sentence, known),
                because: Vec::new(),
            });
        }
    }
    found
}

/// A text kept whole, with the names and the first date of its sentences.
pub(super) fn annotated(text: &str, said_at: Option<i64>, known: &HashSet<String>) -> Found {
    let mut entities: Vec<Mention> = Vec::new();
    for range in words::sentences(text) {
        for mention in naming::names(text.get(range).unwrap_or_default(), known) {
            if !entities.contains(&mention) {
                entities.push(mention);
            }
        }
    }
    let (occurred_start, occurred_end) = dates(text, said_at);
    Found {
        text: text.trim().to_owned(),
        kind: Kind::World,
        occurred_start,
        occurred_end,
        entities,
        because: Vec::new(),
    }
}

/// When a sentence says that it happened: the first window with two ends, its last moment as the end.
fn dates(sentence: &str, said_at: Option<i64>) -> (Option<i64>, Option<i64>) {
    // Without a time of its own a text's "yesterday" means nothing; only dates that stand alone would.
    let Some(now) = said_at.and_then(|ms| Timestamp::from_millisecond(ms).ok()) else { return (None, None) };
    let closed = |window: &when::Window| window.start > when::FAR_PAST && window.end < when::FAR_FUTURE;
    match when::find_all(sentence, &now.to_zoned(TimeZone::UTC)).into_iter().find(closed) {
        Some(window) => {
            let start = window.start.as_millisecond();
            (Some(start), Some((window.end.as_millisecond() - 1).max(start)))
        }
        None => (None, None),
    }
}

/// JSON and the like: no sentences to be had.
fn is_structured(text: &str) -> bool {
    text.starts_with(['{', '[']) && serde_json::from_str::<serde_json::Value>(text).is_ok()
}

fn without_bullet(sentence: &str) -> &str {
    let bare = sentence.trim_start_matches(['-', '*', '•', '–', '+']).trim_start();
    let digits = bare.chars().take_while(char::is_ascii_digit).count();
    match bare.get(digits..).and_then(|rest| rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") "))) {
        Some(rest) if (1..=3).contains(&digits) => rest.trim_start(),
        _ => bare,
    }
}

fn cut(sentence: &str) -> &str {
    let Some((end, _)) = sentence.char_indices().nth(LONGEST) else { return sentence };
    let head = sentence.get(..end).unwrap_or(sentence);
    head.rfind(char::is_whitespace).and_then(|space| head.get(..space)).unwrap_or(head).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wednesday, 4 March 2026, noon.
    const NOON: i64 = 1_772_625_600_000;

    fn texts(text: &str) -> Vec<String> {
        facts(text, None, Some(NOON), &HashSet::new()).into_iter().map(|fact| fact.text).collect()
    }

    #[test]
    fn the_users_statements_become_facts_and_nothing_else_does() {
        let chat = "USER: Hi! I'm vegetarian and I live in Lisbon. Where should I eat tonight?\n\n\
                    ASSISTANT: Try Ao 26. It is a vegan place in Chiado.";
        assert_eq!(texts(chat), ["I'm vegetarian and I live in Lisbon."]);
    }

    #[test]
    fn the_assistants_words_are_read_where_no_user_speaks() {
        let found = facts("ASSISTANT: I booked a table for two.", None, Some(NOON), &HashSet::new());
        assert_eq!(found.iter().map(|fact| fact.kind).collect::<Vec<_>>(), [Kind::Experience]);
        let rest = "and I would add some salt to that.\n\nUSER: My brother hates salt.";
        let found = facts(rest, Some(Speaker::Assistant), Some(NOON), &HashSet::new());
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn dates_are_counted_from_when_it_was_said() {
        let found = facts("USER: I ran a marathon yesterday.", None, Some(NOON), &HashSet::new());
        let fact = found.first().unwrap();
        let day = 86_400_000;
        let midnight = NOON - day / 2;
        assert_eq!((fact.occurred_start, fact.occurred_end), (Some(midnight - day), Some(midnight - 1)));
        let timeless = facts("USER: I ran a marathon yesterday.", None, None, &HashSet::new());
        assert_eq!(timeless.first().unwrap().occurred_start, None);
    }

    #[test]
    fn a_list_yields_a_fact_per_point_without_its_bullets() {
        assert_eq!(
            texts("My allergies this year:\n- I can't eat peanuts\n2. Cats make me sneeze\n"),
            ["I can't eat peanuts", "Cats make me sneeze"]
        );
    }

    #[test]
    fn the_same_sentence_counts_once_and_an_endless_one_is_cut() {
        assert_eq!(texts("I row daily. I row daily."), ["I row daily."]);
        let long = format!("I like {}", "very many things ".repeat(100));
        assert!(texts(&long).first().unwrap().chars().count() <= LONGEST);
    }
}
