//! A turn in one file: saved without a key in it, opened in another Rearview that knows nothing of the first, and every
//! kind of broken file told in a sentence.

use crate::stage::Stage;
use base64::Engine as _;
use rearview_domain::record::TurnRecord;
use rearview_tests::scripted_memory::{Endpoint, Mood};
use rearview_tests::scripted_provider::Script;
use rearview_tests::temp_app::{Ended, TempApp};
use serde_json::{Value, json};

const FACTS: [&str; 2] = ["Ana sails to Lisbon with \"Ben\".", "Bob is a potter."];

pub async fn save(stage: &Stage, ended: &Ended, texts: bool) -> String {
    let of = json!({"chatId": ended.turn.chat_id, "turnId": ended.turn.id, "texts": texts});
    let shown: Value = stage.app.must("bundle.preview", of.clone()).await;
    let file: Value = stage.app.must("bundle.save", of).await;
    let path = file["path"].as_str().unwrap();
    assert!(path.contains(".rearview-turn") && path.ends_with(".json"), "{path}");
    let text = std::fs::read_to_string(path).unwrap();
    let told = shown["bytes"].as_u64().unwrap();
    assert!(told.abs_diff(text.len() as u64) < 200, "{told} bytes were promised and {} written", text.len());
    text
}

async fn upload(app: &TempApp, name: &str, bytes: &[u8]) -> String {
    let begun: Value = app.must("upload.begin", json!({"name": name, "size": bytes.len()})).await;
    let id = begun["uploadId"].as_str().unwrap().to_owned();
    for (n, slice) in bytes.chunks(4 * 1024 * 1024).enumerate() {
        let base64 = base64::engine::general_purpose::STANDARD.encode(slice);
        let part = json!({"uploadId": id, "offset": n * 4 * 1024 * 1024, "base64": base64});
        let _: Value = app.must("upload.append", part).await;
    }
    let _: Value = app.must("upload.finish", json!({"uploadId": id})).await;
    id
}

pub async fn open(app: &TempApp, text: &str) -> Value {
    let id = upload(app, "a.rearview-turn.json", text.as_bytes()).await;
    app.must("bundle.open", json!({"uploadId": id})).await
}

async fn refused(app: &TempApp, bytes: &[u8]) -> String {
    let id = upload(app, "a.rearview-turn.json", bytes).await;
    app.refused("bundle.open", json!({"uploadId": id})).await.message
}

fn step_of(opened: &Value) -> Value {
    json!({"chatId": opened["chatId"], "turnId": opened["turnId"], "step": 0})
}

