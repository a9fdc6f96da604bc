//! What an edit would do before it is done: which facts change, which cannot and why, which observations the
//! server will make anew.

use super::edit::{Edit, Idle};
use super::kept::Kept;
use crate::observed::built_on;
use crate::pages::Pages;
use futures_util::{StreamExt as _, stream};
use rearview_domain::{BankId, Error};
use rearview_hindsight::{Client, Fact, HindsightError, MemoryFilter};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use ts_rs::TS;

/// Facts and observations that are given as examples.
const SHOWN: usize = 20;
/// Facts that are read one by one at once, when their ids are given.
const AT_ONCE: usize = 8;

/// Which facts.
#[derive(Clone, Debug)]
pub enum Which {
    /// These.
    Ids(Vec<String>),
    /// All that match, without these ids.
    Matching(MemoryFilter, HashSet<String>),
}

/// Why some facts cannot be changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CannotChange {
    /// Why.
    pub why: String,
    /// How many.
    pub count: u32,
    /// The first of them.
    pub ids: Vec<String>,
}

/// What an edit would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ChangePreview {
    /// Facts that were looked at.
    pub facts: u32,
    /// Those that would change.
    pub changes: u32,
    /// Those that are so already.
    pub unchanged: u32,
    /// Those that cannot be changed.
    pub cannot: Vec<CannotChange>,
    /// Observations that are built on those that would change. The server makes them anew, under new ids.
    pub rebuilt: u32,
    /// The first of those observations.
    pub observations: Vec<Fact>,
    /// Observations that were looked through.
    pub scanned: u32,
}

impl ChangePreview {
    fn cannot(&mut self, why: &str, id: &str) {
        let at = match self.cannot.iter().position(|cannot| cannot.why == why) {
            Some(at) => at,
            None => {
                self.cannot.push(CannotChange { why: why.to_owned(), count: 0, ids: Vec::new() });
                self.cannot.len() - 1
            }
        };
        if let Some(cannot) = self.cannot.get_mut(at) {
            cannot.count += 1;
            if cannot.ids.len() < SHOWN {
                cannot.ids.push(id.to_owned());
            }
        }
    }

    fn take(&mut self, fact: &Fact, edit: &Edit, changing: &mut HashSet<String>) {
        self.facts += 1;
        match edit.on(&Kept::from(fact)) {
            Ok(_) => {
                self.changes += 1;
                changing.insert(fact.id.clone());
            }
            Err(Idle::IsSo) => self.unchanged += 1,
            Err(idle) => self.cannot(idle.why(), &fact.id),
        }
    }
}

/// Looks at the facts and at the observations on them. Nothing is changed.
///
/// # Errors
/// Those of the server.
pub async fn preview(
    client: &Client,
    bank: &BankId,
    which: &Which,
    edit: &Edit,
) -> Result<ChangePreview, Error> {
    let mut preview = ChangePreview::default();
    let mut changing = HashSet::new();
    match which {
        Which::Matching(filter, except) => {
            let mut pages = Pages::new(client, bank, filter);
            while let Some(page) = pages.next().await.map_err(|error| error.to_error())? {
                for fact in page.iter().filter(|fact| !except.contains(&fact.id)) {
                    preview.take(fact, edit, &mut changing);
                }
            }
        }
        Which::Ids(ids) => {
            let read = |id: &String| {
                let id = id.clone();
                async move { (client.memory(bank, &id).await, id) }
            };
            let mut facts = stream::iter(ids.iter().map(read)).buffered(AT_ONCE);
            while let Some((read, id)) = facts.next().await {
                match read {
                    Ok(fact) => preview.take(&fact, edit, &mut changing),
                    Err(HindsightError::NotFound { .. }) => {
                        preview.facts += 1;
                        preview.cannot("It does not exist any more.", &id);
                    }
                    Err(error) => return Err(error.to_error()),
                }
            }
        }
    }
    if !changing.is_empty() {
        let changing: HashSet<&str> = changing.iter().map(String::as_str).collect();
        let built = built_on(client, bank, &changing, SHOWN).await.map_err(|error| error.to_error())?;
        (preview.rebuilt, preview.observations, preview.scanned) =
            (built.total, built.observations, built.scanned);
    }
    Ok(preview)
}

/// The ids of all facts that match, frozen: what comes later is not among them. Observations, which cannot be
/// changed, are left out and counted.
///
/// # Errors
/// Those of the list.
pub async fn matching(
    client: &Client,
    bank: &BankId,
    filter: &MemoryFilter,
    except: &HashSet<String>,
) -> Result<(Vec<String>, u32), Error> {
    let (mut ids, mut seen, mut observations) = (Vec::new(), HashSet::new(), 0);
    let mut pages = Pages::new(client, bank, filter);
    while let Some(page) = pages.next().await.map_err(|error| error.to_error())? {
        for fact in page.into_iter().filter(|fact| !except.contains(&fact.id)) {
            if fact.fact_type == Some(rearview_domain::memory::FactType::Observation) {
                observations += 1;
            } else if seen.insert(fact.id.clone()) {
                // Facts that come in while the pages are read push others onto the next page once more.
                ids.push(fact.id);
            }
        }
    }
    Ok((ids, observations))
}
