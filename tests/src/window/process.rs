//! The WebKitWebDriver process and all that it starts, as one process group: begun on a free port with a home of
//! its own, and gone without a trace at the end. Called by the module above; knows nothing of pages.

use std::{
    fs::{self, File},
    io,
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command},
};

use tokio::time::{Instant, interval};

use super::{INTERVAL, PATIENCE, Result, WindowError, at};

/// How many ports are tried.
const PORTS: u32 = 5;

/// A running driver. Dropping it ends its whole group without waiting.
pub struct DriverProcess {
    child: Child,
    port: u16,
}

/// Where driver and app write their standard outputs when they run in `home`.
pub fn log(home: &Path) -> PathBuf {
    home.join("app.log")
}

impl DriverProcess {
    /// Starts the driver; the app it will start inherits the environment made here. Another process can take the
    /// port between its finding and its use; the driver ends then, and another port is tried.
    pub async fn start(home: &Path, envs: &[(&str, &str)]) -> Result<Self> {
        let mut tries = 0;
        loop {
            let mut this = Self::spawn(home, envs)?;
            tries += 1;
            match this.answers().await {
                Err(WindowError::DriverSilent { .. }) if this.is_gone()? && tries < PORTS => {}
                answered => return answered.map(|()| this),
            }
        }
    }

    fn spawn(home: &Path, envs: &[(&str, &str)]) -> Result<Self> {
        let port = free_port().map_err(at("find a free port for WebKitWebDriver"))?;
        let file =
            File::options().create(true).append(true).open(log(home)).map_err(at("open the app's log"))?;
        let second = file.try_clone().map_err(at("open the app's log"))?;
        let child = at_home(&mut Command::new("WebKitWebDriver"), home)
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            // Without it Tauri's web view refuses to be driven (tauri 2: read when the web context is made).
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs(envs.iter().copied())
            .stdout(file)
            .stderr(second)
            .process_group(0)
            .spawn()
            .map_err(at("start WebKitWebDriver"))?;
        Ok(Self { child, port })
    }

    fn is_gone(&mut self) -> Result<bool> {
        let ended = self.child.try_wait().map_err(at("look after WebKitWebDriver"))?;
        Ok(ended.is_some())
    }

    /// Where the driver takes commands.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends the app, and only the app, with SIGKILL, and returns once it is gone.
    pub async fn kill_app(&self, binary: &Path) -> Result<()> {
        let apps = processes_of(binary, self.child.id());
        for pid in &apps {
            drop(Command::new("kill").args(["-KILL", &pid.to_string()]).output());
        }
        let mut ticks = interval(INTERVAL);
        let deadline = Instant::now() + PATIENCE;
        while !processes_of(binary, self.child.id()).is_empty() {
            ticks.tick().await;
            if Instant::now() > deadline {
                let source = io::ErrorKind::TimedOut.into();
                return Err(WindowError::Machine { attempt: "kill the app".to_owned(), source });
            }
        }
        Ok(())
    }

    /// Ends the group and returns once none of it is left, so that the next app meets no older one.
    pub async fn end(mut self) -> Result<()> {
        self.signal("TERM");
        let mut ticks = interval(INTERVAL);
        let deadline = Instant::now() + PATIENCE;
        loop {
            ticks.tick().await;
            // Collects the driver itself; what it started is adopted and collected by the system.
            self.child.try_wait().map_err(at("wait for WebKitWebDriver to end"))?;
            if !group_lives(self.child.id()) {
                return Ok(());
            }
            if Instant::now() > deadline {
                self.signal("KILL");
                return Err(WindowError::Machine {
                    attempt: "end the app and WebKitWebDriver".to_owned(),
                    source: io::ErrorKind::TimedOut.into(),
                });
            }
        }
    }

    /// Waits until the port answers and the driver still lives: somebody else may be the one who answers.
    async fn answers(&mut self) -> Result<()> {
        let mut ticks = interval(INTERVAL);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let connects = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok();
            // A driver that found its port taken ends a moment later.
            ticks.tick().await;
            if self.is_gone()? || Instant::now() > deadline {
                return Err(WindowError::DriverSilent { port: self.port });
            }
            if connects {
                return Ok(());
            }
        }
    }

    /// Best effort: a group that is gone already is what is wanted.
    fn signal(&self, name: &str) {
        let group = format!("-{}", self.child.id());
        drop(Command::new("kill").args([&format!("-{name}"), "--", &group]).output());
    }
}

