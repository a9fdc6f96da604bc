//! Knowledge pages: mental models in a tree of folders.

use crate::app::App;
use crate::wire::*;
use rearview_domain::Error;
use rearview_hindsight::{
    KnowledgeFiles, KnowledgeHits, KnowledgeNode, KnowledgePage, KnowledgeTree, MadeKnowledgePage,
};

/// The most that servers find.
const HITS: u32 = 50;

pub async fn tree(app: &App, request: BankRef) -> Result<KnowledgeTree, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.knowledge_tree(&request.bank_id).await.map_err(|error| error.to_error())
}

pub async fn read(app: &App, request: KnowledgePageRef) -> Result<KnowledgePage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.knowledge_page(&request.bank_id, &request.page_id).await.map_err(|error| error.to_error())
}

pub async fn search(app: &App, request: SearchKnowledge) -> Result<KnowledgeHits, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.search_knowledge(&request.bank_id, &request.q, HITS).await.map_err(|error| error.to_error())
}

pub async fn export(app: &App, request: BankRef) -> Result<KnowledgeFiles, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.export_knowledge(&request.bank_id).await.map_err(|error| error.to_error())
}

pub async fn create_folder(app: &App, request: CreateKnowledgeFolder) -> Result<KnowledgeNode, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .create_folder(&request.bank_id, &request.name, request.parent_id.as_deref())
        .await
        .map_err(|error| error.to_error())
}

pub async fn create_page(app: &App, request: CreateKnowledgePage) -> Result<MadeKnowledgePage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.create_page(&request.bank_id, &request.page).await.map_err(|error| error.to_error())
}

pub async fn update(app: &App, request: UpdateKnowledgeNode) -> Result<KnowledgeNode, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .patch_node(&request.bank_id, &request.node_id, &request.patch)
        .await
        .map_err(|error| error.to_error())
}

pub async fn delete(app: &App, request: KnowledgeNodeRef) -> Result<Done, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.delete_node(&request.bank_id, &request.node_id).await.map_err(|error| error.to_error())?;
    Ok(Done {})
}
