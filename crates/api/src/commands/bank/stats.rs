//! Counts of a bank, and whether its models answer.

use crate::app::App;
use crate::wire::*;
use rearview_domain::Error;
use rearview_hindsight::{BankStats, LlmHealth, MemoriesOverTime};

pub async fn read(app: &App, request: ReadStats) -> Result<BankStats, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.stats(&request.bank_id, request.refresh).await.map_err(|error| error.to_error())
}

pub async fn over_time(app: &App, request: CountMemories) -> Result<MemoriesOverTime, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .memories_over_time(&request.bank_id, &request.period, &request.time_field)
        .await
        .map_err(|error| error.to_error())
}

pub async fn health(app: &App, request: BankRef) -> Result<LlmHealth, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.llm_health(&request.bank_id).await.map_err(|error| error.to_error())
}
