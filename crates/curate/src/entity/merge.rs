//! What a merge of entities would rewrite. The API has no merge: each fact that names one of them gets its list
//! of names anew, with the kept name in place of the others.

use super::Names;
use rearview_domain::BankId;
use rearview_domain::memory::FactType;
use rearview_hindsight::{Client, Fact, MemoryFilter, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use ts_rs::TS;

/// Facts asked for at a time, and of one entity at most.
const PAGE: u32 = 500;
const MOST: u32 = 20_000;

/// A fact that a merge rewrites.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MergeFact {
    /// Its id.
    pub id: String,
    /// The fact, which stays as it is.
    pub text: String,
    /// The names on it now.
    pub before: Vec<String>,
    /// The names on it then.
    pub after: Vec<String>,
}

/// What a merge would rewrite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct MergePlan {
    /// The facts that are rewritten.
    pub facts: Vec<MergeFact>,
    /// Of those, the facts that named the kept entity beside another: they lose a name, and gain none.
    pub named_both: u32,
    /// Observations that name one of the others. They cannot be rewritten; the server makes them anew.
    pub observations: u32,
    /// Facts that were left out because there are too many.
    pub left_out: u64,
}

/// The names of a fact after a merge: the kept one stands where the first of the others stood.
pub(crate) fn renamed(names: &[String], keep: &str, others: &HashSet<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    let name = |name: &String| match others.contains(&name.to_lowercase()) {
        true => keep.to_owned(),
        false => name.clone(),
    };
    names.iter().map(name).filter(|name| seen.insert(name.to_lowercase())).collect()
}

/// Plans a merge of entities, by id and name, into one.
///
/// # Errors
/// As the calls that list the facts.
pub async fn plan(
    client: &Client,
    bank: &BankId,
    names: &Names,
    keep: &str,
    others: &[(String, String)],
) -> Result<MergePlan> {
    let gone: HashSet<String> = others.iter().map(|(_, name)| name.to_lowercase()).collect();
    let mut plan = MergePlan::default();
    let mut seen = HashSet::new();
    for (id, _) in others {
        let mut offset = 0;
        loop {
            let filter = MemoryFilter {
                entity_id: Some(id.clone()),
                limit: Some(PAGE),
                offset: Some(offset),
                ..MemoryFilter::default()
            };
            let page = client.memories(bank, &filter).await?;
            let came = page.items.len();
            for fact in page.items {
                if seen.insert(fact.id.clone()) {
                    add(&mut plan, fact, names, keep, &gone);
                }
            }
            offset += PAGE;
            if came < PAGE as usize {
                break;
            }
            if offset >= MOST {
                plan.left_out += page.total.unwrap_or_default().saturating_sub(u64::from(MOST));
                break;
            }
        }
    }
    Ok(plan)
}

fn add(plan: &mut MergePlan, fact: Fact, names: &Names, keep: &str, gone: &HashSet<String>) {
    if fact.fact_type == Some(FactType::Observation) {
        plan.observations += 1;
        return;
    }
    let before = names.whole(&fact.entities);
    let after = renamed(&before, keep, gone);
    if after == before {
        return;
    }
    plan.named_both += u32::from(before.iter().any(|name| name.to_lowercase() == keep.to_lowercase()));
    plan.facts.push(MergeFact { id: fact.id, text: fact.text, before, after });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(names: &[&str], keep: &str, others: &[&str]) -> Vec<String> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        renamed(&names, keep, &others.iter().map(|name| name.to_lowercase()).collect())
    }

    #[test]
    fn the_kept_name_takes_the_place_of_the_others_once() {
        assert_eq!(after(&["Bo", "Annie", "Ana"], "Ana", &["Annie"]), ["Bo", "Ana"]);
        assert_eq!(after(&["ANNIE", "Anni"], "Ana", &["Annie", "Anni"]), ["Ana"]);
        assert_eq!(after(&["Bo"], "Ana", &["Annie"]), ["Bo"]);
    }

    #[test]
    fn a_merge_that_only_changes_the_case_is_a_change() {
        assert_eq!(after(&["ana", "Bo"], "Ana", &["ana"]), ["Ana", "Bo"]);
    }
}
