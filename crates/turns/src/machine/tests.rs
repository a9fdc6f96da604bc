//! The hard cases of a turn as tables: no network, no clock, no window.

mod pauses;
mod placements;
mod tools;

use super::*;
use crate::layout::tests::memory;
use crate::plan::Plan;
use rearview_domain::message::{Message, Role};
use rearview_domain::record::{Gate, PinFound, Reflected, Resolved};
use rearview_domain::resolve::{BankDecision, DecidedBank};
use rearview_domain::settings::{Cap, DecidedSettings, Level, TurnSettings};
use rearview_domain::time::Time;
use rearview_domain::turn::Turn;
use rearview_providers::catalogue::ModelFacts;
use rearview_providers::{Quirks, RequestPart, Target, WireKind};
use std::collections::HashMap;

fn plan(settings: TurnSettings, inject_off: Option<MemoryOff>) -> Plan {
    let question = Message {
        id: "q".into(),
        chat_id: "c".into(),
        parent_id: None,
        role: Role::User,
        parts: vec![Part::text("Where does Ana live?")],
        turn_id: None,
        created_at: Time::now(),
    };
    Plan {
        earlier: Vec::new(),
        turn: Turn {
            id: "t".into(),
            chat_id: "c".into(),
            question_id: "q".into(),
            answer_id: "a".into(),
            model: "p/m".into(),
            state: TurnState::Running,
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
            started_at: Time::now(),
        },
        resolved: Resolved {
            bank: DecidedBank {
                server_id: Some("s".into()),
                bank_id: "b".into(),
                decision: BankDecision::BuiltIn,
            },
            profile: None,
            model: "p/m".into(),
            settings: DecidedSettings::decide(&[(Level::Message, &settings)]),
            inject_off,
            store_off: None,
        },
        system_prompt: String::new(),
        history: vec![question],
        here: Vec::new(),
        breakpoints: Vec::new(),
        can_pause: false,
        images: HashMap::new(),
        target: Target {
            provider_id: "p".into(),
            provider_name: "P".into(),
            wire: WireKind::OpenaiChat,
            base_url: "http://127.0.0.1/v1".into(),
            model: "m".into(),
            quirks: Quirks::default(),
            platform: Default::default(),
            facts: None,
        },
        max_output_tokens: None,
    }
}

fn machine() -> Machine {
    Machine::new(plan(TurnSettings::default(), None))
}

fn call(memories: Vec<RecalledMemory>) -> MemoryCall {
    MemoryCall {
        mode: MemoryMode::Recall,
        request: serde_json::Value::Null,
        ms: 1.0,
        memories,
        trace: None,
        reflect: None,
        ignored_params: vec![],
        error: None,
        kept_from: None,
    }
}

fn asked(call: MemoryCall) -> Input {
    Input::Asked(Box::new(Asked::of(call)))
}

fn text(delta: &str) -> Input {
    Input::Provider(Event::Text { block: 0, delta: delta.into() })
}

fn finished() -> Input {
    Input::Provider(Event::Finished { reason: FinishReason::Stop, usage: Usage::default() })
}

/// The effects in short, in order.
fn names(effects: &[Effect]) -> Vec<String> {
    let part = |part: &RecordPart| serde_json::to_value(part).unwrap()["part"].as_str().unwrap().to_owned();
    effects
        .iter()
        .map(|effect| match effect {
            Effect::Record(record) => format!("record {}", part(record)),
            Effect::Ask { mode, query, .. } => format!("ask {mode:?} {query}"),
            Effect::StepDone(_) => "step done".into(),
            Effect::Part(Part::ToolCall { id, .. }) => format!("call {id}"),
            Effect::Part(Part::ToolResult { id, text, .. }) => format!("result {id}: {text}"),
            Effect::Part(part) => format!("part {part:?}"),
            Effect::CallTool(call) => format!("do {} {:?}", call.run.call_id, call.wanted),
            Effect::StopTools => "stop tools".into(),
            Effect::StopAsking => "stop asking".into(),
            Effect::Send(_) => "send".into(),
            Effect::Pause(pausing) => format!("pause {}", pausing.why.len()),
            Effect::PauseEnded { how, .. } => format!("pause ended {how:?}"),
            Effect::Hangup => "hang up".into(),
            Effect::Text(text) => format!("text {text}"),
            Effect::Reasoning(text) => format!("reasoning {text}"),
            Effect::Note(text) => format!("note {text}"),
            Effect::End(ending) => format!("end {:?}", ending.state),
        })
        .collect()
}

fn sent_text(effects: &[Effect]) -> String {
    let Some(Effect::Send(request)) = effects.iter().find(|effect| matches!(effect, Effect::Send(_))) else {
        panic!("nothing was sent: {:?}", names(effects));
    };
    let part = |part: &RequestPart| match part {
        RequestPart::Text(pieces) => text_of(pieces),
        _ => String::new(),
    };
    request.messages.iter().flat_map(|message| message.parts.iter().map(part)).collect::<Vec<_>>().join("|")
}

