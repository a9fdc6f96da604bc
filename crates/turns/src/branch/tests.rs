//! Where a turn is headed, whatever a dead process left.

use super::*;
use rearview_domain::Error;
use rearview_domain::ErrorCode;
use rearview_domain::chat::{Chat, ChatKind};
use rearview_domain::message::Role;
use rearview_domain::record::{ToolRun, ToolState};
use rearview_domain::resolve::{BankDecision, DecidedBank};
use rearview_domain::settings::DecidedSettings;

fn turn(retain: Option<RetainState>) -> Turn {
    Turn {
        id: "t".into(),
        chat_id: "c".into(),
        question_id: "q".into(),
        answer_id: "a".into(),
        model: "p/m".into(),
        state: TurnState::Finished,
        finish: None,
        error: None,
        memory: None,
        retain,
        usage: Default::default(),
        cost: None,
        context_tokens: None,
        learned: None,
        first_token_ms: None,
        total_ms: None,
        started_at: Time::now(),
    }
}

fn item(action: OutboxAction, stage: OutboxStage) -> OutboxItem {
    OutboxItem {
        id: 1,
        turn_id: "t".into(),
        chat_id: "c".into(),
        server_id: "s".into(),
        bank_id: "b".into(),
        document_id: "c.t".into(),
        action,
        operation_id: None,
        stage,
        attempts: 1,
        next_try_at: Time::now(),
        last_error: None,
        created_at: Time::now(),
    }
}

fn retain(stage: OutboxStage) -> OutboxItem {
    item(OutboxAction::Retain { payload: json!({}) }, stage)
}

fn removal() -> OutboxItem {
    item(OutboxAction::DeleteDocument, OutboxStage::Queued)
}

fn queued() -> RetainState {
    RetainState::Queued { next_try_at: Time::now(), attempts: 1, last_error: None }
}

#[test]
fn the_last_item_on_its_way_decides_and_not_the_state_that_is_shown() {
    let removed = RetainState::Removed { at: Time::now() };
    let both = [retain(OutboxStage::Queued), removal()];
    assert_eq!(heading(&turn(Some(queued())), &both), Heading::Out);
    let back = [removal(), retain(OutboxStage::Queued)];
    assert_eq!(heading(&turn(Some(removed.clone())), &back), Heading::In);
    assert_eq!(heading(&turn(Some(removed)), &[]), Heading::Out);
    assert_eq!(heading(&turn(Some(RetainState::Done { at: Time::now() })), &[]), Heading::In);
}

#[test]
fn a_failed_retain_counts_as_in_so_that_it_is_shown_and_not_queued_twice() {
    let failed = RetainState::Failed { error: Error::new(ErrorCode::AuthFailed, "no"), attempts: 1 };
    assert_eq!(heading(&turn(Some(failed)), &[retain(OutboxStage::Failed)]), Heading::In);
}

#[test]
fn a_turn_whose_item_a_dead_process_took_along_is_told_apart_from_one_that_was_never_meant_to_be_kept() {
    assert_eq!(heading(&turn(Some(queued())), &[]), Heading::Unsure);
    assert_eq!(heading(&turn(None), &[]), Heading::Unsure);
    let incognito = RetainState::Skipped { why: RetainSkip::Incognito };
    assert_eq!(heading(&turn(Some(incognito)), &[]), Heading::Never);
    let running = Turn { state: TurnState::Running, ..turn(None) };
    assert_eq!(heading(&running, &[]), Heading::Never);
}

