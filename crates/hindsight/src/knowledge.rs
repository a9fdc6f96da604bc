//! Knowledge pages: mental models in a tree of folders. Servers since 0.9; the embedded engine has none.

use crate::address::Path;
use crate::client::Client;
use crate::error;
use crate::lenient;
use crate::mental_model::{ModelTrigger, NewTrigger};
use crate::query::Query;
use crate::send::{Call, Confirmed};
use rearview_domain::BankId;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use ts_rs::TS;

/// A folder or a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct KnowledgeNode {
    /// Its id.
    pub id: String,
    /// `folder` or `page`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub kind: String,
    /// What it is called.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The folder it is in.
    #[serde(default, deserialize_with = "lenient::option")]
    pub parent_id: Option<String>,
    /// The mental model of a page.
    #[serde(default, deserialize_with = "lenient::option")]
    pub mental_model_id: Option<String>,
    /// Whether the server keeps it itself.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub managed: bool,
    /// What it is about.
    #[serde(default, deserialize_with = "lenient::option")]
    pub description: Option<String>,
    /// Its tags.
    #[serde(default, deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
    /// When it was written.
    #[serde(default, deserialize_with = "lenient::option")]
    pub timestamp: Option<String>,
    /// Whether there are newer facts.
    #[serde(default, deserialize_with = "lenient::option")]
    pub is_stale: Option<bool>,
    /// When a refresh failed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub last_refresh_failed_at: Option<String>,
    /// When and how it is refreshed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub trigger: Option<ModelTrigger>,
    /// What is in it.
    #[serde(default, deserialize_with = "lenient::list")]
    pub children: Vec<KnowledgeNode>,
}

/// The folders and pages of a bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct KnowledgeTree {
    /// What is in no folder.
    #[serde(deserialize_with = "lenient::list")]
    pub roots: Vec<KnowledgeNode>,
}

/// A page with its text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct KnowledgePage {
    /// Its id.
    pub id: String,
    /// What it is called.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// What it is about.
    #[serde(default, deserialize_with = "lenient::option")]
    pub description: Option<String>,
    /// Its tags.
    #[serde(default, deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
    /// When it was written.
    #[serde(default, deserialize_with = "lenient::option")]
    pub timestamp: Option<String>,
    /// Its text, markdown.
    #[serde(default, deserialize_with = "lenient::option")]
    pub body: Option<String>,
    /// Its text with a head of its properties.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub markdown: String,
}

/// A page that a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct KnowledgeHit {
    /// Its id.
    pub id: String,
    /// What it is called.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// Where it fits.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub snippet: String,
    /// How well, 0 to 1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub score: Option<f64>,
    /// When it was written.
    #[serde(default, deserialize_with = "lenient::option")]
    pub updated_at: Option<String>,
}

/// Pages that a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct KnowledgeHits {
    /// The pages, the best first.
    #[serde(deserialize_with = "lenient::list")]
    pub results: Vec<KnowledgeHit>,
    /// How many there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u64>,
}

/// A page as a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct KnowledgeFile {
    /// Its path, with slashes.
    pub path: String,
    /// Its text.
    pub content: String,
}

/// All pages as files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct KnowledgeFiles {
    /// The files.
    #[serde(deserialize_with = "lenient::list")]
    pub files: Vec<KnowledgeFile>,
}

/// A page to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(deserialize = "camelCase"), deny_unknown_fields)]
#[ts(export, rename_all = "camelCase", optional_fields = nullable)]
pub struct NewKnowledgePage {
    /// What it is called.
    pub name: String,
    /// The question that it answers.
    pub source_query: String,
    /// The folder it goes into.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// Its tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Tokens that the text aims at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// When and how it is refreshed; after each consolidation when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<NewTrigger>,
}

/// What came of making a page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct MadeKnowledgePage {
    /// Its id.
    #[serde(default, deserialize_with = "lenient::option")]
    pub page_id: Option<String>,
    /// Its mental model.
    #[serde(default, deserialize_with = "lenient::option")]
    pub mental_model_id: Option<String>,
    /// The operation of its first refresh.
    #[serde(default, deserialize_with = "lenient::option")]
    pub operation_id: Option<String>,
}

/// A change of a folder or page; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, rename_all = "camelCase", optional_fields = nullable)]
pub struct KnowledgeNodePatch {
    /// What it is called.
    pub name: Option<String>,
    /// The folder it goes into.
    pub parent_id: Option<String>,
    /// Whether it leaves its folder for none.
    #[ts(as = "Option<bool>")]
    pub to_root: bool,
}

impl KnowledgeNodePatch {
    /// The API takes a null parent as "none", and an absent one as "as it is".
    fn body(&self) -> Value {
        let mut body = Map::new();
        if let Some(name) = &self.name {
            body.insert("name".to_owned(), json!(name));
        }
        if self.to_root || self.parent_id.is_some() {
            body.insert("parent_id".to_owned(), json!(self.parent_id.as_ref().filter(|_| !self.to_root)));
        }
        Value::Object(body)
    }
}

