//! What goes out, to the byte, and what the spans say about it.

mod azure;
mod cache;
mod cohere;
mod converse;
mod gemini;
mod ollama;
mod openai_responses;
mod pairing;
mod tools;

use super::*;
use crate::request::Piece;
use crate::target::{MidSystem, Quirks};
use proptest::prelude::*;
use rearview_domain::record::Origin;
use serde_json::{Value, json};

fn target(wire: WireKind) -> Target {
    let base_url = match wire {
        WireKind::AnthropicMessages => "https://api.example",
        _ => "https://api.example/v1",
    };
    Target::plain(wire, base_url, "m-1")
}

fn origin(id: &str) -> Origin {
    Origin::History { message_id: id.into() }
}

fn text(text: &str) -> RequestPart {
    RequestPart::Text(vec![Piece::new(text, origin(text))])
}

fn message(role: Role, parts: Vec<RequestPart>) -> RequestMessage {
    RequestMessage { role, parts }
}

fn request(messages: Vec<RequestMessage>) -> Request {
    Request { messages, ..Request::default() }
}

fn body(request: &Request, target: &Target) -> Value {
    serde_json::from_slice(&encode(request, target).unwrap().body).unwrap()
}

/// What each span covers, read back from JSON, with its origin.
fn covered(encoded: &Encoded) -> Vec<(String, Origin)> {
    let mut end = 0;
    let mut covered = Vec::new();
    for span in &encoded.spans {
        assert!(span.start >= end && span.end > span.start, "spans are out of order or overlap: {span:?}");
        end = span.end;
        let bytes = &encoded.body[span.start as usize..span.end as usize];
        let quoted = format!("\"{}\"", std::str::from_utf8(bytes).unwrap());
        covered.push((serde_json::from_str(&quoted).unwrap(), span.origin.clone()));
    }
    covered
}

#[test]
fn a_chat_completions_request_is_this_to_the_byte() {
    let request = Request {
        messages: vec![
            message(Role::System, vec![text("Be kind.")]),
            message(
                Role::User,
                vec![RequestPart::Text(vec![
                    Piece::new("Hi ", Origin::MemoryFrame),
                    Piece::new("\"Ana\"", origin("b")),
                ])],
            ),
        ],
        max_output_tokens: Some(7),
        temperature: Some(0.5),
        ..Request::default()
    };
    let encoded = encode(&request, &target(WireKind::OpenaiChat)).unwrap();
    assert_eq!(encoded.url, "https://api.example/v1/chat/completions");
    assert_eq!(
        String::from_utf8(encoded.body.clone()).unwrap(),
        r#"{"model":"m-1","messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"Hi \"Ana\""}],"stream":true,"stream_options":{"include_usage":true},"max_tokens":7,"temperature":0.5}"#
    );
    let names: Vec<&str> = encoded.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["content-type", "user-agent", "accept", "accept-encoding"]);
    assert!(encoded.headers.contains(&("accept-encoding".into(), "identity".into())));
}

#[test]
fn a_messages_request_is_this_to_the_byte() {
    let request = request(vec![
        message(Role::System, vec![text("Be kind.")]),
        message(Role::User, vec![text("Hi")]),
        message(Role::Assistant, vec![text("Yes?")]),
        message(Role::User, vec![text("Bye")]),
    ]);
    let encoded = encode(&request, &target(WireKind::AnthropicMessages)).unwrap();
    assert_eq!(encoded.url, "https://api.example/v1/messages");
    assert_eq!(
        String::from_utf8(encoded.body.clone()).unwrap(),
        r#"{"model":"m-1","max_tokens":8192,"stream":true,"system":"Be kind.","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Yes?"},{"role":"user","content":"Bye"}]}"#
    );
    assert!(encoded.headers.contains(&("anthropic-version".into(), "2023-06-01".into())));
}

#[test]
fn an_anthropic_base_may_name_the_version_or_not() {
    let mut target = target(WireKind::AnthropicMessages);
    for base in
        ["https://api.example", "https://api.example/", "https://api.example/v1", "https://api.example/v1/"]
    {
        target.base_url = base.into();
        assert_eq!(
            address(&target, Ask::Answer { plain: false }).unwrap(),
            "https://api.example/v1/messages",
            "{base}"
        );
    }
}

#[test]
fn a_query_in_the_base_stays_behind_the_endpoint() {
    let mut target = target(WireKind::OpenaiChat);
    target.base_url = "https://api.example/openai/v1?api-version=preview".into();
    assert_eq!(
        address(&target, Ask::Answer { plain: false }).unwrap(),
        "https://api.example/openai/v1/chat/completions?api-version=preview"
    );
}

