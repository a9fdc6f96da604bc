//! Documents: what was retained, as it was handed in; the chunks it was cut into; what was done to it.

use crate::address::Path;
use crate::client::Client;
use crate::error::{HindsightError, Result};
use crate::lenient;
use crate::query::Query;
use crate::retain::ObservationScopes;
use crate::send::Call;
use rearview_domain::memory::TagsMatch;
use rearview_domain::{BankId, DocumentId};
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Which time of a document a filter means. The list is sorted by it, latest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum DocumentTimeField {
    /// When it was stored.
    CreatedAt,
    /// When it was changed.
    UpdatedAt,
}

/// Which documents to list. The default lists the first 100 of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct DocumentFilter {
    /// With this in id or text.
    pub q: Option<String>,
    /// With these tags.
    #[ts(as = "Option<Vec<String>>")]
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

/// A file or picture that came with a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Attachment {
    /// Its id.
    pub id: String,
    /// `image` or `file`.
    #[serde(default, deserialize_with = "lenient::option")]
    pub kind: Option<String>,
    /// What is in it, such as `image/png`.
    #[serde(default, deserialize_with = "lenient::option")]
    pub media_type: Option<String>,
    /// Its size in bytes.
    #[serde(default, deserialize_with = "lenient::option")]
    pub byte_size: Option<u64>,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::option")]
    pub filename: Option<String>,
}

/// A document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
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
    #[ts(type = "Record<string, unknown>")]
    pub retain_params: Map<String, Value>,
    /// For which groups of its tags observations are made; single documents only.
    #[serde(default, deserialize_with = "lenient::option")]
    pub observation_scopes: Option<ObservationScopes>,
    /// Files and pictures that came with it; single documents only.
    #[serde(default, deserialize_with = "lenient::list")]
    pub attachments: Vec<Attachment>,
    /// When it was stored.
    #[serde(default, deserialize_with = "lenient::option")]
    pub created_at: Option<String>,
    /// When it was changed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub updated_at: Option<String>,
}

/// A page of documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
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

/// A piece of a document, as extraction reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct DocumentChunk {
    /// Its id.
    #[serde(rename(deserialize = "chunk_id"))]
    pub id: String,
    /// The document.
    #[serde(default, deserialize_with = "lenient::option")]
    pub document_id: Option<DocumentId>,
    /// Its place in the document, from 0.
    #[serde(default, deserialize_with = "lenient::option", rename(deserialize = "chunk_index"))]
    pub index: Option<u32>,
    /// Its text.
    #[serde(rename(deserialize = "chunk_text"))]
    pub text: String,
    /// When it was stored.
    #[serde(default, deserialize_with = "lenient::option")]
    pub created_at: Option<String>,
    /// Files and pictures in it.
    #[serde(default, deserialize_with = "lenient::list")]
    pub attachments: Vec<Attachment>,
}

/// A page of chunks in the order of the document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ChunkPage {
    /// The chunks.
    pub items: Vec<DocumentChunk>,
    /// How many there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u64>,
}

/// How many observations a change touched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct Touched {
    /// How many.
    #[serde(deserialize_with = "lenient::or_default")]
    pub count: u64,
    /// Which; servers name a hundred at most.
    #[serde(deserialize_with = "lenient::list")]
    pub ids: Vec<String>,
}

/// Something that was done to a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct DocumentEvent {
    /// What: `retain`, `append`, `reprocess`, `retag`, `fact_edited`, `consolidation` and others.
    pub kind: String,
    /// When.
    #[serde(default, deserialize_with = "lenient::option")]
    pub created_at: Option<String>,
    /// The operation that did it.
    #[serde(default, deserialize_with = "lenient::option")]
    pub operation_id: Option<String>,
    /// The fact it was done to.
    #[serde(default, deserialize_with = "lenient::option")]
    pub fact_id: Option<String>,
    /// Facts that came.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub facts_added: u64,
    /// Facts that went.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub facts_removed: u64,
    /// Observations that came.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub observations_created: Touched,
    /// Observations that were reworded.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub observations_updated: Touched,
    /// Observations that went.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub observations_removed: Touched,
}

