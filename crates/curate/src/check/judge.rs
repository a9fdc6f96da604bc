//! Whether an answer is as expected. Pure.

use super::{CheckFound, CheckState, CheckVerdict, Expectation};
use std::collections::HashSet;

/// What was seen of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Sight {
    /// The whole answer.
    pub(super) found: Vec<CheckFound>,
    pub(super) tokens: u32,
    pub(super) ms: f64,
}

/// What was seen of a bank that nothing may come from.
#[derive(Clone, Debug)]
pub(super) enum Leak {
    /// Ids of answered facts that it holds, and texts that it answers to the same question.
    Known { ids: HashSet<String>, texts: HashSet<String> },
    /// Why it cannot be told.
    NotKnown(String),
}

pub(super) fn judge(expectation: &Expectation, sight: &Sight, leak: Option<&Leak>) -> CheckVerdict {
    let (state, seen, by) = match expectation {
        Expectation::Fact { id, text, rank } => fact(sight, id.as_deref(), text, *rank),
        Expectation::Never { id, text } => match place(sight, id.as_deref(), text) {
            Some((at, by)) => (CheckState::Red, format!("answered at rank {at}"), Some(by)),
            None => (CheckState::Green, "not answered".to_owned(), None),
        },
        Expectation::MaxTokens { n } => {
            let state = if sight.tokens <= *n { CheckState::Green } else { CheckState::Red };
            (state, format!("{} tokens", sight.tokens), None)
        }
        Expectation::MaxMs { n } => {
            let state = if sight.ms <= f64::from(*n) { CheckState::Green } else { CheckState::Red };
            (state, format!("{:.1} ms", sight.ms), None)
        }
        Expectation::NothingFrom { .. } => leaked(sight, leak),
    };
    CheckVerdict { expectation: expectation.clone(), state, seen, by: by.map(str::to_owned) }
}

fn fact(
    sight: &Sight,
    id: Option<&str>,
    text: &str,
    rank: Option<u32>,
) -> (CheckState, String, Option<&'static str>) {
    match (place(sight, id, text), rank) {
        (None, _) => (CheckState::Red, "not answered".to_owned(), None),
        (Some((at, by)), Some(most)) if at > most => (CheckState::Red, format!("rank {at}"), Some(by)),
        (Some((at, by)), _) => (CheckState::Green, format!("rank {at}"), Some(by)),
    }
}

/// The place of a fact from 1, and how it was known. A text counts whatever the id is: a rebuilt bank says the
/// same under new ids.
fn place(sight: &Sight, id: Option<&str>, text: &str) -> Option<(u32, &'static str)> {
    let at = |same: &dyn Fn(&CheckFound) -> bool| {
        let found = sight.found.iter().position(same)?;
        u32::try_from(found + 1).ok()
    };
    if let Some(id) = id
        && let Some(rank) = at(&|one| one.id == id)
    {
        return Some((rank, "id"));
    }
    let text = text.trim();
    (!text.is_empty()).then(|| at(&|one| one.text.trim() == text)).flatten().map(|rank| (rank, "text"))
}

fn leaked(sight: &Sight, leak: Option<&Leak>) -> (CheckState, String, Option<&'static str>) {
    let (ids, texts) = match leak {
        Some(Leak::Known { ids, texts }) => (ids, texts),
        Some(Leak::NotKnown(why)) => return (CheckState::Unknown, why.clone(), None),
        None => return (CheckState::Unknown, "the other bank was not asked".to_owned(), None),
    };
    let leaks = |one: &&CheckFound| ids.contains(&one.id) || texts.contains(one.text.trim());
    let leaked: Vec<&CheckFound> = sight.found.iter().filter(leaks).collect();
    match leaked.first() {
        None => (CheckState::Green, "nothing".to_owned(), None),
        Some(first) => {
            let more = match leaked.len() {
                1 => String::new(),
                count => format!(" and {} more", count - 1),
            };
            let by = if ids.contains(&first.id) { "id" } else { "text" };
            (CheckState::Red, format!("“{}”{more}", short(&first.text)), Some(by))
        }
    }
}

fn short(text: &str) -> String {
    let mut chars = text.chars();
    let kept: String = chars.by_ref().take(80).collect();
    if chars.next().is_some() { format!("{kept}…") } else { kept }
}
