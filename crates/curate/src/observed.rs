//! The observations that were built on a fact.
//!
//! The API has no call for it: an observation names its facts, a fact not its observations. So the observations of a
//! bank are read page by page, once, and kept while the latest of them stays the latest. A big bank is read as far
//! as it is asked for, and the answer says how far that is. What a change is about to touch must be all of it, as it is
//! now: `built_on`. `rearview-api` keeps one [`Observed`] for all banks.

mod built_on;

use crate::pages::Pages;
pub use built_on::{BuiltOn, built_on};
use rearview_domain::memory::FactType;
use rearview_domain::{BankId, ServerId};
use rearview_hindsight::{Client, Fact, MemoryFilter, MemoryTimeField, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Mutex as AsyncMutex;
use ts_rs::TS;

/// Observations asked for at a time.
const PAGE: u32 = 500;
/// Observations that are told of one fact.
const TOLD: usize = 100;
/// Characters of an observation that are kept; the whole of it is a call away.
const KEPT_CHARACTERS: usize = 600;
/// Banks whose observations are kept.
const BANKS: usize = 4;
/// How long they are believed where the server does not say when an observation changed.
const BELIEVED: Duration = Duration::from_secs(60);

/// The observations built on some facts, and how far was looked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ObservationsOn {
    /// The observations, at most a hundred, each text cut after 600 characters.
    pub items: Vec<Fact>,
    /// How many were found.
    pub found: u32,
    /// How many observations of the bank were looked through.
    pub looked: u32,
    /// How many the bank has; `None` when the server does not say.
    pub of: Option<u64>,
    /// Whether all of them were looked through.
    pub whole: bool,
}

/// What the observations of a bank are known by.
#[derive(Clone, Debug, PartialEq)]
struct Mark {
    total: Option<u64>,
    latest: Option<(String, Option<String>)>,
}

impl Mark {
    /// Whether a change of any observation would show in it.
    fn is_telling(&self) -> bool {
        self.latest.as_ref().is_none_or(|(_, at)| at.is_some())
    }
}

/// The observations of a bank, as far as they were read.
#[derive(Default)]
struct Scan {
    mark: Option<Mark>,
    begun: Option<Instant>,
    read: u32,
    items: Vec<Fact>,
    by_source: HashMap<String, Vec<usize>>,
    whole: bool,
}

impl Scan {
    fn take(&mut self, page: Vec<Fact>) {
        for mut fact in page {
            let place = self.items.len();
            for source in &fact.source_memory_ids {
                self.by_source.entry(source.clone()).or_default().push(place);
            }
            if let Some((end, _)) = fact.text.char_indices().nth(KEPT_CHARACTERS) {
                fact.text.truncate(end);
                fact.text.push('…');
            }
            self.items.push(fact);
        }
    }

    fn on(&self, facts: &[String], but: &str) -> (Vec<Fact>, usize) {
        let places: BTreeSet<usize> =
            facts.iter().filter_map(|id| self.by_source.get(id)).flatten().copied().collect();
        let found =
            places.into_iter().filter_map(|place| self.items.get(place)).filter(|fact| fact.id != but);
        let found: Vec<&Fact> = found.collect();
        (found.iter().take(TOLD).map(|fact| (*fact).clone()).collect(), found.len())
    }
}

type Key = (ServerId, BankId);

/// The observations of the banks that were asked about last.
#[derive(Default)]
pub struct Observed {
    banks: Mutex<Vec<(Key, Arc<AsyncMutex<Scan>>)>>,
}

impl Observed {
    /// The observations built on any of these facts, `but` left out, after looking through at least `most` of the
    /// bank's observations, or all.
    ///
    /// # Errors
    /// As the call that lists memories.
    pub async fn find(
        &self,
        (server, client): (&ServerId, &Client),
        bank: &BankId,
        facts: &[String],
        but: &str,
        most: u32,
    ) -> Result<ObservationsOn> {
        let scan = self.of(server, bank);
        // Two that ask about the same bank read it once.
        let mut scan = scan.lock().await;
        let filter = MemoryFilter { fact_type: Some(FactType::Observation), ..MemoryFilter::default() };
        let probe =
            MemoryFilter { time_field: Some(MemoryTimeField::UpdatedAt), limit: Some(1), ..filter.clone() };
        let probe = client.memories(bank, &probe).await?;
        let latest = probe.items.into_iter().next().map(|fact| (fact.id, fact.updated_at));
        let mark = Mark { total: probe.total, latest };
        let old = !mark.is_telling() && scan.begun.is_none_or(|begun| begun.elapsed() > BELIEVED);
        if old || scan.mark.as_ref() != Some(&mark) {
            *scan = Scan { mark: Some(mark.clone()), begun: Some(Instant::now()), ..Scan::default() };
        }
        let mut pages = Pages::observations(client, bank).cut(PAGE, scan.read);
        while !scan.whole && scan.read < most {
            let page = pages.next().await?;
            (scan.read, scan.whole) = (pages.read(), pages.is_over());
            scan.take(page.unwrap_or_default());
        }
        let (items, found) = scan.on(facts, but);
        let of = mark.total.map(|total| if scan.whole { scan.read.into() } else { total });
        Ok(ObservationsOn {
            items,
            found: u32::try_from(found).unwrap_or(u32::MAX),
            looked: scan.read,
            of,
            whole: scan.whole,
        })
    }

    fn of(&self, server: &ServerId, bank: &BankId) -> Arc<AsyncMutex<Scan>> {
        let mut banks = self.banks.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (server.clone(), bank.clone());
        let kept = banks.iter().position(|(known, _)| *known == key).map(|place| banks.remove(place));
        let entry = kept.unwrap_or_else(|| (key, Arc::default()));
        let scan = entry.1.clone();
        banks.push(entry);
        if banks.len() > BANKS {
            banks.remove(0);
        }
        scan
    }
}

#[cfg(test)]
mod tests;
