//! The far end of every connection: a provider and a memory server in one, which notes to the instant
//! when bytes arrive and leave. Plain blocking sockets on threads of their own, so that the runtime under
//! measurement and its HTTP stack have no part in the notes. Knows no scenario.
//!
//! What it answers stands in the path: `/20x5/v1/chat/completions` streams 20 deltas, one each 5 ms;
//! a path that ends in `/recall` gets facts; everything else gets `{}`.

use crate::failed::{Result, at};
use crate::words;
use serde_json::json;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// One request as the socket saw it.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Whether it was for a model; else it was for memory.
    pub chat: bool,
    /// When its first byte was there.
    pub arrived: Instant,
    /// When the last byte of the answer was handed to the kernel.
    pub answered: Instant,
    /// When each delta was handed to the kernel.
    pub deltas: Vec<Instant>,
    /// Its body.
    pub body: Vec<u8>,
}

/// The far end. Lives as long as the process.
#[derive(Clone)]
pub struct Upstream {
    address: SocketAddr,
    notes: Arc<Notes>,
}

#[derive(Default)]
struct Notes {
    kept: Mutex<Kept>,
    quiet: Condvar,
}

#[derive(Default)]
struct Kept {
    exchanges: Vec<Exchange>,
    /// Requests that came and are not noted yet.
    under_way: usize,
}

impl Upstream {
    /// Begins to listen on loopback.
    pub fn start() -> Result<Self> {
        let attempt = "listen as the provider";
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(at(attempt))?;
        let upstream = Self { address: listener.local_addr().map_err(at(attempt))?, notes: Arc::default() };
        let notes = Arc::clone(&upstream.notes);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let notes = Arc::clone(&notes);
                // A client that hangs up ends its thread; that is how connections end.
                std::thread::spawn(move || serve(&stream, &notes));
            }
        });
        Ok(upstream)
    }

    /// The base address of a provider that streams this many deltas at this pace.
    pub fn provider(&self, deltas: usize, every: Duration) -> String {
        format!("http://{}/{deltas}x{}/v1", self.address, every.as_millis())
    }

    /// The base address of the memory server.
    pub fn memory(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What was asked since the last call, oldest first. A client may have its answer before it is noted
    /// here that it has; hence this waits for what is under way.
    pub fn take(&self) -> Vec<Exchange> {
        let waited = self.notes.quiet.wait_while(lock(&self.notes.kept), |kept| kept.under_way > 0);
        std::mem::take(&mut waited.unwrap_or_else(PoisonError::into_inner).exchanges)
    }
}

/// Answers requests of one connection until it ends.
fn serve(stream: &TcpStream, notes: &Notes) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while !reader.fill_buf()?.is_empty() {
        let arrived = Instant::now();
        lock(&notes.kept).under_way += 1;
        let exchange = answer(stream, &mut reader, arrived);
        let mut kept = lock(&notes.kept);
        kept.under_way -= 1;
        notes.quiet.notify_all();
        kept.exchanges.push(exchange?);
    }
    Ok(())
}

/// Reads one request and answers it.
fn answer(stream: &TcpStream, reader: &mut impl BufRead, arrived: Instant) -> io::Result<Exchange> {
    let (path, body) = read(reader)?;
    let chat = path.ends_with("/chat/completions");
    let mut deltas = Vec::new();
    match pace(&path).filter(|_| chat) {
        Some((count, every)) => deltas = stream_answer(stream, count, every)?,
        None => {
            whole_answer(stream, &if path.ends_with("/recall") { facts() } else { json!({}) }.to_string())?
        }
    }
    Ok(Exchange { chat, arrived, answered: Instant::now(), deltas, body })
}

/// Reads a request: its path and its body.
fn read(reader: &mut impl BufRead) -> io::Result<(String, Vec<u8>)> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().map_err(io::Error::other)?;
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((path, body))
}

/// Deltas and pace, as the first part of the path says.
fn pace(path: &str) -> Option<(usize, Duration)> {
    let (deltas, every) = path.split('/').nth(1)?.split_once('x')?;
    Some((deltas.parse().ok()?, Duration::from_millis(every.parse().ok()?)))
}

/// Streams an answer and notes when each delta left.
fn stream_answer(mut stream: &TcpStream, deltas: usize, every: Duration) -> io::Result<Vec<Instant>> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes())?;
    let started = Instant::now();
    let mut left = Vec::with_capacity(deltas);
    for index in 0..deltas {
        let due = started + every * u32::try_from(index).unwrap_or(u32::MAX);
        // The pace of a model: late by no more than the timer, and late ones do not push back the rest.
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let chunk = chunk(&json!({"content": words::delta(index)}), None);
        left.push(Instant::now());
        stream.write_all(chunk.as_bytes())?;
    }
    let mut end = chunk(&json!({}), Some("stop"));
    end.push_str("e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n");
    stream.write_all(end.as_bytes())?;
    Ok(left)
}

/// One event of the OpenAI wire in one HTTP chunk.
fn chunk(delta: &serde_json::Value, finish: Option<&str>) -> String {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
    let event = json!({"id": "bench", "object": "chat.completion.chunk", "created": 1, "model": "bench", "choices": [choice]});
    let data = format!("data: {event}\n\n");
    let mut chunk = String::new();
    let _ = write!(chunk, "{:x}\r\n{data}\r\n", data.len());
    chunk
}

fn whole_answer(mut stream: &TcpStream, body: &str) -> io::Result<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes())
}

/// Ten facts, as recall answers them.
fn facts() -> serde_json::Value {
    let fact = |n: u32| json!({"id": format!("fact-{n}"), "type": "world", "text": format!("Fact {n}: {}.", words::text(u64::from(n), 12))});
    json!({"results": (1..=10).map(fact).collect::<Vec<_>>()})
}

/// A poisoned list still holds whole exchanges: they are pushed one at a time.
fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_says_the_pace() {
        assert_eq!(pace("/20x5/v1/chat/completions"), Some((20, Duration::from_millis(5))));
        assert_eq!(pace("/v1/default/banks/b/memories/recall"), None);
    }

    #[test]
    fn a_request_is_read_to_the_end_of_its_body() {
        let mut bytes = &b"POST /a HTTP/1.1\r\nContent-Length: 2\r\nx: y\r\n\r\n{}POST /b"[..];
        assert_eq!(read(&mut bytes).unwrap(), ("/a".to_owned(), b"{}".to_vec()));
        assert_eq!(bytes, b"POST /b");
    }

    #[test]
    fn an_event_is_one_http_chunk_of_the_length_it_promises() {
        let chunk = chunk(&json!({"content": "a"}), None);
        let (length, data) = chunk.split_once("\r\n").unwrap();
        assert_eq!(usize::from_str_radix(length, 16).unwrap(), data.len() - 2);
    }
}
