//! Mental models over HTTP and their refresh, with and without a language model.

use super::trigger::Mode;
use super::{MentalModel, Newest, after_consolidation, find, insert, put_refresh, run, schedule, table};
use crate::bank::Bank;
use crate::engine::testing::Fresh;
use crate::error::Result;
use crate::llm::scripted::{Scripted, complete};
use crate::recall::testing::{Seed, bank_of};
use crate::time::now_ms;
use crate::work::Job;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const PATH: &str = "/v1/default/banks/b/mental-models";
/// No worker takes up what waits that long.
const NEVER: i64 = i64::MAX / 4;

/// A bank that knows where Ana lives, with a model of that question that was never refreshed.
async fn home(trigger: Value) -> (Fresh, Bank) {
    let (fresh, bank) = bank_of(vec![Seed { tags: vec!["a"], ..Seed::new("Ana lives in Lisbon.") }]).await;
    let model = MentalModel {
        id: "home".into(),
        name: "Home".into(),
        source_query: "Where does Ana live?".into(),
        content: String::new(),
        tags: Vec::new(),
        max_tokens: 2048,
        trigger: super::Trigger::default().with(trigger.as_object().unwrap()).unwrap(),
        reflect_response: None,
        last_refreshed_at: None,
        last_full_refreshed_at: None,
        last_memory_seen_at: None,
        last_refresh_failed_at: None,
        created_at: now_ms(),
        updated_at: now_ms(),
    };
    let mut write = fresh.engine.write().await.unwrap();
    insert(&mut write, &bank, &model).await.unwrap();
    write.commit().await.unwrap();
    (fresh, bank)
}

/// A model that always answers this, citing the first fact.
fn saying(text: &str) -> std::sync::Arc<Scripted> {
    let turn = json!({"tool": "done", "answer": text, "cited": ["f1"]}).to_string();
    Scripted::rule(move |_| Ok(complete(&turn)))
}

/// Refreshes without the worker. What the operation answers, and its row's details.
async fn refresh(fresh: &Fresh, bank: &Bank, mode: Option<Mode>) -> (Result<Value>, Value) {
    let mut write = fresh.engine.write().await.unwrap();
    let id = put_refresh(&mut write, bank, "home", mode, NEVER).await.unwrap().to_string();
    write.commit().await.unwrap();
    let job = Job {
        engine: fresh.engine.clone(),
        id: id.clone(),
        bank: bank.clone(),
        kind: super::KIND.into(),
        payload: json!({"mental_model_id": "home", "mode": mode.map(Mode::word)}),
        cancel: CancellationToken::new(),
    };
    let answer = run(&job).await;
    let details: String = sqlx::query_scalar("SELECT details FROM operation WHERE id = ?1")
        .bind(&id)
        .fetch_one(fresh.engine.read())
        .await
        .unwrap();
    // It was done by hand and waits no more.
    let mut write = fresh.engine.write().await.unwrap();
    sqlx::query("DELETE FROM operation WHERE id = ?1").bind(&id).execute(write.sql()).await.unwrap();
    write.commit().await.unwrap();
    (answer, serde_json::from_str(&details).unwrap())
}

async fn read(fresh: &Fresh) -> Value {
    fresh.ok("GET", &format!("{PATH}/home"), None).await
}

async fn waiting(fresh: &Fresh) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM operation WHERE kind = 'refresh_mental_model'")
        .fetch_one(fresh.engine.read())
        .await
        .unwrap()
}

/// Says that the one memory was written later than anything.
async fn change_the_memory(fresh: &Fresh, bank: &Bank) {
    let mut write = fresh.engine.write().await.unwrap();
    sqlx::query("UPDATE unit SET updated_at = ?1")
        .bind(now_ms() + 60_000)
        .execute(write.sql())
        .await
        .unwrap();
    write.touch(bank.no, 1);
    write.commit().await.unwrap();
}

