//! One chunk by its own id. The chunks of a document are in `document`.

use crate::address::Path;
use crate::client::Client;
use crate::document::DocumentChunk;
use crate::error::{HindsightError, Result};
use crate::send::Call;

impl Client {
    /// Reads a chunk; `None` when it does not exist any more. Its id names its bank.
    ///
    /// # Errors
    /// As every call.
    pub async fn chunk(&self, id: &str) -> Result<Option<DocumentChunk>> {
        let path = Path::of("/v1/default/chunks").id("chunk id", id)?;
        match self.ask(Call::get(path, format!("read the chunk `{id}`"))).await {
            Err(HindsightError::NotFound { .. }) => Ok(None),
            answer => answer.map(Some),
        }
    }
}
