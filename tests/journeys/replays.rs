//! What if: the request of a turn again, with something changed. Never retained, never in the chat.

use crate::stage::{MODELS, Stage};
use rearview_api::wire::{ReplayPlan, ReplayView, Replays};
use rearview_domain::learned::LearnedState;
use rearview_domain::replay::{InfluenceVerdict, ReplayState, SampleState};
use rearview_domain::turn::Turn;
use rearview_domain::{ChatId, ErrorCode};
use rearview_tests::gate::{Gate, PATIENCE};
use rearview_tests::scripted_memory::{Endpoint, Mood};
use rearview_tests::scripted_provider::{Got, Script};
use rearview_tests::temp_app::Ended;
use serde_json::{Value, json};

const FACTS: [&str; 2] = ["Ana is vegetarian.", "Ana lives in Porto with \"Ben\"."];

fn what_if(arms: Value) -> Value {
    json!({"kind": "what_if", "arms": arms})
}

fn without(ids: &[&str]) -> Value {
    json!({"memory": {"kind": "recorded", "without": ids, "edited": {}}})
}

fn asked_now(settings: Value) -> Value {
    json!({"memory": {"kind": "asked_now", "settings": settings}})
}

fn no_memory() -> Value {
    json!({"memory": {"kind": "none"}})
}

fn request(turn: &Turn, what: Value, samples: u32) -> Value {
    json!({"chatId": turn.chat_id, "turnId": turn.id, "what": what, "samples": samples})
}

/// Runs a replay to its end.
async fn replay(stage: &Stage, turn: &Turn, what: Value, samples: u32) -> ReplayView {
    let mut events = stage.app.events().await;
    let begun: ReplayView = stage.app.must("turn.replay", request(turn, what, samples)).await;
    assert_eq!(begun.replay.state, ReplayState::Running);
    let over = async {
        loop {
            let view = newest(stage, turn).await;
            if view.replay.state != ReplayState::Running {
                return view;
            }
            events.next().await;
        }
    };
    tokio::time::timeout(PATIENCE, over).await.expect("the replay never ends")
}

async fn replays(stage: &Stage, turn: &Turn) -> Replays {
    stage.app.must("turn.replays", json!({"chatId": turn.chat_id, "turnId": turn.id})).await
}

async fn newest(stage: &Stage, turn: &Turn) -> ReplayView {
    replays(stage, turn).await.items.remove(0)
}

/// A turn with two memories, in a chat with a system prompt and a turn before it.
async fn turn_of(stage: &Stage, model: &str, placement: &str) -> (ChatId, Ended) {
    let chat = stage.app.chat_with(json!({"kind": "normal", "model": model})).await;
    stage.app.update(&chat, json!({"systemPrompt": "Be \"brief\"."})).await;
    stage.app.say(&chat, "Hello").await;
    let settings = json!({"placement": placement, "item_format": {"dates": true, "sources": true}});
    let ended = stage.app.send(&chat, json!({"text": "Where should we eat?", "settings": settings})).await;
    // What was sent is taken, and not what the chat says by now.
    stage.app.update(&chat, json!({"systemPrompt": "Be long."})).await;
    stage.app.stored(&ended).await;
    (chat, ended)
}

#[tokio::test]
async fn the_turn_as_it_was_is_sent_again_to_the_byte_on_both_wires_and_in_every_placement() {
    let stage = Stage::with_facts(&FACTS).await;
    for model in MODELS {
        for placement in ["own_block", "system_message", "prepend_user"] {
            let (_, ended) = turn_of(&stage, model, placement).await;
            let view = replay(&stage, &ended.turn, what_if(json!([])), 1).await;
            assert_eq!(view.replay.differs, None, "{model} {placement}");
            let arm = &view.replay.arms[0];
            assert_eq!(arm.body_hash.as_deref(), Some(ended.record.steps[0].body_hash.as_str()));
            assert_eq!(arm.same_as_step, Some(0));
            let got = stage.provider.last().unwrap();
            assert_eq!(got.hash(), ended.record.steps[0].body_hash, "{model} {placement}");
            assert_eq!(view.samples[0].body_hash, got.hash());
            assert_eq!(view.replay.original.as_ref().unwrap().text, ended.said());
            assert_eq!((view.spread[0].counted, view.spread[0].within), (2, Some(0.0)));
        }
    }
}

