//! Fusion's arithmetic on hand-made rows.

use super::*;
use crate::config::Config;
use crate::recall::testing::row;
use crate::resident::Row;

/// Asked on a day on which what is from that day counts as new.
fn ask() -> Ask {
    let now = "1970-01-01T00:00:00[UTC]".parse().unwrap();
    Ask { now, ..Ask::new("x", &Config::default()) }
}

struct Case {
    bank: Resident,
    ask: Ask,
    vector: Option<Vec<f32>>,
    hits: Vec<Hit>,
    named: Option<Vec<i64>>,
    window: Option<Window>,
    latest: bool,
}

impl Case {
    fn new(rows: Vec<Row>) -> Self {
        Self {
            bank: Resident::of(rows),
            ask: ask(),
            vector: Some(vec![1.0, 0.0]),
            hits: Vec::new(),
            named: None,
            window: None,
            latest: false,
        }
    }

    fn rank(&self, causal: &[i64]) -> Vec<Candidate> {
        let allowed = crate::recall::filter::allowed(
            &self.bank,
            &self.ask.kinds,
            self.ask.tags.as_deref(),
            self.ask.tags_match,
            None,
        );
        let table = Table {
            bank: &self.bank,
            ask: &self.ask,
            vector: self.vector.as_deref(),
            hits: &self.hits,
            named: self.named.as_deref(),
            window: self.window,
            latest: self.latest,
            allowed: &allowed,
        };
        let mut candidates = table.candidates();
        table.finish(&mut candidates, &causal.iter().copied().collect());
        candidates
    }

    fn units(&self) -> Vec<i64> {
        self.rank(&[]).iter().map(|candidate| candidate.unit).collect()
    }
}

fn of(candidates: &[Candidate], unit: i64) -> &Candidate {
    candidates.iter().find(|candidate| candidate.unit == unit).unwrap()
}

fn close(a: f32, b: f32) -> bool {
    (a - b).abs() < 1e-3
}

#[test]
fn the_base_is_the_cosine_and_four_tenths_of_the_keyword_share() {
    let mut case = Case::new(vec![row(1, &[0.5, 0.5]), row(2, &[0.25, 0.5]), row(3, &[-0.5, 0.5])]);
    case.hits = vec![Hit { unit: 3, score: 8.0 }, Hit { unit: 1, score: 2.0 }];
    let found = case.rank(&[]);
    assert!(close(of(&found, 1).base(), 0.5 + 0.4 * 0.25));
    assert!(close(of(&found, 3).base(), 0.4), "a cosine below 0 takes nothing away");
    assert!(found.iter().all(|candidate| candidate.unit != 2), "no arm brings what is below the floor");
    assert_eq!(of(&found, 1).ranks, Ranks { semantic: Some(1), keyword: Some(2), ..Ranks::default() });
    assert_eq!(of(&found, 3).ranks, Ranks { keyword: Some(1), ..Ranks::default() });
}

#[test]
fn what_was_said_beside_a_good_answer_gains_a_fifth_of_it() {
    let said = |unit, ord, x| Row { document: Some(1), ord, ..row(unit, &[x, 0.1 * unit as f32]) };
    let case =
        Case::new(vec![said(1, 0, 0.75), said(2, 1, 0.0), said(3, 2, 0.5), said(4, 3, 0.0), said(5, 4, 0.0)]);
    let found = case.rank(&[]);
    assert!(close(of(&found, 2).neighbour, 0.2 * 0.75));
    assert!(close(of(&found, 4).neighbour, 0.2 * 0.5));
    assert!(close(of(&found, 1).neighbour, 0.0) && close(of(&found, 3).neighbour, 0.0));
    assert!(found.iter().all(|candidate| candidate.unit != 5));
}

#[test]
fn facts_of_different_documents_are_no_neighbours() {
    let said = |unit, document, x| Row { document, ord: unit, ..row(unit, &[x, 0.1]) };
    let found = Case::new(vec![
        said(1, Some(1), 0.75),
        said(2, Some(2), 0.4),
        said(3, None, 0.4),
        said(4, None, 0.4),
    ]);
    assert!(found.rank(&[]).iter().all(|candidate| candidate.neighbour == 0.0));
}

