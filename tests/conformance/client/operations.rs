//! Asynchronous retain and the operations it makes.

use crate::client::support::{facts, finished, item, retain};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use rearview_domain::BankId;
use rearview_hindsight::*;

fn request(document: &str, text: &str, operation: &str) -> RetainRequest {
    RetainRequest {
        items: vec![item(document, text)],
        r#async: true,
        operation_id: Some(operation.to_owned()),
    }
}

fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

async fn retain_operations(client: &Client, bank: &BankId) -> Vec<Operation> {
    let filter = OperationFilter { kind: Some("batch_retain".into()), ..OperationFilter::default() };
    client.operations(bank, &filter).await.unwrap().operations
}

#[apply(each_server)]
async fn an_async_retain_is_followed_to_its_end_under_our_own_id(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    let id = new_id();
    let answer = client.retain(&bank, &request("d", "Ana sails. Bob swims.", &id)).await.unwrap();
    assert_eq!(answer.operation_id.as_deref(), Some(id.as_str()));
    let operation = finished(&client, &bank, &id).await;
    assert_eq!((operation.id.as_str(), &operation.status), (id.as_str(), &OperationStatus::Completed));
    assert_eq!(facts(&client, &bank, "d").await.len(), 2);
}

#[apply(each_server)]
async fn a_retain_that_is_sent_twice_is_done_once(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    let id = new_id();
    let request = request("d", "Ana sails.", &id);
    client.retain(&bank, &request).await.unwrap();
    let again = client.retain(&bank, &request).await.unwrap();
    assert_eq!(again.operation_id.as_deref(), Some(id.as_str()));
    finished(&client, &bank, &id).await;
    let after = client.retain(&bank, &request).await.unwrap();
    assert_eq!(after.operation_id.as_deref(), Some(id.as_str()));
    assert_eq!(retain_operations(&client, &bank).await.len(), 1);
    assert_eq!(facts(&client, &bank, "d").await.len(), 1);
}

#[apply(each_server)]
async fn an_operation_that_nobody_started_is_a_status_and_no_error(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    retain(&client, &bank, "d", "Ana sails.").await;
    let operation = client.operation(&bank, &new_id()).await.unwrap();
    assert_eq!(operation.status, OperationStatus::NotFound);
    let error = client.operation(&bank, "no-uuid").await.unwrap_err();
    assert!(matches!(error, HindsightError::Invalid { .. }), "{error:?}");
}

#[apply(each_server)]
async fn a_finished_operation_can_be_neither_cancelled_nor_retried(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    let id = new_id();
    client.retain(&bank, &request("d", "Ana sails.", &id)).await.unwrap();
    finished(&client, &bank, &id).await;
    for error in [client.cancel_operation(&bank, &id).await, client.retry_operation(&bank, &id).await] {
        assert!(matches!(error, Err(HindsightError::Conflict(_))), "{error:?}");
    }
}

#[apply(each_server)]
async fn operations_are_listed_by_kind_and_state(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    let id = new_id();
    client.retain(&bank, &request("d", "Ana sails.", &id)).await.unwrap();
    finished(&client, &bank, &id).await;
    let listed = retain_operations(&client, &bank).await;
    let [operation] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((operation.id.as_str(), operation.kind.as_deref()), (id.as_str(), Some("batch_retain")));
    let failed = OperationFilter { status: Some(OperationStatus::Failed), ..OperationFilter::default() };
    assert_eq!(client.operations(&bank, &failed).await.unwrap().total, Some(0));
}
