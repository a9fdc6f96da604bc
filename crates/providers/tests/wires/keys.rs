//! Where a key goes, where it must not, and what comes back of it.

use crate::refusal::{Refusal, Why};
use crate::script::{Script, Step};
use crate::server::{Got, TOKEN};
use crate::subject::{ACCESS_KEY, KEY, Proof, Subject, patient, request};
use rearview_providers::{Event, WireKind, encode, masked_headers};

on_every_wire!(
    the_proof_goes_in_its_own_header_and_nowhere_else,
    what_is_recorded_is_what_was_sent_but_for_the_proof,
    what_is_echoed_of_the_proof_is_masked_in_refusals_notes_and_errors,
    what_is_echoed_in_place_of_a_list_of_models_is_masked,
);

/// What proves who asks, as the server got it; fails when it is not what the platform wants.
fn proof(subject: &Subject, got: &Got) -> Vec<(&'static str, String)> {
    let header = |name: &str| got.header(name).unwrap_or_else(|| panic!("no {name}")).to_owned();
    match subject.proof {
        Proof::Key(name, before) => {
            assert_eq!(header(name), format!("{before}{KEY}"));
            vec![(name, header(name))]
        }
        Proof::Token => {
            assert_eq!(header("authorization"), format!("Bearer {TOKEN}"));
            vec![("authorization", header("authorization"))]
        }
        Proof::Signature => {
            let (authorization, date) = (header("authorization"), header("x-amz-date"));
            let day = &date[..8];
            let scope = format!("Credential={ACCESS_KEY}/{day}/us-east-1/bedrock/aws4_request");
            assert!(authorization.starts_with(&format!("AWS4-HMAC-SHA256 {scope}, ")), "{authorization}");
            let signed = "SignedHeaders=content-type;host;x-amz-date";
            assert!(authorization.contains(signed), "{authorization}");
            vec![("authorization", authorization), ("x-amz-date", date)]
        }
    }
}

async fn the_proof_goes_in_its_own_header_and_nowhere_else(subject: Subject) {
    let server = subject.answering(Script::text("Hi")).await;
    subject.ask(&server).await;
    let got = server.only();
    assert_eq!(got.path, subject.path);
    let proof = proof(&subject, &got);
    let names =
        ["authorization", "x-api-key", "api-key", "x-goog-api-key", "x-amz-date", "x-amz-security-token"];
    for name in names {
        let wanted = proof.iter().any(|(of, _)| *of == name);
        assert_eq!(got.header(name).is_some(), wanted, "{name}");
    }
    for secret in subject.secrets() {
        assert!(!got.path.contains(secret) && !String::from_utf8_lossy(&got.body).contains(secret));
        let elsewhere = got.headers.iter().filter(|(name, _)| !proof.iter().any(|(of, _)| of == name));
        for (name, value) in elsewhere {
            assert!(!value.contains(secret), "{name}");
        }
    }
}

async fn what_is_recorded_is_what_was_sent_but_for_the_proof(subject: Subject) {
    let server = subject.answering(Script::text("Hi")).await;
    let request = request();
    let target = subject.target(&server);
    let encoded = encode(&request, &target).unwrap();
    subject.ask_for(&server, &request).await;
    let got = server.only();
    assert_eq!(got.body, encoded.body);
    assert_eq!(format!("{}{}", server.root(), got.path), encoded.url);
    let proof = proof(&subject, &got);
    let mut expected = masked_headers(&encoded, &target, Some(&subject.key(&server)));
    for (name, value) in &mut expected {
        if let Some((_, sent)) = proof.iter().find(|(of, _)| of == name) {
            assert_eq!(value, "•••", "{name} is recorded");
            value.clone_from(sent);
        }
    }
    expected.sort();
    let mut headers = got.headers;
    headers.retain(|(name, _)| !matches!(name.as_str(), "host" | "content-length"));
    headers.sort();
    assert_eq!(headers, expected);
}

async fn what_is_echoed_of_the_proof_is_masked_in_refusals_notes_and_errors(subject: Subject) {
    let echo = subject.echoed();
    let server = subject.refusing(Refusal::of(&subject, Why::WrongKey, &format!(" ({echo})"))).await;
    let error = subject.refused(&server).await;
    assert!(error.vendor_message.as_deref().unwrap().ends_with(" (•••)"), "{error:?}");
    assert!(!format!("{error:?} {error} {:?}", error.to_error()).contains(echo));

    // The name of a request is recorded too.
    let page = Refusal::new(200, "text/html", "<title>x</title>").header("x-request-id", echo);
    let opened = subject.open(&subject.refusing(page).await, &request()).await.unwrap();
    assert_eq!(opened.request_id.as_deref(), Some("•••"));

    let steps = vec![Step::Unknown(format!("odd {echo}")), Step::Fault(format!("bad {echo}"))];
    let told = subject.ask(&subject.answering(Script::new(steps)).await).await;
    assert_eq!(told.notes().len(), 1);
    assert!(told.notes()[0].contains("odd •••"), "{:?}", told.notes());
    assert_eq!(told.failure().vendor_message.as_deref(), Some("bad •••"));
    let notes_and_end = |event: &&Event| matches!(event, Event::Note(_) | Event::Failed(_));
    let all: Vec<&Event> = told.events.iter().filter(notes_and_end).collect();
    assert!(!format!("{all:?}").contains(echo));
}

async fn what_is_echoed_in_place_of_a_list_of_models_is_masked(subject: Subject) {
    let echo = subject.echoed();
    let error = format!("{{\"error\":{{\"message\":\"bad {echo}\"}}}}");
    let page = format!("<html><title>bad {echo}</title></html>");
    for (body, told) in [(error, "bad •••"), (page, "`bad •••`")] {
        let server = subject.refusing(Refusal::new(200, "application/json", &body)).await;
        let target = subject.target(&server);
        let error = patient().models(&target, Some(&subject.key(&server))).await.unwrap_err();
        // Partner models on Vertex AI are listed nowhere, so nobody is asked.
        if server.got().is_empty() {
            assert_eq!((subject.proof, subject.wire), (Proof::Token, WireKind::OpenaiChat));
            continue;
        }
        let all = format!("{error:?} {error}");
        assert!(all.contains(told) && !all.contains(echo), "{all}");
        assert!(!server.only().path.contains(echo));
    }
}
