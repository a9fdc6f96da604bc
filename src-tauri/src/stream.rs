//! The one streaming command: items go through a Tauri channel until the stream ends or the page lets go.

use rearview_api::{App, Sink, table};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tauri::State;
use tauri::async_runtime::JoinHandle;
use tauri::ipc::Channel;

/// Streams that are open, by the number the page knows them under.
#[derive(Default)]
pub struct Streams(Mutex<Open>);

#[derive(Default)]
struct Open {
    last: u32,
    running: HashMap<u32, JoinHandle<()>>,
}

struct ChannelSink(Channel<String>);

impl Sink for ChannelSink {
    fn send(&self, json: String) -> bool {
        self.0.send(format!("{{\"item\":{json}}}")).is_ok()
    }
}

/// Opens a stream and answers its number. Items come as `{"item":…}`, a failure as `{"error":…}`, and
/// `"end"` last.
#[tauri::command]
pub async fn stream(
    app: State<'_, App>,
    streams: State<'_, Streams>,
    name: String,
    request: String,
    channel: Channel<String>,
) -> Result<u32, String> {
    let app = app.inner().clone();
    let mut open = streams.0.lock().unwrap_or_else(PoisonError::into_inner);
    open.running.retain(|_, task| !task.inner().is_finished());
    open.last += 1;
    let id = open.last;
    let task = tauri::async_runtime::spawn(async move {
        let sink = Box::new(ChannelSink(channel.clone()));
        if let Err(error) = table::stream(&app, &name, &request, sink).await {
            let json = serde_json::to_string(&error).unwrap_or_default();
            let _ = channel.send(format!("{{\"error\":{json}}}"));
        }
        let _ = channel.send("\"end\"".to_owned());
    });
    open.running.insert(id, task);
    Ok(id)
}

/// Closes a stream. A run that it followed goes on.
#[tauri::command]
pub fn unstream(streams: State<'_, Streams>, id: u32) {
    let mut open = streams.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(task) = open.running.remove(&id) {
        task.abort();
    }
}
