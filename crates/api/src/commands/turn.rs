//! Handlers of `turn.*` that run: they gather who has a say, put the message on disk, and let the driver
//! go. What is read back of a turn is in `record`.

use super::chat::{find, follow};
use super::provider::account;
use super::{attachments, invalid, missing, store_error};
use crate::app::{App, lock};
use crate::model::{find_model, target};
use crate::sink::Sink;
use crate::wire::*;
use futures_util::FutureExt;
use rearview_domain::chat::Chat;
use rearview_domain::event::{AppEvent, Happening};
use rearview_domain::message::{Message, Part, Role};
use rearview_domain::record::Resolved;
use rearview_domain::resolve::Profile;
use rearview_domain::settings::TurnSettings;
use rearview_domain::time::Time;
use rearview_domain::turn::{Turn, TurnState, Usage};
use rearview_domain::{BankId, ChatId, Error, ErrorCode, MessageId, RunId, ServerId, TurnId};
use rearview_providers::Target;
use rearview_store::{Begin, ChatPatch, Finish, Store};
use rearview_turns::branch;
use rearview_turns::driver::{self, Cast};
use rearview_turns::layout::text_of;
use rearview_turns::plan::{self, EarlierBlock, Plan, ServerVoice, Voices};
use rearview_turns::runs::{Allowance, Run};
use rearview_turns::tokens;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// The length of a title that is made from the first message, in characters.
const TITLE_CHARS: usize = 60;

/// More answers than this side by side can be neither read nor paid for.
const MODELS_AT_ONCE: usize = 6;

/// What was said for this one attempt.
struct Attempt {
    model: Option<String>,
    also: Vec<String>,
    bank_id: Option<String>,
    settings: TurnSettings,
    can_pause: bool,
    entered: Instant,
}

pub async fn start(app: &App, request: StartTurn) -> Result<StartedTurn, Error> {
    let entered = Instant::now();
    let store = app.store_of(&request.chat_id).clone();
    let chat = find(&store, &request.chat_id).await?;
    let parent_id = match &request.after {
        After::Leaf => chat.leaf_id.clone(),
        After::Beside { message_id } => {
            let edited = store.message(message_id).await.map_err(store_error)?;
            let edited = edited.filter(|message| message.chat_id == chat.id);
            let edited = edited.ok_or_else(|| missing("message", message_id))?;
            if edited.role != Role::User {
                return Err(invalid("Only what you said can be edited."));
            }
            edited.parent_id
        }
    };
    let mut parts = Vec::new();
    if !request.text.trim().is_empty() {
        parts.push(Part::text(request.text.clone()));
    }
    parts.extend(attachments::keep(&store, request.images, request.files).await?);
    if parts.is_empty() {
        return Err(invalid("There is nothing to send."));
    }
    let question = Message {
        id: MessageId::mint(),
        chat_id: chat.id.clone(),
        parent_id,
        role: Role::User,
        parts,
        turn_id: None,
        created_at: Time::now(),
    };
    let attempt = Attempt {
        model: request.model,
        also: request.also,
        bank_id: request.bank_id,
        settings: request.settings,
        can_pause: request.can_pause.unwrap_or(false),
        entered,
    };
    run(app, &store, chat, question, true, attempt).await
}

pub async fn retry(app: &App, request: RetryTurn) -> Result<StartedTurn, Error> {
    let entered = Instant::now();
    let store = app.store_of(&request.chat_id).clone();
    let chat = find(&store, &request.chat_id).await?;
    let question = store.message(&request.question_id).await.map_err(store_error)?;
    let question = question.filter(|message| message.chat_id == chat.id);
    let question = question.ok_or_else(|| missing("message", &request.question_id))?;
    if question.role != Role::User {
        return Err(invalid("Only what you said can be answered again."));
    }
    let attempt = Attempt {
        model: request.model,
        also: request.also,
        bank_id: request.bank_id,
        settings: request.settings,
        can_pause: request.can_pause.unwrap_or(false),
        entered,
    };
    run(app, &store, chat, question, false, attempt).await
}

