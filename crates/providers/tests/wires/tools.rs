//! Calls of tools, one and several, and the way back of their results with what the model thought.

use crate::script::{Call, Script, Step};
use crate::server::Play;
use crate::subject::{Subject, request, said, user};
use rearview_domain::message::{Part, Role};
use rearview_domain::record::Origin;
use rearview_domain::turn::FinishReason;
use rearview_providers::{Request, RequestMessage, RequestPart, Tool, ToolChoice, WireKind};
use serde_json::{Value, json};

on_every_wire!(
    a_call_comes_with_its_name_and_arguments_however_the_bytes_are_cut,
    calls_that_are_made_together_stay_apart,
    a_call_without_arguments_has_an_empty_object,
    results_go_back_to_their_calls_with_what_was_thought_before_them,
    calls_in_a_document_are_calls,
);

/// A call of the weather.
pub(crate) fn weather(id: &'static str, arguments: &'static str) -> Call {
    Call { id, name: "weather", arguments }
}

fn with_tools() -> Request {
    let tool = |name: &str| Tool {
        name: name.into(),
        description: format!("Tells the {name}."),
        parameters: json!({"type": "object", "properties": {"city": {"type": "string"}}}),
    };
    Request { tools: vec![tool("weather"), tool("time")], ..request() }
}

/// Ids, names and arguments of the calls of a message.
fn calls(parts: &[Part]) -> Vec<(String, String, Value)> {
    let calls = parts.iter().filter_map(|part| match part {
        Part::ToolCall { id, name, arguments } => {
            Some((id.clone(), name.clone(), serde_json::from_str(arguments).unwrap()))
        }
        _ => None,
    });
    calls.collect()
}

/// Whether the wire's servers give calls ids that come back to them.
fn has_ids(wire: WireKind) -> bool {
    wire != WireKind::Gemini
}

