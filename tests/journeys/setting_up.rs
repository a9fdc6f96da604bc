//! Setting a provider up: checked before it is kept, found on this computer, imported from a file; on
//! platforms with fields of their own. Whatever is entered or read, no answer and no log repeats a key.

use crate::stage::Stage;
use axum::Router;
use axum::routing::get;
use rearview_domain::ErrorCode;
use rearview_tests::scripted_memory::ScriptedMemory;
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::temp_app::{KEY, TempApp};
use serde_json::{Value, json};
use std::path::Path;

const CANARY: &str = "canary-7f3a9c51d2e84b60";

fn config(url: &str) -> Value {
    json!({"id": "scripted", "name": "Scripted", "wire": "openai_chat", "baseUrl": url})
}

fn azure(url: &str, version: &str) -> Value {
    json!({"id": "azure", "name": "", "wire": "openai_chat", "baseUrl": url,
           "platform": {"kind": "azure", "api_version": version, "entra": false}})
}

fn bedrock(region: &str) -> Value {
    json!({"id": "bedrock", "name": "", "wire": "bedrock_converse", "baseUrl": "",
           "platform": {"kind": "bedrock", "region": region, "profile": null}})
}

fn vertex(project: &str, location: &str) -> Value {
    json!({"id": "vertex_ai", "name": "", "wire": "gemini", "baseUrl": "",
           "platform": {"kind": "vertex", "project": project, "location": location}})
}

fn account() -> Value {
    json!({"type": "service_account", "project_id": "my-project", "private_key_id": "1",
           "private_key": format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n"),
           "client_email": "a@my-project.iam.gserviceaccount.com", "client_id": "2"})
}

/// No file below a folder holds the text.
fn assert_nowhere(dir: &Path, text: &str) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_nowhere(&path, text);
        } else if let Ok(bytes) = std::fs::read(&path) {
            assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{}", path.display());
        }
    }
}

#[tokio::test]
async fn a_check_tells_every_verdict_and_the_outcome() {
    let stage = Stage::set().await;
    stage.provider.require_key("sk-right");
    stage.provider.answer(Script::text("Yes it is")).answer(Script::text("").tool_call("ping", "{}"));
    let url = stage.provider.base_url();
    let check = json!({"config": config(&url), "key": " sk-right\n", "model": "scripted-1"});
    let right: Value = stage.app.must("provider.check", check).await;
    for verdict in ["reachable", "keyAccepted", "modelsListed", "modelAnswers", "streams", "callsTools"] {
        assert_eq!(right[verdict]["kind"], "yes", "{verdict}: {right}");
    }
    assert_eq!(right["outcome"], "accepted");
    let wrong: Value =
        stage.app.must("provider.check", json!({"config": config(&url), "key": "sk-wrong"})).await;
    assert_eq!((&wrong["outcome"], &wrong["keyAccepted"]["kind"]), (&json!("refused"), &json!("no")));
    let dead = format!("http://{}/v1", ScriptedMemory::dead_address().unwrap());
    let dead: Value =
        stage.app.must("provider.check", json!({"config": config(&dead), "key": "sk-right"})).await;
    assert_eq!((&dead["outcome"], &dead["reachable"]["kind"]), (&json!("unchecked"), &json!("no")));
}

#[tokio::test]
async fn a_check_without_a_model_asks_nothing_that_costs() {
    let stage = Stage::set().await;
    let check = json!({"config": config(&stage.provider.base_url()), "key": KEY});
    let check: Value = stage.app.must("provider.check", check).await;
    assert_eq!((&check["modelAnswers"]["kind"], &check["usd"]), (&json!("unknown"), &json!(0.0)));
    assert!(stage.provider.requests().is_empty());
}

#[tokio::test]
async fn a_check_keeps_nothing_and_leaves_the_old_key_alone() {
    let stage = Stage::set().await;
    stage.provider.require_key(KEY);
    let check =
        json!({"config": config(&stage.provider.base_url()), "key": "sk-wrong", "model": "scripted-1"});
    let refused: Value = stage.app.must("provider.check", check).await;
    assert_eq!(refused["outcome"], "refused");
    let (_, ended) = stage.say("Hello").await;
    assert_eq!(ended.said(), "You said: Hello", "the old key is gone");
}

