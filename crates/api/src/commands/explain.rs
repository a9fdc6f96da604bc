//! Handlers of `turn.*` that explain: the recall stage by stage, and why a memory is not in a turn. What the record
//! tells comes first; what is asked of the server now is told as such.

use super::lab::cancellable;
use super::{missing, store_error};
use crate::app::App;
use crate::wire::*;
use rearview_curate::finding;
use rearview_curate::gate::turn::{id_of, of_record};
use rearview_curate::gate::{self, Asked, Expected, WhyNot};
use rearview_curate::stage::Stages;
use rearview_domain::memory::RecalledMemory;
use rearview_domain::record::TurnRecord;
use rearview_domain::settings::Cap;
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ServerId};
use rearview_hindsight::{Client, RecallRequest};
use rearview_turns::plan;

pub async fn stages(app: &App, request: TurnRef) -> Result<TurnStages, Error> {
    let record = super::record::record(app, request).await?;
    let same = finding::same(&plan::injected_memories(&record));
    Ok(TurnStages { stages: record.memory.as_ref().and_then(Stages::of_call), same })
}

pub async fn why_not(app: &App, request: TurnWhyNotOf) -> Result<TurnWhyNot, Error> {
    let TurnWhyNotOf { chat_id, turn_id, expected, run } = request;
    let record =
        super::record::record(app, TurnRef { chat_id: chat_id.clone(), turn_id: turn_id.clone() }).await?;
    let stages = record.memory.as_ref().and_then(Stages::of_call);
    let id = id_of(&record, stages.as_ref(), &expected);
    let gate = of_record(&record, stages.as_ref(), id.as_deref(), &expected);
    let mut told = TurnWhyNot {
        memory_id: id.clone(),
        settled: gate.is_settled(),
        gate,
        query: None,
        probe: None,
        probe_error: None,
        asked_at: Time::now(),
    };
    if told.settled {
        return Ok(told);
    }
    let store = app.store_of(&chat_id);
    let turn = store.turn(&turn_id).await.map_err(store_error)?.ok_or_else(|| missing("turn", &turn_id))?;
    let question = store.message(&turn.question_id).await.map_err(store_error)?;
    let said = question.map(|message| message.said()).unwrap_or_default();
    let Some(probe) = Probe::of(&record, Expected { id, ..expected }) else { return Ok(told) };
    let probed = cancellable(app, run, async {
        let client = app.0.clients.client(&probe.server).await?;
        probe.ask(&client, &said).await
    });
    match probed.await {
        Ok((query, why)) => (told.query, told.probe) = (query, why),
        // The record's part of the answer stands, whatever became of the server.
        Err(error) => told.probe_error = Some(error),
    }
    Ok(told)
}

/// The turn's own recall, to be asked again now.
pub(super) struct Probe {
    pub(super) server: ServerId,
    pub(super) bank: BankId,
    pub(super) request: RecallRequest,
    expected: Expected,
    pub(super) max_memories: Option<u32>,
}

impl Probe {
    /// `None` when the record does not tell what was asked, or of whom.
    pub(super) fn of(record: &TurnRecord, expected: Expected) -> Option<Self> {
        let resolved = record.resolved.as_ref()?;
        let call = record.memory.as_ref()?;
        let demo = resolved.model.split('/').next() == Some(crate::setup::DEMO);
        let max_memories = match plan::asking(resolved, demo).max_memories.value {
            Cap::None => None,
            Cap::At { n } => Some(n),
        };
        Some(Self {
            server: resolved.bank.server_id.clone()?,
            bank: resolved.bank.bank_id.clone(),
            request: serde_json::from_value(call.request.clone()).ok()?,
            expected,
            max_memories,
        })
    }

    /// Whether the person's own words would have found it, when the query was not those; else the walk over the gates.
    async fn ask(&self, client: &Client, said: &str) -> Result<(Option<QueryProbe>, Option<WhyNot>), Error> {
        let own = said.trim();
        let mut query = None;
        if own != self.request.query.trim() && own.chars().any(char::is_alphanumeric) {
            let request = RecallRequest { query: own.to_owned(), ..self.request.clone() };
            let answered = client.recall(&self.bank, &request).await.map_err(|error| error.to_error())?;
            let fits = |one: &RecalledMemory| match (&self.expected.id, &self.expected.text) {
                (Some(id), _) => one.id == *id,
                (None, Some(text)) => one.text.trim() == text.trim(),
                (None, None) => false,
            };
            let rank = answered.value.memories().iter().find(|one| fits(one)).map(|one| one.rank);
            query = Some(QueryProbe { asked: self.request.query.clone(), yours: own.to_owned(), rank });
        }
        let asked = Asked {
            client,
            bank: &self.bank,
            request: &self.request,
            expected: &self.expected,
            max_memories: self.max_memories,
        };
        let why = gate::why_not(asked).await.map_err(|error| error.to_error())?;
        Ok((query, Some(why)))
    }
}