#[test]
fn what_cannot_be_sent_is_refused_with_the_reason() {
    let hello = request(vec![message(Role::User, vec![text("Hi")])]);
    let refused = |change: fn(&mut Target), request: &Request| {
        let mut target = target(WireKind::OpenaiChat);
        change(&mut target);
        let error = encode(request, &target).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
        error.to_string()
    };
    assert!(refused(|target| target.model = " ".into(), &hello).contains("no model"));
    assert!(refused(|target| target.base_url = "file:///etc".into(), &hello).contains("`file:///etc`"));
    assert!(refused(|target| target.base_url = "nowhere".into(), &hello).contains("`nowhere`"));
    let tool = request(vec![message(Role::Tool, vec![text("42")])]);
    assert!(refused(|_| (), &tool).contains("tool message"));
}

#[test]
fn stream_options_and_sampling_are_left_out_when_the_provider_refuses_them() {
    let mut target = target(WireKind::OpenaiChat);
    target.quirks = Quirks { stream_options: false, sampling: false, ..Quirks::default() };
    let request = Request { temperature: Some(1.0), ..request(vec![message(Role::User, vec![text("Hi")])]) };
    let body = body(&request, &target);
    assert_eq!(body.get("stream_options"), None);
    assert_eq!(body.get("temperature"), None);
}

#[test]
fn several_text_parts_stay_a_list_unless_the_server_cannot_read_lists() {
    let request = request(vec![message(Role::User, vec![text("a"), text("b")])]);
    let mut target = target(WireKind::OpenaiChat);
    assert_eq!(
        body(&request, &target)["messages"][0]["content"],
        json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])
    );
    target.quirks.list_content = false;
    let encoded = encode(&request, &target).unwrap();
    assert_eq!(body(&request, &target)["messages"][0]["content"], "a\n\nb");
    assert_eq!(covered(&encoded), [("a".into(), origin("a")), ("b".into(), origin("b"))]);
}

#[test]
fn images_go_as_each_wire_wants_them_and_are_covered_by_spans() {
    let from = Origin::Attachment { hash: "h".into() };
    let image =
        RequestPart::Image { media_type: "image/png".into(), base64: "QUJD".into(), origin: from.clone() };
    let request = request(vec![message(Role::User, vec![text("See"), image])]);
    let openai = target(WireKind::OpenaiChat);
    assert_eq!(
        body(&request, &openai)["messages"][0]["content"][1],
        json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}})
    );
    let anthropic = target(WireKind::AnthropicMessages);
    assert_eq!(
        body(&request, &anthropic)["messages"][0]["content"][1],
        json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}})
    );
    for target in [openai, anthropic] {
        let covered = covered(&encode(&request, &target).unwrap());
        assert_eq!(covered[1..], [("image/png".into(), from.clone()), ("QUJD".into(), from.clone())]);
    }
}

#[test]
fn tool_calls_and_results_go_as_each_wire_wants_them() {
    let call = |arguments: &str| RequestPart::ToolCall {
        id: "c1".into(),
        name: "find".into(),
        arguments: arguments.into(),
        origin: origin("a"),
    };
    let result = RequestPart::ToolResult {
        id: "c1".into(),
        name: "find".into(),
        text: "42".into(),
        failed: false,
        origin: Origin::ToolResult { call_id: "c1".into() },
    };
    let request = request(vec![
        message(Role::Assistant, vec![call(r#"{"q": 1}"#)]),
        message(Role::Tool, vec![result]),
        message(Role::User, vec![text("Well?")]),
    ]);
    assert_eq!(
        body(&request, &target(WireKind::OpenaiChat))["messages"],
        json!([
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{\"q\": 1}"}}
            ]},
            {"role": "tool", "tool_call_id": "c1", "content": "42"},
            {"role": "user", "content": "Well?"},
        ])
    );
    assert_eq!(
        body(&request, &target(WireKind::AnthropicMessages))["messages"],
        json!([
            {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "find", "input": {"q": 1}}]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": "42"},
                {"type": "text", "text": "Well?"},
            ]},
        ])
    );
}

#[test]
fn arguments_that_are_no_object_still_make_an_object_for_anthropic() {
    for (arguments, input) in
        [("", json!({})), ("{\"q\":", json!({"arguments": "{\"q\":"})), ("[1]", json!({"arguments": "[1]"}))]
    {
        let call = RequestPart::ToolCall {
            id: "c".into(),
            name: "f".into(),
            arguments: arguments.into(),
            origin: origin("a"),
        };
        let request = request(vec![message(Role::Assistant, vec![call])]);
        let body = body(&request, &target(WireKind::AnthropicMessages));
        assert_eq!(body["messages"][0]["content"][0]["input"], input, "{arguments:?}");
    }
}

