//! Traps of Responses streams; how they end is in `ends`, what the wire's imitators do in `imitators`.

mod ends;
mod imitators;

use super::{failure, finish, notes};
use crate::error::ErrorKind;
use crate::event::Event;
use crate::target::WireKind;
use rearview_domain::message::Part;
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::{Value, json};

/// As the wire is: the name in the event and in the data, and a number on each.
fn stream(frames: &[Value]) -> String {
    let numbered = frames.iter().enumerate().map(|(number, frame)| {
        let mut frame = frame.clone();
        frame["sequence_number"] = json!(number);
        format!("event: {}\ndata: {frame}\n\n", frame["type"].as_str().unwrap())
    });
    numbered.collect()
}

fn events(text: &str) -> Vec<Event> {
    super::events(WireKind::OpenaiResponses, text.as_bytes())
}

fn streamed(frames: &[Value]) -> Vec<Event> {
    events(&stream(frames))
}

fn parts(events: &[Event]) -> Vec<Part> {
    super::parts(WireKind::OpenaiResponses, events)
}

fn kept(value: Value) -> Part {
    Part::Opaque { family: "openai_responses".into(), value }
}

fn item(value: &Value) -> Value {
    json!({"host": "api.example", "item": value})
}

fn reasoning(text: &str) -> Part {
    Part::Reasoning { text: text.into(), signature: None, family: "openai_responses".into() }
}

fn call(id: &str, name: &str, arguments: &str) -> Part {
    Part::ToolCall { id: id.into(), name: name.into(), arguments: arguments.into() }
}

fn created() -> Value {
    json!({"type": "response.created", "response":
        {"id": "resp_1", "object": "response", "status": "in_progress", "model": "gpt-5", "output": [], "error": null, "usage": null}})
}

fn added(at: u32, item: Value) -> Value {
    json!({"type": "response.output_item.added", "output_index": at, "item": item})
}

fn done(at: u32, item: Value) -> Value {
    json!({"type": "response.output_item.done", "output_index": at, "item": item})
}

/// An event about the item `id` at `at`.
fn about(kind: &str, at: u32, id: &str, fields: Value) -> Value {
    let mut event = json!({"type": kind, "output_index": at, "item_id": id});
    event.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    event
}

fn text(at: u32, id: &str, delta: &str) -> Value {
    about("response.output_text.delta", at, id, json!({"content_index": 0, "delta": delta}))
}

fn message(id: &str, text: &str) -> Value {
    json!({"type": "message", "id": id, "role": "assistant", "status": "completed", "content":
        [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]})
}

fn opened(id: &str) -> Value {
    json!({"type": "message", "id": id, "role": "assistant", "status": "in_progress", "content": []})
}

fn arguments(at: u32, id: &str, delta: &str) -> Value {
    about("response.function_call_arguments.delta", at, id, json!({"delta": delta}))
}

fn function(id: &str, call_id: &str, arguments: &str) -> Value {
    json!({"type": "function_call", "id": id, "call_id": call_id, "name": "find", "arguments": arguments, "status": "completed"})
}

fn completed() -> Value {
    ended("response.completed", json!({"status": "completed"}))
}

fn ended(kind: &str, fields: Value) -> Value {
    let mut response = json!({"id": "resp_1", "object": "response", "model": "gpt-5", "error": null, "output": [], "usage": {
        "input_tokens": 50, "input_tokens_details": {"cached_tokens": 40}, "output_tokens": 9,
        "output_tokens_details": {"reasoning_tokens": 4}, "total_tokens": 59}});
    response.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({"type": kind, "response": response})
}

fn usage() -> Usage {
    Usage { input: Some(50), output: Some(9), cache_read: Some(40), cache_write: None, reasoning: Some(4) }
}

fn reason(frames: &[Value]) -> FinishReason {
    finish(&streamed(frames)).0
}

