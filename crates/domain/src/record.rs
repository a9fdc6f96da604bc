//! The record of a turn: what was asked of memory, what was sent, what came back, what was kept.
//!
//! It is written append-only, part by part, while the turn runs; `TurnRecord::apply` folds the parts.
//! The page receives the same parts live and folds them the same way, so what is shown while a turn
//! runs and what is read back later cannot differ. Bodies are stored apart by content hash; a step
//! only names its body. Secrets live in headers only, and headers are masked before they come here.

use crate::breakpoint::Pause;
use crate::error::Error;
use crate::id::{BankId, ChatId, DocumentId, MessageId, TurnId};
use crate::learned::{Learned, MovedFacts};
use crate::memory::{FactType, RecalledMemory};
use crate::resolve::DecidedBank;
use crate::settings::{DecidedSettings, MemoryMode, Placement};
use crate::time::Time;
use crate::turn::{FinishReason, MemoryOff, MemoryOutcome, RetainSkip, RetainState, TurnState, Usage};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who is asking, which bank, which settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Resolved {
    /// The bank and what decided it.
    pub bank: DecidedBank,
    /// The profile's name, if one was used.
    pub profile: Option<String>,
    /// The model, as `provider/model`.
    pub model: String,
    /// Every setting and the level that decided it.
    pub settings: DecidedSettings,
    /// Why memory is not asked; `None` when it is.
    pub inject_off: Option<MemoryOff>,
    /// Why nothing is retained; `None` when it is.
    pub store_off: Option<RetainSkip>,
}

/// The query and how it was derived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Query {
    /// The text that was searched with.
    pub text: String,
    /// How it came about, for people, e.g. `last user message`.
    pub derived: String,
}

/// One recall or reflect call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct MemoryCall {
    /// Recall or reflect.
    pub mode: MemoryMode,
    /// The request body as sent to the memory server.
    #[ts(type = "unknown")]
    pub request: serde_json::Value,
    /// From call to answer, in milliseconds.
    pub ms: f64,
    /// What recall returned, in the server's order.
    #[serde(default)]
    pub memories: Vec<RecalledMemory>,
    /// The server's trace, without the query's embedding.
    #[serde(default)]
    #[ts(type = "unknown")]
    pub trace: Option<serde_json::Value>,
    /// What reflect returned.
    #[serde(default)]
    pub reflect: Option<Reflected>,
    /// Names of request fields that the server did not know.
    #[serde(default)]
    pub ignored_params: Vec<String>,
    /// Why it failed.
    #[serde(default)]
    pub error: Option<Error>,
    /// The turn whose memories were taken over instead of asking (placement `pinned_per_chat`); nothing was asked then.
    #[serde(default)]
    pub kept_from: Option<TurnId>,
}

/// What reflect returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Reflected {
    /// The paragraph.
    pub text: String,
    /// The structured answer, when a schema was given.
    #[ts(type = "unknown")]
    pub structured: Option<serde_json::Value>,
    /// What it is based on: facts, mental models, directives, in the server's form.
    #[ts(type = "unknown")]
    pub based_on: Option<serde_json::Value>,
    /// The tools it called, in the server's form.
    #[ts(type = "unknown")]
    pub trace: Option<serde_json::Value>,
}

/// Whether a candidate got in, or the first gate that kept it out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Selected {
    /// The memory.
    pub memory_id: String,
    /// `None` when it was injected.
    pub gate: Option<Gate>,
    /// Whether it is pinned to the chat. Pinned ones stand first in the block.
    #[serde(default)]
    pub pinned: bool,
}

/// A gate of ours that keeps a recalled memory out of the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Gate {
    /// `max_memories` was reached.
    MaxMemories,
    /// Its text is empty.
    EmptyText,
    /// An earlier message of the chat has it in the block that it kept (placement `only_new`).
    AlreadyThere,
    /// The person said of it: not relevant in this chat.
    NotHere,
    /// The person took it out when the turn paused at a breakpoint.
    ByHand,
}

/// A memory that is pinned to the chat, as the turn found it. It is fetched by its id beside the recall.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct PinnedMemory {
    /// The memory.
    pub memory_id: String,
    /// Its text as it was when it was pinned.
    pub text: String,
    /// Whether it was there.
    pub found: PinFound,
    /// The memory as it was fetched; its rank is 0, because nobody ranked it.
    pub memory: Option<RecalledMemory>,
}

