//! What a turn is and the states it goes through. A turn is one attempt at an answer.

use crate::error::Error;
use crate::id::{ChatId, DocumentId, MessageId, TurnId};
use crate::learned::LearnedCounts;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How far a turn is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum TurnState {
    /// Running now.
    Running,
    /// The answer is whole.
    Finished,
    /// The provider failed; what came before is kept.
    Failed,
    /// The person stopped it; what came before is kept.
    Cancelled,
    /// Rearview ended while it ran; what came before is kept.
    Interrupted,
}

/// Why the model stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum FinishReason {
    /// It was done.
    Stop,
    /// It reached the output limit.
    Length,
    /// It called tools.
    ToolCalls,
    /// The provider's content filter.
    ContentFilter,
    /// The model refused.
    Refusal,
    /// Anything else, in the provider's word.
    Other {
        /// The provider's word.
        raw: String,
    },
}

/// Tokens of a turn as the provider reports them. Absent means not reported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export)]
pub struct Usage {
    /// All tokens of the prompt, cached ones included.
    pub input: Option<u32>,
    /// All tokens of the answer, reasoning included.
    pub output: Option<u32>,
    /// Of the prompt, read from the provider's cache.
    pub cache_read: Option<u32>,
    /// Of the prompt, written to the provider's cache.
    pub cache_write: Option<u32>,
    /// Of the answer, reasoning.
    pub reasoning: Option<u32>,
}

impl Usage {
    /// Both together; what only one of them reports counts as it is.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let sum = |a: Option<u32>, b: Option<u32>| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        Self {
            input: sum(self.input, other.input),
            output: sum(self.output, other.output),
            cache_read: sum(self.cache_read, other.cache_read),
            cache_write: sum(self.cache_write, other.cache_write),
            reasoning: sum(self.reasoning, other.reasoning),
        }
    }
}

/// What a turn cost, as far as prices are known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Cost {
    /// US dollars, over all steps.
    pub usd: f64,
    /// The date of the price list, e.g. `2026-11-20`.
    pub prices_of: String,
    /// Whether a token count in it is ours and not the provider's.
    pub estimated: bool,
}

/// What memory did for a turn; shown at the message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum MemoryOutcome {
    /// Memories, or reflect's paragraph, were injected.
    Used {
        /// How many memories; 1 for a paragraph.
        count: u32,
        /// Tokens of the injected block, counted as o200k.
        tokens: u32,
    },
    /// Memory was asked and had nothing.
    Empty {
        /// True when the bank does not exist yet.
        new_bank: bool,
    },
    /// Memory failed or was too slow; the turn went on without it.
    Failed {
        /// Why.
        error: Error,
    },
    /// Memory had something, and the person took all of it out when the turn paused at a breakpoint.
    TakenOut {
        /// How many memories; 1 for a paragraph.
        count: u32,
    },
    /// Memory was not asked.
    Off {
        /// Why.
        why: MemoryOff,
    },
}

/// Why memory was not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum MemoryOff {
    /// `inject_memories` is off.
    Setting,
    /// The chat is incognito.
    Incognito,
    /// The chat is temporary.
    Temporary,
    /// The model is excluded.
    ExcludedModel,
    /// No memory server is set up.
    NoServer,
    /// There were no words to search with.
    NoQuery,
    /// The model has memory tools and looks by itself; the preload is off.
    Tools,
}

/// Where what was said is on its way to memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
#[ts(export)]
pub enum RetainState {
    /// Not retained, on purpose.
    Skipped {
        /// Why.
        why: RetainSkip,
    },
    /// On disk, waiting to be sent.
    Queued {
        /// When it is tried next.
        next_try_at: Time,
        /// How often it was tried.
        attempts: u32,
        /// Why the last try failed.
        last_error: Option<Error>,
    },
    /// The server has it and extracts.
    Sent {
        /// The server's operation.
        operation_id: String,
        /// What the server says about it.
        progress: Option<String>,
        /// When its state is asked for next.
        next_try_at: Time,
    },
    /// Not handed over: the person is asked whether it may be.
    Asking,
    /// Stored.
    Done {
        /// When.
        at: Time,
    },
    /// It will not be tried again by itself.
    Failed {
        /// Why.
        error: Error,
        /// How often it was tried.
        attempts: u32,
    },
    /// Its document was deleted, because the branch was left or the chat was deleted.
    Removed {
        /// When.
        at: Time,
    },
}

/// Why a turn is not retained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum RetainSkip {
    /// `store_conversations` is off.
    Setting,
    /// The chat is incognito.
    Incognito,
    /// The chat is temporary.
    Temporary,
    /// The model is excluded.
    ExcludedModel,
    /// No memory server is set up.
    NoServer,
    /// There was nothing to keep: no words, or no answer to them.
    Nothing,
    /// The turn was not on the visible branch when it ended.
    NotVisible,
    /// The person was asked and said no.
    Declined,
}

/// A turn as lists show it; the whole story is its record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Turn {
    /// Its id.
    pub id: TurnId,
    /// Its chat.
    pub chat_id: ChatId,
    /// The user message it answers.
    pub question_id: MessageId,
    /// The assistant message it makes.
    pub answer_id: MessageId,
    /// The model, as `provider/model`.
    pub model: String,
    /// How far it is.
    pub state: TurnState,
    /// Why the model stopped.
    pub finish: Option<FinishReason>,
    /// Why it failed.
    pub error: Option<Error>,
    /// What memory did.
    pub memory: Option<MemoryOutcome>,
    /// Where its retain is.
    pub retain: Option<RetainState>,
    /// What it taught memory, in numbers; absent when nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub learned: Option<LearnedCounts>,
    /// Tokens as reported.
    pub usage: Usage,
    /// What it cost; `None` when the model's prices or its tokens are not known.
    #[serde(default)]
    pub cost: Option<Cost>,
    /// Tokens of the last request and its answer, as reported: what the conversation fills of the model's context.
    #[serde(default)]
    pub context_tokens: Option<u32>,
    /// From Enter to the first token, a pause at a breakpoint left out, in milliseconds.
    pub first_token_ms: Option<f64>,
    /// From Enter to the end, a pause at a breakpoint left out, in milliseconds.
    pub total_ms: Option<f64>,
    /// When it began.
    pub started_at: Time,
}

impl Turn {
    /// The document that this turn is retained as.
    pub fn document_id(&self) -> DocumentId {
        DocumentId::of_turn(&self.chat_id, &self.id)
    }
}
