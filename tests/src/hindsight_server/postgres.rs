//! The database behind a server: the PostgreSQL that comes with it, on a free port, in a directory of its own.
//!
//! PostgreSQL refuses to run as root. As root it is started as `nobody`, from a copy of its program, because
//! the cache below root's home is closed to others.

use super::reaper::Reaper;
use super::venv::Venv;
use super::{HindsightServerError, Result, at, free_port, tail};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// Name of instance, user, password and database: all the same, all on loopback, all gone afterwards.
const NAME: &str = "hindsight";

/// A running database.
pub(super) struct Postgres {
    port: u16,
}

impl Postgres {
    /// Starts a database below `home` and waits until it takes connections.
    pub(super) async fn start(venv: &Venv, home: &Path, reaper: &Reaper) -> Result<Self> {
        let directory = home.join("postgres");
        fs::create_dir(&directory).map_err(at("make the database's directory"))?;
        let pg0 = venv.pg0().ok_or_else(|| at("find pg0")(io::ErrorKind::NotFound.into()))?;
        let log = home.join("postgres.log");
        let port = free_port()?;
        reaper.watch_postgres(&directory.join(".pg0/instances").join(NAME).join("data"))?;
        let mut command = match is_root()? {
            true => as_nobody(&pg0, &directory)?,
            false => Command::new(&pg0),
        };
        let file = File::create(&log).map_err(at("open the database's log"))?;
        let second = file.try_clone().map_err(at("open the database's log"))?;
        // The database inherits what its starter writes to; files, as a pipe would keep us waiting for its end.
        let status = command
            .args(["start", "--name", NAME, "--port", &port.to_string(), "-u", NAME, "-P", NAME, "-n", NAME])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &directory)
            .env("LC_ALL", "C.UTF-8")
            .current_dir(&directory)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(second)
            .process_group(0)
            .status()
            .await
            .map_err(at("start PostgreSQL"))?;
        match status.success() {
            true => Ok(Self { port }),
            false => {
                Err(HindsightServerError::Program { attempt: "start PostgreSQL".to_owned(), log: tail(&log) })
            }
        }
    }

    /// The address for the server's settings.
    pub(super) fn url(&self) -> String {
        format!("postgresql://{NAME}:{NAME}@127.0.0.1:{}/{NAME}", self.port)
    }
}

fn is_root() -> Result<bool> {
    let this = fs::metadata("/proc/self").map_err(at("find out who we are"))?;
    Ok(this.uid() == 0)
}

/// The command that runs a copy of pg0 as `nobody`, who owns the directory from now on.
fn as_nobody(pg0: &Path, directory: &Path) -> Result<Command> {
    let (user, group) = nobody()?;
    let copy: PathBuf = directory.join("pg0");
    fs::copy(pg0, &copy).map_err(at("copy pg0"))?;
    fs::set_permissions(&copy, Permissions::from_mode(0o755)).map_err(at("copy pg0"))?;
    chown(directory, Some(user), Some(group)).map_err(at("give the database's directory to `nobody`"))?;
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={user}")).arg(format!("--regid={group}")).arg("--clear-groups").arg(copy);
    Ok(command)
}

/// User and group id of `nobody`.
fn nobody() -> Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").map_err(at("read the list of users"))?;
    let entry = users.lines().find_map(|line| {
        let mut fields = line.strip_prefix("nobody:")?.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    entry.ok_or_else(|| at("find the user `nobody`")(io::ErrorKind::NotFound.into()))
}