#[test]
fn an_answer_comes_as_these_events_and_nothing_is_told_twice() {
    let events = streamed(&[
        created(),
        json!({"type": "response.in_progress", "response": {"id": "resp_1"}}),
        added(0, opened("msg_1")),
        about(
            "response.content_part.added",
            0,
            "msg_1",
            json!({"content_index": 0, "part": {"type": "output_text", "text": ""}}),
        ),
        text(0, "msg_1", "Hi "),
        text(0, "msg_1", "😀"),
        about("response.output_text.done", 0, "msg_1", json!({"content_index": 0, "text": "Hi 😀"})),
        about(
            "response.content_part.done",
            0,
            "msg_1",
            json!({"content_index": 0, "part": {"type": "output_text", "text": "Hi 😀"}}),
        ),
        done(0, message("msg_1", "Hi 😀")),
        completed(),
    ]);
    assert_eq!(
        events,
        [
            Event::Started { id: Some("resp_1".into()), model: Some("gpt-5".into()) },
            Event::Text { block: 0, delta: "Hi ".into() },
            Event::Text { block: 0, delta: "😀".into() },
            Event::BlockEnd { block: 0 },
            Event::Usage(usage()),
            Event::Finished { reason: FinishReason::Stop, usage: usage() },
        ]
    );
}

#[test]
fn the_name_of_an_event_may_stand_in_the_data_only_or_in_the_event_only() {
    let frames = [created(), added(0, opened("m")), text(0, "m", "Hi"), completed()];
    let in_data: String = frames.iter().map(|frame| format!("data: {frame}\n\n")).collect();
    let in_event: String = frames
        .iter()
        .map(|frame| {
            let mut bare = frame.clone();
            bare.as_object_mut().unwrap().remove("type");
            format!("event: {}\ndata: {bare}\n\n", frame["type"].as_str().unwrap())
        })
        .collect();
    assert_eq!(parts(&events(&in_data)), [Part::text("Hi")]);
    assert_eq!(events(&in_data), events(&in_event));
}

#[test]
fn arguments_are_keyed_by_the_item_and_the_call_is_answered_by_its_call_id() {
    let events = streamed(&[
        created(),
        added(0, function("fc_1", "call_1", "")),
        added(1, function("fc_2", "call_2", "")),
        arguments(1, "fc_2", "{\"q\":"),
        arguments(0, "fc_1", "{}"),
        arguments(1, "fc_2", "2}"),
        about("response.function_call_arguments.done", 1, "fc_2", json!({"arguments": "{\"q\":2}"})),
        about("response.function_call_arguments.done", 0, "fc_1", json!({"arguments": "{}"})),
        done(0, function("fc_1", "call_1", "{}")),
        done(1, function("fc_2", "call_2", "{\"q\":2}")),
        completed(),
    ]);
    assert_eq!(parts(&events), [call("call_1", "find", "{}"), call("call_2", "find", "{\"q\":2}")]);
    assert_eq!(finish(&events).0, FinishReason::ToolCalls);
}

#[test]
fn a_reasoning_item_is_shown_as_its_summary_and_kept_whole_to_go_back() {
    let whole = json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA", "summary": [
        {"type": "summary_text", "text": "First."}, {"type": "summary_text", "text": "Then."}]});
    let summary = |part: u32, delta: &str| {
        let fields = json!({"summary_index": part, "delta": delta});
        about("response.reasoning_summary_text.delta", 0, "rs_1", fields)
    };
    let events = streamed(&[
        created(),
        added(0, json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "gA", "summary": []})),
        about(
            "response.reasoning_summary_part.added",
            0,
            "rs_1",
            json!({"summary_index": 0, "part": {"type": "summary_text", "text": ""}}),
        ),
        summary(0, "Fir"),
        summary(0, "st."),
        about(
            "response.reasoning_summary_text.done",
            0,
            "rs_1",
            json!({"summary_index": 0, "text": "First."}),
        ),
        summary(1, "Then."),
        done(0, whole.clone()),
        added(1, function("fc_1", "call_1", "")),
        done(1, function("fc_1", "call_1", "{}")),
        completed(),
    ]);
    let expected = [reasoning("First.\n\nThen."), kept(item(&whole)), call("call_1", "find", "{}")];
    assert_eq!(parts(&events), expected);
}

#[test]
fn reasoning_that_has_no_summary_is_only_kept() {
    let whole = json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA", "summary": []});
    let events = streamed(&[created(), added(0, whole.clone()), done(0, whole.clone()), completed()]);
    assert_eq!(parts(&events), [kept(item(&whole))]);
}

#[test]
fn reasoning_in_full_is_read_and_a_summary_beside_it_is_not_read_again() {
    let whole = json!({"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}],
        "content": [{"type": "reasoning_text", "text": "hm hm"}]});
    let delta =
        about("response.reasoning_text.delta", 0, "rs_1", json!({"content_index": 0, "delta": "hm hm"}));
    let told = about("response.reasoning_text.done", 0, "rs_1", json!({"content_index": 0, "text": "hm hm"}));
    let frames = [created(), added(0, whole.clone()), delta, told, done(0, whole.clone()), completed()];
    assert_eq!(parts(&streamed(&frames)), [reasoning("hm hm"), kept(item(&whole))]);
}

