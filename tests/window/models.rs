//! Models in the window: setting a provider up with each of the three honest ends, a turn in which the model uses
//! memory tools, and two models side by side. `REARVIEW_README_SHOT=1` keeps the pictures in docs/pictures.

use rearview_tests::desk::{ANSWERS, COMPOSER, Desk, INJECTED};
use rearview_tests::scripted_memory::ScriptedMemory;
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::window::{Result, Window, scenario};
use serde_json::json;
use std::path::Path;

const KEY: &str = "sk-set-up-0b5e55ed-7f3a9c";
const OPTION: &str = "*[@role='option']";

#[tokio::test]
async fn a_provider_is_checked_before_it_is_kept_and_there_are_three_ends() -> Result<()> {
    let provider = ScriptedProvider::start().await.unwrap();
    provider.require_key(KEY);
    let nobody = ScriptedMemory::dead_address().unwrap();
    scenario("set-up", &[], async |window| {
        Desk(window).prefer(json!({"welcomed": true, "theme": "light"})).await?;
        window.driver().refresh().await?;
        window.press("Settings").await?;
        window.wait_text("providers").await?;
        picture(window, "providers").await?;

        // Nobody answers: it could not be checked, and nothing is kept without asking.
        open_form(window, "Away", &format!("http://{nobody}/v1"), KEY).await?;
        window.press("Save").await?;
        window.wait_text("could not be checked").await?;
        picture(window, "set-up-unreachable").await?;
        window.find("button[aria-label=Back]").await?.click().await?;
        window.press("Discard").await?;

        // A wrong key: refused, in the provider's words.
        open_form(window, "Mine", &provider.base_url(), "sk-wrong-000000000").await?;
        window.press("Save").await?;
        window.wait_text("Save anyway").await?;
        window.press("Its own words").await?;
        window.wait_text("Incorrect API key").await?;
        picture(window, "set-up-refused").await?;
        let kept = window.command("provider.list", json!({})).await?;
        assert_eq!(kept["items"].as_array().map(Vec::len), Some(1), "only the Demo: {kept}");

        // The right one: accepted, and then chats use it.
        let field = window.find("input[type=password]").await?;
        field.clear().await?;
        field.send_keys(KEY).await?;
        window.press("Save").await?;
        window.wait_text("Saved.").await?;
        picture(window, "set-up-accepted").await?;
        let forget = json!({"providerId": "openai-compatible"});
        window.command("provider.delete", forget).await?;
        Ok(())
    })
    .await
}

/// Opens the form of an address of one's own and fills it in.
async fn open_form(window: &Window, name: &str, address: &str, key: &str) -> Result<()> {
    let find =
        window.find("input[role=combobox][aria-label='Find a provider'], input[role=combobox]").await?;
    find.clear().await?;
    find.send_keys("OpenAI-compatible").await?;
    window.find_text(OPTION, "OpenAI-compatible").await?.click().await?;
    for (label, text) in [("Name", name), ("Address", address)] {
        let field = window.labelled(label).await?;
        field.clear().await?;
        field.send_keys(text).await?;
    }
    window.find("input[type=password]").await?.send_keys(key).await?;
    Ok(())
}

