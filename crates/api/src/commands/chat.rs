//! Handlers of `chat.*`.

use super::{invalid, missing, store_error};
use crate::app::{App, lock};
use crate::wire::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rearview_domain::chat::{Chat, ChatKind};
use rearview_domain::settings::TurnSettings;
use rearview_domain::time::Time;
use rearview_domain::{BankId, ChatId, Error, MessageId, TurnId};
use rearview_store::{Change, ChatFilter, ChatPatch, Store};
use rearview_turns::branch::{self, Move};

/// Messages that come whole in one answer; more would hold up the page.
const MESSAGES_AT_ONCE: usize = 200;

pub async fn list(app: &App, request: ListChats) -> Result<ChatPage, Error> {
    let filter = ChatFilter { limit: request.limit.min(1_000), offset: request.offset };
    let page = app.0.store.chats(filter).await.map_err(store_error)?;
    let mut items = page.items;
    let mut total = page.total;
    if request.offset == 0 {
        let ids: Vec<ChatId> = lock(&app.0.temporary).iter().cloned().collect();
        for id in ids {
            if let Some(chat) = app.0.ephemeral.chat(&id).await.map_err(store_error)? {
                items.push(chat);
                total += 1;
            }
        }
        items.sort_by(|a, b| b.updated_at.cmp(&a.updated_at));
    }
    let going = app.0.runs.going();
    let running = going.iter().map(|run| run.chat_id.clone()).collect();
    let paused = going.iter().filter(|run| run.is_paused()).map(|run| run.chat_id.clone()).collect();
    let asking = app.0.store.asking().await.map_err(store_error)?;
    Ok(ChatPage { items, total, running, paused, asking })
}

pub async fn create(app: &App, request: CreateChat) -> Result<Chat, Error> {
    let bank_id = request.bank_id.map(|bank| BankId::parse(bank.as_str())).transpose()?;
    let preferences = app.0.setup.preferences();
    let now = Time::now();
    let chat = Chat {
        id: ChatId::mint(),
        title: String::new(),
        kind: request.kind,
        bank_id,
        profile_id: preferences.default_profile,
        model: request.model.or(preferences.default_model),
        system_prompt: String::new(),
        settings: TurnSettings::default(),
        leaf_id: None,
        draft: String::new(),
        created_at: now.clone(),
        updated_at: now,
    };
    if chat.kind == ChatKind::Temporary {
        lock(&app.0.temporary).insert(chat.id.clone());
    }
    app.store_of(&chat.id).insert_chat(&chat).await.map_err(store_error)?;
    app.changed(&["chats"]);
    Ok(chat)
}

pub async fn open(app: &App, request: OpenChat) -> Result<ChatView, Error> {
    view(app, &request.chat_id, request.tail).await
}

async fn view(app: &App, id: &ChatId, tail: u32) -> Result<ChatView, Error> {
    let store = app.store_of(id);
    let chat = find(store, id).await?;
    let path = match &chat.leaf_id {
        Some(leaf) => store.path(id, leaf).await.map_err(store_error)?,
        None => Vec::new(),
    };
    let from = path.len().saturating_sub((tail as usize).min(MESSAGES_AT_ONCE));
    let ids: Vec<MessageId> = path[from..].iter().map(|head| head.id.clone()).collect();
    let Messages { messages, turns } = whole(store, &ids).await?;
    let path = path
        .into_iter()
        .map(|head| MessageHead {
            id: head.id,
            role: head.role,
            turn_id: head.turn_id,
            bytes: head.bytes,
            siblings: head.siblings,
            sibling_index: head.sibling_index,
            created_at: head.created_at,
        })
        .collect();
    let running = app.0.runs.of_chat(id);
    let running = running
        .iter()
        .map(|run| RunningTurn { run_id: run.id.clone(), answer_id: run.answer_id.clone() })
        .collect();
    Ok(ChatView { chat, path, messages, turns, running })
}

pub async fn messages(app: &App, request: FetchMessages) -> Result<Messages, Error> {
    if request.ids.len() > MESSAGES_AT_ONCE {
        return Err(invalid(format!("At most {MESSAGES_AT_ONCE} messages come at once.")));
    }
    whole(app.store_of(&request.chat_id), &request.ids).await
}

async fn whole(store: &Store, ids: &[MessageId]) -> Result<Messages, Error> {
    let messages = store.messages(ids).await.map_err(store_error)?;
    let turns: Vec<TurnId> = messages.iter().filter_map(|message| message.turn_id.clone()).collect();
    let turns = store.turns(&turns).await.map_err(store_error)?;
    Ok(Messages { messages, turns })
}

pub async fn siblings(app: &App, request: MessageRef) -> Result<Siblings, Error> {
    let ids = app.store_of(&request.chat_id).siblings(&request.message_id).await.map_err(store_error)?;
    Ok(Siblings { ids })
}

