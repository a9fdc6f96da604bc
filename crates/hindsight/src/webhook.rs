//! Webhooks: addresses that a server calls when something happened in a bank. The embedded engine has none.

use crate::address::Path;
use crate::client::Client;
use crate::error;
use crate::lenient;
use crate::pages::page;
use crate::query::Query;
use crate::send::{Call, Confirmed};
use rearview_domain::BankId;
use reqwest::Method;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use ts_rs::TS;

/// How a webhook is called.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct WebhookCall {
    /// `POST` or `GET`.
    #[serde(default, deserialize_with = "lenient::option")]
    pub method: Option<String>,
    /// Seconds that it may take.
    #[serde(default, deserialize_with = "lenient::option")]
    pub timeout_seconds: Option<u32>,
    /// Headers that go along.
    #[serde(default, deserialize_with = "lenient::map")]
    pub headers: BTreeMap<String, String>,
    /// Query parameters that go along.
    #[serde(default, deserialize_with = "lenient::map")]
    pub params: BTreeMap<String, String>,
}

/// An address that is called.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"), remote = "Self")]
#[ts(export, rename_all = "camelCase")]
pub struct Webhook {
    /// Its id.
    pub id: String,
    /// The address.
    pub url: String,
    /// Whether calls are signed. The secret itself is not read.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub has_secret: bool,
    /// What it is called for, in the server's words.
    #[serde(default, deserialize_with = "lenient::list")]
    pub event_types: Vec<String>,
    /// Whether it is called.
    #[serde(default, deserialize_with = "lenient::option")]
    pub enabled: Option<bool>,
    /// How it is called.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub http_config: WebhookCall,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::option")]
    pub created_at: Option<String>,
    /// When it was changed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub updated_at: Option<String>,
}

impl<'de> Deserialize<'de> for Webhook {
    /// Servers answer the secret blanked out. Whatever stands there, only that it is there is kept.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(from)?;
        if let Some(object) = value.as_object_mut() {
            let secret = object.remove("secret").is_some_and(|secret| !secret.is_null() && secret != "");
            object.insert("has_secret".to_owned(), Value::Bool(secret));
        }
        Self::deserialize(value).map_err(D::Error::custom)
    }
}

impl Serialize for Webhook {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, into)
    }
}

/// Webhooks of a bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct WebhookPage {
    /// Those of the page.
    #[serde(deserialize_with = "lenient::list")]
    pub items: Vec<Webhook>,
    /// How many there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u64>,
}

/// A call of a webhook.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct WebhookDelivery {
    /// Its id.
    pub id: String,
    /// What happened; servers since 1.1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub event_id: Option<String>,
    /// What happened, in the server's word.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub event_type: String,
    /// How it went, in the server's word.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: String,
    /// How often it was tried.
    #[serde(default, deserialize_with = "lenient::option")]
    pub attempts: Option<u32>,
    /// When it is tried again.
    #[serde(default, deserialize_with = "lenient::option")]
    pub next_retry_at: Option<String>,
    /// Why the last try failed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub last_error: Option<String>,
    /// The HTTP status of the last answer.
    #[serde(default, deserialize_with = "lenient::option")]
    pub last_response_status: Option<u16>,
    /// The last answer.
    #[serde(default, deserialize_with = "lenient::option")]
    pub last_response_body: Option<String>,
    /// When it was tried.
    #[serde(default, deserialize_with = "lenient::option")]
    pub last_attempt_at: Option<String>,
    /// When it happened.
    #[serde(default, deserialize_with = "lenient::option")]
    pub created_at: Option<String>,
}

/// Calls of a webhook, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct WebhookDeliveryPage {
    /// Those of the page.
    #[serde(deserialize_with = "lenient::list")]
    pub items: Vec<WebhookDelivery>,
    /// Asks for the next page; absent on the last.
    #[serde(default, deserialize_with = "lenient::option")]
    pub next_cursor: Option<String>,
}

/// How a webhook is to be called.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all(deserialize = "camelCase"), deny_unknown_fields)]
#[ts(export, rename_all = "camelCase", optional_fields = nullable)]
pub struct NewWebhookCall {
    /// `POST` or `GET`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Seconds that it may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Headers that go along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
    /// Query parameters that go along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub params: Option<BTreeMap<String, String>>,
}

