//! What a turn got, beside what the same request gets now.

use super::source::Past;
use super::{MemoryNow, MemoryThen, Source};
use rearview_domain::memory::{FactType, RecalledMemory};
use rearview_hindsight::Result;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use ts_rs::TS;

/// A memory in an answer of recall.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The memory.
    pub memory: &'a RecalledMemory,
    /// Its place in the block, from 1; `None` when it is not in it.
    pub place: Option<u32>,
}

/// Where a memory came in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CameUp {
    /// Its rank in the server's order; `None` when recall did not return it and it stood there as a pinned one.
    pub rank: Option<u32>,
    /// Its place in the block, from 1; `None` when it was kept out.
    pub place: Option<u32>,
}

/// One memory, then and now.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ThenNowRow {
    /// Its id now, else its id then.
    pub id: String,
    /// Its id then, where the same words stand under another one now: observations are made anew.
    pub was_id: Option<String>,
    /// Its kind.
    pub fact_type: Option<FactType>,
    /// Where the turn had it; `None` when it had not.
    pub had: Option<CameUp>,
    /// Where it comes now; `None` when it does not.
    pub gets: Option<CameUp>,
    /// What it was then. Of a memory that the turn had, the record knows the words.
    pub then: MemoryThen,
    /// What it is now.
    pub now: MemoryNow,
    /// When it happened, from, as the memory says.
    pub happened_from: Option<String>,
    /// When it happened, to.
    pub happened_to: Option<String>,
    /// When it was learned; `None` where the server does not tell.
    pub learned: Option<String>,
}

