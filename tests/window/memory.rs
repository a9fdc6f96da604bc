//! Looking after memory in the real window, on the engine in the app and on a real Hindsight server: facts are listed,
//! retired by keyboard and taken back, every place of a bank opens, a bank travels, and the lab recalls.

use rearview_tests::desk::Desk;
use rearview_tests::hindsight_server::HindsightServer;
use rearview_tests::window::{Result, Window, click_when_free, scenario, until};
use serde_json::{Value, json};
use std::cell::RefCell;
use thirtyfour::prelude::*;

const LIST: &str = "section[aria-label=Memories] [role=grid]";
const RUNS: &str = "section[aria-label=Memories] [aria-label='Runs of changes']";
const DIALOG: &str = "[role=dialog]";

/// Facts of a bank that hold. Observations are not counted: a server makes them anew in its own time and number.
async fn valid(window: &Window, server: &str, bank: &str) -> Result<Value> {
    let request = json!({"serverId": server, "bankId": bank, "filter": {"state": "valid", "factType": "world", "limit": 0}});
    Ok(window.command("memory.list", request).await?["total"].clone())
}

/// Opens the app's page with the sample in its engine.
async fn with_sample(window: &Window) -> Result<()> {
    window.command("engine.loadSample", json!({})).await?;
    Desk(window).prefer(json!({"welcomed": true, "theme": "light"})).await?;
    Ok(window.driver().refresh().await?)
}

/// Shows a bank in the view of memories.
async fn look_at(window: &Window, bank: &str) -> Result<()> {
    window.press("Memories").await?;
    window.find("section[aria-label=Memories] button[aria-label^=Bank]").await?.click().await?;
    let path = format!("//*[@role='option'][contains(normalize-space(.), \"{bank}\")]");
    let option = window.driver().query(By::XPath(path)).and_displayed().first().await?;
    Ok(option.click().await?)
}

async fn tab(window: &Window, name: &str) -> Result<()> {
    let path = format!("//*[@role='tab'][starts-with(normalize-space(.), \"{name}\")]");
    let tab = window.driver().query(By::XPath(path)).and_displayed().first().await?;
    click_when_free(&tab).await
}

/// Retires all facts that say a word, by keyboard, and takes it back with the key for that.
async fn retire_and_take_back(window: &Window, server: &str, bank: &str, word: &str) -> Result<()> {
    let before = valid(window, server, bank).await?;
    let search = window.find("section[aria-label=Memories] input[type=search]").await?;
    search.send_keys(word).await?;
    window.wait_text_in(LIST, word).await?;
    let list = window.find(LIST).await?;
    // All of them, once the list has been narrowed to them.
    let narrowed = async || {
        let script =
            "const rows = [...document.querySelectorAll('section[aria-label=Memories] [role=row][aria-selected]')];
            return rows.length > 0 && rows.every(row => row.textContent.includes(arguments[0]));";
        Ok(window.driver().execute(script, vec![json!(word)]).await?.json() == true)
    };
    assert!(until(narrowed).await?, "the list does not narrow to `{word}`");
    list.focus().await?;
    list.send_keys(Key::Control + "a").await?;
    window.wait_text_in("[role=toolbar][aria-label='Selected facts']", "selected").await?;
    list.send_keys("i").await?;
    window.wait_text_in(DIALOG, "will change").await?;
    let reason = window.find("[role=dialog] input, [role=dialog] textarea").await?;
    reason.send_keys("tried in the window").await?;
    reason.send_keys(Key::Enter + "").await?;
    let fewer = async || Ok(valid(window, server, bank).await? != before);
    assert!(until(fewer).await?, "nothing was retired");
    tab(window, "Changes").await?;
    window.wait_text_in(RUNS, "tried in the window").await?;
    let path = "//*[@aria-label='Runs of changes']//button[normalize-space(.)='Undo']";
    let undo = window.driver().query(By::XPath(path)).and_displayed().first().await?;
    click_when_free(&undo).await?;
    window.wait_text_in(RUNS, "Undone").await?;
    let runs = window.command("run.list", json!({"serverId": server, "bankId": bank})).await?;
    let run = window.command("run.get", json!({"id": runs["runs"][0]["id"]})).await?;
    assert_eq!(valid(window, server, bank).await?, before, "the undo does not bring them back: {run:#}");
    Ok(())
}

