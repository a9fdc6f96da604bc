//! Handlers of `injection.*`: the history of injections and the memories that made no difference in it.

use super::{invalid, store_error};
use crate::app::App;
use crate::wire::*;
use rearview_domain::replay::{InfluenceVerdict, ReplayKind};
use rearview_domain::time::Time;
use rearview_domain::{Error, ServerId, TurnId};
use std::collections::HashMap;

/// Turns of a page.
const MOST_TURNS: u32 = 200;
/// Memories of a list.
const MOST_MEMORIES: u32 = 500;
/// Replayed turns that are looked into; each of them was paid for, so there are few.
const MOST_REPLAYED: u32 = 500;

pub async fn list(app: &App, request: ListInjections) -> Result<InjectionList, Error> {
    if request.limit == 0 || request.limit > MOST_TURNS {
        return Err(invalid(format!("A page has 1 to {MOST_TURNS} turns.")));
    }
    let ListInjections { filter, sort, after, limit } = request;
    // Temporary chats are in a store of their own, which is gone with the process.
    let found = app.0.store.injections(&filter, sort, after.as_ref(), limit).await.map_err(store_error)?;
    let items = found.rows.into_iter().map(|row| InjectionView {
        turn: row.turn,
        server_id: row.server_id,
        bank_id: row.bank_id,
        title: row.title,
        question: row.question,
    });
    Ok(InjectionList { items: items.collect(), total: found.total, all: found.all, left: found.left })
}

pub async fn names(app: &App, _request: ListInjectionNames) -> Result<InjectionChoices, Error> {
    let found = app.0.store.injection_names().await.map_err(store_error)?;
    let banks = found.banks.into_iter().map(|(server_id, bank_id)| InjectionBank {
        server: app.0.setup.server(&ServerId(server_id.clone())).map(|server| server.name),
        server_id,
        bank_id,
    });
    Ok(InjectionChoices { models: found.models, banks: banks.collect() })
}

pub async fn unechoed(app: &App, request: ListUnechoed) -> Result<UnechoedList, Error> {
    if request.shown == 0 {
        return Err(invalid("A memory that was never injected cannot come back."));
    }
    let store = &app.0.store;
    let limit = request.limit.min(MOST_MEMORIES);
    let found = store.never_echoed(request.shown, limit).await.map_err(store_error)?;
    let mut items = Vec::with_capacity(found.items.len());
    for one in found.items {
        let bank = store.bank_of_turn(&one.last_turn).await.map_err(store_error)?;
        let (server_id, bank_id) = bank.unzip();
        items.push(QuietMemory {
            memory_id: one.memory_id,
            server_id,
            bank_id,
            text: one.text,
            shown: one.shown,
            looked: one.looked,
            last_at: Time(one.last_at),
        });
    }
    let left = store.wordings_left().await.map_err(store_error)?;
    Ok(UnechoedList { items, total: found.total, unknown: found.unknown, left })
}

/// What replays told of a memory, over turns.
#[derive(Default)]
struct Told {
    inert: u32,
    unclear: u32,
    anecdotes: u32,
    mattered: bool,
    last: Option<(TurnId, rearview_domain::ChatId)>,
}

pub async fn uninfluential(app: &App, _request: ListUninfluential) -> Result<UninfluentialList, Error> {
    let store = &app.0.store;
    let mut turns = store.replayed_turns(MOST_REPLAYED + 1).await.map_err(store_error)?;
    let more = turns.len() > MOST_REPLAYED as usize;
    turns.truncate(MOST_REPLAYED as usize);
    let mut memories: HashMap<String, Told> = HashMap::new();
    let looked = u32::try_from(turns.len()).unwrap_or(u32::MAX);
    for turn in turns {
        // The newest replay of a turn that is over, as in its panel. The latest turns come first.
        let kept = store.replays(&turn).await.map_err(store_error)?;
        let over = kept
            .into_iter()
            .find(|(replay, _)| replay.kind == ReplayKind::Influence && !app.0.replays.is_going(&replay.id));
        let Some((replay, samples)) = over else { continue };
        let chat = replay.chat_id.clone();
        for mark in super::replay::marks(replay, samples) {
            let told = memories.entry(mark.memory_id).or_default();
            match mark.verdict {
                InfluenceVerdict::Decisive | InfluenceVerdict::Redundant => told.mattered = true,
                InfluenceVerdict::Inert => told.inert += 1,
                InfluenceVerdict::Unclear => told.unclear += 1,
            }
            told.anecdotes += u32::from(mark.anecdote);
            told.last.get_or_insert_with(|| (turn.clone(), chat.clone()));
        }
    }
    let tried = u32::try_from(memories.len()).unwrap_or(u32::MAX);
    let mut items = Vec::new();
    let mut quiet: Vec<(String, Told)> =
        memories.into_iter().filter(|(_, told)| !told.mattered && told.inert > 0).collect();
    quiet.sort_by(|(a, one), (b, other)| other.inert.cmp(&one.inert).then_with(|| a.cmp(b)));
    let total = u32::try_from(quiet.len()).unwrap_or(u32::MAX);
    quiet.truncate(MOST_MEMORIES as usize);
    for (memory_id, told) in quiet {
        let Some((turn_id, chat_id)) = told.last else { continue };
        let bank = store.bank_of_turn(&turn_id).await.map_err(store_error)?;
        let (server_id, bank_id) = bank.unzip();
        items.push(TriedMemory {
            text: store.latest_wording(&memory_id).await.map_err(store_error)?,
            memory_id,
            server_id,
            bank_id,
            inert: told.inert,
            unclear: told.unclear,
            anecdotes: told.anecdotes,
            turn_id,
            chat_id,
        });
    }
    Ok(UninfluentialList { items, total, tried, turns: looked, more })
}
