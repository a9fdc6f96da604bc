//! The settings, directives and mental models of a bank as a template. Its form is the server's own and crosses as
//! it is: what this Rearview does not know must survive the way to another bank.

use crate::address::Path;
use crate::client::Client;
use crate::error::Result;
use crate::lenient;
use crate::send::Call;
use rearview_domain::BankId;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// What a template did to a bank, or would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct TemplateOutcome {
    /// Whether settings change.
    #[serde(deserialize_with = "lenient::or_default")]
    pub config_applied: bool,
    /// Ids of mental models that are new.
    #[serde(deserialize_with = "lenient::list")]
    pub mental_models_created: Vec<String>,
    /// Ids of mental models that change.
    #[serde(deserialize_with = "lenient::list")]
    pub mental_models_updated: Vec<String>,
    /// Names of directives that are new.
    #[serde(deserialize_with = "lenient::list")]
    pub directives_created: Vec<String>,
    /// Names of directives that change.
    #[serde(deserialize_with = "lenient::list")]
    pub directives_updated: Vec<String>,
    /// Operations that were begun, such as first refreshes.
    #[serde(deserialize_with = "lenient::list")]
    pub operation_ids: Vec<String>,
    /// Whether nothing was done.
    #[serde(deserialize_with = "lenient::or_default")]
    pub dry_run: bool,
}

impl Client {
    /// The template of a bank, in the server's form.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist; as every call else.
    pub async fn template(&self, bank: &BankId) -> Result<Value> {
        let action = format!("give the template of the bank `{bank}`");
        self.ask(Call::get(Path::bank(bank)?.word("/export"), action).feature("bank_template")).await
    }

    /// Sets a bank up by a template; `dry_run` only tells what would be done. Servers make the bank when it does
    /// not exist.
    ///
    /// # Errors
    /// `Invalid` for a template that is wrong somewhere, of which nothing is taken then.
    pub async fn apply_template(
        &self,
        bank: &BankId,
        template: &Value,
        dry_run: bool,
    ) -> Result<TemplateOutcome> {
        let action = format!("set up the bank `{bank}` by a template");
        let call = Call::new(Method::POST, Path::bank(bank)?.word("/import"), action)
            .feature("bank_template")
            .query(vec![("dry_run", dry_run.to_string())])
            .repeatable(dry_run);
        self.ask(call.body(template)?).await
    }
}
