//! What a window, a harness or a test can ask of Rearview: the command table, the wire types, the
//! event sink, and the app that answers. This crate alone knows every other one; shells know only this.

pub mod app;
mod batches;
mod bundle;
mod catalogue;
mod clients;
mod commands;
mod diagnostics;
pub mod downloads;
mod embedded;
pub mod host;
pub mod logging;
mod memory_model;
mod memory_price;
mod model;
mod moves;
mod post;
mod presets;
mod replays;
mod sample;
mod setup;
pub mod sink;
pub mod table;
mod uploads;
pub mod wire;

pub use app::{App, Config};
pub use embedded::EngineConfig;
pub use host::Host;
pub use rearview_providers::{LOCAL_PORTS, Timeouts};
pub use rearview_secrets::Prefer;
pub use sink::Sink;
