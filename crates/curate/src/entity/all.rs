//! All entities of a bank, kept while nothing in the bank changes.
//!
//! The list endpoint has pages and no search, so the names are read once. Whether they still hold is asked with
//! two small calls: the last changed fact and the most mentioned entity, each with its total.

use super::Names;
use futures_util::{StreamExt, TryStreamExt, stream};
use rearview_domain::{BankId, ServerId};
use rearview_hindsight::{Client, Entity, MemoryFilter, MemoryTimeField, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use ts_rs::TS;

/// Entities asked for at a time, pages under way at a time, and entities read of one bank at most.
const PAGE: u32 = 2_000;
const AT_ONCE: usize = 4;
const MOST: u32 = 100_000;
/// Banks whose names are kept.
const KEPT: usize = 8;

/// What a bank looked like: as long as it looks the same, its names are taken to be the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Stamp {
    facts: Option<u64>,
    changed: Option<String>,
    last: Option<String>,
    entities: Option<u64>,
    first: Option<Entity>,
}

/// All entities of a bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct EntityList {
    /// The entities, the most mentioned first.
    pub items: Vec<Entity>,
    /// How many the server says there are; more than `items` when there are too many to read.
    pub total: u64,
}

struct Kept {
    stamp: Stamp,
    list: Arc<EntityList>,
    names: Arc<Names>,
}

/// The entities of the banks that were looked at last.
#[derive(Default)]
pub struct All(Mutex<HashMap<(ServerId, BankId), Kept>>);

impl All {
    /// All entities of a bank, and their names.
    ///
    /// # Errors
    /// As the calls that read them.
    pub async fn of(
        &self,
        client: &Client,
        server: &ServerId,
        bank: &BankId,
    ) -> Result<(Arc<EntityList>, Arc<Names>)> {
        let stamp = stamp(client, bank).await?;
        let key = (server.clone(), bank.clone());
        if let Some(kept) = lock(&self.0).get(&key).filter(|kept| kept.stamp == stamp) {
            return Ok((kept.list.clone(), kept.names.clone()));
        }
        let list = Arc::new(read(client, bank).await?);
        let names = Arc::new(Names::of(&list.items));
        let mut kept = lock(&self.0);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, Kept { stamp, list: list.clone(), names: names.clone() });
        Ok((list, names))
    }
}

async fn stamp(client: &Client, bank: &BankId) -> Result<Stamp> {
    let last = MemoryFilter {
        time_field: Some(MemoryTimeField::UpdatedAt),
        limit: Some(1),
        ..MemoryFilter::default()
    };
    let (facts, entities) =
        futures_util::try_join!(client.memories(bank, &last), client.entities(bank, 1, 0))?;
    let fact = facts.items.into_iter().next();
    Ok(Stamp {
        facts: facts.total,
        changed: fact.as_ref().and_then(|fact| fact.updated_at.clone()),
        last: fact.map(|fact| fact.id),
        entities: entities.total,
        first: entities.items.into_iter().next(),
    })
}

async fn read(client: &Client, bank: &BankId) -> Result<EntityList> {
    let first = client.entities(bank, PAGE, 0).await?;
    let total = first.total.unwrap_or(first.items.len() as u64);
    let end = u32::try_from(total).unwrap_or(MOST).min(MOST);
    let offsets = (1..).map(|page: u32| page * PAGE).take_while(|offset| *offset < end);
    let calls: Vec<_> = offsets.map(|offset| client.entities(bank, PAGE, offset)).collect();
    let rest: Vec<_> = stream::iter(calls).buffered(AT_ONCE).try_collect().await?;
    let mut items = first.items;
    items.extend(rest.into_iter().flat_map(|page| page.items));
    // What moved between two pages comes twice.
    let mut seen = std::collections::HashSet::new();
    items.retain(|entity| seen.insert(entity.id.clone()));
    Ok(EntityList { total: total.max(items.len() as u64), items })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
