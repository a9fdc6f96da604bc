//! Memories over HTTP, on memories put straight into the tables.

use crate::engine::testing::Fresh;
use crate::listing::given::{fact, observed, put};
use crate::unit::{Kind, NewUnit};
use serde_json::{Value, json};

const BANK: &str = "/v1/default/banks/b";

fn texts(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap()).collect()
}

async fn list(fresh: &Fresh, query: &str) -> Value {
    fresh.ok("GET", &format!("{BANK}/memories/list?{query}"), None).await
}

#[tokio::test]
async fn a_list_is_ordered_by_when_it_was_said_and_cut_into_pages() {
    let fresh = Fresh::open().await;
    let said = |text: &str, at: i64, stored: i64| {
        (NewUnit { mentioned_at: Some(at), created_at: stored, ..fact(text) }, &[] as &[&str])
    };
    put(&fresh, vec![said("old", 1, 9), said("late", 2, 1), said("later", 2, 2)]).await;
    assert_eq!(texts(&list(&fresh, "").await), ["later", "late", "old"]);
    let page = list(&fresh, "limit=1&offset=1").await;
    assert_eq!((texts(&page), page["total"].as_i64()), (vec!["late"], Some(3)));
    let none = list(&fresh, "limit=0").await;
    assert_eq!((texts(&none), none["total"].as_i64()), (vec![], Some(3)));
    assert_eq!(texts(&list(&fresh, "time_field=created_at").await), ["old", "later", "late"]);
}

#[tokio::test]
async fn each_filter_lets_only_its_own_pass() {
    let fresh = Fresh::open().await;
    let tagged = NewUnit { tags: vec!["chat:1".into()], ..fact("Ana sails.") };
    let done =
        NewUnit { kind: Kind::Experience, context: Some("Über Segel".into()), ..fact("I advised Bob.") };
    let dated = NewUnit { occurred_start: Some(86_400_000), ..fact("100%_sure") };
    let numbers = put(&fresh, vec![(tagged, &["Ana"]), (done, &["Bob"]), (dated, &[])]).await;
    observed(&fresh, "Ana is a sailor.", &numbers[..1]).await;
    let entities: Vec<(String, String)> =
        sqlx::query_as("SELECT id, name FROM entity").fetch_all(fresh.engine.read()).await.unwrap();
    let bob = &entities.iter().find(|(_, name)| name == "Bob").unwrap().0;
    for (query, wanted) in [
        ("type=world", vec!["100%_sure", "Ana sails."]),
        ("type=observation", vec!["Ana is a sailor."]),
        ("type=nonsense", vec![]),
        ("q=SAILS", vec!["Ana sails."]),
        ("q=%C3%BCber", vec!["I advised Bob."]),
        ("q=%25_", vec!["100%_sure"]),
        ("tags=chat:1&tags_match=any_strict", vec!["Ana sails."]),
        ("tags=chat:2&tags=chat:3&tags_match=all_strict", vec![]),
        ("consolidation_state=done", vec!["Ana sails."]),
        ("consolidation_state=pending", vec!["100%_sure", "I advised Bob."]),
        ("consolidation_state=failed", vec![]),
        ("state=invalidated", vec![]),
        ("document_id=none", vec![]),
        (&format!("entity_id={bob}"), vec!["I advised Bob."]),
        ("time_field=occurred_start", vec!["100%_sure"]),
        ("time_field=occurred_start&start_date=1970-01-02&end_date=1970-01-03", vec!["100%_sure"]),
        ("time_field=occurred_start&end_date=1970-01-02", vec![]),
        ("start_date=1970-01-02", vec![]),
    ] {
        let mut found = list(&fresh, query).await;
        assert_eq!(found["total"].as_u64(), Some(wanted.len() as u64), "{query}");
        found["items"].as_array_mut().unwrap().sort_by_key(|item| item["text"].to_string());
        assert_eq!(texts(&found), wanted, "{query}");
    }
}

