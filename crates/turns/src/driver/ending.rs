//! The end of a turn: what is recorded, kept, handed to the outbox and told, in that order.

use super::{MemoryHealth, Stage, millis};
use crate::machine::Ending;
use crate::plan::Plan;
use crate::{branch, retain};
use rearview_domain::event::Happening;
use rearview_domain::learned::Before;
use rearview_domain::message::Part;
use rearview_domain::record::{Answer, RecordPart};
use rearview_domain::time::Time;
use rearview_domain::turn::{RetainSkip, RetainState, Turn, TurnState};
use rearview_store::{Finish, Learning, NewOutboxItem, OutboxAction, Store, fault};

impl Stage {
    /// Keeps the end of the turn, hands it to the outbox, and tells the listeners.
    pub(super) async fn end(mut self, ending: Ending) -> MemoryHealth {
        self.flush().await;
        self.hang_up();
        self.tools.clear();
        let total_ms = millis(self.cast.entered.elapsed());
        let first_token_ms = self.first_token.map(|at| millis(at.duration_since(self.cast.entered)));
        let mut turn = self.machine.plan().turn.clone();
        turn.state = ending.state;
        turn.finish.clone_from(&ending.finish);
        turn.error.clone_from(&ending.error);
        turn.usage = ending.usage.clone();
        turn.cost.clone_from(&ending.cost);
        turn.context_tokens = ending.context_tokens;
        turn.first_token_ms = first_token_ms;
        turn.total_ms = Some(total_ms);
        turn.memory = self.outcome.take();
        let answer = Answer {
            message_id: turn.answer_id.clone(),
            state: turn.state,
            finish: turn.finish.clone(),
            usage: turn.usage.clone(),
            first_token_ms,
            total_ms,
            error: turn.error.clone(),
        };
        self.record(RecordPart::Answer(Box::new(answer))).await;
        if let Some(echoed) = ending.echoed {
            self.record(RecordPart::Echoed(echoed)).await;
        }
        let outbox = self.retain(&mut turn, &ending.parts).await;
        fault::point("turn.before_finish");
        let finished =
            self.cast.store.finish_turn(Finish { turn: turn.clone(), parts: ending.parts.clone(), outbox });
        let kept = finished.await;
        fault::point("turn.after_finish");
        let Self { recorder, run, health, cast, machine, .. } = self;
        // What the tools stored stands in the record, which has to be whole before anybody looks there. While the last of
        // it is written, the turn looks where it stands: the one does not wait for the other.
        let (sight, ()) = tokio::join!(branch::sight(&cast.store, &turn), recorder.finish());
        if kept.is_ok()
            && let Err(error) = learn_from_tools(&cast.store, machine.plan(), &turn, &ending.parts).await
        {
            tracing::error!(%error, turn_id = %turn.id, "what a turn's tools stored will not be looked after");
        }
        let settled = match sight {
            Ok(sight) if kept.is_ok() => branch::settle(&cast.store, &turn, sight).await,
            Ok(_) => Ok(false),
            Err(error) => Err(error),
        };
        if let Err(error) = settled {
            tracing::error!(%error, turn_id = %turn.id, "whether the turn is still visible could not be read");
        }
        let parts = ending.parts;
        run.emit(match (kept, turn.error.clone()) {
            (Err(error), _) => {
                tracing::error!(%error, turn_id = %turn.id, "the end of a turn was not kept");
                turn.state = TurnState::Failed;
                let error = error.to_error();
                turn.error = Some(error.clone());
                Happening::Failed { turn: Box::new(turn), parts, error }
            }
            (Ok(_), Some(error)) => Happening::Failed { turn: Box::new(turn), parts, error },
            (Ok(_), None) => Happening::Finished { turn: Box::new(turn), parts },
        });
        health
    }

