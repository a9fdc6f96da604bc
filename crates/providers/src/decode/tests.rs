//! Every trap as bytes, replayed whole, byte by byte and at random cuts: the same events each time, and
//! exactly one terminal, the last.

mod anthropic;
mod azure;
mod cohere;
mod converse;
mod gemini;
mod ollama;
mod openai_chat;
mod openai_responses;

use super::*;
use crate::assembly::Assembly;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rearview_domain::message::Part;
use rearview_domain::turn::{FinishReason, Usage};

pub(super) fn target(wire: WireKind) -> Target {
    Target::plain(wire, "https://api.example/v1", "m")
}

fn replay<'a>(wire: WireKind, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Event> {
    let mut decode = Decode::new(&target(wire));
    let mut events = Vec::new();
    for chunk in chunks {
        decode.feed(chunk, &mut events);
    }
    decode.end(None, &mut events);
    // Whatever comes after the end is ignored.
    decode.feed(b"data: {\"choices\":[]}\n\n", &mut events);
    decode.end(None, &mut events);
    events
}

/// The events of an answer; fails unless they are the same however the bytes are cut.
pub(super) fn events(wire: WireKind, bytes: &[u8]) -> Vec<Event> {
    let whole = replay(wire, [bytes]);
    let terminals = whole.iter().filter(|event| event.is_terminal()).count();
    assert_eq!(terminals, 1, "{whole:?}");
    assert!(whole.last().is_some_and(Event::is_terminal), "{whole:?}");
    assert_eq!(replay(wire, bytes.chunks(1)), whole, "byte by byte");
    let cuts = prop::collection::vec(any::<prop::sample::Index>(), 0..6);
    TestRunner::deterministic()
        .run(&cuts, |cuts| {
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            prop_assert_eq!(&replay(wire, at.windows(2).map(|pair| &bytes[pair[0]..pair[1]])), &whole);
            Ok(())
        })
        .unwrap();
    whole
}

/// What a message would be made of.
pub(super) fn parts(wire: WireKind, events: &[Event]) -> Vec<Part> {
    let mut assembly = Assembly::new(target(wire).family());
    events.iter().for_each(|event| assembly.apply(event));
    assembly.parts()
}

pub(super) fn finish(events: &[Event]) -> (FinishReason, Usage) {
    match events.last() {
        Some(Event::Finished { reason, usage }) => (reason.clone(), usage.clone()),
        other => panic!("the answer did not finish: {other:?}"),
    }
}

pub(super) fn failure(events: &[Event]) -> ProviderError {
    match events.last() {
        Some(Event::Failed(error)) => error.clone(),
        other => panic!("the answer did not fail: {other:?}"),
    }
}

pub(super) fn notes(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Note(_))).count()
}

/// The wires whose streams are server-sent events.
const WIRES: [WireKind; 5] = [
    WireKind::OpenaiChat,
    WireKind::OpenaiResponses,
    WireKind::AnthropicMessages,
    WireKind::CohereChat,
    WireKind::Gemini,
];

#[test]
fn a_web_page_is_told_apart_from_an_answer() {
    for wire in WIRES {
        let error = failure(&events(wire, b"\n<!doctype html><title>Sign in</title>"));
        assert_eq!(error.kind, ErrorKind::Decode);
        assert!(error.to_string().contains("`Sign in`"), "{error}");
    }
}

#[test]
fn an_empty_answer_is_a_truncation() {
    for wire in WIRES {
        assert_eq!(failure(&events(wire, b"")).kind, ErrorKind::Truncated);
        assert_eq!(failure(&events(wire, b"\r\n\r\n")).kind, ErrorKind::Truncated);
        assert_eq!(failure(&events(wire, b": ping\n\n")).kind, ErrorKind::Truncated);
        assert_eq!(failure(&events(wire, b"data: [DONE]\n\n")).kind, ErrorKind::Truncated);
    }
}