/// Whether a pinned memory was there. Only one that was can be injected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum PinFound {
    /// It was, and counts.
    There,
    /// It belongs to another bank than the turn's.
    OtherBank {
        /// That bank.
        bank_id: BankId,
    },
    /// It is invalidated.
    Invalidated {
        /// Why.
        reason: Option<String>,
    },
    /// The bank does not hold it any more.
    Gone,
    /// It could not be fetched in time, or not at all.
    Failed {
        /// Why.
        error: Error,
    },
}

/// What of the injected memories came back in the answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Echoed {
    /// One for each injected memory, in the order of the block.
    pub memories: Vec<Echo>,
}

/// What of one memory stands in the answer and in nothing else that was sent: neither in the question nor in earlier
/// messages, files or the system prompt. Nothing in all three lists means that it did not come back. That something
/// came back does not mean that it made a difference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Echo {
    /// The memory.
    pub memory_id: String,
    /// Words, as the memory spells them.
    pub words: Vec<String>,
    /// Names of its entities.
    pub names: Vec<String>,
    /// Numbers and days.
    pub numbers: Vec<String>,
}

impl Echo {
    /// Whether anything came back.
    pub fn came_back(&self) -> bool {
        !(self.words.is_empty() && self.names.is_empty() && self.numbers.is_empty())
    }
}

/// The block as rendered and where it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Injected {
    /// The placement asked for.
    pub placement: Placement,
    /// Where it went, for people, e.g. `own system message before the last message`.
    pub placed: String,
    /// The block, exactly.
    pub block: String,
    /// Its tokens, counted as o200k.
    pub tokens: u32,
}

/// Where a run of bytes of a request came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum Origin {
    /// The chat's system prompt.
    System,
    /// Heading, introduction, numbers and labels of the memory block.
    MemoryFrame,
    /// The text of one memory.
    Memory {
        /// Its place in the block, from 1.
        index: u32,
        /// Its id.
        id: String,
    },
    /// Reflect's paragraph.
    Reflect,
    /// An earlier message of the chat.
    History {
        /// The message.
        message_id: MessageId,
    },
    /// The message being answered.
    User {
        /// The message.
        message_id: MessageId,
    },
    /// An image or file.
    Attachment {
        /// SHA-256 of its bytes.
        hash: String,
    },
    /// A tool's answer.
    ToolResult {
        /// The call.
        call_id: String,
    },
    /// The definition of a tool that the model may call.
    Tool {
        /// The tool.
        name: String,
    },
    /// Lines that the person added to the memory block when a turn paused at a breakpoint.
    Hand,
}

/// A run of bytes `[start, end)` in a body, after JSON escaping, and its origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// Where the bytes came from.
    pub origin: Origin,
}

/// One request to the provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Step {
    /// Its number in the turn, from 0.
    pub index: u32,
    /// `POST`.
    pub method: String,
    /// The address.
    pub url: String,
    /// The headers as sent, with secrets replaced by `•••`.
    pub headers: Vec<(String, String)>,
    /// SHA-256 of the body, in hex. The body itself is stored apart and rebuilt on demand.
    pub body_hash: String,
    /// Size of the body in bytes.
    pub body_bytes: u32,
    /// Where the body's bytes came from, in order, not overlapping.
    pub spans: Vec<Span>,
    /// From Enter to the request leaving, memory call and a pause at a breakpoint excluded, in milliseconds.
    pub own_ms: f64,
    /// When it left.
    pub sent_at: Time,
}

/// Where our own time went before the first request left. What it sums up to is that step's `own_ms`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct OwnTimes {
    /// From Enter to the turn beginning: settings resolved, messages on disk, history read; in milliseconds.
    pub resolve_ms: f64,
    /// Memory chosen, placed and encoded into the request, in milliseconds.
    pub inject_ms: f64,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct StepEnd {
    /// The step.
    pub index: u32,
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The provider's request id.
    pub request_id: Option<String>,
    /// From the request leaving to the answer's head, in milliseconds.
    pub connect_ms: Option<f64>,
    /// From the request leaving to the first text or reasoning, in milliseconds.
    pub first_token_ms: Option<f64>,
    /// From the request leaving to the end, in milliseconds.
    pub total_ms: f64,
    /// Tokens as reported.
    pub usage: Usage,
    /// Why the model stopped.
    pub finish: Option<FinishReason>,
    /// Frames that were not understood, kept as they came; at most 20.
    pub notes: Vec<String>,
    /// Why it failed.
    pub error: Option<Error>,
}