fn outcome(effects: &[Effect]) -> Option<MemoryOutcome> {
    effects.iter().find_map(|effect| match effect {
        Effect::Record(RecordPart::Outcome(outcome)) => Some(outcome.clone()),
        _ => None,
    })
}

#[test]
fn a_turn_asks_injects_answers_and_ends() {
    let mut machine = machine();
    assert_eq!(
        names(&machine.step(Input::Begin)),
        ["record resolved", "record query", "ask Recall Where does Ana live?"]
    );
    let sent = machine.step(asked(call(vec![memory("m", "Ana lives in Lisbon.")])));
    assert_eq!(names(&sent), ["send"]);
    assert!(sent_text(&sent).contains("1. [WORLD] Ana lives in Lisbon."));
    let recorded = machine.step(Input::Sent);
    assert_eq!(names(&recorded), ["record memory", "record selected", "record injected", "record outcome"]);
    assert!(matches!(outcome(&recorded), Some(MemoryOutcome::Used { count: 1, tokens }) if tokens > 10));
    assert_eq!(names(&machine.step(text("Lis"))), ["text Lis"]);
    assert_eq!(names(&machine.step(text("bon"))), ["text bon"]);
    let end = machine.step(finished());
    assert_eq!(names(&end), ["step done", "end Finished"]);
    let Effect::End(ending) = &end[1] else { unreachable!() };
    assert_eq!(ending.parts, [Part::text("Lisbon")]);
    assert!(machine.is_over());
}

#[test]
fn memory_that_fails_never_breaks_the_chat_and_says_why() {
    let mut machine = machine();
    machine.step(Input::Begin);
    let mut failed = call(vec![]);
    failed.error = Some(Error::new(ErrorCode::Timeout, "too slow"));
    let sent = machine.step(asked(failed));
    assert_eq!(sent_text(&sent), "Where does Ana live?");
    let recorded = machine.step(Input::Sent);
    assert!(
        matches!(outcome(&recorded), Some(MemoryOutcome::Failed { error }) if error.code == ErrorCode::Timeout)
    );
}

#[test]
fn what_is_pinned_is_sent_when_recall_fails_and_the_outcome_still_says_so() {
    let mut machine = machine();
    machine.step(Input::Begin);
    let mut failed = call(vec![]);
    failed.error = Some(Error::new(ErrorCode::Timeout, "too slow"));
    let pin = PinnedMemory {
        memory_id: "p".into(),
        text: "as it was pinned".into(),
        found: PinFound::There,
        memory: Some(memory("p", "Ana sails.")),
    };
    let sent = machine.step(Input::Asked(Box::new(Asked { pinned: vec![pin], ..Asked::of(failed) })));
    assert!(sent_text(&sent).contains("1. [WORLD] Ana sails."));
    let recorded = machine.step(Input::Sent);
    assert_eq!(
        names(&recorded),
        ["record memory", "record pinned", "record selected", "record injected", "record outcome"]
    );
    assert!(matches!(outcome(&recorded), Some(MemoryOutcome::Failed { .. })));
    machine.step(text("Ana sails a lot"));
    let end = machine.step(finished());
    let Effect::End(ending) = &end[1] else { unreachable!() };
    // The question named Ana; only the memory said that she sails.
    assert_eq!(ending.echoed.as_ref().unwrap().memories[0].words, ["sails"]);
}

#[test]
fn memory_that_answers_after_it_was_given_up_changes_nothing() {
    let mut machine = machine();
    machine.step(Input::Begin);
    let skipped = machine.step(Input::SkipMemory);
    assert_eq!(names(&skipped), ["stop asking", "send"]);
    assert_eq!(sent_text(&skipped), "Where does Ana live?");
    assert!(machine.step(asked(call(vec![memory("m", "late")]))).is_empty());
}

#[test]
fn memory_that_is_off_is_not_asked() {
    for why in [MemoryOff::Incognito, MemoryOff::Temporary, MemoryOff::ExcludedModel, MemoryOff::Setting] {
        let mut machine = Machine::new(plan(TurnSettings::default(), Some(why)));
        let begun = machine.step(Input::Begin);
        assert_eq!(names(&begun), ["record resolved", "send"]);
        assert_eq!(outcome(&machine.step(Input::Sent)), Some(MemoryOutcome::Off { why }));
    }
}

#[test]
fn a_question_without_words_goes_ahead_without_memory() {
    let mut plan = plan(TurnSettings::default(), None);
    plan.history[0].parts = vec![Part::text("?!")];
    let mut machine = Machine::new(plan);
    assert_eq!(names(&machine.step(Input::Begin)), ["record resolved", "send"]);
    assert_eq!(outcome(&machine.step(Input::Sent)), Some(MemoryOutcome::Off { why: MemoryOff::NoQuery }));
}

#[test]
fn an_empty_recall_leaves_the_request_alone_and_tells_a_new_bank_apart() {
    for new_bank in [false, true] {
        let mut machine = machine();
        machine.step(Input::Begin);
        let sent = machine.step(Input::Asked(Box::new(Asked { new_bank, ..Asked::of(call(vec![])) })));
        assert_eq!(sent_text(&sent), "Where does Ana live?");
        assert_eq!(outcome(&machine.step(Input::Sent)), Some(MemoryOutcome::Empty { new_bank }));
    }
}

