//! What became of each fact when a text was read twice: the same, reworded, gained or lost.
//!
//! Pure. Facts are paired by their words, the likest first, so that the outcome does not hang on the order in
//! which a model wrote them. `lab` calls it.

use rearview_hindsight::ExtractedFact;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use ts_rs::TS;

/// How alike two facts must be to be one in other words: the share of words that they have in common (Dice). At one
/// half `Ana likes rowing` and `Ana enjoys rowing daily` are one (4/7), `Ana likes rowing` and `Ana sold it` are two.
const REWORDED: f64 = 0.5;
/// More pairs than this are not compared: a list of thousands of facts on each side is no answer for eyes. What is left
/// then counts as gained and lost.
const MOST_PAIRS: usize = 4_000_000;

/// One fact in other words, or with other dates, names or kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Reworded {
    /// As it was.
    pub before: ExtractedFact,
    /// As it would be.
    pub after: ExtractedFact,
    /// The share of words in common, 0 to 1.
    pub alike: f64,
}

/// What became of the facts; each stands in exactly one list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Pairs {
    /// In both, letter for letter, with the same kind, dates and names.
    pub same: Vec<ExtractedFact>,
    /// In both, and not quite the same.
    pub reworded: Vec<Reworded>,
    /// New.
    pub gained: Vec<ExtractedFact>,
    /// Not found any more.
    pub lost: Vec<ExtractedFact>,
}

/// Pairs the facts of two readings of one text.
pub fn pair(before: &[ExtractedFact], after: &[ExtractedFact]) -> Pairs {
    let mut taken_before = vec![false; before.len()];
    let mut taken_after = vec![false; after.len()];
    let mut pairs = Pairs::default();

    // First what is the same, so that no likeness can tear it apart.
    let mut by_text: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, fact) in after.iter().enumerate().rev() {
        by_text.entry(fact.text.as_str()).or_default().push(at);
    }
    for (at, fact) in before.iter().enumerate() {
        let Some(places) = by_text.get_mut(fact.text.as_str()) else { continue };
        let alike =
            places.iter().rposition(|place| after.get(*place).is_some_and(|other| is_same(fact, other)));
        if let Some(place) = alike.map(|index| places.remove(index)) {
            mark(&mut taken_before, at);
            mark(&mut taken_after, place);
            pairs.same.push(fact.clone());
        }
    }

    for (at, place, alike) in likeness(before, after, &taken_before, &taken_after) {
        let free = |taken: &[bool], index: usize| taken.get(index).is_some_and(|taken| !taken);
        let (Some(old), Some(new)) = (before.get(at), after.get(place)) else { continue };
        if free(&taken_before, at) && free(&taken_after, place) {
            mark(&mut taken_before, at);
            mark(&mut taken_after, place);
            pairs.reworded.push(Reworded { before: old.clone(), after: new.clone(), alike });
        }
    }
    let left = |facts: &[ExtractedFact], taken: &[bool]| {
        facts.iter().zip(taken).filter(|(_, taken)| !**taken).map(|(fact, _)| fact.clone()).collect()
    };
    pairs.lost = left(before, &taken_before);
    pairs.gained = left(after, &taken_after);
    pairs
}

fn mark(taken: &mut [bool], at: usize) {
    if let Some(taken) = taken.get_mut(at) {
        *taken = true;
    }
}

/// All pairs of free facts that are alike enough, the likest first; of equal ones the earlier first.
fn likeness(
    before: &[ExtractedFact],
    after: &[ExtractedFact],
    taken_before: &[bool],
    taken_after: &[bool],
) -> Vec<(usize, usize, f64)> {
    let free = |facts: &[ExtractedFact], taken: &[bool]| -> Vec<(usize, Vec<String>)> {
        let rest = facts.iter().enumerate().zip(taken).filter(|(_, taken)| !**taken);
        rest.map(|((at, fact), _)| (at, words(&fact.text))).collect()
    };
    let (old, new) = (free(before, taken_before), free(after, taken_after));
    if old.len().saturating_mul(new.len()) > MOST_PAIRS {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, a) in &old {
        for (place, b) in &new {
            let alike = dice(a, b);
            if alike >= REWORDED {
                found.push((*at, *place, alike));
            }
        }
    }
    found.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)).then(a.1.cmp(&b.1)));
    found
}

