//! What recording takes: the record of a real turn written again and again under new ids, part by part, through the task
//! that a turn writes with. What a turn pays is the handing over and, at its end, what is not written yet when its answer
//! has been kept. The end is walked through as the turn does: what it reads to decide what is retained, the keeping of
//! the answer and the look whether it is still visible are there without a record too, and the record is written beside them.

use crate::Scale;
use crate::failed::{Failed, Result, at, odd};
use crate::figure::{Figure, Of, under};
use crate::place::ms;
use rearview_domain::record::{Echoed, Query, RecordPart, Span, TurnRecord};
use rearview_domain::time::Time;
use rearview_domain::turn::Turn;
use rearview_domain::{ChatId, TurnId};
use rearview_store::{Finish, Store};
use rearview_turns::recorder::Recorder;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// While a model answers, the recorder has long written what was before.
const ANSWERING: Duration = Duration::from_millis(60);

/// Measures with the record of a turn of the store below `home`, which nobody may have open.
pub async fn of(home: &Path, turn: &TurnId, scale: Scale) -> Result<Vec<Figure>> {
    let attempt = "write a record again";
    let store = Store::open(home.join("data")).await.map_err(at(attempt))?;
    let record = store.record(turn).await.map_err(at(attempt))?;
    let record = record.ok_or_else(|| odd(attempt, "the turn has none"))?;
    let row = store.turn(turn).await.map_err(at(attempt))?.ok_or_else(|| odd(attempt, "there is no turn"))?;
    let body = match record.steps.first() {
        Some(step) => {
            let body = store.body(&step.body_hash).await.map_err(at(attempt))?;
            Some((body.ok_or_else(|| odd(attempt, "its request is gone"))?, step.spans.clone()))
        }
        None => None,
    };
    // Of a chat that is not there, so that nothing else meets what is written here.
    let chat = ChatId::mint();
    let answer = store.message(&row.answer_id).await.map_err(at(attempt))?;
    let answer = answer.ok_or_else(|| odd(attempt, "the turn has no answer"))?.parts;
    let end = Finish { turn: row.clone(), parts: answer, outbox: Vec::new() };
    let (before, after) = parts(&record);
    let size = body.as_ref().map_or(0, |(body, _)| body.len());
    let parts = before.len() + after.len();
    // In a task of its own, as the app runs its turns: the thread that waits for all tasks wakes others at another price.
    let (rounds, kept) = (scale.of(100, 10), store.clone());
    let times = tokio::spawn(async move {
        let mut times = Times::default();
        for _ in 0..rounds {
            times.once(&kept, &chat, &end, (&before, &after), body.as_ref()).await?;
            times.wordings(&kept, &chat, &record).await?;
        }
        Ok::<_, Failed>(times)
    });
    let times = times.await.map_err(at(attempt))??;
    store.close().await;
    Ok(vec![
        Figure::new(
            format!("Recording a turn, request of {size} B: what the turn waits for it"),
            "ms",
            times.added,
        )
        .within(&[under(Of::P50, 0.3)])
        .note(format!(
            "{parts} parts and the request handed over, and what is left to write once the answer is kept"
        )),
        Figure::new("  handing over alone", "ms", times.handed),
        Figure::new("  the end of the turn, answer and record kept", "ms", times.ended)
            .beside("the answer alone kept", times.unrecorded),
        Figure::new("  everything written while nobody waits", "ms", times.written)
            .note("if the answer had ended at once, the turn would wait so long"),
        Figure::new(
            "  the part with 10 memories and that of the injected ones, with their words",
            "ms",
            times.worded,
        )
        .beside("parts of the same size without memories", times.wordless),
        Figure::new("    when all words are new", "ms", times.new_words),
    ])
}

#[derive(Default)]
struct Times {
    added: Vec<f64>,
    ended: Vec<f64>,
    unrecorded: Vec<f64>,
    handed: Vec<f64>,
    written: Vec<f64>,
    worded: Vec<f64>,
    wordless: Vec<f64>,
    new_words: Vec<f64>,
}

