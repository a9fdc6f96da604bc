//! Bodies for Ollama's own chat.

use super::tools::{asking, knowing, raw};
use super::*;
use crate::catalogue::ModelFacts;
use crate::request::ToolChoice;
use rearview_domain::settings::Effort;

fn ollama(model: &str) -> Target {
    Target::plain(WireKind::OllamaChat, "http://localhost:11434", model)
}

fn hi() -> Request {
    request(vec![message(Role::User, vec![text("Hi")])])
}

fn num_ctx(request: &Request, target: &Target) -> u64 {
    body(request, target)["options"]["num_ctx"].as_u64().unwrap()
}

#[test]
fn a_request_is_this_to_the_byte() {
    let request = Request {
        messages: vec![message(Role::System, vec![text("Be kind.")]), message(Role::User, vec![text("Hi")])],
        max_output_tokens: Some(7),
        temperature: Some(0.5),
        answer_schema: Some(json!({"type": "object"})),
        effort: Some(Effort::Medium),
        ..asking(ToolChoice::Auto)
    };
    let encoded = encode(&request, &ollama("qwen3:8b")).unwrap();
    assert_eq!(encoded.url, "http://localhost:11434/api/chat");
    assert_eq!(
        std::str::from_utf8(&encoded.body).unwrap(),
        r#"{"model":"qwen3:8b","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"find","description":"Finds \"it\".","parameters":{"type":"object","properties":{"q":{"type":"string"}}}}}],"think":true,"format":{"type":"object"},"options":{"num_ctx":8192,"temperature":0.5,"num_predict":7},"truncate":false,"shift":false,"stream":true}"#
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
fn effort_is_a_switch_and_a_level_where_the_model_takes_levels() {
    for (effort, switch, level) in [
        (Effort::Provider, Value::Null, Value::Null),
        (Effort::Off, json!(false), json!(false)),
        (Effort::Low, json!(true), json!("low")),
        (Effort::Medium, json!(true), json!("medium")),
        (Effort::High, json!(true), json!("high")),
    ] {
        let request = Request { effort: Some(effort), ..hi() };
        assert_eq!(body(&request, &ollama("qwen3:8b"))["think"], switch, "{effort:?}");
        assert_eq!(body(&request, &ollama("gpt-oss:20b"))["think"], level, "{effort:?}");
        let knows = knowing(WireKind::OllamaChat, ModelFacts::default());
        assert_eq!(body(&request, &knows).get("think"), None, "{effort:?}");
    }
}

#[test]
fn the_context_holds_the_prompt_and_the_answer() {
    let model = ollama("m");
    let long = |bytes: usize| request(vec![message(Role::User, vec![text(&"x".repeat(bytes))])]);
    assert_eq!(num_ctx(&hi(), &model), 8_192);
    // 4,080 tokens of text, 16 of the message and 4,096 for the answer are 8,192; one byte more is not.
    assert_eq!(num_ctx(&long(3 * 4_080), &model), 8_192);
    assert_eq!(num_ctx(&long(3 * 4_080 + 1), &model), 16_384);
    assert_eq!(num_ctx(&long(10_000_000), &model), 131_072);
    let talkative = Request { max_output_tokens: Some(20_000), ..hi() };
    assert_eq!(num_ctx(&talkative, &model), 32_768);
}

#[test]
fn the_context_is_the_persons_and_never_more_than_the_model_has() {
    let mut model = ollama("m");
    model.quirks.num_ctx = Some(3_000);
    let long = request(vec![message(Role::User, vec![text(&"x".repeat(1_000_000))])]);
    assert_eq!(num_ctx(&long, &model), 3_000);
    for context in [4_096, 40_960] {
        let facts = ModelFacts { context: Some(context), ..ModelFacts::default() };
        assert_eq!(num_ctx(&long, &knowing(WireKind::OllamaChat, facts)), u64::from(context));
    }
}

#[test]
fn an_image_counts_as_an_image_and_tools_count_as_text() {
    let from = Origin::Attachment { hash: "h".into() };
    let image = RequestPart::Image {
        media_type: "image/png".into(),
        base64: "A".repeat(3_000_000).into(),
        origin: from,
    };
    let picture = request(vec![message(Role::User, vec![text("See"), image])]);
    assert_eq!(num_ctx(&picture, &ollama("m")), 8_192);
    let mut wordy = asking(ToolChoice::Auto);
    wordy.tools[0].description = "x".repeat(30_000);
    assert_eq!(num_ctx(&wordy, &ollama("m")), 16_384);
}

#[test]
fn calls_results_thinking_and_images_go_in_their_own_fields() {
    let from = Origin::Attachment { hash: "h".into() };
    let image =
        || RequestPart::Image { media_type: "image/png".into(), base64: "QUJD".into(), origin: from.clone() };
    let file = |media_type: &str, name: &str, base64: &str| RequestPart::File {
        media_type: media_type.into(),
        name: name.into(),
        base64: base64.into(),
        origin: from.clone(),
    };
    let call = |id: &str, arguments: &str| RequestPart::ToolCall {
        id: id.into(),
        name: "find".into(),
        arguments: arguments.into(),
        origin: origin("c"),
    };
    let result = |id: &str| RequestPart::ToolResult {
        id: id.into(),
        name: "find".into(),
        text: "42".into(),
        failed: false,
        origin: Origin::ToolResult { call_id: id.into() },
    };
    let request = request(vec![
        message(
            Role::User,
            vec![
                text("See"),
                image(),
                image(),
                file("text/plain", "b.txt", "aGk="),
                file("application/pdf", "a.pdf", "QUJD"),
            ],
        ),
        message(
            Role::Assistant,
            vec![
                thinking(None, "ollama"),
                thinking(Some("s"), "anthropic"),
                call("a", r#"{"q": 1}"#),
                call("b", "{\"q\":"),
                call("c", ""),
            ],
        ),
        message(Role::Tool, vec![result("a"), result("b"), result("c")]),
    ]);
    let tool = json!({"role": "tool", "tool_name": "find", "content": "42"});
    assert_eq!(
        body(&request, &ollama("m"))["messages"],
        json!([
            {"role": "user", "content":
                "See\n\nb.txt:\n\nhi\n\n(The file `a.pdf` is attached, but cannot be sent to this model.)",
                "images": ["QUJD", "QUJD"]},
            {"role": "assistant", "content": "", "thinking": "hm", "tool_calls": [
                {"function": {"name": "find", "arguments": {"q": 1}}},
                {"function": {"name": "find", "arguments": {"arguments": "{\"q\":"}}},
                {"function": {"name": "find", "arguments": {}}},
            ]},
            tool, tool, tool,
        ])
    );
    let encoded = encode(&request, &ollama("m")).unwrap();
    let pieces: Vec<&str> = raw(&encoded).into_iter().map(|(text, _)| text).collect();
    assert_eq!(
        pieces,
        [
            "See",
            "b.txt",
            "hi",
            "a.pdf",
            "QUJD",
            "QUJD",
            "hm",
            "find",
            r#"{"q": 1}"#,
            "find",
            r#"{\"q\":"#,
            "find",
            "find",
            "42",
            "find",
            "42",
            "find",
            "42"
        ]
    );
}

#[test]
fn tools_that_must_not_be_called_are_not_offered() {
    for (choice, offered) in
        [(ToolChoice::Auto, true), (ToolChoice::Required, true), (ToolChoice::Forbidden, false)]
    {
        let body = body(&asking(choice), &ollama("m"));
        assert_eq!(body.get("tools").is_some(), offered, "{choice:?}");
        assert_eq!(body.get("tool_choice"), None);
    }
}

#[test]
fn a_plain_answer_is_no_stream() {
    let encoded = encode(&Request { plain: true, ..hi() }, &ollama("m")).unwrap();
    assert!(encoded.body.ends_with(br#""stream":false}"#));
    assert!(encoded.headers.contains(&("accept".into(), "application/json".into())));
}

#[test]
fn a_base_may_name_its_path_or_not() {
    for end in ["", "/", "/v1", "/api/"] {
        let target = Target::plain(WireKind::OllamaChat, &format!("http://localhost:11434{end}"), "m");
        assert_eq!(
            address(&target, Ask::Answer { plain: false }).unwrap(),
            "http://localhost:11434/api/chat"
        );
        assert_eq!(address(&target, Ask::Models).unwrap(), "http://localhost:11434/api/tags");
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
            .flat_map(|part| match part {
                RequestPart::Text(pieces) => pieces.as_slice(),
                _ => &[],
            })
            .filter(|piece| !piece.text.is_empty())
            .map(|piece| (piece.text.clone(), piece.origin.clone()))
            .collect();
        prop_assert_eq!(covered(&encode(&request, &ollama("m")).unwrap()), said);
    }
}
