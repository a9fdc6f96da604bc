//! What the catalogue knows of one model. What it does not know is absent, never guessed.

/// One model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelFacts {
    /// Tokens that fit into a request.
    pub context: Option<u32>,
    /// Tokens that an answer may have.
    pub max_output: Option<u32>,
    /// What its tokens cost; `None` when that is not known.
    pub price: Option<Price>,
    /// Whether it calls tools.
    pub tools: bool,
    /// Whether it reads images.
    pub images: bool,
    /// Whether it reads PDF files.
    pub files: bool,
    /// Whether it can reason before it answers.
    pub reasoning: bool,
    /// Whether it takes adaptive thinking instead of a budget of tokens (Claude).
    pub adaptive_thinking: bool,
    /// Whether it follows a JSON Schema.
    pub answer_schema: bool,
    /// Whether it takes sampling parameters such as temperature.
    pub sampling: bool,
    /// Whether it takes a system message in mid conversation (Claude).
    pub mid_system: bool,
    /// Whether it answers on OpenAI Responses only.
    pub responses_only: bool,
    /// Whether it keeps the beginning of a prompt between requests.
    pub prompt_cache: bool,
    /// When it is switched off, e.g. `2026-10-20`, when that is announced.
    pub ends: Option<String>,
}

/// What a model's tokens cost, in US dollars for a million of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Price {
    /// Of the prompt.
    pub input: f64,
    /// Of the answer, reasoning included.
    pub output: f64,
    /// Of the prompt, read from the cache; the price of the prompt when absent.
    pub cache_read: Option<f64>,
    /// Of the prompt, written to the cache; the price of the prompt when absent.
    pub cache_write: Option<f64>,
    /// Of the answer's reasoning, where that costs other than the rest of it.
    pub reasoning: Option<f64>,
    /// What long prompts cost, the shortest first. The whole request is billed at the last one reached.
    pub tiers: &'static [Tier],
}

/// What the tokens cost of a request whose prompt is long. What it does not say is as in the base price.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tier {
    /// It holds for prompts of more tokens than this, cached ones included.
    pub above: u32,
    /// Of the prompt.
    pub input: Option<f64>,
    /// Of the answer.
    pub output: Option<f64>,
    /// Of the prompt, read from the cache.
    pub cache_read: Option<f64>,
    /// Of the prompt, written to the cache.
    pub cache_write: Option<f64>,
    /// Of the answer's reasoning.
    pub reasoning: Option<f64>,
}

impl Price {
    /// The price for a prompt of this many tokens, without tiers.
    #[must_use]
    pub fn at(&self, prompt: u32) -> Self {
        let Some(tier) = self.tiers.iter().rev().find(|tier| prompt > tier.above) else {
            return Self { tiers: &[], ..*self };
        };
        Self {
            input: tier.input.unwrap_or(self.input),
            output: tier.output.unwrap_or(self.output),
            cache_read: tier.cache_read.or(self.cache_read),
            cache_write: tier.cache_write.or(self.cache_write),
            reasoning: tier.reasoning.or(self.reasoning),
            tiers: &[],
        }
    }
}
