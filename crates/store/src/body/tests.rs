//! Bodies and records: rebuilt byte for byte, shared pieces once, damage found.

use super::*;
use crate::testing::{at, send, spans};
use proptest::prelude::*;
use rearview_domain::record::{Origin, Query, RecordPart};

async fn stored(store: &Store) -> i64 {
    sqlx::query_scalar("SELECT coalesce(sum(length(data)), 0) FROM segment")
        .fetch_one(&store.records().readers)
        .await
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_body_cut_at_any_spans_is_rebuilt_as_it_was(
        bodies in prop::collection::vec(
            (
                prop::collection::vec(prop_oneof![Just(b'a'), Just(b'\n'), any::<u8>()], 0..3_000),
                prop::collection::vec((0u32..4_000, 0u32..4_000), 0..12),
            ),
            1..4,
        )
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = Store::in_memory().await.unwrap();
            for (body, spans) in &bodies {
                let spans: Vec<Span> = spans
                    .iter()
                    .map(|(start, end)| Span { start: *start, end: *end, origin: Origin::System })
                    .collect();
                let hash = store.put_body(body, &spans).await.unwrap();
                assert_eq!(hash, hex::encode(Sha256::digest(body)));
                assert_eq!(&store.body(&hash).await.unwrap().unwrap(), body);
                assert_eq!(store.put_body(body, &[]).await.unwrap(), hash);
            }
        });
    }
}

#[tokio::test]
async fn a_history_that_is_sent_again_is_not_stored_again() {
    let store = Store::in_memory().await.unwrap();
    let messages: Vec<String> = (0..40).map(|n| format!("message {n} ").repeat(20)).collect();
    let mut after_first = 0;
    for turn in 1..=40 {
        let body = messages[..turn].concat();
        let lengths: Vec<u32> = messages[..turn].iter().map(|m| u32::try_from(m.len()).unwrap()).collect();
        let hash = send(&store, "c", &format!("t{turn}"), body.as_bytes(), &spans(&lengths)).await;
        assert_eq!(store.body(&hash).await.unwrap().unwrap(), body.as_bytes());
        if turn == 1 {
            after_first = stored(&store).await;
        }
    }
    let segments: i64 =
        sqlx::query_scalar("SELECT count(*) FROM segment").fetch_one(&store.records().readers).await.unwrap();
    assert_eq!(segments, 40);
    assert!(stored(&store).await <= after_first * 44, "{}", stored(&store).await);
}

#[tokio::test]
async fn a_damaged_segment_is_found_and_told() {
    let store = Store::in_memory().await.unwrap();
    let body = "0123456789".repeat(20);
    let damages = [
        "UPDATE segment SET data = zeroblob(length(data))",
        "UPDATE segment SET packed = 1 - packed",
        "UPDATE segment SET bytes = 4000000000",
        "UPDATE body SET recipe = x'00000000ff'",
        "UPDATE body SET recipe = x''",
    ];
    for damage in damages {
        let hash = store.put_body(body.as_bytes(), &[]).await.unwrap();
        sqlx::query(damage).execute(&store.records().writer).await.unwrap();
        let told = store.body(&hash).await.unwrap_err();
        assert!(matches!(&told, StoreError::BodyDamaged { hash: h } if *h == hash), "{damage}: {told}");
        for table in ["DELETE FROM body", "DELETE FROM segment"] {
            sqlx::query(table).execute(&store.records().writer).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_hash_that_nobody_stored_is_no_body_and_no_error() {
    let store = Store::in_memory().await.unwrap();
    assert_eq!(store.body("").await.unwrap(), None);
    assert_eq!(store.body("not hex").await.unwrap(), None);
    assert_eq!(store.body(&"00".repeat(32)).await.unwrap(), None);
}

#[tokio::test]
async fn a_record_is_folded_in_the_order_it_was_written() {
    let store = Store::in_memory().await.unwrap();
    let query = |text: String| RecordPart::Query(Query { text, derived: "last user message".into() });
    let turn = "t".into();
    store.append_record(&turn, &"c".into(), &at(0), &query("first".into())).await.unwrap();
    let hash = send(&store, "c", "t", b"{}", &[]).await;
    let long = "long ".repeat(2_000);
    // The clock went back; the order of writing decides.
    store.append_record(&turn, &"c".into(), &at(-9), &query(long.clone())).await.unwrap();
    let record = store.record(&turn).await.unwrap().unwrap();
    assert_eq!((record.turn_id, record.chat_id, record.started_at), ("t".into(), "c".into(), at(0)));
    assert_eq!(record.query.unwrap().text, long);
    assert_eq!(record.steps[0].body_hash, hash);
    let bytes: i64 = sqlx::query_scalar("SELECT sum(length(data)) FROM record_part")
        .fetch_one(&store.records().readers)
        .await
        .unwrap();
    assert!(bytes < 1_500, "large parts are packed: {bytes}");
}

#[tokio::test]
async fn a_damaged_record_is_told_and_not_folded_half() {
    let store = Store::in_memory().await.unwrap();
    send(&store, "c", "t", b"{}", &[]).await;
    sqlx::query("UPDATE record_part SET bytes = bytes + 1").execute(&store.records().writer).await.unwrap();
    assert!(matches!(store.record(&"t".into()).await.unwrap_err(), StoreError::Unreadable { .. }));
}
