//! Banks as a whole: made, named, copied, set up by templates, moved between engines and through files, deleted.

use rearview_domain::ErrorCode;
use rearview_tests::gate::PATIENCE;
use rearview_tests::temp_app::{TempApp, engine_client};
use serde_json::{Value, json};
use std::time::Duration;

const HERE: &str = "embedded";

fn at(bank: &str) -> Value {
    json!({"serverId": HERE, "bankId": bank})
}

fn whole() -> Value {
    json!({"data": true, "bankConfig": true, "history": false})
}

async fn create(app: &TempApp, bank: &str) {
    let _: Value = app.must("bank.create", at(bank)).await;
}

async fn row(app: &TempApp, server: &str, bank: &str) -> Option<Value> {
    let list: Value = app.must("bank.list", json!({"serverId": server})).await;
    list["items"].as_array().unwrap().iter().find(|row| row["id"] == bank).cloned()
}

/// Waits until a move has ended.
async fn ended(app: &TempApp, begun: &Value) -> Value {
    let waiting = async {
        loop {
            let moves: Value = app.must("bank.moves", json!({})).await;
            let items = moves["items"].as_array().unwrap();
            let now = items.iter().find(|one| one["id"] == begun["id"]).unwrap().clone();
            // What was left where is looked up after the end.
            let told = now["state"] == "done" || now["left"].as_array().is_some_and(|left| !left.is_empty());
            if now["state"] != "running" && !now["endedAt"].is_null() && told {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE * 3, waiting).await.unwrap()
}

async fn done(app: &TempApp, name: &str, request: Value) -> Value {
    let begun: Value = app.must(name, request).await;
    let ended = ended(app, &begun).await;
    assert_eq!(ended["state"], "done", "{ended:#}");
    ended
}

/// The app with the sample bank in its engine.
async fn with_sample() -> TempApp {
    let app = TempApp::with_engine().await;
    let _: Value = app.must("engine.loadSample", json!({})).await;
    app
}

/// The engine of another app, set up as a server of this one.
async fn neighbour(app: &TempApp, other: &TempApp) -> String {
    engine_client(other).await;
    let line = std::fs::read_to_string(other.dir().join("data/memory/engine.json")).unwrap();
    let running: Value = serde_json::from_str(&line).unwrap();
    app.server(running["url"].as_str().unwrap(), running["token"].as_str()).await
}

#[tokio::test]
async fn a_bank_is_made_named_pointed_out_for_a_slip_and_deleted_only_by_its_name() {
    let app = TempApp::with_engine().await;
    let made: Value =
        app.must("bank.create", json!({"serverId": HERE, "bankId": "ana", "alias": "Ana's bank"})).await;
    assert_eq!((&made["aliasError"], &made["templateError"]), (&Value::Null, &Value::Null));
    assert_eq!(row(&app, HERE, "ana").await.unwrap()["name"], "Ana's bank");
    assert_eq!(app.refused("bank.create", at("ana")).await.code, ErrorCode::Conflict);

    let alike: Value = app.must("bank.alike", json!({"serverId": HERE, "typed": "anna"})).await;
    assert_eq!((&alike["exists"], &alike["items"][0]["id"]), (&json!(false), &json!("ana")));
    for known in ["ana", "Ana's bank"] {
        let alike: Value = app.must("bank.alike", json!({"serverId": HERE, "typed": known})).await;
        assert_eq!(alike["exists"], true, "{known}");
    }

    let rename = |alias: &str| json!({"serverId": HERE, "bankId": "ana", "alias": alias});
    let _: Value = app.must("bank.rename", rename("Home")).await;
    assert_eq!(row(&app, HERE, "ana").await.unwrap()["name"], "Home");
    let names: Value = app.must("bank.rename", rename("")).await;
    assert_eq!(names["aliases"].as_array().unwrap().len(), 2, "the names stay when the id is shown");
    assert_eq!(row(&app, HERE, "ana").await.unwrap()["name"], "ana");
    assert_eq!(app.refused("bank.rename", rename("a/b")).await.code, ErrorCode::InvalidInput);

    let chat = app.chat_with(json!({"kind": "normal", "model": "demo/demo"})).await;
    app.update(&chat, json!({"bankId": "Home"})).await;
    let uses: Value = app.must("bank.uses", at("ana")).await;
    assert_eq!((&uses["chats"], &uses["serverDefault"]), (&json!(1), &json!(false)));
    let _: Value = app.must("bank.useByDefault", at("ana")).await;
    let uses: Value = app.must("bank.uses", at("ana")).await;
    assert_eq!(uses["serverDefault"], true);

    let delete = |typed: &str| json!({"serverId": HERE, "bankId": "ana", "typed": typed});
    assert_eq!(app.refused("bank.delete", delete("an")).await.code, ErrorCode::InvalidInput);
    assert!(row(&app, HERE, "ana").await.is_some());
    let _: Value = app.must("bank.delete", delete("ana")).await;
    assert!(row(&app, HERE, "ana").await.is_none());
}

#[tokio::test]
async fn a_name_beside_the_id_comes_and_goes_and_a_move_that_is_not_there_cannot_be_stopped() {
    let app = TempApp::with_engine().await;
    create(&app, "ana").await;
    let name = json!({"serverId": HERE, "bankId": "ana", "alias": "Boat", "primary": true});
    let _: Value = app.must("bank.addAlias", name).await;
    let named: Value = app.must("bank.aliases", at("ana")).await;
    assert_eq!(
        (&named["aliases"][0]["alias"], &named["aliases"][0]["primary"]),
        (&json!("Boat"), &json!(true))
    );
    let gone = json!({"serverId": HERE, "bankId": "ana", "alias": "Boat"});
    let left: Value = app.must("bank.removeAlias", gone).await;
    assert_eq!(left["aliases"], json!([]));
    let _ = app.call("bank.cancelMove", json!({"moveId": "none"})).await;
    let moves: Value = app.must("bank.moves", json!({})).await;
    assert_eq!(moves["items"], json!([]));
}

#[tokio::test]
async fn hostile_ids_are_banks_like_others_or_are_refused_with_the_reason() {
    let app = TempApp::with_engine().await;
    let longest = "x".repeat(192);
    for id in ["<script>alert(1)", "🧠 日本", "100%?#&=", "' OR 1=1 --", longest.as_str()] {
        create(&app, id).await;
        assert_eq!(row(&app, HERE, id).await.unwrap()["id"], id);
        let _: Value = app
            .must(
                "bank.addAlias",
                json!({"serverId": HERE, "bankId": id, "alias": format!("n{}", id.len()), "primary": true}),
            )
            .await;
        let _: Value = app.must("bank.saveTemplate", at(id)).await;
        let _: Value = app.must("bank.delete", json!({"serverId": HERE, "bankId": id, "typed": id})).await;
        assert!(row(&app, HERE, id).await.is_none(), "{id}");
    }
    for id in ["a/b", "", "_x", "a\nb", &"x".repeat(193)] {
        assert_eq!(app.refused("bank.create", at(id)).await.code, ErrorCode::InvalidInput, "{id:?}");
    }
    let files: Vec<_> = std::fs::read_dir(app.dir().join("downloads")).unwrap().collect();
    assert_eq!(files.len(), 5, "each template is a file in the one folder");
}

#[tokio::test]
async fn a_template_is_tried_applied_and_written_and_a_wrong_one_makes_no_bank() {
    let app = TempApp::with_engine().await;
    let template = json!({
        "version": "1", "bank": {"retain_mission": "boats"}, "directives": [{"name": "Polite", "content": "Be polite."}],
    });
    let with = |bank: &str, template: &Value| json!({"serverId": HERE, "bankId": bank, "template": template});
    let tried: Value = app.must("bank.tryTemplate", with("new", &template)).await;
    assert_eq!((&tried["dryRun"], &tried["directivesCreated"]), (&json!(true), &json!(["Polite"])));
    assert!(row(&app, HERE, "new").await.is_none(), "a dry run makes nothing");
    let made: Value = app.must("bank.create", with("new", &template)).await;
    assert_eq!(made["template"]["configApplied"], true);

    let kept: Value = app.must("bank.template", at("new")).await;
    assert_eq!(kept["template"]["bank"]["retain_mission"], "boats");
    let _: Value = app.must("bank.applyTemplate", with("other", &kept["template"])).await;
    let again: Value = app.must("bank.template", at("other")).await;
    assert_eq!(again["template"]["directives"][0]["content"], "Be polite.");
    let written: Value = app.must("bank.saveTemplate", at("other")).await;
    let text = std::fs::read_to_string(written["path"].as_str().unwrap()).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), again["template"]);

    let wrong = json!({"version": "1", "bank": {"retain_extraction_mode": "bad"}});
    let refused = app.refused("bank.create", with("none", &wrong)).await;
    assert_eq!(refused.code, ErrorCode::InvalidInput, "{refused:?}");
    assert!(row(&app, HERE, "none").await.is_none());
}

