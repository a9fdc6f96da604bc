//! Recall: which memories answer a question, in which order, and why.
//!
//! [`recall`] is the whole of it, called by the HTTP area of the same name and by rooms that look something up
//! (reflect, consolidation). `request` says what is asked, `filter` who may answer; `semantic`, `keyword`,
//! `graph` and `temporal` bring candidates, `fuse` ranks them, `pack` picks; `answer` and `include` fetch the
//! texts, `trace` explains. Nothing here writes.

mod answer;
mod filter;
mod fuse;
mod graph;
mod include;
mod keyword;
mod pack;
mod request;
mod semantic;
mod temporal;
mod trace;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use answer::{Fact, Recalled, chunk_id};
pub(crate) use filter::{TagGroup, TagMatch, fits};
pub(crate) use request::{Ask, Budget, ChunkInclude, Include, RecallRequest, SourceInclude};

use crate::bank::Bank;
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::resident::{Bits, Resident};
use crate::unit::Kind;
use crate::when;
use fuse::{Candidate, Table};
use pack::Gate;
use std::collections::{BTreeSet, HashSet};
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use temporal::Window;
use trace::Clock;

/// Finds the memories of a bank that answer.
///
/// # Errors
/// SQLite's; never for lack of vectors, which only makes it search words alone.
pub(crate) async fn recall(engine: &Engine, bank: &Bank, ask: Ask) -> Result<Recalled> {
    let query = ask.query.clone();
    recall_with(engine, bank, ask, async { engine.vectors().query(&query).await }).await
}

/// What was found out about a question, for the blocking parts.
struct Found {
    ask: Ask,
    vector: Option<Arc<[f32]>>,
    hits: Vec<keyword::Hit>,
    named: Option<Vec<i64>>,
    window: Option<Window>,
    latest: bool,
    allowed: Bits,
}

impl Found {
    fn table<'a>(&'a self, bank: &'a Resident) -> Table<'a> {
        Table {
            bank,
            ask: &self.ask,
            vector: self.vector.as_deref(),
            hits: &self.hits,
            named: self.named.as_deref(),
            window: self.window,
            latest: self.latest,
            allowed: &self.allowed,
        }
    }
}

async fn recall_with(
    engine: &Engine,
    bank: &Bank,
    ask: Ask,
    vector: impl Future<Output = Option<Arc<[f32]>>>,
) -> Result<Recalled> {
    let mut clock = Clock::start();
    let (db, on) = (engine.read(), |key| bank.config.on(key));
    let resident = engine.residents().bank(engine.db(), bank.no).await?;
    let allowed = {
        let resident = resident.read().unwrap_or_else(PoisonError::into_inner);
        let tags = ask.tags.as_deref();
        filter::allowed(&resident, &ask.kinds, tags, ask.tags_match, ask.tag_groups.as_deref())
    };
    clock.phase("backend_acquisition");

    let window = if on("enable_temporal_retrieval") { Window::of(&ask) } else { None };
    let words = async {
        match on("enable_text_search") {
            true => {
                let enough = ask.candidates.min(allowed.count());
                let wanted = (ask.candidates.saturating_mul(ask.kinds.len()), enough);
                match keyword::search(db, bank.no, &ask.query, wanted, &resident, &allowed).await {
                    // By meaning alone, until the index is made anew.
                    Err(error) if engine.db().repairs().report(bank.no, &error) => Ok(Vec::new()),
                    found => found,
                }
            }
            false => Ok(Vec::new()),
        }
    };
    let named = async {
        match on("enable_graph_retrieval") {
            true => graph::named(db, bank.no, &ask.query).await.map(Some),
            false => Ok(None),
        }
    };
    let (vector, words, named) =
        futures_util::join!(trace::timed(vector), trace::timed(words), trace::timed(named));
    clock.part("generate_query_embedding", vector.1);
    clock.part("keyword_search", words.1);
    clock.part("entity_lookup", named.1);
    clock.phase("query_embedding_and_words");

    let latest = when::asks_for_latest(&ask.query);
    let found = Found { vector: vector.0, hits: words.0?, named: named.0?, window, latest, allowed, ask };
    let (found, mut candidates) = blocking(&resident, found, |table| table.candidates()).await?;
    clock.phase("retrieval_and_fusion");

    let causal = match &found.named {
        Some(_) => {
            let seeds: Vec<i64> = candidates.iter().take(graph::SEEDS).map(|seed| seed.unit).collect();
            graph::causal(db, &seeds).await?
        }
        None => BTreeSet::new(),
    };
    let finish = move |table: &Table<'_>| {
        table.finish(&mut candidates, &causal);
        candidates
    };
    let (found, candidates) = blocking(&resident, found, finish).await?;
    clock.phase("combined_scoring");
    answer_with(engine, bank, &found, candidates, clock).await
}

