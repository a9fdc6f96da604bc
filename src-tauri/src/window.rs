//! The one window.

use rearview_domain::Error;
use tauri::{App, AppHandle, Manager, WebviewUrl, WebviewWindowBuilder};

/// The window's label; the capability file names it.
const MAIN: &str = "main";

/// Opens the window.
pub fn open(app: &App) -> tauri::Result<()> {
    build(app, "index.html")
}

/// Opens the window on a page that says why Rearview cannot start: the data folder is in use, or was
/// written by a newer version. Nothing in the data folder has been touched.
pub fn refuse(app: &App, error: &Error) -> tauri::Result<()> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("message", &error.message)
        .append_pair("hint", error.hint.as_deref().unwrap_or_default());
    build(app, &format!("refused.html?{}", query.finish()))
}

fn build(app: &App, page: &str) -> tauri::Result<()> {
    WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App(page.into()))
        .title("Rearview")
        .inner_size(1280.0, 800.0)
        .min_inner_size(720.0, 480.0)
        // Links never replace the page; they are opened by a command after a check.
        .on_navigation(|url| matches!(url.scheme(), "tauri") || url.host_str() == Some("tauri.localhost"))
        // Files are dropped on the page itself, which takes images into the message.
        .disable_drag_drop_handler()
        .build()?;
    Ok(())
}

/// Brings the window to the front.
pub fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}
