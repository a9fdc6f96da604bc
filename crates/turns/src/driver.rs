//! Runs a turn: feeds the machine and performs its effects against memory, provider, store and page.
//!
//! Order that matters: the messages are on disk before this is called (`begin_turn`); a piece of the
//! answer is on disk before it is shown; the record's last part is written before the last event.

use crate::ask;
use crate::branch;
use crate::machine::{Asked, Effect, Ending, Input, Machine};
use crate::plan::Plan;
use crate::recorder::Recorder;
use crate::retain;
use crate::runs::Run;
use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{BoxStream, StreamExt};
use rearview_domain::event::Happening;
use rearview_domain::message::Part;
use rearview_domain::record::{Answer, MemoryCall, RecordPart, Retained, Step, StepEnd};
use rearview_domain::settings::MemoryMode;
use rearview_domain::time::Time;
use rearview_domain::turn::{MemoryOutcome, RetainSkip, RetainState, Turn, TurnState};
use rearview_domain::{Error, ErrorCode};
use rearview_hindsight as hindsight;
use rearview_providers::{self as providers, Encoded, Event, Provider, Request};
use rearview_store::{Finish, NewOutboxItem, OutboxAction, RunDelta, Store, fault};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_util::task::AbortOnDropHandle;

/// How long pieces of an answer are gathered before they are kept and shown: a frame and a half at 60 Hz.
const FLUSH_EVERY: Duration = Duration::from_millis(24);
/// The size at which gathered pieces go at once. Tauri hands JSON under 8 KiB to the page directly;
/// half of that leaves room for escaping.
const FLUSH_BYTES: usize = 4 * 1024;
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
        run,
        recorder,
        asking: None,
        opening: None,
        events: None,
        memory_ms: 0.0,
        health: None,
        outcome: None,
        sheet: StepSheet::default(),
        gathered: Gathered::default(),
        cast,
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
        if stage.sheet.sent_unreported {
            stage.sheet.sent_unreported = false;
            inputs.push(Input::Sent);
            continue;
        }
        inputs.push(stage.wait().await);
    };
    stage.end(ending).await
}

/// What a step of the turn has shown so far; becomes `StepEnd`.
#[derive(Default)]
struct StepSheet {
    steps: u32,
    own_ms: f64,
    sent_at: Option<Instant>,
    sent_unreported: bool,
    status: Option<u16>,
    request_id: Option<String>,
    connect_ms: Option<f64>,
    first_token: Option<Instant>,
    notes: Vec<String>,
}

/// Pieces of the answer that are not kept and shown yet.
#[derive(Default)]
struct Gathered {
    text: String,
    reasoning: String,
    seq: u32,
    since: Option<Instant>,
    last: Option<Instant>,
    disk_failed: bool,
}

struct Stage {
    machine: Machine,
    run: Arc<Run>,
    recorder: Recorder,
    asking: Option<BoxFuture<'static, Asked>>,
    opening: Option<JoinHandle<Result<providers::Opened, providers::ProviderError>>>,
    events: Option<BoxStream<'static, Event>>,
    memory_ms: f64,
    health: MemoryHealth,
    outcome: Option<MemoryOutcome>,
    sheet: StepSheet,
    gathered: Gathered,
    cast: Cast,
}

