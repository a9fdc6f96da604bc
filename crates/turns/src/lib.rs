//! The memory-augmented completion: resolve the bank, recall or reflect, inject, complete while
//! streaming, retain.
//!
//! `machine` decides and `driver` does: the machine is pure, takes inputs and answers with effects as
//! data; the driver performs them against the store, the memory server and the provider. Everything
//! else here is either a rule the machine uses (`query`, `layout`, `first`, `inject`, `select`, `breaks`, `held`, `echo`,
//! `retain`), a
//! part that lives longer than one turn (`runs`, `outbox`, `branch`), or looks back at one (`replay`, `xray`). `api` is
//! the only caller.

pub mod ask;
pub mod branch;
pub mod breaks;
pub mod driver;
pub mod echo;
pub mod first;
pub mod held;
pub mod inject;
pub mod layout;
pub mod machine;
pub mod outbox;
pub mod pins;
pub mod placements;
pub mod plan;
pub mod query;
pub mod recorder;
pub mod replay;
pub mod retain;
pub mod runs;
pub mod select;
pub mod tokens;
pub mod tools;
pub mod xray;
