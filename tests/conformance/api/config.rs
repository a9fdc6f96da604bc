//! Settings of a bank: what they are without a word, overriding, resetting, and what is refused.

use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

#[apply(each_server)]
async fn without_a_word_every_setting_has_its_default(subject: Subject) {
    let bank = subject.new_bank();
    bank.put("", json!({})).await.ok();
    let answer = bank.get("/config").await.ok();
    assert_eq!((&answer["bank_id"], &answer["overrides"]), (&json!(bank.id), &json!({})));
    for (key, value) in [
        ("retain_extraction_mode", json!("concise")),
        ("retain_chunk_size", json!(3000)),
        ("retain_mission", Value::Null),
        ("reflect_mission", Value::Null),
        ("observations_mission", Value::Null),
        ("retain_custom_instructions", Value::Null),
        ("disposition_skepticism", Value::Null),
        ("disposition_literalism", Value::Null),
        ("disposition_empathy", Value::Null),
        ("enable_observations", json!(true)),
        ("enable_auto_consolidation", json!(true)),
        ("store_document_text", json!(true)),
        ("enable_text_search", json!(true)),
        ("enable_temporal_retrieval", json!(true)),
        ("enable_graph_retrieval", json!(true)),
        ("enable_reranking", json!(true)),
        ("recall_prefer_observations", json!(false)),
        ("recall_budget_function", json!("fixed")),
        ("recall_budget_fixed_low", json!(100)),
        ("recall_budget_fixed_mid", json!(300)),
        ("recall_budget_fixed_high", json!(1000)),
        ("recall_budget_adaptive_low", json!(0.025)),
        ("recall_budget_min", json!(20)),
        ("recall_budget_max", json!(2000)),
        ("max_observations_per_scope", json!(-1)),
        ("entities_allow_free_form", json!(true)),
        ("entity_labels", Value::Null),
        ("retain_strategies", Value::Null),
        ("retain_default_strategy", Value::Null),
        ("consolidation_llm_batch_size", json!(8)),
        ("recall_max_tokens", json!(2048)),
        ("audit_log_enabled", json!(false)),
    ] {
        assert_eq!(answer["config"].get(key), Some(&value), "{key}");
    }
}

#[apply(each_server)]
async fn settings_are_overridden_one_by_one(subject: Subject) {
    let bank = subject.new_bank();
    bank.configure(json!({"retain_chunk_size": 500, "retain_mission": "boats"})).await;
    let answer = bank.configure(json!({"enable_reranking": false})).await;
    assert_eq!(
        answer["overrides"],
        json!({"retain_chunk_size": 500, "retain_mission": "boats", "enable_reranking": false})
    );
    assert_eq!(answer["config"]["retain_chunk_size"], 500);
    assert_eq!(bank.get("/config").await.ok(), answer);
}

#[apply(each_server)]
async fn null_takes_an_override_back(subject: Subject) {
    let bank = subject.new_bank();
    bank.configure(json!({"retain_chunk_size": 500, "retain_mission": "boats"})).await;
    let answer = bank.configure(json!({"retain_chunk_size": null})).await;
    assert_eq!(answer["overrides"], json!({"retain_mission": "boats"}));
    assert_eq!(answer["config"]["retain_chunk_size"], 3000);
}

#[apply(each_server)]
async fn the_name_of_the_environment_variable_works_too(subject: Subject) {
    let bank = subject.new_bank();
    let answer = bank.configure(json!({"HINDSIGHT_API_RETAIN_CHUNK_SIZE": 700})).await;
    assert_eq!(answer["overrides"], json!({"retain_chunk_size": 700}));
}

#[apply(each_server)]
async fn a_setting_that_does_not_exist_is_refused_by_name_and_nothing_is_set(subject: Subject) {
    let bank = subject.new_bank();
    bank.put("", json!({})).await.ok();
    let updates = json!({"updates": {"retain_chunk_size": 500, "no_such_setting": 1}});
    let words = bank.patch("/config", updates).await.refused(400);
    assert!(words.contains("no_such_setting"), "{words}");
    assert_eq!(bank.get("/config").await.ok()["overrides"], json!({}));
}

