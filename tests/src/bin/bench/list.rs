//! The fact browser in a real browser: a bank of 100,000 facts in a real file, listed by the engine of the app over
//! HTTP, and `benchList.mjs`, which opens and scrolls the list. What is clicked and watched stands there.

use crate::Scale;
use crate::crowd;
use crate::failed::{Result, at};
use crate::figure::{Figure, Of, under};
use crate::memory::{BANK, facts, retain};
use crate::page::{drive, start_harness};
use crate::place::Place;
use rearview_tests::retrieval::set::RetrievalSet;
use serde::Deserialize;
use serde_json::json;

/// What `benchList.mjs` answers. Times in milliseconds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    /// From click to the first facts painted.
    first_rows: Vec<f64>,
    /// Elements in the page with the list open, at the top and after scrolling.
    elements: Vec<f64>,
    /// How many rows there were.
    rows: f64,
    /// 200 facts from anywhere in the list, through the app and the engine.
    pages: Vec<f64>,
    /// Tasks that held up the page for over 50 ms while it was scrolled.
    long_tasks: Vec<f64>,
    /// From one frame to the next while it was scrolled, and while nothing happened.
    frames: Vec<f64>,
    idle_frames: Vec<f64>,
}

/// Measures.
pub async fn measure(scale: Scale) -> Result<Vec<Figure>> {
    let set = RetrievalSet::load().map_err(at("read the retrieval set"))?;
    let home = tempfile::tempdir().map_err(at("make a home"))?;
    // Where the engine of the app has its file.
    let data = home.path().join("data/memory");
    std::fs::create_dir_all(&data).map_err(at("make a home"))?;
    retain(&data, &facts(&set, scale)).await?;
    crowd::grow(&data, scale.of(100_000, 2_000)).await?;
    let place = Place::open(home.path()).await?;
    let view = json!({"scope": {"serverId": "embedded", "bankId": BANK}});
    let preferences = json!({"welcomed": true, "memoryView": view});
    place.ask("app.savePreferences", json!({"preferences": preferences})).await?;
    place.close().await;
    let (mut harness, address) = start_harness(home.path()).await?;
    let script = json!({
        "url": address.url,
        "token": address.token,
        "serverId": "embedded",
        "bankId": BANK,
        "rounds": scale.of(20, 3),
        "jumps": scale.of(100, 20),
    });
    let seen = drive::<Seen>("benchList.mjs", &script.to_string()).await;
    harness.kill().await.map_err(at("end the harness"))?;
    let seen = seen?;
    #[expect(clippy::cast_precision_loss, reason = "a handful of tasks")]
    let long_tasks = vec![seen.long_tasks.len() as f64];
    Ok(vec![
        Figure::new("Memory list of 100,000 facts: click to first rows painted", "ms", seen.first_rows)
            .within(&[under(Of::P50, 100.0)])
            .note(format!("{} rows, from the engine's HTTP list over a real file", seen.rows)),
        Figure::new("  elements in the page then", "", seen.elements).within(&[under(Of::Max, 2_000.0)]),
        Figure::new("  tasks over 50 ms while scrolling", "", long_tasks)
            .within(&[under(Of::Max, 0.0)])
            .note(format!("their lengths in ms: {:?}", seen.long_tasks)),
        Figure::new("  from frame to frame meanwhile", "ms", seen.frames)
            .beside("the same page with nothing happening", seen.idle_frames)
            .note("headless Chromium without a graphics card; max is the worst gap"),
        Figure::new("  200 facts from anywhere in it, through app and engine", "ms", seen.pages),
    ])
}
