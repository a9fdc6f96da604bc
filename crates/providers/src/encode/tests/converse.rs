//! What goes out to Converse, to the byte, and what the spans say about it.

use super::*;
use crate::catalogue::ModelFacts;
use crate::request::{Tool, ToolChoice};
use crate::target::Platform;
use rearview_domain::settings::Effort;

const BASE: &str = "https://bedrock-runtime.us-east-1.amazonaws.com";
const CLAUDE: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";

fn bedrock(model: &str) -> Target {
    let mut target = Target::plain(WireKind::BedrockConverse, BASE, model);
    target.platform = Platform::Bedrock { region: "us-east-1".into(), profile: None };
    target
}

fn knowing(model: &str, facts: ModelFacts) -> Target {
    Target { facts: Some(Box::leak(Box::new(facts))), ..bedrock(model) }
}

fn hello() -> Request {
    request(vec![message(Role::User, vec![text("Hi")])])
}

fn tool(name: &str) -> Tool {
    Tool { name: name.into(), description: "Finds".into(), parameters: json!({"type": "object"}) }
}

fn call(id: &str, arguments: &str) -> RequestPart {
    let (name, origin) = ("find".into(), origin("call"));
    RequestPart::ToolCall { id: id.into(), name, arguments: arguments.into(), origin }
}

fn result(id: &str, text: &str, failed: bool) -> RequestPart {
    let origin = Origin::ToolResult { call_id: id.into() };
    RequestPart::ToolResult { id: id.into(), name: "find".into(), text: text.into(), failed, origin }
}

/// What each span covers, as it stands in the body.
fn raw(encoded: &Encoded) -> Vec<(&str, Origin)> {
    let cut =
        |start: u32, end: u32| std::str::from_utf8(&encoded.body[start as usize..end as usize]).unwrap();
    encoded.spans.iter().map(|span| (cut(span.start, span.end), span.origin.clone())).collect()
}

#[test]
fn a_request_is_this_to_the_byte_and_every_span_covers_its_own() {
    let request = Request {
        tools: vec![tool("find")],
        tool_choice: ToolChoice::Required,
        max_output_tokens: Some(7),
        temperature: Some(0.5),
        ..request(vec![
            message(Role::System, vec![text("Be kind.")]),
            message(
                Role::User,
                vec![RequestPart::Text(vec![
                    Piece::new("Hi ", Origin::MemoryFrame),
                    Piece::new("\"Ana\"", origin("b")),
                ])],
            ),
            message(Role::Assistant, vec![text("Let me see."), call("t1", " {\"q\": 1} "), call("t2", "")]),
            message(Role::Tool, vec![result("t1", "42", false)]),
            message(Role::Tool, vec![result("t2", "no such thing", true)]),
            message(Role::User, vec![text("Well?")]),
        ])
    };
    let encoded = encode(&request, &bedrock(CLAUDE)).unwrap();
    let expected = concat!(
        r#"{"messages":[{"role":"user","content":[{"text":"Hi \"Ana\""}]},"#,
        r#"{"role":"assistant","content":[{"text":"Let me see."},"#,
        r#"{"toolUse":{"toolUseId":"t1","name":"find","input":{"q": 1}}},"#,
        r#"{"toolUse":{"toolUseId":"t2","name":"find","input":{}}}]},"#,
        r#"{"role":"user","content":[{"toolResult":{"toolUseId":"t1","content":[{"text":"42"}]}},"#,
        r#"{"toolResult":{"toolUseId":"t2","content":[{"text":"no such thing"}],"status":"error"}},"#,
        r#"{"text":"Well?"}]}],"#,
        r#""system":[{"text":"Be kind."}],"#,
        r#""inferenceConfig":{"maxTokens":7,"temperature":0.5},"#,
        r#""toolConfig":{"tools":[{"toolSpec":{"name":"find","description":"Finds","inputSchema":{"json":{"type":"object"}}}}],"#,
        r#""toolChoice":{"any":{}}}}"#,
    );
    assert_eq!(String::from_utf8(encoded.body.clone()).unwrap(), expected);
    let (by_call, by_tool) = (origin("call"), Origin::Tool { name: "find".into() });
    let (one, two) =
        (Origin::ToolResult { call_id: "t1".into() }, Origin::ToolResult { call_id: "t2".into() });
    assert_eq!(
        raw(&encoded),
        [
            ("Hi ", Origin::MemoryFrame),
            ("\\\"Ana\\\"", origin("b")),
            ("Let me see.", origin("Let me see.")),
            ("t1", by_call.clone()),
            ("find", by_call.clone()),
            ("{\"q\": 1}", by_call.clone()),
            ("t2", by_call.clone()),
            ("find", by_call),
            ("t1", one.clone()),
            ("42", one),
            ("t2", two.clone()),
            ("no such thing", two),
            ("Well?", origin("Well?")),
            ("Be kind.", origin("Be kind.")),
            ("find", by_tool.clone()),
            ("Finds", by_tool.clone()),
            ("{\"type\":\"object\"}", by_tool),
        ]
    );
    let names: Vec<&str> = encoded.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["content-type", "user-agent", "accept", "accept-encoding"]);
    assert!(encoded.headers.contains(&("accept".into(), "application/vnd.amazon.eventstream".into())));
}

