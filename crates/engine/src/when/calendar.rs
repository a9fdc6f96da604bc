//! What a matched rule means on the calendar.
//!
//! Local dates only; time zones come in when `relation` makes windows of stretches. Every sum is checked: a question
//! may ask for 999999999 years ago, and then there is no window.

use jiff::{
    Span,
    civil::{Date, DateTime, Time},
};

use super::{Unit, lexicon::Caught};

/// What people count time in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Hour,
    Day,
    Week,
    Weekend,
    Month,
    Quarter,
    Year,
}

/// Days with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feast {
    /// The same day every year: month and day.
    Fixed(i8, i8),
    /// 24 to 26 December: "at Christmas" is seldom one day.
    Christmas,
    /// The fourth Thursday of November.
    Thanksgiving,
}

/// What a rule says about what it caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A whole day, so many from today.
    Day(i32),
    /// Hours of the day so many from today; past 24 they reach into the next.
    Hours(i32, i8, i8),
    /// The caught unit, weekday, month, season or feast: last (-1), this (0), next (1).
    Shifted(i32),
    /// The same with the unit known.
    Fixed(Step, i32),
    /// So many units back, or ahead.
    Ago,
    Ahead,
    /// The last, or the coming, so many units up to, or from, now.
    Past,
    Coming,
    /// What is over, or still to come, of the caught unit (without one: of today).
    SoFar,
    Rest,
    /// Whatever of year, month, day, season, feast, quarter was caught.
    Date,
    /// The same, but a word or number that means something else too unless a preposition goes before.
    Bare,
    /// The same in last (-1), this (0) or next (1) year.
    DateIn(i32),
    /// The first (0), middle (1) or last (2) third of it.
    Third(i64),
    /// The same of the caught unit, shifted.
    ThirdOf(i64, i32),
    /// From one caught day or year to the other.
    Span,
    /// The caught weekday of a week.
    WeekdayIn(i32),
    /// Vaguely: the last so many days.
    Lately(i32),
    /// No date after all.
    Nothing,
}

/// From and until (first moment after), in local time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub from: DateTime,
    pub to: DateTime,
    pub unit: Unit,
}

impl Stretch {
    pub(super) fn days(from: Date, to: Date, unit: Unit) -> Self {
        Self { from: from.to_datetime(Time::midnight()), to: to.to_datetime(Time::midnight()), unit }
    }
}

impl Meaning {
    /// Whether the words name a date of their own, rather than one counted from today.
    pub(super) fn is_date(self) -> bool {
        matches!(self, Self::Date | Self::Bare | Self::Third(_) | Self::Span)
    }
}

/// The stretch a match means at `now`; `None` where the calendar has no such day.
pub(super) fn evaluate(meaning: Meaning, caught: &Caught, now: DateTime) -> Option<Stretch> {
    let today = now.date();
    match meaning {
        Meaning::Nothing => None,
        Meaning::Day(shift) => step(Step::Day, shift, now),
        Meaning::Fixed(unit, shift) => step(unit, shift, now),
        Meaning::Hours(shift, from, to) => {
            let day = plus(today, Step::Day, shift)?.to_datetime(Time::midnight());
            let at = |hours: i8| day.checked_add(Span::new().try_hours(hours).ok()?).ok();
            Some(Stretch { from: at(from)?, to: at(to)?, unit: Unit::Day })
        }
        Meaning::Lately(days) => {
            Some(Stretch::days(plus(today, Step::Day, -days)?, today.tomorrow().ok()?, Unit::Range))
        }
        Meaning::Shifted(shift) => match (caught.step, caught.weekday) {
            (Some(unit), _) => step(unit, shift, now),
            (_, Some(weekday)) => day_of_week(weekday, shift, today),
            _ => recurring(caught, Some(shift), now),
        },
        Meaning::WeekdayIn(shift) => {
            let monday = monday(plus(today, Step::Week, shift)?)?;
            whole_day(plus(monday, Step::Day, caught.weekday?.into())?)
        }
        Meaning::Ago => counted(caught, -1, now),
        Meaning::Ahead => counted(caught, 1, now),
        Meaning::Past | Meaning::Coming => rolling(caught, meaning == Meaning::Past, now),
        Meaning::SoFar => {
            let whole = step(caught.step.unwrap_or(Step::Day), 0, now)?;
            Some(Stretch { to: now, unit: Unit::Range, ..whole })
        }
        Meaning::Rest => {
            let whole = step(caught.step.unwrap_or(Step::Day), 0, now)?;
            Some(Stretch { from: now, unit: Unit::Range, ..whole })
        }
        Meaning::Date | Meaning::Bare => date(caught, now),
        Meaning::DateIn(shift) => {
            let year = now.year().checked_add(i16::try_from(shift).ok()?)?;
            date(&Caught { years: vec![year], ..caught.clone() }, now)
        }
        Meaning::Third(third) => part(date(caught, now)?, third),
        Meaning::ThirdOf(third, shift) => part(step(caught.step?, shift, now)?, third),
        Meaning::Span => span(caught, now),
    }
}

