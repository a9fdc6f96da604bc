//! Points in time as the product writes them: RFC 3339 in UTC with milliseconds.
//!
//! Durations are milliseconds in `u32`/`f64` fields whose names end in `_ms`. Durations are measured
//! with a monotonic clock by whoever measures them, so a wrong wall clock can only make a date wrong.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A point in time, e.g. `2026-11-20T10:41:07.123Z`. Compares as text because the form is fixed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(export)]
pub struct Time(pub String);

impl Time {
    /// The wall clock's time now.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
    }

    /// The time `ms` milliseconds after this one; the same time when this one cannot be read.
    pub fn plus_ms(&self, ms: i64) -> Self {
        match self.0.parse::<jiff::Timestamp>() {
            Ok(at) => Self::from_ms(at.as_millisecond().saturating_add(ms)),
            Err(_) => self.clone(),
        }
    }

    /// A time from milliseconds since 1970.
    pub fn from_ms(ms: i64) -> Self {
        let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        Self(at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
    }

    /// Milliseconds since 1970; `None` when the text is no time.
    pub fn as_ms(&self) -> Option<i64> {
        self.0.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_compare_in_the_order_they_happened() {
        let earlier = Time::from_ms(1_700_000_000_000);
        assert!(earlier < earlier.plus_ms(1));
        assert_eq!(earlier.plus_ms(1500).as_ms(), Some(1_700_000_001_500));
    }
}
