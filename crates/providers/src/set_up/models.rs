//! The models that a provider lists, in whichever shape it lists them.
//!
//! Called for the model picker and by `check`.

mod bedrock;

use crate::address::{Ask, address};
use crate::auth::{self, Secrets};
use crate::classify;
use crate::demo;
use crate::driver::Provider;
use crate::encode::headers;
use crate::error::{ErrorKind, ProviderError};
use crate::target::{Platform, Target, WireKind};
use futures_util::StreamExt;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use url::Url;

/// A list takes no longer than this, all pages together.
const LIST_TIMEOUT: Duration = Duration::from_secs(15);

/// The most bytes of one page. The longest list known (OpenRouter's) has about one megabyte.
const MAX_LIST_BYTES: usize = 16 * 1024 * 1024;

/// The most pages that are asked for; Anthropic and AI Studio give up to 1,000 models a page.
const MAX_PAGES: usize = 10;

/// The most models that are kept. OpenRouter, the longest list known, has a few hundred; every one is looked up
/// and goes to the page.
const MAX_MODELS: usize = 10_000;

/// A model that a provider offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelInfo {
    /// The provider's id of it, as it goes into requests.
    pub id: String,
    /// Its name for people; the id when the provider gives none.
    pub name: String,
    /// Tokens that fit, when the provider says.
    pub context: Option<u32>,
}

impl Provider {
    /// Lists the provider's models, in its order, each once.
    ///
    /// # Errors
    /// As for `open`; `Decode` when the answer is no list of models.
    pub async fn models(
        &self,
        target: &Target,
        key: Option<&SecretString>,
    ) -> Result<Vec<ModelInfo>, ProviderError> {
        self.models_until(target, key, Instant::now() + LIST_TIMEOUT.min(self.timeouts.first_byte)).await
    }

    /// The same with a deadline of the caller's.
    pub(super) async fn models_until(
        &self,
        target: &Target,
        key: Option<&SecretString>,
        deadline: Instant,
    ) -> Result<Vec<ModelInfo>, ProviderError> {
        if target.wire == WireKind::Demo {
            return Ok(vec![ModelInfo { id: demo::MODEL.into(), name: "Demo".into(), context: None }]);
        }
        if target.wire == WireKind::BedrockConverse {
            return self.bedrock_models(target, key, deadline).await;
        }
        let mut models: Vec<ModelInfo> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        let mut after = None;
        for _ in 0..MAX_PAGES {
            let (page, secrets) = self.page(target, key, after.as_deref(), deadline).await?;
            // Google leaves an empty list out.
            let empty = || (target.wire == WireKind::Gemini && page == json!({})).then(Vec::new);
            let listed =
                read_list(&page).or_else(empty).ok_or_else(|| not_a_list(&page, target, &secrets))?;
            let before = models.len();
            models.extend(listed.into_iter().filter(|model| known.insert(model.id.clone())));
            after = next_page(&page);
            // A page that brings nothing new would bring nothing new for ever. Google's pages may: they
            // are filtered here.
            let stuck = models.len() == before && target.wire != WireKind::Gemini;
            if after.is_none() || stuck || models.len() >= MAX_MODELS {
                models.truncate(MAX_MODELS);
                break;
            }
        }
        Ok(models)
    }

    async fn page(
        &self,
        target: &Target,
        key: Option<&SecretString>,
        after: Option<&str>,
        deadline: Instant,
    ) -> Result<(Value, Secrets), ProviderError> {
        let failed = |kind| ProviderError::new(kind, &target.provider_name);
        let vertex = match &target.platform {
            Platform::Vertex { project, .. } => Some(project),
            _ => None,
        };
        let mut url = address(target, Ask::Models)?;
        let pages: Option<(&[(&str, &str)], &str)> = match (target.wire, vertex) {
            (WireKind::Gemini, None) => Some((&[("pageSize", "1000")], "pageToken")),
            // What the largest page may be is not documented here.
            (WireKind::Gemini | WireKind::AnthropicMessages, Some(_)) => {
                Some((&[("pageSize", "100")], "pageToken"))
            }
            _ if no_list(target) => {
                let detail =
                    "Vertex AI lists the models of Google and Anthropic only; enter the model's name";
                return Err(failed(ErrorKind::Invalid).detail(detail));
            }
            (WireKind::AnthropicMessages, None) if target.platform == Platform::Plain => {
                Some((&[("limit", "1000")], "after_id"))
            }
            // Other endpoints' models cannot chat.
            (WireKind::CohereChat, _) => Some((&[("page_size", "1000"), ("endpoint", "chat")], "page_token")),
            _ => None,
        };
        if let Some((fields, next)) = pages {
            let mut paged = Url::parse(&url).map_err(|_| failed(ErrorKind::Invalid))?;
            paged.query_pairs_mut().extend_pairs(fields).extend_pairs(after.map(|mark| (next, mark)));
            url = paged.into();
        }
        let mut extra = Vec::new();
        if let (Some(project), None) = (vertex, auth::trimmed(key)) {
            // A person's own credentials belong to no project, and this address names none either.
            extra.push(("x-goog-user-project".to_owned(), project.clone()));
        }
        self.fetch(&url, extra, target, key, deadline).await
    }

