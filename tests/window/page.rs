//! What the page may not do in the window, whatever a model writes: fetch from elsewhere, or go elsewhere.

use rearview_tests::desk::{ANSWERS, Desk};
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::window::{Result, new_home, scenario, scenario_in, until};
use serde_json::json;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

#[tokio::test]
async fn an_image_from_elsewhere_is_never_asked_for() -> Result<()> {
    let provider = ScriptedProvider::start().await.unwrap();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let pixel = format!("http://{}/pixel.png", elsewhere.local_addr().unwrap());
    provider.answer(Script::text(&format!("See ![a picture]({pixel}) <img src=\"{pixel}\"> here.")));
    scenario("remote-image", &[], async |window| {
        let desk = Desk(window);
        desk.provider("remote", &provider.base_url(), "sk-remote", "scripted-1").await?;
        desk.chat("Remote").await?;
        desk.ask("Show me", "here.").await?;
        // And if the page's own cleaning failed, the content policy of the window would still hold.
        let script = "const [address, done] = arguments;
            document.addEventListener('securitypolicyviolation', event => done(event.effectiveDirective));
            document.body.append(Object.assign(new Image(), { src: address }));";
        let blocked = window.driver().execute_async(script, vec![json!(pixel)]).await?;
        assert_eq!(blocked.json(), "img-src");
        assert!(elsewhere.accept().is_err(), "something asked for `{pixel}`");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_link_opens_in_the_systems_browser_and_the_window_stays() -> Result<()> {
    let provider = ScriptedProvider::start().await.unwrap();
    provider.answer(Script::text("See [the timetable](https://example.test/ferry)."));
    let home = new_home()?;
    // Stands where the system's opener would be, and writes down what it was asked to open.
    let programs = home.path().join("bin");
    let opened = home.path().join("opened");
    std::fs::create_dir(&programs).unwrap();
    let opener = programs.join("xdg-open");
    std::fs::write(&opener, format!("#!/bin/sh\necho \"$1\" >>'{}'\n", opened.display())).unwrap();
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    scenario_in(&home, "link", &[("PATH", &path)], async |window| {
        let desk = Desk(window);
        desk.provider("linked", &provider.base_url(), "sk-linked", "scripted-1").await?;
        desk.chat("Link").await?;
        desk.ask("When?", "the timetable").await?;
        let before = window.driver().current_url().await?;
        window.find_text("a", "the timetable").await?.click().await?;
        let asked = async || Ok(std::fs::read_to_string(&opened).is_ok_and(|said| said.ends_with('\n')));
        assert!(until(asked).await?, "the system was not asked");
        assert_eq!(std::fs::read_to_string(&opened).unwrap().trim(), "https://example.test/ferry");
        // A script that tries by itself gets no further.
        window.driver().execute("location.href = 'https://example.test/'", []).await?;
        window.wait_text_in(ANSWERS, "the timetable").await?;
        assert_eq!(window.driver().current_url().await?, before);
        Ok(())
    })
    .await
}
