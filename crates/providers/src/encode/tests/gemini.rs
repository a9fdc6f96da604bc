//! generateContent bodies, and the addresses of AI Studio and Vertex AI.

use super::{body, covered, message, messages, opaque, origin, request, text, thinking};
use crate::address::{Ask, address};
use crate::encode::{Encoded, encode};
use crate::request::{Piece, Request, RequestPart, Tool, ToolChoice};
use crate::target::{MidSystem, Platform, Target, WireKind};
use proptest::prelude::*;
use rearview_domain::message::Role;
use rearview_domain::record::Origin;
use rearview_domain::settings::Effort;
use serde_json::{Value, json};

fn studio(model: &str) -> Target {
    Target::plain(WireKind::Gemini, "https://generativelanguage.googleapis.com/v1beta", model)
}

fn vertex(wire: WireKind, model: &str) -> Target {
    let mut target = Target::plain(wire, "https://us-central1-aiplatform.googleapis.com", model);
    target.platform = Platform::Vertex { project: "my-project".into(), location: "us-central1".into() };
    target
}

fn hello() -> Request {
    request(vec![message(Role::User, vec![text("Hi")])])
}

fn call(id: &str, name: &str, arguments: &str) -> RequestPart {
    RequestPart::ToolCall {
        id: id.into(),
        name: name.into(),
        arguments: arguments.into(),
        origin: origin(id),
    }
}

fn result(id: &str, name: &str, text: &str, failed: bool) -> RequestPart {
    let origin = Origin::ToolResult { call_id: id.into() };
    RequestPart::ToolResult { id: id.into(), name: name.into(), text: text.into(), failed, origin }
}

/// Calls as a history has them, with the results that answer them.
fn history(assistant: Vec<RequestPart>, results: Vec<RequestPart>) -> Request {
    request(vec![
        message(Role::User, vec![text("Hi")]),
        message(Role::Assistant, assistant),
        message(Role::Tool, results),
    ])
}

fn sent(encoded: &Encoded) -> String {
    String::from_utf8(encoded.body.clone()).unwrap()
}

#[test]
fn a_request_is_this_to_the_byte() {
    let image = Origin::Attachment { hash: "h".into() };
    let request = Request {
        messages: vec![
            message(Role::System, vec![text("Be kind.")]),
            message(
                Role::User,
                vec![
                    RequestPart::Text(vec![
                        Piece::new("Hi ", Origin::MemoryFrame),
                        Piece::new("\"Ana\"", origin("b")),
                    ]),
                    RequestPart::Image {
                        media_type: "image/png".into(),
                        base64: "QUJD".into(),
                        origin: image.clone(),
                    },
                ],
            ),
            message(Role::Assistant, vec![text("Yes?")]),
            message(
                Role::User,
                vec![RequestPart::File {
                    media_type: "application/pdf".into(),
                    name: "a.pdf".into(),
                    base64: "REVG".into(),
                    origin: image.clone(),
                }],
            ),
        ],
        max_output_tokens: Some(7),
        temperature: Some(0.5),
        effort: Some(Effort::Low),
        ..Request::default()
    };
    let encoded = encode(&request, &studio("gemini-2.5-flash")).unwrap();
    assert_eq!(
        sent(&encoded),
        r#"{"systemInstruction":{"parts":[{"text":"Be kind."}]},"contents":[{"role":"user","parts":[{"text":"Hi \"Ana\""},{"inlineData":{"mimeType":"image/png","data":"QUJD"}}]},{"role":"model","parts":[{"text":"Yes?"}]},{"role":"user","parts":[{"inlineData":{"mimeType":"application/pdf","data":"REVG"}}]}],"generationConfig":{"maxOutputTokens":7,"temperature":0.5,"thinkingConfig":{"includeThoughts":true,"thinkingBudget":1024}}}"#
    );
    assert_eq!(
        covered(&encoded),
        [
            ("Be kind.".into(), origin("Be kind.")),
            ("Hi ".into(), Origin::MemoryFrame),
            ("\"Ana\"".into(), origin("b")),
            ("image/png".into(), image.clone()),
            ("QUJD".into(), image.clone()),
            ("Yes?".into(), origin("Yes?")),
            ("application/pdf".into(), image.clone()),
            ("REVG".into(), image),
        ]
    );
    assert_eq!(sent(&encode(&request, &studio("gemini-2.5-flash")).unwrap()), sent(&encoded));
}