#[tokio::test]
async fn the_demo_is_replayed_too_and_costs_nothing() {
    let stage = Stage::with_facts(&FACTS).await;
    let (_, ended) = turn_of(&stage, "demo/demo", "own_block").await;
    let what = what_if(json!([without(&["fact-1"])]));
    let plan: ReplayPlan = stage.app.must("turn.replayPrice", request(&ended.turn, what.clone(), 1)).await;
    assert_eq!((plan.usd, plan.reported), (Some(0.0), false));
    let view = replay(&stage, &ended.turn, what, 1).await;
    assert_eq!((view.replay.differs, view.replay.expected_usd), (None, Some(0.0)));
    assert_eq!(view.samples.len(), 2);
    assert!(view.samples[0].text.contains(FACTS[0]) && !view.samples[1].text.contains(FACTS[0]));
    assert!(view.samples[1].text.contains(FACTS[1]));
    assert!(view.samples.iter().all(|sample| sample.cost.as_ref().unwrap().usd == 0.0));
    assert!(view.spread[1].away.unwrap() > 0.0);
}

#[tokio::test]
async fn a_replay_never_retains_and_leaves_the_chat_its_record_and_memory_alone() {
    let stage = Stage::with_facts(&FACTS).await;
    let (chat, ended) = turn_of(&stage, MODELS[0], "own_block").await;
    let open = json!({"chatId": chat, "tail": 50});
    // What the two turns taught is looked for after they are stored, and would be a change by itself.
    for turn in stage.app.branch(&chat).await {
        stage.app.learned(&chat, &turn.id, |learned| learned.state != LearnedState::Pending).await;
    }
    let before: Value = stage.app.must("chat.open", open.clone()).await;
    let record = stage.app.record(&chat, &ended.turn.id).await;
    let calls = stage.memory.all_calls().len();
    let arms = json!([without(&["fact-1"]), no_memory(), {"memory": {"kind": "none"}, "model": MODELS[1]}]);
    let view = replay(&stage, &ended.turn, what_if(arms), 3).await;
    assert_eq!(view.samples.len(), 12);
    assert!(view.samples.iter().all(|sample| sample.state == SampleState::Finished), "{:?}", view.samples);
    // The outbox is woken by what ends; there must be nothing in it.
    stage.app.say(&stage.app.chat().await, "Something else").await;
    assert_eq!(stage.app.must::<Value>("chat.open", open).await, before);
    assert_eq!(stage.app.record(&chat, &ended.turn.id).await, record);
    let after: Vec<Endpoint> = stage.memory.all_calls()[calls..].iter().map(|call| call.endpoint).collect();
    let asked = after.iter().filter(|endpoint| **endpoint == Endpoint::Recall).count();
    assert_eq!(asked, 1, "the other chat alone asked memory: {after:?}");
    let stored = stage.memory.calls(Endpoint::Retain);
    let of_replay = |call: &&rearview_tests::scripted_memory::Call| {
        let text = call.body.to_string();
        !text.contains("Hello") && !text.contains("Where should we eat?") && !text.contains("Something else")
    };
    assert_eq!(stored.iter().filter(of_replay).count(), 0);
    assert!(stored.len() <= 3, "{stored:?}");
}

