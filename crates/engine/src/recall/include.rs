//! What goes along with recalled memories: their entities, the chunks they come from, the facts of observations.

use super::answer::{self, Fact, Recalled};
use super::request::{ChunkInclude, SourceInclude};
use crate::error::{Result, during};
use crate::unit::Kind;
use serde_json::{Map, Value, json};
use sqlx::sqlite::SqlitePool;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Chunks read in one statement; mostly the budget is used up by then.
const CHUNKS_AT_ONCE: usize = 16;

/// Names each memory's entities and lists all of them once, by name.
pub(super) async fn entities(db: &SqlitePool, answer: &mut Recalled) -> Result<()> {
    let rows: Vec<(i64, String, String)> = sqlx::query_as(
        "SELECT ue.unit, e.id, e.name FROM json_each(?1) asked JOIN unit_entity ue ON ue.unit = asked.value \
         JOIN entity e ON e.no = ue.entity ORDER BY ue.unit, e.no",
    )
    .bind(units(&answer.results))
    .fetch_all(db)
    .await
    .map_err(during("read entities of memories"))?;
    let mut of: HashMap<i64, Vec<(String, String)>> = HashMap::new();
    for (unit, id, name) in rows {
        of.entry(unit).or_default().push((id, name));
    }
    let mut all = Map::new();
    for fact in &mut answer.results {
        let Some(entities) = of.remove(&fact.unit) else { continue };
        for (id, name) in &entities {
            if !all.contains_key(name) {
                let entity = json!({"entity_id": id, "canonical_name": name, "observations": []});
                all.insert(name.clone(), entity);
            }
        }
        fact.entities = Some(entities.into_iter().map(|(_, name)| name).collect());
    }
    answer.entities = Some(all);
    Ok(())
}

/// The chunks of the memories, in their order, as far as the tokens go; the last one may be cut.
pub(super) async fn chunks(db: &SqlitePool, answer: &mut Recalled, include: ChunkInclude) -> Result<()> {
    let mut left = usize::try_from(include.max_tokens).unwrap_or(0);
    let mut seen = HashSet::new();
    let wanted: Vec<(i64, &String)> = answer
        .results
        .iter()
        .filter_map(|fact| Some((fact.chunk?, fact.chunk_id.as_ref()?)))
        .filter(|(chunk, _)| seen.insert(*chunk))
        .collect();
    let mut all = Map::new();
    'budget: for batch in wanted.chunks(CHUNKS_AT_ONCE) {
        let asked: Vec<i64> = batch.iter().map(|(chunk, _)| *chunk).collect();
        let rows: Vec<(i64, i64, String)> = sqlx::query_as(
            "SELECT c.no, c.idx, c.text FROM json_each(?1) asked JOIN chunk c ON c.no = asked.value",
        )
        .bind(Value::from(asked).to_string())
        .fetch_all(db)
        .await
        .map_err(during("read chunks of memories"))?;
        let mut texts: HashMap<i64, (i64, String)> =
            rows.into_iter().map(|(no, idx, text)| (no, (idx, text))).collect();
        for (chunk, id) in batch {
            let Some((idx, text)) = texts.remove(chunk) else { continue };
            if left == 0 {
                break 'budget;
            }
            let (text, tokens, truncated) = cut(text, left);
            left -= tokens;
            let chunk = json!({
                "id": id, "text": text, "chunk_index": idx, "truncated": truncated, "attachments": null,
            });
            all.insert((*id).clone(), chunk);
        }
    }
    answer.chunks = Some(all);
    Ok(())
}

/// At most `most` tokens of a text, how many they are, and whether something is missing.
fn cut(text: String, most: usize) -> (String, usize, bool) {
    let words = tiktoken_rs::o200k_base_singleton();
    let tokens = words.encode_ordinary(&text);
    match tokens.get(..most).filter(|_| tokens.len() > most).map(|kept| words.decode_bytes(kept)) {
        Some(Ok(bytes)) => {
            (String::from_utf8_lossy(&bytes).trim_end_matches('\u{fffd}').to_owned(), most, true)
        }
        _ => (text, tokens.len().min(most), false),
    }
}

/// The facts of each observation, as far as the tokens go.
pub(super) async fn source_facts(
    db: &SqlitePool,
    bank: &str,
    answer: &mut Recalled,
    include: SourceInclude,
) -> Result<()> {
    let observations = answer.results.iter().filter(|fact| fact.kind == Kind::Observation.word());
    let observations: Vec<i64> = observations.map(|fact| fact.unit).collect();
    let mut of: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    let mut all = Vec::new();
    for (observation, fact) in sources(db, &observations).await? {
        of.entry(observation).or_default().push(fact);
        all.push(fact);
    }
    let facts = answer::facts(db, bank, &all).await?;
    let limit = |tokens: i64| u64::try_from(tokens).unwrap_or(u64::MAX);
    let mut left = limit(include.max_tokens);
    let (mut taken, mut truncated) = (Map::new(), false);
    for result in &mut answer.results {
        if result.kind != Kind::Observation.word() {
            continue;
        }
        let mut own_left = limit(include.max_tokens_per_observation);
        let sources = of.get(&result.unit).map(Vec::as_slice).unwrap_or_default();
        let sources: Vec<&Fact> = sources.iter().filter_map(|unit| facts.get(unit)).collect();
        for fact in &sources {
            if taken.contains_key(&fact.id) {
                continue;
            }
            let tokens = u64::from(fact.tokens);
            if tokens > left || tokens > own_left {
                truncated = true;
                continue;
            }
            (left, own_left) = (left - tokens, own_left - tokens);
            taken.insert(fact.id.clone(), json!(fact));
        }
        result.source_fact_ids = Some(sources.into_iter().map(|fact| fact.id.clone()).collect());
    }
    answer.source_facts = Some(taken);
    answer.source_facts_truncated = Some(truncated);
    Ok(())
}

/// Observations with their facts, facts in the order of their dates.
pub(super) async fn sources(db: &SqlitePool, observations: &[i64]) -> Result<Vec<(i64, i64)>> {
    if observations.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_as(
        "SELECT s.observation, s.unit FROM json_each(?1) asked JOIN source s ON s.observation = asked.value \
         JOIN unit u ON u.no = s.unit AND u.state = 0 ORDER BY s.observation, u.event_at, u.no",
    )
    .bind(Value::from(observations.to_vec()).to_string())
    .fetch_all(db)
    .await
    .map_err(during("read facts of observations"))
}

fn units(facts: &[Fact]) -> String {
    Value::from_iter(facts.iter().map(|fact| fact.unit)).to_string()
}
