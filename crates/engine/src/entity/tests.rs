use super::*;
use crate::engine::testing::Fresh;

const NOW: i64 = 1_772_625_600_000;

fn named(names: &[&str]) -> Vec<Mention> {
    names.iter().map(|name| Mention { name: (*name).to_owned(), kind: None }).collect()
}

async fn resolved(fresh: &Fresh, names: &[&str], fuzzy: bool) -> Vec<i64> {
    let mut write = fresh.engine.write().await.unwrap();
    let bank = crate::bank::find_or_make(&mut write, "b").await.unwrap();
    let found = resolve(&mut write, bank.no, &named(names), fuzzy, NOW).await.unwrap();
    write.commit().await.unwrap();
    found
}

#[tokio::test]
async fn case_punctuation_and_repetition_make_no_new_entity() {
    let fresh = Fresh::open().await;
    let first = resolved(&fresh, &["Dr. Maria O'Neill", "DR MARIA ONEILL"], false).await;
    assert_eq!(first.len(), 1);
    assert_eq!(resolved(&fresh, &["dr maria o'neill's"], true).await, first);
    assert!(resolved(&fresh, &["  ", ""], true).await.is_empty());
}

#[tokio::test]
async fn a_misspelt_name_becomes_an_alias_and_stays_one() {
    let fresh = Fresh::open().await;
    let known = resolved(&fresh, &["Katharina Schmidt"], true).await;
    assert_eq!(resolved(&fresh, &["Katarina Schmidt"], true).await, known);
    let aliases: Vec<String> =
        sqlx::query_scalar("SELECT norm FROM entity_alias").fetch_all(fresh.engine.read()).await.unwrap();
    assert_eq!(aliases, ["katarina schmidt"]);
    assert_ne!(resolved(&fresh, &["Katarina Schmidt"], false).await, known, "literal names stay literal");
}

#[tokio::test]
async fn different_numbers_and_different_people_stay_apart() {
    let fresh = Fresh::open().await;
    let all = [
        "Project Phoenix 2023",
        "Project Phoenix 2024",
        "Maria Schmidt",
        "Martin Schulz",
        "Java",
        "JavaScript",
    ];
    assert_eq!(resolved(&fresh, &all, true).await.len(), all.len());
}

#[tokio::test]
async fn two_names_equally_alike_leave_it_open_and_a_third_is_made() {
    let fresh = Fresh::open().await;
    let two = resolved(&fresh, &["Johanna Bergmann-Klein", "Johanna Bergmann-Kleis"], false).await;
    let third = resolved(&fresh, &["Johanna Bergmann-Kleim"], true).await;
    assert!(!two.contains(&third[0]));
}

#[tokio::test]
async fn a_removed_entity_is_found_no_more() {
    let fresh = Fresh::open().await;
    let known = resolved(&fresh, &["Katharina Schmidt"], true).await;
    let mut write = fresh.engine.write().await.unwrap();
    sqlx::query("DELETE FROM entity WHERE no = ?1").bind(known[0]).execute(write.sql()).await.unwrap();
    write.commit().await.unwrap();
    let names: i64 = sqlx::query_scalar("SELECT count(*) FROM entity_gram WHERE entity_gram MATCH '\"sch\"'")
        .fetch_one(fresh.engine.read())
        .await
        .unwrap();
    assert_eq!(names, 0);
    resolved(&fresh, &["Katarina Schmidt"], true).await;
    let left: Vec<String> =
        sqlx::query_scalar("SELECT name FROM entity").fetch_all(fresh.engine.read()).await.unwrap();
    assert_eq!(left, ["Katarina Schmidt"]);
}
