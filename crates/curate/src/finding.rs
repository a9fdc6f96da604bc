//! Free local checks over a whole bank: duplicates, superseded, undated, orphaned, instruction-like facts and
//! more. No model is asked and nothing is sent but reads.
//!
//! The bank is read page by page; of each fact a sketch of some 300 bytes stays (`sketch`), and at most 600
//! characters of its text. `single` looks at one fact, `pairs` at two, `supersede` at two about the same thing.
//! `rearview-api` calls `find` and passes the events on.

mod pairs;
mod same;
mod single;
mod sketch;
mod supersede;
mod words;

pub use same::same;

use crate::kept::{KeptPairs, holds};
use crate::pages::Pages;
use rearview_domain::memory::FactType;
use rearview_domain::{BankId, Error, ErrorCode};
use rearview_hindsight::{Client, DocumentFilter, Fact, MemoryFilter};
use serde::{Deserialize, Serialize};
use sketch::{Names, Sketch};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use ts_rs::TS;

/// Findings of one kind that are told; all are counted.
const MOST_OF_A_KIND: usize = 1_000;
/// Documents a page.
const PAGE: u32 = 1_000;
/// Facts a page: some 2 MB.
const FACTS: u32 = 2_000;
/// How often it is asked, while facts are compared, whether somebody still listens.
const STILL_THERE: Duration = Duration::from_millis(200);

/// What a check looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum FindingKind {
    /// The same words.
    ExactDuplicate,
    /// Nearly the same words about the same entity or from the same document.
    NearDuplicate,
    /// The same thing said of the same entity with another value, later.
    Superseded,
    /// No date at all, or a time in the text and no date.
    Undated,
    /// A date that has not come yet.
    FutureDated,
    /// Its document is gone, or an observation without sources.
    Orphaned,
    /// Shaped like an order to a model.
    InstructionLike,
    /// Looks like a key or a password.
    SecretLike,
    /// Much longer than a fact should be.
    Oversized,
}

impl FindingKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::ExactDuplicate,
        Self::NearDuplicate,
        Self::Superseded,
        Self::Undated,
        Self::FutureDated,
        Self::Orphaned,
        Self::InstructionLike,
        Self::SecretLike,
        Self::Oversized,
    ];
}

/// A fact in a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct FoundFact {
    /// Its id.
    pub id: String,
    /// Its text, at most 600 characters of it.
    pub text: String,
    /// Whether that is not all of it.
    pub cut: bool,
    /// Its kind.
    pub fact_type: Option<FactType>,
    /// Its entities, as the list gives them.
    pub entities: Vec<String>,
    /// When it happened.
    pub occurred_start: Option<String>,
    /// When it was said.
    pub mentioned_at: Option<String>,
    /// Its document.
    pub document_id: Option<String>,
}

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// The facts: one, or two of which the first is older.
    pub facts: Vec<FoundFact>,
    /// Why, for people.
    pub why: String,
}

/// How many of a kind were found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct FindingCount {
    /// The kind.
    pub kind: FindingKind,
    /// All of them.
    pub total: u32,
    /// Those that were told.
    pub shown: u32,
}

/// What a search tells while it goes on. `Done` comes last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum FindEvent {
    /// How far it is.
    Reading {
        /// Facts read.
        seen: u32,
        /// Facts in all, when the server says so.
        total: Option<u64>,
    },
    /// All is read; pairs are compared.
    Comparing {
        /// Facts that are compared.
        facts: u32,
    },
    /// Something was found.
    Found {
        /// What.
        findings: Vec<Finding>,
    },
    /// It is over.
    Done {
        /// Facts that were looked at.
        facts: u32,
        /// How many of each kind.
        counts: Vec<FindingCount>,
        /// Pairs that were not compared because some words are in too many facts.
        uncompared: u64,
        /// Pairs that were left out because a person wants both facts.
        kept: u32,
        /// How long the comparing took, in milliseconds.
        compared_ms: u32,
    },
}

/// What is found, counted and cut.
struct Notes {
    wanted: HashSet<FindingKind>,
    counts: HashMap<FindingKind, FindingCount>,
    buffer: Vec<Finding>,
}

impl Notes {
    fn wants(&self, kind: FindingKind) -> bool {
        self.wanted.contains(&kind)
    }

    fn add(&mut self, kind: FindingKind, why: String, facts: impl FnOnce() -> Vec<FoundFact>) {
        if !self.wants(kind) {
            return;
        }
        let count = self.counts.entry(kind).or_insert(FindingCount { kind, total: 0, shown: 0 });
        count.total += 1;
        if (count.shown as usize) < MOST_OF_A_KIND {
            count.shown += 1;
            self.buffer.push(Finding { kind, facts: facts(), why });
        }
    }

    /// What was found since the last call, as an event when there is something.
    fn fresh(&mut self) -> Option<FindEvent> {
        let findings = std::mem::take(&mut self.buffer);
        (!findings.is_empty()).then_some(FindEvent::Found { findings })
    }

