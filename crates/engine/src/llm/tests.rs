use super::scripted::{Scripted, complete, cut_off};
use super::*;
use crate::engine::testing::Fresh;
use crate::synthesis::{Message, Purpose, Role};
use serde_json::json;

async fn asked(model: std::sync::Arc<Scripted>) -> (Fresh, Bank, Result<Answered<Vec<u32>>>) {
    let fresh = Fresh::open().await;
    fresh.engine.set_synthesis(Some(model));
    let mut write = fresh.engine.write().await.unwrap();
    let bank = crate::bank::find_or_make(&mut write, "b").await.unwrap();
    write.commit().await.unwrap();
    let prompt = Prompt {
        purpose: Purpose::Retain,
        messages: vec![Message { role: Role::User, content: "count".to_owned() }],
        schema: None,
        max_output_tokens: 10,
        temperature: 0.0,
    };
    let call = Call { bank: &bank, scope: "s", trace_id: "t", metadata: json!({}) };
    let answered = json_answer(&fresh.engine, &call, &prompt).await;
    (fresh, bank, answered)
}

#[tokio::test]
async fn a_wrong_answer_is_shown_to_the_model_once() {
    let model = Scripted::answers(&["one, two", "[1, 2]"]);
    let (_fresh, _, answered) = asked(model.clone()).await;
    let answered = answered.unwrap();
    assert_eq!((answered.answer, answered.usage.input_tokens), (Answer::Read(vec![1, 2]), 20));
    let asked = model.asked.lock().unwrap();
    let shown: Vec<_> = asked[1].messages.iter().map(|message| message.content.as_str()).collect();
    assert_eq!(shown[..2], ["count", "one, two"]);
}

#[tokio::test]
async fn two_wrong_answers_are_enough() {
    let model = Scripted::answers(&["one", "two", "[3]"]);
    let (_fresh, _, answered) = asked(model.clone()).await;
    assert!(matches!(answered.unwrap().answer, Answer::Unreadable(_)));
    assert_eq!(model.times(), 2);
}

#[tokio::test]
async fn an_answer_cut_off_is_told_apart_from_a_wrong_one() {
    let model = Scripted::says(vec![Ok(cut_off("[1, 2,"))]);
    let (_fresh, _, answered) = asked(model).await;
    assert_eq!(answered.unwrap().answer, Answer::Truncated);
}

#[tokio::test]
async fn every_call_is_kept_also_one_that_failed() {
    let refused = Err(SynthesisError::Refused { message: "no such key".to_owned(), auth: true });
    let (fresh, bank, answered) = asked(Scripted::says(vec![Ok(complete("?")), refused])).await;
    assert!(answered.is_err());
    let kept: Vec<(String, Option<String>, Option<String>, i64)> = sqlx::query_as(
        "SELECT status, output, error, input_tokens FROM llm_request WHERE bank = ?1 ORDER BY rowid",
    )
    .bind(bank.no)
    .fetch_all(fresh.engine.read())
    .await
    .unwrap();
    assert_eq!(
        kept,
        [
            ("success".to_owned(), Some("?".to_owned()), None, 10),
            ("error".to_owned(), None, Some("no such key".to_owned()), 0)
        ]
    );
}

#[tokio::test]
async fn requests_older_than_a_day_go_with_the_next_call() {
    let (fresh, bank, _) = asked(Scripted::answers(&["[1]"])).await;
    let mut write = fresh.engine.write().await.unwrap();
    sqlx::query("UPDATE llm_request SET started_at = started_at - 90000000")
        .execute(write.sql())
        .await
        .unwrap();
    write.commit().await.unwrap();
    fresh.engine.set_synthesis(Some(Scripted::answers(&["[2]"])));
    let call = Call { bank: &bank, scope: "later", trace_id: "t", metadata: json!({}) };
    let prompt = Prompt {
        purpose: Purpose::Reflect,
        messages: vec![],
        schema: None,
        max_output_tokens: 1,
        temperature: 0.0,
    };
    ask(&fresh.engine, &call, &prompt).await.unwrap();
    let scopes: Vec<String> =
        sqlx::query_scalar("SELECT scope FROM llm_request").fetch_all(fresh.engine.read()).await.unwrap();
    assert_eq!(scopes, ["later"]);
}
