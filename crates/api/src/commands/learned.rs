//! Handlers of `turn.*` about what a turn taught memory: how its facts are now, another look, the person's word on a
//! turn that waits, moves to another bank and back.

use super::{invalid, missing, review, store_error};
use crate::app::App;
use crate::wire::*;
use futures_util::future::join_all;
use rearview_curate::run::{Edit, Plan};
use rearview_domain::learned::{Before, MovedFact, MovedFacts};
use rearview_domain::record::{RecordPart, TurnRecord};
use rearview_domain::time::Time;
use rearview_domain::turn::RetainState;
use rearview_domain::{BankId, ChatId, DocumentId, Error, ErrorCode, TurnId};
use rearview_hindsight::{
    Client, EntityInput, Fact, HindsightError, MemoryFilter, MemoryPatch, MemoryState, RetainItem,
    RetainRequest, Timestamp, UpdateMode,
};
use rearview_store::Learning;
use rearview_turns::branch;

/// Facts that are read anew for one turn; a turn makes a handful.
const FACTS: usize = 100;
/// Facts of one moved text that are counted.
const MADE: u32 = 100;
/// Facts that are moved in one go: the other bank reads each with its model before it answers.
const MOVED_AT_ONCE: usize = 50;

async fn record(app: &App, chat: &ChatId, turn: &TurnId) -> Result<TurnRecord, Error> {
    let record = app.store_of(chat).record(turn).await.map_err(store_error)?;
    record.ok_or_else(|| missing("turn", turn))
}

pub async fn now(app: &App, request: TurnRef) -> Result<LearnedNow, Error> {
    let Some(learned) = record(app, &request.chat_id, &request.turn_id).await?.learned else {
        return Ok(LearnedNow { facts: Vec::new(), left: 0 });
    };
    if learned.added.is_empty() {
        return Ok(LearnedNow { facts: Vec::new(), left: 0 });
    }
    let client = app.0.clients.client(&learned.server_id).await?;
    let asked = learned.added.iter().take(FACTS);
    let facts = join_all(asked.map(|fact| fact_now(&client, &learned.bank_id, &fact.id))).await;
    let left = u32::try_from(learned.added.len().saturating_sub(FACTS)).unwrap_or(u32::MAX);
    Ok(LearnedNow { facts: facts.into_iter().collect::<Result<_, _>>()?, left })
}

async fn fact_now(client: &Client, bank: &BankId, id: &str) -> Result<FactNow, Error> {
    let gone = FactNow { id: id.to_owned(), stands: FactStands::Gone, text: None, reason: None };
    match client.memory(bank, id).await {
        Ok(fact) => Ok(FactNow {
            stands: match fact.state {
                Some(MemoryState::Invalidated) => FactStands::Retired,
                _ => FactStands::Valid,
            },
            text: Some(fact.text),
            reason: fact.invalidation_reason,
            ..gone
        }),
        Err(HindsightError::NotFound { .. }) => Ok(gone),
        Err(error) => Err(error.to_error()),
    }
}

pub async fn look_again(app: &App, request: TurnRef) -> Result<Done, Error> {
    let record = record(app, &request.chat_id, &request.turn_id).await?;
    let bank = record.resolved.map(|resolved| resolved.bank);
    let of = bank.and_then(|bank| bank.server_id.map(|server| (server, bank.bank_id)));
    let Some((server_id, bank_id)) = of else {
        return Err(invalid("Where this turn was stored is not known."));
    };
    let now = Time::now();
    let learning = Learning {
        turn_id: request.turn_id,
        chat_id: request.chat_id,
        server_id,
        bank_id,
        before: Before::default(),
        since: Some(now.clone()),
        looks: 0,
        next_look_at: now,
    };
    app.0.store.note_learning(&learning).await.map_err(store_error)?;
    app.0.learning.notify_one();
    Ok(Done {})
}

pub async fn answer_retain(app: &App, request: AnswerRetain) -> Result<RetainState, Error> {
    let store = app.store_of(&request.chat_id);
    let turn = store.turn(&request.turn_id).await.map_err(store_error)?;
    let turn = turn.ok_or_else(|| missing("turn", &request.turn_id))?;
    let state = branch::answer(store, &turn, request.keep).await.map_err(store_error)?;
    let state = state.ok_or_else(|| {
        Error::new(ErrorCode::Conflict, "This turn does not wait for your word any more.")
            .hint("It was decided elsewhere, or its branch was left.")
    })?;
    app.0.outbox.notify_one();
    app.changed(&["chats"]);
    Ok(state)
}

