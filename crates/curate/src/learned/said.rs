//! The sentence of a turn that a fact came from. Pure.

use crate::sentence::{self, FoundBy};
use rearview_domain::learned::{Said, SaidMatch, SaidWho};

/// A text of a turn and who said it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Voice<'a> {
    pub(super) who: SaidWho,
    pub(super) text: &'a str,
}

/// What a turn's document holds, taken apart by who said it. The outbox writes it as `USER: …` and `ASSISTANT: …`.
pub(super) fn voices(content: &str) -> Vec<Voice<'_>> {
    let mut voices = Vec::new();
    let (user, assistant) = match content.split_once("\n\nASSISTANT: ") {
        Some((user, assistant)) => (user, Some(assistant)),
        None => match content.strip_prefix("ASSISTANT: ") {
            Some(assistant) => ("", Some(assistant)),
            None => (content, None),
        },
    };
    let user = user.strip_prefix("USER: ").unwrap_or(user);
    if !user.is_empty() {
        voices.push(Voice { who: SaidWho::User, text: user });
    }
    voices.extend(assistant.map(|text| Voice { who: SaidWho::Assistant, text }));
    voices
}

/// The sentence of what was handed over that a fact came from.
pub(super) fn locate(fact: &str, content: &str) -> Option<Said> {
    find(fact, &voices(content))
}

/// The sentence that says a fact; of two that say it alike, the person's.
pub(super) fn find(fact: &str, voices: &[Voice<'_>]) -> Option<Said> {
    let mut best: Option<(f32, Said)> = None;
    for voice in voices {
        let Some(span) = sentence::find(fact, voice.text) else { continue };
        if best.as_ref().is_some_and(|(share, _)| *share >= span.share) {
            continue;
        }
        let units: Vec<u16> = voice.text.encode_utf16().collect();
        let cut = units.get(span.start as usize..span.end as usize).unwrap_or_default();
        let found_by = match span.found_by {
            FoundBy::Exact => SaidMatch::Exact,
            FoundBy::Normalised => SaidMatch::Normalised,
            FoundBy::Words => SaidMatch::Words,
        };
        let said = Said { text: String::from_utf16_lossy(cut), who: voice.who, found_by };
        best = Some((span.share, said));
    }
    best.map(|(_, said)| said)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TURN: &str = "USER: Hi! My sister Ana moved to Lisbon in March. What is new?\n\nASSISTANT: Lisbon has a new tram line. Ana will like it.";

    fn at(fact: &str) -> Option<(String, SaidWho)> {
        locate(fact, TURN).map(|said| (said.text, said.who))
    }

    #[test]
    fn a_fact_is_followed_back_to_the_sentence_and_to_who_said_it() {
        let (text, who) = at("Ana, the user's sister, moved to Lisbon in March").unwrap();
        assert_eq!((text.as_str(), who), ("My sister Ana moved to Lisbon in March.", SaidWho::User));
        let (text, who) = at("Lisbon has a new tram line").unwrap();
        assert_eq!((text.as_str(), who), ("Lisbon has a new tram line", SaidWho::Assistant));
    }

    #[test]
    fn a_fact_that_nobody_said_has_no_sentence() {
        assert_eq!(at("Bob collects stamps from Peru"), None);
        assert_eq!(locate("Bob collects stamps", ""), None);
    }

    #[test]
    fn the_prefix_is_no_part_of_what_was_said_and_what_a_tool_stored_has_none() {
        assert_eq!(
            voices("USER: a\n\nASSISTANT: b").iter().map(|one| one.text).collect::<Vec<_>>(),
            ["a", "b"]
        );
        assert_eq!(voices("ASSISTANT: b")[0], Voice { who: SaidWho::Assistant, text: "b" });
        assert_eq!(voices("plain")[0], Voice { who: SaidWho::User, text: "plain" });
    }
}