#[test]
fn the_model_stands_in_the_address_encoded_once() {
    let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/ab12";
    for (model, plain, path) in [
        (CLAUDE, false, "us.anthropic.claude-sonnet-4-20250514-v1%3A0/converse-stream"),
        (CLAUDE, true, "us.anthropic.claude-sonnet-4-20250514-v1%3A0/converse"),
        (
            arn,
            false,
            "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fab12/converse-stream",
        ),
        ("my model 100%", false, "my%20model%20100%25/converse-stream"),
    ] {
        let encoded = encode(&Request { plain, ..hello() }, &bedrock(model)).unwrap();
        assert_eq!(encoded.url, format!("{BASE}/model/{path}"));
        assert_eq!(encoded.body, br#"{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}"#);
    }
}

#[test]
fn models_are_listed_at_the_control_plane_and_only_of_aws_itself() {
    for (base, expected) in [
        (BASE, "https://bedrock.us-east-1.amazonaws.com/foundation-models"),
        (
            "https://bedrock-runtime.cn-north-1.amazonaws.com.cn/",
            "https://bedrock.cn-north-1.amazonaws.com.cn/foundation-models",
        ),
        ("http://127.0.0.1:4000/aws", "http://127.0.0.1:4000/aws/foundation-models"),
        ("https://bedrock-runtime.example", "https://bedrock-runtime.example/foundation-models"),
        (
            "https://bedrock-runtime.amazonaws.com.evil.example",
            "https://bedrock-runtime.amazonaws.com.evil.example/foundation-models",
        ),
    ] {
        let target = Target { base_url: base.into(), ..bedrock("") };
        assert_eq!(address(&target, Ask::Models).unwrap(), expected);
    }
}

#[test]
fn images_and_documents_go_with_a_format_and_are_covered_by_spans() {
    let from = Origin::Attachment { hash: "h".into() };
    let image =
        RequestPart::Image { media_type: "image/jpg".into(), base64: "QUJD".into(), origin: from.clone() };
    let file = RequestPart::File {
        media_type: "application/pdf".into(),
        name: "My report.pdf".into(),
        base64: "REVG".into(),
        origin: from.clone(),
    };
    let request = request(vec![
        message(Role::User, vec![text("See"), image, file.clone()]),
        message(Role::Assistant, vec![text("Yes?")]),
        message(Role::User, vec![file]),
    ]);
    let body = body(&request, &bedrock(CLAUDE));
    assert_eq!(
        body["messages"][0]["content"],
        json!([
            {"text": "See"},
            {"image": {"format": "jpeg", "source": {"bytes": "QUJD"}}},
            {"document": {"format": "pdf", "name": "My report-pdf", "source": {"bytes": "REVG"}}},
        ])
    );
    assert_eq!(
        body["messages"][2]["content"],
        json!([
            {"document": {"format": "pdf", "name": "My report-pdf 2", "source": {"bytes": "REVG"}}},
            {"text": "See the attached document."},
        ])
    );
    let encoded = encode(&request, &bedrock(CLAUDE)).unwrap();
    let spans = raw(&encoded);
    let told: Vec<&str> = spans.iter().filter(|(_, of)| *of == from).map(|(text, _)| *text).collect();
    assert_eq!(told, ["jpeg", "QUJD", "pdf", "My report-pdf", "REVG", "pdf", "My report-pdf", "REVG"]);
}

#[test]
fn reasoning_goes_back_first_and_only_to_its_own_family() {
    let redacted = json!({"reasoningContent": {"redactedContent": "QQ=="}});
    let request = request(vec![message(
        Role::Assistant,
        vec![
            text("So"),
            thinking(Some("sig"), "bedrock"),
            opaque(redacted.clone(), "bedrock"),
            thinking(None, "bedrock"),
            thinking(Some("s"), "anthropic"),
            opaque(redacted.clone(), "anthropic"),
        ],
    )]);
    assert_eq!(
        body(&request, &bedrock(CLAUDE))["messages"][0]["content"],
        json!([
            {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "sig"}}},
            redacted,
            {"text": "So"},
        ])
    );
}