    /// Decides what is retained, records it, and answers it for the outbox.
    async fn retain(&mut self, turn: &mut Turn, parts: &[Part]) -> Vec<NewOutboxItem> {
        let built = build_retain(&self.cast.store, self.machine.plan(), turn, parts).await;
        let asks = self.machine.plan().resolved.settings.ask_before_retaining.value;
        match built {
            Ok(retain) if asks => {
                turn.retain = Some(RetainState::Asking);
                let retained = retain::recorded(turn, Some(&retain), RetainState::Asking);
                self.record(RecordPart::Retained(Box::new(retained))).await;
                Vec::new()
            }
            Ok(retain) => {
                let item = new_item(turn, &retain);
                let state = RetainState::Queued {
                    next_try_at: item.next_try_at.clone(),
                    attempts: 0,
                    last_error: None,
                };
                turn.retain = Some(state.clone());
                let retained = retain::recorded(turn, Some(&retain), state);
                self.record(RecordPart::Retained(Box::new(retained))).await;
                vec![item]
            }
            Err(why) => {
                let state = RetainState::Skipped { why };
                turn.retain = Some(state.clone());
                let retained = retain::recorded(turn, None, state);
                self.record(RecordPart::Retained(Box::new(retained))).await;
                Vec::new()
            }
        }
    }
}

/// Has what a turn's tools stored looked after when nothing else of the turn is on its way to memory: the outbox does
/// not come by then.
async fn learn_from_tools(
    store: &Store,
    plan: &Plan,
    turn: &Turn,
    parts: &[Part],
) -> Result<(), rearview_store::StoreError> {
    let stores = |part: &Part| matches!(part, Part::ToolCall { name, .. } if name == crate::tools::RETAIN);
    let Some(server_id) = plan.resolved.bank.server_id.clone() else { return Ok(()) };
    if matches!(turn.retain, Some(RetainState::Queued { .. })) || !parts.iter().any(stores) {
        return Ok(());
    }
    let now = Time::now();
    let learning = Learning {
        turn_id: turn.id.clone(),
        chat_id: turn.chat_id.clone(),
        server_id,
        bank_id: plan.resolved.bank.bank_id.clone(),
        before: Before::default(),
        since: Some(now.clone()),
        looks: 0,
        next_look_at: now,
    };
    store.note_learning(&learning).await
}

/// What of the turn goes to memory, judged by the branch that is visible now.
async fn build_retain(
    store: &Store,
    plan: &Plan,
    turn: &Turn,
    parts: &[Part],
) -> Result<retain::Retain, RetainSkip> {
    if let Some(why) = plan.resolved.store_off {
        return Err(why);
    }
    // The chat may be gone, or another branch may have been made visible while the turn ran.
    let chat = store.chat(&turn.chat_id).await.ok().flatten();
    let leaf = chat.and_then(|chat| chat.leaf_id).ok_or(RetainSkip::NotVisible)?;
    let path = store.path_messages(&turn.chat_id, &leaf).await;
    let mut path = path.map_err(|_| RetainSkip::NotVisible)?;
    if let Some(answer) = path.iter_mut().find(|message| message.id == turn.answer_id) {
        answer.parts = parts.to_vec();
    }
    let same = retain::follows_same_bank(store, &path, turn, &plan.resolved).await.unwrap_or(false);
    retain::build(&path, turn, &plan.resolved, plan.is_demo(), same)
}

/// A retain as a new outbox item with an operation id of its own.
pub(crate) fn new_item(turn: &Turn, retain: &retain::Retain) -> NewOutboxItem {
    let now = Time::now();
    NewOutboxItem {
        turn_id: turn.id.clone(),
        chat_id: turn.chat_id.clone(),
        server_id: retain.server_id.clone(),
        bank_id: retain.bank_id.clone(),
        document_id: retain.document_id.clone(),
        action: OutboxAction::Retain { payload: serde_json::to_value(&retain.item).unwrap_or_default() },
        operation_id: Some(uuid::Uuid::new_v4().to_string()),
        next_try_at: now.clone(),
        created_at: now,
    }
}
