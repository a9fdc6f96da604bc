//! The four requests that scoring needs, to any server that speaks Hindsight's HTTP API 1.1: configure a bank,
//! retain facts without a model, recall, delete the bank.
//!
//! Plain HTTP rather than the app's client: what is measured must not depend on what the app can read.
//! Called by `run`.

use super::set::Fact;
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// A batch of a hundred facts takes a real server five seconds; ten times that on a busy machine, and then some.
const PATIENCE: Duration = Duration::from_secs(180);
/// Facts in one request.
pub const BATCH: usize = 100;

/// Why a server could not be scored. The text names what was attempted.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No answer, or one that could not be read.
    #[error("could not {attempt}: {source}")]
    Http {
        /// What was attempted.
        attempt: &'static str,
        /// What the HTTP library said.
        source: reqwest::Error,
    },
    /// The server refused.
    #[error("could not {attempt}: status {status}, `{detail}`")]
    Refused {
        /// What was attempted.
        attempt: &'static str,
        /// Its status.
        status: StatusCode,
        /// The beginning of what it said.
        detail: String,
    },
}

fn at(attempt: &'static str) -> impl FnOnce(reqwest::Error) -> ServerError {
    move |source| ServerError::Http { attempt, source }
}

/// The result of everything here.
pub type Result<T> = std::result::Result<T, ServerError>;

/// One result of a recall, as far as scoring looks at it.
#[derive(Clone, Debug, Deserialize)]
pub struct Recalled {
    /// The fact's text.
    pub text: String,
    /// What was retained with it; `fact` is the id. Hindsight leaves it out of what only its graph found.
    #[serde(default)]
    pub metadata: Option<Value>,
}

/// A server and one bank of it.
#[derive(Clone, Debug)]
pub struct BankApi {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
}

impl BankApi {
    /// The bank `bank` of the server at `url`; the token is sent as bearer token.
    ///
    /// # Errors
    /// When the HTTP library cannot be set up.
    pub fn new(url: &str, token: Option<&str>, bank: &str) -> Result<Self> {
        let http = reqwest::Client::builder().timeout(PATIENCE).build().map_err(at("set up HTTP"))?;
        let url = format!("{}/v1/default/banks/{bank}", url.trim_end_matches('/'));
        Ok(Self { http, url, token: token.map(str::to_owned) })
    }

    /// Changes the bank's settings, and makes the bank where there is none.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn configure(&self, updates: Value) -> Result<()> {
        let body = json!({"updates": updates});
        self.send("configure the bank", self.request(Method::PATCH, "/config").json(&body)).await.map(drop)
    }

    /// Retains facts: each its own text, its session as document, its id as metadata. The caller keeps the
    /// facts of one session together, since a later document of the same name replaces the earlier.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn retain(&self, facts: &[Fact]) -> Result<()> {
        let items: Vec<Value> = facts.iter().map(item).collect();
        let body = json!({"items": items, "async": false});
        self.send("retain facts", self.request(Method::POST, "/memories").json(&body)).await.map(drop)
    }

    /// Recalls with the default budget and everything optional left out; best first.
    ///
    /// # Errors
    /// When the server cannot be reached, refuses, or answers in another form.
    pub async fn recall(
        &self,
        query: &str,
        now: Option<Timestamp>,
        max_tokens: u32,
    ) -> Result<Vec<Recalled>> {
        #[derive(Deserialize)]
        struct Answer {
            results: Vec<Recalled>,
        }
        let mut body = json!({"query": query, "max_tokens": max_tokens, "include": {"entities": null}});
        if let (Some(now), Some(body)) = (now, body.as_object_mut()) {
            body.insert("query_timestamp".to_owned(), json!(now.to_string()));
        }
        let attempt = "recall";
        let response = self.send(attempt, self.request(Method::POST, "/memories/recall").json(&body)).await?;
        Ok(response.json::<Answer>().await.map_err(at(attempt))?.results)
    }

    /// Deletes the bank; one that does not exist is no error.
    ///
    /// # Errors
    /// When the server cannot be reached or refuses.
    pub async fn delete(&self) -> Result<()> {
        match self.send("delete the bank", self.request(Method::DELETE, "")).await {
            Err(ServerError::Refused { status: StatusCode::NOT_FOUND, .. }) => Ok(()),
            done => done.map(drop),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn send(&self, attempt: &'static str, request: RequestBuilder) -> Result<reqwest::Response> {
        let response = request.send().await.map_err(at(attempt))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let detail = response.text().await.unwrap_or_default().chars().take(300).collect();
        Err(ServerError::Refused { attempt, status, detail })
    }
}

fn item(fact: &Fact) -> Value {
    let entities: Vec<Value> = fact.entities.iter().map(|name| json!({"text": name})).collect();
    json!({
        "content": fact.text,
        "timestamp": fact.date.to_string(),
        "document_id": fact.session,
        "entities": entities,
        "metadata": {"fact": fact.id},
    })
}

/// Parts facts into requests of at most [`BATCH`] without parting a session, where sessions are that small.
pub fn batches(facts: &[Fact]) -> Vec<&[Fact]> {
    let mut batches = Vec::new();
    let (mut start, mut end) = (0, 0);
    for session in facts.chunk_by(|a, b| a.session == b.session) {
        if end - start + session.len() > BATCH && end > start {
            batches.extend(facts.get(start..end));
            start = end;
        }
        end += session.len();
    }
    if end > start {
        batches.extend(facts.get(start..end));
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retrieval::set::RetrievalSet;
    use std::collections::BTreeSet;

    #[test]
    fn a_session_is_never_parted_and_no_fact_is_lost() {
        let set = RetrievalSet::load().expect("the set is there");
        for facts in [&set.facts, &set.distractors] {
            let batches = batches(facts);
            assert_eq!(batches.iter().map(|batch| batch.len()).sum::<usize>(), facts.len());
            let mut seen = BTreeSet::new();
            for batch in batches {
                assert!(batch.len() <= BATCH);
                let sessions: BTreeSet<&str> = batch.iter().map(|fact| fact.session.as_str()).collect();
                assert!(sessions.iter().all(|session| seen.insert((*session).to_owned())));
            }
        }
    }
}
