//! Runs a turn: feeds the machine and performs its effects against memory, provider, store and page.
//!
//! Order that matters: the messages are on disk before this is called (`begin_turn`); a piece of the
//! answer is on disk before it is shown; the record's last part is written before the last event.

pub(crate) mod ending;
mod gather;
mod pause;

use crate::ask;
use crate::machine::{Asked, Effect, Ending, Input, Machine, StepDone};
use crate::plan::Plan;
use crate::recorder::Recorder;
use crate::runs::{Allowance, Run};
use crate::tools::run::{Call, run as run_tool};
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{BoxStream, FuturesUnordered, StreamExt};
use gather::{Gathered, Kind};
use rearview_domain::breakpoint::{BlockEdits, Pause};
use rearview_domain::event::Happening;
use rearview_domain::message::Part;
use rearview_domain::record::{MemoryCall, OwnTimes, RecordPart, Step, StepEnd, ToolRun, ToolState};
use rearview_domain::settings::MemoryMode;
use rearview_domain::time::Time;
use rearview_domain::turn::MemoryOutcome;
use rearview_domain::{Error, ErrorCode};
use rearview_hindsight as hindsight;
use rearview_providers::{self as providers, Encoded, Event, Provider, Request};
use rearview_store::{RunDelta, Store};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;
use tokio_util::task::AbortOnDropHandle;

/// Unknown frames that are kept in a record.
const NOTES_KEPT: usize = 20;

/// Who plays in a turn.
pub struct Cast {
    /// Where it is kept.
    pub store: Store,
    /// Sends requests to models.
    pub provider: Provider,
    /// The provider's key.
    pub key: Option<SecretString>,
    /// The memory server, or why it cannot be used.
    pub memory: Result<hindsight::Client, Error>,
    /// When the person pressed Enter.
    pub entered: Instant,
}

/// How memory was reached, for the status line.
pub type MemoryHealth = Option<Result<(), Error>>;

/// Runs a turn to its end. Answers how memory was reached, if it was asked.
pub async fn drive(cast: Cast, plan: Plan, run: Arc<Run>) -> MemoryHealth {
    let recorder = Recorder::start(cast.store.clone(), &plan.turn);
    run.emit(Happening::Started { turn: Box::new(plan.turn.clone()) });
    let mut stage = Stage {
        machine: Machine::new(plan),
        recorder,
        asking: None,
        allowances: run.allowances(),
        resumes: run.resumes(),
        paused: None,
        tools: FuturesUnordered::new(),
        opening: None,
        opened: None,
        events: None,
        memory_ms: 0.0,
        health: None,
        outcome: None,
        steps: 0,
        sheet: StepSheet::default(),
        sent_unreported: false,
        gathered: Gathered::default(),
        kept: 0,
        disk_failed: false,
        first_token: None,
        began: cast.entered,
        resolve_ms: millis(cast.entered.elapsed()),
        cast,
        run,
    };
    let mut inputs = vec![Input::Begin];
    let ending = 'turn: loop {
        for input in inputs.drain(..) {
            for effect in stage.machine.step(input) {
                if let Some(ending) = stage.perform(effect).await {
                    break 'turn ending;
                }
            }
        }
        if std::mem::take(&mut stage.sent_unreported) {
            inputs.push(Input::Sent);
            continue;
        }
        inputs.push(stage.wait().await);
    };
    stage.end(ending).await
}

/// What a request has shown so far; becomes `StepEnd`.
#[derive(Default)]
struct StepSheet {
    own_ms: f64,
    sent_at: Option<Instant>,
    status: Option<u16>,
    request_id: Option<String>,
    connect_ms: Option<f64>,
    first_token: Option<Instant>,
    notes: Vec<String>,
}

/// How a request found its answer.
struct Opening {
    resent: Vec<providers::Resent>,
    opened: Result<providers::Opened, providers::ProviderError>,
}

