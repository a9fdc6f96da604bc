//! How much Claude should think, and the limit of tokens that thinking and answer share.

use crate::body::Body;
use crate::request::{Request, ToolChoice};
use crate::target::Target;
use rearview_domain::settings::Effort;

/// `max_tokens` is mandatory on this wire. 8,192 is what every current Claude model can write and is
/// enough for a long answer; a model with a smaller limit says so in its error.
const DEFAULT_MAX_TOKENS: u32 = 8_192;

/// The most that is asked for by ourselves where the model is known to write more. Enough for the longest
/// answer in a chat with much thinking before it, and a bound on what a runaway answer costs.
const MOST_BY_DEFAULT: u32 = 32_000;

/// The smallest budget that the API takes (Anthropic SDK 2.14, `ThinkingConfigEnabledParam`).
const LEAST_BUDGET: u32 = 1_024;

/// What is left for the answer when a person's limit is tight. The budget has to be below `max_tokens`.
const LEAST_ANSWER: u32 = 1_024;

/// What is said about thinking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinking {
    /// Nothing: as the model does by itself.
    Unsaid,
    /// It must not.
    Off,
    /// It may, with this many tokens.
    Budget(u32),
    /// It decides by itself, with this effort.
    Adaptive(&'static str),
}

impl Thinking {
    /// What to say, and `max_tokens`.
    ///
    /// A call that is forced outranks the effort, because the API refuses both at once ("Thinking may not
    /// be enabled when tool_choice forces tool use"). With `bare_calls` the last answer called a tool
    /// without thinking first, as another family's does; a budget would be refused until the loop is over.
    pub(super) fn of(request: &Request, target: &Target, bare_calls: bool) -> (Self, u32) {
        let forced = !request.tools.is_empty() && request.tool_choice == ToolChoice::Required;
        let adaptive = target.facts.is_some_and(|facts| facts.adaptive_thinking);
        // Ours: a sentence's worth of thought, a page's, ten pages'.
        let (budget, word) = match target.effort(request.effort) {
            None | Some(Effort::Provider) => return (Self::Unsaid, limit(request, target, 0)),
            Some(Effort::Off) => return (Self::Off, limit(request, target, 0)),
            Some(_) if forced => return (Self::Off, limit(request, target, 0)),
            Some(Effort::Low) => (2_048, "low"),
            Some(Effort::Medium) => (8_192, "medium"),
            Some(Effort::High) => (16_384, "high"),
        };
        let limit = limit(request, target, budget);
        if adaptive {
            return (Self::Adaptive(word), limit);
        }
        let budget = budget.min(limit.saturating_sub(LEAST_ANSWER));
        if bare_calls || budget < LEAST_BUDGET {
            return (Self::Unsaid, limit);
        }
        (Self::Budget(budget), limit)
    }

    /// Whether the model may think; sampling parameters are refused then.
    pub(super) fn is_on(self) -> bool {
        matches!(self, Self::Budget(_) | Self::Adaptive(_))
    }

    /// The word for `output_config.effort`.
    pub(super) fn effort(self) -> Option<&'static str> {
        match self {
            Self::Adaptive(word) => Some(word),
            _ => None,
        }
    }

    /// Writes `thinking`; nothing when there is nothing to say.
    pub(super) fn write(self, body: &mut Body) {
        match self {
            Self::Unsaid => {}
            Self::Off => {
                body.key("thinking").open('{').key("type").string("disabled").close('}');
            }
            Self::Budget(tokens) => {
                body.key("thinking").open('{').key("type").string("enabled");
                body.key("budget_tokens").literal(tokens).close('}');
            }
            Self::Adaptive(_) => {
                body.key("thinking").open('{').key("type").string("adaptive");
                // Newer models leave the text of their thinking out unless it is asked for.
                body.key("display").string("summarized").close('}');
            }
        }
    }
}

/// `max_tokens`: the person's limit, else what the model can write within bounds, else the default and the
/// thinking on top of it.
fn limit(request: &Request, target: &Target, budget: u32) -> u32 {
    request.max_output_tokens.unwrap_or_else(|| match target.facts.and_then(|facts| facts.max_output) {
        Some(most) => most.min(MOST_BY_DEFAULT),
        None => DEFAULT_MAX_TOKENS + budget,
    })
}
