//! The life of a memory engine as its client sees it: every kind of write once, each noted as in doubt before it is
//! asked for and as done when it was acknowledged.

use crate::engine_process::{Died, Door};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The path of the bank that this life is about.
pub const BANK: &str = "/v1/default/banks/b";

/// What became of a step; one that was never begun has no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Asked for, and no answer came.
    Doubt,
    /// Acknowledged.
    Done,
}

/// What a client knows.
#[derive(Debug, Default)]
pub struct Ledger {
    fates: BTreeMap<&'static str, Fate>,
    /// Accepted operations of the bank.
    pub operations: Vec<String>,
    /// The facts of the bank when it was exported and cloned.
    pub exported: BTreeSet<String>,
}

impl Ledger {
    /// How a step went.
    pub fn fate(&self, step: &str) -> Option<Fate> {
        self.fates.get(step).copied()
    }

    /// Asks for a step's work.
    async fn ask<T>(
        &mut self,
        step: &'static str,
        asking: impl Future<Output = Result<T, Died>>,
    ) -> Result<T, Died> {
        self.fates.insert(step, Fate::Doubt);
        let answer = asking.await?;
        self.fates.insert(step, Fate::Done);
        Ok(answer)
    }

    /// As [`Ledger::ask`] for an operation: done is that it was accepted; then waits for its end.
    async fn operate(
        &mut self,
        door: &Door,
        step: &'static str,
        asking: impl Future<Output = Result<Value, Died>>,
    ) -> Result<Value, Died> {
        let accepted = self.ask(step, asking).await?;
        let id = accepted["operation_id"].as_str().unwrap_or_else(|| panic!("{step}: {accepted}")).to_owned();
        self.operations.push(id.clone());
        ended(door, &id).await
    }
}

/// Waits for the end of an operation of the bank.
pub async fn ended(door: &Door, id: &str) -> Result<Value, Died> {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    loop {
        ticks.tick().await;
        let operation = door.get(&format!("{BANK}/operations/{id}")).await?;
        match operation["status"].as_str() {
            Some("pending" | "processing") => {}
            Some("completed") => return Ok(operation),
            _ => panic!("an operation that was accepted did not do its work: {operation}"),
        }
    }
}

/// The text of a document, of two facts.
pub fn text(document: &str) -> String {
    format!("USER: {}", facts(document).join(" "))
}

/// The facts of a document: one of a sloop and one of a ketch, with words that stand nowhere else.
pub fn facts(document: &str) -> [String; 2] {
    ["sloop", "ketch"].map(|boat| format!("The {document}{boat} lies in Porto."))
}

/// What the first fact of `d1` is edited to.
pub const EDITED: &str = "The d1schooner lies in Porto.";

/// Texts of the memories that a list shows.
pub fn texts(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap_or_else(|| panic!("no list: {list}")).iter();
    items.map(|item| item["text"].as_str().unwrap().to_owned()).collect()
}

/// Lives until everything is done, or until the engine dies.
pub async fn live(door: &Door, ledger: &mut Ledger) -> Result<(), Died> {
    let post = |path: String, body: Value| async move { door.ok(Method::POST, &path, Some(&body)).await };
    let item = |document: &str| json!({"content": text(document), "document_id": document});

    ledger.ask("d1", post(format!("{BANK}/memories"), json!({"items": [item("d1")]}))).await?;
    let both = json!({"items": [item("d2"), item("d3")], "async": true});
    ledger.operate(door, "d2 d3", post(format!("{BANK}/memories"), both)).await?;

    let facts = door.get(&format!("{BANK}/memories/list?document_id=d1&type=world")).await?;
    let id = |word: &str| {
        let fact =
            facts["items"].as_array().unwrap().iter().find(|fact| fact["text"].to_string().contains(word));
        format!("{BANK}/memories/{}", fact.unwrap()["id"].as_str().unwrap())
    };
    let edit = json!({"text": EDITED});
    ledger.ask("edit", door.ok(Method::PATCH, &id("d1sloop"), Some(&edit))).await?;
    let invalidate = json!({"state": "invalidated", "reason": "sunk"});
    ledger.ask("invalidate", door.ok(Method::PATCH, &id("d1ketch"), Some(&invalidate))).await?;

    ledger.operate(door, "consolidate", post(format!("{BANK}/consolidate"), json!({}))).await?;
    let model = json!({"id": "boats", "name": "Boats", "source_query": "Which boats are there?"});
    ledger.operate(door, "model", post(format!("{BANK}/mental-models"), model)).await?;

    ledger.exported =
        texts(&door.get(&format!("{BANK}/memories/list?type=world&limit=100")).await?).into_iter().collect();
    let exported =
        ledger.operate(door, "export", post(format!("{BANK}/transfer/export"), json!(null))).await?;
    let archive = door.download(exported["result_metadata"]["download_url"].as_str().unwrap()).await?;
    let path = format!("{BANK}/transfer/import?mode=restore&target_bank_id=copy");
    ledger.operate(door, "import", door.upload(&path, &archive)).await?;
    ledger.operate(door, "clone", post(format!("{BANK}/clone?target_bank_id=twin"), json!(null))).await?;

    let delete = |path: &'static str| async move { door.ok(Method::DELETE, path, None).await };
    ledger.ask("delete d3", delete("/v1/default/banks/b/documents/d3")).await?;
    ledger.ask("delete observations", delete("/v1/default/banks/b/memories?type=observation")).await?;
    ledger.ask("empty copy", delete("/v1/default/banks/copy/memories")).await?;
    ledger.ask("delete twin", delete("/v1/default/banks/twin")).await?;
    Ok(())
}
