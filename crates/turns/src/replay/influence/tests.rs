//! Deterministic answers in, marks out.

use super::*;
use crate::layout::tests::memory;
use rearview_domain::replay::{OriginalAnswer, ReplayArm, ReplayKind, ReplayState};
use rearview_domain::time::Time;
use rearview_domain::turn::Usage;

const MEAT: &str = "You could grill a steak with your friends at the beach tonight.";
const GREENS: &str = "How about a lentil curry at home, since you avoid animals on your plate?";

/// A replay with these arms, each with its answers; the first arm is the turn as it was.
fn told(arms: Vec<(Arm, Vec<&str>)>) -> Vec<(String, InfluenceVerdict)> {
    let (replay, samples) = ran(arms);
    let marks = marks(&replay, &texts(&replay, &samples));
    marks.into_iter().map(|mark| (mark.memory_id, mark.verdict)).collect()
}

fn ran(arms: Vec<(Arm, Vec<&str>)>) -> (Replay, Vec<ReplaySample>) {
    let mut samples = Vec::new();
    let mut made = Vec::new();
    for (at, (arm, answers)) in arms.into_iter().enumerate() {
        made.push(ReplayArm::new(arm, "m/m".into()));
        for (n, answer) in answers.into_iter().enumerate() {
            samples.push(sample(at, n, answer));
        }
    }
    let replay = Replay {
        id: "r".into(),
        chat_id: "c".into(),
        turn_id: "t".into(),
        kind: ReplayKind::Influence,
        state: ReplayState::Done,
        samples: 2,
        arms: made,
        original: None,
        differs: None,
        expected_usd: None,
        started_at: Time::now(),
        ended_at: None,
    };
    (replay, samples)
}

fn sample(arm: usize, n: usize, text: &str) -> ReplaySample {
    ReplaySample {
        arm: u32::try_from(arm).unwrap(),
        n: u32::try_from(n).unwrap(),
        state: SampleState::Finished,
        text: text.into(),
        calls: Vec::new(),
        finish: None,
        usage: Usage::default(),
        cost: None,
        ms: 1.0,
        body_hash: String::new(),
        error: None,
    }
}

fn without(ids: &[&str]) -> Arm {
    Arm::without(ids.iter().map(|id| (*id).to_owned()).collect())
}

#[test]
fn decisive_inert_and_redundant_are_told_apart() {
    use InfluenceVerdict::*;
    let told = told(vec![
        (Arm::as_it_was(), vec![GREENS, GREENS]),
        (Arm::no_memory(), vec![MEAT, MEAT]),
        (without(&["city"]), vec![MEAT, MEAT]),
        (without(&["hat"]), vec![GREENS, GREENS]),
        (without(&["diet"]), vec![GREENS, GREENS]),
        (without(&["diet again"]), vec![GREENS, GREENS]),
        (without(&["diet", "diet again"]), vec![MEAT, MEAT]),
    ]);
    let told: Vec<(&str, InfluenceVerdict)> =
        told.iter().map(|(id, verdict)| (id.as_str(), *verdict)).collect();
    assert_eq!(told, [("city", Decisive), ("hat", Inert), ("diet", Redundant), ("diet again", Redundant)]);
}

#[test]
fn a_group_that_changes_because_of_one_member_makes_nobody_redundant() {
    use InfluenceVerdict::*;
    let told = told(vec![
        (Arm::as_it_was(), vec![GREENS, GREENS]),
        (without(&["a"]), vec![MEAT, MEAT]),
        (without(&["b"]), vec![GREENS, GREENS]),
        (without(&["a", "b"]), vec![MEAT, MEAT]),
    ]);
    assert_eq!(told, [("a".to_owned(), Decisive), ("b".to_owned(), Inert)]);
}

#[test]
fn where_answers_vary_by_themselves_no_change_is_no_finding() {
    let noisy = vec![GREENS, "Lentil soup at home, perhaps, or a curry without animals?"];
    let told_noisy = told(vec![
        (Arm::as_it_was(), noisy.clone()),
        (without(&["a"]), noisy),
        (without(&["b"]), vec!["Oysters!", "Oysters!"]),
    ]);
    assert_eq!(told_noisy[0].1, InfluenceVerdict::Unclear);
    // A change larger than the noise still counts, but this one cannot be: nothing is further away than 1.
    let own = within(&[GREENS, "Lentil soup at home, perhaps, or a curry without animals?"]).unwrap();
    assert!(own > NOISE, "{own}");
    assert_eq!(
        told_noisy[1].1,
        if 1.0 - own >= CHANGE { InfluenceVerdict::Decisive } else { InfluenceVerdict::Unclear }
    );
}

