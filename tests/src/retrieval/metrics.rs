//! What a server's answers are worth: how much of the evidence is among the first results or within a token
//! budget, and how early the first of it comes. Pure counting; called by `report`, fed by `run`.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The token budgets that are asked for, as `max_tokens` of the request.
pub const BUDGETS: [u32; 4] = [512, 1024, 2048, 4096];

/// What one question brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The question's id.
    pub question: String,
    /// How many facts an answer needs.
    pub needed: usize,
    /// Places of those facts in the answer with the largest budget, from one; what is missing has none.
    pub places: Vec<usize>,
    /// How many of them came back within each of [`BUDGETS`].
    pub within: [usize; BUDGETS.len()],
}

impl Outcome {
    /// Counts `evidence` in what came back for each budget, given as ids of facts, best first.
    pub fn count(
        question: &str,
        evidence: &[String],
        answers: &[Vec<Option<String>>; BUDGETS.len()],
    ) -> Self {
        let place = |answer: &[Option<String>], id: &String| {
            answer.iter().position(|found| found.as_ref() == Some(id)).map(|index| index + 1)
        };
        let largest = answers.last().map_or(&[][..], Vec::as_slice);
        let mut places: Vec<usize> = evidence.iter().filter_map(|id| place(largest, id)).collect();
        places.sort_unstable();
        let within =
            answers.each_ref().map(|answer| evidence.iter().filter(|id| place(answer, id).is_some()).count());
        Self { question: question.to_owned(), needed: evidence.len(), places, within }
    }
}

/// One figure of an outcome, between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// The part of the evidence among the first so many results.
    At(usize),
    /// The part of the evidence within one of [`BUDGETS`], by its index.
    Within(usize),
    /// One over the place of the first evidence.
    ReciprocalRank,
}

impl Metric {
    /// All that are told, in the order of tables.
    pub const ALL: [Self; 8] = [
        Self::At(5),
        Self::At(10),
        Self::At(20),
        Self::Within(0),
        Self::Within(1),
        Self::Within(2),
        Self::Within(3),
        Self::ReciprocalRank,
    ];

    /// This figure of one outcome.
    pub fn of(self, outcome: &Outcome) -> f64 {
        let part = |found: usize| found as f64 / outcome.needed.max(1) as f64;
        match self {
            Self::At(first) => part(outcome.places.iter().filter(|place| **place <= first).count()),
            Self::Within(budget) => part(outcome.within.get(budget).copied().unwrap_or_default()),
            Self::ReciprocalRank => outcome.places.first().map_or(0.0, |place| 1.0 / *place as f64),
        }
    }

    /// The mean over outcomes; 0 of none.
    pub fn mean<'a>(self, outcomes: impl IntoIterator<Item = &'a Outcome>) -> f64 {
        let (sum, count) = outcomes
            .into_iter()
            .fold((0.0, 0_usize), |(sum, count), outcome| (sum + self.of(outcome), count + 1));
        if count == 0 { 0.0 } else { sum / count as f64 }
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(first) => write!(f, "r@{first}"),
            Self::Within(budget) => write!(f, "@{}", BUDGETS.get(*budget).copied().unwrap_or_default()),
            Self::ReciprocalRank => f.write_str("MRR"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[&str]) -> Vec<Option<String>> {
        ids.iter().map(|id| Some((*id).to_owned())).collect()
    }

    fn outcome() -> Outcome {
        let largest = ids(&["x", "y", "a", "z", "w", "v", "b"]);
        let answers = [ids(&["x", "y"]), ids(&["x", "y", "a"]), ids(&["x", "y", "a"]), largest];
        Outcome::count("q", &["a".to_owned(), "b".to_owned(), "c".to_owned()], &answers)
    }

    #[test]
    fn evidence_is_counted_among_the_first_results_and_within_each_budget() {
        let outcome = outcome();
        assert_eq!((outcome.places.as_slice(), outcome.within), (&[3, 7][..], [0, 1, 1, 2]));
        let third = 1.0 / 3.0;
        let expected = [third, 2.0 * third, 2.0 * third, 0.0, third, third, 2.0 * third, third];
        for (metric, expected) in Metric::ALL.iter().zip(expected) {
            assert!((metric.of(&outcome) - expected).abs() < 1e-12, "{metric}");
        }
    }

    #[test]
    fn a_result_without_an_id_takes_a_place_but_is_no_evidence() {
        let answer = vec![None, Some("a".to_owned())];
        let answers = [vec![], vec![], vec![None], answer];
        let outcome = Outcome::count("q", &["a".to_owned()], &answers);
        assert_eq!((outcome.places, outcome.within), (vec![2], [0, 0, 0, 1]));
    }

    #[test]
    fn a_mean_counts_each_question_once() {
        let none = Outcome { question: "n".to_owned(), needed: 1, places: vec![], within: [0; 4] };
        let first = Outcome { question: "f".to_owned(), needed: 1, places: vec![1], within: [1; 4] };
        assert!((Metric::ReciprocalRank.mean([&none, &first, &first, &first]) - 0.75).abs() < 1e-12);
        assert!(Metric::At(5).mean([]).abs() < f64::EPSILON);
    }
}
