//! How much a model should think, in the field of its own maker: Converse hands on what stands in
//! `additionalModelRequestFields`. A maker whose word for it is not known gets none.

use crate::request::{Request, ToolChoice};
use crate::target::Target;
use rearview_domain::settings::Effort;
use serde_json::{Value, json};

/// The smallest budget that Claude takes, in tokens. Source: Anthropic's documentation of extended thinking.
const SMALLEST_BUDGET: u32 = 1_024;

/// What is sent about thinking, and what has to be left out with it.
#[derive(Default)]
pub(super) struct Thinking {
    /// The fields; `None` when nothing is to be said.
    pub(super) fields: Option<Value>,
    /// Whether a temperature is refused beside it.
    pub(super) no_temperature: bool,
    /// Whether a limit of output tokens is refused beside it.
    pub(super) no_limit: bool,
}

/// What a request says about thinking to the target's model.
pub(super) fn thinking(request: &Request, target: &Target) -> Thinking {
    let effort = match request.effort {
        None | Some(Effort::Provider) => return Thinking::default(),
        Some(effort) => effort,
    };
    if target.facts.is_some_and(|facts| !facts.reasoning) {
        return Thinking::default();
    }
    let model = target.model.to_ascii_lowercase();
    if model.contains("claude") {
        claude(effort, &model, request, target)
    } else if model.contains("nova-2") {
        nova(effort)
    } else if model.contains("openai.gpt-oss") {
        word(effort).map(|word| json!({ "reasoning_effort": word })).into()
    } else if model.contains("openai.gpt-") {
        // The models that OpenAI does not give away take the field of its Responses interface.
        Some(json!({ "reasoning": { "effort": word(effort).unwrap_or("none") } })).into()
    } else {
        Thinking::default()
    }
}

/// Claude takes a budget, or, since 4.6, `adaptive` with an effort. Neither goes with a forced call of a tool.
fn claude(effort: Effort, model: &str, request: &Request, target: &Target) -> Thinking {
    let forced = request.tool_choice == ToolChoice::Required && !request.tools.is_empty();
    let adaptive = target.facts.is_some_and(|facts| facts.adaptive_thinking);
    let fields = match (adaptive, word(effort)) {
        (_, Some(_)) if forced => None,
        (true, Some(word)) => Some(json!({
            // Without `summarized` newer models give an empty text with a signature.
            "thinking": { "type": "adaptive", "display": "summarized" }, "output_config": { "effort": word }
        })),
        // Some think unless they are told not to; some always do, and refuse to be told.
        (true, None) => {
            let always = ["fable", "mythos", "opus-5-5"].iter().any(|name| model.contains(name));
            (!always).then(|| json!({ "thinking": { "type": "disabled" } }))
        }
        (false, Some(_)) => budget(effort, request.max_output_tokens)
            .map(|tokens| json!({ "thinking": { "type": "enabled", "budget_tokens": tokens } })),
        (false, None) => None,
    };
    Thinking { no_temperature: fields.is_some() && effort != Effort::Off, fields, no_limit: false }
}

/// The budget of an effort. It is part of the output limit and must leave room for the answer, so it takes at
/// most half of it; `None` when that is less than the smallest one.
fn budget(effort: Effort, limit: Option<u32>) -> Option<u32> {
    let wanted = match effort {
        Effort::Low => 2_048,
        Effort::Medium => 8_192,
        _ => 16_384,
    };
    let budget = limit.map_or(wanted, |limit| wanted.min(limit / 2));
    // With a limit of 2,000 half is too little, and the smallest budget still fits.
    let budget = budget.max(SMALLEST_BUDGET);
    limit.is_none_or(|limit| budget < limit).then_some(budget)
}

/// Nova 2 thinks only when it is told to, and takes neither limit nor temperature with the highest effort.
fn nova(effort: Effort) -> Thinking {
    let fields = word(effort)
        .map(|word| json!({ "reasoningConfig": { "type": "enabled", "maxReasoningEffort": word } }));
    let highest = effort == Effort::High;
    Thinking { fields, no_temperature: highest, no_limit: highest }
}

/// The word for an effort; `None` for none at all.
fn word(effort: Effort) -> Option<&'static str> {
    match effort {
        Effort::Low => Some("low"),
        Effort::Medium => Some("medium"),
        Effort::High => Some("high"),
        Effort::Off | Effort::Provider => None,
    }
}

impl From<Option<Value>> for Thinking {
    fn from(fields: Option<Value>) -> Self {
        Self { fields, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_leaves_room_for_the_answer_or_is_not_asked_for() {
        assert_eq!(budget(Effort::High, None), Some(16_384));
        assert_eq!(budget(Effort::High, Some(8_000)), Some(4_000));
        assert_eq!(budget(Effort::Low, Some(1_500)), Some(SMALLEST_BUDGET));
        assert_eq!(budget(Effort::Low, Some(SMALLEST_BUDGET)), None);
        assert_eq!(budget(Effort::Low, Some(0)), None);
    }
}
