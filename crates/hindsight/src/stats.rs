//! Counts of a bank, facts over time, and whether the models behind it answer.

use crate::address::Path;
use crate::client::Client;
use crate::error;
use crate::lenient;
use crate::query::Query;
use crate::send::Call;
use rearview_domain::BankId;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Counts of a bank.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct BankStats {
    /// Facts and observations.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total_nodes: Option<u64>,
    /// Links between them.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total_links: Option<u64>,
    /// Documents.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total_documents: Option<u64>,
    /// Facts by kind.
    #[serde(default, deserialize_with = "lenient::map")]
    pub nodes_by_fact_type: BTreeMap<String, u64>,
    /// Links by kind.
    #[serde(default, deserialize_with = "lenient::map")]
    pub links_by_link_type: BTreeMap<String, u64>,
    /// Operations by how far they are.
    #[serde(default, deserialize_with = "lenient::map")]
    pub operations_by_status: BTreeMap<String, u64>,
    /// Operations that wait.
    #[serde(default, deserialize_with = "lenient::option")]
    pub pending_operations: Option<u64>,
    /// Operations that failed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub failed_operations: Option<u64>,
    /// Facts that wait to go into observations.
    #[serde(default, deserialize_with = "lenient::option")]
    pub pending_consolidation: Option<u64>,
    /// Facts that could not.
    #[serde(default, deserialize_with = "lenient::option")]
    pub failed_consolidation: Option<u64>,
    /// Observations.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total_observations: Option<u64>,
    /// When observations were made.
    #[serde(default, deserialize_with = "lenient::option")]
    pub last_consolidated_at: Option<String>,
    /// When a fact was stored.
    #[serde(default, deserialize_with = "lenient::option")]
    pub last_memory_write_at: Option<String>,
}

/// A stretch of time of facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct TimeBucket {
    /// When it begins.
    pub time: String,
    /// Facts about the world.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub world: u64,
    /// Facts about the assistant.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub experience: u64,
    /// Observations.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub observation: u64,
}

/// Facts over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct MemoriesOverTime {
    /// Over which time.
    #[serde(default, deserialize_with = "lenient::option")]
    pub period: Option<String>,
    /// How long a bucket is: `minute`, `hour` or `day`.
    #[serde(default, deserialize_with = "lenient::option")]
    pub trunc: Option<String>,
    /// By which clock.
    #[serde(default, deserialize_with = "lenient::option")]
    pub time_field: Option<String>,
    /// The buckets, the oldest first.
    #[serde(deserialize_with = "lenient::list")]
    pub buckets: Vec<TimeBucket>,
}

/// Whether the model of a kind of work answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct LlmVerdict {
    /// The work: `retain`, `consolidation`, `reflect`.
    pub operation: String,
    /// Whether it answers.
    #[serde(default, deserialize_with = "lenient::option")]
    pub ok: Option<bool>,
    /// How it went, in the server's word.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub status: String,
    /// How long it took, in milliseconds.
    #[serde(default, deserialize_with = "lenient::option")]
    pub latency_ms: Option<f64>,
}

/// Whether a bank's models answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct LlmHealth {
    /// By kind of work.
    #[serde(deserialize_with = "lenient::list")]
    pub operations: Vec<LlmVerdict>,
}

impl Client {
    /// Counts what is in a bank. Servers keep the counts for a minute unless `refresh` is set.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist.
    pub async fn stats(&self, bank: &BankId, refresh: bool) -> error::Result<BankStats> {
        let query = Query::default().with("refresh", &refresh.then_some(true));
        let path = Path::bank(bank)?.word("/stats");
        self.ask(Call::get(path, format!("count what is in the bank `{bank}`")).query(query.done())).await
    }

    /// Counts facts over `1h`, `12h`, `1d`, `7d`, `30d` or `90d`, by `created_at`, `mentioned_at` or
    /// `occurred_start`.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist, `FeatureMissing` where the server does not count.
    pub async fn memories_over_time(
        &self,
        bank: &BankId,
        period: &str,
        time_field: &str,
    ) -> error::Result<MemoriesOverTime> {
        let query = Query::default().with("period", &Some(period)).with("time_field", &Some(time_field));
        let path = Path::bank(bank)?.word("/stats/memories-timeseries");
        let call = Call::get(path, format!("count the facts of the bank `{bank}` over time"));
        self.ask(call.query(query.done()).feature("memories_timeseries")).await
    }

    /// Asks every model behind a bank for a sign of life. The server calls them meanwhile.
    ///
    /// # Errors
    /// `FeatureMissing` where that is switched off.
    pub async fn llm_health(&self, bank: &BankId) -> error::Result<LlmHealth> {
        let path = Path::bank(bank)?.word("/health/llm");
        let call = Call::new(Method::POST, path, format!("ask the models of the bank `{bank}`"));
        self.ask(call.slow().feature("bank_llm_health")).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lying_counts_are_absent_and_the_rest_is_kept() {
        let stats: BankStats = serde_json::from_value(json!({
            "total_nodes": "many", "nodes_by_fact_type": {"world": 3, "dream": "x"}, "failed_consolidation": 2,
            "links_by_link_type": [], "last_consolidated_at": 7,
        }))
        .unwrap();
        assert_eq!((stats.total_nodes, stats.failed_consolidation), (None, Some(2)));
        assert_eq!(stats.nodes_by_fact_type.len(), 1);
        assert!(stats.links_by_link_type.is_empty() && stats.last_consolidated_at.is_none());
        let over_time: MemoriesOverTime =
            serde_json::from_value(json!({"buckets": [{"time": "t", "world": -1, "experience": 2}, {}]}))
                .unwrap();
        assert_eq!((over_time.buckets.len(), over_time.buckets[0].world), (1, 0));
        let health: LlmHealth =
            serde_json::from_value(json!({"operations": [{"operation": "retain", "ok": "yes"}, 3]})).unwrap();
        assert_eq!((health.operations.len(), health.operations[0].ok), (1, None));
    }
}