struct Stage {
    machine: Machine,
    run: Arc<Run>,
    recorder: Recorder,
    asking: Option<BoxFuture<'static, Asked>>,
    allowances: UnboundedReceiver<Allowance>,
    resumes: UnboundedReceiver<BlockEdits>,
    /// The pause that is going on, and since when.
    paused: Option<(Pause, Instant)>,
    /// The tools that are running.
    tools: FuturesUnordered<BoxFuture<'static, ToolRun>>,
    opening: Option<JoinHandle<Opening>>,
    /// How opening ended, while what was sent again on the way is told first.
    opened: Option<Result<providers::Opened, providers::ProviderError>>,
    events: Option<BoxStream<'static, Event>>,
    memory_ms: f64,
    health: MemoryHealth,
    outcome: Option<MemoryOutcome>,
    /// Requests recorded so far.
    steps: u32,
    sheet: StepSheet,
    /// Whether the machine has yet to hear that a request has left.
    sent_unreported: bool,
    /// When the turn showed its first text or reasoning.
    first_token: Option<Instant>,
    /// Since when the current request has been in the making, the memory call included.
    began: Instant,
    /// From Enter to the turn beginning.
    resolve_ms: f64,
    gathered: Gathered,
    /// Pieces of the answer that were kept.
    kept: u32,
    disk_failed: bool,
    cast: Cast,
}

impl Stage {
    /// Waits for the next thing that happens.
    async fn wait(&mut self) -> Input {
        loop {
            if let Some(opened) = self.opened.take()
                && let Some(refused) = self.begin_answer(opened)
            {
                return refused;
            }
            let flush_at = self.gathered.flush_at().map(tokio::time::Instant::from_std);
            tokio::select! {
                biased;
                () = self.run.cancel.cancelled() => return Input::Cancel,
                () = self.run.skip_memory.notified(), if self.asking.is_some() => return Input::SkipMemory,
                () = sleep_until(flush_at), if flush_at.is_some() => self.flush().await,
                asked = ready(&mut self.asking), if self.asking.is_some() => {
                    self.asking = None;
                    self.memory_ms = asked.call.ms;
                    self.health = Some(asked.call.error.clone().map_or(Ok(()), Err));
                    return Input::Asked(Box::new(asked));
                }
                opening = joined(&mut self.opening), if self.opening.is_some() => {
                    self.opening = None;
                    self.opened = Some(opening.opened);
                    let times = u32::try_from(opening.resent.len()).unwrap_or(u32::MAX);
                    for resent in opening.resent {
                        self.refused_step(&resent).await;
                        self.record_step(&resent.encoded);
                    }
                    if times > 0 {
                        return Input::Resent { times };
                    }
                }
                Some(Allowance { step, call_id, allow }) = self.allowances.recv() => {
                    return Input::Allowed { step, call_id, allow };
                }
                Some(edits) = self.resumes.recv() => return Input::Resume(Box::new(edits)),
                Some(run) = self.tools.next(), if !self.tools.is_empty() => {
                    self.began = Instant::now();
                    return Input::ToolDone(Box::new(run));
                }
                event = next(&mut self.events), if self.events.is_some() => {
                    // Decoders end every stream with a terminal event; the machine is over by then.
                    if let Some(event) = event {
                        return Input::Provider(event);
                    }
                    self.events = None;
                    return Input::Cancel;
                }
            }
        }
    }

    /// The answer began, or the provider refused.
    fn begin_answer(&mut self, opened: Result<providers::Opened, providers::ProviderError>) -> Option<Input> {
        match opened {
            Ok(opened) => {
                self.sheet.status = opened.status;
                self.sheet.request_id = opened.request_id;
                self.sheet.connect_ms = Some(opened.connect_ms);
                self.events = Some(opened.events);
                None
            }
            Err(error) => {
                self.sheet.status = error.status;
                self.sheet.request_id.clone_from(&error.request_id);
                Some(Input::Refused(Box::new(error)))
            }
        }
    }

    async fn perform(&mut self, effect: Effect) -> Option<Ending> {
        match effect {
            Effect::Record(part) => self.record(part).await,
            Effect::Ask { mode, query, settings } => {
                let bank = self.machine.plan().resolved.bank.bank_id.clone();
                let memory = self.cast.memory.clone();
                let pinned = self.machine.plan().pinned();
                let asking = ask::ask(memory, bank, mode, query, *settings, pinned);
                // Whoever stops waiting hangs up: the server need not think about it any longer.
                let asking = AbortOnDropHandle::new(tokio::spawn(asking));
                self.asking = Some(asking.map(joined_or_internal).boxed());
            }
            Effect::StopAsking => self.asking = None,
            Effect::Pause(pausing) => self.pause(*pausing).await,
            Effect::PauseEnded { how, edits } => self.pause_ended(how, *edits),
            Effect::Send(request) => self.send(*request),
            Effect::StepDone(done) => {
                self.flush().await;
                self.step_done(*done).await;
            }
            Effect::Part(part) => self.part(part).await,
            Effect::CallTool(call) => self.call_tool(*call),
            Effect::StopTools => self.tools.clear(),
            Effect::Hangup => self.hang_up(),
            Effect::Text(text) => self.gather(Kind::Text, &text).await,
            Effect::Reasoning(text) => self.gather(Kind::Reasoning, &text).await,
            Effect::Note(note) if self.sheet.notes.len() < NOTES_KEPT => self.sheet.notes.push(note),
            Effect::Note(_) => {}
            Effect::End(ending) => return Some(*ending),
        }
        None
    }

