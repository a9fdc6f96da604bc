//! Consolidation: facts becoming observations, asked for by hand.

use crate::address::Path;
use crate::client::Client;
use crate::error;
use crate::lenient;
use crate::mental_model::StartedOperation;
use crate::send::Call;
use rearview_domain::BankId;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;
use ts_rs::TS;

/// What trying again began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Recovered {
    /// How many facts wait again.
    #[serde(default, deserialize_with = "lenient::option")]
    pub retried_count: Option<u64>,
}

impl Client {
    /// Begins to make observations of the facts that wait.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist.
    pub async fn consolidate(&self, bank: &BankId) -> error::Result<StartedOperation> {
        let path = Path::bank(bank)?.word("/consolidate");
        let call = Call::new(Method::POST, path, format!("consolidate the bank `{bank}`"));
        self.ask(call.body(&json!({}))?).await
    }

    /// Lets facts that could not become observations wait again.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist.
    pub async fn recover_consolidation(&self, bank: &BankId) -> error::Result<Recovered> {
        let path = Path::bank(bank)?.word("/consolidation/recover");
        self.ask(Call::new(Method::POST, path, format!("try the failed facts of the bank `{bank}` again")))
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_lies_is_absent() {
        let recovered: Recovered = serde_json::from_value(json!({"retried_count": "all"})).unwrap();
        assert_eq!(recovered.retried_count, None);
    }
}
