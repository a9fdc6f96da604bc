//! The one command: a name and JSON in, JSON out. The table in `rearview-api` does the rest.

use rearview_api::{App, table};
use std::sync::Once;
use tauri::State;

/// The page asks for the list of chats once it is drawn. From the first answer on the window can be used;
/// the log says when, and `make bench` measures the start by it.
static USABLE: Once = Once::new();

/// Runs a read or a write. The answer and the error are JSON text already.
#[tauri::command]
pub async fn rpc(app: State<'_, App>, name: String, request: String) -> Result<String, String> {
    let answer = table::call(&app, &name, &request).await;
    if name == "chat.list" && answer.is_ok() {
        USABLE.call_once(|| tracing::info!("window usable"));
    }
    answer.map_err(|error| serde_json::to_string(&error).unwrap_or_default())
}
