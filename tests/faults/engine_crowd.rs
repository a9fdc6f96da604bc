//! A memory engine with many clients, and with a very long text.

use crate::engine_process::EngineProcess;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;

const PATH: &str = "/v1/default/banks/b/memories";

#[tokio::test]
async fn ten_clients_at_once_find_everything_that_each_of_them_retained() {
    let dir = tempfile::tempdir().unwrap();
    let Ok(engine) = EngineProcess::start(dir.path(), "").await else { panic!("it does not start") };
    let fact = |client: usize, nth: usize| format!("Boat c{client}n{nth} lies in Porto.");
    let clients = (0..10).map(|client| {
        let door = engine.door();
        async move {
            for nth in 0..20 {
                let id = format!("{client}-{nth}");
                let item = json!({"items": [{"content": format!("USER: {}", fact(client, nth)), "document_id": id}]});
                door.ok(Method::POST, PATH, Some(&item)).await.unwrap();
                let asked = json!({"query": format!("c{client}n{nth}"), "types": ["world"]});
                let answer = door.ok(Method::POST, &format!("{PATH}/recall"), Some(&asked)).await.unwrap();
                assert_eq!(answer["results"][0]["text"], fact(client, nth), "{answer}");
            }
        }
    });
    join_all(clients).await;
    let list = engine.door().get(&format!("{PATH}/list?type=world&limit=1000")).await.unwrap();
    let held = crate::engine_life::texts(&list);
    let wanted: BTreeSet<String> = (0..200).map(|n| fact(n / 20, n % 20)).collect();
    assert_eq!((held.len(), held.into_iter().collect::<BTreeSet<_>>()), (200, wanted));
    engine.end().await;
}

/// Megabytes of the long text: 5, and with the many rounds of `make soak` 100.
fn megabytes() -> usize {
    let rounds = std::env::var("REARVIEW_FAULT_ROUNDS").ok().and_then(|rounds| rounds.parse::<usize>().ok());
    if rounds.is_some_and(|rounds| rounds >= 200) { 100 } else { 5 }
}

#[tokio::test]
#[expect(clippy::print_stdout, reason = "time and memory are the report of this test")]
async fn a_very_long_text_kept_as_chunks_is_found_at_its_beginning_and_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let Ok(engine) = EngineProcess::start(dir.path(), "").await else { panic!("it does not start") };
    let door = engine.door();
    let config = json!({"updates": {"retain_extraction_mode": "chunks"}});
    door.ok(Method::PUT, "/v1/default/banks/b", Some(&json!({}))).await.unwrap();
    door.ok(Method::PATCH, "/v1/default/banks/b/config", Some(&config)).await.unwrap();
    let middle = "The river runs by the harbour, and the harbour lies by the sea.\n\n";
    let text = format!(
        "Zanzibar is the first word.\n\n{}Antananarivo is the last word.",
        middle.repeat(megabytes() * 1_000_000 / middle.len())
    );
    let item = json!({"items": [{"content": text, "document_id": "long"}]});
    let began = std::time::Instant::now();
    door.ok(Method::POST, PATH, Some(&item)).await.unwrap();
    println!("{} MB in chunks: {:?}, peak memory {}", megabytes(), began.elapsed(), engine.peak_memory());
    for word in ["Zanzibar", "Antananarivo"] {
        let asked = json!({"query": word});
        let answer = door.ok(Method::POST, &format!("{PATH}/recall"), Some(&asked)).await.unwrap();
        assert!(answer["results"][0]["text"].as_str().unwrap().contains(word), "{word}");
    }
    engine.end().await;
}
