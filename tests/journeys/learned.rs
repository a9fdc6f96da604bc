//! What a turn taught memory, on the engine in the app: facts with their sentences, observations before and after,
//! undo, moves to another bank and back, restarts.

use rearview_domain::learned::{
    EntityChange, KnownBy, Learned, LearnedState, MovedFacts, ObservationChange, SaidMatch, SaidWho,
};
use rearview_domain::turn::RetainState;
use rearview_domain::{ChatId, TurnId};
use rearview_hindsight::{Client, MemoryFilter};
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::temp_app::{Ended, TempApp, engine_client};
use serde_json::{Value, json};

async fn tell(app: &TempApp, text: &str) -> (ChatId, Ended) {
    let chat = app.chat_with(json!({"kind": "normal", "model": "demo/demo"})).await;
    let ended = app.say(&chat, text).await;
    (chat, ended)
}

fn is_complete(learned: &Learned) -> bool {
    learned.state == LearnedState::Complete
}

/// The texts that a bank holds and that count.
async fn held(client: &Client, bank: &str) -> Vec<String> {
    match client.memories(&bank.into(), &MemoryFilter::default()).await {
        Ok(page) => page.items.into_iter().map(|fact| fact.text).collect(),
        // A bank that nothing was stored in does not exist.
        Err(_) => Vec::new(),
    }
}

fn of(chat: &ChatId, turn: &TurnId) -> Value {
    json!({"chatId": chat, "turnId": turn})
}

#[tokio::test]
async fn a_turn_ends_with_what_it_taught_and_the_sentences_it_came_from() {
    let app = TempApp::with_engine().await;
    let (chat, ended) = tell(&app, "Ana moved to Lisbon in March. What is the weather like?").await;
    let turn = &ended.turn.id;
    let learned = app.learned(&chat, turn, is_complete).await;
    assert_eq!(learned.added.len(), 1, "{learned:?}");
    let fact = &learned.added[0];
    let said = fact.said.as_ref().expect("the fact names its sentence");
    assert!(said.text.contains("Ana moved to Lisbon in March"), "{said:?}");
    assert_eq!((said.who, said.found_by), (SaidWho::User, SaidMatch::Exact));
    // Nothing consolidates without a model, and that is said instead of waited for.
    assert!(learned.unobserved.as_deref().unwrap().contains("no model"), "{learned:?}");
    assert_eq!(learned.observations, None);
    let name = learned.entities.iter().find(|one| one.name == "Lisbon").expect("Lisbon is a name");
    assert_eq!(name.change, Some(EntityChange::New));
    let counts = app.turn(&chat, turn).await.learned.expect("the chip has its numbers");
    assert_eq!((counts.added, counts.changed, counts.removed, counts.pending), (Some(1), None, Some(0), 0));
    // The same name once more is known by now, and the fact is found from its own side too.
    let (other, again) = tell(&app, "Lisbon has seven hills and Ana climbs them all.").await;
    let learned = app.learned(&other, &again.turn.id, is_complete).await;
    let name = learned.entities.iter().find(|one| one.name == "Lisbon").expect("Lisbon is a name");
    assert_eq!(name.change, Some(EntityChange::Known));
    let fact = json!({"serverId": "embedded", "bankId": "default", "id": fact.id});
    let turns: Value = app.must("memory.turns", fact).await;
    let first = turns["turns"].as_array().unwrap().iter().find(|one| one["turnId"] == json!(turn)).unwrap();
    assert_eq!(first["learned"], true);
}

#[tokio::test]
async fn a_turn_that_taught_nothing_says_so_and_answering_again_does_not_double_anything() {
    let app = TempApp::with_engine().await;
    let (chat, ended) = tell(&app, "What is the weather like?").await;
    let learned = app.learned(&chat, &ended.turn.id, is_complete).await;
    assert_eq!((learned.added.len(), learned.facts_known), (0, true));

    let (chat, first) = tell(&app, "Bob keeps bees on the roof.").await;
    app.learned(&chat, &first.turn.id, is_complete).await;
    let second = app.retry(&chat, first.turn.question_id.as_str(), json!({})).await;
    let learned = app.learned(&chat, &second.turn.id, is_complete).await;
    assert_eq!(learned.added.len(), 1);
    app.retained(&chat, &first.turn.id, |state| matches!(state, RetainState::Removed { .. })).await;
    let held = held(&engine_client(&app).await, "default").await;
    assert_eq!(held.iter().filter(|text| text.contains("bees")).count(), 1, "{held:?}");
    // What was taken out again taught nothing: its row says so, its record keeps what it was.
    let left: Vec<rearview_domain::turn::Turn> = {
        let path = json!({"chatId": chat, "messageId": first.turn.answer_id});
        let view: Value = app.must("chat.showBranch", path).await;
        serde_json::from_value(view["turns"].clone()).unwrap()
    };
    assert_eq!(left[0].learned, None);
    // It is handed in again, and what it taught is found again.
    app.retained(&chat, &first.turn.id, |state| matches!(state, RetainState::Done { .. })).await;
    let mut events = app.events().await;
    while app.turn(&chat, &first.turn.id).await.learned.is_none() {
        events.next().await;
    }
    assert_eq!(app.turn(&chat, &first.turn.id).await.learned.unwrap().added, Some(1));
}

