//! The installed server: found in the cache, or installed there once per machine.
//!
//! `${XDG_CACHE_HOME:-~/.cache}/rearview-tests/hindsight-1.1.0`, about 1.3 GB and two minutes the first time.
//! `REARVIEW_HINDSIGHT_RELEASE=0.9.1` takes another release in place of it: for a look by hand at what an older or a
//! newer server says, not for `make test`.

use super::{HindsightServerError, Result, at};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// The release that the client is written against.
const RELEASE: &str = "1.1.0";

/// The package of a release, without the local models that tests do without.
fn package(release: &str) -> String {
    format!("hindsight-api-slim[embedded-db]=={release}")
}

/// A Python environment with the server in it.
pub(super) struct Venv {
    folder: PathBuf,
    release: String,
}

impl Venv {
    /// Finds the environment, or installs it. Test processes wait for each other with a file lock.
    pub(super) async fn ready() -> Result<Self> {
        let cache = cache()?;
        fs::create_dir_all(&cache).map_err(at(format!("make `{}`", cache.display())))?;
        let release = std::env::var("REARVIEW_HINDSIGHT_RELEASE").unwrap_or_else(|_| RELEASE.to_owned());
        let lock_path = cache.join(format!("hindsight-{release}.lock"));
        let venv = Self { folder: cache.join(format!("hindsight-{release}")), release };
        let lock = File::options().create(true).append(true).open(&lock_path);
        let lock = lock.map_err(at(format!("open `{}`", lock_path.display())))?;
        // Waiting blocks a thread, perhaps for the minutes of an installation; not one of the runtime's.
        let locked = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await;
        let _lock = locked.map_err(|error| at("wait for the installation")(error.into()))?;
        let _lock = _lock.map_err(at("lock the installation"))?;
        if !venv.is_whole() {
            venv.install().await?;
        }
        Ok(venv)
    }

    /// A program of the environment.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// The program that brings its own PostgreSQL with pgvector.
    pub(super) fn pg0(&self) -> Option<PathBuf> {
        self.packaged("pg0/bin/pg0")
    }

    /// A folder with the tokenizer that releases before 1.1 else download at their start.
    pub(super) fn tokenizers(&self) -> Option<PathBuf> {
        self.packaged("litellm/litellm_core_utils/tokenizers")
    }

    fn packaged(&self, path: &str) -> Option<PathBuf> {
        let pythons = fs::read_dir(self.folder.join("lib")).ok()?.flatten();
        pythons.map(|python| python.path().join("site-packages").join(path)).find(|found| found.exists())
    }

    /// pip installs what is depended upon first, so the server's own program comes last.
    fn is_whole(&self) -> bool {
        self.pg0().is_some() && self.program("hindsight-api").is_file()
    }

    async fn install(&self) -> Result<()> {
        if self.folder.exists() {
            fs::remove_dir_all(&self.folder).map_err(at("clear a half installation"))?;
        }
        run("python3", [OsStr::new("-m"), OsStr::new("venv"), self.folder.as_os_str()]).await?;
        let pip = self.program("pip");
        let package = package(&self.release);
        run(&pip, ["install", "--quiet", "--disable-pip-version-check", &package].map(OsStr::new)).await
    }
}

async fn run<const N: usize>(program: impl AsRef<Path>, arguments: [&OsStr; N]) -> Result<()> {
    let name = program.as_ref().display().to_string();
    let attempt = format!("install the server with `{name}`");
    let output = Command::new(program.as_ref()).args(arguments).kill_on_drop(true).output().await;
    let output = output.map_err(at(&attempt))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(HindsightServerError::Program {
            attempt,
            log: String::from_utf8_lossy(&output.stderr).into_owned(),
        }),
    }
}

fn cache() -> Result<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    let cache = cache.ok_or_else(|| {
        at("find a cache: neither XDG_CACHE_HOME nor HOME is set")(std::io::ErrorKind::NotFound.into())
    })?;
    Ok(cache.join("rearview-tests"))
}
