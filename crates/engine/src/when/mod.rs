//! Finding dates inside questions.

/// When something happened, in English words.
pub fn phrase(start: jiff::Timestamp, end: jiff::Timestamp) -> String {
    let day = |at: jiff::Timestamp| at.strftime("%-d %B %Y").to_string();
    if start == end { format!("on {}", day(start)) } else { format!("from {} to {}", day(start), day(end)) }
}
