//! Observations near to facts: what a model has to know before it adds another.

use super::scope::Scope;
use super::waiting::Waiting;
use crate::bank::Bank;
use crate::engine::Engine;
use crate::error::Result;
use crate::recall::{Ask, TagMatch, recall};
use crate::unit::{Kind, tokens};
use std::collections::HashSet;

/// Tokens of observations that go along with one question (hindsight 1.1).
const MOST_TOKENS: u32 = 512;
/// Candidates per arm: the low budget (hindsight 1.1).
const CANDIDATES: usize = 100;

/// An observation that exists.
#[derive(Clone, Debug)]
pub(super) struct Related {
    pub(super) no: i64,
    pub(super) text: String,
    pub(super) mentioned_at: Option<String>,
}

/// The observations of this scope nearest to these facts: each fact's best first, then each one's second, and so on.
pub(super) async fn nearest(
    engine: &Engine,
    bank: &Bank,
    scope: &Scope,
    facts: &[&Waiting],
) -> Result<Vec<Related>> {
    let mut lists = Vec::with_capacity(facts.len());
    for fact in facts {
        let mut ask = Ask::new(&fact.text, &bank.config);
        ask.kinds = vec![Kind::Observation];
        ask.tags = Some(scope.clone());
        ask.tags_match = TagMatch::Exact;
        ask.candidates = CANDIDATES;
        ask.max_tokens = MOST_TOKENS.into();
        lists.push(recall(engine, bank, ask).await?.results.into_iter());
    }
    let (mut found, mut seen, mut used) = (Vec::new(), HashSet::new(), 0);
    loop {
        let row: Vec<_> = lists.iter_mut().filter_map(Iterator::next).collect();
        if row.is_empty() {
            return Ok(found);
        }
        for fact in row {
            if !seen.insert(fact.unit) {
                continue;
            }
            used += tokens(&fact.text);
            if used > MOST_TOKENS {
                return Ok(found);
            }
            found.push(Related { no: fact.unit, text: fact.text, mentioned_at: fact.mentioned_at });
        }
    }
}
