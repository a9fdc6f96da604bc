//! Everybody who plays: a real app, a scripted provider, a scripted memory server.

use rearview_domain::ChatId;
use rearview_tests::scripted_memory::ScriptedMemory;
use rearview_tests::scripted_provider::ScriptedProvider;
use rearview_tests::temp_app::{Ended, TempApp};

/// The models of the two wires.
pub const MODELS: [&str; 2] = ["scripted/scripted-1", "claude/scripted-1"];

/// The players. The bank is `ana`.
pub struct Stage {
    pub app: TempApp,
    pub provider: ScriptedProvider,
    pub memory: ScriptedMemory,
    /// The memory server's id.
    pub server: String,
}

impl Stage {
    /// An app with provider and memory server set up.
    pub async fn set() -> Self {
        let app = TempApp::new().await;
        let provider = ScriptedProvider::start().await.unwrap();
        let memory = ScriptedMemory::start().await.unwrap();
        app.provider(&provider).await;
        let server = app.server(&memory.url(), None).await;
        Self { app, provider, memory, server }
    }

    /// The same with facts in the bank.
    pub async fn with_facts(facts: &[&str]) -> Self {
        let stage = Self::set().await;
        stage.memory.knows("ana", facts);
        stage
    }

    /// Says one thing in a new chat.
    pub async fn say(&self, text: &str) -> (ChatId, Ended) {
        let chat = self.app.chat().await;
        let ended = self.app.say(&chat, text).await;
        (chat, ended)
    }
}

/// What was recorded as sent is what arrived, to the byte, and its hash and size say so.
pub fn assert_recorded_as_sent(ended: &Ended, provider: &ScriptedProvider) {
    let got = provider.last().expect("a request arrived");
    let step = ended.record.steps.last().expect("a step was recorded");
    let body = ended.bodies.last().expect("a body was kept");
    assert_eq!(ended.body().as_bytes(), got.body, "the body read back differs from the one that arrived");
    assert_eq!((&body.hash, &step.body_hash), (&got.hash(), &got.hash()));
    assert_eq!((body.bytes as usize, step.body_bytes as usize), (got.body.len(), got.body.len()));
}
