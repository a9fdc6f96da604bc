//! The window: from the start of the process to a window that can be used, with everything on disk warm,
//! and what all its processes take of memory after 5 s of nothing. Needs a display. Beside it, for memory,
//! the same program showing its still page for a data folder in use: a window, and nothing of the app.

use crate::Scale;
use crate::beside_us;
use crate::disk::LONG;
use crate::failed::{Result, at, odd};
use crate::figure::{Figure, Of, under};
use crate::place::Place;
use crate::seed::{self, Shape};
use rearview_domain::ChatId;
use rearview_store::Store;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime};
use tokio::process::{Child, Command};
use tokio::time::{Instant, interval, sleep};

/// What the app logs once its page has got the list of chats, which the page asks for when it is drawn.
const USABLE: &str = "window usable";
/// What the app logs before it shows the still page.
const REFUSED: &str = "Rearview could not start";
/// How long memory is left to settle.
const IDLE: Duration = Duration::from_secs(5);
/// How long a window may take to come.
const PATIENCE: Duration = Duration::from_secs(60);
const SHORT: Shape = Shape { messages: 10, words: 30 };

/// Measures.
pub async fn measure(scale: Scale) -> Result<Vec<Figure>> {
    if std::env::var_os("DISPLAY").is_none() && std::env::var_os("WAYLAND_DISPLAY").is_none() {
        return Err(odd("open the window", "there is no display; scripts/with-desktop.sh gives one"));
    }
    let home = tempfile::tempdir().map_err(at("make a home"))?;
    let shapes = [LONG].into_iter().chain(vec![SHORT; 100]);
    let chats = seed::fill(home.path(), shapes).await?;
    welcome(home.path(), chats.first()).await?;
    let taken = tempfile::tempdir().map_err(at("make a home"))?;
    let _in_use = Store::open(taken.path().join("data")).await.map_err(at("take a data folder"))?;
    // The first start makes caches of fonts, shaders and the like; it is not counted.
    run(home.path(), USABLE, Duration::ZERO).await?;
    let (mut usable, mut memory, mut still) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..scale.of(10, 2) {
        let (ms, mb) = run(home.path(), USABLE, IDLE).await?;
        usable.push(ms);
        memory.push(mb);
        still.push(run(taken.path(), REFUSED, IDLE).await?.1);
    }
    Ok(vec![
        Figure::new("Start to usable window, warm", "ms", usable)
            .within(&[under(Of::P50, 1_000.0)])
            .note("a chat of 5,000 messages is open, 100 more are listed"),
        Figure::new("Proportional set size of all processes, idle", "MB", memory)
            .beside("the same program showing one still page", still)
            .within(&[under(Of::P50, 450.0)]),
    ])
}

/// Leaves the welcome behind and a chat open, as a person's second day begins.
async fn welcome(home: &Path, chat: Option<&ChatId>) -> Result<()> {
    let place = Place::open(home).await?;
    let preferences = json!({"welcomed": true, "lastChat": chat});
    place.ask("app.savePreferences", json!({"preferences": preferences})).await?;
    place.close().await;
    Ok(())
}

