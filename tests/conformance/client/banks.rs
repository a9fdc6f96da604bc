//! Banks and their settings.

use crate::client::support::retain;
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use rearview_domain::BankId;
use rearview_hindsight::*;
use serde_json::{Map, Value, json};

fn updates(updates: Value) -> Map<String, Value> {
    updates.as_object().cloned().unwrap()
}

#[apply(each_server)]
async fn a_bank_is_made_found_changed_and_deleted(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    let named = BankPatch { name: Some("Ana's bank".into()), ..BankPatch::default() };
    let made = client.put_bank(&bank, &named).await.unwrap();
    assert_eq!((made.id, made.name.as_deref()), (bank.clone(), Some("Ana's bank")));

    let mission = BankPatch { reflect_mission: Some("Be brief.".into()), ..BankPatch::default() };
    client.patch_bank(&bank, &mission).await.unwrap();
    let found = client.banks(Some(bank.as_str()), 10, 0).await.unwrap();
    let [listed] = found.banks.as_slice() else { panic!("{found:?}") };
    assert_eq!((&listed.id, listed.fact_count), (&bank, Some(0)));
    assert_eq!(listed.mission.as_deref(), Some("Be brief."));

    retain(&client, &bank, "d", "Ana sails.").await;
    assert!(client.delete_bank(&bank).await.unwrap().is_some_and(|count| count > 0));
    assert!(client.banks(Some(bank.as_str()), 10, 0).await.unwrap().banks.is_empty());
    client.delete_bank(&bank).await.expect("deleting it again is no error");
}

#[apply(each_server)]
async fn bank_ids_with_blanks_and_signs_are_addressed_as_they_are(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    let bank = BankId(format!("{bank} 100%?#&+ü"));
    client.put_bank(&bank, &BankPatch::default()).await.unwrap();
    retain(&client, &bank, "d", "Ana sails.").await;
    assert_eq!(
        client
            .memories(&bank, &MemoryFilter { limit: Some(0), ..MemoryFilter::default() })
            .await
            .unwrap()
            .items,
        []
    );
    assert_eq!(client.documents(&bank, &DocumentFilter::default()).await.unwrap().total, Some(1));
}

#[apply(each_server)]
async fn settings_are_overridden_one_by_one_and_reset_together(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    assert!(matches!(client.config(&bank).await.unwrap_err(), HindsightError::NotFound { .. }));

    client.put_bank(&bank, &BankPatch::default()).await.unwrap();
    let plain = client.config(&bank).await.unwrap();
    assert_eq!(plain.config["retain_chunk_size"], 3000);
    assert!(plain.overrides.is_empty());

    let changed = client
        .patch_config(&bank, updates(json!({"retain_chunk_size": 500, "retain_mission": "m"})))
        .await
        .unwrap();
    assert_eq!(
        (&changed.config["retain_chunk_size"], &changed.overrides["retain_mission"]),
        (&json!(500), &json!("m"))
    );
    let inherited = client.patch_config(&bank, updates(json!({"retain_chunk_size": null}))).await.unwrap();
    assert_eq!(inherited.config["retain_chunk_size"], 3000);
    assert_eq!(client.reset_config(&bank).await.unwrap().overrides, Map::new());
}

#[apply(each_server)]
async fn a_setting_that_does_not_exist_is_refused_in_the_servers_words(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    let error = client.patch_config(&bank, updates(json!({"no_such_setting": 1}))).await.unwrap_err();
    assert!(matches!(error, HindsightError::Invalid { .. }), "{error:?}");
    assert!(error.to_error().source.unwrap().message.unwrap().contains("no_such_setting"));
}
