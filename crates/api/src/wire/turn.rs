//! Turns: starting, following, stopping, looking into.

use super::wire;
use rearview_domain::breakpoint::BlockEdits;
use rearview_domain::message::Message;
use rearview_domain::record::Origin;
use rearview_domain::resolve::DecidedBank;
use rearview_domain::settings::TurnSettings;
use rearview_domain::time::Time;
use rearview_domain::turn::{MemoryOff, RetainSkip, Turn};
use rearview_domain::{ChatId, Error, MessageId, RunId, TurnId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

wire! {
    /// Sends a message. It is on disk before anything else happens.
    request StartTurn {
        /// The chat.
        pub chat_id: ChatId,
        /// What was typed.
        pub text: String,
        /// Images that go with it.
        pub images: Vec<NewImage>,
        /// Other files that go with it.
        #[serde(default)]
        pub files: Vec<NewFile>,
        /// Where it goes in the tree.
        pub after: After,
        /// The model, when it differs from the chat's.
        pub model: Option<String>,
        /// More models that answer the same message, each in a turn of its own. Only the first answer is on
        /// the visible branch.
        #[serde(default)]
        pub also: Vec<String>,
        /// The bank, for this message alone.
        pub bank_id: Option<String>,
        /// Settings for this message alone.
        pub settings: TurnSettings,
        /// Whether the caller can let the turn go on when a breakpoint of the chat matches. Without it the turn does not
        /// wait, and its record says that nobody could be asked.
        pub can_pause: Option<bool>,
    }

    /// Answers a question again, as a new branch.
    request RetryTurn {
        /// The chat.
        pub chat_id: ChatId,
        /// The question.
        pub question_id: MessageId,
        /// The model, when it differs from the chat's.
        pub model: Option<String>,
        /// More models that answer the same message, each in a turn of its own. Only the first answer is on
        /// the visible branch.
        #[serde(default)]
        pub also: Vec<String>,
        /// The bank, for this message alone.
        pub bank_id: Option<String>,
        /// Settings for this message alone.
        pub settings: TurnSettings,
        /// Whether the caller can let the turn go on when a breakpoint of the chat matches. Without it the turn does not
        /// wait, and its record says that nobody could be asked.
        pub can_pause: Option<bool>,
    }

    /// An image from the clipboard, a drop or a file.
    request NewImage {
        /// Its name.
        pub name: Option<String>,
        /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`.
        pub media_type: String,
        /// Its bytes, base64.
        pub base64: String,
    }

    /// A file from a drop or a picker that is no image.
    request NewFile {
        /// Its name.
        pub name: String,
        /// `application/pdf`, or a type of text.
        pub media_type: String,
        /// Its bytes, base64.
        pub base64: String,
    }

    /// Says whether a memory tool may store what it asked to store.
    request AnswerTool {
        /// The run.
        pub run_id: RunId,
        /// The request whose answer asked for it.
        pub step: u32,
        /// The call.
        pub call_id: String,
        /// Whether it may.
        pub allow: bool,
    }

    /// Follows a run from an event on; what was missed comes first.
    request AttachTurn {
        /// The run.
        pub run_id: RunId,
        /// The last event that was seen; 0 for none.
        pub after_seq: u32,
    }

    /// Stops a run. What came is kept.
    request CancelTurn {
        /// The run.
        pub run_id: RunId,
    }

    /// Lets a paused turn go on, or asks what its block would be.
    request ResumeTurn {
        /// The run.
        pub run_id: RunId,
        /// What is changed in the block.
        pub edits: BlockEdits,
    }

    /// Names a turn.
    request TurnRef {
        /// The chat.
        pub chat_id: ChatId,
        /// The turn.
        pub turn_id: TurnId,
    }

    /// Names a request of a turn.
    request StepRef {
        /// The chat.
        pub chat_id: ChatId,
        /// The turn.
        pub turn_id: TurnId,
        /// The request, from 0.
        pub step: u32,
    }

    /// Asks what memory would do for the next message of a chat.
    request MemoryStatusOf {
        /// The chat; absent for a new one.
        pub chat_id: Option<ChatId>,
        /// The model that would answer.
        pub model: Option<String>,
    }
}

/// Where a message goes in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum After {
    /// After the last message of the visible branch.
    Leaf,
    /// Beside this message, as an edit of it.
    Beside {
        /// The message that is edited.
        message_id: MessageId,
    },
}

wire! {
    /// A turn that began.
    answer StartedTurn {
        /// What to attach to.
        pub run_id: RunId,
        /// The turn.
        pub turn: Turn,
        /// The question.
        pub question: Message,
        /// The answer, still empty.
        pub answer: Message,
        /// The answers of the other models, in the order they were asked for.
        pub also: Vec<StartedAnswer>,
    }

    /// An answer that began beside the first.
    answer StartedAnswer {
        /// What to attach to.
        pub run_id: RunId,
        /// The turn.
        pub turn: Turn,
        /// The answer, still empty.
        pub answer: Message,
    }

    /// A request as it was sent, cut at the borders of origins. The segments in order are the body.
    answer BodyView {
        /// SHA-256 of the body that was sent.
        pub hash: String,
        /// Its size in bytes.
        pub bytes: u32,
        /// The pieces.
        pub segments: Vec<Segment>,
        /// What input tokens of the model cost, before any discount for cached ones; absent when it is not known.
        pub price: Option<InputPrice>,
    }

    /// A piece of a body.
    answer Segment {
        /// The text, exactly as sent.
        pub text: String,
        /// Where it came from; absent for the wire's own syntax.
        pub origin: Option<Origin>,
        /// Its tokens, counted as o200k on the text with escapes undone; absent for syntax and attachments.
        pub tokens: Option<u32>,
    }

    /// What input tokens cost.
    answer InputPrice {
        /// US dollars for a million tokens, at the size of this request.
        pub usd_per_million: f64,
        /// The date of the price list, e.g. `2026-10-21`.
        pub prices_of: String,
    }

    /// How a request differs from the one before it.
    answer RequestChanges {
        /// The request before it; absent when this was the first of its branch.
        pub previous: Option<PreviousRequest>,
        /// What is other; absent without a request before it.
        pub changes: Option<RequestDifference>,
    }

    /// The request before another one.
    answer PreviousRequest {
        /// Its turn.
        pub turn_id: TurnId,
        /// Its number in that turn, from 0.
        pub step: u32,
        /// Whether it is of the same turn.
        pub same_turn: bool,
        /// The model it went to, as `provider/model`; absent when the record does not tell.
        pub model: Option<String>,
        /// When it left.
        pub sent_at: Time,
        /// Its size in bytes.
        pub bytes: u32,
    }

    /// What is other in a request.
    answer RequestDifference {
        /// Bytes in common from the start.
        pub same_bytes: u32,
        /// The first piece that is other, or that syntax which is other belongs to; absent when nothing is other.
        pub first: Option<Origin>,
        /// What stood there in the request before; absent as for `first`.
        pub first_before: Option<Origin>,
        /// Tokens of pieces that are in both but stand behind the first difference, counted as o200k.
        pub again_tokens: u32,
        /// What those tokens cost more than read from a cache, in US dollars by the price list; absent when the model has no
        /// price of a cache there.
        pub again_usd: Option<f64>,
        /// Pieces that are in both with the same text.
        pub kept: u32,
        /// What was added, taken out or changed.
        pub rows: Vec<RequestChange>,
    }

    /// One piece that is other.
    answer RequestChange {
        /// Where it comes from.
        pub origin: Origin,
        /// Its text before, escapes undone; absent when it was not there.
        pub before: Option<String>,
        /// Its text now, escapes undone; absent when it is gone.
        pub after: Option<String>,
    }

    /// The block of a paused turn with changes.
    answer PausedBlock {
        /// The block, exactly as it would be sent; empty when nothing is left of it.
        pub block: String,
        /// Its tokens, counted as o200k.
        pub tokens: u32,
        /// Memories in it; a paragraph counts as one.
        pub count: u32,
    }

    /// Text to be copied.
    answer Copyable {
        /// The text.
        pub text: String,
    }

    /// What memory would do for the next message.
    answer MemoryStatus {
        /// The server's name.
        pub server: Option<String>,
        /// The bank and what decided it.
        pub bank: Option<DecidedBank>,
        /// Why no bank could be decided.
        pub bank_error: Option<Error>,
        /// Why nothing will be recalled; absent when it will.
        pub inject_off: Option<MemoryOff>,
        /// Why nothing will be stored; absent when it will.
        pub store_off: Option<RetainSkip>,
        /// How the server answered the last time; absent before the first contact.
        pub health: Option<Health>,
        /// Turns waiting to be stored, in all chats.
        pub waiting: u32,
        /// Turns that could not be stored, in all chats.
        pub failed: u32,
    }

    /// How the memory server answered the last time.
    answer Health {
        /// Whether it answered well.
        pub ok: bool,
        /// Why not.
        pub error: Option<Error>,
        /// When.
        pub at: rearview_domain::time::Time,
    }
}