/// Starts the app, waits for a line in its log, leaves it alone for a while and ends it. Answers the
/// milliseconds from start to that line, and megabytes.
async fn run(home: &Path, line: &str, idle: Duration) -> Result<(f64, f64)> {
    let logs = home.join("logs");
    let _ = fs::remove_dir_all(&logs);
    let started = SystemTime::now();
    let mut app = Command::new(beside_us("rearview")?)
        .env("HOME", home)
        .env("REARVIEW_HOME", home)
        .env("XDG_CONFIG_HOME", home.join(".config"))
        .env("XDG_DATA_HOME", home.join(".local/share"))
        .env("XDG_CACHE_HOME", home.join(".cache"))
        .env("NO_AT_BRIDGE", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(at("start the app"))?;
    let measured = watch(&mut app, &logs, line, started, idle).await;
    end(&mut app).await?;
    measured
}

async fn watch(
    app: &mut Child,
    logs: &Path,
    line: &str,
    started: SystemTime,
    idle: Duration,
) -> Result<(f64, f64)> {
    let attempt = "wait for the window";
    let deadline = Instant::now() + PATIENCE;
    let mut ticks = interval(Duration::from_millis(20));
    let at_last = loop {
        ticks.tick().await;
        if let Some(when) = logged(logs, line) {
            break when;
        }
        if let Some(status) = app.try_wait().map_err(at(attempt))? {
            return Err(odd(attempt, format!("the app ended with {status}")));
        }
        if Instant::now() > deadline {
            return Err(odd(attempt, format!("`{line}` was not logged within {PATIENCE:?}")));
        }
    };
    let took = at_last.duration_since(started).map_err(at(attempt))?.as_secs_f64() * 1_000.0;
    sleep(idle).await;
    let pid = app.id().ok_or_else(|| odd(attempt, "the app has ended"))?;
    Ok((took, pss_mb(pid)))
}

/// When a line was logged: its own time stamp.
fn logged(logs: &Path, line: &str) -> Option<SystemTime> {
    let files = fs::read_dir(logs).ok()?.filter_map(std::result::Result::ok);
    let texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
    texts.into_iter().find_map(|text| stamp(&text, line))
}

fn stamp(log: &str, line: &str) -> Option<SystemTime> {
    let found = log.lines().find(|one| one.contains(line))?;
    let stamp: jiff::Timestamp = found.split_whitespace().next()?.parse().ok()?;
    Some(stamp.into())
}

/// Asks the app to end, and waits until it has.
async fn end(app: &mut Child) -> Result<()> {
    let attempt = "end the app";
    let Some(pid) = app.id() else { return Ok(()) };
    let asked = Command::new("kill").args(["-TERM", &pid.to_string()]).status().await;
    asked.map_err(at(attempt))?;
    if tokio::time::timeout(Duration::from_secs(10), app.wait()).await.is_err() {
        app.kill().await.map_err(at(attempt))?;
    }
    Ok(())
}

/// What a process and all its children take, each shared page by its part, in megabytes of 10^6 bytes.
/// A process that ends meanwhile counts nothing.
pub fn pss_mb(root: u32) -> f64 {
    let parents = parents();
    let mut tree = vec![root];
    let mut next = 0;
    while let Some(&pid) = tree.get(next) {
        tree.extend(parents.iter().filter(|(_, parent)| **parent == pid).map(|(child, _)| *child));
        next += 1;
    }
    let kib: u32 = tree.into_iter().filter_map(pss_kib).sum();
    f64::from(kib) * 1_024.0 / 1_000_000.0
}

fn pss_kib(pid: u32) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    field(&text, "Pss:")
}

/// The parent of every process there is.
fn parents() -> BTreeMap<u32, u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return BTreeMap::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_string_lossy().parse::<u32>().ok());
    pids.filter_map(|pid| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        Some((pid, field(&status, "PPid:")?))
    })
    .collect()
}

/// The number behind a name in one of the kernel's tables.
fn field(text: &str, name: &str) -> Option<u32> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_s_own_time_counts_not_when_it_was_read() {
        let log =
            "2026-01-01T00:00:00.5Z  INFO a: other\n2026-01-01T00:00:01.250000Z  INFO a: window usable\n";
        let when = stamp(log, USABLE).unwrap();
        let new_year: SystemTime = "2026-01-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap().into();
        assert_eq!(when.duration_since(new_year).unwrap(), Duration::from_millis(1_250));
        assert_eq!(stamp(log, "window gone"), None);
    }

    #[test]
    fn the_kernel_s_tables_are_read_by_name() {
        let text = "Rss:     9000 kB\nPss:                1234 kB\nPss_Dirty:   1 kB\n";
        assert_eq!(field(text, "Pss:"), Some(1_234));
        assert_eq!(field(text, "Swap:"), None);
    }

    #[test]
    fn this_process_takes_memory() {
        assert!(pss_mb(std::process::id()) > 0.1);
    }
}
