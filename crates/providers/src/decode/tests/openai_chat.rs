//! Traps of Chat Completions streams.

use super::{failure, finish, notes};
use crate::error::ErrorKind;
use crate::event::Event;
use crate::target::WireKind;
use rearview_domain::message::Part;
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::{Value, json};

/// A stream of these frames with the mark of the end.
fn stream(frames: &[Value]) -> String {
    unmarked(frames) + "data: [DONE]\n\n"
}

fn unmarked(frames: &[Value]) -> String {
    frames.iter().map(|frame| format!("data: {frame}\n\n")).collect()
}

fn delta(delta: Value) -> Value {
    json!({"id": "a", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": null}]})
}

fn stop(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

fn events(text: &str) -> Vec<Event> {
    super::events(WireKind::OpenaiChat, text.as_bytes())
}

fn parts(events: &[Event]) -> Vec<Part> {
    super::parts(WireKind::OpenaiChat, events)
}

fn reasoning(text: &str, signature: Option<&str>) -> Part {
    Part::Reasoning { text: text.into(), signature: signature.map(Into::into), family: "openai_chat".into() }
}

fn call(id: &str, name: &str, arguments: &str) -> Part {
    Part::ToolCall { id: id.into(), name: name.into(), arguments: arguments.into() }
}

#[test]
fn an_answer_comes_as_these_events() {
    let text = stream(&[
        delta(json!({"role": "assistant", "content": ""})),
        delta(json!({"content": "Héllo "})),
        delta(json!({"content": "😀"})),
        stop("stop"),
        json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 2,
            "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 1}}}),
    ]);
    let usage =
        Usage { input: Some(9), output: Some(2), cache_read: Some(4), cache_write: None, reasoning: Some(1) };
    assert_eq!(
        events(&text),
        [
            Event::Started { id: Some("a".into()), model: Some("m".into()) },
            Event::Text { block: 0, delta: "Héllo ".into() },
            Event::Text { block: 0, delta: "😀".into() },
            Event::Usage(usage.clone()),
            Event::BlockEnd { block: 0 },
            Event::Finished { reason: FinishReason::Stop, usage },
        ]
    );
}

#[test]
fn a_stream_without_the_mark_of_the_end_is_whole_after_a_finish_reason() {
    let text = unmarked(&[delta(json!({"content": "Hi"})), stop("length")]);
    let events = events(&text);
    assert_eq!(finish(&events).0, FinishReason::Length);
    assert_eq!(parts(&events), [Part::text("Hi")]);
}

#[test]
fn a_stream_that_ends_without_a_finish_reason_keeps_what_came_and_fails() {
    let events = events(&unmarked(&[delta(json!({"content": "Hi"}))]));
    assert_eq!(failure(&events).kind, ErrorKind::Truncated);
    assert_eq!(parts(&events), [Part::text("Hi")]);
}

#[test]
fn the_mark_of_the_end_is_enough_for_a_server_that_gives_no_reason() {
    assert_eq!(finish(&events(&stream(&[delta(json!({"content": "Hi"}))]))).0, FinishReason::Stop);
}

#[test]
fn the_last_frame_counts_without_its_blank_line() {
    let text = unmarked(&[delta(json!({"content": "Hi"})), stop("stop")]);
    assert_eq!(finish(&events(text.trim_end())).0, FinishReason::Stop);
}

#[test]
fn comments_blank_lines_and_a_byte_order_mark_say_nothing() {
    let text = format!(
        "\u{feff}: OPENROUTER PROCESSING\r\n\r\n{}",
        stream(&[delta(json!({"content": "Hi"})), stop("stop")])
    );
    let events = events(&text);
    assert_eq!(parts(&events), [Part::text("Hi")]);
    assert_eq!(notes(&events), 0);
}

#[test]
fn an_error_inside_a_good_stream_fails_with_the_vendor_s_words_and_keeps_what_came() {
    let error =
        json!({"error": {"message": "Overloaded", "code": 503}, "choices": [{"delta": {"content": ""}}]});
    let events = events(&stream(&[delta(json!({"content": "Hi"})), error]));
    let failure = failure(&events);
    assert_eq!(failure.kind, ErrorKind::Overloaded);
    assert_eq!(failure.vendor_message.as_deref(), Some("Overloaded"));
    assert_eq!(parts(&events), [Part::text("Hi")]);
}

#[test]
fn errors_of_other_shapes_fail_too() {
    for (frame, kind) in [
        (
            json!({"object": "error", "message": "maximum context length is 5", "code": 400}),
            ErrorKind::ContextLength,
        ),
        (json!({"error": "model not loaded"}), ErrorKind::Overloaded),
    ] {
        assert_eq!(failure(&events(&stream(&[frame]))).kind, kind);
    }
    assert_eq!(
        failure(&events("event: error\ndata: {\"message\":\"no\"}\n\n")).vendor_message.as_deref(),
        Some("no")
    );
}

#[test]
fn an_error_that_is_null_is_none() {
    let mut frame = delta(json!({"content": "Hi"}));
    frame["error"] = Value::Null;
    assert_eq!(finish(&events(&stream(&[frame, stop("stop")]))).0, FinishReason::Stop);
}

#[test]
fn cumulative_usage_counts_once_and_groq_s_counts_too() {
    let mut first = delta(json!({"content": "a"}));
    first["usage"] = json!({"prompt_tokens": 5, "completion_tokens": 1});
    let mut second = delta(json!({"content": "b"}));
    second["usage"] = json!({"prompt_tokens": 5, "completion_tokens": 2});
    let mut groq = stop("stop");
    groq["x_groq"] = json!({"usage": {"prompt_tokens": 5, "completion_tokens": 3}});
    let (_, usage) = finish(&events(&stream(&[first, second, groq])));
    assert_eq!(usage, Usage { input: Some(5), output: Some(3), ..Usage::default() });
}

#[test]
fn reasoning_beside_the_completion_is_part_of_the_output() {
    for (total, output) in [(112, 12), (102, 2)] {
        let usage = json!({"prompt_tokens": 100, "completion_tokens": 2, "total_tokens": total,
            "completion_tokens_details": {"reasoning_tokens": 10}});
        let text =
            stream(&[delta(json!({"content": "a"})), stop("stop"), json!({"choices": [], "usage": usage})]);
        assert_eq!(finish(&events(&text)).1.output, Some(output));
    }
}

#[test]
fn usage_inside_the_choice_counts() {
    let mut frame = stop("stop");
    frame["choices"][0]["usage"] = json!({"prompt_tokens": 5});
    assert_eq!(finish(&events(&stream(&[frame]))).1.input, Some(5));
}

#[test]
fn only_the_first_choice_is_read() {
    let other = json!({"choices": [
        {"index": 1, "delta": {"content": "B"}, "finish_reason": "length"},
        {"index": 0, "delta": {"content": "A"}, "finish_reason": "stop"},
    ]});
    let events = events(&stream(&[other]));
    assert_eq!(parts(&events), [Part::text("A")]);
    assert_eq!(finish(&events).0, FinishReason::Stop);
}

#[test]
fn a_finish_reason_nobody_knows_is_kept_in_its_own_word() {
    let (reason, _) = finish(&events(&stream(&[delta(json!({"content": "a"})), stop("eos")])));
    assert_eq!(reason, FinishReason::Other { raw: "eos".into() });
}

#[test]
fn a_refusal_is_shown_and_is_the_reason() {
    let events = events(&stream(&[
        delta(json!({"refusal": "I can"})),
        delta(json!({"refusal": "not."})),
        stop("stop"),
    ]));
    assert_eq!(parts(&events), [Part::text("I cannot.")]);
    assert_eq!(finish(&events).0, FinishReason::Refusal);
}

#[test]
fn a_frame_nobody_knows_is_noted_as_it_came() {
    let events = events(&stream(&[
        json!({"object": "queue", "place": 3}),
        delta(json!({"content": "a"})),
        stop("stop"),
    ]));
    assert!(events.contains(&Event::Note(r#"{"object":"queue","place":3}"#.into())));
}

#[test]
fn a_whole_completion_instead_of_a_stream_is_an_answer() {
    let text = json!({"id": "a", "object": "chat.completion", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "Hi", "reasoning": "hm"}, "finish_reason": "stop"}
    ], "usage": {"prompt_tokens": 1, "completion_tokens": 2}});
    let events = events(&text.to_string());
    assert_eq!(parts(&events), [reasoning("hm", None), Part::text("Hi")]);
    assert_eq!(finish(&events).1.output, Some(2));
}

#[test]
fn reasoning_content_remembers_its_field_and_host_so_that_it_can_go_back() {
    let events = events(&stream(&[
        delta(json!({"reasoning_content": "a", "content": null})),
        delta(json!({"reasoning_content": "b", "reasoning": "b"})),
        delta(json!({"content": "So"})),
        stop("stop"),
    ]));
    assert_eq!(parts(&events), [reasoning("ab", Some("reasoning_content@api.example")), Part::text("So")]);
}

#[test]
fn reasoning_details_come_back_as_one_entry_each() {
    let text = |text: &str| json!({"type": "reasoning.text", "index": 0, "text": text, "signature": null});
    let events = events(&stream(&[
        delta(json!({"reasoning": "a", "reasoning_details": [text("a")]})),
        delta(json!({"reasoning": "b", "reasoning_details": [text("b")]})),
        delta(
            json!({"reasoning_details": [{"type": "reasoning.text", "index": 0, "text": "", "signature": "s"}]}),
        ),
        delta(json!({"reasoning_details": [{"type": "reasoning.encrypted", "index": 1, "data": "x"}]})),
        delta(json!({"content": "So"})),
        stop("stop"),
    ]));
    let details = json!([
        {"type": "reasoning.text", "index": 0, "text": "ab", "signature": "s"},
        {"type": "reasoning.encrypted", "index": 1, "data": "x"},
    ]);
    assert_eq!(
        parts(&events),
        [
            reasoning("ab", None),
            Part::text("So"),
            Part::Opaque {
                family: "openai_chat".into(),
                value: json!({"host": "api.example", "reasoning_details": details})
            },
        ]
    );
}

#[test]
fn details_without_a_reasoning_field_are_shown_from_themselves() {
    let events = events(&stream(&[
        delta(json!({"reasoning_details": [{"type": "reasoning.summary", "summary": "hm"}]})),
        stop("stop"),
    ]));
    assert_eq!(parts(&events)[0], reasoning("hm", None));
}

#[test]
fn think_tags_are_reasoning_at_the_start_only() {
    let frames: Vec<Value> = ["\n<th", "ink>a ", "b</thi", "nk>", "\n\nSo <think>", "x"]
        .iter()
        .map(|text| delta(json!({"content": text})))
        .collect();
    let text = unmarked(&frames) + &stream(&[stop("stop")]);
    assert_eq!(parts(&events(&text)), [reasoning("a b", None), Part::text("So <think>x")]);
}

#[test]
fn what_was_held_back_for_a_tag_is_not_lost_in_a_cut() {
    assert_eq!(parts(&events(&unmarked(&[delta(json!({"content": "<thi"}))]))), [Part::text("<thi")]);
}

#[test]
fn typed_chunks_inside_the_content_are_told_apart() {
    let events = events(&stream(&[
        delta(json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]})),
        delta(
            json!({"content": [{"type": "text", "text": "So"}, {"type": "reference", "reference_ids": [1]}]}),
        ),
        stop("stop"),
    ]));
    assert_eq!(parts(&events), [reasoning("hm", None), Part::text("So")]);
    assert_eq!(notes(&events), 1);
}