#[tokio::test]
async fn memories_are_left_out_edited_moved_or_asked_for_anew() {
    let stage = Stage::with_facts(&FACTS).await;
    let (_, ended) = turn_of(&stage, MODELS[0], "own_block").await;
    stage.memory.knows("ana", &["Ana eats fish now."]).knows("work", &["The canteen opens at noon."]);
    let recalls = stage.memory.calls(Endpoint::Recall).len();
    let edited =
        json!({"memory": {"kind": "recorded", "without": ["fact-2"], "edited": {"fact-1": "Ana eats all."}}});
    let moved =
        json!({"memory": {"kind": "recorded", "without": [], "edited": {}}, "placement": "prepend_user"});
    let bank = json!({"memory": {"kind": "asked_now", "settings": {}, "bankId": "work"}});
    let high = asked_now(json!({"budget": "high", "max_memory_tokens": 999}));
    let arms = json!([edited, moved, bank, high, no_memory()]);
    let plan: ReplayPlan =
        stage.app.must("turn.replayPrice", request(&ended.turn, what_if(arms.clone()), 1)).await;
    assert_eq!((plan.requests, plan.recalls, plan.reflects), (6, 2, 0));
    assert_eq!(stage.memory.calls(Endpoint::Recall).len(), recalls, "asking the price asks nobody");
    let view = replay(&stage, &ended.turn, what_if(arms), 1).await;
    let body = |arm: usize| {
        let hash = view.replay.arms[arm].body_hash.clone().unwrap();
        let got = stage.provider.requests().into_iter().find(|got| got.hash() == hash);
        got.expect("it was sent").text()
    };
    assert!(body(1).contains("1. [WORLD] Ana eats all.") && !body(1).contains("Porto"));
    assert!(body(2).contains("Ana is vegetarian.") && body(2).contains("\\n\\nWhere should we eat?"));
    assert!(body(3).contains("The canteen opens at noon.") && !body(3).contains("vegetarian"));
    assert!(body(4).contains("Ana eats fish now."));
    assert!(!body(5).contains("Relevant Memories"));
    let asked = view.replay.arms[4].asked.as_ref().unwrap();
    assert_eq!((asked.recalled, asked.memories[0].text.as_str()), (1, "Ana eats fish now."));
    assert!(view.replay.arms[1].asked.is_none());
    let calls = &stage.memory.calls(Endpoint::Recall)[recalls..];
    assert_eq!(calls.iter().map(|call| call.bank.as_str()).collect::<Vec<_>>(), ["work", "ana"]);
    assert_eq!((&calls[1].body["budget"], &calls[1].body["max_tokens"]), (&json!("high"), &json!(999)));
}

#[tokio::test]
async fn a_replay_shows_its_price_and_sample_size_before_it_runs_and_what_it_cost_after() {
    let stage = Stage::with_facts(&FACTS).await;
    // A provider that the catalogue knows, at the scripted address: gpt-4o at 2.50 and 10 a million.
    let config = json!({"id": "openai", "name": "OpenAI", "wire": "openai_chat", "catalogue": "openai",
                        "baseUrl": stage.provider.base_url()});
    let _: Value = stage.app.must("provider.save", json!({"config": config, "key": "k"})).await;
    stage.provider.answers_by(|_| Script::text("At home.").usage(1_000, 500));
    let (_, ended) = turn_of(&stage, "openai/gpt-4o", "own_block").await;
    let sent = stage.provider.requests().len();
    let what = what_if(json!([no_memory()]));
    let plan: ReplayPlan = stage.app.must("turn.replayPrice", request(&ended.turn, what.clone(), 2)).await;
    assert_eq!(stage.provider.requests().len(), sent, "asking the price sends nothing");
    assert!(plan.reported && plan.anecdote && plan.unpriced.is_empty() && plan.original);
    assert_eq!((plan.requests, plan.samples, plan.arms.len()), (4, 2, 2));
    assert_eq!((plan.arms[0].input_tokens, plan.arms[0].output_tokens), (1_000, 500));
    let block = ended.record.injected.as_ref().unwrap().tokens;
    assert_eq!(plan.arms[1].input_tokens, 1_000 - block);
    let by_hand = 2.0 * (0.007_5 + f64::from(1_000 - block) * 2.5e-6 + 0.005);
    assert!((plan.usd.unwrap() - by_hand).abs() < 1e-9, "{plan:?}");
    let view = replay(&stage, &ended.turn, what, 2).await;
    assert_eq!(view.replay.expected_usd, plan.usd);
    let paid: f64 = view.samples.iter().map(|sample| sample.cost.as_ref().unwrap().usd).sum();
    assert!((paid - 4.0 * 0.007_5).abs() < 1e-9);
    assert!(view.samples.iter().all(|sample| !sample.cost.as_ref().unwrap().estimated));
    assert_eq!((view.spread[1].counted, view.spread[1].anecdote), (2, true));
    let five = replay(&stage, &ended.turn, what_if(json!([no_memory()])), 5).await;
    assert_eq!((five.spread[1].counted, five.spread[1].anecdote), (5, false));
    assert_eq!(five.spread[1].away, Some(0.0), "all answers are the same words");
}

