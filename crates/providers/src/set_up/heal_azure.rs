//! Makes a base address of what people paste for Azure, where addresses hold a deployment and a version.
//!
//! `heal` does it for all others. `api` calls this before it keeps or checks a provider on Azure; the
//! version goes into the platform and the deployment is the model.

use super::heal::{tidied, written};
use crate::address::{API_VERSION, azure_root};
use percent_encoding::percent_decode_str;

/// An address of Azure after healing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealedAzure {
    /// The base address: the resource, or with `/openai/v1` or `/models` behind it when it named them.
    pub url: String,
    /// The version that stood in the address. `None` when there was none, or v1 takes none.
    pub api_version: Option<String>,
    /// The deployment that stood in the address, which is what goes out as the model.
    pub deployment: Option<String>,
    /// What was changed, one sentence each; empty when nothing was.
    pub changes: Vec<String>,
}

/// Ends of endpoints that are not part of a base, longest first.
const ENDINGS: [&str; 7] = [
    "/chat/completions",
    "/count_tokens",
    "/completions",
    "/responses",
    "/embeddings",
    "/v1/messages",
    "/messages",
];

/// Heals an address. Text that is no web address comes back as it is; `encode` refuses it with a clear
/// error.
pub fn heal_azure(text: &str) -> HealedAzure {
    let mut changes = Vec::new();
    let mut url = match tidied(text, &mut changes) {
        Ok(url) => url,
        Err(url) => return HealedAzure { url, api_version: None, deployment: None, changes: Vec::new() },
    };
    let pasted = url.path().trim_end_matches('/').to_owned();
    let (base, deployment) = base_path(&pasted);
    if base.len() < pasted.len() {
        changes.push(format!("Removed `{}`; Rearview adds it.", &pasted[base.len()..]));
    } else if url.path().len() > pasted.len().max(1) {
        changes.push("Removed the slash at the end.".to_owned());
    }
    if let Some(deployment) = &deployment {
        changes.push(format!("The address names the deployment `{deployment}`: that is the model."));
    }
    let api_version = move_version(&mut url, base.ends_with("/openai/v1"), &mut changes);
    url.set_path(base);
    HealedAzure { url: written(url), api_version, deployment, changes }
}

/// The path without what an address adds, and the deployment in it. v1 and Foundry's `/models` stay,
/// because they say which addresses are meant.
fn base_path(pasted: &str) -> (&str, Option<String>) {
    let mut path = pasted;
    while let Some(rest) = ENDINGS.iter().find_map(|ending| path.strip_suffix(ending)) {
        path = rest;
    }
    // A list of models, not Foundry's address.
    let list = ["/openai/v1/models", "/openai/models"];
    if list.iter().any(|list| path.ends_with(list)) {
        path = path.strip_suffix("/models").unwrap_or(path);
    }
    let deployment = path.rsplit_once("/openai/deployments/").map(|(_, name)| name);
    let deployment = deployment.filter(|name| !name.is_empty() && !name.contains('/'));
    let deployment = deployment.map(|name| percent_decode_str(name).decode_utf8_lossy().into_owned());
    let base = match azure_root(path) {
        (_, true) => path,
        (root, false) => root,
    };
    (base, deployment)
}

/// Takes the version out of the query.
fn move_version(url: &mut url::Url, version_one: bool, changes: &mut Vec<String>) -> Option<String> {
    let version = crate::address::take_query(url, API_VERSION)?;
    if version_one && version.starts_with(|first: char| first.is_ascii_digit()) {
        changes.push(format!("Removed `{API_VERSION}={version}`; addresses of v1 take no date."));
        return None;
    }
    changes.push(format!("Moved `{API_VERSION}={version}` into its own field."));
    Some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_paste_becomes_a_base_with_version_and_deployment_apart() {
        let dated = Some("2024-10-21");
        for (pasted, base, api_version, deployment, changes) in [
            ("https://r.openai.azure.com", "https://r.openai.azure.com", None, None, 0),
            ("https://r.openai.azure.com/", "https://r.openai.azure.com", None, None, 0),
            ("r.openai.azure.com", "https://r.openai.azure.com", None, None, 1),
            ("https://r.openai.azure.com/openai/", "https://r.openai.azure.com", None, None, 1),
            (
                "https://r.openai.azure.com/openai/deployments/my%20dep/chat/completions?api-version=2024-10-21",
                "https://r.openai.azure.com",
                dated,
                Some("my dep"),
                3,
            ),
            (
                "https://r.openai.azure.com/openai/deployments/x?a=b&api-version=2024-10-21",
                "https://r.openai.azure.com?a=b",
                dated,
                Some("x"),
                3,
            ),
            ("https://r.openai.azure.com/openai/v1", "https://r.openai.azure.com/openai/v1", None, None, 0),
            ("https://r.openai.azure.com/openai/v1/", "https://r.openai.azure.com/openai/v1", None, None, 1),
            (
                "https://r.openai.azure.com/openai/v1/responses?api-version=2025-04-01-preview",
                "https://r.openai.azure.com/openai/v1",
                None,
                None,
                2,
            ),
            (
                "https://r.openai.azure.com/openai/v1/models?api-version=preview",
                "https://r.openai.azure.com/openai/v1",
                Some("preview"),
                None,
                2,
            ),
            (
                "https://r.openai.azure.com/openai/responses?api-version=2025-04-01-preview",
                "https://r.openai.azure.com",
                Some("2025-04-01-preview"),
                None,
                2,
            ),
            (
                "https://r.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview",
                "https://r.services.ai.azure.com/models",
                Some("2024-05-01-preview"),
                None,
                2,
            ),
            (
                "https://r.services.ai.azure.com/anthropic/v1/messages",
                "https://r.services.ai.azure.com",
                None,
                None,
                1,
            ),
            (
                "https://r.services.ai.azure.com/api/projects/p/openai/v1",
                "https://r.services.ai.azure.com/api/projects/p/openai/v1",
                None,
                None,
                0,
            ),
            ("not an address", "not an address", None, None, 0),
        ] {
            let healed = heal_azure(pasted);
            assert_eq!(healed.url, base, "{pasted}");
            assert_eq!(healed.api_version.as_deref(), api_version, "{pasted}");
            assert_eq!(healed.deployment.as_deref(), deployment, "{pasted}");
            assert_eq!(healed.changes.len(), changes, "{pasted}: {:?}", healed.changes);
            let again = heal_azure(&healed.url);
            assert_eq!((again.url, again.changes), (healed.url, vec![]), "{pasted}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_taken_out_and_told() {
        let healed = heal_azure("https://me:secret@r.openai.azure.com/openai");
        assert_eq!(healed.url, "https://r.openai.azure.com");
        assert!(healed.changes.iter().all(|change| !change.contains("secret")), "{:?}", healed.changes);
    }
}