fn plus(date: Date, unit: Step, n: i32) -> Option<Date> {
    let span = Span::new();
    let span = match unit {
        Step::Hour | Step::Day => span.try_days(n),
        Step::Week | Step::Weekend => span.try_weeks(n),
        Step::Month => span.try_months(n),
        Step::Quarter => span.try_months(n.checked_mul(3)?),
        Step::Year => span.try_years(n),
    };
    date.checked_add(span.ok()?).ok()
}

fn monday(date: Date) -> Option<Date> {
    plus(date, Step::Day, -i32::from(date.weekday().to_monday_zero_offset()))
}

fn whole_day(date: Date) -> Option<Stretch> {
    Some(Stretch::days(date, date.tomorrow().ok()?, Unit::Day))
}

/// The calendar unit `shift` units from now.
fn step(unit: Step, shift: i32, now: DateTime) -> Option<Stretch> {
    if unit == Step::Hour {
        let from = now.checked_add(Span::new().try_hours(shift).ok()?).ok()?;
        return Some(Stretch { from, to: from.checked_add(Span::new().hours(1)).ok()?, unit: Unit::Instant });
    }
    around(unit, plus(now.date(), unit, shift)?)
}

/// The calendar unit that holds `date`; for a weekend the one of its week.
fn around(unit: Step, date: Date) -> Option<Stretch> {
    let (from, kind) = match unit {
        Step::Hour | Step::Day => return whole_day(date),
        Step::Week => (monday(date)?, Unit::Week),
        Step::Weekend => {
            let saturday = plus(monday(date)?, Step::Day, 5)?;
            return Some(Stretch::days(saturday, plus(saturday, Step::Day, 2)?, Unit::Weekend));
        }
        Step::Month => (date.first_of_month(), Unit::Month),
        Step::Quarter => (Date::new(date.year(), (date.month() - 1) / 3 * 3 + 1, 1).ok()?, Unit::Season),
        Step::Year => (date.first_of_year(), Unit::Year),
    };
    Some(Stretch::days(from, plus(from, unit, 1)?, kind))
}

/// The weekday before today (-1), of this week (0), or after today (1).
fn day_of_week(weekday: i8, shift: i32, today: Date) -> Option<Stretch> {
    let here = today.weekday().to_monday_zero_offset();
    let ahead = i32::from((weekday - here).rem_euclid(7));
    let days = match shift {
        0 => i32::from(weekday - here),
        1.. => {
            if ahead == 0 {
                7
            } else {
                ahead
            }
        }
        _ => ahead - 7,
    };
    whole_day(plus(today, Step::Day, days)?)
}

fn counted(caught: &Caught, sign: i32, now: DateTime) -> Option<Stretch> {
    let (least, most) = caught.count?;
    let unit = caught.step?;
    let at = |n: u32| step(unit, i32::try_from(n).ok()?.checked_mul(sign)?, now);
    let (a, b) = (at(least)?, at(most)?);
    let unit = if least == most { a.unit } else { Unit::Range };
    Some(Stretch { from: a.from.min(b.from), to: a.to.max(b.to), unit })
}

fn rolling(caught: &Caught, past: bool, now: DateTime) -> Option<Stretch> {
    let n = i32::try_from(caught.count.map_or(1, |(_, most)| most)).ok()?;
    let unit = caught.step?;
    let sign = if past { -1 } else { 1 };
    if unit == Step::Hour {
        let far = now.checked_add(Span::new().try_hours(n.checked_mul(sign)?).ok()?).ok()?;
        return Some(Stretch { from: far.min(now), to: far.max(now), unit: Unit::Range });
    }
    let today = now.date();
    let far = plus(today, unit, n.checked_mul(sign)?)?;
    // Today counts in full on either side: people who ask in the evening mean this morning too.
    let (from, to) = if past { (far, today) } else { (today, far) };
    Some(Stretch::days(from, to.tomorrow().ok()?, Unit::Range))
}

