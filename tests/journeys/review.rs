//! Changes of facts on the engine in this app: twenty retired and taken back, one edited and told, entities merged,
//! a run that survives a restart, and the checks of a bank.

use rearview_tests::gate::PATIENCE;
use rearview_tests::temp_app::TempApp;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// An app with the sample bank.
async fn sample() -> TempApp {
    let app = TempApp::with_engine().await;
    let _: Value = app.must("engine.loadSample", json!({})).await;
    app
}

fn with(mut request: Value) -> Value {
    request["serverId"] = json!("embedded");
    request["bankId"] = json!("sample");
    request
}

async fn list(app: &TempApp, filter: Value) -> Vec<Value> {
    let page: Value = app.must("memory.list", with(json!({"filter": filter}))).await;
    page["items"].as_array().unwrap().clone()
}

/// What a person can see of facts, by id; entities in the order of the alphabet.
async fn seen(app: &TempApp, ids: &[String]) -> BTreeMap<String, Value> {
    let client = rearview_tests::temp_app::engine_client(app).await;
    let mut seen = BTreeMap::new();
    for id in ids {
        let fact = client.memory(&"sample".into(), id).await.unwrap();
        let mut entities = fact.entities.clone();
        entities.sort();
        let state = fact.state.map(|state| format!("{state:?}"));
        let fact = json!([
            fact.text,
            fact.context,
            fact.occurred_start,
            fact.occurred_end,
            fact.mentioned_at,
            fact.fact_type,
            entities,
            state,
            fact.invalidation_reason,
            fact.tags,
        ]);
        seen.insert(id.clone(), fact);
    }
    seen
}

