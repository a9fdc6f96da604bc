//! Why a fact is not there: banks in which one gate is the only cause, each named, and the smallest change proved to
//! let the fact in, on every server.

use crate::bank::Bank;
use crate::each_server;
use crate::subject::{Subject, Which};
use macro_rules_attribute::apply;
use rearview_curate::gate::{Asked, Expected, WhyGate, WhyNot, why_not};
use rearview_hindsight::RecallRequest;
use serde_json::{Value, json};

/// A bank with these texts, each a fact of a document of its own, said on this day.
pub async fn bank_of(subject: &Subject, texts: &[&str]) -> Bank {
    let bank = subject.bank_without_model().await;
    add(&bank, texts, "2026-01-02T03:04:05Z").await;
    bank
}

/// Retains these texts, each a document of its own, as said on this day.
pub async fn add(bank: &Bank, texts: &[&str], at: &str) {
    let item = |text: &&str| json!({"content": text, "document_id": text, "timestamp": at});
    bank.retain(Value::Array(texts.iter().map(item).collect())).await;
}

/// The id of the fact with this text.
pub async fn id(bank: &Bank, text: &str) -> String {
    let facts = bank.memories("limit=1000").await;
    let fact = facts.iter().find(|fact| fact["text"] == text);
    fact.unwrap_or_else(|| panic!("no fact says {text}: {facts:?}"))["id"].as_str().unwrap().to_owned()
}

/// Two texts of eight tokens each that a question about sailing on a boat finds alike.
pub const BOATS: [&str; 2] = ["Ana sails with Bob on a boat.", "Ana sails with Eve on a boat."];

/// A bank in which the fact that Ana sails has the tag `sea`.
pub async fn tagged(subject: &Subject) -> Bank {
    let bank = subject.bank_without_model().await;
    bank.retain(json!([{"content": "Ana sails.", "document_id": "d", "tags": ["sea"]}])).await;
    bank
}

/// The fact that is in no arm's best when a little is looked at.
pub const BREEZE: &str = "Ana has a boat named Breeze.";

/// A bank of many facts about sailing on Sunday and one about a boat; the lowest budget looks at two.
pub async fn sundays(subject: &Subject) -> Bank {
    let sails: Vec<String> = (1..=24).map(|n| format!("Ana sails on Sunday, round {n}.")).collect();
    let mut texts: Vec<&str> = sails.iter().map(String::as_str).collect();
    texts.push(BREEZE);
    let bank = bank_of(subject, &texts).await;
    bank.configure(json!({"recall_budget_fixed_low": 2, "enable_graph_retrieval": false})).await;
    bank
}

/// A bank with a fact and the observation that was made of it.
pub async fn observed(subject: &Subject) -> Bank {
    let bank = subject.new_bank();
    bank.say("d", "USER: Ana sails.").await;
    bank.idle().await;
    bank
}

async fn why_capped(bank: &Bank, request: Value, expected: Value, max_memories: Option<u32>) -> WhyNot {
    let client = bank.subject.client();
    let request: RecallRequest = serde_json::from_value(request).unwrap();
    let expected: Expected = serde_json::from_value(expected).unwrap();
    let bank = bank.id.as_str().into();
    let asked = Asked { client: &client, bank: &bank, request: &request, expected: &expected, max_memories };
    why_not(asked).await.unwrap()
}

async fn why(bank: &Bank, request: Value, text: &str) -> WhyNot {
    let id = id(bank, text).await;
    why_capped(bank, request, json!({"id": id}), None).await
}

