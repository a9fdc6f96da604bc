//! Observations as a whole: the scopes they live under, consolidation on demand, clearing them, and which
//! strategy would claim which scope.

use crate::address::Path;
use crate::client::Client;
use crate::error::Result;
use crate::lenient;
use crate::query::Query;
use crate::send::Call;
use rearview_domain::BankId;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

/// The exact set of tags that some observations were made under.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ObservationScope {
    /// The tags; none is the scope of what has no tags.
    #[serde(default, deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
    /// How many observations live under it.
    #[serde(default, deserialize_with = "lenient::option")]
    pub count: Option<u32>,
}

/// A page of scopes, the fullest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ScopePage {
    /// The scopes.
    pub scopes: Vec<ObservationScope>,
    /// How many there are in all; servers since 1.1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u32>,
}

/// The work that consolidation on demand began.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Consolidation {
    /// The operation.
    pub operation_id: String,
    /// Whether it was waiting already.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub deduplicated: bool,
}

/// How many facts were given another try.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Recovered {
    /// The number; `None` when the server does not say.
    #[serde(default, deserialize_with = "lenient::option")]
    pub retried_count: Option<u32>,
}

/// How many observations went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Cleared {
    /// The number; `None` when the server does not say.
    #[serde(default, deserialize_with = "lenient::option")]
    pub deleted_count: Option<u32>,
}

/// A scope that a rule was looked at with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct ClaimedScope {
    /// The tags.
    #[serde(default, deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
    /// How many observations live under it.
    #[serde(default, deserialize_with = "lenient::option")]
    pub count: Option<u32>,
    /// The strategy that it falls to, counted from 0; `None` when none claims it.
    #[serde(default, deserialize_with = "lenient::option")]
    pub handled_by: Option<u32>,
}

/// What one rule of a strategy matches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct RuleClaim {
    /// Scopes that it matches.
    #[serde(default, deserialize_with = "lenient::option")]
    pub match_count: Option<u32>,
    /// Of these, how many an earlier strategy takes.
    #[serde(default, deserialize_with = "lenient::option")]
    pub taken_count: Option<u32>,
    /// Observations in them.
    #[serde(default, deserialize_with = "lenient::option")]
    pub observation_count: Option<u32>,
    /// The fullest of them.
    #[serde(default, deserialize_with = "lenient::list")]
    pub samples: Vec<ClaimedScope>,
}

/// What one strategy claims.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct StrategyClaim {
    /// Whether it does anything.
    #[serde(default, deserialize_with = "lenient::option")]
    pub active: Option<bool>,
    /// Scopes that fall to it.
    #[serde(default, deserialize_with = "lenient::option")]
    pub claimed_count: Option<u32>,
    /// Its rules, in order.
    #[serde(default, deserialize_with = "lenient::list")]
    pub rules: Vec<RuleClaim>,
}

/// Which strategy would claim which scope.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct StrategyClaims {
    /// The strategies, in order.
    #[serde(default, deserialize_with = "lenient::list")]
    pub strategies: Vec<StrategyClaim>,
    /// What none of them claims.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub default: RuleClaim,
    /// How many scopes were looked at.
    #[serde(default, deserialize_with = "lenient::option")]
    pub scopes_scanned: Option<u32>,
    /// Whether those were all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub complete: Option<bool>,
}

impl Client {
    /// Lists the scopes of a bank's observations.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist; as every call else.
    pub async fn observation_scopes(
        &self,
        bank: &BankId,
        limit: Option<u32>,
        offset: Option<u32>,
    ) -> Result<ScopePage> {
        let query = Query::default().with("limit", &limit).with("offset", &offset);
        let path = Path::bank(bank)?.word("/observations/scopes");
        let call = Call::get(path, format!("list the observation scopes of the bank `{bank}`"));
        self.ask(call.query(query.done())).await
    }

    /// Merges facts that wait into observations; all of them, or those whose tags hold all tags of one of
    /// these scopes.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist; as every call else.
    pub async fn consolidate(&self, bank: &BankId, scopes: Option<&[Vec<String>]>) -> Result<Consolidation> {
        let path = Path::bank(bank)?.word("/consolidate");
        let call = Call::new(Method::POST, path, format!("consolidate the bank `{bank}`"));
        let body = scopes.map_or_else(|| json!({}), |scopes| json!({"observation_scopes": scopes}));
        // A second request finds the operation that is waiting.
        self.ask(call.body(&body)?.repeatable(true)).await
    }

    /// Gives facts that consolidation failed on another try.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist; as every call else.
    pub async fn recover_consolidation(&self, bank: &BankId) -> Result<Recovered> {
        let path = Path::bank(bank)?.word("/consolidation/recover");
        self.ask(Call::new(Method::POST, path, format!("recover consolidation in the bank `{bank}`"))).await
    }

    /// Deletes all observations of a bank. The facts stay.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist; as every call else.
    pub async fn clear_observations(&self, bank: &BankId) -> Result<Cleared> {
        let path = Path::bank(bank)?.word("/observations");
        self.ask(Call::new(Method::DELETE, path, format!("clear the observations of the bank `{bank}`")))
            .await
    }

    /// Which scopes each of these strategies would claim; nothing is saved.
    ///
    /// # Errors
    /// `Invalid` for strategies of another shape, `FeatureMissing` before Hindsight 1.1.
    pub async fn consolidation_preview(
        &self,
        bank: &BankId,
        strategies: &Value,
        samples: u32,
    ) -> Result<StrategyClaims> {
        let path = Path::bank(bank)?.word("/consolidation-strategies/preview");
        let call = Call::new(Method::POST, path, format!("try strategies in the bank `{bank}`"));
        let body = json!({"strategies": strategies, "sample_limit": samples});
        self.ask(call.feature("consolidation_preview").body(&body)?.repeatable(true)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_of_an_older_server_and_wrong_counts_are_read() {
        let read: ScopePage =
            serde_json::from_value(json!({"scopes": [{"tags": ["a", 1], "count": -1}, {"count": 2}]}))
                .unwrap();
        assert_eq!(read.total, None);
        assert_eq!(read.scopes[0], ObservationScope { tags: vec!["a".into()], count: None });
        assert_eq!(read.scopes[1], ObservationScope { tags: vec![], count: Some(2) });
    }

    #[test]
    fn what_strategies_claim_is_read_with_gaps() {
        let read: StrategyClaims = serde_json::from_value(json!({
            "strategies": [{"active": true, "claimed_count": 2, "rules": [{"match_count": 3, "samples": [{"tags": ["t"]}]}]}, 7],
            "default": null, "complete": false,
        }))
        .unwrap();
        assert_eq!(read.strategies.len(), 1);
        assert_eq!(read.strategies[0].rules[0].samples[0].handled_by, None);
        assert_eq!((read.default, read.complete), (RuleClaim::default(), Some(false)));
    }
}
