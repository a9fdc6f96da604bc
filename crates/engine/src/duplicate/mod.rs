//! Cloning a bank: an operation that copies it table by table under a hidden id and gives it its own at the end.
//!
//! A half clone is never seen: until the last step its id begins with an underscore, which no bank may have.
//! After a crash the operation begins anew and removes what it finds. Asked for by `http/banks`, run by `work`.

mod copy;

use crate::bank::{self, Bank};
use crate::curate::clear;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::time::now_ms;
use crate::work::Job;
use crate::work::queue::{self, NewOperation};
use rearview_domain::fault;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// The operation's kind (hindsight 1.1).
pub(crate) const KIND: &str = "clone_bank";

/// What is copied where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) target_bank_id: String,
    /// Memories, documents, mental models.
    pub(crate) include_data: bool,
    /// What the bank overrides, its name and its directives.
    pub(crate) include_bank_config: bool,
    /// The audit log and the requests to models.
    pub(crate) include_history: bool,
}

/// Puts the operation in.
///
/// # Errors
/// 400 when the target's id is none, is taken, or is about to be taken by another clone.
pub(crate) async fn start(engine: &Engine, bank: &Bank, plan: &Plan) -> Result<Uuid> {
    let target = &plan.target_bank_id;
    bank::check_id(target)?;
    let mut write = engine.write().await?;
    let coming: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM operation WHERE kind = ?1 AND state IN ('pending', 'processing') \
         AND json_extract(payload, '$.target_bank_id') = ?2)",
    )
    .bind(KIND)
    .bind(target)
    .fetch_one(write.sql())
    .await
    .map_err(during("look for clones"))?;
    if coming || bank::look(write.sql(), target).await?.is_some() {
        return Err(taken(target));
    }
    let operation = NewOperation { kind: KIND, items: 1, payload: json!(plan), ..NewOperation::default() };
    let id = queue::put(&mut write, bank, &operation).await?;
    write.commit().await?;
    engine.worker().wake();
    Ok(id)
}

fn taken(target: &str) -> EngineError {
    EngineError::bad_request(format!("Target bank '{target}' already exists; a clone needs a new id"))
}

/// Does the operation. Answers what was copied.
pub(crate) async fn run(job: &Job) -> Result<Value> {
    if let Some(done) = queue::done(&job.payload) {
        return Ok(done);
    }
    let plan: Plan = serde_json::from_value(job.payload.clone())
        .map_err(|error| EngineError::bad_request(format!("The clone's plan cannot be read: {error}")))?;
    let hidden = format!("_clone_{}", job.id);
    remove_half(&job.engine, &hidden).await?;
    let done = copy_all(job, &plan, &hidden).await;
    if done.is_err() && !job.engine.worker().is_stopping() {
        remove_half(&job.engine, &hidden).await?;
    }
    done
}

async fn remove_half(engine: &Engine, hidden: &str) -> Result<()> {
    if let Some(half) = bank::look(engine.read(), hidden).await? {
        clear::bank(engine, &half).await?;
    }
    Ok(())
}

