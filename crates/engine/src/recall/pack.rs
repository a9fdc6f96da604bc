//! Who of the ranked candidates is answered: floors, observations before their facts, the budget, the tokens.

use super::fuse::Candidate;
use super::request::Ask;
use crate::unit::Kind;
use std::collections::HashSet;

/// What a rank is worth between the first (1) and the last (0.1), where no reranker scores (hindsight 1.1).
const LAST_RANK: f64 = 0.1;

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Answered.
    Injected,
    /// Below `min_scores`.
    MinScore,
    /// A fact whose observation is answered in its place.
    PreferObservations,
    /// Behind twice the budget.
    Budget,
    /// Does not fit into what is left of the tokens.
    PackedOut,
}

impl Gate {
    /// The trace's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Injected => "injected",
            Self::MinScore => "min_score",
            Self::PreferObservations => "prefer_observations",
            Self::Budget => "budget",
            Self::PackedOut => "packed_out",
        }
    }
}

/// How many candidates may be answered at most (hindsight 1.1).
pub(crate) fn most(ask: &Ask) -> usize {
    ask.candidates.saturating_mul(2)
}

/// Whether facts are looked up that observations cover: that takes both to be asked for.
pub(crate) fn prefers_observations(ask: &Ask) -> bool {
    ask.prefer_observations && ask.kinds.contains(&Kind::Observation) && ask.kinds.len() > 1
}

/// What becomes of each candidate, in their order. `covered` are facts of observations among the first.
pub(crate) fn gates(candidates: &[Candidate], covered: &HashSet<i64>, ask: &Ask) -> Vec<Gate> {
    let steps = candidates.len().saturating_sub(1).max(1) as f64;
    let (mut seen, mut used, mut answered) = (0, 0_u64, false);
    let mut gate = |(index, candidate): (usize, &Candidate)| {
        let by_rank = 1.0 - (1.0 - LAST_RANK) * index as f64 / steps;
        let floors = [
            ask.min_scores.r#final.is_some_and(|floor| f64::from(candidate.score) < floor),
            ask.min_scores.reranker.is_some_and(|floor| by_rank < floor),
        ];
        if floors.contains(&true) {
            return Gate::MinScore;
        }
        if covered.contains(&candidate.unit) && candidate.kind != Kind::Observation {
            return Gate::PreferObservations;
        }
        seen += 1;
        // What the window brought has its place whatever else there is.
        if seen > most(ask) && candidate.ranks.temporal.is_none() {
            return Gate::Budget;
        }
        let tokens = u64::from(candidate.tokens);
        if used + tokens > ask.max_tokens && (answered || ask.max_tokens == 0) {
            return Gate::PackedOut;
        }
        // The first one is answered even if it is too large: better than nothing.
        if used + tokens > ask.max_tokens && index > 0 {
            return Gate::PackedOut;
        }
        (used, answered) = (used + tokens, true);
        Gate::Injected
    };
    candidates.iter().enumerate().map(&mut gate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::recall::testing::candidate;

    fn ask(max_tokens: u64) -> Ask {
        Ask { max_tokens, ..Ask::new("x", &Config::default()) }
    }

    fn packed(tokens: &[u32], max_tokens: u64) -> Vec<usize> {
        let candidates: Vec<Candidate> = tokens
            .iter()
            .zip(1..)
            .map(|(t, unit)| Candidate { tokens: *t, ..candidate(unit, 1.0) })
            .collect();
        let gates = gates(&candidates, &HashSet::new(), &ask(max_tokens));
        (0..gates.len()).filter(|index| gates[*index] == Gate::Injected).collect()
    }

    #[test]
    fn what_does_not_fit_is_skipped_and_smaller_ones_behind_it_still_come() {
        for (tokens, max, injected) in [
            (vec![5, 9, 5], 10, vec![0, 2]),
            (vec![50, 5], 10, vec![0]),
            (vec![50, 5], 0, vec![]),
            (vec![10], 10, vec![0]),
            (vec![], 10, vec![]),
        ] {
            assert_eq!(packed(&tokens, max), injected, "{tokens:?} in {max}");
        }
    }

    #[test]
    fn floors_hold_for_every_answer() {
        let candidates = [candidate(1, 0.9), candidate(2, 0.5), candidate(3, 0.1)];
        let with = |scores| gates(&candidates, &HashSet::new(), &Ask { min_scores: scores, ..ask(100) });
        let scores = super::super::request::MinScores::default();
        let floor = super::super::request::MinScores { r#final: Some(0.5), ..scores };
        assert_eq!(with(floor), [Gate::Injected, Gate::Injected, Gate::MinScore]);
        let floor = super::super::request::MinScores { reranker: Some(0.6), ..scores };
        assert_eq!(with(floor), [Gate::Injected, Gate::MinScore, Gate::MinScore]);
    }

    #[test]
    fn a_covered_fact_gives_its_place_to_the_next() {
        let candidates = [candidate(1, 0.9), candidate(2, 0.5)];
        let gates = gates(&candidates, &HashSet::from([1]), &ask(100));
        assert_eq!(gates, [Gate::PreferObservations, Gate::Injected]);
    }

    #[test]
    fn behind_twice_the_budget_only_the_window_brings_answers() {
        let mut candidates: Vec<Candidate> = (1..=4).map(|unit| candidate(unit, 1.0)).collect();
        candidates[3].ranks.temporal = Some(1);
        let gates = gates(&candidates, &HashSet::new(), &Ask { candidates: 1, ..ask(100) });
        assert_eq!(gates, [Gate::Injected, Gate::Injected, Gate::Budget, Gate::Injected]);
    }
}
