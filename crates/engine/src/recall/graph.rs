//! The graph as a bonus: memories that share entities with the question or with its best answers, and causes.
//!
//! Rare entities count, hubs never do; the best answers are not left out of it, since an arm that leaves its
//! own seeds out puts everything else before them.

use crate::error::{Result, during};
use crate::resident::Resident;
use crate::words;
use sqlx::sqlite::SqlitePool;
use std::collections::{BTreeSet, HashMap};

/// The most that shared entities add.
pub(crate) const ENTITY_BONUS: f32 = 0.06;
/// What the cause or the effect of one of the best gains.
pub(crate) const CAUSAL_BONUS: f32 = 0.1;
/// The best answers, whose entities and causes count.
pub(crate) const SEEDS: usize = 10;
/// An entity in more than this share of the bank's memories is a hub (the person themselves, mostly) …
const HUB_SHARE: f32 = 0.2;
/// … if it is in more than so many.
const HUB_LEAST: u32 = 20;
/// Words of the longest name that is looked for in a question.
const NAME_WORDS: usize = 4;
/// Characters of the longest name that is looked for where words are not parted.
const NAME_CHARS: usize = 6;
/// Names tried of one question.
const NAMES: usize = 2000;

/// The bank's entities that the question names, by their `no`.
pub(crate) async fn named(db: &SqlitePool, bank: i64, question: &str) -> Result<Vec<i64>> {
    let names = names(question);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_scalar(
        "SELECT e.no FROM json_each(?2) asked JOIN entity e ON e.bank = ?1 AND e.norm = asked.value \
         UNION SELECT a.entity FROM json_each(?2) asked JOIN entity_alias a ON a.bank = ?1 AND a.norm = asked.value \
         ORDER BY 1",
    )
    .bind(bank)
    .bind(serde_json::Value::from_iter(names).to_string())
    .fetch_all(db)
    .await
    .map_err(during("find entities of a question"))
}

/// What may be a name in a question, in normal form.
fn names(question: &str) -> BTreeSet<String> {
    let words: Vec<&str> = question.split_whitespace().collect();
    let mut names = BTreeSet::new();
    for first in 0..words.len() {
        for length in 1..=NAME_WORDS.min(words.len() - first) {
            if let Some(run) = words.get(first..first + length) {
                names.insert(words::normal_form(&run.join(" ")));
            }
        }
    }
    // Without spaces a name may stand anywhere in a run.
    for word in &words {
        let chars: Vec<char> = word.chars().collect();
        if !chars.iter().any(|c| *c >= '\u{0e00}' && c.is_alphanumeric()) {
            continue;
        }
        for length in 1..=NAME_CHARS {
            names.extend(chars.windows(length).map(|run| words::normal_form(&String::from_iter(run))));
        }
    }
    names.retain(|name| !name.is_empty());
    names.into_iter().take(NAMES).collect()
}

/// The weight of each entity that counts: 1 if the question names it, else the share of the seeds that have it
/// if two do, times how rare it is.
pub(crate) fn weights(bank: &Resident, named: &[i64], seeds: &[usize]) -> HashMap<u32, f32> {
    let mut strengths: HashMap<u32, f32> = HashMap::new();
    for held in seeds.iter().filter_map(|place| bank.at(*place)) {
        for entity in &held.entities {
            *strengths.entry(*entity).or_default() += 1.0 / SEEDS as f32;
        }
    }
    strengths.retain(|_, share| *share > 1.5 / SEEDS as f32);
    strengths.extend(named.iter().filter_map(|no| Some((bank.entity(*no)?, 1.0))));
    let all = bank.len() as f32;
    strengths
        .into_iter()
        .filter_map(|(entity, strength)| {
            let count = bank.entity_count(entity);
            let hub = count > HUB_LEAST && count as f32 > HUB_SHARE * all;
            let rarity = if count == 0 || all < 2.0 { 0.0 } else { (all / count as f32).ln() / all.ln() };
            (!hub && rarity > 0.0).then_some((entity, strength * rarity))
        })
        .collect()
}

/// What a memory gains by its entities.
pub(crate) fn bonus(entities: &[u32], weights: &HashMap<u32, f32>) -> f32 {
    let shared: f32 = entities.iter().filter_map(|entity| weights.get(entity)).sum();
    ENTITY_BONUS * shared.min(1.0)
}

/// The causes and effects of these memories.
pub(crate) async fn causal(db: &SqlitePool, units: &[i64]) -> Result<BTreeSet<i64>> {
    if units.is_empty() {
        return Ok(BTreeSet::new());
    }
    let found: Vec<i64> = sqlx::query_scalar(
        "SELECT l.dst FROM json_each(?1) seed JOIN link l ON l.src = seed.value \
         UNION SELECT l.src FROM json_each(?1) seed JOIN link l ON l.dst = seed.value",
    )
    .bind(serde_json::Value::from(units.to_vec()).to_string())
    .fetch_all(db)
    .await
    .map_err(during("find causes"))?;
    Ok(found.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recall::testing::row;
    use crate::resident::Row;

    fn bank(entities: &[&[i64]]) -> Resident {
        let row = |(n, entities): (usize, &&[i64])| Row {
            entities: entities.to_vec(),
            ..row(n as i64 + 1, &[1.0])
        };
        Resident::of(entities.iter().enumerate().map(row).collect())
    }

    #[test]
    fn a_rare_entity_weighs_more_than_a_common_one_and_a_named_one_more_than_a_shared_one() {
        let bank = bank(&[&[1, 2], &[1, 2], &[1], &[1], &[], &[], &[3], &[], &[], &[]]);
        let weight =
            |named: &[i64], no| weights(&bank, named, &[0, 1]).get(&bank.entity(no).unwrap()).copied();
        let (rare, common) = (weight(&[1, 2], 2).unwrap(), weight(&[1, 2], 1).unwrap());
        assert!(rare > common && common > weight(&[], 1).unwrap());
        assert_eq!(weight(&[], 3), None, "neither named nor shared");
    }

    #[test]
    fn the_bonus_is_bounded_and_a_hub_adds_nothing() {
        let rows: Vec<&[i64]> = (0..100).map(|n| if n < 30 { &[7_i64][..] } else { &[8][..] }).collect();
        let mut rows = rows;
        rows.push(&[1]);
        rows.push(&[2]);
        let bank = bank(&rows);
        let weights = weights(&bank, &[1, 2, 7, 8], &[]);
        let of = |no| bank.entity(no).unwrap();
        assert_eq!((weights.get(&of(7)), weights.get(&of(8))), (None, None));
        assert!(bonus(&[of(1), of(2)], &weights) <= ENTITY_BONUS && bonus(&[of(1)], &weights) > 0.0);
        assert_eq!(bonus(&[of(7)], &weights), 0.0);
    }

    #[test]
    fn names_are_looked_for_in_runs_of_words_and_inside_words_without_spaces() {
        let found = names("Where did Maria O'Neill live?");
        assert!(found.contains("maria oneill") && found.contains("live"), "{found:?}");
        assert!(names("東京タワーはどこ").contains("東京タワー"));
    }
}