#[test]
fn neighbours_of_one_role_are_one_message_and_blank_text_is_left_out() {
    let request = request(vec![
        message(Role::System, vec![text("a"), text(" "), text("b")]),
        message(Role::User, vec![text("c")]),
        message(Role::Assistant, vec![text("\n")]),
        message(Role::System, vec![text("Memory")]),
        message(Role::User, vec![text("d")]),
    ]);
    let body = body(&request, &bedrock(CLAUDE));
    assert_eq!(body["system"], json!([{"text": "a"}, {"text": "b"}]));
    assert_eq!(
        body["messages"],
        json!([{"role": "user", "content": [{"text": "c"}, {"text": "Memory"}, {"text": "d"}]}])
    );
}

#[test]
fn an_empty_result_and_an_odd_id_are_sent_as_converse_takes_them() {
    let request = request(vec![
        message(Role::Assistant, vec![call("call|1", "[1]")]),
        message(Role::Tool, vec![result("call|1", " ", false)]),
    ]);
    let body = body(&request, &bedrock(CLAUDE));
    assert_eq!(
        body["messages"][0]["content"][0],
        json!({"toolUse": {"toolUseId": "call_1", "name": "find", "input": {"arguments": "[1]"}}})
    );
    assert_eq!(
        body["messages"][1]["content"][0],
        json!({"toolResult": {"toolUseId": "call_1", "content": [{"text": "(empty)"}]}})
    );
}

#[test]
fn tools_are_left_out_when_forbidden_unless_the_history_calls_one() {
    let forbidden = |messages| Request {
        tools: vec![tool("find")],
        tool_choice: ToolChoice::Forbidden,
        ..request(messages)
    };
    let hi = message(Role::User, vec![text("Hi")]);
    assert_eq!(body(&forbidden(vec![hi.clone()]), &bedrock(CLAUDE)).get("toolConfig"), None);
    let history = vec![
        hi,
        message(Role::Assistant, vec![call("t", "{}")]),
        message(Role::Tool, vec![result("t", "x", false)]),
    ];
    let sent = body(&forbidden(history.clone()), &bedrock(CLAUDE));
    assert_eq!(sent["toolConfig"]["tools"][0]["toolSpec"]["name"], "find");
    assert_eq!(sent["toolConfig"].get("toolChoice"), None);

    // Tools that are no longer offered are defined by their names, once.
    let unknown = Request { tool_choice: ToolChoice::Required, ..request(history) };
    let encoded = encode(&unknown, &bedrock(CLAUDE)).unwrap();
    let sent = body(&unknown, &bedrock(CLAUDE));
    assert_eq!(
        sent["toolConfig"],
        json!({"tools": [{"toolSpec": {"name": "find", "inputSchema": {"json": {"type": "object"}}}}]})
    );
    assert_eq!(raw(&encoded).last(), Some(&("find", origin("call"))));
}