#[test]
fn tools_calls_and_results_are_this_to_the_byte() {
    let tool = Tool {
        name: "find".into(),
        description: "Finds.".into(),
        parameters: json!({"type": "object", "properties": {"q": {"type": "string"}}}),
    };
    let mut request = history(
        vec![call("c1", "find", r#"{"q": "a"}"#), call("c2", "find", "{\"q\":"), call("c3", "now", " ")],
        vec![
            result("c1", "find", "42", false),
            result("c2", "find", "no \"such\"", true),
            result("c3", "now", "12", false),
        ],
    );
    request.tools = vec![tool.clone()];
    request.tool_choice = ToolChoice::Required;
    let encoded = encode(&request, &studio("gemini-2.5-pro")).unwrap();
    assert_eq!(
        sent(&encoded),
        r#"{"contents":[{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"functionCall":{"name":"find","args":{"q": "a"}}},{"functionCall":{"name":"find","args":{"arguments":"{\"q\":"}}},{"functionCall":{"name":"now","args":{}}}]},{"role":"user","parts":[{"functionResponse":{"name":"find","response":{"result":"42"}}},{"functionResponse":{"name":"find","response":{"error":"no \"such\""}}},{"functionResponse":{"name":"now","response":{"result":"12"}}}]}],"tools":[{"functionDeclarations":[{"name":"find","description":"Finds.","parametersJsonSchema":{"type":"object","properties":{"q":{"type":"string"}}}}]}],"toolConfig":{"functionCallingConfig":{"mode":"ANY"}}}"#
    );
    let bytes = |from: &Origin| -> Vec<&str> {
        let of = encoded.spans.iter().filter(|span| span.origin == *from);
        of.map(|span| std::str::from_utf8(&encoded.body[span.start as usize..span.end as usize]).unwrap())
            .collect()
    };
    assert_eq!(bytes(&origin("c1")), ["find", r#"{"q": "a"}"#]);
    assert_eq!(bytes(&origin("c2")), ["find", r#"{\"q\":"#]);
    assert_eq!(bytes(&Origin::ToolResult { call_id: "c2".into() }), ["find", r#"no \"such\""#]);
    let schema = r#"{"type":"object","properties":{"q":{"type":"string"}}}"#;
    assert_eq!(bytes(&tool.origin()), ["find", "Finds.", schema]);
}

#[test]
fn the_choice_of_tools_is_said_when_there_are_tools_and_it_is_one() {
    let tool = Tool { name: "f".into(), description: "F.".into(), parameters: json!({"type": "object"}) };
    for (tools, choice, mode) in [
        (vec![tool.clone()], ToolChoice::Auto, Value::Null),
        (vec![tool], ToolChoice::Forbidden, "NONE".into()),
        (Vec::new(), ToolChoice::Required, Value::Null),
    ] {
        let request = Request { tools, tool_choice: choice, ..hello() };
        let body = body(&request, &studio("gemini-2.5-pro"));
        assert_eq!(body["toolConfig"]["functionCallingConfig"]["mode"], mode);
    }
}

#[test]
fn signatures_go_back_on_the_very_call_that_they_came_with_and_to_no_other_family() {
    let companion = json!({"forCall": "c1", "thoughtSignature": "s1"});
    let parts = |family: &str| {
        vec![
            text("So"),
            call("c1", "f", "{}"),
            opaque(companion.clone(), family),
            call("c2", "g", "{}"),
            opaque(json!({"type": "redacted_thinking"}), "anthropic"),
        ]
    };
    let encoded =
        encode(&history(parts("gemini"), vec![result("c1", "f", "1", false)]), &studio("gemini-3-pro"));
    let encoded = encoded.unwrap();
    let value: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(
        value["contents"][1]["parts"],
        json!([
            {"text": "So"},
            {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "s1"},
            {"functionCall": {"name": "g", "args": {}}},
        ])
    );
    assert!(covered(&encoded).contains(&("s1".into(), origin("o"))));
    let foreign =
        body(&history(parts("other"), vec![result("c1", "f", "1", false)]), &studio("gemini-2.5-pro"));
    assert_eq!(foreign["contents"][1]["parts"][1], json!({"functionCall": {"name": "f", "args": {}}}));
    let openai = Target::plain(WireKind::OpenaiChat, "https://api.example/v1", "m");
    assert!(
        !body(&without_results(history(parts("gemini"), Vec::new())), &openai).to_string().contains("s1")
    );
}

/// The conversation without its results.
fn without_results(mut request: Request) -> Request {
    request.messages.truncate(2);
    request
}

#[test]
fn unsigned_calls_of_another_model_are_marked_for_models_that_check_signatures() {
    let request =
        history(vec![call("c1", "f", "{}"), call("c2", "g", "{}")], vec![result("c1", "f", "1", false)]);
    let signatures = |model: &str| {
        let parts = body(&request, &studio(model))["contents"][1]["parts"].clone();
        (parts[0]["thoughtSignature"].clone(), parts[1]["thoughtSignature"].clone())
    };
    let skip = json!("skip_thought_signature_validator");
    assert_eq!(signatures("gemini-3-flash"), (skip, Value::Null));
    assert_eq!(signatures("gemini-2.5-flash"), (Value::Null, Value::Null));
}

#[test]
fn ids_of_the_api_go_back_where_they_came_from_and_minted_ones_nowhere() {
    let request = history(
        vec![
            call("x", "f", "{}"),
            opaque(json!({"forCall": "x", "idFrom": "studio"}), "gemini"),
            call("y", "g", "{}"),
        ],
        vec![result("x", "f", "1", false), result("y", "g", "2", false)],
    );
    let ids = |target: &Target| {
        let body = body(&request, target);
        let id = |message: usize, part: usize, kind: &str| {
            body["contents"][message]["parts"][part][kind]["id"].as_str().map(str::to_owned)
        };
        [
            id(1, 0, "functionCall"),
            id(1, 1, "functionCall"),
            id(2, 0, "functionResponse"),
            id(2, 1, "functionResponse"),
        ]
    };
    let x = Some("x".to_owned());
    assert_eq!(ids(&studio("gemini-3-pro")), [x.clone(), None, x, None]);
    assert_eq!(ids(&vertex(WireKind::Gemini, "gemini-3-pro")), [None, None, None, None]);
}

#[test]
fn a_text_is_cut_where_it_came_signed_and_its_bytes_keep_their_origins() {
    let companion = json!({"forText": 12, "signed": [
        {"start": 0, "end": 3, "thoughtSignature": "s1"},
        {"start": 12, "end": 12, "thoughtSignature": "s2"},
    ]});
    let said = RequestPart::Text(vec![Piece::new("Aña", origin("a")), Piece::new(" is here", origin("b"))]);
    let request = without_results(history(vec![said, opaque(companion.clone(), "gemini")], Vec::new()));
    let encoded = encode(&request, &studio("gemini-3-pro")).unwrap();
    let value: Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(
        value["contents"][1]["parts"],
        json!([
            {"text": "Añ", "thoughtSignature": "s1"},
            {"text": "a is here"},
            {"text": "", "thoughtSignature": "s2"},
        ])
    );
    assert_eq!(
        covered(&encoded)[1..],
        [
            ("Añ".into(), origin("a")),
            ("s1".into(), origin("o")),
            ("a".into(), origin("a")),
            (" is here".into(), origin("b")),
            ("s2".into(), origin("o")),
        ]
    );
    // An edited text goes back as it is now, without what it was signed with.
    for edited in ["Aña is there", "xxñxxxxxxxx", ""] {
        let request =
            without_results(history(vec![text(edited), opaque(companion.clone(), "gemini")], Vec::new()));
        let sent = body(&request, &studio("gemini-3-pro")).to_string();
        assert!(!sent.contains("s1") && !sent.contains("forText"), "{sent}");
        assert!(sent.contains(edited));
    }
}

#[test]
fn reasoning_goes_back_signed_and_whole_parts_as_they_were() {
    let image = json!({"inlineData": {"mimeType": "image/png", "data": "QUJD"}, "thoughtSignature": "s"});
    let request = history(
        vec![
            thinking(Some("sig"), "gemini"),
            thinking(None, "gemini"),
            thinking(Some("sig"), "anthropic"),
            text(""),
            text("So"),
            opaque(image.clone(), "gemini"),
        ],
        Vec::new(),
    );
    assert_eq!(
        body(&without_results(request), &studio("gemini-3-pro"))["contents"][1]["parts"],
        json!([{"text": "hm", "thought": true, "thoughtSignature": "sig"}, {"text": "So"}, image])
    );
}

#[test]
fn roles_alternate_results_stand_first_and_system_messages_of_mid_conversation_are_folded() {
    let request = request(vec![
        message(Role::System, vec![text("A"), text("B")]),
        message(Role::User, vec![text("a")]),
        message(Role::Assistant, vec![call("c", "f", "{}")]),
        message(Role::System, vec![text("Memory")]),
        message(Role::User, vec![text("b"), result("c", "f", "1", false)]),
    ]);
    let body = body(&request, &studio("gemini-2.5-pro"));
    assert_eq!(body["systemInstruction"], json!({"parts": [{"text": "A"}, {"text": "B"}]}));
    assert_eq!(
        body["contents"],
        json!([
            {"role": "user", "parts": [{"text": "a"}]},
            {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {}}}]},
            {"role": "user", "parts": [
                {"functionResponse": {"name": "f", "response": {"result": "1"}}},
                {"text": "Memory"},
                {"text": "b"},
            ]},
        ])
    );
}

#[test]
fn a_model_without_a_system_instruction_gets_it_as_the_first_words() {
    let request =
        request(vec![message(Role::System, vec![text("Be kind.")]), message(Role::User, vec![text("Hi")])]);
    let body = body(&request, &studio("gemma-3-27b-it"));
    assert_eq!(body.get("systemInstruction"), None);
    assert_eq!(body["contents"], json!([{"role": "user", "parts": [{"text": "Be kind."}, {"text": "Hi"}]}]));
}

#[test]
fn a_schema_is_sent_except_beside_tools_to_models_that_refuse_both() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let tool = Tool { name: "f".into(), description: "F.".into(), parameters: json!({"type": "object"}) };
    let config = |model: &str, tools: Vec<Tool>| {
        let request = Request { answer_schema: Some(schema.clone()), tools, ..hello() };
        body(&request, &studio(model))["generationConfig"].clone()
    };
    let sent = json!({"responseMimeType": "application/json", "responseJsonSchema": schema});
    assert_eq!(config("gemini-2.5-flash", Vec::new()), sent);
    assert_eq!(config("gemini-3-flash", vec![tool.clone()]), sent);
    assert_eq!(config("gemini-2.5-flash", vec![tool]), Value::Null);
}

#[test]
fn thinking_is_said_in_the_words_of_the_generation_and_not_at_all_when_nobody_asks() {
    let config = |model: &str, effort: Option<Effort>| {
        body(&Request { effort, ..hello() }, &studio(model))["generationConfig"]["thinkingConfig"].clone()
    };
    assert_eq!(
        config("gemini-2.5-flash", Some(Effort::Off)),
        json!({"includeThoughts": false, "thinkingBudget": 0})
    );
    assert_eq!(
        config("gemini-3-flash", Some(Effort::High)),
        json!({"includeThoughts": true, "thinkingLevel": "HIGH"})
    );
    assert_eq!(config("gemini-3-flash", None), Value::Null);
    assert_eq!(config("gemini-2.0-flash", Some(Effort::High)), Value::Null);
}

#[test]
fn temperature_is_left_out_where_sampling_is_refused() {
    let mut target = studio("gemini-2.5-flash");
    target.quirks.sampling = false;
    let request = Request { temperature: Some(1.0), ..hello() };
    assert_eq!(body(&request, &target).get("generationConfig"), None);
}

#[test]
fn claude_on_vertex_ai_names_the_version_in_the_body_and_the_model_in_the_address() {
    let target = vertex(WireKind::AnthropicMessages, "claude-sonnet-4@20250514");
    let encoded = encode(&hello(), &target).unwrap();
    assert!(sent(&encoded).starts_with(r#"{"anthropic_version":"vertex-2023-10-16","max_tokens":"#));
    assert!(!sent(&encoded).contains("\"model\""));
    assert!(!encoded.headers.iter().any(|(name, _)| name == "anthropic-version"));
}

#[test]
fn every_kind_of_model_of_google_s_has_its_address_plain_and_streaming() {
    let place = "https://us-central1-aiplatform.googleapis.com/v1/projects/my-project/locations/us-central1";
    let studio_base = "https://generativelanguage.googleapis.com/v1beta";
    for (target, plain, streaming) in [
        (
            studio("gemini-2.5-flash"),
            format!("{studio_base}/models/gemini-2.5-flash:generateContent"),
            format!("{studio_base}/models/gemini-2.5-flash:streamGenerateContent?alt=sse"),
        ),
        (
            studio("models/gemini-2.5-flash"),
            format!("{studio_base}/models/gemini-2.5-flash:generateContent"),
            format!("{studio_base}/models/gemini-2.5-flash:streamGenerateContent?alt=sse"),
        ),
        (
            vertex(WireKind::Gemini, "gemini-2.5-pro"),
            format!("{place}/publishers/google/models/gemini-2.5-pro:generateContent"),
            format!("{place}/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse"),
        ),
        (
            vertex(WireKind::Gemini, "4965075652664360960"),
            format!("{place}/endpoints/4965075652664360960:generateContent"),
            format!("{place}/endpoints/4965075652664360960:streamGenerateContent?alt=sse"),
        ),
        (
            vertex(WireKind::AnthropicMessages, "claude-sonnet-4@20250514"),
            format!("{place}/publishers/anthropic/models/claude-sonnet-4@20250514:rawPredict"),
            format!("{place}/publishers/anthropic/models/claude-sonnet-4@20250514:streamRawPredict"),
        ),
        (
            vertex(WireKind::OpenaiChat, "meta/llama-3.3-70b-instruct-maas"),
            format!("{place}/endpoints/openapi/chat/completions"),
            format!("{place}/endpoints/openapi/chat/completions"),
        ),
        (
            vertex(WireKind::OpenaiChat, "1234567890"),
            format!("{place}/endpoints/1234567890/chat/completions"),
            format!("{place}/endpoints/1234567890/chat/completions"),
        ),
        (
            vertex(WireKind::OpenaiChat, "mistral-large-2411@001"),
            format!("{place}/publishers/mistralai/models/mistral-large-2411@001:rawPredict"),
            format!("{place}/publishers/mistralai/models/mistral-large-2411@001:streamRawPredict"),
        ),
    ] {
        for (is_plain, expected) in [(true, plain), (false, streaming)] {
            let encoded = encode(&Request { plain: is_plain, ..hello() }, &target).unwrap();
            assert_eq!((encoded.method, encoded.url), ("POST", expected));
        }
    }
}

#[test]
fn a_vertex_base_may_hold_the_version_or_the_whole_place_and_the_location_may_be_global() {
    let url = |base: &str, location: &str| {
        let mut target = vertex(WireKind::Gemini, "gemini-2.5-pro");
        target.base_url = base.into();
        target.platform = Platform::Vertex { project: "my-project".into(), location: location.into() };
        address(&target, Ask::Answer { plain: true }).unwrap()
    };
    let model = "publishers/google/models/gemini-2.5-pro:generateContent";
    for base in [
        "https://aiplatform.googleapis.com",
        "https://aiplatform.googleapis.com/",
        "https://aiplatform.googleapis.com/v1",
    ] {
        let place = "https://aiplatform.googleapis.com/v1/projects/my-project/locations/global";
        assert_eq!(url(base, "global"), format!("{place}/{model}"), "{base}");
    }
    let place = "https://eu-aiplatform.googleapis.com/v1beta1/projects/other/locations/eu";
    assert_eq!(url(place, "us-central1"), format!("{place}/{model}"));
    assert_eq!(
        url("https://aiplatform.googleapis.com/v1beta1", "a/../b"),
        format!("https://aiplatform.googleapis.com/v1beta1/projects/my-project/locations/a%2F..%2Fb/{model}")
    );
}

#[test]
fn models_are_listed_by_their_publisher() {
    let list = |target: &Target| address(target, Ask::Models).unwrap();
    assert_eq!(list(&studio("")), "https://generativelanguage.googleapis.com/v1beta/models");
    let host = "https://us-central1-aiplatform.googleapis.com";
    assert_eq!(list(&vertex(WireKind::Gemini, "")), format!("{host}/v1beta1/publishers/google/models"));
    assert_eq!(
        list(&vertex(WireKind::AnthropicMessages, "")),
        format!("{host}/v1beta1/publishers/anthropic/models")
    );
}

proptest! {
    #[test]
    fn every_piece_is_covered_by_exactly_its_own_bytes(messages in messages()) {
        let request = request(messages);
        let mut target = studio("gemini-2.5-pro");
        target.quirks.mid_system = MidSystem::Yes;
        let encoded = encode(&request, &target).unwrap();
        let value: Value = serde_json::from_slice(&encoded.body).unwrap();
        let pieces = request.messages.iter().flat_map(|message| &message.parts).flat_map(|part| match part {
            RequestPart::Text(pieces) => pieces.as_slice(),
            _ => &[],
        });
        let expected: Vec<(String, Origin)> =
            pieces.filter(|piece| !piece.text.is_empty()).map(|piece| (piece.text.clone(), piece.origin.clone())).collect();
        prop_assert_eq!(covered(&encoded), expected.clone());
        let contents = value["contents"].as_array().unwrap();
        let said: String = std::iter::once(&value["systemInstruction"])
            .chain(contents)
            .flat_map(|content| content["parts"].as_array().into_iter().flatten())
            .map(|part| part["text"].as_str().unwrap())
            .collect();
        prop_assert_eq!(said, expected.into_iter().map(|(text, _)| text).collect::<String>());
        prop_assert!(contents.windows(2).all(|pair| pair[0]["role"] != pair[1]["role"]));
    }
}
