//! Mental models that fit a question.
//!
//! There are few of them and they are long, so they are compared by words here and not indexed.

use super::{MentalModel, Newest, table};
use crate::bank::Bank;
use crate::engine::Engine;
use crate::error::Result;
use crate::reflect::Scope;
use crate::words;
use std::collections::HashSet;

/// Up to so many models are all shown, whether their words fit or not: a question in another language may mean them.
const FEW: usize = 3;

/// A model that fits.
pub(crate) struct Found {
    pub(crate) model: MentalModel,
    /// There are newer memories.
    pub(crate) stale: bool,
}

/// The models with an answer whose tags are in scope, those first that share most of the question's words.
pub(crate) async fn search(
    engine: &Engine,
    bank: &Bank,
    query: &str,
    scope: &Scope,
    excluded: &[String],
) -> Result<Vec<Found>> {
    let mut models = table::all(engine.read(), bank).await?;
    models.retain(|model| {
        !model.content.trim().is_empty() && !excluded.contains(&model.id) && scope.holds(&model.tags)
    });
    let newest = Newest::for_all(engine.read(), bank, &models).await?;
    let asked: Vec<String> =
        words::query_terms(query).iter().map(|term| term.as_str().to_lowercase()).collect();
    let few = models.len() <= FEW;
    let mut scored: Vec<(usize, MentalModel)> =
        models.into_iter().map(|model| (shared(&asked, &model), model)).collect();
    scored.retain(|(score, _)| few || *score > 0);
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    Ok(scored.into_iter().map(|(_, model)| Found { stale: newest.stale(&model), model }).collect())
}

/// How many of the question's words a model holds; those of its name and its own question count three times.
fn shared(asked: &[String], model: &MentalModel) -> usize {
    let set = |text: &str| -> HashSet<String> {
        words::query_terms(text).iter().map(|term| term.as_str().to_lowercase()).collect()
    };
    let (head, body) = (set(&format!("{} {}", model.name, model.source_query)), set(&model.content));
    asked.iter().map(|word| 3 * usize::from(head.contains(word)) + usize::from(body.contains(word))).sum()
}