fn thinking(signature: Option<&str>, family: &str) -> RequestPart {
    RequestPart::Reasoning {
        text: "hm".into(),
        signature: signature.map(Into::into),
        family: family.into(),
        origin: origin("t"),
    }
}

fn opaque(value: Value, family: &str) -> RequestPart {
    RequestPart::Opaque { family: family.into(), value, origin: origin("o") }
}

#[test]
fn thinking_goes_back_unchanged_and_first_and_only_to_its_own_family() {
    let redacted = json!({"type": "redacted_thinking", "data": "x"});
    let request = request(vec![message(
        Role::Assistant,
        vec![
            text("So"),
            thinking(Some("sig"), "anthropic"),
            opaque(redacted.clone(), "anthropic"),
            thinking(None, "anthropic"),
            thinking(Some("s"), "openai_chat"),
            opaque(json!({"type": "redacted_thinking"}), "openai_chat"),
        ],
    )]);
    assert_eq!(
        body(&request, &target(WireKind::AnthropicMessages))["messages"][0]["content"],
        json!([{"type": "thinking", "thinking": "hm", "signature": "sig"}, redacted, {"type": "text", "text": "So"}])
    );
}

#[test]
fn reasoning_goes_back_in_its_field_to_the_host_it_came_from_and_to_no_other() {
    let details = json!([{"type": "reasoning.encrypted", "data": "x"}]);
    let request = request(vec![message(
        Role::Assistant,
        vec![
            thinking(Some("reasoning_content@api.example"), "openai_chat"),
            opaque(json!({"host": "api.example", "reasoning_details": details}), "openai_chat"),
            thinking(None, "openai_chat"),
            text("So"),
        ],
    )]);
    let mut target = target(WireKind::OpenaiChat);
    assert_eq!(
        body(&request, &target)["messages"][0],
        json!({"role": "assistant", "content": "So", "reasoning_content": "hm", "reasoning_details": details})
    );
    target.base_url = "https://other.example/v1".into();
    assert_eq!(body(&request, &target)["messages"][0], json!({"role": "assistant", "content": "So"}));
}

#[test]
fn a_system_message_in_mid_conversation_is_folded_where_it_is_not_taken() {
    let request = request(vec![
        message(Role::System, vec![text("Be kind.")]),
        message(Role::User, vec![text("Hi")]),
        message(Role::System, vec![text("Memory")]),
        message(Role::User, vec![text("Who am I?")]),
    ]);
    let mut target = target(WireKind::AnthropicMessages);
    let folded = body(&request, &target);
    assert_eq!(
        folded["messages"],
        json!([{"role": "user", "content": [
            {"type": "text", "text": "Hi"}, {"type": "text", "text": "Memory"}, {"type": "text", "text": "Who am I?"}
        ]}])
    );
    assert_eq!(folded["system"], "Be kind.");
    target.quirks.mid_system = MidSystem::Yes;
    assert_eq!(body(&request, &target)["messages"][1], json!({"role": "system", "content": "Memory"}));

    let openai = self::target(WireKind::OpenaiChat);
    assert_eq!(body(&request, &openai)["messages"][2], json!({"role": "system", "content": "Memory"}));
}

#[test]
fn a_folded_system_message_with_no_user_message_behind_it_is_not_lost() {
    let request = request(vec![
        message(Role::User, vec![text("Hi")]),
        message(Role::Assistant, vec![text("Yes?")]),
        message(Role::System, vec![text("Memory")]),
    ]);
    let messages = &body(&request, &target(WireKind::AnthropicMessages))["messages"];
    assert_eq!(messages[2], json!({"role": "user", "content": "Memory"}));
}

#[test]
fn anthropic_gets_no_blank_text_and_no_two_neighbours_of_one_role() {
    let request = request(vec![
        message(Role::User, vec![text("a")]),
        message(Role::Assistant, vec![text(" \n")]),
        message(Role::User, vec![text("b")]),
    ]);
    assert_eq!(
        body(&request, &target(WireKind::AnthropicMessages))["messages"],
        json!([{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}])
    );
}

#[test]
fn several_system_texts_are_a_list_of_blocks_for_anthropic() {
    let request = request(vec![
        message(Role::System, vec![text("a"), text("b")]),
        message(Role::User, vec![text("c")]),
    ]);
    assert_eq!(
        body(&request, &target(WireKind::AnthropicMessages))["system"],
        json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])
    );
}

#[test]
fn recorded_headers_tell_the_key_s_header_and_never_its_value() {
    for (wire, header) in
        [(WireKind::OpenaiChat, "authorization"), (WireKind::AnthropicMessages, "x-api-key")]
    {
        let target = target(wire);
        let encoded = encode(&request(vec![message(Role::User, vec![text("Hi")])]), &target).unwrap();
        let masked = masked_headers(&encoded, &target, Some(&SecretString::from("sk-1")));
        assert_eq!(masked.last(), Some(&(header.to_owned(), "•••".to_owned())));
        assert_eq!(masked_headers(&encoded, &target, None), encoded.headers);
    }
}

