//! Banks that travel: from the engine in the app to the server and back, into a copy, into a file and out of it.

use super::At;
use crate::each_server;
use crate::subject::{Subject, new_name};
use macro_rules_attribute::apply;
use serde_json::{Value, json};

fn whole() -> Value {
    json!({"data": true, "bankConfig": true, "history": false})
}

/// Waits until a move is done.
async fn done(at: &At, command: &str, request: Value) -> Value {
    let begun: Value = at.app.must(command, request).await;
    let found = |moves: &Value| {
        moves["items"].as_array().unwrap().iter().find(|one| one["id"] == begun["id"]).cloned().unwrap()
    };
    let ended = |moves: &Value| found(moves)["state"] != "running" && !found(moves)["endedAt"].is_null();
    let moves = at.until("bank.moves", json!({}), ended).await;
    let moved = found(&moves);
    assert_eq!(moved["state"], "done", "{moved:#}");
    moved
}

/// The texts of a bank, in the order of the alphabet.
async fn texts(at: &At, server: &str, bank: &str) -> Vec<String> {
    let request = json!({"serverId": server, "bankId": bank, "filter": {"limit": 1000}});
    let page: Value = at.app.must("memory.list", request).await;
    let mut texts: Vec<String> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fact| fact["text"].as_str().unwrap().to_owned())
        .collect();
    texts.sort();
    texts
}

#[apply(each_server)]
async fn the_sample_goes_to_the_server_and_comes_home_whole(subject: Subject) {
    let (there, home) = (new_name(), new_name());
    let at = At::new(&subject, &there).await;
    let _: Value = at.app.must("engine.loadSample", json!({})).await;
    let all = texts(&at, "embedded", "sample").await;
    let request = json!({"serverId": "embedded", "bankId": "sample", "toServerId": at.server,
                         "import": {"kind": "restore", "target": there}, "scope": whole()});
    done(&at, "bank.transfer", request).await;
    assert_eq!(texts(&at, &at.server, &there).await, all);
    let back = json!({"serverId": at.server, "bankId": there, "toServerId": "embedded",
                      "import": {"kind": "restore", "target": home}, "scope": whole()});
    done(&at, "bank.transfer", back).await;
    assert_eq!(texts(&at, "embedded", &home).await, all);
    // What was moved is found there by its meaning, so its vectors are the server's own.
    let request = json!({"request": {"query": "What is Wiebke allergic to?"}});
    let found = at.ask("lab.recall", request).await;
    assert!(found["answer"]["results"].to_string().contains("hazelnut"), "{found}");
}

#[apply(each_server)]
async fn facts_that_travelled_with_their_observations_are_retired_and_come_back(subject: Subject) {
    let there = new_name();
    let at = At::new(&subject, &there).await;
    let _: Value = at.app.must("engine.loadSample", json!({})).await;
    let request = json!({"serverId": "embedded", "bankId": "sample", "toServerId": at.server,
                         "import": {"kind": "restore", "target": there}, "scope": whole()});
    done(&at, "bank.transfer", request).await;
    // Observations are made anew by the server, in its own time and number.
    let valid = async || {
        at.ask("memory.list", json!({"filter": {"state": "valid", "factType": "world", "limit": 0}})).await["total"].clone()
    };
    let before = valid().await;
    let edit = json!({"kind": "patch", "patch": {"state": "invalidated", "reason": "a test"}});
    let order =
        json!({"filter": {"q": "hazelnut"}, "edit": edit, "label": "Invalidate those with hazelnuts"});
    let run = at.settled(&at.ask("memory.edit", order).await).await;
    assert_eq!((&run["state"], &run["failed"]), (&json!("done"), &json!(0)), "{run}");
    let undo: Value = at.app.must("run.undo", json!({"id": run["id"]})).await;
    let undo = at.settled(&undo).await;
    let page: Value = at.app.must("run.get", json!({"id": run["id"]})).await;
    assert_eq!((&undo["undone"], &undo["conflicts"]), (&run["done"], &json!(0)), "{page:#}");
    assert_eq!(valid().await, before);
}

#[apply(each_server)]
async fn a_bank_is_copied_put_into_a_file_and_taken_out_of_it(subject: Subject) {
    use base64::Engine as _;
    let bank = subject.bank_without_model().await;
    bank.say("a", "Ana sails.").await;
    bank.say("b", "Bob rows.").await;
    let at = At::the(&bank).await;
    let copy = new_name();
    done(&at, "bank.clone", at.of(json!({"target": copy, "scope": whole()}))).await;
    assert_eq!(texts(&at, &at.server, &copy).await, ["Ana sails.", "Bob rows."]);

    let packed = done(&at, "bank.archive", at.of(json!({"scope": whole()}))).await;
    let bytes = std::fs::read(packed["file"].as_str().unwrap()).unwrap();
    let begun: Value = at.app.must("upload.begin", json!({"name": "a.zip", "size": bytes.len()})).await;
    let base64 = base64::engine::general_purpose::STANDARD.encode(&bytes);
    let slice = json!({"uploadId": begun["uploadId"], "offset": 0, "base64": base64});
    let _: Value = at.app.must("upload.append", slice).await;
    let _: Value = at.app.must("upload.finish", json!({"uploadId": begun["uploadId"]})).await;
    let info: Value = at.app.must("bank.archiveInfo", json!({"uploadId": begun["uploadId"]})).await;
    assert_eq!(info["bankId"], json!(bank.id), "{info}");
    let unpacked = new_name();
    let restore = json!({"serverId": at.server, "uploadId": begun["uploadId"],
                         "import": {"kind": "restore", "target": unpacked}, "scope": whole()});
    done(&at, "bank.restore", restore).await;
    assert_eq!(texts(&at, &at.server, &unpacked).await, ["Ana sails.", "Bob rows."]);
}

#[apply(each_server)]
async fn a_bank_is_made_from_a_template_named_and_deleted_only_by_its_name(subject: Subject) {
    let id = format!("{} ä ?#<b>", new_name());
    let at = At::new(&subject, &id).await;
    let template = json!({"version": "1", "bank": {"retain_mission": "boats"},
                          "directives": [{"name": "Polite", "content": "Be polite."}]});
    let tried = at.ask("bank.tryTemplate", json!({"template": template})).await;
    assert_eq!(tried["dryRun"], true, "{tried}");
    let made = at.ask("bank.create", json!({"template": template})).await;
    assert_eq!(
        (&made["templateError"], &made["template"]["configApplied"]),
        (&Value::Null, &json!(true)),
        "{made}"
    );
    let kept = at.ask("bank.template", json!({})).await;
    assert_eq!(kept["template"]["bank"]["retain_mission"], "boats", "{kept}");
    let row = async || {
        let list: Value = at.app.must("bank.list", json!({"serverId": at.server})).await;
        list["items"].as_array().unwrap().iter().find(|row| row["id"] == json!(id)).cloned()
    };
    assert!(row().await.is_some());
    let alike: Value =
        at.app.must("bank.alike", json!({"serverId": at.server, "typed": format!("{id}x")})).await;
    assert_eq!((&alike["exists"], &alike["items"][0]["id"]), (&json!(false), &json!(id)), "{alike}");
    at.app.refused("bank.delete", at.of(json!({"typed": "not it"}))).await;
    at.ask("bank.delete", json!({"typed": id})).await;
    assert!(row().await.is_none());
}
