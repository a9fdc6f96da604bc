//! Tools, effort, plain answers, schemas and API versions on Chat Completions and Messages.

use super::*;
use crate::catalogue::ModelFacts;
use crate::request::{Tool, ToolChoice};
use crate::target::{AnthropicVersion, Platform};
use rearview_domain::settings::Effort;

pub(super) fn tool() -> Tool {
    Tool {
        name: "find".into(),
        description: "Finds \"it\".".into(),
        parameters: json!({"type": "object", "properties": {"q": {"type": "string"}}}),
    }
}

/// A request with a tool.
pub(super) fn asking(choice: ToolChoice) -> Request {
    let hi = request(vec![message(Role::User, vec![text("Hi")])]);
    Request { tools: vec![tool()], tool_choice: choice, ..hi }
}

fn hi() -> Request {
    request(vec![message(Role::User, vec![text("Hi")])])
}

/// The target with facts, which tests make up and leak.
pub(super) fn knowing(wire: WireKind, facts: ModelFacts) -> Target {
    Target { facts: Some(Box::leak(Box::new(facts))), ..target(wire) }
}

/// The bytes that each span covers, as they are in the body.
pub(super) fn raw(encoded: &Encoded) -> Vec<(&str, &Origin)> {
    let bytes = |span: &rearview_domain::record::Span| &encoded.body[span.start as usize..span.end as usize];
    encoded.spans.iter().map(|span| (std::str::from_utf8(bytes(span)).unwrap(), &span.origin)).collect()
}

pub(super) fn sent(request: &Request, target: &Target) -> String {
    String::from_utf8(encode(request, target).unwrap().body).unwrap()
}

const PARAMETERS: &str = r#"{"type":"object","properties":{"q":{"type":"string"}}}"#;