#[tokio::test]
async fn a_copy_has_the_memory_and_one_over_a_bank_that_is_there_is_refused() {
    let app = with_sample().await;
    let clone =
        |target: &str| json!({"serverId": HERE, "bankId": "sample", "target": target, "scope": whole()});
    let ended = done(&app, "bank.clone", clone("sample-2")).await;
    assert_eq!(ended["left"][0]["what"], "untouched");
    assert_eq!(ended["left"][1]["what"], "whole");
    let facts = async |bank: &str| row(&app, HERE, bank).await.unwrap()["facts"].clone();
    assert_eq!(facts("sample-2").await, facts("sample").await);
    assert_eq!(app.refused("bank.clone", clone("sample-2")).await.code, ErrorCode::Conflict);
    let _: Value = app.must("bank.forgetMove", json!({"moveId": ended["id"]})).await;
    let moves: Value = app.must("bank.moves", json!({})).await;
    assert_eq!(moves["items"], json!([]));
}

#[tokio::test]
async fn a_bank_goes_to_a_second_engine_and_is_merged_there_without_doubling() {
    let (app, other) = (with_sample().await, TempApp::with_engine().await);
    let there = neighbour(&app, &other).await;
    let transfer = |import: Value| json!({"serverId": HERE, "bankId": "sample", "toServerId": there, "import": import, "scope": whole()});
    let restore = json!({"kind": "restore", "target": "from-home"});
    let merge = |target: &str| json!({"kind": "merge", "target": target, "conflict": "skip"});
    let none = app.refused("bank.transfer", transfer(merge("none"))).await;
    assert_eq!(none.code, ErrorCode::NotFound, "{none:?}");

    done(&app, "bank.transfer", transfer(restore.clone())).await;
    let facts = row(&app, &there, "from-home").await.unwrap()["facts"].clone();
    assert_eq!(facts, row(&app, HERE, "sample").await.unwrap()["facts"]);
    assert_eq!(app.refused("bank.transfer", transfer(restore)).await.code, ErrorCode::Conflict);
    done(&app, "bank.transfer", transfer(merge("from-home"))).await;
    assert_eq!(row(&app, &there, "from-home").await.unwrap()["facts"], facts);
    let travelling = app.dir().join("data/moves");
    assert_eq!(std::fs::read_dir(travelling).unwrap().count(), 0, "no archive is left lying about");
}

