//! Banks: list, make, change, delete. A bank's settings live in `config`.

use crate::address::Path;
use crate::client::Client;
use crate::error::Result;
use crate::lenient;
use crate::query::Query;
use crate::send::Call;
use rearview_domain::BankId;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How reflect leans, 1 to 5 each; 3 where nothing is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Disposition {
    /// Trusting to doubting.
    pub skepticism: u8,
    /// Free to literal.
    pub literalism: u8,
    /// Detached to caring.
    pub empathy: u8,
}

/// A bank as lists and changes show it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Bank {
    /// Its id.
    #[serde(rename(deserialize = "bank_id"))]
    pub id: BankId,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::option")]
    pub name: Option<String>,
    /// Its primary alias; servers since 1.1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub display_alias: Option<String>,
    /// The aliases that matched the search; servers since 1.1.
    #[serde(default, deserialize_with = "lenient::list")]
    pub matched_aliases: Vec<String>,
    /// Its reflect mission.
    #[serde(default, deserialize_with = "lenient::option")]
    pub mission: Option<String>,
    /// How its reflect leans.
    #[serde(default, deserialize_with = "lenient::option")]
    pub disposition: Option<Disposition>,
    /// How many facts it holds; lists only.
    #[serde(default, deserialize_with = "lenient::option")]
    pub fact_count: Option<u64>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::option")]
    pub created_at: Option<String>,
    /// When it was changed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub updated_at: Option<String>,
    /// When its last document came.
    #[serde(default, deserialize_with = "lenient::option")]
    pub last_document_at: Option<String>,
    /// When it was last written to.
    #[serde(default, deserialize_with = "lenient::option")]
    pub last_write_at: Option<String>,
}

/// A page of banks, the one written to last first.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BankPage {
    /// The banks.
    pub banks: Vec<Bank>,
    /// How many there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u64>,
}

/// What can be set while making or changing a bank. What is absent stays as it is. Every other setting
/// goes through [`Client::patch_config`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BankPatch {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Identity and goal in the reflect prompt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reflect_mission: Option<String>,
    /// What extraction looks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain_mission: Option<String>,
    /// How facts become observations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observations_mission: Option<String>,
    /// How facts are extracted: `concise`, `verbose`, `custom`, `verbatim` or `chunks`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain_extraction_mode: Option<String>,
    /// Whether observations are made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_observations: Option<bool>,
    /// How reflect leans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Disposition>,
}

#[derive(Deserialize)]
struct Begun {
    operation_id: String,
}

#[derive(Deserialize)]
struct BankDeleted {
    #[serde(default, deserialize_with = "lenient::option")]
    deleted_count: Option<u64>,
}

impl Client {
    /// Lists banks. `q` searches ids, names and aliases.
    ///
    /// # Errors
    /// As every call.
    pub async fn banks(&self, q: Option<&str>, limit: u32, offset: u32) -> Result<BankPage> {
        let query = Query::default().with("q", &q).with("limit", &Some(limit)).with("offset", &Some(offset));
        self.ask(Call::get(Path::of("/v1/default/banks"), "list its banks").query(query.done())).await
    }

    /// Makes a bank, or changes it when it exists.
    ///
    /// # Errors
    /// `Invalid` for ids that the server refuses; as every call else.
    pub async fn put_bank(&self, bank: &BankId, body: &BankPatch) -> Result<Bank> {
        let action = format!("make the bank `{bank}`");
        self.ask(Call::new(Method::PUT, Path::bank(bank)?, action).body(body)?).await
    }

    /// Changes a bank. Servers make the bank when it does not exist.
    ///
    /// # Errors
    /// As every call.
    pub async fn patch_bank(&self, bank: &BankId, body: &BankPatch) -> Result<Bank> {
        let action = format!("change the bank `{bank}`");
        self.ask(Call::new(Method::PATCH, Path::bank(bank)?, action).body(body)?).await
    }

    /// Begins to restore a bank from an archive of a transfer export, under the archive's own bank id; gives
    /// the operation's id, which is asked for under `bank`. Servers since 1.1.
    ///
    /// # Errors
    /// `Invalid` when there is a bank of that id already; as every call.
    pub async fn import_bank(&self, bank: &BankId, archive: Vec<u8>) -> Result<String> {
        let action = format!("restore the bank `{bank}`");
        let path = Path::bank(bank)?.word("/transfer/import");
        let begun: Begun = self
            .ask(Call::new(Method::POST, path, action).file("file", "bank.zip", archive, Vec::new()))
            .await?;
        Ok(begun.operation_id)
    }

    /// Deletes a bank with everything in it; gives how much was deleted, when the server says. A bank
    /// that does not exist is no error.
    ///
    /// # Errors
    /// As every call.
    pub async fn delete_bank(&self, bank: &BankId) -> Result<Option<u64>> {
        let action = format!("delete the bank `{bank}`");
        let deleted: BankDeleted = self.ask(Call::new(Method::DELETE, Path::bank(bank)?, action)).await?;
        Ok(deleted.deleted_count)
    }
}
