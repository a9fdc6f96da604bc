//! Operations: what a server does in the background, such as extracting what was retained.

use crate::address::Path;
use crate::client::Client;
use crate::error;
use crate::lenient;
use crate::query::Query;
use crate::send::{Call, Confirmed};
use rearview_domain::{BankId, DocumentId};
use reqwest::Method;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use ts_rs::TS;

/// How far an operation is.
#[derive(Clone, Debug, PartialEq, Eq, TS)]
#[ts(export, as = "String")]
pub enum OperationStatus {
    /// It waits, perhaps for another try.
    Pending,
    /// It runs.
    Processing,
    /// It is done.
    Completed,
    /// It failed and is not tried again by itself.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// The server does not know it.
    NotFound,
    /// A word that Rearview does not know.
    Other(String),
}

impl OperationStatus {
    /// The server's spelling.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::NotFound => "not_found",
            Self::Other(word) => word,
        }
    }

    /// Whether it changes no more by itself.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled | Self::NotFound)
    }
}

impl Serialize for OperationStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for OperationStatus {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let word = String::deserialize(from)?;
        let known =
            [Self::Pending, Self::Processing, Self::Completed, Self::Failed, Self::Cancelled, Self::NotFound];
        Ok(known.into_iter().find(|status| status.as_str() == word).unwrap_or(Self::Other(word)))
    }
}

/// What a server says about how far it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct Progress {
    /// What it is doing.
    #[serde(deserialize_with = "lenient::option")]
    pub stage: Option<String>,
    /// Since when.
    #[serde(deserialize_with = "lenient::option")]
    pub at: Option<String>,
    /// How many are done.
    #[serde(deserialize_with = "lenient::option")]
    pub processed: Option<u64>,
    /// Of how many.
    #[serde(deserialize_with = "lenient::option")]
    pub total: Option<u64>,
    /// More about it, in the server's form.
    pub detail: Option<Value>,
}

/// A part of an operation that the server split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct ChildOperation {
    /// Its id.
    pub operation_id: String,
    /// How far it is.
    pub status: OperationStatus,
    /// Which part it is, from 0.
    #[serde(default, deserialize_with = "lenient::option")]
    pub sub_batch_index: Option<u64>,
    /// How many texts it works on.
    #[serde(default, deserialize_with = "lenient::option")]
    pub items_count: Option<u64>,
    /// Why it failed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub error_message: Option<String>,
}

/// An operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(remote = "Self", rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Operation {
    /// Its id.
    pub id: String,
    /// How far it is.
    pub status: OperationStatus,
    /// What it does, e.g. `retain` or `consolidation`.
    #[serde(rename(deserialize = "operation_type"), default, deserialize_with = "lenient::option")]
    pub kind: Option<String>,
    /// How many texts it works on.
    #[serde(default, deserialize_with = "lenient::option")]
    pub items_count: Option<u64>,
    /// The document it works on.
    #[serde(default, deserialize_with = "lenient::option")]
    pub document_id: Option<DocumentId>,
    /// When it was asked for.
    #[serde(default, deserialize_with = "lenient::option")]
    pub created_at: Option<String>,
    /// When it moved on.
    #[serde(default, deserialize_with = "lenient::option")]
    pub updated_at: Option<String>,
    /// When it was done.
    #[serde(default, deserialize_with = "lenient::option")]
    pub completed_at: Option<String>,
    /// Why it failed, or why its last try did.
    #[serde(default, deserialize_with = "lenient::option")]
    pub error_message: Option<String>,
    /// How often it was tried again.
    #[serde(default, deserialize_with = "lenient::option")]
    pub retry_count: Option<u32>,
    /// When it is tried again.
    #[serde(default, deserialize_with = "lenient::option")]
    pub next_retry_at: Option<String>,
    /// How far it is, in numbers.
    #[serde(default, deserialize_with = "lenient::option")]
    pub progress: Option<Progress>,
    /// The file it reads.
    #[serde(default, deserialize_with = "lenient::option")]
    pub filename: Option<String>,
    /// The mental model it refreshes.
    #[serde(default, deserialize_with = "lenient::option")]
    pub mental_model_id: Option<String>,
    /// What became of it, in the server's form.
    #[serde(default)]
    pub details: Option<Value>,
    /// What came of it, in the server's form.
    #[serde(default)]
    pub result_metadata: Option<Value>,
    /// What it was given, in the server's form; only when asked for.
    #[serde(default)]
    pub task_payload: Option<Value>,
    /// Its parts; single operations only.
    #[serde(default, deserialize_with = "lenient::list")]
    pub child_operations: Vec<ChildOperation>,
}

impl Serialize for Operation {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, into)
    }
}

impl<'de> Deserialize<'de> for Operation {
    /// Servers before 1.1 say `id` and `task_type` in lists and `operation_id` and `operation_type` elsewhere.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(from)?;
        lenient::twin(&mut value, "operation_id", "id");
        lenient::twin(&mut value, "task_type", "operation_type");
        Self::deserialize(value).map_err(D::Error::custom)
    }
}

/// A page of operations, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct OperationPage {
    /// The operations; what cannot be read is left out.
    #[serde(deserialize_with = "lenient::list")]
    pub operations: Vec<Operation>,
    /// How many there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u64>,
}

