//! The app itself: what it is, how it looks, what it tells.

use super::wire;
use rearview_domain::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

wire! {
    /// Opens an address in the system's browser; only `http`, `https` and `mailto` pass.
    request OpenUrl {
        /// The address.
        pub url: String,
    }

    /// Keeps preferences; what is absent stays.
    request SavePreferences {
        /// The preferences.
        pub preferences: Preferences,
    }
}

wire! {
    /// What this installation is.
    answer AppInfo {
        /// Version of Rearview.
        pub version: String,
        /// `linux`, `macos` or `windows`.
        pub platform: String,
        /// Where data lives.
        pub data_dir: String,
        /// Where logs live.
        pub log_dir: String,
        /// When this process started.
        pub started_at: Time,
        /// Where keys live.
        pub secrets: SecretsInfo,
        /// Sizes of the files in the data folder, in bytes.
        pub disk: Vec<DiskUse>,
        /// The third-party notices that ship with the app.
        pub notices: String,
    }

    /// Where keys live.
    answer SecretsInfo {
        /// Whether keys are in the OS keychain; otherwise they last for this session only.
        pub keychain: bool,
        /// Why not, as one sentence.
        pub why: Option<String>,
    }

    /// The size of a file.
    answer DiskUse {
        /// The file's name.
        pub name: String,
        /// Its size in bytes.
        pub bytes: f64,
    }

    /// What "copy diagnostics" copies: versions, settings without content, the last log lines; redacted.
    answer Diagnostics {
        /// The text.
        pub text: String,
    }
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Which key sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SendKey {
    /// Enter sends, Shift+Enter makes a line.
    #[default]
    Enter,
    /// Ctrl/Cmd+Enter sends, Enter makes a line.
    ModEnter,
}

/// How the window looks and behaves. Kept in the app's database, so every window agrees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export)]
pub struct Preferences {
    /// Light or dark.
    pub theme: Theme,
    /// Which key sends.
    pub send_key: SendKey,
    /// Size of everything, 1 is normal.
    pub zoom: f64,
    /// Width of the left pane in pixels.
    pub left_width: u32,
    /// Width of the right pane in pixels.
    pub right_width: u32,
    /// Whether the left pane is open.
    pub left_open: bool,
    /// Whether the right pane is open.
    pub right_open: bool,
    /// Key chords by action, where they differ from the default; an empty chord means none.
    pub keys: BTreeMap<String, String>,
    /// The model of new chats, as `provider/model`.
    pub default_model: Option<String>,
    /// The profile of new chats.
    pub default_profile: Option<String>,
    /// The chat that was open.
    pub last_chat: Option<String>,
    /// Whether the welcome page was finished or skipped.
    pub welcomed: bool,
    /// How the fact browser was left: bank, filters, order, columns. The page alone reads it.
    #[ts(optional = nullable)]
    pub memory_view: Option<serde_json::Value>,
    /// What was written about banks and not saved: missions and settings, by bank. The page alone reads it.
    #[ts(optional = nullable)]
    pub bank_drafts: Option<serde_json::Value>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: Theme::System,
            send_key: SendKey::Enter,
            zoom: 1.0,
            left_width: 248,
            right_width: 360,
            left_open: true,
            right_open: true,
            keys: BTreeMap::new(),
            default_model: None,
            default_profile: None,
            last_chat: None,
            welcomed: false,
            memory_view: None,
            bank_drafts: None,
        }
    }
}
