//! The inspector under the stop-watch: how soon the panel shows what the page was told, how soon a past turn is open with
//! 100,000 turns stored, what a record takes on disk, and what recording takes of the turn. `benchInspector.mjs` drives the
//! browser; `turns` makes few turns many.

use crate::Scale;
use crate::failed::{Result, at, odd};
use crate::figure::{Figure, Of, under};
use crate::page::{drive, start_harness};
use crate::place::{Place, run_id};
use crate::recording;
use crate::turns;
use crate::upstream::Upstream;
use crate::words;
use rearview_api::table;
use rearview_domain::{ChatId, TurnId};
use serde::Deserialize;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

/// Turns of the chat that is really held.
const HELD: usize = 20;
/// Turns in the store when a past one is opened.
const STORED: usize = 100_000;
const DELTAS: usize = 20;
const EVERY: Duration = Duration::from_millis(5);
/// A frame of a screen that shows 60 a second.
const FRAME_MS: f64 = 1_000.0 / 60.0;
/// What a record may take on disk.
const RECORD_BYTES: f64 = 30_000.0;

/// What `benchInspector.mjs` answers. Times in milliseconds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    /// From an event's being read off the wire to the end of the frame in which the panel shows it, and how many frames
    /// began in between.
    event: Vec<f64>,
    event_frames: Vec<f64>,
    /// The same for a bare text node that is set as soon as the event is read.
    bare: Vec<f64>,
    /// From the click on an answer's chip to the panel of its turn painted.
    open: Vec<f64>,
    /// A page of the history: by itself, with a wish, with a word of every turn, with one of none.
    page: Vec<f64>,
    wish: Vec<f64>,
    word_of_all: Vec<f64>,
    word_of_none: Vec<f64>,
    /// How many turns the history says there are.
    stored: f64,
}

/// Measures.
pub async fn measure(scale: Scale) -> Result<Vec<Figure>> {
    let home = tempfile::tempdir().map_err(at("make a home"))?;
    let far = Upstream::start()?;
    let place = Place::open(home.path()).await?;
    place.add_provider("bench", &far, DELTAS, EVERY).await?;
    place.add_memory(&far).await?;
    let mut sizes = Vec::new();
    let (chat, held) = hold(&place, home.path(), scale.of(HELD, 6), 20, &mut sizes).await?;
    // One whose messages are long, as when files are talked about.
    let mut long = Vec::new();
    let (_, long_turns) = hold(&place, home.path(), scale.of(HELD, 6), 2_000, &mut long).await?;
    let preferences = json!({"welcomed": true, "defaultModel": "bench/bench", "lastChat": chat});
    place.ask("app.savePreferences", json!({"preferences": preferences})).await?;
    place.close().await;

    let mut figures = vec![
        Figure::new("A record on disk, 10 memories, short messages", "B", sizes)
            .within(&[under(Of::P50, RECORD_BYTES)])
            .note("pages of records.db that came with a turn: its parts, its request, the words of its memories, indices"),
        Figure::new("  the same with messages of 2,000 words", "B", long).within(&[under(Of::P50, RECORD_BYTES)]),
    ];
    for turn in [held.last(), long_turns.last()] {
        let turn = turn.ok_or_else(|| odd("hold a chat", "it has no turn"))?;
        figures.extend(recording::of(home.path(), turn, scale).await?);
    }
    let stored = scale.of(STORED, 2_000);
    turns::grow(home.path(), &chat, stored).await?;
    let (mut harness, address) = start_harness(home.path()).await?;
    let script = json!({
        "url": address.url,
        "token": address.token,
        "turns": held,
        "rounds": scale.of(5, 2),
        "pages": scale.of(20, 2),
        "live": scale.of(20, 4),
        // The facts of the far end all begin with it.
        "word": "Fact",
        "none": words::word(words::WORDS - 1),
    });
    let seen = drive::<Seen>("benchInspector.mjs", &script.to_string()).await;
    harness.kill().await.map_err(at("end the harness"))?;
    // `BENCH_KEEP=FOLDER` moves the home with its many turns there, to be looked at.
    if let Some(folder) = std::env::var_os("BENCH_KEEP") {
        std::fs::rename(home.keep(), folder).map_err(at("keep the home"))?;
    }
    figures.extend(of_page(seen?));
    Ok(figures)
}

/// Holds a chat of so many turns with words of this many, and notes what each adds to `records.db`.
async fn hold(
    place: &Place,
    home: &Path,
    turns: usize,
    words: usize,
    sizes: &mut Vec<f64>,
) -> Result<(ChatId, Vec<TurnId>)> {
    let attempt = "hold a chat";
    let made = place.ask("chat.create", json!({"kind": "normal", "model": "bench/bench"})).await?;
    let chat = ChatId(made["id"].as_str().ok_or_else(|| odd(attempt, "it has no id"))?.to_owned());
    let mut ids = Vec::new();
    let mut before = turns::used(home).await?;
    for round in 0..turns {
        // Each question begins with words of its own, by which the page knows its panel.
        let said = format!("Round {round} of the bench. {}", words::text(round as u64, words));
        let request = Place::message(&chat, "bench/bench", &said).to_string();
        let started = table::call(place.app(), "turn.start", &request).await.map_err(at("turn.start"))?;
        place.follow(&run_id(&started)?).await?;
        let started: serde_json::Value = serde_json::from_str(&started).map_err(at(attempt))?;
        let turn = started["turn"]["id"].as_str().ok_or_else(|| odd(attempt, "the turn has no id"))?;
        ids.push(TurnId(turn.to_owned()));
        let now = turns::used(home).await?;
        sizes.push(now - before);
        before = now;
    }
    // The first brings what all later ones share: segments of the request, the words of the memories.
    sizes.remove(0);
    Ok((chat, ids))
}

fn of_page(seen: Seen) -> Vec<Figure> {
    let stored = seen.stored;
    vec![
        Figure::new("An event of a turn, read off the wire to painted in the panel", "ms", seen.event)
            .beside("a bare text node that is set when the event is read", seen.bare)
            .note("headless Chromium without a graphics card, 60 frames a second"),
        Figure::new("  frames that began in between", "", seen.event_frames)
            .within(&[under(Of::P50, 1.0)])
            .note(format!("a frame is {FRAME_MS:.1} ms; the one that shows it counts")),
        Figure::new(format!("Open a past turn of {stored} turns, click to panel painted"), "ms", seen.open)
            .within(&[under(Of::P50, 50.0)]),
        Figure::new("  the history: its newest 100 turns, through the app", "ms", seen.page),
        Figure::new("  those in which memories were used", "ms", seen.wish),
        Figure::new("  those with a word that is in every turn", "ms", seen.word_of_all),
        Figure::new("  those with a word that is in none", "ms", seen.word_of_none),
    ]
}
