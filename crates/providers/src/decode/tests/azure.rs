//! Traps of Azure's streams: they speak the wires of others, with its filter in between.

use super::{failure, finish, notes, parts};
use crate::classify;
use crate::error::ErrorKind;
use crate::event::Event;
use crate::target::WireKind;
use rearview_domain::message::Part;
use rearview_domain::turn::FinishReason;

const FILTERED: &str = r#"{"error":{"message":"The response was filtered due to the prompt triggering the content management policy.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"filtered":true,"detected":true},"violence":{"filtered":true,"severity":"high"}}}}}"#;

fn chat(text: &str) -> Vec<Event> {
    super::events(WireKind::OpenaiChat, text.as_bytes())
}

#[test]
fn a_first_chunk_without_a_choice_neither_ends_nor_names_the_answer() {
    let events = chat(concat!(
        r#"data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}"#,
        "\n\n",
        r#"data: {"id":"chatcmpl-1","model":"gpt-4o-2024-08-06","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"role":"assistant","content":""},"content_filter_results":{},"finish_reason":null}]}"#,
        "\n\n",
        r#"data: {"id":"chatcmpl-1","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}"#,
        "\n\n",
        r#"data: {"id":"","model":"","choices":[{"index":0,"finish_reason":null,"content_filter_offsets":{"check_offset":1,"start_offset":1,"end_offset":9},"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]}"#,
        "\n\n",
        r#"data: {"id":"chatcmpl-1","model":"gpt-4o-2024-08-06","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        "\n\n",
        r#"data: {"id":"chatcmpl-1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}"#,
        "\n\ndata: [DONE]\n\n",
    ));
    let started: Vec<_> = events.iter().filter(|event| matches!(event, Event::Started { .. })).collect();
    let named = Event::Started { id: Some("chatcmpl-1".into()), model: Some("gpt-4o-2024-08-06".into()) };
    assert_eq!(started, [&named]);
    assert_eq!(parts(WireKind::OpenaiChat, &events), [Part::text("Hi")]);
    let (reason, usage) = finish(&events);
    assert_eq!((reason, usage.input, notes(&events)), (FinishReason::Stop, Some(3), 0));
}

#[test]
fn the_filter_may_stop_an_answer_and_keeps_what_was_said() {
    let events = chat(concat!(
        r#"data: {"choices":[{"index":0,"delta":{"content":"Take"},"finish_reason":null}]}"#,
        "\n\n",
        r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"content_filter","content_filter_results":{"violence":{"filtered":true,"severity":"high"}}}]}"#,
        "\n\ndata: [DONE]\n\n",
    ));
    assert_eq!(parts(WireKind::OpenaiChat, &events), [Part::text("Take")]);
    assert_eq!(finish(&events).0, FinishReason::ContentFilter);
}

#[test]
fn the_filter_s_error_tells_which_rules_applied_as_a_refusal_and_inside_a_stream() {
    let refused = classify::from_answer(400, FILTERED.as_bytes());
    let streamed = failure(&chat(&format!("data: {FILTERED}\n\n")));
    let event = format!("event: error\ndata: {FILTERED}\n\n");
    let responses = failure(&super::events(WireKind::OpenaiResponses, event.as_bytes()));
    for error in [refused, streamed, responses] {
        assert_eq!(error.kind, ErrorKind::ContentFilter);
        assert_eq!(error.vendor_code.as_deref(), Some("content_filter"));
        assert_eq!(error.vendor_param.as_deref(), Some("prompt"));
        assert!(error.to_string().contains("its filter for jailbreak and violence applied"), "{error}");
    }
}

#[test]
fn the_reason_inside_of_the_error_counts_when_the_outer_one_says_nothing() {
    let body = br#"{"error":{"code":"BadRequest","message":"no","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#;
    assert_eq!(classify::from_answer(400, body).kind, ErrorKind::ContentFilter);
}

#[test]
fn a_deployment_that_is_not_there_is_an_unknown_model_and_the_hint_says_deployment() {
    let body = br#"{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}"#;
    let error = classify::from_answer(404, body);
    assert_eq!(error.kind, ErrorKind::UnknownModel);
    assert!(error.to_string().contains("deployments"), "{error}");
    assert!(error.to_error().hint.unwrap().contains("deployment"));
    let other = classify::from_answer(404, br#"{"error":{"code":"model_not_found","message":"no model"}}"#);
    assert!(!other.to_error().hint.unwrap().contains("deployment"));
}

#[test]
fn a_wrong_key_a_missing_role_and_a_full_queue_are_told_apart() {
    for (status, body, kind) in [
        (
            401,
            r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint."}}"#,
            ErrorKind::Auth,
        ),
        (
            401,
            r#"{"error":{"code":"PermissionDenied","message":"The principal lacks the required data action."}}"#,
            ErrorKind::Permission,
        ),
        (
            429,
            r#"{"error":{"code":"429","message":"Requests have exceeded token rate limit of your current pricing tier. Please retry after 6 seconds."}}"#,
            ErrorKind::RateLimit,
        ),
        (404, r#"{"error":{"code":"404","message":"Resource not found"}}"#, ErrorKind::Invalid),
    ] {
        assert_eq!(classify::from_answer(status, body.as_bytes()).kind, kind, "{body}");
    }
}