#[tokio::test]
async fn a_price_that_is_not_known_is_said_to_be_so() {
    let stage = Stage::with_facts(&FACTS).await;
    let (_, ended) = turn_of(&stage, MODELS[0], "own_block").await;
    let what = what_if(json!([{"memory": {"kind": "none"}, "model": "demo/demo"}]));
    let plan: ReplayPlan = stage.app.must("turn.replayPrice", request(&ended.turn, what, 1)).await;
    assert_eq!((plan.usd, plan.arms[0].usd, plan.arms[1].usd), (None, None, Some(0.0)));
    assert_eq!(plan.unpriced, [MODELS[0]]);
    assert!(plan.arms[0].input_tokens > 0);
    let view = replay(&stage, &ended.turn, what_if(json!([])), 1).await;
    assert_eq!((view.replay.expected_usd, view.samples[0].cost.clone()), (None, None));
}

#[tokio::test]
async fn a_replay_that_is_stopped_keeps_what_came() {
    let stage = Stage::with_facts(&FACTS).await;
    let (chat, ended) = turn_of(&stage, MODELS[0], "own_block").await;
    let gate = Gate::new();
    stage.provider.answer(Script::text("First answer."));
    let held = gate.clone();
    stage.provider.answers_by(move |_| Script::text("Half an").wait(&held).then(" answer"));
    let sent = stage.provider.requests().len();
    let begun: ReplayView =
        stage.app.must("turn.replay", request(&ended.turn, what_if(json!([no_memory()])), 5)).await;
    let again = stage.app.refused("turn.replay", request(&ended.turn, what_if(json!([])), 1)).await;
    assert_eq!(again.code, ErrorCode::Conflict);
    let named = json!({"chatId": chat, "replayId": begun.replay.id});
    assert_eq!(stage.app.refused("turn.deleteReplay", named.clone()).await.code, ErrorCode::Conflict);
    // One was answered, two are on their way.
    assert!(stage.provider.asked(sent + 3).await);
    let mut events = stage.app.events().await;
    let _: Value = stage.app.must("turn.stopReplay", named.clone()).await;
    let view = loop {
        let view = newest(&stage, &ended.turn).await;
        if view.replay.state != ReplayState::Running {
            break view;
        }
        events.next().await;
    };
    gate.open();
    assert_eq!((view.replay.state, view.replay.ended_at.is_some()), (ReplayState::Stopped, true));
    assert_eq!(stage.provider.requests().len(), sent + 3);
    let states: Vec<SampleState> = view.samples.iter().map(|sample| sample.state).collect();
    assert_eq!(states.iter().filter(|state| **state == SampleState::Finished).count(), 1);
    assert_eq!(states.iter().filter(|state| **state == SampleState::Stopped).count(), 2);
    let lost: u32 = view.spread.iter().map(|spread| spread.failed).sum();
    assert_eq!(lost, 2);
    assert_eq!(stage.app.refused("turn.stopReplay", named.clone()).await.code, ErrorCode::NotFound);
    let _: Value = stage.app.must("turn.deleteReplay", named).await;
    assert!(replays(&stage, &ended.turn).await.items.is_empty());
}

#[tokio::test]
async fn a_failed_answer_is_shown_as_failed_and_does_not_count() {
    let stage = Stage::with_facts(&FACTS).await;
    let (_, ended) = turn_of(&stage, MODELS[0], "own_block").await;
    stage.provider.answer(Script::refuses(400, "bad", "No."));
    stage.provider.answer(Script::text("Half").cut_off());
    let view = replay(&stage, &ended.turn, what_if(json!([no_memory()])), 2).await;
    assert_eq!(view.replay.state, ReplayState::Done);
    let failed: Vec<_> = view.samples.iter().filter(|sample| sample.state == SampleState::Failed).collect();
    assert_eq!(failed.len(), 2);
    assert!(failed.iter().all(|sample| sample.error.is_some()));
    let counted: u32 = view.spread.iter().map(|spread| spread.counted).sum();
    let lost: u32 = view.spread.iter().map(|spread| spread.failed).sum();
    assert_eq!((counted, lost), (3, 2), "two answers and the turn's own");
}

#[tokio::test]
async fn memory_that_fails_when_it_is_asked_anew_is_no_answer_without_memory() {
    let stage = Stage::with_facts(&FACTS).await;
    let (_, ended) = turn_of(&stage, MODELS[0], "own_block").await;
    stage.memory.mood(Endpoint::Recall, Mood::Refuses(500, "broken"));
    let sent = stage.provider.requests().len();
    let view = replay(&stage, &ended.turn, what_if(json!([asked_now(json!({"budget": "low"}))])), 1).await;
    assert!(view.replay.arms[1].error.is_some() && view.replay.arms[1].body_hash.is_none());
    assert_eq!(stage.provider.requests().len(), sent + 1, "the turn as it was alone was sent");
    assert_eq!((view.spread[1].counted, view.spread[1].away), (0, None));
}