#[test]
fn a_refusal_is_text_and_tells_why_the_model_stopped() {
    let whole =
        json!({"type": "message", "id": "m", "content": [{"type": "refusal", "refusal": "I will not."}]});
    let delta =
        |delta: &str| about("response.refusal.delta", 0, "m", json!({"content_index": 0, "delta": delta}));
    let events = streamed(&[
        created(),
        added(0, opened("m")),
        delta("I will "),
        delta("not."),
        about("response.refusal.done", 0, "m", json!({"content_index": 0, "refusal": "I will not."})),
        done(0, whole.clone()),
        completed(),
    ]);
    assert_eq!(parts(&events), [Part::text("I will not.")]);
    assert_eq!(finish(&events).0, FinishReason::Refusal);
    assert_eq!(reason(&[created(), done(0, whole), completed()]), FinishReason::Refusal);
}

#[test]
fn what_the_server_did_itself_is_kept_whole_and_its_progress_is_no_note() {
    let search = json!({"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "q"}});
    let events = streamed(&[
        created(),
        added(0, json!({"type": "web_search_call", "id": "ws_1", "status": "in_progress"})),
        about("response.web_search_call.searching", 0, "ws_1", json!({})),
        about("response.web_search_call.completed", 0, "ws_1", json!({})),
        done(0, search.clone()),
        added(1, opened("m")),
        text(1, "m", "Found."),
        completed(),
    ]);
    assert_eq!(parts(&events), [kept(item(&search)), Part::text("Found.")]);
    assert_eq!((finish(&events).0, notes(&events)), (FinishReason::Stop, 0));
}

#[test]
fn events_that_are_not_known_are_noted_and_citations_are_not_lost() {
    let citation = about(
        "response.output_text.annotation.added",
        0,
        "m",
        json!({"annotation": {"type": "url_citation", "url": "https://x.example"}}),
    );
    let events = streamed(&[
        created(),
        json!({"type": "response.mood.changed", "mood": "good"}),
        citation,
        completed(),
    ]);
    assert_eq!(notes(&events), 2);
    assert_eq!(finish(&events).0, FinishReason::Stop);
}

#[test]
fn the_phase_of_a_message_is_kept_behind_it() {
    let mut whole = message("m", "Let me look.");
    whole["phase"] = json!("commentary");
    let frames =
        [created(), added(0, opened("m")), text(0, "m", "Let me look."), done(0, whole), completed()];
    let phase = kept(json!({"host": "api.example", "phase": "commentary"}));
    assert_eq!(parts(&streamed(&frames)), [Part::text("Let me look."), phase]);
}

#[test]
fn several_texts_in_a_message_are_parts_of_their_own() {
    let whole = json!({"type": "message", "id": "m", "content": [
        {"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"}]});
    let events = streamed(&[added(0, opened("m")), text(0, "m", "a"), done(0, whole), completed()]);
    assert_eq!(parts(&events), [Part::text("a"), Part::text("b")]);
}

#[test]
fn a_whole_response_is_read_like_a_stream() {
    let thought = json!({"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA", "summary": [{"type": "summary_text", "text": "hm"}]});
    let whole = json!({"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5", "error": null,
        "output": [thought, message("m", "Hi"), function("fc", "call_1", "{}")],
        "usage": {"input_tokens": 50, "input_tokens_details": {"cached_tokens": 40}, "output_tokens": 9,
            "output_tokens_details": {"reasoning_tokens": 4}}});
    let events = events(&whole.to_string());
    assert_eq!(events[0], Event::Started { id: Some("resp_1".into()), model: Some("gpt-5".into()) });
    let expected = [reasoning("hm"), kept(item(&thought)), Part::text("Hi"), call("call_1", "find", "{}")];
    assert_eq!(parts(&events), expected);
    assert_eq!(finish(&events), (FinishReason::ToolCalls, usage()));
}

#[test]
fn cached_tokens_that_were_written_are_counted_too() {
    let end = json!({"type": "response.completed", "response": {"usage": {
        "input_tokens": 5, "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 4}, "output_tokens": 1}}});
    let usage = finish(&streamed(&[created(), end])).1;
    assert_eq!((usage.cache_read, usage.cache_write, usage.reasoning), (Some(0), Some(4), None));
}
