//! What a turn taught memory, on every server: its facts with their sentences, the observations made of them.

use super::At;
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::json;

#[apply(each_server)]
async fn a_turn_tells_the_facts_and_observations_that_came_of_it(subject: Subject) {
    let at = At::the(&subject.new_bank()).await;
    let chat = at.app.chat_with(json!({"kind": "normal", "model": "demo/demo", "bankId": at.bank})).await;
    let ended = at.app.say(&chat, "Ana lives in Lisbon with her brother Bob. Bob keeps bees.").await;
    let turn = json!({"chatId": chat, "turnId": ended.turn.id});
    let complete = |record: &serde_json::Value| record["learned"]["state"]["state"] == "complete";
    let record = at.until("turn.record", turn.clone(), complete).await;
    let learned = &record["learned"];
    let added = learned["added"].as_array().unwrap();
    assert!(!added.is_empty(), "{learned:#}");
    for fact in added {
        let said = fact["said"]["text"].as_str().unwrap_or_else(|| panic!("no sentence: {fact:#}"));
        assert!("Ana lives in Lisbon with her brother Bob. Bob keeps bees.".contains(said), "{fact:#}");
        assert_eq!((&fact["said"]["who"], &fact["waits"]), (&json!("user"), &json!(false)));
    }
    assert_eq!(learned["removed"], json!([]), "the document was not there before");
    let observations = learned["observations"].as_array().unwrap();
    assert!(!observations.is_empty(), "{learned:#}");
    assert!(observations.iter().all(|one| one["change"] == "made"), "{observations:#?}");
    assert!(learned["entities"].as_array().unwrap().iter().all(|one| one["change"] == "new"), "{learned:#}");
    let now = at.until("turn.learned", turn, |now| !now["facts"].as_array().unwrap().is_empty()).await;
    assert!(now["facts"].as_array().unwrap().iter().all(|fact| fact["stands"] == "valid"), "{now:#}");
}
