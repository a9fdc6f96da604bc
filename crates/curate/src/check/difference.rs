//! What changed between two runs of a check.

use super::{CheckResult, CheckState};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use ts_rs::TS;

/// A fact that moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Move {
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its place before, from 1; `None` when it is new.
    pub from: Option<u32>,
    /// Its place now; `None` when it is gone.
    pub to: Option<u32>,
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Difference {
    /// How the run before ended.
    pub was: CheckState,
    /// Facts that moved, came or went.
    pub moves: Vec<Move>,
    /// Tokens more than before.
    pub tokens: i32,
    /// Milliseconds more than before.
    pub ms: f64,
}

/// Compares a run with the one before. A fact is the same by its id, or else by its text: a rebuilt bank says the
/// same under new ids.
pub fn difference(before: &CheckResult, now: &CheckResult) -> Difference {
    let old: Vec<(&str, &str)> = before.found.iter().map(|one| (one.id.as_str(), one.text.trim())).collect();
    let by_id: HashMap<&str, usize> = old.iter().enumerate().map(|(at, one)| (one.0, at)).collect();
    let by_text: HashMap<&str, usize> = old.iter().enumerate().rev().map(|(at, one)| (one.1, at)).collect();
    let place = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
    let mut kept = vec![false; old.len()];
    let mut moves = Vec::new();
    for (at, one) in now.found.iter().enumerate() {
        let same = by_id.get(one.id.as_str()).or_else(|| by_text.get(one.text.trim())).copied();
        let same = same.filter(|at| !std::mem::replace(&mut kept[*at], true));
        if same != Some(at) {
            let (id, text) = (one.id.clone(), one.text.clone());
            moves.push(Move { id, text, from: same.map(place), to: Some(place(at)) });
        }
    }
    let gone = before.found.iter().enumerate().filter(|(at, _)| !kept[*at]);
    moves.extend(gone.map(|(at, one)| Move {
        id: one.id.clone(),
        text: one.text.clone(),
        from: Some(place(at)),
        to: None,
    }));
    let tokens = i64::from(now.tokens) - i64::from(before.tokens);
    Difference {
        was: before.state,
        moves,
        tokens: i32::try_from(tokens).unwrap_or(i32::MAX),
        ms: now.ms - before.ms,
    }
}
