//! A process that dies at any point of the store's writes leaves a folder that opens, and loses nothing
//! that it had reported as written.
//!
//! The test starts itself as the process that dies: a child runs the same small life of a chat, says on a
//! file what was reported to it, and is killed at one point. Needs the cargo feature `faults`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "everything in this file is a test")]

use rearview_domain::chat::{Chat, ChatKind};
use rearview_domain::journal::{ChangeState, RunState};
use rearview_domain::message::{Message, Part, Role};
use rearview_domain::record::{Query, RecordPart};
use rearview_domain::time::Time;
use rearview_domain::turn::{RetainState, Turn, TurnState, Usage};
use rearview_domain::{MessageId, TurnId};
use rearview_store::{Begin, Finish, NewChange, NewOutboxItem, NewRun, OutboxAction, RunDelta, Store};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

const CHILD_DIR: &str = "REARVIEW_TEST_FAULT_DIR";

fn time() -> Time {
    Time::from_ms(1_790_000_000_000)
}

fn message(id: &str, parent: Option<&str>, role: Role, turn: Option<&str>, text: &str) -> Message {
    Message {
        id: id.into(),
        chat_id: "c".into(),
        parent_id: parent.map(MessageId::from),
        role,
        parts: if text.is_empty() { Vec::new() } else { vec![Part::text(text)] },
        turn_id: turn.map(TurnId::from),
        created_at: time(),
    }
}

fn turn(id: &str, state: TurnState) -> Turn {
    Turn {
        id: id.into(),
        chat_id: "c".into(),
        question_id: MessageId(format!("{id}.q")),
        answer_id: MessageId(format!("{id}.a")),
        model: "demo/demo".into(),
        state,
        finish: None,
        error: None,
        memory: None,
        retain: None,
        usage: Usage::default(),
        cost: None,
        context_tokens: None,
        learned: None,
        first_token_ms: None,
        total_ms: None,
        started_at: time(),
    }
}

/// The life of a chat: made, two turns, one outbox item done, deleted with a second chat staying.
async fn live(dir: &Path) {
    let note = |line: &str| {
        let mut file =
            std::fs::OpenOptions::new().create(true).append(true).open(dir.join("reported")).unwrap();
        writeln!(file, "{line}").unwrap();
    };
    let store = Store::open(dir.join("data")).await.unwrap();
    let chat = Chat {
        id: "c".into(),
        title: "Trip".into(),
        kind: ChatKind::Normal,
        bank_id: None,
        profile_id: None,
        model: None,
        system_prompt: String::new(),
        settings: Default::default(),
        leaf_id: None,
        draft: String::new(),
        created_at: time(),
        updated_at: time(),
    };
    store.insert_chat(&chat).await.unwrap();
    note("chat");
    let mut parent = None;
    for id in ["t1", "t2"] {
        let (question, answer) = (format!("{id}.q"), format!("{id}.a"));
        let begin = Begin {
            question: Some(message(&question, parent.as_deref(), Role::User, None, "Where?")),
            answer: message(&answer, Some(&question), Role::Assistant, Some(id), ""),
            turn: turn(id, TurnState::Running),
            visible: true,
        };
        store.begin_turn(begin).await.unwrap();
        note(&format!("begun {id}"));
        let query = RecordPart::Query(Query { text: "Where?".into(), derived: "last user message".into() });
        store.append_record(&id.into(), &"c".into(), &time(), &query).await.unwrap();
        note(&format!("record {id}"));
        let body = format!("body of {id} ").repeat(20);
        let hash = store.put_body(body.as_bytes(), &[]).await.unwrap();
        assert_eq!(store.body(&hash).await.unwrap().unwrap(), body.as_bytes());
        store.append_run(&id.into(), 1, &RunDelta::Text("In Lisbon".into())).await.unwrap();
        note(&format!("said {id}"));
        let outbox = vec![NewOutboxItem {
            turn_id: id.into(),
            chat_id: "c".into(),
            server_id: "s".into(),
            bank_id: "b".into(),
            document_id: format!("c.{id}").into(),
            action: OutboxAction::Retain { payload: serde_json::json!({}) },
            operation_id: None,
            next_try_at: time(),
            created_at: time(),
        }];
        let finish =
            Finish { turn: turn(id, TurnState::Finished), parts: vec![Part::text("In Lisbon.")], outbox };
        store.finish_turn(finish).await.unwrap();
        note(&format!("finished {id}"));
        parent = Some(answer);
    }
    let first = store.due(&time(), 1).await.unwrap().remove(0);
    store.outbox_update(&first, None).await.unwrap();
    store.outbox_done(first.id, RetainState::Done { at: time() }).await.unwrap();
    note("stored t1");
    store.delete_chat(&"c".into()).await.unwrap();
    note("deleted");
    change_facts(&store, note).await;
}

/// The life of a run of changes: two facts, each written down before it is sent, the run forgotten at last.
async fn change_facts(store: &Store, note: impl Fn(&str)) {
    let id = "r".into();
    let run = NewRun {
        id: "r".into(),
        server_id: "s".into(),
        bank_id: "b".into(),
        label: "Retire two".into(),
        note: None,
        edit: Some(serde_json::json!({})),
        at: time(),
        together: None,
    };
    let changes = ["f0", "f1"].map(|fact| NewChange { fact_id: fact.into(), edit: None });
    store.make_run(&run, &changes).await.unwrap();
    note("run");
    for place in [0, 1] {
        let before = serde_json::json!({"text": format!("before {place}")});
        store.change_sent(&id, place, &before, &serde_json::json!({})).await.unwrap();
        note(&format!("sent {place}"));
        store.change_is(&id, place, ChangeState::Done, Some(&before), None).await.unwrap();
        note(&format!("changed {place}"));
    }
    store.run_is(&id, RunState::Done, false, None).await.unwrap();
    note("run done");
    store.forget_run(&id).await.unwrap();
    note("run forgotten");
}

