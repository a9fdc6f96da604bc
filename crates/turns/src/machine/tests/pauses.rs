//! Turns that pause at a breakpoint before their first request.

use super::*;
use crate::plan::EarlierBlock;
use rearview_domain::breakpoint::{BlockEdits, BreakCondition, Breakpoint, PauseHow};
use rearview_domain::record::Selected;
use rearview_domain::settings::Placement;
use std::collections::BTreeMap;

fn set(condition: BreakCondition) -> Breakpoint {
    Breakpoint { id: "b".into(), condition, on: true, created_at: Time::now() }
}

/// The plan of a turn that whoever started it can be asked about.
fn pausing(condition: BreakCondition, settings: TurnSettings) -> Plan {
    let mut plan = plan(settings, None);
    plan.breakpoints = vec![set(condition)];
    plan.can_pause = true;
    plan
}

fn two() -> Input {
    asked(call(vec![memory("m", "Ana lives in Lisbon."), memory("n", "Ana sails.")]))
}

/// A machine that has paused, and what it did then.
fn paused(plan: Plan, answer: Input) -> (Machine, Vec<Effect>) {
    let mut machine = Machine::new(plan);
    machine.step(Input::Begin);
    let effects = machine.step(answer);
    assert_eq!(machine.state, State::Paused, "{:?}", names(&effects));
    (machine, effects)
}

fn resume(edits: BlockEdits) -> Input {
    Input::Resume(Box::new(edits))
}

fn without(id: &str) -> BlockEdits {
    BlockEdits { without: vec![id.into()], ..Default::default() }
}

fn selected(effects: &[Effect]) -> Vec<Selected> {
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Record(RecordPart::Selected(selected)) => Some(selected.clone()),
            _ => None,
        })
        .unwrap_or_default()
}

fn every(settings: TurnSettings) -> Plan {
    pausing(BreakCondition::EveryTurn, settings)
}

#[test]
fn a_turn_pauses_before_its_first_request_and_goes_on_with_the_block_as_it_was() {
    let (mut machine, effects) = paused(every(TurnSettings::default()), two());
    assert_eq!(names(&effects), ["record memory", "pause 1"]);
    let Effect::Pause(held) = &effects[1] else { unreachable!() };
    assert!(held.block.contains("1. [WORLD] Ana lives in Lisbon.") && held.tokens > 10);
    let went_on = machine.step(resume(BlockEdits::default()));
    assert_eq!(names(&went_on), ["pause ended WentOn", "send"]);
    assert!(sent_text(&went_on).contains(&held.block));
    let recorded = machine.step(Input::Sent);
    // The answer of memory was recorded before the pause, and is not twice.
    assert_eq!(names(&recorded), ["record selected", "record injected", "record outcome"]);
    assert!(matches!(outcome(&recorded), Some(MemoryOutcome::Used { count: 2, .. })));
}

#[test]
fn what_does_not_match_does_not_pause() {
    let cases = [
        (BreakCondition::NoHits, two()),
        (BreakCondition::Tag { tag: "x".into() }, two()),
        (BreakCondition::Tokens { over: 100_000 }, two()),
    ];
    for (condition, answer) in cases {
        let mut machine = Machine::new(pausing(condition.clone(), TurnSettings::default()));
        machine.step(Input::Begin);
        assert_eq!(names(&machine.step(answer)), ["send"], "{condition:?}");
    }
}

#[test]
fn a_recall_that_failed_is_not_one_that_found_nothing() {
    let plan = || pausing(BreakCondition::NoHits, TurnSettings::default());
    paused(plan(), asked(call(vec![])));
    let mut failed = call(vec![]);
    failed.error = Some(Error::new(ErrorCode::Timeout, "too slow"));
    let mut machine = Machine::new(plan());
    machine.step(Input::Begin);
    assert_eq!(names(&machine.step(asked(failed))), ["send"]);
}

