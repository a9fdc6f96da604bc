//! The one command: a name and JSON in, JSON out. The table in `rearview-api` does the rest.

use rearview_api::{App, table};
use tauri::State;

/// Runs a read or a write. The answer and the error are JSON text already.
#[tauri::command]
pub async fn rpc(app: State<'_, App>, name: String, request: String) -> Result<String, String> {
    table::call(&app, &name, &request)
        .await
        .map_err(|error| serde_json::to_string(&error).unwrap_or_default())
}
