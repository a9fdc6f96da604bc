//! Asking a server and judging what it answers.

use super::judge::{Leak, Sight, judge};
use super::{Check, CheckFound, CheckResult, CheckState, Expectation};
use crate::stage;
use futures_util::{StreamExt, stream};
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error};
use rearview_hindsight::{Client, HindsightError, RecallAnswer, RecallRequest};
use std::collections::HashSet;
use std::time::Instant;

/// Answered facts that a result keeps; judged are all.
const KEPT: usize = 50;
/// Answered facts that are looked up in a bank that nothing may come from.
const LOOKED_UP: usize = 100;
/// Lookups at the same time.
const AT_ONCE: usize = 8;

/// Runs a check. Never fails: what went wrong is in the result.
pub async fn run(client: &Client, check: &Check) -> CheckResult {
    let began = Instant::now();
    let answered = client.recall(&check.bank_id, &check.request).await;
    let ms = began.elapsed().as_secs_f64() * 1000.0;
    let blank = CheckResult {
        at: Time::now(),
        state: CheckState::Unknown,
        ms,
        tokens: 0,
        found: Vec::new(),
        count: 0,
        verdicts: Vec::new(),
        error: None,
    };
    let answer = match answered {
        Ok(answered) if answered.value.new_bank => {
            let why = format!("There is no bank `{}` on this memory server.", check.bank_id);
            let error = Error::new(rearview_domain::ErrorCode::NotFound, why)
                .hint("Check the name of the bank; nothing can be said of one that does not exist.");
            return CheckResult { error: Some(error), ..blank };
        }
        Ok(answered) => answered.value,
        Err(error) => return CheckResult { error: Some(error.to_error()), ..blank },
    };
    let tokens = answer.results.iter().map(|one| stage::tokens(&one.text)).sum();
    let sight = Sight { found: found(&answer), tokens, ms };
    let mut verdicts = Vec::with_capacity(check.expect.len());
    for expectation in &check.expect {
        let leak = match expectation {
            Expectation::NothingFrom { bank } => Some(leak(client, bank, &check.request, &sight).await),
            _ => None,
        };
        verdicts.push(judge(expectation, &sight, leak.as_ref()));
    }
    let any = |state| verdicts.iter().any(|verdict| verdict.state == state);
    // An expectation that could not be told is no success and no failure of memory.
    let state = match (any(CheckState::Unknown), any(CheckState::Red)) {
        (_, true) => CheckState::Red,
        (true, false) => CheckState::Unknown,
        (false, false) => CheckState::Green,
    };
    let count = u32::try_from(sight.found.len()).unwrap_or(u32::MAX);
    let mut found = sight.found;
    found.truncate(KEPT);
    CheckResult { state, tokens, found, count, verdicts, ..blank }
}

fn found(answer: &RecallAnswer) -> Vec<CheckFound> {
    let found =
        |one: &rearview_hindsight::RecallResult| CheckFound { id: one.id.clone(), text: one.text.clone() };
    answer.results.iter().map(found).collect()
}

/// What the other bank knows of the answer.
async fn leak(client: &Client, bank: &BankId, request: &RecallRequest, sight: &Sight) -> Leak {
    let theirs = match client.recall(bank, request).await {
        Ok(answered) if answered.value.new_bank => {
            return Leak::NotKnown(format!("there is no bank `{bank}`"));
        }
        Ok(answered) => answered.value,
        Err(error) => return Leak::NotKnown(error.to_error().message),
    };
    let texts: HashSet<String> = theirs.results.iter().map(|one| one.text.trim().to_owned()).collect();
    let ids: Vec<String> = sight.found.iter().take(LOOKED_UP).map(|one| one.id.clone()).collect();
    let looks = ids.into_iter().map(|id| async move {
        match client.memory(bank, &id).await {
            Ok(_) => Ok(Some(id)),
            Err(HindsightError::NotFound { .. } | HindsightError::Invalid { .. }) => Ok(None),
            Err(error) => Err(error.to_error().message),
        }
    });
    // Collected first: a stream that holds the closure may not move between threads (rust-lang/rust#100013).
    let looks: Vec<_> = looks.collect();
    let looked: Vec<_> = stream::iter(looks).buffered(AT_ONCE).collect().await;
    match looked.into_iter().collect::<Result<Vec<_>, String>>() {
        Ok(ids) => Leak::Known { ids: ids.into_iter().flatten().collect(), texts },
        Err(why) => Leak::NotKnown(why),
    }
}