fn text_of(body: &Value) -> String {
    body["segments"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_bundle_tells_another_install_all_of_the_turn_and_nothing_of_it_is_kept_there() {
    let stage = Stage::with_facts(&FACTS).await;
    stage.provider.answer(Script::text("To Lisbon."));
    let (_, ended) = stage.say("Where does Ana sail?").await;
    let text = save(&stage, &ended, true).await;

    let other = TempApp::new().await;
    let opened = open(&other, &text).await;
    assert_eq!((&opened["textsKept"], &opened["question"]), (&json!(true), &json!("Where does Ana sail?")));
    assert_eq!(opened["answer"], "To Lisbon.");
    assert_eq!(opened["checks"], json!([{"step": 0, "verdict": "matches"}]));
    let of = json!({"chatId": opened["chatId"], "turnId": opened["turnId"]});
    let record: TurnRecord = other.must("turn.record", of.clone()).await;
    assert_ne!(record.chat_id, ended.turn.chat_id, "no id of a bundle is the id of a chat");
    assert_eq!(record.selected, ended.record.selected);
    assert_eq!(record.injected, ended.record.injected);
    assert_eq!(record.steps[0].spans, ended.record.steps[0].spans);
    assert_eq!(record.memory.as_ref().unwrap().trace, ended.record.memory.as_ref().unwrap().trace);
    let body: Value = other.must("turn.body", step_of(&opened)).await;
    assert_eq!(text_of(&body), ended.body(), "byte for byte what was sent");
    let stages: Value = other.must("turn.stages", of.clone()).await;
    assert!(stages["stages"].is_object(), "the trace is read there as here");
    let curl: Value = other.must("turn.curl", step_of(&opened)).await;
    assert!(curl["text"].as_str().unwrap().starts_with("curl"));
    let replays: Value = other.must("turn.replays", of.clone()).await;
    assert_eq!(replays, json!({"items": [], "influence": []}));

    // Whatever needs a chat, a server or the request before is refused.
    other.refused("turn.changes", step_of(&opened)).await;
    other.refused("turn.start", json!({"chatId": opened["chatId"], "text": "x", "images": [], "after": {"kind": "leaf"}, "settings": {}})).await;
    other.refused("turn.replayPrice", json!({"chatId": opened["chatId"], "turnId": opened["turnId"], "what": {"kind": "influence"}, "samples": 1})).await;
    other
        .refused(
            "bundle.save",
            json!({"chatId": opened["chatId"], "turnId": opened["turnId"], "texts": true}),
        )
        .await;
    let chats: Value = other.must("chat.list", json!({"limit": 10, "offset": 0})).await;
    assert_eq!(chats["items"], json!([]));
    let history: Value =
        other.must("injection.list", json!({"filter": {}, "sort": "newest", "limit": 10})).await;
    assert_eq!((&history["total"], &history["all"]), (&json!(0), &json!(0)));
    let _: Value = other.must("bundle.close", json!({"chatId": opened["chatId"]})).await;
    other.refused("turn.record", of).await;
}

#[tokio::test]
async fn no_key_and_no_folder_of_this_computer_is_in_a_bundle_wherever_it_stood() {
    let stage = Stage::with_facts(&["The old key was memory-token-77, Ana says."]).await;
    let secret =
        json!({"accessKeyId": "AKIATESTTESTTEST", "secretAccessKey": "wJalrXUtnFEMI/K7MDENG"}).to_string();
    let config =
        json!({"id": "spare", "name": "Spare", "wire": "openai_chat", "baseUrl": stage.provider.base_url()});
    let _: Value = stage.app.must("provider.save", json!({"config": config, "key": secret})).await;
    stage.app.server(&stage.memory.url(), Some("memory-token-77")).await;
    let keyed = json!({"id": "scripted", "name": "Scripted", "wire": "openai_chat", "baseUrl": stage.provider.base_url()});
    let _: Value =
        stage.app.must("provider.save", json!({"config": keyed, "key": "sk-planted-key-123"})).await;
    let home = stage.app.dir().join("data").display().to_string();
    let secrets = ["sk-planted-key-123", "memory-token-77", "AKIATESTTESTTEST", "wJalrXUtnFEMI"];

    stage.provider.answer(Script::text("Your key sk-planted-key-123 is safe."));
    let said = format!("My key is sk-planted-key-123, AWS wJalrXUtnFEMI/K7MDENG; logs say {home}");
    let (_, pasted) = stage.say(&said).await;
    stage.memory.mood(Endpoint::Recall, Mood::Refuses(500, "memory-token-77 is wrong"));
    stage.provider.answer(Script::refuses(401, "bad_key", "sk-planted-key-123 is wrong"));
    let (_, failed) = stage.say("Again?").await;
    for ended in [&pasted, &failed] {
        for texts in [true, false] {
            let text = save(&stage, ended, texts).await;
            for secret in secrets {
                assert!(!text.contains(secret), "{secret} is in a bundle, texts {texts}");
            }
            let values = &serde_json::from_str::<Value>(&text).unwrap()["record"]["steps"][0]["headers"];
            for header in values.as_array().unwrap() {
                if header[0].as_str().unwrap().eq_ignore_ascii_case("authorization") {
                    assert_eq!(header[1], "•••");
                }
            }
        }
    }
    let other = TempApp::new().await;
    let opened = open(&other, &save(&stage, &pasted, true).await).await;
    assert_eq!(opened["checks"][0]["verdict"], "key_removed", "and the check says why it cannot match");
    let body: Value = other.must("turn.body", step_of(&opened)).await;
    assert!(text_of(&body).contains("My key is •••, AWS •••"), "{}", text_of(&body));
    assert!(body["segments"].as_array().unwrap().len() > 3, "the origins followed");
    let told = save(&stage, &failed, true).await;
    assert!(!told.contains(&home), "{home}");
}

#[tokio::test]
async fn without_texts_no_word_is_left_and_every_byte_keeps_its_place() {
    let stage = Stage::with_facts(&FACTS).await;
    stage.provider.answer(Script::text("Zanzibar, by boat."));
    let settings = json!({"text": "Wohin segelt Anastasia?",
        "settings": {"tags": ["geheim"], "metadata": {"wer": "Wiebke"}, "recall_tags": ["geheim"]}});
    let chat = stage.app.chat().await;
    let ended = stage.app.send(&chat, settings).await;
    let text = save(&stage, &ended, false).await;
    for word in [
        "Wohin",
        "segelt",
        "Anastasia",
        "Lisbon",
        "sails",
        "Ben",
        "potter",
        "Zanzibar",
        "boat",
        "geheim",
        "Wiebke",
        "\"wer\"",
        "\"ana\"",
    ] {
        assert!(!text.contains(word), "`{word}` is left");
    }
    let other = TempApp::new().await;
    let opened = open(&other, &text).await;
    assert_eq!((&opened["textsKept"], &opened["checks"][0]["verdict"]), (&json!(false), &json!("replaced")));
    let record: TurnRecord =
        other.must("turn.record", json!({"chatId": opened["chatId"], "turnId": opened["turnId"]})).await;
    assert_eq!(record.steps[0].spans, ended.record.steps[0].spans);
    assert_eq!(record.selected, ended.record.selected);
    let (there, here): (Value, Value) = (
        other.must("turn.body", step_of(&opened)).await,
        stage.app.must("turn.body", json!({"chatId": chat, "turnId": ended.turn.id, "step": 0})).await,
    );
    let shape = |body: &Value| -> Vec<(usize, Value, Value)> {
        let of = |one: &Value| {
            (one["text"].as_str().unwrap().len(), one["tokens"].clone(), one["origin"]["kind"].clone())
        };
        body["segments"].as_array().unwrap().iter().map(of).collect()
    };
    assert_eq!(shape(&there), shape(&here), "bytes, tokens and origins are those of the real request");
}

#[tokio::test]
async fn a_file_that_is_no_whole_honest_bundle_is_told_in_a_sentence() {
    let stage = Stage::with_facts(&FACTS).await;
    let (_, ended) = stage.say("Where?").await;
    let text = save(&stage, &ended, true).await;
    let whole: Value = serde_json::from_str(&text).unwrap();
    let app = TempApp::new().await;
    let changed = |path: &str, value: Value| {
        let mut copy = whole.clone();
        *copy.pointer_mut(path).unwrap() = value;
        copy.to_string()
    };
    for (bytes, words) in [
        (text.as_bytes()[..text.len() / 2].to_vec(), "was cut"),
        (b"".to_vec(), "was cut"),
        (b"hello".to_vec(), "is no JSON"),
        (b"{}".to_vec(), "is no turn bundle"),
        (b"[1]".to_vec(), "has not the form"),
        (vec![0xff, 0xfe, 0x00], "is no text"),
        ("[".repeat(100_000).into_bytes(), "has not the form"),
        (
            text.replacen(
                "\"trace\": {",
                &format!("\"trace\": {{\"x\": {}1{},", "[".repeat(9000), "]".repeat(9000)),
                1,
            )
            .into_bytes(),
            "nested deeper",
        ),
        (changed("/version", json!(2)).into_bytes(), "reads up to 1"),
        (changed("/version", json!(0)).into_bytes(), "does not say which version"),
        (changed("/record", json!("x")).into_bytes(), "has not the form"),
    ] {
        let told = refused(&app, &bytes).await;
        assert!(told.contains(words), "{words}: {told}");
    }
    let large = refused(&app, &vec![b' '; 65 * 1024 * 1024]).await;
    assert!(large.contains("larger than any turn bundle"), "{large}");

    let verdict = |opened: &Value| opened["checks"][0]["verdict"].clone();
    let body = whole["bodies"][0]["text"].as_str().unwrap().replace("Where?", "Why??!");
    let differs = open(&app, &changed("/bodies/0/text", json!(body))).await;
    assert_eq!(verdict(&differs), "differs");
    let missing = open(&app, &changed("/bodies", json!([]))).await;
    assert_eq!(verdict(&missing), "missing");
    assert!(app.refused("turn.body", step_of(&missing)).await.message.contains("not in the bundle"));
    for spans in [
        json!([{"start": 5, "end": 4_000_000_000_u32, "origin": {"kind": "user", "message_id": "x"}}]),
        json!([{"start": 9, "end": 3, "origin": {"kind": "user", "message_id": "x"}}]),
        json!([{"start": 0, "end": 9, "origin": {"kind": "reflect"}}, {"start": 3, "end": 5, "origin": {"kind": "reflect"}}]),
    ] {
        let opened = open(&app, &changed("/record/steps/0/spans", spans)).await;
        assert_eq!(verdict(&opened), "spans_wrong");
        assert!(app.refused("turn.body", step_of(&opened)).await.message.contains("do not fit"));
        let _: Value =
            app.must("turn.record", json!({"chatId": opened["chatId"], "turnId": opened["turnId"]})).await;
    }
}
