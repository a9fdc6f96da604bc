//! What an answer brings: text, reasoning, tokens, its end, and what nobody knows.

use crate::script::{Counts, Script, Step, Stop};
use crate::spelling::{NOVEL, REQUEST_ID, filtered};
use crate::subject::{Subject, request};
use rearview_domain::turn::{FinishReason, Usage};
use rearview_providers::{Event, Request, WireKind};

on_every_wire!(
    text_comes_as_it_was_said_however_the_bytes_are_cut,
    reasoning_stands_apart_from_what_is_said,
    every_token_is_counted_that_the_wire_counts,
    each_reason_of_an_end_is_told,
    frames_that_nobody_knows_are_noted_and_never_fatal,
    a_document_instead_of_a_stream_is_an_answer,
    a_plain_answer_is_asked_for_where_plain_ones_are_and_read,
    the_request_has_its_name_and_the_answer_its_model,
);

/// Letters of one to four bytes, joined ones, both quotes, escapes, and what looks like markup.
const TEXT: &str = "Grüße 🌍 – 你好,\u{1f469}\u{200d}\u{1f680}! \"quoted\" \\n \u{7}\r\n\ndata: [DONE]\n{\"a\":1} \u{feff}</think> é";

const COUNTS: Counts = Counts { input: 120, output: 30, cache_read: 40, cache_write: 10, reasoning: 12 };

async fn text_comes_as_it_was_said_however_the_bytes_are_cut(subject: Subject) {
    for size in [1, 2, 3, 5, 7, 64, usize::MAX] {
        let server = subject.answering(Script::text(TEXT).pieces(size)).await;
        let told = subject.ask(&server).await;
        assert_eq!(told.text(), TEXT, "in pieces of {size}");
        assert_eq!(told.finished().0, FinishReason::Stop, "in pieces of {size}");
        assert_eq!(told.parts().len(), 1, "in pieces of {size}: {:?}", told.parts());
        assert!(told.notes().is_empty(), "in pieces of {size}: {:?}", told.notes());
    }
}

async fn reasoning_stands_apart_from_what_is_said(subject: Subject) {
    let steps = vec![Step::Reasoning("Hm, let me see: 7 × 6 …"), Step::Text("It is 42.".into())];
    let server = subject.answering(Script::new(steps).pieces(11)).await;
    let told = subject.ask(&server).await;
    assert_eq!(told.reasoning(), "Hm, let me see: 7 × 6 …");
    assert_eq!(told.text(), "It is 42.");
    let first = |wanted: fn(&Event) -> bool| told.events.iter().position(wanted).unwrap();
    let thought = first(|event| matches!(event, Event::Reasoning { .. }));
    assert!(thought < first(|event| matches!(event, Event::Text { .. })));
    // It comes as it is thought, not at the end.
    let increments = told.events.iter().filter(|event| matches!(event, Event::Reasoning { .. })).count();
    assert!(increments > 1, "{increments}");
}

/// What the wire tells of `COUNTS`.
fn counted(wire: WireKind) -> Usage {
    let (read, written, thought) = match wire {
        WireKind::OllamaChat => (false, false, false),
        WireKind::CohereChat => (true, false, false),
        WireKind::BedrockConverse => (true, true, false),
        WireKind::Gemini => (true, false, true),
        _ => (true, true, true),
    };
    Usage {
        input: Some(COUNTS.input),
        output: Some(COUNTS.output),
        cache_read: read.then_some(COUNTS.cache_read),
        cache_write: written.then_some(COUNTS.cache_write),
        reasoning: thought.then_some(COUNTS.reasoning),
    }
}

async fn every_token_is_counted_that_the_wire_counts(subject: Subject) {
    let script = Script::text("Hi").counts(COUNTS);
    for script in [script.clone(), script.document()] {
        let told = subject.ask(&subject.answering(script).await).await;
        let usage = told.finished().1;
        assert_eq!(usage, counted(subject.wire));
        let mut reports = told.events.iter().filter_map(|event| match event {
            Event::Usage(usage) => Some(usage),
            _ => None,
        });
        assert_eq!(reports.next_back(), Some(&usage), "the last report is not the last word");
    }
}

async fn each_reason_of_an_end_is_told(subject: Subject) {
    let novel = || FinishReason::Other { raw: NOVEL.into() };
    for (stop, reason) in [
        (Stop::Done, FinishReason::Stop),
        (Stop::Limit, FinishReason::Length),
        (Stop::Filter, filtered(subject.wire).unwrap_or_else(novel)),
        (Stop::Novel, novel()),
    ] {
        let script = Script::text("Hi").stop(stop);
        for script in [script.clone(), script.document()] {
            let told = subject.ask(&subject.answering(script).await).await;
            assert_eq!(told.finished().0, reason, "{stop:?}");
            assert_eq!(told.text(), "Hi", "{stop:?}");
        }
    }
}

async fn frames_that_nobody_knows_are_noted_and_never_fatal(subject: Subject) {
    let unknown = |text: &str| Step::Unknown(text.into());
    let steps = vec![unknown("first"), Step::Text("Hel".into()), unknown("second"), Step::Text("lo".into())];
    let told = subject.ask(&subject.answering(Script::new(steps).pieces(9)).await).await;
    let notes = told.notes();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("\"novelty\":\"first\"") && notes[1].contains("\"novelty\":\"second\""));
    assert_eq!((told.text().as_str(), told.finished().0), ("Hello", FinishReason::Stop));
}

async fn a_document_instead_of_a_stream_is_an_answer(subject: Subject) {
    let steps = vec![Step::Reasoning("Hm."), Step::Text(TEXT.into())];
    let server = subject.answering(Script::new(steps).document().counts(COUNTS)).await;
    let told = subject.ask(&server).await;
    assert_eq!((told.reasoning().as_str(), told.text().as_str()), ("Hm.", TEXT));
    assert_eq!(told.finished(), (FinishReason::Stop, counted(subject.wire)));
}

async fn a_plain_answer_is_asked_for_where_plain_ones_are_and_read(subject: Subject) {
    let server = subject.answering(Script::text("Hi").document()).await;
    let plain = Request { plain: true, ..request() };
    assert_eq!(subject.ask_for(&server, &plain).await.text(), "Hi");
    let got = server.only();
    assert_eq!(got.path, subject.plain_path);
    assert_eq!(got.header("accept"), Some("application/json"));
    // Two wires say it by the address alone.
    let said = match subject.wire {
        WireKind::Gemini | WireKind::BedrockConverse => None,
        _ => Some(false),
    };
    assert_eq!(got.json()["stream"].as_bool(), said);
}

async fn the_request_has_its_name_and_the_answer_its_model(subject: Subject) {
    let server = subject.answering(Script::text("Hi")).await;
    let opened = subject.open(&server, &request()).await.unwrap();
    assert_eq!((opened.status, opened.request_id.as_deref()), (Some(200), Some(REQUEST_ID)));
    let told = subject.read(opened).await;
    let started = told.events.iter().filter_map(|event| match event {
        Event::Started { id, model } => Some((id.clone(), model.clone())),
        _ => None,
    });
    let started: Vec<_> = started.collect();
    assert_eq!(started.len(), 1, "{:?}", told.events);
    let (id, model) = &started[0];
    // Converse tells neither, Cohere no model, Ollama no id.
    assert_eq!(id.is_some(), !matches!(subject.wire, WireKind::BedrockConverse | WireKind::OllamaChat));
    let tells = !matches!(subject.wire, WireKind::BedrockConverse | WireKind::CohereChat);
    assert_eq!(model.as_deref(), tells.then_some("m-2026"));
}
