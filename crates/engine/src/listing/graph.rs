//! The graph of a page of memories: which stand near each other, in what sense, and how near.
//!
//! Only causes are stored; the rest is computed among the memories of the page, each pair once and none with
//! itself. Drawn by the memory explorer.

use super::memories::{Fields, Filter, fields};
use super::near;
use crate::bank::Bank;
use crate::error::{Result, during};
use crate::time::iso;
use half::f16;
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::sqlite::SqlitePool;
use std::collections::HashMap;

/// Edges of one kind, and of all kinds together (hindsight 1.1).
const MOST_OF_A_KIND: usize = 10_000;
const MOST: usize = 20_000;
/// Characters of a node's label (hindsight 1.1).
const LABEL: usize = 30;

/// What is drawn, as the API answers it.
#[derive(Debug, Serialize)]
pub(crate) struct Graph {
    nodes: Vec<Value>,
    edges: Vec<Edge>,
    table_rows: Vec<Value>,
    total_units: i64,
    limit: i64,
}

/// An edge. There are up to 20,000: a tree of JSON for each would take longer than all else.
#[derive(Debug, Serialize)]
struct Edge {
    data: EdgeData,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EdgeData {
    id: String,
    source: String,
    target: String,
    link_type: String,
    weight: f64,
    entity_name: String,
    color: &'static str,
    line_style: &'static str,
}

/// Nodes, edges and table rows of the first `limit` memories that pass the filter, and how many pass.
pub(crate) async fn draw(db: &SqlitePool, bank: &Bank, filter: &Filter, limit: i64) -> Result<Graph> {
    let (total, page) = filter.find(db, bank, limit, 0).await?;
    let found = fields(db, bank, &page).await?;
    let names = names(db, &page).await?;
    let of = |memory: &Fields| names.get(&memory.no).map(Vec::as_slice).unwrap_or_default();
    let nodes: Vec<Value> = found.iter().map(|memory| node(memory, of(memory))).collect();
    let rows: Vec<Value> = found.iter().map(|memory| row(memory, of(memory))).collect();
    let edges = edges(db, &found, &names).await?;
    Ok(Graph { nodes, edges, table_rows: rows, total_units: total, limit })
}

fn joined(names: &[(i64, String)]) -> String {
    match names {
        [] => "None".to_owned(),
        names => names.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", "),
    }
}

fn node(memory: &Fields, names: &[(i64, String)]) -> Value {
    let text = memory.shared.text.as_str();
    let label = match text.char_indices().nth(LABEL) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    };
    // The colours of hindsight 1.1: the more entities, the darker.
    let color = match names.len() {
        0 => "#e0e0e0",
        1 => "#90caf9",
        _ => "#42a5f5",
    };
    json!({"data": {
        "id": memory.shared.id, "label": label, "text": text, "date": memory.shared.date,
        "context": memory.shared.context, "entities": joined(names), "color": color,
    }})
}

fn row(memory: &Fields, names: &[(i64, String)]) -> Value {
    let shared = &memory.shared;
    let context = if shared.context.is_empty() { "N/A" } else { &shared.context };
    // `2026-11-20T16:33:31+00:00` as `2026-11-20 16:33`.
    let date = iso(memory.event_at).get(..16).unwrap_or_default().replace('T', " ");
    json!({
        "id": shared.id, "text": shared.text, "context": context,
        "occurred_start": shared.occurred_start, "occurred_end": shared.occurred_end,
        "mentioned_at": shared.mentioned_at, "date": date, "entities": joined(names),
        "document_id": shared.document_id, "chunk_id": shared.chunk_id, "fact_type": memory.kind.word(),
        "tags": shared.tags, "created_at": iso(memory.created_at), "proof_count": memory.proof,
    })
}

/// Each memory's entities, an observation's being those of its facts too.
async fn names(db: &SqlitePool, page: &[i64]) -> Result<HashMap<i64, Vec<(i64, String)>>> {
    let found: Vec<(i64, i64, String)> = sqlx::query_as(
        "SELECT j.value, e.no, e.name FROM json_each(?1) j JOIN unit_entity ue ON ue.unit = j.value \
         JOIN entity e ON e.no = ue.entity \
         UNION SELECT j.value, e.no, e.name FROM json_each(?1) j JOIN source s ON s.observation = j.value \
         JOIN unit_entity ue ON ue.unit = s.unit JOIN entity e ON e.no = ue.entity ORDER BY 1, 3",
    )
    .bind(json!(page).to_string())
    .fetch_all(db)
    .await
    .map_err(during("read the entities of memories"))?;
    let mut names: HashMap<i64, Vec<(i64, String)>> = HashMap::new();
    for (unit, entity, name) in found {
        names.entry(unit).or_default().push((entity, name));
    }
    Ok(names)
}