#[tokio::test]
async fn an_archive_goes_into_a_file_and_comes_back_slice_by_slice() {
    let app = with_sample().await;
    let facts = row(&app, HERE, "sample").await.unwrap()["facts"].clone();
    let packed =
        done(&app, "bank.archive", json!({"serverId": HERE, "bankId": "sample", "scope": whole()})).await;
    let bytes = std::fs::read(packed["file"].as_str().unwrap()).unwrap();
    let _: Value =
        app.must("bank.delete", json!({"serverId": HERE, "bankId": "sample", "typed": "sample"})).await;

    let upload = slices(&app, &bytes).await;
    let info: Value = app.must("bank.archiveInfo", json!({"uploadId": upload})).await;
    assert_eq!((&info["bankId"], &info["wholeBank"]), (&json!("sample"), &json!(true)));
    let import = json!({"kind": "restore", "target": "sample"});
    let request = json!({"serverId": HERE, "uploadId": upload, "import": import, "scope": whole()});
    done(&app, "bank.restore", request).await;
    assert_eq!(row(&app, HERE, "sample").await.unwrap()["facts"], facts);

    let broken = slices(&app, &bytes[..bytes.len() / 2]).await;
    let refused = app.refused("bank.archiveInfo", json!({"uploadId": broken})).await;
    assert!(refused.message.contains("no archive of a bank"), "{}", refused.message);
}

