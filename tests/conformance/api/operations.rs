//! Background operations: asynchronous retain, its parents and children, cancel, retry, delete.

use crate::bank::{Bank, strings};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

async fn retain_later(bank: &Bank, document: &str, operation: Option<&str>) -> Value {
    let items = json!([{"content": "Ana sails.", "document_id": document}]);
    bank.post("/memories", json!({"items": items, "async": true, "operation_id": operation})).await.ok()
}

fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

#[apply(each_server)]
async fn an_asynchronous_retain_answers_with_its_operation(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let answer = retain_later(&bank, "d", None).await;
    assert_eq!(
        (&answer["async"], &answer["success"], &answer["items_count"]),
        (&json!(true), &json!(true), &json!(1))
    );
    assert_eq!(answer["usage"], Value::Null);
    let operation = bank.completed(&answer).await;
    assert_eq!(operation["operation_type"], "batch_retain");
    assert_eq!(
        (&operation["id"], &operation["task_type"]),
        (&operation["operation_id"], &operation["operation_type"])
    );
    assert!(operation["completed_at"].is_string());
    assert_eq!((&operation["error_message"], &operation["retry_count"]), (&Value::Null, &json!(0)));
    assert_eq!(bank.memories("document_id=d").await.len(), 1);
}

#[apply(each_server)]
async fn a_batch_has_children_that_retained(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let answer = retain_later(&bank, "d", None).await;
    let parent = bank.completed(&answer).await;
    let children = parent["child_operations"].as_array().unwrap();
    let [child] = children.as_slice() else { panic!("{parent}") };
    assert_eq!(
        (&child["status"], &child["sub_batch_index"], &child["items_count"]),
        (&json!("completed"), &json!(1), &json!(1))
    );
    let alone = bank.get(&format!("/operations/{}", child["operation_id"].as_str().unwrap())).await.ok();
    assert_eq!((&alone["operation_type"], &alone["child_operations"]), (&json!("retain"), &Value::Null));
}

#[apply(each_server)]
async fn an_operation_keeps_the_id_it_was_given(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let id = new_id();
    let answer = retain_later(&bank, "d", Some(&id)).await;
    assert_eq!(answer["operation_id"], id);
    assert_eq!(bank.completed(&answer).await["operation_id"], id);
}

#[apply(each_server)]
async fn the_same_id_again_starts_nothing(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let id = new_id();
    let answer = retain_later(&bank, "d", Some(&id)).await;
    assert_eq!(retain_later(&bank, "d", Some(&id)).await["operation_id"], id, "while it runs");
    bank.completed(&answer).await;
    assert_eq!(retain_later(&bank, "d", Some(&id)).await["operation_id"], id, "when it is done");
    assert_eq!(bank.get("/operations?type=batch_retain").await.ok()["total"], 1);
    assert_eq!(bank.memories("").await.len(), 1);
}

#[apply(each_server)]
async fn an_id_of_another_bank_is_a_conflict(subject: Subject) {
    let (one, other) = (subject.bank_without_model().await, subject.bank_without_model().await);
    let id = new_id();
    let answer = retain_later(&one, "d", Some(&id)).await;
    one.completed(&answer).await;
    let items = json!([{"content": "Ana sails.", "document_id": "d"}]);
    other.post("/memories", json!({"items": items, "async": true, "operation_id": id})).await.refused(409);
}

#[apply(each_server)]
async fn an_id_that_is_no_uuid_is_invalid(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let request = json!({"items": [{"content": "Ana sails."}], "async": true, "operation_id": "mine"});
    assert_eq!(bank.post("/memories", request).await.invalid_at(), "body.operation_id");
}

#[apply(each_server)]
async fn an_operation_nobody_started_is_a_status(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let id = new_id();
    let operation = bank.get(&format!("/operations/{id}")).await.ok();
    assert_eq!((&operation["status"], &operation["operation_id"]), (&json!("not_found"), &json!(id)));
    bank.get("/operations/no-uuid").await.refused(400);
}

#[apply(each_server)]
async fn a_finished_operation_is_neither_cancelled_nor_retried(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let answer = retain_later(&bank, "d", None).await;
    bank.completed(&answer).await;
    let path = format!("/operations/{}", answer["operation_id"].as_str().unwrap());
    bank.delete(&path).await.refused(409);
    bank.start(&format!("{path}/retry")).await.refused(409);
}

#[apply(each_server)]
async fn an_operation_nobody_started_is_not_there_to_be_changed(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let path = format!("/operations/{}", new_id());
    bank.delete(&path).await.refused(404);
    bank.start(&format!("{path}/retry")).await.refused(404);
    bank.delete(&format!("{path}/delete")).await.refused(404);
}

#[apply(each_server)]
async fn the_record_of_a_finished_operation_can_be_deleted(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let answer = retain_later(&bank, "d", None).await;
    bank.completed(&answer).await;
    let id = answer["operation_id"].as_str().unwrap();
    let deleted = bank.delete(&format!("/operations/{id}/delete")).await.ok();
    assert_eq!((&deleted["success"], &deleted["operation_id"]), (&json!(true), &json!(id)));
    assert_eq!(bank.get(&format!("/operations/{id}")).await.ok()["status"], "not_found");
    assert_eq!(bank.memories("").await.len(), 1, "what it retained stays");
}

#[apply(each_server)]
async fn operations_are_listed_newest_first_in_pages(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let mut ids = Vec::new();
    for document in ["a", "b", "c"] {
        let answer = retain_later(&bank, document, None).await;
        bank.completed(&answer).await;
        ids.push(answer["operation_id"].as_str().unwrap().to_owned());
    }
    ids.reverse();
    let page = bank.get("/operations?type=batch_retain").await.ok();
    assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(3), &json!(20), &json!(0)));
    assert_eq!((&page["bank_id"], strings(&page["operations"], "id")), (&json!(bank.id), ids.clone()));
    let second = bank.get("/operations?type=batch_retain&limit=1&offset=1").await.ok();
    assert_eq!(strings(&second["operations"], "id"), ids[1..2]);
    assert_eq!(bank.get("/operations?limit=101").await.invalid_at(), "query.limit");
    assert_eq!(bank.get("/operations?limit=0").await.invalid_at(), "query.limit");
}

#[apply(each_server)]
async fn operations_are_filtered_by_state_and_type(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let answer = retain_later(&bank, "d", None).await;
    bank.completed(&answer).await;
    let total =
        async |query: &str| bank.get(&format!("/operations?{query}")).await.ok()["total"].as_u64().unwrap();
    assert_eq!(total("type=batch_retain&status=completed").await, 1);
    assert_eq!(total("type=retain&status=completed").await, 1);
    assert_eq!(total("status=failed").await, 0);
    assert_eq!(total("type=nonsense").await, 0);
    assert_eq!(total("type=batch_retain&exclude_parents=true").await, 0);
}

#[apply(each_server)]
async fn an_operation_shows_what_it_was_told_only_when_asked(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let answer = retain_later(&bank, "d", None).await;
    let parent = bank.completed(&answer).await;
    let child = parent["child_operations"][0]["operation_id"].as_str().unwrap();
    assert_eq!(bank.get(&format!("/operations/{child}")).await.ok()["task_payload"], Value::Null);
    bank.get(&format!("/operations/{child}?include_payload=true")).await.ok();
}

#[apply(each_server)]
async fn a_bank_that_does_not_exist_has_no_operations(subject: Subject) {
    subject.new_bank().get("/operations").await.refused(404);
}
