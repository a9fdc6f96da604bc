//! A model's changes, held against what is there: unknown ids dropped, an observation that says the same as
//! another turned into an update of that one. Nothing is written here.

use super::prompt::{Changes, place};
use super::related::Related;
use super::scope::Scope;
use super::waiting::Waiting;
use crate::bank::Bank;
use crate::engine::Engine;
use crate::error::Result;
use crate::unit::Kind;
use crate::words;
use std::collections::BTreeSet;
use std::sync::PoisonError;

/// From this cosine on two observations say the same (hindsight 1.1).
const SAME: f32 = 0.97;
/// Longest observation, in characters.
const LONGEST: usize = 2_000;

/// An observation to write.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    /// The observation that gets this text; `None` makes a new one.
    pub(super) target: Option<i64>,
    pub(super) text: String,
    /// Facts' `no`.
    pub(super) sources: BTreeSet<i64>,
    pub(super) vector: Option<Vec<f32>>,
}

/// What to do.
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    pub(super) writes: Vec<Planned>,
    pub(super) deletes: BTreeSet<i64>,
}

/// Turns an answer into a plan.
pub(super) async fn plan(
    engine: &Engine,
    bank: &Bank,
    scope: &Scope,
    facts: &[&Waiting],
    related: &[Related],
    changes: Changes,
) -> Result<Plan> {
    let mut plan = Plan::default();
    for update in changes.updates {
        let Some(old) = place(&update.observation, 'o').and_then(|at| related.get(at)) else { continue };
        add(&mut plan, Some(old.no), &update.text, sources(&update.facts, facts));
    }
    for create in changes.creates {
        let form = words::normal_form(&create.text);
        let same = related.iter().find(|old| words::normal_form(&old.text) == form).map(|old| old.no);
        add(&mut plan, same, &create.text, sources(&create.facts, facts));
    }
    let texts: Vec<String> = plan.writes.iter().map(|write| write.text.clone()).collect();
    if !texts.is_empty()
        && let Some(vectors) = engine.vectors().texts(texts).await
    {
        for (write, vector) in plan.writes.iter_mut().zip(vectors) {
            write.vector = Some(vector);
        }
    }
    redirect(engine, bank, scope, &mut plan).await?;
    let deletes = changes.deletes.iter().filter_map(|delete| related.get(place(&delete.observation, 'o')?));
    plan.deletes = deletes.map(|old| old.no).collect();
    // What is written anew in the same answer is not meant to go.
    plan.deletes.retain(|no| !plan.writes.iter().any(|write| write.target == Some(*no)));
    Ok(plan)
}

/// The facts that these short ids name. A question about one fact can only mean that one.
fn sources(ids: &[String], facts: &[&Waiting]) -> BTreeSet<i64> {
    let named: BTreeSet<i64> = ids.iter().filter_map(|id| Some(facts.get(place(id, 'f')?)?.no)).collect();
    match (named.is_empty(), facts) {
        (true, [only]) if ids.is_empty() => BTreeSet::from([only.no]),
        _ => named,
    }
}

/// Adds a write; one to the same observation, or with the same words, is taken into the one before.
fn add(plan: &mut Plan, target: Option<i64>, text: &str, sources: BTreeSet<i64>) {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect();
    if sources.is_empty() || !text.chars().any(char::is_alphanumeric) {
        return;
    }
    let form = words::normal_form(&text);
    let same = plan.writes.iter_mut().find(|write| match (write.target, target) {
        (Some(one), Some(other)) => one == other,
        _ => words::normal_form(&write.text) == form,
    });
    match same {
        Some(write) => {
            write.sources.extend(sources);
            write.target = write.target.or(target);
        }
        None => plan.writes.push(Planned { target, text, sources, vector: None }),
    }
}

/// Turns new observations that are almost one of this scope, however it is worded, into updates of that one.
async fn redirect(engine: &Engine, bank: &Bank, scope: &Scope, plan: &mut Plan) -> Result<()> {
    let resident = engine.residents().bank(engine.db(), bank.no).await?;
    let resident = resident.read().unwrap_or_else(PoisonError::into_inner);
    let Some(tag_set) = resident.tag_sets().iter().position(|tags| tags == scope) else { return Ok(()) };
    let taken: BTreeSet<i64> = plan.writes.iter().filter_map(|write| write.target).collect();
    for write in plan.writes.iter_mut().filter(|write| write.target.is_none()) {
        let Some(vector) = &write.vector else { continue };
        let near = resident
            .iter()
            .filter(|(_, held)| held.kind == Kind::Observation && held.valid && held.encoded)
            .filter(|(_, held)| held.tag_set as usize == tag_set && !taken.contains(&held.unit))
            .map(|(place, held)| {
                let row = resident.matrix().row(place);
                (held.unit, row.iter().zip(vector).map(|(a, b)| a.to_f32() * b).sum::<f32>())
            })
            .max_by(|a, b| a.1.total_cmp(&b.1));
        write.target = near.filter(|(_, cosine)| *cosine >= SAME).map(|(unit, _)| unit);
    }
    Ok(())
}
