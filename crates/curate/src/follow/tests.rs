//! What the logs tell, what they do not, and whose call it was.

use super::*;
use rearview_hindsight::LlmRequest;
use serde_json::json;

const CHAT: &str = "0193a5b0-0000-7000-8000-000000000001";
const TURN: &str = "0193a5b0-0000-7000-8000-000000000002";

fn entry(value: Value) -> AuditEntry {
    let mut whole = json!({"id": "e1", "action": "recall", "transport": "http",
        "started_at": "2026-11-28T10:00:00.000Z", "ended_at": "2026-11-28T10:00:02.000Z", "duration_ms": 2000});
    whole.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

fn recall() -> AuditEntry {
    entry(json!({"request": {"query": "Where?"}, "response": {"results": [
        {"id": "b", "text": "Lisbon.", "type": "world", "scores": {"final": 0.5}}, {"id": "a", "text": "Bremen."}]}}))
}

fn ours_with(memories: &[&str], at: &str) -> TurnRecord {
    let mut record = record(&recall());
    let call = record.memory.as_mut().unwrap();
    let known = call.memories.clone();
    call.memories = memories
        .iter()
        .map(|id| rearview_domain::memory::RecalledMemory { id: (*id).to_owned(), ..known[0].clone() })
        .collect();
    record.turn_id = TurnId(TURN.to_owned());
    record.chat_id = ChatId(CHAT.to_owned());
    record.started_at = Time(at.to_owned());
    record
}

#[test]
fn a_row_tells_what_the_log_tells_and_leaves_the_rest_open() {
    let call = FollowedCall::of(&recall(), true);
    assert_eq!((call.query.as_deref(), &call.answer), (Some("Where?"), &CallAnswer::Memories { count: 2 }));
    assert_eq!((call.who, call.own), (None, None), "Hindsight's log names nobody");
    let listed = FollowedCall::of(&entry(json!({})), false);
    assert_eq!((listed.query, listed.answer), (None, CallAnswer::Unread));
    let named = entry(json!({"metadata": {"user_agent": "  agno/2.1 "}}));
    assert_eq!(FollowedCall::of(&named, true).who.as_deref(), Some("agno/2.1"));
}

#[test]
fn no_answer_a_refusal_a_printed_and_a_strange_answer_and_nothing_found_are_five_things() {
    let answer = |response: Value| FollowedCall::of(&entry(json!({"response": response})), true).answer;
    assert_eq!(answer(Value::Null), CallAnswer::Missing);
    assert_eq!(answer(json!({"detail": "no"})), CallAnswer::Refused { words: "no".to_owned() });
    assert_eq!(answer(json!({"results": 3})), CallAnswer::Unknown);
    assert_eq!(answer(json!({"results": []})), CallAnswer::Memories { count: 0 });
    // What Hindsight keeps of a recall by MCP: a printed object, cut. Its memories are not guessed at.
    let kept = json!({"result": "content=[TextContent(type='text', text='{\"results\": [{\"id\": \"a\""});
    assert_eq!(answer(kept.clone()), CallAnswer::Printed);
    assert_eq!(record(&entry(json!({"response": kept}))).memory, None);
    assert_eq!(answer(json!({"result": "x", "results": []})), CallAnswer::Memories { count: 0 });
    let stored = entry(json!({"action": "retain", "request": {"items": [{"content": "I moved."}]},
        "response": {"success": true, "items_count": 1}}));
    let call = FollowedCall::of(&stored, true);
    assert_eq!(
        (call.query.as_deref(), call.answer),
        (Some("I moved."), CallAnswer::Taken { items: Some(1) })
    );
}

#[test]
fn the_record_has_ranks_and_scores_and_nothing_that_only_the_client_knows() {
    let made = record(&recall());
    let memories = &made.memory.as_ref().unwrap().memories;
    assert_eq!((memories[0].rank, memories[0].id.as_str(), memories[0].scores.r#final), (1, "b", Some(0.5)));
    assert!(made.injected.is_none() && made.outcome.is_none() && made.answer.is_none());
    assert!(made.selected.is_empty() && made.steps.is_empty() && made.resolved.is_none());
    assert!(made.chat_id.0.starts_with("followed-"));
    // Hindsight logs fields that were not sent as null, which no request has.
    let logged =
        json!({"query": "Where?", "tags": null, "include": {"chunks": null, "entities": {"max_tokens": 5}}});
    let logged = entry(json!({"request": logged, "response": {"results": []}}));
    let asked = json!({"query": "Where?", "include": {"entities": {"max_tokens": 5}}});
    assert_eq!(record(&logged).memory.unwrap().request, asked);
    // A log that lies makes no memories.
    assert_eq!(record(&entry(json!({"response": {"results": "many"}}))).memory, None);
    let reflect = entry(json!({"action": "reflect", "request": {"query": "Who?"},
        "response": {"text": "Ana.", "based_on": {"memories": []}}}));
    assert_eq!(record(&reflect).memory.unwrap().reflect.unwrap().text, "Ana.");
}

#[test]
fn a_turn_is_known_by_its_words_and_memories_whatever_the_clocks_say() {
    let own = ours(&recall(), &[ours_with(&["b", "a"], "2026-11-28T10:04:00.000Z")]).unwrap();
    assert_eq!((own.turn_id.0.as_str(), own.part, own.apart_ms), (TURN, OwnPart::Memory, 240_000));
    assert_eq!(
        ours(&recall(), &[ours_with(&["a", "b"], "2026-11-28T10:00:00.000Z")]),
        None,
        "another answer"
    );
    assert_eq!(ours(&recall(), &[ours_with(&["b", "a"], "2026-11-28T11:00:00.000Z")]), None, "an hour apart");
    let mut other = ours_with(&["b", "a"], "2026-11-28T10:00:00.000Z");
    other.memory.as_mut().unwrap().request = json!({"query": "Who?"});
    assert_eq!(ours(&recall(), &[other]), None, "another question");
    let far = ours_with(&["b", "a"], "2026-11-28T10:05:00.000Z");
    let near = TurnRecord {
        turn_id: TurnId("near".to_owned()),
        ..ours_with(&["b", "a"], "2026-11-28T10:00:01.000Z")
    };
    assert_eq!(ours(&recall(), &[far, near]).unwrap().turn_id.0, "near");
}

#[test]
fn a_retain_is_known_by_its_document() {
    let retain = |id: String| entry(json!({"action": "retain", "request": {"items": [{"document_id": id}]}}));
    let own = ours(&retain(format!("{CHAT}.{TURN}")), &[]).unwrap();
    assert_eq!((own.chat_id.0.as_str(), own.part), (CHAT, OwnPart::Retain));
    assert_eq!(ours(&retain(format!("{CHAT}.{TURN}.2")), &[]).unwrap().part, OwnPart::Tool);
    assert_eq!(ours(&retain("notes.2026.11".to_owned()), &[]), None);
}

fn model(id: &str, trace: &str, at: &str) -> LlmRequest {
    let value = json!({"id": id, "operation": "reflect", "trace_id": trace, "started_at": at, "input": "secret",
        "metadata": {"document_id": "d1"}});
    serde_json::from_value(value).unwrap()
}

#[test]
fn model_calls_belong_by_operation_and_time_and_a_choice_is_told() {
    let reflect = entry(json!({"action": "reflect"}));
    let inside = || model("2", "run-1", "2026-11-28T10:00:01.500Z");
    let first = model("1", "run-1", "2026-11-28T10:00:00.100");
    let told =
        models_of(&reflect, vec![inside(), first.clone(), model("3", "run-1", "2026-11-28T10:00:09Z")]);
    let ids: Vec<&str> = told.items.iter().map(|call| call.id.as_str()).collect();
    assert_eq!((ids, told.runs, told.by_document), (vec!["1", "2"], 1, false));
    assert_eq!(told.items[0].input, None, "prompts stay where they are");
    assert_eq!(models_of(&reflect, vec![first, model("4", "run-2", "2026-11-28T10:00:01Z")]).runs, 2);
    assert_eq!(models_of(&recall(), vec![inside()]).items, vec![], "another operation");
    let retain = entry(json!({"action": "retain", "request": {"items": [{"document_id": "d1"}]}}));
    let told = models_of(&retain, vec![model("5", "run-3", "2026-11-28T10:09:00Z")]);
    assert_eq!((told.items.len(), told.by_document), (1, true), "extraction runs after the answer");
}

#[test]
fn a_mark_tells_without_a_page_whether_a_call_of_a_model_came() {
    let page = |ids: &[&str], total: Value| -> rearview_hindsight::LlmRequestPage {
        let items: Vec<Value> =
            ids.iter().map(|id| json!({"id": id, "started_at": "2026-11-28T10:05:30Z"})).collect();
        serde_json::from_value(json!({"items": items, "total": total})).unwrap()
    };
    let mark = ModelMark::of(None, &page(&["b", "a"], json!(2)));
    assert!(mark.stands(&page(&["b"], json!(2))));
    assert!(!mark.stands(&page(&["c"], json!(3))), "a newer one");
    assert!(!mark.stands(&page(&["b"], json!(3))), "one that began earlier and was written late");
    assert!(!mark.stands(&page(&["c"], json!(2))), "the oldest was let go when a newer one came");
    assert_eq!(mark.next().as_deref(), Some("2026-11-28T10:00:00.000Z"));
    let uncounted = ModelMark::of(None, &page(&["b"], Value::Null));
    assert!(!uncounted.stands(&page(&["b"], Value::Null)), "nobody says that nothing came");
    let empty = ModelMark::of(None, &page(&[], json!(0)));
    assert!(empty.stands(&page(&[], json!(0))) && empty.next().is_none());
}

#[test]
fn a_retain_names_its_documents_once_it_was_read() {
    let retain =
        json!({"action": "retain", "request": {"items": [{"document_id": "d1", "content": "x"}, {}]}});
    assert_eq!(FollowedCall::of(&entry(retain), true).documents, ["d1"]);
    assert!(FollowedCall::of(&recall(), true).documents.is_empty());
}

#[test]
fn a_window_reaches_back_over_the_longest_call_and_reads_times_with_and_without_an_offset() {
    assert_eq!(window("2026-11-28T10:05:30.000Z").as_deref(), Some("2026-11-28T10:00:00.000Z"));
    assert_eq!(window("2026-11-28T11:05:30.123456+01:00").as_deref(), Some("2026-11-28T10:00:00.123Z"));
    assert_eq!(window("soon"), None);
}