/// A model whose answer hangs on what it is told: the city alone says where, either of two sentences about food says
/// what, and the hat says nothing.
fn cook(got: &Got) -> Script {
    let text = got.text();
    let place = if text.contains("Porto") {
        "near the Douro river in Porto"
    } else {
        "somewhere, but tell me your town"
    };
    let dish =
        if text.contains("vegetarian") { "a curry of lentils and greens" } else { "a large grilled steak" };
    Script::text(&format!("You could have {dish} {place}."))
}

#[tokio::test]
async fn leaving_one_out_tells_the_decisive_the_inert_and_the_redundant_apart() {
    let facts = ["Ana lives in Porto.", "Ana owns a red hat.", "Ana is a vegetarian.", "Ana is vegetarian."];
    let stage = Stage::with_facts(&facts).await;
    stage.provider.answers_by(cook);
    // A chat of its own: an earlier answer would say where she lives, whatever memory is left out.
    let (_, ended) = stage.say("Where should we eat?").await;
    let what = json!({"kind": "influence"});
    let plan: ReplayPlan = stage.app.must("turn.replayPrice", request(&ended.turn, what.clone(), 2)).await;
    // The turn, no memory, four left out one by one, the two that are near-duplicates together.
    assert_eq!((plan.arms.len(), plan.requests, plan.more_requests), (7, 14, 10));
    let view = replay(&stage, &ended.turn, what, 2).await;
    assert_eq!(view.samples.len(), 14, "nothing asked for pairs");
    let marks = replays(&stage, &ended.turn).await.influence;
    let quiet: Value = stage.app.must("injection.uninfluential", json!({})).await;
    let told: Vec<_> = quiet["items"].as_array().unwrap().iter().map(|one| &one["memoryId"]).collect();
    assert_eq!(told, [&json!("fact-2")], "neither what is decisive nor what is redundant is without effect");
    assert_eq!(
        (&quiet["tried"], &quiet["total"], &quiet["turns"], &quiet["items"][0]["inert"]),
        (&json!(4), &json!(1), &json!(1), &json!(1))
    );
    assert_eq!(marks, view.marks);
    let told: Vec<_> = marks.iter().map(|mark| (mark.memory_id.as_str(), mark.verdict)).collect();
    assert_eq!(
        told,
        [
            ("fact-1", InfluenceVerdict::Decisive),
            ("fact-2", InfluenceVerdict::Inert),
            ("fact-3", InfluenceVerdict::Redundant),
            ("fact-4", InfluenceVerdict::Redundant),
        ]
    );
    assert_eq!(marks[2].with, ["fact-4"]);
    assert!(marks.iter().all(|mark| mark.anecdote && mark.samples == 2 && mark.own == Some(0.0)));
}

#[tokio::test]
async fn memories_that_say_the_same_in_other_words_are_found_in_pairs() {
    let facts =
        ["Ana is vegetarian.", "No meat for her, she lives as a vegetarian since 2020.", "Ana owns a hat."];
    let stage = Stage::with_facts(&facts).await;
    stage.provider.answers_by(cook);
    let (_, ended) = turn_of(&stage, MODELS[0], "own_block").await;
    let view = replay(&stage, &ended.turn, json!({"kind": "influence"}), 1).await;
    // Five arms, then the three pairs.
    assert_eq!(view.replay.arms.len(), 8);
    let told: Vec<_> = view.marks.iter().map(|mark| mark.verdict).collect();
    use InfluenceVerdict::{Inert, Redundant};
    assert_eq!(told, [Redundant, Redundant, Inert]);
}

