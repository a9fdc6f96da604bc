//! Where a turn is headed, whatever a dead process left.

use super::*;
use rearview_domain::Error;
use rearview_domain::ErrorCode;

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
