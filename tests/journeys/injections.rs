//! The history of injections: turns of all chats by what memory did in them, and the memories that made no difference.

use crate::stage::Stage;
use rearview_tests::scripted_memory::{Endpoint, Mood};
use rearview_tests::scripted_provider::Script;
use serde_json::{Value, json};

async fn list(stage: &Stage, filter: Value) -> Value {
    stage.app.must("injection.list", json!({"filter": filter, "sort": "oldest", "limit": 100})).await
}

/// The questions of the turns that fit.
async fn found(stage: &Stage, filter: Value) -> Vec<String> {
    let page = list(stage, filter).await;
    let items = page["items"].as_array().unwrap();
    assert_eq!(page["total"].as_u64().unwrap() as usize, items.len());
    items.iter().map(|item| item["question"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn turns_of_all_chats_are_found_by_memory_bank_model_state_and_cost() {
    let stage = Stage::with_facts(&["Ana sails to Lisbon.", "Bob is a potter."]).await;
    stage.provider.answer(Script::text("Lisbon, by boat."));
    stage.say("Where to?").await;
    let claude = stage.app.chat_with(json!({"kind": "normal", "model": "claude/scripted-1"})).await;
    stage.app.say(&claude, "Who makes pots?").await;
    stage.memory.mood(Endpoint::Recall, Mood::Refuses(500, "on fire"));
    stage.say("And now?").await;
    stage.memory.mood(Endpoint::Recall, Mood::Well).knows("ana", &[]);
    stage.provider.answer(Script::refuses(400, "bad_request", "no"));
    stage.say("Nothing?").await;
    let off = json!({"text": "In private?", "settings": {"inject_memories": false}});
    let chat = stage.app.chat().await;
    stage.app.send(&chat, off).await;
    let temporary = stage.app.chat_with(json!({"kind": "temporary"})).await;
    stage.app.say(&temporary, "Never kept?").await;

    let all = found(&stage, json!({})).await;
    assert_eq!(all, ["Where to?", "Who makes pots?", "And now?", "Nothing?", "In private?"]);
    assert_eq!(found(&stage, json!({"words": "lisbon"})).await, ["Where to?", "Who makes pots?"]);
    assert_eq!(found(&stage, json!({"memoryId": "fact-2"})).await, ["Where to?", "Who makes pots?"]);
    assert_eq!(found(&stage, json!({"model": "claude/scripted-1"})).await, ["Who makes pots?"]);
    assert_eq!(found(&stage, json!({"memory": {"kind": "failed"}})).await, ["And now?"]);
    assert_eq!(found(&stage, json!({"memory": {"kind": "empty"}, "state": "failed"})).await, ["Nothing?"]);
    assert_eq!(found(&stage, json!({"memory": {"kind": "off", "why": "setting"}})).await, ["In private?"]);
    assert_eq!(found(&stage, json!({"serverId": stage.server, "bankId": "ana"})).await.len(), 5);
    assert_eq!(found(&stage, json!({"bankId": "other"})).await, [""; 0]);
    // The scripted models have no price in any list: what they cost is not known, and not nothing.
    assert_eq!(found(&stage, json!({"cost": {"kind": "unknown"}})).await.len(), 5);
    let free = json!({"cost": {"kind": "known", "from": null, "to": 0.0, "estimated": null}});
    assert_eq!(found(&stage, free).await, [""; 0]);

    let names: Value = stage.app.must("injection.names", json!({})).await;
    assert_eq!(names["models"], json!(["claude/scripted-1", "scripted/scripted-1"]));
    assert_eq!(names["banks"][0]["bankId"], "ana");

    let first = list(&stage, json!({})).await["items"][0]["turn"]["id"].clone();
    let next = json!({"filter": {}, "sort": "oldest", "after": first, "limit": 1});
    let page: Value = stage.app.must("injection.list", next).await;
    assert_eq!((&page["items"][0]["question"], &page["total"]), (&json!("Who makes pots?"), &json!(5)));
    stage.app.refused("injection.list", json!({"filter": {}, "sort": "oldest", "limit": 0})).await;
    stage
        .app
        .refused("injection.list", json!({"filter": {"nonsense": 1}, "sort": "oldest", "limit": 1}))
        .await;

    let _: Value = stage.app.must("chat.delete", json!({"chatId": claude, "learned": "keep"})).await;
    assert_eq!(found(&stage, json!({"words": "lisbon"})).await, ["Where to?"], "it goes with its chat");
}

#[tokio::test]
async fn memories_that_never_come_back_are_listed_with_what_is_not_known_told_apart() {
    let stage = Stage::with_facts(&["Ana sails to Lisbon.", "Bob is a potter."]).await;
    let chat = stage.app.chat().await;
    for _ in 0..2 {
        stage.provider.answer(Script::text("To Lisbon, she sails."));
        stage.app.say(&chat, "Where to?").await;
    }
    stage.provider.answer(Script::refuses(400, "bad_request", "no"));
    stage.app.say(&chat, "And?").await;
    let noisy: Value = stage.app.must("injection.unechoed", json!({"shown": 3, "limit": 10})).await;
    let items = noisy["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{noisy}");
    assert_eq!(items[0]["text"], "Bob is a potter.");
    assert_eq!((&items[0]["shown"], &items[0]["looked"]), (&json!(3), &json!(2)));
    assert_eq!((&items[0]["bankId"], &items[0]["serverId"]), (&json!("ana"), &json!(stage.server)));
    let often: Value = stage.app.must("injection.unechoed", json!({"shown": 4, "limit": 10})).await;
    assert_eq!((&often["items"], &often["total"], &often["unknown"]), (&json!([]), &json!(0), &json!(0)));
    stage.app.refused("injection.unechoed", json!({"shown": 0, "limit": 10})).await;
    let tried: Value = stage.app.must("injection.uninfluential", json!({})).await;
    let nothing = json!({"items": [], "total": 0, "tried": 0, "turns": 0, "more": false});
    assert_eq!(tried, nothing, "nothing was replayed");
}