async fn a_call_comes_with_its_name_and_arguments_however_the_bytes_are_cut(subject: Subject) {
    let call = weather("call-1", r#"{"city":"Köln 🌧","days":[1,2,{"x":null}],"q":"\"a\"\\"}"#);
    for size in [1, 3, 8, usize::MAX] {
        let steps = vec![Step::Text("Let me look.".into()), Step::Calls(vec![call.clone()])];
        let server = subject.answering(Script::new(steps).pieces(size)).await;
        let told = subject.ask_for(&server, &with_tools()).await;
        assert_eq!(told.finished().0, FinishReason::ToolCalls, "in pieces of {size}");
        let calls = calls(&told.parts());
        assert_eq!(calls.len(), 1, "in pieces of {size}: {calls:?}");
        assert_eq!(calls[0].1, "weather");
        assert_eq!(calls[0].2, serde_json::from_str::<Value>(call.arguments).unwrap());
        assert_eq!(calls[0].0 == "call-1", has_ids(subject.wire), "{:?}", calls[0]);
        assert_eq!(told.text(), "Let me look.");
        assert!(told.notes().is_empty(), "{:?}", told.notes());
    }
}

async fn calls_that_are_made_together_stay_apart(subject: Subject) {
    let time = Call { id: "call-3", name: "time", arguments: r#"{"city":"Oslo"}"# };
    let together = vec![
        weather("call-1", r#"{"city":"Oslo","unit":"celsius"}"#),
        weather("call-2", r#"{"city":"Rome"}"#),
        time,
    ];
    let server = subject.answering(Script::new(vec![Step::Calls(together.clone())]).pieces(17)).await;
    let told = subject.ask_for(&server, &with_tools()).await;
    let calls = calls(&told.parts());
    let said: Vec<(&str, Value)> =
        calls.iter().map(|(_, name, arguments)| (name.as_str(), arguments.clone())).collect();
    let wanted: Vec<(&str, Value)> =
        together.iter().map(|call| (call.name, serde_json::from_str(call.arguments).unwrap())).collect();
    assert_eq!(said, wanted);
    let mut ids: Vec<&String> = calls.iter().map(|(id, ..)| id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 3, "{ids:?}");
}

async fn a_call_without_arguments_has_an_empty_object(subject: Subject) {
    let call = Call { id: "call-1", name: "time", arguments: "{}" };
    for script in [Script::new(vec![Step::Calls(vec![call])])] {
        for script in [script.clone(), script.document()] {
            let told = subject.ask_for(&subject.answering(script).await, &with_tools()).await;
            assert_eq!(calls(&told.parts())[0].2, json!({}));
            assert_eq!(told.finished().0, FinishReason::ToolCalls);
        }
    }
}

async fn calls_in_a_document_are_calls(subject: Subject) {
    let together = vec![weather("call-1", r#"{"city":"Oslo"}"#), weather("call-2", r#"{"city":"Rome"}"#)];
    let script = Script::new(vec![Step::Text("Let me look.".into()), Step::Calls(together)]).document();
    let told = subject.ask_for(&subject.answering(script).await, &with_tools()).await;
    let cities: Vec<Value> =
        calls(&told.parts()).into_iter().map(|(_, _, arguments)| arguments["city"].clone()).collect();
    assert_eq!(cities, ["Oslo", "Rome"]);
    assert_eq!((told.text().as_str(), told.finished().0), ("Let me look.", FinishReason::ToolCalls));
}

async fn results_go_back_to_their_calls_with_what_was_thought_before_them(subject: Subject) {
    let together = vec![weather("call-1", r#"{"city":"Oslo"}"#), weather("call-2", r#"{"city":"Rome"}"#)];
    let steps = vec![Step::Reasoning("Both, then."), Step::Calls(together)];
    let plays = vec![Play::Answer(Script::new(steps)), Play::Answer(Script::text("Snow and sun."))];
    let server = subject.server(plays).await;
    let first = subject.ask_for(&server, &with_tools()).await;
    let results = calls(&first.parts()).into_iter().map(|(id, name, arguments)| {
        let origin = Origin::ToolResult { call_id: id.clone() };
        let text = format!("weather in {}", arguments["city"].as_str().unwrap());
        RequestPart::ToolResult { id, name, text, failed: false, origin }
    });
    // The second result comes first: it is the ids that tell, not the order.
    let mut results: Vec<RequestPart> = results.collect();
    results.reverse();
    let messages = vec![
        user(vec![said("Hello")]),
        RequestMessage { role: Role::Assistant, parts: replayed(first.parts()) },
        RequestMessage { role: Role::Tool, parts: results },
    ];
    let second = Request { messages, tool_choice: ToolChoice::Auto, ..with_tools() };
    assert_eq!(subject.ask_for(&server, &second).await.text(), "Snow and sun.");

    let body = server.got()[1].json();
    let told = serde_json::to_string(&body).unwrap();
    assert_eq!(
        answered(subject.wire, &body),
        [("Oslo", true), ("Rome", true)].map(|(city, _)| city),
        "{told}"
    );
    let signed = match subject.wire {
        WireKind::OpenaiResponses => json!("c2VhbGVk"),
        WireKind::AnthropicMessages => json!("EqQBCgIYAQ=="),
        WireKind::Gemini => json!("c2lnbmVk"),
        WireKind::BedrockConverse => json!("EqQBCgIYAQ=="),
        _ => json!("Both, then."),
    };
    assert_eq!(thought(subject.wire, &body), signed, "{told}");
}

/// What a message's parts are in the next request.
fn replayed(parts: Vec<Part>) -> Vec<RequestPart> {
    let origin = Origin::History { message_id: "a".into() };
    let replay = |part| match part {
        Part::Text { text } => said(&text),
        Part::Reasoning { text, signature, family } => {
            RequestPart::Reasoning { text, signature, family, origin: origin.clone() }
        }
        Part::Opaque { family, value } => RequestPart::Opaque { family, value, origin: origin.clone() },
        Part::ToolCall { id, name, arguments } => {
            RequestPart::ToolCall { id, name, arguments, origin: origin.clone() }
        }
        other => panic!("{other:?} in an answer"),
    };
    parts.into_iter().map(replay).collect()
}

/// The cities that were answered, in the order in which the calls stand; each result is found by its call's id
/// where the wire has ids, else by its place.
fn answered(wire: WireKind, body: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    // Of every call its id and city, of every result its id and text.
    let (mut calls, mut results) = (Vec::new(), Vec::new());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let parsed = |value: &Value| serde_json::from_str::<Value>(value.as_str().unwrap()).unwrap();
    match wire {
        WireKind::OpenaiResponses => {
            for item in list(&body["input"]) {
                match item["type"].as_str() {
                    Some("function_call") => {
                        calls.push((text(&item["call_id"]), parsed(&item["arguments"])["city"].clone()));
                    }
                    Some("function_call_output") => {
                        results.push((text(&item["call_id"]), text(&item["output"])));
                    }
                    _ => {}
                }
            }
        }
        WireKind::AnthropicMessages | WireKind::BedrockConverse => {
            for block in list(&body["messages"]).iter().flat_map(|message| list(&message["content"])) {
                if block["type"] == "tool_use" {
                    calls.push((text(&block["id"]), block["input"]["city"].clone()));
                } else if block["type"] == "tool_result" {
                    let content = block.pointer("/content/0/text").unwrap_or(&block["content"]);
                    results.push((text(&block["tool_use_id"]), text(content)));
                } else if let Some(call) = block.get("toolUse") {
                    calls.push((text(&call["toolUseId"]), call["input"]["city"].clone()));
                } else if let Some(result) = block.get("toolResult") {
                    results.push((text(&result["toolUseId"]), text(&result["content"][0]["text"])));
                }
            }
        }
        WireKind::Gemini => {
            for part in list(&body["contents"]).iter().flat_map(|content| list(&content["parts"])) {
                if let Some(call) = part.get("functionCall") {
                    calls.push((calls.len().to_string(), call["args"]["city"].clone()));
                } else if let Some(result) = part.get("functionResponse") {
                    assert_eq!(result["name"], "weather");
                    results.push((results.len().to_string(), text(&result["response"]["result"])));
                }
            }
        }
        WireKind::OllamaChat => {
            for message in list(&body["messages"]) {
                for call in list(&message["tool_calls"]) {
                    calls.push((calls.len().to_string(), call["function"]["arguments"]["city"].clone()));
                }
                if message["role"] == "tool" {
                    assert_eq!(message["tool_name"], "weather");
                    results.push((results.len().to_string(), text(&message["content"])));
                }
            }
        }
        _ => {
            for message in list(&body["messages"]) {
                for call in list(&message["tool_calls"]) {
                    let arguments = parsed(&call["function"]["arguments"]);
                    calls.push((text(&call["id"]), arguments["city"].clone()));
                }
                if message["role"] == "tool" {
                    let content = message.pointer("/content/0/text").unwrap_or(&message["content"]);
                    results.push((text(&message["tool_call_id"]), text(content)));
                }
            }
        }
    }
    assert_eq!((calls.len(), results.len()), (2, 2), "{body}");
    let city = |(id, city): (String, Value)| {
        let (_, answer) =
            results.iter().find(|(of, _)| *of == id).unwrap_or_else(|| panic!("no result of {id}"));
        let city = city.as_str().unwrap().to_owned();
        assert_eq!(*answer, format!("weather in {city}"));
        city
    };
    calls.into_iter().map(city).collect()
}

/// What goes back of the reasoning: its signature, its seal, or its words, as the wire wants it.
fn thought(wire: WireKind, body: &Value) -> Value {
    let assistant = |messages: &Value| {
        let messages = messages.as_array().unwrap();
        let of_model = |message: &&Value| message["role"] == "assistant" || message["role"] == "model";
        messages.iter().find(of_model).unwrap().clone()
    };
    match wire {
        WireKind::OpenaiResponses => {
            let items = body["input"].as_array().unwrap();
            let at = |kind: &str| items.iter().position(|item| item["type"] == kind).unwrap();
            assert!(at("reasoning") < at("function_call"));
            items[at("reasoning")]["encrypted_content"].clone()
        }
        WireKind::AnthropicMessages => {
            let block = &assistant(&body["messages"])["content"][0];
            assert_eq!((&block["type"], &block["thinking"]), (&json!("thinking"), &json!("Both, then.")));
            block["signature"].clone()
        }
        WireKind::Gemini => assistant(&body["contents"])["parts"][0]["thoughtSignature"].clone(),
        WireKind::BedrockConverse => {
            let text = &assistant(&body["messages"])["content"][0]["reasoningContent"]["reasoningText"];
            assert_eq!(text["text"], "Both, then.");
            text["signature"].clone()
        }
        WireKind::CohereChat => assistant(&body["messages"])["content"][0]["thinking"].clone(),
        WireKind::OllamaChat => assistant(&body["messages"])["thinking"].clone(),
        _ => assistant(&body["messages"])["reasoning_content"].clone(),
    }
}
