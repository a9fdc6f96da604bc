//! Clocks that jump: dates in the database that no clock of today would write.

use rearview_domain::turn::RetainState;
use rearview_tests::scripted_memory::{Endpoint, Mood, ScriptedMemory};
use rearview_tests::scripted_provider::ScriptedProvider;
use rearview_tests::temp_app::TempApp;
use sqlx::Connection;

#[tokio::test]
async fn what_a_wrong_clock_has_put_off_for_years_is_stored_now() {
    for date in ["2099-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z"] {
        let (provider, memory) =
            (ScriptedProvider::start().await.unwrap(), ScriptedMemory::start().await.unwrap());
        let mut app = TempApp::new().await;
        app.provider(&provider).await;
        app.server(&memory.url(), None).await;
        memory.mood(Endpoint::Retain, Mood::Busy(60));
        let chat = app.chat().await;
        let ended = app.say(&chat, "I sail").await;
        let waits = |state: &RetainState| matches!(state, RetainState::Queued { attempts: 1.., .. });
        app.retained(&chat, &ended.turn.id, waits).await;
        app.quit().await;
        let url = format!("sqlite://{}", app.dir().join("data/rearview.db").display());
        let mut database = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let dated = sqlx::query("UPDATE outbox SET next_try_at = ?1, created_at = ?1").bind(date);
        assert_eq!(dated.execute(&mut database).await.unwrap().rows_affected(), 1);
        database.close().await.unwrap();
        memory.mood(Endpoint::Retain, Mood::Well);
        app.open_again().await;
        app.stored(&ended).await;
        assert_eq!(memory.document(ended.turn.document_id().as_str()).unwrap().stored, 1);
    }
}
