//! What is sent again without the field that a server refused.

use super::*;

/// Opens, with what was sent again on the way.
async fn open_telling(provider: &Provider, target: &Target) -> (Result<Opened, ProviderError>, Vec<Resent>) {
    let request = request();
    let encoded = encode(&request, target).unwrap();
    let mut resent = Vec::new();
    let cancel = CancellationToken::new();
    let opened = provider.open_telling(target, encoded, &request, Some(&key()), cancel, &mut resent).await;
    (opened, resent)
}

fn body(resent: &Resent) -> String {
    String::from_utf8(resent.encoded.body.clone()).unwrap()
}

#[tokio::test]
async fn stream_options_that_are_refused_are_left_out_once_and_the_new_body_is_told() {
    let no = Scripted::status(400).body("{\"error\":{\"message\":\"unknown field stream_options\"}}");
    let server = Server::start(vec![no, Scripted::stream(GOOD)]).await;
    let target = target(&server.base(), WireKind::OpenaiChat);
    let (opened, resent) = open_telling(&patient(), &target).await;
    assert_eq!(resent.len(), 1);
    assert_eq!(server.requests()[1].body, resent[0].encoded.body);
    assert!(!body(&resent[0]).contains("stream_options"));
    let opened = opened.unwrap();
    rest(opened).await;
}

#[tokio::test]
async fn stream_options_that_are_refused_twice_are_an_error() {
    let no = || Scripted::status(400).body("{\"error\":{\"message\":\"unknown field stream_options\"}}");
    let server = Server::start(vec![no(), no(), Scripted::stream(GOOD)]).await;
    let target = target(&server.base(), WireKind::OpenaiChat);
    let (opened, resent) = open_telling(&patient(), &target).await;
    assert_eq!(opened.err().unwrap().kind, ErrorKind::Invalid);
    assert_eq!((server.requests().len(), resent.len()), (2, 1), "what was sent in vain is told as well");
}

const RESPONSE: &str = "data: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\n\ndata: {\"type\":\"response.completed\"}\n\n";

/// Opens at a Responses server with a model that reasons.
async fn open_responses(answers: Vec<Scripted>) -> (Result<Opened, ProviderError>, Vec<Resent>, Server) {
    let server = Server::start(answers).await;
    let target = Target { model: "gpt-5".into(), ..target(&server.base(), WireKind::OpenaiResponses) };
    let (opened, resent) = open_telling(&patient(), &target).await;
    (opened, resent, server)
}

fn complaint(message: &str, param: &str) -> Scripted {
    let error =
        serde_json::json!({"error": {"message": message, "type": "invalid_request_error", "param": param}});
    Scripted::status(400).body(&error.to_string())
}

#[tokio::test]
async fn a_summary_that_the_account_may_not_ask_for_is_left_out_and_the_rest_stays() {
    let no =
        complaint("Your organization must be verified to generate reasoning summaries.", "reasoning.summary");
    let (opened, resent, server) = open_responses(vec![no, Scripted::stream(RESPONSE)]).await;
    let opened = opened.unwrap();
    let sent: Vec<String> =
        server.requests().iter().map(|got| String::from_utf8(got.body.clone()).unwrap()).collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[1], body(&resent[0]));
    assert!(sent[0].contains("\"summary\":\"auto\""), "{}", sent[0]);
    assert!(!sent[1].contains("summary"), "{}", sent[1]);
    assert!(sent[1].contains("\"include\":[\"reasoning.encrypted_content\"]"), "{}", sent[1]);
    assert!(matches!(rest(opened).await.last(), Some(Event::Finished { .. })));
}

#[tokio::test]
async fn fields_that_are_refused_one_after_the_other_are_left_out_one_after_the_other() {
    let (opened, resent, server) = open_responses(vec![
        complaint("Encrypted content is not supported with this model.", "include"),
        complaint(
            "Unsupported parameter: 'reasoning.summary' is not supported with this model.",
            "reasoning.summary",
        ),
        Scripted::stream(RESPONSE),
    ])
    .await;
    assert!(opened.is_ok());
    let whys: Vec<String> = resent.iter().filter_map(|one| one.refusal.vendor_message.clone()).collect();
    assert!(whys[0].contains("Encrypted content") && whys[1].contains("reasoning.summary"), "{whys:?}");
    assert!(!body(&resent[0]).contains("include") && body(&resent[0]).contains("reasoning"));
    assert!(!body(&resent[1]).contains("include") && !body(&resent[1]).contains("reasoning"));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_field_that_is_refused_though_it_was_left_out_is_an_error() {
    let no = || complaint("Unsupported", "reasoning.summary");
    let (opened, _, server) = open_responses(vec![no(), no(), Scripted::stream(RESPONSE)]).await;
    assert_eq!(opened.err().unwrap().kind, ErrorKind::Invalid);
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_complaint_about_what_was_never_sent_is_an_error_at_once() {
    let (opened, _, server) = open_responses(vec![complaint("invalid_encrypted_content", "")]).await;
    assert_eq!(opened.err().unwrap().kind, ErrorKind::Invalid);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_was_given_up_once_is_not_asked_for_again_unless_the_set_up_changes() {
    let no = Scripted::status(400).body("{\"error\":{\"message\":\"unknown field stream_options\"}}");
    let server = Server::start(vec![no, Scripted::stream(GOOD)]).await;
    let provider = patient();
    let target = target(&server.base(), WireKind::OpenaiChat);
    assert!(provider.as_learnt(&target).quirks.stream_options);
    rest(open_at(&provider, &target, CancellationToken::new()).await.unwrap()).await;
    assert!(!provider.as_learnt(&target).quirks.stream_options);
    let mut other = target.clone();
    other.model = "another".into();
    assert!(provider.as_learnt(&other).quirks.stream_options);
    other = target;
    other.quirks.sampling = false;
    assert!(provider.as_learnt(&other).quirks.stream_options, "set up anew");
}

#[tokio::test]
async fn what_is_given_up_later_is_remembered_beside_what_was_given_up_before() {
    let server = Server::start(vec![
        complaint("Encrypted content is not supported with this model.", "include"),
        Scripted::stream(RESPONSE),
        complaint("Unsupported parameter", "reasoning.summary"),
        Scripted::stream(RESPONSE),
    ])
    .await;
    let provider = patient();
    let set_up = Target { model: "gpt-5".into(), ..target(&server.base(), WireKind::OpenaiResponses) };
    for _ in 0..2 {
        let learnt = provider.as_learnt(&set_up);
        let (opened, resent) = open_telling(&provider, &learnt).await;
        assert_eq!(resent.len(), 1);
        rest(opened.unwrap()).await;
    }
    let learnt = provider.as_learnt(&set_up).quirks;
    assert!(!learnt.encrypted_reasoning && !learnt.reasoning_summary, "{learnt:?}");
}

#[test]
fn what_was_refused_of_one_chat_or_one_choice_is_sent_again_in_the_next() {
    let provider = patient();
    let set_up = Target { model: "gpt-5".into(), ..target("http://127.0.0.1/v1", WireKind::OpenaiResponses) };
    let mut given_up = set_up.quirks.clone();
    given_up.replay_reasoning = false;
    given_up.reasoning_effort = false;
    provider.learnt.add(&set_up, &given_up);
    assert_eq!(provider.as_learnt(&set_up).quirks, set_up.quirks);
    given_up.reasoning_summary = false;
    provider.learnt.add(&set_up, &given_up);
    let learnt = provider.as_learnt(&set_up).quirks;
    assert!(learnt.replay_reasoning && learnt.reasoning_effort && !learnt.reasoning_summary, "{learnt:?}");
}
