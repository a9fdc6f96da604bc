//! Where a memory was said: its chunk, its document, the sentence.

use crate::app::App;
use crate::commands::missing;
use crate::wire::*;
use rearview_curate::sentence;
use rearview_domain::memory::FactType;
use rearview_domain::{Error, ErrorCode};
use rearview_hindsight::Document;

pub async fn around(app: &App, request: FactRef) -> Result<MemoryAround, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let bank = &request.bank_id;
    let memory = client.memory(bank, &request.id).await.map_err(|error| error.to_error())?;
    let document = async {
        match &memory.document_id {
            Some(id) => client.document(bank, id).await,
            None => Ok(None),
        }
    };
    let chunk = async {
        match &memory.chunk_id {
            Some(id) => client.chunk(id).await,
            None => Ok(None),
        }
    };
    let (document, chunk) = tokio::join!(document, chunk);
    let (document, chunk) =
        (document.map_err(|error| error.to_error())?, chunk.map_err(|error| error.to_error())?);
    let why = match (&chunk, &memory.chunk_id, memory.fact_type) {
        (Some(_), ..) => None,
        (None, _, Some(FactType::Observation)) => {
            Some("An observation was made of facts and stands in no document itself.")
        }
        (None, Some(_), _) => {
            Some("Its chunk is gone: the document was stored anew or the server keeps no texts.")
        }
        (None, None, _) => Some("The server does not say which part of a document it came from."),
    };
    let text = chunk.as_ref().map(|chunk| chunk.text.clone()).unwrap_or_default();
    let span = aside(move || sentence::find(&memory.text, &text)).await?;
    Ok(MemoryAround { document: document.map(told), chunk, span, why: why.map(str::to_owned) })
}

fn told(document: Document) -> SourceDocument {
    let characters = document.original_text.as_deref().map(|text| text.chars().count() as u64);
    SourceDocument {
        id: document.id,
        characters: characters.or(document.text_length),
        created_at: document.created_at,
        updated_at: document.updated_at,
        facts: document.memory_unit_count,
        tags: document.tags,
        metadata: document.document_metadata,
    }
}

pub async fn source(app: &App, request: FactRef) -> Result<MemorySource, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let bank = &request.bank_id;
    let memory = client.memory(bank, &request.id).await.map_err(|error| error.to_error())?;
    let Some(id) = memory.document_id else {
        return Err(Error::new(ErrorCode::NotFound, "This memory names no document."));
    };
    let document = client.document(bank, &id).await.map_err(|error| error.to_error())?;
    let document = document.ok_or_else(|| missing("document", &id))?;
    let text = document.original_text.ok_or_else(|| {
        Error::new(ErrorCode::NotFound, "The server does not keep the texts of documents.")
            .hint("Its chunks may still be there.")
    })?;
    let chunk = match &memory.chunk_id {
        Some(chunk) => client.chunk(chunk).await.map_err(|error| error.to_error())?,
        None => None,
    };
    let (text, placed) = aside(move || {
        let placed = sentence::place(&memory.text, chunk.as_ref().map(|chunk| chunk.text.as_str()), &text);
        (text, placed)
    })
    .await?;
    Ok(MemorySource { document_id: id, text, chunk: placed.chunk, span: placed.span })
}

/// Looks for a sentence on a thread of its own: a document may be of any size.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::new(ErrorCode::Internal, format!("The search in the text failed: {error}.")))
}