/// What was sent is known to have been sent, with the fact as it was; what was reported as made is made.
async fn check_journal(store: &Store, reported: &BTreeSet<&str>) {
    store.interrupt_runs().await.unwrap();
    let Ok(run) = store.journal_run(&"r".into()).await else {
        assert!(!reported.contains("run") || reported.contains("run done"), "the run is lost");
        return;
    };
    assert!(!reported.contains("run forgotten"));
    assert!(matches!(run.state, RunState::Interrupted | RunState::Done), "{run:?}");
    assert!(!reported.contains("run done") || run.state == RunState::Done, "the end of the run is lost");
    let (changes, total) = store.journal_changes(&run.id, &[], 10, 0).await.unwrap();
    assert_eq!(total, 2, "a run has all its changes or is not there");
    for change in changes {
        let said = |what: &str| reported.contains(format!("{what} {}", change.place).as_str());
        assert!(!said("sent") || change.before.is_some(), "what was before is lost: {change:?}");
        assert!(!said("changed") || change.state == ChangeState::Done, "a change is lost: {change:?}");
        assert_eq!(change.state == ChangeState::Waiting, change.before.is_none(), "{change:?}");
    }
}

/// What has to hold after the child is dead, given what was reported to it.
async fn check(dir: &Path) {
    let reported = std::fs::read_to_string(dir.join("reported")).unwrap_or_default();
    let reported: BTreeSet<&str> = reported.lines().collect();
    let store = Store::open(dir.join("data")).await.unwrap();
    check_journal(&store, &reported).await;
    for (turn, parts) in store.interrupted().await.unwrap() {
        store.finish_turn(Finish { turn, parts, outbox: Vec::new() }).await.unwrap();
    }
    assert!(store.interrupted().await.unwrap().is_empty());
    let chat = store.chat(&"c".into()).await.unwrap();
    let turns = store.turns_of_chat(&"c".into()).await.unwrap();
    if reported.contains("deleted") {
        assert_eq!(chat, None);
    }
    let Some(chat) = chat else {
        assert!(!reported.contains("chat") || reported.contains("stored t1"), "the chat is lost");
        assert!(turns.is_empty());
        assert_eq!(store.record(&"t1".into()).await.unwrap(), None, "a deleted chat left its record");
        return;
    };
    if let Some(leaf) = &chat.leaf_id {
        assert_eq!(store.path(&chat.id, leaf).await.unwrap().len(), 2 * turns.len());
    }
    for id in ["t1", "t2"] {
        let turn = turns.iter().find(|turn| turn.id.as_str() == id);
        let queued = store.outbox_of_turn(&id.into()).await.unwrap().len();
        let said = |what: &str| reported.contains(format!("{what} {id}").as_str());
        let Some(turn) = turn else {
            assert!(!said("begun"), "turn {id} is lost");
            continue;
        };
        let answer = store.message(&turn.answer_id).await.unwrap().unwrap().said();
        assert_eq!(store.message(&turn.question_id).await.unwrap().unwrap().said(), "Where?");
        match turn.state {
            TurnState::Finished => {
                assert_eq!(answer, "In Lisbon.");
                let done = matches!(turn.retain, Some(RetainState::Done { .. }));
                assert_eq!(queued, usize::from(!done), "turn {id} is queued once or done, never both");
            }
            TurnState::Interrupted => {
                assert!(!said("finished"), "the end of turn {id} is lost");
                assert_eq!(queued, 0);
                assert!(!said("said") || answer == "In Lisbon", "what {id} said is lost: {answer}");
            }
            other => panic!("turn {id} is {other:?} after a recovery"),
        }
        if said("record") {
            assert_eq!(store.record(&turn.id).await.unwrap().unwrap().query.unwrap().text, "Where?");
        }
    }
}

/// Runs the child; true when it came to its end.
fn run_child(dir: &Path, fault: &str) -> bool {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_child_that_is_killed", "--include-ignored"])
        .env(CHILD_DIR, dir)
        .env("REARVIEW_FAULT", fault)
        .env("REARVIEW_FAULT_LOG", dir.join("points"))
        .output()
        .unwrap()
        .status
        .success()
}

#[tokio::test]
#[ignore = "run by the other tests as a process of its own"]
async fn the_child_that_is_killed() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else { return };
    live(Path::new(&dir)).await;
}

#[tokio::test]
async fn a_death_at_any_point_loses_nothing_that_was_reported() {
    let whole = tempfile::tempdir().unwrap();
    assert!(run_child(whole.path(), ""), "the life of the chat does not come to its end by itself");
    check(whole.path()).await;
    let points = std::fs::read_to_string(whole.path().join("points")).unwrap();
    let points: BTreeSet<&str> = points.lines().collect();
    assert!(points.len() > 25, "only {} points were passed", points.len());
    for point in points {
        for hit in 1..=2 {
            let dir = tempfile::tempdir().unwrap();
            let ended = run_child(dir.path(), &format!("{point}:{hit}"));
            assert!(hit > 1 || !ended, "{point} did not kill");
            check(dir.path()).await;
        }
    }
}
