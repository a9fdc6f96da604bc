//! The command table: every command the page can give, once. Router, stream router, TypeScript map,
//! harness routes and the completeness test follow from it; nobody keeps a second list.
//!
//! A row reads: name, handler, request, answer, kind, tags. A read says which tags it answers from, a
//! write says which tags it makes stale; the page refetches by tag. A stream feeds a sink with the
//! answer type and ends when its handler does.

use crate::app::App;
use crate::commands::{app, chat, engine, import, local, memory, models, provider, record, server, turn};
use crate::sink::Sink;
use crate::wire::*;
use rearview_domain::chat::Chat;
use rearview_domain::event::{AppEvent, RunEvent};
use rearview_domain::record::TurnRecord;
use rearview_domain::resolve::Profile;
use rearview_domain::turn::RetainState;
use rearview_domain::{Error, ErrorCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use ts_rs::TS;

/// What a command does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Answers and changes nothing.
    Read,
    /// Changes something.
    Write,
    /// Feeds a sink.
    Stream,
}

impl Kind {
    /// As the page spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Stream => "stream",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The command's name.
    pub name: &'static str,
    /// What it does, for readers of the table.
    pub doc: &'static str,
    /// What it does to the world.
    pub kind: Kind,
    /// What it answers from or makes stale.
    pub tags: &'static [&'static str],
    /// The request's type in TypeScript.
    pub request: fn() -> String,
    /// The answer's type in TypeScript.
    pub answer: fn() -> String,
}

