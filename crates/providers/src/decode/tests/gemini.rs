//! Traps of generateContent streams.

use super::{failure, finish, notes};
use crate::error::ErrorKind;
use crate::event::Event;
use crate::target::WireKind;
use proptest::prelude::*;
use rearview_domain::message::Part;
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::{Value, json};

fn stream(frames: &[Value]) -> String {
    frames.iter().map(|frame| format!("data: {frame}\r\n\r\n")).collect()
}

fn says(parts: Value) -> Value {
    json!({"candidates": [{"content": {"role": "model", "parts": parts}}]})
}

fn ends(parts: Value, reason: &str) -> Value {
    json!({"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": reason}]})
}

fn events(text: &str) -> Vec<Event> {
    super::events(WireKind::Gemini, text.as_bytes())
}

fn parts(events: &[Event]) -> Vec<Part> {
    super::parts(WireKind::Gemini, events)
}

fn call(id: &str, name: &str, arguments: &str) -> Part {
    Part::ToolCall { id: id.into(), name: name.into(), arguments: arguments.into() }
}

fn opaque(value: Value) -> Part {
    Part::Opaque { family: "gemini".into(), value }
}

#[test]
fn an_answer_comes_as_these_events_and_the_last_usage_counts() {
    let frame = |text: &str, usage: Value| {
        let mut frame = says(json!([{"text": text}]));
        frame["responseId"] = "r1".into();
        frame["modelVersion"] = "gemini-2.5-flash".into();
        frame["usageMetadata"] = usage;
        frame
    };
    let mut last = frame(
        "😀",
        json!({"promptTokenCount": 10, "toolUsePromptTokenCount": 2,
        "cachedContentTokenCount": 4, "candidatesTokenCount": 3, "thoughtsTokenCount": 5, "totalTokenCount": 20}),
    );
    last["candidates"][0]["finishReason"] = "STOP".into();
    let text = stream(&[frame("Hi ", json!({"promptTokenCount": 10, "totalTokenCount": 10})), last]);
    let first = Usage { input: Some(10), ..Usage::default() };
    let whole = Usage {
        input: Some(12),
        output: Some(8),
        cache_read: Some(4),
        cache_write: None,
        reasoning: Some(5),
    };
    assert_eq!(
        events(&text),
        [
            Event::Started { id: Some("r1".into()), model: Some("gemini-2.5-flash".into()) },
            Event::Text { block: 0, delta: "Hi ".into() },
            Event::Usage(first),
            Event::Text { block: 0, delta: "😀".into() },
            Event::Usage(whole.clone()),
            Event::BlockEnd { block: 0 },
            Event::Finished { reason: FinishReason::Stop, usage: whole },
        ]
    );
}

#[test]
fn thoughts_that_are_counted_among_what_was_said_are_not_counted_twice() {
    let mut last = ends(json!([{"text": "a"}]), "STOP");
    last["usageMetadata"] = json!({"promptTokenCount": 1, "candidatesTokenCount": 9, "thoughtsTokenCount": 4,
        "totalTokenCount": 10});
    assert_eq!(finish(&events(&stream(&[last]))).1.output, Some(9));
}

#[test]
fn the_end_of_the_bytes_is_the_end_only_behind_a_finish_reason() {
    let text = stream(&[says(json!([{"text": "Hel"}]))]);
    let events = events(&text);
    assert_eq!(failure(&events).kind, ErrorKind::Truncated);
    assert_eq!(parts(&events), [Part::text("Hel")]);
}

