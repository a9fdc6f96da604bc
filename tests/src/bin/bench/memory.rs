//! The memory engine through HTTP, as the app and any other client reach it: start, retain without a model,
//! recall with the encoding of the question, and what it takes of memory; and beside a real Hindsight server.
//!
//! Facts and questions are those of the retrieval set; `crowd` makes larger banks of them. Every question is
//! asked once of a start, so that none has its vector ready.

use crate::Scale;
use crate::crowd;
use crate::engine::EngineProcess;
use crate::failed::{Result, at, odd};
use crate::figure::{Figure, Of, under};
use crate::start::pss_mb;
use rearview_tests::embeddings_server::EmbeddingsServer;
use rearview_tests::hindsight_server::{HindsightServer, ServerOptions};
use rearview_tests::retrieval::run::{fill, without_a_model};
use rearview_tests::retrieval::server::{BankApi, batches};
use rearview_tests::retrieval::set::{Fact, Question, RetrievalSet};
use std::path::Path;
use std::time::Instant;

/// The one bank.
pub const BANK: &str = "retrieval-all";
/// What the API gives when nothing is asked for.
const TOKENS: u32 = 4_096;
/// Questions that are not counted: pages, caches and connections become warm.
const WARM: usize = 20;
/// The sizes that have a budget, and it, in milliseconds.
const SIZES: [(usize, f64); 2] = [(10_000, 25.0), (100_000, 45.0)];

/// Measures the engine alone.
pub async fn measure(scale: Scale) -> Result<Vec<Figure>> {
    let set = RetrievalSet::load().map_err(at("read the retrieval set"))?;
    let home = tempfile::tempdir().map_err(at("make a folder"))?;
    let data = home.path().join("engine");
    let mut figures = vec![retain(&data, &facts(&set, scale)).await?];
    for (size, budget) in SIZES {
        let size = scale.of(size, size / 50);
        crowd::grow(&data, size).await?;
        let (line, ready) = starts(&data, scale).await?;
        figures.push(
            Figure::new(format!("Engine, {size} facts: start to its line"), "ms", line)
                .within(&[under(Of::P50, 500.0)]),
        );
        figures.push(
            Figure::new(format!("Engine, {size} facts: start to the first answer"), "ms", ready)
                .within(&[under(Of::P50, 500.0)]),
        );
        figures.extend(recall(&data, size, budget, &set.questions, scale).await?);
    }
    Ok(figures)
}

/// Measures the engine and a real server in turns, with the same facts and the same vectors.
pub async fn beside_hindsight(scale: Scale) -> Result<Vec<Figure>> {
    let set = RetrievalSet::load().map_err(at("read the retrieval set"))?;
    let facts = facts(&set, scale);
    let home = tempfile::tempdir().map_err(at("make a folder"))?;
    let engine = EngineProcess::start(home.path()).await?;
    let ours = bank(engine.url())?;
    fill(&ours, &facts, |_| ()).await.map_err(at("fill the engine"))?;
    let vectors = EmbeddingsServer::start().await.map_err(at("serve vectors"))?;
    let vectors = vectors.ok_or_else(|| odd("serve vectors", "scripts/weights.sh fetches the weights"))?;
    let url = ("HINDSIGHT_API_EMBEDDINGS_OPENAI_BASE_URL".to_owned(), vectors.url().to_owned());
    let server = HindsightServer::start(ServerOptions { key: None, env: vec![url] }).await;
    let server = server.map_err(at("start a real server"))?;
    let theirs = bank(server.url())?;
    fill(&theirs, &facts, |_| ()).await.map_err(at("fill a real server"))?;
    let (mut our, mut their) = (Vec::new(), Vec::new());
    for (place, question) in questions(&set.questions, scale).enumerate() {
        let (one, other) = (ask(&ours, question).await?, ask(&theirs, question).await?);
        if place >= WARM {
            our.push(one);
            their.push(other);
        }
    }
    engine.end().await?;
    let name = format!("Recall with {} facts, in turns", facts.len());
    Ok(vec![
        Figure::new(name, "ms", our)
            .beside("Hindsight 1.1 with its graph, the same vectors and no cross-encoder", their)
            .note("the ratio should be 0.25 or less"),
    ])
}

