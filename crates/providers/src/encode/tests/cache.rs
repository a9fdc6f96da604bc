//! Where the marks of what may be cached stand, to the byte, for both wires that have them.

use super::*;
use crate::catalogue::ModelFacts;
use crate::request::{Tool, ToolChoice};
use crate::target::Platform;

const CLAUDE: &str = "us.anthropic.claude-sonnet-4-20250514-v1:0";
const MARK: &str = r#","cache_control":{"type":"ephemeral"}"#;
const POINT: &str = r#",{"cachePoint":{"type":"default"}}"#;

fn caching(mut target: Target) -> Target {
    target.facts = Some(Box::leak(Box::new(ModelFacts { prompt_cache: true, ..ModelFacts::default() })));
    target
}

fn claude() -> Target {
    caching(target(WireKind::AnthropicMessages))
}

fn bedrock(model: &str) -> Target {
    let base = "https://bedrock-runtime.us-east-1.amazonaws.com";
    let mut target = Target::plain(WireKind::BedrockConverse, base, model);
    target.platform = Platform::Bedrock { region: "us-east-1".into(), profile: None };
    caching(target)
}

fn sent(request: &Request, target: &Target) -> String {
    String::from_utf8(encode(request, target).unwrap().body).unwrap()
}

/// The body from the field `from` on.
fn tail(request: &Request, target: &Target, from: &str) -> String {
    let sent = sent(request, target);
    sent[sent.find(&format!("\"{from}\":")).unwrap()..].to_owned()
}

fn memory() -> RequestPart {
    RequestPart::Text(vec![Piece::new("<memory>", Origin::MemoryFrame)])
}

fn user(said: &str) -> RequestMessage {
    message(Role::User, vec![text(said)])
}

fn assistant(said: &str) -> RequestMessage {
    message(Role::Assistant, vec![text(said)])
}

fn system(said: &str) -> RequestMessage {
    message(Role::System, vec![text(said)])
}

fn call(id: &str) -> RequestMessage {
    let (name, arguments) = ("find".into(), "{}".into());
    let call = RequestPart::ToolCall { id: id.into(), name, arguments, origin: origin("call") };
    message(Role::Assistant, vec![call])
}

fn answer(id: &str, said: &str) -> RequestMessage {
    let origin = Origin::ToolResult { call_id: id.into() };
    let (name, text) = ("find".into(), said.into());
    let result = RequestPart::ToolResult { id: id.into(), name, text, failed: false, origin };
    message(Role::Tool, vec![result])
}

fn offering(messages: Vec<RequestMessage>) -> Request {
    let tool =
        Tool { name: "find".into(), description: String::new(), parameters: json!({"type": "object"}) };
    Request { tools: vec![tool], ..request(messages) }
}

fn marks(request: &Request, target: &Target) -> usize {
    let sent = sent(request, target);
    sent.matches("\"cache_control\"").count() + sent.matches("\"cachePoint\"").count()
}

#[test]
fn the_first_turn_with_a_short_system_prompt_has_nothing_to_mark() {
    let request = request(vec![system("Be kind."), user("Hi")]);
    assert_eq!(
        tail(&request, &claude(), "system"),
        r#""system":"Be kind.","messages":[{"role":"user","content":"Hi"}]}"#
    );
    assert_eq!(
        sent(&request, &bedrock(CLAUDE)),
        r#"{"messages":[{"role":"user","content":[{"text":"Hi"}]}],"system":[{"text":"Be kind."}]}"#
    );
}