fn run(id: &str, state: ToolState, document: Option<&str>) -> ToolRun {
    ToolRun {
        call_id: id.into(),
        step: 0,
        name: crate::tools::RETAIN.into(),
        arguments: format!(r#"{{"content":"text of {id}"}}"#),
        state,
        result: (!matches!(state, ToolState::Running | ToolState::Asking)).then(|| "x".into()),
        ms: None,
        error: None,
        memories: Vec::new(),
        document_id: document.map(Into::into),
        learned: Vec::new(),
    }
}

/// A store with one running turn whose tools are these.
async fn with_tools(runs: &[ToolRun]) -> (tempfile::TempDir, Store, Turn) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    let now = Time::now();
    let chat = Chat {
        id: "c".into(),
        title: String::new(),
        kind: ChatKind::Normal,
        bank_id: None,
        profile_id: None,
        model: None,
        system_prompt: String::new(),
        settings: Default::default(),
        leaf_id: None,
        draft: String::new(),
        created_at: now.clone(),
        updated_at: now.clone(),
    };
    store.insert_chat(&chat).await.unwrap();
    let turn = Turn { state: TurnState::Running, ..turn(None) };
    let message = |id: &str, role, parent: Option<&str>| Message {
        id: id.into(),
        chat_id: "c".into(),
        parent_id: parent.map(Into::into),
        role,
        parts: Vec::new(),
        turn_id: (role == Role::Assistant).then(|| turn.id.clone()),
        created_at: now.clone(),
    };
    let begin = rearview_store::Begin {
        question: Some(message("q", Role::User, None)),
        answer: message("a", Role::Assistant, Some("q")),
        turn: turn.clone(),
        visible: true,
    };
    store.begin_turns(vec![begin]).await.unwrap();
    let bank =
        DecidedBank { server_id: Some("s".into()), bank_id: "b".into(), decision: BankDecision::BuiltIn };
    let resolved = Resolved {
        bank,
        profile: None,
        model: "p/m".into(),
        settings: DecidedSettings::decide(&[]),
        inject_off: None,
        store_off: Some(RetainSkip::Setting),
    };
    let parts = runs.iter().map(|run| RecordPart::Tool(Box::new(run.clone())));
    for part in std::iter::once(RecordPart::Resolved(Box::new(resolved))).chain(parts) {
        store.append_record(&turn.id, &turn.chat_id, &now, &part).await.unwrap();
    }
    (dir, store, turn)
}

async fn documents(store: &Store, retains: bool) -> Vec<String> {
    let items = store.outbox_items(100, 0).await.unwrap().items;
    let wanted = |item: &&OutboxItem| matches!(item.action, OutboxAction::Retain { .. }) == retains;
    items.iter().rev().filter(wanted).map(|item| item.document_id.to_string()).collect()
}

#[tokio::test]
async fn a_branch_that_comes_back_stores_what_was_stored_and_nothing_that_was_stopped_or_never_allowed() {
    let runs = [
        run("done", ToolState::Done, Some("c.t.1")),
        run("failed", ToolState::Failed, Some("c.t.2")),
        run("stopped", ToolState::Cancelled, Some("c.t.3")),
        run("refused", ToolState::Refused, None),
        run("asking", ToolState::Asking, Some("c.t.4")),
    ];
    let (_dir, store, turn) = with_tools(&runs).await;
    let turn = Turn { state: TurnState::Finished, ..turn };
    assert!(tool_documents::forget(&store, &turn).await.unwrap());
    assert_eq!(documents(&store, false).await, ["c.t.1", "c.t.2", "c.t.3"]);
    assert!(tool_documents::store_again(&store, &turn).await.unwrap());
    assert_eq!(documents(&store, true).await, ["c.t.1"]);
}

#[tokio::test]
async fn calls_that_a_dead_process_left_running_or_asking_are_over_after_the_next_start() {
    let runs = [
        run("done", ToolState::Done, Some("c.t.1")),
        run("running", ToolState::Running, Some("c.t.2")),
        run("asking", ToolState::Asking, Some("c.t.3")),
    ];
    let (_dir, store, turn) = with_tools(&runs).await;
    recover(&store).await.unwrap();
    let tools = store.record(&turn.id).await.unwrap().unwrap().tools;
    let states: Vec<_> =
        tools.iter().map(|run| (run.state, run.document_id.is_some(), run.result.is_some())).collect();
    let cancelled = ToolState::Cancelled;
    assert_eq!(states, [(ToolState::Done, true, true), (cancelled, true, true), (cancelled, false, true)]);
}
