//! What goes out on the Responses wire, to the byte, and what the spans say about it.

use super::*;
use crate::catalogue::ModelFacts;
use crate::request::{Tool, ToolChoice};
use rearview_domain::message::Part;
use rearview_domain::settings::Effort;

fn responses(model: &str) -> Target {
    Target::plain(WireKind::OpenaiResponses, "https://api.example/v1", model)
}

fn sent(request: &Request, target: &Target) -> String {
    String::from_utf8(encode(request, target).unwrap().body).unwrap()
}

fn hello() -> Request {
    request(vec![message(Role::User, vec![text("Hi")])])
}

/// What each span covers, as it stands in the body.
fn spanned(encoded: &Encoded) -> Vec<(&str, Origin)> {
    let body = std::str::from_utf8(&encoded.body).unwrap();
    let covered = encoded.spans.iter();
    covered.map(|span| (&body[span.start as usize..span.end as usize], span.origin.clone())).collect()
}

fn call(id: &str, arguments: &str) -> RequestPart {
    RequestPart::ToolCall {
        id: id.into(),
        name: "find".into(),
        arguments: arguments.into(),
        origin: origin(id),
    }
}

fn result(id: &str, text: &str) -> RequestPart {
    RequestPart::ToolResult {
        id: id.into(),
        name: "find".into(),
        text: text.into(),
        failed: false,
        origin: Origin::ToolResult { call_id: id.into() },
    }
}

fn kept(value: Value) -> RequestPart {
    opaque(value, "openai_responses")
}

fn item(value: Value) -> RequestPart {
    kept(json!({"host": "api.example", "item": value}))
}

fn encrypted() -> Value {
    json!({"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"})
}

#[test]
fn a_request_is_this_to_the_byte() {
    let from = Origin::Attachment { hash: "h".into() };
    let image =
        RequestPart::Image { media_type: "image/png".into(), base64: "QUJD".into(), origin: from.clone() };
    let file = RequestPart::File {
        media_type: "application/pdf".into(),
        name: "a.pdf".into(),
        base64: "REVG".into(),
        origin: from.clone(),
    };
    let see = RequestPart::Text(vec![Piece::new("See ", origin("a")), Piece::new("\"this\"", origin("b"))]);
    let request = Request {
        messages: vec![
            message(Role::System, vec![text("Be kind."), text("Be brief.")]),
            message(Role::User, vec![text("Hi")]),
            message(Role::Assistant, vec![text("Yes?")]),
            message(Role::System, vec![RequestPart::Text(vec![Piece::new("Memory", Origin::MemoryFrame)])]),
            message(Role::User, vec![see, image, file]),
        ],
        max_output_tokens: Some(64),
        temperature: Some(0.5),
        ..Request::default()
    };
    let encoded = encode(&request, &responses("gpt-4o")).unwrap();
    assert_eq!(encoded.url, "https://api.example/v1/responses");
    assert_eq!(
        String::from_utf8(encoded.body.clone()).unwrap(),
        concat!(
            r#"{"model":"gpt-4o","instructions":"Be kind.\n\nBe brief.","input":["#,
            r#"{"type":"message","role":"user","content":"Hi"},"#,
            r#"{"type":"message","role":"assistant","content":"Yes?"},"#,
            r#"{"type":"message","role":"system","content":"Memory"},"#,
            r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"See \"this\""},"#,
            r#"{"type":"input_image","detail":"auto","image_url":"data:image/png;base64,QUJD"},"#,
            r#"{"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,REVG"}]}],"#,
            r#""stream":true,"store":false,"max_output_tokens":64,"temperature":0.5}"#,
        )
    );
    let names: Vec<&str> = encoded.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["content-type", "user-agent", "accept", "accept-encoding"]);
    assert_eq!(
        covered(&encoded),
        [
            ("Be kind.".to_owned(), origin("Be kind.")),
            ("Be brief.".to_owned(), origin("Be brief.")),
            ("Hi".to_owned(), origin("Hi")),
            ("Yes?".to_owned(), origin("Yes?")),
            ("Memory".to_owned(), Origin::MemoryFrame),
            ("See ".to_owned(), origin("a")),
            ("\"this\"".to_owned(), origin("b")),
            ("image/png".to_owned(), from.clone()),
            ("QUJD".to_owned(), from.clone()),
            ("a.pdf".to_owned(), from.clone()),
            ("application/pdf".to_owned(), from.clone()),
            ("REVG".to_owned(), from),
        ]
    );
}

