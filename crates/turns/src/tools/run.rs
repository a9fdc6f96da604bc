//! Does what a tool call asks for. Whatever happens, a result for the model comes back within the time-out.

use super::Wanted;
use crate::ask::{recall_request, reflect_request};
use crate::retain::labels;
use crate::{select, tokens};
use rearview_domain::record::{LearnedFact, ToolRun, ToolState};
use rearview_domain::settings::DecidedSettings;
use rearview_domain::time::Time;
use rearview_domain::{BankId, ChatId, DocumentId, Error, ErrorCode, TurnId};
use rearview_hindsight::{Client, MemoryFilter, RetainItem, RetainRequest, Timestamp, UpdateMode};
use std::time::{Duration, Instant};

/// How long storing may take. The memory server reads the text with a model before it answers.
const RETAIN_TIMEOUT: Duration = Duration::from_secs(60);
/// The most facts of one stored text that are listed; a statement makes one or two.
const LEARNED: u32 = 50;

/// A call that is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// As it is recorded so far.
    pub run: ToolRun,
    /// What it asks for.
    pub wanted: Wanted,
    /// The bank, decided for the turn; a model cannot name another one.
    pub bank: BankId,
    /// The turn's settings.
    pub settings: DecidedSettings,
    /// The turn's chat.
    pub chat: ChatId,
    /// The model, as `provider/model`.
    pub model: String,
    /// When the turn began.
    pub at: Time,
}

/// The document of the `number`th text that a turn's tools stored, from 1. A document of its own, so that the
/// turn's own document can be replaced without touching it.
pub fn document(chat: &ChatId, turn: &TurnId, number: u32) -> DocumentId {
    DocumentId(format!("{}.{number}", DocumentId::of_turn(chat, turn)))
}

/// Does a call. Dropping the future closes the connection.
pub async fn run(memory: Result<Client, Error>, call: Call) -> ToolRun {
    let started = Instant::now();
    let Call { mut run, wanted, bank, settings, chat, model, at } = call;
    let limit = match &wanted {
        Wanted::Retain(_) => RETAIN_TIMEOUT,
        Wanted::Recall(_) => Duration::from_millis(u64::from(settings.recall_timeout_ms.value)),
        Wanted::Reflect(_) => Duration::from_millis(u64::from(settings.reflect_timeout_ms.value)),
    };
    let doing = async {
        let client = memory?;
        match &wanted {
            Wanted::Retain(content) => {
                let document = run.document_id.clone();
                let item = item(content, document, &settings, &chat, &model, at);
                retain(&client, &bank, item, &mut run).await
            }
            Wanted::Recall(query) => recall(&client, &bank, query, &settings, &mut run).await,
            Wanted::Reflect(query) => reflect(&client, &bank, query, &settings).await,
        }
    };
    let done = match tokio::time::timeout(limit, doing).await {
        Ok(done) => done,
        Err(_) => Err(too_slow(limit)),
    };
    match done {
        Ok(text) => {
            run.state = ToolState::Done;
            run.result = Some(text);
        }
        Err(error) => {
            run.state = ToolState::Failed;
            run.result = Some(format!("{} failed: {}", verb(&wanted), error.message));
            run.error = Some(error);
        }
    }
    run.ms = Some(started.elapsed().as_secs_f64() * 1_000.0);
    run
}

/// The item that a text is stored as.
pub fn item(
    content: &str,
    document_id: Option<DocumentId>,
    settings: &DecidedSettings,
    chat: &ChatId,
    model: &str,
    at: Time,
) -> RetainItem {
    let (tags, mut metadata) = labels(settings, chat, model);
    metadata.entry("tool".into()).or_insert_with(|| super::RETAIN.into());
    RetainItem {
        content: content.to_owned(),
        timestamp: Some(Timestamp::At(at)),
        context: Some("noted by the assistant in a conversation in Rearview".to_owned()),
        document_id,
        metadata,
        tags,
        update_mode: Some(UpdateMode::Replace),
        ..RetainItem::default()
    }
}

async fn retain(
    client: &Client,
    bank: &BankId,
    item: RetainItem,
    run: &mut ToolRun,
) -> Result<String, Error> {
    let document_id = item.document_id.clone();
    let request = RetainRequest { items: vec![item], r#async: false, operation_id: None };
    client.retain(bank, &request).await.map_err(|error| error.to_error())?;
    let filter = MemoryFilter { document_id, limit: Some(LEARNED), ..MemoryFilter::default() };
    match client.memories(bank, &filter).await {
        Ok(page) => {
            run.learned = page
                .items
                .into_iter()
                .map(|fact| LearnedFact { id: fact.id, text: fact.text, fact_type: fact.fact_type })
                .collect();
        }
        // It is stored all the same; what came of it can be looked up in the memory browser.
        Err(error) => tracing::warn!(%error, "what came of a stored text could not be listed"),
    }
    Ok("Memory stored successfully.".to_owned())
}

async fn recall(
    client: &Client,
    bank: &BankId,
    query: &str,
    settings: &DecidedSettings,
    run: &mut ToolRun,
) -> Result<String, Error> {
    let request = recall_request(query, settings);
    let answered = client.recall(bank, &request).await.map_err(|error| error.to_error())?;
    run.memories = answered.value.memories();
    for memory in &mut run.memories {
        memory.tokens = tokens::count(&memory.text);
    }
    if answered.value.new_bank {
        return Ok("Nothing is remembered yet.".to_owned());
    }
    let (injected, _) = select::select(&run.memories, select::Here::default(), settings.max_memories.value);
    if injected.is_empty() {
        return Ok("No relevant memories found.".to_owned());
    }
    let lines: Vec<String> =
        injected.iter().zip(1..).map(|(memory, number)| format!("{number}. {}", memory.text)).collect();
    Ok(lines.join("\n"))
}

async fn reflect(
    client: &Client,
    bank: &BankId,
    query: &str,
    settings: &DecidedSettings,
) -> Result<String, Error> {
    let request = reflect_request(query, settings);
    match client.reflect(bank, &request).await {
        Ok(answered) => {
            let reflected = answered.value.reflected();
            let structured = reflected.structured.filter(|value| !value.is_null());
            let text = structured.map_or(reflected.text, |value| value.to_string());
            let text = text.trim();
            Ok(if text.is_empty() { "No relevant memories found.".to_owned() } else { text.to_owned() })
        }
        Err(error) => match error.to_error() {
            error if error.code == ErrorCode::NotFound => Ok("Nothing is remembered yet.".to_owned()),
            error => Err(error),
        },
    }
}

fn verb(wanted: &Wanted) -> &'static str {
    match wanted {
        Wanted::Retain(_) => "Retain",
        Wanted::Recall(_) => "Recall",
        Wanted::Reflect(_) => "Reflect",
    }
}

fn too_slow(limit: Duration) -> Error {
    Error::new(ErrorCode::Timeout, format!("Memory did not answer within {} s.", limit.as_secs_f64()))
}