impl Drop for DriverProcess {
    fn drop(&mut self) {
        if group_lives(self.child.id()) {
            self.signal("KILL");
        }
        drop(self.child.wait());
    }
}

/// An app beside the driven one, which nobody drives: it is there to be in the way. Dropping it ends it.
pub struct SecondApp(Child);

impl SecondApp {
    /// Starts the app in a home and waits until its log says `words`.
    pub async fn start(home: &Path, words: &str) -> Result<Self> {
        let log = log(home);
        let file = File::create(&log).map_err(at("open the app's log"))?;
        let second = file.try_clone().map_err(at("open the app's log"))?;
        let child = at_home(&mut Command::new(super::binary()), home)
            .stdout(file)
            .stderr(second)
            .process_group(0)
            .spawn()
            .map_err(at("start a second app"))?;
        let this = Self(child);
        let logs = home.join("rearview/logs");
        let mut ticks = interval(INTERVAL);
        let deadline = Instant::now() + PATIENCE;
        loop {
            ticks.tick().await;
            let said: String = fs::read_dir(&logs)
                .into_iter()
                .flatten()
                .flatten()
                .filter_map(|file| fs::read_to_string(file.path()).ok())
                .collect();
            if said.contains(words) {
                return Ok(this);
            }
            if Instant::now() > deadline {
                return Err(WindowError::TextMissing { text: words.to_owned(), shown: said });
            }
        }
    }
}

impl Drop for SecondApp {
    fn drop(&mut self) {
        drop(Command::new("kill").args(["-KILL", "--", &format!("-{}", self.0.id())]).output());
        drop(self.0.wait());
    }
}

/// Makes a folder the whole world of a process: HOME and everything that is derived from it lies in it.
fn at_home<'a>(command: &'a mut Command, home: &Path) -> &'a mut Command {
    command
        .env("HOME", home)
        .env("REARVIEW_HOME", home.join("rearview"))
        .env("XDG_CONFIG_HOME", home.join(".config"))
        .env("XDG_DATA_HOME", home.join(".local/share"))
        .env("XDG_CACHE_HOME", home.join(".cache"))
        // The same words, numbers and times on every machine.
        .envs([("LC_ALL", "C.UTF-8"), ("TZ", "UTC"), ("NO_AT_BRIDGE", "1")])
}

/// The processes of a group that run this binary.
fn processes_of(binary: &Path, group: u32) -> Vec<u32> {
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let mine = processes.flatten().filter(|process| {
        let stat = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        let runs = fs::read_link(process.path().join("exe")).unwrap_or_default();
        runs_in_group(&stat, group) && runs == binary
    });
    mine.filter_map(|process| process.file_name().to_str()?.parse().ok()).collect()
}

/// A port nobody listens on now. Another process could take it before the driver does; the driver then ends, and
/// the scenario fails with its log.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Whether any process of the group runs. Ended ones that nobody collected yet do not count.
fn group_lives(group: u32) -> bool {
    let Ok(processes) = fs::read_dir("/proc") else { return false };
    processes.flatten().any(|process| {
        let stat = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        runs_in_group(&stat, group)
    })
}

/// Reads proc(5) `stat`: `pid (name) state parent group …`. The name may hold anything, so the last `)` ends it.
fn runs_in_group(stat: &str, group: u32) -> bool {
    let Some((_, rest)) = stat.rsplit_once(") ") else { return false };
    let fields: Vec<&str> = rest.split(' ').collect();
    matches!(fields[..], [state, _parent, its_group, ..] if state != "Z" && its_group.parse() == Ok(group))
}

#[cfg(test)]
mod tests {
    use super::runs_in_group;

    #[test]
    fn a_process_is_known_by_its_group_whatever_its_name() {
        assert!(runs_in_group("12 (a) b) S 1 77 77 0", 77));
        assert!(!runs_in_group("12 (a) S 77 12 77 0", 77), "the parent is not the group");
    }

    #[test]
    fn an_ended_process_that_nobody_collected_does_not_run() {
        assert!(!runs_in_group("12 (a) Z 1 77 77 0", 77));
    }
}
