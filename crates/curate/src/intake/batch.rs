//! One bringing-in: its documents share a tag, are handed in one by one, and are taken out together.
//!
//! Handing in is idempotent: each document's operation id follows from batch and document, so a batch that
//! was cut off goes on where it was and stores nothing twice. What is in the bank already is left alone:
//! it belongs to somebody else, and undoing the batch must not take it away.

use super::pieces::{Piece, id_of_file};
use rearview_domain::memory::TagsMatch;
use rearview_domain::time::Time;
use rearview_domain::{BankId, DocumentId, Error, ErrorCode, ServerId};
use rearview_hindsight::{BankPatch, Client, DocumentFilter, RetainItem, RetainRequest, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use ts_rs::TS;

/// How long one document may take before the batch goes on without it. Extraction by a slow local model
/// takes minutes; a server that does not answer at all fails earlier.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// How often a server is asked whether it is done: at first, and at most.
const FIRST_LOOK: Duration = Duration::from_millis(100);
const LAST_LOOK: Duration = Duration::from_secs(2);

/// How far a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum BatchState {
    /// Documents are being handed in.
    Running,
    /// All documents were handed in.
    Done,
    /// The person stopped it; it can go on.
    Stopped,
    /// The app ended or the server went away in the middle; it can go on.
    Interrupted,
    /// Its documents are being taken out.
    Undoing,
    /// Its documents were taken out.
    Undone,
}

/// A batch, as it is kept and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Batch {
    /// Its id.
    pub id: String,
    /// The memory server.
    pub server_id: ServerId,
    /// The bank.
    pub bank_id: BankId,
    /// What it was made of, for people.
    pub label: String,
    /// The tag on all its documents and facts.
    pub tag: String,
    /// When it began.
    pub at: Time,
    /// How far it is.
    pub state: BatchState,
    /// Documents in all.
    pub total: u32,
    /// Documents that are in memory because of it.
    pub stored: u32,
    /// Documents that were there before and were left alone.
    pub already: u32,
    /// Documents that could not be stored.
    pub failed: u32,
    /// The last error.
    pub error: Option<Error>,
    /// Documents taken out again.
    pub removed: u32,
}

impl Batch {
    /// Documents that were dealt with.
    pub fn dealt_with(&self) -> u32 {
        self.stored + self.already + self.failed
    }
}

/// What became of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Handed {
    /// It is in memory.
    Stored,
    /// It was there before.
    Already,
    /// It could not be stored.
    Failed(Error),
}

