//! A turn as a pure state machine: inputs in, effects out, nothing done.
//!
//! ```text
//! Ready --Begin--> Asking --Asked--> Sending --Sent--> Answering --terminal event--> Ended
//!              |      \        ^  ^                        |
//!              |       \- a breakpoint -> Paused --Resume--/ (before the first request only)
//!              \______(memory off)______/ ^                  |
//!                                         \__ all tools done __ Tooling <-- the model called tools
//! ```
//!
//! `Cancel` ends any state and keeps what came. `SkipMemory` goes on without waiting for memory. An
//! input that comes too late for its state is ignored, so a memory server that answers after its
//! time-out can never put memory into a request that has left.
//!
//! The driver performs effects in order. It measures times and writes the parts of the record that
//! need a clock; what is decided is decided here. What the tools of a turn are doing is in `calls`, what its
//! requests came to in `tally`.

mod calls;
mod pause;
pub(crate) mod tally;

use crate::echo::{self, Heard};
use crate::first::{self, Block};
use crate::held::Held;
use crate::inject::{base_request, request_messages};
use crate::layout::text_of;
use crate::plan::Plan;
use crate::select::Here;
use crate::tools::run::Call;
use crate::{query, tokens};
use calls::Calls;
use pause::Paused;
use rearview_domain::breakpoint::{BlockEdits, BreakMatch, PauseHow};
use rearview_domain::memory::RecalledMemory;
use rearview_domain::message::{Part, Role};
use rearview_domain::record::{
    Echoed, Injected, MemoryCall, Origin, PinnedMemory, Query, RecordPart, Selected, ToolRun,
};
use rearview_domain::settings::{DecidedSettings, MemoryMode};
use rearview_domain::turn::{Cost, FinishReason, MemoryOff, MemoryOutcome, TurnState, Usage};
use rearview_domain::{Error, ErrorCode};
use rearview_providers::{
    Assembly, Event, Piece, ProviderError, Request, RequestMessage, RequestPart, Tool, ToolChoice,
};
use tally::Tally;

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
    /// The provider wanted the request in another form, and it went out again, each time as a step of its own.
    Resent {
        /// How often.
        times: u32,
    },
    /// The provider sent an event.
    Provider(Event),
    /// The provider could not be reached, or refused before its first event.
    Refused(Box<ProviderError>),
    /// The person says whether a tool may store.
    Allowed {
        /// The request whose answer asked for it.
        step: u32,
        /// The call.
        call_id: String,
        /// Whether it may.
        allow: bool,
    },
    /// A tool is done, well or not.
    ToolDone(Box<ToolRun>),
    /// The person lets a paused turn go on, with these changes of the block. Changes that do not fit the block are refused
    /// before they come here; such an input is ignored.
    Resume(Box<BlockEdits>),
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
    /// What is pinned to the chat, as it was found.
    pub pinned: Vec<PinnedMemory>,
}

impl Asked {
    /// A call with nothing else to tell.
    pub fn of(call: MemoryCall) -> Self {
        Self { call, new_bank: false, pinned: Vec::new() }
    }
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
        /// With these settings.
        settings: Box<DecidedSettings>,
    },
    /// Stop waiting for memory; its answer is not wanted any more.
    StopAsking,
    /// Breakpoints match: record it, and hold the block for the person until the pause ends.
    Pause(Box<Pausing>),
    /// The pause is over: record how, and what was changed.
    PauseEnded {
        /// In which way.
        how: PauseHow,
        /// What was changed in the block.
        edits: Box<BlockEdits>,
    },
    /// Send this to the provider.
    Send(Box<Request>),
    /// A request has been answered, or will not be. Comes once for every one that was sent.
    StepDone(Box<StepDone>),
    /// Close the connection to the provider.
    Hangup,
    /// Show and keep more text.
    Text(String),
    /// Show and keep more reasoning.
    Reasoning(String),
    /// Show and keep a whole part: a tool call or its result.
    Part(Part),
    /// Do what a tool call asks for.
    CallTool(Box<Call>),
    /// Stop all tools; their results are not wanted any more.
    StopTools,
    /// Keep a frame that was not understood.
    Note(String),
    /// It is over.
    End(Box<Ending>),
}