pub async fn image(app: &App, request: FetchImage) -> Result<ImageData, Error> {
    let blob = app.store_of(&request.chat_id).blob(&request.hash).await.map_err(store_error)?;
    let (bytes, media_type) = blob.ok_or_else(|| missing("image", &request.hash))?;
    Ok(ImageData { media_type, base64: STANDARD.encode(bytes) })
}

pub async fn update(app: &App, request: UpdateChat) -> Result<Chat, Error> {
    let store = app.store_of(&request.chat_id);
    let chat = find(store, &request.chat_id).await?;
    if let Some(kind) = request.kind
        && (kind == ChatKind::Temporary) != (chat.kind == ChatKind::Temporary)
    {
        return Err(invalid("A chat is temporary from its beginning to its end, or not at all."));
    }
    let bank_id = match request.bank_id.as_deref().map(str::trim) {
        None => Change::Keep,
        Some("") => Change::Clear,
        Some(bank) => Change::Set(BankId::parse(bank)?),
    };
    let profile_id = match request.profile_id {
        None => Change::Keep,
        Some(id) if id.is_empty() => Change::Clear,
        Some(id) if app.0.setup.profile(&id).is_none() => return Err(missing("profile", id)),
        Some(id) => Change::Set(id),
    };
    let patch = ChatPatch {
        title: request.title,
        bank_id,
        profile_id,
        model: request.model.map_or(Change::Keep, Change::Set),
        system_prompt: request.system_prompt,
        settings: request.settings,
        kind: request.kind,
    };
    let chat = store.update_chat(&request.chat_id, patch).await.map_err(store_error)?;
    app.changed(&["chats"]);
    Ok(chat)
}

pub async fn save_draft(app: &App, request: SaveDraft) -> Result<Done, Error> {
    app.store_of(&request.chat_id).set_draft(&request.chat_id, &request.text).await.map_err(store_error)?;
    Ok(Done {})
}

pub async fn delete(app: &App, request: DeleteChat) -> Result<Done, Error> {
    let store = app.store_of(&request.chat_id).clone();
    let runs = app.0.runs.of_chat(&request.chat_id);
    runs.iter().for_each(|run| run.cancel.cancel());
    app.0.replays.stop_of_chat(&request.chat_id);
    for run in runs {
        while run.after(u32::MAX).await.is_some() {}
    }
    if request.learned == Learned::Forget {
        // Where a turn's document is stands in its record, which goes with the chat: forget first.
        for turn in store.turns_of_chat(&request.chat_id).await.map_err(store_error)? {
            branch::forget(&store, &turn).await.map_err(store_error)?;
        }
    }
    store.delete_chat(&request.chat_id).await.map_err(store_error)?;
    lock(&app.0.temporary).remove(&request.chat_id);
    app.0.outbox.notify_one();
    app.changed(&["chats"]);
    Ok(Done {})
}

pub async fn show_branch(app: &App, request: ShowBranch) -> Result<ChatView, Error> {
    let store = app.store_of(&request.chat_id);
    let chat = find(store, &request.chat_id).await?;
    let leaf = store.newest_leaf_below(&request.message_id).await.map_err(store_error)?;
    move_leaf(app, store, &chat, &leaf).await?;
    view(app, &request.chat_id, 60).await
}

/// Makes a leaf visible and lets memory follow.
async fn move_leaf(app: &App, store: &Store, chat: &Chat, leaf: &MessageId) -> Result<(), Error> {
    let Some(old) = &chat.leaf_id else { return store.set_leaf(&chat.id, leaf).await.map_err(store_error) };
    let made = branch::announce(store, &chat.id, old).await.map_err(store_error)?;
    store.set_leaf(&chat.id, leaf).await.map_err(store_error)?;
    follow(app, store, &made, leaf).await
}

/// Lets memory follow a leaf that has moved already.
pub(super) async fn follow(app: &App, store: &Store, made: &Move, leaf: &MessageId) -> Result<(), Error> {
    let moved = branch::follow(store, made, leaf).await.map_err(store_error)?;
    if !moved.is_empty() {
        app.0.outbox.notify_one();
        app.changed(&["outbox", "record"]);
    }
    Ok(())
}

pub async fn search(app: &App, request: Search) -> Result<Hits, Error> {
    let limit = request.limit.min(200);
    let mut hits = app.0.store.search(&request.text, limit + 1, request.offset).await.map_err(store_error)?;
    let more = hits.len() > limit as usize;
    hits.truncate(limit as usize);
    let items = hits
        .into_iter()
        .map(|hit| Hit {
            chat_id: hit.chat_id,
            chat_title: hit.chat_title,
            message_id: hit.message_id,
            role: hit.role,
            snippet: hit.snippet,
            created_at: hit.created_at,
        })
        .collect();
    Ok(Hits { items, more })
}

/// The chat, or that it is gone.
pub(super) async fn find(store: &Store, id: &ChatId) -> Result<Chat, Error> {
    store.chat(id).await.map_err(store_error)?.ok_or_else(|| missing("chat", id))
}
