//! Mental models: standing questions whose answers are kept and refreshed from memory.
//!
//! `table` reads and writes them, `trigger` says when and how they are refreshed, `scope` which memories count and
//! whether there are new ones. `refresh` is the operation, `dry_run` shows what it would do, `schedule` and `cron`
//! begin it by themselves, `search` finds models for a question. The answers come from `reflect`; the HTTP side is in
//! `http/mental_models`.

mod cron;
mod dry_run;
mod model;
mod refresh;
mod schedule;
mod scope;
mod search;
mod table;
mod trigger;

#[cfg(test)]
mod tests;

pub(crate) use dry_run::dry_run;
pub(crate) use model::{CONTENT_TOKENS, Detail, MentalModel};
pub(crate) use refresh::{KIND, run};
pub(crate) use schedule::{after_consolidation, follow, put_refresh};
pub(crate) use scope::Newest;
pub(crate) use search::search;
pub(crate) use table::{all, any, find, history, insert, remove, save};
pub(crate) use trigger::{Mode, Trigger};
