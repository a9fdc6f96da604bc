//! What has to hold in a memory engine that was started again after its death, given what its client knew.

use crate::engine_life::{BANK, EDITED, Fate, Ledger, ended, facts, text, texts};
use crate::engine_process::Door;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// Checks everything.
pub async fn check(door: &Door, ledger: &Ledger) {
    for operation in &ledger.operations {
        ended(door, operation).await.unwrap();
    }
    settle(door).await;
    for (document, step) in [("d1", "d1"), ("d2", "d2 d3"), ("d3", "d2 d3")] {
        let deleted = ledger.fate("delete d3").filter(|_| document == "d3");
        let there = document_is_whole(door, ledger, document).await;
        match (ledger.fate(step), deleted) {
            (Some(Fate::Done), None) => assert!(there, "`{document}` was acknowledged and is lost"),
            (None, _) | (_, Some(Fate::Done)) => assert!(!there, "`{document}` came from nowhere"),
            _ => {}
        }
    }
    copies(door, ledger).await;
    if ledger.fate("model") == Some(Fate::Done) {
        let model = door.get(&format!("{BANK}/mental-models/boats?detail=content")).await.unwrap();
        assert!(!model["content"].as_str().unwrap_or_default().is_empty(), "{model}");
    }
    no_observation_twice(door).await;
    let item = json!({"items": [{"content": text("d9"), "document_id": "d9"}]});
    door.ok(Method::POST, &format!("{BANK}/memories"), Some(&item)).await.unwrap();
    assert!(document_is_whole(door, ledger, "d9").await, "nothing new is kept");
}

/// Waits until no operation is left; consolidations that wait for quiet begin now.
async fn settle(door: &Door) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    for bank in banks(door).await {
        let path = format!("/v1/default/banks/{bank}");
        loop {
            ticks.tick().await;
            let mut open = Vec::new();
            for state in ["pending", "processing"] {
                let page = door.get(&format!("{path}/operations?status={state}&limit=100")).await.unwrap();
                open.extend(page["operations"].as_array().unwrap().clone());
            }
            if open.is_empty() {
                break;
            }
            let waits =
                |open: &Value| open["operation_type"] == "consolidation" && open["status"] == "pending";
            if open.iter().any(waits) {
                door.ok(Method::POST, &format!("{path}/consolidate"), Some(&json!({}))).await.unwrap();
            }
        }
        let failed = door.get(&format!("{path}/operations?status=failed")).await.unwrap();
        assert_eq!(failed["total"], 0, "{failed}");
    }
}

async fn banks(door: &Door) -> Vec<String> {
    let list = door.get("/v1/default/banks").await.unwrap();
    let banks = list["banks"].as_array().unwrap_or_else(|| panic!("no banks: {list}")).iter();
    banks.map(|bank| bank["bank_id"].as_str().unwrap().to_owned()).collect()
}

/// Whether a document is there; if so it is whole, each fact is there once and is found by its words.
async fn document_is_whole(door: &Door, ledger: &Ledger, document: &str) -> bool {
    let (status, found) =
        door.send(Method::GET, &format!("{BANK}/documents/{document}"), None).await.unwrap();
    let mut held = Vec::new();
    let mut invalid = Vec::new();
    if !banks(door).await.contains(&"b".to_owned()) {
        return false;
    }
    for (state, into) in [("valid", &mut held), ("invalidated", &mut invalid)] {
        let path = format!("{BANK}/memories/list?document_id={document}&type=world&state={state}&limit=100");
        into.extend(texts(&door.get(&path).await.unwrap()));
    }
    held.sort();
    if status == 404 {
        assert!(held.is_empty() && invalid.is_empty(), "facts of no document: {held:?} {invalid:?}");
        return false;
    }
    assert_eq!(found["original_text"], text(document));
    let [sloop, ketch] = &facts(document);
    let done = |step: &str| ledger.fate(step).filter(|_| document == "d1");
    let edited = match done("edit") {
        None => false,
        Some(Fate::Done) => true,
        Some(Fate::Doubt) => held.iter().any(|text| text == EDITED),
    };
    let sunk = match done("invalidate") {
        None => false,
        Some(Fate::Done) => true,
        Some(Fate::Doubt) => invalid.contains(ketch),
    };
    let first = if edited { EDITED.to_owned() } else { sloop.clone() };
    let mut expected = vec![first];
    if sunk {
        assert_eq!(invalid, std::slice::from_ref(ketch));
    } else {
        expected.push(ketch.clone());
        assert!(invalid.is_empty(), "{invalid:?}");
    }
    expected.sort();
    assert_eq!(held, expected, "facts of `{document}`");
    let edit = (document == "d1").then_some(EDITED);
    for text in edit.into_iter().chain([sloop.as_str(), ketch]) {
        let word = text.split(' ').nth(1).unwrap();
        let asked = json!({"query": word, "types": ["world"]});
        let path = format!("{BANK}/memories/recall");
        let answer = door.ok(Method::POST, &path, Some(&asked)).await.unwrap();
        let hits = answer["results"].as_array().unwrap().iter().filter(|hit| hit["text"] == text).count();
        assert_eq!(hits, usize::from(held.iter().any(|held| held == text)), "`{word}`: {answer}");
    }
    true
}

/// A restored and a cloned bank are whole or not there.
async fn copies(door: &Door, ledger: &Ledger) {
    let banks = banks(door).await;
    assert!(banks.iter().all(|bank| ["b", "copy", "twin"].contains(&bank.as_str())), "half banks: {banks:?}");
    for (bank, made, gone) in [("copy", "import", "empty copy"), ("twin", "clone", "delete twin")] {
        let held = match banks.iter().any(|listed| listed == bank) {
            false => BTreeSet::new(),
            true => {
                let path = format!("/v1/default/banks/{bank}/memories/list?type=world&limit=100");
                let held = texts(&door.get(&path).await.unwrap());
                let once: BTreeSet<String> = held.iter().cloned().collect();
                assert_eq!(once.len(), held.len(), "twice in `{bank}`: {held:?}");
                once
            }
        };
        match (ledger.fate(made), ledger.fate(gone)) {
            (Some(Fate::Done), None) => assert_eq!(held, ledger.exported, "`{bank}`"),
            (None, _) | (_, Some(Fate::Done)) => assert!(held.is_empty(), "`{bank}`: {held:?}"),
            _ => assert!(held.is_empty() || held == ledger.exported, "half of `{bank}`: {held:?}"),
        }
    }
}

async fn no_observation_twice(door: &Door) {
    let (status, list) = door
        .send(Method::GET, &format!("{BANK}/memories/list?type=observation&limit=100"), None)
        .await
        .unwrap();
    if status == 404 {
        return;
    }
    let texts = texts(&list);
    let once: BTreeSet<&String> = texts.iter().collect();
    assert_eq!(once.len(), texts.len(), "an observation was made twice: {texts:?}");
}