async fn edges(
    db: &SqlitePool,
    found: &[Fields],
    names: &HashMap<i64, Vec<(i64, String)>>,
) -> Result<Vec<Edge>> {
    let places: HashMap<i64, usize> =
        found.iter().enumerate().map(|(place, memory)| (memory.no, place)).collect();
    let id = |place: usize| found.get(place).map(|memory| memory.shared.id.as_str()).unwrap_or_default();
    let edge = |a: usize, b: usize, kind: &str, weight: f64, name: &str| {
        let (source, target) = (id(a), id(b));
        let color = match kind {
            "entity" => "#ffd700",
            "temporal" => "#00bcd4",
            "semantic" => "#ff69b4",
            _ => "#999999",
        };
        let line = if kind == "temporal" { "dashed" } else { "solid" };
        let data = EdgeData {
            id: format!("{source}-{target}-{kind}"),
            source: source.to_owned(),
            target: target.to_owned(),
            link_type: kind.to_owned(),
            weight,
            entity_name: name.to_owned(),
            color,
            line_style: line,
        };
        Edge { data }
    };
    let mut edges = Vec::new();

    let units: Vec<i64> = found.iter().map(|memory| memory.no).collect();
    for (src, dst, kind, weight) in causes(db, &units).await? {
        if let (Some(a), Some(b)) = (places.get(&src), places.get(&dst))
            && a != b
        {
            edges.push(edge(*a, *b, &kind, weight, ""));
        }
    }

    let times: Vec<i64> = found.iter().map(|memory| memory.event_at).collect();
    let temporal = near::in_time(&times, MOST_OF_A_KIND);
    edges.extend(temporal.into_iter().map(|(a, b, weight)| edge(a, b, "temporal", weight, "")));

    let vectors = vectors(db, &units).await?;
    let semantic = tokio::task::spawn_blocking(move || near::in_meaning(&vectors, MOST_OF_A_KIND)).await;
    // Only a panic of that thread fails here; the graph is drawn without these edges then.
    for (a, b, weight) in semantic.unwrap_or_default() {
        edges.push(edge(a, b, "semantic", weight, ""));
    }

    let mut groups: HashMap<i64, (&str, Vec<usize>)> = HashMap::new();
    for (place, memory) in found.iter().enumerate() {
        for (entity, name) in names.get(&memory.no).map(Vec::as_slice).unwrap_or_default() {
            groups.entry(*entity).or_insert_with(|| (name, Vec::new())).1.push(place);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    // What few memories share says more than what all share; it must not fall to the limit.
    groups.sort_by_key(|(entity, (_, places))| (places.len(), *entity));
    let pairs =
        groups.iter().flat_map(|(_, (name, places))| near::pairs(places).map(move |(a, b)| (a, b, *name)));
    edges.extend(pairs.take(MOST_OF_A_KIND).map(|(a, b, name)| edge(a, b, "entity", 1.0, name)));

    edges.truncate(MOST);
    Ok(edges)
}

/// Stored links among these memories.
async fn causes(db: &SqlitePool, units: &[i64]) -> Result<Vec<(i64, i64, String, f64)>> {
    sqlx::query_as(
        "SELECT l.src, l.dst, l.kind, l.weight FROM json_each(?1) j CROSS JOIN link l ON l.src = j.value \
         WHERE l.dst IN (SELECT value FROM json_each(?1)) ORDER BY l.weight DESC LIMIT ?2",
    )
    .bind(json!(units).to_string())
    .bind(i64::try_from(MOST_OF_A_KIND).unwrap_or(i64::MAX))
    .fetch_all(db)
    .await
    .map_err(during("read causes"))
}

/// The vectors of the first memories, in their order; empty for one that is not encoded.
async fn vectors(db: &SqlitePool, units: &[i64]) -> Result<Vec<Vec<f32>>> {
    let compared = units.get(..near::MOST_COMPARED).unwrap_or(units);
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT j.key, v.v FROM json_each(?1) j CROSS JOIN vector v ON v.unit = j.value")
            .bind(json!(compared).to_string())
            .fetch_all(db)
            .await
            .map_err(during("read vectors"))?;
    let mut vectors = vec![Vec::new(); compared.len()];
    for (place, bytes) in rows {
        if let Some(vector) = usize::try_from(place).ok().and_then(|place| vectors.get_mut(place)) {
            *vector = bytes.as_chunks().0.iter().map(|pair| f16::from_le_bytes(*pair).to_f32()).collect();
        }
    }
    Ok(vectors)
}
