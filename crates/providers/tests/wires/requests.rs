//! What goes out: words, images, files, a schema for the answer, a limit and how much to think, each in the
//! wire's own field where it has one.

use crate::script::Script;
use crate::subject::{Subject, request, said, user};
use rearview_domain::message::Role;
use rearview_domain::record::Origin;
use rearview_providers::catalogue::ModelFacts;
use rearview_providers::{Piece, Request, RequestMessage, RequestPart, Target, WireKind, encode};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

on_every_wire!(
    an_image_and_a_pdf_go_where_the_wire_has_a_place_for_them,
    a_schema_for_the_answer_goes_where_the_wire_has_a_place_for_it,
    what_the_system_says_goes_first_and_a_limit_in_its_field,
);

/// A PNG of one pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const PDF: &str = "JVBERi0xLjQKJSVFT0YK";

/// Asks for something and gives the body that arrived.
async fn body(subject: &Subject, request: &Request, facts: ModelFacts) -> Value {
    let server = subject.answering(Script::text("Hi")).await;
    let facts: &'static ModelFacts = Box::leak(Box::new(facts));
    let target = Target { facts: Some(facts), ..subject.target(&server) };
    let encoded = encode(request, &target).unwrap();
    let key = subject.key(&server);
    let provider = crate::subject::patient();
    let opened =
        provider.open(&target, encoded, request, Some(&key), CancellationToken::new()).await.unwrap();
    assert_eq!(subject.read(opened).await.text(), "Hi");
    server.only().json()
}

/// A model that can do everything.
fn able() -> ModelFacts {
    ModelFacts {
        context: Some(200_000),
        max_output: Some(64_000),
        tools: true,
        images: true,
        files: true,
        answer_schema: true,
        sampling: true,
        ..ModelFacts::default()
    }
}

async fn an_image_and_a_pdf_go_where_the_wire_has_a_place_for_them(subject: Subject) {
    let origin = || Origin::Attachment { hash: "h".into() };
    let image = RequestPart::Image { media_type: "image/png".into(), base64: PNG.into(), origin: origin() };
    let file = RequestPart::File {
        media_type: "application/pdf".into(),
        name: "plan.pdf".into(),
        base64: PDF.into(),
        origin: origin(),
    };
    let request = Request { messages: vec![user(vec![said("Look:"), image, file])], ..Request::default() };
    let body = body(&subject, &request, able()).await;
    let data = |kind: &str, bytes: &str| format!("data:{kind};base64,{bytes}");
    let (png, pdf) = (data("image/png", PNG), data("application/pdf", PDF));
    let told = "(The file `plan.pdf` is attached, but cannot be sent to this model.)";
    let (places, missing): ([(&str, &str); 2], bool) = match subject.wire {
        WireKind::OpenaiChat | WireKind::Demo => (
            [("/messages/0/content/1/image_url/url", &png), ("/messages/0/content/2/file/file_data", &pdf)],
            false,
        ),
        WireKind::OpenaiResponses => {
            ([("/input/0/content/1/image_url", &png), ("/input/0/content/2/file_data", &pdf)], false)
        }
        WireKind::AnthropicMessages => {
            ([("/messages/0/content/1/source/data", PNG), ("/messages/0/content/2/source/data", PDF)], false)
        }
        WireKind::Gemini => (
            [("/contents/0/parts/1/inlineData/data", PNG), ("/contents/0/parts/2/inlineData/data", PDF)],
            false,
        ),
        WireKind::BedrockConverse => (
            [
                ("/messages/0/content/1/image/source/bytes", PNG),
                ("/messages/0/content/2/document/source/bytes", PDF),
            ],
            false,
        ),
        WireKind::CohereChat => {
            ([("/messages/0/content/1/image_url/url", &png), ("/messages/0/content/2/text", told)], true)
        }
        WireKind::OllamaChat => {
            ([("/messages/0/images/0", PNG), ("/messages/0/content", &format!("Look:\n\n{told}"))], true)
        }
    };
    for (place, wanted) in places {
        assert_eq!(body.pointer(place).and_then(Value::as_str), Some(wanted), "{place} in {body}");
    }
    assert_eq!(body.to_string().contains(PDF), !missing, "{body}");
}

async fn a_schema_for_the_answer_goes_where_the_wire_has_a_place_for_it(subject: Subject) {
    let schema = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
    let request = Request { answer_schema: Some(schema.clone()), ..request() };
    let body = body(&subject, &request, able()).await;
    let place = match subject.wire {
        WireKind::OpenaiChat | WireKind::Demo => "/response_format/json_schema/schema",
        WireKind::OpenaiResponses => "/text/format/schema",
        WireKind::AnthropicMessages => "/output_config/format/schema",
        WireKind::Gemini => "/generationConfig/responseJsonSchema",
        WireKind::BedrockConverse => "/outputConfig/textFormat/structure/jsonSchema/schema",
        WireKind::CohereChat => "/response_format/json_schema",
        WireKind::OllamaChat => "/format",
    };
    let sent = body.pointer(place).unwrap_or_else(|| panic!("nothing at {place} in {body}"));
    // Converse wants it as text.
    let sent: Value = match sent {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        sent => sent.clone(),
    };
    let mut wanted = schema;
    // These two take closed objects only.
    if matches!(subject.wire, WireKind::AnthropicMessages | WireKind::BedrockConverse) {
        wanted["additionalProperties"] = json!(false);
    }
    assert_eq!(sent, wanted, "{body}");
}

async fn what_the_system_says_goes_first_and_a_limit_in_its_field(subject: Subject) {
    let system = RequestPart::Text(vec![Piece::new("Be brief.", Origin::System)]);
    let system = RequestMessage { role: Role::System, parts: vec![system] };
    let request = Request {
        messages: vec![system, user(vec![said("Hello")])],
        max_output_tokens: Some(77),
        temperature: Some(0.5),
        ..Request::default()
    };
    let body = body(&subject, &request, able()).await;
    let first = "/messages/0/content";
    let (system, limit, temperature) = match subject.wire {
        WireKind::OpenaiResponses => ("/instructions", "/max_output_tokens", "/temperature"),
        WireKind::AnthropicMessages => ("/system", "/max_tokens", "/temperature"),
        WireKind::Gemini => (
            "/systemInstruction/parts/0/text",
            "/generationConfig/maxOutputTokens",
            "/generationConfig/temperature",
        ),
        WireKind::BedrockConverse => {
            ("/system/0/text", "/inferenceConfig/maxTokens", "/inferenceConfig/temperature")
        }
        WireKind::OllamaChat => (first, "/options/num_predict", "/options/temperature"),
        _ => (first, "/max_tokens", "/temperature"),
    };
    assert_eq!(body.pointer(system), Some(&json!("Be brief.")), "{body}");
    assert_eq!(body.pointer(limit), Some(&json!(77)), "{body}");
    assert_eq!(body.pointer(temperature), Some(&json!(0.5)), "{body}");
    // Model and version stand in the address or in the body, as the platform wants it.
    let in_address = matches!(subject.wire, WireKind::Gemini | WireKind::BedrockConverse);
    let on_vertex = matches!(subject.platform, rearview_providers::Platform::Vertex { .. });
    let claude_on_vertex = on_vertex && subject.wire == WireKind::AnthropicMessages;
    let named = !in_address && !claude_on_vertex;
    assert_eq!(body.get("model").and_then(Value::as_str), named.then_some("m"), "{body}");
    let version = claude_on_vertex.then_some("vertex-2023-10-16");
    assert_eq!(body.get("anthropic_version").and_then(Value::as_str), version, "{body}");
}
