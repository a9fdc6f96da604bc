//! Observations of a fact, found by reading a bank's observations as a server of the API lists them.

use super::*;
use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use rearview_hindsight::Options;
use serde_json::{Value, json};

/// Observations of a bank, and how often a page of them was asked for.
#[derive(Default)]
struct Bank {
    items: Vec<Value>,
    pages: usize,
    /// A server that knows nothing of filters: it lists everything, and never says when something changed.
    old: bool,
}

type Shared = Arc<Mutex<Bank>>;

fn observation(n: usize, sources: &[String]) -> Value {
    json!({"id": format!("o{n}"), "text": format!("observation {n}"), "fact_type": "observation",
           "source_memory_ids": sources, "updated_at": format!("2026-01-01T00:00:{:02}Z", n % 60)})
}

async fn list(State(bank): State<Shared>, Query(asked): Query<HashMap<String, String>>) -> Json<Value> {
    let mut bank = bank.lock().unwrap();
    let number =
        |name: &str, otherwise: usize| asked.get(name).map_or(otherwise, |text| text.parse().unwrap());
    let (limit, offset) = (number("limit", 100), number("offset", 0));
    if limit > 1 {
        bank.pages += 1;
    }
    let mut items: Vec<Value> = bank.items.iter().skip(offset).take(limit).cloned().collect();
    if asked.contains_key("time_field") && !bank.old {
        let latest =
            bank.items.iter().max_by_key(|item| item["updated_at"].as_str().unwrap_or("").to_owned());
        items = latest.cloned().into_iter().collect();
    }
    if bank.old {
        for item in &mut items {
            item.as_object_mut().unwrap().remove("updated_at");
        }
    }
    Json(json!({"items": items, "total": bank.items.len()}))
}

async fn stage(items: Vec<Value>) -> (Shared, Client) {
    let bank: Shared = Arc::new(Mutex::new(Bank { items, ..Bank::default() }));
    let app =
        Router::new().route("/v1/default/banks/{bank}/memories/list", get(list)).with_state(bank.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (bank, Client::new(&url, None, "scripted", Options::default()).unwrap())
}

async fn on(built: &Observed, client: &Client, facts: &[&str], but: &str, most: u32) -> ObservationsOn {
    let facts: Vec<String> = facts.iter().map(|id| (*id).to_owned()).collect();
    built.find((&"s".into(), client), &"b".into(), &facts, but, most).await.unwrap()
}

fn ids(found: &ObservationsOn) -> Vec<&str> {
    found.items.iter().map(|fact| fact.id.as_str()).collect()
}

/// Observation `n` rests on the facts `f(n % 700)` and `all`.
fn many(n: usize) -> Vec<Value> {
    (0..n).map(|n| observation(n, &[format!("f{}", n % 700), "all".into()])).collect()
}

#[tokio::test]
async fn observations_of_a_fact_are_found_over_pages_and_read_once() {
    let (bank, client) = stage(many(1_200)).await;
    let built = Observed::default();
    let found = on(&built, &client, &["f3"], "", 5_000).await;
    assert_eq!(ids(&found), ["o3", "o703"]);
    assert_eq!((found.looked, found.of, found.whole), (1_200, Some(1_200), true));
    assert_eq!(bank.lock().unwrap().pages, 3);
    let shared = on(&built, &client, &["f3", "f4"], "o3", 5_000).await;
    assert_eq!(ids(&shared), ["o4", "o703", "o704"]);
    assert_eq!(bank.lock().unwrap().pages, 3, "the bank was read again");
}

#[tokio::test]
async fn a_big_bank_is_read_as_far_as_asked_and_says_so() {
    let (bank, client) = stage(many(2_100)).await;
    let built = Observed::default();
    let found = on(&built, &client, &["all"], "", 600).await;
    assert_eq!((found.looked, found.of, found.whole), (1_000, Some(2_100), false));
    assert_eq!((found.items.len(), found.found), (100, 1_000));
    let found = on(&built, &client, &["f699"], "", 10_000).await;
    assert_eq!((ids(&found), found.looked, found.whole), (vec!["o699", "o1399", "o2099"], 2_100, true));
    assert_eq!(bank.lock().unwrap().pages, 5, "what was read is not read again");
}

#[tokio::test]
async fn a_changed_bank_is_read_anew() {
    let (bank, client) = stage(many(3)).await;
    let built = Observed::default();
    assert_eq!(ids(&on(&built, &client, &["all"], "", 10).await), ["o0", "o1", "o2"]);
    bank.lock().unwrap().items[0]["source_memory_ids"] = json!([]);
    bank.lock().unwrap().items[0]["updated_at"] = json!("2027-01-01T00:00:00Z");
    assert_eq!(ids(&on(&built, &client, &["all"], "", 10).await), ["o1", "o2"]);
    bank.lock().unwrap().items.clear();
    let none = on(&built, &client, &["all"], "", 10).await;
    assert_eq!(none, ObservationsOn { of: Some(0), whole: true, ..ObservationsOn::default() });
}

#[tokio::test]
async fn a_server_without_filters_makes_no_observation_of_a_fact() {
    let mut items = many(2);
    items.push(json!({"id": "w", "text": "t", "fact_type": "world", "source_memory_ids": ["all"]}));
    let (bank, client) = stage(items).await;
    bank.lock().unwrap().old = true;
    let found = on(&Observed::default(), &client, &["all"], "", 10).await;
    assert_eq!((ids(&found), found.whole), (vec!["o0", "o1"], true));
}

#[tokio::test]
async fn a_long_observation_is_cut_on_a_border_of_characters() {
    let long = json!({"id": "o", "text": "😀".repeat(50_000), "fact_type": "observation", "source_memory_ids": ["f"]});
    let (_, client) = stage(vec![long]).await;
    let found = on(&Observed::default(), &client, &["f"], "", 10).await;
    assert_eq!(found.items[0].text.chars().count(), KEPT_CHARACTERS + 1);
}

#[tokio::test]
async fn only_the_banks_asked_about_last_are_kept() {
    let (bank, client) = stage(many(1)).await;
    let built = Observed::default();
    for name in ["a", "b", "c", "d", "e", "a"] {
        built.find((&"s".into(), &client), &name.into(), &["all".into()], "", 10).await.unwrap();
    }
    assert_eq!(bank.lock().unwrap().pages, 6);
    assert_eq!(built.banks.lock().unwrap().len(), BANKS);
}
