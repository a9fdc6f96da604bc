//! Terms and MATCH expressions, by example and for any text.

use proptest::prelude::*;

use super::*;

fn terms(question: &str) -> Vec<String> {
    query_terms(question).iter().map(|t| t.as_str().to_owned()).collect()
}

#[test]
fn stop_words_are_dropped_in_four_languages() {
    assert_eq!(terms("What did Maria say about the hiking boots?"), ["maria", "say", "hiking", "boots"]);
    assert_eq!(terms("Wann war ich mit Jürgen in München?"), ["jürgen", "münchen"]);
    assert_eq!(terms("¿Dónde está mi perro?"), ["perro"]);
    assert_eq!(
        terms("Où est-ce que j'ai garé la voiture ?"),
        ["gare", "voiture"].map(|w| w.replace("gare", "garé"))
    );
}

#[test]
fn contractions_and_possessives_leave_only_the_word() {
    assert_eq!(terms("Don't forget Maria’s dog"), ["forget", "maria", "dog"]);
}

#[test]
fn a_question_of_stop_words_alone_is_asked_as_it_stands() {
    assert_eq!(terms("Who are you?"), ["who", "are", "you"]);
}

#[test]
fn a_short_run_is_one_phrase_without_its_particles() {
    assert_eq!(terms("爬山"), ["爬 山"]);
    assert_eq!(terms("我的猫"), ["猫"]);
    assert_eq!(terms("run東京"), ["run", "東 京"]);
    assert_eq!(terms("タワー"), ["タ ワ ー"]);
}

#[test]
fn a_clause_without_spaces_becomes_pairs_without_particles() {
    assert_eq!(terms("上周末我去爬山了吗"), ["上 周", "周 末", "去 爬", "爬 山"]);
    assert_eq!(terms("東京タワーに行きました"), ["東 京", "タ ワ ー", "行"]);
    assert_eq!(terms("서울에서"), ["서 울", "울 에", "에 서"]);
}

#[test]
fn a_run_of_particles_alone_is_still_asked() {
    assert_eq!(terms("的"), ["的"]);
}

#[test]
fn repeated_words_count_once() {
    assert_eq!(terms("tea Tea TEA ｔｅａ"), ["tea"]);
}

#[test]
fn the_rarest_terms_are_kept_and_unknown_ones_come_last() {
    let all = query_terms("zebra tea coffee milk");
    let df = |t: &Term| match t.as_str() {
        "tea" => 50,
        "coffee" => 3,
        "milk" => 9,
        _ => 0,
    };
    let kept: Vec<_> = rarest(all.clone(), df, 2).iter().map(|t| t.as_str().to_owned()).collect();
    assert_eq!(kept, ["coffee", "milk"]);
    assert_eq!(rarest(all, df, MAX_TERMS).last().map(Term::as_str), Some("zebra"));
}

#[test]
fn operators_and_quotes_are_only_words() {
    let hostile = query_terms("cat\" OR text:* NEAR(a b) AND NOT -x ^y \0 {z}");
    let query = fts_query(&hostile);
    assert!(!query.contains('\0') && !query.contains('*') && !query.contains('('));
    assert_eq!(fts_query(&[Term::new("a\"b")]), "\"a b\"");
    assert_eq!(fts_query(&[]), "");
    assert_eq!(fts_query(&[Term::new("?!")]), "");
}

/// Whether `query` is nothing but quoted runs of letters joined by OR.
fn is_safe(query: &str) -> bool {
    query.is_empty()
        || query.split(" OR ").all(|part| {
            part.strip_prefix('"').and_then(|p| p.strip_suffix('"')).is_some_and(|inner| {
                !inner.is_empty() && inner.chars().all(|c| c == ' ' || c.is_alphanumeric() || is_mark(c))
            })
        })
}

proptest! {
    #[test]
    fn no_text_breaks_out_of_its_quotes(text in "\\PC{0,60}", raw in any::<String>()) {
        prop_assert!(is_safe(&fts_query(&query_terms(&text))));
        prop_assert!(is_safe(&fts_query(&query_terms(&raw))));
        prop_assert!(is_safe(&fts_query(&[Term::new(&raw)])));
    }

    #[test]
    fn every_term_of_a_text_stands_in_its_index_form(text in "[周末爬山東京タワーのはが서울กี่ก a-z,.'!]{0,40}") {
        let indexed = format!(" {} ", Term::new(&text).as_str());
        for term in query_terms(&text) {
            prop_assert!(indexed.contains(&format!(" {} ", term.as_str())), "`{term:?}` not in `{indexed}`");
        }
    }
}
