//! Requests and answers about one memory: itself, where it was said, what came of it, where it came up.

use crate::wire::wire;
use rearview_curate::run::{ChangeView, RunView};
use rearview_curate::sentence::SourceSpan;
use rearview_domain::time::Time;
use rearview_domain::{BankId, ChatId, DocumentId, MessageId, ServerId, TurnId};
use rearview_hindsight::{DocumentChunk, DocumentEvent, MemoryVersion};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

wire! {
    /// Names a memory.
    request FactRef {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Its id.
        pub id: String,
    }

    /// Asks for the observations built on a memory, or on the sources of an observation.
    request FindObservations {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The memory.
        pub id: String,
        /// The facts that an observation was made of; empty for a fact.
        pub sources: Vec<String>,
        /// Look through at least so many observations of the bank, or all.
        pub most: u32,
    }
}

wire! {
    /// The document that a memory came from.
    answer SourceDocument {
        /// Its id.
        pub id: DocumentId,
        /// Characters of its text; `None` when the server does not keep it.
        pub characters: Option<u64>,
        /// When it was stored.
        pub created_at: Option<String>,
        /// When it was changed.
        pub updated_at: Option<String>,
        /// How many facts came of it.
        pub facts: Option<u64>,
        /// Its tags.
        pub tags: Vec<String>,
        /// Its metadata.
        pub metadata: BTreeMap<String, String>,
    }

    /// Where a memory was said.
    answer MemoryAround {
        /// The document; `None` when the memory names none or it is gone.
        pub document: Option<SourceDocument>,
        /// The chunk; `None` when the memory names none or it is gone.
        pub chunk: Option<DocumentChunk>,
        /// The sentence in the chunk's text; `None` when it is not known.
        pub span: Option<SourceSpan>,
        /// Why there is no chunk, for people.
        pub why: Option<String>,
    }

    /// A whole document with the place of a memory in it.
    answer MemorySource {
        /// The document.
        pub document_id: DocumentId,
        /// Its text.
        pub text: String,
        /// Where the memory's chunk begins and ends, in UTF-16 units; `None` when it is not found.
        pub chunk: Option<(u32, u32)>,
        /// The sentence; `None` when it is not known.
        pub span: Option<SourceSpan>,
    }

    /// What is known of a memory's past.
    answer MemoryHistory {
        /// Earlier versions that the server keeps, the latest first.
        pub versions: Vec<MemoryVersion>,
        /// Why there are none, for people.
        pub versions_why: Option<String>,
        /// What the server noted of it at its document, the latest first.
        pub events: Vec<DocumentEvent>,
        /// Why there are none, for people.
        pub events_why: Option<String>,
    }

    /// The turns in which a memory came up.
    answer MemoryTurns {
        /// The latest of them, the latest first.
        pub turns: Vec<MemoryTurn>,
        /// How many there are.
        pub total: u64,
        /// Parts of records of older builds that were not looked into yet.
        pub left: u64,
    }

    /// A turn in which a memory came up.
    answer MemoryTurn {
        /// The turn.
        pub turn_id: TurnId,
        /// Its chat.
        pub chat_id: ChatId,
        /// The chat's title; empty when it has none.
        pub title: String,
        /// The answer; `None` when the turn is gone.
        pub answer_id: Option<MessageId>,
        /// The question, cut after 200 characters.
        pub question: String,
        /// When.
        pub at: Time,
        /// It stood in the prompt.
        pub injected: bool,
        /// It was recalled and did not get in.
        pub kept_out: bool,
        /// The model found it with a tool.
        pub found: bool,
        /// It came of what was said in it, or of what the model stored with a tool.
        pub learned: bool,
        /// Whether something of it came back in the answer; `None` when nobody looked.
        pub echoed: Option<bool>,
    }

    /// The calls of models that a memory came of, or that went on with it.
    answer MadeBy {
        /// The calls, the latest first.
        pub calls: Vec<MadeByCall>,
        /// Why none can be told, for people.
        pub why: Option<String>,
    }

    /// A call of a model that has to do with a memory.
    answer MadeByCall {
        /// Its id.
        pub id: String,
        /// The run it belongs to.
        pub trace_id: Option<String>,
        /// What it has to do with the memory.
        pub part: MadeByPart,
        /// Whether the memory's words stand in its answer, or the server names the memory.
        pub sure: bool,
        /// Its step, in the server's word.
        pub scope: Option<String>,
        /// Who was asked.
        pub provider: Option<String>,
        /// Which model.
        pub model: Option<String>,
        /// `success` or `error`.
        pub status: Option<String>,
        /// When.
        pub started_at: Option<String>,
        /// How long it took, in milliseconds.
        pub duration_ms: Option<u64>,
        /// Tokens of the prompt.
        pub input_tokens: Option<u64>,
        /// Tokens of the answer.
        pub output_tokens: Option<u64>,
    }

    /// What was done to a memory here, the latest first.
    answer FactChanges {
        /// The changes that were sent.
        pub items: Vec<FactChanged>,
    }

    /// A change of a memory with the run it stands in.
    answer FactChanged {
        /// The run.
        pub run: RunView,
        /// The change.
        pub change: ChangeView,
    }

    /// How many observations went.
    answer ObservationsCleared {
        /// How many; `None` when the server does not say.
        pub count: Option<u64>,
    }
}

/// What a call of a model has to do with a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum MadeByPart {
    /// It read the memory out of its document.
    Extracted,
    /// It made an observation of it, or made this observation.
    Consolidated,
}
