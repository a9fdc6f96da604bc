//! Starts Rearview in a window. Glue only: what the app does is in `rearview-api`.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod host;
mod paths;
mod rpc;
mod stream;
mod window;

use host::Desktop;
use rearview_api::{App, Config, EngineConfig, Prefer, logging};
use std::sync::Arc;
use tauri::{Manager, RunEvent};

/// The name under which keys are kept in the OS keychain, and the id of the app on every system.
const IDENTIFIER: &str = "dev.rearview.app";

fn main() {
    let log_dir = paths::logs();
    // Held until the end: it writes what is left of the log.
    let _guard = logging::start(&log_dir);
    let builder = tauri::Builder::default()
        .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
        .plugin(tauri_plugin_window_state::Builder::default().build());
    // A second start shows the first window. Another data folder is another Rearview.
    let builder = if paths::is_default() {
        builder.plugin(tauri_plugin_single_instance::init(|app, _, _| window::show(app)))
    } else {
        builder
    };
    let app = builder
        .manage(stream::Streams::default())
        .invoke_handler(tauri::generate_handler![rpc::rpc, stream::stream, stream::unstream])
        .setup(move |app| {
            let config = Config {
                data_dir: paths::data(),
                log_dir,
                keychain_service: IDENTIFIER.to_owned(),
                secrets: paths::secrets(),
                notices: include_str!("../../THIRD-PARTY-NOTICES.md"),
                provider_timeouts: Default::default(),
                local_ports: rearview_api::LOCAL_PORTS.to_vec(),
                downloads_dir: None,
                engine: Some(EngineConfig { weights: paths::weights(app.path().resource_dir().ok()) }),
            };
            let host = Arc::new(Desktop::new(app.handle().clone()));
            match tauri::async_runtime::block_on(App::open(config, host)) {
                Ok(opened) => {
                    app.manage(opened);
                    window::open(app)?;
                    Ok(())
                }
                Err(error) => {
                    tracing::error!(%error, code = ?error.code, "Rearview could not start");
                    window::refuse(app, &error)?;
                    Ok(())
                }
            }
        })
        .build(tauri::generate_context!());
    let app = match app {
        Ok(app) => app,
        Err(error) => {
            tracing::error!(%error, "the window system could not be started");
            fail(&error.to_string());
        }
    };
    app.run(|handle, event| {
        if let RunEvent::Exit = event
            && let Some(app) = handle.try_state::<App>()
        {
            tauri::async_runtime::block_on(app.close());
        }
    });
}

/// Says on standard error why there is no window, and ends.
#[expect(clippy::print_stderr, reason = "without a window there is no other place to say it")]
fn fail(why: &str) -> ! {
    eprintln!("rearview: {why}");
    std::process::exit(1);
}

/// Where keys go; a test may keep them out of the keychain.
pub(crate) fn prefer(session_only: bool) -> Prefer {
    if session_only { Prefer::SessionOnly } else { Prefer::Keychain }
}