#[test]
fn one_answer_of_the_turn_or_none_without_the_memory_says_nothing() {
    let once = told(vec![(Arm::as_it_was(), vec![GREENS]), (without(&["a"]), vec![MEAT, MEAT])]);
    assert_eq!(once[0].1, InfluenceVerdict::Unclear);
    let failed = told(vec![(Arm::as_it_was(), vec![GREENS, GREENS]), (without(&["a"]), vec![])]);
    assert_eq!(failed[0].1, InfluenceVerdict::Unclear);
}

#[test]
fn a_failed_answer_does_not_count_and_the_turns_own_answer_does() {
    let (mut replay, mut samples) =
        ran(vec![(Arm::as_it_was(), vec![GREENS]), (without(&["a"]), vec![MEAT, GREENS])]);
    samples[2].state = SampleState::Failed;
    replay.original = Some(OriginalAnswer { text: GREENS.into(), usage: Usage::default() });
    let texts = texts(&replay, &samples);
    assert_eq!((texts[0].len(), texts[1].len()), (2, 1));
    let mark = marks(&replay, &texts).remove(0);
    assert_eq!((mark.verdict, mark.samples, mark.anecdote), (InfluenceVerdict::Decisive, 1, true));
    assert_eq!(mark.own, Some(0.0));
}

#[test]
fn five_answers_on_both_sides_are_no_anecdote_any_more() {
    let (replay, samples) = ran(vec![(Arm::as_it_was(), vec![GREENS; 5]), (without(&["a"]), vec![MEAT; 5])]);
    assert!(!marks(&replay, &texts(&replay, &samples))[0].anecdote);
    let (replay, samples) = ran(vec![(Arm::as_it_was(), vec![GREENS; 5]), (without(&["a"]), vec![MEAT; 4])]);
    assert!(marks(&replay, &texts(&replay, &samples))[0].anecdote);
}

#[test]
fn near_duplicates_are_left_out_alone_and_together() {
    let (a, b, c) = (
        memory("a", "Ana is a vegetarian."),
        memory("b", "Ana lives in Porto with Ben."),
        memory("c", "Ana is vegetarian."),
    );
    let injected = [&a, &b, &c];
    assert_eq!(groups(&injected), [["a", "c"]]);
    let arms = arms(&injected);
    assert_eq!(
        arms,
        [
            Arm::as_it_was(),
            Arm::no_memory(),
            without(&["a"]),
            without(&["b"]),
            without(&["c"]),
            without(&["a", "c"])
        ]
    );
}

#[test]
fn the_request_without_memory_is_not_sent_twice() {
    let (a, b, c) = (memory("a", "Ana sails."), memory("b", "Ben cooks."), memory("c", "ana sails"));
    let (one, two) = (arms(&[&a]), arms(&[&a, &b]));
    assert_eq!(one, [Arm::as_it_was(), without(&["a"])]);
    assert_eq!(two, [Arm::as_it_was(), without(&["a"]), without(&["b"]), without(&["a", "b"])]);
    let alike = memory("d", "Ana sails!");
    let three = arms(&[&a, &c, &alike]);
    assert!(three.contains(&without(&["a", "c", "d"])) && !three.contains(&Arm::no_memory()));
}

#[test]
fn pairs_are_few_and_tried_only_when_all_of_memory_changed_the_answer_and_nothing_else_did() {
    let texts_of = ["ana eats no meat", "ana dislikes meat", "ben has a red boat", "it rains", "a b", "c d"];
    let memories: Vec<_> =
        texts_of.iter().enumerate().map(|(at, text)| memory(&at.to_string(), text)).collect();
    let injected: Vec<_> = memories.iter().collect();
    let tried = pairs(&injected);
    assert_eq!(tried.len(), PAIRS);
    assert_eq!(tried[0], without(&["0", "1"]));
    assert!(pairs(&injected[..2]).is_empty());

    let arms = |none: &'static str, one: &'static str| {
        vec![
            (Arm::as_it_was(), vec![GREENS, GREENS]),
            (Arm::no_memory(), vec![none, none]),
            (without(&["0"]), vec![one, one]),
        ]
    };
    let wanted = |none, one| {
        let (replay, samples) = ran(arms(none, one));
        wants_pairs(&replay, &texts(&replay, &samples))
    };
    assert!(wanted(MEAT, GREENS));
    assert!(!wanted(MEAT, MEAT), "one alone explains it");
    assert!(!wanted(GREENS, GREENS), "memory changed nothing at all");
}
