//! Search: what is found, in which order, and that nothing typed is syntax.

use super::*;
use crate::testing::{chat, finish, say};
use crate::{ChatPatch, Store};
use proptest::prelude::*;
use rearview_domain::chat::Chat;

async fn store(said: &[&str]) -> Store {
    let store = Store::in_memory().await.unwrap();
    store.insert_chat(&Chat { title: "Trip to Lisbon".into(), ..chat("c") }).await.unwrap();
    for (n, text) in said.iter().enumerate() {
        say(&store, "c", &format!("t{n}"), None, text, "").await;
    }
    store
}

async fn found(store: &Store, text: &str) -> Vec<String> {
    let hits = store.search(text, 50, 0).await.unwrap();
    hits.into_iter().map(|hit| hit.message_id.map_or("title".into(), |id| id.0)).collect()
}

#[tokio::test]
async fn words_are_found_whatever_their_case_and_accents() {
    let store = store(&["Das Café am Eck", "Ein CAFE und ein naïver Gast", "cafeteria"]).await;
    assert_eq!(found(&store, "cafe ").await, ["t1.q", "t0.q"]);
    assert_eq!(found(&store, "CAFÉ eck").await, ["t0.q"]);
    assert_eq!(found(&store, "naiver gast").await, ["t1.q"]);
    assert!(found(&store, "cafe nowhere").await.is_empty());
}

#[tokio::test]
async fn the_last_word_may_be_unfinished() {
    let store = store(&["cafeteria", "a tea"]).await;
    assert_eq!(found(&store, "cafe").await, ["t0.q"]);
    assert!(found(&store, "cafe ").await.is_empty());
    assert_eq!(found(&store, "a t").await.len(), 0, "one letter is no beginning of a word");
}

#[tokio::test]
async fn pieces_of_scripts_without_blanks_are_found() {
    let store =
        store(&["私は東京に住んでいます", "京東 is a shop", "나는 서울에서 살아요", "ฉันอยู่ที่กรุงเทพ"]).await;
    assert_eq!(found(&store, "東京").await, ["t0.q"]);
    assert_eq!(found(&store, "京").await, ["t1.q", "t0.q"]);
    assert_eq!(found(&store, "住んで").await, ["t0.q"]);
    assert_eq!(found(&store, "서울").await, ["t2.q"]);
    assert_eq!(found(&store, "กรุงเทพ").await, ["t3.q"]);
    let hits = store.search("東京", 5, 0).await.unwrap();
    assert_eq!(hits[0].snippet, "私は\u{2068}東京\u{2069}に住んでいます");
}

#[tokio::test]
async fn titles_come_first_and_follow_their_renaming() {
    let store = store(&["Is Lisbon far?"]).await;
    assert_eq!(found(&store, "lisbon").await, ["title", "t0.q"]);
    let patch = ChatPatch { title: Some("Porto".into()), ..Default::default() };
    store.update_chat(&"c".into(), patch).await.unwrap();
    assert_eq!(found(&store, "lisbon").await, ["t0.q"]);
    let hit = store.search("porto", 5, 0).await.unwrap().remove(0);
    assert_eq!((hit.message_id, hit.role, hit.snippet.as_str()), (None, None, "\u{2068}Porto\u{2069}"));
}

#[tokio::test]
async fn an_answer_is_found_by_its_last_words_only() {
    let store = store(&["q"]).await;
    store.finish_turn(finish("c", "t0", "draught")).await.unwrap();
    store.finish_turn(finish("c", "t0", "version two")).await.unwrap();
    assert!(found(&store, "draught").await.is_empty());
    let hit = store.search("version", 5, 0).await.unwrap().remove(0);
    assert_eq!((hit.message_id, hit.role), (Some("t0.a".into()), Some(Role::Assistant)));
    assert_eq!((hit.chat_title.as_str(), hit.chat_id), ("Trip to Lisbon", "c".into()));
}

#[tokio::test]
async fn pages_neither_repeat_nor_skip_a_hit() {
    let store = store(&["lisbon a", "lisbon b", "lisbon c"]).await;
    let all = found(&store, "lisbon").await;
    assert_eq!(all.len(), 4);
    for size in 1..=4 {
        let mut paged = Vec::new();
        for offset in (0..6).step_by(size) {
            let hits =
                store.search("lisbon", u32::try_from(size).unwrap(), u32::try_from(offset).unwrap()).await;
            paged.extend(
                hits.unwrap().into_iter().map(|hit| hit.message_id.map_or("title".into(), |id| id.0)),
            );
        }
        assert_eq!(paged, all, "pages of {size}");
    }
}

#[tokio::test]
async fn signs_of_the_query_language_are_only_text() {
    let store = store(&["say \"cheese\" AND smile", "col:umn -minus ^caret {set} NEAR(me)"]).await;
    assert_eq!(found(&store, "\"cheese\" AND smile ").await, ["t0.q"]);
    assert_eq!(found(&store, "col:umn").await, ["t1.q"]);
    assert_eq!(found(&store, "NEAR(me)").await, ["t1.q"]);
    assert_eq!(found(&store, "-minus").await, ["t1.q"]);
    for typed in ["\"", "*", "AND", "a OR", "NOT", "(", "words:", "\0", "'; --", "", "  ", "?!", "\u{1F600}"]
    {
        found(&store, typed).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_that_is_typed_makes_an_error(typed in prop_oneof!["\\PC{0,24}", "[\"*^:(){}+ANDORT a-z-]{0,24}"]) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let store = store(&["a text"]).await;
            store.search(&typed, 5, 0).await.unwrap();
        });
    }
}
