//! Data that cannot be opened: the window says why, and nothing of the data is changed.

use rearview_store::Store;
use rearview_tests::window::{Result, SecondApp, new_home, scenario_in};
use sqlx::{Connection, SqliteConnection};

#[tokio::test]
async fn a_second_app_on_the_same_data_says_that_the_first_has_it() -> Result<()> {
    let home = new_home()?;
    // The keychain is opened after the data, so the data are taken by then.
    let _first = SecondApp::start(home.path(), "keys are kept").await?;
    scenario_in(&home, "in-use", &[], async |window| {
        window.wait_text("Rearview cannot start").await?;
        window.wait_text("in use").await?;
        window.wait_text("Nothing in the data folder was changed.").await
    })
    .await
}

#[tokio::test]
async fn data_of_a_newer_rearview_are_left_alone_and_the_way_on_is_named() -> Result<()> {
    let home = new_home()?;
    let data = home.path().join("rearview/data");
    std::fs::create_dir_all(&data).unwrap();
    Store::open(&data).await.unwrap().close().await;
    let database = data.join("rearview.db");
    let mut newer = SqliteConnection::connect(&format!("sqlite://{}", database.display())).await.unwrap();
    let migration = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     VALUES (29990101000000, 'from the future', 1, x'00', 0)";
    sqlx::query(migration).execute(&mut newer).await.unwrap();
    newer.close().await.unwrap();
    let before = std::fs::read(&database).unwrap();
    scenario_in(&home, "newer", &[], async |window| {
        window.wait_text("Rearview cannot start").await?;
        window.wait_text("Update Rearview.").await
    })
    .await?;
    assert!(std::fs::read(&database).unwrap() == before, "the database was changed");
    Ok(())
}
