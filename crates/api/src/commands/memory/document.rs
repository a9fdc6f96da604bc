//! Documents and their chunks: list, read, tags, reprocess, replace the text, delete.

use crate::app::App;
use crate::commands::{invalid, missing, store_error};
use crate::wire::*;
use rearview_curate::document::{goes_with, replacement};
use rearview_domain::{ChatId, DocumentId, Error, ErrorCode, TurnId};
use rearview_hindsight::{ChunkPage, Deleted, DocumentHistory, DocumentPage, RetainRequest};

/// More documents than this in one page are more than one glance.
const PAGE: u32 = 1000;
/// Chunks of one page.
const CHUNKS: u32 = 200;

pub async fn list(app: &App, request: ListDocuments) -> Result<DocumentPage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let mut filter = request.filter;
    filter.limit = Some(filter.limit.unwrap_or(100).min(PAGE));
    client.documents(&request.bank_id, &filter).await.map_err(|error| error.to_error())
}

pub async fn read(app: &App, request: OneDocument) -> Result<DocumentView, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let (document, hello) =
        futures_util::join!(client.document(&request.bank_id, &request.document_id), client.handshake());
    let no_history = match hello {
        Ok(hello) => hello.features.document_history.reason,
        // Then the call itself says why.
        Err(_) => None,
    };
    Ok(DocumentView {
        document: document.map_err(|error| error.to_error())?,
        turn: turn_of(app, &request.document_id).await?,
        no_history,
    })
}

pub async fn chunks(app: &App, request: ListChunks) -> Result<ChunkPage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let page = client.chunks(&request.bank_id, &request.document_id, CHUNKS, request.offset).await;
    page.map_err(|error| error.to_error())
}

pub async fn history(app: &App, request: OneDocument) -> Result<DocumentHistory, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let history = client.document_history(&request.bank_id, &request.document_id).await;
    history.map_err(|error| error.to_error())
}

pub async fn retag(app: &App, request: RetagDocument) -> Result<Done, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let done = client.retag_document(&request.bank_id, &request.document_id, &request.tags).await;
    done.map(|()| Done {}).map_err(|error| error.to_error())
}

pub async fn reprocess(app: &App, request: OneDocument) -> Result<Reprocessing, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let begun = client.reprocess_document(&request.bank_id, &request.document_id).await;
    begun.map(|operation_id| Reprocessing { operation_id }).map_err(|error| error.to_error())
}

pub async fn replace(app: &App, request: ReplaceDocument) -> Result<Reprocessing, Error> {
    if request.text.trim().is_empty() {
        return Err(invalid("A document without a text is none; delete it instead."));
    }
    let client = app.0.clients.client(&request.server_id).await?;
    let (bank, id) = (&request.bank_id, &request.document_id);
    let now = client.document(bank, id).await.map_err(|error| error.to_error())?;
    let now = now.ok_or_else(|| missing("document", id))?;
    // A turn that is appended to its document meanwhile must not be lost to an edit of what was there before.
    if request.content_hash.is_some()
        && now.content_hash.is_some()
        && request.content_hash != now.content_hash
    {
        let message = "The text was changed by somebody else since it was opened here.";
        let hint = "Copy what you wrote, cancel, and edit the text as it is now.";
        return Err(Error::new(ErrorCode::Conflict, message).hint(hint));
    }
    let item = replacement(&now, request.text);
    let operation = uuid::Uuid::new_v4().to_string();
    let retain = RetainRequest { items: vec![item], r#async: true, operation_id: Some(operation.clone()) };
    let answer = client.retain(bank, &retain).await.map_err(|error| error.to_error())?;
    Ok(Reprocessing { operation_id: answer.operation_id.unwrap_or(operation) })
}

pub async fn goes(app: &App, request: OneDocument) -> Result<DocumentGoes, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let goes = goes_with(&client, &request.bank_id, &request.document_id).await;
    Ok(DocumentGoes {
        goes: goes.map_err(|error| error.to_error())?,
        turn: turn_of(app, &request.document_id).await?,
    })
}

pub async fn delete(app: &App, request: OneDocument) -> Result<Deleted, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let deleted = client.delete_document(&request.bank_id, &request.document_id).await;
    match deleted.map_err(|error| error.to_error())? {
        deleted if deleted.existed => Ok(deleted),
        _ => Err(missing("document", &request.document_id)),
    }
}

/// The turn of a document of the form `<chat>.<turn>`, or of what a tool stored, `<chat>.<turn>.<n>`, when
/// the chat is still here.
async fn turn_of(app: &App, document: &DocumentId) -> Result<Option<DocumentTurn>, Error> {
    let mut parts = document.as_str().split('.');
    let (Some(chat), Some(turn)) = (parts.next(), parts.next()) else { return Ok(None) };
    let (chat, turn) = (ChatId::from(chat.to_owned()), TurnId::from(turn.to_owned()));
    let found = app.store_of(&chat).chat(&chat).await.map_err(store_error)?;
    Ok(found.map(|found| DocumentTurn { chat_id: chat, title: found.title, turn_id: turn }))
}
