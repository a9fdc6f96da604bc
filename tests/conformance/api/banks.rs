//! Banks: making, listing, changing, deleting, aliases, and what went away.

use crate::bank::{Bank, sorted, strings};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

async fn listed(subject: &Subject, query: &str) -> Value {
    subject.get(&format!("/v1/default/banks?{query}")).await.ok()
}

async fn found(bank: &Bank) -> Vec<Value> {
    listed(&bank.subject, &format!("q={}", bank.id)).await["banks"].as_array().unwrap().clone()
}

#[apply(each_server)]
async fn a_bank_is_made_by_putting_it_and_keeps_what_a_second_put_leaves_out(subject: Subject) {
    let bank = subject.new_bank();
    let made = bank.put("", json!({"name": "Ana's bank", "reflect_mission": "Be brief."})).await.ok();
    assert_eq!((&made["bank_id"], &made["name"]), (&json!(bank.id), &json!("Ana's bank")));
    assert_eq!((&made["mission"], &made["background"]), (&json!("Be brief."), &json!("Be brief.")));
    assert_eq!(made["disposition"], json!({"skepticism": 3, "literalism": 3, "empathy": 3}));
    assert_eq!(bank.put("", json!({})).await.ok(), made);
    assert_eq!(bank.patch("", json!({"name": "Her bank"})).await.ok()["name"], "Her bank");
}

#[apply(each_server)]
async fn a_bank_in_the_list_tells_what_is_in_it(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.patch("", json!({"name": "Ana", "reflect_mission": "Be brief."})).await.ok();
    bank.say("a", "Ana sails.").await;
    bank.say("b", "Bob rows.").await;
    let banks = found(&bank).await;
    let [listed] = banks.as_slice() else { panic!("{banks:?}") };
    assert_eq!(
        (&listed["bank_id"], &listed["name"], &listed["fact_count"]),
        (&json!(bank.id), &json!("Ana"), &json!(2))
    );
    assert_eq!((&listed["mission"], &listed["display_alias"]), (&json!("Be brief."), &Value::Null));
    assert_eq!(listed["matched_aliases"], json!([]));
    for time in ["created_at", "updated_at", "last_document_at", "last_write_at"] {
        assert!(listed[time].is_string(), "{time}: {listed}");
    }
}

#[apply(each_server)]
async fn banks_are_found_by_id_and_by_name_in_any_case(subject: Subject) {
    let bank = subject.new_bank();
    let name = format!("Name {}", uuid::Uuid::new_v4());
    bank.put("", json!({"name": name})).await.ok();
    for query in [bank.id.to_uppercase(), name.to_lowercase().replace(' ', "%20")] {
        let page = listed(&subject, &format!("q={query}")).await;
        assert_eq!(strings(&page["banks"], "bank_id"), [bank.id.as_str()], "{query}");
    }
}

#[apply(each_server)]
async fn banks_are_listed_in_pages_the_last_written_first(subject: Subject) {
    let word = uuid::Uuid::new_v4().to_string();
    let mut ids = Vec::new();
    for n in 0..3 {
        let bank = subject.bank(&format!("{word}-{n}"));
        bank.configure(json!({"retain_extraction_mode": "chunks", "enable_observations": false})).await;
        bank.say("d", "Ana sails.").await;
        ids.insert(0, bank.id);
    }
    let page = listed(&subject, &format!("q={word}")).await;
    assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(3), &json!(100), &json!(0)));
    assert_eq!(strings(&page["banks"], "bank_id"), ids);
    let second = listed(&subject, &format!("q={word}&limit=1&offset=1")).await;
    assert_eq!((&second["total"], strings(&second["banks"], "bank_id")), (&json!(3), ids[1..2].to_vec()));
    assert_eq!(listed(&subject, &format!("q={word}&limit=0")).await["banks"], json!([]));
    assert_eq!(subject.get("/v1/default/banks?limit=-1").await.invalid_at(), "query.limit");
}

#[apply(each_server)]
async fn deleting_a_bank_deletes_all_of_it_and_deleting_none_is_no_error(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.say("d", "Ana sails.").await;
    let deleted = bank.delete("").await.ok();
    assert_eq!(deleted["success"], true);
    assert!(deleted["deleted_count"].as_u64().unwrap() > 0, "{deleted}");
    assert!(found(&bank).await.is_empty());
    bank.get("/documents").await.refused(404);
    assert_eq!(bank.delete("").await.ok()["success"], true);
}

#[apply(each_server)]
async fn a_bank_that_is_made_again_is_empty(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.say("d", "Ana sails.").await;
    bank.delete("").await.ok();
    bank.put("", json!({})).await.ok();
    assert_eq!(bank.get("/stats").await.ok()["total_nodes"], 0);
    assert_eq!(bank.get("/config").await.ok()["overrides"], json!({}));
}

#[apply(each_server)]
async fn an_id_has_rules(subject: Subject) {
    for id in ["_hidden", "a\nb", &"x".repeat(193)] {
        subject.bank(id).put("", json!({})).await.refused(400);
    }
    let name = uuid::Uuid::new_v4();
    subject.bank(&format!("a/{name}")).put("", json!({})).await.refused(404);
    for id in [format!("ü {name} ?#%&+"), format!("{name}{}", "x".repeat(192 - 36))] {
        let bank = subject.bank(&id);
        assert_eq!(bank.put("", json!({})).await.ok()["bank_id"], id);
        assert_eq!(bank.get("/stats").await.ok()["bank_id"], id);
    }
}

