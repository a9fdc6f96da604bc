//! What a whole bank knew at the time of a turn, by one clock or the other.

use super::{Certainty, MemoryNow, MemoryThen, Source, after};
use crate::pages::Pages;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use rearview_domain::memory::FactType;
use rearview_hindsight::{AsOf, Fact, MemoryFilter, MemoryState, MemoryTimeField, Result, StoodMemory};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use ts_rs::TS;

/// Retired memories that are looked through for those that counted then.
const RETIRED: usize = 2_000;
/// Memories that are asked for at the same time.
const AT_ONCE: usize = 8;

/// Which time decides what is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum MemoryClock {
    /// When it was learned: what the bank knew then.
    Learned,
    /// When it happened: what the bank says today to have happened before then, known then or not.
    Happened,
}

/// Which memories.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownThen {
    /// By which clock.
    pub clock: MemoryClock,
    /// With this in the text; empty for all. Where the past is told exactly that is the text of then, else of today.
    pub q: String,
    /// At most this many.
    pub limit: u32,
    /// Without the first so many.
    pub offset: u32,
}

/// A memory of a bank, then and now.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct KnownMemory {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub fact_type: Option<FactType>,
    /// What it was then.
    pub then: MemoryThen,
    /// What it is now.
    pub now: MemoryNow,
    /// When it happened, from.
    pub happened_from: Option<String>,
    /// When it happened, to.
    pub happened_to: Option<String>,
    /// When it was learned; `None` where the server does not tell.
    pub learned: Option<String>,
}

/// A page of what a bank knew.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct KnownPage {
    /// The memories.
    pub items: Vec<KnownMemory>,
    /// How many there are in all; `None` when the server does not tell.
    #[ts(type = "number | null")]
    pub total: Option<u64>,
    /// How many were there of which the words of then are not kept; `None` where nobody counts them.
    #[ts(type = "number | null")]
    pub unknown: Option<u64>,
    /// Whether more memories are retired than were looked through, so that some which counted then may be missing.
    pub retired_cut: bool,
    /// How it came about.
    pub certainty: Certainty,
}

/// Lists what a bank knew.
///
/// # Errors
/// Those of the server.
pub async fn known_then(source: &Source<'_>, asked: &KnownThen) -> Result<KnownPage> {
    match (asked.clock, source.exact) {
        (MemoryClock::Happened, _) => happened(source, asked).await,
        (MemoryClock::Learned, true) => told(source, asked).await,
        (MemoryClock::Learned, false) => pieced(source, asked).await,
    }
}

fn q(asked: &KnownThen) -> Option<String> {
    Some(asked.q.trim()).filter(|q| !q.is_empty()).map(str::to_owned)
}

fn listed(fact: Fact, then: MemoryThen) -> KnownMemory {
    KnownMemory {
        now: MemoryNow::of(&fact),
        then,
        id: fact.id,
        fact_type: fact.fact_type,
        happened_from: fact.occurred_start,
        happened_to: fact.occurred_end,
        learned: fact.created_at,
    }
}

/// Today's memories of what happened before then.
async fn happened(source: &Source<'_>, asked: &KnownThen) -> Result<KnownPage> {
    let filter = MemoryFilter {
        q: q(asked),
        time_field: Some(MemoryTimeField::OccurredStart),
        end_date: Some(source.at.0.clone()),
        limit: Some(asked.limit),
        offset: Some(asked.offset),
        ..MemoryFilter::default()
    };
    let page = source.client.memories(source.bank, &filter).await?;
    let facts: HashMap<String, Fact> =
        page.items.iter().map(|fact| (fact.id.clone(), fact.clone())).collect();
    let mut then = source.then(&facts).await?;
    let item = |fact: Fact| {
        let then = then.remove(&fact.id).unwrap_or(MemoryThen::NotKnown);
        listed(fact, then)
    };
    Ok(KnownPage {
        items: page.items.into_iter().map(item).collect(),
        total: page.total,
        unknown: None,
        retired_cut: false,
        certainty: source.certainty(),
    })
}

