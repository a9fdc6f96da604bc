//! What a person says of memories for one chat, and what came back of them: pinned ones go first whatever recall does,
//! those not relevant stay out, and what of a memory stands in the answer is recorded.

use crate::stage::{MODELS, Stage, assert_recorded_as_sent};
use rearview_domain::ChatId;
use rearview_domain::record::{Gate, PinFound};
use rearview_domain::turn::MemoryOutcome;
use rearview_tests::scripted_memory::{Endpoint, Mood};
use rearview_tests::scripted_provider::Script;
use serde_json::{Value, json};

fn held(id: &str, text: &str) -> Value {
    json!({"id": id, "text": text, "type": "world", "entities": ["Ana"], "state": "valid"})
}

impl Stage {
    /// Says something of a memory of the bank `ana`, or takes it back.
    async fn say_here(&self, chat: &ChatId, id: &str, kind: Value) -> Value {
        let said = json!({"chatId": chat, "serverId": self.server, "bankId": "ana", "memoryId": id, "kind": kind,
                          "text": format!("text of {id}")});
        self.app.must("chat.setMemory", said).await
    }
}

#[tokio::test]
async fn what_of_a_memory_came_back_is_recorded_shown_live_and_counted() {
    let stage = Stage::with_facts(&["Ana flies to Lisbon on 14 March.", "Bob is a potter."]).await;
    for model in MODELS {
        stage.provider.answer(Script::text("You fly to Lisbon on March 14, Ana."));
        let chat = stage.app.chat_with(json!({"kind": "normal", "model": model})).await;
        let ended = stage.app.say(&chat, "When does Ana leave?").await;
        let echoed = ended.record.echoed.clone().expect("it was looked for");
        assert_eq!(echoed.memories.iter().map(|one| one.came_back()).collect::<Vec<_>>(), [true, false]);
        let first = &echoed.memories[0];
        assert_eq!(
            (&first.words, &first.numbers),
            (&vec!["Lisbon".to_owned()], &vec!["14 March".to_owned()])
        );
    }
    let of = json!({"serverId": stage.server, "bankId": "ana", "id": "fact-1"});
    let turns: Value = stage.app.must("memory.turns", of).await;
    let told: Vec<&Value> = turns["turns"].as_array().unwrap().iter().map(|turn| &turn["echoed"]).collect();
    assert_eq!(told, [&json!(true), &json!(true)]);
}

#[tokio::test]
async fn without_an_answer_nobody_knows_what_came_back() {
    let stage = Stage::with_facts(&["Ana sails."]).await;
    stage.provider.answer(Script::refuses(400, "bad_request", "no"));
    let (_, failed) = stage.say("Who sails?").await;
    assert_eq!(failed.record.echoed, None);
    let none = Stage::set().await;
    let (_, empty) = none.say("Who sails?").await;
    assert_eq!(empty.record.echoed, None, "nothing was injected");
}

#[tokio::test]
async fn a_pinned_memory_goes_first_when_recall_finds_others_nothing_or_fails() {
    let stage = Stage::with_facts(&["Ana sails.", "Ana rows."]).await;
    stage.memory.holds("ana", held("kept", "Ana never eats nuts."));
    let chat = stage.app.chat().await;
    let said = stage.say_here(&chat, "kept", json!("pinned")).await;
    assert_eq!(said["before"], Value::Null);
    let ended = stage.app.say(&chat, "What now?").await;
    assert_eq!(ended.memories(), ["Ana never eats nuts.", "Ana sails.", "Ana rows."]);
    assert_recorded_as_sent(&ended, &stage.provider);
    let first = &ended.record.selected[0];
    assert_eq!((first.memory_id.as_str(), first.pinned, first.gate), ("kept", true, None));
    assert_eq!(ended.record.pinned[0].found, PinFound::There);
    assert!(ended.record.pinned[0].memory.as_ref().unwrap().tokens > 0);

    // It counts among as many as a turn takes.
    let one = json!({"text": "And now?", "settings": {"max_memories": {"kind": "at", "n": 1}}});
    let capped = stage.app.send(&chat, one).await;
    assert_eq!(capped.memories(), ["Ana never eats nuts."]);

    stage.memory.mood(Endpoint::Recall, Mood::Refuses(500, "on fire"));
    let failed = stage.app.say(&chat, "And then?").await;
    assert_eq!(failed.memories(), ["Ana never eats nuts."]);
    assert!(
        matches!(failed.turn.memory, Some(MemoryOutcome::Failed { .. })),
        "a recall that failed has failed"
    );
    assert!(failed.record.injected.is_some());

    stage.memory.mood(Endpoint::Recall, Mood::Well).knows("ana", &[]);
    let empty = stage.app.say(&chat, "And at last?").await;
    assert_eq!(empty.memories(), ["Ana never eats nuts."]);
    assert!(matches!(empty.turn.memory, Some(MemoryOutcome::Used { count: 1, .. })));

    let off = stage.app.send(&chat, json!({"text": "Off", "settings": {"inject_memories": false}})).await;
    assert!(off.memories().is_empty() && off.record.pinned.is_empty());
    let before = stage.say_here(&chat, "kept", Value::Null).await;
    assert_eq!(before["before"], "pinned");
    let without = stage.app.say(&chat, "And without?").await;
    assert!(without.memories().is_empty());
}

