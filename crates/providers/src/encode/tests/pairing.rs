//! Calls without results, results without calls, and ids that a provider would refuse, on every wire.

use super::tools::sent;
use super::*;
use rearview_domain::settings::Effort;

/// Every wire that has an address.
const WIRES: [WireKind; 7] = [
    WireKind::OpenaiChat,
    WireKind::OpenaiResponses,
    WireKind::AnthropicMessages,
    WireKind::Gemini,
    WireKind::BedrockConverse,
    WireKind::CohereChat,
    WireKind::OllamaChat,
];

fn call(id: &str) -> RequestPart {
    RequestPart::ToolCall { id: id.into(), name: "find".into(), arguments: "{}".into(), origin: origin("c") }
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

/// What the encoders get: who speaks, and each call (`a?`), result (`a=text`) and text in short.
fn shape(messages: Vec<RequestMessage>, ids: pairs::Ids) -> Vec<String> {
    let messages = messages.iter().map(Cow::Borrowed).collect();
    let part = |part: &RequestPart| match part {
        RequestPart::ToolCall { id, .. } => format!("{id}?"),
        RequestPart::ToolResult { id, text, .. } if text == pairs::STOPPED => format!("{id}=stopped"),
        RequestPart::ToolResult { id, text, .. } => format!("{id}={text}"),
        part => joined(part),
    };
    pairs::paired(messages, ids)
        .iter()
        .map(|message| {
            let parts: Vec<String> = message.parts.iter().map(part).collect();
            format!("{:?}: {}", message.role, parts.join(" "))
        })
        .collect()
}

#[test]
fn a_call_that_was_stopped_gets_a_result_that_says_so() {
    let stopped = vec![
        message(Role::User, vec![text("Hi")]),
        message(Role::Assistant, vec![text("Wait"), call("a"), call("b")]),
        message(Role::Tool, vec![result("b", "2")]),
        message(Role::User, vec![text("Well?")]),
    ];
    assert_eq!(
        shape(stopped, pairs::Ids::Any),
        ["User: Hi", "Assistant: Wait a? b?", "Tool: a=stopped b=2", "User: Well?"]
    );
    let at_the_end = vec![message(Role::Assistant, vec![call("a")])];
    assert_eq!(shape(at_the_end, pairs::Ids::Any), ["Assistant: a?", "Tool: a=stopped"]);
}

#[test]
fn results_stand_right_behind_their_calls_and_in_their_order() {
    let late = vec![
        message(Role::Assistant, vec![call("a"), call("b")]),
        message(Role::User, vec![text("Well?"), result("b", "2")]),
        message(Role::Tool, vec![result("a", "1"), result("a", "again")]),
        message(Role::Assistant, vec![text("So")]),
    ];
    assert_eq!(
        shape(late, pairs::Ids::Any),
        ["Assistant: a? b?", "Tool: a=1 b=2", "User: Well?", "Assistant: So"]
    );
}

#[test]
fn an_answer_that_holds_its_results_is_told_in_its_steps() {
    let whole = vec![message(
        Role::Assistant,
        vec![
            text("Wait"),
            call("a"),
            result("a", "1"),
            text("More"),
            call("b"),
            result("b", "2"),
            text("So"),
        ],
    )];
    assert_eq!(
        shape(whole, pairs::Ids::Any),
        ["Assistant: Wait a?", "Tool: a=1", "Assistant: More b?", "Tool: b=2", "Assistant: So"]
    );
}

#[test]
fn a_result_without_its_call_is_left_out_and_what_stands_beside_it_is_not() {
    let cut = vec![
        message(Role::Tool, vec![result("a", "1")]),
        message(Role::User, vec![result("b", "2"), text("Hi")]),
        message(Role::Assistant, vec![call("c")]),
        message(Role::Tool, vec![result("x", "3"), result("c", "4")]),
    ];
    assert_eq!(shape(cut, pairs::Ids::Any), ["User: Hi", "Assistant: c?", "Tool: c=4"]);
}

#[test]
fn ids_that_repeat_or_have_letters_that_are_refused_are_made_anew_for_both_sides() {
    let long = "x".repeat(65);
    let history = || {
        vec![
            message(Role::Assistant, vec![call("call_0"), call("functions.find:0")]),
            message(Role::Tool, vec![result("call_0", "1"), result("functions.find:0", "2")]),
            message(Role::Assistant, vec![call("call_0"), call(&long)]),
            message(Role::Tool, vec![result("call_0", "3"), result(&long, "4")]),
        ]
    };
    assert_eq!(
        shape(history(), pairs::Ids::Plain),
        [
            "Assistant: call_0? call_1?",
            "Tool: call_0=1 call_1=2",
            "Assistant: call_2? call_3?",
            "Tool: call_2=3 call_3=4"
        ]
    );
    assert_eq!(shape(history(), pairs::Ids::Nine)[1], "Tool: call00001=1 call00002=2");
    assert_eq!(shape(history(), pairs::Ids::Any)[1], "Tool: call_0=1 functions.find:0=2");
}

#[test]
fn each_wire_gets_the_ids_that_it_takes() {
    for (wire, base, ids) in [
        (WireKind::AnthropicMessages, "https://api.anthropic.com", pairs::Ids::Plain),
        (WireKind::BedrockConverse, "https://bedrock.example", pairs::Ids::Plain),
        (WireKind::OpenaiResponses, "https://api.openai.com/v1", pairs::Ids::Plain),
        (WireKind::OpenaiChat, "https://api.mistral.ai/v1", pairs::Ids::Nine),
        (WireKind::OpenaiChat, "https://api.openai.com/v1", pairs::Ids::Any),
        (WireKind::Gemini, "https://gemini.example", pairs::Ids::Any),
    ] {
        assert_eq!(pairs::Ids::of(&Target::plain(wire, base, "m")), ids, "{wire:?} {base}");
    }
}

#[test]
fn on_every_wire_a_stopped_call_has_its_result_and_a_lost_result_is_not_there() {
    let request = request(vec![
        message(Role::User, vec![text("Hi")]),
        message(Role::Tool, vec![result("lost", "nobody asked")]),
        message(Role::Assistant, vec![call("stopped")]),
        message(Role::User, vec![text("Well?")]),
    ]);
    for wire in WIRES {
        let sent = sent(&request, &target(wire));
        assert!(sent.contains("find"), "{wire:?}: {sent}");
        assert_eq!(sent.matches(pairs::STOPPED).count(), 1, "{wire:?}: {sent}");
        assert!(!sent.contains("nobody asked"), "{wire:?}: {sent}");
        let (result, question) = (sent.find(pairs::STOPPED).unwrap(), sent.find("Well?").unwrap());
        assert!(result < question, "{wire:?}: {sent}");
    }
}

#[test]
fn claude_gets_all_results_first_in_the_next_message_and_is_told_what_failed() {
    let request = request(vec![
        message(Role::Assistant, vec![call("a"), call("b")]),
        message(Role::User, vec![text("Well?")]),
        message(Role::Tool, vec![result("a", "1")]),
    ]);
    let body = body(&request, &target(WireKind::AnthropicMessages));
    assert_eq!(
        body["messages"][1],
        json!({"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "a", "content": "1"},
            {"type": "tool_result", "tool_use_id": "b", "content": pairs::STOPPED, "is_error": true},
            {"type": "text", "text": "Well?"},
        ]})
    );
    // Tools were switched off since: those of the history are named, and none may be called.
    assert_eq!(body["tools"], json!([{"name": "find", "input_schema": {"type": "object"}}]));
    assert_eq!(body["tool_choice"], json!({"type": "none"}));
}

#[test]
fn claude_thinks_with_a_budget_only_when_its_last_calls_were_thought_about() {
    let asked = |parts: Vec<RequestPart>| Request {
        effort: Some(Effort::Low),
        ..request(vec![message(Role::Assistant, parts), message(Role::Tool, vec![result("a", "1")])])
    };
    let thinks = |parts| body(&asked(parts), &target(WireKind::AnthropicMessages)).get("thinking").is_some();
    assert!(thinks(vec![thinking(Some("s"), "anthropic"), call("a")]));
    assert!(!thinks(vec![call("a")]), "another family's call");
    assert!(!thinks(vec![thinking(Some("s"), "openai_chat"), call("a")]));
    assert!(thinks(vec![text("So")]), "no call at all");
}
