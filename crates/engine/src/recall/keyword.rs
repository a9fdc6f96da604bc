//! The keyword arm: which memories hold the question's words, by the bank's full-text table.
//!
//! What the words are is `words`' business; what a score is worth, `fuse`'s.

use crate::error::{Result, during};
use crate::resident::{Bits, Resident};
use crate::words::{self, MAX_TERMS, Term};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Terms of a question whose frequencies are looked up; what comes later in a long text is left out.
const MOST_TERMS: usize = 128;
/// Shortest stem that is looked for; the stemmer leaves words of two letters alone.
const SHORTEST_STEM: usize = 3;
/// Letters that the stemmer takes off at most ("rationalizations" loses ten, which is rare).
const LONGEST_ENDING: usize = 7;

/// A memory that holds some of the words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hit {
    pub(crate) unit: i64,
    /// BM25, larger is better.
    pub(crate) score: f64,
}

/// The memories in `allowed` that fit the question's words best, best first: at most `wanted`, and at least `enough`
/// where there are so many.
pub(crate) async fn search(
    db: &SqlitePool,
    bank: i64,
    question: &str,
    (wanted, enough): (usize, usize),
    resident: &Arc<RwLock<Resident>>,
    allowed: &Bits,
) -> Result<Vec<Hit>> {
    let mut terms = words::query_terms(question);
    terms.truncate(MOST_TERMS);
    if terms.len() > MAX_TERMS {
        let counts = frequencies(db, bank, &terms).await?;
        terms = words::rarest(terms, |term| counts.get(term).copied().unwrap_or(0), MAX_TERMS);
    }
    let query = words::fts_query(&terms);
    if query.is_empty() {
        return Ok(Vec::new());
    }
    let limit = i64::try_from(wanted).unwrap_or(i64::MAX).max(1);
    // `rank` is bm25(); of equals the one written first, so that the cut is the same every time.
    let sql = |condition: &str| {
        format!(
            "SELECT rowid, rank AS score FROM keyword_{bank} WHERE keyword_{bank} MATCH ?1 {condition} \
             ORDER BY rank, rowid LIMIT ?2"
        )
    };
    let rows = sqlx::query(AssertSqlSafe(sql(""))).bind(&query).bind(limit).fetch_all(db).await;
    let (all, mut hits) = read(rows)?;
    let mut units = Vec::new();
    {
        let bank = resident.read().unwrap_or_else(PoisonError::into_inner);
        hits.retain(|hit| bank.place(hit.unit).is_some_and(|place| allowed.has(place)));
        if all == wanted && hits.len() < enough {
            units.extend(bank.iter().filter(|(place, _)| allowed.has(*place)).map(|(_, held)| held.unit));
        }
    }
    if !units.is_empty() {
        // `+` keeps SQLite from asking the index once for each of them.
        let rows = sqlx::query(AssertSqlSafe(sql("AND +rowid IN (SELECT value FROM json_each(?3))")))
            .bind(&query)
            .bind(limit)
            .bind(serde_json::Value::from(units).to_string())
            .fetch_all(db)
            .await;
        hits = read(rows)?.1;
    }
    Ok(hits)
}

/// How many rows there were, and the hits.
fn read(rows: sqlx::Result<Vec<SqliteRow>>) -> Result<(usize, Vec<Hit>)> {
    let action = "search words";
    let rows = rows.map_err(during(action))?;
    let hit = |row: &SqliteRow| -> sqlx::Result<Hit> {
        // SQLite's own is smaller for better.
        Ok(Hit { unit: row.try_get("rowid")?, score: -row.try_get::<f64, _>("score")? })
    };
    let hits = rows.iter().map(hit).collect::<sqlx::Result<Vec<Hit>>>().map_err(during(action))?;
    Ok((rows.len(), hits))
}

/// In how many memories each term is, as far as that can be told without the stemmer: the table's vocabulary
/// holds stems, and a stem is nearly always the word without its ending, at times with an `i` for a `y`.
/// Good enough to tell rare words from common ones.
async fn frequencies(db: &SqlitePool, bank: i64, terms: &[Term]) -> Result<HashMap<Term, u64>> {
    let stems: Vec<Vec<String>> =
        terms.iter().flat_map(|term| term.tokens().map(stems).collect::<Vec<_>>()).collect();
    let asked = serde_json::Value::from(stems.concat()).to_string();
    let rows: Vec<(String, i64)> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT t.term, t.doc FROM json_each(?1) asked JOIN keyword_{bank}_terms t ON t.term = asked.value"
    )))
    .bind(asked)
    .fetch_all(db)
    .await
    .map_err(during("count words"))?;
    let counts: HashMap<String, u64> =
        rows.into_iter().map(|(term, count)| (term, u64::try_from(count).unwrap_or(0))).collect();
    let of = |token: &str| stems_of(token, &counts);
    // A phrase is at most as frequent as the rarest of its words.
    Ok(terms.iter().map(|term| (term.clone(), term.tokens().map(of).min().unwrap_or(0))).collect())
}

