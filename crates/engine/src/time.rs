//! Times as the tables keep them (milliseconds since 1970) and as the API writes them (ISO 8601, offset).

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The wall clock's time now, in milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// As the API writes times: `2026-01-02T03:04:05+00:00`, with a fraction when there is one.
pub(crate) fn iso(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let format = if ms % 1000 == 0 { "%Y-%m-%dT%H:%M:%S+00:00" } else { "%Y-%m-%dT%H:%M:%S%.6f+00:00" };
    at.strftime(format).to_string()
}

/// Reads an ISO 8601 time or date; one without offset is taken as UTC. `None` when it is no time.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_millisecond());
    }
    let civil = text.parse::<jiff::civil::DateTime>().ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_it_was_read() {
        for text in ["2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05.010000+00:00"] {
            assert_eq!(parse(text).map(iso).as_deref(), Some(text));
        }
    }

    #[test]
    fn dates_and_times_without_offset_are_utc() {
        assert_eq!(parse("2026-01-02").map(iso).as_deref(), Some("2026-01-02T00:00:00+00:00"));
        assert_eq!(parse("2026-01-02T03:04:05").map(iso).as_deref(), Some("2026-01-02T03:04:05+00:00"));
        assert_eq!(parse("2026-01-02T03:04:05+02:00").map(iso).as_deref(), Some("2026-01-02T01:04:05+00:00"));
        assert_eq!(parse("soon"), None);
    }
}
