//! Our own time between Enter and the provider's socket: from the call of `turn.start` to the request's
//! first byte at the provider, with about 20 kB of history, without memory and with a memory server
//! whose own time is taken off. In turns with it, the same bytes are sent by a plain client.

use crate::Scale;
use crate::failed::{Result, at, odd};
use crate::figure::{Figure, Of, under};
use crate::place::{Place, ms, plain_client, run_id};
use crate::seed::{self, Shape};
use crate::upstream::{Exchange, Upstream};
use rearview_api::table;
use rearview_domain::ChatId;
use serde_json::json;
use std::time::{Duration, Instant};

/// Ten exchanges of about 1 kB a message.
const HISTORY: Shape = Shape { messages: 20, words: 168 };
/// Rounds that warm connections, caches and code, and are not counted.
const WARM_UP: usize = 20;

/// What one variant came to, in milliseconds.
#[derive(Default)]
struct Took {
    ours: Vec<f64>,
    recorded: Vec<f64>,
    plain: Vec<f64>,
    bytes: usize,
}

/// Measures both variants.
pub async fn measure(scale: Scale) -> Result<Vec<Figure>> {
    let home = tempfile::tempdir().map_err(at("make a home"))?;
    let rounds = WARM_UP + scale.of(1_000, 60);
    // A chat for each round, so that every request is of the same size.
    let chats = seed::fill(home.path(), vec![HISTORY; rounds * 2]).await?;
    let far = Upstream::start()?;
    let place = Place::open(home.path()).await?;
    place.add_provider("bench", &far, 1, Duration::ZERO).await?;
    let (without, with) = chats.split_at(rounds);
    let off = rounds_of(&place, &far, without).await?;
    place.add_memory(&far).await?;
    let on = rounds_of(&place, &far, with).await?;
    place.close().await;
    let figures =
        [("memory off", off), ("memory call taken off", on)].map(|(which, took)| figures(which, took));
    Ok(figures.into_iter().flatten().collect())
}

fn figures(which: &str, took: Took) -> [Figure; 2] {
    let budgets = [under(Of::P50, 1.0), under(Of::P99, 5.0)];
    let size = format!("a request of {} bytes", took.bytes);
    [
        Figure::new(format!("Enter to provider's socket, {which}"), "ms", took.ours)
            .beside("a plain reqwest POST of the same bytes, call to first byte at the socket", took.plain)
            .within(&budgets)
            .note(size),
        Figure::new(format!("  of it before sending, as recorded, {which}"), "ms", took.recorded)
            .note("own_ms of the turn's record, without the HTTP client and the socket"),
    ]
}

async fn rounds_of(place: &Place, far: &Upstream, chats: &[ChatId]) -> Result<Took> {
    let client = plain_client()?;
    let url = format!("{}/chat/completions", far.provider(1, Duration::ZERO));
    let mut took = Took::default();
    for (round, chat) in chats.iter().enumerate() {
        let request = Place::message(chat, "bench/bench", "And what does that mean for us?").to_string();
        far.take();
        let entered = Instant::now();
        let started = table::call(place.app(), "turn.start", &request).await.map_err(at("turn.start"))?;
        place.follow(&run_id(&started)?).await?;
        let seen = far.take();
        let sent = seen.iter().find(|one| one.chat).ok_or_else(|| odd("send a turn", "nothing arrived"))?;
        let memory: f64 = seen.iter().filter(|one| !one.chat).map(|one| ms(one.arrived, one.answered)).sum();
        let ours = ms(entered, sent.arrived) - memory;
        let recorded = own_ms(place, chat, &started).await?;
        let plain = plainly(&client, &url, far, &sent.body).await?;
        if round >= WARM_UP {
            took.ours.push(ours);
            took.recorded.push(recorded);
            took.plain.push(plain);
            took.bytes = sent.body.len();
        }
    }
    Ok(took)
}

/// The time that the turn's own record tells.
async fn own_ms(place: &Place, chat: &ChatId, started: &str) -> Result<f64> {
    let record = place.ask("turn.record", json!({"chatId": chat, "turnId": run_id(started)?})).await?;
    record["steps"][0]["ownMs"].as_f64().ok_or_else(|| odd("read the record", "it has no step"))
}

/// The same bytes, sent by a plain client.
async fn plainly(client: &reqwest::Client, url: &str, far: &Upstream, body: &[u8]) -> Result<f64> {
    let attempt = "send the same bytes plainly";
    let request = client.post(url).header("content-type", "application/json").body(body.to_vec());
    let called = Instant::now();
    let answer = request.send().await.map_err(at(attempt))?;
    answer.bytes().await.map_err(at(attempt))?;
    let seen: Vec<Exchange> = far.take();
    let sent = seen.first().ok_or_else(|| odd(attempt, "nothing arrived"))?;
    Ok(ms(called, sent.arrived))
}
