//! Entities: listed, read, and how often two stand in one memory.

use super::read::{Params, page};
use crate::bank;
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::listing::entities;
use crate::listing::tagged::{Tagged, TagsMatch};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn routes() -> Router<Engine> {
    Router::new()
        .route("/v1/default/banks/{bank}/entities", get(list))
        .route("/v1/default/banks/{bank}/entities/graph", get(graph))
        .route("/v1/default/banks/{bank}/entities/{entity}", get(read))
        .route("/v1/default/banks/{bank}/entities/{entity}/regenerate", post(gone))
}

/// Reads an entity's id.
///
/// # Errors
/// 400 when it is no UUID.
pub(super) fn id(text: &str) -> Result<Uuid> {
    text.parse()
        .map_err(|_| EngineError::bad_request(format!("Invalid entity_id: '{text}' is not a valid UUID")))
}

#[derive(Deserialize)]
struct List {
    limit: Option<i64>,
    offset: Option<i64>,
    min_count: Option<i64>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    tags_match: TagsMatch,
    tag_groups: Option<String>,
}

impl List {
    fn tagged(&self) -> Result<Option<Tagged>> {
        Tagged::of(&self.tags, self.tags_match, self.tag_groups.as_deref())
    }
}

async fn list(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Params(asked): Params<List>,
) -> Result<Json<Value>> {
    let (limit, offset) = page(asked.limit, asked.offset, 100, i64::MAX)?;
    let tagged = asked.tagged()?;
    let bank = bank::find(engine.read(), &id).await?;
    let (items, total) = entities::page(engine.read(), &bank, tagged.as_ref(), limit, offset).await?;
    Ok(Json(json!({"items": items, "total": total, "limit": limit, "offset": offset})))
}

async fn read(
    State(engine): State<Engine>,
    Path((bank, entity)): Path<(String, String)>,
    Params(asked): Params<List>,
) -> Result<Json<Value>> {
    let entity = id(&entity)?;
    let tagged = asked.tagged()?;
    let bank = bank::find(engine.read(), &bank).await?;
    Ok(Json(entities::read(engine.read(), &bank, entity, tagged.as_ref()).await?))
}

async fn graph(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Params(asked): Params<List>,
) -> Result<Json<Value>> {
    let (limit, _) = page(asked.limit, None, 1000, i64::MAX)?;
    let tagged = asked.tagged()?;
    let bank = bank::find(engine.read(), &id).await?;
    let least = asked.min_count.unwrap_or(1);
    let (nodes, edges) = entities::graph(engine.read(), &bank, tagged.as_ref(), least, limit).await?;
    Ok(Json(json!({
        "total_entities": nodes.len(), "total_edges": edges.len(), "nodes": nodes, "edges": edges, "limit": limit,
    })))
}

async fn gone() -> EngineError {
    EngineError::refused(StatusCode::GONE, "Entities have no observations of their own any more")
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::Fresh;
    use crate::listing::given::{fact, put};
    use crate::unit::NewUnit;
    use serde_json::{Value, json};

    const PATH: &str = "/v1/default/banks/b/entities";

    async fn three_facts() -> Fresh {
        let fresh = Fresh::open().await;
        let tagged = NewUnit { tags: vec!["t".into()], mentioned_at: Some(5_000), ..fact("Ana and Bob.") };
        let facts: Vec<(NewUnit, &[&str])> = vec![
            (tagged, &["Ana", "Bob"]),
            (fact("Ana, Bob and Cleo."), &["Ana", "Bob", "Cleo"]),
            (fact("Ana."), &["Ana"]),
        ];
        put(&fresh, facts).await;
        fresh
    }

    fn names(list: &Value) -> Vec<(String, i64)> {
        let items = list["items"].as_array().unwrap().iter();
        let name = |item: &Value| item["canonical_name"].as_str().unwrap().to_owned();
        items.map(|item| (name(item), item["mention_count"].as_i64().unwrap())).collect()
    }

    #[tokio::test]
    async fn the_most_mentioned_comes_first() {
        let fresh = three_facts().await;
        let all = fresh.ok("GET", PATH, None).await;
        assert_eq!(names(&all), [("Ana".into(), 3), ("Bob".into(), 2), ("Cleo".into(), 1)]);
        let page = fresh.ok("GET", &format!("{PATH}?limit=1&offset=1"), None).await;
        assert_eq!((names(&page), &page["total"]), (vec![("Bob".into(), 2)], &json!(3)));
    }

    #[tokio::test]
    async fn a_filter_counts_only_memories_that_pass_it() {
        let fresh = three_facts().await;
        let groups =
            r#"?tag_groups=[{"tags":["t"]}]"#.replace('"', "%22").replace('[', "%5B").replace(']', "%5D");
        for query in ["?tags=t&tags_match=any_strict", &groups.replace('{', "%7B").replace('}', "%7D")] {
            let mut found = fresh.ok("GET", &format!("{PATH}{query}"), None).await;
            found["items"].as_array_mut().unwrap().sort_by_key(|item| item["canonical_name"].to_string());
            assert_eq!(names(&found), [("Ana".into(), 1), ("Bob".into(), 1)], "{query}");
            assert_eq!(found["items"][0]["first_seen"], "1970-01-01T00:00:05+00:00");
        }
    }

    #[tokio::test]
    async fn one_entity_is_read_and_an_unknown_one_is_not() {
        let fresh = three_facts().await;
        let cleo = fresh.ok("GET", PATH, None).await["items"][2].clone();
        let path = format!("{PATH}/{}", cleo["id"].as_str().unwrap());
        let read = fresh.ok("GET", &path, None).await;
        assert_eq!((&read["canonical_name"], &read["observations"]), (&json!("Cleo"), &json!([])));
        for (path, status) in [
            (format!("{path}?tags=t&tags_match=any_strict"), 404),
            (format!("{PATH}/00000000-0000-4000-8000-000000000000"), 404),
            (format!("{PATH}/bad"), 400),
        ] {
            assert_eq!(fresh.ask("GET", &path, None).await.0, status, "{path}");
        }
        assert_eq!(fresh.ask("POST", &format!("{path}/regenerate"), None).await.0, 410);
    }

    #[tokio::test]
    async fn entities_of_one_memory_are_joined_in_the_graph() {
        let fresh = three_facts().await;
        let graph = fresh.ok("GET", &format!("{PATH}/graph"), None).await;
        assert_eq!((&graph["total_entities"], &graph["total_edges"]), (&json!(3), &json!(3)));
        let strong = fresh.ok("GET", &format!("{PATH}/graph?min_count=2"), None).await;
        let [edge] = strong["edges"].as_array().unwrap().as_slice() else { panic!("{strong}") };
        assert_eq!((&edge["data"]["weight"], &edge["data"]["linkType"]), (&json!(2), &json!("cooccurrence")));
        let mut labels: Vec<_> =
            strong["nodes"].as_array().unwrap().iter().map(|node| node["data"]["label"].as_str()).collect();
        labels.sort_unstable();
        assert_eq!(labels, [Some("Ana"), Some("Bob")]);
        let one = fresh.ok("GET", &format!("{PATH}/graph?limit=1"), None).await;
        assert_eq!(one["edges"].as_array().map(Vec::len), Some(1));
    }
}