fn tools(deltas: &[Value]) -> Vec<Part> {
    let frames: Vec<Value> = deltas.iter().map(|calls| delta(json!({"tool_calls": calls}))).collect();
    let events = events(&(unmarked(&frames) + &stream(&[stop("tool_calls")])));
    assert_eq!(finish(&events).0, FinishReason::ToolCalls);
    let ends = events.iter().filter(|event| matches!(event, Event::BlockEnd { .. })).count();
    let parts = parts(&events);
    assert_eq!(ends, parts.len());
    parts
}

#[test]
fn tool_calls_are_grouped_by_index() {
    let parts = tools(&[
        json!([{"index": 0, "id": "c0", "type": "function", "function": {"name": "f", "arguments": ""}}]),
        json!([{"index": 0, "function": {"arguments": "{\"a\":"}}]),
        json!([{"index": 1, "id": "c1", "function": {"name": "g", "arguments": "{}"}}]),
        json!([{"index": 0, "function": {"arguments": "1}"}}]),
    ]);
    assert_eq!(parts, [call("c0", "f", "{\"a\":1}"), call("c1", "g", "{}")]);
}

#[test]
fn an_id_and_a_name_that_repeat_are_one_call() {
    let parts = tools(&[
        json!([{"index": 0, "id": "c0", "function": {"name": "f", "arguments": "{\"a\":"}}]),
        json!([{"index": 0, "id": "c0", "function": {"name": "f", "arguments": "1}"}}]),
    ]);
    assert_eq!(parts, [call("c0", "f", "{\"a\":1}")]);
}