#[apply(each_server)]
async fn what_was_removed_from_the_api_is_gone_and_says_so(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.get("/profile").await.refused(410);
    let disposition = json!({"disposition": {"skepticism": 1, "literalism": 1, "empathy": 1}});
    bank.put("/profile", disposition).await.refused(410);
    bank.post("/background", json!({"content": "x"})).await.refused(410);
    bank.get("/document-transfer").await.refused(410);
}

#[apply(each_server)]
async fn an_alias_stands_for_the_bank_wherever_its_id_does(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let alias = subject.bank(&format!("alias-{}", uuid::Uuid::new_v4()));
    let answer = bank.post("/aliases", json!({"alias": alias.id})).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.ok()["aliases"], json!([{"alias": alias.id, "primary": false}]));
    alias.say("d", "Ana sails.").await;
    assert_eq!(bank.memory("").await["text"], "Ana sails.");
    assert_eq!(alias.recall(json!({"query": "Ana sails"})).await["results"].as_array().unwrap().len(), 1);
    assert_eq!(alias.get("/stats").await.ok()["bank_id"], bank.id, "answers name the bank itself");
    let listed = listed(&subject, &format!("q={}", alias.id)).await;
    assert_eq!(listed["banks"][0]["matched_aliases"], json!([alias.id]));
}

#[apply(each_server)]
async fn the_primary_alias_is_the_one_on_display(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let (one, two) = (format!("one-{}", bank.id), format!("two-{}", bank.id));
    bank.post("/aliases", json!({"alias": one, "primary": true})).await.ok();
    bank.post("/aliases", json!({"alias": two, "primary": true})).await.ok();
    let aliases = bank.get("/aliases").await.ok();
    let primary: Vec<_> =
        aliases["aliases"].as_array().unwrap().iter().filter(|alias| alias["primary"] == true).collect();
    assert_eq!(primary, [&json!({"alias": two, "primary": true})]);
    assert_eq!(found(&bank).await[0]["display_alias"], two);
    bank.patch(&format!("/aliases/{two}"), json!({"primary": false})).await.ok();
    assert_eq!(found(&bank).await[0]["display_alias"], Value::Null);
}

#[apply(each_server)]
async fn a_name_that_is_taken_is_no_alias(subject: Subject) {
    let (bank, other) = (subject.bank_without_model().await, subject.bank_without_model().await);
    let alias = format!("alias-{}", bank.id);
    bank.post("/aliases", json!({"alias": alias})).await.ok();
    other.post("/aliases", json!({"alias": alias})).await.refused(409);
    other.post("/aliases", json!({"alias": bank.id})).await.refused(409);
    bank.post("/aliases", json!({"alias": bank.id})).await.refused(400);
}

#[apply(each_server)]
async fn an_alias_that_is_deleted_stands_for_nothing(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let alias = subject.bank(&format!("alias-{}", bank.id));
    bank.post("/aliases", json!({"alias": alias.id})).await.ok();
    let left = bank.delete(&format!("/aliases/{}", alias.id)).await.ok();
    assert_eq!((&left["bank_id"], &left["aliases"]), (&json!(bank.id), &json!([])));
    alias.get("/stats").await.refused(404);
    bank.delete(&format!("/aliases/{}", alias.id)).await.refused(404);
    bank.patch(&format!("/aliases/{}", alias.id), json!({"primary": true})).await.refused(404);
}

#[apply(each_server)]
async fn a_clone_has_everything_and_is_independent(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.say("d", "Ana sails.").await;
    bank.configure(json!({"retain_mission": "boats"})).await;
    bank.post("/directives", json!({"name": "Polite", "content": "Be polite."})).await.ok();
    let clone = subject.new_bank();
    let answer = bank.start(&format!("/clone?target_bank_id={}", clone.id)).await;
    assert_eq!(answer.status, 202);
    let operation = bank.completed(&answer.ok()).await;
    assert_eq!(operation["operation_type"], "clone_bank");
    let told = &operation["result_metadata"];
    assert_eq!(
        (&told["documents_imported"], &told["facts_imported"], &told["directives_imported"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert_eq!(told["target_bank_id"], clone.id);
    assert_eq!(clone.memory("").await["text"], "Ana sails.");
    assert_eq!(clone.get("/config").await.ok()["overrides"]["retain_mission"], "boats");
    assert_eq!(sorted(&clone.items("/directives").await, "name"), ["Polite"]);
    clone.delete("/documents/d").await.ok();
    assert_eq!(bank.memories("").await.len(), 1);
}

#[apply(each_server)]
async fn a_clone_is_never_made_into_a_bank_that_exists(subject: Subject) {
    let (bank, other) = (subject.bank_without_model().await, subject.bank_without_model().await);
    bank.start(&format!("/clone?target_bank_id={}", other.id)).await.refused(400);
    assert_eq!(bank.start("/clone").await.invalid_at(), "query.target_bank_id");
    subject.new_bank().start(&format!("/clone?target_bank_id={}", subject.new_bank().id)).await.refused(404);
}
