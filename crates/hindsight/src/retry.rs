//! Whether and when a failed call is tried again.
//!
//! Only calls whose repetition is harmless come here with `repeatable` set; `send` decides nothing by
//! itself. Pure functions: the caller sleeps.

use crate::error::HindsightError;
use reqwest::header::HeaderValue;
use std::time::{Duration, SystemTime};

/// At most this many tries after the first, as hindsight-litellm 0.5.4 does for recall.
const MOST_REPEATS: u32 = 2;
/// The longest wait that is sat out here. A server that asks for more gets no early repeat: the caller
/// is told how long it asked for.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// The wait before the first repeat when the server names none; doubled for the next.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// The wait before the next try, or `None` when there is none. `tried` counts the tries so far, from 1;
/// `jitter` is a random number from 0 to 1 that spreads clients which failed together.
pub(crate) fn wait(error: &HindsightError, repeatable: bool, tried: u32, jitter: f64) -> Option<Duration> {
    if !repeatable || tried > MOST_REPEATS {
        return None;
    }
    let asked = match error {
        HindsightError::RateLimited { retry_after_ms, .. }
        | HindsightError::Unavailable { retry_after_ms, .. } => {
            retry_after_ms.map(|ms| Duration::from_millis(ms.into()))
        }
        HindsightError::Unreachable(_) => None,
        _ => return None,
    };
    match asked {
        Some(asked) => (asked <= LONGEST_WAIT).then_some(asked),
        None => {
            let full = FIRST_WAIT * 2u32.pow(tried.saturating_sub(1));
            Some(full.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0))
        }
    }
}

/// A random number from 0 to 1, taken from a random UUID.
pub(crate) fn jitter() -> f64 {
    let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
    f64::from((high >> 32) as u32) / f64::from(u32::MAX)
}

/// `Retry-After` in milliseconds: seconds or an HTTP date. `None` when it is neither.
pub(crate) fn retry_after_ms(value: Option<&HeaderValue>, now: SystemTime) -> Option<u32> {
    let text = value?.to_str().ok()?.trim();
    let wait = match text.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() && seconds >= 0.0 => Duration::try_from_secs_f64(seconds).ok()?,
        Ok(_) => return None,
        Err(_) => httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(u32::try_from(wait.as_millis()).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Attempt;

    fn busy(retry_after_ms: Option<u32>) -> HindsightError {
        HindsightError::RateLimited { retry_after_ms, attempt: Box::new(Attempt::default()) }
    }

    #[test]
    fn the_wait_that_the_server_asks_for_is_kept_to_the_millisecond() {
        assert_eq!(wait(&busy(Some(1_500)), true, 1, 0.3), Some(Duration::from_millis(1_500)));
    }

    #[test]
    fn a_server_that_asks_for_minutes_gets_no_early_repeat() {
        assert_eq!(wait(&busy(Some(20_000)), true, 1, 0.0), Some(Duration::from_secs(20)));
        assert_eq!(wait(&busy(Some(20_001)), true, 1, 0.0), None);
    }

    #[test]
    fn without_a_wish_of_the_server_waits_grow_and_are_spread() {
        let waits = |jitter| [1, 2].map(|tried| wait(&busy(None), true, tried, jitter).unwrap().as_millis());
        assert_eq!(waits(0.0), [100, 200]);
        assert_eq!(waits(1.0), [200, 400]);
    }

    #[test]
    fn nothing_is_tried_more_than_three_times() {
        assert!(wait(&busy(Some(0)), true, 2, 0.0).is_some());
        assert!(wait(&busy(Some(0)), true, 3, 0.0).is_none());
    }

    #[test]
    fn what_a_repeat_could_do_twice_or_cannot_mend_is_not_repeated() {
        assert!(wait(&busy(Some(0)), false, 1, 0.0).is_none());
        for error in [
            HindsightError::Unauthorized(Box::default()),
            HindsightError::Timeout(Box::default()),
            HindsightError::Server { status: 500, attempt: Box::default() },
        ] {
            assert!(wait(&error, true, 1, 0.0).is_none(), "{error:?}");
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date_and_never_guessed() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777); // Sun, 06 Nov 1994 08:49:37 GMT
        let read = |text: &str| retry_after_ms(Some(&HeaderValue::from_str(text).unwrap()), now);
        assert_eq!(read("2"), Some(2_000));
        assert_eq!(read("0.25"), Some(250));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10_000));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:00 GMT"), Some(0));
        for nonsense in ["soon", "-1", "NaN", "1e300"] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
        assert_eq!(retry_after_ms(None, now), None);
    }

    #[test]
    fn jitter_stays_between_zero_and_one() {
        assert!((0..1000).map(|_| jitter()).all(|jitter| (0.0..=1.0).contains(&jitter)));
    }
}