/// A block that is held back.
#[derive(Clone, Debug, PartialEq)]
pub struct Pausing {
    /// Which breakpoints matched.
    pub why: Vec<BreakMatch>,
    /// What the block is made of.
    pub held: Held,
    /// The block as it would be sent.
    pub block: String,
    /// Its tokens, counted as o200k.
    pub tokens: u32,
}

/// How a request ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepDone {
    /// Tokens as reported.
    pub usage: Usage,
    /// Why the model stopped.
    pub finish: Option<FinishReason>,
    /// Why it failed.
    pub error: Option<Error>,
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// Finished, failed or cancelled.
    pub state: TurnState,
    /// Why the model stopped.
    pub finish: Option<FinishReason>,
    /// Tokens as reported, over all requests.
    pub usage: Usage,
    /// What they cost.
    pub cost: Option<Cost>,
    /// Tokens of the last request and its answer.
    pub context_tokens: Option<u32>,
    /// Why it failed.
    pub error: Option<Error>,
    /// The answer, as far as it came.
    pub parts: Vec<Part>,
    /// What of the injected memories came back in it.
    pub echoed: Option<Echoed>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Ready,
    Asking,
    Paused,
    Sending,
    Answering,
    Tooling,
    Ended,
}

/// The machine of one turn.
#[derive(Debug)]
pub struct Machine {
    plan: Plan,
    state: State,
    /// The tools that are offered.
    tools: Vec<Tool>,
    /// The block of memory; the same in every request of the turn, so that its prefix stays cached.
    block: Vec<Piece>,
    /// The memories in it, in its order.
    injected: Vec<RecalledMemory>,
    /// What the records about memory will say once the request has left; counting tokens can wait until then.
    pending: Option<Pending>,
    /// What is held back while the turn is paused.
    paused: Option<Paused>,
    /// What was said and done before the current request, as the next one repeats it.
    exchange: Vec<RequestMessage>,
    /// The same as parts of the answer.
    parts: Vec<Part>,
    /// The answer to the current request.
    assembly: Assembly,
    usage: Usage,
    /// Requests sent so far, those that were sent again in another form included.
    steps: u32,
    /// Requests that the turn has made of its own accord.
    rounds: u32,
    calls: Calls,
    tally: Tally,
}

#[derive(Debug)]
struct Pending {
    told: Told,
    outcome: MemoryOutcome,
    placed: &'static str,
}

/// What memory told and what was chosen of it.
#[derive(Debug, Default)]
struct Told {
    call: Option<MemoryCall>,
    pinned: Vec<PinnedMemory>,
    selected: Vec<Selected>,
    /// Memories in the block; reflect's paragraph counts as one.
    count: u32,
}

impl Told {
    /// What is recorded of memory's answer, once: the call and what is pinned.
    fn answer_records(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(mut call) = self.call.take() {
            count_tokens(call.memories.iter_mut());
            effects.push(Effect::Record(RecordPart::Memory(Box::new(call))));
        }
        let mut pinned = std::mem::take(&mut self.pinned);
        if !pinned.is_empty() {
            count_tokens(pinned.iter_mut().filter_map(|pin| pin.memory.as_mut()));
            effects.push(Effect::Record(RecordPart::Pinned(pinned)));
        }
        effects
    }
}