/// Words and tags are looked for in the table or along the order, whichever ends sooner; pages are the same.
#[tokio::test]
async fn pages_of_a_filter_that_reads_each_memory_join_up_whichever_way_they_are_read() {
    let fresh = Fresh::open().await;
    let said = |no: i64| {
        let tags = if no % 2 == 0 { vec!["even".to_owned()] } else { Vec::new() };
        let text = if no % 3 == 0 { format!("Third {no}") } else { format!("Other {no}") };
        (NewUnit { mentioned_at: Some(no * 7 % 31), tags, ..fact(&text) }, &[] as &[&str])
    };
    put(&fresh, (0..30).map(said).collect()).await;
    for filter in
        ["q=third", "tags=even&tags_match=any_strict", "q=other&tags=even", "q=OTHER&time_field=created_at"]
    {
        let all = list(&fresh, filter).await;
        let whole = texts(&all);
        let mut joined = Vec::new();
        for offset in (0..whole.len()).step_by(2) {
            let page = list(&fresh, &format!("{filter}&limit=2&offset={offset}")).await;
            assert_eq!(page["total"], all["total"], "{filter}");
            joined.extend(texts(&page).into_iter().map(str::to_owned));
        }
        assert!(whole.len() > 8, "{filter}");
        assert_eq!(joined, whole, "{filter}");
    }
}

#[tokio::test]
async fn filters_that_say_nothing_are_refused() {
    let fresh = Fresh::open().await;
    fresh.ok("PUT", BANK, None).await;
    for (query, status) in [
        ("state=bad", 400),
        ("consolidation_state=bad", 400),
        ("entity_id=bad", 400),
        ("time_field=bad", 422),
        ("time_field=created_at&start_date=bad", 400),
        ("offset=-1", 422),
        ("tags=a&tags_match=bad", 422),
    ] {
        let path = format!("{BANK}/memories/list?{query}");
        assert_eq!(fresh.ask("GET", &path, None).await.0, status, "{query}");
    }
    assert_eq!(fresh.ask("GET", "/v1/default/banks/none/memories/list", None).await.0, 404);
}

#[tokio::test]
async fn a_list_item_and_a_single_memory_have_the_shapes_of_the_api() {
    let fresh = Fresh::open().await;
    let numbers = put(&fresh, vec![(fact("Ana sails with Bob."), &["Ana", "Bob"])]).await;
    let observation = observed(&fresh, "Ana sails.", &numbers).await;
    let listed = list(&fresh, "type=world").await["items"][0].clone();
    assert_eq!(
        listed,
        json!({
            "id": listed["id"], "text": "Ana sails with Bob.", "context": "", "fact_type": "world",
            "date": "1970-01-01T00:16:40+00:00", "document_id": null, "chunk_id": null,
            "mentioned_at": "1970-01-01T00:16:40+00:00", "occurred_start": null, "occurred_end": null,
            "entities": "Ana, Bob", "proof_count": 1, "tags": [], "metadata": {},
            "consolidated_at": "1970-01-01T00:50:00+00:00", "consolidation_failed_at": null, "state": "valid",
            "invalidation_reason": null, "invalidated_at": null, "edited_at": null,
            "updated_at": "1970-01-01T00:33:20+00:00", "source_memory_ids": [], "origin": "model",
            // Not in the API: when a fact was stored, which lists can be sorted by and nobody could see.
            "created_at": "1970-01-01T00:33:20+00:00",
        })
    );
    let path = format!("{BANK}/memories/{observation}");
    let single = fresh.ok("GET", &path, None).await;
    assert_eq!(
        single,
        json!({
            "id": observation.to_string(), "text": "Ana sails.", "context": "", "type": "observation",
            "date": "1970-01-01T00:16:40+00:00", "document_id": null, "chunk_id": null,
            "mentioned_at": "1970-01-01T00:16:40+00:00", "occurred_start": null, "occurred_end": null,
            "entities": ["Ana", "Bob"], "tags": [], "metadata": {}, "observation_scopes": null,
            "consolidated_at": null, "consolidation_failed_at": null, "state": "valid",
            "invalidation_reason": null, "invalidated_at": null, "edited_at": null, "origin": "model",
            "history": [], "source_memory_ids": [listed["id"]],
            "source_memories": [{
                "id": listed["id"], "text": "Ana sails with Bob.", "type": "world", "context": null,
                "occurred_start": null, "mentioned_at": "1970-01-01T00:16:40+00:00",
            }],
        })
    );
}

/// A bank with one fact and an observation made of it: the fact's path.
async fn one_fact(fresh: &Fresh) -> String {
    let unit = fact("Bob sails with Ana.");
    let path = format!("{BANK}/memories/{}", unit.id);
    let numbers = put(fresh, vec![(unit, &["Ana", "Bob"])]).await;
    observed(fresh, "Bob sails.", &numbers).await;
    path
}

