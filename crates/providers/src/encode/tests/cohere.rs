//! Chat bodies of version 2.

use super::tools::{asking, knowing, raw, sent};
use super::*;
use crate::catalogue::ModelFacts;
use crate::request::ToolChoice;
use rearview_domain::settings::Effort;

fn cohere() -> Target {
    Target::plain(WireKind::CohereChat, "https://api.cohere.com", "command-a")
}

fn hi() -> Request {
    request(vec![message(Role::User, vec![text("Hi")])])
}

#[test]
fn a_request_is_this_to_the_byte() {
    let request = Request {
        messages: vec![message(Role::System, vec![text("Be kind.")]), message(Role::User, vec![text("Hi")])],
        max_output_tokens: Some(7),
        temperature: Some(0.5),
        ..asking(ToolChoice::Required)
    };
    let encoded = encode(&request, &cohere()).unwrap();
    assert_eq!(encoded.url, "https://api.cohere.com/v2/chat");
    assert_eq!(
        std::str::from_utf8(&encoded.body).unwrap(),
        r#"{"model":"command-a","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"find","description":"Finds \"it\".","parameters":{"type":"object","properties":{"q":{"type":"string"}}}}}],"tool_choice":"REQUIRED","stream":true,"max_tokens":7,"temperature":0.5}"#
    );
    let from = request.tools[0].origin();
    assert_eq!(
        raw(&encoded),
        [
            ("Be kind.", &origin("Be kind.")),
            ("Hi", &origin("Hi")),
            ("find", &from),
            (r#"Finds \"it\"."#, &from),
            (r#"{"type":"object","properties":{"q":{"type":"string"}}}"#, &from),
        ]
    );
}

#[test]
fn a_choice_is_told_when_it_is_not_the_usual_one() {
    for (choice, word) in [
        (ToolChoice::Auto, Value::Null),
        (ToolChoice::Required, json!("REQUIRED")),
        (ToolChoice::Forbidden, json!("NONE")),
    ] {
        assert_eq!(body(&asking(choice), &cohere())["tool_choice"], word);
    }
    let without = Request { tool_choice: ToolChoice::Required, ..hi() };
    assert_eq!(body(&without, &cohere()).get("tool_choice"), None);
}

#[test]
fn a_schema_goes_out_unless_there_are_tools_and_plain_is_no_stream() {
    let schema = json!({"type": "object"});
    let plain = Request { answer_schema: Some(schema.clone()), plain: true, ..hi() };
    let body_of = |request: &Request| body(request, &cohere());
    assert_eq!(body_of(&plain)["response_format"], json!({"type": "json_object", "json_schema": schema}));
    assert_eq!(body_of(&plain)["stream"], false);
    let with_tools = Request { answer_schema: Some(schema), ..asking(ToolChoice::Auto) };
    assert_eq!(body_of(&with_tools).get("response_format"), None);
}

#[test]
fn effort_is_a_budget_of_thinking_below_the_limit() {
    for (effort, limit, thinking) in [
        (Effort::Provider, None, Value::Null),
        (Effort::Off, None, json!({"type": "disabled"})),
        (Effort::Low, None, json!({"type": "enabled", "token_budget": 1_024})),
        (Effort::Medium, None, json!({"type": "enabled", "token_budget": 8_192})),
        (Effort::Medium, Some(1_000), json!({"type": "enabled", "token_budget": 500})),
        (Effort::High, None, json!({"type": "enabled"})),
    ] {
        let request = Request { effort: Some(effort), max_output_tokens: limit, ..hi() };
        assert_eq!(body(&request, &cohere())["thinking"], thinking, "{effort:?} {limit:?}");
        let knows = knowing(WireKind::CohereChat, ModelFacts::default());
        assert_eq!(body(&request, &knows).get("thinking"), None, "{effort:?}");
    }
}

#[test]
fn calls_results_plans_and_thinking_go_back_in_their_own_fields() {
    let call = RequestPart::ToolCall {
        id: "c1".into(),
        name: "find".into(),
        arguments: r#"{"q": 1}"#.into(),
        origin: origin("c"),
    };
    let result = RequestPart::ToolResult {
        id: "c1".into(),
        name: "find".into(),
        text: "42".into(),
        failed: false,
        origin: Origin::ToolResult { call_id: "c1".into() },
    };
    let request = request(vec![
        message(
            Role::Assistant,
            vec![
                thinking(None, "cohere"),
                thinking(Some("tool_plan"), "cohere"),
                thinking(Some("s"), "anthropic"),
                call,
            ],
        ),
        message(Role::Tool, vec![result]),
        message(Role::Assistant, vec![thinking(None, "cohere"), text("So")]),
        message(Role::Assistant, vec![text(" ")]),
        message(Role::User, vec![text("Well?")]),
    ]);
    assert_eq!(
        body(&request, &cohere())["messages"],
        json!([
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}], "tool_plan": "hm", "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{\"q\": 1}"}}
            ]},
            {"role": "tool", "tool_call_id": "c1", "content": [{"type": "text", "text": "42"}]},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "So"}]},
            {"role": "user", "content": "Well?"},
        ])
    );
    let encoded = encode(&request, &cohere()).unwrap();
    let pieces: Vec<&str> = raw(&encoded).into_iter().map(|(text, _)| text).collect();
    assert_eq!(pieces, ["hm", "hm", "c1", "find", r#"{\"q\": 1}"#, "c1", "42", "hm", "So", "Well?"]);
}

#[test]
fn images_and_text_files_are_content_and_other_files_are_told_to_be_missing() {
    let from = Origin::Attachment { hash: "h".into() };
    let file = |media_type: &str, name: &str, base64: &str| RequestPart::File {
        media_type: media_type.into(),
        name: name.into(),
        base64: base64.into(),
        origin: from.clone(),
    };
    let image =
        RequestPart::Image { media_type: "image/png".into(), base64: "QUJD".into(), origin: from.clone() };
    let request = request(vec![message(
        Role::User,
        vec![
            text("See"),
            image,
            file("text/plain", "b.txt", "aGk="),
            file("application/pdf", "a.pdf", "QUJD"),
        ],
    )]);
    assert_eq!(
        body(&request, &cohere())["messages"][0]["content"],
        json!([
            {"type": "text", "text": "See"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}},
            {"type": "text", "text": "b.txt:\n\nhi"},
            {"type": "text", "text": "(The file `a.pdf` is attached, but cannot be sent to this model.)"},
        ])
    );
    let encoded = encode(&request, &cohere()).unwrap();
    let pieces: Vec<&str> = raw(&encoded).into_iter().map(|(text, _)| text).collect();
    assert_eq!(pieces, ["See", "image/png", "QUJD", "b.txt", "hi", "a.pdf"]);
}

