//! Setting a provider up: healing what was pasted as its address, listing its models, checking it before it
//! is kept. Called by `api`; nothing here runs while a turn does.

mod check;
mod heal;
mod heal_azure;
mod models;

pub use check::{Check, Verdict};
pub(crate) use heal::is_local;
pub use heal::{Healed, heal_base_url};
pub use heal_azure::{HealedAzure, heal_azure};
pub use models::ModelInfo;
