//! The page in a real browser: a home with a chat of 5,000 messages on the harness, and `bench.mjs`, which
//! drives headless Chromium over it and answers samples. What is clicked and watched stands there.

use crate::Scale;
use crate::disk::LONG;
use crate::failed::{Result, at, odd};
use crate::figure::{Figure, Of, under};
use crate::place::Place;
use crate::seed::{self, Shape};
use crate::upstream::Upstream;
use crate::{beside_us, root};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

const SHORT: Shape = Shape { messages: 2, words: 22 };
/// 200 tokens a second for 15 s.
const STREAMED: usize = 3_000;
const EVERY: Duration = Duration::from_millis(5);
/// How long the browser may take for all of it.
const PATIENCE: Duration = Duration::from_secs(300);

/// What `bench.mjs` answers. Times in milliseconds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    /// From click to the last message painted, the long chat and the short one by turns.
    open_long: Vec<f64>,
    open_short: Vec<f64>,
    /// Elements in the page while the long chat is shown.
    elements: Vec<f64>,
    /// Tasks that held up the page for over 50 ms while an answer streamed.
    long_tasks: Vec<f64>,
    /// From one frame to the next while an answer streamed, and while nothing happened.
    frames: Vec<f64>,
    idle_frames: Vec<f64>,
}

/// The harness's one line on start.
#[derive(Deserialize)]
pub struct Address {
    /// Where it listens.
    pub url: String,
    /// What opens it.
    pub token: String,
}

/// Measures.
pub async fn measure(scale: Scale) -> Result<Vec<Figure>> {
    let home = tempfile::tempdir().map_err(at("make a home"))?;
    let chats = seed::fill(home.path(), [SHORT, LONG]).await?;
    let far = Upstream::start()?;
    let place = Place::open(home.path()).await?;
    place.add_provider("bench", &far, STREAMED, EVERY).await?;
    let preferences = json!({"welcomed": true, "defaultModel": "bench/bench", "lastChat": chats[0]});
    place.ask("app.savePreferences", json!({"preferences": preferences})).await?;
    for chat in &chats {
        place.ask("chat.update", json!({"chatId": chat, "model": "bench/bench"})).await?;
    }
    place.close().await;
    let (mut harness, address) = start_harness(home.path()).await?;
    let script = json!({
        "url": address.url,
        "token": address.token,
        "short": chats[0],
        "long": chats[1],
        "rounds": scale.of(20, 3),
        "idleMs": scale.of(5_000, 1_000),
    });
    let seen = drive::<Seen>("bench.mjs", &script.to_string()).await;
    harness.kill().await.map_err(at("end the harness"))?;
    let seen = seen?;
    #[expect(clippy::cast_precision_loss, reason = "a handful of tasks")]
    let long_tasks = vec![seen.long_tasks.len() as f64];
    Ok(vec![
        Figure::new("Open a chat of 5,000 messages, click to painted", "ms", seen.open_long)
            .beside("opening a chat of 2 messages", seen.open_short)
            .within(&[under(Of::P50, 100.0)]),
        Figure::new("  elements in the page then", "", seen.elements),
        Figure::new("Stream 200 tokens/s for 15 s: tasks over 50 ms", "", long_tasks)
            .within(&[under(Of::Max, 0.0)])
            .note(format!("their lengths in ms: {:?}", seen.long_tasks)),
        Figure::new("  from frame to frame meanwhile", "ms", seen.frames)
            .beside("the same page with nothing happening", seen.idle_frames)
            .note("headless Chromium without a graphics card; max is the worst gap"),
    ])
}

/// Starts the harness and waits for its line.
pub async fn start_harness(home: &Path) -> Result<(Child, Address)> {
    let attempt = "start the harness";
    let program = beside_us("rearview-harness")?;
    let mut child = Command::new(program)
        .arg("--home")
        .arg(home)
        .arg("--ui")
        .arg(root().join("ui/dist"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(at(attempt))?;
    let out = child.stdout.take().ok_or_else(|| odd(attempt, "it has no output"))?;
    let line = BufReader::new(out).lines().next_line().await.map_err(at(attempt))?;
    let line = line.ok_or_else(|| odd(attempt, "it ended without a word"))?;
    Ok((child, serde_json::from_str(&line).map_err(at(attempt))?))
}

/// Runs a program of tests/browser, which drives the browser, and reads what it answers.
pub async fn drive<T: DeserializeOwned>(program: &str, script: &str) -> Result<T> {
    let attempt = "drive the browser";
    let running = Command::new("node")
        .arg(root().join("tests/browser").join(program))
        .arg(script)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(PATIENCE, running).await.map_err(at(attempt))?.map_err(at(attempt))?;
    if !output.status.success() {
        return Err(odd(attempt, format!("it ended with {}", output.status)));
    }
    serde_json::from_slice(&output.stdout).map_err(at(attempt))
}
