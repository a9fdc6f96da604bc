//! Images: pasted, sent as data URLs, kept once, sent again with the history.

use crate::stage::{MODELS, Stage, assert_recorded_as_sent};
use rearview_domain::ErrorCode;
use rearview_domain::record::Origin;
use serde_json::{Value, json};

/// The smallest PNG there is: one transparent pixel.
const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn pixel() -> Value {
    json!({"name": "pixel.png", "mediaType": "image/png", "base64": PIXEL})
}

fn image_in(body: &Value, at: usize) -> String {
    let parts = body["messages"][at]["content"].as_array().expect("the content is a list");
    let part = parts.iter().find(|part| part["type"] == "image_url" || part["type"] == "image").unwrap();
    match part["type"].as_str() {
        Some("image_url") => part["image_url"]["url"].as_str().unwrap().to_owned(),
        _ => {
            let source = &part["source"];
            format!(
                "data:{};base64,{}",
                source["media_type"].as_str().unwrap(),
                source["data"].as_str().unwrap()
            )
        }
    }
}

#[tokio::test]
async fn a_pasted_image_goes_out_and_goes_out_again_with_the_history_after_a_restart() {
    let mut stage = Stage::set().await;
    let mut chats = Vec::new();
    for model in MODELS {
        let chat = stage.app.chat_with(json!({"kind": "normal", "model": model})).await;
        let ended = stage.app.send(&chat, json!({"text": "What is this?", "images": [pixel()]})).await;
        assert_recorded_as_sent(&ended, &stage.provider);
        let url = image_in(&stage.provider.last().unwrap().json(), 0);
        assert_eq!(url, format!("data:image/png;base64,{PIXEL}"));
        let from_image = ended.sent_from(|origin| matches!(origin, Origin::Attachment { .. }));
        assert_eq!(from_image, ["image/png", PIXEL]);
        chats.push(chat);
    }
    stage.app.reopen().await;
    stage.app.provider(&stage.provider).await;
    for chat in chats {
        stage.app.say(&chat, "And now?").await;
        let url = image_in(&stage.provider.last().unwrap().json(), 0);
        assert_eq!(url, format!("data:image/png;base64,{PIXEL}"));
    }
}

#[tokio::test]
async fn an_image_can_be_read_back_and_goes_with_its_chat() {
    let stage = Stage::set().await;
    let chat = stage.app.chat().await;
    stage.app.send(&chat, json!({"text": "", "images": [pixel()]})).await;
    let view: Value = stage.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
    assert_eq!(view["chat"]["title"], "Image");
    let part = &view["messages"][0]["parts"][0];
    assert_eq!((&part["kind"], &part["name"]), (&json!("image"), &json!("pixel.png")));
    let request = json!({"chatId": chat, "hash": part["hash"]});
    let image: Value = stage.app.must("chat.image", request.clone()).await;
    assert_eq!(image, json!({"mediaType": "image/png", "base64": PIXEL}));
    let _: Value = stage.app.must("chat.delete", json!({"chatId": chat, "learned": "keep"})).await;
    assert_eq!(stage.app.refused("chat.image", request).await.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn an_image_alone_stores_no_made_up_words() {
    let stage = Stage::set().await;
    let chat = stage.app.chat().await;
    let ended = stage.app.send(&chat, json!({"text": "", "images": [pixel()]})).await;
    stage.app.stored(&ended).await;
    let document = stage.memory.document(ended.turn.document_id().as_str()).unwrap();
    assert_eq!(document.item["content"], format!("ASSISTANT: {}", ended.said()));
    assert!(!document.item.to_string().contains(PIXEL));
}

#[tokio::test]
async fn what_no_model_takes_is_refused_before_anything_is_sent() {
    let stage = Stage::set().await;
    let chat = stage.app.chat().await;
    let svg = json!({"mediaType": "image/svg+xml", "base64": "PHN2Zz48L3N2Zz4="});
    let broken = json!({"mediaType": "image/png", "base64": "!!"});
    let many: Vec<Value> = (0..11).map(|_| pixel()).collect();
    for images in [json!([svg]), json!([broken]), json!(many)] {
        let error = stage.app.start(&chat, json!({"text": "x", "images": images})).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput);
    }
    let error = stage.app.start(&chat, json!({"text": "  "})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput);
    assert!(stage.provider.requests().is_empty());
}
