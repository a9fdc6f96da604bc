//! Files as memory: PDF, office files and images, which the server turns into text by itself.

use crate::address::Path;
use crate::client::Client;
use crate::error::Result;
use crate::lenient;
use crate::send::Call;
use rearview_domain::{BankId, DocumentId};
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Taken {
    #[serde(default, deserialize_with = "lenient::list")]
    operation_ids: Vec<String>,
    #[serde(default, deserialize_with = "lenient::option")]
    operation_id: Option<String>,
}

impl Client {
    /// Hands a file to memory as one document; gives the operations that turn it into text and read it. Servers
    /// take up to 100 MB.
    ///
    /// # Errors
    /// `FeatureMissing` where the server takes no files, `Invalid` for formats it does not know; as every call.
    pub async fn retain_file(
        &self,
        bank: &BankId,
        document: &DocumentId,
        name: &str,
        bytes: Vec<u8>,
        tags: &[String],
    ) -> Result<Vec<String>> {
        let about = json!({"files_metadata": [{"document_id": document.as_str(), "tags": tags}]});
        let path = Path::bank(bank)?.word("/files/retain");
        let call = Call::new(Method::POST, path, format!("bring a file into the bank `{bank}`"))
            .file("files", name, bytes, vec![("request", about.to_string())])
            .feature("file_retain")
            .slow();
        let taken: Taken = self.ask(call).await?;
        let mut ids = taken.operation_ids;
        if ids.is_empty() {
            ids.extend(taken.operation_id);
        }
        Ok(ids)
    }
}