#[test]
fn calls_without_an_index_are_told_apart_by_id() {
    let parts = tools(&[
        json!([{"id": "c0", "function": {"name": "f", "arguments": "{"}}]),
        json!([{"function": {"arguments": "}"}}]),
        json!([{"id": "c1", "function": {"name": "f", "arguments": "{}"}}]),
    ]);
    assert_eq!(parts, [call("c0", "f", "{}"), call("c1", "f", "{}")]);
}

#[test]
fn whole_calls_without_index_and_id_get_ids_of_ours() {
    let parts = tools(&[
        json!([{"function": {"name": "f", "arguments": {"a": 1}}}, {"function": {"name": "g"}}]),
        json!([{"function": {"name": "g", "arguments": "{\"b\":2}"}}]),
    ]);
    assert_eq!(parts[0], call("call_0", "f", "{\"a\":1}"));
    assert_eq!(parts[1], call("call_1", "g", "{\"b\":2}"));
}

#[test]
fn two_ids_under_one_index_are_two_calls() {
    let parts = tools(&[json!([
        {"index": 0, "id": "c0", "function": {"name": "f", "arguments": "{}"}},
        {"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{}"}},
    ])]);
    assert_eq!(parts, [call("c0", "f", "{}"), call("c1", "f", "{}")]);
}