#[tokio::test]
async fn editing_keeps_the_version_that_stood_and_drops_what_was_derived() {
    let fresh = Fresh::open().await;
    let path = one_fact(&fresh).await;
    let body = json!({
        "text": "Ana lives in Faro.", "context": "edited", "occurred_start": "2026-01-01", "fact_type": "experience",
        "entities": ["Ana", "Faro"], "resolve_entities": false,
    });
    let edited = fresh.ok("PATCH", &path, Some(body)).await;
    assert_eq!(
        (edited["text"].as_str(), edited["type"].as_str()),
        (Some("Ana lives in Faro."), Some("experience"))
    );
    assert_eq!((&edited["date"], &edited["entities"]), (&edited["occurred_start"], &json!(["Ana", "Faro"])));
    assert_eq!(edited["consolidated_at"], json!(null));
    assert!(edited["edited_at"].is_string());
    assert_eq!(list(&fresh, "type=observation").await["total"], 0);
    let tokens: i64 =
        sqlx::query_scalar("SELECT tokens FROM unit").fetch_one(fresh.engine.read()).await.unwrap();
    assert_eq!(tokens, i64::from(crate::unit::tokens("Ana lives in Faro.")));

    let versions = fresh.ok("GET", &format!("{path}/history?versions=true"), None).await;
    let [version] = versions.as_array().unwrap().as_slice() else { panic!("{versions}") };
    assert_eq!(version["previous_text"], "Bob sails with Ana.");
    assert_eq!(version["previous_entities"], json!(["Ana", "Bob"]));
    assert_eq!(version["stood_from"], "1970-01-01T00:33:20+00:00");
    assert_eq!(version["changed_at"], edited["edited_at"]);
    assert_eq!(fresh.ok("GET", &format!("{path}/history"), None).await, json!([]));
}

#[tokio::test]
async fn a_second_version_stood_from_the_first_change_on() {
    let fresh = Fresh::open().await;
    let path = one_fact(&fresh).await;
    fresh.ok("PATCH", &path, Some(json!({"text": "one"}))).await;
    fresh.ok("PATCH", &path, Some(json!({"text": "two"}))).await;
    let versions = fresh.ok("GET", &format!("{path}/history?versions=true"), None).await;
    assert_eq!(versions[0]["previous_text"], "one");
    assert_eq!(versions[0]["stood_from"], versions[1]["changed_at"]);
}

#[tokio::test]
async fn an_empty_time_clears_it() {
    let fresh = Fresh::open().await;
    let path = one_fact(&fresh).await;
    fresh.ok("PATCH", &path, Some(json!({"occurred_start": "2026-01-01"}))).await;
    let cleared = fresh.ok("PATCH", &path, Some(json!({"occurred_start": "", "mentioned_at": ""}))).await;
    assert_eq!((&cleared["occurred_start"], &cleared["mentioned_at"]), (&json!(null), &json!(null)));
    assert_eq!(cleared["date"], "1970-01-01T00:33:20+00:00");
}

#[tokio::test]
async fn an_invalidated_fact_leaves_the_lists_and_comes_back_with_its_entities() {
    let fresh = Fresh::open().await;
    let path = one_fact(&fresh).await;
    let words = async || -> i64 {
        let found = "SELECT count(*) FROM keyword_1 WHERE keyword_1 MATCH 'sails'";
        sqlx::query_scalar(found).fetch_one(fresh.engine.read()).await.unwrap()
    };
    assert_eq!(words().await, 2);
    let body = json!({"state": "invalidated", "reason": "moved"});
    let gone = fresh.ok("PATCH", &path, Some(body)).await;
    assert_eq!((&gone["state"], &gone["invalidation_reason"]), (&json!("invalidated"), &json!("moved")));
    assert_eq!((&gone["entities"], gone["invalidated_at"].is_string()), (&json!([]), true));
    assert_eq!((list(&fresh, "").await["total"].as_i64(), words().await), (Some(0), 0));
    assert_eq!(list(&fresh, "state=invalidated").await["total"], 1);
    assert_eq!(fresh.ask("PATCH", &path, Some(json!({"text": "zzz"}))).await.0, 400);

    let back = fresh.ok("PATCH", &path, Some(json!({"state": "valid"}))).await;
    assert_eq!((&back["state"], &back["entities"]), (&json!("valid"), &json!(["Ana", "Bob"])));
    assert_eq!((&back["invalidation_reason"], words().await), (&json!(null), 1));
}

