//! Moves of whole banks: begun here, carried on in the background by `crate::moves`.

use crate::app::App;
use crate::commands::missing;
use crate::moves::{Parts, Plan};
use crate::setup::EMBEDDED;
use crate::wire::*;
use rearview_curate::transfer::{ArchiveInfo, BankMove, Carrier, MoveKind, Place, look, read_archive};
use rearview_domain::{BankId, Error, ErrorCode, ServerId};
use rearview_hindsight::{ArchiveImport, Client, Feature};

pub async fn list(app: &App, _: Empty) -> Result<BankMoves, Error> {
    Ok(BankMoves { items: app.0.moves.list() })
}

fn place(app: &App, server_id: &ServerId, bank_id: &BankId) -> Result<Place, Error> {
    let server = app.0.setup.server(server_id).ok_or_else(|| missing("memory server", server_id))?;
    Ok(Place { server_id: server_id.clone(), server_name: server.name, bank_id: bank_id.clone() })
}

/// Refuses what a server does not offer, with its reason.
fn offered(place: &Place, what: &str, feature: &Feature) -> Result<(), Error> {
    if feature.available {
        return Ok(());
    }
    let message = format!("`{}` cannot {what}.", place.server_name);
    let error = Error::new(ErrorCode::ServerIncompatible, message);
    Err(match &feature.reason {
        Some(reason) => error.hint(reason.clone()),
        None => error,
    })
}

/// Refuses a target that cannot be written as asked, before anything is packed or sent.
async fn free(client: &Client, place: &Place, import: &ArchiveImport) -> Result<(), Error> {
    let there = look(client, &place.bank_id).await?.is_some();
    let (server, bank) = (&place.server_name, &place.bank_id);
    match import {
        ArchiveImport::Restore { .. } if there => {
            let message = format!("There is a bank `{bank}` on `{server}` already.");
            Err(Error::new(ErrorCode::Conflict, message).hint("Choose another id, or merge into it."))
        }
        ArchiveImport::Merge { .. } if !there => {
            Err(Error::new(ErrorCode::NotFound, format!("There is no bank `{bank}` on `{server}`."))
                .hint("Bring it in as a bank of its own."))
        }
        _ => Ok(()),
    }
}

/// The bank whose operation a restore becomes. The engine in this app makes the new bank its own; a Hindsight server
/// asks for one that is there, so any of its banks carries it, and on a server without banks one is made for it.
async fn carrier(client: &Client, place: &Place, import: &ArchiveImport) -> Result<Carrier, Error> {
    if place.server_id.as_str() == EMBEDDED || matches!(import, ArchiveImport::Merge { .. }) {
        return Ok(Carrier::There(place.bank_id.clone()));
    }
    let page = client.banks(None, 1, 0).await.map_err(|error| error.to_error())?;
    Ok(match page.banks.into_iter().next() {
        Some(bank) => Carrier::There(bank.id),
        None => Carrier::Made,
    })
}

pub async fn clone(app: &App, request: CloneBank) -> Result<BankMove, Error> {
    let target = BankId::parse(request.target.as_str())?;
    let from = place(app, &request.server_id, &request.bank_id)?;
    let to = place(app, &request.server_id, &target)?;
    offered(&from, "copy banks", &app.0.clients.features(&request.server_id).await?.clone)?;
    let client = app.0.clients.client(&request.server_id).await?;
    free(&client, &to, &ArchiveImport::Restore { target }).await?;
    let parts = Parts { kind: MoveKind::Clone, from: Some(from), to: Some(to), ..Parts::of(request.scope) };
    app.begin_move(parts, Plan::Clone { client }).await
}

pub async fn transfer(app: &App, request: TransferBank) -> Result<BankMove, Error> {
    let target = BankId::parse(request.import.target().as_str())?;
    let from = place(app, &request.server_id, &request.bank_id)?;
    let to = place(app, &request.to_server_id, &target)?;
    if request.server_id == request.to_server_id {
        return Err(Error::new(ErrorCode::InvalidInput, "Both servers are the same one.")
            .hint("Copy the bank instead."));
    }
    offered(&from, "pack banks", &app.0.clients.features(&request.server_id).await?.transfer_export)?;
    offered(&to, "take banks in", &app.0.clients.features(&request.to_server_id).await?.transfer_import)?;
    let source = app.0.clients.client(&request.server_id).await?;
    let sink = app.0.clients.client(&request.to_server_id).await?;
    free(&sink, &to, &request.import).await?;
    let carrier = carrier(&sink, &to, &request.import).await?;
    let parts = Parts {
        kind: MoveKind::Transfer,
        from: Some(from),
        to: Some(to),
        import: Some(request.import),
        ..Parts::of(request.scope)
    };
    app.begin_move(parts, Plan::Transfer { from: source, to: sink, carrier }).await
}

pub async fn archive(app: &App, request: ArchiveBank) -> Result<BankMove, Error> {
    let from = place(app, &request.server_id, &request.bank_id)?;
    offered(&from, "pack banks", &app.0.clients.features(&request.server_id).await?.transfer_export)?;
    let client = app.0.clients.client(&request.server_id).await?;
    let folder = app.downloads()?;
    let parts = Parts { kind: MoveKind::Archive, from: Some(from), ..Parts::of(request.scope) };
    app.begin_move(parts, Plan::Archive { client, folder }).await
}

pub async fn info(app: &App, request: UploadRef) -> Result<ArchiveInfo, Error> {
    let uploaded = app.0.uploads.get(&request.upload_id)?;
    let reading = tokio::task::spawn_blocking(move || read_archive(&uploaded.path, &uploaded.name));
    reading.await.map_err(|_| Error::new(ErrorCode::Internal, "Reading the file failed inside Rearview."))?
}

pub async fn restore(app: &App, request: RestoreBank) -> Result<BankMove, Error> {
    let target = BankId::parse(request.import.target().as_str())?;
    let to = place(app, &request.server_id, &target)?;
    offered(&to, "take banks in", &app.0.clients.features(&request.server_id).await?.transfer_import)?;
    let client = app.0.clients.client(&request.server_id).await?;
    free(&client, &to, &request.import).await?;
    let carrier = carrier(&client, &to, &request.import).await?;
    // Read once more: what was chosen may be no archive, and the server's words for that are worse.
    info(app, UploadRef { upload_id: request.upload_id.clone() }).await?;
    let file = app.0.uploads.take(&request.upload_id)?;
    let parts = Parts {
        kind: MoveKind::Restore,
        to: Some(to),
        import: Some(request.import),
        source_file: Some(file.name),
        ..Parts::of(request.scope)
    };
    app.begin_move(parts, Plan::Restore { client, carrier, file: file.path }).await
}

pub async fn cancel(app: &App, request: MoveRef) -> Result<Done, Error> {
    app.0.moves.cancel(&request.move_id);
    Ok(Done {})
}

pub async fn follow(app: &App, request: MoveRef) -> Result<BankMove, Error> {
    app.follow_move(&request.move_id).await
}

pub async fn forget(app: &App, request: MoveRef) -> Result<Done, Error> {
    app.0.moves.forget(&request.move_id).await?;
    Ok(Done {})
}