#[test]
fn auto_is_not_said_and_required_is_any() {
    let sent = |tool_choice| {
        let request = Request { tools: vec![tool("find")], tool_choice, ..hello() };
        body(&request, &bedrock(CLAUDE))["toolConfig"].take()
    };
    assert_eq!(sent(ToolChoice::Auto).get("toolChoice"), None);
    assert_eq!(sent(ToolChoice::Required)["toolChoice"], json!({"any": {}}));
}

#[test]
fn sampling_is_left_out_where_it_is_not_taken() {
    let request = Request { temperature: Some(0.5), ..hello() };
    let temperature = |target: &Target| body(&request, target)["inferenceConfig"]["temperature"].clone();
    assert_eq!(temperature(&bedrock(CLAUDE)), 0.5);
    let mut quirky = bedrock(CLAUDE);
    quirky.quirks.sampling = false;
    assert_eq!(temperature(&quirky), Value::Null);
    assert_eq!(temperature(&knowing(CLAUDE, ModelFacts::default())), Value::Null);
    assert_eq!(temperature(&knowing(CLAUDE, ModelFacts { sampling: true, ..ModelFacts::default() })), 0.5);
}

#[test]
fn effort_goes_out_in_the_word_of_the_model_s_maker() {
    let facts = ModelFacts { reasoning: true, adaptive_thinking: true, ..ModelFacts::default() };
    let fields = |target: &Target, effort| {
        let request = Request { effort: Some(effort), ..hello() };
        body(&request, target).get("additionalModelRequestFields").cloned()
    };
    let budget = |tokens| json!({"thinking": {"type": "enabled", "budget_tokens": tokens}});
    let adaptive = json!({"thinking": {"type": "adaptive", "display": "summarized"}, "output_config": {"effort": "medium"}});
    let nova = "us.amazon.nova-2-lite-v1:0";
    for (target, effort, expected) in [
        (bedrock(CLAUDE), Effort::Low, Some(budget(2_048))),
        (bedrock(CLAUDE), Effort::High, Some(budget(16_384))),
        (bedrock(CLAUDE), Effort::Off, None),
        (bedrock(CLAUDE), Effort::Provider, None),
        (knowing(CLAUDE, ModelFacts::default()), Effort::High, None),
        (knowing("anthropic.claude-sonnet-5", facts.clone()), Effort::Medium, Some(adaptive)),
        (
            knowing("anthropic.claude-sonnet-5", facts.clone()),
            Effort::Off,
            Some(json!({"thinking": {"type": "disabled"}})),
        ),
        (knowing("anthropic.claude-opus-5-5", facts), Effort::Off, None),
        (
            bedrock(nova),
            Effort::Low,
            Some(json!({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}})),
        ),
        (bedrock(nova), Effort::Off, None),
        (bedrock("openai.gpt-oss-120b-1:0"), Effort::High, Some(json!({"reasoning_effort": "high"}))),
        (bedrock("openai.gpt-oss-120b-1:0"), Effort::Off, None),
        (bedrock("us.openai.gpt-5.6"), Effort::Off, Some(json!({"reasoning": {"effort": "none"}}))),
        (bedrock("meta.llama3-1-8b-instruct-v1:0"), Effort::High, None),
    ] {
        assert_eq!(fields(&target, effort), expected, "{} {effort:?}", target.model);
    }
}

