//! How fast a run may go: what a busy server asked for, and when a trouble is too much.
//!
//! One `Pace` for a run, which all its calls wait at; one `Trouble` for each change.

use rearview_domain::Error;
use rearview_hindsight::HindsightError;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The longest that one change waits for a busy server, all its waits together.
const PATIENCE: Duration = Duration::from_secs(600);
/// The longest single wait, whatever a server asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// Times that a broken connection is tried again, a server that does not answer, one that answers what is no answer, and
/// one that fails: Hindsight 1.1 does with a 500 while its own consolidation holds the row, for some seconds.
const MOST_LOST: u32 = 4;
const MOST_HANGING: u32 = 2;
const MOST_BROKEN: u32 = 2;
const MOST_FAILED: u32 = 6;

/// Why a run came to a halt before its end.
#[derive(Debug)]
pub(crate) enum Halt {
    /// A person stopped it, or the app ends.
    Stopped,
    /// The connection is lost. Resuming may do.
    Interrupted(Error),
    /// The server refuses, or the disk is full. Something has to be mended first.
    Failed(Error),
}

/// The gate that all calls of a run pass.
pub(crate) struct Pace {
    open_at: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { open_at: Mutex::new(Instant::now()) }
    }

    /// Waits until calls may be made.
    pub(crate) async fn wait(&self, stop: &CancellationToken) -> Result<(), Halt> {
        loop {
            if stop.is_cancelled() {
                return Err(Halt::Stopped);
            }
            let open_at = *self.open_at.lock().unwrap_or_else(PoisonError::into_inner);
            if open_at <= Instant::now() {
                return Ok(());
            }
            tokio::select! {
                () = stop.cancelled() => return Err(Halt::Stopped),
                () = tokio::time::sleep_until(open_at) => {}
            }
        }
    }

    fn close_for(&self, wait: Duration) {
        let mut open_at = self.open_at.lock().unwrap_or_else(PoisonError::into_inner);
        *open_at = (*open_at).max(Instant::now() + wait);
    }
}

/// What to do after an error.
#[derive(Debug)]
pub(crate) enum Then {
    /// Look at the fact and try again.
    Again,
    /// This change cannot be made; go on with the next.
    Refused(Error),
}

/// What one change has been through.
#[derive(Debug, Default)]
pub(crate) struct Trouble {
    busy: u32,
    waited: Duration,
    lost: u32,
    hanging: u32,
    broken: u32,
    failed: u32,
}

impl Trouble {
    /// Judges an error and lets the run wait where that helps.
    pub(crate) fn judge(&mut self, error: &HindsightError, pace: &Pace) -> Result<Then, Halt> {
        use HindsightError as E;
        match error {
            E::RateLimited { .. } | E::Unavailable { .. } => {
                let asked = error.retry_after_ms().map(|ms| Duration::from_millis(ms.into()));
                let wait = asked.unwrap_or_else(|| growing(self.busy, 500)).min(LONGEST_WAIT);
                (self.busy, self.waited) = (self.busy + 1, self.waited + wait.max(Duration::from_millis(50)));
                if self.waited > PATIENCE {
                    return Err(Halt::Interrupted(error.to_error()));
                }
                pace.close_for(wait);
                Ok(Then::Again)
            }
            E::Unreachable(_) => {
                self.lost += 1;
                self.again(self.lost > MOST_LOST, growing(self.lost, 125), error, pace)
            }
            E::Timeout(_) => {
                self.hanging += 1;
                self.again(self.hanging > MOST_HANGING, growing(self.hanging, 250), error, pace)
            }
            E::Unauthorized(_) | E::Forbidden(_) | E::Quota(_) | E::Redirected { .. } => {
                Err(Halt::Failed(error.to_error()))
            }
            E::Address { .. } | E::KeyUnusable { .. } | E::Setup { .. } => {
                Err(Halt::Failed(error.to_error()))
            }
            E::Server { .. } => {
                self.failed += 1;
                Ok(Self::refused(self.failed > MOST_FAILED, growing(self.failed, 100), error, pace))
            }
            E::Incompatible { .. } | E::TooLarge { .. } | E::Conflict(_) => {
                self.broken += 1;
                Ok(Self::refused(self.broken > MOST_BROKEN, growing(self.broken, 100), error, pace))
            }
            E::UnusableId { .. } | E::NotFound { .. } | E::Invalid { .. } | E::FeatureMissing { .. } => {
                Ok(Then::Refused(error.to_error()))
            }
        }
    }

    fn refused(enough: bool, wait: Duration, error: &HindsightError, pace: &Pace) -> Then {
        if enough {
            return Then::Refused(error.to_error());
        }
        pace.close_for(wait);
        Then::Again
    }

    fn again(&self, enough: bool, wait: Duration, error: &HindsightError, pace: &Pace) -> Result<Then, Halt> {
        if enough {
            return Err(Halt::Interrupted(error.to_error()));
        }
        pace.close_for(wait);
        Ok(Then::Again)
    }
}

/// `first` milliseconds, doubled with each time, up to 30 s.
fn growing(times: u32, first: u64) -> Duration {
    Duration::from_millis(first.saturating_mul(1 << times.min(10)).min(30_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_server_that_fails_is_given_some_seconds_and_then_the_change_is_refused() {
        let error = HindsightError::Server { status: 500, attempt: Box::default() };
        let mut trouble = Trouble::default();
        let mut waited = Duration::ZERO;
        for _ in 0..MOST_FAILED {
            let (pace, now) = (Pace::new(), Instant::now());
            assert!(matches!(trouble.judge(&error, &pace), Ok(Then::Again)));
            waited += pace.open_at.lock().unwrap().duration_since(now);
        }
        assert!((12..14).contains(&waited.as_secs()), "{waited:?}");
        assert!(matches!(trouble.judge(&error, &Pace::new()), Ok(Then::Refused(_))));
    }
}