impl Stage {
    /// Waits for the next thing that happens.
    async fn wait(&mut self) -> Input {
        loop {
            let flush_at = self.gathered.since.map(|since| {
                let earliest = self.gathered.last.map_or(since, |last| last + FLUSH_EVERY);
                tokio::time::Instant::from_std(earliest)
            });
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
                opened = joined(&mut self.opening), if self.opening.is_some() => {
                    self.opening = None;
                    match opened {
                        Ok(opened) => {
                            self.sheet.status = opened.status;
                            self.sheet.request_id = opened.request_id;
                            self.sheet.connect_ms = Some(opened.connect_ms);
                            if let Some(resent) = opened.resent {
                                self.record_step(&resent);
                            }
                            self.events = Some(opened.events);
                        }
                        Err(error) => {
                            self.sheet.status = error.status;
                            self.sheet.request_id.clone_from(&error.request_id);
                            return Input::Refused(Box::new(error));
                        }
                    }
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

    async fn perform(&mut self, effect: Effect) -> Option<Ending> {
        match effect {
            Effect::Record(part) => self.record(part).await,
            Effect::Ask { mode, query } => {
                let settings = self.machine.plan().resolved.settings.clone();
                let bank = self.machine.plan().resolved.bank.bank_id.clone();
                let memory = self.cast.memory.clone();
                let asking = ask::ask(memory, bank, mode, query, settings);
                // Whoever stops waiting hangs up: the server need not think about it any longer.
                let asking = AbortOnDropHandle::new(tokio::spawn(asking));
                self.asking = Some(asking.map(joined_or_internal).boxed());
            }
            Effect::StopAsking => self.asking = None,
            Effect::Send(request) => self.send(*request),
            Effect::Hangup => self.hang_up(),
            Effect::Text(text) => self.gather(|gathered| &mut gathered.text, &text).await,
            Effect::Reasoning(text) => self.gather(|gathered| &mut gathered.reasoning, &text).await,
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
        self.recorder.part(part.clone());
        self.run.emit(Happening::Record { part: Box::new(part) });
    }

    fn send(&mut self, request: Request) {
        let target = self.machine.plan().target.clone();
        let encoded = match providers::encode(&request, &target) {
            Ok(encoded) => Arc::new(encoded),
            Err(error) => {
                self.opening = Some(tokio::spawn(async move { Err(error) }));
                self.sheet.sent_unreported = true;
                return;
            }
        };
        let own_ms = millis(self.cast.entered.elapsed()) - self.memory_ms;
        let (provider, key, cancel) =
            (self.cast.provider.clone(), self.cast.key.clone(), self.run.cancel.child_token());
        let sent = encoded.clone();
        self.sheet.sent_at = Some(Instant::now());
        self.opening =
            Some(tokio::spawn(
                async move { provider.open(&target, sent, &request, key.as_ref(), cancel).await },
            ));
        // From here on the request is on its way; what follows is written while it travels.
        self.sheet.own_ms = own_ms.max(0.0);
        self.record_step(&encoded);
        self.sheet.sent_unreported = true;
    }

    /// Records a request exactly as it went out. A second one replaces nothing: it is a step of its own.
    fn record_step(&mut self, encoded: &Encoded) {
        let target = &self.machine.plan().target;
        let step = Step {
            index: self.sheet.steps,
            method: encoded.method.to_owned(),
            url: encoded.url.clone(),
            headers: providers::masked_headers(encoded, target, self.cast.key.is_some()),
            body_hash: hex::encode(Sha256::digest(&encoded.body)),
            body_bytes: u32::try_from(encoded.body.len()).unwrap_or(u32::MAX),
            spans: encoded.spans.clone(),
            own_ms: self.sheet.own_ms,
            sent_at: Time::now(),
        };
        self.sheet.steps += 1;
        self.recorder.body(Arc::new(encoded.body.clone()), encoded.spans.clone());
        let part = RecordPart::Step(Box::new(step));
        self.recorder.part(part.clone());
        self.run.emit(Happening::Record { part: Box::new(part) });
    }

    fn hang_up(&mut self) {
        if let Some(opening) = self.opening.take() {
            opening.abort();
        }
        self.events = None;
    }

    async fn gather(&mut self, field: impl Fn(&mut Gathered) -> &mut String, text: &str) {
        let now = Instant::now();
        self.sheet.first_token.get_or_insert(now);
        // Reasoning and text keep their order: one is flushed before the other is gathered.
        let other_waits = {
            let gathered = &mut self.gathered;
            let total = gathered.text.len() + gathered.reasoning.len();
            field(gathered).len() != total
        };
        if other_waits {
            self.flush().await;
        }
        field(&mut self.gathered).push_str(text);
        self.gathered.since.get_or_insert(now);
        let due = self.gathered.last.is_none_or(|last| now.duration_since(last) >= FLUSH_EVERY);
        if due || self.gathered.text.len() + self.gathered.reasoning.len() >= FLUSH_BYTES {
            self.flush().await;
        }
    }

    /// Keeps what was gathered, then shows it.
    async fn flush(&mut self) {
        self.gathered.since = None;
        let (text, reasoning) =
            (std::mem::take(&mut self.gathered.text), std::mem::take(&mut self.gathered.reasoning));
        if text.is_empty() && reasoning.is_empty() {
            return;
        }
        self.gathered.last = Some(Instant::now());
        if !reasoning.is_empty() {
            self.keep(RunDelta::Reasoning(reasoning.clone())).await;
            self.run.emit(Happening::Reasoning { text: reasoning });
        }
        if !text.is_empty() {
            self.keep(RunDelta::Text(text.clone())).await;
            self.run.emit(Happening::Text { text });
        }
    }

    async fn keep(&mut self, delta: RunDelta) {
        self.gathered.seq += 1;
        let turn_id = &self.machine.plan().turn.id;
        let kept = self.cast.store.append_run(turn_id, self.gathered.seq, &delta).await;
        if let Err(error) = kept {
            // The answer goes on in memory; it is written as a whole at the end, or that fails aloud.
            if !std::mem::replace(&mut self.gathered.disk_failed, true) {
                tracing::error!(%error, %turn_id, "a piece of an answer was not kept");
            }
        }
    }

    /// Keeps the end of the turn, hands it to the outbox, and tells the listeners.
    async fn end(mut self, ending: Ending) -> MemoryHealth {
        self.flush().await;
        self.hang_up();
        let total_ms = millis(self.cast.entered.elapsed());
        let first_token_ms = self.sheet.first_token.map(|at| millis(at.duration_since(self.cast.entered)));
        if let Some(sent_at) = self.sheet.sent_at {
            let end = StepEnd {
                index: self.sheet.steps.saturating_sub(1),
                status: self.sheet.status,
                request_id: self.sheet.request_id.take(),
                connect_ms: self.sheet.connect_ms,
                first_token_ms: self.sheet.first_token.map(|at| millis(at.duration_since(sent_at))),
                total_ms: millis(sent_at.elapsed()),
                usage: ending.usage.clone(),
                finish: ending.finish.clone(),
                notes: std::mem::take(&mut self.sheet.notes),
                error: ending.error.clone(),
            };
            self.record(RecordPart::StepEnd(Box::new(end))).await;
        }
        let mut turn = self.machine.plan().turn.clone();
        turn.state = ending.state;
        turn.finish.clone_from(&ending.finish);
        turn.error.clone_from(&ending.error);
        turn.usage = ending.usage.clone();
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
        let outbox = self.retain(&mut turn, &ending.parts).await;
        fault::point("turn.before_finish");
        let finished =
            self.cast.store.finish_turn(Finish { turn: turn.clone(), parts: ending.parts.clone(), outbox });
        let kept = finished.await;
        fault::point("turn.after_finish");
        if kept.is_ok()
            && let Err(error) = branch::settle(&self.cast.store, &turn).await
        {
            tracing::error!(%error, turn_id = %turn.id, "whether the turn is still visible could not be read");
        }
        let Self { recorder, run, health, .. } = self;
        recorder.finish().await;
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
        match built {
            Ok(retain) => {
                let item = new_item(turn, &retain);
                let state = RetainState::Queued {
                    next_try_at: item.next_try_at.clone(),
                    attempts: 0,
                    last_error: None,
                };
                turn.retain = Some(state.clone());
                let retained = Retained {
                    document_id: retain.document_id,
                    content: retain.item.content,
                    context: retain.item.context.unwrap_or_default(),
                    tags: retain.item.tags,
                    state,
                };
                self.record(RecordPart::Retained(Box::new(retained))).await;
                vec![item]
            }
            Err(why) => {
                let state = RetainState::Skipped { why };
                turn.retain = Some(state.clone());
                let retained = Retained {
                    document_id: turn.document_id(),
                    content: String::new(),
                    context: String::new(),
                    tags: Vec::new(),
                    state,
                };
                self.record(RecordPart::Retained(Box::new(retained))).await;
                Vec::new()
            }
        }
    }
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
    retain::build(&path, turn, &plan.resolved, plan.is_demo())
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

fn joined_or_internal(joined: Result<Asked, tokio::task::JoinError>) -> Asked {
    joined.unwrap_or_else(|_| Asked {
        call: MemoryCall {
            mode: MemoryMode::Recall,
            request: serde_json::Value::Null,
            ms: 0.0,
            memories: Vec::new(),
            trace: None,
            reflect: None,
            ignored_params: Vec::new(),
            error: Some(Error::new(ErrorCode::Internal, "Asking memory failed inside Rearview.")),
        },
        new_bank: false,
    })
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

async fn joined(
    task: &mut Option<JoinHandle<Result<providers::Opened, providers::ProviderError>>>,
) -> Result<providers::Opened, providers::ProviderError> {
    match task {
        Some(task) => match task.await {
            Ok(opened) => opened,
            Err(_) => Err(providers::ProviderError::new(providers::ErrorKind::Cancelled, "the provider")),
        },
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
