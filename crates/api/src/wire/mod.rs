//! What crosses to the page and back: one request struct per command, even when it is empty.
//!
//! Requests refuse unknown fields; answers may grow. Domain types cross as they are.

mod app;
mod bank;
mod bundle;
mod chat;
mod engine;
mod explain;
mod injection;
mod intake;
mod lab;
mod learned;
mod memory;
mod meter;
mod provider;
mod replay;
mod review;
mod server;
mod then;
mod turn;
mod upload;

pub use app::*;
pub use bank::*;
pub use bundle::*;
pub use chat::*;
pub use engine::*;
pub use explain::*;
pub use injection::*;
pub use intake::*;
pub use lab::*;
pub use learned::*;
pub use memory::*;
pub use meter::*;
pub use provider::*;
pub use replay::*;
pub use review::*;
pub use server::*;
pub use then::*;
pub use turn::*;
pub use upload::*;

/// Declares wire structs with the derives that every one of them needs.
macro_rules! wire {
    ($($(#[$doc:meta])* request $name:ident { $($body:tt)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, ts_rs::TS)]
            #[serde(rename_all = "camelCase", deny_unknown_fields)]
            #[ts(export, optional_fields = nullable)]
            pub struct $name { $($body)* }
        )*
    };
    ($($(#[$doc:meta])* answer $name:ident { $($body:tt)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, ts_rs::TS)]
            #[serde(rename_all = "camelCase")]
            #[ts(export)]
            pub struct $name { $($body)* }
        )*
    };
}
pub(crate) use wire;

wire! {
    /// A request that says nothing.
    request Empty {}
}

wire! {
    /// An answer that says nothing but "done".
    answer Done {}
}
