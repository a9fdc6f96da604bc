//! Keys: into the real keychain (a private Secret Service) through the form, and nowhere else; and what is said when
//! there is no keychain.

use rearview_tests::desk::{ANSWERS, Desk};
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::window::{Result, Window, new_home, scenario_in};
use serde_json::json;
use std::path::{Path, PathBuf};

const KEY: &str = "sk-scripted-0b5e55ed-7f3a9c";

#[tokio::test]
async fn a_key_goes_through_the_form_into_the_keychain_and_nowhere_else() -> Result<()> {
    let provider = ScriptedProvider::start().await.unwrap();
    provider.require_key(KEY);
    let home = new_home()?;
    scenario_in(&home, "key", &[], async |window| {
        Desk(window).prefer(json!({"welcomed": true})).await?;
        window.driver().refresh().await?;
        enter_key(window, &provider.base_url()).await?;
        let source = window.driver().source().await?;
        assert!(!source.contains(KEY), "the page still has the key");
        provider.answer(Script::text("Authorised."));
        Desk(window).prefer(json!({"defaultModel": "openai-compatible/scripted-1"})).await?;
        Desk(window).chat("With a key").await?;
        Desk(window).ask("Hello", "Authorised.").await
    })
    .await?;
    // The keychain is the bus's, not this home's; whatever lies here was written by the app, its web view or its log.
    assert_eq!(files_with(home.path(), KEY).unwrap(), Vec::<PathBuf>::new());

    scenario_in(&home, "key-again", &[], async |window| {
        provider.answer(Script::text("Still authorised."));
        window.wait_text_in(ANSWERS, "Authorised.").await?;
        Desk(window).ask("And now?", "Still authorised.").await?;
        let forget = json!({"providerId": "openai-compatible"});
        window.command("provider.delete", forget).await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn without_a_keychain_keys_last_as_long_as_the_app_and_it_says_so() -> Result<()> {
    let provider = ScriptedProvider::start().await.unwrap();
    provider.require_key(KEY);
    let home = new_home()?;
    let no_bus = [("DBUS_SESSION_BUS_ADDRESS", "disabled:")];
    scenario_in(&home, "no-keychain", &no_bus, async |window| {
        Desk(window).prefer(json!({"welcomed": true})).await?;
        window.driver().refresh().await?;
        enter_key(window, &provider.base_url()).await?;
        window.wait_text("Keys are kept for this session only, because").await?;
        let kept = window.command("provider.list", json!({})).await?;
        assert_eq!(kept["items"][1]["keyPresent"], true, "{kept}");
        Ok(())
    })
    .await?;
    assert_eq!(files_with(home.path(), KEY).unwrap(), Vec::<PathBuf>::new());
    scenario_in(&home, "no-keychain-again", &no_bus, async |window| {
        let kept = window.command("provider.list", json!({})).await?;
        assert_eq!(kept["items"][1]["keyPresent"], false, "{kept}");
        Ok(())
    })
    .await
}

/// Adds a provider with its key as a person does, and waits until it was accepted.
async fn enter_key(window: &Window, base_url: &str) -> Result<()> {
    window.press("Settings").await?;
    window.find_text("*[@role='option']", "OpenAI-compatible").await?.click().await?;
    window.labelled("Name").await?.send_keys("Mine").await?;
    let address = window.labelled("Address").await?;
    address.clear().await?;
    address.send_keys(base_url).await?;
    window.labelled("Key").await?.send_keys(KEY).await?;
    window.press("Save").await?;
    window.wait_text("Saved. The key was accepted.").await
}

/// The files under a folder in which these bytes stand.
fn files_with(folder: &Path, words: &str) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            found.extend(files_with(&entry.path(), words)?);
        } else if kind.is_file() {
            let bytes = std::fs::read(entry.path())?;
            if bytes.windows(words.len()).any(|window| window == words.as_bytes()) {
                found.push(entry.path());
            }
        }
    }
    Ok(found)
}
