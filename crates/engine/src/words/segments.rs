//! Lines, and the larger pieces they make: paragraphs, fenced code, elements of a JSON array.
//!
//! Every function covers its text without gaps: a piece keeps the white space and commas behind it. Sentences are
//! next door; packing pieces into chunks is `chunks`.

use std::ops::Range;

/// The lines of a text, each with its line end.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        start..at
    })
}

/// Follows fenced code from line to line.
#[derive(Default)]
pub(super) struct Fence {
    open: Option<char>,
}

impl Fence {
    /// Takes the next line; says whether it belongs to fenced code, the fences themselves included.
    pub(super) fn takes(&mut self, line: &str) -> bool {
        let line = line.trim_start();
        let mark = ['`', '~'].into_iter().find(|m| line.chars().take_while(|c| c == m).count() >= 3);
        match (self.open, mark) {
            (None, Some(mark)) => {
                self.open = Some(mark);
                true
            }
            (Some(open), Some(mark)) if open == mark => {
                self.open = None;
                true
            }
            (open, _) => open.is_some(),
        }
    }
}

/// Paragraphs: up to and with the empty lines behind them. Empty lines inside fenced code part nothing.
pub(super) fn paragraphs(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut blank) = (0, false);
    let mut fence = Fence::default();
    for line in lines(text) {
        let body = text.get(line.clone()).unwrap_or_default();
        let fenced = fence.takes(body);
        let empty = !fenced && body.trim().is_empty();
        if blank && !empty {
            found.push(start..line.start);
            start = line.start;
        }
        blank = empty;
    }
    found.push(start..text.len());
    found.retain(|r| !r.is_empty());
    found
}

/// Words, each with the white space behind it.
pub(super) fn words(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut white) = (0, false);
    for (at, c) in text.char_indices() {
        if white && !c.is_whitespace() {
            found.push(start..at);
            start = at;
        }
        white = c.is_whitespace();
    }
    found.push(start..text.len());
    found.retain(|r| !r.is_empty());
    found
}

/// The elements of a JSON array of objects or arrays, brackets and commas with their neighbours; `None` when the text is
/// no such array. Only brackets and strings are read: a text that balances is cut well even if it is not quite JSON.
pub(super) fn array_elements(text: &str) -> Option<Vec<Range<usize>>> {
    let body = text.trim();
    let inner = body.strip_prefix('[')?.trim_start();
    if !body.ends_with(']') || !inner.starts_with(['{', '[', '"']) {
        return None;
    }
    let (mut found, mut start) = (Vec::new(), 0);
    let (mut depth, mut quoted, mut escaped, mut closed) = (0_usize, false, false, false);
    for (at, byte) in text.bytes().enumerate() {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        match byte {
            _ if closed && !byte.is_ascii_whitespace() => return None,
            b'"' => quoted = true,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                closed = depth == 0;
            }
            b',' if depth == 1 => {
                found.push(start..at + 1);
                start = at + 1;
            }
            _ => {}
        }
    }
    if depth != 0 || quoted {
        return None;
    }
    found.push(start..text.len());
    Some(found)
}

/// The lines of a text whose every line is a JSON object; `None` for any other text and for a single line.
pub(super) fn json_lines(text: &str) -> Option<Vec<Range<usize>>> {
    let mut count = 0_usize;
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
        if !(line.starts_with('{') && line.ends_with('}')) {
            return None;
        }
        count += 1;
    }
    (count > 1).then(|| lines(text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, ranges: Vec<Range<usize>>) -> Vec<&str> {
        ranges.into_iter().map(|r| &text[r]).collect()
    }

    #[test]
    fn fenced_code_is_not_parted_by_its_empty_lines() {
        let text = "one\n\n```\na\n\nb\n```\n\ntwo";
        assert_eq!(cut(text, paragraphs(text)), ["one\n\n", "```\na\n\nb\n```\n\n", "two"]);
    }

    #[test]
    fn an_array_is_cut_between_its_elements_only() {
        let text = r#"[{"a":[1,2],"b":"],{"}, {"c":"\",["}]"#;
        assert_eq!(
            cut(text, array_elements(text).unwrap()),
            [r#"[{"a":[1,2],"b":"],{"},"#, r#" {"c":"\",["}]"#]
        );
    }

    #[test]
    fn what_only_looks_like_an_array_is_none() {
        for text in ["[1] and {2]", "[draft] see [2]", "[", "[{]", "[{}] [{}]", "[\"a]", "plain"] {
            assert_eq!(array_elements(text), None, "`{text}`");
        }
    }

    #[test]
    fn json_lines_need_an_object_on_every_line() {
        assert_eq!(json_lines("{\"a\":1}\n\n{\"b\":2}\n").map(|l| l.len()), Some(3));
        assert_eq!(json_lines("{\"a\":1}\nand so on"), None);
        assert_eq!(json_lines("{\"a\":1}"), None);
    }
}