async fn copy_all(job: &Job, plan: &Plan, hidden: &str) -> Result<Value> {
    let copy = copy::Copy::begin(job, plan, hidden).await?;
    let mut counts = copy::Counts::default();
    if plan.include_data {
        copy.documents(&mut counts).await?;
        copy.entities().await?;
        copy.units(&mut counts).await?;
        copy.ties().await?;
        copy.models(&mut counts).await?;
    }
    if plan.include_bank_config {
        copy.directives(&mut counts).await?;
    }
    if plan.include_history {
        copy.logs(&mut counts).await?;
    }
    fault::point("engine.duplicate.before_rename");
    let target = &plan.target_bank_id;
    let mut write = job.engine.write().await?;
    if bank::look(write.sql(), target).await?.is_some() {
        return Err(taken(target));
    }
    for sql in
        ["DELETE FROM clone_map WHERE target = ?1 AND ?2 <> ''", "UPDATE bank SET id = ?2 WHERE no = ?1"]
    {
        sqlx::query(sql)
            .bind(copy.target)
            .bind(target)
            .execute(write.sql())
            .await
            .map_err(during("finish a clone"))?;
    }
    let done = json!({
        "target_bank_id": target,
        "restored_bank_id": target,
        "archive_byte_size": 0,
        "facts_imported": counts.facts,
        "observations_imported": counts.observations,
        "invalidated_memories_imported": counts.invalidated,
        "documents_imported": counts.documents,
        "mental_models_imported": counts.models,
        "mental_model_history_imported": counts.model_history,
        "directives_imported": counts.directives,
        "history_rows_imported": counts.history,
        "knowledge_pages_imported": 0,
        "webhooks_imported": 0,
        "attachments_imported": 0,
        "operations_imported": 0,
        "maintenance_queue_rows_imported": 0,
        "finished_at": crate::time::iso(now_ms()),
    });
    queue::note_done(&mut write, &job.id, &done).await?;
    write.commit().await?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::Fresh;
    use crate::listing::given::{fact, observed, put};
    use crate::unit::NewUnit;
    use serde_json::{Value, json};
    use std::time::Duration;

    /// Asks for a clone and waits for its end: the operation's state and result.
    async fn cloned(fresh: &Fresh, query: &str) -> (String, Value) {
        let started = fresh.ok("POST", &format!("/v1/default/banks/b/clone?{query}"), None).await;
        let id = started["operation_id"].as_str().unwrap().to_owned();
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        let waiting = async {
            loop {
                ticks.tick().await;
                let (state, result): (String, Option<String>) =
                    sqlx::query_as("SELECT state, result FROM operation WHERE id = ?1")
                        .bind(&id)
                        .fetch_one(fresh.engine.read())
                        .await
                        .unwrap();
                if state == "completed" || state == "failed" {
                    return (state, serde_json::from_str(&result.unwrap_or_default()).unwrap_or_default());
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("the clone ends")
    }

    async fn with_bank() -> Fresh {
        let fresh = Fresh::open().await;
        fresh.ok("PUT", "/v1/default/banks/b", Some(json!({"retain_mission": "names"}))).await;
        let sails = NewUnit { vector: Some(vec![1.0, 0.0]), tags: vec!["t".into()], ..fact("Ana sails.") };
        let facts: Vec<(NewUnit, &[&str])> = vec![(sails, &["Ana"]), (fact("The sea is wide."), &[])];
        let numbers = put(&fresh, facts).await;
        observed(&fresh, "Ana is a sailor.", &numbers).await;
        let list = fresh.ok("GET", "/v1/default/banks/b/memories/list?q=sails", None).await;
        let path = format!("/v1/default/banks/b/memories/{}", list["items"][0]["id"].as_str().unwrap());
        let mut write = fresh.engine.write().await.unwrap();
        sqlx::query("INSERT INTO link (src, dst, kind) VALUES (?1, ?2, 'caused_by')")
            .bind(numbers[0])
            .bind(numbers[1])
            .execute(write.sql())
            .await
            .unwrap();
        crate::curate::history::keep(&mut write, numbers[0], "edited", 3_000_000, &[]).await.unwrap();
        write.commit().await.unwrap();
        assert_eq!(
            fresh.ok("GET", &format!("{path}/history?versions=true"), None).await.as_array().map(Vec::len),
            Some(1)
        );
        fresh
    }

    #[tokio::test]
    async fn a_clone_has_everything_under_ids_of_its_own() {
        let fresh = with_bank().await;
        let (state, result) = cloned(&fresh, "target_bank_id=c").await;
        assert_eq!(
            (state.as_str(), &result["facts_imported"], &result["observations_imported"]),
            ("completed", &json!(2), &json!(1))
        );
        let list = async |bank: &str| {
            let mut list = fresh.ok("GET", &format!("/v1/default/banks/{bank}/memories/list"), None).await;
            let items = list["items"].as_array_mut().unwrap();
            items.sort_by_key(|item| item["text"].to_string());
            items.clone()
        };
        let (old, new) = (list("b").await, list("c").await);
        assert_eq!(old.len(), new.len());
        for (old, new) in old.iter().zip(&new) {
            assert_ne!(old["id"], new["id"]);
            for same in ["text", "tags", "entities", "mentioned_at", "consolidated_at", "origin"] {
                assert_eq!(old[same], new[same], "{same}");
            }
        }
        assert_eq!(new[0]["source_memory_ids"].as_array().map(Vec::len), Some(2));
        let history =
            format!("/v1/default/banks/c/memories/{}/history?versions=true", new[1]["id"].as_str().unwrap());
        assert_eq!(fresh.ok("GET", &history, None).await[0]["previous_text"], "Ana sails.");
        let graph = fresh.ok("GET", "/v1/default/banks/c/graph", None).await;
        assert!(graph.to_string().contains("caused_by"), "{graph}");
        let config = fresh.ok("GET", "/v1/default/banks/c/config", None).await;
        assert_eq!(config["overrides"], json!({"retain_mission": "names"}));
        let words: i64 =
            sqlx::query_scalar("SELECT count(*) FROM keyword_2 WHERE keyword_2 MATCH 'sailor OR sails'")
                .fetch_one(fresh.engine.read())
                .await
                .unwrap();
        let vectors: i64 =
            sqlx::query_scalar("SELECT count(*) FROM vector").fetch_one(fresh.engine.read()).await.unwrap();
        assert_eq!((words, vectors), (2, 2));
    }

    #[tokio::test]
    async fn a_clone_may_leave_out_memories_or_settings() {
        let fresh = with_bank().await;
        cloned(&fresh, "target_bank_id=c&include_data=false").await;
        assert_eq!(fresh.ok("GET", "/v1/default/banks/c/stats", None).await["total_nodes"], 0);
        cloned(&fresh, "target_bank_id=d&include_bank_config=false").await;
        assert_eq!(fresh.ok("GET", "/v1/default/banks/d/config", None).await["overrides"], json!({}));
        assert_eq!(fresh.ok("GET", "/v1/default/banks/d/stats", None).await["total_nodes"], 3);
    }

    #[tokio::test]
    async fn a_target_that_exists_is_refused_and_one_has_to_be_named() {
        let fresh = with_bank().await;
        for (query, status) in [("target_bank_id=b", 400), ("target_bank_id=_x", 400), ("", 422)] {
            let path = format!("/v1/default/banks/b/clone?{query}");
            assert_eq!(fresh.ask("POST", &path, None).await.0, status, "{query}");
        }
    }

    #[tokio::test]
    async fn a_half_clone_of_an_earlier_run_is_not_listed_and_is_begun_anew() {
        let fresh = with_bank().await;
        let mut write = fresh.engine.write().await.unwrap();
        let id = uuid::Uuid::new_v4();
        sqlx::query("INSERT INTO bank (id, created_at, updated_at) VALUES (?1, 0, 0)")
            .bind(format!("_clone_{id}"))
            .execute(write.sql())
            .await
            .unwrap();
        write.commit().await.unwrap();
        assert_eq!(fresh.ok("GET", "/v1/default/banks", None).await["total"], 1);
        let bank = crate::bank::find(fresh.engine.read(), "b").await.unwrap();
        let mut write = fresh.engine.write().await.unwrap();
        let plan = super::Plan {
            target_bank_id: "c".into(),
            include_data: true,
            include_bank_config: true,
            include_history: true,
        };
        let new = crate::work::queue::NewOperation {
            id: Some(id),
            kind: super::KIND,
            payload: json!(plan),
            ..Default::default()
        };
        crate::work::queue::put(&mut write, &bank, &new).await.unwrap();
        write.commit().await.unwrap();
        fresh.engine.worker().wake();
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        let listed = async {
            loop {
                ticks.tick().await;
                let listed = fresh.ok("GET", "/v1/default/banks?q=c", None).await;
                if listed["total"] == 1 {
                    return listed["banks"][0]["fact_count"].clone();
                }
            }
        };
        let count = tokio::time::timeout(Duration::from_secs(20), listed).await.expect("the clone is listed");
        assert_eq!(count, 3);
    }
}
