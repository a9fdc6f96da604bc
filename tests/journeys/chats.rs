//! Chats as such: drafts, search, titles, the data folder.

use crate::stage::Stage;
use rearview_domain::ErrorCode;
use rearview_domain::learned::LearnedState;
use rearview_tests::temp_app::TempApp;
use serde_json::{Value, json};
use sqlx::Connection;

#[tokio::test]
async fn a_draft_outlives_the_process_and_ends_when_it_is_sent() {
    let mut stage = Stage::set().await;
    let chat = stage.app.chat().await;
    let _: Value = stage.app.must("chat.saveDraft", json!({"chatId": chat, "text": "half a thou"})).await;
    stage.app.reopen().await;
    let open = json!({"chatId": chat, "tail": 10});
    let view: Value = stage.app.must("chat.open", open.clone()).await;
    assert_eq!(view["chat"]["draft"], "half a thou");
    stage.app.say(&chat, "half a thought").await;
    let view: Value = stage.app.must("chat.open", open).await;
    assert_eq!(view["chat"]["draft"], "");
}

#[tokio::test]
async fn search_finds_what_was_said_by_either_side_and_marks_it() {
    let stage = Stage::set().await;
    let (chat, _) = stage.say("Où est le Café Lisboa?").await;
    stage.say("Something else").await;
    let search = |text: &str| json!({"text": text, "limit": 10, "offset": 0});
    let hits: Value = stage.app.must("chat.search", search("cafe lis")).await;
    let roles: Vec<&str> =
        hits["items"].as_array().unwrap().iter().filter_map(|hit| hit["role"].as_str()).collect();
    assert_eq!(roles, ["assistant", "user"]);
    assert!(hits["items"].as_array().unwrap().iter().all(|hit| hit["chatId"] == json!(chat)));
    assert!(hits["items"][1]["snippet"].as_str().unwrap().contains("\u{2068}Café\u{2069}"), "{hits}");
    let syntax: Value = stage.app.must("chat.search", search("\" OR *) NEAR(")).await;
    assert_eq!(syntax["items"], json!([]));
    let one: Value = stage.app.must("chat.search", json!({"text": "cafe", "limit": 1, "offset": 0})).await;
    assert_eq!(one["more"], true);
    let _: Value = stage.app.must("chat.delete", json!({"chatId": chat, "learned": "keep"})).await;
    let gone: Value = stage.app.must("chat.search", search("cafe")).await;
    assert_eq!(gone["items"], json!([]));
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let mut stage = Stage::with_facts(&["Ana sails."]).await;
    let (chat, before) = stage.say("Where?").await;
    stage.app.stored(&before).await;
    // What it taught is looked for after that, and is a part of the record too.
    stage.app.learned(&chat, &before.turn.id, |learned| learned.state != LearnedState::Pending).await;
    let record = stage.app.record(&chat, &before.turn.id).await;
    stage.app.reopen().await;
    assert_eq!(stage.app.record(&chat, &before.turn.id).await, record);
    let request = json!({"chatId": chat, "turnId": before.turn.id, "step": 0});
    let body: Value = stage.app.must("turn.body", request).await;
    assert_eq!(body["hash"], stage.provider.last().unwrap().hash());
    let list: Value = stage.app.must("provider.list", json!({})).await;
    let ids: Vec<&str> =
        list["items"].as_array().unwrap().iter().filter_map(|item| item["config"]["id"].as_str()).collect();
    assert_eq!(ids, ["demo", "scripted", "claude"]);
    let servers: Value = stage.app.must("server.list", json!({})).await;
    assert_eq!(servers["defaultId"], json!(stage.server));
}

#[tokio::test]
async fn the_second_app_on_a_data_folder_is_refused_and_the_first_goes_on() {
    let stage = Stage::set().await;
    let Err(refused) = TempApp::at(stage.app.dir()).await else { panic!("two apps on one folder") };
    assert_eq!(refused.code, ErrorCode::DataInUse);
    let (_, ended) = stage.say("Still here?").await;
    assert_eq!(ended.said(), "You said: Still here?");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_untouched() {
    let mut stage = Stage::set().await;
    stage.say("Hello").await;
    stage.app.quit().await;
    let file = stage.app.dir().join("data/rearview.db");
    {
        let url = format!("sqlite://{}", file.display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (99990101000000, 'of the future', 1, x'00', 0)",
        )
        .execute(&mut connection)
        .await
        .unwrap();
        connection.close().await.unwrap();
    }
    let before = std::fs::read(&file).unwrap();
    let Err(refused) = TempApp::at(stage.app.dir()).await else { panic!("a newer database was opened") };
    assert_eq!(refused.code, ErrorCode::DatabaseTooNew);
    assert!(refused.hint.is_some());
    assert_eq!(std::fs::read(&file).unwrap(), before, "the newer database was changed");
}

#[tokio::test]
async fn only_what_a_browser_may_open_is_opened() {
    let stage = Stage::set().await;
    for url in ["https://example.org/a?b=c", "mailto:ana@example.org"] {
        let _: Value = stage.app.must("app.openUrl", json!({"url": url})).await;
    }
    for url in ["file:///etc/passwd", "javascript:alert(1)", "vscode://x", "no address", ""] {
        let refused = stage.app.refused("app.openUrl", json!({"url": url})).await;
        assert_eq!(refused.code, ErrorCode::InvalidInput, "{url}");
    }
    assert_eq!(stage.app.opened(), ["https://example.org/a?b=c", "mailto:ana@example.org"]);
}

#[tokio::test]
async fn every_page_hears_of_runs_and_changes() {
    let stage = Stage::set().await;
    let mut events = stage.app.events().await;
    let (chat, ended) = stage.say("Hello").await;
    let mut heard = Vec::new();
    while !heard.iter().any(|event: &Value| event["kind"] == "retain" && event["state"]["state"] == "done") {
        heard.push(serde_json::to_value(events.next().await).unwrap());
    }
    let running: Vec<&Value> =
        heard.iter().filter(|event| event["kind"] == "run").map(|event| &event["running"]).collect();
    assert_eq!(running, [&json!(true), &json!(false)]);
    assert!(heard.iter().any(|event| event["kind"] == "changed" && event["tags"] == json!(["chats"])));
    let retains = heard.iter().filter(|event| event["kind"] == "retain");
    for retain in retains {
        assert_eq!((&retain["chat_id"], &retain["turn_id"]), (&json!(chat), &json!(ended.turn.id)));
    }
}
