//! Other names for a bank. An alias works wherever the bank's own id does; answers name the bank by its own id.
//! Servers since 1.1.

use crate::address::Path;
use crate::client::Client;
use crate::error::Result;
use crate::lenient;
use crate::send::Call;
use rearview_domain::BankId;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;
use ts_rs::TS;

/// Another name for a bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Alias {
    /// The name.
    pub alias: String,
    /// Whether the bank is shown under it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub primary: bool,
}

/// All names of a bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Aliases {
    /// The bank's own id, whichever name was asked by.
    pub bank_id: BankId,
    /// The others.
    #[serde(default, deserialize_with = "lenient::list")]
    pub aliases: Vec<Alias>,
}

fn path(bank: &BankId, alias: &str) -> Result<Path> {
    Path::bank(bank)?.word("/aliases").id("alias", alias)
}

impl Client {
    /// The names of a bank.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist; as every call else.
    pub async fn aliases(&self, bank: &BankId) -> Result<Aliases> {
        let action = format!("list the names of the bank `{bank}`");
        self.ask(Call::get(Path::bank(bank)?.word("/aliases"), action).feature("aliases")).await
    }

    /// Gives a bank another name, which it is shown under when `primary`.
    ///
    /// # Errors
    /// `Conflict` when something is called that already, `Invalid` when no bank can be called that.
    pub async fn add_alias(&self, bank: &BankId, alias: &str, primary: bool) -> Result<Aliases> {
        let action = format!("call the bank `{bank}` also `{alias}`");
        let call = Call::new(Method::POST, Path::bank(bank)?.word("/aliases"), action).feature("aliases");
        self.ask(call.body(&json!({"alias": alias, "primary": primary}))?).await
    }

    /// Shows a bank under one of its names, or under its own id again.
    ///
    /// # Errors
    /// `NotFound` for a name that it does not have.
    pub async fn set_primary_alias(&self, bank: &BankId, alias: &str, primary: bool) -> Result<Aliases> {
        let action = format!("show the bank `{bank}` as `{alias}`");
        let call = Call::new(Method::PATCH, path(bank, alias)?, action).feature("aliases").repeatable(true);
        self.ask(call.body(&json!({"primary": primary}))?).await
    }

    /// Takes a name from a bank.
    ///
    /// # Errors
    /// `NotFound` for a name that it does not have.
    pub async fn remove_alias(&self, bank: &BankId, alias: &str) -> Result<Aliases> {
        let action = format!("take the name `{alias}` from the bank `{bank}`");
        self.ask(Call::new(Method::DELETE, path(bank, alias)?, action).feature("aliases")).await
    }
}
