//! Traps of ConverseStream and of its frames.

use super::{failure, finish, notes, target};
use crate::decode::Decode;
use crate::error::{ErrorKind, ProviderError};
use crate::event::Event;
use crate::frame::{MAX_FRAME_BYTES, aws_message};
use crate::target::WireKind;
use proptest::prelude::*;
use rearview_domain::message::Part;
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::{Value, json};

fn event(name: &str, payload: Value) -> Vec<u8> {
    aws_message("event", name, &payload.to_string())
}

fn exception(name: &str, payload: &str) -> Vec<u8> {
    aws_message("exception", name, payload)
}

fn start() -> Vec<u8> {
    event("messageStart", json!({"role": "assistant", "p": "abcdefgh"}))
}

fn begin(index: u32, start: Value) -> Vec<u8> {
    event("contentBlockStart", json!({"contentBlockIndex": index, "start": start}))
}

fn delta(index: u32, delta: Value) -> Vec<u8> {
    event("contentBlockDelta", json!({"contentBlockIndex": index, "delta": delta, "p": "abc"}))
}

fn end(index: u32) -> Vec<u8> {
    event("contentBlockStop", json!({"contentBlockIndex": index}))
}

fn stop(reason: &str) -> Vec<u8> {
    event("messageStop", json!({"stopReason": reason}))
}

fn metadata() -> Vec<u8> {
    event(
        "metadata",
        json!({"usage": {"inputTokens": 3, "outputTokens": 7, "totalTokens": 55, "cacheReadInputTokens": 40,
            "cacheWriteInputTokens": 5}, "metrics": {"latencyMs": 800}}),
    )
}

fn usage() -> Usage {
    Usage { input: Some(48), output: Some(7), cache_read: Some(40), cache_write: Some(5), reasoning: None }
}

fn events(messages: &[Vec<u8>]) -> Vec<Event> {
    super::events(WireKind::BedrockConverse, &messages.concat())
}

fn parts(events: &[Event]) -> Vec<Part> {
    super::parts(WireKind::BedrockConverse, events)
}

#[test]
fn an_answer_comes_as_these_events_and_cached_tokens_are_part_of_the_prompt() {
    let stream = [
        start(),
        delta(0, json!({"text": ""})),
        delta(0, json!({"text": "Grüße 😀"})),
        delta(0, json!({"text": "!"})),
        end(0),
        stop("end_turn"),
        metadata(),
    ];
    assert_eq!(
        events(&stream),
        [
            Event::Started { id: None, model: None },
            Event::Text { block: 0, delta: "Grüße 😀".into() },
            Event::Text { block: 0, delta: "!".into() },
            Event::BlockEnd { block: 0 },
            Event::Usage(usage()),
            Event::Finished { reason: FinishReason::Stop, usage: usage() },
        ]
    );
}

#[test]
fn an_answer_that_ends_before_its_usage_is_whole_and_one_before_its_stop_is_not() {
    let whole = [start(), delta(0, json!({"text": "Hi"})), end(0), stop("end_turn")];
    assert_eq!(finish(&events(&whole)), (FinishReason::Stop, Usage::default()));
    let cut = events(&whole[..3]);
    assert_eq!(failure(&cut).kind, ErrorKind::Truncated);
    assert_eq!(parts(&cut), [Part::text("Hi")]);
    // Usage without a stop is no end either.
    let odd = events(&[start(), delta(0, json!({"text": "Hi"})), metadata()]);
    assert_eq!(failure(&odd).kind, ErrorKind::Truncated);
}

#[test]
fn a_message_that_is_cut_in_the_middle_is_a_truncation_and_what_came_stays() {
    let mut bytes = [start(), delta(0, json!({"text": "Hi"})), delta(0, json!({"text": "lost"}))].concat();
    bytes.truncate(bytes.len() - 5);
    let events = super::events(WireKind::BedrockConverse, &bytes);
    assert_eq!(failure(&events).kind, ErrorKind::Truncated);
    assert_eq!(parts(&events), [Part::text("Hi")]);
}

#[test]
fn a_wrong_checksum_fails_and_what_came_stays() {
    let mut bytes = [start(), delta(0, json!({"text": "Hi"})), delta(0, json!({"text": "ho"}))].concat();
    let at = bytes.len() - 12;
    bytes[at] ^= 1;
    bytes.extend([stop("end_turn"), metadata()].concat());
    let events = super::events(WireKind::BedrockConverse, &bytes);
    let error = failure(&events);
    assert_eq!(error.kind, ErrorKind::Decode);
    assert!(error.to_string().contains("damaged"), "{error}");
    assert_eq!(parts(&events), [Part::text("Hi")]);
}