/// Sets the two answers side by side: first what the turn had, in its order, then what comes only now.
///
/// # Errors
/// Those of the server.
pub async fn then_and_now(
    source: &Source<'_>,
    had: &[Seen<'_>],
    gets: &[Seen<'_>],
) -> Result<Vec<ThenNowRow>> {
    let ids: HashSet<&str> = had.iter().chain(gets).map(|seen| seen.memory.id.as_str()).collect();
    let ids: Vec<&str> = ids.into_iter().collect();
    let past = source.past(&ids).await?;
    Ok(beside(had, gets, &past))
}

/// The same where nobody could be asked what a memory was or is: what came then and now is known all the same.
pub fn without_past(had: &[Seen<'_>], gets: &[Seen<'_>]) -> Vec<ThenNowRow> {
    beside(had, gets, &HashMap::new())
}

fn beside(had: &[Seen<'_>], gets: &[Seen<'_>], past: &HashMap<String, Past>) -> Vec<ThenNowRow> {
    let gone = |id: &str| past.get(id).is_some_and(|past| past.now == MemoryNow::Gone);
    let mut only_now: Vec<Seen<'_>> =
        gets.iter().filter(|seen| !had.iter().any(|was| was.memory.id == seen.memory.id)).copied().collect();
    let mut rows = Vec::with_capacity(had.len() + only_now.len());
    for was in had {
        let same = gets.iter().find(|seen| seen.memory.id == was.memory.id).copied();
        // One that is gone, and whose very words came under another id, was made anew.
        let again = (same.is_none() && gone(&was.memory.id))
            .then(|| only_now.iter().position(|seen| seen.memory.text.trim() == was.memory.text.trim()))
            .flatten()
            .map(|index| only_now.remove(index));
        let mut row = row(Some(*was), same.or(again), past);
        row.was_id = again.map(|_| was.memory.id.clone());
        rows.push(row);
    }
    rows.extend(only_now.into_iter().map(|seen| row(None, Some(seen), past)));
    rows
}

fn row(had: Option<Seen<'_>>, gets: Option<Seen<'_>>, past: &HashMap<String, Past>) -> ThenNowRow {
    let turned = |seen: Seen<'_>| CameUp {
        rank: (seen.memory.rank > 0).then_some(seen.memory.rank),
        place: seen.place,
    };
    let memory = gets.or(had).map(|seen| seen.memory);
    let id = memory.map(|memory| memory.id.clone()).unwrap_or_default();
    let known = past.get(&id);
    let then = match had {
        Some(was) => MemoryThen::Known { text: was.memory.text.clone() },
        None => known.map_or(MemoryThen::NotKnown, |past| past.then.clone()),
    };
    ThenNowRow {
        was_id: None,
        fact_type: memory.and_then(|memory| memory.fact_type),
        had: had.map(turned),
        gets: gets.map(turned),
        then,
        // What came back just now is known, whoever else could not be asked.
        now: match (known, gets) {
            (Some(past), _) => past.now.clone(),
            (None, Some(seen)) => MemoryNow::Known { text: seen.memory.text.clone() },
            (None, None) => MemoryNow::NotKnown,
        },
        happened_from: memory.and_then(|memory| memory.occurred_start.clone()),
        happened_to: memory.and_then(|memory| memory.occurred_end.clone()),
        learned: known.and_then(|past| past.fact.as_ref()?.created_at.clone()),
        id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(id: &str, rank: u32, text: &str) -> RecalledMemory {
        serde_json::from_value(serde_json::json!({
            "id": id, "text": text, "factType": "world", "context": null, "occurredStart": null, "occurredEnd": null,
            "mentionedAt": null, "documentId": null, "chunkId": null, "scores": {}, "rank": rank, "tokens": 3,
        }))
        .unwrap()
    }

    fn past(now: MemoryNow, then: MemoryThen) -> Past {
        Past { now, then, fact: None }
    }

    fn known(text: &str) -> MemoryNow {
        MemoryNow::Known { text: text.into() }
    }

    #[test]
    fn what_the_turn_had_comes_first_with_its_words_of_then_and_what_is_new_after_it() {
        let (a, b) = (memory("a", 1, "old words"), memory("b", 2, "second"));
        let (a_now, c) = (memory("a", 2, "new words"), memory("c", 1, "learned since"));
        let had = [Seen { memory: &a, place: Some(1) }, Seen { memory: &b, place: None }];
        let gets = [Seen { memory: &c, place: Some(1) }, Seen { memory: &a_now, place: Some(2) }];
        let retired =
            MemoryNow::Retired { at: Some("2026-01-01T00:00:00Z".into()), reason: Some("wrong".into()) };
        let told = HashMap::from([
            ("a".to_owned(), past(known("new words"), MemoryThen::Otherwise)),
            ("b".to_owned(), past(retired.clone(), MemoryThen::Known { text: "second".into() })),
            ("c".to_owned(), past(known("learned since"), MemoryThen::NotYet)),
        ]);
        let rows = beside(&had, &gets, &told);
        assert_eq!(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        // The record knows what a server has forgotten.
        assert_eq!(rows[0].then, MemoryThen::Known { text: "old words".into() });
        assert_eq!(rows[0].now, known("new words"));
        assert_eq!(rows[0].had, Some(CameUp { rank: Some(1), place: Some(1) }));
        assert_eq!(rows[0].gets, Some(CameUp { rank: Some(2), place: Some(2) }));
        assert_eq!((rows[1].gets, &rows[1].now), (None, &retired));
        assert_eq!((rows[2].had, &rows[2].then), (None, &MemoryThen::NotYet));
    }

    #[test]
    fn an_observation_made_anew_in_the_same_words_is_one_row() {
        let (old, new) = (memory("old", 1, "Ana lives in Lisbon."), memory("new", 1, "Ana lives in Lisbon."));
        let (had, gets) = ([Seen { memory: &old, place: Some(1) }], [Seen { memory: &new, place: Some(1) }]);
        let mut told = HashMap::from([
            ("old".to_owned(), past(MemoryNow::Gone, MemoryThen::NotKnown)),
            ("new".to_owned(), past(known("Ana lives in Lisbon."), MemoryThen::NotYet)),
        ]);
        let rows = beside(&had, &gets, &told);
        assert_eq!((rows.len(), rows[0].id.as_str(), rows[0].was_id.as_deref()), (1, "new", Some("old")));
        assert!(matches!(rows[0].then, MemoryThen::Known { .. }));

        // While the first is still there, the second is another memory.
        told.insert("old".to_owned(), past(known("Ana lives in Lisbon."), MemoryThen::NotKnown));
        assert_eq!(beside(&had, &gets, &told).len(), 2);
    }

    #[test]
    fn where_nobody_could_be_asked_the_two_answers_still_stand_side_by_side() {
        let (a, b) = (memory("a", 0, "first"), memory("b", 0, "second"));
        let rows = without_past(&[Seen { memory: &a, place: None }], &[Seen { memory: &b, place: None }]);
        assert_eq!((rows[0].id.as_str(), rows[0].gets, &rows[0].now), ("a", None, &MemoryNow::NotKnown));
        assert_eq!((rows[1].id.as_str(), rows[1].had, &rows[1].then), ("b", None, &MemoryThen::NotKnown));
        assert_eq!(rows[1].now, known("second"), "it came back just now");
    }

    #[test]
    fn a_pinned_memory_that_nobody_ranked_has_no_rank() {
        let pinned = memory("a", 0, "pinned");
        let told = HashMap::from([("a".to_owned(), past(known("pinned"), MemoryThen::NotKnown))]);
        let rows = beside(&[Seen { memory: &pinned, place: Some(1) }], &[], &told);
        assert_eq!(rows[0].had, Some(CameUp { rank: None, place: Some(1) }));
    }
}
