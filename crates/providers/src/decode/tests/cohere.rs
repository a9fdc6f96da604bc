//! Traps of Chat streams of version 2.

use super::{failure, finish, notes};
use crate::error::ErrorKind;
use crate::event::Event;
use crate::target::WireKind;
use rearview_domain::message::Part;
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::{Value, json};

fn stream(frames: &[Value]) -> String {
    let event = |frame: &Value| format!("event: {}\ndata: {frame}\n\n", frame["type"].as_str().unwrap());
    frames.iter().map(event).collect::<String>() + "data: [DONE]\n\n"
}

fn start() -> Value {
    json!({"type": "message-start", "id": "29f1", "delta": {"message": {"role": "assistant", "content": []}}})
}

fn content(name: &str, index: u32, content: Value) -> Value {
    json!({"type": name, "index": index, "delta": {"message": {"content": content}}})
}

fn text(index: u32, text: &str) -> Value {
    content("content-delta", index, json!({"text": text}))
}

fn plan(text: &str) -> Value {
    json!({"type": "tool-plan-delta", "delta": {"message": {"tool_plan": text}}})
}

fn call(index: u32, id: &str, arguments: &str) -> Value {
    let call = json!({"id": id, "type": "function", "function": {"name": "find", "arguments": arguments}});
    json!({"type": "tool-call-start", "index": index, "delta": {"message": {"tool_calls": call}}})
}

fn arguments(index: u32, text: &str) -> Value {
    let more = json!({"tool_calls": {"function": {"arguments": text}}});
    json!({"type": "tool-call-delta", "index": index, "delta": {"message": more}})
}

fn end(name: &str, index: u32) -> Value {
    json!({"type": name, "index": index})
}

fn last(reason: &str) -> Value {
    json!({"type": "message-end", "delta": {"finish_reason": reason, "usage": {
        "billed_units": {"input_tokens": 3, "output_tokens": 5},
        "tokens": {"input_tokens": 71.0, "output_tokens": 9.0}, "cached_tokens": 64.0}}})
}

fn events(text: &str) -> Vec<Event> {
    super::events(WireKind::CohereChat, text.as_bytes())
}

fn parts(events: &[Event]) -> Vec<Part> {
    super::parts(WireKind::CohereChat, events)
}

fn reasoning(text: &str, signature: Option<&str>) -> Part {
    Part::Reasoning { text: text.into(), signature: signature.map(Into::into), family: "cohere".into() }
}

fn tool(id: &str, arguments: &str) -> Part {
    Part::ToolCall { id: id.into(), name: "find".into(), arguments: arguments.into() }
}

#[test]
fn an_answer_comes_as_these_events() {
    let usage = Usage { input: Some(71), output: Some(9), cache_read: Some(64), ..Usage::default() };
    assert_eq!(
        events(&stream(&[
            start(),
            content("content-start", 0, json!({"type": "thinking", "thinking": ""})),
            content("content-delta", 0, json!({"thinking": "hm"})),
            end("content-end", 0),
            content("content-start", 1, json!({"type": "text", "text": ""})),
            text(1, "Hi "),
            text(1, "😀"),
            end("content-end", 1),
            last("COMPLETE"),
        ])),
        [
            Event::Started { id: Some("29f1".into()), model: None },
            Event::Reasoning { block: 0, delta: "hm".into() },
            Event::BlockEnd { block: 0 },
            Event::Text { block: 1, delta: "Hi ".into() },
            Event::Text { block: 1, delta: "😀".into() },
            Event::BlockEnd { block: 1 },
            Event::Usage(usage.clone()),
            Event::Finished { reason: FinishReason::Stop, usage },
        ]
    );
}

#[test]
fn a_plan_is_reasoning_that_goes_back_as_a_plan_and_calls_have_indexes_of_their_own() {
    let events = events(&stream(&[
        start(),
        plan("I will "),
        plan("look."),
        call(0, "find_1", ""),
        arguments(0, "{\"q\":"),
        arguments(0, "1}"),
        end("tool-call-end", 0),
        call(1, "find_2", "{}"),
        end("tool-call-end", 1),
        call(2, "", ""),
        end("tool-call-end", 2),
        last("TOOL_CALL"),
    ]));
    assert_eq!(
        parts(&events),
        [
            reasoning("I will look.", Some("tool_plan")),
            tool("find_1", "{\"q\":1}"),
            tool("find_2", "{}"),
            tool("call_3", "{}"),
        ]
    );
    assert_eq!(finish(&events).0, FinishReason::ToolCalls);
    let blocks: Vec<u32> = events
        .iter()
        .filter_map(|event| match event {
            Event::BlockEnd { block } => Some(*block),
            _ => None,
        })
        .collect();
    assert_eq!(blocks, [0, 1, 2, 3]);
}