/// A page of what was done to a document, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DocumentHistory {
    /// What was done.
    #[serde(deserialize_with = "lenient::list")]
    pub items: Vec<DocumentEvent>,
    /// How much there is in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u64>,
}

/// What deleting a document did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, rename = "DocumentDeleted")]
pub struct Deleted {
    /// Whether there was such a document.
    pub existed: bool,
    /// How many facts went with it, when the server says.
    pub memories: Option<u64>,
}

#[derive(Deserialize)]
struct Reprocessing {
    operation_id: String,
}

#[derive(Deserialize)]
struct Nothing {}

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

    /// The pieces a document was cut into.
    ///
    /// # Errors
    /// `NotFound` when it, or its bank, does not exist; as every call else.
    pub async fn chunks(
        &self,
        bank: &BankId,
        document: &DocumentId,
        limit: u32,
        offset: u32,
    ) -> Result<ChunkPage> {
        let query = Query::default().with("limit", &Some(limit)).with("offset", &Some(offset));
        let path = path(bank, document)?.word("/chunks");
        let call = Call::get(path, format!("read the chunks of the document `{document}`"));
        self.ask(call.query(query.done())).await
    }

    /// What was done to a document; servers since 1.1.
    ///
    /// # Errors
    /// As [`Self::chunks`].
    pub async fn document_history(&self, bank: &BankId, document: &DocumentId) -> Result<DocumentHistory> {
        let path = path(bank, document)?.word("/history");
        let call = Call::get(path, format!("read the history of the document `{document}`"));
        self.ask(call.feature("a document's history").query(vec![("limit", "200".to_owned())])).await
    }

    /// Gives a document other tags. The server makes its observations anew.
    ///
    /// # Errors
    /// As [`Self::chunks`].
    pub async fn retag_document(&self, bank: &BankId, document: &DocumentId, tags: &[String]) -> Result<()> {
        let call = Call::new(Method::PATCH, path(bank, document)?, format!("tag the document `{document}`"));
        self.ask::<Nothing>(call.body(&serde_json::json!({"tags": tags}))?).await.map(|_| ())
    }

    /// Begins to extract a document's facts anew; gives the operation's id.
    ///
    /// # Errors
    /// As [`Self::chunks`].
    pub async fn reprocess_document(&self, bank: &BankId, document: &DocumentId) -> Result<String> {
        let path = path(bank, document)?.word("/reprocess");
        let call = Call::new(Method::POST, path, format!("read the document `{document}` anew"));
        self.ask::<Reprocessing>(call).await.map(|begun| begun.operation_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_s_history_is_read_past_what_is_broken_in_it() {
        let history: DocumentHistory = serde_json::from_value(json!({"items": [
            {"kind": "retain", "facts_added": 3, "observations_created": {"count": 2, "ids": ["a", 4]}},
            {"kind": "fact_edited", "facts_added": "none", "observations_removed": 7},
            {"created_at": "2026-01-01T00:00:00Z"},
        ], "total": null}))
        .unwrap();
        assert_eq!(history.items.len(), 2);
        assert_eq!(history.items[0].observations_created, Touched { count: 2, ids: vec!["a".into()] });
        assert_eq!((history.items[1].facts_added, history.items[1].observations_removed.count), (0, 0));
    }

    #[test]
    fn a_chunk_is_its_text_whatever_else_is_missing() {
        let page: ChunkPage = serde_json::from_value(
            json!({"items": [{"chunk_id": "b_d_0", "chunk_text": "t", "chunk_index": "0"}]}),
        )
        .unwrap();
        assert_eq!((page.items[0].id.as_str(), page.items[0].index), ("b_d_0", None));
        let sent = serde_json::to_value(&page.items[0]).unwrap();
        assert_eq!((&sent["id"], &sent["text"]), (&json!("b_d_0"), &json!("t")));
    }
}