#[test]
fn what_is_taken_out_by_hand_names_its_gate_and_what_is_reworded_is_echoed_as_it_was_sent() {
    let (mut machine, _) = paused(every(TurnSettings::default()), two());
    let edits = BlockEdits {
        edited: BTreeMap::from([("n".to_owned(), "Ana paints watercolours.".to_owned())]),
        ..without("m")
    };
    let sent = machine.step(resume(edits));
    assert!(sent_text(&sent).contains("1. [WORLD] Ana paints watercolours."));
    assert!(!sent_text(&sent).contains("Lisbon") && !sent_text(&sent).contains("sails"));
    let recorded = machine.step(Input::Sent);
    let gates: Vec<_> = selected(&recorded).into_iter().map(|one| one.gate).collect();
    assert_eq!(gates, [Some(Gate::ByHand), None]);
    assert!(matches!(outcome(&recorded), Some(MemoryOutcome::Used { count: 1, .. })));
    machine.step(text("She paints watercolours."));
    let end = machine.step(finished());
    let Some(Effect::End(ending)) = end.last() else { unreachable!() };
    let echoed = &ending.echoed.as_ref().unwrap().memories;
    assert_eq!((echoed.len(), echoed[0].memory_id.as_str()), (1, "n"));
    assert!(echoed[0].came_back(), "{echoed:?}");
}

#[test]
fn a_block_that_is_dropped_is_taken_out_and_not_empty() {
    let (mut machine, _) = paused(every(TurnSettings::default()), two());
    let sent = machine.step(resume(BlockEdits { no_memory: true, ..Default::default() }));
    assert_eq!(sent_text(&sent), "Where does Ana live?");
    let recorded = machine.step(Input::Sent);
    assert_eq!(names(&recorded), ["record selected", "record outcome"]);
    assert_eq!(outcome(&recorded), Some(MemoryOutcome::TakenOut { count: 2 }));
    assert!(selected(&recorded).iter().all(|one| one.gate == Some(Gate::ByHand)));
}

#[test]
fn own_lines_are_injected_and_are_no_memory() {
    let (mut machine, _) = paused(every(TurnSettings::default()), asked(call(vec![])));
    let own = BlockEdits { added: Some("Ana is away.".into()), ..Default::default() };
    let sent = machine.step(resume(own));
    assert!(sent_text(&sent).contains("Ana is away."));
    let recorded = machine.step(Input::Sent);
    assert_eq!(names(&recorded), ["record injected", "record outcome"]);
    assert_eq!(outcome(&recorded), Some(MemoryOutcome::Empty { new_bank: false }));
}

#[test]
fn a_paused_turn_that_is_stopped_has_sent_nothing() {
    let (mut machine, _) = paused(every(TurnSettings::default()), two());
    let stopped = machine.step(Input::Cancel);
    assert_eq!(names(&stopped), ["pause ended Stopped", "end Cancelled"]);
    let Some(Effect::End(ending)) = stopped.last() else { unreachable!() };
    assert_eq!((ending.parts.as_slice(), &ending.echoed), ([].as_slice(), &None));
    assert!(machine.step(resume(BlockEdits::default())).is_empty(), "it is over");
}

#[test]
fn nothing_but_going_on_or_stopping_moves_a_paused_turn() {
    let (mut machine, _) = paused(every(TurnSettings::default()), two());
    for late in [two(), Input::SkipMemory, Input::Sent, text("x"), finished(), resume(without("nobody"))] {
        assert!(machine.step(late).is_empty());
    }
    assert_eq!(names(&machine.step(resume(without("m")))), ["pause ended WentOn", "send"]);
    assert!(machine.step(resume(without("m"))).is_empty(), "once");
}

#[test]
fn who_cannot_be_asked_is_not_waited_for_and_the_record_says_so() {
    let mut plan = every(TurnSettings::default());
    plan.can_pause = false;
    let mut machine = Machine::new(plan);
    machine.step(Input::Begin);
    assert_eq!(names(&machine.step(two())), ["record memory", "pause 1", "pause ended NobodyToAsk", "send"]);
    assert_eq!(names(&machine.step(Input::Sent)).len(), 3);
}