/// The one change, proved by the explanation and by a recall of our own.
async fn let_in(bank: &Bank, told: &WhyNot, field: &str) -> Value {
    assert_eq!(told.proved, Some(true), "{told:?}");
    let [change] = told.changes.as_slice() else { panic!("one gate takes one change: {told:?}") };
    assert_eq!(change.field, field, "{told:?}");
    let request = serde_json::to_value(told.request.as_ref().unwrap()).unwrap();
    let fact = told.fact.as_ref().unwrap();
    let found = bank.recall(request).await;
    let ids: Vec<&Value> = found["results"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert!(ids.contains(&&json!(fact.id)), "{told:?} {found}");
    change.to.clone()
}

#[apply(each_server)]
async fn a_fact_that_is_there_passed_every_gate(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let told = why(&bank, json!({"query": "Who sails?"}), "Ana sails.").await;
    assert_eq!((told.gate, told.proved), (WhyGate::In { rank: 1 }, Some(true)));
    assert!(told.changes.is_empty());
}

#[apply(each_server)]
async fn another_bank_holds_it(subject: Subject) {
    let holder = bank_of(&subject, &["Ana sails."]).await;
    let asked = bank_of(&subject, &["Bob rows."]).await;
    let expected = json!({"id": id(&holder, "Ana sails.").await, "bankId": holder.id});
    let told = why_capped(&asked, json!({"query": "Who sails?"}), expected, None).await;
    assert_eq!(told.gate, WhyGate::OtherBank { bank_id: holder.id.as_str().into() });
    assert_eq!((told.changes[0].field.as_str(), told.proved), ("bank", Some(true)));
}

#[apply(each_server)]
async fn a_text_alone_is_found_in_another_bank(subject: Subject) {
    let text = format!("Ana sails on {}.", uuid::Uuid::new_v4());
    let holder = bank_of(&subject, &[&text]).await;
    let asked = bank_of(&subject, &["Bob rows."]).await;
    let told = why_capped(&asked, json!({"query": "Who sails?"}), json!({"text": text}), None).await;
    assert_eq!(told.gate, WhyGate::OtherBank { bank_id: holder.id.as_str().into() });
    let nowhere = why_capped(&asked, json!({"query": "x"}), json!({"text": "Nobody says so."}), None).await;
    assert_eq!((nowhere.gate, nowhere.fact), (WhyGate::NotThere, None));
}

#[apply(each_server)]
async fn it_was_invalidated(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let fact = id(&bank, "Ana sails.").await;
    let patch = json!({"state": "invalidated", "reason": "she stopped"});
    bank.patch(&format!("/memories/{fact}"), patch).await.ok();
    let expected = json!({"id": fact, "text": "Ana sails."});
    let told = why_capped(&bank, json!({"query": "Who sails?"}), expected, None).await;
    let WhyGate::Invalidated { reason, .. } = &told.gate else { panic!("{told:?}") };
    assert_eq!(reason.as_deref(), Some("she stopped"));
    assert_eq!(
        (told.changes[0].field.as_str(), told.proved),
        ("state", None),
        "nothing is changed to prove it"
    );
    bank.patch(&format!("/memories/{fact}"), json!({"state": "valid"})).await.ok();
    assert_eq!(bank.recalled(json!({"query": "Who sails?"})).await, ["Ana sails."]);
}

#[apply(each_server)]
async fn its_kind_was_not_asked_for(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let told = why(&bank, json!({"query": "Who sails?", "types": ["experience"]}), "Ana sails.").await;
    assert_eq!(told.gate.word(), "fact_type", "{told:?}");
    assert_eq!(let_in(&bank, &told, "types").await, json!(["world", "experience"]));
}

#[apply(each_server)]
async fn it_is_in_no_observation_yet(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let told = why(&bank, json!({"query": "Who sails?", "types": ["observation"]}), "Ana sails.").await;
    assert_eq!(told.gate.word(), "not_consolidated", "{told:?}");
    let_in(&bank, &told, "types").await;
}

#[apply(each_server)]
async fn its_tags_do_not_fit(subject: Subject) {
    let bank = tagged(&subject).await;
    let asked = json!({"query": "Who sails?", "tags": ["sea", "sun"], "tags_match": "all_strict"});
    let told = why(&bank, asked, "Ana sails.").await;
    assert_eq!(told.gate, WhyGate::Tags { tags: vec!["sea".to_owned()] });
    assert_eq!(let_in(&bank, &told, "tags_match").await, json!("any_strict"));
    let groups =
        json!({"query": "Who sails?", "tag_groups": [{"tags": ["sea"]}, {"not": {"tags": ["sea"]}}]});
    let told = why(&bank, groups, "Ana sails.").await;
    assert_eq!(let_in(&bank, &told, "tag_groups").await, json!([{"tags": ["sea"]}]));
    let fuzzy = json!({"query": "Who sails?", "tag_groups": [{"tags": ["mountains"], "resolve": "fuzzy"}]});
    let told = why(&bank, fuzzy, "Ana sails.").await;
    assert_eq!(told.gate.word(), "tags", "{told:?}");
}

#[apply(each_server)]
async fn facts_inside_the_window_took_its_place(subject: Subject) {
    let (one, other) = ("Ana sails with Bob on a boat.", "Ana sails with Bob on a ship.");
    let bank = subject.bank_without_model().await;
    add(&bank, &[one], "2019-06-01T00:00:00Z").await;
    add(&bank, &[other], "2020-06-01T00:00:00Z").await;
    let mut asked = json!({"query": "Ana sails with Bob", "max_tokens": 12});
    let first = bank.recalled(asked.clone()).await;
    let [first] = first.as_slice() else { panic!("there is room for one: {first:?}") };
    let year = if first == one { "2020" } else { "2019" };
    asked["temporal_window"] =
        json!({"start": format!("{year}-05-01T00:00:00Z"), "end": format!("{year}-07-01T00:00:00Z")});
    let told = why(&bank, asked, first).await;
    // Hindsight's window moves a score by less than its other factors may: then the first stays first.
    if subject.which == Which::Hindsight && told.gate.word() == "in" {
        return;
    }
    assert_eq!(told.gate.word(), "window", "{told:?}");
    assert_eq!(let_in(&bank, &told, "temporal_window").await, Value::Null);
}

#[apply(each_server)]
async fn a_floor_of_the_request_keeps_the_arms_from_bringing_it(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let asked = json!({"query": "Who sails?", "min_scores": {"semantic": 0.99, "keyword": 1000.0}});
    let told = why(&bank, asked, "Ana sails.").await;
    let WhyGate::LaneFloor { arm, floor, score } = &told.gate else { panic!("{told:?}") };
    // Both floors are in the way; which is named first is the server's order of arms.
    let wanted = if arm == "keyword" { 1000.0 } else { 0.99 };
    assert_eq!(*floor, Some(wanted), "{arm}");
    assert!(score.is_none_or(|score| score < wanted));
    let to = let_in(&bank, &told, &format!("min_scores.{arm}")).await;
    assert!(to.as_f64().is_none_or(|to| score.is_none_or(|score| to <= score)));
}

#[apply(each_server)]
async fn the_servers_own_floor_keeps_what_has_nothing_to_do_with_the_question(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let told = why(&bank, json!({"query": "quarterly tax deadlines"}), "Ana sails.").await;
    let WhyGate::LaneFloor { floor, score, .. } = &told.gate else { panic!("{told:?}") };
    assert_eq!(*floor, None, "it is the server's and the trace does not tell it");
    assert!(score.unwrap() < 0.3);
    assert_eq!(told.own_words, Some(1), "it is reached in its own words");
    let_in(&bank, &told, "min_scores.semantic").await;
}

#[apply(each_server)]
async fn it_is_in_no_arms_best(subject: Subject) {
    let bank = sundays(&subject).await;
    let asked = json!({"query": "Does Ana sail on Sunday?", "budget": "low"});
    let told = why(&bank, asked, BREEZE).await;
    let WhyGate::NoLane { budget, ranks } = &told.gate else { panic!("{told:?}") };
    assert_eq!(*budget, Some(2));
    assert!(ranks.values().any(|rank| *rank > 2), "{ranks:?}");
    assert_eq!(let_in(&bank, &told, "budget").await, json!("mid"));
}

#[apply(each_server)]
async fn it_stands_behind_twice_the_budget(subject: Subject) {
    let texts = ["Ana sails today.", "Ana sails a lot.", "Ana sails at sea.", "Ana sails far."];
    let bank = bank_of(&subject, &texts).await;
    bank.configure(json!({"recall_budget_fixed_low": 1, "enable_graph_retrieval": false})).await;
    let asked = json!({"query": "Ana sails", "budget": "low"});
    let found = bank.recalled(asked.clone()).await;
    // One when every arm likes the same fact best.
    assert!((1..=2).contains(&found.len()), "{found:?}");
    let out = texts.iter().find(|text| !found.contains(&(**text).to_owned())).unwrap();
    let told = why(&bank, asked, out).await;
    // A server whose arms bring one each has it in no arm's best; one whose arms bring more cuts it behind them.
    let no_lane = matches!(&told.gate, WhyGate::NoLane { budget: Some(1), .. });
    let cap = WhyGate::Cap { stage: "rerank".to_owned(), rank: rank(&told.gate), most: Some(2) };
    assert!(no_lane || told.gate == cap, "{told:?}");
    let_in(&bank, &told, "budget").await;
}

fn rank(gate: &WhyGate) -> Option<u32> {
    match gate {
        WhyGate::Cap { rank, .. } => *rank,
        _ => None,
    }
}

#[apply(each_server)]
async fn it_is_below_the_final_floor(subject: Subject) {
    let bank = bank_of(&subject, &["Ana sails."]).await;
    let asked = json!({"query": "Who sails?", "min_scores": {"final": 9.0}});
    let told = why(&bank, asked, "Ana sails.").await;
    let WhyGate::FinalFloor { which, floor, score } = &told.gate else { panic!("{told:?}") };
    assert_eq!((which.as_str(), *floor), ("final", 9.0));
    assert!(score.is_none_or(|score| score > 0.0), "what fell has no score in a trace of Hindsight's");
    let_in(&bank, &told, "min_scores.final").await;
}

#[apply(each_server)]
async fn an_observation_made_of_it_was_answered_in_its_place(subject: Subject) {
    let bank = observed(&subject).await;
    let fact = bank.memory("type=world").await;
    let observation = bank.memory("type=observation").await;
    let asked = json!({"query": "Who sails?", "prefer_observations": true});
    let told = why(&bank, asked, fact["text"].as_str().unwrap()).await;
    let WhyGate::Covered { by, text } = &told.gate else { panic!("{told:?}") };
    assert_eq!((json!(by), json!(text)), (observation["id"].clone(), observation["text"].clone()));
    assert_eq!(let_in(&bank, &told, "prefer_observations").await, json!(false));
}

#[apply(each_server)]
async fn it_does_not_fit_into_the_tokens(subject: Subject) {
    let bank = bank_of(&subject, &BOATS).await;
    let asked = json!({"query": "Ana sails on a boat", "max_tokens": 12});
    let found = bank.recalled(asked.clone()).await;
    assert_eq!(found.len(), 1, "{found:?}");
    let out = BOATS.iter().find(|text| **text != found[0]).unwrap();
    let told = why(&bank, asked, out).await;
    let WhyGate::Tokens { over, max_tokens, .. } = &told.gate else { panic!("{told:?}") };
    assert_eq!((*over, *max_tokens), (4, Some(12)), "two texts of 8 tokens each");
    assert_eq!(let_in(&bank, &told, "max_tokens").await, json!(16));
}

#[apply(each_server)]
async fn a_turn_takes_fewer_than_are_answered(subject: Subject) {
    let bank = bank_of(&subject, &BOATS).await;
    let asked = json!({"query": "Ana sails on a boat"});
    let found = bank.recalled(asked.clone()).await;
    let second = json!({"id": id(&bank, &found[1]).await});
    let told = why_capped(&bank, asked, second, Some(1)).await;
    assert_eq!(told.gate, WhyGate::OwnCap { rank: 2, most: 1 });
    let change = &told.changes[0];
    assert_eq!((change.field.as_str(), &change.to, told.proved), ("max_memories", &json!(2), Some(true)));
}

#[apply(each_server)]
async fn two_gates_in_a_row_take_two_changes_and_the_first_is_named(subject: Subject) {
    let bank = tagged(&subject).await;
    let asked = json!({"query": "Who sails?", "types": ["observation", "experience"], "tags": ["sun"],
                       "tags_match": "any_strict", "min_scores": {"final": 9.0}});
    let told = why(&bank, asked, "Ana sails.").await;
    assert_eq!(told.gate.word(), "fact_type");
    let fields: Vec<_> = told.changes.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(fields, ["types", "tags", "min_scores.final"]);
    assert_eq!(told.proved, Some(true));
}