#[test]
fn the_list_that_comes_without_alt_sse_and_a_plain_answer_are_read_alike() {
    let frames = [says(json!([{"text": "a"}])), ends(json!([{"text": "b"}]), "MAX_TOKENS")];
    let whole = ends(json!([{"text": "ab"}]), "MAX_TOKENS");
    for text in [json!(frames).to_string(), format!(" \n{}", json!(frames)), whole.to_string()] {
        let events = events(&text);
        assert_eq!(finish(&events).0, FinishReason::Length, "{text}");
        assert_eq!(parts(&events), [Part::text("ab")], "{text}");
    }
    assert_eq!(failure(&events("[]")).kind, ErrorKind::Truncated);
    assert_eq!(
        failure(&events(&json!([says(json!([{"text": "a"}]))]).to_string())).kind,
        ErrorKind::Truncated
    );
    assert_eq!(failure(&events(r#"{"usageMetadata":{}}"#)).kind, ErrorKind::Truncated);
}

#[test]
fn a_call_comes_whole_gets_an_id_and_turns_stop_into_tool_calls() {
    let text = stream(&[
        says(json!([{"text": "So"}, {"functionCall": {"name": "find", "args": {"q": 1.50, "a": [true]}}}])),
        ends(
            json!([{"functionCall": {"name": "find", "args": {}}}, {"functionCall": {"name": "now"}}]),
            "STOP",
        ),
    ]);
    let events = events(&text);
    assert_eq!(
        parts(&events),
        [
            Part::text("So"),
            call("call_1", "find", r#"{"q":1.5,"a":[true]}"#),
            call("call_2", "find", "{}"),
            call("call_3", "now", "{}"),
        ]
    );
    assert_eq!(finish(&events).0, FinishReason::ToolCalls);
}

#[test]
fn ids_of_the_api_are_kept_and_remembered_as_its_own_and_never_doubled() {
    let named = |id: &str| json!({"functionCall": {"id": id, "name": "f"}});
    let text = stream(&[ends(json!([named("x"), named("call_3"), named("x"), named("")]), "STOP")]);
    let kept = |id: &str| opaque(json!({"forCall": id, "idFrom": "studio"}));
    assert_eq!(
        parts(&events(&text)),
        [
            call("x", "f", "{}"),
            kept("x"),
            call("call_3", "f", "{}"),
            kept("call_3"),
            call("call_4", "f", "{}"),
            call("call_5", "f", "{}"),
        ]
    );
}

#[test]
fn a_minted_id_that_the_api_has_used_is_minted_otherwise() {
    let text = stream(&[ends(
        json!([{"functionCall": {"id": "call_2", "name": "f"}}, {"functionCall": {"name": "g"}}]),
        "STOP",
    )]);
    assert_eq!(parts(&events(&text))[2], call("call_2_", "g", "{}"));
}

#[test]
fn arguments_in_pieces_are_one_call() {
    let piece = |call: Value| says(json!([{"functionCall": call}]));
    let text = stream(&[
        says(json!([{"functionCall": {"name": "weather", "willContinue": true}, "thoughtSignature": "s"}])),
        piece(json!({"partialArgs": [{"jsonPath": "$.place", "stringValue": "New ", "willContinue": true}],
            "willContinue": true})),
        piece(
            json!({"partialArgs": [{"jsonPath": "$.place", "stringValue": "Delhi"}], "willContinue": true}),
        ),
        piece(json!({"name": "weather", "partialArgs": [{"jsonPath": "$.days[0]", "numberValue": 3}],
            "willContinue": true})),
        ends(json!([{"functionCall": {}}]), "STOP"),
    ]);
    let events = events(&text);
    assert_eq!(
        parts(&events),
        [
            call("call_0", "weather", r#"{"place":"New Delhi","days":[3]}"#),
            opaque(json!({"forCall": "call_0", "thoughtSignature": "s"})),
        ]
    );
    assert_eq!(finish(&events).0, FinishReason::ToolCalls);
    assert_eq!(notes(&events), 0);
}

#[test]
fn two_calls_of_one_name_in_a_row_are_two_calls() {
    let text = stream(&[
        says(json!([{"functionCall": {"name": "f", "args": {"a": 1}, "willContinue": false}}])),
        ends(json!([{"functionCall": {"name": "f", "args": {"a": 2}}}]), "STOP"),
    ]);
    assert_eq!(parts(&events(&text)), [call("call_0", "f", r#"{"a":1}"#), call("call_1", "f", r#"{"a":2}"#)]);
}

#[test]
fn thoughts_are_reasoning_and_keep_their_signatures_apart() {
    let thought = |text: &str, signature: Option<&str>| match signature {
        Some(signature) => json!([{"text": text, "thought": true, "thoughtSignature": signature}]),
        None => json!([{"text": text, "thought": true}]),
    };
    let text = stream(&[
        says(thought("I ", None)),
        says(thought("see", Some("s1"))),
        says(thought("And", Some("s2"))),
        ends(json!([{"text": "So"}]), "STOP"),
    ]);
    let reasoning = |text: &str, signature: &str| Part::Reasoning {
        text: text.into(),
        signature: Some(signature.into()),
        family: "gemini".into(),
    };
    assert_eq!(parts(&events(&text)), [reasoning("I see", "s1"), reasoning("And", "s2"), Part::text("So")]);
}

#[test]
fn the_signature_of_a_call_stands_right_behind_it() {
    let text = stream(&[ends(
        json!([
            {"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "s1"},
            {"functionCall": {"name": "g"}},
        ]),
        "STOP",
    )]);
    assert_eq!(
        parts(&events(&text)),
        [
            call("call_0", "f", r#"{"a":1}"#),
            opaque(json!({"forCall": "call_0", "thoughtSignature": "s1"})),
            call("call_2", "g", "{}"),
        ]
    );
}

#[test]
fn signed_increments_of_a_text_stay_one_text_and_are_remembered_by_their_places() {
    let text = stream(&[
        says(json!([{"text": "Añ", "thoughtSignature": "s1"}])),
        says(json!([{"text": "a is "}])),
        says(json!([{"text": "here"}])),
        ends(json!([{"text": "", "thoughtSignature": "s2"}]), "STOP"),
    ]);
    assert_eq!(
        parts(&events(&text)),
        [
            Part::text("Aña is here"),
            opaque(json!({"forText": 12, "signed": [
                {"start": 0, "end": 3, "thoughtSignature": "s1"},
                {"start": 12, "end": 12, "thoughtSignature": "s2"},
            ]})),
        ]
    );
}

#[test]
fn a_signature_with_no_text_before_it_is_kept_as_the_part_that_it_came_in() {
    let alone = json!({"text": "", "thoughtSignature": "s"});
    let text = stream(&[ends(json!([{"functionCall": {"name": "f"}}, alone]), "STOP")]);
    assert_eq!(parts(&events(&text)), [call("call_0", "f", "{}"), opaque(alone)]);
}

#[test]
fn images_code_and_what_is_not_known_yet_are_kept_as_they_came() {
    let image = json!({"inlineData": {"mimeType": "image/png", "data": "QUJD"}, "thoughtSignature": "s"});
    let code = json!({"executableCode": {"language": "PYTHON", "code": "1"}});
    let new = json!({"hologram": 1});
    let text = stream(&[ends(json!([{"text": "See"}, image, code, new, {}, {"text": ""}]), "STOP")]);
    assert_eq!(parts(&events(&text)), [Part::text("See"), opaque(image), opaque(code), opaque(new)]);
}

#[test]
fn every_finish_reason_of_the_vendor_is_told_and_new_ones_keep_their_word() {
    use FinishReason::{ContentFilter, Length, Stop};
    let reason = |raw: &str| finish(&events(&stream(&[ends(json!([]), raw)]))).0;
    assert_eq!(reason("STOP"), Stop);
    for raw in ["MAX_TOKENS", "CONTINUATION"] {
        assert_eq!(reason(raw), Length, "{raw}");
    }
    for raw in [
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
        "MODEL_ARMOR",
        "ESCALATION",
    ] {
        assert_eq!(reason(raw), ContentFilter, "{raw}");
    }
    for raw in [
        "FINISH_REASON_UNSPECIFIED",
        "LANGUAGE",
        "OTHER",
        "MALFORMED_FUNCTION_CALL",
        "IMAGE_OTHER",
        "NO_IMAGE",
        "UNEXPECTED_TOOL_CALL",
        "TOO_MANY_TOOL_CALLS",
        "MISSING_THOUGHT_SIGNATURE",
        "MALFORMED_RESPONSE",
        "PUP_LIMITED_DISABLED",
        "NEXT_YEARS",
    ] {
        assert_eq!(reason(raw), FinishReason::Other { raw: raw.into() }, "{raw}");
    }
}

#[test]
fn a_call_that_broke_off_is_no_call_to_run() {
    let text = stream(&[ends(json!([{"functionCall": {"name": "f"}}]), "MALFORMED_FUNCTION_CALL")]);
    assert_eq!(finish(&events(&text)).0, FinishReason::Other { raw: "MALFORMED_FUNCTION_CALL".into() });
}

#[test]
fn a_blocked_message_fails_with_the_reason() {
    let blocked = json!({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT", "blockReasonMessage": "No."},
        "usageMetadata": {"promptTokenCount": 3}});
    for text in [stream(std::slice::from_ref(&blocked)), blocked.to_string(), json!([blocked]).to_string()] {
        let error = failure(&events(&text));
        assert_eq!(error.kind, ErrorKind::ContentFilter);
        assert_eq!(error.vendor_code.as_deref(), Some("PROHIBITED_CONTENT"));
        assert_eq!(error.vendor_message.as_deref(), Some("No."));
        assert!(error.to_string().contains("PROHIBITED_CONTENT"), "{error}");
    }
}

#[test]
fn an_error_inside_a_stream_fails_with_its_kind_and_keeps_what_came() {
    let error =
        json!({"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}});
    for error in [error.clone(), json!([error])] {
        let events = events(&stream(&[says(json!([{"text": "Hel"}])), error]));
        let told = failure(&events);
        assert_eq!((told.kind, told.vendor_code.as_deref()), (ErrorKind::Overloaded, Some("UNAVAILABLE")));
        assert_eq!(parts(&events), [Part::text("Hel")]);
    }
    let listed =
        json!([{"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}]);
    assert_eq!(failure(&events(&listed.to_string())).kind, ErrorKind::Auth);
}

#[test]
fn an_error_in_the_midst_of_the_list_keeps_what_came() {
    let error = json!({"error": {"code": 429, "message": "slow", "status": "RESOURCE_EXHAUSTED"}});
    let events = events(&json!([says(json!([{"text": "Hel"}])), error]).to_string());
    assert_eq!(failure(&events).kind, ErrorKind::RateLimit);
    assert_eq!(parts(&events), [Part::text("Hel")]);
}

#[test]
fn of_several_answers_the_first_is_read_and_unknown_frames_are_noted() {
    let text = stream(&[
        json!({"candidates": [
            {"index": 0, "content": {"parts": [{"text": "a"}]}, "finishReason": "STOP"},
            {"index": 1, "content": {"parts": [{"text": "b"}]}, "finishReason": "SAFETY"},
        ]}),
        json!({"heartbeat": 1}),
    ]);
    let events = events(&text);
    assert_eq!(parts(&events), [Part::text("a")]);
    assert_eq!(finish(&events).0, FinishReason::Stop);
    assert_eq!(notes(&events), 1);
}

/// Frames of known fields with values of the wrong kind.
fn odd_frames() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "null",
        "1",
        "-1",
        "\"x\"",
        "\"\"",
        "[]",
        "{}",
        "true",
        "[{}]",
        "[null]",
        "1e99",
        "{\"a\":1}",
    ]);
    let shape = prop::sample::select(vec![
        r#"{"candidates":@,"promptFeedback":@,"usageMetadata":@,"responseId":@}"#,
        r#"{"candidates":[@]}"#,
        r#"{"candidates":[{"content":@,"finishReason":@,"index":@}]}"#,
        r#"{"candidates":[{"content":{"parts":@},"finishReason":"STOP"}]}"#,
        r#"{"candidates":[{"content":{"parts":[@,@]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"text":@,"thought":@,"thoughtSignature":@}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"functionCall":@,"thoughtSignature":@}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","id":@,"args":@,"willContinue":true}}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":@,"partialArgs":@,"willContinue":@}}]}}]}"#,
        r#"{"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":@,"stringValue":@}]}}]}}]}"#,
        r#"{"promptFeedback":{"blockReason":@,"blockReasonMessage":@}}"#,
        r#"{"usageMetadata":{"promptTokenCount":@,"candidatesTokenCount":@,"totalTokenCount":@}}"#,
        r#"{"error":@}"#,
        r#"[@,@]"#,
    ]);
    (shape, prop::collection::vec(leaf, 4)).prop_map(|(shape, leaves)| {
        let filled = leaves.iter().fold(shape.to_owned(), |text, leaf| text.replacen('@', leaf, 1));
        assert!(!filled.contains('@'), "more gaps than values in {shape}");
        filled
    })
}

proptest! {
    #[test]
    fn no_json_at_all_can_break_the_decoder(frames in prop::collection::vec(odd_frames(), 0..6)) {
        let stream: String = frames.iter().map(|frame| format!("data: {frame}\n\n")).collect();
        for text in [stream, format!("[{}]", frames.join(",")), frames.concat()] {
            let events = super::replay(WireKind::Gemini, [text.as_bytes()]);
            prop_assert_eq!(events.iter().filter(|event| event.is_terminal()).count(), 1);
            let _ = parts(&events);
        }
    }
}
