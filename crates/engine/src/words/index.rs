//! Text on its way into the full-text table.
//!
//! The table is FTS5 with `porter unicode61 remove_diacritics 2`, which cuts words at spaces and punctuation; this
//! puts the spaces where a script has none. The other side of the bargain is `query`.

use unicode_normalization::UnicodeNormalization;

use super::script::{is_mark, unspaced};

/// Prepares `text` for the full-text table: NFKC, and each character of an unspaced script (with the marks
/// that belong to it) set apart by spaces, so that it becomes a token of its own.
pub fn index_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    // Whether the last character kept was of an unspaced script, and so must not touch what follows.
    let mut lone = false;
    for c in text.nfkc() {
        // A terminator inside the text would end it early for SQLite's C interface.
        let c = if c == '\0' { ' ' } else { c };
        if !is_mark(c) {
            let next = unspaced(c).is_some();
            if (lone || next) && !c.is_whitespace() && !out.is_empty() && !out.ends_with(char::is_whitespace)
            {
                out.push(' ');
            }
            lone = next;
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_han_kana_and_hangul_character_becomes_a_token() {
        assert_eq!(index_text("run東京タワーで"), "run 東 京 タ ワ ー で");
        assert_eq!(index_text("周末 爬山!"), "周 末 爬 山 !");
        assert_eq!(index_text("서울 ok"), "서 울 ok");
    }

    #[test]
    fn compatibility_forms_become_plain_ones() {
        assert_eq!(index_text("ＡＢＣ１２ ﾀﾜｰ"), "ABC12 タ ワ ー");
    }

    #[test]
    fn marks_stay_with_the_character_they_belong_to() {
        assert_eq!(index_text("กี่"), "กี่");
        assert_eq!(index_text("cafe\u{301}"), "café");
    }

    #[test]
    fn spaced_scripts_are_left_alone() {
        let text = "Maria's café, два слова — 3.5 km";
        assert_eq!(index_text(text), text);
    }
}
