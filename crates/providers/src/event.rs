//! The one stream of events that every wire is decoded into.
//!
//! Blocks are numbered in the order they began. `Finished` or `Failed` comes exactly once, and last.
//! The decoders in `wire` make events; `Assembly` and `turns` read them.

use crate::error::ProviderError;
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::Value;

/// Something that happened in an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The model began.
    Started {
        /// The provider's id of the answer.
        id: Option<String>,
        /// The model that answers, in the provider's word; may differ from the one asked.
        model: Option<String>,
    },
    /// More text.
    Text {
        /// The block.
        block: u32,
        /// The increment.
        delta: String,
    },
    /// More visible reasoning.
    Reasoning {
        /// The block.
        block: u32,
        /// The increment.
        delta: String,
    },
    /// More of what must go back with a block of reasoning.
    Signature {
        /// The block.
        block: u32,
        /// The increment.
        delta: String,
    },
    /// A tool call begins.
    ToolCallStart {
        /// The block.
        block: u32,
        /// The provider's id of the call, or one of ours when it gave none.
        id: String,
        /// The tool.
        name: String,
    },
    /// More of a tool call's arguments, as JSON text.
    ToolCallArguments {
        /// The block.
        block: u32,
        /// The increment.
        delta: String,
    },
    /// A whole block that only its own family understands.
    Opaque {
        /// The block.
        block: u32,
        /// To be handed back as it is.
        value: Value,
    },
    /// Nothing more comes for a block.
    BlockEnd {
        /// The block.
        block: u32,
    },
    /// Tokens so far; replaces what was reported before.
    Usage(Usage),
    /// A frame that was not understood, as it came.
    Note(String),
    /// The answer is whole.
    Finished {
        /// Why the model stopped.
        reason: FinishReason,
        /// Tokens as last reported.
        usage: Usage,
    },
    /// The answer is not whole; what came before stays.
    Failed(ProviderError),
}

impl Event {
    /// Whether nothing comes after it.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Finished { .. } | Self::Failed(_))
    }
}