    fn over(&self) -> Vec<FindingCount> {
        let count =
            |kind| self.counts.get(&kind).cloned().unwrap_or(FindingCount { kind, total: 0, shown: 0 });
        FindingKind::ALL.into_iter().filter(|kind| self.wants(*kind)).map(count).collect()
    }
}

/// What is known of the bank so far. It goes to a thread of its own with each page and comes back.
struct Bank {
    notes: Notes,
    names: Names,
    sketches: Vec<Sketch>,
    seen: HashSet<u64>,
    /// Hashes of the ids of all documents, when the server lists them.
    documents: Option<HashSet<u64>>,
    now: jiff::Timestamp,
}

impl Bank {
    fn look(&mut self, page: Vec<Fact>) {
        for fact in page {
            if self.seen.insert(words::hash(&fact.id)) {
                single::look(&fact, self.now, self.documents.as_ref(), &mut self.notes);
                self.sketches.push(Sketch::of(&fact, &mut self.names));
            }
        }
    }

    fn facts(&self) -> u32 {
        u32::try_from(self.sketches.len()).unwrap_or(u32::MAX)
    }
}

/// Ends the comparing when nobody waits for it any more: set by hand or when it is dropped.
#[derive(Clone, Default)]
struct Stop(Arc<AtomicBool>);

