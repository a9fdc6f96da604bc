//! Cron expressions of five fields in UTC: minute, hour, day of the month, month, day of the week.
//!
//! Numbers, `*`, ranges, steps, lists, and English names of months and days. As cron has it, a day fits when either
//! of its two fields does, if both are narrowed.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// Days to look back: 29 February comes round at least every eight years.
const LOOK_BACK_DAYS: usize = 8 * 366 + 1;
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A schedule; each field is the set of values that fit, as bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Neither of the two day fields is `*`.
    either_day: bool,
}

impl Cron {
    /// Reads an expression; `None` when it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fields: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
        let weekdays = field(weekday, 0, 7, &DAYS, 0)?;
        Some(Self {
            minutes: field(minute, 0, 59, &[], 0)?,
            hours: field(hour, 0, 23, &[], 0)?,
            days: field(day, 1, 31, &[], 0)?,
            months: field(month, 1, 12, &MONTHS, 1)?,
            // Sunday is 0 and 7.
            weekdays: (weekdays | weekdays >> 7) & 0x7f,
            either_day: !day.starts_with('*') && !weekday.starts_with('*'),
        })
    }

    /// The latest time that fits, at or before `now`, both in milliseconds since 1970.
    pub(super) fn last_before(&self, now: i64) -> Option<i64> {
        let now = Timestamp::from_millisecond(now).ok()?.to_zoned(TimeZone::UTC).datetime();
        let mut date = now.date();
        let mut until = (now.hour(), now.minute());
        for _ in 0..LOOK_BACK_DAYS {
            if self.day_fits(date)
                && let Some((hour, minute)) = self.last_of_day(until)
            {
                let at = date.to_datetime(Time::new(hour, minute, 0, 0).ok()?);
                return Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond());
            }
            date = date.checked_sub(1.day()).ok()?;
            until = (23, 59);
        }
        None
    }

    fn day_fits(&self, date: Date) -> bool {
        let day = has(self.days, date.day());
        let weekday = has(self.weekdays, date.weekday().to_sunday_zero_offset());
        let fits = if self.either_day { day || weekday } else { day && weekday };
        fits && has(self.months, date.month())
    }

    fn last_of_day(&self, (hour, minute): (i8, i8)) -> Option<(i8, i8)> {
        (0..=hour).rev().filter(|at| has(self.hours, *at)).find_map(|at| {
            let until = if at == hour { minute } else { 59 };
            (0..=until).rev().find(|minute| has(self.minutes, *minute)).map(|minute| (at, minute))
        })
    }
}

fn has(set: u64, value: i8) -> bool {
    u32::try_from(value).is_ok_and(|value| set & (1 << value) != 0)
}

/// The values of one field as bits. `names` stand for numbers from `first` on.
fn field(text: &str, least: u32, most: u32, names: &[&str], first: u32) -> Option<u64> {
    let number = |text: &str| -> Option<u32> {
        let named = names.iter().position(|name| *name == text).and_then(|at| u32::try_from(at).ok());
        let value = named.map(|at| at + first).or_else(|| text.parse().ok())?;
        (least..=most).contains(&value).then_some(value)
    };
    let mut set = 0;
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<usize>().ok().filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (number(from)?, number(to)?),
            // `5/10` begins at 5 and goes on to the end.
            None if step.is_some() => (number(range)?, most),
            None => (number(range)?, number(range)?),
        };
        if from > to {
            return None;
        }
        for value in (from..=to).step_by(step.unwrap_or(1)) {
            set |= 1 << value;
        }
    }
    Some(set)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{iso, parse};

    fn last(cron: &str, now: &str) -> String {
        iso(Cron::parse(cron).unwrap().last_before(parse(now).unwrap()).unwrap())
    }

    #[test]
    fn the_latest_time_that_fits_is_found() {
        // 20 November 2026 is a Friday.
        for (cron, now, at) in [
            ("* * * * *", "2026-11-20T10:15:40", "2026-11-20T10:15:00+00:00"),
            ("0 6 * * *", "2026-11-20T05:59:59", "2026-11-19T06:00:00+00:00"),
            ("0 6 * * *", "2026-11-20T06:00:00", "2026-11-20T06:00:00+00:00"),
            ("*/20 9-17 * * mon-fri", "2026-11-21T12:00:00", "2026-11-20T17:40:00+00:00"),
            ("30 8 * * 7", "2026-11-20T00:00:00", "2026-11-15T08:30:00+00:00"),
            ("0 0 1 jan,jul *", "2026-11-20T00:00:00", "2026-07-01T00:00:00+00:00"),
            ("0 0 13 * fri", "2026-11-20T12:00:00", "2026-11-20T00:00:00+00:00"),
            ("0 0 13 * fri", "2026-11-14T12:00:00", "2026-11-13T00:00:00+00:00"),
            ("15 3 29 2 *", "2026-11-20T00:00:00", "2024-02-29T03:15:00+00:00"),
            ("5/30 * * * *", "2026-11-20T10:40:00", "2026-11-20T10:35:00+00:00"),
        ] {
            assert_eq!(last(cron, now), at, "{cron}");
        }
    }

    #[test]
    fn what_is_no_expression_is_none() {
        for text in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* * 0 * *",
            "*/0 * * * *",
            "5-1 * * * *",
            "x * * * *",
            "@daily",
        ] {
            assert_eq!(Cron::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_that_never_comes_is_never_due() {
        assert_eq!(Cron::parse("0 0 31 2 *").unwrap().last_before(0), None);
    }
}