    async fn record(&mut self, part: RecordPart) {
        if let RecordPart::Outcome(outcome) = &part {
            self.outcome = Some(outcome.clone());
            let turn_id = &self.machine.plan().turn.id;
            if let Err(error) = self.cast.store.update_turn_memory(turn_id, outcome).await {
                tracing::error!(%error, %turn_id, "what memory did was not kept");
            }
        }
        self.note(part);
    }

    fn send(&mut self, request: Request) {
        let target = self.cast.provider.as_learnt(&self.machine.plan().target);
        let encoded = match providers::encode(&request, &target) {
            Ok(encoded) => Arc::new(encoded),
            Err(error) => {
                self.opened = Some(Err(error));
                self.sent_unreported = true;
                return;
            }
        };
        let own_ms = millis(self.began.elapsed()) - std::mem::take(&mut self.memory_ms);
        let (provider, key, cancel) =
            (self.cast.provider.clone(), self.cast.key.clone(), self.run.cancel.child_token());
        let sent = encoded.clone();
        self.sheet.sent_at = Some(Instant::now());
        self.opening = Some(tokio::spawn(async move {
            let mut resent = Vec::new();
            let opened =
                provider.open_telling(&target, sent, &request, key.as_ref(), cancel, &mut resent).await;
            Opening { resent, opened }
        }));
        // From here on the request is on its way; what follows is written while it travels.
        self.sheet.own_ms = own_ms.max(0.0);
        if self.steps == 0 {
            let inject_ms = (self.sheet.own_ms - self.resolve_ms).max(0.0);
            self.note(RecordPart::Own(OwnTimes { resolve_ms: self.resolve_ms, inject_ms }));
        }
        self.record_step(&encoded);
        self.sent_unreported = true;
    }

    /// Records how a request ended. One that could not even be encoded has no step to end.
    async fn step_done(&mut self, done: StepDone) {
        self.hang_up();
        let sheet = std::mem::take(&mut self.sheet);
        self.began = Instant::now();
        let Some(sent_at) = sheet.sent_at else { return };
        let end = StepEnd {
            index: self.steps.saturating_sub(1),
            status: sheet.status,
            request_id: sheet.request_id,
            connect_ms: sheet.connect_ms,
            first_token_ms: sheet.first_token.map(|at| millis(at.duration_since(sent_at))),
            total_ms: millis(sent_at.elapsed()),
            usage: done.usage,
            finish: done.finish,
            notes: sheet.notes,
            error: done.error,
        };
        self.record(RecordPart::StepEnd(Box::new(end))).await;
    }

    /// Records how the request ended that the provider wanted in another form; from its end on the time is the next
    /// one's.
    async fn refused_step(&mut self, resent: &providers::Resent) {
        let Some(sent_at) = self.sheet.sent_at else { return };
        let refusal = &resent.refusal;
        let end = StepEnd {
            index: self.steps.saturating_sub(1),
            status: refusal.status,
            request_id: refusal.request_id.clone(),
            connect_ms: None,
            first_token_ms: None,
            total_ms: resent.refused_ms,
            usage: Default::default(),
            finish: None,
            notes: Vec::new(),
            error: Some(refusal.to_error()),
        };
        self.record(RecordPart::StepEnd(Box::new(end))).await;
        self.sheet.sent_at = Some(sent_at + Duration::from_secs_f64(resent.refused_ms / 1_000.0));
        self.sheet.own_ms = 0.0;
    }

    /// Starts a tool. Whoever drops it hangs up.
    fn call_tool(&mut self, call: Call) {
        let memory = self.cast.memory.clone();
        let unfinished = call.run.clone();
        let running = AbortOnDropHandle::new(tokio::spawn(run_tool(memory, call)));
        self.tools.push(running.map(|joined| joined.unwrap_or_else(|_| broken(unfinished))).boxed());
    }

    /// Keeps a whole part, then shows it.
    async fn part(&mut self, part: Part) {
        self.flush().await;
        self.keep(RunDelta::Part(part.clone())).await;
        if matches!(part, Part::ToolCall { .. } | Part::ToolResult { .. }) {
            self.run.emit(Happening::Part { part });
        }
    }

