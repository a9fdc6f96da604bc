//! Traps of Ollama's lines.

use super::{failure, finish, notes};
use crate::error::ErrorKind;
use crate::event::Event;
use crate::target::WireKind;
use rearview_domain::message::Part;
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::{Value, json};

fn lines(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn says(message: Value) -> Value {
    json!({"model": "qwen3:8b", "created_at": "2026-11-20T10:00:00Z", "message": message, "done": false})
}

fn content(text: &str) -> Value {
    says(json!({"role": "assistant", "content": text}))
}

fn done(reason: &str) -> Value {
    json!({"model": "qwen3:8b", "message": {"role": "assistant", "content": ""}, "done": true,
        "done_reason": reason, "total_duration": 9_000_000, "prompt_eval_count": 26, "eval_count": 7})
}

fn events(text: &str) -> Vec<Event> {
    super::events(WireKind::OllamaChat, text.as_bytes())
}

fn parts(events: &[Event]) -> Vec<Part> {
    super::parts(WireKind::OllamaChat, events)
}

fn reasoning(text: &str) -> Part {
    Part::Reasoning { text: text.into(), signature: None, family: "ollama".into() }
}

fn call(id: &str, arguments: &str) -> Part {
    Part::ToolCall { id: id.into(), name: "find".into(), arguments: arguments.into() }
}

#[test]
fn an_answer_comes_as_these_events() {
    let usage = Usage { input: Some(26), output: Some(7), ..Usage::default() };
    assert_eq!(
        events(&lines(&[
            says(json!({"role": "assistant", "content": "", "thinking": "hm"})),
            content("Hi "),
            content("😀"),
            done("stop"),
        ])),
        [
            Event::Started { id: None, model: Some("qwen3:8b".into()) },
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
fn calls_come_whole_with_objects_and_the_reason_is_theirs() {
    let find = |arguments: Value| json!({"function": {"name": "find", "arguments": arguments}});
    let events = events(&lines(&[
        content("Wait"),
        says(
            json!({"role": "assistant", "content": "", "tool_calls": [find(json!({"q": 1, "a": "ü"})), find(json!({}))]}),
        ),
        says(json!({"role": "assistant", "content": "", "tool_calls": [
            {"id": "call_x", "function": {"index": 0, "name": "find", "arguments": "{\"q\":2}"}}
        ]})),
        done("stop"),
    ]));
    assert_eq!(
        parts(&events),
        [
            Part::text("Wait"),
            call("call_1", r#"{"q":1,"a":"ü"}"#),
            call("call_2", "{}"),
            call("call_x", r#"{"q":2}"#)
        ]
    );
    assert_eq!(finish(&events).0, FinishReason::ToolCalls);
}

#[test]
fn an_answer_in_one_line_is_read_like_a_stream_with_and_without_its_line_end() {
    let mut whole = done("stop");
    whole["message"] = json!({"role": "assistant", "content": "Hi", "thinking": "hm"});
    for end in ["", "\n", "\r\n"] {
        assert_eq!(parts(&events(&format!("{whole}{end}"))), [reasoning("hm"), Part::text("Hi")]);
    }
}

#[test]
fn every_reason_has_its_meaning() {
    for (raw, reason) in [
        ("stop", FinishReason::Stop),
        ("length", FinishReason::Length),
        ("load", FinishReason::Other { raw: "load".into() }),
        ("unload", FinishReason::Other { raw: "unload".into() }),
        ("tired", FinishReason::Other { raw: "tired".into() }),
    ] {
        assert_eq!(finish(&events(&lines(&[content("Hi"), done(raw)]))).0, reason, "{raw}");
    }
    let old = json!({"model": "m", "done": true});
    assert_eq!(finish(&events(&lines(&[content("Hi"), old]))), (FinishReason::Stop, Usage::default()));
}

#[test]
fn an_error_inside_a_good_stream_fails_with_its_words_and_keeps_what_came() {
    let events = events(&lines(&[
        content("<thin"),
        json!({"error": "an error was encountered while running the model"}),
    ]));
    let error = failure(&events);
    assert_eq!(error.vendor_message.as_deref(), Some("an error was encountered while running the model"));
    assert_eq!(parts(&events), [Part::text("<thin")]);
}

#[test]
fn a_prompt_that_does_not_fit_is_told_as_that() {
    let refusal = json!({"error": "the input length exceeds the context length"});
    assert_eq!(failure(&events(&lines(&[refusal]))).kind, ErrorKind::ContextLength);
}

#[test]
fn a_stream_without_its_last_line_is_a_truncation_wherever_it_was_cut() {
    let cut = lines(&[content("Hi")]);
    for rest in ["", "\n", "{\"model\":\"qwen3:8b\",\"mess"] {
        let events = events(&format!("{cut}{rest}"));
        assert_eq!(failure(&events).kind, ErrorKind::Truncated, "{rest:?}");
        assert_eq!(parts(&events), [Part::text("Hi")]);
    }
    assert_eq!(failure(&events("")).kind, ErrorKind::Truncated);
}

#[test]
fn a_broken_line_in_the_middle_fails_instead_of_leaving_a_hole() {
    let text = format!("{}{{\"message\":\n{}", lines(&[content("Hi")]), lines(&[done("stop")]));
    assert_eq!(failure(&events(&text)).kind, ErrorKind::Decode);
}

#[test]
fn thinking_in_tags_is_reasoning_where_ollama_does_not_know_the_template() {
    let events =
        events(&lines(&[content("<think>"), content("hm</think>\n\n"), content("Hi"), done("stop")]));
    assert_eq!(parts(&events), [reasoning("hm"), Part::text("Hi")]);
}

#[test]
fn lines_nobody_knows_are_noted() {
    let events = events(&lines(&[json!({"status": "pulling"}), content("Hi"), done("stop")]));
    assert_eq!(notes(&events), 1);
    let events = self::events(&format!("hello\n{}", lines(&[content("Hi"), done("stop")])));
    assert_eq!(notes(&events), 1);
}

#[test]
fn a_web_page_is_told_apart_from_an_answer() {
    let error = failure(&events("\n<!doctype html><title>Sign in</title>\n<p>Hi</p>\n"));
    assert_eq!(error.kind, ErrorKind::Decode);
    assert!(error.to_string().contains("`Sign in`"), "{error}");
}
