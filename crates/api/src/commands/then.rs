//! Handlers of `turn.*` about time: the turn's recall asked again, and what its bank knew when it began.

use super::explain::Probe;
use super::lab::cancellable;
use super::{missing, store_error};
use crate::app::App;
use crate::wire::*;
use rearview_curate::gate::Expected;
use rearview_curate::then::{KnownThen, Own, Seen, Source, known_then, then_and_now};
use rearview_domain::chat::{ChatMemory, ChatMemoryKind};
use rearview_domain::memory::RecalledMemory;
use rearview_domain::record::{MemoryCall, PinFound, PinnedMemory, TurnRecord};
use rearview_domain::settings::{Cap, MemoryMode};
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ServerId};
use rearview_hindsight::Client;
use rearview_turns::plan;
use rearview_turns::select::{Here, select};

/// Memories a page.
const PAGE: u32 = 50;

pub async fn then_and_now_of(app: &App, request: ThenAndNowOf) -> Result<ThenAndNow, Error> {
    let ThenAndNowOf { chat_id, turn_id, run } = request;
    let of = TurnRef { chat_id: chat_id.clone(), turn_id };
    let record = super::record::record(app, of).await?;
    let mut told = ThenAndNow {
        at: record.started_at.clone(),
        asked_at: Time::now(),
        not_again: not_again(&record),
        certainty: None,
        rows: Vec::new(),
    };
    if told.not_again.is_some() {
        return Ok(told);
    }
    let Some(probe) = Probe::of(&record, Expected::default()) else {
        told.not_again = Some(NotAgain::NotRecorded);
        return Ok(told);
    };
    let said = app.store_of(&chat_id).chat_memories(&chat_id).await.map_err(store_error)?;
    let (certainty, rows) = cancellable(app, run, async {
        let client = app.0.clients.client(&probe.server).await?;
        let answered = client.recall(&probe.bank, &probe.request).await.map_err(|error| error.to_error())?;
        let memories = answered.value.memories();
        let cap = probe.max_memories.map_or(Cap::None, |n| Cap::At { n });
        let gets = gets(&memories, &said, &probe.server, cap);
        let injected = plan::injected_memories(&record);
        let had = had(&record, &injected);
        let source = source(app, &client, &probe.server, (&probe.bank, &record.started_at)).await?;
        let rows = then_and_now(&source, &had, &gets).await.map_err(|error| error.to_error())?;
        Ok((source.certainty(), rows))
    })
    .await?;
    told.certainty = Some(certainty);
    told.rows = rows;
    Ok(told)
}

pub async fn known(app: &App, request: KnownThenOf) -> Result<BankThen, Error> {
    let KnownThenOf { chat_id, turn_id, clock, q, offset, run } = request;
    let record = super::record::record(app, TurnRef { chat_id, turn_id: turn_id.clone() }).await?;
    let at = record.started_at.clone();
    let bank =
        record.resolved.map(|resolved| resolved.bank).ok_or_else(|| missing("bank of the turn", &turn_id))?;
    let server = bank.server_id.ok_or_else(|| missing("memory server of the turn", &turn_id))?;
    let page = cancellable(app, run, async {
        let client = app.0.clients.client(&server).await?;
        let source = source(app, &client, &server, (&bank.bank_id, &at)).await?;
        let asked = KnownThen { clock, q, limit: PAGE, offset };
        known_then(&source, &asked).await.map_err(|error| error.to_error())
    })
    .await?;
    Ok(BankThen { at, clock, page })
}

/// A bank at a time, with all that is known of its past.
pub(super) async fn source<'a>(
    app: &'a App,
    client: &'a Client,
    server: &'a ServerId,
    (bank, at): (&'a BankId, &'a Time),
) -> Result<Source<'a>, Error> {
    let features = app.0.clients.features(server).await?;
    let (exact, notes) = (features.as_of.available, features.document_history.available);
    Ok(Source { client, bank, at, exact, notes, own: Own { store: &app.0.store, server } })
}

/// Why a turn's recall cannot be asked again.
pub(super) fn not_again(record: &TurnRecord) -> Option<NotAgain> {
    let Some(resolved) = &record.resolved else { return Some(NotAgain::NotRecorded) };
    match (&record.memory, resolved.inject_off) {
        (Some(MemoryCall { kept_from: Some(turn), .. }), _) => {
            Some(NotAgain::KeptFrom { turn_id: turn.clone() })
        }
        (Some(call), _) if call.mode == MemoryMode::Reflect => Some(NotAgain::Reflected),
        (Some(_), _) => None,
        (None, Some(why)) => Some(NotAgain::NotAsked { why }),
        (None, None) => Some(NotAgain::NotRecorded),
    }
}

/// What the turn had: what recall returned, and pinned memories that it did not return, given their places in the block.
fn had<'a>(record: &'a TurnRecord, injected: &'a [RecalledMemory]) -> Vec<Seen<'a>> {
    let recalled = record.memory.iter().flat_map(|call| &call.memories);
    let pinned = injected.iter().filter(|memory| memory.rank == 0);
    recalled.chain(pinned).map(|memory| Seen { memory, place: place(injected, memory) }).collect()
}

/// What comes now, with what is said for the chat today. A pinned memory that recall does not return is not fetched.
fn gets<'a>(
    memories: &'a [RecalledMemory],
    said: &[ChatMemory],
    server: &ServerId,
    cap: Cap,
) -> Vec<Seen<'a>> {
    let of =
        |kind: ChatMemoryKind| said.iter().filter(move |one| one.kind == kind && one.server_id == *server);
    let pinned: Vec<PinnedMemory> = of(ChatMemoryKind::Pinned)
        .map(|one| PinnedMemory {
            memory_id: one.memory_id.clone(),
            text: one.text.clone(),
            found: PinFound::There,
            memory: None,
        })
        .collect();
    let not_here: Vec<String> = of(ChatMemoryKind::NotHere).map(|one| one.memory_id.clone()).collect();
    let mut here = Here::default();
    (here.pinned, here.not_here) = (&pinned, &not_here);
    let ids: Vec<String> =
        select(memories, here, cap).0.into_iter().map(|memory| memory.id.clone()).collect();
    let place = |memory: &RecalledMemory| {
        let index = ids.iter().position(|id| *id == memory.id)?;
        u32::try_from(index + 1).ok()
    };
    memories.iter().map(|memory| Seen { memory, place: place(memory) }).collect()
}

/// The place of a memory among those injected, from 1.
fn place(injected: &[RecalledMemory], memory: &RecalledMemory) -> Option<u32> {
    let index = injected.iter().position(|one| one.id == memory.id)?;
    u32::try_from(index + 1).ok()
}