#[test]
fn a_turn_without_memory_pauses_at_every_turn_and_at_nothing_else() {
    for (condition, pauses) in [
        (BreakCondition::EveryTurn, true),
        (BreakCondition::Next, true),
        (BreakCondition::NoHits, false),
        (BreakCondition::Tokens { over: 0 }, false),
    ] {
        let mut plan = pausing(condition.clone(), TurnSettings::default());
        plan.resolved.inject_off = Some(MemoryOff::Setting);
        let mut machine = Machine::new(plan);
        let begun = names(&machine.step(Input::Begin));
        assert_eq!(begun.contains(&"pause 1".to_owned()), pauses, "{condition:?} {begun:?}");
    }
}

#[test]
fn a_round_of_tools_does_not_pause_again() {
    let settings = TurnSettings { memory_tools: Some(true), preload: Some(true), ..Default::default() };
    let (mut machine, _) = paused(every(settings), two());
    machine.step(resume(without("n")));
    machine.step(Input::Sent);
    machine.step(Input::Provider(Event::ToolCallStart { block: 0, id: "1".into(), name: "nobody".into() }));
    machine.step(Input::Provider(Event::BlockEnd { block: 0 }));
    let next = machine
        .step(Input::Provider(Event::Finished { reason: FinishReason::ToolCalls, usage: Usage::default() }));
    let names = names(&next);
    assert!(names.last().is_some_and(|last| last == "send"), "{names:?}");
    let again = sent_text(&next);
    assert!(again.contains("Ana lives in Lisbon.") && !again.contains("sails"), "the block stays as edited");
}

/// A message of a chat whose first one was given `a` in other words, and a line of the person's own.
fn second(placement: Placement) -> Plan {
    let mut plan = every(TurnSettings { placement: Some(placement), ..Default::default() });
    let asked = |id: &str, role| Message {
        id: id.into(),
        role,
        parts: vec![Part::text(id)],
        ..plan.history[0].clone()
    };
    let mut history = vec![asked("q0", Role::User), asked("a0", Role::Assistant)];
    history.append(&mut plan.history);
    plan.history = history;
    plan.earlier = vec![EarlierBlock {
        turn_id: "before".into(),
        question_id: "q0".into(),
        memories: vec![memory("a", "Ana lives in Porto, she says")],
        added: "Be brief.".into(),
    }];
    plan
}

#[test]
fn a_block_that_is_pinned_to_the_chat_comes_back_as_it_was_edited_and_can_be_edited_again() {
    let plan = second(Placement::PinnedPerChat);
    let mut machine = Machine::new(plan);
    let effects = machine.step(Input::Begin);
    let Some(Effect::Pause(held)) = effects.last() else { panic!("{:?}", names(&effects)) };
    assert!(held.block.ends_with("1. [WORLD] Ana lives in Porto, she says\n\nBe brief."), "{}", held.block);
    let none = BlockEdits { added: Some(String::new()), ..Default::default() };
    let sent = sent_text(&machine.step(resume(none)));
    assert!(sent.contains("Porto, she says") && !sent.contains("Be brief."), "{sent}");
}

#[test]
fn an_earlier_block_stays_as_it_was_edited_where_only_what_is_new_is_added() {
    let (mut machine, effects) = paused(second(Placement::OnlyNew), two());
    let Some(Effect::Pause(held)) = effects.last() else { unreachable!() };
    assert!(!held.block.contains("Porto"), "what an earlier message has is not held again");
    let sent = sent_text(&machine.step(resume(without("m"))));
    assert!(sent.contains("Porto, she says\n\nBe brief.|"), "{sent}");
    assert!(sent.contains("1. [WORLD] Ana sails.") && !sent.contains("Lisbon"), "{sent}");
    let recorded = machine.step(Input::Sent);
    assert_eq!(selected(&recorded)[0].gate, Some(Gate::ByHand));
}

#[test]
fn how_a_pause_ended_says_only_what_was_changed() {
    let (mut machine, _) = paused(every(TurnSettings::default()), two());
    let said = BlockEdits {
        edited: BTreeMap::from([("m".to_owned(), "Ana lives in Lisbon.".to_owned())]),
        ..without("n")
    };
    let effects = machine.step(resume(said));
    let Effect::PauseEnded { how, edits } = &effects[0] else { unreachable!() };
    assert_eq!((*how, edits.as_ref()), (PauseHow::WentOn, &without("n")));
}
