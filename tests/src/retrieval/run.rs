//! Puts the set into a bank and asks it everything. What comes back is counted by `metrics`.
//! Called by the `retrieval` program, once for each server and bank.

use super::metrics::{BUDGETS, Outcome};
use super::server::{BankApi, Recalled, Result, batches};
use super::set::{Fact, Question};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use std::collections::HashMap;

/// Questions that are asked at the same time. What is measured is what is found, not how fast.
const AT_ONCE: usize = 4;

/// What is recalled is what was retained: no model writes facts or observations. (hindsight 1.1: these three
/// settings can be made for each bank.)
pub fn without_a_model() -> serde_json::Value {
    json!({
        "retain_extraction_mode": "chunks",
        "enable_observations": false,
        "enable_auto_consolidation": false,
    })
}

/// Makes the bank anew and retains all the facts in it, as they come; `progress` is told how many are in.
///
/// # Errors
/// When the server cannot be reached or refuses.
pub async fn fill(bank: &BankApi, facts: &[Fact], mut progress: impl FnMut(usize)) -> Result<()> {
    bank.delete().await?;
    bank.configure(without_a_model()).await?;
    let mut done = 0;
    for batch in batches(facts) {
        bank.retain(batch).await?;
        done += batch.len();
        progress(done);
    }
    Ok(())
}

/// Asks every question with every budget. `facts` are all that were retained: what comes back without
/// metadata is known by its text.
///
/// # Errors
/// When the server cannot be reached or refuses.
pub async fn ask(bank: &BankApi, questions: &[Question], facts: &[Fact]) -> Result<Vec<Outcome>> {
    let by_text: HashMap<&str, &str> =
        facts.iter().map(|fact| (fact.text.as_str(), fact.id.as_str())).collect();
    stream::iter(questions)
        .map(|question| one(bank, question, &by_text))
        .buffered(AT_ONCE)
        .try_collect()
        .await
}

async fn one(bank: &BankApi, question: &Question, by_text: &HashMap<&str, &str>) -> Result<Outcome> {
    let mut answers: [Vec<Option<String>>; BUDGETS.len()] = Default::default();
    for (answer, budget) in answers.iter_mut().zip(BUDGETS) {
        let recalled = bank.recall(&question.question, question.now, budget).await?;
        *answer = recalled.iter().map(|result| id(result, by_text)).collect();
    }
    Ok(Outcome::count(&question.id, &question.evidence, &answers))
}

fn id(result: &Recalled, by_text: &HashMap<&str, &str>) -> Option<String> {
    let named = result.metadata.as_ref().and_then(|metadata| metadata.get("fact")?.as_str());
    named.or_else(|| by_text.get(result.text.as_str()).copied()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_known_by_its_metadata_or_else_by_its_text() {
        let by_text = HashMap::from([("Ana moved", "a1")]);
        let result = |text: &str, metadata| Recalled { text: text.to_owned(), metadata };
        assert_eq!(id(&result("?", Some(json!({"fact": "b2"}))), &by_text).as_deref(), Some("b2"));
        assert_eq!(id(&result("Ana moved", None), &by_text).as_deref(), Some("a1"));
        assert_eq!(id(&result("Ana stayed", Some(json!({}))), &by_text), None);
    }
}
