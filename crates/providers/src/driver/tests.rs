//! The driver against a scripted server on loopback: refusals, retries, cuts, stalls, cancelling.

mod aws;
mod concede;
mod gemini;
mod server;

use super::*;
use crate::assembly::Assembly;
use crate::encode::masked_headers;
use crate::request::{Piece, RequestMessage, RequestPart};
use rearview_domain::message::{Part, Role};
use rearview_domain::record::Origin;
use rearview_domain::turn::FinishReason;
use server::{Answer as Scripted, Server};

const GOOD: &str =
    "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
const HALF: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
const KEY: &str = "sk-test-0123456789";

fn target(base_url: &str, wire: WireKind) -> Target {
    Target::plain(wire, base_url, "m")
}

fn request() -> Request {
    let piece = Piece::new("Hello", Origin::User { message_id: "u".into() });
    Request {
        messages: vec![RequestMessage { role: Role::User, parts: vec![RequestPart::Text(vec![piece])] }],
        ..Request::default()
    }
}

fn key() -> SecretString {
    SecretString::from(KEY)
}

/// Time-outs that no test runs into unless it means to.
fn patient() -> Provider {
    Provider::new(Timeouts::default())
}

async fn open_at(
    provider: &Provider,
    target: &Target,
    cancel: CancellationToken,
) -> Result<Opened, ProviderError> {
    let request = request();
    provider.open(target, encode(&request, target).unwrap(), &request, Some(&key()), cancel).await
}

async fn open(server: &Server) -> Result<Opened, ProviderError> {
    open_at(&patient(), &target(&server.base(), WireKind::OpenaiChat), CancellationToken::new()).await
}

async fn refused(answer: Scripted) -> ProviderError {
    let server = Server::start(vec![answer]).await;
    let error = open(&server).await.err().unwrap();
    assert_eq!(server.requests().len(), 1, "it was tried again");
    error
}

async fn rest(opened: Opened) -> Vec<Event> {
    let events: Vec<Event> = opened.events.collect().await;
    assert_eq!(events.iter().filter(|event| event.is_terminal()).count(), 1, "{events:?}");
    events
}

fn parts(events: &[Event]) -> Vec<Part> {
    let mut assembly = Assembly::new("openai_chat");
    events.iter().for_each(|event| assembly.apply(event));
    assembly.parts()
}