/// Text with what breaks naive encoders: quotes, markup, line separators, emoji, control characters.
fn hostile() -> impl Strategy<Value = String> {
    let nasty = prop::sample::select(vec![
        "\"",
        "\\",
        "\\u0000",
        "\n",
        "\r\n",
        "\u{0}",
        "\u{1f}",
        "\u{7f}",
        "\u{2028}",
        "😀",
        "e\u{301}",
        "</script>",
        "\",\"role\":\"system\"",
    ]);
    prop::collection::vec(prop_oneof![nasty.prop_map(str::to_owned), any::<String>()], 0..4)
        .prop_map(|parts| parts.concat())
}

fn origins() -> impl Strategy<Value = Origin> {
    prop_oneof![
        Just(Origin::System),
        Just(Origin::MemoryFrame),
        (0u32..5, hostile()).prop_map(|(index, id)| Origin::Memory { index, id }),
        Just(Origin::User { message_id: "u".into() }),
    ]
}

fn messages() -> impl Strategy<Value = Vec<RequestMessage>> {
    let piece = (hostile(), origins()).prop_map(|(text, origin)| Piece { text, origin });
    let part = prop::collection::vec(piece, 0..4).prop_map(RequestPart::Text);
    let role = prop::sample::select(vec![Role::System, Role::User, Role::Assistant]);
    let message =
        (role, prop::collection::vec(part, 0..3)).prop_map(|(role, parts)| RequestMessage { role, parts });
    prop::collection::vec(message, 0..5)
}

/// All text of a body's contents in order, one entry per text part.
fn texts(content: &Value) -> Vec<String> {
    match content {
        Value::String(text) => vec![text.clone()],
        Value::Array(parts) => parts.iter().map(|part| part["text"].as_str().unwrap().to_owned()).collect(),
        _ => Vec::new(),
    }
}

fn joined(part: &RequestPart) -> String {
    match part {
        RequestPart::Text(pieces) => pieces.iter().map(|piece| piece.text.as_str()).collect(),
        _ => String::new(),
    }
}

proptest! {
    #[test]
    fn every_piece_is_covered_by_exactly_its_own_bytes(messages in messages(), list_content in any::<bool>()) {
        let request = request(messages);
        for wire in [WireKind::OpenaiChat, WireKind::AnthropicMessages, WireKind::Demo] {
            let mut target = target(wire);
            target.quirks.mid_system = MidSystem::Yes;
            target.quirks.list_content = list_content;
            let encoded = encode(&request, &target).unwrap();
            prop_assert_eq!(&encoded, &encode(&request, &target).unwrap());
            let value: Value = serde_json::from_slice(&encoded.body).unwrap();

            // Anthropic refuses blank text parts, so the encoder leaves them out.
            let sent = |part: &&RequestPart| {
                wire != WireKind::AnthropicMessages || !joined(part).trim().is_empty()
            };
            let parts: Vec<&RequestPart> = request.messages.iter().flat_map(|m| &m.parts).filter(sent).collect();
            let expected: Vec<(String, Origin)> = parts
                .iter()
                .flat_map(|part| match part {
                    RequestPart::Text(pieces) => pieces.as_slice(),
                    _ => &[],
                })
                .filter(|piece| !piece.text.is_empty())
                .map(|piece| (piece.text.clone(), piece.origin.clone()))
                .collect();
            prop_assert_eq!(covered(&encoded), expected);

            if list_content || wire == WireKind::AnthropicMessages {
                let contents = value["messages"].as_array().unwrap().iter().map(|message| &message["content"]);
                let said: String = value.get("system").into_iter().chain(contents).flat_map(texts).collect();
                prop_assert_eq!(said, parts.into_iter().map(joined).collect::<String>());
            }
        }
    }
}

#[test]
fn a_schema_for_the_answer_goes_out_where_the_wire_has_a_field_for_it() {
    let schema = serde_json::json!({"type": "object", "properties": {"facts": {"type": "array"}}});
    let request = Request {
        answer_schema: Some(schema.clone()),
        ..request(vec![message(Role::User, vec![text("Hi")])])
    };
    let sent = |wire| -> serde_json::Value {
        serde_json::from_slice(&encode(&request, &target(wire)).unwrap().body).unwrap()
    };
    let openai = sent(WireKind::OpenaiChat);
    assert_eq!(openai["response_format"]["type"], "json_schema");
    assert_eq!(openai["response_format"]["json_schema"]["schema"], schema);
    assert!(sent(WireKind::AnthropicMessages).get("response_format").is_none());
}
