//! The answer without a model: what fits best, as a list, said to be one.
//!
//! Nothing is concluded and nothing left out in silence; whoever reads it sees memories and knows why.

use super::answer::Reflected;
use super::retrieval::{Retrieval, traced};
use crate::directive::Directive;
use crate::error::Result;
use crate::recall::{self, Budget, Fact};
use crate::unit::Kind;
use serde_json::json;
use std::time::Instant;

/// The first line of every such answer.
const HEAD: &str =
    "No language model is set for memory. These are the memories that fit best, as they stand:";
const NOTHING: &str = "No language model is set for memory, and no memory fits this question.";
/// Memories in the list, and tokens of them.
const MOST_OBSERVATIONS: usize = 5;
const MOST_FACTS: usize = 8;
const MOST_TOKENS: u64 = 1500;

/// Looks up once and lists observations before facts; facts that an observation already covers are left out.
pub(super) async fn answer(mut retrieval: Retrieval<'_>, directives: Vec<Directive>) -> Result<Reflected> {
    let question = retrieval.question;
    let started = Instant::now();
    let mut recalled = match question.kinds.is_empty() {
        true => recall::Recalled::default(),
        false => {
            let mut ask = retrieval.ask(&question.text, question.kinds.clone(), MOST_TOKENS);
            ask.candidates = Budget::Mid.candidates(&retrieval.bank.config, 4096);
            ask.prefer_observations = true;
            recall::recall(retrieval.engine, retrieval.bank, ask).await?
        }
    };
    let (mut observations, mut facts) = (0, 0);
    recalled.results.retain(|fact| {
        let (count, most) = match fact.kind == Kind::Observation.word() {
            true => (&mut observations, MOST_OBSERVATIONS),
            false => (&mut facts, MOST_FACTS),
        };
        *count += 1;
        *count <= most
    });
    recalled.results.sort_by_key(|fact| fact.kind != Kind::Observation.word());
    // Names the memories as evidence; the lines themselves are for models.
    retrieval.lines(&recalled);
    let memories: Vec<_> = recalled.results.iter().map(traced).collect();
    let output = json!({"query": question.text, "memories": memories, "chunks": {}});
    retrieval.keep("recall", &question.text, output, recalled.results.len(), started);
    Ok(Reflected {
        text: list(&recalled.results),
        by_rule: true,
        structured_output_error: question
            .response_schema
            .as_ref()
            .map(|_| "no model is set for memory".to_owned()),
        evidence: retrieval.evidence,
        directives,
        tool_calls: retrieval.calls,
        ..Reflected::default()
    })
}

fn list(facts: &[Fact]) -> String {
    if facts.is_empty() {
        return NOTHING.to_owned();
    }
    let mut text = format!("{HEAD}\n");
    for fact in facts {
        // A memory with several lines would break out of its item.
        let line = fact.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let day = fact.occurred_start.as_ref().or(fact.mentioned_at.as_ref());
        let day = day.and_then(|at| at.get(..10)).map(|day| format!(" ({day})")).unwrap_or_default();
        text.push_str(&format!("\n- {line}{day}"));
    }
    text
}