impl Machine {
    /// A machine that has not begun.
    pub fn new(plan: Plan) -> Self {
        Self {
            tools: plan.tools(),
            assembly: Assembly::new(plan.target.family()),
            calls: Calls::new(&plan),
            plan,
            state: State::Ready,
            block: Vec::new(),
            injected: Vec::new(),
            pending: None,
            paused: None,
            exchange: Vec::new(),
            parts: Vec::new(),
            usage: Usage::default(),
            steps: 0,
            rounds: 0,
            tally: Tally::default(),
        }
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
            (State::Paused, Input::Resume(edits)) => self.resume(*edits),
            (State::Sending, Input::Sent) => self.sent(),
            (State::Sending | State::Answering, Input::Resent { times }) => {
                self.steps += times;
                Vec::new()
            }
            (State::Sending | State::Answering, Input::Provider(event)) => self.provider(event),
            (State::Sending | State::Answering, Input::Refused(error)) => self.refused(&error),
            (State::Tooling, Input::Allowed { step, call_id, allow }) => {
                let effects = self.calls.allowed(step, &call_id, allow);
                self.after_tools(effects)
            }
            (State::Tooling, Input::ToolDone(run)) => {
                let effects = self.calls.done(*run);
                self.after_tools(effects)
            }
            (State::Ended, _) => Vec::new(),
            (_, Input::Cancel) => self.cancel(),
            // Too late or too early: an answer of memory after its time-out, an event after the end.
            _ => Vec::new(),
        }
    }

    fn begin(&mut self) -> Vec<Effect> {
        let mut effects = vec![Effect::Record(RecordPart::Resolved(Box::new(self.plan.resolved.clone())))];
        let settings = self.plan.asking();
        let preload_off = !self.tools.is_empty() && !settings.preload.value;
        let query = match self.plan.resolved.inject_off {
            Some(why) => Err(why),
            None if preload_off => Err(MemoryOff::Tools),
            None => query::derive(&settings.query.value, &self.plan.history).ok_or(MemoryOff::NoQuery),
        };
        match query {
            // What is pinned to the chat is given again, as it was; nothing is asked.
            Ok(_) if let Some(kept) = self.plan.pinned_block() => {
                let call = kept.as_call();
                effects.extend(self.asked(Asked::of(call)));
            }
            Ok(mut query) => {
                self.state = State::Asking;
                if !self.tools.is_empty() {
                    query.derived = format!("preload: {}", query.derived);
                }
                effects.push(Effect::Record(RecordPart::Query(query.clone())));
                let Query { text, .. } = query;
                let mode = settings.mode.value;
                effects.push(Effect::Ask { mode, query: text, settings: Box::new(settings) });
            }
            Err(why) => effects.extend(self.first(Vec::new(), Told::default(), MemoryOutcome::Off { why })),
        }
        effects
    }

    fn asked(&mut self, asked: Asked) -> Vec<Effect> {
        let Asked { call, new_bank, pinned } = asked;
        let settings = self.plan.asking();
        // What is pinned does not depend on whether recall found anything, or answered at all.
        let not_here = self.plan.not_here();
        let already = first::already_there(&settings, &self.plan.earlier);
        let kept = self.plan.pinned_block().filter(|_| call.kept_from.is_some());
        let added = kept.map_or("", |kept| kept.added.as_str());
        let here = Here { pinned: &pinned, not_here: &not_here, already: &already, added };
        let Block { pieces: block, count, selected, memories } =
            first::block(&call, &settings, !self.tools.is_empty(), here);
        let outcome = match &call.error {
            Some(error) => MemoryOutcome::Failed { error: error.clone() },
            None if block.is_empty() => MemoryOutcome::Empty { new_bank },
            None => MemoryOutcome::Used { count, tokens: 0 },
        };
        self.injected = memories;
        self.first(block, Told { call: Some(call), pinned, selected, count }, outcome)
    }

    fn skip_memory(&mut self) -> Vec<Effect> {
        let error = Error::new(ErrorCode::Cancelled, "You went on without waiting for memory.");
        let outcome = MemoryOutcome::Failed { error };
        let mut effects = vec![Effect::StopAsking];
        effects.extend(self.first(Vec::new(), Told::default(), outcome));
        effects
    }

    /// Goes on to the provider for the first time, unless a breakpoint holds the turn back.
    fn first(&mut self, block: Vec<Piece>, told: Told, outcome: MemoryOutcome) -> Vec<Effect> {
        self.block = block;
        let why = self.matching(&outcome);
        if why.is_empty() {
            return vec![self.go(told, outcome)];
        }
        self.pause(why, told, outcome)
    }

    fn go(&mut self, told: Told, outcome: MemoryOutcome) -> Effect {
        let (effect, placed) = self.send();
        self.pending = Some(Pending { told, outcome, placed });
        effect
    }

    /// Builds the next request and goes on to the provider. Answers where the block of memory went.
    fn send(&mut self) -> (Effect, &'static str) {
        self.state = State::Sending;
        self.steps += 1;
        self.rounds += 1;
        let (request, placed) = self.request();
        (Effect::Send(Box::new(request)), placed)
    }

    fn request(&self) -> (Request, &'static str) {
        let plan = &self.plan;
        let settings = &plan.resolved.settings;
        let (mut request, placed) = first::request(plan, &self.tools, self.block.clone());
        request.messages.extend(self.exchange.iter().cloned());
        // The last request that is allowed must bring an answer.
        if !self.tools.is_empty() && self.rounds >= settings.max_tool_steps.value {
            request.tool_choice = ToolChoice::Forbidden;
        }
        (request, placed)
    }

    fn sent(&mut self) -> Vec<Effect> {
        self.state = State::Answering;
        self.memory_records()
    }

    /// What is recorded about memory, once: the call, what is pinned, candidates, block, outcome.
    fn memory_records(&mut self) -> Vec<Effect> {
        let Some(Pending { mut told, outcome, placed }) = self.pending.take() else {
            return Vec::new();
        };
        let mut effects = told.answer_records();
        let Told { selected, count, .. } = told;
        if !selected.is_empty() {
            effects.push(Effect::Record(RecordPart::Selected(selected)));
        }
        let mut outcome = outcome;
        if !self.block.is_empty() {
            let text = text_of(&self.block);
            let tokens = tokens::count(&text);
            let placement = self.plan.resolved.settings.placement.value;
            let injected = Injected { placement, placed: placed.to_owned(), block: text, tokens };
            effects.push(Effect::Record(RecordPart::Injected(injected)));
            // A recall that failed has failed, also when something is pinned; a person's own lines are no memory.
            if count > 0 && !matches!(outcome, MemoryOutcome::Failed { .. }) {
                outcome = MemoryOutcome::Used { count, tokens };
            }
        }
        effects.push(Effect::Record(RecordPart::Outcome(outcome)));
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
                effects.extend(self.answered(reason));
            }
            Event::Failed(error) => effects.extend(self.failed(error.to_error())),
            Event::Started { .. }
            | Event::Signature { .. }
            | Event::ToolCallStart { .. }
            | Event::ToolCallArguments { .. }
            | Event::Opaque { .. }
            | Event::BlockEnd { .. } => {}
        }
        effects
    }

    /// A whole answer to the current request: the end, unless it calls tools that were offered.
    fn answered(&mut self, reason: FinishReason) -> Vec<Effect> {
        let mut effects = vec![self.step_done(Some(reason.clone()), None)];
        let mut said = self.assembly.parts();
        calls::tell_apart(&mut said);
        let called = said.iter().any(|part| matches!(part, Part::ToolCall { .. }));
        if !called || self.tools.is_empty() {
            effects.push(self.end(TurnState::Finished, Some(reason), None));
            return effects;
        }
        self.assembly = Assembly::new(self.plan.target.family());
        effects.extend(said.iter().filter(|part| is_kept(part)).cloned().map(Effect::Part));
        let origin = Origin::History { message_id: self.plan.turn.answer_id.clone() };
        self.exchange.extend(request_messages(Role::Assistant, &said, &origin, &self.plan.images));
        self.parts.extend(said.iter().cloned());
        self.state = State::Tooling;
        let over = self.rounds >= self.plan.resolved.settings.max_tool_steps.value;
        let begun = self.calls.begin(&said, self.steps.saturating_sub(1), &self.tools, over);
        effects.extend(if over { self.out_of_steps(begun, reason) } else { self.after_tools(begun) });
        effects
    }

    /// The model called tools in the last request that it had, although it was told not to.
    fn out_of_steps(&mut self, mut effects: Vec<Effect>, reason: FinishReason) -> Vec<Effect> {
        effects.extend(self.take_results());
        effects.push(self.end(TurnState::Finished, Some(reason), None));
        effects
    }

    /// Goes on with the results once every call of the round has one.
    fn after_tools(&mut self, mut effects: Vec<Effect>) -> Vec<Effect> {
        if self.calls.are_done() {
            effects.extend(self.take_results());
            effects.push(self.send().0);
        }
        effects
    }

    fn take_results(&mut self) -> Vec<Effect> {
        let results = self.calls.take_results();
        let origin = Origin::History { message_id: self.plan.turn.answer_id.clone() };
        self.exchange.extend(request_messages(Role::Assistant, &results, &origin, &self.plan.images));
        self.parts.extend(results.iter().cloned());
        results.into_iter().map(Effect::Part).collect()
    }

    fn failed(&mut self, error: Error) -> Vec<Effect> {
        vec![self.step_done(None, Some(error.clone())), self.end(TurnState::Failed, None, Some(error))]
    }

    fn refused(&mut self, error: &ProviderError) -> Vec<Effect> {
        let mut effects = self.memory_records();
        effects.extend(self.failed(error.to_error()));
        effects
    }

    fn cancel(&mut self) -> Vec<Effect> {
        let mut effects = match self.state {
            State::Asking => vec![Effect::StopAsking],
            State::Paused => self.stop_paused(),
            State::Sending | State::Answering => vec![Effect::Hangup],
            State::Tooling => {
                let mut effects = vec![Effect::StopTools];
                effects.extend(self.calls.stop());
                effects.extend(self.take_results());
                effects
            }
            State::Ready | State::Ended => Vec::new(),
        };
        effects.extend(self.memory_records());
        if matches!(self.state, State::Sending | State::Answering) {
            effects.push(self.step_done(None, None));
        }
        effects.push(self.end(TurnState::Cancelled, None, None));
        effects
    }

    /// Counts the current request and forgets its tokens.
    fn step_done(&mut self, finish: Option<FinishReason>, error: Option<Error>) -> Effect {
        let usage = std::mem::take(&mut self.usage);
        let refused = error.is_some() && usage == Usage::default() && self.assembly.parts().is_empty();
        if !refused {
            let mut tally = std::mem::take(&mut self.tally);
            let estimate = || tally::estimate(&self.request().0, &self.assembly.parts());
            tally.add(&usage, finish.is_some(), self.plan.target.facts, estimate);
            self.tally = tally;
        }
        Effect::StepDone(Box::new(StepDone { usage, finish, error }))
    }

    /// What of the memories came back in the answer and stands in nothing else that was sent.
    fn echoed(&self, parts: &[Part]) -> Option<Echoed> {
        if self.injected.is_empty() {
            return None;
        }
        let said = parts.iter().filter_map(|part| match part {
            Part::Text { text } => Some(text.as_str()),
            _ => None,
        });
        let answer = said.collect::<Vec<_>>().join("\n");
        let plan = &self.plan;
        let bare = base_request(&plan.system_prompt, &plan.history, &plan.images, None);
        let dates = self.tools.is_empty() && plan.asking().item_format.value.dates;
        let heard = Heard { sent: &texts(&bare), answer: &answer, dates };
        echo::echoed(&self.injected, &heard)
    }

    fn end(&mut self, state: TurnState, finish: Option<FinishReason>, error: Option<Error>) -> Effect {
        self.state = State::Ended;
        let mut parts = std::mem::take(&mut self.parts);
        parts.extend(self.assembly.parts());
        self.assembly = Assembly::new(self.plan.target.family());
        let echoed = self.echoed(&parts);
        Effect::End(Box::new(Ending {
            echoed,
            state,
            finish,
            usage: self.tally.usage.clone(),
            cost: self.tally.cost(),
            context_tokens: self.tally.context_tokens,
            error,
            parts,
        }))
    }
}

/// The texts of a request.
fn texts(request: &Request) -> Vec<&str> {
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    parts
        .flat_map(|part| match part {
            RequestPart::Text(pieces) => pieces.iter().map(|piece| piece.text.as_str()).collect(),
            RequestPart::ToolResult { text, .. } => vec![text.as_str()],
            RequestPart::ToolCall { arguments, .. } => vec![arguments.as_str()],
            _ => Vec::new(),
        })
        .collect()
}

/// Whether a part of a round is written to the run log when the round ends. Text and reasoning are there
/// already, piece by piece.
fn is_kept(part: &Part) -> bool {
    !matches!(part, Part::Text { .. } | Part::Reasoning { .. })
}

fn count_tokens<'a>(memories: impl Iterator<Item = &'a mut RecalledMemory>) {
    for memory in memories {
        memory.tokens = tokens::count(&memory.text);
    }
}

#[cfg(test)]
mod tests;