#[test]
fn an_error_instead_of_a_stream_is_told_as_what_it_means() {
    for wire in WIRES {
        let error = failure(&events(wire, br#"{"error":{"message":"no","type":"rate_limit_error"}}"#));
        assert_eq!((error.kind, error.vendor_message.as_deref()), (ErrorKind::RateLimit, Some("no")));
    }
}

#[test]
fn json_that_is_neither_answer_nor_error_is_shown_as_it_came() {
    for wire in WIRES {
        let error = failure(&events(wire, br#"{"hello":1}"#));
        assert_eq!(
            (error.kind, error.vendor_message.as_deref()),
            (ErrorKind::Decode, Some(r#"{"hello":1}"#))
        );
    }
}

#[test]
fn a_json_answer_that_is_cut_off_is_a_truncation() {
    for wire in WIRES {
        assert_eq!(failure(&events(wire, br#"{"choices":[{"mess"#)).kind, ErrorKind::Truncated);
    }
}

#[test]
fn a_frame_of_broken_json_fails_instead_of_leaving_a_hole() {
    for wire in WIRES {
        assert_eq!(failure(&events(wire, b"data: {\"choices\":[{\"del\n\n")).kind, ErrorKind::Decode);
    }
}

#[test]
fn data_that_is_no_json_is_noted() {
    for wire in WIRES {
        assert_eq!(notes(&events(wire, b"data: hello\n\ndata: \n\n")), 1);
    }
}

#[test]
fn an_error_event_in_plain_text_fails_with_its_words() {
    for wire in WIRES {
        let error = failure(&events(wire, b"event: error\ndata: out of memory\n\n"));
        assert_eq!(error.vendor_message.as_deref(), Some("out of memory"));
    }
}

#[test]
fn a_frame_beyond_the_cap_fails() {
    let chunk = vec![b'x'; 1024 * 1024];
    for first in [&b"data: "[..], b"{"] {
        let mut decode = Decode::new(&target(WireKind::OpenaiChat));
        let mut events = Vec::new();
        decode.feed(first, &mut events);
        (0..17).for_each(|_| decode.feed(&chunk, &mut events));
        assert_eq!(events.len(), 1);
        assert_eq!(failure(&events).kind, ErrorKind::Decode);
    }
}

proptest! {
    #[test]
    fn no_bytes_at_all_can_break_the_decoders(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for wire in WIRES {
            let events = replay(wire, [&bytes[..]]);
            prop_assert_eq!(events.iter().filter(|event| event.is_terminal()).count(), 1);
        }
        let events = replay(WireKind::OllamaChat, [&bytes[..]]);
        prop_assert_eq!(events.iter().filter(|event| event.is_terminal()).count(), 1);
    }

    #[test]
    fn no_json_at_all_can_break_the_decoders(frames in prop::collection::vec(odd_frames(), 0..6)) {
        let stream: String = frames.iter().map(|frame| format!("data: {frame}\n\n")).collect();
        for wire in WIRES {
            let events = replay(wire, [stream.as_bytes()]);
            prop_assert_eq!(events.iter().filter(|event| event.is_terminal()).count(), 1);
            let _ = parts(wire, &events);
        }
        let lines: String = frames.iter().map(|frame| format!("{frame}\n")).collect();
        let events = replay(WireKind::OllamaChat, [lines.as_bytes()]);
        prop_assert_eq!(events.iter().filter(|event| event.is_terminal()).count(), 1);
        let _ = parts(WireKind::OllamaChat, &events);
    }
}

/// Frames of known fields with values of the wrong kind.
fn odd_frames() -> impl Strategy<Value = String> {
    let leaf =
        prop::sample::select(vec!["null", "1", "-1", "\"x\"", "[]", "{}", "true", "[{}]", "[null]", "1e99"]);
    let shape = prop::sample::select(vec![
        r#"{"choices":@}"#,
        r#"{"choices":[@]}"#,
        r#"{"choices":[{"delta":@,"finish_reason":@}]}"#,
        r#"{"choices":[{"delta":{"content":@,"reasoning_details":@,"tool_calls":@}}],"usage":@}"#,
        r#"{"choices":[{"delta":{"tool_calls":[{"index":@,"id":@,"function":@}]}}]}"#,
        r#"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":@}]}}],"error":@}"#,
        r#"{"type":"message_start","message":@}"#,
        r#"{"type":"content_block_start","index":@,"content_block":@}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"server_tool_use","input":@}}"#,
        r#"{"type":"content_block_delta","index":@,"delta":@}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":@}}"#,
        r#"{"type":"content_block_stop","index":@}"#,
        r#"{"type":"message_delta","delta":@,"usage":@}"#,
        r#"{"type":@}"#,
        r#"{"type":"content-start","index":@,"delta":@}"#,
        r#"{"type":"content-delta","index":@,"delta":{"message":{"content":@}}}"#,
        r#"{"type":"content-delta","delta":{"message":{"content":{"text":@,"thinking":@}}}}"#,
        r#"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":@}}}"#,
        r#"{"type":"tool-call-start","index":@,"delta":{"message":{"tool_calls":@}}}"#,
        r#"{"type":"tool-call-start","delta":{"message":{"tool_calls":{"id":@,"function":@}}}}"#,
        r#"{"type":"tool-call-delta","index":@,"delta":{"message":{"tool_calls":{"function":@}}}}"#,
        r#"{"type":"message-end","delta":{"finish_reason":@,"usage":{"tokens":@},"error":@}}"#,
        r#"{"message":@,"done":@,"error":@}"#,
        r#"{"message":{"content":@,"thinking":@,"tool_calls":@}}"#,
        r#"{"message":{"tool_calls":[{"id":@,"function":{"name":@,"arguments":@}}]}}"#,
        r#"{"done":true,"done_reason":@,"prompt_eval_count":@,"eval_count":@}"#,
        r#"{"type":"response.output_item.added","output_index":@,"item":@}"#,
        r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"message","content":@}}"#,
        r#"{"type":"response.output_item.done","item":{"type":"message","id":@,"content":[@]}}"#,
        r#"{"type":"response.output_item.done","item":{"type":"function_call","call_id":@,"arguments":@}}"#,
        r#"{"type":"response.output_item.done","item":{"type":"reasoning","summary":@,"content":@}}"#,
        r#"{"type":"response.output_text.delta","item_id":@,"content_index":@,"delta":@}"#,
        r#"{"type":"response.reasoning_text.delta","output_index":@,"delta":"x","content_index":@}"#,
        r#"{"type":"response.function_call_arguments.delta","item_id":@,"delta":@}"#,
        r#"{"type":"response.completed","response":@}"#,
        r#"{"type":"response.incomplete","response":{"output":@,"usage":@,"incomplete_details":@}}"#,
        r#"{"type":"response.failed","response":{"error":@}}"#,
    ]);
    (shape, prop::collection::vec(leaf, 4)).prop_map(|(shape, leaves)| {
        let filled = leaves.iter().fold(shape.to_owned(), |text, leaf| text.replacen('@', leaf, 1));
        assert!(!filled.contains('@'), "more gaps than values in {shape}");
        filled
    })
}
