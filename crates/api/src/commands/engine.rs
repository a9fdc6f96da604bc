//! Handlers of `engine.*`: how the engine in this app is, which model reads for it, its sample bank.

use super::invalid;
use crate::app::App;
use crate::embedded::{Embedded, State};
use crate::model::find_model;
use crate::sample;
use crate::setup::{EMBEDDED, MemoryModel};
use crate::wire::*;
use rearview_domain::time::Time;
use rearview_domain::{Error, ErrorCode, ServerId};
use rearview_engine::Status;
use rearview_engine::synthesis::Synthesis;
use rearview_hindsight::Client;
use std::path::Path;
use std::sync::Arc;

pub async fn status(app: &App, _: Empty) -> Result<EngineView, Error> {
    let today = Time::now().0.get(..10).unwrap_or_default().to_owned();
    let model = app.0.setup.memory_model();
    #[expect(clippy::cast_precision_loss, reason = "tokens a day stay far under 2^53")]
    let (tokens_per_day, tokens_today) =
        (model.tokens_per_day as f64, app.0.setup.memory_tokens(&today) as f64);
    let mut view = EngineView {
        present: false,
        state: EngineState::Offline,
        reason: None,
        error: None,
        path: String::new(),
        bytes: 0.0,
        facts: None,
        banks: None,
        model: model.model,
        tokens_per_day,
        tokens_today,
        sample: false,
        sample_questions: sample::questions(),
    };
    let Some(embedded) = &app.0.embedded else { return Ok(view) };
    view.present = true;
    describe(&mut view, embedded);
    if !matches!(view.state, EngineState::Starting | EngineState::Offline)
        && let Err(error) = count(app, &mut view).await
    {
        // It runs and does not answer: said as it is, the card stays.
        view.reason = Some(error.message);
    }
    Ok(view)
}

fn describe(view: &mut EngineView, embedded: &Embedded) {
    let file = embedded.folder().join("memory.db");
    view.path = file.display().to_string();
    view.bytes = size(&file) + size(&file.with_extension("db-wal"));
    (view.state, view.reason, view.error) = match (embedded.state(), embedded.status()) {
        (State::Starting, _) => (EngineState::Starting, None, None),
        (State::Offline(error), _) => (EngineState::Offline, None, Some(error)),
        (State::Running { .. }, Some(Status::Ready)) => (EngineState::Ready, None, None),
        (State::Running { .. }, Some(Status::Degraded { reason })) => {
            (EngineState::Degraded, Some(reason), None)
        }
        (State::Running { .. }, Some(Status::LoadingModel) | None) => (EngineState::LoadingModel, None, None),
    };
}

/// Bytes of a file; 0 when there is none.
#[expect(clippy::cast_precision_loss, reason = "file sizes stay far under 2^53 bytes")]
fn size(path: &Path) -> f64 {
    std::fs::metadata(path).map_or(0.0, |meta| meta.len() as f64)
}

async fn count(app: &App, view: &mut EngineView) -> Result<(), Error> {
    let page = client(app).await?.banks(None, 1_000, 0).await.map_err(|error| error.to_error())?;
    let facts: u64 = page.banks.iter().filter_map(|bank| bank.fact_count).sum();
    view.facts = u32::try_from(facts).ok();
    view.banks = u32::try_from(page.banks.len()).ok();
    view.sample = page.banks.iter().any(|bank| bank.id.as_str() == sample::BANK);
    Ok(())
}

async fn client(app: &App) -> Result<Client, Error> {
    if app.0.embedded.is_none() {
        return Err(Error::new(ErrorCode::NotConfigured, "This Rearview runs without an engine of its own."));
    }
    app.0.clients.client(&ServerId::from(EMBEDDED)).await
}

pub async fn save_model(app: &App, request: SaveMemoryModel) -> Result<EngineView, Error> {
    if !(request.tokens_per_day.is_finite() && (0.0..=1e12).contains(&request.tokens_per_day)) {
        return Err(invalid("The limit must be a number of tokens from 0 on."));
    }
    if let Some(model) = &request.model {
        let (config, _) = find_model(&app.0.setup, model)?;
        if config.id.as_str() == crate::setup::DEMO {
            return Err(invalid("The Demo is no model and cannot read for memory.")
                .hint("Without a model, facts are found by rules."));
        }
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let tokens_per_day = request.tokens_per_day as u64;
    let chosen = MemoryModel { model: request.model, tokens_per_day };
    let synthesis = chosen.model.as_ref().map(|_| app.0.memory_model.clone() as Arc<dyn Synthesis>);
    app.0.setup.save_memory_model(&chosen).await?;
    if let Some(embedded) = &app.0.embedded {
        embedded.set_synthesis(synthesis);
    }
    app.changed(&["engine"]);
    status(app, Empty {}).await
}

pub async fn load_sample(app: &App, _: Empty) -> Result<EngineView, Error> {
    sample::load(&client(app).await?).await?;
    app.changed(&["engine", "banks"]);
    status(app, Empty {}).await
}

pub async fn remove_sample(app: &App, _: Empty) -> Result<EngineView, Error> {
    client(app).await?.delete_bank(&sample::bank()).await.map_err(|error| error.to_error())?;
    app.changed(&["engine", "banks"]);
    status(app, Empty {}).await
}
