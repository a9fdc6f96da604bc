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
        Platform::Azure { api_version, .. } => {
            let pasted = take_query(&mut url, API_VERSION);
            azure(target, ask, &base, api_version.as_deref().or(pasted.as_deref()))
        }
        Platform::Vertex { project, location } => vertex(target, ask, &base, project, location),
    };
    if let (Ask::Models, Some(host)) = (ask, control_plane(target)) {
        url.set_host(Some(&host)).map_err(|_| invalid())?;
    }
    url.set_path(&path);
    for (name, value) in query {
        url.query_pairs_mut().append_pair(name, &value);
    }
    url.set_fragment(None);
    Ok(url.into())
}

/// The one other host that Bedrock's credentials may go to: AWS lists models at `bedrock.{region}…` and
/// answers at `bedrock-runtime.{region}…`. `None` for every other platform and for addresses that are not
/// AWS's own; those serve both themselves.
pub(crate) fn control_plane(target: &Target) -> Option<String> {
    let Platform::Bedrock { .. } = target.platform else { return None };
    let base = Url::parse(&target.base_url).ok()?;
    let rest = base.host_str()?.strip_prefix("bedrock-runtime.")?;
    let aws = [".amazonaws.com", ".amazonaws.com.cn"].iter().any(|end| rest.ends_with(end));
    aws.then(|| format!("bedrock.{rest}"))
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
        // Bases of these two are written with and without what their paths begin with.
        (WireKind::CohereChat, ask) => {
            let root = without(base, &["/v1", "/v2"]);
            let path = if ask == Ask::Models { "v1/models" } else { "v2/chat" };
            (format!("{root}/{path}"), none)
        }
        (WireKind::OllamaChat, ask) => {
            let root = without(base, &["/v1", "/api"]);
            let path = if ask == Ask::Models { "tags" } else { "chat" };
            (format!("{root}/api/{path}"), none)
        }
        (WireKind::OpenaiResponses, Ask::Answer { .. }) => (format!("{base}/responses"), none),
        (_, Ask::Answer { .. }) => (format!("{base}/chat/completions"), none),
        (_, Ask::Models) => (format!("{base}/models"), none),
    }
}

/// The base without the first of these endings that it has.
fn without<'a>(base: &'a str, endings: &[&str]) -> &'a str {
    endings.iter().find_map(|ending| base.strip_suffix(ending)).unwrap_or(base)
}

fn gemini(model: &str, plain: bool) -> Place {
    if plain {
        (format!("{model}:generateContent"), Vec::new())
    } else {
        (format!("{model}:streamGenerateContent"), vec![("alt", "sse".to_owned())])
    }
}

/// Takes a value out of an address's query.
pub(crate) fn take_query(url: &mut Url, name: &str) -> Option<String> {
    let (taken, kept): (Vec<_>, Vec<_>) =
        url.query_pairs().into_owned().partition(|(known, _)| known == name);
    if !taken.is_empty() {
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
    }
    taken.into_iter().next().map(|(_, value)| value).filter(|value| !value.is_empty())
}

/// The value that Azure's addresses have in their query.
pub(crate) const API_VERSION: &str = "api-version";

/// Azure has four shapes: deployments with a dated version, v1 without one (Responses is there only), the
/// catalogue models of Foundry, and Claude. A base that was copied with the beginning of any of them does
/// not get it twice.
///
/// v1 refuses a dated version, so a base that ends in `/openai/v1` goes without the date; it takes
/// `preview` and `latest`.
fn azure(target: &Target, ask: Ask, base: &str, api_version: Option<&str>) -> Place {
    let (root, version_one) = azure_root(base);
    let api_version = api_version.map(str::trim).filter(|version| !version.is_empty());
    let dated = api_version.filter(|version| version.starts_with(|first: char| first.is_ascii_digit()));
    let named = api_version.filter(|version| matches!(*version, "preview" | "latest"));
    let query = |version: Option<&str>| version.map(|v| (API_VERSION, v.to_owned())).into_iter().collect();
    let foundry = root.strip_suffix("/models");
    let root = foundry.unwrap_or(root);
    match (target.wire, ask, dated) {
        (WireKind::AnthropicMessages, Ask::Answer { .. }, _) => {
            (format!("{root}/anthropic/v1/messages"), Vec::new())
        }
        (WireKind::OpenaiResponses, Ask::Answer { .. }, _) => {
            (format!("{root}/openai/v1/responses"), query(named))
        }
        // Foundry's catalogue models have an address of their own, without a deployment in it.
        (_, Ask::Answer { .. }, _) if foundry.is_some() => {
            (format!("{root}/models/chat/completions"), query(api_version))
        }
        (_, Ask::Answer { .. }, Some(_)) if !version_one => {
            (format!("{root}/openai/deployments/{}/chat/completions", segment(&target.model)), query(dated))
        }
        (_, Ask::Answer { .. }, _) => (format!("{root}/openai/v1/chat/completions"), query(named)),
        (_, Ask::Models, Some(_)) if !version_one && foundry.is_none() => {
            (format!("{root}/openai/models"), query(dated))
        }
        (_, Ask::Models, _) => (format!("{root}/openai/v1/models"), query(named)),
    }
}

