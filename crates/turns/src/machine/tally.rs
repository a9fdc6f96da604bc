//! What the requests of a turn come to: tokens, and money where prices are known.

use crate::tokens;
use rearview_domain::message::Part;
use rearview_domain::turn::{Cost, Usage};
use rearview_providers::catalogue::{self, ModelFacts};
use rearview_providers::{Request, RequestPart};

/// Sums over the requests so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Tokens as reported.
    pub(crate) usage: Usage,
    /// Of the last request and its answer.
    pub(crate) context_tokens: Option<u32>,
    usd: f64,
    /// A request whose cost is not known makes the sum unknown.
    unknown: bool,
    estimated: bool,
    counted: bool,
}

impl Tally {
    /// Adds a request. `estimate` counts its tokens where the provider did not; it is slow and only asked
    /// when there is a price to multiply it with. Without `whole` the answer was cut, and what was reported of
    /// its tokens is how many there were when it began.
    pub(crate) fn add(
        &mut self,
        usage: &Usage,
        whole: bool,
        facts: Option<&ModelFacts>,
        estimate: impl FnOnce() -> Usage,
    ) {
        self.usage = self.usage.plus(usage);
        if let (Some(input), Some(output)) = (usage.input, usage.output) {
            self.context_tokens = Some(input.saturating_add(output));
        }
        self.counted = true;
        let Some(facts) = facts.filter(|facts| facts.price.is_some()) else {
            self.unknown = true;
            return;
        };
        let reported = whole.then(|| catalogue::cost(facts, usage)).flatten();
        let cost = reported.or_else(|| {
            self.estimated = true;
            let counted = estimate();
            let output =
                if whole { usage.output.or(counted.output) } else { usage.output.max(counted.output) };
            catalogue::cost(facts, &Usage { input: usage.input.or(counted.input), output, ..usage.clone() })
        });
        match cost {
            Some(usd) => self.usd += usd,
            None => self.unknown = true,
        }
    }

    /// What it all cost; `None` when that is not known.
    pub(crate) fn cost(&self) -> Option<Cost> {
        (self.counted && !self.unknown).then(|| Cost {
            usd: self.usd,
            prices_of: catalogue::prices_of().to_owned(),
            estimated: self.estimated,
        })
    }
}

/// Tokens of a request and its answer, counted as o200k: right for OpenAI's models, near enough for others.
pub(crate) fn estimate(request: &Request, answer: &[Part]) -> Usage {
    let sent = |part: &RequestPart| match part {
        RequestPart::Text(pieces) => pieces.iter().map(|piece| tokens::count(&piece.text)).sum(),
        RequestPart::ToolCall { arguments, .. } => tokens::count(arguments),
        RequestPart::ToolResult { text, .. } => tokens::count(text),
        _ => 0,
    };
    let said = |part: &Part| match part {
        Part::Text { text } | Part::Reasoning { text, .. } => tokens::count(text),
        Part::ToolCall { arguments, .. } => tokens::count(arguments),
        _ => 0,
    };
    let input: u32 = request.messages.iter().flat_map(|message| &message.parts).map(sent).sum();
    let output: u32 = answer.iter().map(said).sum();
    Usage { input: Some(input), output: Some(output), ..Usage::default() }
}
