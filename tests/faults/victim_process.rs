//! Starts the victim, listens to what it tells, and kills it.

use rearview_tests::scripted_memory::ScriptedMemory;
use rearview_tests::scripted_provider::ScriptedProvider;
use serde_json::Value;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// A running victim.
pub struct Victim {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    told: Vec<Value>,
}

impl Victim {
    /// Starts it; `fault` says where it dies by itself, empty for nowhere.
    pub fn start(dir: &Path, provider: &ScriptedProvider, memory: &ScriptedMemory, fault: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_victim"))
            .arg(dir)
            .args([provider.base_url(), memory.url()])
            .env("REARVIEW_FAULT", fault)
            .env("REARVIEW_FAULT_LOG", dir.join("points"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines, told: Vec::new() }
    }

    /// Waits until it has told so many lines of this kind; false when it ended before.
    pub async fn told(&mut self, did: &str, times: usize) -> bool {
        while self.told.iter().filter(|line| line["did"] == did).count() < times {
            let Some(line) = self.lines.next_line().await.unwrap() else { return false };
            self.told.push(serde_json::from_str(&line).unwrap());
        }
        true
    }

    /// Kills it as `kill -9` does.
    pub fn kill(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.start_kill();
    }

    /// Waits for its end: how it ended, and everything that it told.
    pub async fn ended(mut self) -> (ExitStatus, Vec<Value>) {
        while let Some(line) = self.lines.next_line().await.unwrap() {
            // Half a line was told to nobody.
            self.told.extend(serde_json::from_str::<Value>(&line));
        }
        (self.child.wait().await.unwrap(), self.told)
    }
}