#[tokio::test]
async fn changes_that_make_no_sense_are_refused() {
    let fresh = Fresh::open().await;
    let path = one_fact(&fresh).await;
    for (body, status) in [
        (json!({}), 422),
        (json!({"reason": "only that"}), 422),
        (json!({"state": "bad"}), 422),
        (json!({"fact_type": "observation"}), 422),
        (json!({"text": "  "}), 422),
        (json!({"occurred_start": "bad"}), 400),
    ] {
        assert_eq!(fresh.ask("PATCH", &path, Some(body.clone())).await.0, status, "{body}");
    }
    let text = Some(json!({"text": "x"}));
    let unknown = format!("{BANK}/memories/00000000-0000-4000-8000-000000000000");
    assert_eq!(fresh.ask("PATCH", &unknown, text.clone()).await.0, 404);
    assert_eq!(fresh.ask("GET", &unknown, None).await.0, 404);
    assert_eq!(fresh.ask("GET", &format!("{unknown}/history"), None).await.0, 404);
    assert_eq!(fresh.ask("GET", &format!("{BANK}/memories/bad"), None).await.0, 400);
    let observation = list(&fresh, "type=observation").await["items"][0]["id"].clone();
    let observation = format!("{BANK}/memories/{}", observation.as_str().unwrap());
    assert_eq!(fresh.ask("PATCH", &observation, text).await.0, 400);
    assert_eq!(fresh.ask("DELETE", &path, None).await.0, 405);
}

#[tokio::test]
async fn the_observations_of_a_fact_are_deleted_and_it_waits_for_consolidation_again() {
    let fresh = Fresh::open().await;
    let path = one_fact(&fresh).await;
    let cleared = fresh.ok("DELETE", &format!("{path}/observations"), None).await;
    assert_eq!(cleared["deleted_count"], 1);
    assert_eq!(list(&fresh, "type=observation").await["total"], 0);
    assert_eq!(list(&fresh, "consolidation_state=pending").await["total"], 1);
}

#[tokio::test]
async fn memories_are_deleted_by_type_or_all_with_their_entities() {
    let fresh = Fresh::open().await;
    one_fact(&fresh).await;
    put(&fresh, vec![(NewUnit { kind: Kind::Experience, ..fact("I advised Bob.") }, &[])]).await;
    let clear = async |query: &str| {
        fresh.ok("DELETE", &format!("{BANK}/memories{query}"), None).await["deleted_count"].as_i64()
    };
    assert_eq!(clear("?type=bogus").await, Some(0));
    assert_eq!(clear("?type=world").await, Some(1));
    assert_eq!(texts(&list(&fresh, "").await), ["I advised Bob."]);
    assert_eq!(clear("").await, Some(1));
    let left: i64 = sqlx::query_scalar("SELECT (SELECT count(*) FROM unit) + (SELECT count(*) FROM entity)")
        .fetch_one(fresh.engine.read())
        .await
        .unwrap();
    assert_eq!(left, 0);
    put(&fresh, vec![(fact("Anew."), &[])]).await;
    assert_eq!(texts(&list(&fresh, "").await), ["Anew."]);
}

mod as_of {
    use super::*;

    /// What bank `b` knew at a time: texts, with how many of then are no longer known.
    async fn knew(fresh: &Fresh, at: &str, more: &str) -> (Vec<String>, i64, i64) {
        let at = at.replace('+', "%2B");
        let page = fresh.ok("GET", &format!("{BANK}/memories/as-of?at={at}{more}"), None).await;
        let texts = texts(&page).into_iter().map(str::to_owned).collect();
        (texts, page["total"].as_i64().unwrap(), page["unknown"].as_i64().unwrap())
    }

    async fn id_of(fresh: &Fresh, text: &str) -> String {
        sqlx::query_scalar("SELECT id FROM unit WHERE text = ?1")
            .bind(text)
            .fetch_one(fresh.engine.read())
            .await
            .unwrap()
    }

    /// Sets the times of a memory's kept versions to 10, 20, … minutes after it was stored, oldest first.
    async fn spread(fresh: &Fresh, id: &str) {
        let numbers: Vec<i64> = sqlx::query_scalar("SELECT no FROM history WHERE unit_id = ?1 ORDER BY no")
            .bind(id)
            .fetch_all(fresh.engine.read())
            .await
            .unwrap();
        let mut write = fresh.engine.write().await.unwrap();
        for (at, no) in (0_i64..).zip(numbers) {
            sqlx::query("UPDATE history SET stood_from = ?2, stood_to = ?3 WHERE no = ?1")
                .bind(no)
                .bind(2_000_000 + at * 600_000)
                .bind(2_000_000 + (at + 1) * 600_000)
                .execute(write.sql())
                .await
                .unwrap();
        }
        write.commit().await.unwrap();
    }

