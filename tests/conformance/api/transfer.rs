//! Moving banks: archives out and in, and templates of a bank's settings, directives and mental models.

use crate::bank::{Bank, sorted, strings};
use crate::each_server;
use crate::subject::{Answer, Subject};
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

/// A bank with two documents, a setting and a directive.
async fn full(subject: &Subject) -> Bank {
    let bank = subject.bank_without_model().await;
    bank.patch("", json!({"name": "Ana", "retain_mission": "boats"})).await.ok();
    bank.retain(json!([{
        "content": "Ana sails.", "document_id": "a", "tags": ["x"], "metadata": {"n": "1"}, "context": "harbour",
        "timestamp": "2026-01-02T03:04:05Z", "entities": [{"text": "Ana"}]
    }]))
    .await;
    bank.say("b", "Bob rows.").await;
    bank.post("/directives", json!({"name": "Polite", "content": "Be polite.", "priority": 3})).await.ok();
    bank
}

/// Exports with this query and answers with the finished operation and the archive.
async fn exported(bank: &Bank, query: &str) -> (Value, Vec<u8>) {
    let answer = bank.start(&format!("/transfer/export?{query}")).await;
    assert_eq!(answer.status, 202);
    let operation = bank.completed(&answer.ok()).await;
    let url = operation["result_metadata"]["download_url"].as_str().unwrap().to_owned();
    let archive = bank.subject.get(&url).await;
    assert_eq!((archive.status, archive.header("content-type")), (200, Some("application/zip")));
    (operation, archive.bytes)
}

/// Posts an archive as a form would.
async fn imported(bank: &Bank, query: &str, archive: &[u8]) -> Answer {
    let path = bank.path(&format!("/transfer/import?{query}"));
    let mut body = b"--sea\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.zip\"\r\n\
                     Content-Type: application/zip\r\n\r\n"
        .to_vec();
    body.extend(archive);
    body.extend(b"\r\n--sea--\r\n");
    let mut request = bank.subject.request(Method::POST, &path);
    if let Some(token) = &bank.subject.token {
        request = request.bearer_auth(token);
    }
    let request = request.header("content-type", "multipart/form-data; boundary=sea").body(body);
    bank.subject.sent(Method::POST, &path, request).await
}

#[apply(each_server)]
async fn an_export_is_a_file_to_download(subject: Subject) {
    let bank = full(&subject).await;
    let (operation, archive) = exported(&bank, "").await;
    let told = &operation["result_metadata"];
    assert_eq!(
        (&operation["operation_type"], &told["byte_size"]),
        (&json!("export_bank"), &json!(archive.len()))
    );
    assert_eq!(told["filename"], format!("{}-bank.zip", bank.id));
    assert!(archive.starts_with(b"PK"));
}

#[apply(each_server)]
async fn what_was_exported_is_restored_under_another_id(subject: Subject) {
    let bank = full(&subject).await;
    let (_, archive) = exported(&bank, "").await;
    let target = subject.new_bank();
    let answer = imported(&bank, &format!("target_bank_id={}", target.id), &archive).await;
    assert_eq!(answer.status, 202);
    let operation = bank.completed(&answer.ok()).await;
    assert_eq!(operation["operation_type"], "import_bank");
    let told = &operation["result_metadata"];
    assert_eq!(
        (&told["documents_imported"], &told["facts_imported"], &told["directives_imported"]),
        (&json!(2), &json!(2), &json!(1))
    );
    assert_eq!(told["target_bank_id"], target.id);
    let fact = target.memory("document_id=a").await;
    let original = bank.memory("document_id=a").await;
    for field in ["text", "context", "tags", "metadata", "mentioned_at", "entities", "fact_type"] {
        assert_eq!(fact[field], original[field], "{field}");
    }
    assert_ne!(fact["id"], original["id"], "restored facts have ids of their own");
    assert_eq!(fact["chunk_id"], format!("{}_a_0", target.id));
    assert_eq!(target.get("/documents/b").await.ok()["original_text"], "Bob rows.");
    assert_eq!(target.get("/config").await.ok()["overrides"], bank.get("/config").await.ok()["overrides"]);
    assert_eq!(sorted(&target.items("/directives").await, "name"), ["Polite"]);
    let found = target.recall(json!({"query": "Ana sails"})).await;
    assert!(
        found["results"][0]["scores"]["semantic"].is_number(),
        "restored facts are found by meaning: {found}"
    );
}

#[apply(each_server)]
async fn a_bank_that_exists_is_not_restored_over(subject: Subject) {
    let bank = full(&subject).await;
    let (_, archive) = exported(&bank, "").await;
    imported(&bank, "", &archive).await.refused(400);
    imported(&bank, "mode=overwrite", &archive).await.refused(400);
}

