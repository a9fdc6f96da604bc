//! A chat in the window: the first answer without a key, stopping, a crash in the middle, a restart.

use rearview_tests::desk::{ANSWERS, COMPOSER, Desk, QUESTIONS};
use rearview_tests::gate::Gate;
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::window::{Result, new_home, scenario, scenario_in, until};
use serde_json::json;

#[tokio::test]
async fn the_welcome_leads_to_an_answer_of_the_demo() -> Result<()> {
    scenario("welcome", &[], async |window| {
        window.wait_text("Choose a model").await?;
        window.press("Try without a key").await?;
        window.wait_text("What reads conversations").await?;
        window.press("Go on").await?;
        window.press("Open a chat with this message").await?;
        window.find("button[aria-label=Send]").await?.click().await?;
        window.wait_text_in(QUESTIONS, "I am vegetarian").await?;
        window.wait_text_in(ANSWERS, "Demo").await
    })
    .await
}

#[tokio::test]
async fn stop_keeps_what_came_and_hangs_up_on_the_provider() -> Result<()> {
    let provider = ScriptedProvider::start().await.unwrap();
    let never = Gate::new();
    provider.answer(Script::text("The first half").wait(&never).then(" and the second."));
    scenario("stop", &[], async |window| {
        let desk = Desk(window);
        desk.provider("stopped", &provider.base_url(), "sk-stopped", "scripted-1").await?;
        desk.chat("Stop").await?;
        desk.send("Tell me everything").await?;
        window.wait_text_in(ANSWERS, "The first half").await?;
        window.find("button[aria-label=Stop]").await?.click().await?;
        window.wait_text_in(ANSWERS, "Stopped. What came is kept.").await?;
        assert!(provider.hung_up().await, "the request ends with the turn");
        window.wait_text_in(ANSWERS, "The first half").await
    })
    .await
}

#[tokio::test]
async fn what_came_before_a_crash_is_there_after_it_and_marked_as_interrupted() -> Result<()> {
    let provider = ScriptedProvider::start().await.unwrap();
    let never = Gate::new();
    provider.answer(Script::text("Half of an answer").wait(&never));
    let home = new_home()?;
    scenario_in(&home, "crash", &[], async |window| {
        let desk = Desk(window);
        desk.provider("crashed", &provider.base_url(), "sk-crashed", "scripted-1").await?;
        desk.chat("Crash").await?;
        desk.send("Go on").await?;
        window.wait_text_in(ANSWERS, "Half of an answer").await?;
        window.kill().await
    })
    .await?;
    scenario_in(&home, "after-crash", &[], async |window| {
        window.wait_text_in(QUESTIONS, "Go on").await?;
        window.wait_text_in(ANSWERS, "Half of an answer").await?;
        window.wait_text_in(ANSWERS, "Interrupted").await
    })
    .await
}

#[tokio::test]
async fn a_restart_brings_back_the_chat_and_what_was_typed() -> Result<()> {
    let home = new_home()?;
    scenario_in(&home, "before-restart", &[], async |window| {
        let desk = Desk(window);
        desk.prefer(json!({"defaultModel": "demo/demo"})).await?;
        let chat = desk.chat("The chat that stays").await?;
        desk.ask("Is this kept?", "Demo").await?;
        window.find(COMPOSER).await?.send_keys("half a thought").await?;
        // It is written a moment after the last key.
        let kept = until(async || {
            let view = window.command("chat.open", json!({"chatId": chat, "tail": 1})).await?;
            Ok(view["chat"]["draft"] == "half a thought")
        });
        assert!(kept.await?, "the draft was not kept");
        Ok(())
    })
    .await?;
    scenario_in(&home, "after-restart", &[], async |window| {
        window.wait_text("The chat that stays").await?;
        window.wait_text_in(QUESTIONS, "Is this kept?").await?;
        let draft = window.find(COMPOSER).await?.prop("value").await?;
        assert_eq!(draft.as_deref(), Some("half a thought"));
        Ok(())
    })
    .await
}