async fn slices(app: &TempApp, bytes: &[u8]) -> String {
    use base64::Engine as _;
    let begun: Value = app.must("upload.begin", json!({"name": "a.zip", "size": bytes.len()})).await;
    let id = begun["uploadId"].as_str().unwrap().to_owned();
    for (at, slice) in bytes.chunks(50_000).enumerate() {
        let base64 = base64::engine::general_purpose::STANDARD.encode(slice);
        let request = json!({"uploadId": id, "offset": at * 50_000, "base64": base64});
        let _: Value = app.must("upload.append", request).await;
    }
    let _: Value = app.must("upload.finish", json!({"uploadId": id})).await;
    id
}

#[tokio::test]
async fn a_server_that_dies_leaves_a_move_that_says_what_exists_where() {
    let (app, mut other) = (with_sample().await, TempApp::with_engine().await);
    let there = neighbour(&app, &other).await;
    let import = json!({"kind": "restore", "target": "gone"});
    let request = json!({
        "serverId": HERE, "bankId": "sample", "toServerId": there, "import": import, "scope": whole()
    });
    let begun: Value = app.must("bank.transfer", request).await;
    other.quit().await;
    let ended = ended(&app, &begun).await;
    // It may have been quicker than the end of the other engine.
    if ended["state"] == "done" {
        return;
    }
    assert_eq!(ended["state"], "failed", "{ended:#}");
    assert!(ended["error"]["message"].as_str().is_some());
    assert_eq!(ended["left"][0]["what"], "untouched");
    assert!(["absent", "unknown"].contains(&ended["left"][1]["what"].as_str().unwrap()), "{ended:#}");
}

#[tokio::test]
async fn a_move_that_the_app_died_in_is_told_at_the_next_start_and_followed_to_its_end() {
    let mut app = with_sample().await;
    let request = json!({"serverId": HERE, "bankId": "sample", "target": "twin", "scope": whole()});
    let begun: Value = app.must("bank.clone", request).await;
    app.reopen().await;
    let moves: Value = app.must("bank.moves", json!({})).await;
    let found = moves["items"].as_array().unwrap().iter().find(|one| one["id"] == begun["id"]).unwrap();
    assert!(["interrupted", "done"].contains(&found["state"].as_str().unwrap()), "{found:#}");
    let _: Value = app.must("bank.followMove", json!({"moveId": begun["id"]})).await;
    let end = ended(&app, &begun).await;
    let there = row(&app, HERE, "twin").await.is_some();
    match end["state"].as_str().unwrap() {
        "done" => assert!(there),
        _ => assert_eq!(there, end["left"][1]["what"] == "partial", "{end:#}"),
    }
}

#[tokio::test]
async fn a_server_that_is_down_hides_no_other_and_what_it_lacks_is_told() {
    let app = TempApp::with_engine().await;
    create(&app, "ana").await;
    let dead = app.server("http://127.0.0.1:9", None).await;
    let refused = app.refused("bank.list", json!({"serverId": dead})).await;
    assert_eq!(refused.code, ErrorCode::NetworkUnreachable);
    assert!(row(&app, HERE, "ana").await.is_some());
    let features: Value = app.must("server.features", json!({"serverId": HERE})).await;
    let items = features["items"].as_array().unwrap();
    let clone = items.iter().find(|item| item["name"] == "clone").unwrap();
    assert_eq!(clone["available"], true);
    assert!(items.iter().all(|item| item["available"] == item["reason"].is_null()), "{features:#}");
}
