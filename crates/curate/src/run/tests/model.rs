//! A memory server in a few lines: facts in a map, changed by the rules of Hindsight 1.1, with faults on demand.

use crate::run::{Ground, Journal};
use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use rearview_domain::{Error, ServerId};
use rearview_hindsight::{Client, Options};
use rearview_store::Store;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What goes wrong at the next change of a fact.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// 429 with this wait in seconds.
    Busy(f64),
    /// 503 without a word about how long.
    Unavailable,
    /// It is changed, and the answer is an error.
    ChangesAndFails,
    /// It is not changed, and the answer is an error.
    Fails,
    /// It is not changed, and the answer says yes.
    Lies,
    /// It is changed, and no answer comes.
    ChangesAndHangs,
    /// The key is refused.
    Unauthorized,
    /// Somebody else writes another text right after it was changed, and the answer is an error.
    ChangedByOthersAndFails,
}

#[derive(Default)]
pub(crate) struct Facts {
    pub(crate) facts: BTreeMap<String, Value>,
    pub(crate) faults: HashMap<String, VecDeque<Fault>>,
    /// Whether a restored fact has its entities back, as a server should do it.
    pub(crate) forgets_entities: bool,
    pub(crate) patches: Vec<(String, Value)>,
    pub(crate) down: bool,
    at_once: usize,
    pub(crate) most_at_once: usize,
}

#[derive(Clone, Default)]
pub(crate) struct Model(pub(crate) Arc<Mutex<Facts>>);

impl Model {
    pub(crate) fn with(facts: impl IntoIterator<Item = Value>) -> Self {
        let model = Self::default();
        for fact in facts {
            model.0.lock().unwrap().facts.insert(fact["id"].as_str().unwrap().to_owned(), fact);
        }
        model
    }

    pub(crate) fn fault(&self, id: &str, fault: Fault) {
        self.0.lock().unwrap().faults.entry(id.to_owned()).or_default().push_back(fault);
    }

    pub(crate) fn fact(&self, id: &str) -> Value {
        self.0.lock().unwrap().facts[id].clone()
    }

    pub(crate) fn all(&self) -> BTreeMap<String, Value> {
        self.0.lock().unwrap().facts.clone()
    }

    pub(crate) fn patches(&self) -> usize {
        self.0.lock().unwrap().patches.len()
    }

    /// Serves the model; a call may take as long as given.
    pub(crate) async fn serve(&self, timeout: Duration) -> Client {
        let app = Router::new()
            .route("/v1/default/banks/{bank}/memories/{id}", get(read).patch(patch))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let options = Options { request_timeout: timeout, ..Options::default() };
        Client::new(&url, None, "Model", options).unwrap()
    }
}

/// What the journal stands on in tests.
pub(crate) struct Floor(pub(crate) Client, pub(crate) Arc<Mutex<Vec<Vec<String>>>>);

#[async_trait::async_trait]
impl Ground for Floor {
    async fn client(&self, _: &ServerId) -> Result<Client, Error> {
        Ok(self.0.clone())
    }

    fn changed(&self, tags: &[&str]) {
        self.1.lock().unwrap().push(tags.iter().map(|tag| (*tag).to_owned()).collect());
    }
}

pub(crate) async fn journal(store: &Store, client: &Client) -> Arc<Journal> {
    Journal::open(store.clone(), Arc::new(Floor(client.clone(), Arc::default()))).await.unwrap()
}

fn refuse(status: StatusCode) -> Response {
    (status, Json(json!({"detail": "the model says no"}))).into_response()
}

async fn read(State(model): State<Model>, Path((_, id)): Path<(String, String)>) -> Response {
    let facts = model.0.lock().unwrap();
    if facts.down {
        return refuse(StatusCode::UNAUTHORIZED);
    }
    match facts.facts.get(&id) {
        Some(fact) => Json(fact.clone()).into_response(),
        None => refuse(StatusCode::NOT_FOUND),
    }
}

async fn patch(
    State(model): State<Model>,
    Path((_, id)): Path<(String, String)>,
    Json(patch): Json<Value>,
) -> Response {
    let fault = {
        let mut facts = model.0.lock().unwrap();
        facts.at_once += 1;
        facts.most_at_once = facts.most_at_once.max(facts.at_once);
        facts.faults.get_mut(&id).and_then(VecDeque::pop_front)
    };
    tokio::time::sleep(Duration::from_millis(2)).await;
    let changed = {
        let mut facts = model.0.lock().unwrap();
        facts.at_once -= 1;
        match fault {
            Some(Fault::Busy(_) | Fault::Unavailable | Fault::Fails | Fault::Lies | Fault::Unauthorized) => {
                None
            }
            _ => Some(apply(&mut facts, &id, &patch)),
        }
    };
    match fault {
        Some(Fault::Busy(wait)) => {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", wait.to_string().parse().unwrap());
            (headers, refuse(StatusCode::TOO_MANY_REQUESTS)).into_response()
        }
        Some(Fault::Unavailable) => refuse(StatusCode::SERVICE_UNAVAILABLE),
        Some(Fault::Unauthorized) => refuse(StatusCode::UNAUTHORIZED),
        Some(Fault::Fails | Fault::ChangesAndFails) => refuse(StatusCode::INTERNAL_SERVER_ERROR),
        Some(Fault::Lies) => Json(model.fact(&id)).into_response(),
        Some(Fault::ChangesAndHangs) => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            refuse(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Some(Fault::ChangedByOthersAndFails) => {
            model.0.lock().unwrap().facts.get_mut(&id).unwrap()["text"] = json!("written by somebody else");
            refuse(StatusCode::INTERNAL_SERVER_ERROR)
        }
        None => match changed {
            Some(Some(fact)) => Json(fact).into_response(),
            _ => refuse(StatusCode::NOT_FOUND),
        },
    }
}

/// The rules of a server: what is retired has no entities and cannot be edited, what is restored has them back.
fn apply(facts: &mut Facts, id: &str, patch: &Value) -> Option<Value> {
    let forgets = facts.forgets_entities;
    facts.patches.push((id.to_owned(), patch.clone()));
    let fact = facts.facts.get_mut(id)?;
    if patch["state"] == "valid" && fact["state"] == "invalidated" {
        let kept = fact["was_about"].take();
        fact["entities"] = if forgets || !kept.is_array() { json!([]) } else { kept };
        fact["state"] = json!("valid");
        fact["invalidation_reason"] = Value::Null;
    }
    for name in ["text", "context", "occurred_start", "occurred_end", "mentioned_at"] {
        if let Some(text) = patch[name].as_str() {
            fact[name] = if text.is_empty() { Value::Null } else { json!(text) };
        }
    }
    if patch["fact_type"].is_string() {
        fact["type"] = patch["fact_type"].clone();
    }
    if patch["entities"].is_array() {
        fact["entities"] = patch["entities"].clone();
    }
    if patch["state"] == "invalidated" {
        if fact["state"] != "invalidated" {
            fact["was_about"] = fact["entities"].take();
            fact["entities"] = json!([]);
        }
        fact["state"] = json!("invalidated");
        fact["invalidation_reason"] = patch["reason"].clone();
    }
    Some(fact.clone())
}
