//! Scores the embedded engine and a real Hindsight server with the same facts and questions, and tells the
//! figures side by side. Retrieval only: nothing here asks a language model.
//!
//! `retrieval [--engine-url URL [--engine-token T]] [--hindsight-url URL [--hindsight-token T]]
//!            [--hindsight --embeddings-url URL] [--facts-only] [--write]`
//! `--hindsight` starts a real server with the embeddings of `--embeddings-url` (OpenAI's form, up to `/v1`),
//! which are to be the engine's. `--facts-only` leaves the distractors out. Each result is kept in
//! `target/retrieval` and told again when its server is not asked this time. `--write` writes
//! docs/retrieval.md.

use rearview_tests::hindsight_server::{HindsightServer, ServerOptions};
use rearview_tests::retrieval::metrics::Outcome;
use rearview_tests::retrieval::overlap::ContentWords;
use rearview_tests::retrieval::report::{System, tables};
use rearview_tests::retrieval::run::{ask, fill};
use rearview_tests::retrieval::server::BankApi;
use rearview_tests::retrieval::set::{Fact, RetrievalSet};
use serde_json::json;
use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The three systems, as files and tables name them; verdicts are about the first.
const SYSTEMS: [(&str, &str); 3] =
    [("engine", "engine"), ("hindsight-no-graph", "Hindsight, graph off"), ("hindsight", "Hindsight")];
/// The two banks, as files and headings name them.
const BANKS: [(&str, &str); 2] = [("facts", "The facts alone"), ("all", "With 5,000 distractors")];

#[derive(Default)]
struct Wishes {
    engine: Option<String>,
    engine_token: Option<String>,
    hindsight: Option<String>,
    hindsight_token: Option<String>,
    start_hindsight: bool,
    embeddings: Option<String>,
    facts_only: bool,
    write: bool,
}

impl Wishes {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut wishes = Self::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
            match word.as_str() {
                "--engine-url" => wishes.engine = Some(value()?),
                "--engine-token" => wishes.engine_token = Some(value()?),
                "--hindsight-url" => wishes.hindsight = Some(value()?),
                "--hindsight-token" => wishes.hindsight_token = Some(value()?),
                "--embeddings-url" => wishes.embeddings = Some(value()?),
                "--hindsight" => wishes.start_hindsight = true,
                "--facts-only" => wishes.facts_only = true,
                "--write" => wishes.write = true,
                unknown => return Err(format!("`{unknown}` is no option").into()),
            }
        }
        Ok(wishes)
    }
}

#[tokio::main]
#[expect(clippy::print_stderr, reason = "a person waits for it")]
async fn main() -> ExitCode {
    match measure().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stdout, reason = "tables are what this program is for")]
async fn measure() -> Result<()> {
    let wishes = Wishes::read(std::env::args().skip(1))?;
    let (set, words) = (RetrievalSet::load()?, ContentWords::load()?);
    let banks = if wishes.facts_only { BANKS.get(..1) } else { BANKS.get(..) }.unwrap_or_default();
    if let Some(url) = &wishes.engine {
        for (bank, _) in banks {
            let api = BankApi::new(url, wishes.engine_token.as_deref(), &format!("retrieval-{bank}"))?;
            let facts = filled(&api, &set, bank, "engine").await?;
            keep("engine", bank, &ask(&api, &set.questions, &facts).await?)?;
        }
    }
    let started = match wishes.start_hindsight {
        true => {
            let embeddings = wishes.embeddings.ok_or("`--hindsight` needs `--embeddings-url`")?;
            Some(start(embeddings).await?)
        }
        false => None,
    };
    if let Some(url) = started.as_ref().map(HindsightServer::url).or(wishes.hindsight.as_deref()) {
        for (bank, _) in banks {
            let api = BankApi::new(url, wishes.hindsight_token.as_deref(), &format!("retrieval-{bank}"))?;
            let facts = filled(&api, &set, bank, "Hindsight").await?;
            for (name, graph) in [("hindsight", true), ("hindsight-no-graph", false)] {
                api.configure(json!({"enable_graph_retrieval": graph})).await?;
                keep(name, bank, &ask(&api, &set.questions, &facts).await?)?;
            }
        }
    }
    let text = report(&set, &words, banks)?;
    println!("{text}");
    if wishes.write {
        let path = root().join("docs/retrieval.md");
        std::fs::write(&path, text)?;
        println!("written to {}", path.display());
    }
    Ok(())
}

/// A server with these embeddings in place of the scripted ones, which know only equal words.
async fn start(embeddings: String) -> Result<HindsightServer> {
    let url = ("HINDSIGHT_API_EMBEDDINGS_OPENAI_BASE_URL".to_owned(), embeddings);
    Ok(HindsightServer::start(ServerOptions { key: None, env: vec![url] }).await?)
}

/// Fills the bank with what it is to hold, and gives that back.
#[expect(clippy::print_stderr, reason = "a person waits for it")]
async fn filled(api: &BankApi, set: &RetrievalSet, bank: &str, name: &str) -> Result<Vec<Fact>> {
    let distractors = if bank == "all" { set.distractors.as_slice() } else { &[] };
    let facts: Vec<Fact> = set.facts.iter().chain(distractors).cloned().collect();
    let total = facts.len();
    fill(api, &facts, |done| {
        eprint!("\r{name}: {done} of {total} facts");
        drop(std::io::stderr().flush());
    })
    .await?;
    eprintln!();
    Ok(facts)
}

fn report(set: &RetrievalSet, words: &ContentWords, banks: &[(&str, &str)]) -> Result<String> {
    let mut text = String::from(
        "# Retrieval\n\nHow much of the evidence each system finds in the project's own test set \
         ([what it is](../tests/data/retrieval/README.md)), in percent: among the first 5, 10 and 20 results, and \
         within budgets of 512 to 4,096 tokens; MRR is the mean of one over the place of the first evidence. Both \
         servers get the same facts with no model in between (extraction mode `chunks`, no observations) and the \
         same embedding model; the real server is Hindsight 1.1 with its fused order (`rrf`) in place of a \
         cross-encoder. Differences are points with the 95 % interval of a paired bootstrap of 10,000 resamples. \
         Written by the program `retrieval` (`tests/src/bin/retrieval.rs`).\n",
    );
    for (bank, heading) in banks {
        let mut systems = Vec::new();
        for (file, name) in SYSTEMS {
            let Ok(kept) = std::fs::read(path(file, bank)) else { continue };
            systems.push(System { name: name.to_owned(), outcomes: serde_json::from_slice(&kept)? });
        }
        if !systems.is_empty() {
            text.push_str(&format!("\n## {heading}\n{}", tables(set, words, &systems)));
        }
    }
    Ok(text)
}

fn keep(system: &str, bank: &str, outcomes: &[Outcome]) -> Result<()> {
    let path = path(system, bank);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Ok(std::fs::write(path, serde_json::to_vec(outcomes)?)?)
}

fn path(system: &str, bank: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    target.join("retrieval").join(format!("{system}.{bank}.json"))
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