#[test]
fn chat_completions_tools_are_this_to_the_byte_and_theirs_are_their_bytes() {
    let encoded = encode(&asking(ToolChoice::Required), &target(WireKind::OpenaiChat)).unwrap();
    assert_eq!(
        std::str::from_utf8(&encoded.body).unwrap(),
        r#"{"model":"m-1","messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"find","description":"Finds \"it\".","parameters":{"type":"object","properties":{"q":{"type":"string"}}}}}],"tool_choice":"required","stream":true,"stream_options":{"include_usage":true}}"#
    );
    let from = tool().origin();
    assert_eq!(
        raw(&encoded),
        [("Hi", &origin("Hi")), ("find", &from), (r#"Finds \"it\"."#, &from), (PARAMETERS, &from)]
    );
}

#[test]
fn messages_tools_are_this_to_the_byte_and_theirs_are_their_bytes() {
    let encoded = encode(&asking(ToolChoice::Required), &target(WireKind::AnthropicMessages)).unwrap();
    assert_eq!(
        std::str::from_utf8(&encoded.body).unwrap(),
        r#"{"model":"m-1","max_tokens":8192,"stream":true,"tools":[{"name":"find","description":"Finds \"it\".","input_schema":{"type":"object","properties":{"q":{"type":"string"}}}}],"tool_choice":{"type":"any"},"messages":[{"role":"user","content":"Hi"}]}"#
    );
    let from = tool().origin();
    assert_eq!(
        raw(&encoded),
        [("find", &from), (r#"Finds \"it\"."#, &from), (PARAMETERS, &from), ("Hi", &origin("Hi"))]
    );
}

#[test]
fn a_choice_is_told_when_it_is_not_the_usual_one_and_there_is_something_to_choose() {
    for (choice, openai, anthropic) in [
        (ToolChoice::Auto, Value::Null, Value::Null),
        (ToolChoice::Required, json!("required"), json!({"type": "any"})),
        (ToolChoice::Forbidden, json!("none"), json!({"type": "none"})),
    ] {
        let asking = asking(choice);
        assert_eq!(body(&asking, &target(WireKind::OpenaiChat))["tool_choice"], openai);
        assert_eq!(body(&asking, &target(WireKind::AnthropicMessages))["tool_choice"], anthropic);
        let without = Request { tools: Vec::new(), ..asking };
        for wire in [WireKind::OpenaiChat, WireKind::AnthropicMessages] {
            let body = body(&without, &target(wire));
            assert_eq!((body.get("tool_choice"), body.get("tools")), (None, None), "{wire:?}");
        }
    }
}

#[test]
fn a_plain_answer_is_no_stream_and_has_no_options_of_one() {
    let plain = Request { plain: true, ..hi() };
    for wire in [WireKind::OpenaiChat, WireKind::AnthropicMessages] {
        let encoded = encode(&plain, &target(wire)).unwrap();
        let body: Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(body["stream"], false, "{wire:?}");
        assert_eq!(body.get("stream_options"), None);
        assert!(encoded.headers.contains(&("accept".into(), "application/json".into())));
    }
}

#[test]
fn effort_is_a_word_for_chat_completions_unless_the_model_is_known_not_to_reason() {
    for (effort, word) in [
        (None, None),
        (Some(Effort::Provider), None),
        (Some(Effort::Off), Some("none")),
        (Some(Effort::Low), Some("low")),
        (Some(Effort::Medium), Some("medium")),
        (Some(Effort::High), Some("high")),
    ] {
        let request = Request { effort, ..hi() };
        let said = |target: &Target| body(&request, target).get("reasoning_effort").cloned();
        let reasons = ModelFacts { reasoning: true, ..ModelFacts::default() };
        assert_eq!(said(&target(WireKind::OpenaiChat)), word.map(Value::from), "{effort:?}");
        assert_eq!(said(&knowing(WireKind::OpenaiChat, reasons)), word.map(Value::from), "{effort:?}");
        assert_eq!(said(&knowing(WireKind::OpenaiChat, ModelFacts::default())), None, "{effort:?}");
    }
}

#[test]
fn effort_is_a_budget_below_the_limit_for_claude() {
    let facts =
        |max_output| ModelFacts { reasoning: true, sampling: true, max_output, ..ModelFacts::default() };
    for (effort, max_output, asked, thinking, limit) in [
        (Effort::Provider, Some(64_000), None, Value::Null, 32_000),
        (Effort::Off, Some(64_000), None, json!({"type": "disabled"}), 32_000),
        (Effort::Low, Some(64_000), None, json!({"type": "enabled", "budget_tokens": 2_048}), 32_000),
        (Effort::Medium, Some(64_000), None, json!({"type": "enabled", "budget_tokens": 8_192}), 32_000),
        (Effort::High, Some(64_000), None, json!({"type": "enabled", "budget_tokens": 16_384}), 32_000),
        // A model that writes little, and a person's own limit.
        (Effort::High, Some(8_192), None, json!({"type": "enabled", "budget_tokens": 7_168}), 8_192),
        (Effort::High, Some(64_000), Some(2_048), json!({"type": "enabled", "budget_tokens": 1_024}), 2_048),
        (Effort::High, Some(64_000), Some(2_047), Value::Null, 2_047),
        // Nothing known: the thinking comes on top of the usual limit.
        (Effort::Medium, None, None, json!({"type": "enabled", "budget_tokens": 8_192}), 16_384),
    ] {
        let request = Request { effort: Some(effort), max_output_tokens: asked, ..hi() };
        let body = body(&request, &knowing(WireKind::AnthropicMessages, facts(max_output)));
        assert_eq!(body["thinking"], thinking, "{effort:?} {max_output:?} {asked:?}");
        assert_eq!(body["max_tokens"], limit, "{effort:?} {max_output:?} {asked:?}");
    }
}

#[test]
fn adaptive_thinking_gets_its_effort_beside_it_and_shows_itself() {
    let facts = ModelFacts { reasoning: true, adaptive_thinking: true, ..ModelFacts::default() };
    let request = Request { effort: Some(Effort::Medium), max_output_tokens: Some(100), ..hi() };
    assert_eq!(
        sent(&request, &knowing(WireKind::AnthropicMessages, facts)),
        r#"{"model":"m-1","max_tokens":100,"stream":true,"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"medium"},"messages":[{"role":"user","content":"Hi"}]}"#
    );
}

#[test]
fn a_model_that_is_known_not_to_reason_is_told_nothing_of_thinking() {
    let request = Request { effort: Some(Effort::High), ..hi() };
    let body = body(&request, &knowing(WireKind::AnthropicMessages, ModelFacts::default()));
    assert_eq!((body.get("thinking"), body.get("output_config")), (None, None));
}

#[test]
fn no_temperature_goes_out_where_it_would_be_refused() {
    let asked = |effort| Request { temperature: Some(0.5), effort, ..hi() };
    let said = |request: &Request, target: &Target| body(request, target).get("temperature").is_some();
    for wire in [WireKind::OpenaiChat, WireKind::AnthropicMessages] {
        let samples = ModelFacts { sampling: true, reasoning: true, ..ModelFacts::default() };
        assert!(said(&asked(None), &target(wire)), "{wire:?}");
        assert!(said(&asked(None), &knowing(wire, samples)), "{wire:?}");
        assert!(!said(&asked(None), &knowing(wire, ModelFacts::default())), "{wire:?}");
    }
    let claude = target(WireKind::AnthropicMessages);
    assert!(!said(&asked(Some(Effort::Low)), &claude), "while it thinks");
    assert!(said(&asked(Some(Effort::Off)), &claude), "when it does not");
}

#[test]
fn a_call_that_is_forced_goes_out_without_thinking() {
    let forced = Request { effort: Some(Effort::High), ..asking(ToolChoice::Required) };
    for facts in [
        ModelFacts { reasoning: true, ..ModelFacts::default() },
        ModelFacts { reasoning: true, adaptive_thinking: true, ..ModelFacts::default() },
    ] {
        let body = body(&forced, &knowing(WireKind::AnthropicMessages, facts));
        assert_eq!(body["thinking"], json!({"type": "disabled"}));
        assert_eq!(body["tool_choice"], json!({"type": "any"}));
        assert_eq!(body.get("output_config"), None);
    }
}

#[test]
fn a_schema_goes_to_claude_where_it_is_known_to_be_followed_and_with_closed_objects() {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}});
    let request = Request { answer_schema: Some(schema), ..hi() };
    let follows = ModelFacts { answer_schema: true, ..ModelFacts::default() };
    assert_eq!(
        body(&request, &knowing(WireKind::AnthropicMessages, follows))["output_config"],
        json!({"format": {"type": "json_schema", "schema":
            {"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": false}}})
    );
    for target in
        [target(WireKind::AnthropicMessages), knowing(WireKind::AnthropicMessages, ModelFacts::default())]
    {
        assert_eq!(body(&request, &target).get("output_config"), None);
    }
}

#[test]
fn the_later_version_is_asked_for_by_its_quirk_only_and_what_it_refuses_stays_out() {
    let document = json!({"type": "document", "source": {}});
    let request = Request {
        temperature: Some(1.0),
        ..request(vec![
            message(Role::User, vec![text("Hi")]),
            message(Role::Assistant, vec![opaque(document.clone(), "anthropic"), text("Yes?")]),
            message(Role::User, vec![text("Bye")]),
        ])
    };
    // A model without sampling is no reason to ask for the later version.
    let mut target = knowing(WireKind::AnthropicMessages, ModelFacts::default());
    let version = |target: &Target| headers(target).into_iter().find(|(name, _)| name == "anthropic-version");
    let is = |version: &str| Some(("anthropic-version".to_owned(), version.to_owned()));
    assert_eq!(version(&target), is("2023-06-01"));
    target.facts = None;
    assert_eq!(version(&target), is("2023-06-01"));
    assert_eq!(body(&request, &target)["temperature"], 1.0);
    assert_eq!(body(&request, &target)["messages"][1]["content"][0], document);

    target.quirks.anthropic_version = AnthropicVersion::V2026_10_21;
    assert_eq!(version(&target), is("2026-10-21"));
    assert_eq!(
        sent(&request, &target),
        r#"{"model":"m-1","max_tokens":8192,"stream":true,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Yes?"},{"role":"user","content":"Bye"}]}"#
    );
    target.quirks.anthropic_version = AnthropicVersion::V2023_06_01;
    assert_eq!(version(&target), is("2023-06-01"));
}

#[test]
fn on_vertex_the_version_is_in_the_body_and_the_model_is_not() {
    let mut target = target(WireKind::AnthropicMessages);
    target.platform = Platform::Vertex { project: "p".into(), location: "global".into() };
    target.quirks.anthropic_version = AnthropicVersion::V2026_10_21;
    let request = Request { temperature: Some(1.0), plain: true, ..hi() };
    assert_eq!(
        sent(&request, &target),
        r#"{"anthropic_version":"vertex-2023-10-16","max_tokens":8192,"stream":false,"temperature":1,"messages":[{"role":"user","content":"Hi"}]}"#
    );
    assert!(headers(&target).iter().all(|(name, _)| name != "anthropic-version"));
}

#[test]
fn pdf_and_text_files_go_as_each_wire_takes_them() {
    let from = Origin::Attachment { hash: "h".into() };
    let file = |media_type: &str, name: &str, base64: &str| RequestPart::File {
        media_type: media_type.into(),
        name: name.into(),
        base64: base64.into(),
        origin: from.clone(),
    };
    let files = || vec![file("application/pdf", "a.pdf", "QUJD"), file("text/plain", "b.txt", "ImhpIg==")];
    let request = request(vec![
        message(Role::User, files()),
        // Never in an answer: the API refuses it, and no model wrote it.
        message(Role::Assistant, [files(), vec![text("Yes?")]].concat()),
    ]);
    let claude = target(WireKind::AnthropicMessages);
    assert_eq!(
        body(&request, &claude)["messages"],
        json!([
            {"role": "user", "content": [
                {"type": "document", "title": "a.pdf", "source":
                    {"type": "base64", "media_type": "application/pdf", "data": "QUJD"}},
                {"type": "document", "title": "b.txt", "source":
                    {"type": "text", "media_type": "text/plain", "data": "\"hi\""}},
            ]},
            {"role": "assistant", "content": "Yes?"},
        ])
    );
    let openai = target(WireKind::OpenaiChat);
    assert_eq!(
        body(&request, &openai)["messages"][0]["content"],
        json!([
            {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,QUJD"}},
            {"type": "text", "text": "b.txt:\n\n\"hi\""},
        ])
    );
    let encoded = encode(&request, &claude).unwrap();
    let pieces: Vec<&str> =
        raw(&encoded).into_iter().filter(|(_, origin)| **origin == from).map(|(text, _)| text).collect();
    assert_eq!(pieces, ["a.pdf", "application/pdf", "QUJD", "b.txt", r#"\"hi\""#]);
}

#[test]
fn arguments_that_are_no_object_travel_as_text_in_one() {
    for (arguments, sent) in [
        ("", "{}"),
        (" ", "{}"),
        (r#"{"q": 1}"#, r#"{"q": 1}"#),
        (r#"{"q":"#, r#"{"arguments":"{\"q\":"}"#),
        ("[1]", r#"{"arguments":"[1]"}"#),
    ] {
        let call = RequestPart::ToolCall {
            id: "c".into(),
            name: "f".into(),
            arguments: arguments.into(),
            origin: origin("a"),
        };
        let request = request(vec![message(Role::Assistant, vec![call])]);
        let body = body(&request, &target(WireKind::OpenaiChat));
        let arguments = &body["messages"][0]["tool_calls"][0]["function"]["arguments"];
        assert_eq!(arguments, sent);
        assert!(serde_json::from_str::<Value>(arguments.as_str().unwrap()).is_ok());
    }
}

#[test]
fn thinking_between_calls_stays_where_the_model_put_it() {
    let call = |id: &str| RequestPart::ToolCall {
        id: id.into(),
        name: "f".into(),
        arguments: "{}".into(),
        origin: origin("a"),
    };
    let thought = |signature: &str| thinking(Some(signature), "anthropic");
    let request = request(vec![message(
        Role::Assistant,
        vec![thought("1"), text("So"), thought("2"), call("a"), thought("3"), call("b")],
    )]);
    let body = body(&request, &target(WireKind::AnthropicMessages));
    let kinds: Vec<&str> = body["messages"][0]["content"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| block.get("signature").unwrap_or(&block["type"]).as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["1", "text", "2", "tool_use", "3", "tool_use"]);
}

#[test]
fn thinking_whose_text_was_withheld_goes_back_for_its_signature() {
    let withheld = RequestPart::Reasoning {
        text: String::new(),
        signature: Some("s".into()),
        family: "anthropic".into(),
        origin: origin("t"),
    };
    let request = request(vec![message(Role::Assistant, vec![withheld, text("So")])]);
    assert_eq!(
        body(&request, &target(WireKind::AnthropicMessages))["messages"][0]["content"][0],
        json!({"type": "thinking", "thinking": "", "signature": "s"})
    );
}
