//! What commands may ask of the desktop.

use rearview_api::Host;
use rearview_domain::{Error, ErrorCode};
use tauri::AppHandle;
use tauri_plugin_opener::OpenerExt;

/// The desktop.
pub struct Desktop(AppHandle);

impl Desktop {
    /// The desktop of an app.
    pub fn new(handle: AppHandle) -> Self {
        Self(handle)
    }
}

impl Host for Desktop {
    fn open_url(&self, url: &str) -> Result<(), Error> {
        self.0.opener().open_url(url, None::<&str>).map_err(|error| {
            Error::new(ErrorCode::Internal, format!("The system could not open `{url}`: {error}."))
                .hint("Copy the link and open it yourself.")
        })
    }
}
