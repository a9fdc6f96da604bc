//! What reading a text into memory costs: known for the engine in this app, whose model the person picked, and
//! not known for other servers, which do not tell what stands behind them.

use crate::app::App;
use crate::catalogue;
use crate::model::find_model;
use crate::setup::EMBEDDED;
use crate::wire::MemoryPrice;
use rearview_domain::ServerId;
use rearview_domain::turn::Usage;

/// The price of so many tokens at the model behind a memory server.
pub(crate) fn price(app: &App, server: &ServerId, input_tokens: u32, output_tokens: u32) -> MemoryPrice {
    let unknown = |model: Option<String>, why: &str| MemoryPrice { model, usd: None, why: why.to_owned() };
    if server.as_str() != EMBEDDED {
        return unknown(None, "This memory server does not tell which model it asks.");
    }
    let Some(model) = app.0.setup.memory_model().model else {
        let why = "The engine in this app reads by rules, without a model.".to_owned();
        return MemoryPrice { model: None, usd: Some(0.0), why };
    };
    let facts =
        find_model(&app.0.setup, &model).ok().and_then(|(config, bare)| catalogue::facts(&config, &bare));
    let usage = Usage { input: Some(input_tokens), output: Some(output_tokens), ..Usage::default() };
    match facts.and_then(|facts| rearview_providers::catalogue::cost(facts, &usage)) {
        Some(usd) => {
            let why = format!("Prices of {}.", catalogue::prices_of());
            MemoryPrice { model: Some(model), usd: Some(usd), why }
        }
        None => unknown(Some(model), "The price of this model is not known."),
    }
}
