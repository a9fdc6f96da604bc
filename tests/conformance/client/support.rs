//! What every module of the suite needs: words to retain, facts to look at, operations to wait for.

use rearview_domain::{BankId, DocumentId};
use rearview_hindsight::*;
use std::time::Duration;

/// A text as a turn hands it in.
pub fn item(document: &str, text: &str) -> RetainItem {
    RetainItem {
        content: format!("USER: {text}\n\nASSISTANT: Noted."),
        document_id: Some(document.into()),
        ..RetainItem::default()
    }
}

/// Retains a text and waits for the server to have extracted it.
pub async fn retain(client: &Client, bank: &BankId, document: &str, text: &str) {
    let request = RetainRequest { items: vec![item(document, text)], ..RetainRequest::default() };
    let answer = client.retain(bank, &request).await.unwrap();
    assert_eq!((answer.success, answer.items_count), (Some(true), Some(1)));
}

/// The facts of a document, observations not counted.
pub async fn facts(client: &Client, bank: &BankId, document: &str) -> Vec<Fact> {
    let filter = MemoryFilter { document_id: Some(DocumentId::from(document)), ..MemoryFilter::default() };
    client.memories(bank, &filter).await.unwrap().items
}

/// A recall request with the trace.
pub fn query(text: &str) -> RecallRequest {
    RecallRequest { query: text.into(), trace: Some(true), ..RecallRequest::default() }
}

/// Asks until an operation changes no more by itself. The server's worker looks for work twice a second.
pub async fn finished(client: &Client, bank: &BankId, id: &str) -> Operation {
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    let polling = async {
        loop {
            ticks.tick().await;
            let operation = client.operation(bank, id).await.unwrap();
            if operation.status.is_final() {
                return operation;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), polling).await.expect("the operation ends within a minute")
}
