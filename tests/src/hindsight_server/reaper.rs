//! Ends what a server started, also when the test process is killed.
//!
//! A static is never dropped and a killed process cleans nothing up, so the cleaning is done by a shell that
//! is told line by line what there is to clean and starts when its standard input ends: on [`Reaper::reap`],
//! or with the test process, however that ends. It stands in a process group of its own, so that Ctrl-C
//! does not reach it first.

use super::{Result, at};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;

/// Lines are a kind and a value. PostgreSQL is asked to stop at once (SIGQUIT to its first process, which
/// ends the others) and gets five seconds before its directory goes. One that was still starting has no
/// process file yet; it ends by itself within a minute, when it misses its directory.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
groups= postgres= directory=
while IFS=' ' read -r kind value; do
    case $kind in
        group) groups="$groups $value" ;;
        postgres) postgres=$value ;;
        directory) directory=$value ;;
    esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
if [ -n "$postgres" ] && [ -f "$postgres/postmaster.pid" ]; then
    read -r pid < "$postgres/postmaster.pid"
    kill -s QUIT "$pid"
    tries=0
    while kill -0 "$pid"; do
        if [ $tries -ge 50 ]; then kill -s KILL "$pid"; break; fi
        sleep 0.1; tries=$((tries + 1))
    done
fi
if [ -n "$directory" ]; then rm -rf -- "$directory"; fi
"#;

/// A cleaner that waits for its time.
pub(crate) struct Reaper {
    shell: Child,
    orders: Mutex<Option<ChildStdin>>,
}

impl Reaper {
    pub(crate) fn start() -> Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .process_group(0)
            .spawn()
            .map_err(at("start the shell that cleans up"))?;
        let orders = Mutex::new(shell.stdin.take());
        Ok(Self { shell, orders })
    }

    /// A process group to kill.
    pub(super) fn watch_group(&self, group: u32) -> Result<()> {
        self.order("group", group.to_string().as_bytes())
    }

    /// A PostgreSQL to stop, by its data directory.
    pub(super) fn watch_postgres(&self, data: &Path) -> Result<()> {
        self.order("postgres", data.as_os_str().as_bytes())
    }

    /// A directory to remove at the end.
    pub(crate) fn watch_directory(&self, directory: &Path) -> Result<()> {
        self.order("directory", directory.as_os_str().as_bytes())
    }

    /// Cleans up now and returns when it is done.
    pub(super) fn reap(&mut self) {
        if let Ok(mut orders) = self.orders.lock() {
            drop(orders.take());
        }
        drop(self.shell.wait());
    }

    fn order(&self, kind: &str, value: &[u8]) -> Result<()> {
        let line = [kind.as_bytes(), b" ", value, b"\n"].concat();
        let mut orders = self.orders.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match orders.as_mut() {
            Some(orders) => orders.write_all(&line).map_err(at("tell the shell what to clean up")),
            None => Ok(()),
        }
    }
}

impl Drop for Reaper {
    /// A start that failed half way is cleaned up too.
    fn drop(&mut self) {
        self.reap();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn everything_it_was_told_of_is_gone_when_reaping_returns() {
        let directory = tempfile::tempdir().unwrap().keep();
        std::fs::write(directory.join("log"), "x").unwrap();
        let mut group = Command::new("sleep").arg("600").process_group(0).spawn().unwrap();
        let mut reaper = Reaper::start().unwrap();
        reaper.watch_directory(&directory).unwrap();
        reaper.watch_group(group.id()).unwrap();
        reaper.reap();
        assert!(!directory.exists());
        assert_eq!(group.wait().unwrap().signal(), Some(9));
    }
}