#[test]
fn a_memory_inside_the_window_gains_a_tenth_and_is_brought_even_if_no_other_arm_does() {
    let on = |unit, at, x| Row { mentioned_at: Some(at), ..row(unit, &[x, 0.5]) };
    let mut case = Case::new(vec![on(1, 5, 0.2), on(2, 500, 0.4), on(3, 5, 0.05)]);
    case.window = Some(Window { start: 0, end: 10, told: 10 });
    let found = case.rank(&[]);
    assert!(close(of(&found, 1).temporal, 0.1) && of(&found, 2).temporal == 0.0);
    assert_eq!(of(&found, 1).ranks, Ranks { temporal: Some(1), ..Ranks::default() });
    assert!(found.iter().all(|candidate| candidate.unit != 3), "too far from the question for a slot");
}

#[test]
fn age_moves_a_score_by_a_twentieth_and_by_a_tenth_when_the_latest_is_asked_for() {
    let year = 400 * 86_400_000;
    let mut case = Case::new(vec![
        Row { mentioned_at: Some(0), ..row(1, &[0.5, 0.5]) },
        Row { mentioned_at: Some(-year), ..row(2, &[0.5, 0.25]) },
        row(3, &[0.5, 0.0]),
    ]);
    for (latest, newest, oldest) in [(false, 1.05, 0.96), (true, 1.1, 0.92)] {
        case.latest = latest;
        let found = case.rank(&[]);
        assert!(close(of(&found, 1).score, 0.5 * newest));
        assert!(close(of(&found, 2).score, 0.5 * oldest));
        assert!(close(of(&found, 3).score, 0.5), "without a date in the middle");
    }
}

#[test]
fn an_observation_counts_more_by_the_number_of_its_facts() {
    let observation =
        |unit, proof| Row { kind: Kind::Observation, proof, ..row(unit, &[0.5, 0.1 * unit as f32]) };
    let found =
        Case::new(vec![observation(1, 1), observation(2, 20), Row { proof: 20, ..row(3, &[0.5, 0.3]) }])
            .rank(&[]);
    assert!(close(of(&found, 1).score, 0.5) && close(of(&found, 3).score, 0.5));
    assert!(close(of(&found, 2).score, 0.5 * (1.0 + 0.1 * 20_f32.ln() / 10.0)));
}

#[test]
fn causes_of_the_best_gain_and_are_brought_if_they_may_answer() {
    let mut case = Case::new(vec![
        row(1, &[0.5, 0.5]),
        row(2, &[0.1, 0.5]),
        Row { valid: false, ..row(3, &[0.9, 0.0]) },
    ]);
    case.named = Some(Vec::new());
    let found = case.rank(&[2, 3]);
    assert_eq!(found.iter().map(|candidate| candidate.unit).collect::<Vec<_>>(), [1, 2]);
    assert!(close(of(&found, 2).score, 0.1 + 0.1));
    assert_eq!(of(&found, 2).ranks, Ranks { graph: Some(1), ..Ranks::default() });
}

#[test]
fn the_same_words_twice_and_a_fact_beside_its_observation_go_further_back_but_stay() {
    let case = Case::new(vec![
        row(1, &[0.8, 0.6]),
        row(2, &[0.8, 0.6]),
        row(3, &[0.8, 0.5]),
        Row { kind: Kind::Observation, ..row(4, &[0.79, 0.6]) },
    ]);
    let found = case.rank(&[]);
    assert_eq!(of(&found, 2).repeats, Some(1));
    assert_eq!(of(&found, 4).repeats, Some(1));
    assert_eq!(of(&found, 3).repeats, None, "alike is not the same");
    assert_eq!(case.units(), [1, 3, 2, 4]);
}

#[test]
fn a_floor_keeps_an_arm_from_bringing_what_another_still_may() {
    let mut case = Case::new(vec![row(1, &[0.5, 0.5]), row(2, &[0.9, 0.1])]);
    case.hits = vec![Hit { unit: 1, score: 3.0 }];
    case.ask.min_scores.semantic = Some(0.8);
    assert_eq!(of(&case.rank(&[]), 1).ranks.semantic, None);
    case.ask.min_scores.keyword = Some(5.0);
    assert_eq!(case.units(), [2]);
}

#[test]
fn without_a_vector_words_alone_decide() {
    let mut case = Case::new(vec![row(1, &[0.9, 0.1]), row(2, &[]), row(3, &[])]);
    case.vector = None;
    case.hits = vec![Hit { unit: 3, score: 4.0 }, Hit { unit: 2, score: 1.0 }];
    let found = case.rank(&[]);
    assert_eq!(found.iter().map(|c| (c.unit, c.cosine)).collect::<Vec<_>>(), [(3, None), (2, None)]);
}
