//! Why something could not be measured. Ends up in the table beside the figure's name.

use std::error::Error;

/// What the measurements answer.
pub type Result<T> = std::result::Result<T, Failed>;

/// A measurement that did not come about.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Something that was called said no.
    #[error("{attempt}: {source}")]
    Refused {
        /// What was attempted.
        attempt: String,
        /// What it said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Something answered in a way that cannot be measured.
    #[error("{attempt}: {why}")]
    Odd {
        /// What was attempted.
        attempt: String,
        /// What was odd.
        why: String,
    },
}

/// Turns any error into ours, with what was attempted.
pub fn at<E: Into<Box<dyn Error + Send + Sync>>>(attempt: impl Into<String>) -> impl FnOnce(E) -> Failed {
    let attempt = attempt.into();
    move |source| Failed::Refused { attempt, source: source.into() }
}

/// An answer that cannot be measured.
pub fn odd(attempt: impl Into<String>, why: impl Into<String>) -> Failed {
    Failed::Odd { attempt: attempt.into(), why: why.into() }
}