#[apply(each_server)]
async fn a_bank_that_was_deleted_is_restored_under_its_own_id(subject: Subject) {
    let bank = full(&subject).await;
    let (_, archive) = exported(&bank, "").await;
    bank.delete("").await.ok();
    let helper = subject.bank_without_model().await;
    let answer = imported(&helper, "", &archive).await.ok();
    let operation = helper.completed(&answer).await;
    assert_eq!(operation["result_metadata"]["restored_bank_id"], bank.id);
    assert_eq!(bank.memories("").await.len(), 2);
}

#[apply(each_server)]
async fn merging_skips_replaces_or_doubles_documents_that_are_there(subject: Subject) {
    let bank = full(&subject).await;
    let (_, archive) = exported(&bank, "").await;
    let other = subject.bank_without_model().await;
    other.say("a", "Ana rows.").await;
    for (conflict, documents, text) in
        [("skip", 2, "Ana rows."), ("replace", 2, "Ana sails."), ("new-id", 4, "Ana sails.")]
    {
        let answer =
            imported(&other, &format!("mode=merge&document_conflict={conflict}"), &archive).await.ok();
        let operation = other.completed(&answer).await;
        assert_eq!(operation["operation_type"], "import_documents");
        assert_eq!(other.get("/documents").await.ok()["total"], documents, "{conflict}");
        assert_eq!(other.get("/documents/a").await.ok()["original_text"], text, "{conflict}");
    }
}

#[apply(each_server)]
async fn one_document_can_be_exported_alone_and_merged(subject: Subject) {
    let bank = full(&subject).await;
    bank.start("/transfer/export?document_id=a").await.refused(400);
    let (_, archive) = exported(&bank, "document_id=a&include_bank_config=false").await;
    let other = subject.bank_without_model().await;
    let answer = imported(&other, "mode=merge", &archive).await.ok();
    other.completed(&answer).await;
    assert_eq!(sorted(&other.items("/documents").await, "id"), ["a"]);
}

#[apply(each_server)]
async fn what_nobody_exported_cannot_be_downloaded(subject: Subject) {
    subject.get("/v1/default/files/download/none").await.refused(404);
    subject.new_bank().start("/transfer/export").await.refused(404);
}

#[apply(each_server)]
async fn a_template_holds_settings_directives_and_models_without_memories(subject: Subject) {
    let bank = full(&subject).await;
    let template = bank.get("/export").await.ok();
    assert_eq!((&template["version"], &template["bank"]["retain_mission"]), (&json!("1"), &json!("boats")));
    assert_eq!(template["bank"]["reflect_mission"], Value::Null);
    assert_eq!(template["mental_models"], Value::Null);
    let [directive] = template["directives"].as_array().unwrap().as_slice() else { panic!("{template}") };
    assert_eq!(
        (&directive["name"], &directive["content"], &directive["priority"]),
        (&json!("Polite"), &json!("Be polite."), &json!(3))
    );
    assert!(!template.to_string().contains("Ana sails"));
}

#[apply(each_server)]
async fn a_template_makes_a_bank_like_it_and_the_second_time_adds_nothing(subject: Subject) {
    let bank = full(&subject).await;
    let template = bank.get("/export").await.ok();
    let other = subject.new_bank();
    let tried = other.post("/import?dry_run=true", template.clone()).await.ok();
    assert_eq!((&tried["dry_run"], &tried["directives_created"]), (&json!(true), &json!(["Polite"])));
    other.get("/config").await.refused(404);
    let made = other.post("/import", template.clone()).await.ok();
    assert_eq!(
        (&made["bank_id"], &made["config_applied"], &made["dry_run"]),
        (&json!(other.id), &json!(true), &json!(false))
    );
    assert_eq!((&made["directives_created"], &made["directives_updated"]), (&json!(["Polite"]), &json!([])));
    assert_eq!(other.get("/config").await.ok()["overrides"]["retain_mission"], "boats");
    let again = other.post("/import", template).await.ok();
    assert_eq!(again["directives_created"], json!([]));
    assert_eq!(strings(&json!(other.items("/directives").await), "name"), ["Polite"]);
}

#[apply(each_server)]
async fn a_template_of_another_version_or_with_wrong_content_is_refused(subject: Subject) {
    let bank = subject.new_bank();
    for template in [
        json!({"version": "99"}),
        json!({"version": "1", "bank": {"retain_extraction_mode": "bad"}}),
        json!({"version": "1", "directives": [{"name": "", "content": "x"}]}),
    ] {
        bank.post("/import", template).await.refused(400);
    }
    bank.get("/config").await.refused(404);
}

#[apply(each_server)]
async fn the_schema_of_templates_is_served(subject: Subject) {
    let schema = subject.get("/v1/bank-template-schema").await.ok();
    for property in ["version", "bank", "mental_models", "directives"] {
        assert!(schema["properties"][property].is_object(), "{property}");
    }
}