#[test]
fn a_call_without_arguments_is_an_empty_object_and_one_cut_short_is_kept_as_it_came() {
    let parts = tools(&[
        json!([{"index": 0, "id": "c0", "function": {"name": "f"}}]),
        json!([{"index": 1, "id": "c1", "function": {"name": "g", "arguments": "{\"a\": \"b"}}]),
    ]);
    assert_eq!(parts, [call("c0", "f", "{}"), call("c1", "g", "{\"a\": \"b")]);
}

#[test]
fn text_before_a_call_is_a_part_of_its_own() {
    let events = events(&stream(&[
        delta(json!({"content": "Let me see."})),
        delta(json!({"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}]})),
        delta(json!({"content": "Well."})),
        stop("stop"),
    ]));
    assert_eq!(parts(&events), [Part::text("Let me see."), call("c", "f", "{}"), Part::text("Well.")]);
}

#[test]
fn azure_s_first_chunk_without_a_choice_says_nothing_and_its_filter_is_a_reason() {
    let filters =
        json!({"choices": [], "id": "", "model": "", "prompt_filter_results": [{"prompt_index": 0}]});
    let events = events(&stream(&[filters, delta(json!({"content": "Hi"})), stop("content_filter")]));
    assert_eq!((finish(&events).0, notes(&events)), (FinishReason::ContentFilter, 0));
    assert_eq!(parts(&events), [Part::text("Hi")]);
}