pub async fn move_to(app: &App, request: MoveLearned) -> Result<MovedFacts, Error> {
    let target = BankId::parse(request.to_bank_id.as_str())?;
    let record = record(app, &request.chat_id, &request.turn_id).await?;
    let learned = record.learned.ok_or_else(|| invalid("What this turn taught memory is not known."))?;
    if learned.server_id == request.to_server_id && learned.bank_id == target {
        return Err(invalid("These facts are in this bank already."));
    }
    if request.ids.is_empty() || request.ids.len() > MOVED_AT_ONCE {
        return Err(invalid(format!("Between 1 and {MOVED_AT_ONCE} facts are moved at once.")));
    }
    let here = app.0.clients.client(&learned.server_id).await?;
    let there = app.0.clients.client(&request.to_server_id).await?;
    let mut facts = Vec::with_capacity(request.ids.len());
    for id in &request.ids {
        if !learned.added.iter().any(|fact| fact.id == *id) {
            return Err(invalid("Only facts that came of this turn are moved from here."));
        }
        let fact = here.memory(&learned.bank_id, id).await.map_err(|error| error.to_error())?;
        if fact.state == Some(MemoryState::Invalidated) {
            return Err(invalid("A fact that was retired is not moved; restore it first."));
        }
        facts.push(fact);
    }
    let own = DocumentId::of_turn(&request.chat_id, &request.turn_id);
    let documents: Vec<DocumentId> =
        facts.iter().map(|fact| DocumentId(format!("{own}.moved.{}", fact.id))).collect();
    let items = facts.iter().zip(&documents).map(|(fact, document)| copy(fact, document, &record.started_at));
    // There first, then gone here: whatever fails in between, nothing is lost.
    let retain = RetainRequest { items: items.collect(), r#async: false, operation_id: None };
    there.retain(&target, &retain).await.map_err(|error| error.to_error())?;
    let mut moved = Vec::with_capacity(facts.len());
    for (fact, document) in facts.iter().zip(&documents) {
        let made = count(&there, &target, document).await?;
        if made == 0 {
            // The other bank's mission left it out; a document without facts helps nobody.
            let _ = there.delete_document(&target, document).await;
        } else {
            moved.push(MovedFact { id: fact.id.clone(), document_id: document.clone(), facts: made });
        }
    }
    if moved.is_empty() {
        let message = format!("The bank `{target}` made no fact of what it was given. Nothing was moved.");
        return Err(Error::new(ErrorCode::Conflict, message)
            .hint("Its missions decide what it keeps; the lab shows what it would make of a text."));
    }
    let reason = format!("Moved to the bank `{target}`.");
    let patch =
        MemoryPatch { state: Some(MemoryState::Invalidated), reason: Some(reason), ..MemoryPatch::default() };
    let many = if moved.len() == 1 { "1 fact".to_owned() } else { format!("{} facts", moved.len()) };
    let plan = Plan {
        server_id: learned.server_id.clone(),
        bank_id: learned.bank_id.clone(),
        label: format!("Move {many} to {target}"),
        note: Some(format!(
            "Copied to the bank `{target}`, which read the text anew, and retired here. Undoing this run restores \
             them here and leaves the copies there; `Move back` at the turn takes both back."
        )),
        changes: moved.iter().map(|fact| (fact.id.clone(), None)).collect(),
        edit: Some(Edit::Patch { patch }),
        together: None,
    };
    let run_id = app.0.journal.begin(plan).await?;
    review::begun(app, &run_id).await?;
    let moved = MovedFacts {
        run_id,
        server_id: request.to_server_id,
        bank_id: target,
        facts: moved,
        at: Time::now(),
        back_at: None,
    };
    let part = RecordPart::Moved(Box::new(moved.clone()));
    let store = app.store_of(&request.chat_id);
    store
        .append_record(&request.turn_id, &request.chat_id, &Time::now(), &part)
        .await
        .map_err(store_error)?;
    Ok(moved)
}

/// A fact as a text for another bank.
fn copy(fact: &Fact, document: &DocumentId, said_at: &Time) -> RetainItem {
    let mut metadata = fact.metadata.clone();
    metadata.entry("source".into()).or_insert_with(|| "rearview".into());
    let at = fact.mentioned_at.clone().map_or_else(|| said_at.clone(), Time);
    RetainItem {
        content: fact.text.clone(),
        timestamp: Some(Timestamp::At(at)),
        context: fact.context.clone(),
        document_id: Some(document.clone()),
        entities: fact.entities.iter().map(|name| EntityInput { text: name.clone(), kind: None }).collect(),
        metadata,
        tags: fact.tags.clone(),
        update_mode: Some(UpdateMode::Replace),
        ..RetainItem::default()
    }
}

async fn count(client: &Client, bank: &BankId, document: &DocumentId) -> Result<u32, Error> {
    let filter =
        MemoryFilter { document_id: Some(document.clone()), limit: Some(MADE), ..MemoryFilter::default() };
    let page = client.memories(bank, &filter).await.map_err(|error| error.to_error())?;
    let of_it = page.items.iter().filter(|fact| fact.document_id.as_ref().is_none_or(|of| of == document));
    Ok(u32::try_from(of_it.count()).unwrap_or(u32::MAX))
}

pub async fn move_back(app: &App, request: MoveLearnedBack) -> Result<MovedFacts, Error> {
    let record = record(app, &request.chat_id, &request.turn_id).await?;
    let moved = record.moved.into_iter().find(|moved| moved.run_id == request.run_id);
    let mut moved = moved.ok_or_else(|| missing("move", &request.run_id))?;
    let there = app.0.clients.client(&moved.server_id).await?;
    // Here first, then gone there. A run that was undone in the list of changes has nothing left to take back.
    match app.0.journal.undo(&moved.run_id, false).await {
        Ok(()) => drop(review::begun(app, &moved.run_id).await?),
        Err(error) if error.code == ErrorCode::Conflict => {}
        Err(error) => return Err(error),
    }
    for fact in &moved.facts {
        there.delete_document(&moved.bank_id, &fact.document_id).await.map_err(|error| error.to_error())?;
    }
    moved.back_at = Some(Time::now());
    let part = RecordPart::Moved(Box::new(moved.clone()));
    let store = app.store_of(&request.chat_id);
    store
        .append_record(&request.turn_id, &request.chat_id, &Time::now(), &part)
        .await
        .map_err(store_error)?;
    Ok(moved)
}
