//! A memory engine in a process of its own: started, asked over HTTP, killed, ended.

use rearview_tests::gate::PATIENCE;
use reqwest::Method;
use serde_json::Value;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// The process is gone, and with it the answer to what was asked last.
#[derive(Debug)]
pub struct Died;

/// A running engine.
pub struct EngineProcess {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    stdin: Option<ChildStdin>,
    door: Door,
}

/// The way to ask it; clones share connections.
#[derive(Clone)]
pub struct Door {
    url: String,
    http: reqwest::Client,
}

impl Door {
    /// Sends a request: status and body, JSON or null.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(u16, Value), Died> {
        let mut request = self.http.request(method, format!("{}{path}", self.url));
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await.map_err(|_| Died)?;
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.map_err(|_| Died)?;
        Ok((status, serde_json::from_slice(&bytes).unwrap_or_default()))
    }

    /// As [`Door::send`], for what must be done.
    pub async fn ok(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Died> {
        let (status, answer) = self.send(method.clone(), path, body).await?;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        Ok(answer)
    }

    /// What stands at a path.
    pub async fn get(&self, path: &str) -> Result<Value, Died> {
        self.ok(Method::GET, path, None).await
    }

    /// The bytes of a file.
    pub async fn download(&self, path: &str) -> Result<Vec<u8>, Died> {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await.map_err(|_| Died)?;
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.bytes().await.map(|bytes| bytes.to_vec()).map_err(|_| Died)
    }

    /// Sends a file as a form does.
    pub async fn upload(&self, path: &str, bytes: &[u8]) -> Result<Value, Died> {
        let head = "--limit\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\
                    content-type: application/zip\r\n\r\n";
        let body = [head.as_bytes(), bytes, b"\r\n--limit--\r\n"].concat();
        let request = self
            .http
            .post(format!("{}{path}", self.url))
            .header("content-type", "multipart/form-data; boundary=limit")
            .body(body);
        let answer = request.send().await.map_err(|_| Died)?;
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(|_| Died)?;
        assert!(status.is_success(), "{path}: {status} {}", String::from_utf8_lossy(&bytes));
        Ok(serde_json::from_slice(&bytes).unwrap())
    }
}

impl EngineProcess {
    /// Starts it and waits until it listens; `fault` says where it dies by itself, empty for nowhere.
    ///
    /// # Errors
    /// When it dies before.
    pub async fn start(dir: &Path, fault: &str) -> Result<Self, (Died, ExitStatus)> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_victim"))
            .arg("engine")
            .arg(dir.join("memory"))
            .env("REARVIEW_FAULT", fault)
            .env("REARVIEW_FAULT_LOG", dir.join("points"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let Some(line) = lines.next_line().await.unwrap() else {
            return Err((Died, child.wait().await.unwrap()));
        };
        let told: Value = serde_json::from_str(&line).unwrap();
        let url = told["url"].as_str().unwrap_or_else(|| panic!("it does not listen: {told}")).to_owned();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Ok(Self { child, lines, stdin, door: Door { url, http } })
    }

    /// The way to ask it.
    pub fn door(&self) -> Door {
        self.door.clone()
    }

    /// Kills it as `kill -9` does.
    pub fn kill(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.start_kill();
    }

    /// The most memory that it ever had, in the kernel's words.
    pub fn peak_memory(&self) -> String {
        let status = format!("/proc/{}/status", self.child.id().unwrap_or_default());
        let status = std::fs::read_to_string(status).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak.map_or_else(|| "unknown".to_owned(), |peak| peak.trim().to_owned())
    }

    /// Waits for its death.
    pub async fn dead(mut self) -> ExitStatus {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        ended.expect("it lives and does not answer").unwrap()
    }

    /// Ends it cleanly.
    pub async fn end(mut self) {
        drop(self.stdin.take());
        let mut last = Value::Null;
        while let Some(line) = self.lines.next_line().await.unwrap() {
            last = serde_json::from_str(&line).unwrap();
        }
        assert_eq!(last["did"], "close");
        assert!(self.dead().await.success());
    }
}
