//! What a turn was made of, and the request of an arm made from it.
//!
//! From the record come the settings, the answer of memory and the system prompt (out of the body that was sent); from
//! the store come the messages up to the question, which are never changed, and the bytes of what is attached. The
//! provider is as it is set up now. Whether all of that gives the bytes that were sent is checked by their hash.

use crate::first::{self, Block};
use crate::held::Held;
use crate::layout::text_of;
use crate::plan::{Plan, is_excluded};
use crate::select::{self, Here};
use crate::{query, tokens};
use rearview_domain::breakpoint::{BlockEdits, Pause};
use rearview_domain::memory::RecalledMemory;
use rearview_domain::record::{Gate, MemoryCall, Origin, PinnedMemory, Resolved, Span, TurnRecord};
use rearview_domain::replay::{Arm, ArmMemory};
use rearview_domain::resolve::BankDecision;
use rearview_domain::settings::{Decided, DecidedSettings, Level};
use rearview_domain::turn::MemoryOff;
use rearview_domain::{Error, ErrorCode};
use rearview_providers::{Piece, Request, Target};
use std::collections::BTreeMap;

/// A turn as it can be sent again.
#[derive(Clone, Debug)]
pub struct Basis {
    /// The turn as it was planned.
    pub plan: Plan,
    /// What memory answered, if it did.
    pub memory: Option<MemoryCall>,
    /// What was pinned to the chat, as the turn found it.
    pub pinned: Vec<PinnedMemory>,
    /// Ids of the memories that were not relevant in the chat then.
    pub not_here: Vec<String>,
    /// Hashes of the bodies that were sent, by request.
    pub sent: Vec<String>,
    /// What was changed in the block by hand when the turn paused.
    pub by_hand: BlockEdits,
}

/// The request of an arm.
#[derive(Clone, Debug)]
pub struct Made {
    /// The request.
    pub request: Request,
    /// Where the block of memory went, for people; `None` when there is none.
    pub placed: Option<String>,
    /// Tokens of the block, counted as o200k.
    pub block_tokens: u32,
    /// The memories that are in it.
    pub memories: Vec<RecalledMemory>,
}

/// What memory is asked for an arm.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The text.
    pub query: String,
    /// The settings it is asked with.
    pub settings: DecidedSettings,
}

impl Basis {
    /// What a record and a plan that was gathered anew come to.
    pub fn new(plan: Plan, record: &TurnRecord) -> Self {
        let memory = record.memory.clone().filter(|call| call.error.is_none());
        let out = record.selected.iter().filter(|one| one.gate == Some(Gate::NotHere));
        Self {
            plan,
            memory,
            pinned: record.pinned.clone(),
            not_here: out.map(|one| one.memory_id.clone()).collect(),
            sent: record.steps.iter().map(|step| step.body_hash.clone()).collect(),
            by_hand: record.pause.as_ref().and_then(Pause::edits).cloned().unwrap_or_default(),
        }
    }

    /// The memories that were injected, in the order of the block and with the words that were sent; reflect's paragraph
    /// is none.
    pub fn injected(&self) -> Vec<RecalledMemory> {
        // What was changed by hand was checked when it was.
        self.chosen().edited(&self.by_hand).map(|edited| edited.memories).unwrap_or_default()
    }

    /// The block before anything was changed in it by hand.
    fn chosen(&self) -> Held {
        // The settings of memory are the turn's, whatever model answers.
        let settings = self.plan.asking();
        let already = first::already_there(&settings, &self.plan.earlier);
        let here = Here { pinned: &self.pinned, not_here: &self.not_here, already: &already, added: "" };
        let recalled = self.memory.as_ref().map_or(&[] as &[RecalledMemory], |call| &call.memories);
        let memories = select::select(recalled, here, settings.max_memories.value).0;
        Held {
            memories: memories.into_iter().cloned().collect(),
            paragraph: self.memory.as_ref().map(first::paragraph).unwrap_or_default(),
            added: self.added_before().to_owned(),
            settings,
            with_tools: !self.plan.tools().is_empty(),
        }
    }

    /// Lines of a person's own in the block of an earlier message, where the turn was given that block again.
    fn added_before(&self) -> &str {
        let again = self.memory.as_ref().is_some_and(|call| call.kept_from.is_some());
        self.plan.pinned_block().filter(|_| again).map_or("", |kept| kept.added.as_str())
    }

    /// The request of the turn that has these bytes.
    pub fn same_as(&self, body_hash: &str) -> Option<u32> {
        let at = self.sent.iter().position(|sent| sent == body_hash)?;
        u32::try_from(at).ok()
    }

    /// The plan of an arm that this model answers.
    ///
    /// # Errors
    /// `InvalidInput` when the arm asks memory and the chat, the settings or the model forbid it.
    pub fn plan(&self, arm: &Arm, target: Target) -> Result<Plan, Error> {
        let mut plan = self.plan.clone();
        plan.target = target;
        if let Some(model) = &arm.model {
            plan.resolved.model.clone_from(model);
        }
        if let ArmMemory::AskedNow { settings, bank_id } = &arm.memory {
            plan.resolved.settings = plan.resolved.settings.with(Level::Message, settings);
            if let Some(bank) = bank_id {
                plan.resolved.bank.bank_id = bank.as_str().into();
                plan.resolved.bank.decision = BankDecision::Message;
            }
            plan.resolved.inject_off = None;
            may_ask(&self.plan.resolved, &plan.resolved)?;
        }
        if let Some(placement) = arm.placement {
            plan.resolved.settings.placement = Decided { value: placement, level: Level::Message };
        }
        Ok(plan)
    }

