//! What a request costs on its way through the providers' crate: processor time for each request and for each
//! streamed frame, beyond what a plain client spends on the same bytes; and how soon a first byte is through.
//!
//! Client and nothing else runs on the measured thread; the far end has threads of its own.

use crate::Scale;
use crate::failed::{Result, at, odd};
use crate::figure::{Figure, Of, under};
use crate::place::{ms, plain_client};
use crate::upstream::Upstream;
use futures_util::StreamExt as _;
use rearview_domain::message::Role;
use rearview_domain::record::Origin;
use rearview_providers::{
    Event, Piece, Platform, Provider, Quirks, Request, RequestMessage, RequestPart, Target, Timeouts,
    WireKind, encode,
};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Frames of the stream whose cost is spread over them.
const FRAMES: usize = 2_000;
/// Requests whose cost is measured together: the clock of a thread is exact over milliseconds only.
const TOGETHER: usize = 50;
/// Bytes of the conversation that is sent.
const SENT: usize = 20 * 1024;

/// Measures, on a thread of its own.
pub async fn measure(scale: Scale) -> Result<Vec<Figure>> {
    let attempt = "measure on a thread of its own";
    let measuring = tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(at(attempt))?.block_on(all(scale))
    });
    measuring.await.map_err(at(attempt))?
}

async fn all(scale: Scale) -> Result<Vec<Figure>> {
    let far = Upstream::start()?;
    let provider = Provider::new(Timeouts::default());
    let client = plain_client()?;
    let many = target(&far, FRAMES, Duration::ZERO);
    let one = target(&far, 1, Duration::ZERO);
    let (mut frames, mut plain_frames) = (Vec::new(), Vec::new());
    let (mut requests, mut plain_requests) = (Vec::new(), Vec::new());
    for _ in 0..scale.of(30, 3) {
        let spent = cpu(|| through(&provider, &many)).await?;
        frames.push(spent / FRAMES as f64);
        let spent = cpu(|| plainly(&client, &many)).await?;
        plain_frames.push(spent / FRAMES as f64);
        let spent = cpu(|| times(|| through(&provider, &one))).await?;
        requests.push(spent / TOGETHER as f64);
        let spent = cpu(|| times(|| plainly(&client, &one))).await?;
        plain_requests.push(spent / TOGETHER as f64);
        far.take();
    }
    let mut through_ms = Vec::new();
    let slow = target(&far, 3, Duration::from_millis(20));
    for _ in 0..scale.of(100, 5) {
        let came = first_text(&provider, &slow).await?;
        let left = far.take().into_iter().find(|one| one.chat).and_then(|one| one.deltas.first().copied());
        let left = left.ok_or_else(|| odd("read the provider's notes", "nothing was streamed"))?;
        through_ms.push(ms(left, came));
    }
    Ok(vec![
        Figure::new("Own processor time for a streamed frame", "µs", less(&frames, &plain_frames))
            .beside("a plain reqwest stream of the same bytes", plain_frames)
            .within(&[under(Of::P50, 12.0)])
            .note("ours less the plain client's in the same round"),
        Figure::new("Own processor time for a request of 20 kB", "µs", less(&requests, &plain_requests))
            .beside("a plain reqwest POST of the same bytes", plain_requests)
            .within(&[under(Of::P50, 150.0)])
            .note("encoding, signing, sending and one frame; ours less the plain client's"),
        Figure::new("A first byte through", "ms", through_ms).within(&[under(Of::P50, 1.0)]),
    ])
}

fn less(ours: &[f64], plain: &[f64]) -> Vec<f64> {
    ours.iter().zip(plain).map(|(ours, plain)| (ours - plain).max(0.0)).collect()
}

fn target(far: &Upstream, deltas: usize, every: Duration) -> Target {
    Target {
        provider_id: "bench".into(),
        provider_name: "Bench".into(),
        wire: WireKind::OpenaiChat,
        platform: Platform::Plain,
        base_url: far.provider(deltas, every),
        model: "bench".into(),
        quirks: Quirks::default(),
        facts: None,
    }
}

fn request() -> Request {
    let sentence = "It was a dark and stormy night; the rain fell in torrents. ";
    let text = sentence.repeat(SENT / sentence.len());
    let piece = Piece::new(text, Origin::User { message_id: "q".into() });
    let message = RequestMessage { role: Role::User, parts: vec![RequestPart::Text(vec![piece])] };
    Request { messages: vec![message], ..Request::default() }
}

async fn through(provider: &Provider, target: &Target) -> Result<()> {
    let attempt = "stream through the provider";
    let request = request();
    let encoded = encode(&request, target).map_err(at(attempt))?;
    let opened = provider.open(target, encoded, &request, None, CancellationToken::new()).await;
    let mut events = opened.map_err(at(attempt))?.events;
    while let Some(event) = events.next().await {
        if let Event::Failed(error) = event {
            return Err(odd(attempt, error.to_string()));
        }
    }
    Ok(())
}

async fn plainly(client: &reqwest::Client, target: &Target) -> Result<()> {
    let attempt = "stream plainly";
    let encoded = encode(&request(), target).map_err(at(attempt))?;
    let sending = client.post(&encoded.url).header("content-type", "application/json").body(encoded.body);
    let mut pieces = sending.send().await.map_err(at(attempt))?.bytes_stream();
    while let Some(piece) = pieces.next().await {
        piece.map_err(at(attempt))?;
    }
    Ok(())
}

async fn first_text(provider: &Provider, target: &Target) -> Result<Instant> {
    let attempt = "wait for the first text";
    let request = request();
    let encoded = encode(&request, target).map_err(at(attempt))?;
    let opened = provider.open(target, encoded, &request, None, CancellationToken::new()).await;
    let mut events = opened.map_err(at(attempt))?.events;
    let mut first = None;
    while let Some(event) = events.next().await {
        if matches!(event, Event::Text { .. }) {
            first.get_or_insert_with(Instant::now);
        }
    }
    first.ok_or_else(|| odd(attempt, "none came"))
}

async fn times<F: Future<Output = Result<()>>>(work: impl Fn() -> F) -> Result<()> {
    for _ in 0..TOGETHER {
        work().await?;
    }
    Ok(())
}

/// The processor time that this thread spends on some work, in microseconds.
async fn cpu<F: Future<Output = Result<()>>>(work: impl FnOnce() -> F) -> Result<f64> {
    let before = on_cpu()?;
    work().await?;
    Ok((on_cpu()? - before) / 1_000.0)
}

/// Nanoseconds that this thread has been on a processor: the first number of Linux's `schedstat`.
fn on_cpu() -> Result<f64> {
    let attempt = "read the thread's processor time";
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").map_err(at(attempt))?;
    let spent = text.split_whitespace().next().and_then(|number| number.parse().ok());
    spent.ok_or_else(|| odd(attempt, text.clone()))
}