#[tokio::test]
async fn a_model_stores_and_looks_up_with_tools_and_each_step_can_be_seen() -> Result<()> {
    let provider = ScriptedProvider::start().await.unwrap();
    scenario("tools", &[], async |window| {
        let desk = Desk(window);
        desk.provider("scripted", &provider.base_url(), "sk-tools", "scripted-1").await?;
        desk.prefer(json!({"theme": "light"})).await?;
        let settings = json!({"memory_tools": true, "store_conversations": false});
        let chat = desk.chat("About Ana").await?;
        window.command("chat.update", json!({"chatId": chat, "settings": settings})).await?;
        let fact = r#"{"content":"Ana is vegetarian and lives in Lisbon."}"#;
        provider.answer(Script::text("I will keep that in mind. ").tool_call("retain_memory", fact).usage(310, 24));
        provider.answer(Script::text("Noted: Ana is vegetarian and lives in Lisbon.").usage(372, 18));
        desk.ask("Please remember that Ana is vegetarian and lives in Lisbon.", "Noted: Ana").await?;
        window.wait_text_in(ANSWERS, "Stored").await?;
        window.wait_text_in(ANSWERS, "learned").await?;

        let chat = desk.chat("Dinner").await?;
        window.command("chat.update", json!({"chatId": chat, "settings": settings})).await?;
        window.driver().refresh().await?;
        window.find(COMPOSER).await?;
        let query = r#"{"query":"What does Ana eat, and where does she live?"}"#;
        provider.answer(Script::text("Let me look. ").tool_call("recall_memory", query).usage(290, 21));
        provider.answer(
            Script::text(
                "Ana is vegetarian and lives in Lisbon, so I would book **Ao 26**: Portuguese classics without \
                 meat, ten minutes from the river.",
            )
            .usage(410, 44),
        );
        desk.ask("Where shall I take Ana for dinner?", "from the river").await?;
        window.wait_text_in(ANSWERS, "Looked in memory").await?;
        window.wait_text_in(INJECTED, "1 call in 2 requests").await?;
        let sent = provider.last().unwrap().text();
        assert!(sent.contains("Ana is vegetarian and lives in Lisbon"), "the model was not told: {sent}");
        picture(window, "tools").await
    })
    .await
}

#[tokio::test]
async fn two_models_answer_side_by_side_and_one_is_gone_on_with() -> Result<()> {
    let (one, two) = (ScriptedProvider::start().await.unwrap(), ScriptedProvider::start().await.unwrap());
    scenario("two-models", &[], async |window| {
        let desk = Desk(window);
        desk.provider("second", &two.base_url(), "sk-two", "answerer").await?;
        desk.provider("first", &one.base_url(), "sk-one", "scripted-1").await?;
        desk.prefer(json!({"theme": "light"})).await?;
        desk.chat("Dinner").await?;
        window.find("button[aria-label='Add a model']").await?.click().await?;
        window.find_text(OPTION, "answerer").await?.click().await?;
        one.answer(
            Script::text("Book **Ao 26** near Chiado: everything on the card is without meat.").usage(96, 31),
        );
        two.answer(
            Script::text("I would cook at home: a *caldo verde* without sausage takes half an hour.")
                .usage(96, 27),
        );
        desk.send("Where should a vegetarian eat in Lisbon?").await?;
        window.wait_text("Book Ao 26").await?;
        window.wait_text("caldo verde").await?;
        window.wait_text("Continue with this one").await?;
        picture(window, "two-models").await?;
        window.press("Continue with this one").await?;
        one.answer(Script::text("unexpected"));
        two.answer(Script::text("Kale, potatoes, garlic."));
        desk.send("What do I need?").await?;
        window.wait_text_in(ANSWERS, "Kale, potatoes, garlic.").await?;
        assert_eq!(one.requests().len(), 1, "the chat went on with the other model");
        Ok(())
    })
    .await
}

/// Takes a picture, and keeps it for the documentation when that is asked for.
async fn picture(window: &Window, name: &str) -> Result<()> {
    // The page's texts are there before they are painted.
    let painted = "const [done] = arguments;
        requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 500)));";
    window.driver().execute_async(painted, Vec::new()).await?;
    let picture = window.screenshot(name).await?;
    let kept = keep(&picture, name);
    assert!(kept.is_ok(), "{kept:?}");
    Ok(())
}

fn keep(picture: &Path, name: &str) -> std::io::Result<()> {
    if std::env::var("REARVIEW_README_SHOT").as_deref() != Ok("1") {
        return Ok(());
    }
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
    std::fs::create_dir_all(&docs)?;
    std::fs::copy(picture, docs.join(format!("{name}.png"))).map(drop)
}