macro_rules! commands {
    ($(
        $(#[doc = $doc:literal])+
        $kind:ident $name:literal $handler:path: $request:ty => $answer:ty, [$($tag:literal),*];
    )*) => {
        /// All commands, in the order of the table.
        pub const TABLE: &[Row] = &[$(
            Row {
                name: $name,
                doc: concat!($($doc),+),
                kind: commands!(@kind $kind),
                tags: &[$($tag),*],
                request: ts_name::<$request>,
                answer: ts_name::<$answer>,
            },
        )*];

        /// Runs a read or a write: JSON in, JSON out. A panic becomes an `Internal` error.
        ///
        /// # Errors
        /// The command's own error; `InvalidInput` for an unknown command or a request of another shape.
        pub async fn call(app: &App, name: &str, request: &str) -> Result<String, Error> {
            match name {
                $($name => commands!(@call $kind, app, name, request, $handler, $request),)*
                _ => Err(unknown(name)),
            }
        }

        /// Runs a stream: JSON in, answers into the sink until the stream ends.
        ///
        /// # Errors
        /// As `call`.
        pub async fn stream(app: &App, name: &str, request: &str, sink: Box<dyn Sink>) -> Result<(), Error> {
            match name {
                $($name => commands!(@stream $kind, app, name, request, sink, $handler, $request),)*
                _ => Err(unknown(name)),
            }
        }
    };
    (@kind read) => { Kind::Read };
    (@kind write) => { Kind::Write };
    (@kind stream) => { Kind::Stream };
    (@call stream, $app:ident, $name_in:ident, $text:ident, $handler:path, $request:ty) => {
        Err(Error::new(ErrorCode::InvalidInput, format!("`{}` is a stream; attach to it.", $name_in)))
    };
    (@call $kind:ident, $app:ident, $name_in:ident, $text:ident, $handler:path, $request:ty) => {{
        let request: $request = read($name_in, $text)?;
        write($name_in, guarded($name_in, $handler($app, request)).await?)
    }};
    (@stream stream, $app:ident, $name_in:ident, $text:ident, $sink:ident, $handler:path, $request:ty) => {{
        let request: $request = read($name_in, $text)?;
        guarded($name_in, $handler($app, request, $sink)).await
    }};
    (@stream $kind:ident, $app:ident, $name_in:ident, $text:ident, $sink:ident, $handler:path, $request:ty) => {{
        drop($sink);
        Err(Error::new(ErrorCode::InvalidInput, format!("`{}` is not a stream; call it.", $name_in)))
    }};
}

commands! {
    /// What this installation is.
    read "app.info" app::info: Empty => AppInfo, ["secrets"];
    /// How the window looks and behaves.
    read "app.preferences" app::preferences: Empty => Preferences, ["preferences"];
    /// Keeps how the window looks and behaves.
    write "app.savePreferences" app::save_preferences: SavePreferences => Preferences, ["preferences"];
    /// Versions, settings without content and the last log lines, redacted.
    read "app.diagnostics" app::diagnostics: Empty => Diagnostics, [];
    /// Opens an address in the system's browser.
    write "app.openUrl" app::open_url: OpenUrl => Done, [];
    /// Low-rate notices: something changed, a run began or ended, a retain moved on.
    stream "app.events" app::events: Empty => AppEvent, [];

    /// How the memory engine in this app is.
    read "engine.status" engine::status: Empty => EngineView, ["engine"];
    /// Sets the model behind memory and its limit.
    write "engine.saveModel" engine::save_model: SaveMemoryModel => EngineView, ["engine"];
    /// Loads the sample bank.
    write "engine.loadSample" engine::load_sample: Empty => EngineView, ["engine", "banks"];
    /// Removes the sample bank.
    write "engine.removeSample" engine::remove_sample: Empty => EngineView, ["engine", "banks"];

    /// Lists chats.
    read "chat.list" chat::list: ListChats => ChatPage, ["chats"];
    /// Makes a chat.
    write "chat.create" chat::create: CreateChat => Chat, ["chats"];
    /// Opens a chat.
    read "chat.open" chat::open: OpenChat => ChatView, ["chat"];
    /// Fetches messages whole.
    read "chat.messages" chat::messages: FetchMessages => Messages, ["chat"];
    /// Lists the messages beside a message.
    read "chat.siblings" chat::siblings: MessageRef => Siblings, ["chat"];
    /// Fetches an attached image.
    read "chat.image" chat::image: FetchImage => ImageData, [];
    /// Changes a chat.
    write "chat.update" chat::update: UpdateChat => Chat, ["chats", "chat"];
    /// Keeps what was typed and not sent.
    write "chat.saveDraft" chat::save_draft: SaveDraft => Done, [];
    /// Deletes a chat.
    write "chat.delete" chat::delete: DeleteChat => Done, ["chats", "outbox"];
    /// Makes another branch visible; memory follows.
    write "chat.showBranch" chat::show_branch: ShowBranch => ChatView, ["chat", "outbox"];
    /// Searches all messages and titles.
    read "chat.search" chat::search: Search => Hits, ["chats"];

    /// Sends a message.
    write "turn.start" turn::start: StartTurn => StartedTurn, ["chats", "chat"];
    /// Answers a question again.
    write "turn.retry" turn::retry: RetryTurn => StartedTurn, ["chats", "chat"];
    /// Follows a run.
    stream "turn.attach" turn::attach: AttachTurn => RunEvent, [];
    /// Stops a run.
    write "turn.cancel" turn::cancel: CancelTurn => Done, [];
    /// Says whether a memory tool may store what it asked to store.
    write "turn.answerTool" turn::answer_tool: AnswerTool => Done, [];
    /// Goes on without waiting for memory.
    write "turn.skipMemory" turn::skip_memory: CancelTurn => Done, [];
    /// The record of a turn.
    read "turn.record" record::record: TurnRef => TurnRecord, ["record"];
    /// A request of a turn as it was sent.
    read "turn.body" record::body: StepRef => BodyView, [];
    /// A request of a turn as a curl command, without the key.
    read "turn.curl" record::curl: StepRef => Copyable, [];
    /// Tries again to store a turn.
    write "turn.retryRetain" memory::retry_retain: TurnRef => RetainState, ["outbox", "record"];
    /// What memory would do for the next message of a chat.
    read "memory.status" memory::memory_status: MemoryStatusOf => MemoryStatus, ["chat", "servers", "providers", "outbox"];

    /// All providers, presets and keys found in the environment.
    read "provider.list" provider::list: Empty => ProviderList, ["providers"];
    /// Keeps a provider.
    write "provider.save" provider::save: SaveProvider => ProviderView, ["providers", "models"];
    /// Deletes a provider and its key.
    write "provider.delete" provider::delete: ProviderRef => Done, ["providers", "models"];
    /// Deletes a provider's key.
    write "provider.clearKey" provider::clear_key: ProviderRef => Done, ["providers"];
    /// Checks a provider.
    read "provider.check" provider::check: CheckProvider => ProviderCheck, [];
    /// Lists a provider's models.
    read "provider.models" models::models: ListModels => ModelList, ["models"];
    /// Looks for model servers on this computer.
    read "provider.findLocal" local::find_local: Empty => LocalServers, [];
    /// Names the keys that a `.env` file holds.
    read "provider.lookIntoEnvFile" import::look_into_env_file: LookIntoEnvFile => EnvFile, [];
    /// Takes a key from the environment or from a `.env` file.
    write "provider.importKey" import::import_key: ImportKey => ProviderView, ["providers", "models"];
    /// All models that can be chosen, from the last lists.
    read "model.list" models::model_list: Empty => ModelList, ["models", "providers"];

    /// All memory servers.
    read "server.list" server::list: Empty => ServerList, ["servers"];
    /// Keeps a memory server.
    write "server.save" server::save: SaveServer => ServerView, ["servers"];
    /// Deletes a memory server and its key; its data stays where it is.
    write "server.delete" server::delete: ServerRef => Done, ["servers"];
    /// Deletes a memory server's key.
    write "server.clearKey" server::clear_key: ServerRef => Done, ["servers"];
    /// Makes new turns use a memory server.
    write "server.makeDefault" server::make_default: ServerRef => Done, ["servers"];
    /// Checks a memory server.
    read "server.check" server::check: CheckServer => ServerCheck, [];
    /// Lists banks.
    read "server.banks" server::banks: ListBanks => BankPage, ["servers", "banks"];
    /// The settings of turns on a bank.
    read "bank.settings" server::bank_settings: BankRef => BankSettings, ["bankSettings"];
    /// Keeps the settings of turns on a bank.
    write "bank.saveSettings" server::save_bank_settings: SaveBankSettings => Done, ["bankSettings", "chat"];
    /// All profiles.
    read "profile.list" server::profiles: Empty => ProfileList, ["profiles"];
    /// Keeps a profile.
    write "profile.save" server::save_profile: SaveProfile => Profile, ["profiles", "chat"];
    /// Deletes a profile; chats that used it fall back.
    write "profile.delete" server::delete_profile: ProfileRef => Done, ["profiles", "chat"];
}

fn ts_name<T: TS>() -> String {
    T::name(&ts_rs::Config::from_env())
}

fn unknown(name: &str) -> Error {
    Error::new(ErrorCode::InvalidInput, format!("There is no command `{name}`."))
}

fn read<T: DeserializeOwned>(name: &str, request: &str) -> Result<T, Error> {
    serde_json::from_str(request).map_err(|error| {
        Error::new(ErrorCode::InvalidInput, format!("`{name}` was asked in a wrong shape: {error}."))
    })
}

fn write<T: Serialize>(name: &str, answer: T) -> Result<String, Error> {
    serde_json::to_string(&answer).map_err(|error| {
        Error::new(ErrorCode::Internal, format!("The answer of `{name}` could not be written: {error}."))
    })
}

/// Runs a handler on a task of its own, so that a panic in it is an error and not the end of the app.
async fn guarded<T>(name: &str, handler: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    use futures_util::FutureExt;
    let span = tracing::debug_span!("command", name);
    let outcome =
        std::panic::AssertUnwindSafe(tracing::Instrument::instrument(handler, span)).catch_unwind().await;
    outcome.unwrap_or_else(|_| {
        let id = uuid::Uuid::now_v7().to_string();
        tracing::error!(name, request_id = id, "a command panicked");
        Err(Error::new(ErrorCode::Internal, format!("`{name}` failed inside Rearview."))
            .hint("Copy the diagnostics in Settings > About and report it.")
            .request_id(Some(id)))
    })
}

/// The TypeScript map of commands, written to `ui/src/gen/commands.ts` by the tests.
pub fn typescript() -> String {
    use std::collections::BTreeSet;
    use std::fmt::Write as _;
    let mut imports = BTreeSet::new();
    let mut map = String::new();
    let mut rows = String::new();
    for row in TABLE {
        let (request, answer) = ((row.request)(), (row.answer)());
        imports.insert(request.clone());
        imports.insert(answer.clone());
        let kind = row.kind.as_str();
        let _ = writeln!(map, "  /** {} */", row.doc.trim());
        let _ =
            writeln!(map, "  '{}': {{ request: {request}; answer: {answer}; kind: '{kind}' }};", row.name);
        let tags: Vec<String> = row.tags.iter().map(|tag| format!("'{tag}'")).collect();
        let _ = writeln!(rows, "  '{}': {{ kind: '{kind}', tags: [{}] }},", row.name, tags.join(", "));
    }
    let mut text =
        String::from("// Generated from the command table in crates/api/src/table.rs. Do not edit.\n\n");
    for name in imports {
        let _ = writeln!(text, "import type {{ {name} }} from './{name}';");
    }
    let _ = write!(
        text,
        "\n/** Every command: what goes in, what comes out. */\nexport interface Commands {{\n{map}}}\n"
    );
    let _ = write!(
        text,
        "\n/** What each command does, and what it answers from or makes stale. */\nexport const COMMANDS = {{\n{rows}}} as const;\n"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_command_stands_once_and_has_a_sentence() {
        let mut seen = HashSet::new();
        for row in TABLE {
            assert!(seen.insert(row.name), "`{}` stands twice", row.name);
            assert!(row.doc.trim().ends_with('.'), "`{}` has no sentence", row.name);
            assert!(row.name.contains('.'), "`{}` has no noun", row.name);
        }
    }

    #[test]
    fn every_tag_that_a_write_makes_stale_is_one_that_a_read_answers_from() {
        let read: HashSet<_> =
            TABLE.iter().filter(|row| row.kind == Kind::Read).flat_map(|row| row.tags).collect();
        for row in TABLE.iter().filter(|row| row.kind == Kind::Write) {
            for tag in row.tags {
                assert!(read.contains(tag), "nothing answers from `{tag}`, which `{}` makes stale", row.name);
            }
        }
    }

    #[test]
    fn the_typescript_map_is_written() {
        let dir = std::env::var("TS_RS_EXPORT_DIR").unwrap();
        let path = std::path::Path::new(&dir).join("commands.ts");
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(path, typescript()).unwrap();
    }
}
