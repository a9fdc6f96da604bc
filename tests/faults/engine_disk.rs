//! A memory engine on a disk that fills up.

use crate::disk::SmallDisk;
use crate::engine_process::EngineProcess;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn a_retain_without_room_is_refused_and_what_was_kept_stays_and_new_room_is_used() {
    let Some(disk) = SmallDisk::mount() else { return };
    const PATH: &str = "/v1/default/banks/b/memories";
    let Ok(engine) = EngineProcess::start(disk.path(), "").await else { panic!("it does not start") };
    let door = engine.door();
    let item =
        |id: &str, text: &str| json!({"items": [{"content": format!("USER: {text}"), "document_id": id}]});
    let first = item("first", "The sloop lies in Porto.");
    door.ok(Method::POST, PATH, Some(&first)).await.unwrap();
    disk.fill();
    let long = item("long", &"The ketch is too long for this disk. ".repeat(5_000));
    let (status, answer) = door.send(Method::POST, PATH, Some(&long)).await.unwrap();
    assert_eq!(status, 507, "{answer}");
    assert!(answer["detail"].as_str().unwrap().contains("full"), "{answer}");
    let recall = || async {
        let asked = json!({"query": "Where is the sloop?"});
        door.ok(Method::POST, &format!("{PATH}/recall"), Some(&asked)).await.unwrap()["results"][0]["text"]
            .clone()
    };
    assert_eq!(recall().await, "The sloop lies in Porto.", "what was kept is not found on a full disk");
    disk.free();
    let after = item("after", "The yawl lies in Faro.");
    door.ok(Method::POST, PATH, Some(&after)).await.unwrap();
    assert_eq!(recall().await, "The sloop lies in Porto.");
    let documents = door.get("/v1/default/banks/b/documents").await.unwrap();
    assert_eq!(documents["total"], 2, "half a document was left: {documents}");
    engine.end().await;
}