#[tokio::test]
async fn a_check_without_a_key_leaves_the_kept_one_where_it_is() {
    let stage = Stage::set().await;
    stage.provider.require_key(KEY);
    let kept: Value = stage.app.must("provider.list", json!({})).await;
    let config = kept["items"][1]["config"].clone();
    let with: Value = stage.app.must("provider.check", json!({"config": config})).await;
    assert_eq!(with["outcome"], "accepted", "{with}");
    let without = json!({"config": config, "withoutKey": true});
    let without: Value = stage.app.must("provider.check", without).await;
    assert_eq!(without["outcome"], "refused", "{without}");
}

#[tokio::test]
async fn a_key_does_not_leave_the_path_it_was_entered_for() {
    let stage = Stage::set().await;
    let url = stage.provider.base_url();
    for (path, stays) in [("/v1", true), ("/v1/", true), ("/v2", false)] {
        let base = url.replace("/v1", path);
        let save = json!({"config": config(&url), "key": KEY});
        let _: Value = stage.app.must("provider.save", save).await;
        let saved: Value = stage.app.must("provider.save", json!({"config": config(&base)})).await;
        assert_eq!(saved["keyPresent"], json!(stays), "{path}");
        let told =
            saved["healed"].as_array().unwrap().iter().any(|change| change.to_string().contains("kept key"));
        assert_eq!(told, !stays, "{saved}");
    }
}

#[tokio::test]
async fn what_cannot_be_saved_leaves_provider_and_key_as_they_were() {
    let stage = Stage::set().await;
    let app = &stage.app;
    let saved: Value =
        app.must("provider.save", json!({"config": bedrock("us-east-1"), "key": "ABSKgood"})).await;
    assert_eq!(saved["config"]["baseUrl"], "https://bedrock-runtime.us-east-1.amazonaws.com");
    for (config, key) in [
        (bedrock("Frankfurt"), json!(null)),
        (bedrock("us-east-1"), json!(format!("{{\"access_key_id\":\"{CANARY}\"}}"))),
    ] {
        let error = app.refused("provider.save", json!({"config": config, "key": key})).await;
        assert_eq!(error.code, ErrorCode::InvalidInput);
        assert!(error.hint.is_some() && !format!("{error:?}").contains(CANARY), "{error:?}");
    }
    let list: Value = app.must("provider.list", json!({})).await;
    let kept =
        list["items"].as_array().unwrap().iter().find(|item| item["config"]["id"] == "bedrock").unwrap();
    assert_eq!(
        (&kept["keyPresent"], &kept["config"]["platform"]["region"]),
        (&json!(true), &json!("us-east-1"))
    );
}

#[tokio::test]
async fn a_key_of_aws_or_google_follows_a_region_and_nothing_else() {
    let app = TempApp::new().await;
    let _: Value =
        app.must("provider.save", json!({"config": bedrock("us-east-1"), "key": "ABSKgood"})).await;
    let moved: Value = app.must("provider.save", json!({"config": bedrock("eu-west-1")})).await;
    assert_eq!(
        (&moved["keyPresent"], &moved["config"]["baseUrl"]),
        (&json!(true), &json!("https://bedrock-runtime.eu-west-1.amazonaws.com"))
    );
    let mut proxy = bedrock("eu-west-1");
    proxy["baseUrl"] = json!("https://proxy.example");
    let moved: Value = app.must("provider.save", json!({"config": proxy})).await;
    assert_eq!(moved["keyPresent"], false);

    let key = account().to_string();
    let _: Value =
        app.must("provider.save", json!({"config": vertex("my-project", "global"), "key": key})).await;
    let moved: Value =
        app.must("provider.save", json!({"config": vertex("my-project", "us-central1")})).await;
    assert_eq!(
        (&moved["keyPresent"], &moved["config"]["baseUrl"]),
        (&json!(true), &json!("https://us-central1-aiplatform.googleapis.com"))
    );
    assert!(!moved.to_string().contains(CANARY));
    let wrong = app.refused("provider.save", json!({"config": vertex("My Project", "global")})).await;
    assert!(wrong.message.contains("project"), "{wrong:?}");
}