#[test]
fn a_long_system_prompt_is_marked_in_the_first_turn_and_read_again_in_the_second() {
    let long = "Be kind. ".repeat(400);
    let mut request = request(vec![system(&long), user("Hi")]);
    let marked = format!(r#""system":[{{"type":"text","text":"{long}"{MARK}}}],"messages":["#);
    assert_eq!(
        tail(&request, &claude(), "system"),
        format!(r#"{marked}{{"role":"user","content":"Hi"}}]}}"#)
    );
    assert_eq!(
        tail(&request, &bedrock(CLAUDE), "system"),
        format!(r#""system":[{{"text":"{long}"}}{POINT}]}}"#)
    );
    request.messages.extend([assistant("Yes?"), user("Bye")]);
    let second = tail(&request, &claude(), "system");
    assert!(second.starts_with(&marked), "{second}");
    assert_eq!(marks(&request, &claude()), 2);
    request.messages.extend([assistant("Bye"), user("Again")]);
    assert!(!tail(&request, &claude(), "system").starts_with(&marked));
    assert_eq!(marks(&request, &claude()), 2);
}

#[test]
fn tools_count_for_the_length_of_what_stands_before_the_conversation() {
    let mut request = offering(vec![system("Be kind."), user("Hi")]);
    request.tool_choice = ToolChoice::Forbidden;
    assert_eq!(marks(&request, &claude()), 0);
    request.tools[0].description = "Finds. ".repeat(500);
    assert!(sent(&request, &claude()).contains(&format!(r#""text":"Be kind."{MARK}}}],"#)));
}

#[test]
fn the_end_of_the_history_is_marked_and_so_is_the_end_that_the_last_turn_had() {
    let mut request = request(vec![user("Hi"), assistant("Yes?"), user("Bye")]);
    assert_eq!(
        tail(&request, &claude(), "messages"),
        format!(
            r#""messages":[{{"role":"user","content":"Hi"}},{{"role":"assistant","content":[{{"type":"text","text":"Yes?"{MARK}}}]}},{{"role":"user","content":"Bye"}}]}}"#
        )
    );
    request.messages.extend([assistant("So long"), user("Again")]);
    assert_eq!(
        tail(&request, &claude(), "messages"),
        format!(
            r#""messages":[{{"role":"user","content":"Hi"}},{{"role":"assistant","content":[{{"type":"text","text":"Yes?"{MARK}}}]}},{{"role":"user","content":"Bye"}},{{"role":"assistant","content":[{{"type":"text","text":"So long"{MARK}}}]}},{{"role":"user","content":"Again"}}]}}"#
        )
    );
    assert_eq!(
        sent(&request, &bedrock(CLAUDE)),
        format!(
            r#"{{"messages":[{{"role":"user","content":[{{"text":"Hi"}}]}},{{"role":"assistant","content":[{{"text":"Yes?"}}{POINT}]}},{{"role":"user","content":[{{"text":"Bye"}}]}},{{"role":"assistant","content":[{{"text":"So long"}}{POINT}]}},{{"role":"user","content":[{{"text":"Again"}}]}}]}}"#
        )
    );
}

#[test]
fn memory_as_a_message_of_its_own_stands_behind_the_mark() {
    let mut target = claude();
    target.quirks.mid_system = MidSystem::Yes;
    let memory = message(Role::System, vec![memory()]);
    let request = request(vec![user("Hi"), assistant("Yes?"), memory, user("Bye")]);
    assert_eq!(
        tail(&request, &target, "messages"),
        format!(
            r#""messages":[{{"role":"user","content":"Hi"}},{{"role":"assistant","content":[{{"type":"text","text":"Yes?"{MARK}}}]}},{{"role":"system","content":"<memory>"}},{{"role":"user","content":"Bye"}}]}}"#
        )
    );
    assert_eq!(
        covered(&encode(&request, &target).unwrap())[1..3],
        [("Yes?".into(), origin("Yes?")), ("<memory>".into(), Origin::MemoryFrame),]
    );
}

#[test]
fn memory_as_the_first_part_of_the_question_stands_behind_the_mark() {
    let memory = message(Role::System, vec![memory()]);
    let request = request(vec![user("Hi"), assistant("Yes?"), memory, user("Bye")]);
    assert_eq!(
        tail(&request, &claude(), "messages"),
        format!(
            r#""messages":[{{"role":"user","content":"Hi"}},{{"role":"assistant","content":[{{"type":"text","text":"Yes?"{MARK}}}]}},{{"role":"user","content":[{{"type":"text","text":"<memory>"}},{{"type":"text","text":"Bye"}}]}}]}}"#
        )
    );
    assert_eq!(
        sent(&request, &bedrock(CLAUDE)),
        format!(
            r#"{{"messages":[{{"role":"user","content":[{{"text":"Hi"}}]}},{{"role":"assistant","content":[{{"text":"Yes?"}}{POINT}]}},{{"role":"user","content":[{{"text":"<memory>"}},{{"text":"Bye"}}]}}]}}"#
        )
    );
}

#[test]
fn a_history_that_ends_in_the_same_message_as_the_question_is_marked_inside_of_it() {
    let request = request(vec![user("Lost"), user("Hi")]);
    assert_eq!(
        tail(&request, &claude(), "messages"),
        format!(
            r#""messages":[{{"role":"user","content":[{{"type":"text","text":"Lost"{MARK}}},{{"type":"text","text":"Hi"}}]}}]}}"#
        )
    );
}

#[test]
fn nothing_is_marked_behind_memory_in_the_system_prompt_because_it_does_not_come_again() {
    let before = message(Role::System, vec![memory()]);
    let mut request = offering(vec![before, user("Hi"), assistant("Yes?"), user("Bye")]);
    assert!(tail(&request, &claude(), "messages").ends_with(&format!(r#""text":"Bye"{MARK}}}]}}]}}"#)));
    assert_eq!(marks(&request, &claude()), 1);
    request.tools.clear();
    assert_eq!(marks(&request, &claude()), 0);
}

#[test]
fn the_second_round_of_a_tool_loop_marks_what_the_first_sent_and_its_own_end() {
    let mut request = offering(vec![user("Hi"), assistant("Yes?"), user("Find")]);
    let history = format!(
        r#"{{"role":"user","content":"Hi"}},{{"role":"assistant","content":[{{"type":"text","text":"Yes?"{MARK}}}]}},{{"role":"user","content":[{{"type":"text","text":"Find"{MARK}}}]}}"#
    );
    assert_eq!(tail(&request, &claude(), "messages"), format!(r#""messages":[{history}]}}"#));
    request.messages.extend([call("c1"), answer("c1", "42")]);
    assert_eq!(
        tail(&request, &claude(), "messages"),
        format!(
            r#""messages":[{history},{{"role":"assistant","content":[{{"type":"tool_use","id":"c1","name":"find","input":{{}}}}]}},{{"role":"user","content":[{{"type":"tool_result","tool_use_id":"c1","content":"42"{MARK}}}]}}]}}"#
        )
    );
    let converse = sent(&request, &bedrock(CLAUDE));
    let end = format!(
        r#"{{"role":"user","content":[{{"toolResult":{{"toolUseId":"c1","content":[{{"text":"42"}}]}}}}{POINT}]}}],"toolConfig""#
    );
    assert!(converse.contains(&end), "{converse}");
    assert_eq!(marks(&request, &bedrock(CLAUDE)), 3);
}

#[test]
fn there_are_never_more_than_four_marks() {
    let long = "Be kind. ".repeat(400);
    let mut request = offering(vec![system(&long), user("Hi"), assistant("Yes?"), user("Find")]);
    for round in 0..12 {
        let id = format!("c{round}");
        request.messages.extend([call(&id), answer(&id, "42")]);
        assert_eq!(marks(&request, &claude()), 4);
        assert_eq!(marks(&request, &bedrock(CLAUDE)), 4);
    }
    request.messages.extend([assistant("So"), user("Again"), call("d"), answer("d", "7")]);
    assert_eq!(marks(&request, &claude()), 4);
}

#[test]
fn the_last_round_of_a_loop_forbids_tools_and_marks_nothing_of_the_loop_where_that_forgets_it() {
    let mut request = offering(vec![user("Find"), call("c1"), answer("c1", "42")]);
    assert_eq!(marks(&request, &claude()), 2);
    request.tool_choice = ToolChoice::Forbidden;
    assert_eq!(marks(&request, &claude()), 0);
    assert_eq!(marks(&request, &bedrock(CLAUDE)), 2);
}

#[test]
fn a_model_that_is_not_known_to_cache_never_sees_a_mark() {
    let request = offering(vec![user("Hi"), assistant("Yes?"), user("Bye")]);
    assert_eq!(marks(&request, &claude()), 2);
    assert_eq!(marks(&request, &bedrock("eu.amazon.nova-pro-v1:0")), 2);
    let mut unknown = claude();
    unknown.facts = None;
    let mut without = claude();
    without.facts = Some(Box::leak(Box::default()));
    for target in [unknown, without, bedrock("meta.llama4-maverick-17b-instruct-v1:0")] {
        assert_eq!(marks(&request, &target), 0, "{target:?}");
    }
}

#[test]
fn the_quirk_leaves_the_marks_out_and_nothing_else() {
    let request = offering(vec![user("Hi"), assistant("Yes?"), user("Bye")]);
    for marking in [claude(), bedrock(CLAUDE)] {
        let mut quiet = marking.clone();
        quiet.quirks.prompt_cache = false;
        let mut unknown = marking.clone();
        unknown.facts = None;
        assert_eq!(marks(&request, &quiet), 0);
        assert_eq!(sent(&request, &quiet), sent(&request, &unknown));
        assert_ne!(sent(&request, &quiet), sent(&request, &marking));
    }
}

#[test]
fn thinking_bears_no_mark_so_the_block_before_it_does() {
    for (target, family, marked, bare) in [
        (claude(), "anthropic", format!(r#"{{"type":"text","text":"So"{MARK}}},{{"type":"thinking""#), 1),
        (bedrock(CLAUDE), "bedrock", format!(r#"{{"text":"Hi"}}{POINT}]}},{{"role":"assistant""#), 1),
    ] {
        let mut history = vec![user("Hi"), assistant("So")];
        // An answer that only thought: merged behind the one before on Messages, first in its own on Converse.
        if target.wire == WireKind::BedrockConverse {
            history.pop();
        }
        history.push(message(Role::Assistant, vec![thinking(Some("s"), family)]));
        history.push(user("Bye"));
        let request = request(history);
        let sent = sent(&request, &target);
        assert!(sent.contains(&marked), "{sent}");
        assert_eq!(marks(&request, &target), bare, "{sent}");
    }
}

#[test]
fn an_empty_result_bears_no_mark_on_messages() {
    let request = offering(vec![user("Find"), call("c1"), answer("c1", "")]);
    let sent = sent(&request, &claude());
    assert!(sent.contains(&format!(r#""input":{{}}{MARK}}}]"#)), "{sent}");
    assert!(sent.ends_with(r#""content":""}]}]}"#), "{sent}");
}

#[test]
fn a_document_bears_no_mark_on_converse() {
    let file = RequestPart::File {
        media_type: "application/pdf".into(),
        name: "a".into(),
        base64: "QUJD".into(),
        origin: Origin::Attachment { hash: "h".into() },
    };
    let request = offering(vec![message(Role::User, vec![text("Read"), file])]);
    let converse = sent(&request, &bedrock(CLAUDE));
    assert!(converse.contains(&format!(r#"{{"text":"Read"}}{POINT},{{"document""#)), "{converse}");
    let messages = sent(&request, &claude());
    assert!(messages.ends_with(&format!(r#""data":"QUJD"}}{MARK}}}]}}]}}"#)), "{messages}");
}

proptest! {
    #[test]
    fn marks_leave_every_span_on_the_bytes_that_it_names(said in "[a-z\"\\\\ ]{1,8}") {
        let request = offering(vec![user("Hi"), assistant(&said), user("Find"), call("c1"), answer("c1", &said)]);
        for marking in [claude(), bedrock(CLAUDE)] {
            let mut quiet = marking.clone();
            quiet.quirks.prompt_cache = false;
            let of = |target: &Target| {
                let encoded = encode(&request, target).unwrap();
                let cut = |start: u32, end: u32| encoded.body[start as usize..end as usize].to_vec();
                encoded.spans.iter().map(|s| (cut(s.start, s.end), s.origin.clone())).collect::<Vec<_>>()
            };
            prop_assert_eq!(of(&marking), of(&quiet));
        }
    }
}
