//! Free local checks over a whole bank: duplicates, superseded, undated, orphaned, instruction-like facts and
//! more. No model is asked and nothing is sent but reads.
//!
//! The bank is read page by page; of each fact a sketch of some 300 bytes stays (`sketch`), and at most 600
//! characters of its text. `single` looks at one fact, `pairs` at two, `supersede` at two about the same thing.
//! `rearview-api` calls `find` and passes the events on.

mod pairs;
mod single;
mod sketch;
mod supersede;
mod words;

use crate::kept::{KeptPairs, holds};
use crate::pages::Pages;
use rearview_domain::memory::FactType;
use rearview_domain::{BankId, Error, ErrorCode};
use rearview_hindsight::{Client, DocumentFilter, MemoryFilter};
use serde::{Deserialize, Serialize};
use sketch::{Names, Sketch};
use std::collections::{HashMap, HashSet};
use std::time::Instant;
use ts_rs::TS;

/// Findings of one kind that are told; all are counted.
const MOST_OF_A_KIND: usize = 1_000;
/// Documents a page.
const PAGE: u32 = 1_000;

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
struct Found<'a> {
    wanted: HashSet<FindingKind>,
    counts: HashMap<FindingKind, FindingCount>,
    told: &'a (dyn Fn(FindEvent) -> bool + Send + Sync),
    buffer: Vec<Finding>,
    /// False when nobody listens any more.
    heard: bool,
}

impl Found<'_> {
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

    fn tell(&mut self, event: FindEvent) {
        self.heard &= (self.told)(event);
    }

    fn flush(&mut self) {
        if !self.buffer.is_empty() {
            let findings = std::mem::take(&mut self.buffer);
            self.tell(FindEvent::Found { findings });
        }
    }

    fn over(&self) -> Vec<FindingCount> {
        let count =
            |kind| self.counts.get(&kind).cloned().unwrap_or(FindingCount { kind, total: 0, shown: 0 });
        FindingKind::ALL.into_iter().filter(|kind| self.wants(*kind)).map(count).collect()
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
    let mut found = Found { wanted, counts: HashMap::new(), told, buffer: Vec::new(), heard: true };
    let documents = match found.wants(FindingKind::Orphaned) {
        true => documents(client, bank).await?,
        false => None,
    };
    let now = jiff::Timestamp::now();
    let mut names = Names::default();
    let mut sketches: Vec<Sketch> = Vec::new();
    let mut seen = HashSet::new();
    let mut pages = Pages::new(client, bank, &MemoryFilter::default());
    while let Some(page) = pages.next().await.map_err(|error| error.to_error())? {
        for fact in page {
            if seen.insert(words::hash(&fact.id)) {
                kept.saw(&fact);
                single::look(&fact, now, documents.as_ref(), &mut found);
                sketches.push(Sketch::of(&fact, &mut names));
            }
        }
        found.flush();
        let seen = u32::try_from(sketches.len()).unwrap_or(u32::MAX);
        found.tell(FindEvent::Reading { seen, total: pages.total() });
        if !found.heard {
            return Ok(());
        }
    }
    single::sourceless(&sketches, &seen, &mut found);
    let facts = u32::try_from(sketches.len()).unwrap_or(u32::MAX);
    found.tell(FindEvent::Comparing { facts });
    let started = Instant::now();
    // The comparing takes seconds of one core at 100,000 facts; no async thread is held for that long.
    let (wanted, standing) = (found.wanted.clone(), kept.standing());
    let compared = tokio::task::spawn_blocking(move || compare(sketches, &wanted, &standing)).await;
    let (pairs, uncompared, kept) = compared
        .map_err(|_| Error::new(ErrorCode::Internal, "Comparing the facts failed inside Rearview."))?;
    for (kind, total, findings) in pairs {
        let shown = u32::try_from(findings.len()).unwrap_or(u32::MAX);
        found.counts.insert(kind, FindingCount { kind, total, shown });
        found.buffer.extend(findings);
        found.flush();
    }
    let compared_ms = u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX);
    let counts = found.over();
    found.tell(FindEvent::Done { facts, counts, uncompared, kept, compared_ms });
    Ok(())
}

type Compared = Vec<(FindingKind, u32, Vec<Finding>)>;

/// All that takes two facts, with how many pairs were not compared and how many left out as kept.
fn compare(
    sketches: Vec<Sketch>,
    wanted: &HashSet<FindingKind>,
    standing: &HashSet<(String, String)>,
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
        true => pairs::near(&sketches),
        false => pairs::Near::default(),
    };
    let superseded = match wanted.contains(&FindingKind::Superseded) {
        true => supersede::superseded(&sketches),
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