#[tokio::test]
async fn the_fields_of_azure_are_checked_and_its_address_is_healed() {
    let app = TempApp::new().await;
    for (base, version) in [("", "2024-10-21"), ("https://r.openai.azure.com", "last year")] {
        app.refused("provider.save", json!({"config": azure(base, version), "key": "k"})).await;
    }
    let pattern = json!({"config": azure("https://{resource}.openai.azure.com", ""), "key": "k"});
    let error = app.refused("provider.save", pattern).await;
    assert!(error.message.contains("resource"), "{error:?}");
    let saved = json!({"config": azure("r.openai.azure.com", " 2024-10-21 "), "key": "k-0123456789"});
    let saved: Value = app.must("provider.save", saved).await;
    assert_eq!(saved["config"]["baseUrl"], "https://r.openai.azure.com");
    assert_eq!(saved["config"]["platform"]["api_version"], "2024-10-21");
}

#[tokio::test]
async fn servers_on_this_computer_are_found_when_asked_and_known_when_set_up() {
    let tags = r#"{"models":[{"name":"llama3:8b","digest":"abc"}]}"#;
    let router = Router::new()
        .route("/api/version", get(|| async { r#"{"version":"0.33.2"}"# }))
        .route("/api/tags", get(move || async move { tags }))
        .route("/v1/models", get(|| async { r#"{"object":"list","data":[]}"# }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let scripted = ScriptedProvider::start().await.unwrap();
    let other: u16 = scripted.base_url().rsplit(':').next().unwrap().trim_end_matches("/v1").parse().unwrap();
    let dead = ScriptedMemory::dead_address().unwrap().port();

    let app = TempApp::looking_on(vec![port, other, dead]).await;
    let found: Value = app.must("provider.findLocal", json!({})).await;
    assert_eq!(found["silent"], json!([format!("http://127.0.0.1:{dead}")]));
    let expected = json!({"preset": "ollama", "name": "Ollama", "wire": "ollama_chat",
                          "baseUrl": format!("http://127.0.0.1:{port}"), "models": ["llama3:8b"], "known": false});
    assert_eq!(found["items"][0], expected);
    let second = &found["items"][1];
    assert_eq!((&second["preset"], &second["known"]), (&json!("openai-compatible"), &json!(false)));
    assert_eq!(second["models"], json!(["scripted-1", "scripted-2"]));

    let mut set_up = config(&format!("http://localhost:{port}"));
    set_up["wire"] = json!("ollama_chat");
    let _: Value = app.must("provider.save", json!({"config": set_up})).await;
    let found: Value = app.must("provider.findLocal", json!({})).await;
    assert_eq!((&found["items"][0]["known"], &found["items"][1]["known"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn keys_come_out_of_a_file_by_name_and_no_answer_or_file_of_ours_holds_them() {
    let mut app = TempApp::new().await;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(".env");
    let text = format!(
        "# keys\nOPENAI_API_KEY={CANARY}-openai\nAWS_ACCESS_KEY_ID=AKIA{CANARY}\nAWS_SECRET_ACCESS_KEY={CANARY}-aws\n\
         AWS_REGION=eu-west-1\nAZURE_API_KEY={CANARY}-azure\nAZURE_API_BASE=https://r.openai.azure.com\n\
         GOOGLE_APPLICATION_CREDENTIALS=account.json\nDATABASE_URL=postgres://{CANARY}\n"
    );
    std::fs::write(&path, text).unwrap();
    std::fs::write(home.path().join("account.json"), account().to_string()).unwrap();

    let file: Value = app.must("provider.lookIntoEnvFile", json!({"path": path})).await;
    let offered: Vec<&str> =
        file["importable"].as_array().unwrap().iter().filter_map(|one| one["variable"].as_str()).collect();
    for name in ["OPENAI_API_KEY", "AWS_ACCESS_KEY_ID", "AZURE_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS"] {
        assert!(offered.contains(&name), "{name} is not offered: {file}");
    }
    assert_eq!(file["others"], json!(["DATABASE_URL"]));
    let mut answers = vec![file.to_string()];
    for found in file["importable"].as_array().unwrap() {
        let taken: Value = app.must("provider.importKey", found.clone()).await;
        assert_eq!(taken["keyPresent"], true, "{taken}");
        answers.push(taken.to_string());
    }
    let list: Value = app.must("provider.list", json!({})).await;
    let config = |id: &str| {
        let item = list["items"].as_array().unwrap().iter().find(|item| item["config"]["id"] == id);
        item.unwrap_or_else(|| panic!("{id} is not set up"))["config"].clone()
    };
    assert_eq!(config("bedrock")["platform"]["region"], "eu-west-1");
    assert_eq!(config("bedrock")["baseUrl"], "https://bedrock-runtime.eu-west-1.amazonaws.com");
    assert_eq!(config("azure")["baseUrl"], "https://r.openai.azure.com");
    assert_eq!(config("vertex_ai")["platform"]["project"], "my-project");
    answers.push(list.to_string());
    answers.push(app.must::<Value>("app.diagnostics", json!({})).await.to_string());
    assert!(answers.iter().all(|answer| !answer.contains(CANARY)), "an answer holds a key");
    app.quit().await;
    assert_nowhere(app.dir(), CANARY);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_told_why_and_never_repeated() {
    let app = TempApp::new().await;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("broken.env");
    std::fs::write(&path, format!("A=1\n{CANARY} is no line\n")).unwrap();
    let broken = app.refused("provider.lookIntoEnvFile", json!({"path": path})).await;
    assert!(broken.message.starts_with("Line 2 "), "{broken:?}");
    assert!(!format!("{broken:?}").contains(CANARY));
    let none = home.path().join("none");
    let missing = app.refused("provider.lookIntoEnvFile", json!({"path": none})).await;
    assert_eq!(missing.code, ErrorCode::NotFound);
    app.refused("provider.lookIntoEnvFile", json!({"path": home.path()})).await;

    // A value that is no path must not come back inside an error about files.
    std::fs::write(&path, format!("GOOGLE_APPLICATION_CREDENTIALS={CANARY}\nOPENAI_API_KEY=k\n")).unwrap();
    let import = |preset: &str, variable: &str| json!({"preset": preset, "variable": variable, "path": path});
    let no_file =
        app.refused("provider.importKey", import("vertex_ai", "GOOGLE_APPLICATION_CREDENTIALS")).await;
    assert!(!format!("{no_file:?}").contains(CANARY), "{no_file:?}");
    app.refused("provider.importKey", import("openai", "GOOGLE_APPLICATION_CREDENTIALS")).await;
    app.refused("provider.importKey", import("groq", "GROQ_API_KEY")).await;
    app.refused("provider.importKey", import("nobody", "OPENAI_API_KEY")).await;
}

#[tokio::test]
async fn a_key_in_a_file_goes_to_the_address_it_is_for() {
    let app = TempApp::new().await;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join(".env");
    let import = json!({"preset": "openai", "variable": "OPENAI_API_KEY", "path": path});
    // A key of a gateway stands beside the gateway's address.
    std::fs::write(&path, "OPENAI_API_KEY=k\nOPENAI_BASE_URL=https://gate.example/v1\n").unwrap();
    let taken: Value = app.must("provider.importKey", import.clone()).await;
    assert_eq!(taken["config"]["baseUrl"], "https://gate.example/v1");
    assert!(taken["healed"][0].as_str().unwrap().contains("gate.example"));
    // OpenAI's own key does not go to the gateway that is set up under that name.
    std::fs::write(&path, "OPENAI_API_KEY=k\n").unwrap();
    let refused = app.refused("provider.importKey", import.clone()).await;
    assert_eq!(refused.code, ErrorCode::Conflict);
    let _: Value = app.must("provider.delete", json!({"providerId": "openai"})).await;
    let taken: Value = app.must("provider.importKey", import).await;
    assert_eq!(taken["config"]["baseUrl"], "https://api.openai.com/v1");
}
