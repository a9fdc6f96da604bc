//! A text as the date rules see it: words, numbers, single CJK characters, marks.
//!
//! Words come lower-case and without accents, traditional characters of the date vocabulary as simplified ones. The rules
//! themselves are cut by the same function, so both sides always agree.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use crate::words::script::{is_mark, unspaced};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, or letters and digits in one ("q3", "4o").
    Word,
    /// Digits and nothing else; an English, French or Spanish ordinal ending sets `true`.
    Number(u32, bool),
    /// One character of a script without spaces.
    Sign,
    /// Any other visible character.
    Mark,
}

/// One token and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    /// Folded text.
    pub text: String,
    pub span: Range<usize>,
    /// Whether it begins with a capital letter.
    pub capital: bool,
}

/// Cuts a text. Apostrophes part words and vanish, as white space does.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        if first.is_whitespace() || matches!(first, '\'' | '\u{2019}' | '\u{2bc}') {
            continue;
        }
        let sign = unspaced(first).is_some();
        if sign || !first.is_alphanumeric() {
            let kind = if sign { Kind::Sign } else { Kind::Mark };
            let span = start..start + first.len_utf8();
            found.push(Token { kind, text: simplified(first).to_string(), span, capital: false });
            continue;
        }
        let mut end = start + first.len_utf8();
        while let Some((at, c)) = chars.peek().copied() {
            if !(c.is_alphanumeric() || is_mark(c)) || unspaced(c).is_some() {
                break;
            }
            end = at + c.len_utf8();
            chars.next();
        }
        let text = fold(text.get(start..end).unwrap_or_default());
        found.push(Token { kind: kind(&text), text, span: start..end, capital: first.is_uppercase() });
    }
    found
}

fn kind(word: &str) -> Kind {
    let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
    let ending = word.get(digits.len()..).unwrap_or_default();
    let ordinal = matches!(ending, "st" | "nd" | "rd" | "th" | "er" | "e" | "eme" | "o" | "a");
    match digits.parse() {
        // "4o" and "3a" are names, so o and a only count where NFKC made them of º and ª: not at all.
        Ok(value) if digits.len() < 10 && (ending.is_empty() || (ordinal && ending.len() > 1)) => {
            Kind::Number(value, !ending.is_empty())
        }
        _ => Kind::Word,
    }
}

fn fold(word: &str) -> String {
    let lower: String = word.nfkc().flat_map(char::to_lowercase).nfd().filter(|c| !is_mark(*c)).collect();
    lower.replace('ß', "ss")
}

/// Traditional and Japanese forms of the characters the date words use.
fn simplified(c: char) -> char {
    match c {
        '週' => '周',
        '個' | '箇' => '个',
        '這' => '这',
        '過' => '过',
        '後' => '后',
        '幾' => '几',
        '兩' => '两',
        '禮' => '礼',
        '聖' => '圣',
        '誕' => '诞',
        '節' => '节',
        '間' => '间',
        '從' => '从',
        '來' => '来',
        '開' => '开',
        '現' => '现',
        '當' => '当',
        '時' => '时',
        '號' => '号',
        '內' => '内',
        '還' => '还',
        other => other,
    }
}
