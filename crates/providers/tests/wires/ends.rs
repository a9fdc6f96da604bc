//! How an answer ends when it does not end well: what came is kept, the end is told once, and nothing is asked
//! for twice.

use crate::script::{Ending, FAULT, Script, Step};
use crate::server::Play;
use crate::subject::{KEY, Subject, patient, request};
use futures_util::StreamExt;
use rearview_domain::message::Part;
use rearview_providers::{ErrorKind, Event, Provider, Timeouts};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

on_every_wire!(
    an_error_in_mid_stream_keeps_what_came_and_is_the_end,
    a_stream_without_its_mark_is_cut_off_and_keeps_what_came,
    a_broken_connection_keeps_what_came_and_is_not_tried_again,
    a_call_that_was_cut_off_keeps_what_came_of_it,
    a_stalled_stream_runs_out_of_time_and_keeps_what_came,
    stopping_an_answer_closes_the_connection,
    dropping_an_answer_closes_the_connection,
    an_empty_answer_is_cut_off,
);

fn half() -> Script {
    Script::new(vec![Step::Reasoning("Hm."), Step::Text("Half an ans".into())])
}

fn kept(told: &crate::subject::Told) -> (String, String) {
    (told.reasoning(), told.text())
}

fn what_came() -> (String, String) {
    ("Hm.".into(), "Half an ans".into())
}

async fn an_error_in_mid_stream_keeps_what_came_and_is_the_end(subject: Subject) {
    // Whatever follows the error, the mark of the end among it, changes nothing.
    for ending in [Ending::Whole, Ending::Unmarked, Ending::Cut] {
        let mut script = half().ending(ending).pieces(13);
        script.steps.push(Step::Fault(FAULT.into()));
        script.steps.push(Step::Text("wer after all".into()));
        let server = subject.server(vec![Play::Answer(script), Play::Answer(half())]).await;
        let told = subject.ask(&server).await;
        assert_eq!(kept(&told), what_came(), "{ending:?}");
        let error = told.failure();
        assert_eq!(error.kind, ErrorKind::Overloaded, "{ending:?}: {error:?}");
        assert_eq!(error.vendor_message.as_deref(), Some(FAULT), "{ending:?}");
        assert_eq!((error.status, error.provider_name.as_str()), (Some(200), "Acme"));
        assert_eq!(error.request_id.as_deref(), Some(crate::spelling::REQUEST_ID));
        server.only();
    }
}

async fn a_stream_without_its_mark_is_cut_off_and_keeps_what_came(subject: Subject) {
    let server = subject.answering(half().ending(Ending::Unmarked)).await;
    let told = subject.ask(&server).await;
    assert_eq!(kept(&told), what_came());
    assert_eq!(told.failure().kind, ErrorKind::Truncated);
}

async fn a_broken_connection_keeps_what_came_and_is_not_tried_again(subject: Subject) {
    let plays = vec![Play::Answer(half().ending(Ending::Cut)), Play::Answer(Script::text("again"))];
    let server = subject.server(plays).await;
    let told = subject.ask(&server).await;
    assert_eq!(kept(&told), what_came());
    assert_eq!(told.failure().kind, ErrorKind::Truncated);
    server.only();
}

async fn a_call_that_was_cut_off_keeps_what_came_of_it(subject: Subject) {
    let call = crate::tools::weather("call-1", r#"{"city":"Köln"}"#);
    let steps = vec![Step::Text("Let me look.".into()), Step::Calls(vec![call])];
    let server = subject.answering(Script::new(steps).ending(Ending::Unmarked)).await;
    let told = subject.ask(&server).await;
    assert_eq!(told.failure().kind, ErrorKind::Truncated);
    assert_eq!(told.text(), "Let me look.");
    let calls = told.parts().into_iter().filter_map(|part| match part {
        Part::ToolCall { name, arguments, .. } => Some((name, arguments)),
        _ => None,
    });
    assert_eq!(calls.collect::<Vec<_>>(), [("weather".to_owned(), r#"{"city":"Köln"}"#.to_owned())]);
}

async fn a_stalled_stream_runs_out_of_time_and_keeps_what_came(subject: Subject) {
    let server = subject.answering(half().ending(Ending::Stall)).await;
    let provider = Provider::new(Timeouts { idle: Duration::from_millis(300), ..Timeouts::default() });
    let opened = subject.open_with(&provider, &server, &request(), CancellationToken::new()).await.unwrap();
    let told = subject.read(opened).await;
    assert_eq!(kept(&told), what_came());
    assert_eq!(told.failure().kind, ErrorKind::Timeout);
    server.hung_up().await;
    server.only();
}

async fn stopping_an_answer_closes_the_connection(subject: Subject) {
    let server = subject.answering(half().ending(Ending::Stall)).await;
    let cancel = CancellationToken::new();
    let mut opened = subject.open_with(&patient(), &server, &request(), cancel.clone()).await.unwrap();
    let mut first = None;
    while !matches!(first, Some(Event::Text { .. })) {
        first = Some(opened.events.next().await.unwrap());
    }
    cancel.cancel();
    let told = subject.read(opened).await;
    assert_eq!(told.failure().kind, ErrorKind::Cancelled);
    assert!(!format!("{:?}", told.failure()).contains(KEY));
    server.hung_up().await;
}

async fn dropping_an_answer_closes_the_connection(subject: Subject) {
    let server = subject.answering(half().ending(Ending::Stall)).await;
    let mut opened = subject.open(&server, &request()).await.unwrap();
    opened.events.next().await.unwrap();
    drop(opened);
    server.hung_up().await;
}

async fn an_empty_answer_is_cut_off(subject: Subject) {
    let page = crate::refusal::Refusal::new(200, crate::spelling::content_type(subject.wire), "");
    let server = subject.refusing(page).await;
    let told = subject.ask(&server).await;
    assert_eq!(told.failure().kind, ErrorKind::Truncated);
    assert!(told.parts().is_empty());
}
