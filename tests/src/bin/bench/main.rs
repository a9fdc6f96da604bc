//! `make bench`: the speed budgets, measured, each in turns with the same work done without Rearview where
//! there is such a thing. Prints a table, writes target/bench.json, and ends with 0 whatever the figures
//! are: budgets are told, not asserted, and what could not be measured says why.
//!
//! `bench [WORD…]` measures only what the words name: `enter`, `stream`, `wire`, `open`, `search`, `page`, `list`,
//! `inspector`, `start`, `memory`, and `hindsight`, which is measured only when it is named: the engine beside a real server.
//! `BENCH_LARGE=1` searches a million messages too, `BENCH_QUICK=1` takes few samples to see that all works.

mod crowd;
mod disk;
mod engine;
mod enter;
mod failed;
mod figure;
mod inspector;
mod list;
mod memory;
mod page;
mod place;
mod recording;
mod seed;
mod start;
mod stream;
mod turns;
mod upstream;
mod wire;
mod words;

use failed::{Result, at, odd};
use figure::Figure;
use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// How many samples are taken.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    quick: bool,
}

impl Scale {
    /// The number of samples: many, or few when it is only to be seen that all works.
    pub fn of(self, many: usize, few: usize) -> usize {
        if self.quick { few } else { many }
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a table is what this program is for")]
async fn main() -> ExitCode {
    let scale = Scale { quick: env::var_os("BENCH_QUICK").is_some() };
    let large = env::var_os("BENCH_LARGE").is_some();
    let named: Vec<String> = env::args().skip(1).collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|one| one == name);
    let mut figures = Vec::new();
    // One after the other: two measurements at once would measure each other.
    if wanted("enter") {
        add(&mut figures, "Enter to provider's socket", enter::measure(scale).await);
    }
    if wanted("stream") {
        add(&mut figures, "Provider's byte to the page's sink", stream::measure(scale).await);
    }
    if wanted("wire") {
        add(&mut figures, "Requests through the providers' crate", wire::measure(scale).await);
    }
    if wanted("open") {
        add(&mut figures, "Open a chat of 5,000 messages, backend", disk::open_chat(scale).await);
    }
    if wanted("search") {
        let messages = scale.of(100_000, 2_000);
        add(&mut figures, "Search", disk::search(scale, messages).await);
        if large {
            add(&mut figures, "Search 1,000,000 messages", disk::search(scale, 1_000_000).await);
        }
    }
    if wanted("page") {
        add(&mut figures, "The page in a browser", page::measure(scale).await);
    }
    if wanted("list") {
        add(&mut figures, "Memory list of 100,000 facts", list::measure(scale).await);
    }
    if wanted("inspector") {
        add(&mut figures, "The inspector", inspector::measure(scale).await);
    }
    if wanted("start") {
        add(&mut figures, "Start to usable window", start::measure(scale).await);
    }
    if wanted("memory") {
        add(&mut figures, "The memory engine", memory::measure(scale).await);
    }
    // Fills a real server for ten minutes.
    if named.iter().any(|one| one == "hindsight") {
        add(&mut figures, "Beside a real Hindsight server", memory::beside_hindsight(scale).await);
    }
    println!("\n{}", figure::table(&figures));
    if let Some(load) = load() {
        println!("{load} processes wanted a processor in the last minute, measuring included");
    }
    match write(&figures) {
        Ok(path) => println!("written to {}", path.display()),
        Err(error) => eprintln!("{error}"),
    }
    ExitCode::SUCCESS
}

/// Adds what was measured, or why it was not.
fn add(figures: &mut Vec<Figure>, name: &str, measured: Result<Vec<Figure>>) {
    match measured {
        Ok(measured) => figures.extend(measured),
        Err(error) => figures.push(Figure::missing(name, error)),
    }
}

fn write(figures: &[Figure]) -> Result<PathBuf> {
    let attempt = "write target/bench.json";
    let path = root().join("target/bench.json");
    let mut report = figure::json(figures);
    report["load"] = load().into();
    let text = serde_json::to_string_pretty(&report).map_err(at(attempt))?;
    std::fs::write(&path, text).map_err(at(attempt))?;
    Ok(path)
}

/// How busy the machine is: Linux's load average of the last minute. Figures of a busy machine say little.
fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

/// The repository's root.
pub fn root() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

/// A program of the same build as this one.
pub fn beside_us(name: &str) -> Result<PathBuf> {
    let attempt = format!("find the program `{name}`");
    let own = env::current_exe().map_err(at(&attempt))?;
    let path = own.with_file_name(name);
    if path.is_file() { Ok(path) } else { Err(odd(attempt, format!("there is no `{}`", path.display()))) }
}