/// Waits until nobody works on a run.
async fn ended(app: &TempApp, run: &Value) -> Value {
    let waiting = async {
        loop {
            let page: Value = app.must("run.get", json!({"id": run["id"]})).await;
            let run = page["run"].clone();
            if run["state"] != "running" && run["state"] != "undoing" {
                return run;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("the run does not end: {run}"))
}

fn ids(facts: &[Value]) -> Vec<String> {
    facts.iter().map(|fact| fact["id"].as_str().unwrap().to_owned()).collect()
}

async fn recalled(app: &TempApp, words: &str) -> Vec<String> {
    let client = rearview_tests::temp_app::engine_client(app).await;
    let request = rearview_hindsight::RecallRequest { query: words.to_owned(), ..Default::default() };
    let answer = client.recall(&"sample".into(), &request).await.unwrap().value;
    answer.results.into_iter().map(|fact| fact.id).collect()
}

#[tokio::test]
async fn twenty_facts_are_retired_in_one_run_and_one_undo_brings_them_back_as_they_were() {
    let app = sample().await;
    let facts = list(&app, json!({"factType": "world", "limit": 20})).await;
    let ids = ids(&facts);
    let before = seen(&app, &ids).await;
    let words = facts[0]["text"].as_str().unwrap();
    assert!(recalled(&app, words).await.contains(&ids[0]));

    let edit = json!({"kind": "patch", "patch": {"state": "invalidated", "reason": "a test"}});
    let preview: Value = app.must("review.preview", with(json!({"ids": ids, "edit": edit}))).await;
    assert_eq!((&preview["facts"], &preview["changes"]), (&json!(20), &json!(20)), "{preview}");
    assert!(preview["scanned"].as_u64().unwrap() > 0, "{preview}");

    let request = with(json!({"ids": ids, "edit": edit, "label": "Invalidate 20 facts"}));
    let run: Value = app.must("memory.edit", request).await;
    let run = ended(&app, &run).await;
    assert_eq!((&run["state"], &run["done"]), (&json!("done"), &json!(20)), "{run}");
    assert!(!recalled(&app, words).await.contains(&ids[0]), "a retired fact is not recalled");
    for fact in seen(&app, &ids).await.values() {
        assert_eq!((&fact[7], &fact[8]), (&json!("Invalidated"), &json!("a test")));
    }

    let run: Value = app.must("run.undo", json!({"id": run["id"]})).await;
    let run = ended(&app, &run).await;
    assert_eq!((&run["state"], &run["undone"]), (&json!("undone"), &json!(20)), "{run}");
    assert_eq!(seen(&app, &ids).await, before, "all is as it was, entities included");
    assert!(recalled(&app, words).await.contains(&ids[0]), "and it is recalled again");
}

#[tokio::test]
async fn a_single_change_answers_with_the_fact_as_it_is_then_and_a_fact_that_is_gone_is_an_error() {
    let app = sample().await;
    let fact = list(&app, json!({"factType": "world", "limit": 1})).await.remove(0);
    let change = |id: &Value| {
        let patch = json!({"text": "Mara likes the new text.", "occurredStart": "2026-02-03", "entities": ["Mara"],
                           "resolveEntities": false});
        with(json!({"label": "Edit a fact", "changes": [{"id": id, "patch": patch}]}))
    };
    let run: Value = app.must("memory.change", change(&fact["id"])).await;
    assert_eq!(
        (&run["state"], &run["facts"][0]["text"]),
        (&json!("done"), &json!("Mara likes the new text."))
    );
    let changes: Value = app.must("run.get", json!({"id": run["id"]})).await;
    let fields = changes["changes"][0]["fields"].as_array().unwrap().clone();
    assert!(fields.contains(&json!("text")) && fields.contains(&json!("occurredStart")), "{changes}");
    let undone: Value = app.must("run.undo", json!({"id": run["id"]})).await;
    assert_eq!(undone["facts"][0]["text"], fact["text"]);
    let again: Value = app.must("run.redo", json!({"id": run["id"]})).await;
    assert_eq!(again["facts"][0]["text"], "Mara likes the new text.");
    let runs: Value = app.must("run.list", with(json!({}))).await;
    assert_eq!(
        (&runs["runs"][0]["id"], &runs["runs"][0]["label"]),
        (&run["id"], &json!("Edit a fact")),
        "{runs}"
    );
    let _: Value = app.must("run.forget", json!({"id": run["id"]})).await;
    app.refused("run.get", json!({"id": run["id"]})).await;

    let gone = app.refused("memory.change", change(&json!("00000000-0000-4000-8000-000000000000"))).await;
    assert_eq!(gone.code, rearview_domain::ErrorCode::NotFound, "{gone:?}");
    let observation = list(&app, json!({"factType": "observation", "limit": 1})).await.remove(0);
    // Nothing was done, and the run says why.
    let run: Value = app.must("memory.change", change(&observation["id"])).await;
    assert_eq!(
        (&run["done"], &run["skipped"], &run["undoable"]),
        (&json!(0), &json!(1), &json!(false)),
        "{run}"
    );
    let page: Value = app.must("run.get", json!({"id": run["id"]})).await;
    assert!(page["changes"][0].to_string().contains("observation"), "{page}");
}

#[tokio::test]
async fn everything_that_matches_is_frozen_when_the_run_begins_and_observations_are_left_out() {
    let app = sample().await;
    let all: Value = app.must("memory.list", with(json!({"filter": {"limit": 0}}))).await;
    let observations: Value =
        app.must("memory.list", with(json!({"filter": {"limit": 0, "factType": "observation"}}))).await;
    let count = |page: &Value| page["total"].as_u64().unwrap();
    let request = with(json!({"filter": {}, "patch": {"context": "looked at"}, "label": "Look at all"}));
    let run: Value = app.must("memory.changeMatching", request).await;
    assert_eq!(run["total"].as_u64().unwrap(), count(&all) - count(&observations));
    assert!(run["note"].as_str().unwrap().contains("observations"), "{run}");
    let begun = async {
        while app.must::<Value>("run.get", json!({"id": run["id"]})).await["run"]["done"] == json!(0) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, begun).await.unwrap_or_else(|_| panic!("the run does not begin"));
    app.must::<Value>("run.stop", json!({"id": run["id"]})).await;
    let run: Value = app.must("run.undo", json!({"id": run["id"]})).await;
    let run = ended(&app, &run).await;
    assert_eq!(
        (&run["done"], &run["unknown"], &run["conflicts"]),
        (&json!(0), &json!(0), &json!(0)),
        "{run}"
    );
    let left = list(&app, json!({"q": "looked at"})).await;
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_run_that_was_cut_off_by_quitting_is_there_after_a_restart_and_goes_on() {
    let mut app = sample().await;
    let request =
        with(json!({"filter": {"factType": "world"}, "patch": {"context": "seen"}, "label": "Mark"}));
    let run: Value = app.must("memory.changeMatching", request).await;
    app.reopen().await;
    let page: Value = app.must("run.get", json!({"id": run["id"]})).await;
    let cut = &page["run"];
    assert_eq!((&cut["state"], &cut["resumable"]), (&json!("interrupted"), &json!(true)), "{cut}");
    let run: Value = app.must("run.resume", json!({"id": cut["id"]})).await;
    let run = ended(&app, &run).await;
    assert_eq!((&run["state"], &run["done"]), (&json!("done"), &run["total"]), "{run}");
    assert_eq!((&run["unknown"], &run["failed"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn merging_entities_rewrites_the_facts_and_its_undo_separates_them_again() {
    let app = sample().await;
    let fact = list(&app, json!({"factType": "world", "limit": 50}))
        .await
        .into_iter()
        .find(|fact| fact["entities"].as_array().is_some_and(|names| !names.is_empty()))
        .unwrap();
    let name = fact["entities"][0].as_str().unwrap().to_owned();
    let ids = [fact["id"].as_str().unwrap().to_owned()];
    let before = seen(&app, &ids).await;
    let request = with(json!({"into": "One Name For All", "from": [name]}));
    let run: Value = app.must("entity.merge", request).await;
    let run = ended(&app, &run).await;
    assert!(run["done"].as_u64().unwrap() >= 1 && run["failed"] == json!(0), "{run}");
    let entities = seen(&app, &ids).await[&ids[0]][6].clone();
    let entities: Vec<String> = serde_json::from_value(entities).unwrap();
    assert!(entities.contains(&"One Name For All".to_owned()) && !entities.contains(&name), "{entities:?}");
    let run: Value = app.must("run.undo", json!({"id": run["id"]})).await;
    ended(&app, &run).await;
    assert_eq!(seen(&app, &ids).await, before);
}

/// What the checks of the sample bank tell.
async fn checked(app: &TempApp, kinds: &[&str]) -> Vec<Value> {
    let (sink, mut events) = tokio::sync::mpsc::unbounded_channel();
    let request = with(json!({"kinds": kinds})).to_string();
    rearview_api::table::stream(app.app(), "review.find", &request, Box::new(sink)).await.unwrap();
    let mut told: Vec<Value> = Vec::new();
    while let Some(event) = events.recv().await {
        told.push(serde_json::from_str(&event).unwrap());
    }
    told
}

/// How many exact duplicates the checks find, and how many pairs they leave out.
async fn twins(app: &TempApp) -> (Value, Value) {
    let told = checked(app, &["exact_duplicate"]).await;
    let last = told.last().unwrap();
    (last["counts"][0]["total"].clone(), last["kept"].clone())
}

#[tokio::test]
async fn a_pair_that_is_kept_stays_out_of_later_checks_until_a_text_changes_or_it_is_forgotten() {
    let mut app = sample().await;
    let facts = list(&app, json!({"factType": "world", "limit": 2})).await;
    let text = facts[1]["text"].clone();
    let reword = async |app: &TempApp, fact: &Value, text: &Value| {
        let changes = json!([{"id": fact["id"], "patch": {"text": text}}]);
        app.must::<Value>("memory.change", with(json!({"label": "Reword", "changes": changes}))).await
    };
    reword(&app, &facts[0], &text).await;
    assert_eq!(twins(&app).await, (json!(1), json!(0)));

    // The younger first: a pair is the same from either side.
    let seen = |fact: &Value, text: &Value| json!({"id": fact["id"], "text": text, "cut": false});
    let pair = with(json!({"one": seen(&facts[1], &text), "other": seen(&facts[0], &text)}));
    let _: Value = app.must("review.keepPair", pair.clone()).await;
    let kept: Value = app.must("review.keptPairs", with(json!({}))).await;
    assert_eq!((&kept["total"], &kept["pairs"][0]["one"]["text"]), (&json!(1), &text), "{kept}");
    app.reopen().await;
    assert_eq!(twins(&app).await, (json!(0), json!(1)), "it is remembered over a restart");

    let pairs = with(json!({"pairs": [[facts[0]["id"], facts[1]["id"]]]}));
    let _: Value = app.must("review.forgetPairs", pairs.clone()).await;
    let _: Value = app.must("review.forgetPairs", pairs).await;
    assert_eq!(twins(&app).await, (json!(1), json!(0)));

    // Other words in both: they are twins again, but not the ones that were kept.
    let _: Value = app.must("review.keepPair", pair.clone()).await;
    for fact in &facts[..2] {
        reword(&app, fact, &json!("Mara keeps seven hens behind the old mill.")).await;
    }
    assert_eq!(twins(&app).await, (json!(1), json!(0)));
    let kept: Value = app.must("review.keptPairs", with(json!({}))).await;
    assert_eq!(kept["total"], json!(0), "a pair that is another one by now is forgotten");
    let other = app.refused("review.keepPair", pair).await;
    assert_eq!(other.code, rearview_domain::ErrorCode::Conflict, "{other:?}");
}

#[tokio::test]
async fn what_one_action_did_in_two_banks_is_taken_back_and_done_again_as_one() {
    let app = sample().await;
    let client = rearview_tests::temp_app::engine_client(&app).await;
    let item =
        rearview_hindsight::RetainItem { content: "Jonas repairs old clocks.".into(), ..Default::default() };
    let request = rearview_hindsight::RetainRequest { items: vec![item], ..Default::default() };
    client.retain(&"other".into(), &request).await.unwrap();
    let there = client.memories(&"other".into(), &rearview_hindsight::MemoryFilter::default()).await.unwrap();
    let there = there.items[0].id.clone();
    let here = ids(&list(&app, json!({"factType": "world", "limit": 5})).await);
    let edit = json!({"kind": "patch", "patch": {"state": "invalidated", "reason": "a test"}});
    let request = with(json!({"ids": here, "edit": edit, "label": "Invalidate 5 facts"}));
    let first: Value = app.must("memory.edit", request).await;
    assert_eq!((&first["together"], &first["parts"]), (&first["id"], &json!(1)));
    let request = json!({"serverId": "embedded", "bankId": "other", "ids": [there], "edit": edit,
                         "label": "Invalidate 1 fact", "together": first["id"]});
    let second: Value = app.must("memory.edit", request).await;
    assert_eq!((&second["together"], &second["parts"]), (&first["id"], &json!(2)), "{second}");
    ended(&app, &first).await;
    let states = async || {
        let mut states = Vec::new();
        for id in &here {
            states.push(client.memory(&"sample".into(), id).await.unwrap().state);
        }
        states.push(client.memory(&"other".into(), &there).await.unwrap().state);
        states
    };
    let all = |state| vec![Some(state); 6];
    assert_eq!(states().await, all(rearview_hindsight::MemoryState::Invalidated));

    // From either run it is all of it.
    let taken: Value = app.must("run.undoTogether", json!({"id": second["id"]})).await;
    assert_eq!(taken["runs"].as_array().unwrap().len(), 2, "{taken}");
    for run in [&first, &second] {
        assert_eq!(ended(&app, run).await["state"], "undone");
    }
    assert_eq!(states().await, all(rearview_hindsight::MemoryState::Valid));
    let nothing = app.refused("run.undoTogether", json!({"id": first["id"]})).await;
    assert_eq!(nothing.code, rearview_domain::ErrorCode::Conflict);

    let again: Value = app.must("run.redoTogether", json!({"id": first["id"]})).await;
    assert_eq!(again["runs"].as_array().unwrap().len(), 2, "{again}");
    for run in [&first, &second] {
        assert_eq!(ended(&app, run).await["state"], "done");
    }
    assert_eq!(states().await, all(rearview_hindsight::MemoryState::Invalidated));

    // A run that is gone from the journal takes nothing from the others.
    let _: Value = app.must("run.forget", json!({"id": first["id"]})).await;
    let taken: Value = app.must("run.undoTogether", json!({"id": second["id"]})).await;
    assert_eq!(taken["runs"].as_array().unwrap().len(), 1, "{taken}");
    app.refused("run.undoTogether", json!({"id": first["id"]})).await;
}

#[tokio::test]
async fn the_checks_of_a_bank_find_what_was_put_there_and_tell_how_far_they_are() {
    let app = sample().await;
    let facts = list(&app, json!({"factType": "world", "limit": 2})).await;
    let text = facts[1]["text"].clone();
    let order = json!([{"id": facts[0]["id"], "patch": {"text": text}}]);
    app.must::<Value>("memory.change", with(json!({"label": "Twin", "changes": order}))).await;
    let told = checked(&app, &["exact_duplicate", "instruction_like"]).await;
    assert!(told.iter().any(|event| event["kind"] == "reading"), "{told:?}");
    let last = told.last().unwrap();
    assert_eq!((&last["kind"], &last["counts"][0]["total"]), (&json!("done"), &json!(1)), "{told:?}");
    let found = told.iter().filter(|event| event["kind"] == "found");
    let mut findings = found.flat_map(|event| event["findings"].as_array().unwrap());
    let finding = findings.find(|finding| finding["kind"] == "exact_duplicate").unwrap();
    let pair: Vec<&Value> = finding["facts"].as_array().unwrap().iter().map(|fact| &fact["id"]).collect();
    assert!(pair.contains(&&facts[0]["id"]) && pair.contains(&&facts[1]["id"]), "{finding}");
}

/// Hears what it is told and says each time that nobody listens any more.
#[derive(Clone, Default)]
struct Gone(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

impl rearview_api::Sink for Gone {
    fn send(&self, json: String) -> bool {
        self.0.lock().unwrap().push(json);
        false
    }
}

#[tokio::test]
async fn a_search_ends_at_once_when_nobody_listens_any_more() {
    let app = sample().await;
    let gone = Gone::default();
    let request = with(json!({"kinds": []})).to_string();
    rearview_api::table::stream(app.app(), "review.find", &request, Box::new(gone.clone())).await.unwrap();
    let told = gone.0.lock().unwrap().clone();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(!told[0].contains("\"done\"") && !told[0].contains("\"comparing\""), "{told:?}");
}
