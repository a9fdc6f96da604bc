//! Where a request goes: one rule for each pair of platform and wire. Addresses are built from the base
//! that the person entered, so that a key never leaves for another host.

use crate::error::{ErrorKind, ProviderError};
use crate::target::{Platform, Target, WireKind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// An answer, as a stream or as one document.
    Answer {
        /// As one document.
        plain: bool,
    },
    /// The list of models.
    Models,
}

/// Everything but letters, digits and `-._~` is encoded in a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The address of a request. A query in the base stays: some gateways want one.
///
/// # Errors
/// `Invalid` when the base is no `http` or `https` address.
pub(crate) fn address(target: &Target, ask: Ask) -> Result<String, ProviderError> {
    let invalid = || {
        ProviderError::new(ErrorKind::Invalid, &target.provider_name)
            .detail(format!("its address `{}` is no web address", target.base_url))
    };
    let mut url = Url::parse(&target.base_url).map_err(|_| invalid())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(invalid());
    }
    let base = url.path().trim_end_matches('/').to_owned();
    let (path, query) = match &target.platform {
        Platform::Plain | Platform::Bedrock { .. } => plain(target, ask, &base),
        Platform::Azure { api_version, .. } => azure(target, ask, &base, api_version.as_deref()),
        Platform::Vertex { project, location } => vertex(target, ask, &base, project, location),
    };
    url.set_path(&path);
    for (name, value) in query {
        url.query_pairs_mut().append_pair(name, &value);
    }
    url.set_fragment(None);
    Ok(url.into())
}

type Place = (String, Vec<(&'static str, String)>);

fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

fn plain(target: &Target, ask: Ask, base: &str) -> Place {
    let none = Vec::new();
    match (target.wire, ask) {
        // An Anthropic base may end in `/v1` or not, as both are written in the wild.
        (WireKind::AnthropicMessages, ask) => {
            let version = if base.ends_with("/v1") { "" } else { "/v1" };
            let path = if ask == Ask::Models { "models" } else { "messages" };
            (format!("{base}{version}/{path}"), none)
        }
        (WireKind::Gemini, Ask::Answer { plain }) => {
            let model = target.model.strip_prefix("models/").unwrap_or(&target.model);
            gemini(&format!("{base}/models/{}", segment(model)), plain)
        }
        (WireKind::BedrockConverse, Ask::Answer { plain }) => {
            let verb = if plain { "converse" } else { "converse-stream" };
            (format!("{base}/model/{}/{verb}", segment(&target.model)), none)
        }
        (WireKind::BedrockConverse, Ask::Models) => (format!("{base}/foundation-models"), none),
        (WireKind::CohereChat, Ask::Answer { .. }) => (format!("{base}/v2/chat"), none),
        (WireKind::CohereChat, Ask::Models) => (format!("{base}/v1/models"), none),
        (WireKind::OllamaChat, Ask::Answer { .. }) => (format!("{base}/api/chat"), none),
        (WireKind::OllamaChat, Ask::Models) => (format!("{base}/api/tags"), none),
        (WireKind::OpenaiResponses, Ask::Answer { .. }) => (format!("{base}/responses"), none),
        (_, Ask::Answer { .. }) => (format!("{base}/chat/completions"), none),
        (_, Ask::Models) => (format!("{base}/models"), none),
    }
}

fn gemini(model: &str, plain: bool) -> Place {
    if plain {
        (format!("{model}:generateContent"), Vec::new())
    } else {
        (format!("{model}:streamGenerateContent"), vec![("alt", "sse".to_owned())])
    }
}

/// Azure has three shapes: deployments with a dated version, v1 without one, and Claude. A base that was
/// copied with `/openai/v1` at its end does not get it twice.
fn azure(target: &Target, ask: Ask, base: &str, api_version: Option<&str>) -> Place {
    let root = base.strip_suffix("/openai/v1").or_else(|| base.strip_suffix("/openai")).unwrap_or(base);
    let version = || api_version.map(|version| ("api-version", version.to_owned())).into_iter().collect();
    // Foundry's base with `/models` is for its catalogue models only.
    let resource = root.strip_suffix("/models").unwrap_or(root);
    match (target.wire, ask, api_version) {
        (WireKind::AnthropicMessages, Ask::Answer { .. }, _) => {
            (format!("{resource}/anthropic/v1/messages"), Vec::new())
        }
        (WireKind::OpenaiResponses, Ask::Answer { .. }, _) => {
            (format!("{resource}/openai/v1/responses"), Vec::new())
        }
        // Foundry's catalogue models have an address of their own, without a deployment in it.
        (_, Ask::Answer { .. }, _) if root.ends_with("/models") => {
            (format!("{root}/chat/completions"), version())
        }
        (_, Ask::Answer { .. }, Some(_)) => {
            (format!("{root}/openai/deployments/{}/chat/completions", segment(&target.model)), version())
        }
        (_, Ask::Answer { .. }, None) => (format!("{root}/openai/v1/chat/completions"), Vec::new()),
        (_, Ask::Models, Some(_)) => (format!("{resource}/openai/models"), version()),
        (_, Ask::Models, None) => (format!("{resource}/openai/v1/models"), Vec::new()),
    }
}

fn vertex(target: &Target, ask: Ask, base: &str, project: &str, location: &str) -> Place {
    let version = if base.is_empty() { "/v1" } else { base };
    let place = format!("{version}/projects/{}/locations/{}", segment(project), segment(location));
    let model = segment(target.model.rsplit('/').next().unwrap_or(&target.model));
    match (target.wire, ask) {
        (_, Ask::Models) => ("/v1beta1/publishers/google/models".to_owned(), Vec::new()),
        (WireKind::AnthropicMessages, Ask::Answer { plain }) => {
            let verb = if plain { "rawPredict" } else { "streamRawPredict" };
            (format!("{place}/publishers/anthropic/models/{model}:{verb}"), Vec::new())
        }
        (WireKind::Gemini, Ask::Answer { plain }) => {
            gemini(&format!("{place}/publishers/google/models/{model}"), plain)
        }
        (_, Ask::Answer { plain }) if is_mistral(&target.model) => {
            let verb = if plain { "rawPredict" } else { "streamRawPredict" };
            (format!("{place}/publishers/mistralai/models/{model}:{verb}"), Vec::new())
        }
        (_, Ask::Answer { .. }) => (format!("{place}/endpoints/openapi/chat/completions"), Vec::new()),
    }
}

/// Mistral's models on Vertex AI speak Chat Completions at an address of their own.
fn is_mistral(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    ["mistral", "codestral", "ministral", "mixtral"].iter().any(|start| name.starts_with(start))
}