#[test]
fn what_does_not_go_with_thinking_is_left_out_beside_it() {
    let request = |effort, max_output_tokens| Request {
        effort: Some(effort),
        temperature: Some(0.5),
        max_output_tokens: Some(max_output_tokens),
        ..hello()
    };
    let sent = |model: &str, request: &Request| {
        body(request, &bedrock(model)).get("inferenceConfig").cloned().unwrap_or_default()
    };
    assert_eq!(sent(CLAUDE, &request(Effort::Low, 9_000)), json!({"maxTokens": 9_000}));
    // Too little room to think in: then without thinking, and as asked otherwise.
    let short = request(Effort::High, 500);
    assert_eq!(sent(CLAUDE, &short), json!({"maxTokens": 500, "temperature": 0.5}));
    assert_eq!(body(&short, &bedrock(CLAUDE)).get("additionalModelRequestFields"), None);
    let nova = "amazon.nova-2-lite-v1:0";
    assert_eq!(sent(nova, &request(Effort::Low, 9_000)), json!({"maxTokens": 9_000, "temperature": 0.5}));
    assert_eq!(sent(nova, &request(Effort::High, 9_000)), Value::Null);
    // A forced call of a tool rules thinking out.
    let forced = Request {
        tools: vec![tool("find")],
        tool_choice: ToolChoice::Required,
        ..request(Effort::High, 9_000)
    };
    assert_eq!(body(&forced, &bedrock(CLAUDE)).get("additionalModelRequestFields"), None);
}

#[test]
fn a_schema_goes_to_models_that_are_known_to_follow_one_and_is_closed() {
    let schema = json!({"type": "object", "properties": {"facts": {"type": "array", "items": {"type": "object"}},
        "map": {"type": "object", "additionalProperties": {"type": "string"}}}});
    let request = Request { answer_schema: Some(schema), ..hello() };
    assert_eq!(body(&request, &bedrock(CLAUDE)).get("outputConfig"), None);
    let facts = ModelFacts { answer_schema: true, ..ModelFacts::default() };
    let format = body(&request, &knowing(CLAUDE, facts))["outputConfig"]["textFormat"].take();
    assert_eq!(format["type"], "json_schema");
    assert_eq!(format["structure"]["jsonSchema"]["name"], "answer");
    let schema = format["structure"]["jsonSchema"]["schema"].as_str().unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(schema).unwrap(),
        json!({"type": "object", "additionalProperties": false, "properties": {
            "facts": {"type": "array", "items": {"type": "object", "additionalProperties": false}},
            "map": {"type": "object", "additionalProperties": {"type": "string"}}}})
    );
}

proptest! {
    #[test]
    fn every_piece_is_covered_by_exactly_its_own_bytes_for_converse(messages in messages()) {
        let request = request(messages);
        let encoded = encode(&request, &bedrock(CLAUDE)).unwrap();
        let value: Value = serde_json::from_slice(&encoded.body).unwrap();
        let mut told: Vec<(String, Origin)> = covered(&encoded);
        let sent = |part: &&RequestPart| !joined(part).trim().is_empty();
        let pieces = |part: &RequestPart| match part {
            RequestPart::Text(pieces) => pieces.clone(),
            _ => Vec::new(),
        };
        let mut expected: Vec<(String, Origin)> = request
            .messages
            .iter()
            .flat_map(|message| &message.parts)
            .filter(sent)
            .flat_map(pieces)
            .filter(|piece| !piece.text.is_empty())
            .map(|piece| (piece.text, piece.origin))
            .collect();
        // System text stands behind the conversation, and a folded message before the person's next.
        let order = |entries: &mut Vec<(String, Origin)>| entries.sort_by_key(|entry| format!("{entry:?}"));
        order(&mut told);
        order(&mut expected);
        prop_assert_eq!(told, expected);
        let roles: Vec<&Value> = value["messages"].as_array().unwrap().iter().map(|m| &m["role"]).collect();
        prop_assert!(roles.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
