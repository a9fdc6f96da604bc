//! The fact browser in a real browser: a bank of 3,000 and then of 100,000 facts in a real file, listed by the engine of
//! the app over HTTP. `benchList.mjs` opens and scrolls the list, `benchPlaces.mjs` the other places of the view; what is
//! clicked and watched stands there.

use crate::Scale;
use crate::crowd;
use crate::failed::{Result, at, odd};
use crate::figure::{Figure, Of, under};
use crate::memory::{BANK, facts, retain};
use crate::page::{drive, start_harness};
use crate::place::Place;
use crate::start::pss_mb;
use rearview_tests::retrieval::set::RetrievalSet;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

/// The size that other programs were measured at, and the one that has budgets.
const SMALL: usize = 3_000;
const LARGE: usize = 100_000;

/// What `benchList.mjs` answers. Times in milliseconds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    /// From click to the first facts painted.
    first_rows: Vec<f64>,
    /// Elements in the page with the list open, at the top and after scrolling.
    elements: Vec<f64>,
    /// How many rows there were.
    rows: f64,
    /// 200 facts from anywhere in the list, through the app and the engine.
    pages: Vec<f64>,
    /// The first 100 facts with a word, and with a tag.
    words: Vec<f64>,
    tags: Vec<f64>,
    /// The whole bank looked through for findings, and the processor time of the app and its engine for that.
    findings: Vec<f64>,
    findings_cpu: Vec<f64>,
    /// Tasks that held up the page for over 50 ms while it was scrolled.
    long_tasks: Vec<f64>,
    /// From one frame to the next while it was scrolled, and while nothing happened.
    frames: Vec<f64>,
    idle_frames: Vec<f64>,
}

/// What `benchPlaces.mjs` answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Places {
    /// From the first click on Memories after a start of the page to the first facts painted, in milliseconds; the
    /// browser's processor time until half a second later; and bytes from the app until they were painted.
    open: Vec<f64>,
    open_cpu: Vec<f64>,
    open_bytes: Vec<f64>,
    tabs: BTreeMap<String, Tab>,
    /// Percent of a processor that the browser takes when nobody touches it, by tab.
    idle: BTreeMap<String, Vec<f64>>,
    /// Megabytes of the whole browser after all tabs were seen, and with an empty page.
    pss: Vec<f64>,
    blank_pss: Vec<f64>,
}

#[derive(Deserialize)]
struct Tab {
    /// From click to first rows painted, in milliseconds.
    first: Vec<f64>,
    elements: Vec<f64>,
}

/// Measures.
pub async fn measure(scale: Scale) -> Result<Vec<Figure>> {
    let set = RetrievalSet::load().map_err(at("read the retrieval set"))?;
    let home = tempfile::tempdir().map_err(at("make a home"))?;
    // Where the engine of the app has its file.
    let data = home.path().join("data/memory");
    std::fs::create_dir_all(&data).map_err(at("make a home"))?;
    let mut some = facts(&set, scale);
    some.truncate(SMALL);
    retain(&data, &some).await?;
    let place = Place::open(home.path()).await?;
    let view = json!({"scope": {"serverId": "embedded", "bankId": BANK}});
    let preferences = json!({"welcomed": true, "memoryView": view});
    place.ask("app.savePreferences", json!({"preferences": preferences})).await?;
    place.close().await;
    let mut figures = Vec::new();
    for size in [some.len(), scale.of(LARGE, 2_000)] {
        crowd::grow(&data, size).await?;
        crowd::furnish(&data).await?;
        figures.extend(of_size(home.path(), size, scale).await?);
    }
    // `BENCH_KEEP=FOLDER` moves the large bank there, for pictures of it: `SHOTS_HOME` of shotsMemory.ts.
    if let Some(folder) = std::env::var_os("BENCH_KEEP") {
        std::fs::rename(home.keep(), folder).map_err(at("keep the home"))?;
    }
    Ok(figures)
}

async fn of_size(home: &Path, size: usize, scale: Scale) -> Result<Vec<Figure>> {
    let (mut harness, address) = start_harness(home).await?;
    let pid = harness.id().ok_or_else(|| odd("measure the list", "the harness has ended"))?;
    let script = json!({
        "url": address.url,
        "token": address.token,
        "pid": pid,
        "serverId": "embedded",
        "bankId": BANK,
        "rounds": scale.of(20, 3),
        "jumps": scale.of(100, 20),
    });
    let list = drive::<List>("benchList.mjs", &script.to_string()).await;
    let script = json!({
        "url": address.url,
        "token": address.token,
        "rounds": scale.of(5, 1),
        "idleMs": scale.of(10_000, 1_000),
    });
    let places = drive::<Places>("benchPlaces.mjs", &script.to_string()).await;
    let app = pss_mb(pid);
    harness.kill().await.map_err(at("end the harness"))?;
    let mut figures = of_list(size, list?);
    figures.extend(of_places(size, places?));
    figures.push(Figure::new(
        format!("App and engine, {size} facts: proportional set size"),
        "MB",
        vec![app],
    ));
    Ok(figures)
}

fn of_list(size: usize, seen: List) -> Vec<Figure> {
    #[expect(clippy::cast_precision_loss, reason = "a handful of tasks")]
    let long_tasks = vec![seen.long_tasks.len() as f64];
    vec![
        Figure::new(
            format!("Memory list of {size} facts: click to first rows painted"),
            "ms",
            seen.first_rows,
        )
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
        Figure::new("  100 facts that hold a word of few, of none, of most", "ms", seen.words),
        Figure::new("  100 facts with a tag of most, of few", "ms", seen.tags),
        Figure::new("  looked through for findings", "ms", seen.findings),
        Figure::new("    processor time of app and engine for that", "ms", seen.findings_cpu),
    ]
}

fn of_places(size: usize, seen: Places) -> Vec<Figure> {
    let mut figures = vec![
        Figure::new(
            format!("Memories opened first, {size} facts: click to first rows painted"),
            "ms",
            seen.open,
        ),
        Figure::new("  browser's processor time for that", "ms", seen.open_cpu),
        Figure::new("  bytes for that", "", seen.open_bytes),
    ];
    for (name, tab) in seen.tabs {
        figures.push(
            Figure::new(format!("{name} of {size} facts: click to first rows painted"), "ms", tab.first)
                .within(&[under(Of::P50, 300.0)]),
        );
        figures.push(Figure::new("  elements in the page then", "", tab.elements));
    }
    for (name, percent) in seen.idle {
        let name = format!("{name} of {size} facts, left alone: the browser's part of a processor");
        figures.push(Figure::new(name, "%", percent));
    }
    figures.push(
        Figure::new("Browser, all places of Memories seen: proportional set size", "MB", seen.pss)
            .beside("the same browser with an empty page", seen.blank_pss),
    );
    figures
}
