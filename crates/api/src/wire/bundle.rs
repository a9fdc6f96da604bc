//! A turn in one file: what would be in it, saving it, and opening one that somebody else made.

use super::wire;
use rearview_domain::time::Time;
use rearview_domain::{ChatId, TurnId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

wire! {
    /// Names a turn and what is to be in its bundle.
    request BundleOf {
        /// The chat.
        pub chat_id: ChatId,
        /// The turn.
        pub turn_id: TurnId,
        /// False replaces every text by its length and a hash.
        pub texts: bool,
    }

    /// Names an open bundle.
    request BundleRef {
        /// The id it is held under.
        pub chat_id: ChatId,
    }
}

wire! {
    /// What would be in a bundle.
    answer BundlePreview {
        /// The name of the file.
        pub file: String,
        /// Its size in bytes.
        #[ts(type = "number")]
        pub bytes: u64,
        /// Its parts.
        pub parts: Vec<BundlePart>,
        /// The beginning of the file, as it would be written.
        pub beginning: String,
        /// Requests in which a key stood; it is taken out, and their hashes do not match any more.
        pub keys_removed: u32,
    }

    /// A part of a bundle.
    answer BundlePart {
        /// What it is.
        pub name: String,
        /// Its size in bytes, as JSON; `None` when the turn has none.
        #[ts(type = "number | null")]
        pub bytes: Option<u64>,
    }

    /// A bundle that is open. It is held in memory, and nothing of it is in any history, outbox or bank.
    answer OpenedBundle {
        /// The id under which its record is read. No chat has it.
        pub chat_id: ChatId,
        /// The id of its turn here.
        pub turn_id: TurnId,
        /// The name of the file.
        pub file: String,
        /// The version of Rearview that made it, as it says itself.
        pub app: String,
        /// When it was made, as it says itself.
        pub made_at: Time,
        /// False when every text was replaced by its length and a hash.
        pub texts_kept: bool,
        /// What was asked.
        pub question: Option<String>,
        /// What was answered.
        pub answer: Option<String>,
        /// Whether the bodies are those that were sent.
        pub checks: Vec<BodyCheck>,
    }

    /// Whether a body is the one that was sent.
    answer BodyCheck {
        /// The request.
        pub step: u32,
        /// What the check said.
        pub verdict: BodyVerdict,
    }
}

/// What the check of a body against its SHA-256 said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum BodyVerdict {
    /// Its bytes have the hash of what was sent.
    Matches,
    /// They have not, and the bundle gives no reason: it was changed.
    Differs,
    /// Texts were replaced, so the hash cannot match.
    Replaced,
    /// A key stood in it and was taken out, so the hash cannot match.
    KeyRemoved,
    /// It is not in the bundle.
    Missing,
    /// The spans do not fit it, so its origins cannot be shown.
    SpansWrong,
}