#[tokio::test]
async fn facts_are_retired_by_keyboard_and_taken_back_and_every_tab_opens() -> Result<()> {
    scenario("memory", &[], async |window| {
        with_sample(window).await?;
        look_at(window, "Sample").await?;
        window.wait_text_in(LIST, "Wiebke").await?;
        window.screenshot("memory-list").await?;
        retire_and_take_back(window, "embedded", "sample", "hazelnut").await?;
        for (name, shows) in [
            ("Entities", "Marta Zorzi"),
            ("Timeline", "facts"),
            ("Documents", "christmas"),
            ("Review", "Start the checks"),
            ("Bring in", "paste"),
            ("Take out", "CSV"),
            ("Graph", "Showing"),
        ] {
            tab(window, name).await?;
            window.wait_text_in("section[aria-label=Memories] [role=tabpanel]", shows).await?;
            window.screenshot(&format!("memory-{}", name.to_lowercase().replace(' ', "-"))).await?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn every_place_of_a_bank_opens_and_the_lab_recalls() -> Result<()> {
    scenario("banks", &[], async |window| {
        with_sample(window).await?;
        window.press("Banks").await?;
        window.wait_text_in("main", "Sample: a year of Wiebke").await?;
        window.screenshot("banks").await?;
        window.find("main button[data-bank][aria-label^=Sample]").await?.click().await?;
        for (place, shows) in [
            ("Missions", "Retain mission"),
            ("Settings", "Settings of the bank"),
            ("Prompts", "Prompt"),
            ("Statistics", "Facts over time"),
            ("Directives", "directive"),
            ("Mental models", "Standing questions"),
            ("Operations", "Operations"),
            ("Model calls", "Model calls"),
            ("Audit log", "Audit log"),
            ("Webhooks", "Webhooks"),
            ("Knowledge pages", "nowledge"),
            ("Copy and move", "Archive to a file"),
            ("Template", "emplate"),
            ("Overview", "Last write"),
        ] {
            let path = format!("(//main//nav//*[self::a or self::button][starts-with(normalize-space(.), \"{place}\")])[last()]");
            window.driver().query(By::XPath(path)).and_displayed().first().await?.click().await?;
            window.wait_text_in("main", shows).await?;
            window.screenshot(&format!("bank-{}", place.to_lowercase().replace(' ', "-"))).await?;
        }
        window.press("Recall lab").await?;
        window.find("main section button[aria-label^=Bank]").await?.click().await?;
        window.driver().query(By::XPath("//*[@role='option'][contains(normalize-space(.), 'Sample')]")).and_displayed().first().await?.click().await?;
        let query = window.find("main textarea[aria-label=Query], main input[aria-label=Query]").await?;
        query.send_keys("What is Wiebke allergic to?").await?;
        query.send_keys(Key::Enter + "").await?;
        window.wait_text_in("main [aria-label^=Candidates]", "hazelnut").await?;
        window.screenshot("lab").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_bank_travels_to_a_real_server_and_is_looked_after_there() -> Result<()> {
    let hindsight = HindsightServer::shared().await.unwrap_or_else(|error| panic!("{error}"));
    scenario("memory-on-a-server", &[], async |window| {
        Desk(window).memory(hindsight.url(), "travelled").await?;
        with_sample(window).await?;
        let whole = json!({"data": true, "bankConfig": true, "history": false});
        let request = json!({"serverId": "embedded", "bankId": "sample", "toServerId": "memory",
                             "import": {"kind": "restore", "target": "travelled"}, "scope": whole});
        window.command("bank.transfer", request).await?;
        let moved = RefCell::new(Value::Null);
        let arrived = async || {
            moved.replace(window.command("bank.moves", json!({})).await?);
            Ok(moved.borrow()["items"][0]["state"] != "running")
        };
        let ended = until(arrived).await?;
        assert!(ended && moved.borrow()["items"][0]["state"] == "done", "{:#}", moved.borrow());
        window.driver().refresh().await?;
        look_at(window, "travelled").await?;
        window.wait_text_in(LIST, "Wiebke").await?;
        retire_and_take_back(window, "memory", "travelled", "hazelnut").await?;
        tab(window, "Graph").await?;
        window.wait_text_in("section[aria-label=Memories] [role=tabpanel]", "Showing").await?;
        window.screenshot("memory-graph-on-a-server").await?;
        tab(window, "Documents").await?;
        window.wait_text_in("section[aria-label=Memories] [role=tabpanel]", "christmas").await?;
        Ok(())
    })
    .await
}
