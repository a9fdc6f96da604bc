//! The list of entities, the most mentioned first, and how often two stand in one memory.
//!
//! An invalidated memory has no entities, so mentions are counted in the join table alone.

use super::tagged::Tagged;
use crate::bank::Bank;
use crate::error::{EngineError, Result, during};
use crate::time::iso;
use serde_json::{Value, json};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{QueryBuilder, Row as _, Sqlite};
use std::collections::HashMap;
use uuid::Uuid;

/// Entities of the memories that pass the filter; without one of all memories.
struct Mentions<'a> {
    bank: &'a Bank,
    tagged: Option<&'a Tagged>,
    entity: Option<Uuid>,
}

impl Mentions<'_> {
    /// Adds a table `m` of id, name, metadata, first_seen, last_seen, mentions.
    fn push(&self, query: &mut QueryBuilder<Sqlite>) {
        let Some(tagged) = self.tagged else {
            query.push(
                "(SELECT e.id, e.name, e.metadata, e.first_seen, e.last_seen, \
                 (SELECT count(*) FROM unit_entity ue WHERE ue.entity = e.no) AS mentions FROM entity e WHERE e.bank = ",
            );
            query.push_bind(self.bank.no);
            self.push_entity(query);
            query.push(") m");
            return;
        };
        query.push(
            "(SELECT e.id, e.name, e.metadata, min(u.event_at) AS first_seen, max(u.event_at) AS last_seen, \
             count(*) AS mentions FROM unit u JOIN unit_entity ue ON ue.unit = u.no JOIN entity e ON e.no = ue.entity \
             WHERE u.bank = ",
        );
        query.push_bind(self.bank.no).push(" AND u.state = 0 AND ");
        tagged.push(query);
        self.push_entity(query);
        query.push(" GROUP BY e.no) m");
    }

    fn push_entity(&self, query: &mut QueryBuilder<Sqlite>) {
        if let Some(id) = &self.entity {
            query.push(" AND e.id = ").push_bind(id.to_string());
        }
    }
}

/// A page of the entities that memories passing the filter name, and how many there are in all.
pub(crate) async fn page(
    db: &SqlitePool,
    bank: &Bank,
    tagged: Option<&Tagged>,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Value>, i64)> {
    let action = "list entities";
    let mentions = Mentions { bank, tagged, entity: None };
    let mut query = QueryBuilder::new("SELECT count(*) FROM ");
    mentions.push(&mut query);
    query.push(" WHERE m.mentions > 0");
    let total = query.build_query_scalar().fetch_one(db).await.map_err(during(action))?;
    if limit == 0 {
        return Ok((Vec::new(), total));
    }
    let mut query = QueryBuilder::new("SELECT * FROM ");
    mentions.push(&mut query);
    query.push(" WHERE m.mentions > 0 ORDER BY m.mentions DESC, m.last_seen DESC, m.id LIMIT ");
    query.push_bind(limit).push(" OFFSET ").push_bind(offset);
    let rows = query.build().fetch_all(db).await.map_err(during(action))?;
    let items = rows.iter().map(item).collect::<sqlx::Result<_>>().map_err(during(action))?;
    Ok((items, total))
}

/// One entity, with mentions and times of the memories that pass the filter.
///
/// # Errors
/// 404 when the bank has no such entity, or no memory that passes names it.
pub(crate) async fn read(db: &SqlitePool, bank: &Bank, id: Uuid, tagged: Option<&Tagged>) -> Result<Value> {
    let action = "read an entity";
    let mut query = QueryBuilder::new("SELECT * FROM ");
    Mentions { bank, tagged, entity: Some(id) }.push(&mut query);
    let row = query.build().fetch_optional(db).await.map_err(during(action))?;
    let row = row.ok_or_else(|| EngineError::not_found(format!("Entity {id} not found")))?;
    let mut found = item(&row).map_err(during(action))?;
    found["observations"] = json!([]);
    Ok(found)
}

