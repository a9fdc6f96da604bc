//! Finding dates inside questions and facts.
//!
//! `find` gives the one window a question is about, `find_all` every window of a text. Words come from `languages`,
//! matching from `lexicon`, arithmetic from `calendar`, "since" and "between" from `relation`. No models, no clock:
//! the caller says what time it is. Called by recall (questions) and retain (facts without dates).

mod calendar;
mod iso;
mod languages;
mod latest;
mod lexicon;
mod phrase;
mod relation;
mod tokens;

use std::ops::Range;

use jiff::{Timestamp, Zoned};

pub use latest::asks_for_latest;
pub use phrase::phrase;

/// Where a window begins that has no beginning ("before 2020"): year 1.
pub const FAR_PAST: Timestamp = Timestamp::constant(-62_135_596_800, 0);

/// Where a window ends that has no end ("after next week"): year 9999.
pub const FAR_FUTURE: Timestamp = Timestamp::constant(253_370_764_800, 0);

/// How exact a window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// A time of day, to the minute, second or hour.
    Instant,
    /// A day or a part of one.
    Day,
    /// Monday to Sunday.
    Week,
    /// Saturday and Sunday.
    Weekend,
    /// A calendar month.
    Month,
    /// Three months: a season of the northern year, or a quarter.
    Season,
    /// A calendar year.
    Year,
    /// Anything else with two ends, open ones included.
    Range,
}

/// A stretch of time that a text speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first moment inside.
    pub start: Timestamp,
    /// The first moment after; never before `start`.
    pub end: Timestamp,
    /// How exact the words were.
    pub unit: Unit,
    /// Which bytes of the text said so, at character boundaries.
    pub span: Range<usize>,
}

/// The window a question is about. Two ends ("between A and B") win over a date, a date over "last week", and the first over
/// later ones. `now` also says in which time zone days begin.
///
/// Dates without a year mean the latest one that has begun. `3/5/2024` names no day, as both orders are in use:
/// `d/m/y` and `m/d/y` count only where one number is over 12 or both are equal; `d.m.y` is always day first.
pub fn find(text: &str, now: &Zoned) -> Option<Window> {
    let mut best: Option<(u8, Window)> = None;
    for (rank, window) in relation::windows(text, now) {
        if best.as_ref().is_none_or(|(held, _)| rank > *held) {
            best = Some((rank, window));
        }
    }
    best.map(|(_, window)| window)
}

/// Every window of a text in order, none overlapping; see [`find`] for how dates are read.
pub fn find_all(text: &str, now: &Zoned) -> Vec<Window> {
    relation::windows(text, now).into_iter().map(|(_, window)| window).collect()
}

#[cfg(test)]
mod tests;
