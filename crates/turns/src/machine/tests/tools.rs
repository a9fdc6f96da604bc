//! Turns in which the model calls memory tools.

use super::*;
use crate::tools::{RECALL, RETAIN};
use rearview_domain::record::{ToolRun, ToolState};
use rearview_domain::settings::QueryRule;
use rearview_providers::ToolChoice;

fn on() -> TurnSettings {
    TurnSettings { memory_tools: Some(true), preload: Some(false), ..Default::default() }
}

/// A machine whose first request has left.
fn sent(settings: TurnSettings) -> Machine {
    let mut machine = Machine::new(plan(settings, None));
    assert_eq!(names(&machine.step(Input::Begin)), ["record resolved", "send"]);
    machine.step(Input::Sent);
    machine
}

/// The model calls tools: id, name, arguments. Answers the effects of the end of that answer.
fn calls(machine: &mut Machine, calls: &[(&str, &str, &str)]) -> Vec<Effect> {
    for (block, (id, name, arguments)) in (0u32..).zip(calls) {
        let start = Event::ToolCallStart { block, id: (*id).into(), name: (*name).into() };
        machine.step(Input::Provider(start));
        let delta = Event::ToolCallArguments { block, delta: (*arguments).into() };
        machine.step(Input::Provider(delta));
        machine.step(Input::Provider(Event::BlockEnd { block }));
    }
    let usage = Usage { input: Some(100), output: Some(10), ..Usage::default() };
    machine.step(Input::Provider(Event::Finished { reason: FinishReason::ToolCalls, usage }))
}

/// The tool's end as the driver tells it.
fn done(effects: &[Effect], id: &str, text: &str) -> Input {
    let call = effects.iter().find_map(|effect| match effect {
        Effect::CallTool(call) if call.run.call_id == id => Some(call.run.clone()),
        _ => None,
    });
    let run = call.unwrap_or_else(|| panic!("`{id}` was not called: {:?}", names(effects)));
    Input::ToolDone(Box::new(ToolRun { state: ToolState::Done, result: Some(text.into()), ..run }))
}

fn request(effects: &[Effect]) -> &Request {
    let sent = effects.iter().find_map(|effect| match effect {
        Effect::Send(request) => Some(request.as_ref()),
        _ => None,
    });
    sent.unwrap_or_else(|| panic!("nothing was sent: {:?}", names(effects)))
}

fn ending(effects: &[Effect]) -> &Ending {
    match effects.last() {
        Some(Effect::End(ending)) => ending,
        _ => panic!("it did not end: {:?}", names(effects)),
    }
}

fn runs(effects: &[Effect]) -> Vec<(String, ToolState)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Record(RecordPart::Tool(run)) => Some((run.call_id.clone(), run.state)),
            _ => None,
        })
        .collect()
}