/// A date whose parts were caught; without a year the latest that has begun.
fn date(caught: &Caught, now: DateTime) -> Option<Stretch> {
    match caught.years.first() {
        Some(year) => in_year(caught, *year),
        None => match caught.weekday {
            Some(weekday) => {
                let back = (now.weekday().to_monday_zero_offset() - weekday).rem_euclid(7);
                whole_day(plus(now.date(), Step::Day, -i32::from(back))?)
            }
            None => recurring(caught, None, now),
        },
    }
}

/// What was caught, in one year. A winter bears the year it begins in.
fn in_year(caught: &Caught, year: i16) -> Option<Stretch> {
    if let Some(feast) = caught.feast {
        let day = |month, day| Date::new(year, month, day).ok();
        return match feast {
            Feast::Fixed(month, of) => whole_day(day(month, of)?),
            Feast::Christmas => Some(Stretch::days(day(12, 24)?, day(12, 27)?, Unit::Range)),
            Feast::Thanksgiving => {
                let first = day(11, 1)?;
                let ahead = (3 - first.weekday().to_monday_zero_offset()).rem_euclid(7);
                whole_day(plus(first, Step::Day, i32::from(ahead) + 21)?)
            }
        };
    }
    let months = |first: i8, count: i32, unit| {
        let from = Date::new(year, first, 1).ok()?;
        Some(Stretch::days(from, plus(from, Step::Month, count)?, unit))
    };
    match (caught.season, caught.quarter, caught.month, caught.days.first()) {
        (Some(season), ..) => months(season * 3 + 3, 3, Unit::Season),
        (_, Some(quarter), ..) => months(quarter * 3 - 2, 3, Unit::Season),
        (_, _, Some(month), Some(day)) => whole_day(Date::new(year, month, *day).ok()?),
        (_, _, Some(month), None) => months(month, 1, Unit::Month),
        _ => months(1, 12, Unit::Year),
    }
}

/// What comes back every year: the last that is over (-1), this year's or the running one (0), the next to begin (1), or
/// the latest that has begun (`None`).
fn recurring(caught: &Caught, shift: Option<i32>, now: DateTime) -> Option<Stretch> {
    let year = now.year();
    // Leap days may be eight years apart.
    let mut all = (year.saturating_sub(9)..=year.saturating_add(9)).filter_map(|y| in_year(caught, y));
    let midnight = now.date().to_datetime(Time::midnight());
    match shift {
        None => all.take_while(|s| s.from <= now).last(),
        Some(0) => {
            let all: Vec<_> = all.collect();
            let running = all.iter().find(|s| s.from <= now && now < s.to);
            running.or_else(|| all.iter().find(|s| s.from.year() == year)).copied()
        }
        Some(1..) => all.find(|s| s.from > now),
        Some(_) => all.take_while(|s| s.to <= midnight).last(),
    }
}

fn part(whole: Stretch, third: i64) -> Option<Stretch> {
    let days = i64::from(whole.from.date().until(whole.to.date()).ok()?.get_days());
    let at = |n: i64| whole.from.checked_add(Span::new().try_days(days * n / 3).ok()?).ok();
    let to = if third >= 2 { whole.to } else { at(third + 1)? };
    Some(Stretch { from: at(third)?, to, unit: Unit::Range })
}

fn span(caught: &Caught, now: DateTime) -> Option<Stretch> {
    let (a, b) = match (caught.years.as_slice(), caught.days.as_slice()) {
        (years, [first, second]) => {
            let one =
                |day: i8| date(&Caught { days: vec![day], years: years.to_vec(), ..caught.clone() }, now);
            let last = one(*second)?;
            let first = Caught { days: vec![*first], years: vec![last.from.year()], ..caught.clone() };
            (date(&first, now)?, last)
        }
        ([first, second], _) => (in_year(&Caught::default(), *first)?, in_year(&Caught::default(), *second)?),
        _ => return None,
    };
    (a.from < b.to).then_some(Stretch { from: a.from, to: b.to, unit: Unit::Range })
}
