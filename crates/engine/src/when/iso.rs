//! Dates in digits: `2024-03-05`, `2024-03-05T10:00Z`, `2024-03`, `5.3.2024`, `13/3/2024`.
//!
//! Read from the raw text, since the marks between the digits decide. Dates with words are the lexicon's.

use jiff::{
    Span,
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};

use super::{Unit, calendar::Stretch};

/// The date that begins at byte `at` of `text` (a digit), and where it ends. Times with an offset come in `zone`.
pub(super) fn numeric(text: &str, at: usize, zone: &TimeZone) -> Option<(Stretch, usize)> {
    if text.get(..at)?.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '.')) {
        return None;
    }
    let mut reader = Reader { bytes: text.as_bytes(), at };
    let first = reader.digits(1, 4)?;
    let first_length = reader.at - at;
    let mark = reader.one_of(b"-/.")?;
    let second = reader.digits(1, 2)?;
    let found = if first_length == 4 {
        let mut after = Reader { ..reader };
        match after.mark(mark).and_then(|()| after.digits(1, 2)) {
            Some(day) => {
                let date = date(first, second, day)?;
                let timed = after.time(date, zone);
                reader = timed.as_ref().map_or(after, |t| t.1);
                timed.map_or_else(|| whole(date, 1), |t| Some(t.0))?
            }
            None if mark == b'-' || mark == b'/' => {
                let first = date(first, second, 1)?;
                let next = first.checked_add(Span::new().months(1)).ok()?;
                Stretch::days(first, next, Unit::Month)
            }
            None => return None,
        }
    } else {
        reader.mark(mark)?;
        let year = reader.digits(4, 4)?;
        let (day, month) = match mark {
            b'.' => (first, second),
            _ if first == second || (first > 12 && second <= 12) => (first, second),
            _ if second > 12 => (second, first),
            _ => return None,
        };
        whole(date(year, month, day)?, 1)?
    };
    reader.ends().then_some((found, reader.at))
}

fn date(year: u32, month: u32, day: u32) -> Option<Date> {
    let year = i16::try_from(year).ok().filter(|y| (1900..=2100).contains(y))?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn whole(date: Date, days: i32) -> Option<Stretch> {
    Some(Stretch::days(date, date.checked_add(Span::new().days(days)).ok()?, Unit::Day))
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<u32> {
        let rest = self.bytes.get(self.at..)?;
        let length = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        if !(least..=most).contains(&length) {
            return None;
        }
        self.at += length;
        rest.iter().take(length).try_fold(0_u32, |n, b| n.checked_mul(10)?.checked_add(u32::from(b - b'0')))
    }

    fn one_of(&mut self, marks: &[u8]) -> Option<u8> {
        let mark = self.peek().filter(|b| marks.contains(b))?;
        self.at += 1;
        Some(mark)
    }

    fn mark(&mut self, mark: u8) -> Option<()> {
        self.one_of(&[mark]).map(drop)
    }

    /// Whether the date stops here, rather than being the head of a longer number or name.
    fn ends(&self) -> bool {
        let next = |i: usize| self.bytes.get(self.at + i).copied();
        match next(0) {
            Some(b) if b.is_ascii_alphanumeric() => false,
            Some(b'-' | b'/' | b'.' | b':') => !next(1).is_some_and(|b| b.is_ascii_digit()),
            _ => true,
        }
    }

    /// A time of day behind the date: `T10:30`, seconds and offset as they come.
    fn time(&self, date: Date, zone: &TimeZone) -> Option<(Stretch, Self)> {
        let mut reader = Self { ..*self };
        reader.one_of(b"Tt ")?;
        let small = |n: u32| i8::try_from(n).ok();
        let hour = small(reader.digits(1, 2)?)?;
        reader.mark(b':')?;
        let minute = small(reader.digits(2, 2)?)?;
        let mut second = None;
        if reader.mark(b':').is_some() {
            second = Some(small(reader.digits(2, 2)?)?);
            if reader.mark(b'.').is_some() {
                reader.digits(1, 9)?;
            }
        }
        let at = Time::new(hour, minute, second.unwrap_or(0), 0).ok()?;
        let mut from: DateTime = date.to_datetime(at);
        if let Some(offset) = reader.offset() {
            from = from.to_zoned(offset.to_time_zone()).ok()?.with_time_zone(zone.clone()).datetime();
        }
        let long = if second.is_some() { Span::new().seconds(1) } else { Span::new().minutes(1) };
        Some((Stretch { from, to: from.checked_add(long).ok()?, unit: Unit::Instant }, reader))
    }

    fn offset(&mut self) -> Option<Offset> {
        let mark = self.one_of(b"Zz+-")?;
        if mark.eq_ignore_ascii_case(&b'z') {
            return Some(Offset::UTC);
        }
        let hours = i32::try_from(self.digits(2, 2)?).ok()?;
        let minutes = match self.mark(b':') {
            Some(()) => i32::try_from(self.digits(2, 2)?).ok()?,
            None => 0,
        };
        let seconds = hours * 3600 + minutes * 60;
        Offset::from_seconds(if mark == b'-' { -seconds } else { seconds }).ok()
    }
}
