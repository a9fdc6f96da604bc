//! The server under test: where it listens, its key, and a raw HTTP door that holds every answer against the
//! contract. Which servers there are stands in `each_server`; banks and their shorthands stand in `bank`.
//!
//! `REARVIEW_CONFORMANCE_URL` (and `REARVIEW_CONFORMANCE_TOKEN`) lead to a server that runs already, instead of
//! a real Hindsight of our own: for whoever builds one and has not yet taught this suite to start it.

use crate::bank::Bank;
use crate::contract;
use rearview_domain::BankId;
use rearview_hindsight::{Client, Options};
use rearview_tests::embedded_engine::EmbeddedEngine;
use rearview_tests::hindsight_server::{HindsightServer, ServerOptions};
use reqwest::Method;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::OnceCell;

/// The server that asks for a key. Most tests do without, and a second server takes its time to start.
static KEYED: OnceCell<HindsightServer> = OnceCell::const_new();

/// The kinds of servers that the suite runs against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Which {
    /// Hindsight 1.1.0 with PostgreSQL and a scripted model.
    Hindsight,
    /// The engine that the app carries, with the same rules for a model.
    Embedded,
}

/// A running server and a way to talk to it. Cheap to clone within one test.
#[derive(Clone)]
pub struct Subject {
    /// Where it listens, without a slash at the end.
    pub url: String,
    /// The key that it is asked with.
    pub token: Option<String>,
    /// Which server it is.
    pub which: Which,
    http: reqwest::Client,
}

impl Subject {
    /// The server of this kind that all tests of the process share.
    pub async fn of(which: Which) -> Self {
        match which {
            Which::Hindsight => match std::env::var("REARVIEW_CONFORMANCE_URL") {
                Ok(url) => Self::at(which, &url, std::env::var("REARVIEW_CONFORMANCE_TOKEN").ok()),
                Err(_) => {
                    let server = HindsightServer::shared().await.unwrap_or_else(|error| panic!("{error}"));
                    Self::at(which, server.url(), None)
                }
            },
            Which::Embedded => Self::at(which, embedded().await.url(), None),
        }
    }

    /// A server that runs already. The HTTP client is this test's own: connections die with its runtime.
    fn at(which: Which, url: &str, token: Option<String>) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { url: url.trim_end_matches('/').to_owned(), token, which, http }
    }

    /// A server of the same kind that asks for a key, with the right one.
    pub async fn with_key(&self) -> Self {
        if self.token.is_some() {
            return self.clone();
        }
        if self.which == Which::Embedded {
            let (url, key) = embedded().await.keyed();
            return Self::at(self.which, url, Some(key.to_owned()));
        }
        let options = ServerOptions { key: Some("hsk_right".to_owned()), ..ServerOptions::default() };
        let server = KEYED.get_or_try_init(|| HindsightServer::start(options)).await;
        let server = server.unwrap_or_else(|error| panic!("{error}"));
        Self::at(self.which, server.url(), Some("hsk_right".to_owned()))
    }

    /// The same server, asked with another key or with none.
    pub fn with_token(&self, token: Option<&str>) -> Self {
        Self { token: token.map(str::to_owned), ..self.clone() }
    }

    /// The typed client of this server.
    pub fn client(&self) -> Client {
        let key = self.token.as_deref().map(SecretString::from);
        Client::new(&self.url, key, "the server under test", Options::default()).unwrap()
    }

    /// The typed client and the id of a bank that does not exist.
    pub fn client_and_bank(&self) -> (Client, BankId) {
        (self.client(), BankId(new_name()))
    }

    /// A bank that does not exist yet.
    pub fn new_bank(&self) -> Bank {
        self.bank(&new_name())
    }

    /// The bank of this id, whether or not it exists.
    pub fn bank(&self, id: &str) -> Bank {
        Bank { subject: self.clone(), id: id.to_owned() }
    }

    /// A bank that never asks a model: each chunk is a fact, and there are no observations.
    pub async fn bank_without_model(&self) -> Bank {
        let bank = self.new_bank();
        bank.configure(serde_json::json!({
            "retain_extraction_mode": "chunks", "enable_observations": false, "enable_auto_consolidation": false
        }))
        .await;
        bank
    }

    /// Reads a path, as all of these: the path starts with a slash and is encoded.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// Posts a body.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(&body)).await
    }

    /// Sends a request and holds the answer against the contract.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        self.sent(method, path, request).await
    }

    /// A request of the test's own making, with no key and no body: for what `send` would do too well.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Sends a request of the test's own making and holds the answer against the contract.
    pub async fn sent(&self, method: Method, path: &str, request: reqwest::RequestBuilder) -> Answer {
        let call = format!("{method} {path}");
        let response = request.send().await.unwrap_or_else(|error| panic!("{call}: {error}"));
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap_or_else(|error| panic!("{call}: {error}")).to_vec();
        let is_json =
            headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        let body = match is_json {
            true => serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{call}: {error}")),
            false => Value::Null,
        };
        let answer = Answer { call, status, headers, body, bytes };
        // The document is the one of the release that the client is written against.
        if is_json && std::env::var_os("REARVIEW_HINDSIGHT_RELEASE").is_none() {
            contract::hold(self.which, &method, path, &answer);
        }
        answer
    }
}

async fn embedded() -> &'static EmbeddedEngine {
    EmbeddedEngine::shared().await.unwrap_or_else(|error| panic!("{error}"))
}

/// The id of a bank that nobody has used.
pub fn new_name() -> String {
    format!("bank-{}", uuid::Uuid::new_v4())
}

/// What a server said.
#[derive(Debug)]
pub struct Answer {
    /// Method and path, for messages.
    pub call: String,
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, null when it is not JSON.
    pub body: Value,
    /// The body as it came.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body of a success.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert!((200..300).contains(&self.status), "{}: {} {}", self.call, self.status, self.body);
        self.body
    }

    /// The words of a refusal with this status: `detail`, or what its entries say, one a line.
    #[track_caller]
    pub fn refused(self, status: u16) -> String {
        assert_eq!(self.status, status, "{}: {}", self.call, self.body);
        match &self.body["detail"] {
            Value::String(text) => text.clone(),
            entries => {
                let entries = entries.as_array().unwrap_or_else(|| panic!("{}: {}", self.call, self.body));
                entries.iter().map(|entry| entry["msg"].as_str().unwrap()).collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// Where the first entry of a validation error points to, such as `body.items.0.content`.
    #[track_caller]
    pub fn invalid_at(self) -> String {
        assert_eq!(self.status, 422, "{}: {}", self.call, self.body);
        let place = self.body["detail"][0]["loc"].as_array().unwrap_or_else(|| panic!("{}", self.body));
        let words = place.iter().map(|word| word.as_str().map_or_else(|| word.to_string(), str::to_owned));
        words.collect::<Vec<_>>().join(".")
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