/// Puts the messages on disk and starts the driver.
async fn run(
    app: &App,
    store: &Store,
    chat: Chat,
    question: Message,
    is_new: bool,
    attempt: Attempt,
) -> Result<StartedTurn, Error> {
    // Held until the run can be found: two messages at once must not both believe to be the only one.
    let starting = Starting::claim(app, &chat.id);
    if starting.is_none() || !app.0.runs.of_chat(&chat.id).is_empty() {
        return Err(Error::new(ErrorCode::Conflict, "An answer is still coming in this chat.")
            .hint("Stop it first, or wait until it ends."));
    }
    let model = attempt.model.clone().or_else(|| chat.model.clone());
    let model = model.unwrap_or_else(|| format!("{0}/{0}", crate::setup::DEMO));
    if attempt.also.len() >= MODELS_AT_ONCE {
        return Err(invalid(format!("At most {MODELS_AT_ONCE} models answer at once.")));
    }
    // Every model is looked up before anything is written: either all begin or none.
    let mut answers = Vec::with_capacity(1 + attempt.also.len());
    for model in std::iter::once(&model).chain(&attempt.also) {
        let (config, bare) = find_model(&app.0.setup, model)?;
        let target = target(&config, bare);
        let resolved = resolve(app, &chat, attempt.bank_id.as_deref(), &attempt.settings, model)?;
        answers.push(Beginning::new(&chat, &question, model, target, resolved));
    }
    // An edit or a retry leaves a branch: what was retained of it goes before this turn is retained.
    let leaving = match &chat.leaf_id {
        Some(old) if chat.leaf_id != question.parent_id => {
            Some(branch::announce(store, &chat.id, old).await.map_err(store_error)?)
        }
        _ => None,
    };
    let before = async {
        match &question.parent_id {
            Some(parent) => store.path_messages(&chat.id, parent).await,
            None => Ok(Vec::new()),
        }
    };
    // Written and read at once: the person waits for the longer of the two, not for both.
    let begins = answers.iter().enumerate().map(|(place, one)| Begin {
        question: (is_new && place == 0).then(|| question.clone()),
        answer: one.answer.clone(),
        turn: one.turn.clone(),
        visible: place == 0,
    });
    let begun = store.begin_turns(begins.collect());
    let (begun, before, here, breakpoints) =
        tokio::join!(begun, before, store.chat_memories(&chat.id), store.breakpoints(&chat.id));
    begun.map_err(store_error)?;
    // From here on the message is on disk: nothing below may lose it.
    let read = before.and_then(|history| Ok((history, here?, breakpoints?)));
    let (mut history, here, breakpoints) = match read {
        Ok(read) => read,
        Err(error) => {
            let error = store_error(error);
            for one in answers {
                unreadable(store, one.turn, error.clone()).await;
            }
            return Err(error);
        }
    };
    history.push(question.clone());
    let attached = attachments::load(store, &history).await;
    for one in &answers {
        app.0.runs.add(one.run.clone());
    }
    if let Some(made) = leaving
        && let Err(error) = follow(app, store, &made, &answers[0].answer.id).await
    {
        tracing::error!(%error, chat_id = %chat.id, "memory could not follow the branch");
    }
    let mut started = Vec::with_capacity(answers.len());
    for one in answers {
        let earlier = earlier(store, &one.resolved, &history).await;
        let plan = Plan {
            earlier,
            images: attached.clone(),
            turn: one.turn.clone(),
            resolved: one.resolved,
            system_prompt: chat.system_prompt.clone(),
            history: history.clone(),
            here: here.clone(),
            breakpoints: breakpoints.clone(),
            can_pause: attempt.can_pause,
            target: one.target,
            max_output_tokens: None,
        };
        spawn(app, store, plan, one.run.clone(), attempt.entered);
        started.push(StartedAnswer { run_id: one.run.id.clone(), turn: one.turn, answer: one.answer });
    }
    if chat.title.is_empty() {
        let patch = ChatPatch { title: Some(title(&question.said())), ..ChatPatch::default() };
        if let Err(error) = store.update_chat(&chat.id, patch).await {
            tracing::error!(%error, chat_id = %chat.id, "a chat got no title");
        }
    }
    app.changed(&["chats"]);
    let StartedAnswer { run_id, turn, answer } = started.remove(0);
    Ok(StartedTurn { run_id, turn, question, answer, also: started })
}

/// The blocks of earlier messages that a turn keeps, where its placement keeps any. A record that cannot be read keeps
/// nothing: the chat goes on.
pub(crate) async fn earlier(store: &Store, resolved: &Resolved, history: &[Message]) -> Vec<EarlierBlock> {
    if !plan::keeps_earlier(resolved.settings.placement.value) {
        return Vec::new();
    }
    let mut records = Vec::new();
    for pair in history.windows(2) {
        let [question, answer] = pair else { continue };
        let Some(turn_id) = answer.turn_id.as_ref().filter(|_| question.role == Role::User) else { continue };
        match store.record(turn_id).await {
            Ok(Some(record)) => records.push((question.id.clone(), record)),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, %turn_id, "the block of an earlier message was not read"),
        }
    }
    plan::earlier_blocks(resolved, records.iter().map(|(id, record)| (id, record)))
}

/// An answer that is about to begin.
struct Beginning {
    target: Target,
    resolved: Resolved,
    answer: Message,
    turn: Turn,
    run: Arc<Run>,
}

