//! Gathers what a turn was made of, and says whether the request made of it now is the one that was sent.

use crate::app::App;
use crate::commands::chat::find;
use crate::commands::turn::earlier;
use crate::commands::{attachments, missing, store_error};
use crate::model::{find_model, target};
use rearview_domain::message::Part;
use rearview_domain::record::TurnRecord;
use rearview_domain::replay::{Arm, OriginalAnswer};
use rearview_domain::turn::{FinishReason, Turn, TurnState};
use rearview_domain::{ChatId, Error, ErrorCode, TurnId};
use rearview_providers::Target;
use rearview_store::Store;
use rearview_turns::plan::Plan;
use rearview_turns::replay::basis::system_prompt;
use rearview_turns::replay::{Basis, Made, Ready, run};

/// A turn, ready to be replayed.
pub(super) struct Gathered {
    pub basis: Basis,
    pub record: TurnRecord,
    /// The parts of its answer.
    pub answer: Vec<Part>,
    /// The request of the turn as it was.
    pub as_it_was: Made,
    /// Why that is not what was sent; `None` when it is, to the byte.
    pub differs: Option<String>,
    /// The turn's own answer, when it is one more to the same request.
    pub original: Option<OriginalAnswer>,
}

/// Gathers a turn that has ended.
///
/// # Errors
/// `NotFound`, `Conflict` while it runs, `NotConfigured` when its provider is gone.
pub(super) async fn gather(app: &App, chat_id: &ChatId, turn_id: &TurnId) -> Result<Gathered, Error> {
    let store = app.store_of(chat_id).clone();
    let turn = store.turn(turn_id).await.map_err(store_error)?;
    let turn = turn.filter(|turn| turn.chat_id == *chat_id).ok_or_else(|| missing("turn", turn_id))?;
    if turn.state == TurnState::Running {
        return Err(Error::new(ErrorCode::Conflict, "The turn is still running.")
            .hint("Wait until it has ended, or stop it."));
    }
    let record = store.record(turn_id).await.map_err(store_error)?;
    let record = record.filter(|record| record.resolved.is_some());
    let untold = || Error::new(ErrorCode::NotFound, "The record of this turn does not tell how it was sent.");
    let record = record.ok_or_else(untold)?;
    let resolved = record.resolved.clone().ok_or_else(untold)?;
    let chat = find(&store, chat_id).await?;
    let history = store.path_messages(chat_id, &turn.question_id).await.map_err(store_error)?;
    let images = attachments::load(&store, &history).await;
    let (config, bare) = find_model(&app.0.setup, &resolved.model)?;
    // The chat's own prompt may have been changed since; the one that was sent stands in the body.
    let sent_prompt = sent_prompt(&store, &record).await;
    let earlier = earlier(&store, &resolved, &history).await;
    let plan = Plan {
        images,
        earlier,
        here: Vec::new(),
        breakpoints: Vec::new(),
        can_pause: false,
        turn: turn.clone(),
        resolved,
        system_prompt: sent_prompt.unwrap_or(chat.system_prompt),
        history,
        target: target(&config, bare),
        max_output_tokens: None,
    };
    let basis = Basis::new(plan, &record);
    let arm = Arm::as_it_was();
    let plan = basis.plan(&arm, basis.plan.target.clone())?;
    let as_it_was = basis.make(&arm, &plan, None)?;
    let ready = Ready::new(0, &app.0.provider, &plan.target, None, as_it_was.request.clone())?;
    let differs = match basis.same_as(&ready.hash()) {
        Some(_) => None,
        None if basis.sent.is_empty() => Some("the turn sent no request".to_owned()),
        None => Some(
            "the set-up of its provider, what is known of its model, or an attachment has changed since"
                .to_owned(),
        ),
    };
    let answer = store.message(&turn.answer_id).await.map_err(store_error)?;
    let answer = answer.map(|message| message.parts).unwrap_or_default();
    let whole = is_whole(&turn) && differs.is_none() && plan.tools().is_empty();
    let original = whole
        .then(|| OriginalAnswer { text: run::said(&answer).0, usage: turn.usage.clone() })
        .filter(|original| !original.text.is_empty());
    Ok(Gathered { basis, record, answer, as_it_was, differs, original })
}

/// Whether the turn's answer came whole, so that it can be held beside others.
fn is_whole(turn: &Turn) -> bool {
    turn.state == TurnState::Finished && turn.finish == Some(FinishReason::Stop)
}

/// The system prompt as the first request carried it; `None` when that cannot be read any more.
async fn sent_prompt(store: &Store, record: &TurnRecord) -> Option<String> {
    let step = record.steps.first()?;
    let body = store.body(&step.body_hash).await.inspect_err(|error| {
        tracing::warn!(%error, turn_id = %record.turn_id, "the request of a turn cannot be read back");
    });
    system_prompt(&body.ok()??, &step.spans)
}

impl Gathered {
    /// The model of an arm.
    ///
    /// # Errors
    /// Those of finding it.
    pub(super) fn target(&self, app: &App, arm: &Arm) -> Result<Target, Error> {
        match &arm.model {
            Some(model) => {
                let (config, bare) = find_model(&app.0.setup, model)?;
                Ok(target(&config, bare))
            }
            None => Ok(self.basis.plan.target.clone()),
        }
    }
}
