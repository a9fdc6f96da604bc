//! Makes a base address of what people paste: whole endpoints, bare hosts, trailing slashes.
//!
//! Every change is told, in words, so that nothing is done silently. `api` calls it before it keeps or
//! checks a provider.

use crate::target::WireKind;
use std::net::IpAddr;
use url::{Host, Url};

/// An address after healing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Healed {
    /// The base address.
    pub url: String,
    /// What was changed, one sentence each; empty when nothing was.
    pub changes: Vec<String>,
}

/// Ends of endpoints that are not part of a base, longest first.
const OPENAI_ENDINGS: [&str; 5] =
    ["/chat/completions", "/completions", "/responses", "/embeddings", "/models"];
const ANTHROPIC_ENDINGS: [&str; 3] = ["/messages/count_tokens", "/messages", "/models"];

/// Ollama's own API, whose neighbour `/v1` speaks Chat Completions.
const OLLAMA_PATHS: [&str; 4] = ["/api", "/api/chat", "/api/generate", "/api/tags"];

/// Bases of known hosts whose path is not `/v1`.
const KNOWN_PATHS: [(&str, &str); 6] = [
    ("openrouter.ai", "/api/v1"),
    ("api.groq.com", "/openai/v1"),
    ("api.fireworks.ai", "/inference/v1"),
    ("api.perplexity.ai", ""),
    ("api.cohere.com", "/compatibility/v1"),
    ("generativelanguage.googleapis.com", "/v1beta/openai"),
];

/// Heals an address for a wire. Text that is no web address comes back as it is; `encode` refuses it
/// with a clear error.
pub fn heal_base_url(text: &str, wire: WireKind) -> Healed {
    let mut changes = Vec::new();
    if wire == WireKind::Demo {
        return Healed { url: "demo:local".to_owned(), changes };
    }
    let mut url = match tidied(text, &mut changes) {
        Ok(url) => url,
        Err(text) => return Healed { url: text, changes: Vec::new() },
    };
    let path = healed_path(&url, wire, &mut changes);
    url.set_path(&path);
    Healed { url: written(url), changes }
}

/// The address without what surrounds it when it is copied, with a scheme, without a password and what
/// stands behind `#`. The text when it is no address.
pub(super) fn tidied(text: &str, changes: &mut Vec<String>) -> Result<Url, String> {
    let text = text.trim().trim_matches(['"', '\'', '<', '>', '`']).trim();
    if text.is_empty() {
        return Err(String::new());
    }
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        let host = Url::parse(&format!("http://{text}")).ok();
        let local = host.as_ref().and_then(Url::host_str).is_some_and(is_local);
        let scheme = if local { "http" } else { "https" };
        changes.push(format!("Added `{scheme}://`."));
        format!("{scheme}://{text}")
    };
    let mut url = Url::parse(&with_scheme).map_err(|_| text.to_owned())?;
    if url.username() != "" || url.password().is_some() {
        // Both setters refuse only addresses without a host, which have no user either.
        let removed = url.set_username("").and_then(|()| url.set_password(None));
        if removed.is_ok() {
            changes.push("Removed the name and password; a key belongs into its own field.".to_owned());
        }
    }
    if url.fragment().is_some() {
        url.set_fragment(None);
        changes.push("Removed what stood behind `#`.".to_owned());
    }
    Ok(url)
}

/// The address as a base is written: the parser gives an empty path a `/`, which a base does not need.
pub(super) fn written(url: Url) -> String {
    let bare = url.path() == "/";
    let written = String::from(url);
    let written = if bare { written.replacen("/?", "?", 1) } else { written };
    written.trim_end_matches('/').to_owned()
}

/// The path of the base.
fn healed_path(url: &Url, wire: WireKind, changes: &mut Vec<String>) -> String {
    let mut path = url.path().trim_end_matches('/').to_owned();
    let endings: &[&str] =
        if wire == WireKind::AnthropicMessages { &ANTHROPIC_ENDINGS } else { &OPENAI_ENDINGS };
    while let Some(ending) = endings.iter().find(|ending| path.ends_with(**ending)) {
        path.truncate(path.len() - ending.len());
        path.truncate(path.trim_end_matches('/').len());
        changes.push(format!("Removed `{ending}`; Rearview adds it."));
    }
    if wire == WireKind::OpenaiChat {
        if OLLAMA_PATHS.contains(&path.as_str()) && url.host_str().is_some_and(is_local) {
            changes.push(format!("Replaced `{path}` by `/v1`, where Ollama speaks this protocol."));
            path = "/v1".to_owned();
        } else if path.is_empty() {
            let known = KNOWN_PATHS.iter().find(|(host, _)| url.host_str() == Some(host));
            path = known.map_or("/v1", |(_, path)| path).to_owned();
            if !path.is_empty() {
                changes.push(format!("Added `{path}`."));
            }
        }
    }
    if changes.is_empty() && path.len() < url.path().len() && url.path() != "/" {
        changes.push("Removed the slash at the end.".to_owned());
    }
    path
}