/// From a server that keeps every version.
async fn told(source: &Source<'_>, asked: &KnownThen) -> Result<KnownPage> {
    let of_then = AsOf {
        at: source.at.clone(),
        fact_type: None,
        q: q(asked),
        ids: Vec::new(),
        limit: asked.limit,
        offset: asked.offset,
    };
    let page = source.client.memories_as_of(source.bank, &of_then).await?;
    // What still stands as it stood needs no second look.
    let changed: Vec<&str> =
        page.items.iter().filter(|one| one.stood_to.is_some()).map(|one| one.id.as_str()).collect();
    let facts = source.facts(&changed).await?;
    let item = |stood: StoodMemory| KnownMemory {
        now: match (stood.stood_to.is_some(), facts.get(&stood.id)) {
            (false, _) => MemoryNow::Known { text: stood.text.clone() },
            (true, Some(fact)) => MemoryNow::of(fact),
            (true, None) => MemoryNow::Gone,
        },
        then: MemoryThen::Known { text: stood.text },
        id: stood.id,
        fact_type: stood.fact_type,
        happened_from: stood.occurred_start,
        happened_to: stood.occurred_end,
        learned: stood.created_at,
    };
    Ok(KnownPage {
        items: page.items.into_iter().map(item).collect(),
        total: Some(page.total),
        unknown: Some(page.unknown),
        retired_cut: false,
        certainty: Certainty::Exact,
    })
}

/// From a server that tells today only: those retired since, then those that count. What was deleted since is in neither.
async fn pieced(source: &Source<'_>, asked: &KnownThen) -> Result<KnownPage> {
    let stored_before = |state| MemoryFilter {
        q: q(asked),
        state: Some(state),
        time_field: Some(MemoryTimeField::CreatedAt),
        end_date: Some(source.at.0.clone()),
        ..MemoryFilter::default()
    };
    let (retired, retired_cut) = retired_since(source, &stored_before(MemoryState::Invalidated)).await?;
    let before = retired.len();
    let (limit, offset) = (asked.limit as usize, asked.offset as usize);
    let mut facts: Vec<Fact> = retired.into_iter().skip(offset).take(limit).collect();
    let valid = MemoryFilter {
        // A limit of 0 still tells the total.
        limit: Some(asked.limit.saturating_sub(u32::try_from(facts.len()).unwrap_or(u32::MAX))),
        offset: Some(u32::try_from(offset.saturating_sub(before)).unwrap_or(u32::MAX)),
        ..stored_before(MemoryState::Valid)
    };
    let page = source.client.memories(source.bank, &valid).await?;
    facts.extend(page.items);
    let notes = source.notes(facts.iter()).await?;
    let items = facts.into_iter().map(|fact| {
        let note = notes.get(&fact.id);
        async move {
            let then = source.before(&fact, note).await?;
            Ok(listed(fact, then))
        }
    });
    let items: Vec<_> = items.collect();
    Ok(KnownPage {
        items: stream::iter(items).buffered(AT_ONCE).try_collect().await?,
        total: page.total.map(|total| total + before as u64),
        unknown: None,
        retired_cut,
        certainty: Certainty::Reconstructed,
    })
}

/// Memories that counted then and do not now, and whether there may be more of them.
async fn retired_since(source: &Source<'_>, filter: &MemoryFilter) -> Result<(Vec<Fact>, bool)> {
    let mut pages = Pages::new(source.client, source.bank, filter);
    let (mut since, mut looked) = (Vec::new(), 0);
    while let Some(page) = pages.next().await? {
        looked += page.len();
        since.extend(page.into_iter().filter(|fact| {
            let retired = fact.invalidated_at.as_deref().and_then(|time| after(time, source.at_ms()));
            fact.state == Some(MemoryState::Invalidated) && retired == Some(true)
        }));
        if looked >= RETIRED && !pages.is_over() {
            return Ok((since, true));
        }
    }
    Ok((since, false))
}
