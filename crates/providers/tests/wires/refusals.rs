//! Refusals before the first byte: each is told as what it means, and tried again only when that can help.

use crate::refusal::{Refusal, Why};
use crate::script::Script;
use crate::server::Play;
use crate::spelling::REQUEST_ID;
use crate::subject::Subject;
use rearview_providers::ErrorKind;
use std::time::Duration;

on_every_wire!(
    too_many_requests_are_tried_again_after_the_wait_that_is_asked_for,
    a_wait_that_is_too_long_is_told_and_not_waited_for,
    a_wrong_key_an_unknown_model_and_a_prompt_that_is_too_long_are_told_apart,
    a_broken_server_is_tried_twice_more_and_told,
    a_web_page_is_no_answer_with_any_status,
    a_redirect_is_told_and_not_followed,
);

async fn too_many_requests_are_tried_again_after_the_wait_that_is_asked_for(subject: Subject) {
    // Without the wait that is asked for, the next try would come after half a second at most.
    let busy = Refusal::of(&subject, Why::TooMany, "").header("retry-after", "1");
    let server = subject.server(vec![Play::Refuse(busy), Play::Answer(Script::text("Hi"))]).await;
    let told = subject.ask(&server).await;
    assert_eq!(told.text(), "Hi");
    let got = server.got();
    assert_eq!(got.len(), 2);
    let waited = got[1].at.duration_since(got[0].at);
    assert!(waited >= Duration::from_secs(1), "{waited:?}");
    assert_eq!(got[0].body, got[1].body);
}

async fn a_wait_that_is_too_long_is_told_and_not_waited_for(subject: Subject) {
    let busy = Refusal::of(&subject, Why::TooMany, "").header("retry-after", "3600");
    let server = subject.refusing(busy).await;
    let error = subject.refused(&server).await;
    assert_eq!((error.kind, error.status), (ErrorKind::RateLimit, Some(429)));
    assert_eq!(error.retry_after_ms, Some(3_600_000));
    assert_eq!(error.request_id.as_deref(), Some(REQUEST_ID));
    server.only();
}

async fn a_wrong_key_an_unknown_model_and_a_prompt_that_is_too_long_are_told_apart(subject: Subject) {
    for (why, kind) in [
        (Why::WrongKey, ErrorKind::Auth),
        (Why::NoModel, ErrorKind::UnknownModel),
        (Why::TooLong, ErrorKind::ContextLength),
    ] {
        let refusal = Refusal::of(&subject, why, "");
        let status = refusal.status;
        let server = subject.refusing(refusal).await;
        let error = subject.refused(&server).await;
        assert_eq!((error.kind, error.status), (kind, Some(status)), "{why:?}: {error:?}");
        assert_eq!(error.request_id.as_deref(), Some(REQUEST_ID), "{why:?}");
        assert!(error.vendor_message.is_some_and(|words| !words.is_empty()), "{why:?}");
        server.only();
    }
}

async fn a_broken_server_is_tried_twice_more_and_told(subject: Subject) {
    let broken = || Play::Refuse(Refusal::of(&subject, Why::Broken, "").header("retry-after-ms", "1"));
    let plays = vec![broken(), broken(), broken(), Play::Answer(Script::text("too late"))];
    let server = subject.server(plays).await;
    let error = subject.refused(&server).await;
    assert_eq!((error.kind, error.status), (ErrorKind::Overloaded, Some(500)));
    assert_eq!(server.got().len(), 3);
}

async fn a_web_page_is_no_answer_with_any_status(subject: Subject) {
    let page = "<!doctype html><html><head><title>Sign in</title></head><body>x</body></html>";
    let server = subject.refusing(Refusal::new(404, "text/html", page)).await;
    let error = subject.refused(&server).await;
    assert_eq!((error.kind, error.status), (ErrorKind::Invalid, Some(404)));
    assert!(error.to_string().contains("Sign in"), "{error}");
    assert_eq!(error.vendor_message, None);
    // A status of success does not make it one.
    let server = subject.refusing(Refusal::new(200, "text/html", page)).await;
    let told = subject.ask(&server).await;
    assert_eq!(told.failure().kind, ErrorKind::Decode, "{:?}", told.failure());
    assert!(told.parts().is_empty());
}

async fn a_redirect_is_told_and_not_followed(subject: Subject) {
    let elsewhere = subject.answering(Script::text("Hi")).await;
    let moved = Refusal::new(307, "text/plain", "").header("location", &elsewhere.root());
    let server = subject.refusing(moved).await;
    let error = subject.refused(&server).await;
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.to_string().contains(&elsewhere.root()), "{error}");
    assert!(elsewhere.got().is_empty(), "the key went elsewhere");
    server.only();
}
