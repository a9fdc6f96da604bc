//! Logs: a file a day, fourteen kept, and the errors on standard error as well. Binaries call this once
//! and hold the guard until they end. Prompts, keys and memory text are never logged above `trace`.

use std::path::Path;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// Log files that are kept.
const KEPT: usize = 14;
/// First part of a log file's name.
pub(crate) const PREFIX: &str = "rearview";

/// Starts logging into a folder. `REARVIEW_LOG` filters, e.g. `rearview_turns=debug`. The answer writes
/// what is left when it is dropped.
///
/// # Errors
/// When the folder cannot be written. Rearview then runs without log files.
pub fn start(dir: &Path) -> Result<WorkerGuard, std::io::Error> {
    std::fs::create_dir_all(dir)?;
    let files = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix(PREFIX)
        .filename_suffix("log")
        .max_log_files(KEPT)
        .build(dir)
        .map_err(std::io::Error::other)?;
    let (writer, guard) = tracing_appender::non_blocking(files);
    let filter = EnvFilter::try_from_env("REARVIEW_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let file_layer = fmt::layer().with_writer(writer).with_ansi(false).with_filter(filter);
    let terminal = fmt::layer().with_writer(std::io::stderr).with_filter(LevelFilter::ERROR);
    // A second start in one process (tests) keeps the first subscriber.
    let _ = tracing_subscriber::registry().with(file_layer).with(terminal).try_init();
    Ok(guard)
}
