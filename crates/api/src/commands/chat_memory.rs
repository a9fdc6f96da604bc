//! Handlers about memories of one chat: what is pinned to it, what is not relevant in it.

use super::chat::find;
use super::store_error;
use crate::app::App;
use crate::wire::*;
use rearview_domain::chat::ChatMemory;
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error};

/// Characters of a text that are kept, to be shown when the memory cannot be read.
const TEXT: usize = 2_000;

pub async fn list(app: &App, request: ChatMemoriesOf) -> Result<ChatMemories, Error> {
    let store = app.store_of(&request.chat_id);
    Ok(ChatMemories { items: store.chat_memories(&request.chat_id).await.map_err(store_error)? })
}

pub async fn set(app: &App, request: SetChatMemory) -> Result<ChatMemorySet, Error> {
    let store = app.store_of(&request.chat_id);
    find(store, &request.chat_id).await?;
    BankId::parse(request.bank_id.as_str())?;
    let all = store.chat_memories(&request.chat_id).await.map_err(store_error)?;
    let same = |one: &&ChatMemory| {
        one.server_id == request.server_id
            && one.bank_id == request.bank_id
            && one.memory_id == request.memory_id
    };
    let before = all.iter().find(same).map(|one| one.kind);
    match request.kind {
        Some(kind) => {
            let memory = ChatMemory {
                server_id: request.server_id,
                bank_id: request.bank_id,
                memory_id: request.memory_id,
                kind,
                text: request.text.chars().take(TEXT).collect(),
                created_at: Time::now(),
            };
            store.set_chat_memory(&request.chat_id, &memory).await.map_err(store_error)?;
        }
        None => {
            let bank = (&request.server_id, &request.bank_id);
            let forgetting = store.forget_chat_memory(&request.chat_id, bank, &request.memory_id);
            forgetting.await.map_err(store_error)?;
        }
    }
    app.changed(&["chatMemories"]);
    Ok(ChatMemorySet { before })
}