/// Whether a host is this machine or a neighbour: no certificate, no proxy.
pub(crate) fn is_local(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => {
            name == "localhost"
                || name == "host.docker.internal"
                || name.ends_with(".localhost")
                || name.ends_with(".local")
        }
        Ok(Host::Ipv4(address)) => near(IpAddr::V4(address)),
        Ok(Host::Ipv6(address)) => near(IpAddr::V6(address)),
        Err(_) => false,
    }
}

fn near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_unspecified() || v4.is_link_local(),
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn openai(text: &str) -> (String, usize) {
        let healed = heal_base_url(text, WireKind::OpenaiChat);
        (healed.url, healed.changes.len())
    }

    #[test]
    fn what_people_paste_becomes_a_base_and_each_change_is_told() {
        for (pasted, base, changes) in [
            ("https://api.openai.com/v1", "https://api.openai.com/v1", 0),
            ("https://api.openai.com/v1/", "https://api.openai.com/v1", 1),
            ("https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1", 1),
            ("https://api.openai.com/v1/chat/completions/", "https://api.openai.com/v1", 1),
            ("https://api.openai.com/v1/responses", "https://api.openai.com/v1", 1),
            ("https://api.openai.com/v1/models", "https://api.openai.com/v1", 1),
            ("api.openai.com", "https://api.openai.com/v1", 2),
            ("localhost:1234", "http://localhost:1234/v1", 2),
            ("127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1", 1),
            ("192.168.1.7:11434", "http://192.168.1.7:11434/v1", 2),
            ("[::1]:8080", "http://[::1]:8080/v1", 2),
            ("http://localhost:11434/api/chat", "http://localhost:11434/v1", 1),
            ("https://openrouter.ai", "https://openrouter.ai/api/v1", 1),
            ("https://api.perplexity.ai", "https://api.perplexity.ai", 0),
            ("https://api.z.ai/api/paas/v4", "https://api.z.ai/api/paas/v4", 0),
            (
                "https://x.openai.azure.com/openai/v1?api-version=preview",
                "https://x.openai.azure.com/openai/v1?api-version=preview",
                0,
            ),
            ("  \"https://api.openai.com/v1\" ", "https://api.openai.com/v1", 0),
        ] {
            assert_eq!(openai(pasted), (base.to_owned(), changes), "{pasted}");
        }
    }

    #[test]
    fn an_anthropic_base_keeps_its_path_and_loses_its_endpoint() {
        for (pasted, base) in [
            ("https://api.anthropic.com", "https://api.anthropic.com"),
            ("https://api.anthropic.com/v1/messages", "https://api.anthropic.com/v1"),
            ("https://api.z.ai/api/anthropic/", "https://api.z.ai/api/anthropic"),
        ] {
            assert_eq!(heal_base_url(pasted, WireKind::AnthropicMessages).url, base, "{pasted}");
        }
    }

    #[test]
    fn a_healed_address_stays_as_it_is() {
        for text in
            ["api.openai.com/v1/chat/completions", "localhost:1234/", "https://openrouter.ai/api/v1/models"]
        {
            let once = heal_base_url(text, WireKind::OpenaiChat);
            assert_eq!(
                heal_base_url(&once.url, WireKind::OpenaiChat),
                Healed { url: once.url, changes: vec![] }
            );
        }
    }

    #[test]
    fn a_password_in_an_address_is_taken_out_and_told() {
        let healed = heal_base_url("https://me:sk-secret@api.example/v1", WireKind::OpenaiChat);
        assert_eq!(healed.url, "https://api.example/v1");
        assert!(healed.changes.iter().all(|change| !change.contains("sk-secret")));
        assert_eq!(healed.changes.len(), 1);
    }

    #[test]
    fn text_that_is_no_address_comes_back_as_it_is() {
        assert_eq!(openai("not an address"), ("not an address".to_owned(), 0));
        assert_eq!(openai("  "), (String::new(), 0));
    }
}