/// Hands one document to memory and waits until it is extracted.
///
/// # Errors
/// When the server does not answer or refuses the caller: going on with the next document makes no sense.
pub async fn hand_in(
    client: &Client,
    batch: &Batch,
    piece: &Piece,
    tags: &[String],
) -> Result<Handed, Error> {
    if let Some(handed) = there_already(client, batch, &piece.document_id).await? {
        return Ok(handed);
    }
    let item = RetainItem {
        content: piece.content.clone(),
        timestamp: Some(piece.at.clone().map_or(Timestamp::Unset, Timestamp::At)),
        context: piece.context.clone(),
        document_id: Some(piece.document_id.clone()),
        tags: tags_of(batch, tags),
        ..RetainItem::default()
    };
    let id = operation_id(&batch.id, &piece.document_id);
    let request = RetainRequest { items: vec![item], r#async: true, operation_id: Some(id.clone()) };
    match client.retain(&batch.bank_id, &request).await.map_err(|error| error.to_error()) {
        Ok(answer) => settled(client, &batch.bank_id, answer.operation_id.as_deref().unwrap_or(&id)).await,
        Err(error) if stops(&error) => Err(error),
        Err(error) => Ok(Handed::Failed(error)),
    }
}

/// Hands a file to memory that only the server can read, and waits until it is extracted.
///
/// # Errors
/// As `hand_in`.
pub async fn hand_in_file(
    client: &Client,
    batch: &Batch,
    name: &str,
    bytes: Vec<u8>,
    tags: &[String],
) -> Result<Handed, Error> {
    let id = id_of_file(name, &bytes);
    if let Some(handed) = there_already(client, batch, &id).await? {
        return Ok(handed);
    }
    if let Err(error) = make_bank(client, &batch.bank_id).await {
        return if stops(&error) { Err(error) } else { Ok(Handed::Failed(error)) };
    }
    let taken = client.retain_file(&batch.bank_id, &id, name, bytes, &tags_of(batch, tags)).await;
    let operations = match taken.map_err(|error| error.to_error()) {
        Ok(operations) => operations,
        Err(error) if stops(&error) => return Err(error),
        Err(error) => return Ok(Handed::Failed(error)),
    };
    for operation in operations {
        let handed = settled(client, &batch.bank_id, &operation).await?;
        if handed != Handed::Stored {
            return Ok(handed);
        }
    }
    Ok(Handed::Stored)
}

/// Makes the bank where there is none: a text makes its bank by itself, a file is refused without one.
async fn make_bank(client: &Client, bank: &BankId) -> Result<(), Error> {
    let named = client.banks(Some(bank.as_str()), 100, 0).await.map_err(|error| error.to_error())?;
    if named.banks.iter().any(|one| one.id == *bank) {
        return Ok(());
    }
    client.put_bank(bank, &BankPatch::default()).await.map_err(|error| error.to_error())?;
    Ok(())
}

/// Whether a document is there, and by whom.
async fn there_already(client: &Client, batch: &Batch, id: &DocumentId) -> Result<Option<Handed>, Error> {
    let there = client.document(&batch.bank_id, id).await.or_else(no_bank)?;
    Ok(there.map(|there| match there.tags.contains(&batch.tag) {
        true => Handed::Stored,
        false => Handed::Already,
    }))
}

fn tags_of(batch: &Batch, tags: &[String]) -> Vec<String> {
    let mut all = vec![batch.tag.clone()];
    all.extend(tags.iter().filter(|tag| **tag != batch.tag).cloned());
    all
}

/// A bank that does not exist yet holds no document; the first retain makes it.
fn no_bank<T>(error: rearview_hindsight::HindsightError) -> Result<Option<T>, Error> {
    let error = error.to_error();
    if error.code == ErrorCode::NotFound { Ok(None) } else { Err(error) }
}

/// Waits until an operation is over. Fails as `hand_in` does.
async fn settled(client: &Client, bank: &BankId, operation: &str) -> Result<Handed, Error> {
    let began = tokio::time::Instant::now();
    let mut pause = FIRST_LOOK;
    loop {
        let now = client.operation(bank, operation).await.map_err(|error| error.to_error())?;
        if now.status.is_final() {
            let refused = |message: String| Handed::Failed(Error::new(ErrorCode::Internal, message));
            return Ok(match (now.status.as_str(), now.error_message) {
                ("completed", _) => Handed::Stored,
                (_, Some(message)) => refused(message),
                (state, None) => refused(format!("The memory server says `{state}` and nothing else.")),
            });
        }
        if began.elapsed() > PATIENCE {
            let why = now.error_message.unwrap_or_else(|| "no error was named".to_owned());
            return Ok(Handed::Failed(Error::new(
                ErrorCode::Timeout,
                format!("The memory server was not done after 15 minutes: {why}."),
            )));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_LOOK);
    }
}

/// Whether an error is about the server and not about one document.
fn stops(error: &Error) -> bool {
    !matches!(error.code, ErrorCode::InvalidInput | ErrorCode::Conflict | ErrorCode::Internal)
}

/// The operation's id of a document in a batch: a UUID from the hash of both, so that sending it again is
/// the same operation.
fn operation_id(batch: &str, document: &DocumentId) -> String {
    let digest = Sha256::digest(format!("{batch}\n{}", document.as_str()));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(digest.get(..16).unwrap_or(&[0; 16]));
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

/// Takes out all documents of a batch; `each` hears how many were and says whether to go on.
///
/// # Errors
/// The server's own; what was taken out stays out, and calling again goes on.
pub async fn take_out(
    client: &Client,
    batch: &Batch,
    mut each: impl FnMut(u32) -> bool,
) -> Result<u32, Error> {
    let mut removed = 0;
    let filter = DocumentFilter {
        tags: vec![batch.tag.clone()],
        tags_match: Some(TagsMatch::AllStrict),
        limit: Some(100),
        ..DocumentFilter::default()
    };
    loop {
        let page = client.documents(&batch.bank_id, &filter).await.map_err(|error| error.to_error())?;
        // A server that ignores the filter must not cost documents of others.
        let ours: Vec<_> = page.items.iter().filter(|document| document.tags.contains(&batch.tag)).collect();
        if ours.is_empty() {
            return Ok(removed);
        }
        let before = removed;
        for document in ours {
            let deleted = client.delete_document(&batch.bank_id, &document.id).await;
            removed += u32::from(deleted.map_err(|error| error.to_error())?.existed);
            if !each(removed) {
                return Ok(removed);
            }
        }
        if removed == before {
            return Err(Error::new(
                ErrorCode::Internal,
                "The memory server lists documents of this batch and says that they do not exist.",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_of_a_batch_has_one_operation_and_every_other_another() {
        let id = |batch: &str, document: &str| operation_id(batch, &DocumentId(document.into()));
        assert_eq!(id("a", "b"), id("a", "b"));
        assert_ne!(id("a", "b"), id("b", "b"));
        assert_ne!(id("a", "b"), id("a", "c"));
        assert!(uuid::Uuid::parse_str(&id("a", "b")).is_ok());
    }
}
