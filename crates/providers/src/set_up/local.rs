//! Finds model servers on this computer, when asked: it knocks on the ports they use by default, on both
//! loopback addresses, all at once, and tells who answers by the shape of the answers. No key is sent, no
//! redirect followed, no proxy used.

use crate::target::WireKind;
use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt};
use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::Value;
use std::time::Duration;

/// The ports that servers use when nobody says otherwise: Ollama, LM Studio, llama.cpp and llamafile, vLLM,
/// Jan; as their own documentation names them.
pub const LOCAL_PORTS: [u16; 5] = [11434, 1234, 8080, 8000, 1337];

/// How long one address is listened to, all questions together.
const PATIENCE: Duration = Duration::from_secs(1);

/// The most bytes of an answer that are read: a list of a few hundred models.
const MAX_BYTES: usize = 1024 * 1024;

/// The most models that are told of one server.
const MAX_MODELS: usize = 500;

/// Both loopback addresses, as they stand in a web address. The first is named when both answer.
const HOSTS: [&str; 2] = ["127.0.0.1", "[::1]"];

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Who answered, in the order of the ports.
    pub servers: Vec<LocalServer>,
    /// Where nobody answered, as addresses.
    pub silent: Vec<String>,
}

/// A model server on this computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalServer {
    /// The preset that it looks like, e.g. `ollama`.
    pub preset: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it speaks best.
    pub wire: WireKind,
    /// Its base address.
    pub base_url: String,
    /// The models that it has, by their ids.
    pub models: Vec<String>,
}

/// Knocks on these ports. A server that is no model server is in neither list.
pub async fn find_local(ports: &[u16]) -> Found {
    let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE).build();
    let Ok(client) = client else { return Found::default() };
    let knock = |port: u16| {
        let client = &client;
        join_all(HOSTS.map(|host| look(client, format!("http://{host}:{port}"))))
            .map(move |seen| (port, seen))
    };
    let mut found = Found::default();
    for (port, seen) in join_all(ports.iter().copied().map(knock)).await {
        if seen.iter().all(|seen| matches!(seen, Seen::Nobody)) {
            found.silent.push(format!("http://{}:{port}", HOSTS[0]));
        }
        for server in seen.into_iter().filter_map(Seen::server) {
            // One server that listens on both addresses is told once.
            let twin = |known: &LocalServer| known.preset == server.preset && known.models == server.models;
            let port = format!(":{port}");
            if !found.servers.iter().any(|known| known.base_url.contains(&port) && twin(known)) {
                found.servers.push(server);
            }
        }
    }
    found
}

/// Who is behind an address.
enum Seen {
    Nobody,
    Somebody,
    Server(LocalServer),
}

impl Seen {
    fn server(self) -> Option<LocalServer> {
        match self {
            Self::Server(server) => Some(server),
            Self::Nobody | Self::Somebody => None,
        }
    }
}

/// What a path answered.
struct Said {
    ok: bool,
    server: String,
    json: Value,
}

async fn look(client: &Client, root: String) -> Seen {
    // The list is asked for first and alone: where nobody listens, one knock is enough.
    let Ok(models) = tokio::time::timeout(PATIENCE, ask(client, &root, "/v1/models")).await else {
        return Seen::Nobody;
    };
    let Some(models) = models else { return Seen::Nobody };
    let rest = join_all(
        ["/props", "/api/version", "/api/tags", "/api/v0/models", "/openapi.json"]
            .map(|path| ask(client, &root, path)),
    );
    let Ok(rest) = tokio::time::timeout(PATIENCE, rest).await else { return Seen::Somebody };
    let [props, version, tags, native, openapi] = <[Option<Said>; 5]>::try_from(rest).unwrap_or_default();
    let answers = Answers { models, props, version, tags, native, openapi };
    answers.recognised(&root).map_or(Seen::Somebody, Seen::Server)
}

/// The answer of a path; `None` when nobody gave one.
async fn ask(client: &Client, root: &str, path: &str) -> Option<Said> {
    let response =
        client.get(format!("{root}{path}")).header("accept", "application/json").send().await.ok()?;
    let ok = response.status().is_success();
    let header = response.headers().get("server").and_then(|value| value.to_str().ok());
    let server = header.unwrap_or_default().to_owned();
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(Ok(chunk)) = chunks.next().await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BYTES {
            body.clear();
            break;
        }
    }
    Some(Said { ok, server, json: serde_json::from_slice(&body).unwrap_or_default() })
}