#[test]
fn a_turn_with_reasoning_and_tools_is_this_to_the_byte() {
    let answer = vec![
        thinking(None, "openai_responses"),
        item(encrypted()),
        text("Let me look."),
        kept(json!({"host": "api.example", "phase": "commentary"})),
        call("call_1", r#"{"q": "x"}"#),
        call("call_2", ""),
    ];
    let request = Request {
        messages: vec![
            message(Role::User, vec![text("Hi")]),
            message(Role::Assistant, answer),
            message(Role::Tool, vec![result("call_1", "42"), result("call_2", "none")]),
        ],
        tools: vec![Tool {
            name: "find".into(),
            description: "Finds.".into(),
            parameters: json!({"type": "object", "properties": {"q": {"type": "string"}}}),
        }],
        effort: Some(Effort::Low),
        ..Request::default()
    };
    let encoded = encode(&request, &responses("gpt-5")).unwrap();
    let parameters = r#"{"type":"object","properties":{"q":{"type":"string"}}}"#;
    let reasoning = r#"{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAA"}"#;
    assert_eq!(
        String::from_utf8(encoded.body.clone()).unwrap(),
        [
            r#"{"model":"gpt-5","input":[{"type":"message","role":"user","content":"Hi"},"#,
            reasoning,
            r#",{"type":"message","role":"assistant","content":"Let me look.","phase":"commentary"},"#,
            r#"{"type":"function_call","call_id":"call_1","name":"find","arguments":"{\"q\": \"x\"}"},"#,
            r#"{"type":"function_call","call_id":"call_2","name":"find","arguments":"{}"},"#,
            r#"{"type":"function_call_output","call_id":"call_1","output":"42"},"#,
            r#"{"type":"function_call_output","call_id":"call_2","output":"none"}],"#,
            r#""stream":true,"store":false,"include":["reasoning.encrypted_content"],"#,
            r#""reasoning":{"effort":"low","summary":"auto"},"#,
            r#""tools":[{"type":"function","name":"find","description":"Finds.","parameters":"#,
            parameters,
            r#","strict":false}]}"#,
        ]
        .concat()
    );
    let tool = Origin::Tool { name: "find".into() };
    let answer = |id: &str| Origin::ToolResult { call_id: id.into() };
    assert_eq!(
        spanned(&encoded),
        [
            ("Hi", origin("Hi")),
            (reasoning, origin("o")),
            ("Let me look.", origin("Let me look.")),
            ("commentary", origin("o")),
            ("call_1", origin("call_1")),
            ("find", origin("call_1")),
            (r#"{\"q\": \"x\"}"#, origin("call_1")),
            ("call_2", origin("call_2")),
            ("find", origin("call_2")),
            ("call_1", answer("call_1")),
            ("42", answer("call_1")),
            ("call_2", answer("call_2")),
            ("none", answer("call_2")),
            ("find", tool.clone()),
            ("Finds.", tool.clone()),
            (parameters, tool),
        ]
    );
}

#[test]
fn what_an_answer_brought_goes_back_as_it_came_and_once() {
    let target = responses("gpt-5");
    let whole = r#"{"type":"reasoning","id":"rs_9","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"gAAA"}"#;
    let call = r#"{"type":"function_call","id":"fc_1","call_id":"call_1","name":"find","arguments":"{}"}"#;
    let mut decode = crate::decode::Decode::new(&target);
    let mut events = Vec::new();
    decode.feed(format!(r#"{{"output":[{whole},{call}]}}"#).as_bytes(), &mut events);
    decode.end(None, &mut events);
    let mut assembly = crate::Assembly::new(target.family());
    events.iter().for_each(|event| assembly.apply(event));
    let from = || origin("a");
    let back = assembly.parts().into_iter().map(|part| match part {
        Part::Reasoning { text, signature, family } => {
            RequestPart::Reasoning { text, signature, family, origin: from() }
        }
        Part::Opaque { family, value } => RequestPart::Opaque { family, value, origin: from() },
        Part::ToolCall { id, name, arguments } => {
            RequestPart::ToolCall { id, name, arguments, origin: from() }
        }
        other => panic!("an unexpected part: {other:?}"),
    });
    let back: Vec<_> = back.collect();
    assert_eq!(back.len(), 3, "the readable text, the item and the call");
    let body = sent(&request(vec![message(Role::Assistant, back)]), &target);
    let call = r#"{"type":"function_call","call_id":"call_1","name":"find","arguments":"{}"}"#;
    assert!(body.contains(&format!(r#""input":[{whole},{call},{{"type":"function_call_output""#)), "{body}");
}

#[test]
fn reasoning_stays_away_from_other_hosts_other_families_and_models_that_do_not_reason() {
    let elsewhere = json!({"host": "other.example", "item": encrypted()});
    let mine = |part: RequestPart| request(vec![message(Role::Assistant, vec![part, text("So")])]);
    let count = |request: &Request, target: &Target| sent(request, target).matches("gAAA").count();
    let target = responses("gpt-5");
    assert_eq!(count(&mine(item(encrypted())), &target), 1);
    assert_eq!(count(&mine(kept(elsewhere)), &target), 0);
    let foreign = opaque(json!({"host": "api.example", "item": encrypted()}), "openai_chat");
    assert_eq!(count(&mine(foreign), &target), 0);
    assert_eq!(count(&mine(item(encrypted())), &responses("gpt-4o")), 0);
    assert_eq!(count(&mine(item(encrypted())), &responses("my-deployment")), 1);
    let mut refusing = target;
    refusing.quirks.replay_reasoning = false;
    assert_eq!(count(&mine(item(encrypted())), &refusing), 0);
}

#[test]
fn reasoning_that_holds_nothing_or_that_nothing_came_of_is_left_out() {
    let reference = json!({"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": null});
    let readable = json!({"id": "rs_1", "type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "hm"}]});
    let search = json!({"id": "ws_1", "type": "web_search_call", "status": "completed"});
    let input = |parts: Vec<RequestPart>| -> Vec<String> {
        let asked = message(Role::User, vec![text("Go on")]);
        let body = body(&request(vec![message(Role::Assistant, parts), asked]), &responses("gpt-5"));
        let items = body["input"].as_array().unwrap().iter();
        items.map(|item| item["type"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(input(vec![item(reference), text("So")]), ["message", "message"]);
    assert_eq!(input(vec![item(readable), text("So")]), ["reasoning", "message", "message"]);
    assert_eq!(input(vec![item(encrypted())]), ["message"]);
    assert_eq!(input(vec![item(encrypted()), text("")]), ["message"]);
    assert_eq!(input(vec![text("So"), item(encrypted())]), ["message", "message"]);
    assert_eq!(
        input(vec![item(encrypted()), item(search), text("So")]),
        ["reasoning", "web_search_call", "message", "message"]
    );
}

#[test]
fn several_texts_of_an_answer_are_one_message_and_a_call_between_them_parts_it() {
    let request =
        request(vec![message(Role::Assistant, vec![text("a"), text("b"), call("c", "{}"), text("d")])]);
    assert_eq!(
        body(&request, &responses("m"))["input"],
        json!([
            {"type": "message", "role": "assistant", "content": [
                {"type": "output_text", "text": "a"}, {"type": "output_text", "text": "b"}]},
            {"type": "function_call", "call_id": "c", "name": "find", "arguments": "{}"},
            {"type": "message", "role": "assistant", "content": "d"},
            {"type": "function_call_output", "call_id": "c", "output": pairs::STOPPED},
        ])
    );
}

#[test]
fn effort_is_told_in_the_model_s_word_and_not_to_models_that_do_not_reason() {
    let reasoning = |model: &str, effort: Option<Effort>| {
        body(&Request { effort, ..hello() }, &responses(model)).get("reasoning").cloned()
    };
    assert_eq!(reasoning("gpt-5", None), Some(json!({"summary": "auto"})));
    assert_eq!(reasoning("gpt-5", Some(Effort::Provider)), Some(json!({"summary": "auto"})));
    assert_eq!(reasoning("gpt-5", Some(Effort::High)), Some(json!({"effort": "high", "summary": "auto"})));
    assert_eq!(reasoning("gpt-5", Some(Effort::Off)), Some(json!({"effort": "minimal"})));
    assert_eq!(reasoning("gpt-5.1", Some(Effort::Off)), Some(json!({"effort": "none"})));
    assert_eq!(reasoning("gpt-4o", Some(Effort::High)), None);
    assert_eq!(reasoning("my-deployment", None), None);
    assert_eq!(
        reasoning("my-deployment", Some(Effort::Medium)),
        Some(json!({"effort": "medium", "summary": "auto"}))
    );
}

#[test]
fn what_a_server_refused_is_left_out() {
    let request = Request { effort: Some(Effort::Low), temperature: Some(1.0), ..hello() };
    let mut target = responses("gpt-5");
    target.quirks.reasoning_summary = false;
    assert_eq!(body(&request, &target)["reasoning"], json!({"effort": "low"}));
    target.quirks.reasoning_effort = false;
    target.quirks.encrypted_reasoning = false;
    target.quirks.sampling = false;
    let body = body(&request, &target);
    for field in ["reasoning", "include", "temperature"] {
        assert_eq!(body.get(field), None, "{field}");
    }
}

#[test]
fn a_model_that_takes_no_sampling_gets_no_temperature() {
    let request = Request { temperature: Some(0.5), ..hello() };
    let facts = |sampling| Some(&*Box::leak(Box::new(ModelFacts { sampling, ..ModelFacts::default() })));
    let temperature = |facts| body(&request, &Target { facts, ..responses("m") }).get("temperature").cloned();
    assert_eq!(temperature(None), Some(json!(0.5)));
    assert_eq!(temperature(facts(true)), Some(json!(0.5)));
    assert_eq!(temperature(facts(false)), None);
}

#[test]
fn a_schema_a_choice_of_tools_and_a_plain_answer_have_their_fields() {
    let schema = json!({"type": "object"});
    let tool = Tool { name: "f".into(), description: "F.".into(), parameters: json!({"type": "object"}) };
    let asked = |choice| {
        let request = Request {
            tools: vec![tool.clone()],
            tool_choice: choice,
            answer_schema: Some(schema.clone()),
            plain: true,
            ..hello()
        };
        body(&request, &responses("m"))
    };
    let auto = asked(ToolChoice::Auto);
    assert_eq!(auto["stream"], false);
    assert_eq!(auto["text"], json!({"format": {"type": "json_schema", "name": "answer", "schema": schema}}));
    assert_eq!(auto.get("tool_choice"), None);
    assert_eq!(asked(ToolChoice::Required)["tool_choice"], "required");
    assert_eq!(asked(ToolChoice::Forbidden)["tool_choice"], "none");
    let none = body(&Request { tool_choice: ToolChoice::Required, ..hello() }, &responses("m"));
    assert_eq!((none.get("tools"), none.get("tool_choice")), (None, None));
}

proptest! {
    #[test]
    fn every_piece_goes_out_in_its_order_and_is_covered_by_its_own_bytes(messages in messages()) {
        let request = request(messages);
        let encoded = encode(&request, &responses("m")).unwrap();
        prop_assert_eq!(&encoded, &encode(&request, &responses("m")).unwrap());
        let _: Value = serde_json::from_slice(&encoded.body).unwrap();
        let pieces = request.messages.iter().flat_map(|message| &message.parts).flat_map(|part| match part {
            RequestPart::Text(pieces) => pieces.as_slice(),
            _ => &[],
        });
        let expected: Vec<(String, Origin)> = pieces
            .filter(|piece| !piece.text.is_empty())
            .map(|piece| (piece.text.clone(), piece.origin.clone()))
            .collect();
        prop_assert_eq!(covered(&encoded), expected);
    }
}
