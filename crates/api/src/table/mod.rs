//! The command table: every command the page can give, once. Router, stream router, TypeScript map,
//! harness routes and the completeness test follow from it; nobody keeps a second list.
//!
//! Each room of the table is a file beside this one; `rooms!` below names them all. A row reads: name, handler,
//! request, answer, kind, tags. A read says which tags it answers from, a write says which tags it makes
//! stale; the page refetches by tag. A stream feeds a sink with the answer type and ends when its handler does.

use crate::app::App;
use crate::sink::Sink;
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

/// The commands of one room.
macro_rules! commands {
    ($(
        $(#[doc = $doc:literal])+
        $kind:ident $name:literal $handler:path: $request:ty => $answer:ty, [$($tag:literal),*];
    )*) => {
        /// The commands of this room, in the order they are shown.
        pub(super) const ROWS: &[$crate::table::Row] = &[$(
            $crate::table::Row {
                name: $name,
                doc: concat!($($doc),+),
                kind: commands!(@kind $kind),
                tags: &[$($tag),*],
                request: $crate::table::ts_name::<$request>,
                answer: $crate::table::ts_name::<$answer>,
            },
        )*];

        pub(super) async fn call(
            app: &$crate::app::App,
            name: &str,
            request: &str,
        ) -> Result<String, rearview_domain::Error> {
            match name {
                $($name => commands!(@call $kind, app, name, request, $handler, $request),)*
                _ => Err($crate::table::unknown(name)),
            }
        }

        pub(super) async fn stream(
            app: &$crate::app::App,
            name: &str,
            request: &str,
            sink: Box<dyn $crate::sink::Sink>,
        ) -> Result<(), rearview_domain::Error> {
            // A room without streams has no use for them.
            let _ = (&app, &request, &sink);
            match name {
                $($name => commands!(@stream $kind, app, name, request, sink, $handler, $request),)*
                _ => Err($crate::table::unknown(name)),
            }
        }
    };
    (@kind read) => { $crate::table::Kind::Read };
    (@kind write) => { $crate::table::Kind::Write };
    (@kind stream) => { $crate::table::Kind::Stream };
    (@call stream, $app:ident, $name:ident, $text:ident, $handler:path, $request:ty) => {
        Err($crate::table::wrong($name, "is a stream; attach to it"))
    };
    (@call $kind:ident, $app:ident, $name:ident, $text:ident, $handler:path, $request:ty) => {{
        let request: $request = $crate::table::read($name, $text)?;
        $crate::table::write($name, $crate::table::guarded($name, $handler($app, request)).await?)
    }};
    (@stream stream, $app:ident, $name:ident, $text:ident, $sink:ident, $handler:path, $request:ty) => {{
        let request: $request = $crate::table::read($name, $text)?;
        $crate::table::guarded($name, $handler($app, request, $sink)).await
    }};
    (@stream $kind:ident, $app:ident, $name:ident, $text:ident, $sink:ident, $handler:path, $request:ty) => {
        Err($crate::table::wrong($name, "is not a stream; call it"))
    };
}

/// What a room answers. Named, so that a handler which may not move between threads fails here and not in a shell.
type Answer<'a, T> = std::pin::Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Names the rooms of the table and routes into them.
macro_rules! rooms {
    ($($room:ident),* $(,)?) => {
        $(mod $room;)*

        /// The rooms, in the order they are shown.
        const ROOMS: &[&[Row]] = &[$($room::ROWS),*];

        /// Runs a read or a write: JSON in, JSON out. A panic becomes an `Internal` error.
        ///
        /// # Errors
        /// The command's own error; `InvalidInput` for an unknown command or a request of another shape.
        pub async fn call(app: &App, name: &str, request: &str) -> Result<String, Error> {
            $(if has($room::ROWS, name) {
                let answer: Answer<'_, String> = Box::pin($room::call(app, name, request));
                return answer.await;
            })*
            Err(unknown(name))
        }

        /// Runs a stream: JSON in, answers into the sink until the stream ends.
        ///
        /// # Errors
        /// As `call`.
        pub async fn stream(app: &App, name: &str, request: &str, sink: Box<dyn Sink>) -> Result<(), Error> {
            $(if has($room::ROWS, name) {
                let answer: Answer<'_, ()> = Box::pin($room::stream(app, name, request, sink));
                return answer.await;
            })*
            Err(unknown(name))
        }
    };
}

rooms! { app, chat, turn, injection, explain, provider, server, bank, mission, inside, memory, review, lab, intake }

/// All commands, in the order of the table.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    ROOMS.iter().copied().flatten()
}

fn has(rows: &[Row], name: &str) -> bool {
    rows.iter().any(|row| row.name == name)
}

fn ts_name<T: TS>() -> String {
    T::name(&ts_rs::Config::from_env())
}

fn unknown(name: &str) -> Error {
    Error::new(ErrorCode::InvalidInput, format!("There is no command `{name}`."))
}

fn wrong(name: &str, what: &str) -> Error {
    Error::new(ErrorCode::InvalidInput, format!("`{name}` {what}."))
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
    let mut kinds = String::new();
    for row in rows() {
        let (request, answer) = ((row.request)(), (row.answer)());
        imports.insert(request.clone());
        imports.insert(answer.clone());
        let kind = row.kind.as_str();
        let _ = writeln!(map, "  /** {} */", row.doc.trim());
        let _ =
            writeln!(map, "  '{}': {{ request: {request}; answer: {answer}; kind: '{kind}' }};", row.name);
        let tags: Vec<String> = row.tags.iter().map(|tag| format!("'{tag}'")).collect();
        let _ = writeln!(kinds, "  '{}': {{ kind: '{kind}', tags: [{}] }},", row.name, tags.join(", "));
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
        "\n/** What each command does, and what it answers from or makes stale. */\nexport const COMMANDS = {{\n{kinds}}} as const;\n"
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
        for row in rows() {
            assert!(seen.insert(row.name), "`{}` stands twice", row.name);
            assert!(row.doc.trim().ends_with('.'), "`{}` has no sentence", row.name);
            assert!(row.name.contains('.'), "`{}` has no noun", row.name);
        }
    }

    #[test]
    fn every_tag_that_a_write_makes_stale_is_one_that_a_read_answers_from() {
        let read: HashSet<_> = rows().filter(|row| row.kind == Kind::Read).flat_map(|row| row.tags).collect();
        for row in rows().filter(|row| row.kind == Kind::Write) {
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
