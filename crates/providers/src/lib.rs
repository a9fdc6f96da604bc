//! Any language model behind one request and one stream of events; adapters by wire protocol.
//!
//! `encode` makes the exact bytes of a request and says where each of them came from, `Provider`
//! sends them and turns the answer into `Event`s, `Assembly` folds events into message parts.
//! Nothing here knows chats, banks or settings; `turns` decides what is in a request and `api` which
//! provider it goes to.

mod address;
mod answer;
mod assembly;
mod auth;
mod body;
pub mod catalogue;
mod classify;
mod concede;
mod curl;
mod decode;
mod demo;
mod driver;
mod encode;
mod error;
mod event;
mod frame;
mod learnt;
mod reach;
mod refusal;
mod request;
mod retry;
pub mod route;
mod set_up;
mod target;
mod wire;

pub use assembly::Assembly;
pub use curl::as_curl;
pub use driver::{Opened, Provider, Resent, Timeouts};
pub use encode::{Encoded, encode, masked_headers};
pub use error::{ErrorKind, ProviderError};
pub use event::Event;
pub use reach::key_stays;
pub use request::{Piece, Request, RequestMessage, RequestPart, Tool, ToolChoice};
pub use set_up::{
    Check, FieldError, Found, Healed, HealedAzure, LOCAL_PORTS, LocalServer, ModelInfo, Outcome, Verdict,
    credential, find_local, heal_azure, heal_base_url, settle_base_url,
};
pub use target::{
    AnthropicVersion, KeyHeader, MaxTokensField, MidSystem, Platform, Quirks, Target, WireKind,
};
