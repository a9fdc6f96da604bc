//! A turn's own reflect made again: what the server's model writes now beside what it wrote then, and what the two are based
//! on. It costs that model's work, so it is a command of its own that nothing but a person's press runs.

use super::lab::cancellable;
use super::then::{not_again, source};
use crate::app::App;
use crate::wire::*;
use rearview_curate::then::{Based, Seen, others, then_and_now, without_past};
use rearview_curate::transfer::look;
use rearview_domain::memory::RecalledMemory;
use rearview_domain::record::{MemoryCall, Reflected, TurnRecord};
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ServerId};
use rearview_hindsight::ReflectRequest;
use rearview_turns::first;
use std::time::Instant;

pub async fn reflect_again(app: &App, request: ReflectAgainOf) -> Result<ReflectedAgain, Error> {
    let ReflectAgainOf { chat_id, turn_id, run } = request;
    let record = super::record::record(app, TurnRef { chat_id, turn_id }).await?;
    let again = match not_again(&record) {
        Some(NotAgain::Reflected) => Again::of(&record).ok_or(NotAgain::NotRecorded),
        Some(why) => Err(why),
        None => Err(NotAgain::Recalled),
    };
    match again {
        Ok(again) => cancellable(app, run, again.ask(app, &record)).await,
        Err(why) => Ok(untold(&record, Some(why))),
    }
}

/// What was asked, and of whom.
struct Again<'a> {
    server: &'a ServerId,
    bank: &'a BankId,
    request: ReflectRequest,
    call: &'a MemoryCall,
}

impl<'a> Again<'a> {
    /// `None` when the record does not tell.
    fn of(record: &'a TurnRecord) -> Option<Self> {
        let (resolved, call) = (record.resolved.as_ref()?, record.memory.as_ref()?);
        Some(Self {
            server: resolved.bank.server_id.as_ref()?,
            bank: &resolved.bank.bank_id,
            request: serde_json::from_value(call.request.clone()).ok()?,
            call,
        })
    }

    async fn ask(self, app: &App, record: &TurnRecord) -> Result<ReflectedAgain, Error> {
        let client = app.0.clients.client(self.server).await?;
        // A server makes the bank that it is to reflect on, and this is to change nothing.
        if look(&client, self.bank).await?.is_none() {
            return Ok(untold(record, Some(NotAgain::BankGone)));
        }
        let had = self.call.reflect.as_ref().and_then(|reflected| Based::of(reflected.based_on.as_ref()));
        let mut told = untold(record, None);
        told.then = Some(ReflectSide {
            paragraph: then_paragraph(self.call),
            ms: self.call.ms,
            based_known: had.is_some(),
        });
        let began = Instant::now();
        let answered = client.reflect(self.bank, &self.request).await;
        let ms = began.elapsed().as_secs_f64() * 1_000.0;
        let gets = match answered {
            Ok(answered) => {
                let answer = answered.value;
                let reflected = answer.reflected();
                let gets = Based::of(reflected.based_on.as_ref());
                told.now = Some(ReflectSide { paragraph: said(&reflected), ms, based_known: gets.is_some() });
                told.by_rule = answer.by_rule();
                told.usage = answer.usage;
                told.structured_error = answer.structured_output_error;
                told.ignored_params = answered.ignored_params;
                gets
            }
            // What the turn's own is based on can still be told.
            Err(error) => {
                let paragraph = Paragraph::Failed { error: error.to_error() };
                told.now = Some(ReflectSide { paragraph, ms, based_known: false });
                None
            }
        };
        told.others = others(had.as_ref(), gets.as_ref());
        let (had, gets) = (seen(had.as_ref()), seen(gets.as_ref()));
        // The paragraph may have cost money: what cannot be asked beside it takes nothing of it away.
        let past = async {
            let source = source(app, &client, self.server, (self.bank, &record.started_at)).await?;
            let rows = then_and_now(&source, &had, &gets).await.map_err(|error| error.to_error())?;
            Ok::<_, Error>((source.certainty(), rows))
        };
        match past.await {
            Ok((certainty, rows)) => (told.certainty, told.rows) = (Some(certainty), rows),
            Err(error) => (told.past_error, told.rows) = (Some(error), without_past(&had, &gets)),
        }
        Ok(told)
    }
}

/// Nothing but when.
fn untold(record: &TurnRecord, not_again: Option<NotAgain>) -> ReflectedAgain {
    ReflectedAgain {
        at: record.started_at.clone(),
        asked_at: Time::now(),
        not_again,
        then: None,
        now: None,
        certainty: None,
        past_error: None,
        rows: Vec::new(),
        others: Vec::new(),
        usage: None,
        by_rule: false,
        structured_error: None,
        ignored_params: Vec::new(),
    }
}

fn then_paragraph(call: &MemoryCall) -> Paragraph {
    match (&call.reflect, &call.error) {
        (Some(reflected), _) => said(reflected),
        (None, Some(error)) => Paragraph::Failed { error: error.clone() },
        (None, None) => Paragraph::NotKnown,
    }
}

fn said(reflected: &Reflected) -> Paragraph {
    let text = first::words(reflected);
    let structured = reflected.structured.as_ref().is_some_and(|value| !value.is_null());
    match text.trim().is_empty() {
        true => Paragraph::Empty,
        false => Paragraph::Said { text, structured },
    }
}

/// Facts that an answer is based on; none of them has a rank, or a place of its own in the block.
fn seen(based: Option<&Based>) -> Vec<Seen<'_>> {
    let memories = based.map_or(&[] as &[RecalledMemory], |based| based.memories.as_slice());
    memories.iter().map(|memory| Seen { memory, place: None }).collect()
}