#[apply(each_server)]
async fn keys_and_addresses_of_models_are_no_settings_of_a_bank(subject: Subject) {
    let bank = subject.new_bank();
    for key in ["llm_api_key", "llm_base_url"] {
        bank.patch("/config", json!({"updates": {key: "x"}})).await.refused(400);
    }
}

#[apply(each_server)]
async fn a_value_of_the_wrong_type_is_refused(subject: Subject) {
    let bank = subject.new_bank();
    for updates in [
        json!({"retain_chunk_size": "big"}),
        json!({"retain_chunk_size": ""}),
        json!({"enable_observations": "yes"}),
        json!({"disposition_empathy": 9}),
        json!({"disposition_empathy": 0}),
        json!({"retain_mission": 1}),
    ] {
        let answer = bank.patch("/config", json!({"updates": updates})).await;
        assert_eq!(answer.status, 400, "{updates}: {}", answer.body);
    }
    assert_eq!(bank.patch("/config", json!({})).await.invalid_at(), "body.updates");
}

#[apply(each_server)]
async fn missions_and_dispositions_of_a_bank_are_settings(subject: Subject) {
    let bank = subject.new_bank();
    bank.put("", json!({"mission": "Be brief.", "retain_mission": "boats", "disposition": {"skepticism": 5, "literalism": 1, "empathy": 2}}))
        .await
        .ok();
    let overrides = bank.get("/config").await.ok()["overrides"].clone();
    assert_eq!(
        (&overrides["reflect_mission"], &overrides["retain_mission"]),
        (&json!("Be brief."), &json!("boats"))
    );
    assert_eq!(
        (&overrides["disposition_skepticism"], &overrides["disposition_empathy"]),
        (&json!(5), &json!(2))
    );
}

#[apply(each_server)]
async fn resetting_takes_everything_back(subject: Subject) {
    let bank = subject.new_bank();
    bank.put("", json!({"reflect_mission": "Be brief.", "disposition_empathy": 5})).await.ok();
    bank.configure(json!({"retain_chunk_size": 500})).await;
    let answer = bank.delete("/config").await.ok();
    assert_eq!((&answer["overrides"], &answer["config"]["reflect_mission"]), (&json!({}), &Value::Null));
    assert_eq!(answer["config"]["retain_chunk_size"], 3000);
}

#[apply(each_server)]
async fn overriding_makes_the_bank_and_reading_does_not(subject: Subject) {
    let bank = subject.new_bank();
    bank.get("/config").await.refused(404);
    bank.configure(json!({})).await;
    bank.get("/config").await.ok();
}

#[apply(each_server)]
async fn without_stored_texts_a_document_has_none_and_is_still_found(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.configure(json!({"store_document_text": false})).await;
    bank.say("d", "Ana sails.").await;
    let text = bank.get("/documents/d").await.ok()["original_text"].clone();
    assert!(text.is_null() || text == "", "{text}");
    assert_eq!(bank.recalled(json!({"query": "Ana sails"})).await, ["Ana sails."]);
}

#[apply(each_server)]
async fn an_adaptive_budget_grows_with_the_tokens_within_its_bounds(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.say("d", "Ana sails.").await;
    bank.configure(json!({"recall_budget_function": "adaptive"})).await;
    let budget = async |level: &str, tokens: u32| {
        let request = json!({"query": "Ana", "budget": level, "max_tokens": tokens, "trace": true});
        bank.recall(request).await["trace"]["query"]["budget"].as_u64().unwrap()
    };
    assert_eq!(budget("mid", 4000).await, 300);
    assert_eq!(budget("low", 100).await, 20);
    assert_eq!(budget("high", 100_000).await, 2000);
}
