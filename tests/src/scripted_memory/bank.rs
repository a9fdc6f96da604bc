//! What a scripted memory server holds: facts it was told to find, documents, operations.

use super::Call;
use super::mood::Endpoint;
use serde_json::{Value, json};
use std::collections::HashMap;

/// A document that it holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its bank.
    pub bank: String,
    /// Its id.
    pub id: String,
    /// The item as it was retained.
    pub item: Value,
    /// How many different operations have stored it since it was made.
    pub stored: usize,
}

/// All banks. Each exists unless it is taken away.
#[derive(Debug)]
pub(super) struct Banks {
    facts: HashMap<String, Vec<Value>>,
    /// Facts that no recall finds; they are read by their ids.
    held: HashMap<String, Vec<Value>>,
    reflection: (String, Value),
    /// What reflect says that its answer is based on.
    based_on: Value,
    documents: Vec<Stored>,
    operations: HashMap<String, String>,
    ends: String,
    /// What the audit log holds, the newest first; `None` is off.
    audit: Option<Vec<Value>>,
    llm_requests: Vec<Value>,
}

impl Default for Banks {
    fn default() -> Self {
        Self {
            facts: HashMap::new(),
            held: HashMap::new(),
            reflection: (String::new(), Value::Null),
            based_on: json!({"memories": [{"id": "fact-1", "text": "a fact", "type": "world"}]}),
            documents: Vec::new(),
            operations: HashMap::new(),
            ends: "completed".to_owned(),
            audit: None,
            llm_requests: Vec::new(),
        }
    }
}

impl Banks {
    pub(super) fn know(&mut self, bank: &str, facts: &[&str]) {
        let facts = facts.iter().enumerate().map(|(at, text)| {
            json!({"id": format!("fact-{}", at + 1), "text": text, "type": "world", "entities": [],
                   "scores": {"final": 1.0, "semantic": 0.5}})
        });
        self.facts.insert(bank.to_owned(), facts.collect());
    }

    pub(super) fn hold(&mut self, bank: &str, fact: Value) {
        self.held.entry(bank.to_owned()).or_default().push(fact);
    }

    pub(super) fn reflect(&mut self, text: &str, structured: Value) {
        self.reflection = (text.to_owned(), structured);
    }

    pub(super) fn base(&mut self, based_on: Value) {
        self.based_on = based_on;
    }

    pub(super) fn audit(&mut self, entries: Option<Vec<Value>>) {
        self.audit = entries;
    }

    pub(super) fn models(&mut self, calls: Vec<Value>) {
        self.llm_requests = calls;
    }

    pub(super) fn operations_end(&mut self, status: &str) {
        status.clone_into(&mut self.ends);
    }

    pub(super) fn lose(&mut self) {
        self.documents.clear();
        self.operations.clear();
    }

    pub(super) fn documents(&self) -> Vec<Stored> {
        self.documents.clone()
    }

    /// What a good server answers.
    pub(super) fn answer(&mut self, call: &Call, segments: &[&str]) -> (u16, Value) {
        match (call.endpoint, segments) {
            (Endpoint::Version, ["version"]) => (200, json!({"api_version": "1.1.0", "features": {}})),
            (Endpoint::Version, ["health"]) => (200, json!({"status": "healthy", "database": "connected"})),
            (Endpoint::Banks, _) => self.list(),
            (Endpoint::Recall, _) => self.recall(call),
            (Endpoint::Reflect, _) => {
                let (text, structured) = &self.reflection;
                (
                    200,
                    json!({"text": text, "structured_output": structured, "based_on": self.based_on,
                             "trace": {"tool_calls": []}}),
                )
            }
            (Endpoint::Retain, _) => self.retain(call),
            (Endpoint::Operation, [.., id]) => {
                let status = self.operations.get(*id).map_or("not_found", String::as_str);
                let said = (status == "failed").then_some("the model was not to be had");
                (
                    200,
                    json!({"operation_id": id, "operation_type": "batch_retain", "status": status,
                             "error_message": said}),
                )
            }
            (Endpoint::RetryOperation, [.., id, _]) => {
                self.operations.insert((*id).to_owned(), self.ends.clone());
                (200, json!({"success": true, "operation_id": id}))
            }
            (Endpoint::Document, [.., id]) => match self.find(&call.bank, id) {
                Some(at) => {
                    let text = self.documents[at].item["content"].clone();
                    (200, json!({"id": id, "bank_id": call.bank, "original_text": text}))
                }
                None => (404, json!({"detail": "Document not found"})),
            },
            (Endpoint::DeleteDocument, [.., id]) => match self.find(&call.bank, id) {
                Some(at) => {
                    self.documents.remove(at);
                    (200, json!({"success": true, "memory_units_deleted": 1}))
                }
                None => (404, json!({"detail": "Document not found"})),
            },
            (Endpoint::Other, ["v1", _, "banks", bank, "memories", id]) if call.method == "GET" => {
                let mut known = [self.held.get(*bank), self.facts.get(*bank)].into_iter().flatten().flatten();
                match known.find(|fact| fact["id"] == *id) {
                    Some(fact) => (200, fact.clone()),
                    None => (404, json!({"detail": "Memory not found"})),
                }
            }
            (Endpoint::AuditLog, _) => self.audit_log(call),
            (Endpoint::AuditEntry, [.., id]) => {
                let entry = self.audit.iter().flatten().find(|entry| entry["id"] == *id);
                entry.map_or((404, json!({"detail": "Audit log not found"})), |entry| (200, entry.clone()))
            }
            (Endpoint::LlmRequests, _) => self.model_calls(call),
            (Endpoint::Other, ["v1", _, "banks", _, "config"]) if call.method == "GET" => {
                (200, json!({"config": {"audit_log_enabled": self.audit.is_some()}, "overrides": {}}))
            }
            (Endpoint::Other, ["v1", _, "banks", _, "config"]) if call.method == "PATCH" => {
                let on = call.body["updates"]["audit_log_enabled"] == true;
                self.audit = on.then(|| self.audit.take().unwrap_or_default());
                (200, json!({"config": {"audit_log_enabled": on}, "overrides": {}}))
            }
            _ => (404, json!({"detail": "Not Found"})),
        }
    }