/// The end of the turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Answer {
    /// The assistant message.
    pub message_id: MessageId,
    /// How it ended.
    pub state: TurnState,
    /// Why the model stopped.
    pub finish: Option<FinishReason>,
    /// Tokens as reported, over all steps.
    pub usage: Usage,
    /// From Enter to the first token, a pause at a breakpoint left out, in milliseconds.
    pub first_token_ms: Option<f64>,
    /// From Enter to the end, a pause at a breakpoint left out, in milliseconds.
    pub total_ms: f64,
    /// Why it failed.
    pub error: Option<Error>,
}

/// What was handed to memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Retained {
    /// The document.
    pub document_id: DocumentId,
    /// The text.
    pub content: String,
    /// The context sent along.
    pub context: String,
    /// The tags sent along.
    pub tags: Vec<String>,
    /// Where it is.
    pub state: RetainState,
    /// When the memory server took it; `None` when it has not, or when nobody noted it.
    #[serde(default)]
    pub sent_at: Option<Time>,
}

/// One call of a memory tool, from the model's asking to its result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ToolRun {
    /// The provider's id of the call. Unique within its step only.
    pub call_id: String,
    /// The request whose answer asked for it.
    pub step: u32,
    /// The tool, as the model named it.
    pub name: String,
    /// The arguments as JSON text, exactly as received.
    pub arguments: String,
    /// How far it is.
    pub state: ToolState,
    /// What the model was told.
    pub result: Option<String>,
    /// From the call to its result, waiting for the person left out, in milliseconds.
    pub ms: Option<f64>,
    /// Why it failed.
    pub error: Option<Error>,
    /// What `recall_memory` found, in the server's order.
    #[serde(default)]
    pub memories: Vec<RecalledMemory>,
    /// The document that `retain_memory` wrote.
    #[serde(default)]
    pub document_id: Option<DocumentId>,
    /// The facts that came of that document, as far as they are known.
    #[serde(default)]
    pub learned: Vec<LearnedFact>,
}

/// How far a tool call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ToolState {
    /// The person is asked whether it may store.
    Asking,
    /// Running now.
    Running,
    /// The model was told the result.
    Done,
    /// It failed; the model was told so.
    Failed,
    /// The person said no; the model was told so.
    Refused,
    /// The turn was stopped before it ended.
    Cancelled,
}

/// A fact that came of something stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LearnedFact {
    /// The fact's id on its server.
    pub id: String,
    /// The fact.
    pub text: String,
    /// Its kind; `None` when the server did not say.
    pub fact_type: Option<FactType>,
}

/// One part of a record, in the order written. The tag is also the name under which the page keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "part", content = "value", rename_all = "snake_case")]
#[ts(export)]
pub enum RecordPart {
    /// Who, which bank, which settings.
    Resolved(Box<Resolved>),
    /// The query.
    Query(Query),
    /// The recall or reflect call.
    Memory(Box<MemoryCall>),
    /// The candidates and their gates.
    Selected(Vec<Selected>),
    /// The rendered block.
    Injected(Injected),
    /// What memory did, in one word.
    Outcome(MemoryOutcome),
    /// Where our own time went before the first request.
    Own(OwnTimes),
    /// A request to the provider.
    Step(Box<Step>),
    /// How a request ended.
    StepEnd(Box<StepEnd>),
    /// A tool call; written again whenever its state changes.
    Tool(Box<ToolRun>),
    /// The end of the turn.
    Answer(Box<Answer>),
    /// What was handed to memory; written again whenever its state changes.
    Retained(Box<Retained>),
    /// What is pinned to the chat, as the turn found it.
    Pinned(Vec<PinnedMemory>),
    /// What of the injected memories came back in the answer.
    Echoed(Echoed),
    /// What the turn taught memory; written again whenever more is known.
    Learned(Box<Learned>),
    /// Facts of the turn that were moved to another bank; written again when they are moved back.
    Moved(Box<MovedFacts>),
    /// The turn paused at breakpoints before its first request; written again when the pause ended.
    Pause(Box<Pause>),
}

