//! The operation `consolidation`: facts that wait, scope by scope, some at a time, through the model.
//!
//! It can stop after any batch: what is done is marked, and the next run takes up what is left. A batch that
//! the model does not manage is halved until the fact that it stumbles over stands alone and is given up.

use super::apply::{Applied, apply, mark};
use super::plan::{Plan, plan};
use super::prompt::{self, Changes};
use super::related::nearest;
use super::scope::Scope;
use super::waiting::{Waiting, count, load};
use crate::error::{EngineError, Result};
use crate::llm::{Answer, Block, Call, json_answer};
use crate::synthesis::{Message, Prompt, Purpose, Role};
use crate::time::now_ms;
use crate::work::Job;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Room for an answer, in tokens.
const MAX_OUTPUT: u32 = 4_000;

/// What a run did.
#[derive(Default)]
struct Done {
    processed: usize,
    failed: HashSet<i64>,
    created: usize,
    updated: usize,
    removed: usize,
}

impl Done {
    fn add(&mut self, applied: &Applied, finished: usize) {
        self.processed += finished;
        self.created += applied.created.len();
        self.updated += applied.updated.len();
        self.removed += applied.removed.len();
    }
}

/// Consolidates what waits. Answers the operation's result.
///
/// # Errors
/// `Cancelled`; `Synthesis` when the model cannot be had: the rest waits.
pub(crate) async fn consolidate(job: &Job) -> Result<Value> {
    let config = &job.bank.config;
    if !config.on("enable_observations") {
        return Ok(json!({"processed": 0, "skipped": "observations are off in this bank"}));
    }
    if job.engine.synthesis().is_none() {
        return Ok(json!({"processed": 0, "skipped": "no model is set for memory"}));
    }
    let only: Option<Vec<Scope>> = serde_json::from_value(job.payload["observation_scopes"].clone()).ok();
    let round = config.int("consolidation_max_memories_per_round").unwrap_or(100).max(1);
    let total = usize::try_from(count(job.engine.read(), job.bank.no).await?).unwrap_or(0);
    let (mut done, mut after) = (Done::default(), 0);
    loop {
        job.progress("consolidating", done.processed, total).await?;
        let facts = load(&job.engine, &job.bank, after, round, only.as_deref()).await?;
        let Some(last) = facts.last() else { break };
        after = last.no;
        one_round(job, &facts, total, &mut done).await?;
    }
    if done.created + done.updated + done.removed > 0 {
        crate::mental_model::after_consolidation(&job.engine, &job.bank).await?;
    }
    Ok(json!({
        "processed": done.processed, "failed": done.failed.len(), "observations_created": done.created,
        "observations_updated": done.updated, "observations_deleted": done.removed,
    }))
}

async fn one_round(job: &Job, facts: &[Waiting], total: usize, done: &mut Done) -> Result<()> {
    let size = job.bank.config.int("consolidation_llm_batch_size").unwrap_or(8).clamp(1, 64);
    let size = usize::try_from(size).unwrap_or(8);
    let mut by_scope: BTreeMap<&Scope, Vec<&Waiting>> = BTreeMap::new();
    let mut open: HashMap<i64, usize> = HashMap::new();
    for fact in facts {
        for scope in &fact.scopes {
            by_scope.entry(scope).or_default().push(fact);
        }
        open.insert(fact.no, fact.scopes.len());
    }
    for (scope, facts) in by_scope {
        // The next one last.
        let mut batches: Vec<&[&Waiting]> = facts.chunks(size).rev().collect();
        while let Some(batch) = batches.pop() {
            job.check()?;
            match changes(job, scope, batch).await? {
                Some(plan) => {
                    let finished: Vec<i64> = batch
                        .iter()
                        .filter(|fact| {
                            let left = open.entry(fact.no).and_modify(|left| *left -= 1).or_default();
                            *left == 0 && !done.failed.contains(&fact.no)
                        })
                        .map(|fact| fact.no)
                        .collect();
                    let applied = apply(job, scope, batch, plan, &finished).await?;
                    done.add(&applied, finished.len());
                    job.progress("consolidating", done.processed, total).await?;
                }
                None if batch.len() > 1 => {
                    let (first, second) = batch.split_at(batch.len() / 2);
                    batches.extend([second, first]);
                }
                None => give_up(job, batch, done).await?,
            }
        }
    }
    Ok(())
}

/// What the model wants changed for these facts; `None` when it could not say.
async fn changes(job: &Job, scope: &Scope, facts: &[&Waiting]) -> Result<Option<Plan>> {
    let (engine, bank) = (&job.engine, &job.bank);
    let related = nearest(engine, bank, scope, facts).await?;
    let message = |role, blocks: &[Block]| Message { role, content: Block::joined(blocks) };
    let prompt = Prompt {
        purpose: Purpose::Consolidation,
        messages: vec![
            message(Role::System, &prompt::system()),
            message(Role::User, &prompt::user(bank, &prompt::material(facts, &related))),
        ],
        schema: Some(prompt::schema()),
        max_output_tokens: MAX_OUTPUT,
        temperature: 0.0,
    };
    let ids: Vec<&str> = facts.iter().map(|fact| fact.id.as_str()).collect();
    let call = Call { bank, scope: "consolidation", trace_id: &job.id, metadata: json!({"memory_ids": ids}) };
    let answered = tokio::select! {
        answered = json_answer::<Changes>(engine, &call, &prompt) => answered?,
        () = job.cancel.cancelled() => return Err(EngineError::Cancelled),
    };
    match answered.answer {
        Answer::Read(changes) => plan(engine, bank, scope, facts, &related, changes).await.map(Some),
        Answer::Truncated => Ok(None),
        Answer::Unreadable(why) => {
            tracing::debug!(why, "a consolidation's answer could not be read");
            Ok(None)
        }
    }
}

/// Marks facts that the model cannot consolidate, until somebody asks to try again.
async fn give_up(job: &Job, facts: &[&Waiting], done: &mut Done) -> Result<()> {
    let numbers: Vec<i64> = facts.iter().map(|fact| fact.no).collect();
    let mut write = job.engine.write().await?;
    mark(&mut write, "consolidation_failed_at", &numbers, now_ms()).await?;
    write.commit().await?;
    done.failed.extend(numbers);
    Ok(())
}
