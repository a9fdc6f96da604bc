//! The installed packages: found in the cache, or installed there once per machine.
//!
//! `${XDG_CACHE_HOME:-~/.cache}/rearview-tests/clients-1.1.0-0.5.4-0.4.20`, about 420 MB; `requirements.txt` says
//! what is in it, and another `requirements.txt` makes it anew.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// hindsight-client, hindsight-litellm, hindsight-agno.
const NAME: &str = "clients-1.1.0-0.5.4-0.4.20";
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The interpreter that has the packages. Test processes wait for each other with a file lock.
///
/// # Errors
/// When there is no Python, no PyPI (first use only) or no place for them.
pub(crate) async fn python() -> io::Result<PathBuf> {
    let cache = cache()?;
    fs::create_dir_all(&cache)?;
    let lock = File::options().create(true).append(true).open(cache.join(format!("{NAME}.lock")))?;
    // Waiting blocks a thread, perhaps for the minutes of an installation; not one of the runtime's.
    let _lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await??;
    let venv = cache.join(NAME);
    let python = venv.join("bin/python");
    // Written last: a half installation has none.
    let whole = venv.join("requirements.txt");
    if fs::read_to_string(&whole).is_ok_and(|installed| installed == REQUIREMENTS) {
        return Ok(python);
    }
    if venv.exists() {
        fs::remove_dir_all(&venv)?;
    }
    run(Command::new("python3").args(["-m", "venv"]).arg(&venv)).await?;
    let asked = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/requirements.txt");
    let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    run(Command::new(&python).args(quiet).arg(asked)).await?;
    fs::write(whole, REQUIREMENTS)?;
    Ok(python)
}

async fn run(command: &mut Command) -> io::Result<()> {
    let output = command.kill_on_drop(true).output().await?;
    match output.status.success() {
        true => Ok(()),
        false => Err(io::Error::other(format!(
            "could not install the packages with `{:?}`: {}",
            command.as_std(),
            String::from_utf8_lossy(&output.stderr)
        ))),
    }
}

fn cache() -> io::Result<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    let missing = || io::Error::new(io::ErrorKind::NotFound, "neither XDG_CACHE_HOME nor HOME is set");
    Ok(cache.ok_or_else(missing)?.join("rearview-tests"))
}
