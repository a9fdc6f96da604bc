//! Turns that pause before their first request, because a breakpoint of the chat matches: what was held, what a person
//! changed in it, and what the provider got.

use crate::bundles;
use crate::stage::{MODELS, Stage, assert_recorded_as_sent};
use rearview_domain::breakpoint::{BlockEdits, Pause, PauseHow};
use rearview_domain::event::Happening;
use rearview_domain::record::{Gate, Origin, RecordPart, TurnRecord};
use rearview_domain::turn::{MemoryOutcome, RetainSkip, RetainState, TurnState};
use rearview_domain::{ChatId, ErrorCode};
use rearview_tests::gate::PATIENCE;
use rearview_tests::scripted_memory::{Endpoint, Mood};
use rearview_tests::scripted_provider::Script;
use rearview_tests::temp_app::{Ended, Started, TempApp};
use serde_json::{Value, json};
use std::time::Duration;

const FACTS: [&str; 2] = ["Ana is vegetarian.", "Ana sails."];

impl Stage {
    async fn break_at(&self, chat: &ChatId, condition: Value) -> Value {
        let set = json!({"chatId": chat, "condition": condition, "on": true});
        self.app.must("chat.setBreakpoint", set).await
    }

    async fn breakpoints(&self, chat: &ChatId) -> Vec<Value> {
        let list: Value = self.app.must("chat.breakpoints", json!({"chatId": chat})).await;
        list["items"].as_array().unwrap().clone()
    }

    /// Sends a message as a page does, which can be asked.
    async fn begin(&self, chat: &ChatId, mut request: Value) -> Started {
        request["canPause"] = json!(true);
        self.app.start(chat, request).await.unwrap()
    }