#[tokio::test]
async fn a_turn_with_memory_tools_is_replayed_by_its_first_request_and_its_calls_are_not_run() {
    let stage = Stage::with_facts(&FACTS).await;
    let chat = stage.app.chat().await;
    let settings = json!({"memory_tools": true});
    let ended = stage.app.send(&chat, json!({"text": "Remember me", "settings": settings})).await;
    let retains = stage.memory.calls(Endpoint::Retain).len();
    stage.provider.answers_by(|_| Script::text("Wait.").tool_call("retain_memory", r#"{"content":"x"}"#));
    let plan: ReplayPlan =
        stage.app.must("turn.replayPrice", request(&ended.turn, what_if(json!([])), 1)).await;
    assert_eq!(plan.tools, ["retain_memory", "recall_memory", "reflect_on_memory"]);
    let view = replay(&stage, &ended.turn, what_if(json!([])), 1).await;
    assert_eq!(view.replay.arms[0].same_as_step, Some(0));
    assert_eq!(view.samples[0].calls[0].name, "retain_memory");
    assert_eq!(view.samples[0].text, "Wait.");
    let after = stage.memory.calls(Endpoint::Retain);
    assert!(after[retains..].iter().all(|call| !call.body.to_string().contains("\"content\":\"x\"")));
}

#[tokio::test]
async fn what_cannot_be_replayed_says_why() {
    let stage = Stage::with_facts(&FACTS).await;
    let (chat, ended) = turn_of(&stage, MODELS[0], "own_block").await;
    let refused = async |what: Value, samples: u32| {
        stage.app.refused("turn.replay", request(&ended.turn, what, samples)).await
    };
    assert!(refused(what_if(json!([without(&["nobody"])])), 1).await.message.contains("not injected"));
    assert_eq!(refused(what_if(json!([])), 0).await.code, ErrorCode::InvalidInput);
    assert_eq!(refused(what_if(json!([])), 21).await.code, ErrorCode::InvalidInput);
    let twice = what_if(json!([no_memory(), no_memory()]));
    assert!(refused(twice, 1).await.message.contains("twice"));
    let elsewhere = json!([{"memory": {"kind": "none"}, "model": "nobody/x"}]);
    assert_eq!(refused(what_if(elsewhere), 1).await.code, ErrorCode::NotConfigured);
    let gone = json!({"chatId": chat, "turnId": "none", "what": what_if(json!([])), "samples": 1});
    assert_eq!(stage.app.refused("turn.replay", gone).await.code, ErrorCode::NotFound);

    let quiet = stage.app.chat_with(json!({"kind": "incognito", "model": MODELS[0]})).await;
    let alone = stage.app.say(&quiet, "Hello").await;
    let ask = request(&alone.turn, what_if(json!([asked_now(json!({}))])), 1);
    assert!(stage.app.refused("turn.replay", ask).await.message.contains("never asks memory"));
    let none = stage.app.refused("turn.replay", request(&alone.turn, json!({"kind": "influence"}), 1)).await;
    assert!(none.message.contains("No memory was injected"));
}

#[tokio::test]
async fn a_provider_that_was_set_up_anew_is_told_and_its_answer_is_not_counted_as_the_same() {
    let stage = Stage::with_facts(&FACTS).await;
    let (_, ended) = turn_of(&stage, MODELS[0], "own_block").await;
    let config = json!({"id": "scripted", "name": "Scripted", "wire": "anthropic_messages",
                        "baseUrl": stage.provider.base_url()});
    let _: Value = stage.app.must("provider.save", json!({"config": config, "key": "k"})).await;
    let view = replay(&stage, &ended.turn, what_if(json!([])), 1).await;
    assert!(view.replay.differs.as_ref().unwrap().contains("set-up of its provider"));
    assert_eq!((view.replay.original.is_none(), view.replay.arms[0].same_as_step), (true, None));
    assert_eq!(view.spread[0].counted, 1);
}

#[tokio::test]
async fn replays_go_with_their_chat_and_one_that_was_cut_off_says_so() {
    let mut stage = Stage::with_facts(&FACTS).await;
    let (chat, ended) = turn_of(&stage, MODELS[0], "own_block").await;
    stage.provider.answers_by(|_| Script::text("For ever").never_ends());
    let sent = stage.provider.requests().len();
    let _: ReplayView = stage.app.must("turn.replay", request(&ended.turn, what_if(json!([])), 1)).await;
    assert!(stage.provider.asked(sent + 1).await);
    // Quitting stops it; it is kept as stopped.
    stage.app.reopen().await;
    assert_eq!(newest(&stage, &ended.turn).await.replay.state, ReplayState::Stopped);
    let _: Value = stage.app.must("chat.delete", json!({"chatId": chat, "learned": "keep"})).await;
    assert!(replays(&stage, &ended.turn).await.items.is_empty());
}
