//! Which characters belong to scripts written without spaces between words.
//!
//! The index and the query both ask here, so that they cut a run at the same places. What a cut piece is worth as
//! a search term is decided in `query`.

/// How a character takes part in a run without spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// Chinese characters, in whatever language.
    Han,
    /// Japanese phonetic signs for grammar and native words.
    Hiragana,
    /// Japanese phonetic signs for foreign words; a run of them is one word.
    Katakana,
    /// Korean syllables; spaced, but with particles glued to the words.
    Hangul,
    /// Thai, Lao, Khmer, Burmese: words run together.
    SouthEastAsian,
}

/// The script of `c`, or `None` when words of its script are set apart by spaces.
pub(crate) fn unspaced(c: char) -> Option<Script> {
    Some(match u32::from(c) {
        0x3005..=0x3007 | 0x2E80..=0x2FDF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF => {
            Script::Han
        }
        0x20000..=0x3FFFF => Script::Han,
        0x3041..=0x309F => Script::Hiragana,
        0x30A1..=0x30FA | 0x30FC..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9F => Script::Katakana,
        0x1100..=0x11FF | 0x3130..=0x318F | 0xA960..=0xA97F | 0xAC00..=0xD7FF => Script::Hangul,
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF => Script::SouthEastAsian,
        _ => return None,
    })
}

/// Whether `c` only decorates the character before it and therefore never stands alone.
pub(crate) fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}
