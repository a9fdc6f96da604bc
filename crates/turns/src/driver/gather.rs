//! Gathers increments of an answer, so that a fast model does not write the disk and wake the page for
//! every word. Pure: the driver brings the time and does the writing.

use std::time::{Duration, Instant};

/// How long pieces of an answer are gathered before they are kept and shown: a frame and a half at 60 Hz.
const FLUSH_EVERY: Duration = Duration::from_millis(24);
/// The size at which gathered pieces go at once. Tauri hands JSON under 8 KiB to the page directly;
/// half of that leaves room for escaping.
const FLUSH_BYTES: usize = 4 * 1024;
/// What an increment belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The answer.
    Text,
    /// The reasoning before it.
    Reasoning,
}

/// Increments that are not kept and shown yet; all of one kind, so that their order is kept.
#[derive(Debug, Default)]
pub struct Gathered {
    waiting: Option<(Kind, String)>,
    since: Option<Instant>,
    last: Option<Instant>,
}

impl Gathered {
    /// Whether something of the other kind waits, which must go first.
    pub fn holds_other(&self, kind: Kind) -> bool {
        self.waiting.as_ref().is_some_and(|(held, _)| *held != kind)
    }

    /// Adds an increment. Answers whether what waits should go now: the first word at once, then a
    /// flush at a time, or sooner when a lot came.
    pub fn push(&mut self, kind: Kind, text: &str, now: Instant) -> bool {
        let (_, waiting) = self.waiting.get_or_insert_with(|| (kind, String::new()));
        waiting.push_str(text);
        self.since.get_or_insert(now);
        waiting.len() >= FLUSH_BYTES || self.last.is_none_or(|last| now.duration_since(last) >= FLUSH_EVERY)
    }

    /// When what waits should go; `None` when nothing waits.
    pub fn flush_at(&self) -> Option<Instant> {
        self.since.map(|since| self.last.map_or(since, |last| last + FLUSH_EVERY))
    }

    /// Takes what waits.
    pub fn take(&mut self, now: Instant) -> Option<(Kind, String)> {
        self.since = None;
        let taken = self.waiting.take().filter(|(_, text)| !text.is_empty())?;
        self.last = Some(now);
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_goes_at_once_and_the_next_ones_together() {
        let start = Instant::now();
        let mut gathered = Gathered::default();
        assert!(gathered.push(Kind::Text, "Hello", start));
        assert_eq!(gathered.take(start), Some((Kind::Text, "Hello".to_owned())));
        assert!(!gathered.push(Kind::Text, " big", start));
        assert!(!gathered.push(Kind::Text, " world", start));
        assert_eq!(gathered.flush_at(), Some(start + FLUSH_EVERY));
        assert_eq!(gathered.take(start + FLUSH_EVERY), Some((Kind::Text, " big world".to_owned())));
        assert_eq!(gathered.flush_at(), None);
    }

    #[test]
    fn a_lot_of_text_does_not_wait() {
        let start = Instant::now();
        let mut gathered = Gathered::default();
        gathered.push(Kind::Text, "x", start);
        gathered.take(start);
        assert!(gathered.push(Kind::Text, &"x".repeat(FLUSH_BYTES), start));
    }

    #[test]
    fn reasoning_and_text_keep_their_order() {
        let start = Instant::now();
        let mut gathered = Gathered::default();
        gathered.push(Kind::Reasoning, "hm", start);
        assert!(gathered.holds_other(Kind::Text));
        assert!(!gathered.holds_other(Kind::Reasoning));
        assert_eq!(gathered.take(start), Some((Kind::Reasoning, "hm".to_owned())));
        assert!(!gathered.holds_other(Kind::Text));
    }
}
