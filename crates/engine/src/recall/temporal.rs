//! The temporal arm: which stretch of time a question is about, and who in it is brought to the table.

use super::request::Ask;
use crate::resident::Held;
use crate::when::{self, Unit};
use jiff::{SignedDuration, Timestamp};

/// What a memory inside the window gains (measured on retrieval sets).
pub(crate) const BONUS: f32 = 0.1;
/// People tell of a day or a month some days later.
const TOLD_LATER: SignedDuration = SignedDuration::from_hours(10 * 24);
/// Memories near to the question among which the slots are given away (hindsight 1.1).
const POOL: usize = 60;
/// Memories of the window that are always candidates (hindsight 1.1).
pub(crate) const SLOTS: usize = 10;
/// Stretches of the window over which the slots are spread (hindsight 1.1).
const BUCKETS: i64 = 8;
/// Similarity from which a memory may take a slot (hindsight 1.1).
pub(crate) const FLOOR: f32 = 0.1;

/// A stretch of time in milliseconds since 1970, both ends inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// To where telling of it counts.
    pub(crate) told: i64,
}

impl Window {
    /// The window that was given, or the one that the question speaks of.
    pub(crate) fn of(ask: &Ask) -> Option<Self> {
        if let Some((start, end)) = ask.window {
            return Some(Self { start, end, told: end });
        }
        let found = when::find(&ask.query, &ask.now)?;
        let later = match found.unit {
            Unit::Instant | Unit::Day | Unit::Week | Unit::Weekend | Unit::Month => TOLD_LATER,
            Unit::Season | Unit::Year | Unit::Range => SignedDuration::ZERO,
        };
        let end = found.end.as_millisecond().saturating_sub(1).max(found.start.as_millisecond());
        let told = found.end.checked_add(later).unwrap_or(Timestamp::MAX).as_millisecond().saturating_sub(1);
        Some(Self { start: found.start.as_millisecond(), end, told: told.max(end) })
    }

    /// Whether a memory happened or was told inside.
    pub(crate) fn holds(&self, held: &Held) -> bool {
        let happened = match (held.occurred_start(), held.occurred_end()) {
            (Some(start), end) => start <= self.end && end.unwrap_or(start) >= self.start,
            (None, Some(end)) => (self.start..=self.end).contains(&end),
            (None, None) => false,
        };
        happened || held.mentioned_at().is_some_and(|at| (self.start..=self.told).contains(&at))
    }
}

/// The date that stands for a memory.
pub(crate) fn date(held: &Held) -> Option<i64> {
    held.occurred_start().or_else(|| held.mentioned_at()).or_else(|| held.occurred_end())
}

/// Gives the slots to the best of each bucket in turn. `inside` are places with their date and their score.
pub(crate) fn slots(mut inside: Vec<(usize, i64, f32)>) -> Vec<usize> {
    inside.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
    inside.truncate(POOL);
    let first = inside.iter().map(|(_, at, _)| *at).min().unwrap_or(0);
    let last = inside.iter().map(|(_, at, _)| *at).max().unwrap_or(0);
    let width = (last.saturating_sub(first) / BUCKETS).saturating_add(1);
    let mut buckets: Vec<Vec<usize>> = vec![Vec::new(); BUCKETS as usize];
    for (place, at, _) in &inside {
        let bucket = usize::try_from((at - first) / width).unwrap_or(0);
        if let Some(bucket) = buckets.get_mut(bucket) {
            bucket.push(*place);
        }
    }
    let rounds = buckets.iter().map(Vec::len).max().unwrap_or(0);
    (0..rounds)
        .flat_map(|round| buckets.iter().filter_map(move |b| b.get(round).copied()))
        .take(SLOTS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::recall::testing::row;
    use crate::resident::{Resident, Row};
    use crate::time::parse;

    fn ask(query: &str) -> Ask {
        let now = "2026-03-01T12:00:00[UTC]".parse().unwrap();
        Ask { now, ..Ask::new(query, &Config::default()) }
    }

    fn at(text: &str) -> Option<i64> {
        Some(parse(text).unwrap())
    }

    fn inside(window: &Window, row: Row) -> bool {
        let bank = Resident::of(vec![row]);
        window.holds(bank.at(0).unwrap())
    }

    #[test]
    fn a_month_in_the_question_takes_in_what_is_told_ten_days_later() {
        let window = Window::of(&ask("What did Ana do in January 2026?")).unwrap();
        let told = |date: &str| inside(&window, Row { mentioned_at: at(date), ..row(1, &[]) });
        let happened = |date: &str| inside(&window, Row { occurred_start: at(date), ..row(1, &[]) });
        assert!(told("2026-01-05") && told("2026-02-09") && !told("2026-02-12") && !told("2025-12-31"));
        assert!(happened("2026-01-31T23:00:00") && !happened("2026-02-01"));
    }

    #[test]
    fn a_given_window_is_taken_as_it_is_and_instead_of_the_questions() {
        let given = Ask { window: Some((0, 10)), ..ask("in January 2026") };
        assert_eq!(Window::of(&given), Some(Window { start: 0, end: 10, told: 10 }));
        assert_eq!(Window::of(&ask("Where does Ana live?")), None);
    }

    #[test]
    fn something_that_lasted_is_inside_when_it_touches_the_window() {
        let window = Window { start: 100, end: 200, told: 200 };
        let lasted = |start, end| {
            inside(&window, Row { occurred_start: Some(start), occurred_end: Some(end), ..row(1, &[]) })
        };
        assert!(lasted(0, 100) && lasted(200, 300) && lasted(0, 300) && !lasted(0, 99));
    }

    #[test]
    fn slots_are_spread_over_the_window() {
        let mut inside: Vec<(usize, i64, f32)> = (0..40).map(|n| (n, 0, 1.0 - n as f32 / 100.0)).collect();
        inside.push((40, 800, 0.2));
        inside.push((41, 400, 0.1));
        let slots = slots(inside);
        assert_eq!(slots.len(), SLOTS);
        assert!(slots.contains(&40) && slots.contains(&41), "{slots:?}");
        assert_eq!(slots[0], 0);
    }
}
