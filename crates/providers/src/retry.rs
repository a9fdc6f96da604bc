//! When a request is tried again, and after how long. Only ever before the first byte of an answer:
//! trying again after it would be billed twice and could answer twice.
//!
//! The rules are those of the OpenAI and Anthropic client libraries. The driver asks here.

use crate::error::ErrorKind;
use reqwest::header::HeaderMap;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, SystemTime};

/// At most this many tries after the first.
pub(crate) const RETRIES: u32 = 2;

/// A longer wait than this is the person's decision, not ours.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Whether a refusal may be another answer next time. `x-should-retry` outranks the status.
pub(crate) fn may_succeed(status: u16, kind: ErrorKind, headers: &HeaderMap) -> bool {
    match headers.get("x-should-retry").and_then(|value| value.to_str().ok()) {
        Some("true") => true,
        Some("false") => false,
        // An empty account is a 429 too at OpenAI, and stays empty.
        _ => matches!(status, 408 | 409 | 429 | 500..) && kind != ErrorKind::Quota,
    }
}

/// The wait that the provider asks for: `retry-after-ms`, else `retry-after` in seconds or as a date.
pub(crate) fn asked_wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    if let Some(ms) = text("retry-after-ms").and_then(number) {
        return Duration::try_from_secs_f64(ms / 1_000.0).ok();
    }
    let after = text("retry-after")?;
    match number(after) {
        Some(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        None => httpdate::parse_http_date(after).ok().map(|at| at.duration_since(now).unwrap_or_default()),
    }
}

/// Our own wait before try `attempt` (from 1): 0.5 s, doubling, less up to a quarter so that many
/// clients do not come back at once.
pub(crate) fn own_wait(attempt: u32) -> Duration {
    let full = Duration::from_millis(500) * 2u32.saturating_pow(attempt.saturating_sub(1));
    // A hasher's random seed is all the chance that this needs.
    let chance = RandomState::new().build_hasher().finish() % 1_000;
    full - full * u32::try_from(chance).unwrap_or(0) / 4_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    #[test]
    fn milliseconds_outrank_seconds_and_a_date_counts_from_now() {
        let now = httpdate::parse_http_date("Fri, 20 Nov 2026 10:00:00 GMT").unwrap();
        let wait = |pairs: &[(&'static str, &str)]| asked_wait(&headers(pairs), now);
        assert_eq!(
            wait(&[("retry-after-ms", "250"), ("retry-after", "9")]),
            Some(Duration::from_millis(250))
        );
        assert_eq!(wait(&[("retry-after", "1.5")]), Some(Duration::from_millis(1_500)));
        assert_eq!(wait(&[("retry-after", "Fri, 20 Nov 2026 10:00:07 GMT")]), Some(Duration::from_secs(7)));
        assert_eq!(wait(&[("retry-after", "Fri, 20 Nov 2026 09:00:00 GMT")]), Some(Duration::ZERO));
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[("retry-after", "-1")]), None);
        assert_eq!(wait(&[("retry-after", "1e300")]), None);
    }

    #[test]
    fn the_provider_decides_whether_to_try_again_and_else_the_status_does() {
        let none = HeaderMap::new();
        for status in [408, 409, 429, 500, 502, 529] {
            assert!(may_succeed(status, ErrorKind::Overloaded, &none), "{status}");
        }
        for status in [400, 401, 403, 404, 422] {
            assert!(!may_succeed(status, ErrorKind::Invalid, &none), "{status}");
        }
        assert!(!may_succeed(429, ErrorKind::Quota, &none));
        assert!(!may_succeed(503, ErrorKind::Overloaded, &headers(&[("x-should-retry", "false")])));
        assert!(may_succeed(400, ErrorKind::Invalid, &headers(&[("x-should-retry", "true")])));
    }

    #[test]
    fn our_own_waits_double_and_stay_within_a_quarter() {
        for (attempt, full) in [(1, 500), (2, 1_000), (3, 2_000)] {
            let wait = own_wait(attempt);
            assert!(wait <= Duration::from_millis(full) && wait > Duration::from_millis(full * 3 / 4));
        }
    }
}
