//! The memory engine as a process of its own: `rearview-cli engine` on a folder, its line, its first answer,
//! its end. What is asked of it is measured in `memory`.

use crate::beside_us;
use crate::failed::{Result, at, odd};
use rearview_engine::encode::beside_program;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// How long it may take to answer, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running engine.
pub struct EngineProcess {
    child: Child,
    url: String,
    /// From the start of the process to its line.
    pub line_ms: f64,
    /// From the start of the process to the first answer of `/health`.
    pub ready_ms: f64,
}

/// What the engine prints when it listens.
#[derive(Deserialize)]
struct Line {
    url: String,
}

impl EngineProcess {
    /// Starts the program on a folder; `BENCH_ENGINE` names another program than the one of this build.
    pub async fn start(data: &Path) -> Result<Self> {
        let attempt = "start the engine";
        let weights =
            beside_program().ok_or_else(|| odd(attempt, "scripts/weights.sh fetches its weights"))?;
        let client = reqwest::Client::new();
        let program = match std::env::var_os("BENCH_ENGINE") {
            Some(path) => PathBuf::from(path),
            None => beside_us("rearview-cli")?,
        };
        let began = Instant::now();
        let mut child = Command::new(program)
            .args(["engine", "--no-token", "--data"])
            .arg(data)
            .arg("--weights")
            .arg(weights)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(at(attempt))?;
        let out = child.stdout.take().ok_or_else(|| odd(attempt, "it has no output"))?;
        let mut line = String::new();
        let mut out = BufReader::new(out);
        tokio::time::timeout(PATIENCE, out.read_line(&mut line))
            .await
            .map_err(at(attempt))?
            .map_err(at(attempt))?;
        let line_ms = began.elapsed().as_secs_f64() * 1_000.0;
        let url = serde_json::from_str::<Line>(&line).map_err(at(attempt))?.url;
        let answer = client.get(format!("{url}/health")).send().await.map_err(at(attempt))?;
        answer.error_for_status().map_err(at(attempt))?;
        let ready_ms = began.elapsed().as_secs_f64() * 1_000.0;
        Ok(Self { child, url, line_ms, ready_ms })
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process id.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Asks it to end and waits until its file is closed.
    pub async fn end(mut self) -> Result<()> {
        let attempt = "end the engine";
        let Some(pid) = self.child.id() else { return Ok(()) };
        let asked = Command::new("kill").args(["-TERM", &pid.to_string()]).status().await;
        asked.map_err(at(attempt))?;
        if tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await.is_err() {
            self.child.kill().await.map_err(at(attempt))?;
        }
        Ok(())
    }
}