/// Which operations to list. The default lists the first 20 of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct OperationFilter {
    /// This far.
    pub status: Option<OperationStatus>,
    /// Of this kind, e.g. `retain`.
    pub kind: Option<String>,
    /// At most this many; servers take up to 100.
    pub limit: Option<u32>,
    /// Without the first so many.
    pub offset: Option<u32>,
    /// Without operations that only hold others together.
    pub exclude_parents: Option<bool>,
}

fn path(bank: &BankId, id: &str) -> error::Result<Path> {
    Path::bank(bank)?.word("/operations").id("operation id", id)
}

impl Client {
    /// Lists operations.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist; as every call else.
    pub async fn operations(&self, bank: &BankId, filter: &OperationFilter) -> error::Result<OperationPage> {
        let query = Query::default()
            .with("status", &filter.status)
            .with("type", &filter.kind)
            .with("limit", &filter.limit)
            .with("offset", &filter.offset)
            .with("exclude_parents", &filter.exclude_parents);
        let path = Path::bank(bank)?.word("/operations");
        self.ask(Call::get(path, format!("list the operations of the bank `{bank}`")).query(query.done()))
            .await
    }

    /// Reads an operation. One that the server does not know has the status `NotFound`.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist, `Invalid` for an id that is no UUID.
    pub async fn operation(&self, bank: &BankId, id: &str) -> error::Result<Operation> {
        self.ask(Call::get(path(bank, id)?, format!("tell how far the operation `{id}` is"))).await
    }

    /// Reads an operation with what it was given.
    ///
    /// # Errors
    /// As [`Client::operation`].
    pub async fn operation_with_payload(&self, bank: &BankId, id: &str) -> error::Result<Operation> {
        let query = Query::default().with("include_payload", &Some(true));
        let call = Call::get(path(bank, id)?, format!("read the operation `{id}`"));
        self.ask(call.query(query.done())).await
    }

    /// Removes the record of an operation that is finished.
    ///
    /// # Errors
    /// `Conflict` while it runs, `NotFound` when it does not exist.
    pub async fn forget_operation(&self, bank: &BankId, id: &str) -> error::Result<()> {
        let path = path(bank, id)?.word("/delete");
        let call = Call::new(Method::DELETE, path, format!("remove the record of the operation `{id}`"));
        self.ask::<Confirmed>(call).await.map(|_| ())
    }

    /// Cancels an operation that is not finished.
    ///
    /// # Errors
    /// `Conflict` when it is finished, `NotFound` when it does not exist.
    pub async fn cancel_operation(&self, bank: &BankId, id: &str) -> error::Result<()> {
        let call = Call::new(Method::DELETE, path(bank, id)?, format!("cancel the operation `{id}`"));
        self.ask::<Confirmed>(call).await.map(|_| ())
    }

    /// Tries a failed or cancelled operation again, under its own id.
    ///
    /// # Errors
    /// `Conflict` when it neither failed nor was cancelled, `NotFound` when it does not exist.
    pub async fn retry_operation(&self, bank: &BankId, id: &str) -> error::Result<()> {
        let call =
            Call::new(Method::POST, path(bank, id)?.word("/retry"), format!("retry the operation `{id}`"));
        self.ask::<Confirmed>(call).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn operations_read_the_same_from_lists_and_by_themselves_on_old_and_new_servers() {
        for value in [
            json!({"id": "1", "task_type": "retain", "status": "pending"}),
            json!({"operation_id": "1", "operation_type": "retain", "status": "pending"}),
            json!({"id": "1", "operation_id": "1", "task_type": "retain", "operation_type": "retain", "status": "pending"}),
        ] {
            let operation: Operation = serde_json::from_value(value).unwrap();
            assert_eq!((operation.id.as_str(), operation.kind.as_deref()), ("1", Some("retain")));
        }
    }

    #[test]
    fn a_lying_operation_keeps_what_is_right() {
        let page: OperationPage = serde_json::from_value(json!({"operations": [
            {"id": "1", "status": "pending", "retry_count": "two", "progress": {"processed": "x", "total": 4},
             "child_operations": [{"operation_id": "c", "status": "failed", "error_message": 3}, {"status": 1}]},
            {"status": "pending"},
            "x",
        ], "total": "1"}))
        .unwrap();
        assert_eq!((page.operations.len(), page.total), (1, None));
        let first = &page.operations[0];
        assert_eq!((first.retry_count, first.child_operations.len()), (None, 1));
        assert_eq!(first.progress.as_ref().unwrap().total, Some(4));
        let shown = serde_json::to_value(first).unwrap();
        assert_eq!((&shown["id"], shown.get("kind")), (&json!("1"), Some(&Value::Null)));
    }

    #[test]
    fn every_status_survives_and_an_unknown_one_is_kept_in_its_own_word() {
        for (word, is_final) in [
            ("pending", false),
            ("processing", false),
            ("completed", true),
            ("failed", true),
            ("cancelled", true),
            ("not_found", true),
            ("paused", false),
        ] {
            let status: OperationStatus = serde_json::from_value(json!(word)).unwrap();
            assert_eq!((status.as_str(), status.is_final()), (word, is_final));
            assert_eq!(matches!(status, OperationStatus::Other(_)), word == "paused");
        }
    }
}