const LOOK: (&str, &str, &str) = ("c1", RECALL, r#"{"query":"Ana"}"#);
const KEEP: (&str, &str, &str) = ("c1", RETAIN, r#"{"content":"Ana moved."}"#);

#[test]
fn the_loop_runs_until_the_model_answers_and_all_of_it_is_one_answer() {
    let mut machine = sent(on());
    machine.step(text("Let me look. "));
    let called = {
        machine.step(Input::Provider(Event::ToolCallStart {
            block: 1,
            id: "c1".into(),
            name: RECALL.into(),
        }));
        let delta = r#"{"query":"Ana"}"#.into();
        machine.step(Input::Provider(Event::ToolCallArguments { block: 1, delta }));
        machine.step(finished())
    };
    assert_eq!(names(&called), ["step done", "call c1", "record tool", "do c1 Recall(\"Ana\")"]);
    let next = machine.step(done(&called, "c1", "1. Ana lives in Lisbon."));
    assert_eq!(names(&next), ["record tool", "result c1: 1. Ana lives in Lisbon.", "send"]);
    let roles: Vec<_> = request(&next).messages.iter().map(|message| message.role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant, Role::Tool]);
    machine.step(Input::Sent);
    machine.step(text("In Lisbon."));
    let end = machine.step(finished());
    let kinds: Vec<_> =
        ending(&end).parts.iter().map(|part| serde_json::to_value(part).unwrap()["kind"].clone()).collect();
    assert_eq!(kinds, ["text", "tool_call", "tool_result", "text"]);
}

#[test]
fn parallel_calls_are_done_at_once_and_their_results_come_in_the_order_of_the_calls() {
    let mut machine = sent(on());
    let called = calls(&mut machine, &[LOOK, ("c2", RECALL, r#"{"query":"Ben"}"#)]);
    assert_eq!(names(&called).iter().filter(|name| name.starts_with("do ")).count(), 2);
    assert_eq!(names(&machine.step(done(&called, "c2", "second"))), ["record tool"]);
    let next = machine.step(done(&called, "c1", "first"));
    assert_eq!(names(&next), ["record tool", "result c1: first", "result c2: second", "send"]);
}

#[test]
fn calls_with_one_id_are_told_apart() {
    let mut machine = sent(on());
    let called = calls(&mut machine, &[LOOK, LOOK]);
    machine.step(done(&called, "c1", "a"));
    let next = machine.step(done(&called, "c1-2", "b"));
    assert_eq!(names(&next), ["record tool", "result c1: a", "result c1-2: b", "send"]);
}

#[test]
fn a_call_that_cannot_be_read_goes_back_to_the_model_as_a_result_and_is_shown() {
    let mut machine = sent(on());
    let called = calls(&mut machine, &[("c1", "shell", "{}"), ("c2", RECALL, r#"{"query":"#)]);
    assert_eq!(runs(&called), [("c1".into(), ToolState::Failed), ("c2".into(), ToolState::Failed)]);
    let told = &request(&called).messages[2].parts;
    assert!(told.iter().all(|part| matches!(part, RequestPart::ToolResult { failed: true, .. })), "{told:?}");
}

#[test]
fn the_last_request_may_not_call_tools_and_calls_in_it_all_the_same_are_not_done() {
    let mut machine = sent(TurnSettings { max_tool_steps: Some(2), ..on() });
    let called = calls(&mut machine, &[LOOK]);
    let next = machine.step(done(&called, "c1", "x"));
    assert_eq!(request(&next).tool_choice, ToolChoice::Forbidden);
    machine.step(Input::Sent);
    let stubborn = calls(&mut machine, &[("c9", RECALL, r#"{"query":"again"}"#)]);
    assert!(!names(&stubborn).iter().any(|name| name.starts_with("do ") || name == "send"));
    assert_eq!(ending(&stubborn).state, TurnState::Finished);
    assert!(matches!(ending(&stubborn).parts.last(), Some(Part::ToolResult { failed: true, .. })));
}

#[test]
fn a_tool_that_may_store_only_when_asked_waits_for_the_person() {
    let mut machine = sent(TurnSettings { ask_before_storing: Some(true), ..on() });
    let called = calls(&mut machine, &[KEEP]);
    assert_eq!(runs(&called), [("c1".into(), ToolState::Asking)]);
    assert!(!names(&called).iter().any(|name| name.starts_with("do ")));
    let wrong = Input::Allowed { step: 7, call_id: "c1".into(), allow: true };
    assert!(machine.step(wrong).is_empty());
    let allowed = machine.step(Input::Allowed { step: 0, call_id: "c1".into(), allow: true });
    assert_eq!(names(&allowed), ["record tool", "do c1 Retain(\"Ana moved.\")"]);
    assert!(machine.step(Input::Allowed { step: 0, call_id: "c1".into(), allow: true }).is_empty(), "twice");
    assert!(names(&machine.step(done(&allowed, "c1", "ok"))).contains(&"send".to_owned()));
}

#[test]
fn a_person_who_says_no_is_heard_by_the_model_and_nothing_is_stored() {
    let mut machine = sent(TurnSettings { ask_before_storing: Some(true), ..on() });
    calls(&mut machine, &[KEEP]);
    let refused = machine.step(Input::Allowed { step: 0, call_id: "c1".into(), allow: false });
    assert_eq!(runs(&refused), [("c1".into(), ToolState::Refused)]);
    assert!(names(&refused).contains(&"send".to_owned()));
    let Effect::Record(RecordPart::Tool(run)) = &refused[0] else { unreachable!() };
    assert_eq!(run.document_id, None);
}

#[test]
fn each_stored_text_has_a_document_of_its_own() {
    let mut machine = sent(on());
    let called = calls(&mut machine, &[KEEP, ("c2", RETAIN, r#"{"content":"Ben too."}"#)]);
    let documents: Vec<_> = called
        .iter()
        .filter_map(|effect| match effect {
            Effect::CallTool(call) => call.run.document_id.clone(),
            _ => None,
        })
        .collect();
    assert_eq!(documents, ["c.t.1".into(), "c.t.2".into()]);
}

#[test]
fn stopping_while_a_tool_runs_keeps_what_came_and_leaves_no_call_without_a_result() {
    let mut machine = sent(on());
    let called = calls(&mut machine, &[LOOK]);
    let stopped = machine.step(Input::Cancel);
    assert_eq!(
        names(&stopped),
        [
            "stop tools",
            "record tool",
            "result c1: The person stopped the turn before this was done.",
            "end Cancelled"
        ]
    );
    assert_eq!(ending(&stopped).parts.len(), 2);
    assert!(machine.step(done(&called, "c1", "late")).is_empty());
}

#[test]
fn a_provider_that_fails_after_a_tool_keeps_the_call_and_its_result() {
    let mut machine = sent(on());
    let called = calls(&mut machine, &[LOOK]);
    machine.step(done(&called, "c1", "1. x"));
    machine.step(Input::Sent);
    machine.step(text("half"));
    let error = ProviderError::new(rearview_providers::ErrorKind::Truncated, "P");
    let failed = machine.step(Input::Provider(Event::Failed(error)));
    assert_eq!(ending(&failed).state, TurnState::Failed);
    assert_eq!(ending(&failed).parts.len(), 3);
}

#[test]
fn tokens_are_those_of_all_requests_and_the_context_is_that_of_the_last() {
    let mut machine = sent(on());
    let called = calls(&mut machine, &[LOOK]);
    machine.step(done(&called, "c1", "1. x"));
    machine.step(Input::Sent);
    let usage = Usage { input: Some(150), output: Some(20), cache_read: Some(90), ..Usage::default() };
    let end = machine.step(Input::Provider(Event::Finished { reason: FinishReason::Stop, usage }));
    let all = Usage { input: Some(250), output: Some(30), cache_read: Some(90), ..Usage::default() };
    assert_eq!(ending(&end).usage, all);
    assert_eq!(ending(&end).context_tokens, Some(170));
    assert_eq!(ending(&end).cost, None, "the price of the model is not known");
}

#[test]
fn the_preload_takes_the_place_of_the_recall_with_settings_of_its_own() {
    let settings = TurnSettings {
        preload: None,
        preload_max_results: Some(1),
        mode: Some(MemoryMode::Reflect),
        budget: Some(rearview_domain::memory::Budget::High),
        ..on()
    };
    let mut machine = Machine::new(plan(settings, None));
    let begun = machine.step(Input::Begin);
    assert_eq!(names(&begun)[2], "ask Recall relevant context about the user");
    let Effect::Ask { settings, .. } = &begun[2] else { unreachable!() };
    assert_eq!(settings.budget.value, rearview_domain::memory::Budget::Low);
    let sent = machine.step(asked(call(vec![memory("a", "first"), memory("b", "second")])));
    assert_eq!(sent_text(&sent), "Relevant memories:\n\n1. first|Where does Ana live?");
}

#[test]
fn the_preload_may_search_for_what_was_said_or_be_off() {
    let settings = TurnSettings { preload: None, preload_query: Some(QueryRule::LastUserMessage), ..on() };
    let mut machine = Machine::new(plan(settings, None));
    assert_eq!(names(&machine.step(Input::Begin))[2], "ask Recall Where does Ana live?");
    let mut machine = Machine::new(plan(on(), None));
    machine.step(Input::Begin);
    assert_eq!(outcome(&machine.step(Input::Sent)), Some(MemoryOutcome::Off { why: MemoryOff::Tools }));
}

#[test]
fn a_preload_that_fails_or_finds_nothing_injects_nothing() {
    for error in [None, Some(Error::new(ErrorCode::Timeout, "slow"))] {
        let mut machine = Machine::new(plan(TurnSettings { preload: None, ..on() }, None));
        machine.step(Input::Begin);
        let sent = machine.step(asked(MemoryCall { error, ..call(vec![]) }));
        assert_eq!(sent_text(&sent), "Where does Ana live?");
    }
}

#[test]
fn a_model_without_tools_that_calls_one_all_the_same_ends_its_turn() {
    let mut machine = machine();
    machine.step(Input::Begin);
    machine.step(asked(call(vec![])));
    machine.step(Input::Sent);
    let end = calls(&mut machine, &[LOOK]);
    assert_eq!(ending(&end).finish, Some(FinishReason::ToolCalls));
    assert!(runs(&end).is_empty());
}

#[test]
fn an_answer_with_thousands_of_calls_does_not_flood_memory_and_still_ends() {
    let mut machine = sent(on());
    let many = vec![LOOK; 3_000];
    let effects = calls(&mut machine, &many);
    let begun: Vec<&str> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::CallTool(call) => Some(call.run.call_id.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!((begun.len(), begun[0], begun[31]), (32, "c1", "c1-32"));
    let begun: Vec<String> = begun.into_iter().map(str::to_owned).collect();
    let mut last = Vec::new();
    for id in &begun {
        last = machine.step(done(&effects, id, "1. Ana moved."));
    }
    let results = request(&last)
        .messages
        .iter()
        .flat_map(|message| &message.parts)
        .filter(|part| matches!(part, rearview_providers::RequestPart::ToolResult { .. }));
    assert_eq!(results.count(), 3_000);
}

#[test]
fn what_was_never_allowed_has_no_document_when_the_turn_is_stopped() {
    let mut machine = sent(TurnSettings { ask_before_storing: Some(true), ..on() });
    calls(&mut machine, &[KEEP]);
    let stopped = machine.step(Input::Cancel);
    let run = stopped.iter().find_map(|effect| match effect {
        Effect::Record(RecordPart::Tool(run)) => Some(run),
        _ => None,
    });
    let run = run.unwrap();
    assert_eq!((run.state, run.document_id.as_ref()), (ToolState::Cancelled, None));
}