#[tokio::test]
async fn what_a_turn_taught_is_undone_as_one_run_and_the_undo_is_undone() {
    let app = TempApp::with_engine().await;
    let (chat, ended) = tell(&app, "Bob keeps bees on the roof. Zoe runs a bakery in Oslo.").await;
    let turn = &ended.turn.id;
    let learned = app.learned(&chat, turn, is_complete).await;
    assert_eq!(learned.added.len(), 2, "{learned:?}");
    let ids: Vec<&str> = learned.added.iter().map(|fact| fact.id.as_str()).collect();
    let edit = json!({"kind": "patch", "patch": {"state": "invalidated", "reason": "Undone: learned from a message."}});
    let run: Value = app
        .must(
            "memory.edit",
            json!({"serverId": "embedded", "bankId": "default", "label": "Undo what a message taught: 2 facts",
                   "ids": ids, "edit": edit}),
        )
        .await;
    assert_eq!(run["done"], 2, "{run}");
    let now: Value = app.must("turn.learned", of(&chat, turn)).await;
    let stands = |now: &Value| -> Vec<String> {
        now["facts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fact| fact["stands"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(stands(&now), ["retired", "retired"]);
    assert_eq!(now["facts"][0]["reason"], "Undone: learned from a message.");
    assert!(held(&engine_client(&app).await, "default").await.is_empty());
    let _: Value = app.must("run.undo", json!({"id": run["id"]})).await;
    let now: Value = app.must("turn.learned", of(&chat, turn)).await;
    assert_eq!(stands(&now), ["valid", "valid"]);
    let _: Value = app.must("run.redo", json!({"id": run["id"]})).await;
    let now: Value = app.must("turn.learned", of(&chat, turn)).await;
    assert_eq!(stands(&now), ["retired", "retired"], "the undo of the undo");
}

#[tokio::test]
async fn facts_of_a_turn_move_to_another_bank_and_back() {
    let app = TempApp::with_engine().await;
    let (chat, ended) = tell(&app, "Bob keeps bees on the roof. Zoe runs a bakery in Oslo.").await;
    let turn = &ended.turn.id;
    let learned = app.learned(&chat, turn, is_complete).await;
    let bees = learned.added.iter().find(|fact| fact.text.contains("bees")).unwrap();
    let client = engine_client(&app).await;
    let to = |ids: Value, bank: &str| json!({"chatId": chat, "turnId": turn, "ids": ids, "toServerId": "embedded", "toBankId": bank});
    app.refused("turn.moveLearned", to(json!([bees.id]), "default")).await;
    app.refused("turn.moveLearned", to(json!(["0193b6f2-0000-7000-8000-000000000000"]), "garden")).await;
    app.refused("turn.moveLearned", to(json!([]), "garden")).await;
    let moved: MovedFacts = app.must("turn.moveLearned", to(json!([bees.id]), "garden")).await;
    assert_eq!((moved.facts.len(), moved.facts[0].facts), (1, 1));
    assert!(held(&client, "garden").await.iter().any(|text| text.contains("bees")));
    let here = held(&client, "default").await;
    assert!(here.iter().all(|text| !text.contains("bees")) && here.len() == 1, "{here:?}");
    let record = app.record(&chat, turn).await;
    assert_eq!((record.moved.len(), record.moved[0].back_at.clone()), (1, None));
    app.refused("turn.moveLearned", to(json!([bees.id]), "garden")).await;

    let back = json!({"chatId": chat, "turnId": turn, "runId": moved.run_id});
    let moved: MovedFacts = app.must("turn.moveLearnedBack", back).await;
    assert!(moved.back_at.is_some());
    assert!(held(&client, "garden").await.is_empty());
    assert!(held(&client, "default").await.iter().any(|text| text.contains("bees")));
    assert_eq!(app.record(&chat, turn).await.moved.len(), 1, "the move and its way back are one entry");
}

fn extracted(text: &str, entities: &[&str]) -> Script {
    Script::text(
        &json!({"facts": [{"text": text, "kind": "world", "start": null, "end": null, "entities": entities,
                           "because": []}]})
        .to_string(),
    )
}

/// An app whose memory is read by a scripted model.
async fn with_model() -> (TempApp, ScriptedProvider) {
    let app = TempApp::with_engine().await;
    let provider = ScriptedProvider::start().await.unwrap();
    app.provider(&provider).await;
    let model = json!({"model": "scripted/scripted-1", "tokensPerDay": 100_000});
    let _: Value = app.must("engine.saveModel", model).await;
    (app, provider)
}

#[tokio::test]
async fn observations_are_pending_then_made_then_reworded_with_what_they_said_before() {
    let (app, provider) = with_model().await;
    let client = engine_client(&app).await;
    provider.answer(Script::text("Noted.")).answer(extracted("Ana lives in Porto.", &["Ana", "Porto"]));
    let chat = app.chat().await;
    let first = app.say(&chat, "Ana lives in Porto now.").await;
    let pending = app.learned(&chat, &first.turn.id, |learned| !learned.added.is_empty()).await;
    assert_eq!(pending.state, LearnedState::Pending, "{pending:?}");
    let counts = app.turn(&chat, &first.turn.id).await.learned.unwrap();
    assert_eq!((counts.added, counts.changed, counts.pending), (Some(1), None, 1));

    let made =
        json!({"creates": [{"text": "Ana lives in Porto.", "facts": ["f1"]}], "updates": [], "deletes": []});
    provider.answer(Script::text(&made.to_string()));
    let _ = client.consolidate(&"default".into(), None).await.unwrap();
    let learned = app.learned(&chat, &first.turn.id, is_complete).await;
    let observations = learned.observations.unwrap();
    assert_eq!(observations.len(), 1);
    assert_eq!(
        (observations[0].change, observations[0].known_by, observations[0].before.clone()),
        (ObservationChange::Made, KnownBy::Server, None)
    );

    provider.answer(Script::text("Oh.")).answer(extracted("Ana moved to Lisbon.", &["Ana", "Lisbon"]));
    // In the same chat: observations are made within the tags of their facts, and the chat is one of them.
    let other = chat.clone();
    let second = app.say(&other, "Ana moved to Lisbon.").await;
    app.learned(&other, &second.turn.id, |learned| !learned.added.is_empty()).await;
    let update = json!({"creates": [], "deletes": [], "updates": [
        {"observation": "o1", "text": "Ana moved from Porto to Lisbon.", "facts": ["f1"]}]});
    provider.answer(Script::text(&update.to_string()));
    let _ = client.consolidate(&"default".into(), None).await.unwrap();
    let learned = app.learned(&other, &second.turn.id, is_complete).await;
    let observations = learned.observations.clone().unwrap();
    let [one] = observations.as_slice() else { panic!("{observations:?}") };
    assert_eq!((one.change, one.known_by), (ObservationChange::Reworded, KnownBy::Server));
    assert_eq!(one.before.as_deref(), Some("Ana lives in Porto."));
    assert_eq!((one.after.as_deref(), one.evidence), (Some("Ana moved from Porto to Lisbon."), Some(2)));
    let counts = learned.counts();
    assert_eq!(
        (counts.added, counts.changed, counts.removed, counts.pending),
        (Some(1), Some(1), Some(0), 0)
    );
}

#[tokio::test]
async fn what_is_pending_is_found_out_after_a_restart() {
    let (mut app, provider) = with_model().await;
    provider.answer(Script::text("Noted.")).answer(extracted("Ana lives in Porto.", &["Ana"]));
    let chat = app.chat().await;
    let ended = app.say(&chat, "Ana lives in Porto now.").await;
    app.learned(&chat, &ended.turn.id, |learned| learned.state == LearnedState::Pending).await;
    app.reopen().await;
    let made =
        json!({"creates": [{"text": "Ana lives in Porto.", "facts": ["f1"]}], "updates": [], "deletes": []});
    provider.answer(Script::text(&made.to_string()));
    let _ = engine_client(&app).await.consolidate(&"default".into(), None).await.unwrap();
    let _: Value = app.must("turn.lookAgain", of(&chat, &ended.turn.id)).await;
    let learned = app.learned(&chat, &ended.turn.id, is_complete).await;
    assert_eq!(learned.observations.unwrap()[0].change, ObservationChange::Made);
}
