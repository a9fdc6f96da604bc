//! What a turn knew and what it would get now, on every server: exactly where versions are kept, else put together.

use super::At;
use crate::each_server;
use crate::subject::{Subject, Which};
use macro_rules_attribute::apply;
use serde_json::{Value, json};

const QUESTION: &str = "What do you know about Ana and her friends?";

/// The row about a memory whose words then or now hold these.
fn about<'a>(rows: &'a Value, words: &str) -> &'a Value {
    let holds = |row: &&Value| {
        ["then", "now"]
            .iter()
            .any(|side| row[*side]["text"].as_str().is_some_and(|text| text.contains(words)))
    };
    let found = rows.as_array().unwrap().iter().find(holds);
    found.unwrap_or_else(|| panic!("nothing about `{words}` in {rows:#}"))
}

#[apply(each_server)]
async fn a_turn_tells_what_it_knew_then_and_what_it_would_get_now(subject: Subject) {
    let exact = subject.which == Which::Embedded;
    let bank = subject.bank_without_model().await;
    for name in ["Alder", "Birch", "Cedar", "Dogwood", "Elm", "Ginkgo"] {
        bank.say(name, &format!("{name} is a friend of Ana and lives in house {name}.")).await;
    }
    let at = At::the(&bank).await;
    let facts = at.facts(json!({"limit": 100})).await;
    let id = |name: &str| {
        let of = |fact: &&Value| fact["text"].as_str().unwrap().starts_with(name);
        facts.iter().find(of).unwrap()["id"].clone()
    };
    let patch = |id: Value, patch: Value| {
        let order = json!({"label": "Change a fact", "changes": [{"id": id, "patch": patch}]});
        let at = &at;
        async move { assert_eq!(at.ask("memory.change", order).await["state"], "done") }
    };
    patch(id("Alder"), json!({"occurredStart": "2026-02-03"})).await;
    patch(id("Elm"), json!({"state": "invalidated", "reason": "moved"})).await;

    let chat = json!({"kind": "normal", "model": "demo/demo", "bankId": at.bank});
    let chat = at.app.chat_with(chat).await;
    at.app.update(&chat, json!({"settings": {"store_conversations": false}})).await;
    let ended = at.app.say(&chat, QUESTION).await;
    let turn = json!({"chatId": chat, "turnId": ended.turn.id});
    let record: Value = at.app.must("turn.record", turn.clone()).await;
    assert_eq!(record["memory"]["memories"].as_array().unwrap().len(), 5, "{:#}", record["memory"]);

    patch(id("Birch"), json!({"text": "Birch is a friend of Ana and moved to house Beech."})).await;
    patch(id("Cedar"), json!({"state": "invalidated", "reason": "not a friend any more"})).await;
    bank.delete("/documents/Dogwood").await.ok();
    patch(id("Elm"), json!({"state": "valid"})).await;
    // Somebody else changes one too.
    bank.patch(&format!("/memories/{}", id("Ginkgo").as_str().unwrap()), json!({"text": "Ginkgo left."}))
        .await
        .ok();
    bank.say("Fir", "Fir is a friend of Ana and lives in house Fir.").await;
    let fir = at.facts(json!({"q": "house Fir"})).await[0]["id"].clone();
    patch(fir, json!({"occurredStart": "2025-12-24"})).await;

    let told: Value = at.app.must("turn.thenAndNow", turn.clone()).await;
    let certainty = json!(if exact { "exact" } else { "reconstructed" });
    assert_eq!((&told["certainty"], &told["notAgain"]), (&certainty, &Value::Null));
    let rows = &told["rows"];
    assert_eq!(rows.as_array().unwrap().len(), 7, "{rows:#}");
    let alder = about(rows, "Alder");
    assert!(alder["had"]["rank"].is_u64() && alder["gets"]["place"].is_u64(), "{alder:#}");
    assert_eq!(alder["then"], alder["now"]);
    // The record knows the words of then, whatever the server keeps.
    let birch = about(rows, "house Beech");
    assert!(birch["then"]["text"].as_str().unwrap().contains("house Birch"), "{birch:#}");
    let cedar = about(rows, "Cedar");
    assert_eq!((&cedar["gets"], &cedar["now"]["kind"]), (&Value::Null, &json!("retired")), "{cedar:#}");
    assert_eq!(cedar["now"]["reason"], "not a friend any more");
    let dogwood = about(rows, "Dogwood");
    assert_eq!((&dogwood["gets"], &dogwood["now"]["kind"]), (&Value::Null, &json!("gone")), "{dogwood:#}");
    let elm = about(rows, "Elm");
    assert_eq!((&elm["had"], &elm["then"]["kind"]), (&Value::Null, &json!("retired")), "{elm:#}");
    let fir = about(rows, "Fir");
    assert_eq!((&fir["had"], &fir["then"]["kind"]), (&Value::Null, &json!("not_yet")), "{fir:#}");

    let known = |clock: &'static str, q: &'static str| {
        let mut asked = turn.clone();
        asked.as_object_mut().unwrap().extend([
            ("clock".to_owned(), json!(clock)),
            ("q".to_owned(), json!(q)),
            ("offset".to_owned(), json!(0)),
        ]);
        let at = &at;
        async move { at.app.must::<Value>("turn.knownThen", asked).await["page"].clone() }
    };
    let learned = known("learned", "").await;
    assert_eq!(learned["certainty"], certainty);
    let items = &learned["items"];
    // This app changed it and knows how it was; what somebody else changed is not known where no versions are kept.
    let birch = about(items, "Birch");
    assert!(birch["then"]["text"].as_str().unwrap().contains("house Birch"), "{birch:#}");
    let ginkgo = about(items, "Ginkgo");
    match exact {
        true => {
            assert!(ginkgo["then"]["text"].as_str().unwrap().contains("house Ginkgo"), "{ginkgo:#}");
            // What a person deleted for good is in no answer, for any time; what was retired then did not count.
            assert_eq!((&learned["total"], &learned["unknown"]), (&json!(4), &json!(0)), "{learned:#}");
        }
        false => {
            assert_eq!(ginkgo["then"], json!({"kind": "otherwise"}), "{ginkgo:#}");
            assert_eq!((&learned["total"], &learned["unknown"]), (&json!(5), &Value::Null), "{learned:#}");
            assert_eq!(about(items, "Elm")["then"]["kind"], "retired", "{learned:#}");
        }
    }
    assert_eq!(about(items, "Cedar")["now"]["kind"], "retired");
    assert!(items.as_array().unwrap().iter().all(|item| item["then"]["kind"] != "not_yet"), "{items:#}");
    assert_eq!(known("learned", "Cedar").await["total"], 1);

    // The other clock: what happened before the turn, learned then or since.
    let happened = known("happened", "").await;
    assert_eq!(happened["total"], 2, "{happened:#}");
    assert_eq!(about(&happened["items"], "Alder")["then"]["kind"], "known", "{happened:#}");
    assert_eq!(about(&happened["items"], "Fir")["then"]["kind"], "not_yet", "{happened:#}");
}

