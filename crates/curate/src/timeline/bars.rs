//! Where the bars of a strip begin: on whole hours, days, weeks, months or years of this computer's clock. Pure.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Unit, Zoned, ZonedRound};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What one bar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum StripUnit {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week from Monday.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
    /// Ten years.
    Decade,
}

/// The most bars of a strip.
const MOST: usize = 72;

const UNITS: [StripUnit; 6] =
    [StripUnit::Hour, StripUnit::Day, StripUnit::Week, StripUnit::Month, StripUnit::Year, StripUnit::Decade];

/// The edges of the bars from the one that holds `from` to the one that holds `to`: one edge more than bars.
/// The finest unit that gives at most 72 bars; none gives more than that, a life of 720 years aside.
pub(super) fn edges(from: Timestamp, to: Timestamp, tz: &TimeZone) -> (StripUnit, Vec<Timestamp>) {
    let mut last = (StripUnit::Decade, vec![from, to]);
    for unit in UNITS {
        if let Some(edges) = edges_of(unit, from, to, tz) {
            return (unit, edges);
        }
        last.0 = unit;
    }
    last
}

fn edges_of(unit: StripUnit, from: Timestamp, to: Timestamp, tz: &TimeZone) -> Option<Vec<Timestamp>> {
    let mut edge = floor(unit, from.to_zoned(tz.clone()))?;
    let mut edges = vec![edge.timestamp()];
    while edge.timestamp() <= to {
        if edges.len() > MOST {
            return None;
        }
        let next = edge.checked_add(step(unit)).ok()?;
        if next.timestamp() <= edge.timestamp() {
            return None;
        }
        edge = next;
        edges.push(edge.timestamp());
    }
    Some(edges)
}

fn step(unit: StripUnit) -> jiff::Span {
    match unit {
        StripUnit::Hour => 1.hour(),
        StripUnit::Day => 1.day(),
        StripUnit::Week => 1.week(),
        StripUnit::Month => 1.month(),
        StripUnit::Year => 1.year(),
        StripUnit::Decade => 10.years(),
    }
}

fn floor(unit: StripUnit, at: Zoned) -> Option<Zoned> {
    if unit == StripUnit::Hour {
        return at.round(ZonedRound::new().smallest(Unit::Hour).mode(jiff::RoundMode::Trunc)).ok();
    }
    let day = at.start_of_day().ok()?;
    match unit {
        StripUnit::Hour | StripUnit::Day => Some(day),
        StripUnit::Week => {
            let since = day.weekday().since(Weekday::Monday);
            day.checked_sub(i64::from(since).days()).ok()
        }
        StripUnit::Month => day.with().day(1).build().ok(),
        StripUnit::Year => day.with().month(1).day(1).build().ok(),
        StripUnit::Decade => {
            day.with().year(day.year() - day.year().rem_euclid(10)).month(1).day(1).build().ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(from: &str, to: &str) -> (StripUnit, Vec<String>) {
        let tz = TimeZone::get("Europe/Lisbon").unwrap();
        let (unit, edges) = edges(from.parse().unwrap(), to.parse().unwrap(), &tz);
        (unit, edges.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn bars_begin_on_whole_units_of_the_local_clock() {
        let (unit, edges) = bars("2026-06-01T22:30:00Z", "2026-06-02T03:10:00Z");
        assert_eq!(unit, StripUnit::Hour);
        assert_eq!((edges[0].as_str(), edges.len()), ("2026-06-01T22:00:00Z", 7));
        let (unit, edges) = bars("2026-05-10T12:00:00Z", "2026-06-20T12:00:00Z");
        assert_eq!(unit, StripUnit::Day);
        // Lisbon is an hour ahead of UTC in summer.
        assert_eq!(edges[0], "2026-05-09T23:00:00Z");
        let (unit, edges) = bars("2026-01-08T12:00:00Z", "2026-11-20T12:00:00Z");
        assert_eq!((unit, edges[0].as_str()), (StripUnit::Week, "2026-01-05T00:00:00Z"));
        let (unit, edges) = bars("2023-03-08T12:00:00Z", "2026-11-20T12:00:00Z");
        assert_eq!((unit, edges[0].as_str()), (StripUnit::Month, "2023-03-01T00:00:00Z"));
        let (unit, edges) = bars("1987-03-08T12:00:00Z", "2026-11-20T12:00:00Z");
        assert_eq!((unit, edges[0].as_str()), (StripUnit::Year, "1987-01-01T00:00:00Z"));
        assert_eq!(bars("1603-03-08T12:00:00Z", "2026-11-20T12:00:00Z").0, StripUnit::Decade);
    }

    #[test]
    fn the_last_bar_holds_the_last_moment_and_one_moment_has_one_bar() {
        let (_, edges) = bars("2026-06-02T03:00:00Z", "2026-06-02T03:00:00Z");
        assert_eq!(edges, ["2026-06-02T03:00:00Z", "2026-06-02T04:00:00Z"]);
    }

    #[test]
    fn a_span_of_all_time_has_a_bar() {
        let (_, edges) = bars("-009999-01-04T00:00:00Z", "9999-12-30T00:00:00Z");
        assert!((2..=MOST + 2).contains(&edges.len()));
    }
}
