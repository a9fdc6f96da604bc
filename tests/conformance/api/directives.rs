//! Directives: rules that reflect has to follow.

use crate::bank::{sorted, strings};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::json;

#[apply(each_server)]
async fn a_directive_is_made_read_changed_and_deleted(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let made = bank.post("/directives", json!({"name": "Polite", "content": "Be polite."})).await.ok();
    assert_eq!(
        (&made["name"], &made["content"], &made["bank_id"]),
        (&json!("Polite"), &json!("Be polite."), &json!(bank.id))
    );
    assert_eq!((&made["priority"], &made["is_active"], &made["tags"]), (&json!(0), &json!(true), &json!([])));
    let path = format!("/directives/{}", made["id"].as_str().unwrap());
    assert_eq!(bank.get(&path).await.ok(), made);
    let changed =
        bank.patch(&path, json!({"content": "Be very polite.", "priority": 7, "tags": ["x"]})).await.ok();
    assert_eq!(
        (&changed["content"], &changed["priority"], &changed["tags"]),
        (&json!("Be very polite."), &json!(7), &json!(["x"]))
    );
    assert_eq!(changed["name"], "Polite");
    assert_eq!(bank.delete(&path).await.ok(), json!({"status": "deleted"}));
    bank.get(&path).await.refused(404);
    bank.delete(&path).await.refused(404);
    bank.patch(&path, json!({"name": "x"})).await.refused(404);
}

#[apply(each_server)]
async fn only_active_directives_are_listed_unless_told_otherwise(subject: Subject) {
    let bank = subject.bank_without_model().await;
    for (name, priority, active) in [("low", 1, true), ("high", 9, true), ("off", 5, false)] {
        bank.post(
            "/directives",
            json!({"name": name, "content": "c", "priority": priority, "is_active": active}),
        )
        .await
        .ok();
    }
    assert_eq!(strings(&bank.get("/directives").await.ok()["items"], "name"), ["high", "low"]);
    let all = bank.get("/directives?active_only=false").await.ok();
    assert_eq!(strings(&all["items"], "name"), ["high", "off", "low"], "by priority");
}

#[apply(each_server)]
async fn directives_are_filtered_by_tags(subject: Subject) {
    let bank = subject.bank_without_model().await;
    for (name, tags) in [("plain", json!([])), ("x", json!(["x"])), ("y", json!(["y"]))] {
        bank.post("/directives", json!({"name": name, "content": "c", "tags": tags})).await.ok();
    }
    let named = bank.items("/directives?tags=x&tags_match=exact").await;
    assert_eq!(sorted(&named, "name"), ["plain", "x"], "what has no tags applies everywhere");
}

#[apply(each_server)]
async fn a_directive_may_have_no_name_but_needs_the_fields(subject: Subject) {
    let bank = subject.bank_without_model().await;
    assert_eq!(bank.post("/directives", json!({"name": "", "content": "c"})).await.ok()["name"], "");
    assert_eq!(bank.post("/directives", json!({"name": "n"})).await.invalid_at(), "body.content");
    assert_eq!(bank.post("/directives", json!({"content": "c"})).await.invalid_at(), "body.name");
}

#[apply(each_server)]
async fn a_bank_that_does_not_exist_has_no_directives(subject: Subject) {
    subject.new_bank().get("/directives").await.refused(404);
}
