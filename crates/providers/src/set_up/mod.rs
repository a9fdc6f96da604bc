//! Setting a provider up: healing what was pasted as its address, settling the fields of a platform, listing
//! its models, checking it before it is kept, finding servers on this computer. Called by `api`; nothing here
//! runs while a turn does.

mod check;
mod credential;
mod fields;
mod heal;
mod heal_azure;
mod local;
mod models;
#[cfg(test)]
mod testing;
mod trial;

pub use check::{Check, Outcome, Verdict};
pub use credential::credential;
pub use fields::{FieldError, settle_base_url};
pub(crate) use heal::is_local;
pub use heal::{Healed, heal_base_url};
pub use heal_azure::{HealedAzure, heal_azure};
pub use local::{Found, LOCAL_PORTS, LocalServer, find_local};
pub use models::ModelInfo;