    /// Waits until a turn is paused.
    async fn paused(&self, begun: &Started) -> Pause {
        let waiting = async {
            loop {
                let record = self.app.call("turn.record", turn_of(begun)).await;
                let pause =
                    record.ok().map(|record| record["pause"].clone()).filter(|pause| !pause.is_null());
                match pause.and_then(|pause| serde_json::from_value::<Pause>(pause).ok()) {
                    Some(pause) => return pause,
                    None => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("the turn never pauses")
    }

    async fn go_on(&self, begun: &Started, edits: Value) -> Ended {
        let _: Value = self.app.must("turn.resume", json!({"runId": begun.run, "edits": edits})).await;
        self.app.finish(begun).await
    }

    async fn chat_of(&self, model: &str) -> ChatId {
        self.app.chat_with(json!({"kind": "normal", "model": model})).await
    }
}

fn turn_of(begun: &Started) -> Value {
    json!({"chatId": begun.turn.chat_id, "turnId": begun.turn.id})
}

fn every() -> Value {
    json!({"kind": "every_turn"})
}

fn said(text: &str) -> Value {
    json!({"text": text})
}

#[tokio::test]
async fn the_block_that_was_edited_is_byte_for_byte_what_the_provider_gets_on_both_wires() {
    let stage = Stage::with_facts(&FACTS).await;
    for model in MODELS {
        stage.provider.answer(Script::text("Try the tofu place."));
        let chat = stage.chat_of(model).await;
        stage.break_at(&chat, every()).await;
        let before = stage.provider.requests().len();
        let begun = stage.begin(&chat, said("Where should we eat?")).await;
        let pause = stage.paused(&begun).await;
        assert_eq!(pause.memory_ids, ["fact-1", "fact-2"]);
        assert!(pause.block.contains("1. [WORLD] Ana is vegetarian.\n2. [WORLD] Ana sails."), "{pause:?}");
        assert_eq!(stage.provider.requests().len(), before, "nothing has left");
        let edits = json!({"without": ["fact-2"], "edited": {"fact-1": "Ana <b>never</b>\neats \"meat\"."},
                           "added": "Answer in one line."});
        let preview: Value =
            stage.app.must("turn.pausedBlock", json!({"runId": begun.run, "edits": edits})).await;
        let ended = stage.go_on(&begun, edits).await;

        assert_eq!(ended.turn.state, TurnState::Finished, "{:?}", ended.error);
        assert_recorded_as_sent(&ended, &stage.provider);
        let block = ended.record.injected.clone().unwrap();
        assert_eq!(
            (json!(block.block), json!(block.tokens)),
            (preview["block"].clone(), preview["tokens"].clone())
        );
        let of_memory =
            |origin: &Origin| matches!(origin, Origin::Memory { .. } | Origin::MemoryFrame | Origin::Hand);
        assert_eq!(ended.sent_from(of_memory).concat(), block.block, "the spans are those of what was sent");
        assert_eq!(ended.memories(), ["Ana <b>never</b>\neats \"meat\"."]);
        assert_eq!(ended.sent_from(|origin| *origin == Origin::Hand), ["Answer in one line."]);
        let got = stage.provider.last().unwrap().text();
        assert!(!got.contains("Ana sails") && !got.contains("vegetarian"), "{got}");

        let record = &ended.record;
        let gates: Vec<_> = record.selected.iter().map(|one| one.gate).collect();
        assert_eq!(gates, [None, Some(Gate::ByHand)]);
        assert_eq!(record.memory.as_ref().unwrap().memories[0].text, FACTS[0], "what recall said stays");
        let end = record.pause.as_ref().unwrap().end.as_ref().unwrap();
        assert_eq!(
            (end.how, end.edits.without.as_slice()),
            (PauseHow::WentOn, ["fact-2".to_owned()].as_slice())
        );
        assert!(matches!(ended.turn.memory, Some(MemoryOutcome::Used { count: 1, .. })));
        // Why-not tells it.
        let asked = json!({"chatId": chat, "turnId": ended.turn.id, "expected": {"text": "Ana sails."}});
        let why: Value = stage.app.must("turn.whyNot", asked).await;
        assert_eq!((&why["gate"]["kind"], &why["settled"]), (&json!("by_hand"), &json!(true)));
        // It is stored as ever, without a word of the block.
        stage.app.stored(&ended).await;
    }
    let stored = stage.memory.documents();
    assert!(
        stored
            .iter()
            .all(|one| !one.item.to_string().contains("never") && !one.item.to_string().contains("one line"))
    );
}

#[tokio::test]
async fn each_condition_pauses_what_it_says_and_lets_the_rest_go() {
    let stage = Stage::with_facts(&FACTS).await;
    let held = json!({"id": "kept", "text": "Ana never eats nuts.", "type": "world", "state": "valid", "tags": ["diet"]});
    stage.memory.holds("ana", held);
    let memory = |id: &str| json!({"kind": "memory", "server_id": stage.server, "bank_id": "ana", "memory_id": id, "text": "then"});
    let cases = [
        (memory("fact-2"), vec!["fact-2"]),
        (json!({"kind": "tag", "tag": "diet"}), vec!["kept"]),
        (json!({"kind": "tokens", "over": 5}), vec![]),
        (every(), vec![]),
    ];
    for (condition, ids) in cases {
        for model in MODELS {
            let chat = stage.chat_of(model).await;
            let pin = json!({"chatId": chat, "serverId": stage.server, "bankId": "ana", "memoryId": "kept",
                             "kind": "pinned", "text": "nuts"});
            let _: Value = stage.app.must("chat.setMemory", pin).await;
            stage.break_at(&chat, condition.clone()).await;
            let begun = stage.begin(&chat, said("Where should we eat?")).await;
            let pause = stage.paused(&begun).await;
            assert_eq!(pause.why.len(), 1);
            assert_eq!(pause.why[0].memory_ids, ids, "{condition}");
            let ended = stage.go_on(&begun, json!({})).await;
            assert_eq!(ended.memories().len(), 3);
            assert_recorded_as_sent(&ended, &stage.provider);
        }
    }
    for condition in [
        memory("fact-9"),
        json!({"kind": "tag", "tag": "work"}),
        json!({"kind": "tokens", "over": 5000}),
        json!({"kind": "no_hits"}),
    ] {
        let chat = stage.app.chat().await;
        stage.break_at(&chat, condition.clone()).await;
        let begun = stage.begin(&chat, said("Where should we eat?")).await;
        let ended = stage.app.finish(&begun).await;
        assert_eq!((ended.turn.state, ended.record.pause), (TurnState::Finished, None), "{condition}");
    }
}

#[tokio::test]
async fn no_hits_is_a_recall_that_answered_and_no_other() {
    let stage = Stage::set().await;
    let chat = stage.app.chat().await;
    stage.break_at(&chat, json!({"kind": "no_hits"})).await;
    let begun = stage.begin(&chat, said("Who sails?")).await;
    let pause = stage.paused(&begun).await;
    assert_eq!((pause.block.as_str(), pause.tokens), ("", 0));
    let ended = stage.go_on(&begun, json!({"added": "Nobody knows who sails."})).await;
    assert_eq!(ended.turn.memory, Some(MemoryOutcome::Empty { new_bank: false }), "own lines are no memory");
    assert_eq!(ended.record.injected.as_ref().unwrap().block, "Nobody knows who sails.");
    assert_recorded_as_sent(&ended, &stage.provider);
    stage.memory.mood(Endpoint::Recall, Mood::Refuses(500, "on fire"));
    let begun = stage.begin(&chat, said("And who rows?")).await;
    let failed = stage.app.finish(&begun).await;
    assert!(matches!(failed.turn.memory, Some(MemoryOutcome::Failed { .. })));
    assert_eq!(failed.record.pause, None);
}

#[tokio::test]
async fn the_whole_block_can_be_dropped_and_that_is_neither_empty_nor_off() {
    let stage = Stage::with_facts(&FACTS).await;
    for model in MODELS {
        let chat = stage.chat_of(model).await;
        stage.break_at(&chat, every()).await;
        let begun = stage.begin(&chat, said("Where should we eat?")).await;
        stage.paused(&begun).await;
        let ended = stage.go_on(&begun, json!({"noMemory": true})).await;
        assert_eq!(ended.turn.memory, Some(MemoryOutcome::TakenOut { count: 2 }));
        assert_eq!((ended.record.injected.as_ref(), ended.record.echoed.as_ref()), (None, None));
        assert!(ended.record.selected.iter().all(|one| one.gate == Some(Gate::ByHand)));
        assert!(!stage.provider.last().unwrap().text().contains("Ana"));
        assert_recorded_as_sent(&ended, &stage.provider);
        let found: Value = stage
            .app
            .must(
                "injection.list",
                json!({"filter": {"memory": {"kind": "taken_out"}}, "sort": "newest", "limit": 9}),
            )
            .await;
        assert_eq!(found["items"][0]["turn"]["id"], json!(ended.turn.id));
    }
}

#[tokio::test]
async fn a_paused_turn_that_is_stopped_sends_nothing_and_keeps_the_question() {
    let stage = Stage::with_facts(&FACTS).await;
    let chat = stage.app.chat().await;
    stage.break_at(&chat, every()).await;
    let begun = stage.begin(&chat, said("Where should we eat?")).await;
    stage.paused(&begun).await;
    stage.app.cancel(&begun).await;
    let ended = stage.app.finish(&begun).await;
    assert_eq!(ended.turn.state, TurnState::Cancelled);
    assert_eq!((stage.provider.requests().len(), ended.record.steps.len()), (0, 0));
    assert_eq!(ended.record.pause.as_ref().unwrap().end.as_ref().unwrap().how, PauseHow::Stopped);
    assert_eq!((&ended.record.injected, &ended.turn.memory), (&None, &None));
    assert_eq!(ended.turn.retain, Some(RetainState::Skipped { why: RetainSkip::Nothing }));
    let view: Value = stage.app.must("chat.open", json!({"chatId": chat, "tail": 9})).await;
    assert_eq!(view["messages"][0]["parts"][0]["text"], "Where should we eat?");
    let asked = json!({"chatId": chat, "turnId": ended.turn.id, "expected": {"id": "fact-1"}});
    let why: Value = stage.app.must("turn.whyNot", asked).await;
    assert_eq!(why["gate"]["kind"], "not_sent");

    let late = stage.app.refused("turn.resume", json!({"runId": begun.run, "edits": {}})).await;
    assert_eq!((late.code, late.message.as_str()), (ErrorCode::Conflict, "This turn has ended."));
}

#[tokio::test]
async fn only_one_of_two_lets_it_go_on_and_what_does_not_fit_leaves_it_paused() {
    let stage = Stage::with_facts(&FACTS).await;
    let chat = stage.app.chat().await;
    stage.break_at(&chat, every()).await;
    let begun = stage.begin(&chat, said("Where should we eat?")).await;
    stage.paused(&begun).await;
    for (edits, words) in [
        (json!({"without": ["fact-7"]}), "not injected"),
        (json!({"edited": {"fact-1": " "}}), "leave it out"),
    ] {
        for command in ["turn.resume", "turn.pausedBlock"] {
            let refused = stage.app.refused(command, json!({"runId": begun.run, "edits": edits})).await;
            assert!(
                refused.code == ErrorCode::InvalidInput && refused.message.contains(words),
                "{refused:?}"
            );
        }
    }
    let unknown = stage.app.refused("turn.resume", json!({"runId": "nobody", "edits": {}})).await;
    assert_eq!(unknown.code, ErrorCode::NotFound);
    let resume = || stage.app.call("turn.resume", json!({"runId": begun.run, "edits": {}}));
    let (one, two) = tokio::join!(resume(), resume());
    assert!(one.is_ok() != two.is_ok());
    let second = one.err().or(two.err()).unwrap();
    assert_eq!(second.code, ErrorCode::Conflict);
    let ended = stage.app.finish(&begun).await;
    assert_eq!((ended.turn.state, ended.record.steps.len()), (TurnState::Finished, 1));
}

#[tokio::test]
async fn who_cannot_be_asked_is_not_waited_for_and_the_record_says_so() {
    let stage = Stage::with_facts(&FACTS).await;
    let chat = stage.app.chat().await;
    stage.break_at(&chat, json!({"kind": "next"})).await;
    let ended = stage.app.say(&chat, "Where should we eat?").await;
    assert_eq!((ended.turn.state, ended.memories().len()), (TurnState::Finished, 2));
    let end = ended.record.pause.unwrap().end.unwrap();
    assert_eq!((end.how, end.ms), (PauseHow::NobodyToAsk, 0.0));
    assert_eq!(stage.breakpoints(&chat).await.len(), 1, "it waits for one that can be asked");
}

#[tokio::test]
async fn the_next_turn_pauses_once_and_an_answer_again_pauses_by_the_conditions() {
    let stage = Stage::with_facts(&FACTS).await;
    let chat = stage.app.chat().await;
    stage.break_at(&chat, json!({"kind": "next"})).await;
    let begun = stage.begin(&chat, said("Where should we eat?")).await;
    stage.paused(&begun).await;
    assert_eq!(stage.breakpoints(&chat).await.len(), 0);
    let first = stage.go_on(&begun, json!({})).await;
    let begun = stage.begin(&chat, said("And then?")).await;
    assert_eq!(stage.app.finish(&begun).await.record.pause, None);

    stage.break_at(&chat, json!({"kind": "tokens", "over": 3})).await;
    let again =
        json!({"chatId": chat, "questionId": first.turn.question_id, "settings": {}, "canPause": true});
    let answer: Value = stage.app.must("turn.retry", again).await;
    let begun = Started {
        run: serde_json::from_value(answer["runId"].clone()).unwrap(),
        turn: serde_json::from_value(answer["turn"].clone()).unwrap(),
    };
    stage.paused(&begun).await;
    assert_eq!(stage.go_on(&begun, json!({})).await.turn.state, TurnState::Finished);
}

#[tokio::test]
async fn a_page_that_comes_back_finds_the_pause_and_another_chat_is_not_held_up() {
    let stage = Stage::with_facts(&FACTS).await;
    let chat = stage.app.chat().await;
    stage.break_at(&chat, every()).await;
    let begun = stage.begin(&chat, said("Where should we eat?")).await;
    stage.paused(&begun).await;
    let (other, elsewhere) = stage.say("Who sails?").await;
    assert_eq!(elsewhere.turn.state, TurnState::Finished);
    let list: Value = stage.app.must("chat.list", json!({"limit": 9, "offset": 0})).await;
    assert_eq!((&list["paused"], list["paused"] == json!([other])), (&json!([chat]), false));
    let view: Value = stage.app.must("chat.open", json!({"chatId": chat, "tail": 9})).await;
    assert_eq!(view["running"][0]["runId"], json!(begun.run));
    let ended = stage.go_on(&begun, json!({})).await;
    // Whoever follows from the first event sees the pause begin and end.
    let pauses: Vec<bool> = ended
        .events
        .iter()
        .filter_map(|event| match &event.event {
            Happening::Record { part } => match part.as_ref() {
                RecordPart::Pause(pause) => Some(pause.end.is_some()),
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(pauses, [false, true]);
    let list: Value = stage.app.must("chat.list", json!({"limit": 9, "offset": 0})).await;
    assert_eq!(list["paused"], json!([]));
}

#[tokio::test]
async fn a_pause_is_nobodys_time() {
    let stage = Stage::with_facts(&FACTS).await;
    let chat = stage.app.chat().await;
    stage.break_at(&chat, every()).await;
    let begun = stage.begin(&chat, said("Where should we eat?")).await;
    stage.paused(&begun).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let ended = stage.go_on(&begun, json!({})).await;
    let record = &ended.record;
    let waited = record.pause.as_ref().unwrap().end.as_ref().unwrap().ms;
    assert!(waited >= 1_500.0, "{waited}");
    let own = record.own.as_ref().unwrap();
    let times = [
        record.steps[0].own_ms,
        own.inject_ms,
        record.memory.as_ref().unwrap().ms,
        ended.turn.total_ms.unwrap(),
    ];
    // Far less than the pause, on the slowest machine.
    assert!(times.iter().all(|ms| (0.0..1_400.0).contains(ms)), "{times:?}");
}

#[tokio::test]
async fn quitting_while_paused_loses_nothing() {
    let mut stage = Stage::with_facts(&FACTS).await;
    let chat = stage.app.chat().await;
    stage.break_at(&chat, every()).await;
    let begun = stage.begin(&chat, said("Where should we eat?")).await;
    stage.paused(&begun).await;
    stage.app.reopen().await;
    let turn = stage.app.turn(&chat, &begun.turn.id).await;
    assert_eq!(turn.state, TurnState::Cancelled);
    let record = stage.app.record(&chat, &begun.turn.id).await;
    assert_eq!(record.pause.unwrap().end.unwrap().how, PauseHow::Stopped);
    assert_eq!((stage.provider.requests().len(), stage.breakpoints(&chat).await.len()), (0, 1));
    let gone = stage.app.refused("turn.resume", json!({"runId": begun.run, "edits": {}})).await;
    assert_eq!(gone.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn models_side_by_side_each_pause_and_go_on_by_themselves() {
    let stage = Stage::with_facts(&FACTS).await;
    let chat = stage.app.chat().await;
    stage.break_at(&chat, json!({"kind": "next"})).await;
    let request = json!({"chatId": chat, "text": "Where?", "images": [], "after": {"kind": "leaf"}, "settings": {},
                         "also": [MODELS[1]], "canPause": true});
    let answer: Value = stage.app.must("turn.start", request).await;
    let started = |answer: &Value| Started {
        run: serde_json::from_value(answer["runId"].clone()).unwrap(),
        turn: serde_json::from_value(answer["turn"].clone()).unwrap(),
    };
    let (one, two) = (started(&answer), started(&answer["also"][0]));
    stage.paused(&one).await;
    stage.paused(&two).await;
    let second = stage.go_on(&two, json!({"noMemory": true})).await;
    assert_eq!(second.turn.memory, Some(MemoryOutcome::TakenOut { count: 2 }));
    assert_eq!(stage.provider.requests().len(), 1, "the other one waits");
    let first = stage.go_on(&one, json!({})).await;
    assert_eq!(first.memories().len(), 2);
}

#[tokio::test]
async fn what_was_edited_stays_edited_where_a_placement_keeps_the_block() {
    let stage = Stage::with_facts(&FACTS).await;
    for placement in ["pinned_per_chat", "only_new"] {
        for model in MODELS {
            let chat = stage.chat_of(model).await;
            stage.app.update(&chat, json!({"settings": {"placement": placement}})).await;
            let only_once = stage.break_at(&chat, json!({"kind": "next"})).await;
            assert_eq!(only_once["condition"]["kind"], "next");
            let begun = stage.begin(&chat, said("Where should we eat?")).await;
            stage.paused(&begun).await;
            let edits = json!({"without": ["fact-2"], "edited": {"fact-1": "Ana eats no meat."}, "added": "Be brief."});
            let first = stage.go_on(&begun, edits).await;
            assert_recorded_as_sent(&first, &stage.provider);
            let begun = stage.begin(&chat, said("And then?")).await;
            let second = stage.app.finish(&begun).await;
            let got = stage.provider.last().unwrap().text();
            assert!(got.contains("1. [WORLD] Ana eats no meat.\\n\\nBe brief."), "{placement} {model} {got}");
            assert!(!got.contains("vegetarian"), "{placement} {model} {got}");
            assert_recorded_as_sent(&second, &stage.provider);
            let expected = if placement == "only_new" { vec!["Ana sails."] } else { vec![] };
            let new =
                second.memories().into_iter().filter(|text| text != "Ana eats no meat.").collect::<Vec<_>>();
            assert_eq!(new, expected, "{placement}: what was taken out may come back with the next message");
        }
    }
}

#[tokio::test]
async fn a_turn_that_was_edited_by_hand_is_replayed_to_the_byte() {
    let stage = Stage::with_facts(&FACTS).await;
    for model in MODELS {
        let chat = stage.chat_of(model).await;
        stage.break_at(&chat, every()).await;
        let begun = stage.begin(&chat, said("Where should we eat?")).await;
        stage.paused(&begun).await;
        let edits =
            json!({"without": ["fact-2"], "edited": {"fact-1": "Ana eats no meat."}, "added": "Be brief."});
        let ended = stage.go_on(&begun, edits).await;
        let arms = json!([{"memory": {"kind": "recorded", "without": ["fact-1"]}}]);
        let what = json!({"chatId": chat, "turnId": ended.turn.id, "samples": 1, "what": {"kind": "what_if", "arms": arms}});
        let plan: Value = stage.app.must("turn.replayPrice", what.clone()).await;
        assert_eq!(plan["differs"], Value::Null, "{model}: it is the request that was sent");
        let mut events = stage.app.events().await;
        let _: Value = stage.app.must("turn.replay", what).await;
        let over = async {
            loop {
                let all: Value = stage.app.must("turn.replays", turn_of(&begun)).await;
                if all["items"][0]["replay"]["state"] != "running" {
                    return all["items"][0].clone();
                }
                events.next().await;
            }
        };
        let view = tokio::time::timeout(PATIENCE, over).await.expect("the replay never ends");
        assert_eq!(view["replay"]["arms"][0]["bodyHash"], json!(ended.record.steps[0].body_hash));
        let last = stage.provider.last().unwrap().text();
        assert!(last.contains("Be brief.") && !last.contains("no meat"), "{last}");
    }
}

#[tokio::test]
async fn a_bundle_tells_of_the_pause_and_without_texts_no_word_of_it_is_left() {
    let stage = Stage::with_facts(&FACTS).await;
    let chat = stage.app.chat().await;
    let memory = json!({"kind": "memory", "server_id": stage.server, "bank_id": "ana", "memory_id": "fact-1",
                        "text": "Zanzibar once"});
    stage.break_at(&chat, memory).await;
    let begun = stage.begin(&chat, said("Where should we eat?")).await;
    stage.paused(&begun).await;
    let edits =
        json!({"without": ["fact-2"], "edited": {"fact-1": "Anastasia fasts."}, "added": "Kurzum bitte."});
    let ended = stage.go_on(&begun, edits).await;
    for texts in [true, false] {
        let file = bundles::save(&stage, &ended, texts).await;
        for word in ["Zanzibar", "Anastasia", "fasts", "Kurzum", "vegetarian", "sails"] {
            assert_eq!(file.contains(word), texts, "{word}");
        }
        let other = TempApp::new().await;
        let opened = bundles::open(&other, &file).await;
        let of = json!({"chatId": opened["chatId"], "turnId": opened["turnId"]});
        let record: TurnRecord = other.must("turn.record", of).await;
        let (there, here) = (record.pause.unwrap(), ended.record.pause.clone().unwrap());
        assert_eq!(
            (&there.since, &there.memory_ids, there.tokens),
            (&here.since, &here.memory_ids, here.tokens)
        );
        let (there, here) = (there.end.unwrap(), here.end.unwrap());
        assert_eq!((there.how, &there.at, there.ms), (here.how, &here.at, here.ms));
        assert_eq!(there.edits.without, here.edits.without);
        assert!(there.edits.edited.keys().eq(here.edits.edited.keys()));
        assert_eq!(there.edits == here.edits, texts, "words are replaced, and only then");
    }
}

#[tokio::test]
async fn a_memory_of_a_megabyte_of_markup_is_sent_as_it_was_written() {
    let stage = Stage::with_facts(&FACTS).await;
    let chat = stage.app.chat().await;
    stage.break_at(&chat, every()).await;
    let begun = stage.begin(&chat, said("Where should we eat?")).await;
    stage.paused(&begun).await;
    let long = "<script>alert(1)</script> \u{202e}Ana & \"Ben\"\n".repeat(25_000);
    assert!(long.len() > 1_000_000);
    let ended = stage.go_on(&begun, json!({"edited": {"fact-1": long}})).await;
    assert_eq!(ended.memories()[0], long);
    assert_recorded_as_sent(&ended, &stage.provider);
    let found: Value = stage
        .app
        .must("injection.list", json!({"filter": {"words": "alert"}, "sort": "newest", "limit": 9}))
        .await;
    assert_eq!(found["items"].as_array().unwrap().len(), 1, "turns are found by the words that were sent");
    let was: Value = stage
        .app
        .must("injection.list", json!({"filter": {"words": "vegetarian"}, "sort": "newest", "limit": 9}))
        .await;
    assert_eq!(was["items"].as_array().unwrap().len(), 0, "and not by those that were not");
}

#[tokio::test]
async fn breakpoints_belong_to_their_chat_and_are_switched_not_doubled() {
    let stage = Stage::set().await;
    let (chat, other) = (stage.app.chat().await, stage.app.chat().await);
    let tag = json!({"kind": "tag", "tag": "  work "});
    let set = stage.break_at(&chat, tag.clone()).await;
    assert_eq!(set["condition"]["tag"], "work");
    let off = json!({"chatId": chat, "condition": {"kind": "tag", "tag": "work"}, "on": false});
    let again: Value = stage.app.must("chat.setBreakpoint", off).await;
    assert_eq!((&again["id"], &again["on"]), (&set["id"], &json!(false)));
    assert_eq!((stage.breakpoints(&chat).await.len(), stage.breakpoints(&other).await.len()), (1, 0));
    for condition in [json!({"kind": "tag", "tag": " "}), json!({"kind": "tag", "tag": "x".repeat(201)})] {
        let refused = stage
            .app
            .refused("chat.setBreakpoint", json!({"chatId": chat, "condition": condition, "on": true}))
            .await;
        assert_eq!(refused.code, ErrorCode::InvalidInput);
    }
    for over in 0..99 {
        stage.break_at(&chat, json!({"kind": "tokens", "over": over})).await;
    }
    let one_more = json!({"chatId": chat, "condition": every(), "on": true});
    let refused = stage.app.refused("chat.setBreakpoint", one_more).await;
    assert!(refused.message.contains("at most 100"), "{refused:?}");
    let gone = json!({"chatId": chat, "id": set["id"]});
    for _ in 0..2 {
        let _: Value = stage.app.must("chat.removeBreakpoint", gone.clone()).await;
    }
    assert_eq!(stage.breakpoints(&chat).await.len(), 99);
    let nowhere = stage
        .app
        .refused("chat.setBreakpoint", json!({"chatId": "none", "condition": tag, "on": true}))
        .await;
    assert_eq!(nowhere.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn a_breakpoint_that_is_off_does_not_pause() {
    let stage = Stage::with_facts(&FACTS).await;
    let chat = stage.app.chat().await;
    let off = json!({"chatId": chat, "condition": every(), "on": false});
    let _: Value = stage.app.must("chat.setBreakpoint", off).await;
    let begun = stage.begin(&chat, said("Where should we eat?")).await;
    assert_eq!(stage.app.finish(&begun).await.record.pause, None);
    let none = BlockEdits::default();
    assert_eq!(serde_json::from_value::<BlockEdits>(json!({})).unwrap(), none);
}