impl Times {
    /// A turn's record, as the turn writes it: what is known before the answer, a rest, what is known after.
    async fn once(
        &mut self,
        store: &Store,
        chat: &ChatId,
        end: &Finish,
        (before, after): (&[RecordPart], &[RecordPart]),
        body: Option<&(Vec<u8>, Vec<Span>)>,
    ) -> Result<()> {
        let copy = || Turn { id: TurnId::mint(), chat_id: chat.clone(), ..end.turn.clone() };
        // Copies are made before the watch runs: a turn makes each part once.
        let (first, last) = (before.to_vec(), after.to_vec());
        let shared = body.map(|(bytes, spans)| (Arc::new(bytes.clone()), spans.clone()));
        let recorder = Recorder::start(store.clone(), &copy());
        let began = Instant::now();
        if let Some((bytes, spans)) = shared {
            recorder.body(bytes, spans);
        }
        first.into_iter().for_each(|part| recorder.part(part));
        let before_sent = ms(began, Instant::now());
        tokio::time::sleep(ANSWERING).await;
        let (answered, retained): (Vec<_>, Vec<_>) =
            last.into_iter().partition(|part| !matches!(part, RecordPart::Retained(_)));
        let kept = end.clone();
        let began = Instant::now();
        answered.into_iter().for_each(|part| recorder.part(part));
        let told = ms(began, Instant::now());
        decide(store, end).await?;
        let since = Instant::now();
        retained.into_iter().for_each(|part| recorder.part(part));
        let told = told + ms(since, Instant::now());
        store.finish_turn(kept).await.map_err(at("keep an answer again"))?;
        let (seen, ()) = tokio::join!(look(store, end), recorder.finish());
        seen?;
        let ended = ms(began, Instant::now());

        // The same end of the same turn, of which nothing is recorded.
        tokio::time::sleep(ANSWERING).await;
        let kept = end.clone();
        let began = Instant::now();
        decide(store, end).await?;
        store.finish_turn(kept).await.map_err(at("keep an answer again"))?;
        look(store, end).await?;
        let unrecorded = ms(began, Instant::now());
        self.handed.push(before_sent + told);
        self.added.push(before_sent + ended - unrecorded);
        self.ended.push(ended);
        self.unrecorded.push(unrecorded);

        let all = [before, after].concat();
        let recorder = Recorder::start(store.clone(), &copy());
        let began = Instant::now();
        all.into_iter().for_each(|part| recorder.part(part));
        recorder.finish().await;
        self.written.push(ms(began, Instant::now()));
        Ok(())
    }

    /// The parts with memories: with words that are known, with words that are new, and as many bytes without any.
    async fn wordings(&mut self, store: &Store, chat: &ChatId, record: &TurnRecord) -> Result<()> {
        let Some(call) = record.memory.clone() else {
            return Err(odd("write a record again", "the turn asked no memory"));
        };
        let selected = RecordPart::Selected(record.selected.clone());
        let bytes = serde_json::to_string(&call).map_err(at("write a record again"))?;
        let text = bytes.chars().take(bytes.len() / 2).collect::<String>();
        let mut fresh = call.clone();
        let mark = TurnId::mint();
        for memory in &mut fresh.memories {
            memory.text = format!("{} {}", memory.text, mark.as_str());
        }
        let query = || RecordPart::Query(Query { text: text.clone(), derived: text.clone() });
        let known = [RecordPart::Memory(Box::new(call)), selected.clone()];
        let new = [RecordPart::Memory(Box::new(fresh)), selected];
        let without = [query(), RecordPart::Echoed(Echoed::default())];
        self.worded.push(append(store, chat, &known).await?);
        self.wordless.push(append(store, chat, &without).await?);
        self.new_words.push(append(store, chat, &new).await?);
        Ok(())
    }
}

/// What a turn reads at its end to decide what is retained.
async fn decide(store: &Store, Finish { turn, .. }: &Finish) -> Result<()> {
    let attempt = "read what a turn's end reads";
    store.chat(&turn.chat_id).await.map_err(at(attempt))?;
    store.path_messages(&turn.chat_id, &turn.answer_id).await.map_err(at(attempt))?;
    Ok(())
}

/// What it reads once its answer is kept, to see whether it is still visible.
async fn look(store: &Store, Finish { turn, .. }: &Finish) -> Result<()> {
    let attempt = "read what a turn's end reads";
    store.chat(&turn.chat_id).await.map_err(at(attempt))?;
    store.path(&turn.chat_id, &turn.answer_id).await.map_err(at(attempt))?;
    Ok(())
}

async fn append(store: &Store, chat: &ChatId, parts: &[RecordPart]) -> Result<f64> {
    let turn = TurnId::mint();
    let began = Instant::now();
    for part in parts {
        let written = store.append_record(&turn, chat, &Time::now(), part).await;
        written.map_err(at("write a record again"))?;
    }
    Ok(ms(began, Instant::now()))
}

/// The parts of a record in the order of the turn: up to the request, and from the answer's end on.
fn parts(record: &TurnRecord) -> (Vec<RecordPart>, Vec<RecordPart>) {
    let record = record.clone();
    let mut before = Vec::new();
    before.extend(record.resolved.map(|one| RecordPart::Resolved(Box::new(one))));
    before.extend(record.query.map(RecordPart::Query));
    before.extend(record.memory.map(|one| RecordPart::Memory(Box::new(one))));
    before.push(RecordPart::Selected(record.selected));
    before.extend(record.injected.map(RecordPart::Injected));
    before.extend(record.outcome.map(RecordPart::Outcome));
    before.extend(record.own.map(RecordPart::Own));
    before.extend(record.steps.into_iter().map(|one| RecordPart::Step(Box::new(one))));
    let mut after = Vec::new();
    after.extend(record.step_ends.into_iter().map(|one| RecordPart::StepEnd(Box::new(one))));
    after.extend(record.echoed.map(RecordPart::Echoed));
    after.extend(record.answer.map(|one| RecordPart::Answer(Box::new(one))));
    after.extend(record.retained.map(|one| RecordPart::Retained(Box::new(one))));
    (before, after)
}