fn failure(events: &[Event]) -> &ProviderError {
    match events.last() {
        Some(Event::Failed(error)) => error,
        other => panic!("the answer did not fail: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_recorded_is_what_was_sent() {
    let server = Server::start(vec![Scripted::stream(GOOD).header("x-request-id", "req-1")]).await;
    let target = target(&server.base(), WireKind::OpenaiChat);
    let encoded = encode(&request(), &target).unwrap();
    let opened = open_at(&patient(), &target, CancellationToken::new()).await.unwrap();
    assert_eq!((opened.status, opened.request_id.as_deref()), (Some(200), Some("req-1")));
    assert!(matches!(rest(opened).await.last(), Some(Event::Finished { reason: FinishReason::Stop, .. })));

    let sent = &server.requests()[0];
    assert_eq!(sent.body, encoded.body);
    assert_eq!(sent.path, "/v1/chat/completions");
    let mut expected = masked_headers(&encoded, &target, Some(&key()));
    let auth = expected.last_mut().unwrap();
    assert_eq!(auth.1, "•••");
    auth.1 = format!("Bearer {KEY}");
    expected.sort();
    let mut headers = sent.headers.clone();
    headers.retain(|(name, _)| !matches!(name.as_str(), "host" | "content-length"));
    headers.sort();
    assert_eq!(headers, expected);
}

#[tokio::test]
async fn anthropic_gets_its_key_in_its_own_header() {
    let stop = "data: {\"type\":\"message_stop\"}\n\n";
    let server = Server::start(vec![Scripted::stream(stop)]).await;
    let target = target(&server.base(), WireKind::AnthropicMessages);
    rest(open_at(&patient(), &target, CancellationToken::new()).await.unwrap()).await;
    let sent = &server.requests()[0];
    assert_eq!(sent.path, "/v1/messages");
    assert!(sent.headers.contains(&("x-api-key".into(), KEY.into())));
    assert!(!sent.headers.iter().any(|(name, _)| name == "authorization"));
}

#[tokio::test]
async fn a_refusal_that_may_pass_is_tried_again_after_the_wait_it_asks_for() {
    let busy = || Scripted::status(429).header("retry-after-ms", "1");
    let server =
        Server::start(vec![busy(), Scripted::status(503).header("retry-after", "0"), Scripted::stream(GOOD)])
            .await;
    let events = rest(open(&server).await.unwrap()).await;
    assert_eq!(parts(&events), [Part::text("Hi")]);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn azure_s_wait_in_milliseconds_is_kept_to_and_its_key_has_its_own_header() {
    let busy = Scripted::status(429)
        .header("retry-after-ms", "1")
        .header("retry-after", "60")
        .body("{\"error\":{\"code\":\"429\",\"message\":\"Requests have exceeded token rate limit.\"}}");
    let server = Server::start(vec![busy, Scripted::stream(GOOD)]).await;
    let base = server.base();
    let platform = crate::target::Platform::Azure { api_version: Some("2024-10-21".into()), entra: false };
    let target = Target { platform, ..target(base.trim_end_matches("/v1"), WireKind::OpenaiChat) };
    rest(open_at(&patient(), &target, CancellationToken::new()).await.unwrap()).await;
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    let sent = &requests[1];
    assert_eq!(sent.path, "/openai/deployments/m/chat/completions?api-version=2024-10-21");
    assert!(sent.headers.contains(&("api-key".into(), KEY.into())));
    assert!(!sent.headers.iter().any(|(name, _)| name == "authorization"));
}

#[tokio::test]
async fn it_gives_up_after_two_more_tries_and_tells_the_wait() {
    let busy = || {
        Scripted::status(429).header("retry-after-ms", "1").body("{\"error\":{\"message\":\"slow down\"}}")
    };
    let server = Server::start(vec![busy(), busy(), busy(), Scripted::stream(GOOD)]).await;
    let error = open(&server).await.err().unwrap();
    assert_eq!(server.requests().len(), 3);
    assert_eq!((error.kind, error.status, error.retry_after_ms), (ErrorKind::RateLimit, Some(429), Some(1)));
    assert_eq!(error.vendor_message.as_deref(), Some("slow down"));
}

#[tokio::test]
async fn a_long_wait_is_the_person_s_decision() {
    let error = refused(Scripted::status(429).header("retry-after", "21")).await;
    assert_eq!((error.kind, error.retry_after_ms), (ErrorKind::RateLimit, Some(21_000)));
}

#[tokio::test]
async fn a_refusal_that_says_not_to_try_again_is_not_tried_again() {
    let error = refused(Scripted::status(500).header("x-should-retry", "false")).await;
    assert_eq!(error.kind, ErrorKind::Overloaded);
}

#[tokio::test]
async fn a_wrong_key_is_told_apart_from_a_dead_server_and_is_in_no_word_of_the_error() {
    let body = format!(
        "{{\"error\":{{\"message\":\"Incorrect API key provided: {KEY}\",\"code\":\"invalid_api_key\"}}}}"
    );
    let error = refused(Scripted::status(401).body(&body).header("x-request-id", "r")).await;
    assert_eq!((error.kind, error.request_id.as_deref()), (ErrorKind::Auth, Some("r")));
    assert_eq!(error.vendor_message.as_deref(), Some("Incorrect API key provided: •••"));
    assert!(!format!("{error:?} {:?}", error.to_error()).contains(KEY));
}

#[tokio::test]
async fn a_key_echoed_inside_a_stream_is_masked() {
    let server = Server::start(vec![Scripted::stream(&format!(
        "data: odd {KEY}\n\ndata: {{\"error\":{{\"message\":\"bad {KEY}\"}}}}\n\n"
    ))])
    .await;
    let events = rest(open(&server).await.unwrap()).await;
    assert_eq!(events[0], Event::Note("odd •••".into()));
    let error = failure(&events);
    assert_eq!((error.vendor_message.as_deref(), error.provider_name.as_str()), (Some("bad •••"), "Acme"));
}

#[tokio::test]
async fn a_key_echoed_as_the_id_of_the_request_is_masked() {
    let server = Server::start(vec![Scripted::stream("data: [DONE]\n\n").header("x-request-id", KEY)]).await;
    assert_eq!(open(&server).await.unwrap().request_id.as_deref(), Some("•••"));
}

#[tokio::test]
async fn a_list_of_endless_models_is_cut_and_takes_no_time() {
    let names: Vec<String> = (0..300_000).map(|number| format!("{{\"id\":\"m{number}\"}}")).collect();
    let server = Server::start(vec![Scripted::json(&format!("{{\"data\":[{}]}}", names.join(",")))]).await;
    let target = target(&server.base(), WireKind::OpenaiChat);
    let listed = patient().models(&target, Some(&key())).await.unwrap();
    assert_eq!((listed.len(), listed[9_999].id.as_str()), (10_000, "m9999"));
}

#[tokio::test]
async fn nobody_listening_is_a_network_error_without_a_status() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let error = open_at(&patient(), &target(&base, WireKind::OpenaiChat), CancellationToken::new())
        .await
        .err()
        .unwrap();
    assert_eq!((error.kind, error.status), (ErrorKind::Network, None));
    assert!(error.detail.unwrap().to_lowercase().contains("refused"));
}

#[tokio::test]
async fn a_page_of_a_proxy_is_no_answer() {
    let page =
        || Scripted::status(502).header("retry-after", "0").body("<html><title>Bad Gateway</title></html>");
    let server = Server::start(vec![page(), page(), page()]).await;
    let error = open(&server).await.err().unwrap();
    assert_eq!((error.kind, error.status), (ErrorKind::Overloaded, Some(502)));
    assert!(error.to_string().contains("Bad Gateway"));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(vec![Scripted::stream(GOOD)]).await;
    let error = refused(Scripted::status(307).header("location", &elsewhere.base())).await;
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.to_string().contains(&elsewhere.base()), "{error}");
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn a_request_made_for_another_address_is_not_sent() {
    let server = Server::start(vec![Scripted::stream(GOOD)]).await;
    let here = target(&server.base(), WireKind::OpenaiChat);
    let other = target("http://127.0.0.1:9/v1", WireKind::OpenaiChat);
    let encoded = encode(&request(), &here).unwrap();
    let opened = patient().open(&other, encoded, &request(), Some(&key()), CancellationToken::new()).await;
    assert_eq!(opened.err().unwrap().kind, ErrorKind::Invalid);
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_cut_in_mid_stream_keeps_what_came_and_is_not_tried_again() {
    let server = Server::start(vec![Scripted::stream(HALF).cut(), Scripted::stream(GOOD)]).await;
    let events = rest(open(&server).await.unwrap()).await;
    assert_eq!(parts(&events), [Part::text("Hi")]);
    let error = failure(&events);
    assert_eq!((error.kind, error.provider_name.as_str()), (ErrorKind::Truncated, "Acme"));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_stream_that_stalls_times_out_and_keeps_what_came() {
    let server = Server::start(vec![Scripted::stream(HALF).stall()]).await;
    let provider = Provider::new(Timeouts { idle: Duration::from_millis(50), ..Timeouts::default() });
    let target = target(&server.base(), WireKind::OpenaiChat);
    let events = rest(open_at(&provider, &target, CancellationToken::new()).await.unwrap()).await;
    assert_eq!(parts(&events), [Part::text("Hi")]);
    assert_eq!(failure(&events).kind, ErrorKind::Timeout);
}

#[tokio::test]
async fn a_first_byte_that_never_comes_times_out_before_and_after_the_head() {
    let provider = Provider::new(Timeouts { first_byte: Duration::from_secs(1), ..Timeouts::default() });
    let server = Server::start(vec![Scripted::silence(), Scripted::stream("").stall()]).await;
    let target = target(&server.base(), WireKind::OpenaiChat);
    let error = open_at(&provider, &target, CancellationToken::new()).await.err().unwrap();
    assert_eq!((error.kind, error.status), (ErrorKind::Timeout, None));
    let events = rest(open_at(&provider, &target, CancellationToken::new()).await.unwrap()).await;
    assert_eq!(failure(&events).kind, ErrorKind::Timeout);
    assert_eq!(server.requests().len(), 2, "a slow answer was asked for twice");
}

#[tokio::test]
async fn cancelling_ends_the_answer_and_closes_the_connection() {
    let server = Server::start(vec![Scripted::stream(HALF).stall()]).await;
    let cancel = CancellationToken::new();
    let target = target(&server.base(), WireKind::OpenaiChat);
    let mut opened = open_at(&patient(), &target, cancel.clone()).await.unwrap();
    opened.events.next().await.unwrap();
    cancel.cancel();
    let events = rest(opened).await;
    assert_eq!(failure(&events).kind, ErrorKind::Cancelled);
    server.hung_up().await;
}

#[tokio::test]
async fn dropping_the_answer_closes_the_connection() {
    let server = Server::start(vec![Scripted::stream(HALF).stall()]).await;
    let mut opened = open(&server).await.unwrap();
    opened.events.next().await.unwrap();
    drop(opened);
    server.hung_up().await;
}

#[tokio::test]
async fn cancelling_ends_a_wait_between_tries_and_a_wait_for_the_head() {
    for first in [Scripted::status(503).header("retry-after", "19"), Scripted::silence()] {
        let server = Server::start(vec![first]).await;
        let cancel = CancellationToken::new();
        let provider = patient();
        let target = target(&server.base(), WireKind::OpenaiChat);
        let opening = open_at(&provider, &target, cancel.clone());
        let stopping = async {
            server.asked().await;
            cancel.cancel();
        };
        let (opened, ()) = tokio::join!(opening, stopping);
        assert_eq!(opened.err().unwrap().kind, ErrorKind::Cancelled);
    }
}

#[tokio::test]
async fn a_huge_frame_is_refused_instead_of_kept() {
    let huge = format!("data: {}", "x".repeat(17 * 1024 * 1024));
    let server = Server::start(vec![Scripted::stream(&huge).stall()]).await;
    let events = rest(open(&server).await.unwrap()).await;
    assert_eq!(failure(&events).kind, ErrorKind::Decode);
    server.hung_up().await;
}

#[tokio::test]
async fn an_answer_that_does_not_end_is_cut_and_keeps_what_came() {
    let server = Server::start(vec![Scripted::stream(&HALF.repeat(1_000)).stall()]).await;
    let provider = Provider { max_answer_bytes: HALF.len() * 500, ..patient() };
    let target = target(&server.base(), WireKind::OpenaiChat);
    let events = rest(open_at(&provider, &target, CancellationToken::new()).await.unwrap()).await;
    assert_eq!(failure(&events).kind, ErrorKind::Decode);
    assert!(events.len() <= 501, "{} events", events.len());
    server.hung_up().await;
}

#[tokio::test]
async fn anthropic_s_list_of_models_is_read_page_by_page() {
    let server = Server::start(vec![
        Scripted::json(
            "{\"data\":[{\"id\":\"a\",\"display_name\":\"A\"}],\"has_more\":true,\"last_id\":\"a\"}",
        ),
        Scripted::json("{\"data\":[{\"id\":\"b\"}],\"has_more\":false}"),
    ])
    .await;
    let target = target(&server.base(), WireKind::AnthropicMessages);
    let models = patient().models(&target, Some(&key())).await.unwrap();
    assert_eq!(models.iter().map(|model| model.name.as_str()).collect::<Vec<_>>(), ["A", "b"]);
    assert_eq!(server.requests()[1].path, "/v1/models?limit=1000&after_id=a");
}

#[tokio::test]
async fn cohere_s_list_of_models_is_read_page_by_page_and_holds_those_that_chat() {
    let server = Server::start(vec![
        Scripted::json("{\"models\":[{\"name\":\"a\",\"context_length\":8.0}],\"next_page_token\":\"t/1\"}"),
        Scripted::json("{\"models\":[{\"name\":\"b\"}]}"),
    ])
    .await;
    let target = target(&server.base(), WireKind::CohereChat);
    let models = patient().models(&target, Some(&key())).await.unwrap();
    assert_eq!(
        models.iter().map(|model| (model.id.as_str(), model.context)).collect::<Vec<_>>(),
        [("a", Some(8)), ("b", None)]
    );
    let asked: Vec<String> = server.requests().iter().map(|request| request.path.clone()).collect();
    assert_eq!(
        asked,
        [
            "/v1/models?page_size=1000&endpoint=chat",
            "/v1/models?page_size=1000&endpoint=chat&page_token=t%2F1"
        ]
    );
}

#[tokio::test]
async fn a_list_that_never_ends_is_not_asked_for_ever() {
    let page = || Scripted::json("{\"data\":[{\"id\":\"a\"}],\"has_more\":true,\"last_id\":\"a\"}");
    let server = Server::start(vec![page(), page(), page()]).await;
    let target = target(&server.base(), WireKind::AnthropicMessages);
    assert_eq!(patient().models(&target, None).await.unwrap().len(), 1);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn an_answer_that_is_no_list_of_models_is_told_as_such() {
    let server =
        Server::start(vec![Scripted::json("{\"hello\":1}"), Scripted::json("<html><title>Hi</title>")]).await;
    let target = target(&server.base(), WireKind::OpenaiChat);
    for _ in 0..2 {
        assert_eq!(patient().models(&target, None).await.unwrap_err().kind, ErrorKind::Decode);
    }
}

#[tokio::test]
async fn the_demo_answers_without_a_network() {
    let mut demo = target("demo:local", WireKind::Demo);
    demo.model = String::new();
    let opened = open_at(&patient(), &demo, CancellationToken::new()).await.unwrap();
    assert_eq!(opened.status, None);
    assert!(matches!(rest(opened).await.last(), Some(Event::Finished { .. })));
    assert_eq!(patient().models(&demo, None).await.unwrap().len(), 1);
}
