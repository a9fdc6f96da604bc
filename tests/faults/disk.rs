//! A disk that is full, on a small file system. Making one needs the right to mount; without
//! it these tests say so and stop, and only the store's own tests of a full disk remain.

#![expect(clippy::print_stdout, reason = "a lane that was not run has to say so")]

use rearview_domain::ErrorCode;
use rearview_domain::message::Message;
use rearview_domain::turn::TurnState;
use rearview_tests::gate::Gate;
use rearview_tests::scripted_memory::ScriptedMemory;
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::temp_app::TempApp;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system, taken away when dropped.
pub struct SmallDisk {
    dir: tempfile::TempDir,
}

impl SmallDisk {
    /// `None` without the right to mount.
    pub fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mount =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=48m", "tmpfs"]).arg(dir.path()).output();
        match mount {
            Ok(output) if output.status.success() => Some(Self { dir }),
            other => {
                println!("no small disk can be mounted here, so a full one is not tried: {other:?}");
                None
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Takes every last block.
    pub fn fill(&self) {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(self.filler()).unwrap();
        let block = [0_u8; 4096];
        while file.write_all(&block).is_ok() {}
    }

    /// Gives them back.
    pub fn free(&self) {
        std::fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: databases of a failed test may still be open.
        let _ = Command::new("umount").arg("-l").arg(self.dir.path()).status();
    }
}

async fn stage(disk: &SmallDisk) -> (TempApp, ScriptedProvider, ScriptedMemory) {
    let (provider, memory) =
        (ScriptedProvider::start().await.unwrap(), ScriptedMemory::start().await.unwrap());
    let app = TempApp::at(disk.path()).await.unwrap();
    app.provider(&provider).await;
    app.server(&memory.url(), None).await;
    (app, provider, memory)
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_before_it_is_sent_and_everything_works_when_there_is_space() {
    let Some(disk) = SmallDisk::mount() else { return };
    let (app, provider, _memory) = stage(&disk).await;
    let chat = app.chat().await;
    let first = app.say(&chat, "Before").await;
    app.stored(&first).await;
    disk.fill();
    let long = "too long for this disk ".repeat(5_000);
    let refused = app.start(&chat, json!({"text": long})).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::DiskFull, "{refused:?}");
    assert!(refused.hint.is_some());
    assert_eq!(provider.requests().len(), 1, "a message was sent that is not kept");
    let view: Value = app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
    assert_eq!(view["messages"][1]["parts"][0]["text"], "You said: Before", "what was kept is lost");
    disk.free();
    let after = app.say(&chat, &long).await;
    assert_eq!(after.turn.state, TurnState::Finished);
    app.stored(&after).await;
}

#[tokio::test]
async fn a_disk_that_fills_up_while_an_answer_comes_says_so_and_keeps_the_question_and_what_was_kept() {
    let Some(disk) = SmallDisk::mount() else { return };
    let (mut app, provider, _memory) = stage(&disk).await;
    let gate = Gate::new();
    let much = "and on ".repeat(60_000);
    provider.answer(Script::text("The beginning ").wait(&gate).then(&much));
    let chat = app.chat().await;
    let started = app.start(&chat, json!({"text": "Tell me"})).await.unwrap();
    assert!(gate.reached().await);
    disk.fill();
    gate.open();
    let ended = app.finish(&started).await;
    let error = ended.error.clone().expect("the end could not be kept, and nobody was told");
    assert_eq!((error.code, ended.turn.state), (ErrorCode::DiskFull, TurnState::Failed));
    assert!(ended.shown().ends_with("and on "), "the answer itself went on");
    disk.free();
    assert_eq!(app.say(&chat, "Again").await.said(), "You said: Again", "the chat does not go on");
    app.quit().await;
    app.open_again().await;
    let request = json!({"chatId": chat, "ids": [started.turn.question_id, started.turn.answer_id]});
    let whole: Value = app.must("chat.messages", request).await;
    let messages: Vec<Message> = serde_json::from_value(whole["messages"].clone()).unwrap();
    assert_eq!(messages[0].said(), "Tell me");
    assert_eq!(whole["turns"][0]["state"], "interrupted");
    assert!(ended.shown().starts_with(&messages[1].said()));
}