    /// What memory has to be asked for the plan of an arm; `None` when it is not asked.
    ///
    /// # Errors
    /// `InvalidInput` when there are no words to search with.
    pub fn question(&self, arm: &Arm, plan: &Plan) -> Result<Option<Question>, Error> {
        if !matches!(arm.memory, ArmMemory::AskedNow { .. }) {
            return Ok(None);
        }
        let settings = plan.asking();
        let query = query::derive(&settings.query.value, &plan.history)
            .ok_or_else(|| refuse("There are no words to search memory with."))?;
        Ok(Some(Question { query: query.text, settings }))
    }

    /// The request of an arm. `asked` is what memory answered, for an arm that asks it.
    ///
    /// # Errors
    /// `InvalidInput` when the arm names a memory that was not injected; the error of `asked`.
    pub fn make(&self, arm: &Arm, plan: &Plan, asked: Option<&MemoryCall>) -> Result<Made, Error> {
        let (block, memories) = match &arm.memory {
            ArmMemory::None => (Vec::new(), Vec::new()),
            ArmMemory::Recorded { without, edited } => self.recorded(plan, without, edited)?,
            ArmMemory::AskedNow { .. } => {
                let call = asked.ok_or_else(|| refuse("Memory was not asked."))?;
                if let Some(error) = &call.error {
                    return Err(error.clone());
                }
                self.asked_now(plan, call)
            }
        };
        let text = text_of(&block);
        let tools = plan.tools();
        let (request, placed) = first::request(plan, &tools, block);
        let placed = (!text.is_empty()).then(|| placed.to_owned());
        Ok(Made { request, placed, block_tokens: tokens::count(&text), memories })
    }

    /// The block of what memory answered now, with what was pinned then, and the memories in it.
    fn asked_now(&self, plan: &Plan, call: &MemoryCall) -> (Vec<Piece>, Vec<RecalledMemory>) {
        let settings = plan.asking();
        let already = first::already_there(&settings, &plan.earlier);
        let here = Here { pinned: &self.pinned, not_here: &self.not_here, already: &already, added: "" };
        let Block { pieces, memories, .. } = first::block(call, &settings, !plan.tools().is_empty(), here);
        (pieces, memories)
    }

    /// The block as it was, without some memories and with other words in some. What is left out is not made up
    /// for by a memory that the cap on their number kept out.
    fn recorded(
        &self,
        plan: &Plan,
        without: &[String],
        edited: &BTreeMap<String, String>,
    ) -> Result<(Vec<Piece>, Vec<RecalledMemory>), Error> {
        let was = self.chosen();
        let then = was.edited(&self.by_hand)?;
        let paragraph = match &self.by_hand {
            BlockEdits { no_memory: true, .. } => "",
            by_hand => by_hand.paragraph.as_ref().unwrap_or(&was.paragraph),
        };
        let added = match &self.by_hand {
            BlockEdits { added: Some(added), .. } => added,
            BlockEdits { no_memory: true, .. } => "",
            _ => was.added.as_str(),
        };
        let sent = Held {
            memories: then.memories,
            paragraph: paragraph.to_owned(),
            added: added.to_owned(),
            settings: was.settings,
            with_tools: !plan.tools().is_empty(),
        };
        let edits = BlockEdits { without: without.to_vec(), edited: edited.clone(), ..BlockEdits::default() };
        let edited = sent.edited(&edits)?;
        Ok((edited.pieces, edited.memories))
    }
}

/// Whether memory may be asked. What a chat promised is not taken back by a replay.
fn may_ask(was: &Resolved, is: &Resolved) -> Result<(), Error> {
    match was.inject_off {
        Some(MemoryOff::Incognito | MemoryOff::Temporary) => {
            return Err(refuse("This chat never asks memory."));
        }
        Some(MemoryOff::NoServer) => return Err(refuse("The turn had no memory server to ask.")),
        _ => {}
    }
    if is.bank.server_id.is_none() {
        return Err(refuse("The turn had no memory server to ask."));
    }
    if is_excluded(&is.settings.excluded_models.value, &is.model) {
        return Err(refuse(format!("The model `{}` is excluded from memory.", is.model)));
    }
    if !is.settings.inject_memories.value {
        return Err(refuse("Memory is off in the settings of this turn."));
    }
    Ok(())
}

fn refuse(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidInput, message)
}

/// The system prompt that a body was sent with, from the bytes that are marked as coming from it; `None` when they
/// cannot be read. A body without such bytes had none.
pub fn system_prompt(body: &[u8], spans: &[Span]) -> Option<String> {
    let mut prompt = String::new();
    for span in spans.iter().filter(|span| span.origin == Origin::System) {
        let (start, end) = (usize::try_from(span.start).ok()?, usize::try_from(span.end).ok()?);
        let escaped = std::str::from_utf8(body.get(start..end)?).ok()?;
        prompt.push_str(&serde_json::from_str::<String>(&format!("\"{escaped}\"")).ok()?);
    }
    Some(prompt)
}

#[cfg(test)]
mod tests;