impl Stop {
    fn told(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Stops when it goes away: the page left, and with it the future that waits.
struct StopAtEnd(Stop);

impl Drop for StopAtEnd {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// Looks a bank through. `told` hears of it and answers whether it still listens; when not, the search ends. Pairs
/// that are `kept` and stand are left out; afterwards it knows which are another pair by now.
///
/// # Errors
/// Those of the server.
pub async fn find(
    client: &Client,
    bank: &BankId,
    kinds: &[FindingKind],
    kept: &mut KeptPairs,
    told: &(dyn Fn(FindEvent) -> bool + Send + Sync),
) -> Result<(), Error> {
    let wanted: HashSet<FindingKind> =
        if kinds.is_empty() { FindingKind::ALL.into() } else { kinds.iter().copied().collect() };
    let documents = match wanted.contains(&FindingKind::Orphaned) {
        true => documents(client, bank).await?,
        false => None,
    };
    let mut known = Bank {
        notes: Notes { wanted: wanted.clone(), counts: HashMap::new(), buffer: Vec::new() },
        names: Names::default(),
        sketches: Vec::new(),
        seen: HashSet::new(),
        documents,
        now: jiff::Timestamp::now(),
    };
    let all = MemoryFilter::default();
    let mut pages = Pages::new(client, bank, &all).cut(FACTS, 0);
    let mut page = pages.next().await.map_err(|error| error.to_error())?;
    while let Some(facts) = page {
        facts.iter().for_each(|fact| kept.saw(fact));
        // The next page is under way while this one is looked at.
        let looking = tokio::task::spawn_blocking(move || {
            known.look(facts);
            known
        });
        let (looked, next) = tokio::join!(looking, pages.next());
        known = looked.map_err(|_| broken())?;
        page = next.map_err(|error| error.to_error())?;
        let reading = FindEvent::Reading { seen: known.facts(), total: pages.total() };
        if !known.notes.fresh().into_iter().chain([reading]).all(told) {
            return Ok(());
        }
    }
    single::sourceless(&known.sketches, &known.seen, &mut known.notes);
    let Bank { mut notes, sketches, .. } = known;
    let facts = u32::try_from(sketches.len()).unwrap_or(u32::MAX);
    let comparing = || FindEvent::Comparing { facts };
    if !notes.fresh().into_iter().chain([comparing()]).all(told) {
        return Ok(());
    }
    let started = Instant::now();
    // The comparing takes a second or two of one core at 100,000 facts; no async thread is held for that long.
    let stop = StopAtEnd(Stop::default());
    let (its, standing) = (stop.0.clone(), kept.standing());
    let mut compared = tokio::task::spawn_blocking(move || compare(sketches, &wanted, &standing, &its));
    let (pairs, uncompared, kept) = loop {
        tokio::select! {
            done = &mut compared => break done.map_err(|_| broken())?,
            () = tokio::time::sleep(STILL_THERE) => {
                if !told(comparing()) {
                    return Ok(());
                }
            }
        }
    };
    for (kind, total, findings) in pairs {
        let shown = u32::try_from(findings.len()).unwrap_or(u32::MAX);
        notes.counts.insert(kind, FindingCount { kind, total, shown });
        notes.buffer.extend(findings);
        if !notes.fresh().into_iter().all(told) {
            return Ok(());
        }
    }
    let compared_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
    told(FindEvent::Done { facts, counts: notes.over(), uncompared, kept, compared_ms });
    Ok(())
}

fn broken() -> Error {
    Error::new(ErrorCode::Internal, "Looking at the facts failed inside Rearview.")
}

type Compared = Vec<(FindingKind, u32, Vec<Finding>)>;

/// All that takes two facts, with how many pairs were not compared and how many left out as kept.
fn compare(
    sketches: Vec<Sketch>,
    wanted: &HashSet<FindingKind>,
    standing: &HashSet<(String, String)>,
    stop: &Stop,
) -> (Compared, u64, u32) {
    let mut out = Vec::new();
    let mut kept = 0;
    let mut add = |kind: FindingKind, mut pairs: Vec<(u32, u32, String)>| {
        if !wanted.contains(&kind) {
            return;
        }
        let found = pairs.len();
        pairs.retain(|(a, b, _)| match (sketches.get(*a as usize), sketches.get(*b as usize)) {
            (Some(a), Some(b)) => !holds(standing, &a.id, &b.id),
            _ => true,
        });
        kept += u32::try_from(found - pairs.len()).unwrap_or(u32::MAX);
        let total = u32::try_from(pairs.len()).unwrap_or(u32::MAX);
        let findings = pairs.into_iter().take(MOST_OF_A_KIND).filter_map(|(a, b, why)| {
            let (a, b) = (sketches.get(a as usize)?, sketches.get(b as usize)?);
            Some(Finding { kind, facts: vec![a.told(), b.told()], why })
        });
        out.push((kind, total, findings.collect()));
    };
    let exact = pairs::exact(&sketches);
    let same: HashSet<(u32, u32)> = exact.iter().map(|(a, b, _)| (*a, *b)).collect();
    let near = match wanted.contains(&FindingKind::NearDuplicate) {
        true => pairs::near(&sketches, stop),
        false => pairs::Near::default(),
    };
    let superseded = match wanted.contains(&FindingKind::Superseded) {
        true => supersede::superseded(&sketches, stop),
        false => Vec::new(),
    };
    let later: HashSet<(u32, u32)> = superseded.iter().map(|(a, b, _)| (*a, *b)).collect();
    let near_pairs =
        near.pairs.into_iter().filter(|(a, b, _)| !same.contains(&(*a, *b)) && !later.contains(&(*a, *b)));
    add(FindingKind::ExactDuplicate, exact);
    add(FindingKind::NearDuplicate, near_pairs.collect());
    add(FindingKind::Superseded, superseded);
    (out, near.uncompared, kept)
}

/// Hashes of the ids of all documents; `None` on a server that has no list of them.
async fn documents(client: &Client, bank: &BankId) -> Result<Option<HashSet<u64>>, Error> {
    let mut ids = HashSet::new();
    let mut offset = 0u32;
    loop {
        let filter = DocumentFilter { limit: Some(PAGE), offset: Some(offset), ..DocumentFilter::default() };
        let page = match client.documents(bank, &filter).await {
            Ok(page) => page,
            Err(rearview_hindsight::HindsightError::FeatureMissing { .. }) => return Ok(None),
            Err(error) => return Err(error.to_error()),
        };
        let got = u32::try_from(page.items.len()).unwrap_or(u32::MAX);
        ids.extend(page.items.iter().map(|document| words::hash(document.id.as_str())));
        offset = offset.saturating_add(got);
        if got == 0 || page.total.map_or(got < PAGE, |total| u64::from(offset) >= total) {
            return Ok(Some(ids));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sketches(facts: &[(&str, &str, &str)]) -> Vec<Sketch> {
        let mut names = Names::default();
        let mut sketch = |(place, (text, entity, at)): (usize, &(&str, &str, &str))| {
            let fact = json!({
                "id": place.to_string(), "text": text, "type": "world", "entities": [entity], "mentioned_at": at,
            });
            Sketch::of(&serde_json::from_value(fact).unwrap(), &mut names)
        };
        facts.iter().enumerate().map(&mut sketch).collect()
    }

    fn counts(facts: &[(&str, &str, &str)], stop: &Stop) -> Vec<(FindingKind, u32)> {
        let (compared, ..) = compare(sketches(facts), &FindingKind::ALL.into(), &HashSet::new(), stop);
        compared.into_iter().map(|(kind, total, _)| (kind, total)).collect()
    }

    const FACTS: &[(&str, &str, &str)] = &[
        ("Ana lives in a small flat in Lisbon.", "Ana", "2025-01-01T00:00:00Z"),
        ("Ana lives in a small flat in Porto.", "Ana", "2025-06-01T00:00:00Z"),
        ("Ana lives in a small flat in Porto!", "Ana", "2025-06-02T00:00:00Z"),
        ("Bo lives in a small flat in Braga.", "Bo", "2025-07-01T00:00:00Z"),
        ("The blue boat of Bo was sold at the harbour in spring.", "Bo", "2025-01-01T00:00:00Z"),
        ("The blue boat of Bo was sold at the old harbour in spring.", "Bo", "2025-01-01T00:00:00Z"),
    ];

    #[test]
    fn twins_near_twins_and_what_a_later_fact_replaces_are_told_apart() {
        let found = counts(FACTS, &Stop::default());
        assert_eq!(
            found,
            [(FindingKind::ExactDuplicate, 1), (FindingKind::NearDuplicate, 1), (FindingKind::Superseded, 1)]
        );
    }

    #[test]
    fn comparing_ends_when_it_is_told_to_stop() {
        let stop = Stop::default();
        drop(StopAtEnd(stop.clone()));
        let found = counts(FACTS, &stop);
        assert_eq!(found[1..], [(FindingKind::NearDuplicate, 0), (FindingKind::Superseded, 0)]);
    }
}