fn stems_of(token: &str, counts: &HashMap<String, u64>) -> u64 {
    stems(token).iter().find_map(|stem| counts.get(stem)).copied().unwrap_or(0)
}

/// What the table may have made of a word, longest first.
fn stems(token: &str) -> Vec<String> {
    let plain: Vec<char> = token.nfd().filter(|c| !is_combining_mark(*c)).collect();
    let word: String = plain.iter().collect();
    if !plain.iter().all(char::is_ascii_lowercase) || plain.len() <= SHORTEST_STEM {
        return vec![word];
    }
    let shortest = plain.len().saturating_sub(LONGEST_ENDING).max(SHORTEST_STEM);
    let mut stems = vec![word];
    for length in (shortest..plain.len()).rev() {
        let stem: String = plain.iter().take(length).collect();
        // happy, happier: happi
        let mut with_i: String = plain.iter().take(length).collect();
        with_i.push('i');
        stems.extend([with_i, stem]);
    }
    stems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recall::testing::{Seed, bank_of};

    async fn found(texts: &[&str], question: &str, wanted: usize) -> Vec<i64> {
        let seeds: Vec<Seed> = texts.iter().map(|text| Seed::new(text)).collect();
        let (fresh, bank) = bank_of(seeds).await;
        let resident = fresh.engine.residents().bank(fresh.engine.db(), bank.no).await.unwrap();
        let mut allowed = Bits::new(texts.len());
        (0..texts.len()).for_each(|place| allowed.add(place));
        let hits = search(fresh.engine.read(), bank.no, question, (wanted, wanted), &resident, &allowed)
            .await
            .unwrap();
        hits.into_iter().map(|hit| hit.unit).collect()
    }

    #[tokio::test]
    async fn words_are_found_in_other_forms_accents_and_scripts() {
        let texts =
            ["Ana runs in the Café Central.", "周末我去爬山。", "東京タワーに行った。", "Bob sleeps."];
        for (question, units) in [
            ("Who was running?", vec![1]),
            ("cafe", vec![1]),
            ("爬山", vec![2]),
            ("タワー", vec![3]),
            ("run 東京", vec![1, 3]),
            ("\" OR * (", vec![]),
        ] {
            let mut hits = found(&texts, question, 10).await;
            hits.sort_unstable();
            assert_eq!(hits, units, "{question}");
        }
    }

    #[tokio::test]
    async fn a_search_goes_on_until_enough_is_left_after_filtering() {
        let mut seeds: Vec<Seed> = (0..40).map(|_| Seed::new("boat boat boat")).collect();
        seeds.push(Seed::new("one boat among many other things that are told here at length"));
        let (fresh, bank) = bank_of(seeds).await;
        let resident = fresh.engine.residents().bank(fresh.engine.db(), bank.no).await.unwrap();
        let mut allowed = Bits::new(41);
        allowed.add(40);
        let hits = search(fresh.engine.read(), bank.no, "boat", (2, 1), &resident, &allowed).await.unwrap();
        assert_eq!(hits.iter().map(|hit| hit.unit).collect::<Vec<_>>(), [41]);
    }

    #[tokio::test]
    async fn of_a_long_question_the_rarest_words_are_searched() {
        let common: Vec<String> = (0..16).map(|n| format!("commonly{}", char::from(b'a' + n))).collect();
        let every = common.join(" ");
        let texts = [every.as_str(), every.as_str(), "A zeppelin flies."];
        let hits = found(&texts, &format!("{every} zeppelins flying"), 10).await;
        assert_eq!(hits.first(), Some(&3), "{hits:?}");
    }

    #[test]
    fn a_word_is_looked_up_as_its_stems() {
        assert!(stems("running").contains(&"run".to_owned()));
        assert!(stems("ponies").contains(&"poni".to_owned()) && stems("happy").contains(&"happi".to_owned()));
        assert_eq!((stems("東"), stems("bus")), (vec!["東".to_owned()], vec!["bus".to_owned()]));
    }
}