    #[tokio::test]
    async fn a_memory_is_told_as_it_stood_at_each_time() {
        let fresh = Fresh::open().await;
        put(&fresh, vec![(fact("Ana lives in Porto."), &["Ana"])]).await;
        let id = id_of(&fresh, "Ana lives in Porto.").await;
        let path = format!("{BANK}/memories/{id}");
        for patch in [
            json!({"text": "Ana lives in Lisbon."}),
            json!({"state": "invalidated", "reason": "moved"}),
            json!({"state": "valid"}),
        ] {
            fresh.ok("PATCH", &path, Some(patch)).await;
        }
        spread(&fresh, &id).await;
        let at = |minutes: i64| crate::time::iso(2_000_000 + minutes * 60_000);
        let known = |text: &str| (vec![text.to_owned()], 1, 0);
        assert_eq!(knew(&fresh, &at(-1), "").await, (vec![], 0, 0), "it was not stored yet");
        assert_eq!(knew(&fresh, &at(0), "").await, known("Ana lives in Porto."));
        assert_eq!(knew(&fresh, &at(10), "").await, known("Ana lives in Lisbon."));
        assert_eq!(knew(&fresh, &at(25), "").await, (vec![], 0, 0), "it was invalidated");
        assert_eq!(knew(&fresh, &at(30), "").await, known("Ana lives in Lisbon."));
        // Words are those of then, and ids narrow.
        assert_eq!(knew(&fresh, &at(5), "&q=porto").await.1, 1);
        assert_eq!(knew(&fresh, &at(5), "&q=lisbon").await.1, 0);
        assert_eq!(knew(&fresh, &at(5), "&ids=none").await.1, 0);
        assert_eq!(
            knew(&fresh, &at(5), &format!("&ids=none&ids={id}&type=world&limit=0")).await,
            (vec![], 1, 0)
        );
        let page =
            fresh.ok("GET", &format!("{BANK}/memories/as-of?at={}", at(5).replace('+', "%2B")), None).await;
        let item = &page["items"][0];
        assert_eq!((&item["change"], &item["stood_to"]), (&json!("edited"), &json!(at(10))));
        assert_eq!((&item["entities"], &item["created_at"]), (&json!(["Ana"]), &json!(at(0))));
        let (status, ..) = fresh.ask("GET", &format!("{BANK}/memories/as-of?at=soon"), None).await;
        assert_eq!(status, 400);
        let (status, ..) = fresh.ask("GET", &format!("{BANK}/memories/as-of?at="), None).await;
        assert_eq!(status, 422);
    }

    #[tokio::test]
    async fn what_something_else_replaced_is_told_and_what_a_person_deleted_is_not() {
        let fresh = Fresh::open().await;
        let store = async |text: &str| {
            let item = json!({"items": [{"content": text, "document_id": "d"}]});
            fresh.ok("POST", &format!("{BANK}/memories"), Some(item)).await;
        };
        store("Ana lives in Porto.").await;
        let before = crate::time::iso(crate::time::now_ms());
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        store("Ana lives in Lisbon.").await;
        let (then, ..) = knew(&fresh, &before, "").await;
        assert!(then.iter().any(|text| text.contains("Porto")), "{then:?}");
        let (now, ..) = knew(&fresh, "2100-01-01", "").await;
        assert!(now.iter().all(|text| text.contains("Lisbon")), "{now:?}");
        fresh.ok("DELETE", &format!("{BANK}/documents/d"), None).await;
        assert_eq!(knew(&fresh, "2100-01-01", "").await.1, 0);
        assert_eq!(knew(&fresh, &before, "").await, (vec![], 0, 0), "what it said before went with it");
    }

    #[tokio::test]
    async fn a_version_that_is_no_longer_kept_is_counted_as_not_known() {
        let fresh = Fresh::open().await;
        let facts = put(&fresh, vec![(fact("Ana sails."), &[])]).await;
        let id = observed(&fresh, "Ana is a sailor.", &facts).await;
        let mut write = fresh.engine.write().await.unwrap();
        sqlx::query(
            "INSERT INTO history (bank, unit_id, version, stood_from, stood_to, change) \
             SELECT bank, id, '{\"text\": \"old\", \"kind\": 3, \"state\": 0}', 5000000, 6000000, 'consolidated' \
             FROM unit WHERE id = ?1",
        )
        .bind(id.to_string())
        .execute(write.sql())
        .await
        .unwrap();
        write.commit().await.unwrap();
        let at = crate::time::iso(3_000_000);
        assert_eq!(knew(&fresh, &at, "").await, (vec!["Ana sails.".to_owned()], 1, 1));
    }
}
