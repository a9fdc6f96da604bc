//! A bank of the server under test, with shorthands for what most tests do first: retain, recall, look, wait.

use crate::subject::{Answer, Subject};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

/// How long an operation may take before a test gives up, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often is asked meanwhile.
const INTERVAL: Duration = Duration::from_millis(50);

/// A bank by its id, whether or not it exists.
#[derive(Clone)]
pub struct Bank {
    /// The server that it is on.
    pub subject: Subject,
    /// The id as it is, not encoded.
    pub id: String,
}

/// A part of a path, so that every sign in it arrives as it is.
pub fn encoded(part: &str) -> String {
    utf8_percent_encode(part, NON_ALPHANUMERIC).to_string()
}

impl Bank {
    /// The path of the bank with `rest` behind it.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/default/banks/{}{rest}", encoded(&self.id))
    }

    /// Reads below the bank.
    pub async fn get(&self, rest: &str) -> Answer {
        self.subject.get(&self.path(rest)).await
    }

    /// Posts below the bank.
    pub async fn post(&self, rest: &str, body: Value) -> Answer {
        self.subject.post(&self.path(rest), body).await
    }

    /// Posts without a body below the bank.
    pub async fn start(&self, rest: &str) -> Answer {
        self.subject.send(Method::POST, &self.path(rest), None).await
    }

    /// Puts below the bank.
    pub async fn put(&self, rest: &str, body: Value) -> Answer {
        self.subject.send(Method::PUT, &self.path(rest), Some(&body)).await
    }

    /// Patches below the bank.
    pub async fn patch(&self, rest: &str, body: Value) -> Answer {
        self.subject.send(Method::PATCH, &self.path(rest), Some(&body)).await
    }

    /// Deletes below the bank.
    pub async fn delete(&self, rest: &str) -> Answer {
        self.subject.send(Method::DELETE, &self.path(rest), None).await
    }

    /// Overrides settings.
    pub async fn configure(&self, updates: Value) -> Value {
        self.patch("/config", json!({"updates": updates})).await.ok()
    }

    /// Retains items and waits for them.
    pub async fn retain(&self, items: Value) -> Value {
        self.post("/memories", json!({"items": items})).await.ok()
    }

    /// Retains one text as one document.
    pub async fn say(&self, document: &str, content: &str) -> Value {
        self.retain(json!([{"content": content, "document_id": document}])).await
    }

    /// The answer to a recall.
    pub async fn recall(&self, request: Value) -> Value {
        self.post("/memories/recall", request).await.ok()
    }

    /// The texts that a recall finds, in order.
    pub async fn recalled(&self, request: Value) -> Vec<String> {
        texts(&self.recall(request).await["results"])
    }

    /// The memories of a list query, such as `type=world`.
    pub async fn memories(&self, query: &str) -> Vec<Value> {
        self.items(&format!("/memories/list?{query}")).await
    }

    /// The one memory of a list query.
    pub async fn memory(&self, query: &str) -> Value {
        let mut memories = self.memories(query).await;
        assert_eq!(memories.len(), 1, "{query}: {memories:?}");
        memories.remove(0)
    }

    /// The items of a list.
    pub async fn items(&self, rest: &str) -> Vec<Value> {
        self.get(rest).await.ok()["items"].as_array().unwrap_or_else(|| panic!("{rest} has items")).clone()
    }

    /// The operation behind an answer, when it changes no more by itself.
    pub async fn done(&self, answer: &Value) -> Value {
        let id = answer["operation_id"].as_str().unwrap_or_else(|| panic!("no operation in {answer}"));
        let mut ticks = tokio::time::interval(INTERVAL);
        let polling = async {
            loop {
                ticks.tick().await;
                let operation = self.get(&format!("/operations/{id}")).await.ok();
                if !matches!(operation["status"].as_str(), Some("pending" | "processing")) {
                    return operation;
                }
            }
        };
        tokio::time::timeout(PATIENCE, polling).await.unwrap_or_else(|_| panic!("operation {id} never ends"))
    }

    /// The operation behind an answer, completed.
    pub async fn completed(&self, answer: &Value) -> Value {
        let operation = self.done(answer).await;
        assert_eq!(operation["status"], "completed", "{operation}");
        operation
    }

    /// The bank's numbers when nothing is under way and every fact was looked at for observations.
    pub async fn idle(&self) -> Value {
        let mut ticks = tokio::time::interval(INTERVAL);
        let polling = async {
            loop {
                ticks.tick().await;
                let stats = self.get("/stats?refresh=true").await.ok();
                let under_way = |state| stats["operations_by_status"][state].as_u64().unwrap_or_default() > 0;
                if stats["pending_consolidation"] == 0 && !under_way("pending") && !under_way("processing") {
                    return stats;
                }
            }
        };
        tokio::time::timeout(PATIENCE, polling).await.unwrap_or_else(|_| panic!("{} is never idle", self.id))
    }
}

/// The `text` of each, in order.
pub fn texts(items: &Value) -> Vec<String> {
    strings(items, "text")
}

/// The text of one field of each, in order.
pub fn strings(items: &Value, field: &str) -> Vec<String> {
    let items = items.as_array().unwrap_or_else(|| panic!("no list: {items}"));
    let text =
        |item: &Value| item[field].as_str().unwrap_or_else(|| panic!("no {field} in {item}")).to_owned();
    items.iter().map(text).collect()
}

/// The text of one field of each, sorted.
pub fn sorted(items: &[Value], field: &str) -> Vec<String> {
    let mut texts = strings(&json!(items), field);
    texts.sort();
    texts
}

/// The names of an object's keys, sorted.
pub fn keys(object: &Value) -> Vec<&str> {
    let object = object.as_object().unwrap_or_else(|| panic!("no object: {object}"));
    let mut keys: Vec<_> = object.keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}