fn item(row: &SqliteRow) -> sqlx::Result<Value> {
    let at = |column: &str| row.try_get::<Option<i64>, _>(column).map(|ms| ms.map(iso));
    let metadata: Option<&str> = row.try_get("metadata")?;
    Ok(json!({
        "id": row.try_get::<&str, _>("id")?,
        "canonical_name": row.try_get::<&str, _>("name")?,
        "mention_count": row.try_get::<i64, _>("mentions")?,
        "first_seen": at("first_seen")?,
        "last_seen": at("last_seen")?,
        "metadata": metadata.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| json!({})),
    }))
}

/// Pairs of entities that stand together in at least `min_count` memories, the most frequent first, as nodes
/// and edges.
pub(crate) async fn graph(
    db: &SqlitePool,
    bank: &Bank,
    tagged: Option<&Tagged>,
    min_count: i64,
    limit: i64,
) -> Result<(Vec<Value>, Vec<Value>)> {
    let action = "draw the graph of entities";
    let mut query = QueryBuilder::new(
        "SELECT a.entity, b.entity, count(*) AS weight, max(u.event_at) AS last FROM unit u \
         JOIN unit_entity a ON a.unit = u.no JOIN unit_entity b ON b.unit = u.no AND b.entity > a.entity WHERE u.bank = ",
    );
    query.push_bind(bank.no).push(" AND u.state = 0");
    if let Some(tagged) = tagged {
        query.push(" AND ");
        tagged.push(&mut query);
    }
    query.push(" GROUP BY a.entity, b.entity HAVING count(*) >= ").push_bind(min_count);
    query.push(" ORDER BY weight DESC, last DESC, a.entity, b.entity LIMIT ").push_bind(limit);
    let pairs: Vec<(i64, i64, i64, i64)> =
        query.build_query_as().fetch_all(db).await.map_err(during(action))?;

    let mut order: Vec<i64> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for entity in pairs.iter().flat_map(|pair| [pair.0, pair.1]) {
        if seen.insert(entity) {
            order.push(entity);
        }
    }
    let mut query = QueryBuilder::new("SELECT e.no, e.id, e.name, ");
    match tagged {
        None => {
            query.push("(SELECT count(*) FROM unit_entity ue WHERE ue.entity = e.no)");
        }
        Some(tagged) => {
            query.push(
                "(SELECT count(*) FROM unit_entity ue JOIN unit u ON u.no = ue.unit WHERE ue.entity = e.no AND ",
            );
            tagged.push(&mut query);
            query.push(")");
        }
    }
    query.push(" FROM json_each(").push_bind(json!(order).to_string());
    query.push(") j CROSS JOIN entity e WHERE e.no = j.value ORDER BY j.key");
    let named: Vec<(i64, String, String, i64)> =
        query.build_query_as().fetch_all(db).await.map_err(during(action))?;

    let ids: HashMap<i64, &str> = named.iter().map(|(no, id, ..)| (*no, id.as_str())).collect();
    let nodes = named.iter().map(|(_, id, name, mentions)| node(id, name, *mentions)).collect();
    let edges = pairs.iter().filter_map(|(a, b, weight, last)| {
        let (a, b) = (*ids.get(a)?, *ids.get(b)?);
        Some(edge(a.min(b), a.max(b), *weight, *last))
    });
    let edges = edges.collect();
    Ok((nodes, edges))
}

fn node(id: &str, name: &str, mentions: i64) -> Value {
    // Darker for the much mentioned, in the colours of hindsight 1.1.
    let color = match mentions {
        ..5 => "#90caf9",
        5..10 => "#42a5f5",
        _ => "#1565c0",
    };
    json!({"data": {"id": id, "label": name, "mentionCount": mentions, "color": color}})
}

fn edge(source: &str, target: &str, weight: i64, last: i64) -> Value {
    json!({"data": {
        "id": format!("{source}-{target}"), "source": source, "target": target, "linkType": "cooccurrence",
        "weight": weight, "color": "#ffd700", "lineStyle": "solid", "lastCooccurred": iso(last),
    }})
}
