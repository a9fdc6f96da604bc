//! What a person does at the desk: sets things up, opens a chat, asks, looks at the pane on the right. Over a
//! [`Window`], in the words of the page. Set-up goes through the app's commands where the forms are not what is
//! tested. Called by tests/window only.

use crate::window::{Result, Window};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

/// Answers in the transcript.
pub const ANSWERS: &str = "[role=log] article[aria-label^=Answer]";
/// Messages of one's own in the transcript.
pub const QUESTIONS: &str = "[role=log] article[aria-label^=You]";
/// The pane on the right.
pub const INJECTED: &str = "aside[aria-label='Injected memories']";
/// Where one writes.
pub const COMPOSER: &str = "textarea[aria-label=Message]";

/// The desk with an open window on it.
pub struct Desk<'a>(pub &'a Window);

impl Desk<'_> {
    /// Keeps a provider in the OpenAI form with its key, and makes `model` the one of new chats.
    pub async fn provider(&self, id: &str, base_url: &str, key: &str, model: &str) -> Result<()> {
        let config = json!({"id": id, "name": "Scripted", "wire": "openai_chat", "baseUrl": base_url, "models": [model]});
        self.0.command("provider.save", json!({"config": config, "key": key})).await?;
        self.prefer(json!({"welcomed": true, "defaultModel": format!("{id}/{model}")})).await
    }

    /// Keeps a memory server without a key, and uses it for new turns.
    pub async fn memory(&self, url: &str, bank: &str) -> Result<()> {
        let config =
            json!({"id": "memory", "name": "Hindsight", "baseUrl": url, "defaultBank": bank, "settings": {}});
        self.0.command("server.save", json!({"config": config, "key": null, "makeDefault": true})).await?;
        Ok(())
    }

    /// Changes preferences. The page reads them when it is opened again.
    pub async fn prefer(&self, change: Value) -> Result<()> {
        let mut preferences = self.0.command("app.preferences", json!({})).await?;
        if let (Value::Object(kept), Value::Object(change)) = (&mut preferences, change) {
            kept.extend(change);
        }
        self.0.command("app.savePreferences", json!({"preferences": preferences})).await?;
        Ok(())
    }

    /// Makes a chat, opens the page anew at it, and answers its id.
    pub async fn chat(&self, title: &str) -> Result<String> {
        let chat = self.0.command("chat.create", json!({"kind": "normal"})).await?;
        let id = chat["id"].as_str().unwrap_or_default().to_owned();
        self.0.command("chat.update", json!({"chatId": id, "title": title})).await?;
        self.prefer(json!({"lastChat": id, "welcomed": true})).await?;
        self.0.driver().refresh().await?;
        self.0.find(COMPOSER).await?;
        Ok(id)
    }

    /// Types a message and sends it with Enter, without waiting for the answer.
    pub async fn send(&self, text: &str) -> Result<()> {
        let composer = self.0.find(COMPOSER).await?;
        composer.send_keys(text).await?;
        composer.send_keys(Key::Enter + "").await?;
        Ok(())
    }

    /// Sends, and waits until the answer shows `reply` and the next message could be sent.
    pub async fn ask(&self, text: &str, reply: &str) -> Result<()> {
        self.send(text).await?;
        self.0.wait_text_in(ANSWERS, reply).await?;
        self.0.find("button[aria-label=Send]").await?;
        Ok(())
    }
}