#[test]
fn a_cap_keeps_later_memories_out_and_names_the_gate() {
    let settings = TurnSettings { max_memories: Some(Cap::At { n: 1 }), ..Default::default() };
    let mut machine = Machine::new(plan(settings, None));
    machine.step(Input::Begin);
    let sent = machine.step(asked(call(vec![memory("a", "first"), memory("b", "second")])));
    assert!(!sent_text(&sent).contains("second"));
    let recorded = machine.step(Input::Sent);
    let selected = recorded.iter().find_map(|effect| match effect {
        Effect::Record(RecordPart::Selected(selected)) => Some(selected.clone()),
        _ => None,
    });
    assert_eq!(selected.unwrap()[1].gate, Some(Gate::MaxMemories));
}

#[test]
fn reflect_injects_its_paragraph_or_the_structured_answer_that_was_asked_for() {
    for (structured, wanted) in [
        (None, "Ana lives in Lisbon."),
        (Some(serde_json::json!({"city": "Lisbon"})), r#"{"city":"Lisbon"}"#),
    ] {
        let settings = TurnSettings { mode: Some(MemoryMode::Reflect), ..Default::default() };
        let mut machine = Machine::new(plan(settings, None));
        assert!(names(&machine.step(Input::Begin)).contains(&"ask Reflect Where does Ana live?".to_owned()));
        let mut call = call(vec![]);
        call.mode = MemoryMode::Reflect;
        call.reflect =
            Some(Reflected { text: "Ana lives in Lisbon.".into(), structured, based_on: None, trace: None });
        let sent = machine.step(asked(call));
        assert!(sent_text(&sent).contains(&format!("# Relevant Context from Memory\n{wanted}")));
    }
}

#[test]
fn stopping_while_memory_is_asked_sends_nothing() {
    let mut machine = machine();
    machine.step(Input::Begin);
    assert_eq!(names(&machine.step(Input::Cancel)), ["stop asking", "end Cancelled"]);
    assert!(machine.step(asked(call(vec![]))).is_empty());
}

#[test]
fn stopping_while_streaming_keeps_what_came() {
    let mut machine = machine();
    machine.step(Input::Begin);
    machine.step(asked(call(vec![])));
    machine.step(Input::Sent);
    machine.step(text("half an"));
    let stopped = machine.step(Input::Cancel);
    assert_eq!(names(&stopped), ["hang up", "step done", "end Cancelled"]);
    let Effect::End(ending) = &stopped[2] else { unreachable!() };
    assert_eq!(ending.parts, [Part::text("half an")]);
    assert!(machine.step(text(" answer")).is_empty());
    assert!(machine.step(Input::Cancel).is_empty());
}

#[test]
fn what_a_stopped_answer_cost_is_an_estimate_and_not_the_tokens_it_began_with() {
    let price =
        rearview_providers::catalogue::Price { input: 1.0, output: 1_000_000.0, ..Default::default() };
    let facts = ModelFacts { price: Some(price), ..ModelFacts::default() };
    let mut plan =
        plan(TurnSettings { inject_memories: Some(false), ..Default::default() }, Some(MemoryOff::Setting));
    plan.target.facts = Some(Box::leak(Box::new(facts)));
    let mut machine = Machine::new(plan);
    machine.step(Input::Begin);
    machine.step(Input::Sent);
    let begun = Usage { input: Some(10), output: Some(1), ..Usage::default() };
    machine.step(Input::Provider(Event::Usage(begun)));
    machine.step(text(&"word ".repeat(200)));
    let stopped = machine.step(Input::Cancel);
    let Some(Effect::End(ending)) = stopped.last() else { unreachable!() };
    let cost = ending.cost.as_ref().unwrap();
    assert!(cost.estimated && cost.usd > 150.0, "{cost:?}");
    assert_eq!(ending.usage.output, Some(1), "what is shown as reported is what was reported");
}

#[test]
fn stopping_before_anything_began_ends_the_turn() {
    assert_eq!(names(&machine().step(Input::Cancel)), ["end Cancelled"]);
}

#[test]
fn an_answer_that_arrives_before_the_request_is_known_to_have_left_is_taken() {
    let mut machine = machine();
    machine.step(Input::Begin);
    machine.step(asked(call(vec![memory("m", "x")])));
    let first = machine.step(text("hi"));
    assert_eq!(
        names(&first),
        ["record memory", "record selected", "record injected", "record outcome", "text hi"]
    );
    assert!(machine.step(Input::Sent).is_empty());
}

#[test]
fn nothing_happens_after_the_end() {
    let mut machine = machine();
    machine.step(Input::Begin);
    machine.step(asked(call(vec![])));
    machine.step(Input::Sent);
    machine.step(finished());
    for input in [Input::Begin, Input::Cancel, Input::SkipMemory, Input::Sent, text("more"), finished()] {
        assert!(machine.step(input).is_empty());
    }
}
