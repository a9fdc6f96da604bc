//! How a bank wants its texts read.

use crate::config::Config;

/// The values of `retain_extraction_mode` (hindsight 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// What is worth keeping.
    Concise,
    /// Everything that is said.
    Verbose,
    /// As the bank's own instructions say.
    Custom,
    /// The text itself, annotated.
    Verbatim,
    /// The text itself.
    Chunks,
}

impl Mode {
    /// Every word of the API.
    pub(crate) const WORDS: [&'static str; 5] = ["concise", "verbose", "custom", "verbatim", "chunks"];

    /// A word that is none counts as concise (hindsight 1.1 does the same). Custom without instructions too.
    pub(crate) fn of(config: &Config) -> Self {
        match config.text("retain_extraction_mode").as_deref() {
            Some("verbose") => Self::Verbose,
            Some("custom") if config.text("retain_custom_instructions").is_some() => Self::Custom,
            Some("verbatim") => Self::Verbatim,
            Some("chunks") => Self::Chunks,
            _ => Self::Concise,
        }
    }
}