impl Beginning {
    fn new(chat: &Chat, question: &Message, model: &str, target: Target, resolved: Resolved) -> Self {
        let (turn_id, now) = (TurnId::mint(), Time::now());
        let answer = Message {
            id: MessageId::mint(),
            chat_id: chat.id.clone(),
            parent_id: Some(question.id.clone()),
            role: Role::Assistant,
            parts: Vec::new(),
            turn_id: Some(turn_id.clone()),
            created_at: now.clone(),
        };
        let turn = Turn {
            id: turn_id,
            chat_id: chat.id.clone(),
            question_id: question.id.clone(),
            answer_id: answer.id.clone(),
            model: model.to_owned(),
            state: TurnState::Running,
            finish: None,
            error: None,
            memory: None,
            retain: None,
            usage: Usage::default(),
            cost: None,
            context_tokens: None,
            learned: None,
            first_token_ms: None,
            total_ms: None,
            started_at: now,
        };
        let run = Run::new(&turn);
        Self { target, resolved, answer, turn, run }
    }
}

/// Ends a turn whose history could not be read. What was said stays, and can be answered again.
async fn unreadable(store: &Store, mut turn: Turn, error: Error) {
    turn.state = TurnState::Failed;
    turn.error = Some(error);
    if let Err(error) = store.finish_turn(Finish { turn, parts: Vec::new(), outbox: Vec::new() }).await {
        tracing::error!(%error, "a turn that could not begin could not be ended either");
    }
}

/// A chat in which a turn is being started; free again when dropped.
struct Starting<'a> {
    app: &'a App,
    chat: ChatId,
}

impl<'a> Starting<'a> {
    /// Claims a chat; `None` when somebody else has.
    fn claim(app: &'a App, chat: &ChatId) -> Option<Self> {
        lock(&app.0.starting).insert(chat.clone()).then(|| Self { app, chat: chat.clone() })
    }
}

impl Drop for Starting<'_> {
    fn drop(&mut self) {
        lock(&self.app.0.starting).remove(&self.chat);
    }
}

fn title(said: &str) -> String {
    let line = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("Image");
    let mut title: String = line.chars().take(TITLE_CHARS).collect();
    if line.chars().count() > TITLE_CHARS {
        title.push('…');
    }
    title
}

fn spawn(app: &App, store: &Store, plan: Plan, run: Arc<Run>, entered: Instant) {
    let (app_too, store) = (app.clone(), store.clone());
    let (chat_id, turn_id, answer_id) =
        (plan.turn.chat_id.clone(), plan.turn.id.clone(), plan.turn.answer_id.clone());
    let news = move |running| AppEvent::Run {
        chat_id: chat_id.clone(),
        turn_id: turn_id.clone(),
        answer_id: answer_id.clone(),
        running,
    };
    let _ = app.0.news.send(news(true));
    let ended = plan.turn.id.clone();
    let span = tracing::info_span!("turn", run_id = %run.id);
    let driving = async move {
        let app = app_too;
        let server = plan.resolved.bank.server_id.clone();
        let provider_id = plan.target.provider_id.clone();
        let wanted = plan.resolved.inject_off.is_none() || !plan.tools().is_empty();
        let memory = match &server {
            Some(server) if wanted => app.0.clients.client(server).await,
            _ => Err(Error::new(ErrorCode::NotConfigured, "No memory server is set up.")),
        };
        let key = match app.0.secrets.get(&account(&provider_id)).await {
            Ok(key) => key,
            Err(error) => {
                // The provider will say that the key is missing; the log says why it is.
                tracing::error!(%error, %provider_id, "a provider's key could not be read");
                None
            }
        };
        let cast = Cast { store, provider: app.0.provider.clone(), key, memory, entered };
        let (turn, listeners) = (plan.turn.clone(), run.clone());
        let _told = tell_of_pauses(&app, &run);
        // A defect in a turn ends that turn; the chat and the app go on. What came is kept at the next start.
        let driven = AssertUnwindSafe(driver::drive(cast, plan, run)).catch_unwind().await;
        let health = driven.unwrap_or_else(|_| {
            tracing::error!("a turn panicked");
            listeners.emit(broken(turn));
            None
        });
        if let (Some(server), Some(outcome)) = (server, health) {
            app.0.clients.answered(&server, outcome);
        }
        app.0.outbox.notify_one();
        // The list of chats counts what waits for the person's word.
        let asks = |turn: Turn| turn.retain == Some(rearview_domain::turn::RetainState::Asking);
        if app.0.store.turn(&ended).await.ok().flatten().is_some_and(asks) {
            app.changed(&["chats"]);
        }
        // What its tools stored is looked after at once.
        app.0.learning.notify_one();
        let _ = app.0.news.send(news(false));
    };
    app.0.turns.spawn(tracing::Instrument::instrument(driving, span));
}

