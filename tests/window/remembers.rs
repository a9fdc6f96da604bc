//! The scenario of the README: what is said in one chat is known in the next, on a real Hindsight server, and the
//! pane on the right shows what was put into the prompt. `REARVIEW_README_SHOT=1` keeps its picture in docs/.

use rearview_tests::desk::{ANSWERS, Desk, INJECTED};
use rearview_tests::hindsight_server::HindsightServer;
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::window::{Result, scenario};
use serde_json::json;
use std::path::Path;

const FACT: &str = "I am vegetarian and I live in Lisbon";
const QUESTION: &str = "Where should I eat in Lisbon tonight?";

#[tokio::test]
async fn what_was_said_in_one_chat_is_injected_in_the_next() -> Result<()> {
    let hindsight = HindsightServer::shared().await.unwrap_or_else(|error| panic!("{error}"));
    let provider = ScriptedProvider::start().await.unwrap();
    scenario("remembers", &[], async |window| {
        let desk = Desk(window);
        desk.provider("scripted", &provider.base_url(), "sk-remembers", "scripted-1").await?;
        desk.memory(hindsight.url(), "ana").await?;
        desk.prefer(json!({"theme": "light"})).await?;

        desk.chat("About me").await?;
        provider.answer(Script::text("Noted. Lisbon is kind to vegetarians."));
        desk.ask(&format!("{FACT}."), "Noted.").await?;
        window.wait_text_in(ANSWERS, "new bank").await?;
        window.wait_text_in(ANSWERS, "Stored").await?;

        desk.chat("Dinner").await?;
        provider.answer(
            Script::text(
                "Since you are **vegetarian** and already in Lisbon, three places near the centre:\n\n\
                 | place | known for | price |\n|---|---|---:|\n\
                 | Ao 26 | Portuguese classics without meat | 18 € |\n\
                 | Jardim das Cerejas | a buffet that changes daily | 12 € |\n\
                 | The Green Affair | petiscos to share | 20 € |\n\n\
                 *Ao 26* fills up early, so book before six.",
            )
            .usage(148, 74),
        );
        desk.ask(QUESTION, "fills up early").await?;
        window.wait_text_in(INJECTED, "vegetarian").await?;
        window.wait_text_in(INJECTED, QUESTION).await?;

        let sent = provider.last().unwrap();
        let question = sent.json()["messages"].as_array().unwrap().last().unwrap()["content"].clone();
        assert!(sent.text().contains("vegetarian"), "the provider was not told: {}", sent.text());
        assert!(!question.to_string().contains("vegetarian"), "nobody wrote it in this chat: {question}");
        assert_eq!(sent.json()["messages"].as_array().unwrap().len(), 2, "{}", sent.text());

        window.wait_text_in(ANSWERS, "Stored").await?;
        // The parts that come after the answer: what says the same is folded, what was learned is told.
        window.wait_text_in(INJECTED, "that says the same").await?;
        window.wait_text_in(INJECTED, "Everything that came of it is here").await?;
        window.press("Exact request").await?;
        let body = window.find("[role=region][aria-label='Body of the request']").await?;
        assert_eq!(body.prop("textContent").await?.as_deref(), Some(sent.text().as_str()));
        // The memories and their bytes in one picture.
        let scroll = "const at = arguments[0].closest('.scroll'); at.scrollTop = at.scrollHeight - at.clientHeight - 220;";
        window.driver().execute(scroll, vec![body.to_json()?]).await?;
        let picture = window.screenshot("remembers").await?;
        if std::env::var("REARVIEW_README_SHOT").as_deref() == Ok("1") {
            let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
            std::fs::create_dir_all(&docs).unwrap();
            std::fs::copy(picture, docs.join("rearview.png")).unwrap();
        }
        Ok(())
    })
    .await
}
