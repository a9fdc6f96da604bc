//! A turn as a pure state machine: inputs in, effects out, nothing done.
//!
//! ```text
//! Ready --Begin--> Asking --Asked--> Sending --Sent--> Answering --terminal event--> Ended
//!              \______(memory off)______/
//! ```
//!
//! `Cancel` ends any state and keeps what came. `SkipMemory` goes on without waiting for memory. An
//! input that comes too late for its state is ignored, so a memory server that answers after its
//! time-out can never put memory into a request that has left.
//!
//! The driver performs effects in order. It measures times and writes the parts of the record that
//! need a clock; what is decided is decided here.

use crate::inject::{base_request, place};
use crate::layout::{recall_block, reflect_block, text_of};
use crate::plan::Plan;
use crate::{query, select, tokens};
use rearview_domain::memory::RecalledMemory;
use rearview_domain::message::Part;
use rearview_domain::record::{Injected, MemoryCall, Query, RecordPart, Selected};
use rearview_domain::settings::MemoryMode;
use rearview_domain::turn::{FinishReason, MemoryOff, MemoryOutcome, TurnState, Usage};
use rearview_domain::{Error, ErrorCode};
use rearview_providers::{Assembly, Event, Piece, ProviderError, Request};

/// What happens to a turn.
#[derive(Debug)]
pub enum Input {
    /// It may begin; its messages are on disk.
    Begin,
    /// Memory answered, failed, or was too slow (then `call.error` says so).
    Asked(Box<Asked>),
    /// The person does not want to wait for memory any longer.
    SkipMemory,
    /// The request has been handed to the network.
    Sent,
    /// The provider sent an event.
    Provider(Event),
    /// The provider could not be reached, or refused before its first event.
    Refused(Box<ProviderError>),
    /// The person stopped the turn.
    Cancel,
}

/// What memory answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The call, as recorded.
    pub call: MemoryCall,
    /// The bank does not exist yet.
    pub new_bank: bool,
}

/// What is to be done.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Write a part of the record.
    Record(RecordPart),
    /// Ask memory, within the time-out of its mode.
    Ask {
        /// Recall or reflect.
        mode: MemoryMode,
        /// The query.
        query: String,
    },
    /// Stop waiting for memory; its answer is not wanted any more.
    StopAsking,
    /// Send this to the provider.
    Send(Box<Request>),
    /// Close the connection to the provider.
    Hangup,
    /// Show and keep more text.
    Text(String),
    /// Show and keep more reasoning.
    Reasoning(String),
    /// Keep a frame that was not understood.
    Note(String),
    /// It is over.
    End(Box<Ending>),
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// Finished, failed or cancelled.
    pub state: TurnState,
    /// Why the model stopped.
    pub finish: Option<FinishReason>,
    /// Tokens as reported.
    pub usage: Usage,
    /// Why it failed.
    pub error: Option<Error>,
    /// The answer, as far as it came.
    pub parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    Asking,
    Sending,
    Answering,
    Ended,
}

/// The machine of one turn.
#[derive(Debug)]
pub struct Machine {
    plan: Plan,
    state: State,
    /// What the records about memory will say once the request has left; counting tokens can wait until then.
    pending: Pending,
    assembly: Assembly,
    usage: Usage,
}

#[derive(Debug, Default)]
struct Pending {
    call: Option<MemoryCall>,
    selected: Vec<Selected>,
    block: Vec<Piece>,
    placed: &'static str,
    count: u32,
    outcome: Option<MemoryOutcome>,
}

impl Machine {
    /// A machine that has not begun.
    pub fn new(plan: Plan) -> Self {
        let assembly = Assembly::new(plan.target.family());
        Self { plan, state: State::Ready, pending: Pending::default(), assembly, usage: Usage::default() }
    }

    /// The plan it runs.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether nothing more can happen.
    pub fn is_over(&self) -> bool {
        self.state == State::Ended
    }

    /// Takes an input and answers what is to be done, in order.
    pub fn step(&mut self, input: Input) -> Vec<Effect> {
        match (self.state, input) {
            (State::Ready, Input::Begin) => self.begin(),
            (State::Asking, Input::Asked(asked)) => self.asked(*asked),
            (State::Asking, Input::SkipMemory) => self.skip_memory(),
            (State::Sending, Input::Sent) => self.sent(),
            (State::Sending | State::Answering, Input::Provider(event)) => self.provider(event),
            (State::Sending | State::Answering, Input::Refused(error)) => self.refused(&error),
            (State::Ended, _) => Vec::new(),
            (_, Input::Cancel) => self.cancel(),
            // Too late or too early: an answer of memory after its time-out, an event after the end.
            _ => Vec::new(),
        }
    }

    fn begin(&mut self) -> Vec<Effect> {
        let mut effects = vec![Effect::Record(RecordPart::Resolved(Box::new(self.plan.resolved.clone())))];
        let query = match self.plan.resolved.inject_off {
            Some(why) => Err(why),
            None => query::derive(&self.plan.resolved.settings.query.value, &self.plan.history)
                .ok_or(MemoryOff::NoQuery),
        };
        match query {
            Ok(query) => {
                self.state = State::Asking;
                let mode = self.plan.resolved.settings.mode.value;
                effects.push(Effect::Record(RecordPart::Query(query.clone())));
                let Query { text, .. } = query;
                effects.push(Effect::Ask { mode, query: text });
            }
            Err(why) => effects.push(self.send(Vec::new(), 0, MemoryOutcome::Off { why })),
        }
        effects
    }

