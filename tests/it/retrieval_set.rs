//! The promises of the retrieval test set (`tests/data/retrieval/README.md`): that nobody has touched it since
//! it was written, how large it is, and that most of it cannot be answered by matching words.
//! What a server makes of it is measured by the `retrieval` program, never here.

use crate::tree;
use rearview_tests::retrieval::overlap::ContentWords;
use rearview_tests::retrieval::set::{Fact, Group, RetrievalSet};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

fn set() -> RetrievalSet {
    RetrievalSet::load().expect("the set can be read")
}

fn by_id(facts: &[Fact]) -> BTreeMap<&str, &Fact> {
    facts.iter().map(|fact| (fact.id.as_str(), fact)).collect()
}

#[test]
fn nobody_has_changed_the_set_since_it_was_frozen() {
    let sums = tree::text("tests/data/retrieval/SHA256SUMS");
    assert!(sums.lines().count() >= 5, "all data files are listed");
    for line in sums.lines() {
        let (sum, name) = line.split_once("  ").expect("a sum and a name");
        let bytes =
            std::fs::read(tree::root().join("tests/data/retrieval").join(name)).expect("a listed file");
        assert_eq!(
            hex::encode(Sha256::digest(bytes)),
            sum,
            "`{name}` was written before tuning and stays as it is"
        );
    }
}

#[test]
fn the_set_is_as_large_and_as_varied_as_its_readme_says() {
    let set = set();
    assert!(set.facts.len() >= 420 && set.questions.len() >= 320 && set.distractors.len() == 5_000);
    let sessions: BTreeSet<&str> = set.facts.iter().map(|fact| fact.session.as_str()).collect();
    assert!(sessions.len() >= 60, "{} sessions", sessions.len());
    let conversation = |session: &&str| session.rsplit_once('-').expect("conversation-number").0.to_owned();
    let conversations: BTreeSet<String> = sessions.iter().map(conversation).collect();
    assert!(conversations.len() >= 8, "{conversations:?}");
    for lang in ["de", "es", "zh", "ja"] {
        let facts = set.facts.iter().filter(|fact| fact.lang == lang).count();
        assert!(facts >= 30, "{facts} facts in {lang}");
        assert!(set.distractors.iter().filter(|fact| fact.lang == lang).count() >= 350);
    }
    for group in Group::ALL {
        let questions = set.questions.iter().filter(|question| question.group == group).count();
        assert!(
            questions >= if group == Group::Single { 80 } else { 25 },
            "{questions} questions in `{group}`"
        );
    }
}

#[test]
fn every_id_and_text_is_there_once() {
    let set = set();
    let all = || set.facts.iter().chain(&set.distractors);
    let ids: BTreeSet<&str> = all().map(|fact| fact.id.as_str()).collect();
    let texts: BTreeSet<&str> = all().map(|fact| fact.text.as_str()).collect();
    assert_eq!((ids.len(), texts.len()), (all().count(), all().count()));
    let questions: BTreeSet<&str> = set.questions.iter().map(|question| question.question.as_str()).collect();
    assert_eq!(questions.len(), set.questions.len());
}

#[test]
fn every_question_has_evidence_of_its_language_that_was_known_when_it_is_asked() {
    let set = set();
    let facts = by_id(&set.facts);
    for question in &set.questions {
        let several = question.evidence.len();
        assert!((1..=4).contains(&several), "{}", question.id);
        assert!(question.group != Group::Single || several == 1, "{}", question.id);
        assert!(question.group != Group::Several || several > 1, "{}", question.id);
        for id in &question.evidence {
            let fact = facts.get(id.as_str()).unwrap_or_else(|| panic!("{}: no fact `{id}`", question.id));
            assert_eq!(fact.lang, question.lang, "{}", question.id);
            assert!(question.now.is_none_or(|now| fact.date <= now), "{} asks too early", question.id);
        }
    }
}

#[test]
fn sessions_have_one_language_and_dates_lie_within_the_four_years() {
    let set = set();
    let mut langs: BTreeMap<&str, &str> = BTreeMap::new();
    for fact in set.facts.iter().chain(&set.distractors) {
        assert_eq!(*langs.entry(&fact.session).or_insert(&fact.lang), fact.lang, "{}", fact.id);
        let year = fact.date.to_zoned(jiff::tz::TimeZone::UTC).year();
        assert!((2023..=2026).contains(&year), "{} is of {year}", fact.id);
        assert!(!fact.entities.is_empty() && !fact.text.trim().is_empty(), "{}", fact.id);
    }
}

#[test]
fn at_least_half_of_the_questions_share_no_content_word_with_their_evidence() {
    let (set, words) = (set(), ContentWords::load().expect("the lists can be read"));
    let facts = by_id(&set.facts);
    let shares = |question: &&rearview_tests::retrieval::set::Question| {
        let asked = words.of(&question.question, &question.lang);
        question
            .evidence
            .iter()
            .any(|id| !asked.is_disjoint(&words.of(&facts[id.as_str()].text, &question.lang)))
    };
    let sharing: Vec<&str> = set.questions.iter().filter(shares).map(|q| q.id.as_str()).collect();
    let part = sharing.len() as f64 / set.questions.len() as f64;
    assert!(part <= 0.5, "{part:.2} of the questions share a content word: {sharing:?}");
}

#[test]
fn no_distractor_names_a_person_whom_a_question_is_about() {
    let set = set();
    let people = tree::text("tests/data/retrieval/people.txt");
    let names: BTreeSet<&str> = people
        .lines()
        .flat_map(|name| name.split(' ').chain([name]))
        .filter(|name| {
            name.chars().count() > 1 && name.chars().next().is_some_and(|sign| !sign.is_lowercase())
        })
        .collect();
    for fact in &set.distractors {
        let unspaced = matches!(fact.lang.as_str(), "zh" | "ja");
        let said = |name: &&&str| match unspaced {
            true => fact.text.contains(**name),
            false => fact.text.split(|sign: char| !sign.is_alphanumeric()).any(|word| word == **name),
        };
        assert_eq!(names.iter().find(said), None, "{}: {}", fact.id, fact.text);
    }
}