struct Answers {
    models: Said,
    props: Option<Said>,
    version: Option<Said>,
    tags: Option<Said>,
    native: Option<Said>,
    openapi: Option<Said>,
}

impl Answers {
    /// By signs that others do not give. llama.cpp comes first, because it also answers at some of Ollama's
    /// paths; what only lists models as OpenAI does is called that and nothing more.
    fn recognised(&self, root: &str) -> Option<LocalServer> {
        let openai = |preset, name, models| {
            let base_url = format!("{root}/v1");
            Some(LocalServer { preset, name, wire: WireKind::OpenaiChat, base_url, models })
        };
        let list = ids(self.models.ok().and_then(|json| json.get("data")), "id");
        if self.is_llama_cpp() {
            return openai("llama-cpp", "llama.cpp", list.unwrap_or_default());
        }
        if let Some(models) = self.ollama() {
            let (preset, name, wire) = ("ollama", "Ollama", WireKind::OllamaChat);
            return Some(LocalServer { preset, name, wire, base_url: root.to_owned(), models });
        }
        if let Some(models) = self.lm_studio() {
            return openai("lm-studio", "LM Studio", models);
        }
        if self.is_jan() {
            return openai("jan", "Jan", list.unwrap_or_default());
        }
        let list = list?;
        let owners = self.models.json.get("data").and_then(Value::as_array);
        let vllm = |model: &Value| model.get("owned_by").and_then(Value::as_str) == Some("vllm");
        if owners.is_some_and(|models| models.iter().any(vllm)) {
            return openai("vllm", "vLLM", list);
        }
        openai("openai-compatible", "OpenAI-compatible", list)
    }

    /// `Server: llama.cpp`, or the settings that only its `/props` has.
    fn is_llama_cpp(&self) -> bool {
        self.models.server.starts_with("llama.cpp")
            || json(&self.props).is_some_and(|props| props.get("default_generation_settings").is_some())
    }

    /// A version, and tags with digests.
    fn ollama(&self) -> Option<Vec<String>> {
        json(&self.version)?.get("version")?.as_str()?;
        let tags = json(&self.tags)?.get("models")?;
        let digest = |model: &Value| model.get("digest").is_some_and(Value::is_string);
        tags.as_array()?.iter().all(digest).then(|| ids(Some(tags), "name")).flatten()
    }

    /// Models with a kind and a state; without a model, its words for a path that it does not know.
    fn lm_studio(&self) -> Option<Vec<String>> {
        let native = json(&self.native)?.get("data")?.as_array()?;
        let text = |model: &Value, field: &str| model.get(field).and_then(Value::as_str).map(str::to_owned);
        if native.is_empty() {
            let words = json(&self.version)?.get("error")?.as_str()?;
            return words.starts_with("Unexpected endpoint or method").then(Vec::new);
        }
        if !native.iter().all(|model| text(model, "type").is_some() && text(model, "state").is_some()) {
            return None;
        }
        let talks = |model: &&Value| text(model, "type").is_some_and(|kind| kind != "embeddings");
        Some(native.iter().filter(talks).filter_map(|model| text(model, "id")).take(MAX_MODELS).collect())
    }

    /// The title of its own description, which it shows to everybody even when it wants a key.
    fn is_jan(&self) -> bool {
        let title = json(&self.openapi).and_then(|openapi| openapi.pointer("/info/title")?.as_str());
        title.is_some_and(|title| title.starts_with("Jan API"))
    }
}

impl Said {
    fn ok(&self) -> Option<&Value> {
        self.ok.then_some(&self.json)
    }
}

fn json(said: &Option<Said>) -> Option<&Value> {
    said.as_ref().and_then(Said::ok)
}

/// The ids in a list of models; `None` when it is no such list.
fn ids(list: Option<&Value>, field: &str) -> Option<Vec<String>> {
    let list = list?.as_array()?;
    let id = |model: &Value| model.get(field).and_then(Value::as_str).map(str::to_owned);
    list.iter().take(MAX_MODELS).map(id).collect()
}

#[cfg(test)]
mod tests;
