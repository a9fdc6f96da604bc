//! The app itself and the engine inside it.

use crate::commands::{app, engine};
use crate::wire::*;
use rearview_domain::event::AppEvent;

commands! {
    /// What this installation is.
    read "app.info" app::info: Empty => AppInfo, ["secrets"];
    /// How the window looks and behaves.
    read "app.preferences" app::preferences: Empty => Preferences, ["preferences"];
    /// Keeps how the window looks and behaves.
    write "app.savePreferences" app::save_preferences: SavePreferences => Preferences, ["preferences"];
    /// Versions, settings without content and the last log lines, redacted.
    read "app.diagnostics" app::diagnostics: Empty => Diagnostics, [];
    /// Opens an address in the system's browser.
    write "app.openUrl" app::open_url: OpenUrl => Done, [];
    /// Low-rate notices: something changed, a run began or ended, a retain moved on.
    stream "app.events" app::events: Empty => AppEvent, [];

    /// How the memory engine in this app is.
    read "engine.status" engine::status: Empty => EngineView, ["engine"];
    /// Sets the model behind memory and its limit.
    write "engine.saveModel" engine::save_model: SaveMemoryModel => EngineView, ["engine"];
    /// Loads the sample bank.
    write "engine.loadSample" engine::load_sample: Empty => EngineView, ["engine", "banks"];
    /// Removes the sample bank.
    write "engine.removeSample" engine::remove_sample: Empty => EngineView, ["engine", "banks"];
}
