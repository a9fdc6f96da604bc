//! A conversation as every export comes down to: who said what, when, on the branch that was visible.

use rearview_domain::time::Time;

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaker {
    /// The person.
    User,
    /// The assistant.
    Assistant,
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// Who said it.
    pub speaker: Speaker,
    /// Its text; never empty.
    pub text: String,
    /// When, as far as the export says.
    pub at: Option<Time>,
}

/// A conversation on its visible branch, oldest message first.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// The app that it comes from, e.g. `Claude`.
    pub app: &'static str,
    /// Its id there.
    pub id: String,
    /// Its title; may be empty.
    pub title: String,
    /// When it began.
    pub at: Option<Time>,
    /// What was said.
    pub said: Vec<Said>,
}

/// A time from seconds since 1970, which ChatGPT writes with fractions.
pub(super) fn from_seconds(seconds: f64) -> Option<Time> {
    // Beyond the year 9999 a number is damage, not a date.
    if !(seconds > 0.0 && seconds < 253_402_300_800.0) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    let milliseconds = (seconds * 1000.0) as i64;
    jiff::Timestamp::from_millisecond(milliseconds).ok().map(|at| Time(at.to_string()))
}

/// A time from a text, when it is one.
pub(super) fn from_text(text: &str) -> Option<Time> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Time(at.to_string()))
}
