//! How a response ends: whole, cut by a limit, failed, or not at all.

use super::*;

#[test]
fn an_incomplete_response_tells_why_and_keeps_what_came() {
    let end =
        |why: Value| ended("response.incomplete", json!({"status": "incomplete", "incomplete_details": why}));
    for (why, expected) in [
        (json!({"reason": "max_output_tokens"}), FinishReason::Length),
        (json!({"reason": "content_filter"}), FinishReason::ContentFilter),
        (json!({"reason": "tired"}), FinishReason::Other { raw: "tired".into() }),
        (Value::Null, FinishReason::Other { raw: "incomplete".into() }),
    ] {
        let events = streamed(&[created(), added(0, opened("m")), text(0, "m", "So"), end(why)]);
        assert_eq!(finish(&events), (expected, usage()));
        assert_eq!(parts(&events), [Part::text("So")]);
        assert!(events.contains(&Event::BlockEnd { block: 0 }));
    }
    // An imitator says that it is complete and means that it is not.
    let end = ended(
        "response.completed",
        json!({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}),
    );
    assert_eq!(reason(&[created(), end]), FinishReason::Length);
}

#[test]
fn a_call_that_the_limit_cut_off_keeps_the_arguments_that_came() {
    let end = ended("response.incomplete", json!({"incomplete_details": {"reason": "max_output_tokens"}}));
    let events =
        streamed(&[created(), added(0, function("fc", "call_1", "")), arguments(0, "fc", "{\"q\":"), end]);
    assert_eq!(parts(&events), [call("call_1", "find", "{\"q\":")]);
    assert_eq!(finish(&events).0, FinishReason::Length);
}

#[test]
fn a_failed_response_and_a_bare_error_fail_with_the_kind_that_their_code_means() {
    for (code, kind) in [
        ("server_error", ErrorKind::Overloaded),
        ("rate_limit_exceeded", ErrorKind::RateLimit),
        ("insufficient_quota", ErrorKind::Quota),
        ("context_length_exceeded", ErrorKind::ContextLength),
        ("invalid_prompt", ErrorKind::ContentFilter),
        ("image_content_policy_violation", ErrorKind::ContentFilter),
        ("invalid_image_format", ErrorKind::Invalid),
        ("image_too_large", ErrorKind::Invalid),
        ("vector_store_timeout", ErrorKind::Timeout),
        ("something_new", ErrorKind::Overloaded),
    ] {
        let wrong = json!({"code": code, "message": "no"});
        let failed = ended("response.failed", json!({"status": "failed", "error": wrong}));
        let bare = json!({"type": "error", "code": code, "message": "no", "param": null});
        let nested = json!({"type": "error", "error": {"type": "invalid_request_error", "code": code, "message": "no"}});
        for frame in [failed, bare, nested] {
            let events = streamed(&[created(), added(0, opened("m")), text(0, "m", "So"), frame.clone()]);
            let error = failure(&events);
            if code == "something_new" && frame["error"].is_object() {
                assert_eq!(error.kind, ErrorKind::Invalid, "{frame}");
            } else {
                assert_eq!(error.kind, kind, "{frame}");
            }
            assert_eq!(error.vendor_code.as_deref(), Some(code));
            assert_eq!(error.vendor_message.as_deref(), Some("no"));
            assert_eq!(parts(&events), [Part::text("So")]);
        }
    }
    let error = failure(&streamed(&[json!({"type": "error", "code": null, "message": "no"})]));
    assert_eq!((error.kind, error.vendor_code), (ErrorKind::Overloaded, None));
}

#[test]
fn a_stream_without_a_last_event_is_a_truncation_and_keeps_what_came() {
    let events =
        streamed(&[created(), added(0, opened("m")), text(0, "m", "So"), done(0, message("m", "So"))]);
    assert_eq!(failure(&events).kind, ErrorKind::Truncated);
    assert_eq!(parts(&events), [Part::text("So")]);
}

#[test]
fn a_whole_response_that_is_not_whole_says_so() {
    let whole = |status: &str, fields: Value| {
        let mut response = json!({"object": "response", "status": status, "output": [message("m", "So")]});
        response.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        events(&response.to_string())
    };
    let cut = whole("incomplete", json!({"incomplete_details": {"reason": "max_output_tokens"}}));
    assert_eq!(finish(&cut).0, FinishReason::Length);
    let failed = whole("failed", json!({"error": {"code": "server_error", "message": "no"}}));
    assert_eq!(failure(&failed).kind, ErrorKind::Overloaded);
    for status in ["in_progress", "queued", "cancelled"] {
        assert_eq!(failure(&whole(status, json!({}))).kind, ErrorKind::Truncated, "{status}");
    }
}