    /// The JSON at an address of the target's, asked for with its headers and `extra` ones; with what must not
    /// be told of it.
    async fn fetch(
        &self,
        url: &str,
        extra: Vec<(String, String)>,
        target: &Target,
        key: Option<&SecretString>,
        deadline: Instant,
    ) -> Result<(Value, Secrets), ProviderError> {
        let failed = |kind| ProviderError::new(kind, &target.provider_name);
        let mut headers = headers(target);
        headers.extend(extra);
        let sending = self.send(Method::GET, url, &headers, None, target, key, deadline);
        let (response, secrets) = sending.await.map_err(|refusal| refusal.error)?;
        let mut chunks = response.bytes_stream();
        let mut body = Vec::new();
        loop {
            match timeout_at(deadline, chunks.next()).await {
                Ok(Some(Ok(chunk))) => body.extend_from_slice(&chunk),
                Ok(Some(Err(_))) => return Err(failed(ErrorKind::Truncated)),
                Ok(None) => break,
                Err(_) => return Err(failed(ErrorKind::Timeout)),
            }
            if body.len() > MAX_LIST_BYTES {
                return Err(failed(ErrorKind::Decode).detail("its list of models is larger than 16 MiB"));
            }
        }
        let page = serde_json::from_slice(&body).map_err(|_| {
            let text = String::from_utf8_lossy(&body);
            let detail = if text.trim_start().starts_with('<') {
                classify::page(&text)
            } else {
                "its list of models is no JSON".to_owned()
            };
            failed(ErrorKind::Decode).detail(detail).scrubbed(&secrets)
        })?;
        Ok((page, secrets))
    }
}

/// Whether there is no list of a target's models: Vertex AI lists some publishers, not all it serves.
pub(super) fn no_list(target: &Target) -> bool {
    matches!(target.platform, Platform::Vertex { .. })
        && !matches!(target.wire, WireKind::Gemini | WireKind::AnthropicMessages)
}

/// What asks for the page after this one: the last id where there are more (Anthropic), or a mark (Google,
/// Cohere).
fn next_page(page: &Value) -> Option<String> {
    let text = |field: &str| page.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let more = page.get("has_more").and_then(Value::as_bool).unwrap_or(false);
    text("nextPageToken")
        .or_else(|| text("next_page_token"))
        .or_else(|| text("last_id").filter(|_| more))
        .map(str::to_owned)
}

/// Reads `{"data":[…]}` (OpenAI, Anthropic), `{"models":[…]}` (Ollama, Gemini, Cohere), `{"publisherModels":[…]}`
/// (Vertex AI), or a bare list (Together), of objects or of names.
fn read_list(page: &Value) -> Option<Vec<ModelInfo>> {
    let fields = ["data", "models", "publisherModels"].map(|field| page.get(field));
    let list = fields.into_iter().chain([Some(page)]).flatten().find_map(Value::as_array)?;
    Some(list.iter().filter(|model| chats(model)).filter_map(read_model).collect())
}

/// Whether it makes text, as far as Google's lists tell: AI Studio's by its methods, Vertex AI's, which
/// tells of none, by its name.
fn chats(model: &Value) -> bool {
    if let Some(methods) = model.get("supportedGenerationMethods").and_then(Value::as_array) {
        return methods.iter().any(|method| method == "generateContent");
    }
    match model
        .get("name")
        .and_then(Value::as_str)
        .and_then(|name| name.strip_prefix("publishers/google/models/"))
    {
        Some(id) => id.starts_with("gemini-") && !id.contains("embedding"),
        None => true,
    }
}

fn read_model(model: &Value) -> Option<ModelInfo> {
    if let Some(id) = model.as_str() {
        return Some(ModelInfo { id: id.to_owned(), name: id.to_owned(), context: None });
    }
    let text = |field: &str| model.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    // Azure lists whatever it can run, and says of each what it is for.
    if model.pointer("/capabilities/chat_completion") == Some(&Value::Bool(false)) {
        return None;
    }
    // Google's names are paths: `models/gemini-…`, `publishers/google/models/gemini-…`.
    let path = text("name").filter(|name| name.starts_with("models/") || name.starts_with("publishers/"));
    let google = path.and_then(|path| path.rsplit('/').next()).filter(|id| !id.is_empty());
    let id = text("id").or_else(|| text("model")).or(google).or_else(|| text("name"))?;
    let own_name = text("name").filter(|_| google.is_none());
    let name = text("display_name").or_else(|| text("displayName")).or(own_name).unwrap_or(id);
    // OpenRouter and Cohere, which writes it as a float; Groq; vLLM; LM Studio and Mistral; Anthropic; Gemini;
    // OpenRouter's second place.
    let context = [
        "/context_length",
        "/context_window",
        "/max_model_len",
        "/max_context_length",
        "/max_input_tokens",
        "/inputTokenLimit",
        "/top_provider/context_length",
    ]
    .iter()
    .find_map(|path| model.pointer(path).and_then(Value::as_f64))
    .filter(|context| (1.0..=f64::from(u32::MAX)).contains(context))
    .map(|context| context as u32);
    Some(ModelInfo { id: id.to_owned(), name: name.to_owned(), context })
}

