//! The models of Bedrock: those that answer under their own id, and the inference profiles through which the
//! others do. Two lists, at the control plane.

use super::{MAX_PAGES, ModelInfo, not_a_list};
use crate::address::{Ask, address};
use crate::driver::Provider;
use crate::error::{ErrorKind, ProviderError};
use crate::target::Target;
use secrecy::SecretString;
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

/// Profiles a page. Source: `MaxResults` of AWS's service model `bedrock`.
const PROFILES_A_PAGE: &str = "1000";

impl Provider {
    /// Lists models and profiles that give text, models first.
    pub(super) async fn bedrock_models(
        &self,
        target: &Target,
        key: Option<&SecretString>,
        deadline: Instant,
    ) -> Result<Vec<ModelInfo>, ProviderError> {
        let url = address(target, Ask::Models)?;
        let (page, secrets) = self.fetch(&url, Vec::new(), target, key, deadline).await?;
        let models = page.get("modelSummaries").and_then(Value::as_array);
        let models = models.ok_or_else(|| not_a_list(&page, target, &secrets))?;
        let mut listed: Vec<ModelInfo> = Vec::new();
        let mut add = |found: Vec<ModelInfo>| {
            for model in found {
                if !listed.iter().any(|known| known.id == model.id) {
                    listed.push(model);
                }
            }
        };
        add(models.iter().filter_map(on_demand).collect());
        let mut after = None;
        for _ in 0..MAX_PAGES {
            let url = profiles_address(&url, after.as_deref(), target)?;
            let page = match self.fetch(&url, Vec::new(), target, key, deadline).await {
                Ok((page, _)) => page,
                // Listing profiles is a right of its own, and gateways have none; the models stay.
                Err(error) => {
                    tracing::debug!(provider = %target.provider_id, kind = ?error.kind, "no inference profiles listed");
                    break;
                }
            };
            let profiles = page.get("inferenceProfileSummaries").and_then(Value::as_array);
            add(profiles.into_iter().flatten().filter_map(|entry| profile(entry, models)).collect());
            let next = page.get("nextToken").and_then(Value::as_str).map(str::to_owned);
            // The same page again would be the same page for ever.
            if next.is_none() || next == after {
                break;
            }
            after = next;
        }
        Ok(listed)
    }
}

/// The list of profiles stands beside the list of models.
fn profiles_address(models: &str, after: Option<&str>, target: &Target) -> Result<String, ProviderError> {
    let invalid = || ProviderError::new(ErrorKind::Invalid, &target.provider_name);
    let mut url = Url::parse(models).map_err(|_| invalid())?;
    url.path_segments_mut().map_err(|()| invalid())?.pop().push("inference-profiles");
    url.query_pairs_mut()
        .append_pair("maxResults", PROFILES_A_PAGE)
        .extend_pairs(after.map(|token| ("nextToken", token)));
    Ok(url.into())
}

/// A model that gives text under its own id.
fn on_demand(model: &Value) -> Option<ModelInfo> {
    let id = text(model, "modelId")?;
    let name = text(model, "modelName").unwrap_or(id);
    (gives_text(model) && has(model, "inferenceTypesSupported", "ON_DEMAND")).then(|| info(id, name))
}

/// A profile in use whose model gives text; one whose model is not on the list is given the benefit of the
/// doubt.
fn profile(profile: &Value, models: &[Value]) -> Option<ModelInfo> {
    let id = text(profile, "inferenceProfileId")?;
    let name = text(profile, "inferenceProfileName").unwrap_or(id);
    let active = text(profile, "status").is_none_or(|status| status == "ACTIVE");
    let arns = profile.get("models").and_then(Value::as_array).into_iter().flatten();
    let mut behind = arns.filter_map(|model| text(model, "modelArn")?.rsplit_once("foundation-model/"));
    let wrong = behind.any(|(_, behind)| {
        models.iter().any(|model| text(model, "modelId") == Some(behind) && !gives_text(model))
    });
    (active && !wrong).then(|| info(id, name))
}

fn gives_text(model: &Value) -> bool {
    has(model, "outputModalities", "TEXT")
}

fn has(model: &Value, field: &str, word: &str) -> bool {
    let words = model.get(field).and_then(Value::as_array);
    words.is_some_and(|words| words.iter().any(|entry| entry == word))
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn info(id: &str, name: &str) -> ModelInfo {
    ModelInfo { id: id.to_owned(), name: name.to_owned(), context: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_models_and_profiles_that_give_text_are_listed() {
        let model = |id: &str, output: &str, inference: &str| json!({"modelId": id, "modelName": id.to_uppercase(), "outputModalities": [output], "inferenceTypesSupported": [inference]});
        let models = [
            model("a.text", "TEXT", "ON_DEMAND"),
            model("a.picture", "IMAGE", "ON_DEMAND"),
            model("a.vectors", "EMBEDDING", "ON_DEMAND"),
            model("a.rented", "TEXT", "PROVISIONED"),
            model("a.shared", "TEXT", "INFERENCE_PROFILE"),
            json!({"modelName": "no id"}),
        ];
        let listed: Vec<ModelInfo> = models.iter().filter_map(on_demand).collect();
        assert_eq!(listed, [info("a.text", "A.TEXT")]);

        let entry = |id: &str, of: &str, status: &str| {
            let arn = format!("arn:aws:bedrock:us-east-1::foundation-model/{of}");
            json!({"inferenceProfileId": id, "inferenceProfileName": "P", "status": status, "models": [{"modelArn": arn}]})
        };
        for (id, of, status, is_listed) in [
            ("us.a.shared", "a.shared", "ACTIVE", true),
            ("us.a.vectors", "a.vectors", "ACTIVE", false),
            ("us.a.new", "a.new", "ACTIVE", true),
            ("us.a.old", "a.shared", "INACTIVE", false),
        ] {
            assert_eq!(profile(&entry(id, of, status), &models).is_some(), is_listed, "{id}");
        }
    }
}
