//! The app's own commands on every server: what is looked at, changed, moved, brought in and taken back there. The
//! journeys ask the engine in the app and know more of its answers; here a real server says whether that holds for it.

mod changes;
mod follow;
mod intake;
mod learned;
mod looks;
mod moves;
mod time;
mod why_not;

use crate::bank::Bank;
use crate::subject::Subject;
use rearview_tests::temp_app::TempApp;
use serde_json::{Value, json};
use std::time::Duration;

/// As long as a bank's own operations may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// An app that has the server under test beside its own engine, and looks at one bank of it.
struct At {
    app: TempApp,
    server: String,
    bank: String,
}

impl At {
    async fn the(bank: &Bank) -> Self {
        Self::new(&bank.subject, &bank.id).await
    }

    async fn new(subject: &Subject, bank: &str) -> Self {
        let app = TempApp::with_engine().await;
        let server = app.server(&subject.url, subject.token.as_deref()).await;
        Self { app, server, bank: bank.to_owned() }
    }

    /// A request about the bank.
    fn of(&self, more: Value) -> Value {
        let mut request = json!({"serverId": self.server, "bankId": self.bank});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    }

    async fn ask(&self, command: &str, more: Value) -> Value {
        self.app.must(command, self.of(more)).await
    }

    /// Everything that a stream tells.
    async fn stream(&self, command: &str, request: Value) -> Vec<Value> {
        let (sink, mut told) = tokio::sync::mpsc::unbounded_channel::<String>();
        rearview_api::table::stream(self.app.app(), command, &request.to_string(), Box::new(sink))
            .await
            .unwrap_or_else(|error| panic!("`{command}`: {error:?}"));
        let mut all = Vec::new();
        while let Some(event) = told.recv().await {
            all.push(serde_json::from_str(&event).unwrap());
        }
        all
    }

    async fn facts(&self, filter: Value) -> Vec<Value> {
        let page = self.ask("memory.list", json!({"filter": filter})).await;
        page["items"].as_array().unwrap().clone()
    }

    /// Asks again and again until an answer is right.
    async fn until(&self, command: &str, request: Value, right: impl Fn(&Value) -> bool) -> Value {
        let last = std::cell::RefCell::new(Value::Null);
        let asking = async {
            loop {
                let answer: Value = self.app.must(command, request.clone()).await;
                if right(&answer) {
                    return answer;
                }
                last.replace(answer);
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        let asked = tokio::time::timeout(PATIENCE, asking).await;
        asked.unwrap_or_else(|_| panic!("`{command}` never answers as it should: {:#}", last.borrow()))
    }

    /// A run that nobody works on any more.
    async fn settled(&self, run: &Value) -> Value {
        let working = |page: &Value| page["run"]["state"] == "running" || page["run"]["state"] == "undoing";
        let page = self.until("run.get", json!({"id": run["id"]}), |page| !working(page)).await;
        page["run"].clone()
    }
}
