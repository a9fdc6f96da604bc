//! Traps of Messages streams.

use super::{failure, finish, notes};
use crate::error::ErrorKind;
use crate::event::Event;
use crate::target::WireKind;
use rearview_domain::message::Part;
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::{Value, json};

fn stream(frames: &[Value]) -> String {
    let event = |frame: &Value| format!("event: {}\ndata: {frame}\n\n", frame["type"].as_str().unwrap());
    frames.iter().map(event).collect()
}

fn start() -> Value {
    json!({"type": "message_start", "message": {"id": "msg_1", "model": "claude", "content": [], "usage":
        {"input_tokens": 3, "cache_read_input_tokens": 40, "cache_creation_input_tokens": 5, "output_tokens": 1}}})
}

fn begin(index: u32, block: Value) -> Value {
    json!({"type": "content_block_start", "index": index, "content_block": block})
}

fn delta(index: u32, delta: Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

fn end(index: u32) -> Value {
    json!({"type": "content_block_stop", "index": index})
}

fn stop(reason: &str) -> Value {
    json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 7}})
}

fn last() -> Value {
    json!({"type": "message_stop"})
}

fn events(text: &str) -> Vec<Event> {
    super::events(WireKind::AnthropicMessages, text.as_bytes())
}

fn parts(events: &[Event]) -> Vec<Part> {
    super::parts(WireKind::AnthropicMessages, events)
}

#[test]
fn an_answer_comes_as_these_events_and_cached_tokens_are_part_of_the_prompt() {
    let text = stream(&[
        start(),
        json!({"type": "ping"}),
        begin(0, json!({"type": "text", "text": ""})),
        delta(0, json!({"type": "text_delta", "text": "Hi 😀"})),
        end(0),
        stop("end_turn"),
        last(),
    ]);
    let usage = |output| Usage {
        input: Some(48),
        output: Some(output),
        cache_read: Some(40),
        cache_write: Some(5),
        reasoning: None,
    };
    assert_eq!(
        events(&text),
        [
            Event::Started { id: Some("msg_1".into()), model: Some("claude".into()) },
            Event::Usage(usage(1)),
            Event::Text { block: 0, delta: "Hi 😀".into() },
            Event::BlockEnd { block: 0 },
            Event::Usage(usage(7)),
            Event::Finished { reason: FinishReason::Stop, usage: usage(7) },
        ]
    );
}

#[test]
fn thinking_keeps_every_piece_of_its_signature_even_when_they_repeat() {
    let events = events(&stream(&[
        begin(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
        delta(0, json!({"type": "thinking_delta", "thinking": "hm"})),
        delta(0, json!({"type": "signature_delta", "signature": "ab"})),
        delta(0, json!({"type": "signature_delta", "signature": "ab"})),
        end(0),
        stop("end_turn"),
        last(),
    ]));
    assert_eq!(
        parts(&events),
        [Part::Reasoning { text: "hm".into(), signature: Some("abab".into()), family: "anthropic".into() }]
    );
}

#[test]
fn blocks_nobody_knows_pass_through_whole_with_their_input() {
    let redacted = json!({"type": "redacted_thinking", "data": "x"});
    let found = json!({"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"url": "u"}]});
    let events = events(&stream(&[
        begin(0, redacted.clone()),
        end(0),
        begin(1, json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}})),
        delta(1, json!({"type": "input_json_delta", "partial_json": "{\"q\":"})),
        delta(1, json!({"type": "input_json_delta", "partial_json": "1}"})),
        end(1),
        begin(2, found.clone()),
        end(2),
        stop("end_turn"),
        last(),
    ]));
    let opaque = |value| Part::Opaque { family: "anthropic".into(), value };
    assert_eq!(
        parts(&events),
        [
            opaque(redacted),
            opaque(json!({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {"q": 1}})),
            opaque(found)
        ]
    );
}

