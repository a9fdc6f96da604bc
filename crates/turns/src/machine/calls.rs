//! The tool calls of one round: read, asked about, running, done. The machine is its only caller.

use super::Effect;
use crate::plan::Plan;
use crate::tools::run::{Call, document};
use crate::tools::{self, Wanted};
use rearview_domain::message::Part;
use rearview_domain::record::{RecordPart, ToolRun, ToolState};
use rearview_domain::settings::DecidedSettings;
use rearview_domain::time::Time;
use rearview_domain::{BankId, ChatId, Error, ErrorCode, TurnId};
use rearview_providers::Tool;
use std::collections::{HashMap, HashSet};

/// Calls of one answer that are done; the rest is refused. Each is a connection to memory at once. Models make
/// a handful, so more come from one that repeats itself, or from a server that wants memory flooded.
const CALLS_AT_ONCE: usize = 32;

/// The calls of the current round, in the order the model made them.
#[derive(Debug)]
pub(super) struct Calls {
    chat: ChatId,
    turn: TurnId,
    model: String,
    bank: BankId,
    at: Time,
    settings: DecidedSettings,
    open: Vec<Open>,
    /// Texts that the turn's tools were given to store so far; numbers their documents.
    stored: u32,
}

#[derive(Debug)]
struct Open {
    run: ToolRun,
    /// What waits for the person.
    waiting: Option<Wanted>,
}

impl Calls {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            chat: plan.turn.chat_id.clone(),
            turn: plan.turn.id.clone(),
            model: plan.turn.model.clone(),
            bank: plan.resolved.bank.bank_id.clone(),
            at: plan.turn.started_at.clone(),
            settings: plan.resolved.settings.clone(),
            open: Vec::new(),
            stored: 0,
        }
    }

    /// Begins the calls among the parts of an answer. With `over` none is done: there is no request left
    /// that could carry their results.
    pub(super) fn begin(&mut self, said: &[Part], step: u32, offered: &[Tool], over: bool) -> Vec<Effect> {
        let mut effects = Vec::new();
        for part in said {
            let Part::ToolCall { id, name, arguments } = part else { continue };
            let run = ToolRun {
                call_id: id.clone(),
                step,
                name: name.clone(),
                arguments: arguments.clone(),
                state: ToolState::Running,
                result: None,
                ms: None,
                error: None,
                memories: Vec::new(),
                document_id: None,
                learned: Vec::new(),
            };
            let wanted = if over {
                Err("The turn has no request left; the call was not done.".to_owned())
            } else if self.open.len() >= CALLS_AT_ONCE {
                Err(format!("Only {CALLS_AT_ONCE} calls are done at once; this one was not."))
            } else {
                tools::read(name, arguments, offered)
            };
            effects.extend(self.begin_one(run, wanted));
        }
        effects
    }

    fn begin_one(&mut self, mut run: ToolRun, wanted: Result<Wanted, String>) -> Vec<Effect> {
        let wanted = match wanted {
            Ok(wanted) => wanted,
            Err(why) => {
                run.state = ToolState::Failed;
                run.error = Some(Error::new(ErrorCode::InvalidInput, why.clone()));
                run.result = Some(why);
                return self.keep(run, None);
            }
        };
        if let Wanted::Retain(_) = wanted {
            self.stored += 1;
            run.document_id = Some(document(&self.chat, &self.turn, self.stored));
            if self.settings.ask_before_storing.value || self.settings.ask_before_retaining.value {
                run.state = ToolState::Asking;
                return self.keep(run, Some(wanted));
            }
        }
        let call = self.call(run.clone(), wanted);
        let mut effects = self.keep(run, None);
        effects.push(call);
        effects
    }

    /// The person has said whether a call may store. A call that was never asked about is left alone.
    pub(super) fn allowed(&mut self, step: u32, call_id: &str, allow: bool) -> Vec<Effect> {
        let asked = |open: &&mut Open| open.run.step == step && open.run.call_id == call_id;
        let Some(open) = self.open.iter_mut().find(asked) else { return Vec::new() };
        let Some(wanted) = open.waiting.take() else { return Vec::new() };
        if allow {
            open.run.state = ToolState::Running;
            let run = open.run.clone();
            vec![recorded(&run), self.call(run, wanted)]
        } else {
            open.run.state = ToolState::Refused;
            open.run.document_id = None;
            open.run.result = Some("The person did not want this to be stored.".to_owned());
            vec![recorded(&open.run)]
        }
    }

    /// A call has a result.
    pub(super) fn done(&mut self, run: ToolRun) -> Vec<Effect> {
        let same = |open: &&mut Open| open.run.step == run.step && open.run.call_id == run.call_id;
        let Some(open) = self.open.iter_mut().find(same).filter(|open| open.run.result.is_none()) else {
            return Vec::new();
        };
        open.run = run;
        vec![recorded(&open.run)]
    }

    /// Whether every call of the round has a result.
    pub(super) fn are_done(&self) -> bool {
        self.open.iter().all(|open| open.run.result.is_some())
    }

    /// Gives every call that has no result one that says so.
    pub(super) fn stop(&mut self) -> Vec<Effect> {
        let unfinished = self.open.iter_mut().filter(|open| open.run.result.is_none());
        unfinished
            .map(|open| {
                // What waited for the person never touched memory, and must not be taken for what may have.
                if open.waiting.take().is_some() {
                    open.run.document_id = None;
                }
                open.run.state = ToolState::Cancelled;
                open.run.result = Some("The person stopped the turn before this was done.".to_owned());
                recorded(&open.run)
            })
            .collect()
    }

    /// The results in the order of the calls. The round is over.
    pub(super) fn take_results(&mut self) -> Vec<Part> {
        let result = |open: Open| Part::ToolResult {
            id: open.run.call_id,
            name: open.run.name,
            text: open.run.result.unwrap_or_default(),
            failed: open.run.state != ToolState::Done,
        };
        std::mem::take(&mut self.open).into_iter().map(result).collect()
    }

    fn keep(&mut self, run: ToolRun, waiting: Option<Wanted>) -> Vec<Effect> {
        let effects = vec![recorded(&run)];
        self.open.push(Open { run, waiting });
        effects
    }

    fn call(&self, run: ToolRun, wanted: Wanted) -> Effect {
        Effect::CallTool(Box::new(Call {
            run,
            wanted,
            bank: self.bank.clone(),
            settings: self.settings.clone(),
            chat: self.chat.clone(),
            model: self.model.clone(),
            at: self.at.clone(),
        }))
    }
}

fn recorded(run: &ToolRun) -> Effect {
    Effect::Record(RecordPart::Tool(Box::new(run.clone())))
}

/// Gives every call of an answer an id of its own: some servers give all the same one, and a result could not
/// be told to belong to its call.
pub(super) fn tell_apart(said: &mut [Part]) {
    let mut seen = HashSet::new();
    // How far each id was numbered, so that thousands of one id do not each try all numbers.
    let mut numbers: HashMap<String, u32> = HashMap::new();
    for part in said {
        if let Part::ToolCall { id, .. } = part {
            if seen.insert(id.clone()) {
                continue;
            }
            let given = id.clone();
            let number = numbers.entry(given.clone()).or_insert(1);
            while !seen.insert(id.clone()) {
                *number += 1;
                *id = format!("{given}-{number}");
            }
        }
    }
}
