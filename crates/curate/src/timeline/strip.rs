//! How many facts fall into each bar: one small count a bar, several at a time, and none for a bar that its
//! neighbours show to be empty.

use super::bars::{StripUnit, edges};
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rearview_domain::BankId;
use rearview_hindsight::{Client, Fact, MemoryFilter, MemoryTimeField, Result};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Counts under way at a time.
const AT_ONCE: usize = 6;
/// Up to this many facts are read and counted here, which takes one call instead of one a bar.
const FEW: u64 = 600;

/// Which strip.
#[derive(Clone, Debug)]
pub struct StripAsked {
    /// The time that counts.
    pub clock: MemoryTimeField,
    /// Which facts; its times cut the span, and without them the whole life of the bank is shown.
    pub filter: MemoryFilter,
}

/// A bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StripBar {
    /// From this time on.
    pub from: String,
    /// Before this time.
    pub to: String,
    /// How many facts.
    pub count: u64,
}

/// How many facts fall where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Strip {
    /// What one bar is; absent without bars.
    pub unit: Option<StripUnit>,
    /// The bars, earliest first, without a gap.
    pub bars: Vec<StripBar>,
    /// Facts that have this time, within the span.
    pub dated: u64,
    /// Facts that pass the filter, whatever the span, and lack this time.
    pub undated: u64,
    /// Facts that pass the filter, whatever the span.
    pub total: u64,
}

/// The moment of a fact by a clock.
pub(super) fn moment(fact: &Fact, clock: MemoryTimeField) -> Option<Timestamp> {
    let text = match clock {
        MemoryTimeField::OccurredStart => &fact.occurred_start,
        MemoryTimeField::OccurredEnd => &fact.occurred_end,
        MemoryTimeField::MentionedAt => &fact.mentioned_at,
        MemoryTimeField::UpdatedAt => &fact.updated_at,
        // The engine in the app tells it, other servers do not.
        MemoryTimeField::CreatedAt => &fact.created_at,
    };
    text.as_deref()?.parse().ok()
}

struct Counter<'a> {
    client: &'a Client,
    bank: &'a BankId,
    filter: MemoryFilter,
}

impl Counter<'_> {
    async fn page(&self, limit: u32, offset: u32) -> Result<(Vec<Fact>, u64)> {
        let filter = MemoryFilter { limit: Some(limit), offset: Some(offset), ..self.filter.clone() };
        let page = self.client.memories(self.bank, &filter).await?;
        let total = page.total.unwrap_or(page.items.len() as u64);
        Ok((page.items, total))
    }

    async fn between(&self, from: Timestamp, to: Timestamp) -> Result<u64> {
        let filter = MemoryFilter {
            start_date: Some(from.to_string()),
            end_date: Some(to.to_string()),
            limit: Some(0),
            offset: None,
            ..self.filter.clone()
        };
        Ok(self.client.memories(self.bank, &filter).await?.total.unwrap_or_default())
    }
}

/// Counts the facts of a bank along a clock.
///
/// # Errors
/// As the calls that count.
pub async fn strip(client: &Client, bank: &BankId, asked: &StripAsked, tz: &TimeZone) -> Result<Strip> {
    let open = MemoryFilter {
        time_field: None,
        start_date: None,
        end_date: None,
        limit: Some(0),
        ..asked.filter.clone()
    };
    let all = Counter { client, bank, filter: open.clone() };
    let ever = Counter { client, bank, filter: MemoryFilter { time_field: Some(asked.clock), ..open } };
    let cut = Counter {
        client,
        bank,
        filter: MemoryFilter { time_field: Some(asked.clock), ..asked.filter.clone() },
    };
    let (total, ever, dated) = futures_util::try_join!(all.page(0, 0), ever.page(0, 0), cut.page(0, 0))?;
    let (total, ever, dated) = (total.1, ever.1, dated.1);
    let empty = Strip { unit: None, bars: Vec::new(), dated, undated: total.saturating_sub(ever), total };
    if dated == 0 {
        return Ok(empty);
    }
    let told = |facts: &[Fact]| facts.iter().all(|fact| moment(fact, asked.clock).is_some());
    let read = match dated <= FEW {
        true => Some(cut.page(u32::try_from(FEW).unwrap_or(u32::MAX), 0).await?.0),
        false => None,
    };
    // Of what a server does not tell of each fact it tells how many there are.
    let read = read.filter(|facts| told(facts));
    let Some((from, to)) = span(&cut, asked, read.as_deref(), dated).await? else { return Ok(empty) };
    let (unit, edges) = edges(from, to, tz);
    let counts = match read {
        Some(facts) => {
            let times: Vec<Timestamp> = facts.iter().filter_map(|fact| moment(fact, asked.clock)).collect();
            let within = |bar: &[Timestamp]| match bar {
                [from, to] => times.iter().filter(|at| *from <= **at && **at < *to).count() as u64,
                _ => 0,
            };
            edges.windows(2).map(within).collect()
        }
        None => counts(&cut, &edges, dated).await?,
    };
    let bars = edges.windows(2).zip(counts).filter_map(|(bar, count)| match bar {
        [from, to] => Some(StripBar { from: from.to_string(), to: to.to_string(), count }),
        _ => None,
    });
    Ok(Strip { unit: Some(unit), bars: bars.collect(), ..empty })
}

