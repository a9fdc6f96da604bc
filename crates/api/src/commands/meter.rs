//! The handler of `chat.meter`: reads the turns of the visible branch and their records, adds up, and lets `turns` lay out
//! the same turns under every placement.

use super::chat::find;
use super::store_error;
use crate::app::App;
use crate::model::price_of;
use crate::wire::*;
use rearview_domain::Error;
use rearview_domain::message::Message;
use rearview_domain::record::TurnRecord;
use rearview_domain::settings::Placement;
use rearview_domain::turn::Turn;
use rearview_providers::catalogue::{self, Price};
use rearview_turns::placements::{TurnSizes, simulate};
use rearview_turns::{plan, tokens};

/// More turns than this are neither drawn nor read: a record takes a few milliseconds.
const TURNS_READ: usize = 100;

const PLACEMENTS: [Placement; 5] = [
    Placement::OwnBlock,
    Placement::SystemMessage,
    Placement::PrependUser,
    Placement::PinnedPerChat,
    Placement::OnlyNew,
];

/// A turn with all that is known of it.
struct Known {
    turn: Turn,
    record: Option<TurnRecord>,
    question: String,
    answer: String,
}

pub async fn meter(app: &App, request: ChatMeterOf) -> Result<ChatMeter, Error> {
    let store = app.store_of(&request.chat_id);
    let chat = find(store, &request.chat_id).await?;
    let path = match &chat.leaf_id {
        Some(leaf) => store.path_messages(&chat.id, leaf).await.map_err(store_error)?,
        None => Vec::new(),
    };
    let answers: Vec<(usize, &Message)> =
        path.iter().enumerate().filter(|(_, message)| message.turn_id.is_some()).collect();
    let total = u32::try_from(answers.len()).unwrap_or(u32::MAX);
    let mut known = Vec::new();
    for (at, answer) in answers.iter().skip(answers.len().saturating_sub(TURNS_READ)) {
        let Some(turn_id) = &answer.turn_id else { continue };
        let Some(turn) = store.turn(turn_id).await.map_err(store_error)? else { continue };
        let record = store.record(turn_id).await.map_err(store_error)?;
        let question = at.checked_sub(1).and_then(|at| path.get(at)).map(Message::said).unwrap_or_default();
        known.push(Known { turn, record, question, answer: answer.said() });
    }
    let price = known.last().and_then(|last| price_of(&app.0.setup, &last.turn.model));
    let system = chat.system_prompt.clone();
    let rows: Vec<MeterTurn> = known.iter().map(|known| row(app, known)).collect();
    // Counting the tokens of a long conversation is work for a thread of its own.
    let placements = tokio::task::spawn_blocking(move || {
        let sizes: Vec<TurnSizes> = known.iter().map(sizes).collect();
        PLACEMENTS.map(|placement| sum(placement, tokens::count(&system), &sizes, price)).to_vec()
    });
    Ok(ChatMeter {
        turns: rows,
        total,
        placements: placements.await.unwrap_or_default(),
        prices_of: price.map(|_| catalogue::prices_of().to_owned()),
    })
}

fn row(app: &App, known: &Known) -> MeterTurn {
    let Known { turn, record, .. } = known;
    let memory_tokens = record
        .as_ref()
        .filter(|record| record.outcome.is_some())
        .map(|record| record.injected.as_ref().map_or(0, |injected| injected.tokens));
    let input = turn.usage.input;
    let price = price_of(&app.0.setup, &turn.model).map(|price| price.at(input.unwrap_or(0)).input);
    MeterTurn {
        turn_id: turn.id.clone(),
        at: turn.started_at.clone(),
        model: turn.model.clone(),
        memory_tokens,
        memory_usd: memory_tokens.zip(price).map(|(tokens, price)| f64::from(tokens) * price / 1_000_000.0),
        memory_ms: record.as_ref().and_then(|record| record.memory.as_ref()).map(|call| call.ms),
        input,
        cache_read: turn.usage.cache_read,
        cache_write: turn.usage.cache_write,
        usd: turn.cost.as_ref().map(|cost| cost.usd),
        usd_estimated: turn.cost.as_ref().is_some_and(|cost| cost.estimated),
    }
}

fn sizes(known: &Known) -> TurnSizes {
    let injected = known.record.as_ref().and_then(|record| record.injected.as_ref());
    let memories = known.record.as_ref().map(plan::injected_memories).unwrap_or_default();
    let memories: Vec<(String, u32)> =
        memories.into_iter().map(|memory| (memory.id.clone(), memory.tokens)).collect();
    let of_memories: u32 = memories.iter().map(|(_, tokens)| tokens).sum();
    TurnSizes {
        question: tokens::count(&known.question),
        answer: tokens::count(&known.answer),
        frame: injected.map_or(0, |injected| injected.tokens.saturating_sub(of_memories)),
        memories,
    }
}

fn sum(placement: Placement, system: u32, turns: &[TurnSizes], price: Option<Price>) -> PlacementSum {
    let simulated = simulate(placement, system, turns);
    let usd = price.map(|price| {
        let fresh = (simulated.input - simulated.cached) as f64;
        let read = simulated.cached as f64;
        (fresh * price.cache_write.unwrap_or(price.input) + read * price.cache_read.unwrap_or(price.input))
            / 1e6
    });
    PlacementSum {
        placement,
        input: simulated.input,
        cached: simulated.cached,
        usd,
        given: simulated.given,
        missed: simulated.missed,
    }
}
