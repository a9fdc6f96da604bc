//! The models that a provider lists, in whichever shape it lists them.
//!
//! Called for the model picker and by `check`.

use crate::address::{Ask, address};
use crate::auth;
use crate::classify;
use crate::demo;
use crate::driver::Provider;
use crate::encode::headers;
use crate::error::{ErrorKind, ProviderError};
use crate::target::{Target, WireKind};
use futures_util::StreamExt;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use url::Url;

/// A list takes no longer than this, all pages together.
const LIST_TIMEOUT: Duration = Duration::from_secs(15);

/// The most bytes of one page. The longest list known (OpenRouter's) has about one megabyte.
const MAX_LIST_BYTES: usize = 16 * 1024 * 1024;

/// The most pages that are asked for; Anthropic gives up to 1,000 models a page.
const MAX_PAGES: usize = 10;

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
        let mut models: Vec<ModelInfo> = Vec::new();
        let mut after = None;
        for _ in 0..MAX_PAGES {
            let page = self.page(target, key, after.as_deref(), deadline).await?;
            let listed = read_list(&page).ok_or_else(|| not_a_list(&page, target, key))?;
            let before = models.len();
            for model in listed {
                if !models.iter().any(|known| known.id == model.id) {
                    models.push(model);
                }
            }
            let more = page.get("has_more").and_then(Value::as_bool).unwrap_or(false);
            after = page.get("last_id").and_then(Value::as_str).map(str::to_owned);
            // A page that brings nothing new would bring nothing new for ever.
            if !more || after.is_none() || models.len() == before {
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
    ) -> Result<Value, ProviderError> {
        let failed = |kind| ProviderError::new(kind, &target.provider_name);
        let mut url = address(target, Ask::Models)?;
        if target.wire == WireKind::AnthropicMessages {
            let mut paged = Url::parse(&url).map_err(|_| failed(ErrorKind::Invalid))?;
            paged
                .query_pairs_mut()
                .append_pair("limit", "1000")
                .extend_pairs(after.map(|id| ("after_id", id)));
            url = paged.into();
        }
        let headers = headers(target);
        let sending = self.send(Method::GET, &url, &headers, None, target, key, deadline);
        let mut chunks = sending.await.map_err(|refusal| refusal.error)?.bytes_stream();
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
        serde_json::from_slice(&body).map_err(|_| {
            let text = String::from_utf8_lossy(&body);
            let detail = if text.trim_start().starts_with('<') {
                classify::page(&text)
            } else {
                "its list of models is no JSON".to_owned()
            };
            failed(ErrorKind::Decode).detail(detail)
        })
    }
}

/// Reads `{"data":[…]}` (OpenAI, Anthropic), `{"models":[…]}` (Ollama), or a bare list (Together), of
/// objects or of names.
fn read_list(page: &Value) -> Option<Vec<ModelInfo>> {
    let list =
        [page.get("data"), page.get("models"), Some(page)].into_iter().flatten().find_map(Value::as_array)?;
    Some(list.iter().filter_map(read_model).collect())
}

fn read_model(model: &Value) -> Option<ModelInfo> {
    if let Some(id) = model.as_str() {
        return Some(ModelInfo { id: id.to_owned(), name: id.to_owned(), context: None });
    }
    let text = |field: &str| model.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let id = text("id").or_else(|| text("model")).or_else(|| text("name"))?;
    let name = text("display_name").or_else(|| text("name")).unwrap_or(id);
    // OpenRouter; Groq; vLLM; LM Studio and Mistral; Anthropic; OpenRouter's second place.
    let context = [
        "/context_length",
        "/context_window",
        "/max_model_len",
        "/max_context_length",
        "/max_input_tokens",
        "/top_provider/context_length",
    ]
    .iter()
    .find_map(|path| model.pointer(path).and_then(Value::as_u64))
    .and_then(|context| u32::try_from(context).ok());
    Some(ModelInfo { id: id.to_owned(), name: name.to_owned(), context })
}

fn not_a_list(page: &Value, target: &Target, key: Option<&SecretString>) -> ProviderError {
    let mut error = if page.get("error").is_some_and(|error| !error.is_null()) {
        classify::from_json(page, None)
    } else {
        ProviderError::new(ErrorKind::Decode, "").detail("it answered with no list of models")
    };
    error.provider_name = target.provider_name.clone();
    error.scrubbed(auth::trimmed(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
    fn names_and_context_are_taken_from_wherever_the_vendor_puts_them() {
        let model =
            read_model(&json!({"id": "claude-x", "display_name": "Claude X", "max_input_tokens": 200_000}));
        assert_eq!(
            model,
            Some(ModelInfo { id: "claude-x".into(), name: "Claude X".into(), context: Some(200_000) })
        );
        let model = read_model(&json!({"id": "a/b", "top_provider": {"context_length": 8192}})).unwrap();
        assert_eq!((model.name.as_str(), model.context), ("a/b", Some(8_192)));
    }
}