fn is_same(a: &ExtractedFact, b: &ExtractedFact) -> bool {
    let names = |fact: &ExtractedFact| {
        let mut names = fact.entities.clone();
        names.sort_unstable();
        names
    };
    a.fact_type == b.fact_type
        && a.occurred_start == b.occurred_start
        && a.occurred_end == b.occurred_end
        && names(a) == names(b)
}

/// The words of a text in lower case, sorted. Signs of scripts that do not part words stand for themselves.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for letter in text.chars().chain([' ']) {
        let alone = is_ideograph(letter);
        if letter.is_alphanumeric() && !alone {
            word.extend(letter.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if alone {
            words.push(letter.to_string());
        }
    }
    if words.is_empty() && !text.is_empty() {
        words.push(text.to_owned());
    }
    words.sort_unstable();
    words
}

/// Han, kana, Thai and their neighbours, roughly: no blanks between words there.
fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{0E00}'..='\u{0EFF}' | '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Twice the words in common over all words; both lists are sorted.
fn dice(a: &[String], b: &[String]) -> f64 {
    let (mut left, mut right, mut common) = (0, 0, 0u32);
    while let (Some(one), Some(other)) = (a.get(left), b.get(right)) {
        match one.cmp(other) {
            std::cmp::Ordering::Less => left += 1,
            std::cmp::Ordering::Greater => right += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                left += 1;
                right += 1;
            }
        }
    }
    let all = u32::try_from(a.len() + b.len()).unwrap_or(u32::MAX);
    if all == 0 { 1.0 } else { 2.0 * f64::from(common) / f64::from(all) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rearview_domain::memory::FactType;

    fn fact(text: &str) -> ExtractedFact {
        ExtractedFact { text: text.to_owned(), ..ExtractedFact::default() }
    }

    fn facts(texts: &[&str]) -> Vec<ExtractedFact> {
        texts.iter().map(|text| fact(text)).collect()
    }

    #[test]
    fn a_fact_in_other_words_is_reworded_and_another_fact_is_not() {
        let before = facts(&["Ana likes rowing.", "Ben moved to Porto in May.", "The shed is green."]);
        let after = facts(&["Ana enjoys rowing daily.", "Ben moved to Porto.", "Zoe plays the flute."]);
        let pairs = pair(&before, &after);
        assert!(pairs.same.is_empty());
        let reworded: Vec<_> =
            pairs.reworded.iter().map(|one| (one.before.text.as_str(), one.after.text.as_str())).collect();
        assert_eq!(
            reworded,
            [
                ("Ben moved to Porto in May.", "Ben moved to Porto."),
                ("Ana likes rowing.", "Ana enjoys rowing daily."),
            ]
        );
        assert_eq!(
            (pairs.lost, pairs.gained),
            (facts(&["The shed is green."]), facts(&["Zoe plays the flute."]))
        );
    }

    #[test]
    fn the_same_words_with_another_date_name_or_kind_are_reworded() {
        let plain = fact("Ana rows.");
        for other in [
            ExtractedFact { fact_type: Some(FactType::World), ..plain.clone() },
            ExtractedFact { occurred_start: Some("2026-01-01".into()), ..plain.clone() },
            ExtractedFact { entities: vec!["Ana".into()], ..plain.clone() },
        ] {
            let pairs = pair(std::slice::from_ref(&plain), std::slice::from_ref(&other));
            assert_eq!(pairs.reworded.len(), 1, "{other:?}");
            assert!((pairs.reworded[0].alike - 1.0).abs() < f64::EPSILON);
        }
        let order =
            |names: [&str; 2]| ExtractedFact { entities: names.map(Into::into).to_vec(), ..plain.clone() };
        assert_eq!(pair(&[order(["a", "b"])], &[order(["b", "a"])]).same.len(), 1);
    }

    #[test]
    fn the_likest_are_paired_whatever_stands_first() {
        let before = facts(&["Ana likes green tea", "Ana likes green tea in the morning"]);
        let after = facts(&["Ana likes green tea in the mornings", "Ana likes green tea much"]);
        let pairs = pair(&before, &after);
        assert_eq!(pairs.reworded.len(), 2);
        assert_eq!(pairs.reworded[0].after.text, "Ana likes green tea much");
        assert_eq!(pairs.reworded[1].before.text, "Ana likes green tea in the morning");
    }

    #[test]
    fn scripts_without_blanks_are_compared_sign_by_sign() {
        let pairs = pair(&facts(&["安娜喜欢划船"]), &facts(&["安娜很喜欢划船"]));
        assert_eq!(pairs.reworded.len(), 1);
        assert_eq!(pair(&facts(&["!!!"]), &facts(&["???"])).reworded.len(), 0);
    }

    fn some_facts() -> impl Strategy<Value = Vec<ExtractedFact>> {
        // Few words, so that texts meet often; a mark makes each fact recognisable.
        let text =
            prop::collection::vec(prop::sample::select(vec!["ana", "rows", "ben", "船", "<b>", ""]), 0..5);
        prop::collection::vec((text, any::<bool>()), 0..12).prop_map(|facts| {
            let fact = |(words, world): (Vec<&str>, bool)| ExtractedFact {
                text: words.join(" "),
                fact_type: world.then_some(FactType::World),
                ..ExtractedFact::default()
            };
            facts.into_iter().map(fact).collect()
        })
    }

    fn marked(facts: Vec<ExtractedFact>, side: u32) -> Vec<ExtractedFact> {
        let place = |at: usize| u32::try_from(at).ok().map(|at| at * 2 + side);
        facts
            .into_iter()
            .enumerate()
            .map(|(at, fact)| ExtractedFact { chunk_index: place(at), ..fact })
            .collect()
    }

    proptest! {
        #[test]
        fn every_fact_lands_in_exactly_one_list(before in some_facts(), after in some_facts()) {
            let (before, after) = (marked(before, 0), marked(after, 1));
            let pairs = pair(&before, &after);
            let place = |fact: &ExtractedFact| fact.chunk_index;
            // Of what is the same, the earlier side stands in the list.
            let mut old: Vec<_> = pairs.same.iter().chain(&pairs.lost).map(place).collect();
            old.extend(pairs.reworded.iter().map(|one| one.before.chunk_index));
            old.sort_unstable();
            let wanted: Vec<_> = before.iter().map(place).collect();
            prop_assert_eq!(old, wanted);
            let mut new: Vec<_> = pairs.gained.iter().map(place).collect();
            new.extend(pairs.reworded.iter().map(|one| one.after.chunk_index));
            let unique: std::collections::BTreeSet<_> = new.iter().copied().collect();
            prop_assert_eq!(unique.len(), new.len());
            prop_assert_eq!(new.len() + pairs.same.len(), after.len());
        }

        #[test]
        fn two_equal_readings_are_the_same_throughout(facts in some_facts()) {
            let pairs = pair(&facts, &facts);
            prop_assert_eq!(pairs.same.len(), facts.len());
            prop_assert!(pairs.reworded.is_empty() && pairs.gained.is_empty() && pairs.lost.is_empty());
        }

        #[test]
        fn turned_round_what_was_gained_is_lost(before in some_facts(), after in some_facts()) {
            let (there, back) = (pair(&before, &after), pair(&after, &before));
            prop_assert_eq!(there.same.len(), back.same.len());
            prop_assert_eq!(there.gained.len() + there.same.len() + there.reworded.len(), after.len());
            prop_assert_eq!(back.lost.len() + back.same.len() + back.reworded.len(), after.len());
        }

        #[test]
        fn what_is_reworded_is_alike_enough(before in some_facts(), after in some_facts()) {
            for one in pair(&before, &after).reworded {
                prop_assert!((REWORDED..=1.0).contains(&one.alike));
            }
        }
    }
}
