//! What a reflect answers, as the rooms use it and as the API writes it.

use super::evidence::Evidence;
use super::question::Include;
use super::retrieval::ToolCall;
use crate::directive::Directive;
use crate::recall::Fact;
use crate::synthesis::Usage;
use serde_json::{Value, json};

/// A call of the model.
#[derive(Clone, Debug)]
pub(crate) struct LlmCall {
    /// `agent_1`, `agent_2`, …; `final` for an answer in plain text; `structured`.
    pub(crate) scope: String,
    pub(crate) duration_ms: i64,
}

impl LlmCall {
    pub(crate) fn to_json(&self) -> Value {
        json!({"scope": self.scope, "duration_ms": self.duration_ms})
    }
}

/// An answer and what it rests on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reflected {
    /// Markdown.
    pub(crate) text: String,
    /// Made by rules: no model is set.
    pub(crate) by_rule: bool,
    /// What the model cited, or all that was found when it cited nothing.
    pub(crate) evidence: Evidence,
    /// Those that applied, the highest priority first.
    pub(crate) directives: Vec<Directive>,
    pub(crate) structured_output: Option<Value>,
    /// Why there is none although it was asked for.
    pub(crate) structured_output_error: Option<String>,
    pub(crate) usage: Usage,
    pub(crate) tool_calls: Vec<ToolCall>,
    pub(crate) llm_calls: Vec<LlmCall>,
}

impl Reflected {
    /// As hindsight 1.1 answers it, and besides `origin` when no model had a part in it.
    pub(crate) fn to_json(&self, include: &Include) -> Value {
        let based_on = include.facts.map(|_| {
            json!({
                "memories": self.evidence.memories().into_iter().map(memory).collect::<Vec<_>>(),
                "mental_models": self.evidence.models().into_iter()
                    .map(|model| json!({"id": model.id, "text": model.content, "context": model.name}))
                    .collect::<Vec<_>>(),
                "directives": self.directives.iter()
                    .map(|rule| json!({"id": rule.id, "name": rule.name, "content": rule.content}))
                    .collect::<Vec<_>>(),
            })
        });
        let trace = include.tool_calls.map(|asked| {
            let call = |call: &ToolCall| {
                json!({
                    "tool": call.tool,
                    "input": call.input,
                    "output": if asked.output { call.output.clone() } else { Value::Null },
                    "duration_ms": call.duration_ms,
                    "iteration": call.iteration,
                })
            };
            json!({
                "tool_calls": self.tool_calls.iter().map(call).collect::<Vec<_>>(),
                "llm_calls": self.llm_calls.iter().map(LlmCall::to_json).collect::<Vec<_>>(),
            })
        });
        let mut answer = json!({
            "text": self.text,
            "based_on": based_on,
            "structured_output": self.structured_output,
            "structured_output_error": self.structured_output_error,
            "usage": usage(self.usage),
            "trace": trace,
        });
        if self.by_rule {
            answer["origin"] = "rule".into();
        }
        answer
    }
}

/// Tokens in the API's form.
pub(crate) fn usage(usage: Usage) -> Value {
    json!({
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "thoughts_tokens": usage.thoughts_tokens,
    })
}

fn memory(fact: &Fact) -> Value {
    json!({
        "id": fact.id,
        "text": fact.text,
        "type": fact.kind,
        "context": fact.context,
        "occurred_start": fact.occurred_start,
        "occurred_end": fact.occurred_end,
        "mentioned_at": fact.mentioned_at,
        "document_id": fact.document_id,
        "chunk_id": fact.chunk_id,
        "tags": fact.tags,
        "metadata": fact.metadata,
        "attachments": fact.attachments,
    })
}
