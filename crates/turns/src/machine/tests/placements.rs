//! Placements that keep what earlier messages got: pinned to the chat, and only what is new.

use super::*;
use crate::layout::text_of;
use crate::plan::{EarlierBlock, earlier_blocks};
use rearview_domain::record::{Injected, Selected, TurnRecord};
use rearview_domain::settings::Placement;
use rearview_providers::RequestMessage;

fn message(id: &str, role: Role, text: &str) -> Message {
    let turn_id = (role == Role::Assistant).then(|| "before".into());
    let parts = vec![Part::text(text)];
    Message {
        id: id.into(),
        chat_id: "c".into(),
        parent_id: None,
        role,
        parts,
        turn_id,
        created_at: Time::now(),
    }
}

/// The second message of a chat whose first one was given the memory `a`.
fn second(placement: Placement) -> Machine {
    let mut plan = plan(TurnSettings { placement: Some(placement), ..Default::default() }, None);
    plan.system_prompt = "be kind".into();
    let mut history = vec![message("q0", Role::User, "Hello"), message("a0", Role::Assistant, "Hi")];
    history.append(&mut plan.history);
    plan.history = history;
    plan.earlier = vec![EarlierBlock {
        turn_id: "before".into(),
        question_id: "q0".into(),
        memories: vec![memory("a", "Ana lives in Porto")],
        added: String::new(),
    }];
    Machine::new(plan)
}

fn sent(effects: &[Effect]) -> Vec<String> {
    let part = |part: &RequestPart| match part {
        RequestPart::Text(pieces) => text_of(pieces),
        _ => unreachable!(),
    };
    let text = |message: &RequestMessage| message.parts.iter().map(part).collect::<String>();
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Send(request) => Some(request.messages.iter().map(text).collect()),
            _ => None,
        })
        .unwrap()
}

#[test]
fn what_is_pinned_to_the_chat_is_given_again_and_nothing_is_asked() {
    let mut machine = second(Placement::PinnedPerChat);
    let effects = machine.step(Input::Begin);
    assert!(!names(&effects).iter().any(|name| name.starts_with("ask")), "{:?}", names(&effects));
    let texts = sent(&effects);
    assert!(texts[0].starts_with("be kind\n\n") && texts[0].contains("Ana lives in Porto"), "{texts:?}");
    let records = machine.step(Input::Sent);
    let kept = records.iter().find_map(|effect| match effect {
        Effect::Record(RecordPart::Memory(call)) => call.kept_from.clone(),
        _ => None,
    });
    assert_eq!(kept, Some("before".into()));
    assert!(names(&records).contains(&"record outcome".to_owned()));
}

#[test]
fn an_earlier_message_keeps_its_block_and_only_what_is_new_is_added() {
    let mut machine = second(Placement::OnlyNew);
    machine.step(Input::Begin);
    let effects =
        machine.step(asked(call(vec![memory("a", "Ana lives in Porto"), memory("b", "Ana has a dog")])));
    let texts = sent(&effects);
    let whole = texts.join("\n");
    assert_eq!(whole.matches("Ana lives in Porto").count(), 1);
    let place = |words: &str| whole.find(words).unwrap();
    assert!(place("Ana lives in Porto") < place("Hello"), "the old block stands before its own message");
    assert!(place("Hi") < place("Ana has a dog"), "the new one stands before the last");
    let records = machine.step(Input::Sent);
    let selected = records.iter().find_map(|effect| match effect {
        Effect::Record(RecordPart::Selected(selected)) => Some(selected.clone()),
        _ => None,
    });
    let gates: Vec<_> = selected.unwrap().into_iter().map(|one| one.gate).collect();
    assert_eq!(gates, [Some(Gate::AlreadyThere), None]);
}

#[test]
fn with_nothing_new_the_request_begins_as_the_one_before_it_ended() {
    let mut first = plan(TurnSettings { placement: Some(Placement::OnlyNew), ..Default::default() }, None);
    first.history = vec![message("q0", Role::User, "Hello")];
    let mut first = Machine::new(first);
    first.step(Input::Begin);
    let before = sent(&first.step(asked(call(vec![memory("a", "Ana lives in Porto")]))));
    let mut machine = second(Placement::OnlyNew);
    machine.step(Input::Begin);
    let after = sent(&machine.step(asked(call(vec![memory("a", "Ana lives in Porto")]))));
    // Behind the system prompt, which the first request has none of.
    assert_eq!(after[1..1 + before.len()], before[..]);
    assert_eq!(after.len(), 1 + before.len() + 2);
}

#[test]
fn only_turns_of_the_same_bank_and_placement_kept_a_block() {
    let record = |bank: &str, placement| {
        let mut record = TurnRecord::new("before".into(), "c".into(), Time::now());
        let mut resolved = plan(TurnSettings::default(), None).resolved;
        resolved.bank.bank_id = bank.into();
        record.resolved = Some(resolved);
        record.memory = Some(call(vec![memory("a", "x"), memory("b", "y")]));
        record.selected = vec![
            Selected { memory_id: "a".into(), gate: None, pinned: false },
            Selected { memory_id: "b".into(), gate: Some(Gate::MaxMemories), pinned: false },
        ];
        record.injected = Some(Injected { placement, placed: String::new(), block: "B".into(), tokens: 1 });
        record
    };
    let settings = TurnSettings { placement: Some(Placement::OnlyNew), ..Default::default() };
    let resolved = plan(settings, None).resolved;
    let kept = |record: TurnRecord| earlier_blocks(&resolved, [(&"q0".into(), &record)]);
    let block = kept(record("b", Placement::OnlyNew));
    assert_eq!(block[0].memories.iter().map(|memory| memory.id.as_str()).collect::<Vec<_>>(), ["a"]);
    assert!(kept(record("other", Placement::OnlyNew)).is_empty());
    assert!(kept(record("b", Placement::OwnBlock)).is_empty());
}
