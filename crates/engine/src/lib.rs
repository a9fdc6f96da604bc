//! The embedded memory engine: the Hindsight HTTP API 1.1 over SQLite, with its own retrieval.
//!
//! Everything a memory server does on one machine for one person. It knows nothing of chats, providers or
//! windows: `rearview-api` starts it, hands it a [`synthesis`] model and reaches it through HTTP alone.

pub mod encode;
pub mod when;
pub mod words;
