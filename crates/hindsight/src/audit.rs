//! The audit log: what was asked of a bank. It is empty unless `audit_log_enabled` is set.

use crate::address::Path;
use crate::client::Client;
use crate::error;
use crate::lenient;
use crate::query::Query;
use crate::send::Call;
use rearview_domain::BankId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use ts_rs::TS;

/// Something that was asked of a bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct AuditEntry {
    /// Its id.
    pub id: String,
    /// What it was, in the server's word.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub action: String,
    /// How it came, e.g. `http`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub transport: String,
    /// When it began.
    #[serde(default, deserialize_with = "lenient::option")]
    pub started_at: Option<String>,
    /// When it was answered.
    #[serde(default, deserialize_with = "lenient::option")]
    pub ended_at: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(default, deserialize_with = "lenient::option")]
    pub duration_ms: Option<u64>,
    /// What the server notes about it.
    #[serde(default)]
    pub metadata: Option<Value>,
    /// The request; single entries only, of servers since 1.1.
    #[serde(default)]
    pub request: Option<Value>,
    /// The answer; as `request`.
    #[serde(default)]
    pub response: Option<Value>,
}

/// A page of the audit log, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct AuditPage {
    /// Those of the page.
    #[serde(deserialize_with = "lenient::list")]
    pub items: Vec<AuditEntry>,
    /// How many there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u64>,
}

/// A stretch of time of the audit log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct AuditBucket {
    /// When it begins.
    pub time: String,
    /// How often what was asked.
    #[serde(default, deserialize_with = "lenient::map")]
    pub actions: BTreeMap<String, u64>,
    /// All of them.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub total: u64,
}

/// How much was asked of a bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct AuditVolume {
    /// Over which time.
    #[serde(default, deserialize_with = "lenient::option")]
    pub period: Option<String>,
    /// How long a bucket is: `hour` or `day`.
    #[serde(default, deserialize_with = "lenient::option")]
    pub trunc: Option<String>,
    /// From when.
    #[serde(default, deserialize_with = "lenient::option")]
    pub start: Option<String>,
    /// The buckets that are not empty, the oldest first.
    #[serde(deserialize_with = "lenient::list")]
    pub buckets: Vec<AuditBucket>,
}

/// Which entries of the audit log. The default lists the first 50 of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct AuditFilter {
    /// Of this kind.
    pub action: Option<String>,
    /// That came this way.
    pub transport: Option<String>,
    /// From this time on, ISO 8601.
    pub start_date: Option<String>,
    /// Before this time, ISO 8601.
    pub end_date: Option<String>,
    /// At most this many; servers take up to 500.
    pub limit: Option<u32>,
    /// Without the first so many.
    pub offset: Option<u32>,
}

const FEATURE: &str = "audit_logs";

impl Client {
    /// Lists entries, without requests and answers.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist, `FeatureMissing` where the server has no log.
    pub async fn audit_log(&self, bank: &BankId, filter: &AuditFilter) -> error::Result<AuditPage> {
        let query = Query::default()
            .with("action", &filter.action)
            .with("transport", &filter.transport)
            .page(&filter.start_date, &filter.end_date, filter.limit, filter.offset);
        let path = Path::bank(bank)?.word("/audit-logs");
        let call = Call::get(path, format!("read the audit log of the bank `{bank}`"));
        self.ask(call.query(query.done()).feature(FEATURE)).await
    }

    /// Reads an entry with request and answer.
    ///
    /// # Errors
    /// `NotFound` when it does not exist, `FeatureMissing` before 1.1.
    pub async fn audit_entry(&self, bank: &BankId, id: &str) -> error::Result<AuditEntry> {
        let path = Path::bank(bank)?.word("/audit-logs").id("audit log id", id)?;
        self.ask(Call::get(path, format!("read the audit log entry `{id}`")).feature("audit_log_entry")).await
    }

    /// Counts entries over `1d`, `7d` or `30d`.
    ///
    /// # Errors
    /// As [`Client::audit_log`].
    pub async fn audit_volume(
        &self,
        bank: &BankId,
        action: Option<String>,
        period: &str,
    ) -> error::Result<AuditVolume> {
        let query = Query::default().with("action", &action).with("period", &Some(period));
        let path = Path::bank(bank)?.word("/audit-logs/stats");
        let call = Call::get(path, format!("count the audit log of the bank `{bank}`"));
        self.ask(call.query(query.done()).feature(FEATURE)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_lying_log_keeps_the_entries_that_can_be_read() {
        let page: AuditPage = serde_json::from_value(json!({
            "items": [{"id": "1", "action": 3, "duration_ms": -4, "metadata": "x"}, {"action": "no id"}], "total": null,
        }))
        .unwrap();
        assert_eq!((page.items.len(), page.items[0].action.as_str()), (1, ""));
        assert_eq!(page.items[0].duration_ms, None);
        let volume: AuditVolume = serde_json::from_value(json!({
            "buckets": [{"time": "t", "actions": {"recall": 2, "x": "many"}, "total": "2"}, {"total": 1}],
        }))
        .unwrap();
        assert_eq!(
            (volume.buckets.len(), volume.buckets[0].actions.len(), volume.buckets[0].total),
            (1, 1, 0)
        );
    }
}
