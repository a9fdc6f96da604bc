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
}