/// A webhook to make, or a change of one; what is absent stays.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all(deserialize = "camelCase"), deny_unknown_fields)]
#[ts(export, rename_all = "camelCase", optional_fields = nullable)]
pub struct WebhookPatch {
    /// The address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What calls are signed with; never read back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// What it is called for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_types: Option<Vec<String>>,
    /// Whether it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// How it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_config: Option<NewWebhookCall>,
}

impl std::fmt::Debug for WebhookPatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookPatch").field("url", &self.url).finish_non_exhaustive()
    }
}

const FEATURE: &str = "webhooks";

page!(WebhookPage: Webhook);

fn path(bank: &BankId, id: &str) -> error::Result<Path> {
    Path::bank(bank)?.word("/webhooks").id("webhook id", id)
}

impl Client {
    /// Lists webhooks; servers since 1.1 page them.
    ///
    /// # Errors
    /// `FeatureMissing` where the server has none.
    pub async fn webhooks(&self, bank: &BankId) -> error::Result<WebhookPage> {
        self.whole(|page| {
            let path = Path::bank(bank)?.word("/webhooks");
            let call = Call::get(path, format!("list the webhooks of the bank `{bank}`"));
            Ok(call.query(page.done()).feature(FEATURE))
        })
        .await
    }

    /// Makes a webhook.
    ///
    /// # Errors
    /// `Invalid` for addresses that the server does not call.
    pub async fn create_webhook(&self, bank: &BankId, new: &WebhookPatch) -> error::Result<Webhook> {
        let path = Path::bank(bank)?.word("/webhooks");
        let call = Call::new(Method::POST, path, "make the webhook");
        self.ask(call.feature(FEATURE).body(new)?).await
    }

    /// Changes a webhook.
    ///
    /// # Errors
    /// `NotFound` when it does not exist, `Invalid` as above.
    pub async fn patch_webhook(
        &self,
        bank: &BankId,
        id: &str,
        patch: &WebhookPatch,
    ) -> error::Result<Webhook> {
        let call = Call::new(Method::PATCH, path(bank, id)?, format!("change the webhook `{id}`"));
        self.ask(call.feature(FEATURE).body(patch)?).await
    }

    /// Deletes a webhook.
    ///
    /// # Errors
    /// `NotFound` when it does not exist.
    pub async fn delete_webhook(&self, bank: &BankId, id: &str) -> error::Result<()> {
        let call = Call::new(Method::DELETE, path(bank, id)?, format!("delete the webhook `{id}`"));
        self.ask::<Confirmed>(call.feature(FEATURE)).await.map(|_| ())
    }

    /// Lists the calls of a webhook, 50 a page.
    ///
    /// # Errors
    /// `NotFound` when it does not exist.
    pub async fn webhook_deliveries(
        &self,
        bank: &BankId,
        id: &str,
        cursor: Option<String>,
    ) -> error::Result<WebhookDeliveryPage> {
        let path = path(bank, id)?.word("/deliveries");
        let call = Call::get(path, format!("list the calls of the webhook `{id}`"));
        self.ask(call.query(Query::default().with("cursor", &cursor).done()).feature(FEATURE)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_secret_is_told_as_there_or_not_and_never_read() {
        let hook: Webhook =
            serde_json::from_value(json!({"id": "1", "url": "https://a", "secret": "hush"})).unwrap();
        assert!(hook.has_secret);
        assert!(!serde_json::to_string(&hook).unwrap().contains("hush"));
        let open: Webhook = serde_json::from_value(json!({"id": "1", "url": "u", "secret": null})).unwrap();
        assert!(!open.has_secret);
        let patch = WebhookPatch { secret: Some("hush".to_owned()), ..WebhookPatch::default() };
        assert!(!format!("{patch:?}").contains("hush"));
    }

    #[test]
    fn a_lying_webhook_keeps_what_is_right() {
        let hook: Webhook = serde_json::from_value(json!({
            "id": "1", "url": "u", "enabled": "on", "event_types": ["a", 1], "http_config": [],
        }))
        .unwrap();
        assert_eq!((hook.enabled, hook.event_types), (None, vec!["a".to_owned()]));
        assert_eq!(hook.http_config, WebhookCall::default());
    }
}