/// Computes on a bank in memory, away from the tasks that answer requests.
async fn blocking<T: Send + 'static>(
    resident: &Arc<RwLock<Resident>>,
    found: Found,
    compute: impl FnOnce(&Table<'_>) -> T + Send + 'static,
) -> Result<(Found, T)> {
    let resident = Arc::clone(resident);
    let done = tokio::task::spawn_blocking(move || {
        let bank = resident.read().unwrap_or_else(PoisonError::into_inner);
        let computed = compute(&found.table(&bank));
        drop(bank);
        (found, computed)
    });
    done.await.map_err(|_| EngineError::Cancelled)
}

/// Picks, fetches and explains.
async fn answer_with(
    engine: &Engine,
    bank: &Bank,
    found: &Found,
    candidates: Vec<Candidate>,
    mut clock: Clock,
) -> Result<Recalled> {
    let (db, ask) = (engine.read(), &found.ask);
    let mut covered = HashSet::new();
    if pack::prefers_observations(ask) {
        let first = candidates.iter().take(pack::most(ask));
        let observations: Vec<i64> =
            first.filter(|first| first.kind == Kind::Observation).map(|first| first.unit).collect();
        covered.extend(include::sources(db, &observations).await?.into_iter().map(|(_, fact)| fact));
        clock.phase("prefer_observations_dedup");
    }
    let gates = pack::gates(&candidates, &covered, ask);
    clock.phase("token_filtering");

    let traced = if ask.trace { trace::EXPLAINED } else { 0 };
    let shown = candidates.iter().zip(&gates).enumerate();
    let shown = shown.filter(|(index, (_, gate))| *index < traced || **gate == Gate::Injected);
    let units: Vec<i64> = shown.map(|(_, (candidate, _))| candidate.unit).collect();
    let facts = answer::facts(db, &bank.id, &units).await?;
    let injected = candidates.iter().zip(&gates).filter(|(_, gate)| **gate == Gate::Injected);
    let results = injected.filter_map(|(candidate, _)| {
        let scores = Some(answer::Scores::of(candidate));
        facts.get(&candidate.unit).map(|fact| answer::Fact { scores, ..fact.clone() })
    });
    let mut answer = Recalled { results: results.collect(), ..Recalled::default() };
    clock.phase("hydrate_results");

    if !answer.results.is_empty() && ask.include.entities.is_some() {
        include::entities(db, &mut answer).await?;
        clock.phase("entity_build");
    }
    if let Some(include) = ask.include.chunks.filter(|_| !answer.results.is_empty()) {
        include::chunks(db, &mut answer, include).await?;
        clock.phase("chunk_fetch");
    }
    if let Some(include) = ask.include.source_facts.filter(|_| !answer.results.is_empty()) {
        include::source_facts(db, &bank.id, &mut answer, include).await?;
        clock.phase("source_fact_fetch");
    }
    if ask.trace {
        answer.trace = Some(trace::build(found, &candidates, &gates, &facts, &answer.results, clock));
    }
    Ok(answer)
}