fn bank(url: &str) -> Result<BankApi> {
    BankApi::new(url, None, BANK).map_err(at("set up HTTP"))
}

/// All facts, or few.
pub fn facts(set: &RetrievalSet, scale: Scale) -> Vec<Fact> {
    let facts = set.facts.iter().chain(&set.distractors);
    facts.take(scale.of(usize::MAX, 200)).cloned().collect()
}

fn questions(all: &[Question], scale: Scale) -> impl Iterator<Item = &Question> {
    // Those in all languages come in turns.
    let step = 7;
    (0..step)
        .flat_map(move |first| all.iter().skip(first).step_by(step))
        .take(scale.of(WARM + 200, WARM + 10))
}

/// Fills a fresh engine, request by request. A fact counts as retained when it can be found by its meaning.
pub async fn retain(data: &Path, facts: &[Fact]) -> Result<Figure> {
    let engine = EngineProcess::start(data).await?;
    let api = bank(engine.url())?;
    api.configure(without_a_model()).await.map_err(at("configure the bank"))?;
    let mut samples = Vec::new();
    for batch in batches(facts) {
        let began = Instant::now();
        api.retain(batch).await.map_err(at("retain facts"))?;
        samples.push(began.elapsed().as_secs_f64() * 1_000.0 / batch.len() as f64);
    }
    engine.end().await?;
    let total: f64 = samples.iter().zip(batches(facts)).map(|(ms, batch)| ms * batch.len() as f64).sum();
    let rate = 1_000.0 * facts.len() as f64 / total;
    Ok(Figure::new("Retain without a model, each fact", "ms", samples).within(&[under(Of::P50, 12.5)]).note(
        format!(
            "requests of up to 100 facts with their vectors; {rate:.0} facts a second over all {}",
            facts.len()
        ),
    ))
}

async fn starts(data: &Path, scale: Scale) -> Result<(Vec<f64>, Vec<f64>)> {
    let (mut line, mut ready) = (Vec::new(), Vec::new());
    for _ in 0..scale.of(10, 2) {
        let engine = EngineProcess::start(data).await?;
        line.push(engine.line_ms);
        ready.push(engine.ready_ms);
        engine.end().await?;
    }
    Ok((line, ready))
}

async fn recall(
    data: &Path,
    size: usize,
    budget: f64,
    all: &[Question],
    scale: Scale,
) -> Result<Vec<Figure>> {
    let engine = EngineProcess::start(data).await?;
    let api = bank(engine.url())?;
    let (mut first, mut samples) = (Vec::new(), Vec::new());
    for (place, question) in questions(all, scale).enumerate() {
        let took = ask(&api, question).await?;
        match place {
            0 => first.push(took),
            place if place < WARM => {}
            _ => samples.push(took),
        }
    }
    let pid = engine.pid().ok_or_else(|| odd("measure memory", "the engine has ended"))?;
    let memory = pss_mb(pid);
    engine.end().await?;
    let crowded = "copies of the retrieval set's facts with numbers, vectors blended and moved a little, \
        written straight into the tables";
    Ok(vec![
        Figure::new(format!("Recall with {size} facts"), "ms", samples)
            .within(&[under(Of::P50, budget)])
            .note(format!("its question encoded too; {crowded}")),
        Figure::new(format!("The first recall after a start, {size} facts"), "ms", first)
            .note("weights and bank are read first"),
        Figure::new(format!("Proportional set size, {size} facts"), "MB", vec![memory])
            .within(&[under(Of::Max, 250.0)])
            .note("after the recalls, weights of the encoder included"),
    ])
}

async fn ask(api: &BankApi, question: &Question) -> Result<f64> {
    let began = Instant::now();
    let answer = api.recall(&question.question, question.now, TOKENS).await.map_err(at("recall"))?;
    let took = began.elapsed().as_secs_f64() * 1_000.0;
    if answer.is_empty() {
        return Err(odd("recall", "nothing came back"));
    }
    Ok(took)
}
