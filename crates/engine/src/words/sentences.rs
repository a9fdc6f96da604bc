//! Where sentences end.
//!
//! Rules for running text, lists, headings and fenced code, in scripts with and without spaces. Called by chunking
//! and by whoever needs a fact per sentence; nothing here knows what a sentence is for.

use std::ops::Range;

use super::segments::{Fence, lines};

/// Words whose full stop does not end a sentence, lower-case and without their last stop.
const ABBREVIATIONS: &[&str] = &[
    "dr", "mr", "mrs", "ms", "prof", "st", "mt", "jr", "sr", "vs", "e.g", "i.e", "cf", "no", "nos", "vol",
    "fig", "approx", "ca", "gen", "col", "lt", "capt", "sgt", "rev", "hon", "u.s", "u.k", "ph.d", "jan",
    "feb", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "z.b", "bzw", "d.h", "u.a", "nr",
    "hr", "fr", "str", "okt", "dez", "sra", "srta", "ud", "uds", "p.ej", "pág", "mme", "mlle", "m", "p.ex",
    "env",
];

/// Month names before which a number and a stop are a German date ("am 5. März").
const GERMAN_MONTHS: &[&str] =
    &["jan", "feb", "mär", "maerz", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez"];

/// How far back a stop looks for the word it may abbreviate, in characters.
const LOOK_BACK: usize = 12;

/// The sentences of a text, without gaps: each keeps the white space behind it. Fenced code is one sentence; a line
/// end closes a sentence unless the next line goes on in lower case.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut fence = Fence::default();
    let mut in_code = false;
    for line in lines(text) {
        let body = text.get(line.clone()).unwrap_or_default();
        let fenced = fence.takes(body);
        let blank = body.trim().is_empty();
        let goes_on = body.trim_start().chars().next().is_some_and(char::is_lowercase);
        if fenced != in_code || (!fenced && !blank && !goes_on) {
            push(text, &mut found, start..line.start);
            start = line.start;
        }
        in_code = fenced;
        if fenced || blank {
            continue;
        }
        for end in ends(body) {
            push(text, &mut found, start..line.start + end);
            start = line.start + end;
        }
    }
    push(text, &mut found, start..text.len());
    found
}

/// Adds a piece; one of white space alone goes to the piece before it.
fn push(text: &str, found: &mut Vec<Range<usize>>, piece: Range<usize>) {
    if piece.is_empty() {
        return;
    }
    match found.last_mut() {
        Some(last) if text.get(piece.clone()).is_some_and(|p| p.trim().is_empty()) => last.end = piece.end,
        _ => found.push(piece),
    }
}

/// Offsets within one line at which a sentence ends, white space behind it included.
fn ends(line: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let indent = line.len() - line.trim_start().len();
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let wide = matches!(c, '。' | '！' | '？' | '｡');
        if !wide && !matches!(c, '.' | '!' | '?' | '…') {
            continue;
        }
        // Stops come in groups ("?!", "...") and quotes and brackets close behind them.
        while chars.peek().is_some_and(|(_, n)| is_closing(*n)) {
            chars.next();
        }
        let after = chars.peek().map_or(line.len(), |(i, _)| *i);
        let rest = line.get(after..).unwrap_or_default();
        let next = rest.trim_start();
        let spaced = next.len() < rest.len() || rest.is_empty();
        if wide || (spaced && !(c == '.' && is_inner(line.get(..at).unwrap_or_default(), indent, next))) {
            let starts_lower = !wide && next.chars().next().is_some_and(char::is_lowercase);
            if !starts_lower {
                found.push(line.len() - next.len());
            }
        }
    }
    found
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        '.' | '!'
            | '?'
            | '…'
            | '。'
            | '！'
            | '？'
            | ')'
            | ']'
            | '"'
            | '\''
            | '”'
            | '’'
            | '»'
            | '」'
            | '』'
            | '）'
    )
}

/// Whether a full stop after `before`, a line that begins with `indent` bytes of white space, belongs to an abbreviation, an initial, a list number or a German date.
fn is_inner(before: &str, indent: usize, next: &str) -> bool {
    let from = before.char_indices().rev().take(LOOK_BACK).last().map_or(0, |(i, _)| i);
    let tail = before.get(from..).unwrap_or_default();
    let word = tail.rsplit(|c: char| !(c.is_alphanumeric() || c == '.')).next().unwrap_or_default();
    let at_line_start = before.len() <= indent + word.len();
    if word.is_empty() {
        return false;
    }
    if word.chars().all(|c| c.is_ascii_digit()) && word.len() <= 3 {
        let lower = next.chars().take(5).collect::<String>().to_lowercase();
        return at_line_start || (word.len() <= 2 && GERMAN_MONTHS.iter().any(|m| lower.starts_with(m)));
    }
    let lower = word.to_lowercase();
    let mut letters = word.chars();
    // "J. Smith" is an initial; "I." ends a sentence more often than not.
    let initial = letters.next().is_some_and(|c| c.is_uppercase() && c != 'I') && letters.next().is_none();
    initial || ABBREVIATIONS.contains(&lower.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|r| text[r].trim()).collect()
    }

    #[test]
    fn stops_end_sentences_and_inner_stops_do_not() {
        for (text, want) in [
            ("One. Two! Three? Four", &["One.", "Two!", "Three?", "Four"][..]),
            (
                "Dr. Smith met J. Doe at 3.5 p.m. today. Fine.",
                &["Dr. Smith met J. Doe at 3.5 p.m. today.", "Fine."],
            ),
            ("Use tools, e.g. Rust. Done.", &["Use tools, e.g. Rust.", "Done."]),
            (
                "Wir trafen uns am 5. März. Es war 2024. Schön.",
                &["Wir trafen uns am 5. März.", "Es war 2024.", "Schön."],
            ),
            (
                "\"Really?!\" She left... Then (at last.) Peace.",
                &["\"Really?!\"", "She left...", "Then (at last.)", "Peace."],
            ),
            ("昨日は雨。「行く？」今日は晴れ！", &["昨日は雨。", "「行く？」", "今日は晴れ！"]),
            ("See https://a.b/c.d?e=f for it.", &["See https://a.b/c.d?e=f for it."]),
        ] {
            assert_eq!(cut(text), want, "`{text}`");
        }
    }

    #[test]
    fn list_items_and_headings_stand_alone_and_wrapped_lines_do_not() {
        let text = "# Plan\n\n1. Buy milk\n2. Call Bob\n- rest\n\nThis line\nwraps here.";
        assert_eq!(cut(text), ["# Plan", "1. Buy milk", "2. Call Bob", "- rest", "This line\nwraps here."]);
    }

    #[test]
    fn fenced_code_is_one_sentence() {
        let text = "Look. Here:\n```rust\nlet a = 1. ;\n\nB. C.\n```\nEnd.";
        assert_eq!(cut(text), ["Look.", "Here:", "```rust\nlet a = 1. ;\n\nB. C.\n```", "End."]);
    }

    proptest! {
        #[test]
        fn sentences_cover_any_text(text in prop_oneof![any::<String>(), "[a-zA-Z.!?。 \n`~\"1-3]{0,80}"]) {
            let joined: String = sentences(&text).into_iter().map(|r| &text[r]).collect();
            prop_assert_eq!(joined, text);
        }
    }
}
