//! Scores the embedded engine and a real Hindsight server with the same facts and questions, and tells the
//! figures side by side. Retrieval only: nothing here asks a language model.
//!
//! `retrieval [--engine] [--engine-url URL [--engine-token T]]
//!            [--hindsight] [--hindsight-url URL [--hindsight-token T]] [--facts-only] [--write]`
//! `--engine` starts the engine in this process, `--hindsight` a real server; both use this build's encoder
//! (scripts/weights.sh fetches its weights). A server named by its URL brings its own. `--facts-only` leaves
//! the distractors out. Each result is kept in `target/retrieval` and told again when its server is not
//! asked this time. `--write` writes docs/retrieval.md, but for what people wrote at its end.

use rearview_engine::encode::beside_program;
use rearview_engine::{Engine, Options, Server, Token};
use rearview_tests::embeddings_server::EmbeddingsServer;
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

/// Where the part of docs/retrieval.md begins that people write.
const BY_HAND: &str = "## What was tried";

const NO_WEIGHTS: &str = "the encoder has no weights: run scripts/weights.sh first";

#[derive(Default)]
struct Wishes {
    start_engine: bool,
    engine: Option<String>,
    engine_token: Option<String>,
    hindsight: Option<String>,
    hindsight_token: Option<String>,
    start_hindsight: bool,
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
                "--engine" => wishes.start_engine = true,
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
    score_engine(&wishes, &set, banks).await?;
    score_hindsight(&wishes, &set, banks).await?;
    let text = report(&set, &words, banks)?;
    println!("{text}");
    if wishes.write {
        let path = root().join("docs/retrieval.md");
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        let by_hand = before.find(BY_HAND).and_then(|at| before.get(at..)).unwrap_or_default();
        std::fs::write(&path, format!("{text}\n{by_hand}"))?;
        println!("written to {}", path.display());
    }
    Ok(())
}

async fn score_engine(wishes: &Wishes, set: &RetrievalSet, banks: &[(&str, &str)]) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let started = match wishes.start_engine {
        true => Some(start_engine(folder.path()).await?),
        false => None,
    };
    let (url, token) = match &started {
        Some(server) => (server.url(), server.token()),
        None => match &wishes.engine {
            Some(url) => (url.clone(), wishes.engine_token.as_deref()),
            None => return Ok(()),
        },
    };
    for (bank, _) in banks {
        let api = BankApi::new(&url, token, &format!("retrieval-{bank}"))?;
        let facts = filled(&api, set, bank, "engine").await?;
        keep("engine", bank, &ask(&api, &set.questions, &facts).await?)?;
    }
    Ok(())
}

async fn start_engine(folder: &Path) -> Result<Server> {
    let weights = Some(beside_program().ok_or(NO_WEIGHTS)?);
    let engine = Engine::open(Options { dir: folder.to_owned(), weights, synthesis: None }).await?;
    Ok(Server::start(engine, 0, Token::random()).await?)
}

async fn score_hindsight(wishes: &Wishes, set: &RetrievalSet, banks: &[(&str, &str)]) -> Result<()> {
    let started = match wishes.start_hindsight {
        true => Some(start_hindsight().await?),
        false => None,
    };
    let started_url = started.as_ref().map(|(server, _)| server.url());
    let Some(url) = started_url.or(wishes.hindsight.as_deref()) else { return Ok(()) };
    for (bank, _) in banks {
        let api = BankApi::new(url, wishes.hindsight_token.as_deref(), &format!("retrieval-{bank}"))?;
        let facts = filled(&api, set, bank, "Hindsight").await?;
        for (name, graph) in [("hindsight", true), ("hindsight-no-graph", false)] {
            api.configure(json!({"enable_graph_retrieval": graph})).await?;
            keep(name, bank, &ask(&api, &set.questions, &facts).await?)?;
        }
    }
    Ok(())
}

/// The vectors' server has to live as long as the one that asks it.
async fn start_hindsight() -> Result<(HindsightServer, EmbeddingsServer)> {
    let vectors = EmbeddingsServer::start().await?.ok_or(NO_WEIGHTS)?;
    let url = ("HINDSIGHT_API_EMBEDDINGS_OPENAI_BASE_URL".to_owned(), vectors.url().to_owned());
    let server = HindsightServer::start(ServerOptions { key: None, env: vec![url] }).await?;
    Ok((server, vectors))
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
         same embedding model, all-MiniLM-L6-v2; the real server is Hindsight 1.1.0 with its fused order (`rrf`) in \
         place of a cross-encoder. Differences are points with the 95 % interval of a paired bootstrap of 10,000 \
         resamples: ▲ is better, ▼ is worse, and no mark not significantly either.\n\n\
         Written by `cargo run -p rearview-tests --bin retrieval -- --engine --hindsight --write`, which takes \
         about half an hour and needs what `scripts/weights.sh` fetches; without `--hindsight` the real server's \
         answers of the last time are told again. Finding does not depend on the machine's speed.\n\n\
         Caution: the set is this project's own, and small in each group; a reranker, which the real server can \
         be given, would move its figures; and both answer to what people meant as evidence, not to whether a \
         model could have answered.\n",
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