    fn asked(&mut self, asked: Asked) -> Vec<Effect> {
        let Asked { call, new_bank } = asked;
        let settings = &self.plan.resolved.settings;
        if let Some(error) = call.error.clone() {
            self.pending.call = Some(call);
            return vec![self.send(Vec::new(), 0, MemoryOutcome::Failed { error })];
        }
        let (block, count) = match &call.reflect {
            Some(reflected) => {
                // A schema was asked for its answer; without one the paragraph is the answer.
                let structured = reflected.structured.as_ref().filter(|value| !value.is_null());
                let text = structured.map_or_else(|| reflected.text.clone(), ToString::to_string);
                let block = reflect_block(&text);
                let count = u32::from(!block.is_empty());
                (block, count)
            }
            None => {
                let (injected, selected) = select::select(&call.memories, settings.max_memories.value);
                self.pending.selected = selected;
                let count = u32::try_from(injected.len()).unwrap_or(u32::MAX);
                (recall_block(&injected, settings.item_format.value), count)
            }
        };
        let outcome = if block.is_empty() {
            MemoryOutcome::Empty { new_bank }
        } else {
            MemoryOutcome::Used { count, tokens: 0 }
        };
        self.pending.call = Some(call);
        vec![self.send(block, count, outcome)]
    }

    fn skip_memory(&mut self) -> Vec<Effect> {
        let error = Error::new(ErrorCode::Cancelled, "You went on without waiting for memory.");
        vec![Effect::StopAsking, self.send(Vec::new(), 0, MemoryOutcome::Failed { error })]
    }

    /// Builds the request and goes on to the provider.
    fn send(&mut self, block: Vec<Piece>, count: u32, outcome: MemoryOutcome) -> Effect {
        let plan = &self.plan;
        let mut request =
            base_request(&plan.system_prompt, &plan.history, &plan.images, plan.max_output_tokens);
        let placement = plan.resolved.settings.placement.value;
        let placed = place(&mut request, block.clone(), placement, plan.target.takes_mid_system());
        self.pending =
            Pending { block, placed, count, outcome: Some(outcome), ..std::mem::take(&mut self.pending) };
        self.state = State::Sending;
        Effect::Send(Box::new(request))
    }

    fn sent(&mut self) -> Vec<Effect> {
        self.state = State::Answering;
        self.memory_records()
    }

    /// What is recorded about memory, once: the call, candidates, block, outcome.
    fn memory_records(&mut self) -> Vec<Effect> {
        let Pending { call, selected, block, placed, count, outcome } = std::mem::take(&mut self.pending);
        let mut effects = Vec::new();
        if let Some(mut call) = call {
            count_tokens(&mut call.memories);
            effects.push(Effect::Record(RecordPart::Memory(Box::new(call))));
        }
        if !selected.is_empty() {
            effects.push(Effect::Record(RecordPart::Selected(selected)));
        }
        let mut outcome = outcome;
        if !block.is_empty() {
            let text = text_of(&block);
            let tokens = tokens::count(&text);
            let placement = self.plan.resolved.settings.placement.value;
            let injected = Injected { placement, placed: placed.to_owned(), block: text, tokens };
            effects.push(Effect::Record(RecordPart::Injected(injected)));
            outcome = Some(MemoryOutcome::Used { count, tokens });
        }
        effects.extend(outcome.map(|outcome| Effect::Record(RecordPart::Outcome(outcome))));
        effects
    }

    fn provider(&mut self, event: Event) -> Vec<Effect> {
        let mut effects = if self.state == State::Sending { self.sent() } else { Vec::new() };
        self.assembly.apply(&event);
        match event {
            Event::Text { delta, .. } => effects.push(Effect::Text(delta)),
            Event::Reasoning { delta, .. } => effects.push(Effect::Reasoning(delta)),
            Event::Usage(usage) => self.usage = usage,
            Event::Note(note) => effects.push(Effect::Note(note)),
            Event::Finished { reason, usage } => {
                self.usage = usage;
                effects.push(self.end(TurnState::Finished, Some(reason), None));
            }
            Event::Failed(error) => effects.push(self.end(TurnState::Failed, None, Some(error.to_error()))),
            Event::Started { .. }
            | Event::Signature { .. }
            | Event::ToolCallStart { .. }
            | Event::ToolCallArguments { .. }
            | Event::Opaque { .. }
            | Event::BlockEnd { .. } => {}
        }
        effects
    }

    fn refused(&mut self, error: &ProviderError) -> Vec<Effect> {
        let mut effects = self.memory_records();
        effects.push(self.end(TurnState::Failed, None, Some(error.to_error())));
        effects
    }

    fn cancel(&mut self) -> Vec<Effect> {
        let mut effects = match self.state {
            State::Asking => vec![Effect::StopAsking],
            State::Sending | State::Answering => vec![Effect::Hangup],
            State::Ready | State::Ended => Vec::new(),
        };
        effects.extend(self.memory_records());
        effects.push(self.end(TurnState::Cancelled, None, None));
        effects
    }

    fn end(&mut self, state: TurnState, finish: Option<FinishReason>, error: Option<Error>) -> Effect {
        self.state = State::Ended;
        Effect::End(Box::new(Ending {
            state,
            finish,
            usage: self.usage.clone(),
            error,
            parts: self.assembly.parts(),
        }))
    }
}

fn count_tokens(memories: &mut [RecalledMemory]) {
    for memory in memories {
        memory.tokens = tokens::count(&memory.text);
    }
}

#[cfg(test)]
mod tests;
