//! Copies and archives of whole banks. All of them run as operations of the server; archives travel as streams and
//! are never whole in memory. Servers since 1.1.

use crate::address::Path;
use crate::client::Client;
use crate::error::Result;
use crate::send::{Call, Download, Sending};
use rearview_domain::BankId;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// What of a bank is taken along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export)]
pub struct BankScope {
    /// Documents, facts, observations.
    pub data: bool,
    /// Settings, missions, directives, webhooks.
    pub bank_config: bool,
    /// Audit log, operations, calls of models.
    pub history: bool,
}

impl Default for BankScope {
    /// Everything but the history, as Hindsight does.
    fn default() -> Self {
        Self { data: true, bank_config: true, history: false }
    }
}

impl BankScope {
    fn query(self) -> Vec<(&'static str, String)> {
        vec![
            ("include_data", self.data.to_string()),
            ("include_bank_config", self.bank_config.to_string()),
            ("include_history", self.history.to_string()),
        ]
    }
}

/// What becomes of a document that is in the bank already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export)]
pub enum DocumentConflict {
    /// The one in the bank stays.
    Skip,
    /// The one in the archive takes its place.
    Replace,
    /// Both stay; the one of the archive gets another id.
    NewId,
}

impl DocumentConflict {
    fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Replace => "replace",
            Self::NewId => "new-id",
        }
    }
}

/// How an archive goes into a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[ts(export)]
pub enum ArchiveImport {
    /// As a bank of its own that does not exist yet.
    Restore {
        /// Under this id.
        target: BankId,
    },
    /// Into a bank that is there.
    Merge {
        /// The bank.
        target: BankId,
        /// What becomes of documents that are there.
        conflict: DocumentConflict,
    },
}

impl ArchiveImport {
    /// The bank that it ends in.
    pub fn target(&self) -> &BankId {
        match self {
            Self::Restore { target } | Self::Merge { target, .. } => target,
        }
    }
}

/// What a finished export made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeArchive {
    /// Where the server keeps it.
    pub key: String,
    /// Its size in bytes, when the server says.
    pub bytes: Option<u64>,
}

impl MadeArchive {
    /// Reads it from what came of the operation; `None` when there is none in it.
    pub fn of(result: &Value) -> Option<Self> {
        const DOWNLOAD: &str = "/v1/default/files/download/";
        let text = |name: &str| result.get(name).and_then(Value::as_str);
        let key =
            text("storage_key").or_else(|| text("download_url")?.split_once(DOWNLOAD).map(|(_, key)| key));
        let key = key.filter(|key| !key.is_empty())?.to_owned();
        Some(Self { key, bytes: result.get("byte_size").and_then(Value::as_u64) })
    }
}

#[derive(Deserialize)]
struct Begun {
    operation_id: String,
}

impl Client {
    /// Begins to copy a bank on its server into one that does not exist yet; gives the operation's id, which is
    /// asked for under the bank that is copied.
    ///
    /// # Errors
    /// `Invalid` when there is a bank of the target's id, `NotFound` when there is none to copy.
    pub async fn clone_bank(&self, bank: &BankId, target: &BankId, scope: BankScope) -> Result<String> {
        let action = format!("copy the bank `{bank}` to `{target}`");
        let mut query = scope.query();
        query.push(("target_bank_id", target.to_string()));
        let path = Path::bank(bank)?.word("/clone");
        let begun: Begun =
            self.ask(Call::new(Method::POST, path, action).feature("clone").query(query)).await?;
        Ok(begun.operation_id)
    }

    /// Begins to pack a bank into an archive; gives the operation's id. What comes of the operation is read with
    /// [`MadeArchive::of`].
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist; as every call else.
    pub async fn export_bank(&self, bank: &BankId, scope: BankScope) -> Result<String> {
        let action = format!("pack the bank `{bank}`");
        let path = Path::bank(bank)?.word("/transfer/export");
        let call = Call::new(Method::POST, path, action).feature("transfer_export").query(scope.query());
        let begun: Begun = self.ask(call).await?;
        Ok(begun.operation_id)
    }

    /// Begins to fetch an archive that the server has made; its bytes come with [`Download::next`].
    ///
    /// # Errors
    /// `NotFound` when the server has dropped it; as every call else.
    pub async fn fetch_archive(&self, archive: &MadeArchive) -> Result<Download> {
        let mut path = Path::of("/v1/default/files/download");
        for segment in archive.key.split('/') {
            path = path.id("archive", segment)?;
        }
        self.download(Call::get(path, "give the archive").feature("transfer_export")).await
    }

    /// Sends an archive and begins to import it; gives the operation's id, which is asked for under `carrier`: the
    /// bank whose operation it becomes. For a restore that is another bank of the server where there is one.
    ///
    /// # Errors
    /// `Invalid` for what is no archive, and when there is a bank that would have to be made; as every call else.
    pub async fn import_archive(
        &self,
        carrier: &BankId,
        import: &ArchiveImport,
        scope: BankScope,
        file: Sending,
    ) -> Result<String> {
        let target = import.target();
        let action = format!("import the bank `{target}`");
        let query = match import {
            ArchiveImport::Restore { target } => {
                let mut query = scope.query();
                query.push(("mode", "restore".to_owned()));
                query.push(("target_bank_id", target.to_string()));
                query
            }
            ArchiveImport::Merge { conflict, .. } => {
                vec![("mode", "merge".to_owned()), ("document_conflict", conflict.as_str().to_owned())]
            }
        };
        let path = Path::bank(carrier)?.word("/transfer/import");
        let call =
            Call::new(Method::POST, path, action).feature("transfer_import").query(query).sending(file);
        let begun: Begun = self.ask(call).await?;
        Ok(begun.operation_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_archive_is_found_by_its_key_or_by_an_address_on_the_same_server_and_nowhere_else() {
        let of = |value: Value| MadeArchive::of(&value).map(|made| (made.key, made.bytes));
        assert_eq!(
            of(
                json!({"storage_key": "banks/a/x.zip", "byte_size": 7, "download_url": "https://evil.example/"})
            ),
            Some(("banks/a/x.zip".to_owned(), Some(7)))
        );
        assert_eq!(
            of(json!({"download_url": "/v1/default/files/download/k/x.zip", "byte_size": "7"})),
            Some(("k/x.zip".to_owned(), None))
        );
        assert_eq!(of(json!({"download_url": "https://evil.example/x.zip"})), None);
        assert_eq!(of(json!({})), None);
    }
}
