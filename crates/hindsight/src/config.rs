//! A bank's settings on its server: what holds, and what the bank itself overrides.

use crate::address::Path;
use crate::client::Client;
use crate::error::Result;
use crate::lenient;
use crate::send::Call;
use rearview_domain::BankId;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use ts_rs::TS;

const FEATURE: &str = "bank_config";

/// The settings of a bank.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct BankConfig {
    /// What holds, by key.
    #[ts(type = "Record<string, unknown>")]
    pub config: Map<String, Value>,
    /// What the bank overrides, by key.
    #[serde(default, deserialize_with = "lenient::or_default")]
    #[ts(type = "Record<string, unknown>")]
    pub overrides: Map<String, Value>,
    /// Overrides that do nothing on this server; the embedded engine says so.
    #[serde(default, deserialize_with = "lenient::list")]
    pub without_effect: Vec<String>,
}

impl Client {
    /// Reads a bank's settings.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist, `FeatureMissing` where the server has no such API.
    pub async fn config(&self, bank: &BankId) -> Result<BankConfig> {
        self.ask_config(bank, Method::GET, "read the settings of", None).await
    }

    /// Changes settings; a null takes the bank's override away. Makes the bank when it does not exist.
    ///
    /// # Errors
    /// `Invalid` for keys that do not exist or may not be set, `FeatureMissing` as above.
    pub async fn patch_config(&self, bank: &BankId, updates: Map<String, Value>) -> Result<BankConfig> {
        self.ask_config(bank, Method::PATCH, "change the settings of", Some(json!({ "updates": updates })))
            .await
    }

    /// Takes every override away, missions and dispositions included.
    ///
    /// # Errors
    /// As [`Client::config`].
    pub async fn reset_config(&self, bank: &BankId) -> Result<BankConfig> {
        self.ask_config(bank, Method::DELETE, "reset the settings of", None).await
    }

    async fn ask_config(
        &self,
        bank: &BankId,
        method: Method,
        what: &str,
        body: Option<Value>,
    ) -> Result<BankConfig> {
        let call = Call::new(method, Path::bank(bank)?.word("/config"), format!("{what} the bank `{bank}`"));
        let call = call.feature(FEATURE);
        self.ask(match body {
            Some(body) => call.body(&body)?,
            None => call,
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_says_nothing_of_overrides_or_lies_about_them_overrides_nothing() {
        for overrides in [Value::Null, json!([1]), json!("all")] {
            let read: BankConfig =
                serde_json::from_value(json!({"config": {"a": 1}, "overrides": overrides, "x": 1})).unwrap();
            assert_eq!(read.config.len(), 1);
            assert!(read.overrides.is_empty() && read.without_effect.is_empty());
        }
    }
}
