//! The tags of a bank with their counts.

use crate::bank::{Bank, strings};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::json;

async fn tagged(subject: &Subject) -> Bank {
    let bank = subject.bank_without_model().await;
    for (id, tags) in [("a", json!(["user:ana", "sea"])), ("b", json!(["user:bob", "sea"])), ("c", json!([]))]
    {
        bank.retain(json!([{"content": format!("Fact {id}."), "document_id": id, "tags": tags}])).await;
    }
    bank
}

#[apply(each_server)]
async fn tags_are_counted_the_most_used_first(subject: Subject) {
    let bank = tagged(&subject).await;
    let page = bank.get("/tags").await.ok();
    assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(3), &json!(100), &json!(0)));
    assert_eq!(page["items"][0], json!({"tag": "sea", "count": 2}));
    assert_eq!(strings(&page["items"], "tag"), ["sea", "user:ana", "user:bob"]);
}

#[apply(each_server)]
async fn a_star_stands_for_anything(subject: Subject) {
    let bank = tagged(&subject).await;
    for (q, tags) in [
        ("user:*", &["user:ana", "user:bob"][..]),
        ("*bob", &["user:bob"]),
        ("sea", &["sea"]),
        ("USER:*", &["user:ana", "user:bob"]),
        ("user", &[]),
    ] {
        assert_eq!(strings(&bank.get(&format!("/tags?q={q}")).await.ok()["items"], "tag"), tags, "{q}");
    }
}

#[apply(each_server)]
async fn tags_are_listed_in_pages(subject: Subject) {
    let bank = tagged(&subject).await;
    let page = bank.get("/tags?limit=1&offset=1").await.ok();
    assert_eq!((&page["total"], strings(&page["items"], "tag")), (&json!(3), vec!["user:ana".to_owned()]));
}

#[apply(each_server)]
async fn a_bank_that_does_not_exist_has_no_tags(subject: Subject) {
    subject.new_bank().get("/tags").await.refused(404);
}
