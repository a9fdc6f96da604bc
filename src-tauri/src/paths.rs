//! Where Rearview keeps its things: `REARVIEW_HOME`, or the system's place for application data.

use rearview_api::{EngineConfig, Prefer};
use std::env;
use std::path::PathBuf;

/// Whether the system's place is used.
pub fn is_default() -> bool {
    env::var_os("REARVIEW_HOME").is_none_or(|home| home.is_empty())
}

/// Chats, records, settings.
pub fn data() -> PathBuf {
    home().join("data")
}

/// Log files.
pub fn logs() -> PathBuf {
    home().join("logs")
}

/// The encoder's weights: beside the program as a resource, or of the checkout that it was built from.
pub fn weights(resources: Option<PathBuf>) -> Option<PathBuf> {
    let bundled = resources.map(|resources| resources.join("weights/all-MiniLM-L6-v2"));
    bundled.filter(|folder| folder.is_dir()).or_else(EngineConfig::weights_of_this_checkout)
}

/// Keys go into the OS keychain; `REARVIEW_KEYCHAIN=0` keeps them for this session only.
pub fn secrets() -> Prefer {
    crate::prefer(env::var("REARVIEW_KEYCHAIN").as_deref() == Ok("0"))
}

fn home() -> PathBuf {
    if !is_default() {
        return PathBuf::from(env::var_os("REARVIEW_HOME").unwrap_or_default());
    }
    let of = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let user = || of("HOME").unwrap_or_else(|| PathBuf::from("."));
    if cfg!(target_os = "macos") {
        user().join("Library/Application Support").join(crate::IDENTIFIER)
    } else if cfg!(target_os = "windows") {
        of("LOCALAPPDATA").unwrap_or_else(user).join("Rearview")
    } else {
        of("XDG_DATA_HOME").unwrap_or_else(|| user().join(".local/share")).join("rearview")
    }
}