    /// Records a request exactly as it went out. A second one replaces nothing: it is a step of its own.
    fn record_step(&mut self, encoded: &Encoded) {
        let target = &self.machine.plan().target;
        let step = Step {
            index: self.steps,
            method: encoded.method.to_owned(),
            url: encoded.url.clone(),
            headers: providers::masked_headers(encoded, target, self.cast.key.as_ref()),
            body_hash: hex::encode(Sha256::digest(&encoded.body)),
            body_bytes: u32::try_from(encoded.body.len()).unwrap_or(u32::MAX),
            spans: encoded.spans.clone(),
            own_ms: self.sheet.own_ms,
            // One that was sent again is known of when its answer begins.
            sent_at: Time::now()
                .plus_ms(-self.sheet.sent_at.map_or(0, |at| millis(at.elapsed()).round() as i64)),
        };
        self.steps += 1;
        self.recorder.body(Arc::new(encoded.body.clone()), encoded.spans.clone());
        self.note(RecordPart::Step(Box::new(step)));
    }

    /// Writes a part of the record, soon, and shows it.
    fn note(&self, part: RecordPart) {
        self.recorder.part(part.clone());
        self.run.emit(Happening::Record { part: Box::new(part) });
    }

    fn hang_up(&mut self) {
        if let Some(opening) = self.opening.take() {
            opening.abort();
        }
        self.opened = None;
        self.events = None;
    }

    /// Takes an increment, and keeps and shows what has been gathered when it is time.
    async fn gather(&mut self, kind: Kind, text: &str) {
        let now = Instant::now();
        self.sheet.first_token.get_or_insert(now);
        self.first_token.get_or_insert(now);
        if self.gathered.holds_other(kind) {
            self.flush().await;
        }
        if self.gathered.push(kind, text, now) {
            self.flush().await;
        }
    }

    /// Keeps what was gathered, then shows it.
    async fn flush(&mut self) {
        let Some((kind, text)) = self.gathered.take(Instant::now()) else { return };
        match kind {
            Kind::Text => {
                self.keep(RunDelta::Text(text.clone())).await;
                self.run.emit(Happening::Text { text });
            }
            Kind::Reasoning => {
                self.keep(RunDelta::Reasoning(text.clone())).await;
                self.run.emit(Happening::Reasoning { text });
            }
        }
    }

    async fn keep(&mut self, delta: RunDelta) {
        self.kept += 1;
        let turn_id = &self.machine.plan().turn.id;
        let kept = self.cast.store.append_run(turn_id, self.kept, &delta).await;
        if let Err(error) = kept {
            // The answer goes on in memory; it is written as a whole at the end, or that fails aloud.
            if !std::mem::replace(&mut self.disk_failed, true) {
                tracing::error!(%error, %turn_id, "a piece of an answer was not kept");
            }
        }
    }
}

fn joined_or_internal(joined: Result<Asked, tokio::task::JoinError>) -> Asked {
    joined.unwrap_or_else(|_| {
        Asked::of(MemoryCall {
            mode: MemoryMode::Recall,
            request: serde_json::Value::Null,
            ms: 0.0,
            memories: Vec::new(),
            trace: None,
            reflect: None,
            ignored_params: Vec::new(),
            error: Some(Error::new(ErrorCode::Internal, "Asking memory failed inside Rearview.")),
            kept_from: None,
        })
    })
}

/// A tool that failed inside Rearview.
fn broken(mut run: ToolRun) -> ToolRun {
    let error = Error::new(ErrorCode::Internal, "The tool failed inside Rearview.");
    run.state = ToolState::Failed;
    run.result = Some(error.message.clone());
    run.error = Some(error);
    run
}

async fn sleep_until(at: Option<tokio::time::Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

async fn ready(future: &mut Option<BoxFuture<'static, Asked>>) -> Asked {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

async fn joined(task: &mut Option<JoinHandle<Opening>>) -> Opening {
    match task {
        Some(task) => task.await.unwrap_or_else(|_| {
            let error = providers::ProviderError::new(providers::ErrorKind::Cancelled, "the provider");
            Opening { resent: Vec::new(), opened: Err(error) }
        }),
        None => std::future::pending().await,
    }
}

async fn next(events: &mut Option<BoxStream<'static, Event>>) -> Option<Event> {
    match events {
        Some(events) => events.next().await,
        None => std::future::pending().await,
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
