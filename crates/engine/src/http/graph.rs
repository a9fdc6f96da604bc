//! The graph of memories.

use super::read::{Params, page};
use crate::bank;
use crate::engine::Engine;
use crate::error::Result;
use crate::listing::graph::{self, Graph};
use crate::listing::memories::Filter;
use crate::listing::tagged::{Tagged, TagsMatch};
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;

pub(super) fn routes() -> Router<Engine> {
    Router::new().route("/v1/default/banks/{bank}/graph", get(draw))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(rename = "type")]
    kind: Option<String>,
    limit: Option<i64>,
    q: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    tags_match: Option<TagsMatch>,
    document_id: Option<String>,
    chunk_id: Option<String>,
}

async fn draw(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Params(asked): Params<Asked>,
) -> Result<Json<Graph>> {
    let (limit, _) = page(asked.limit, None, 1000, i64::MAX)?;
    let mode = asked.tags_match.unwrap_or(TagsMatch::AllStrict);
    let filter = Filter {
        kind: asked.kind,
        q: asked.q.unwrap_or_default(),
        document_id: asked.document_id,
        chunk_id: asked.chunk_id,
        tagged: Tagged::of(&asked.tags, mode, None)?,
        ..Filter::default()
    };
    let bank = bank::find(engine.read(), &id).await?;
    Ok(Json(graph::draw(engine.read(), &bank, &filter, limit).await?))
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::Fresh;
    use crate::listing::given::{fact, observed, put};
    use crate::unit::NewUnit;
    use serde_json::{Value, json};

    const PATH: &str = "/v1/default/banks/b/graph";

    fn kinds(graph: &Value) -> Vec<&str> {
        let mut kinds: Vec<_> = graph["edges"]
            .as_array()
            .unwrap()
            .iter()
            .map(|edge| edge["data"]["linkType"].as_str().unwrap())
            .collect();
        kinds.sort_unstable();
        kinds
    }

    #[tokio::test]
    async fn memories_are_joined_by_time_meaning_entity_and_cause() {
        let fresh = Fresh::open().await;
        let encoded = |text: &str, at: i64, vector: [f32; 2]| NewUnit {
            mentioned_at: Some(at),
            vector: Some(vector.to_vec()),
            ..fact(text)
        };
        let day = 86_400_000;
        let facts: Vec<(NewUnit, &[&str])> = vec![
            (encoded("Ana broke the mast of the boat she had.", 0, [1.0, 0.0]), &["Ana"]),
            (encoded("Ana buys a boat.", 3 * day, [0.8, 0.6]), &["Ana", "Bob"]),
            (encoded("It rains.", 3 * day + 1, [0.0, 1.0]), &[]),
        ];
        let numbers = put(&fresh, facts).await;
        let mut write = fresh.engine.write().await.unwrap();
        sqlx::query("INSERT INTO link (src, dst, kind) VALUES (?1, ?2, 'caused_by')")
            .bind(numbers[1])
            .bind(numbers[0])
            .execute(write.sql())
            .await
            .unwrap();
        write.commit().await.unwrap();
        let graph = fresh.ok("GET", PATH, None).await;
        assert_eq!(kinds(&graph), ["caused_by", "entity", "semantic", "temporal"]);
        let node = &graph["nodes"][2]["data"];
        assert_eq!(node["label"], "Ana broke the mast of the boat...");
        assert_eq!(
            (&graph["total_units"], &graph["nodes"][0]["data"]["entities"]),
            (&json!(3), &json!("None"))
        );
        let row = &graph["table_rows"][1];
        assert_eq!((&row["context"], &row["entities"]), (&json!("N/A"), &json!("Ana, Bob")));
        assert_eq!(row["date"], "1970-01-04 00:00");
    }

    #[tokio::test]
    async fn an_observation_is_joined_by_the_entities_of_its_facts() {
        let fresh = Fresh::open().await;
        let numbers = put(&fresh, vec![(fact("Ana sails."), &["Ana"])]).await;
        observed(&fresh, "Ana is a sailor.", &numbers).await;
        let graph = fresh.ok("GET", PATH, None).await;
        assert!(kinds(&graph).contains(&"entity"), "{graph}");
    }

    #[tokio::test]
    async fn a_page_is_drawn_and_all_are_counted() {
        let fresh = Fresh::open().await;
        put(&fresh, vec![(fact("Ana sails."), &["Ana"]), (fact("Ana rows."), &["Ana"])]).await;
        let graph = fresh.ok("GET", &format!("{PATH}?limit=1&type=world"), None).await;
        assert_eq!(graph["nodes"].as_array().map(Vec::len), Some(1));
        assert_eq!((&graph["edges"], &graph["total_units"]), (&json!([]), &json!(2)));
        let none = fresh.ok("GET", &format!("{PATH}?q=rows&type=observation"), None).await;
        assert_eq!(none["total_units"], 0);
    }
}