#[test]
fn a_model_that_takes_no_sampling_gets_no_temperature() {
    let request = Request { temperature: Some(0.5), ..hi() };
    assert!(!sent(&request, &knowing(WireKind::CohereChat, ModelFacts::default())).contains("temperature"));
}

#[test]
fn a_base_may_name_its_version_or_not() {
    for end in ["", "/", "/v1", "/v2/"] {
        let target = Target::plain(WireKind::CohereChat, &format!("https://api.cohere.com{end}"), "m");
        assert_eq!(address(&target, Ask::Answer { plain: false }).unwrap(), "https://api.cohere.com/v2/chat");
        assert_eq!(address(&target, Ask::Models).unwrap(), "https://api.cohere.com/v1/models");
    }
}

proptest! {
    #[test]
    fn every_piece_is_covered_by_exactly_its_own_bytes(messages in messages()) {
        let request = request(messages);
        let said: Vec<(String, Origin)> = request
            .messages
            .iter()
            .flat_map(|message| &message.parts)
            .filter(|part| !joined(part).trim().is_empty())
            .flat_map(|part| match part {
                RequestPart::Text(pieces) => pieces.as_slice(),
                _ => &[],
            })
            .filter(|piece| !piece.text.is_empty())
            .map(|piece| (piece.text.clone(), piece.origin.clone()))
            .collect();
        prop_assert_eq!(covered(&encode(&request, &cohere()).unwrap()), said);
    }
}