/// Tells everybody when the turn pauses and goes on: the list of chats shows it, and a breakpoint for one turn is gone.
fn tell_of_pauses(app: &App, run: &Run) -> AbortOnDropHandle<()> {
    let (app, mut pauses) = (app.clone(), run.pauses());
    AbortOnDropHandle::new(tokio::spawn(async move {
        while pauses.changed().await.is_ok() {
            app.changed(&["breakpoints", "chats"]);
        }
    }))
}

/// The last event of a turn that failed inside Rearview.
fn broken(mut turn: Turn) -> Happening {
    let error = Error::new(ErrorCode::Internal, "The turn failed inside Rearview.")
        .hint("What came is kept. Copy the diagnostics in Settings > About and report it.")
        .request_id(Some(turn.id.to_string()));
    turn.state = TurnState::Failed;
    turn.error = Some(error.clone());
    Happening::Failed { turn: Box::new(turn), parts: Vec::new(), error }
}

/// Gathers everybody who has a say and decides.
fn resolve(
    app: &App,
    chat: &Chat,
    message_bank: Option<&str>,
    message: &TurnSettings,
    model: &str,
) -> Result<Resolved, Error> {
    let server = server_voice(app);
    let profile: Option<Profile> = chat.profile_id.as_deref().and_then(|id| app.0.setup.profile(id));
    let voices = Voices {
        kind: chat.kind,
        server: server.as_ref(),
        profile: profile.as_ref(),
        chat_bank: chat.bank_id.as_ref(),
        chat: &chat.settings,
        message_bank,
        message,
        model,
    };
    let bank = plan::bank(&voices)?;
    let none: (ServerId, BankId) = ("".into(), bank.bank_id.clone());
    let of = bank.server_id.clone().map_or(none, |server| (server, bank.bank_id.clone()));
    let bank_settings = app.0.setup.bank_settings(&of.0, &of.1);
    Ok(plan::decide(&voices, bank, &bank_settings))
}

pub(super) fn server_voice(app: &App) -> Option<ServerVoice> {
    let config = app.0.setup.default_server()?;
    Some(ServerVoice { id: config.id, default_bank: config.default_bank, settings: config.settings })
}

pub async fn attach(app: &App, request: AttachTurn, sink: Box<dyn Sink>) -> Result<(), Error> {
    let run = app.0.runs.find(&request.run_id).ok_or_else(|| missing("run", &request.run_id))?;
    let mut seen = request.after_seq;
    while let Some(events) = run.after(seen).await {
        for event in events {
            seen = event.seq;
            let json = serde_json::to_string(&event).map_err(|error| {
                Error::new(ErrorCode::Internal, format!("An event could not be written: {error}."))
            })?;
            if !sink.send(json) {
                return Ok(());
            }
        }
    }
    Ok(())
}

pub async fn cancel(app: &App, request: CancelTurn) -> Result<Done, Error> {
    find_run(app, &request.run_id)?.cancel.cancel();
    Ok(Done {})
}

pub async fn skip_memory(app: &App, request: CancelTurn) -> Result<Done, Error> {
    find_run(app, &request.run_id)?.skip_memory.notify_one();
    Ok(Done {})
}

pub async fn answer_tool(app: &App, request: AnswerTool) -> Result<Done, Error> {
    let AnswerTool { run_id, step, call_id, allow } = request;
    find_run(app, &run_id)?.allow(Allowance { step, call_id, allow });
    Ok(Done {})
}

pub async fn resume(app: &App, request: ResumeTurn) -> Result<Done, Error> {
    let ResumeTurn { run_id, edits } = request;
    find_run(app, &run_id)?.resume(edits)?;
    Ok(Done {})
}

pub async fn paused_block(app: &App, request: ResumeTurn) -> Result<PausedBlock, Error> {
    let ResumeTurn { run_id, edits } = request;
    let run = find_run(app, &run_id)?;
    // Counting a long text takes a moment, and is no work for those who serve others.
    let counting = tokio::task::spawn_blocking(move || {
        let edited = run.preview(&edits)?;
        let block = text_of(&edited.pieces);
        Ok(PausedBlock { tokens: tokens::count(&block), count: edited.count, block })
    });
    counting.await.map_err(|_| Error::new(ErrorCode::Internal, "The block could not be made."))?
}

fn find_run(app: &App, id: &RunId) -> Result<Arc<Run>, Error> {
    app.0.runs.find(id).ok_or_else(|| missing("run", id))
}

#[cfg(test)]
mod tests {
    use super::title;

    #[test]
    fn a_title_is_the_first_line_cut_at_a_character() {
        assert_eq!(title("\n  Where should we eat?\nIn Lisbon"), "Where should we eat?");
        assert_eq!(title(&"ä".repeat(80)).chars().count(), 61);
        assert_eq!(title(""), "Image");
    }
}
