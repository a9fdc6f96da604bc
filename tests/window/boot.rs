//! The app starts and paints.

use rearview_tests::window::{Result, colours, scenario};

#[tokio::test]
async fn the_window_opens_with_its_name_and_is_painted() -> Result<()> {
    scenario("boot", &[], async |window| {
        assert_eq!(window.driver().title().await?, "Rearview");
        let picture = window.screenshot("boot").await?;
        // An empty web view is one colour; text alone brings dozens of shades.
        let colours = colours(&picture)?;
        assert!(colours > 16, "`{}` has {colours} colours", picture.display());
        Ok(())
    })
    .await
}
