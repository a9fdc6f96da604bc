//! An occurrence in English words, for embedding and for the keyword index.
//!
//! The opposite direction of `find`: "in March 2024" said the way people ask for it.

use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};

/// Says in words when something happened, in UTC days: "on 5 March 2024", "in March 2024", "in 2024", "from 5 March 2024 to 8
/// March 2024". `end` may be the last moment or the first after; one before `start` counts as `start`.
pub fn phrase(start: Timestamp, end: Timestamp) -> String {
    let last = if end > start { end.checked_sub(Span::new().nanoseconds(1)).unwrap_or(end) } else { start };
    let day = |t: Timestamp| t.to_zoned(TimeZone::UTC).date();
    let (first, last) = (day(start), day(last));
    let month = first.strftime("%B %Y");
    if first == last {
        format!("on {}", spoken(first))
    } else if first == first.first_of_month() && last == first.last_of_month() {
        format!("in {month}")
    } else if first == first.first_of_year() && last == first.last_of_year() {
        format!("in {}", first.year())
    } else {
        format!("from {} to {}", spoken(first), spoken(last))
    }
}

fn spoken(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_days_months_and_years_are_said_as_such() {
        for (start, end, want) in [
            ("2024-03-05T10:00:00Z", "2024-03-05T10:00:00Z", "on 5 March 2024"),
            ("2024-03-05T00:00:00Z", "2024-03-06T00:00:00Z", "on 5 March 2024"),
            ("2024-02-01T00:00:00Z", "2024-02-29T23:59:59Z", "in February 2024"),
            ("2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z", "in February 2024"),
            ("2024-01-01T00:00:00Z", "2024-12-31T00:00:01Z", "in 2024"),
            ("2024-03-05T00:00:00Z", "2024-03-08T12:00:00Z", "from 5 March 2024 to 8 March 2024"),
            ("2024-03-05T00:00:00Z", "2020-01-01T00:00:00Z", "on 5 March 2024"),
        ] {
            assert_eq!(phrase(start.parse().unwrap(), end.parse().unwrap()), want);
        }
    }
}
