//! What a bank keeps inside, through the command table on the real embedded engine: directives, mental models,
//! operations, model calls, the audit log, counts; and what the engine lacks, told as missing.

use rearview_domain::ErrorCode;
use rearview_tests::gate::PATIENCE;
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::temp_app::{TempApp, engine_client};
use serde_json::{Value, json};
use std::time::Duration;

/// A request about the bank `ana` of the engine in this app.
fn about(more: Value) -> Value {
    let mut request = json!({"serverId": "embedded", "bankId": "ana"});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

async fn ask(app: &TempApp, command: &str, more: Value) -> Value {
    app.must(command, about(more)).await
}

/// An app whose bank `ana` knows one thing.
async fn with_a_fact() -> TempApp {
    let app = TempApp::with_engine().await;
    let client = engine_client(&app).await;
    let item = serde_json::from_value(json!({"content": "Ana lives in Lisbon.", "tags": ["home"]})).unwrap();
    let request = rearview_hindsight::RetainRequest { items: vec![item], ..Default::default() };
    client.retain(&"ana".into(), &request).await.unwrap();
    app
}

/// The same with a model behind memory that answers what the scripts say.
async fn with_a_model() -> (TempApp, ScriptedProvider) {
    let app = with_a_fact().await;
    let provider = ScriptedProvider::start().await.unwrap();
    app.provider(&provider).await;
    let chosen = json!({"model": "scripted/scripted-1", "tokensPerDay": 1_000_000});
    let _: Value = app.must("engine.saveModel", chosen).await;
    (app, provider)
}

/// Waits for an operation to end.
async fn ended(app: &TempApp, id: &str) -> Value {
    let waiting = async {
        loop {
            let operation = ask(app, "operation.read", json!({"operationId": id})).await;
            let status = operation["status"].as_str().unwrap().to_owned();
            if ["completed", "failed", "cancelled"].contains(&status.as_str()) {
                return operation;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("operation {id} does not end"))
}

#[tokio::test]
async fn a_directive_is_made_switched_off_still_listed_and_deleted() {
    let app = with_a_fact().await;
    let rule =
        json!({"name": "Tone <b>", "content": "Be brief.", "priority": 5, "isActive": true, "tags": ["x"]});
    let made = ask(&app, "directive.create", json!({"directive": rule})).await;
    let id = made["id"].clone();
    let off = ask(&app, "directive.update", json!({"directiveId": id, "patch": {"isActive": false}})).await;
    assert_eq!(
        (&off["isActive"], &off["content"], &off["priority"]),
        (&json!(false), &json!("Be brief."), &json!(5))
    );
    let listed = ask(&app, "directive.list", json!({})).await;
    assert_eq!(listed["items"][0]["name"], "Tone <b>", "an inactive directive is listed");
    let _ = ask(&app, "directive.delete", json!({"directiveId": id})).await;
    assert_eq!(ask(&app, "directive.list", json!({})).await["items"], json!([]));
    let gone = app.refused("directive.delete", about(json!({"directiveId": id}))).await;
    assert_eq!(gone.code, ErrorCode::NotFound);
}

fn home(trigger: Value) -> Value {
    json!({"model": {"id": "home", "name": "Home", "sourceQuery": "Where does Ana live?", "tags": [],
                     "maxTokens": 512, "trigger": trigger}})
}

#[tokio::test]
async fn a_mental_model_is_tried_refreshed_remembered_emptied_and_deleted() {
    let (app, provider) = with_a_model().await;
    let done = |text: &str| {
        Script::text(&json!({"tool": "done", "answer": text, "cited": ["f1"]}).to_string()).usage(40, 9)
    };
    for _ in 0..6 {
        provider.answer(done("Ana lives in **Lisbon**."));
    }
    let made = ask(&app, "mentalModel.create", home(json!({"keepTrace": true}))).await;
    assert_eq!(made["mentalModelId"], "home");
    let first = ended(&app, made["operationId"].as_str().unwrap()).await;
    assert_eq!((&first["status"], &first["mentalModelId"]), (&json!("completed"), &json!("home")));
    let model = ask(&app, "mentalModel.read", json!({"modelId": "home"})).await;
    assert_eq!(model["content"].as_str().map(str::trim), Some("Ana lives in **Lisbon**."));
    assert_eq!((&model["isStale"], &model["trigger"]["keepTrace"]), (&json!(false), &json!(true)));
    let cited = &model["reflectResponse"]["basedOn"]["world"][0];
    assert!(cited["text"].as_str().unwrap().contains("Lisbon") && cited["id"].is_string(), "{model}");

    let tried = ask(&app, "mentalModel.dryRun", json!({"modelId": "home", "full": true})).await;
    assert_eq!(tried["previewContent"].as_str().map(str::trim), Some("Ana lives in **Lisbon**."));
    assert!(tried["usage"]["totalTokens"].as_u64().unwrap() > 0, "{tried}");
    let history = ask(&app, "mentalModel.history", json!({"modelId": "home"})).await;
    let before = history["items"].as_array().unwrap().len();

    let begun = ask(&app, "mentalModel.refresh", json!({"modelId": "home", "full": true})).await;
    ended(&app, begun["operationId"].as_str().unwrap()).await;
    let history = ask(&app, "mentalModel.history", json!({"modelId": "home"})).await;
    assert_eq!(
        history["items"].as_array().unwrap().len(),
        before + 1,
        "a trial is not remembered, a refresh is"
    );

    let patch =
        json!({"modelId": "home", "patch": {"name": "House", "trigger": {"refreshCron": "0 6 * * *"}}});
    let changed = ask(&app, "mentalModel.update", patch).await;
    assert_eq!(
        (&changed["name"], &changed["trigger"]["refreshCron"]),
        (&json!("House"), &json!("0 6 * * *"))
    );
    assert_eq!(changed["trigger"]["keepTrace"], false, "an option that is null goes back to the default");
    let wrong = json!({"modelId": "home", "patch": {"trigger": {"refreshCron": "now and then"}}});
    assert_eq!(app.refused("mentalModel.update", about(wrong)).await.code, ErrorCode::InvalidInput);

    let _ = ask(&app, "mentalModel.clear", json!({"modelId": "home"})).await;
    let list = ask(&app, "mentalModel.list", json!({"withPages": false})).await;
    assert_eq!((&list["items"][0]["content"], &list["total"]), (&json!(""), &json!(1)));
    let _ = ask(&app, "mentalModel.delete", json!({"modelId": "home"})).await;
    assert_eq!(ask(&app, "mentalModel.list", json!({"withPages": true})).await["items"], json!([]));

    // What the model was asked is listed without the texts, and read with them.
    let calls = ask(&app, "llmRequest.list", json!({"filter": {"group": true}})).await;
    let call = calls["items"][0].clone();
    assert_eq!((&call["input"], &call["output"]), (&Value::Null, &Value::Null), "lists cross without texts");
    let one = json!({"requestId": call["id"], "traceId": call["traceId"], "startedAt": call["startedAt"]});
    let whole = ask(&app, "llmRequest.read", one).await;
    assert!(
        whole["output"].to_string().contains("Lisbon") && whole["input"].to_string().len() > 20,
        "{whole}"
    );
    let none = json!({"requestId": "nobody", "traceId": call["traceId"], "startedAt": null});
    assert_eq!(app.refused("llmRequest.read", about(none)).await.code, ErrorCode::NotFound);
    let volume = ask(&app, "llmRequest.volume", json!({"operation": null, "period": "1d"})).await;
    assert!(volume["buckets"][0]["tokens"]["total"].as_u64().unwrap() > 0, "{volume}");
}

#[tokio::test]
async fn a_refresh_without_a_model_fails_and_says_why_and_can_be_retried_and_forgotten() {
    let app = with_a_fact().await;
    let made = app.call("mentalModel.create", about(home(json!({})))).await;
    // Without a model the engine may refuse at once; a refusal says what to do.
    let Ok(made) = made else {
        assert!(!made.unwrap_err().message.is_empty());
        return;
    };
    let id = made["operationId"].as_str().unwrap().to_owned();
    let operation = ended(&app, &id).await;
    if operation["status"] == "failed" {
        assert!(operation["errorMessage"].as_str().is_some_and(|why| !why.is_empty()), "{operation}");
        let _ = ask(&app, "operation.retry", json!({"operationId": id})).await;
        ended(&app, &id).await;
    } else {
        let refused = app.refused("operation.retry", about(json!({"operationId": id}))).await;
        assert_eq!(refused.code, ErrorCode::Conflict);
    }
    let refused = app.refused("operation.cancel", about(json!({"operationId": id}))).await;
    assert_eq!(refused.code, ErrorCode::Conflict, "what has ended cannot be cancelled");
    let _ = ask(&app, "operation.forget", json!({"operationId": id})).await;
    let listed = ask(&app, "operation.list", json!({"filter": {}})).await;
    assert!(!listed.to_string().contains(&id), "{listed}");
    let unknown = ask(&app, "operation.read", json!({"operationId": id})).await;
    assert_eq!(unknown["status"], "not_found");
}

#[tokio::test]
async fn the_audit_log_is_off_until_it_is_switched_on_and_then_keeps_requests() {
    let app = with_a_fact().await;
    assert_eq!(ask(&app, "audit.state", json!({})).await, json!({"on": false}));
    assert_eq!(ask(&app, "audit.list", json!({"filter": {}})).await["items"], json!([]));
    assert_eq!(ask(&app, "audit.switch", json!({"on": true})).await, json!({"on": true}));
    let rule = json!({"name": "T", "content": "Be kind.", "priority": 0, "isActive": true, "tags": []});
    let _ = ask(&app, "directive.create", json!({"directive": rule})).await;
    let page = ask(&app, "audit.list", json!({"filter": {"action": "create_directive"}})).await;
    assert_eq!(page["total"], 1);
    let entry = ask(&app, "audit.read", json!({"entryId": page["items"][0]["id"]})).await;
    assert_eq!(entry["request"]["content"], "Be kind.");
    assert_eq!(ask(&app, "audit.list", json!({"filter": {"transport": "mcp"}})).await["total"], 0);
    let volume = ask(&app, "audit.volume", json!({"action": null, "period": "7d"})).await;
    assert_eq!(volume["buckets"][0]["actions"]["create_directive"], 1);
    assert_eq!(ask(&app, "audit.switch", json!({"on": false})).await, json!({"on": false}));
}

#[tokio::test]
async fn counts_say_what_is_there_now_and_over_time() {
    let app = with_a_fact().await;
    let stats = ask(&app, "stats.read", json!({"refresh": true})).await;
    assert!(stats["totalNodes"].as_u64().unwrap() >= 1, "{stats}");
    assert_eq!(stats["totalDocuments"], 1);
    assert!(stats["nodesByFactType"].as_object().unwrap().values().all(Value::is_u64), "{stats}");
    let over = ask(&app, "stats.overTime", json!({"period": "1h", "timeField": "created_at"})).await;
    let buckets = over["buckets"].as_array().unwrap();
    assert_eq!((buckets.len(), &over["trunc"]), (60, &json!("minute")));
    let sum: u64 = buckets.iter().map(|bucket| bucket["world"].as_u64().unwrap()).sum();
    assert!(sum + buckets.iter().map(|b| b["experience"].as_u64().unwrap()).sum::<u64>() >= 1, "{over}");
}

#[tokio::test]
async fn what_the_engine_lacks_is_told_as_missing_and_the_reason_is_among_its_features() {
    let app = with_a_fact().await;
    let page = json!({"name": "P", "sourceQuery": "Q"});
    let hook = json!({"url": "https://a.example"});
    for (command, more) in [
        ("knowledge.tree", json!({})),
        ("knowledge.read", json!({"pageId": "p"})),
        ("knowledge.search", json!({"q": "x"})),
        ("knowledge.export", json!({})),
        ("knowledge.createFolder", json!({"name": "F", "parentId": null})),
        ("knowledge.createPage", json!({"page": page})),
        ("knowledge.update", json!({"nodeId": "n", "patch": {"name": "N"}})),
        ("knowledge.delete", json!({"nodeId": "n"})),
        ("webhook.list", json!({})),
        ("webhook.create", json!({"webhook": hook})),
        ("webhook.update", json!({"webhookId": "w", "patch": {"enabled": false}})),
        ("webhook.delete", json!({"webhookId": "w"})),
        ("webhook.deliveries", json!({"webhookId": "w", "cursor": null})),
        ("llmHealth.read", json!({})),
    ] {
        let error = app.refused(command, about(more)).await;
        assert_eq!(error.code, ErrorCode::ServerIncompatible, "{command}: {error:?}");
    }
    let features: Value = app.must("server.features", json!({"serverId": "embedded"})).await;
    for name in ["knowledge_base", "webhooks", "bank_llm_health"] {
        let feature =
            features["items"].as_array().unwrap().iter().find(|feature| feature["name"] == name).unwrap();
        assert!(feature["available"] == false && feature["reason"].is_string(), "{feature}");
    }
}

#[tokio::test]
async fn a_bank_that_does_not_exist_is_told_as_that_and_not_made() {
    let app = TempApp::with_engine().await;
    for (command, more) in [
        ("directive.list", json!({})),
        ("mentalModel.list", json!({"withPages": false})),
        ("operation.list", json!({"filter": {}})),
        ("stats.read", json!({"refresh": false})),
        ("audit.list", json!({"filter": {}})),
        ("llmRequest.list", json!({"filter": {}})),
    ] {
        let mut request = about(more);
        request["bankId"] = json!("nobody's <bank>");
        let error = app.refused(command, request).await;
        assert_eq!(error.code, ErrorCode::NotFound, "{command}: {error:?}");
    }
    let banks: Value =
        app.must("server.banks", json!({"serverId": "embedded", "limit": 10, "offset": 0})).await;
    assert_eq!(banks["total"], 0);
}
