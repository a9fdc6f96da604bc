//! A gate in a script: a scripted server stops at it until the test opens it, and the test can wait until
//! the server has come to it. This is how tests order things without sleeping. Used by both scripted servers.

use std::time::Duration;
use tokio::sync::watch;

/// How long a test waits for something that has to happen. Reached only when the test fails.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A gate; clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate {
    open: watch::Sender<bool>,
    reached: watch::Sender<u32>,
}

impl Default for Gate {
    fn default() -> Self {
        Self { open: watch::Sender::new(false), reached: watch::Sender::new(0) }
    }
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everybody through, now and later.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// Stops everybody who comes from now on.
    pub fn close(&self) {
        self.open.send_replace(false);
    }

    /// Waits at the gate until it opens.
    pub async fn pass(&self) {
        self.reached.send_modify(|count| *count += 1);
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.open.subscribe().wait_for(|open| *open).await;
    }

    /// Waits until somebody has come to the gate. False when nobody came within `PATIENCE`.
    pub async fn reached(&self) -> bool {
        let mut reached = self.reached.subscribe();
        tokio::time::timeout(PATIENCE, reached.wait_for(|count| *count > 0)).await.is_ok()
    }
}