#[test]
fn calls_whose_deltas_are_mixed_stay_apart() {
    let events = events(&stream(&[
        call(0, "a", ""),
        call(1, "b", ""),
        arguments(1, "{\"y\":2}"),
        arguments(0, "{\"x\":1}"),
        last("TOOL_CALL"),
    ]));
    assert_eq!(parts(&events), [tool("a", "{\"x\":1}"), tool("b", "{\"y\":2}")]);
}

#[test]
fn citations_say_nothing_and_what_nobody_knows_is_noted() {
    let citation = json!({"type": "citation-start", "index": 0, "delta": {"message": {"citations":
        {"start": 0, "end": 2, "text": "Hi", "sources": [{"type": "tool", "id": "find_1:0"}]}}}});
    let events = events(&stream(&[
        start(),
        text(0, "Hi"),
        citation,
        end("citation-end", 0),
        json!({"type": "debug", "prompt": "<s>"}),
        json!({"type": "weather"}),
        content("content-start", 1, json!({"type": "hologram"})),
        arguments(7, "{}"),
        last("COMPLETE"),
    ]));
    assert_eq!(notes(&events), 4);
    assert_eq!(parts(&events), [Part::text("Hi")]);
}

#[test]
fn every_finish_reason_has_its_meaning() {
    for (raw, reason) in [
        ("COMPLETE", FinishReason::Stop),
        ("STOP_SEQUENCE", FinishReason::Stop),
        ("MAX_TOKENS", FinishReason::Length),
        ("TOOL_CALL", FinishReason::ToolCalls),
        ("TIRED", FinishReason::Other { raw: "TIRED".into() }),
    ] {
        assert_eq!(finish(&events(&stream(&[start(), last(raw)]))).0, reason, "{raw}");
    }
}

#[test]
fn an_answer_that_broke_off_fails_and_keeps_what_came() {
    let mut worded = last("ERROR");
    worded["delta"]["error"] = json!("out of GPUs");
    for (last, kind, words) in [
        (worded, ErrorKind::Overloaded, Some("out of GPUs")),
        (last("ERROR"), ErrorKind::Overloaded, None),
        (last("TIMEOUT"), ErrorKind::Timeout, None),
    ] {
        let events = events(&stream(&[start(), text(0, "Hi"), last]));
        let error = failure(&events);
        assert_eq!((error.kind, error.vendor_message.as_deref()), (kind, words));
        assert_eq!(parts(&events), [Part::text("Hi")]);
        assert!(events.iter().any(|event| matches!(event, Event::Usage(usage) if usage.output == Some(9))));
    }
}

#[test]
fn a_refusal_inside_a_good_stream_fails_with_its_words() {
    for refusal in [r#"{"message":"too many tokens"}"#, r#"{"error":"too many tokens"}"#] {
        let text = format!("data: {}\n\ndata: {refusal}\n\n", start());
        assert_eq!(failure(&events(&text)).vendor_message.as_deref(), Some("too many tokens"));
    }
}

#[test]
fn a_stream_without_its_last_event_is_a_truncation_even_after_a_mark() {
    let events = events(&stream(&[start(), text(0, "Hi"), end("content-end", 0)]));
    assert_eq!(failure(&events).kind, ErrorKind::Truncated);
    assert_eq!(parts(&events), [Part::text("Hi")]);
}

#[test]
fn billed_units_count_where_there_is_nothing_better() {
    let end = json!({"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage":
        {"billed_units": {"input_tokens": 3.0, "output_tokens": 5.0}}}});
    let usage = Usage { input: Some(3), output: Some(5), ..Usage::default() };
    assert_eq!(finish(&events(&stream(&[start(), end]))).1, usage);
}

#[test]
fn frames_without_an_event_line_are_read_by_their_type() {
    let text = format!("data: {}\n\ndata: {}\n\n", text(0, "Hi"), last("COMPLETE"));
    assert_eq!(parts(&events(&text)), [Part::text("Hi")]);
}

#[test]
fn a_whole_answer_instead_of_a_stream_is_an_answer() {
    let answer = json!({
        "id": "c", "finish_reason": "TOOL_CALL", "usage": {"tokens": {"input_tokens": 1, "output_tokens": 2}},
        "message": {
            "role": "assistant", "tool_plan": "I look.",
            "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Hi"}],
            "tool_calls": [{"id": "a", "type": "function", "function": {"name": "find", "arguments": "{\"q\":1}"}}]
        }
    });
    let events = events(&answer.to_string());
    assert_eq!(
        parts(&events),
        [
            reasoning("I look.", Some("tool_plan")),
            reasoning("hm", None),
            Part::text("Hi"),
            tool("a", "{\"q\":1}")
        ]
    );
    let usage = Usage { input: Some(1), output: Some(2), ..Usage::default() };
    assert_eq!(finish(&events), (FinishReason::ToolCalls, usage));
}