/// What stands before the parts of a path that this module adds, and whether it named v1.
pub(crate) fn azure_root(base: &str) -> (&str, bool) {
    if let Some(root) = base.strip_suffix("/openai/v1") {
        return (root, true);
    }
    let endings = ["/openai", "/anthropic/v1", "/anthropic"];
    if let Some(root) = endings.iter().find_map(|ending| base.strip_suffix(ending)) {
        return (root, false);
    }
    match base.rsplit_once("/openai/deployments/") {
        Some((root, deployment)) if !deployment.contains('/') => (root, false),
        _ => (base, false),
    }
}

/// What a path of Vertex AI keeps unencoded beyond `SEGMENT`: the `@` before a version, as in
/// `claude-sonnet-4@20250514`. LiteLLM and Anthropic's client library send it as it is.
const VERTEX_SEGMENT: &AsciiSet = &SEGMENT.remove(b'@');

/// Vertex AI has an address for each publisher, one for all models that speak Chat Completions, and one
/// for each endpoint of one's own, which is named by a number. A base that holds the project already
/// does not get it twice.
fn vertex(target: &Target, ask: Ask, base: &str, project: &str, location: &str) -> Place {
    let place = match base {
        base if base.contains("/projects/") => base.to_owned(),
        base => {
            let version = if base.is_empty() { "/v1" } else { base };
            format!("{version}/projects/{}/locations/{}", segment(project), segment(location))
        }
    };
    let name = target.model.rsplit('/').next().unwrap_or(&target.model);
    let own_endpoint = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    let model = utf8_percent_encode(name, VERTEX_SEGMENT).to_string();
    let predict = |publisher: &str, plain: bool| {
        let verb = if plain { "rawPredict" } else { "streamRawPredict" };
        (format!("{place}/publishers/{publisher}/models/{model}:{verb}"), Vec::new())
    };
    match (target.wire, ask) {
        // Lists are of publishers, not of projects, and exist in this version only.
        (WireKind::AnthropicMessages, Ask::Models) => {
            ("/v1beta1/publishers/anthropic/models".to_owned(), Vec::new())
        }
        (_, Ask::Models) => ("/v1beta1/publishers/google/models".to_owned(), Vec::new()),
        (WireKind::AnthropicMessages, Ask::Answer { plain }) => predict("anthropic", plain),
        (WireKind::Gemini, Ask::Answer { plain }) if own_endpoint => {
            gemini(&format!("{place}/endpoints/{model}"), plain)
        }
        (WireKind::Gemini, Ask::Answer { plain }) => {
            gemini(&format!("{place}/publishers/google/models/{model}"), plain)
        }
        (_, Ask::Answer { plain }) if is_mistral(&target.model) => predict("mistralai", plain),
        (_, Ask::Answer { .. }) => {
            let endpoint = if own_endpoint { &model } else { "openapi" };
            (format!("{place}/endpoints/{endpoint}/chat/completions"), Vec::new())
        }
    }
}

/// Mistral's models on Vertex AI speak Chat Completions at an address of their own.
fn is_mistral(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model);
    ["mistral", "codestral", "ministral", "mixtral"].iter().any(|start| name.starts_with(start))
}