/// From the first moment to the last: the list is sorted latest first, so they stand at its ends.
async fn span(
    cut: &Counter<'_>,
    asked: &StripAsked,
    read: Option<&[Fact]>,
    dated: u64,
) -> Result<Option<(Timestamp, Timestamp)>> {
    let given = |text: &Option<String>| text.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
    if let (Some(from), Some(to)) = (given(&asked.filter.start_date), given(&asked.filter.end_date)) {
        // The end is not part of the span.
        let to = to.checked_sub(jiff::SignedDuration::from_millis(1)).unwrap_or(to);
        return Ok((from <= to).then_some((from, to)));
    }
    if let Some(facts) = read {
        let times = || facts.iter().filter_map(|fact| moment(fact, asked.clock));
        return Ok(times().min().zip(times().max()));
    }
    let last = u32::try_from(dated.saturating_sub(1)).unwrap_or(u32::MAX);
    let (newest, oldest) = futures_util::try_join!(cut.page(1, 0), cut.page(1, last))?;
    let at = |page: &(Vec<Fact>, u64)| page.0.first().and_then(|fact| moment(fact, asked.clock));
    if asked.clock == MemoryTimeField::CreatedAt && at(&newest).is_none() {
        return stored(cut, dated).await;
    }
    Ok(at(&oldest).zip(at(&newest)))
}

/// When the first and the last fact were stored. Where lists do not print it, so it is closed in on with counts.
async fn stored(cut: &Counter<'_>, dated: u64) -> Result<Option<(Timestamp, Timestamp)>> {
    /// Hindsight is younger; a fact cannot have been stored before.
    const FIRST: &str = "2024-01-01T00:00:00Z";
    const CLOSE_S: i64 = 3_600;
    let Ok(floor) = FIRST.parse::<Timestamp>() else { return Ok(None) };
    let now = Timestamp::now();
    let ceiling = now.checked_add(jiff::SignedDuration::from_hours(24)).unwrap_or(now);
    let half = |low: Timestamp, high: Timestamp| {
        Timestamp::from_second(low.as_second() + (high.as_second() - low.as_second()) / 2).unwrap_or(low)
    };
    let (mut low, mut high) = (floor, ceiling);
    while high.as_second() - low.as_second() > CLOSE_S {
        let middle = half(low, high);
        match cut.between(floor, middle).await? {
            0 => low = middle,
            _ => high = middle,
        }
    }
    let first = low;
    let (mut low, mut high) = (first, ceiling);
    while high.as_second() - low.as_second() > CLOSE_S {
        let middle = half(low, high);
        match cut.between(floor, middle).await? >= dated {
            true => high = middle,
            false => low = middle,
        }
    }
    Ok(Some((first, high)))
}

/// Counts halves until a half is empty or one bar wide. A dense bank costs twice its bars, a sparse one far less.
async fn counts(cut: &Counter<'_>, edges: &[Timestamp], dated: u64) -> Result<Vec<u64>> {
    /// Bars that are counted one by one: halving them would cost as much.
    const LEAF: usize = 4;
    let bars = edges.len().saturating_sub(1);
    let mut counts = vec![0; bars];
    let mut open = vec![(0, bars, dated)];
    let mut leaves = Vec::new();
    while let Some((from, to, count)) = open.pop() {
        if count == 0 || from >= to {
            continue;
        }
        if to - from <= LEAF {
            leaves.extend(from..to);
            continue;
        }
        let middle = (from + to) / 2;
        let (Some(start), Some(half)) = (edges.get(from), edges.get(middle)) else { continue };
        let first = cut.between(*start, *half).await?;
        open.push((from, middle, first));
        open.push((middle, to, count.saturating_sub(first)));
    }
    let calls: Vec<_> = leaves
        .into_iter()
        .filter_map(|bar| Some((bar, *edges.get(bar)?, *edges.get(bar + 1)?)))
        .map(|(bar, from, to)| async move { cut.between(from, to).await.map(|count| (bar, count)) })
        .collect();
    let found: Vec<(usize, u64)> = stream::iter(calls).buffered(AT_ONCE).try_collect().await?;
    for (bar, count) in found {
        if let Some(slot) = counts.get_mut(bar) {
            *slot = count;
        }
    }
    Ok(counts)
}