#[test]
fn a_length_that_cannot_be_fails_at_once() {
    for length in [[0, 0, 0, 4], [0xff; 4]] {
        let bytes = [start(), length.to_vec(), vec![0; 32]].concat();
        assert_eq!(failure(&super::events(WireKind::BedrockConverse, &bytes)).kind, ErrorKind::Decode);
    }
    let length = u32::try_from(MAX_FRAME_BYTES + 1).unwrap().to_be_bytes();
    let bytes = [start(), length.to_vec()].concat();
    let error = failure(&super::events(WireKind::BedrockConverse, &bytes));
    assert!(error.to_string().contains("16 MiB"), "{error}");
}

#[test]
fn exceptions_inside_a_good_answer_keep_what_came_and_tell_their_kind() {
    for (name, kind) in [
        ("throttlingException", ErrorKind::RateLimit),
        ("validationException", ErrorKind::Invalid),
        ("modelStreamErrorException", ErrorKind::Overloaded),
        ("internalServerException", ErrorKind::Overloaded),
        ("serviceUnavailableException", ErrorKind::Overloaded),
        ("modelTimeoutException", ErrorKind::Timeout),
        ("accessDeniedException", ErrorKind::Permission),
    ] {
        let answer = events(&[
            start(),
            delta(0, json!({"text": "Hi"})),
            exception(name, r#"{"message":"Too many tokens, please wait."}"#),
        ]);
        let error = failure(&answer);
        assert_eq!(error.kind, kind, "{name}");
        assert_eq!(error.vendor_code.as_deref(), Some(name));
        assert_eq!(error.vendor_message.as_deref(), Some("Too many tokens, please wait."));
        assert_eq!(parts(&answer), [Part::text("Hi")]);
    }
}

#[test]
fn an_exception_without_a_body_is_an_error_all_the_same() {
    for payload in ["", "busy", "{\"mess"] {
        let answer = events(&[start(), exception("serviceUnavailableException", payload)]);
        assert_eq!(failure(&answer).kind, ErrorKind::Overloaded, "{payload}");
    }
}

#[test]
fn reasoning_keeps_every_piece_of_its_signature_and_the_blocks_their_order() {
    let answer = events(&[
        start(),
        delta(0, json!({"reasoningContent": {"text": "hm"}})),
        delta(0, json!({"reasoningContent": {"signature": "ab"}})),
        delta(0, json!({"reasoningContent": {"signature": "ab"}})),
        end(0),
        delta(1, json!({"text": "So"})),
        end(1),
        stop("end_turn"),
        metadata(),
    ]);
    assert_eq!(
        parts(&answer),
        [
            Part::Reasoning { text: "hm".into(), signature: Some("abab".into()), family: "bedrock".into() },
            Part::text("So"),
        ]
    );
}

#[test]
fn reasoning_and_text_under_one_index_are_two_blocks() {
    let answer = events(&[
        start(),
        delta(0, json!({"reasoningContent": {"text": "hm"}})),
        delta(0, json!({"text": "So"})),
        end(0),
        stop("end_turn"),
    ]);
    let ends = |block| answer.contains(&Event::BlockEnd { block });
    assert!(answer.contains(&Event::Text { block: 1, delta: "So".into() }), "{answer:?}");
    assert!(ends(0) && ends(1), "{answer:?}");
    assert_eq!(parts(&answer).len(), 2);
}

#[test]
fn redacted_reasoning_is_handed_on_whole_as_it_goes_back() {
    let redacted = |content: &str| json!({"reasoningContent": {"redactedContent": content}});
    let answer = events(&[
        start(),
        delta(0, redacted("QUI=")),
        delta(0, redacted("Qw==")),
        end(0),
        delta(1, redacted("not base64!")),
        end(1),
        stop("end_turn"),
        metadata(),
    ]);
    let opaque = |content: &str| Part::Opaque { family: "bedrock".into(), value: redacted(content) };
    assert_eq!(parts(&answer), [opaque("QUJD"), opaque("not base64!")]);
}

#[test]
fn a_tool_call_comes_in_pieces_or_without_any() {
    let tool = |id: &str| json!({"toolUse": {"toolUseId": id, "name": "find"}});
    let input = |text: &str| json!({"toolUse": {"input": text}});
    let answer = events(&[
        start(),
        delta(0, json!({"text": "Let me see."})),
        end(0),
        begin(1, tool("tooluse_a")),
        delta(1, input("")),
        delta(1, input("{\"q\":")),
        delta(1, input("1}")),
        end(1),
        begin(2, tool("tooluse_b")),
        end(2),
        begin(3, tool("")),
        end(3),
        stop("tool_use"),
        metadata(),
    ]);
    let call = |id: &str, arguments: &str| Part::ToolCall {
        id: id.into(),
        name: "find".into(),
        arguments: arguments.into(),
    };
    assert_eq!(
        parts(&answer),
        [
            Part::text("Let me see."),
            call("tooluse_a", "{\"q\":1}"),
            call("tooluse_b", "{}"),
            call("call_3", "{}")
        ]
    );
    assert_eq!(finish(&answer).0, FinishReason::ToolCalls);
}

#[test]
fn calls_that_are_interleaved_are_kept_apart() {
    let tool = |id: &str| json!({"toolUse": {"toolUseId": id, "name": id}});
    let input = |text: &str| json!({"toolUse": {"input": text}});
    let answer = events(&[
        begin(0, tool("a")),
        begin(1, tool("b")),
        delta(0, input("{\"x\":")),
        delta(1, input("{}")),
        delta(0, input("1}")),
        end(1),
        end(0),
        stop("tool_use"),
        metadata(),
    ]);
    let call = |id: &str, arguments: &str| Part::ToolCall {
        id: id.into(),
        name: id.into(),
        arguments: arguments.into(),
    };
    assert_eq!(parts(&answer), [call("a", "{\"x\":1}"), call("b", "{}")]);
}

#[test]
fn a_tool_that_runs_at_the_provider_is_no_call_for_us() {
    let answer = events(&[
        start(),
        begin(0, json!({"toolUse": {"toolUseId": "s", "name": "nova_grounding", "type": "server_tool_use"}})),
        delta(0, json!({"toolUse": {"input": "{\"q\":1}"}})),
        end(0),
        begin(1, json!({"toolResult": {"toolUseId": "s", "type": "x", "status": "success"}})),
        delta(1, json!({"toolResult": [{"text": "found"}]})),
        end(1),
        delta(2, json!({"text": "So"})),
        end(2),
        stop("end_turn"),
        metadata(),
    ]);
    let opaque = |value| Part::Opaque { family: "bedrock".into(), value };
    assert_eq!(
        parts(&answer),
        [
            opaque(json!({"toolUse": {"toolUseId": "s", "name": "nova_grounding", "type": "server_tool_use",
                "input": {"q": 1}}})),
            opaque(json!({"toolResult": {"toolUseId": "s", "type": "x", "status": "success",
                "content": [{"text": "found"}]}})),
            Part::text("So"),
        ]
    );
}

#[test]
fn every_stop_reason_has_its_meaning() {
    let other = |raw: &str| FinishReason::Other { raw: raw.into() };
    for (raw, reason) in [
        ("end_turn", FinishReason::Stop),
        ("stop_sequence", FinishReason::Stop),
        ("max_tokens", FinishReason::Length),
        ("model_context_window_exceeded", FinishReason::Length),
        ("tool_use", FinishReason::ToolCalls),
        ("guardrail_intervened", FinishReason::ContentFilter),
        ("content_filtered", FinishReason::ContentFilter),
        ("refusal", FinishReason::Refusal),
        ("malformed_model_output", other("malformed_model_output")),
        ("malformed_tool_use", other("malformed_tool_use")),
        ("moonrise", other("moonrise")),
    ] {
        assert_eq!(finish(&events(&[start(), stop(raw), metadata()])).0, reason, "{raw}");
    }
}

#[test]
fn events_and_deltas_nobody_knows_are_noted() {
    let answer = events(&[
        start(),
        event("weather", json!({"rain": true})),
        delta(0, json!({"text": "Hi"})),
        delta(0, json!({"citation": {"title": "T"}})),
        delta(9, json!({"toolUse": {"input": "{}"}})),
        end(0),
        stop("end_turn"),
        metadata(),
    ]);
    assert_eq!(notes(&answer), 3);
    assert_eq!(parts(&answer), [Part::text("Hi")]);
}

#[test]
fn blocks_that_never_ended_end_with_the_message() {
    let answer = events(&[start(), delta(0, json!({"text": "Hi"})), stop("max_tokens"), metadata()]);
    assert!(answer.contains(&Event::BlockEnd { block: 0 }));
}

#[test]
fn a_whole_answer_instead_of_a_stream_is_an_answer() {
    let answer = json!({"output": {"message": {"role": "assistant", "content": [
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
        {"reasoningContent": {"redactedContent": "QQ=="}},
        {"text": "Hi"},
        {"citationsContent": {"content": [{"text": " there"}], "citations": []}},
        {"toolUse": {"toolUseId": "t", "name": "find", "input": {"q": 1}}},
        {"toolUse": {"toolUseId": "u", "name": "now", "input": {}}},
    ]}}, "stopReason": "tool_use", "usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3},
        "metrics": {"latencyMs": 1}});
    let events = super::events(WireKind::BedrockConverse, answer.to_string().as_bytes());
    let call = |id: &str, name: &str, arguments: &str| Part::ToolCall {
        id: id.into(),
        name: name.into(),
        arguments: arguments.into(),
    };
    assert_eq!(
        parts(&events),
        [
            Part::Reasoning { text: "hm".into(), signature: Some("s".into()), family: "bedrock".into() },
            Part::Opaque {
                family: "bedrock".into(),
                value: json!({"reasoningContent": {"redactedContent": "QQ=="}})
            },
            Part::text("Hi"),
            Part::text(" there"),
            call("t", "find", "{\"q\":1}"),
            call("u", "now", "{}"),
        ]
    );
    let usage = Usage { input: Some(1), output: Some(2), ..Usage::default() };
    assert_eq!(finish(&events), (FinishReason::ToolCalls, usage));
}

#[test]
fn pages_errors_and_nothing_instead_of_a_stream_are_told_apart() {
    let read = |bytes: &[u8]| failure(&super::events(WireKind::BedrockConverse, bytes));
    assert!(read(b"\n<!doctype html><title>Sign in</title>").to_string().contains("`Sign in`"));
    assert_eq!(read(b"").kind, ErrorKind::Truncated);
    assert_eq!(read(b"\r\n").kind, ErrorKind::Truncated);
    assert_eq!(read(br#"{"output":{"mess"#).kind, ErrorKind::Truncated);
    let error = read(br#"{"__type":"com.amazon.coral#ThrottlingException","message":"slow down"}"#);
    assert_eq!((error.kind, error.vendor_message.as_deref()), (ErrorKind::RateLimit, Some("slow down")));
    let error = read(br#"{"hello":1}"#);
    assert_eq!((error.kind, error.vendor_message.as_deref()), (ErrorKind::Decode, Some(r#"{"hello":1}"#)));
}

#[test]
fn a_stop_that_came_is_an_end_even_when_the_connection_breaks_after_it() {
    let mut decode = Decode::new(&target(WireKind::BedrockConverse));
    let mut events = Vec::new();
    decode.feed(&[start(), stop("end_turn")].concat(), &mut events);
    decode.end(Some(ProviderError::new(ErrorKind::Timeout, "")), &mut events);
    assert_eq!(finish(&events).0, FinishReason::Stop);
}

proptest! {
    #[test]
    fn no_bytes_and_no_json_at_all_can_break_the_decoder(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        frames in prop::collection::vec(odd_frames(), 0..6),
    ) {
        let stream = frames.iter().flat_map(|(name, payload)| aws_message("event", name, payload)).collect();
        let mut torn: Vec<u8> = start();
        torn.extend(&bytes);
        for bytes in [bytes, stream, torn] {
            let events = super::replay(WireKind::BedrockConverse, [&bytes[..]]);
            prop_assert_eq!(events.iter().filter(|event| event.is_terminal()).count(), 1);
            prop_assert_eq!(super::replay(WireKind::BedrockConverse, bytes.chunks(3)), events.clone());
            let _ = parts(&events);
        }
    }
}

/// Messages of known fields with values of the wrong kind.
fn odd_frames() -> impl Strategy<Value = (&'static str, String)> {
    let leaf = prop::sample::select(vec!["null", "1", "-1", "\"x\"", "[]", "{}", "true", "[{}]", "1e99"]);
    let shape = prop::sample::select(vec![
        ("messageStart", "@"),
        ("contentBlockStart", r#"{"contentBlockIndex":@,"start":@}"#),
        ("contentBlockStart", r#"{"contentBlockIndex":0,"start":{"toolUse":@}}"#),
        ("contentBlockStart", r#"{"contentBlockIndex":0,"start":{"toolUse":{"type":"s","input":@}}}"#),
        ("contentBlockStart", r#"{"contentBlockIndex":0,"start":{"toolResult":@}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":@,"delta":@}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"toolResult":@}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":@}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{}"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":@}}"#),
        (
            "contentBlockDelta",
            r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"redactedContent":"=A"}}}"#,
        ),
        ("contentBlockStop", r#"{"contentBlockIndex":@}"#),
        ("messageStop", r#"{"stopReason":@}"#),
        ("metadata", r#"{"usage":@}"#),
        ("metadata", r#"{"usage":{"inputTokens":@,"cacheReadInputTokens":4294967295,"outputTokens":@}}"#),
    ]);
    (shape, prop::collection::vec(leaf, 2)).prop_map(|((name, shape), leaves)| {
        (name, leaves.iter().fold(shape.to_owned(), |text, leaf| text.replacen('@', leaf, 1)))
    })
}
