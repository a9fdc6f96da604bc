//! Our own time between a provider's byte and the page: from the instant a delta is handed to the
//! provider's socket to the instant the page's sink gets the event that carries it. The sink is where
//! the window's channel begins; what the page then does is in `page`. In turns with it, a plain client
//! reads the same stream.

use crate::Scale;
use crate::failed::{Result, at, odd};
use crate::figure::{Figure, Of, under};
use crate::place::{Place, ms, plain_client, run_id};
use crate::seed::{self, Shape};
use crate::upstream::Upstream;
use crate::words;
use futures_util::StreamExt as _;
use rearview_api::table;
use serde_json::json;
use std::time::{Duration, Instant};

/// Deltas of one answer.
const DELTAS: usize = 200;
/// 200 tokens a second: the fastest that people are served today.
const EVERY: Duration = Duration::from_millis(5);
const SHAPE: Shape = Shape { messages: 2, words: 30 };

/// Measures.
pub async fn measure(scale: Scale) -> Result<Vec<Figure>> {
    let home = tempfile::tempdir().map_err(at("make a home"))?;
    let chats = seed::fill(home.path(), vec![SHAPE; scale.of(15, 2)]).await?;
    let far = Upstream::start()?;
    let place = Place::open(home.path()).await?;
    place.add_provider("bench", &far, DELTAS, EVERY).await?;
    let client = plain_client()?;
    let url = format!("{}/chat/completions", far.provider(DELTAS, EVERY));
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    for chat in &chats {
        far.take();
        let request = Place::message(chat, "bench/bench", "Tell me everything.").to_string();
        let started = table::call(place.app(), "turn.start", &request).await.map_err(at("turn.start"))?;
        let got = place.follow(&run_id(&started)?).await?;
        // Texts alone: the last event carries the whole answer again.
        let texts = got
            .iter()
            .filter(|(_, json)| json.contains(r#""kind":"text""#) && !json.contains(r#""finished""#));
        ours.extend(delays(&left(&far)?, texts.map(|(when, json)| (*when, json.as_str())))?);
        let got = read_plainly(&client, &url).await?;
        plain.extend(delays(&left(&far)?, got.iter().map(|(when, text)| (*when, text.as_str())))?);
    }
    place.close().await;
    let figure = Figure::new("Provider's byte to the page's sink, 200 tokens/s", "ms", ours)
        .beside("a plain reqwest stream of the same answer", plain)
        .within(&[under(Of::P50, 20.0)])
        .note("deltas are gathered for up to 24 ms and are on disk before they are shown");
    Ok(vec![figure])
}

/// When the deltas of the one answer since the last call left the provider.
fn left(far: &Upstream) -> Result<Vec<Instant>> {
    let answer = far.take().into_iter().find(|one| one.chat);
    answer.map(|one| one.deltas).ok_or_else(|| odd("read the provider's notes", "nothing was streamed"))
}

/// How long each delta took: from when it left to the first text that has its word.
fn delays<'a>(left: &[Instant], got: impl Iterator<Item = (Instant, &'a str)>) -> Result<Vec<f64>> {
    let mut came = vec![None; left.len()];
    for (when, text) in got {
        for index in words::indices(text) {
            if let Some(slot) = came.get_mut(index) {
                slot.get_or_insert(when);
            }
        }
    }
    let delays: Option<Vec<f64>> =
        left.iter().zip(came).map(|(left, came)| came.map(|came| ms(*left, came))).collect();
    delays.ok_or_else(|| odd("find each delta again", "one did not come"))
}

/// Reads the stream and notes when each piece came.
async fn read_plainly(client: &reqwest::Client, url: &str) -> Result<Vec<(Instant, String)>> {
    let attempt = "read the stream plainly";
    let body = json!({"model": "bench", "stream": true, "messages": []}).to_string();
    let request = client.post(url).header("content-type", "application/json").body(body);
    let mut pieces = request.send().await.map_err(at(attempt))?.bytes_stream();
    let mut got = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(at(attempt))?;
        got.push((Instant::now(), String::from_utf8_lossy(&piece).into_owned()));
    }
    Ok(got)
}