#[test]
fn tool_input_comes_in_pieces_whole_or_not_at_all() {
    let tool = |id: &str, input: Value| json!({"type": "tool_use", "id": id, "name": "f", "input": input});
    let events = events(&stream(&[
        begin(0, tool("a", json!({}))),
        delta(0, json!({"type": "input_json_delta", "partial_json": ""})),
        delta(0, json!({"type": "input_json_delta", "partial_json": "{\"x\":1}"})),
        end(0),
        begin(1, tool("b", json!({}))),
        end(1),
        begin(2, tool("c", json!({"y": 2}))),
        end(2),
        stop("tool_use"),
        last(),
    ]));
    let call = |id: &str, arguments: &str| Part::ToolCall {
        id: id.into(),
        name: "f".into(),
        arguments: arguments.into(),
    };
    assert_eq!(parts(&events), [call("a", "{\"x\":1}"), call("b", "{}"), call("c", "{\"y\":2}")]);
    assert_eq!(finish(&events).0, FinishReason::ToolCalls);
}

#[test]
fn an_error_event_inside_a_good_stream_keeps_what_came_and_fails() {
    let events = events(&stream(&[
        start(),
        delta(0, json!({"type": "text_delta", "text": "Hi"})),
        json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
    ]));
    assert_eq!(failure(&events).kind, ErrorKind::Overloaded);
    assert_eq!(parts(&events), [Part::text("Hi")]);
}

#[test]
fn a_stream_without_its_last_event_is_a_truncation() {
    let events =
        events(&stream(&[start(), delta(0, json!({"type": "text_delta", "text": "Hi"})), stop("end_turn")]));
    assert_eq!(failure(&events).kind, ErrorKind::Truncated);
    assert_eq!(parts(&events), [Part::text("Hi")]);
}

#[test]
fn every_stop_reason_has_its_meaning() {
    for (raw, reason) in [
        ("end_turn", FinishReason::Stop),
        ("stop_sequence", FinishReason::Stop),
        ("max_tokens", FinishReason::Length),
        ("model_context_window_exceeded", FinishReason::Length),
        ("tool_use", FinishReason::ToolCalls),
        ("refusal", FinishReason::Refusal),
        ("pause_turn", FinishReason::Other { raw: "pause_turn".into() }),
    ] {
        assert_eq!(finish(&events(&stream(&[start(), stop(raw), last()]))).0, reason, "{raw}");
    }
}

#[test]
fn events_and_deltas_nobody_knows_are_noted() {
    let events = events(&stream(&[
        start(),
        json!({"type": "weather"}),
        delta(0, json!({"type": "citations_delta", "citation": {}})),
        stop("end_turn"),
        last(),
    ]));
    assert_eq!(notes(&events), 2);
}

#[test]
fn frames_without_an_event_line_are_read_by_their_type() {
    let text = format!("data: {}\n\ndata: {}\n\ndata: {}\n\n", start(), stop("end_turn"), last());
    assert_eq!(finish(&events(&text)).0, FinishReason::Stop);
}

#[test]
fn a_whole_message_instead_of_a_stream_is_an_answer() {
    let message = json!({"type": "message", "id": "m", "model": "claude", "stop_reason": "max_tokens", "content": [
        {"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": "Hi"}
    ], "usage": {"input_tokens": 1, "output_tokens": 2}});
    let events = events(&message.to_string());
    assert_eq!(parts(&events).len(), 2);
    let usage = Usage { input: Some(1), output: Some(2), ..Usage::default() };
    assert_eq!(finish(&events), (FinishReason::Length, usage));
}

#[test]
fn thinking_tokens_are_counted_where_they_are_reported_and_stay_part_of_the_output() {
    let mut reported = stop("end_turn");
    reported["usage"]["output_tokens_details"] = json!({"thinking_tokens": 4});
    let (_, usage) = finish(&events(&stream(&[start(), reported, last()])));
    assert_eq!((usage.output, usage.reasoning), (Some(7), Some(4)));
}

#[test]
fn thinking_whose_text_is_withheld_is_kept_for_its_signature() {
    let events = events(&stream(&[
        start(),
        begin(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
        json!({"type": "ping"}),
        delta(0, json!({"type": "signature_delta", "signature": "s"})),
        end(0),
        stop("end_turn"),
        last(),
    ]));
    assert_eq!(
        parts(&events),
        [Part::Reasoning { text: String::new(), signature: Some("s".into()), family: "anthropic".into() }]
    );
}