    /// As Hindsight 1.1: `start_date` and `limit` are minded, the count is of all that fit.
    fn model_calls(&self, call: &Call) -> (u16, Value) {
        let wanted = |name: &str| {
            let mut pairs = call.query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| super::decoded(value))
        };
        let from = wanted("start_date").unwrap_or_default();
        let limit = wanted("limit").and_then(|limit| limit.parse().ok()).unwrap_or(50);
        let fits = |one: &&Value| one["started_at"].as_str().is_none_or(|at| at >= from.as_str());
        let all: Vec<&Value> = self.llm_requests.iter().filter(fits).collect();
        let items: Vec<&Value> = all.iter().take(limit).copied().collect();
        (200, json!({"items": items, "total": all.len()}))
    }

    /// As Hindsight 1.1: lists go without request and answer, `start_date` and `limit` are minded.
    fn audit_log(&self, call: &Call) -> (u16, Value) {
        let wanted = |name: &str| {
            let mut pairs = call.query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| super::decoded(value))
        };
        let from = wanted("start_date").unwrap_or_default();
        let limit = wanted("limit").and_then(|limit| limit.parse().ok()).unwrap_or(50);
        let all: Vec<&Value> = self
            .audit
            .iter()
            .flatten()
            .filter(|entry| entry["started_at"].as_str().unwrap_or_default() >= from.as_str())
            .collect();
        let items: Vec<Value> = all
            .iter()
            .take(limit)
            .map(|entry| {
                let mut entry = (*entry).clone();
                if let Some(fields) = entry.as_object_mut() {
                    fields.remove("request");
                    fields.remove("response");
                }
                entry
            })
            .collect();
        (200, json!({"bank_id": call.bank, "total": all.len(), "items": items}))
    }

    fn list(&self) -> (u16, Value) {
        let mut names: Vec<&String> = self.facts.keys().collect();
        names.sort();
        let banks: Vec<Value> = names
            .iter()
            .map(|name| json!({"bank_id": name, "name": name, "fact_count": self.facts[*name].len()}))
            .collect();
        (200, json!({"total": banks.len(), "limit": 100, "offset": 0, "banks": banks}))
    }

    fn recall(&self, call: &Call) -> (u16, Value) {
        if call.bank.starts_with("new") {
            return (404, json!({"detail": format!("Bank '{}' not found", call.bank)}));
        }
        let results = self.facts.get(&call.bank).cloned().unwrap_or_default();
        let ranks = results.iter().zip(1..).map(
            |(fact, rank)| json!({"rank": rank, "node_id": fact["id"], "text": fact["text"], "score": 0.5}),
        );
        let arm =
            json!({"method_name": "semantic", "fact_type": "world", "results": ranks.collect::<Vec<_>>()});
        let query = json!({"query_text": call.body["query"], "query_embedding": [0.1, 0.2]});
        (200, json!({"results": results, "trace": {"query": query, "retrieval_results": [arm]}}))
    }

    /// As Hindsight 1.1: an operation id that is known answers with the first operation and does nothing.
    fn retain(&mut self, call: &Call) -> (u16, Value) {
        let operation = call.body["operation_id"]
            .as_str()
            .map_or_else(|| format!("operation-{}", self.operations.len() + 1), str::to_owned);
        let items = call.body["items"].as_array().cloned().unwrap_or_default();
        let count = items.len();
        if !self.operations.contains_key(&operation) {
            for item in items {
                let id = item["document_id"].as_str().unwrap_or("generated").to_owned();
                match self.find(&call.bank, &id) {
                    Some(at) => {
                        self.documents[at].item = item;
                        self.documents[at].stored += 1;
                    }
                    None => self.documents.push(Stored { bank: call.bank.clone(), id, item, stored: 1 }),
                }
            }
            self.operations.insert(operation.clone(), self.ends.clone());
        }
        (
            200,
            json!({"success": true, "bank_id": call.bank, "items_count": count, "async": true,
                     "operation_id": operation, "operation_ids": [operation]}),
        )
    }

    fn find(&self, bank: &str, id: &str) -> Option<usize> {
        self.documents.iter().position(|document| document.bank == bank && document.id == id)
    }
}
