//! The app starts and paints.

use rearview_tests::window::{Result, colours, scenario, until};

#[tokio::test]
async fn the_window_opens_with_its_name_and_is_painted() -> Result<()> {
    scenario("boot", &[], async |window| {
        assert_eq!(window.driver().title().await?, "Rearview");
        window.wait_text("Choose a model").await?;
        // An empty web view is one colour; text alone brings dozens of shades. The first frame may come a moment
        // after the text is in the page.
        let painted = until(async || Ok(colours(&window.screenshot("boot").await?)? > 16));
        assert!(painted.await?, "target/window-shots/boot.png shows nothing");
        Ok(())
    })
    .await
}