#[apply(each_server)]
async fn a_reflect_made_again_names_what_was_learned_since_and_makes_no_bank(subject: Subject) {
    let exact = subject.which == Which::Embedded;
    let bank = subject.bank_without_model().await;
    for name in ["Alder", "Birch"] {
        bank.say(name, &format!("{name} is a friend of Ana and lives in house {name}.")).await;
    }
    let at = At::the(&bank).await;
    let chat = json!({"kind": "normal", "model": "demo/demo", "bankId": at.bank});
    let chat = at.app.chat_with(chat).await;
    let settings = json!({"store_conversations": false, "mode": "reflect"});
    at.app.update(&chat, json!({"settings": settings})).await;
    let ended = at.app.say(&chat, QUESTION).await;
    let turn = json!({"chatId": chat, "turnId": ended.turn.id});
    let again = || at.app.must::<Value>("turn.reflectAgain", turn.clone());

    let told = again().await;
    assert_eq!(told["notAgain"], Value::Null, "{told:#}");
    let certainty = json!(if exact { "exact" } else { "reconstructed" });
    assert_eq!((&told["certainty"], &told["byRule"]), (&certainty, &json!(false)), "{told:#}");
    assert_eq!(told["then"]["paragraph"], told["now"]["paragraph"], "{told:#}");
    assert_eq!(told["then"]["paragraph"]["kind"], "said");
    assert!(told["usage"]["totalTokens"].as_u64().unwrap() > 0, "{told:#}");
    let rows = told["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{told:#}");
    assert!(rows.iter().all(|row| row["had"].is_object() && row["gets"].is_object()), "{told:#}");

    let birch = at.facts(json!({"q": "house Birch"})).await[0]["id"].clone();
    let changes = json!([{"id": birch, "patch": {"state": "invalidated", "reason": "moved away"}}]);
    at.ask("memory.change", json!({"label": "Change a fact", "changes": changes})).await;
    bank.say("Fir", "Fir is a friend of Ana and lives in house Fir.").await;
    let before = at.facts(json!({"limit": 100})).await.len();
    let told = again().await;
    assert_eq!(told["pastError"], Value::Null, "{told:#}");
    let rows = &told["rows"];
    assert_eq!(rows.as_array().unwrap().len(), 3, "{rows:#}");
    let fir = about(rows, "Fir");
    assert_eq!((&fir["had"], &fir["then"]["kind"]), (&Value::Null, &json!("not_yet")), "{fir:#}");
    assert!(fir["gets"].is_object(), "{fir:#}");
    let birch = about(rows, "Birch");
    assert_eq!((&birch["gets"], &birch["now"]["kind"]), (&Value::Null, &json!("retired")), "{birch:#}");
    assert_eq!(birch["now"]["reason"], "moved away");
    let alder = about(rows, "Alder");
    assert!(alder["had"].is_object() && alder["gets"].is_object(), "{alder:#}");
    assert_eq!(at.facts(json!({"limit": 100})).await.len(), before, "nothing of it is kept");

    // Both servers make a bank that they are to reflect on; this must not.
    bank.delete("").await.ok();
    assert_eq!(again().await["notAgain"], json!({"kind": "bank_gone"}));
    bank.get("/stats").await.refused(404);
}