fn not_a_list(page: &Value, target: &Target, secrets: &Secrets) -> ProviderError {
    let mut error = if page.get("error").is_some_and(|error| !error.is_null()) {
        classify::from_json(page, None)
    } else {
        ProviderError::new(ErrorKind::Decode, "").detail("it answered with no list of models")
    };
    error.provider_name = target.provider_name.clone();
    error.scrubbed(secrets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(page: Value) -> Vec<String> {
        read_list(&page).unwrap().into_iter().map(|model| model.id).collect()
    }

    #[test]
    fn every_shape_of_list_is_read() {
        assert_eq!(ids(json!({"object": "list", "data": [{"id": "gpt-5"}, {"id": "o3"}]})), ["gpt-5", "o3"]);
        assert_eq!(ids(json!({"models": [{"name": "llama3:8b", "model": "llama3:8b"}]})), ["llama3:8b"]);
        assert_eq!(ids(json!([{"id": "meta/llama"}, {"type": "chat"}])), ["meta/llama"]);
        assert_eq!(ids(json!({"models": ["a", "b"]})), ["a", "b"]);
        assert_eq!(read_list(&json!({"hello": 1})), None);
    }

    #[test]
    fn the_next_page_is_asked_for_by_each_vendors_mark_and_only_when_there_is_one() {
        assert_eq!(next_page(&json!({"has_more": true, "last_id": "a"})).as_deref(), Some("a"));
        assert_eq!(next_page(&json!({"has_more": false, "last_id": "a"})), None);
        assert_eq!(next_page(&json!({"models": [], "next_page_token": "t"})).as_deref(), Some("t"));
        assert_eq!(next_page(&json!({"models": [], "next_page_token": ""})), None);
    }

    #[test]
    fn of_azure_s_models_those_that_cannot_chat_are_left_out() {
        let can = |chat: bool| json!({"chat_completion": chat, "completion": false, "inference": true});
        let page = json!({"data": [
            {"id": "gpt-4o", "object": "model", "capabilities": can(true)},
            {"id": "text-embedding-3-large", "object": "model", "capabilities": can(false)},
            {"id": "unknown", "object": "model", "capabilities": {"inference": true}},
        ]});
        assert_eq!(ids(page), ["gpt-4o", "unknown"]);
    }

    #[test]
    fn names_and_context_are_taken_from_wherever_the_vendor_puts_them() {
        let model =
            read_model(&json!({"id": "claude-x", "display_name": "Claude X", "max_input_tokens": 200_000}));
        assert_eq!(
            model,
            Some(ModelInfo { id: "claude-x".into(), name: "Claude X".into(), context: Some(200_000) })
        );
        let model = read_model(&json!({"id": "a/b", "top_provider": {"context_length": 8192}})).unwrap();
        assert_eq!((model.name.as_str(), model.context), ("a/b", Some(8_192)));
        let model =
            read_model(&json!({"name": "command-a", "context_length": 256_000.0, "finetuned": false}))
                .unwrap();
        assert_eq!((model.id.as_str(), model.context), ("command-a", Some(256_000)));
    }

    #[test]
    fn of_ai_studio_s_models_those_that_chat_are_listed_under_the_name_that_requests_use() {
        let page = json!({"models": [
            {"name": "models/gemini-2.5-pro", "displayName": "Gemini 2.5 Pro", "inputTokenLimit": 1_048_576,
             "supportedGenerationMethods": ["generateContent", "countTokens"]},
            {"name": "models/text-embedding-004", "supportedGenerationMethods": ["embedContent"]},
        ], "nextPageToken": "p2"});
        assert_eq!(
            read_list(&page).unwrap(),
            [ModelInfo {
                id: "gemini-2.5-pro".into(),
                name: "Gemini 2.5 Pro".into(),
                context: Some(1_048_576)
            }]
        );
        assert_eq!(next_page(&page).as_deref(), Some("p2"));
    }

    #[test]
    fn of_vertex_ai_s_models_those_that_chat_are_listed() {
        let page = json!({"publisherModels": [
            {"name": "publishers/google/models/gemini-2.5-flash", "versionId": "default"},
            {"name": "publishers/google/models/gemini-embedding-001"},
            {"name": "publishers/google/models/imagen-4.0"},
            {"name": "publishers/anthropic/models/claude-sonnet-4"},
        ]});
        assert_eq!(ids(page), ["gemini-2.5-flash", "claude-sonnet-4"]);
    }

    #[test]
    fn a_page_leads_to_the_next_in_the_vendor_s_way() {
        assert_eq!(next_page(&json!({"has_more": true, "last_id": "m9"})).as_deref(), Some("m9"));
        assert_eq!(next_page(&json!({"has_more": false, "last_id": "m9"})), None);
        assert_eq!(next_page(&json!({"nextPageToken": ""})), None);
    }
}