#[tokio::test]
async fn a_pinned_memory_stands_beside_reflects_paragraph_in_one_block() {
    let stage = Stage::set().await;
    stage.memory.reflects("Ana likes quiet places.", Value::Null).holds("ana", held("kept", "Ana sails."));
    let chat = stage.app.chat().await;
    stage.say_here(&chat, "kept", json!("pinned")).await;
    let ended = stage.app.send(&chat, json!({"text": "What now?", "settings": {"mode": "reflect"}})).await;
    let block = ended.record.injected.clone().unwrap().block;
    assert!(
        block.contains("1. [WORLD] Ana sails.\n\n") && block.ends_with("Ana likes quiet places."),
        "{block}"
    );
    assert_eq!(stage.provider.last().unwrap().text().matches("Ana sails.").count(), 1);
}

#[tokio::test]
async fn a_pinned_memory_that_is_gone_invalidated_or_elsewhere_is_not_injected_and_said() {
    let stage = Stage::with_facts(&["Ana sails."]).await;
    let wrong = json!({"id": "wrong", "text": "Ana eats nuts.", "type": "world", "state": "invalidated",
                       "invalidation_reason": "she does not"});
    stage.memory.holds("ana", wrong);
    let chat = stage.app.chat().await;
    stage.say_here(&chat, "gone", json!("pinned")).await;
    stage.say_here(&chat, "wrong", json!("pinned")).await;
    let elsewhere = json!({"chatId": chat, "serverId": stage.server, "bankId": "work", "memoryId": "w",
                           "kind": "pinned", "text": "of work"});
    let _: Value = stage.app.must("chat.setMemory", elsewhere).await;
    let ended = stage.app.say(&chat, "What now?").await;
    assert_eq!(ended.memories(), ["Ana sails."]);
    let found: Vec<&PinFound> = ended.record.pinned.iter().map(|pin| &pin.found).collect();
    let reason = Some("she does not".to_owned());
    let other = PinFound::OtherBank { bank_id: "work".into() };
    assert_eq!(found, [&PinFound::Gone, &PinFound::Invalidated { reason }, &other]);
    assert!(stage.memory.all_calls().iter().all(|call| call.bank != "work"), "nobody asks another bank");
}

#[tokio::test]
async fn what_is_not_relevant_here_stays_out_of_this_chat_alone() {
    let stage = Stage::with_facts(&["Ana sails.", "Ana rows."]).await;
    let chat = stage.app.chat().await;
    stage.say_here(&chat, "fact-1", json!("not_here")).await;
    let ended = stage.app.say(&chat, "What now?").await;
    assert_eq!(ended.memories(), ["Ana rows."]);
    assert_eq!(ended.record.selected[0].gate, Some(Gate::NotHere));
    let (_, other) = stage.say("What now?").await;
    assert_eq!(other.memories(), ["Ana sails.", "Ana rows."]);

    let listed: Value = stage.app.must("chat.memories", json!({"chatId": chat})).await;
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!((&items[0]["memoryId"], &items[0]["kind"]), (&json!("fact-1"), &json!("not_here")));
    // The last word counts.
    stage.say_here(&chat, "fact-1", json!("pinned")).await;
    let pinned = stage.app.say(&chat, "And now?").await;
    assert_eq!(pinned.memories(), ["Ana sails.", "Ana rows."]);
    assert!(pinned.record.selected[0].pinned);
    let refused = json!({"chatId": "none", "serverId": "s", "bankId": "b", "memoryId": "m", "text": ""});
    stage.app.refused("chat.setMemory", refused).await;
}

#[tokio::test]
async fn memories_of_a_turn_that_say_the_same_are_told_and_all_are_sent() {
    let text = "Ana sails on the river every Sunday morning.";
    let stage = Stage::with_facts(&[text, "Bob rows.", "ana sails on the river, every sunday morning"]).await;
    let (chat, ended) = stage.say("Who sails?").await;
    assert_eq!(ended.memories().len(), 3);
    let told: Value = stage.app.must("turn.stages", json!({"chatId": chat, "turnId": ended.turn.id})).await;
    assert_eq!(told["same"], json!([["fact-1", "fact-3"]]));
    let candidates = told["stages"]["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 3);
    assert_eq!(candidates[0]["fate"], json!({"kind": "answered", "rank": 1}));
}
