//! Documents: what was retained, as it was handed in.

use crate::address::Path;
use crate::client::Client;
use crate::error::{HindsightError, Result};
use crate::lenient;
use crate::query::Query;
use crate::send::Call;
use rearview_domain::memory::TagsMatch;
use rearview_domain::{BankId, DocumentId};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Which time of a document a filter means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentTimeField {
    /// When it was stored.
    CreatedAt,
    /// When it was changed.
    UpdatedAt,
}

/// Which documents to list. The default lists the first 100 of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DocumentFilter {
    /// With this in id or text.
    pub q: Option<String>,
    /// With these tags.
    pub tags: Vec<String>,
    /// How those tags match; absent means the server's `any_strict`.
    pub tags_match: Option<TagsMatch>,
    /// The time that `start_date` and `end_date` mean; servers since 1.1.
    pub time_field: Option<DocumentTimeField>,
    /// From this time on, ISO 8601.
    pub start_date: Option<String>,
    /// Before this time, ISO 8601.
    pub end_date: Option<String>,
    /// At most this many.
    pub limit: Option<u32>,
    /// Without the first so many.
    pub offset: Option<u32>,
}

/// A document.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// Its text; absent in lists, and where the server does not keep it.
    #[serde(default, deserialize_with = "lenient::option")]
    pub original_text: Option<String>,
    /// A hash of its text.
    #[serde(default, deserialize_with = "lenient::option")]
    pub content_hash: Option<String>,
    /// Characters of its text; lists only.
    #[serde(default, deserialize_with = "lenient::option")]
    pub text_length: Option<u64>,
    /// How many facts came of it.
    #[serde(default, deserialize_with = "lenient::option")]
    pub memory_unit_count: Option<u64>,
    /// How many of each kind; single documents only.
    #[serde(default, deserialize_with = "lenient::map")]
    pub nodes_by_fact_type: BTreeMap<String, u64>,
    /// Its tags.
    #[serde(default, deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
    /// Its metadata.
    #[serde(default, deserialize_with = "lenient::metadata")]
    pub document_metadata: BTreeMap<String, String>,
    /// What it was retained with, in the server's form.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub retain_params: Map<String, Value>,
    /// When it was stored.
    #[serde(default, deserialize_with = "lenient::option")]
    pub created_at: Option<String>,
    /// When it was changed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub updated_at: Option<String>,
}

/// A page of documents.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct DocumentPage {
    /// The documents.
    pub items: Vec<Document>,
    /// How many there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u64>,
    /// Whether that is an estimate; servers since 1.1.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub total_is_estimate: bool,
}

/// What deleting a document did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// Whether there was such a document.
    pub existed: bool,
    /// How many facts went with it, when the server says.
    pub memories: Option<u64>,
}

#[derive(Deserialize)]
struct DocumentDeleted {
    #[serde(default, deserialize_with = "lenient::option")]
    memory_units_deleted: Option<u64>,
}

fn path(bank: &BankId, document: &DocumentId) -> Result<Path> {
    Path::bank(bank)?.word("/documents").id("document id", document.as_str())
}

impl Client {
    /// Lists documents.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist; as every call else.
    pub async fn documents(&self, bank: &BankId, filter: &DocumentFilter) -> Result<DocumentPage> {
        let query = Query::default()
            .with("q", &filter.q)
            .tags(&filter.tags, filter.tags_match)
            .with("time_field", &filter.time_field)
            .with("start_date", &filter.start_date)
            .with("end_date", &filter.end_date)
            .with("limit", &filter.limit)
            .with("offset", &filter.offset);
        let path = Path::bank(bank)?.word("/documents");
        self.ask(Call::get(path, format!("list the documents of the bank `{bank}`")).query(query.done()))
            .await
    }

    /// Reads a document with its text; `None` when it, or its bank, does not exist.
    ///
    /// # Errors
    /// As every call.
    pub async fn document(&self, bank: &BankId, document: &DocumentId) -> Result<Option<Document>> {
        let call = Call::get(path(bank, document)?, format!("read the document `{document}`"));
        match self.ask(call).await {
            Err(HindsightError::NotFound { .. }) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Deletes a document with its facts. One that does not exist is no error.
    ///
    /// # Errors
    /// As every call.
    pub async fn delete_document(&self, bank: &BankId, document: &DocumentId) -> Result<Deleted> {
        let call =
            Call::new(Method::DELETE, path(bank, document)?, format!("delete the document `{document}`"));
        match self.ask::<DocumentDeleted>(call).await {
            Ok(deleted) => Ok(Deleted { existed: true, memories: deleted.memory_units_deleted }),
            Err(HindsightError::NotFound { .. }) => Ok(Deleted { existed: false, memories: None }),
            Err(error) => Err(error),
        }
    }
}