/// The whole story of one turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TurnRecord {
    /// The turn.
    pub turn_id: TurnId,
    /// Its chat.
    pub chat_id: ChatId,
    /// When it began.
    pub started_at: Time,
    /// Who, which bank, which settings.
    pub resolved: Option<Resolved>,
    /// The query.
    pub query: Option<Query>,
    /// The recall or reflect call.
    pub memory: Option<MemoryCall>,
    /// The candidates and their gates.
    pub selected: Vec<Selected>,
    /// The rendered block.
    pub injected: Option<Injected>,
    /// What memory did, in one word.
    pub outcome: Option<MemoryOutcome>,
    /// Where our own time went before the first request; `None` when no request left, and in older records.
    #[serde(default)]
    pub own: Option<OwnTimes>,
    /// The requests to the provider.
    pub steps: Vec<Step>,
    /// How they ended.
    pub step_ends: Vec<StepEnd>,
    /// The tools that were called, in the order of the calls.
    #[serde(default)]
    pub tools: Vec<ToolRun>,
    /// The end of the turn.
    pub answer: Option<Answer>,
    /// What was handed to memory.
    pub retained: Option<Retained>,
    /// What is pinned to the chat, as the turn found it; those of other banks too.
    #[serde(default)]
    pub pinned: Vec<PinnedMemory>,
    /// What of the injected memories came back in the answer; `None` when it is not known: nothing was injected, no
    /// text came, or an older build wrote the record.
    #[serde(default)]
    pub echoed: Option<Echoed>,
    /// What the turn taught memory; absent when nobody looked, as in records of older builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub learned: Option<Learned>,
    /// Facts of the turn that were moved to another bank, in the order of the moves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<MovedFacts>>", optional)]
    pub moved: Vec<MovedFacts>,
    /// The pause before the first request; absent when no breakpoint matched, as in records of older builds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub pause: Option<Pause>,
}

impl TurnRecord {
    /// A record with nothing in it yet.
    pub fn new(turn_id: TurnId, chat_id: ChatId, started_at: Time) -> Self {
        Self {
            turn_id,
            chat_id,
            started_at,
            resolved: None,
            query: None,
            memory: None,
            selected: Vec::new(),
            injected: None,
            outcome: None,
            own: None,
            steps: Vec::new(),
            step_ends: Vec::new(),
            tools: Vec::new(),
            answer: None,
            retained: None,
            pinned: Vec::new(),
            echoed: None,
            learned: None,
            moved: Vec::new(),
            pause: None,
        }
    }

    /// Adds a part; a part that is written twice replaces the first, but steps are added. A tool call
    /// replaces what was known of the same call of the same step.
    pub fn apply(&mut self, part: RecordPart) {
        match part {
            RecordPart::Resolved(resolved) => self.resolved = Some(*resolved),
            RecordPart::Query(query) => self.query = Some(query),
            RecordPart::Memory(call) => self.memory = Some(*call),
            RecordPart::Selected(selected) => self.selected = selected,
            RecordPart::Injected(injected) => self.injected = Some(injected),
            RecordPart::Outcome(outcome) => self.outcome = Some(outcome),
            RecordPart::Own(times) => self.own = Some(times),
            RecordPart::Step(step) => self.steps.push(*step),
            RecordPart::StepEnd(end) => self.step_ends.push(*end),
            RecordPart::Tool(run) => {
                let same = |known: &&mut ToolRun| known.step == run.step && known.call_id == run.call_id;
                match self.tools.iter_mut().find(same) {
                    Some(known) => *known = *run,
                    None => self.tools.push(*run),
                }
            }
            RecordPart::Answer(answer) => self.answer = Some(*answer),
            RecordPart::Retained(retained) => self.retained = Some(*retained),
            RecordPart::Pinned(pinned) => self.pinned = pinned,
            RecordPart::Echoed(echoed) => self.echoed = Some(echoed),
            RecordPart::Learned(learned) => self.learned = Some(*learned),
            RecordPart::Pause(pause) => self.pause = Some(*pause),
            RecordPart::Moved(moved) => {
                match self.moved.iter_mut().find(|known| known.run_id == moved.run_id) {
                    Some(known) => *known = *moved,
                    None => self.moved.push(*moved),
                }
            }
        }
    }
}