const FEATURE: &str = "knowledge_base";

fn path(bank: &BankId, words: &str) -> error::Result<Path> {
    Ok(Path::bank(bank)?.word("/knowledge-base").word(words))
}

impl Client {
    /// Reads the folders and pages of a bank.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist, `FeatureMissing` where the server has none.
    pub async fn knowledge_tree(&self, bank: &BankId) -> error::Result<KnowledgeTree> {
        let call = Call::get(path(bank, "/tree")?, format!("list the knowledge pages of the bank `{bank}`"));
        self.ask(call.feature(FEATURE)).await
    }

    /// Reads a page.
    ///
    /// # Errors
    /// `NotFound` when it does not exist.
    pub async fn knowledge_page(&self, bank: &BankId, id: &str) -> error::Result<KnowledgePage> {
        let path = path(bank, "/pages")?.id("page id", id)?;
        self.ask(Call::get(path, format!("read the knowledge page `{id}`")).feature(FEATURE)).await
    }

    /// Searches the pages; servers give up to 50.
    ///
    /// # Errors
    /// As [`Client::knowledge_tree`].
    pub async fn search_knowledge(&self, bank: &BankId, q: &str, limit: u32) -> error::Result<KnowledgeHits> {
        let query = Query::default().with("q", &Some(q)).with("limit", &Some(limit.min(50)));
        let call = Call::get(path(bank, "/search")?, format!("search the pages of the bank `{bank}`"));
        self.ask(call.query(query.done()).feature(FEATURE)).await
    }

    /// Reads all pages as files.
    ///
    /// # Errors
    /// As [`Client::knowledge_tree`].
    pub async fn export_knowledge(&self, bank: &BankId) -> error::Result<KnowledgeFiles> {
        let call = Call::get(path(bank, "/export")?, format!("export the pages of the bank `{bank}`"));
        self.ask(call.feature(FEATURE)).await
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// `Invalid` for what the server refuses.
    pub async fn create_folder(
        &self,
        bank: &BankId,
        name: &str,
        parent_id: Option<&str>,
    ) -> error::Result<KnowledgeNode> {
        let call = Call::new(Method::POST, path(bank, "/folders")?, format!("make the folder `{name}`"));
        self.ask(call.feature(FEATURE).body(&json!({"name": name, "parent_id": parent_id}))?).await
    }

    /// Makes a page; its first refresh begins by itself.
    ///
    /// # Errors
    /// `Invalid` for what the server refuses.
    pub async fn create_page(
        &self,
        bank: &BankId,
        new: &NewKnowledgePage,
    ) -> error::Result<MadeKnowledgePage> {
        let path = path(bank, "/pages")?;
        let call = Call::new(Method::POST, path, format!("make the knowledge page `{}`", new.name));
        self.ask(call.feature(FEATURE).body(new)?).await
    }

    /// Renames or moves a folder or page.
    ///
    /// # Errors
    /// `NotFound` when it does not exist.
    pub async fn patch_node(
        &self,
        bank: &BankId,
        id: &str,
        patch: &KnowledgeNodePatch,
    ) -> error::Result<KnowledgeNode> {
        let path = path(bank, "/nodes")?.id("node id", id)?;
        let call = Call::new(Method::PATCH, path, format!("change the folder or page `{id}`"));
        self.ask(call.feature(FEATURE).body(&patch.body())?).await
    }

    /// Deletes a page, or a folder with what is in it.
    ///
    /// # Errors
    /// `NotFound` when it does not exist.
    pub async fn delete_node(&self, bank: &BankId, id: &str) -> error::Result<()> {
        let path = path(bank, "/nodes")?.id("node id", id)?;
        let call = Call::new(Method::DELETE, path, format!("delete the folder or page `{id}`"));
        self.ask::<Confirmed>(call.feature(FEATURE)).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lying_tree_keeps_the_nodes_that_can_be_read() {
        let tree: KnowledgeTree = serde_json::from_value(json!({"roots": [
            {"id": "f", "kind": "folder", "name": 1, "children": [{"id": "p", "kind": "page"}, {"kind": "page"}, 3]},
            "x",
        ]}))
        .unwrap();
        assert_eq!((tree.roots.len(), tree.roots[0].children.len()), (1, 1));
        assert_eq!(tree.roots[0].children[0].id, "p");
    }

    #[test]
    fn a_node_leaves_its_folder_only_when_that_is_asked_for() {
        let body = |value| serde_json::from_value::<KnowledgeNodePatch>(value).unwrap().body();
        assert_eq!(body(json!({"name": "n"})), json!({"name": "n"}));
        assert_eq!(body(json!({"parentId": "f"})), json!({"parent_id": "f"}));
        assert_eq!(body(json!({"toRoot": true})), json!({"parent_id": null}));
    }
}