#[tokio::test]
async fn a_refresh_writes_the_answer_and_keeps_what_stood_there() {
    let (fresh, bank) = home(json!({})).await;
    fresh.engine.set_synthesis(Some(saying("In Lisbon.")));
    let (first, details) = refresh(&fresh, &bank, None).await;
    let first = first.unwrap();
    assert_eq!(
        (&first["outcome"], &first["content_len"], &first["populated_content"]),
        (&json!("content_written"), &json!(11), &json!(true))
    );
    assert_eq!(first["based_on_counts"]["world"], 1);
    assert_eq!(
        details,
        json!({"operation_type": "refresh_mental_model", "outcome": "content_written", "failure_reason": null})
    );
    let model = read(&fresh).await;
    assert_eq!((&model["content"], &model["is_stale"]), (&json!("In Lisbon.\n"), &json!(false)));
    assert_eq!(model["reflect_response"]["based_on"]["world"][0]["text"], "Ana lives in Lisbon.");
    let (second, _) = refresh(&fresh, &bank, None).await;
    assert_eq!(second.unwrap()["outcome"], "content_unchanged");
    let history = fresh.ok("GET", &format!("{PATH}/home/history"), None).await;
    let earlier: Vec<&str> =
        history.as_array().unwrap().iter().map(|entry| entry["previous_content"].as_str().unwrap()).collect();
    assert_eq!(earlier, ["In Lisbon.\n", ""]);
    assert_eq!(
        history[0]["previous_reflect_response"]["based_on"]["world"].as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn without_a_model_a_refresh_fails_and_says_so_and_the_content_stays() {
    let (fresh, bank) = home(json!({})).await;
    fresh.engine.set_synthesis(Some(saying("In Lisbon.")));
    refresh(&fresh, &bank, None).await.0.unwrap();
    fresh.engine.set_synthesis(None);
    let (failed, details) = refresh(&fresh, &bank, None).await;
    assert!(failed.unwrap_err().to_string().starts_with("no model is set"));
    assert_eq!(details["outcome"], "refresh_failed_error");
    let model = read(&fresh).await;
    assert_eq!((&model["content"], &model["last_refresh_failed_at"]), (&json!("In Lisbon.\n"), &Value::Null));
    let history = fresh.ok("GET", &format!("{PATH}/home/history"), None).await;
    assert_eq!(
        (&history[0]["kind"], &history[0]["outcome"]),
        (&json!("failure"), &json!("refresh_failed_error"))
    );
}

#[tokio::test]
async fn a_refusal_holds_back_refreshes_that_begin_by_themselves() {
    let (fresh, bank) = home(json!({"refresh_after_consolidation": true})).await;
    fresh.engine.set_synthesis(Some(Scripted::answers(&[])));
    refresh(&fresh, &bank, None).await.0.unwrap_err();
    assert!(read(&fresh).await["last_refresh_failed_at"].is_string());
    after_consolidation(&fresh.engine, &bank).await.unwrap();
    assert_eq!(waiting(&fresh).await, 0);
}

#[tokio::test]
async fn a_form_that_cannot_be_filled_in_keeps_the_content() {
    let (fresh, bank) = home(json!({"response_schema": {"type": "object", "required": ["city"]}})).await;
    fresh.engine.set_synthesis(Some(saying("In Lisbon.")));
    let (failed, details) = refresh(&fresh, &bank, None).await;
    assert!(failed.is_err());
    assert_eq!(details["outcome"], "refresh_failed_structured_output");
    assert_eq!(read(&fresh).await["content"], "");
}

#[tokio::test]
async fn a_model_goes_stale_by_memories_of_its_own_tags_and_types_only() {
    let (fresh, bank) = home(json!({})).await;
    let mut model = find(fresh.engine.read(), &bank, "home").await.unwrap();
    let newest = Newest::since(fresh.engine.read(), &bank, None).await.unwrap();
    assert!(newest.stale(&model), "it has seen nothing yet");
    model.tags = vec!["a".into()];
    assert!(newest.stale(&model));
    model.tags = vec!["b".into()];
    assert!(!newest.stale(&model));
    model.tags.clear();
    model.trigger =
        super::Trigger::default().with(json!({"fact_types": ["observation"]}).as_object().unwrap()).unwrap();
    assert!(!newest.stale(&model));
}

#[tokio::test]
async fn delta_asks_nobody_while_nothing_is_new() {
    let (fresh, bank) = home(json!({"mode": "delta"})).await;
    let model = saying("In Lisbon.");
    fresh.engine.set_synthesis(Some(model.clone()));
    let tried = fresh.ok("POST", &format!("{PATH}/home/dry-run-refresh"), None).await;
    assert_eq!(
        (&tried["effective_mode"], &tried["mode_fallback_reason"]),
        (&json!("full"), &json!("no_baseline_content"))
    );
    refresh(&fresh, &bank, None).await.0.unwrap();
    let asked = model.times();
    let (kept, _) = refresh(&fresh, &bank, None).await;
    assert_eq!((&kept.unwrap()["outcome"], model.times()), (&json!("content_preserved_no_new_facts"), asked));
    assert_eq!(refresh(&fresh, &bank, Some(Mode::Full)).await.0.unwrap()["outcome"], "content_unchanged");
}

#[tokio::test]
async fn a_dry_run_tells_everything_and_changes_nothing() {
    let (fresh, _) = home(json!({})).await;
    fresh.engine.set_synthesis(Some(saying("In Lisbon.")));
    let before = read(&fresh).await;
    let tried = fresh.ok("POST", &format!("{PATH}/home/dry-run-refresh"), None).await;
    for (field, value) in [
        ("outcome", json!("content_written")),
        ("would_persist", json!(true)),
        ("preview_content", json!("In Lisbon.\n")),
        ("facts", json!({"retrieved": {"world": 1}, "used": {"world": 1}})),
        ("current_content", json!("")),
    ] {
        assert_eq!(tried[field], value, "{field}");
    }
    assert_eq!(tried["scope"]["exclude_mental_model_ids"], json!(["home"]));
    assert!(tried["diff"].as_str().unwrap().contains("+In Lisbon."), "{tried}");
    assert_eq!(tried["trace"]["llm_calls"].as_array().map(Vec::len), Some(1));
    assert_eq!(read(&fresh).await, before);
    fresh.engine.set_synthesis(None);
    assert_eq!(fresh.ask("POST", &format!("{PATH}/home/dry-run-refresh"), None).await.0, 400);
}

#[tokio::test]
async fn a_consolidation_refreshes_what_is_stale_and_wants_it_once() {
    let (fresh, bank) =
        home(json!({"refresh_after_consolidation": true, "min_refresh_interval_seconds": 3600})).await;
    fresh.engine.set_synthesis(Some(saying("In Lisbon.")));
    refresh(&fresh, &bank, None).await.0.unwrap();
    after_consolidation(&fresh.engine, &bank).await.unwrap();
    assert_eq!(waiting(&fresh).await, 0, "nothing is new");
    change_the_memory(&fresh, &bank).await;
    after_consolidation(&fresh.engine, &bank).await.unwrap();
    after_consolidation(&fresh.engine, &bank).await.unwrap();
    assert_eq!(waiting(&fresh).await, 1, "it waits for its hour");
}

#[tokio::test]
async fn a_schedule_that_came_due_while_nothing_ran_is_made_up_for() {
    let (fresh, bank) =
        home(json!({"refresh_cron": "0 6 * * *", "min_refresh_interval_seconds": 360_000})).await;
    fresh.engine.set_synthesis(Some(saying("In Lisbon.")));
    refresh(&fresh, &bank, None).await.0.unwrap();
    change_the_memory(&fresh, &bank).await;
    schedule::come_due(&fresh.engine).await.unwrap();
    let mut model = find(fresh.engine.read(), &bank, "home").await.unwrap();
    let at_once = waiting(&fresh).await;
    // Two days ago: at least one six o'clock has passed since.
    model.last_refreshed_at = Some(now_ms() - 2 * 86_400_000);
    let mut write = fresh.engine.write().await.unwrap();
    table::save(&mut write, &bank, &model).await.unwrap();
    write.commit().await.unwrap();
    schedule::come_due(&fresh.engine).await.unwrap();
    assert_eq!((at_once, waiting(&fresh).await), (0, 1));
}

#[tokio::test]
async fn a_search_within_reflect_finds_other_models_but_never_the_model_itself() {
    let (fresh, bank) = home(json!({})).await;
    let model = saying("In Lisbon.");
    fresh.engine.set_synthesis(Some(model.clone()));
    refresh(&fresh, &bank, None).await.0.unwrap();
    refresh(&fresh, &bank, None).await.0.unwrap();
    assert!(!model.questions()[1].contains("In Lisbon."), "{}", model.questions()[1]);
    let request = json!({"query": "Where is home?", "include": {"facts": {}}});
    let turn = json!({"tool": "done", "answer": "Lisbon.", "cited": ["p1"]}).to_string();
    fresh.engine.set_synthesis(Some(Scripted::answers(&[&turn])));
    let answer = fresh.ok("POST", "/v1/default/banks/b/reflect", Some(request)).await;
    assert_eq!(
        answer["based_on"]["mental_models"],
        json!([{"id": "home", "text": "In Lisbon.\n", "context": "Home"}])
    );
    assert_eq!(answer["based_on"]["memories"], json!([]));
}

#[tokio::test]
async fn a_model_is_made_listed_changed_cleared_and_deleted() {
    let (fresh, bank) = home(json!({"keep_trace": true})).await;
    fresh.engine.set_synthesis(Some(saying("In Lisbon.")));
    refresh(&fresh, &bank, None).await.0.unwrap();
    let listed = fresh.ok("GET", PATH, None).await;
    assert_eq!((&listed["total"], &listed["items"][0]["content"]), (&json!(1), &Value::Null));
    let content = fresh.ok("GET", &format!("{PATH}?detail=content"), None).await;
    assert_eq!(
        (&content["items"][0]["content"], &content["items"][0]["reflect_response"]),
        (&json!("In Lisbon.\n"), &Value::Null)
    );
    let one = format!("{PATH}/home");
    let changed = fresh
        .ok("PATCH", &one, Some(json!({"name": "House", "tags": ["x"], "trigger": {"mode": "delta"}})))
        .await;
    assert_eq!(
        (&changed["name"], &changed["tags"], &changed["trigger"]["mode"]),
        (&json!("House"), &json!(["x"]), &json!("delta"))
    );
    assert_eq!((&changed["trigger"]["keep_trace"], &changed["is_stale"]), (&json!(true), &Value::Null));
    assert!(changed["reflect_response"]["trace"]["tool_calls"].is_array());
    assert_eq!(fresh.ok("GET", &format!("{PATH}?tags=y"), None).await["total"], 0);
    let cleared = fresh.ok("POST", &format!("{one}/clear"), None).await;
    assert_eq!((&cleared["content"], &cleared["name"]), (&json!(""), &json!("House")));
    let again = json!({"id": "home", "name": "Home", "source_query": "Where?"});
    assert_eq!(fresh.ask("POST", PATH, Some(again)).await.0, 409);
    assert_eq!(fresh.ask("PATCH", &one, Some(json!({"max_tokens": 1}))).await.0, 422);
    assert_eq!(fresh.ok("DELETE", &one, None).await, json!({"status": "deleted"}));
    for (method, path) in [
        ("GET", one.clone()),
        ("DELETE", one.clone()),
        ("PATCH", one.clone()),
        ("POST", format!("{one}/refresh")),
        ("GET", format!("{one}/history")),
    ] {
        assert_eq!(fresh.ask(method, &path, None).await.0, 404, "{method} {path}");
    }
}

#[tokio::test]
async fn a_new_model_gets_an_id_and_a_refresh() {
    let fresh = Fresh::open().await;
    let made = fresh.ok("POST", PATH, Some(json!({"name": "Home", "source_query": "Where?"}))).await;
    assert!(made["operation_id"].is_string());
    let path = format!("{PATH}/{}", made["mental_model_id"].as_str().unwrap());
    let model = fresh.ok("GET", &path, None).await;
    assert_eq!(
        (&model["max_tokens"], &model["trigger"]["mode"], &model["is_knowledge_page"]),
        (&json!(2048), &json!("full"), &json!(false))
    );
    assert_eq!(fresh.ask("POST", PATH, Some(json!({"name": "Home"}))).await.0, 422);
}
