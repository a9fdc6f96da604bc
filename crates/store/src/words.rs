//! Words of a search: how text is indexed, how what was typed becomes a query, how a snippet is cut.
//!
//! Pure text work; the tables are in `search`. Scripts without blanks between words (Chinese, Japanese,
//! Korean, Thai, Lao, Khmer, Burmese) are indexed character by character and searched as phrases, so
//! any piece of such a text is found, and no second index is needed for it.

use std::borrow::Cow;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Stands before a match in a snippet (FIRST STRONG ISOLATE).
const OPEN: char = '\u{2068}';
/// Stands after a match in a snippet (POP DIRECTIONAL ISOLATE).
const CLOSE: char = '\u{2069}';
/// Words of what was typed that are looked at.
const MOST_WORDS: usize = 24;
/// Bytes of text before the first match in a snippet, and after it.
const BEFORE: usize = 48;
const AFTER: usize = 176;

/// Text as it goes into the index: characters of scripts without blanks stand alone.
pub(crate) fn spread(text: &str) -> Cow<'_, str> {
    if !text.chars().any(stands_alone) {
        return Cow::Borrowed(text);
    }
    let mut spread = String::with_capacity(text.len() * 2);
    for c in text.chars() {
        if stands_alone(c) {
            spread.extend([' ', c, ' ']);
        } else {
            spread.push(c);
        }
    }
    Cow::Owned(spread)
}

/// What was typed, ready to be searched for.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// An FTS5 expression made of quoted phrases alone; nothing that was typed is syntax.
    pub(crate) expression: String,
    phrases: Vec<Phrase>,
}

/// Words that have to stand next to each other.
#[derive(Debug)]
struct Phrase {
    words: Vec<String>,
    /// Whether the last word may go on; so it is while a person types it.
    open: bool,
}

impl Wanted {
    /// Reads what was typed: every word has to occur, the last one may be unfinished. `None` when there
    /// is nothing to search for.
    pub(crate) fn read(typed: &str) -> Option<Self> {
        let unfinished = !typed.ends_with(char::is_whitespace);
        let typed: Vec<&str> = typed.split_whitespace().take(MOST_WORDS).collect();
        let mut phrases = Vec::new();
        let mut quoted = Vec::new();
        for (n, word) in typed.iter().enumerate() {
            let words: Vec<String> = tokens(word).map(|(_, folded)| folded).collect();
            let Some(last) = words.last() else { continue };
            // One letter would match half of the index, and a character that stands alone is whole.
            let open = unfinished
                && n + 1 == typed.len()
                && last.chars().count() > 1
                && word.chars().next_back().is_some_and(char::is_alphanumeric);
            let plain: String = spread(word).chars().filter(|c| !c.is_control() && *c != '"').collect();
            quoted.push(format!("\"{}\"{}", plain.trim(), if open { " *" } else { "" }));
            phrases.push(Phrase { words, open });
        }
        (!phrases.is_empty()).then(|| Self { expression: quoted.join(" "), phrases })
    }

    /// A piece of the text around the first match, every match in it between U+2068 and U+2069. Runs of
    /// blanks become one, control characters and isolates of the text itself are left out.
    pub(crate) fn snippet(&self, text: &str) -> String {
        let mut words: Vec<(Range<usize>, String)> = Vec::new();
        let mut first: Option<usize> = None;
        for token in tokens(text) {
            if first.is_some_and(|at| token.0.start > at + AFTER) {
                break;
            }
            words.push(token);
            if first.is_none() {
                first = self.match_ending_at(&words, words.len()).map(|n| words[n].0.start);
            }
        }
        let around = first.unwrap_or(0);
        let start = words
            .iter()
            .map(|(range, _)| range.start)
            .find(|start| start + BEFORE >= around)
            .filter(|_| around > BEFORE)
            .unwrap_or(0);
        let end = floor(text, around + AFTER);
        let mut snippet = String::new();
        if start > 0 {
            snippet.push('…');
        }
        let mut at = start;
        let mut n = 0;
        while n < words.len() {
            let after = self.match_starting_at(&words, n).filter(|_| words[n].0.start >= start);
            if let Some(after) = after.filter(|after| words[after - 1].0.end <= end) {
                push_plain(&mut snippet, &text[at..words[n].0.start]);
                snippet.push(OPEN);
                push_plain(&mut snippet, &text[words[n].0.start..words[after - 1].0.end]);
                snippet.push(CLOSE);
                at = words[after - 1].0.end;
                n = after;
            } else {
                n += 1;
            }
        }
        push_plain(&mut snippet, &text[at..end.max(at)]);
        if end < text.len() {
            snippet.push('…');
        }
        snippet
    }

    /// The first word of a match that ends before `end`.
    fn match_ending_at(&self, words: &[(Range<usize>, String)], end: usize) -> Option<usize> {
        self.phrases.iter().find_map(|phrase| {
            let start = end.checked_sub(phrase.words.len())?;
            phrase.fits(&words[start..]).then_some(start)
        })
    }

    /// One past the last word of the longest match that starts at `start`.
    fn match_starting_at(&self, words: &[(Range<usize>, String)], start: usize) -> Option<usize> {
        let fitting = self.phrases.iter().filter(|phrase| phrase.fits(&words[start..]));
        fitting.map(|phrase| start + phrase.words.len()).max()
    }
}

impl Phrase {
    /// Whether it stands at the start of `words`.
    fn fits(&self, words: &[(Range<usize>, String)]) -> bool {
        let last = self.words.len() - 1;
        words.len() > last
            && self.words.iter().zip(words).enumerate().all(|(n, (wanted, (_, word)))| {
                if self.open && n == last { word.starts_with(wanted.as_str()) } else { word == wanted }
            })
    }
}

/// The words of a text with their places in it, folded: lower case, without accents.
fn tokens(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = chars.find(|(_, c)| in_word(*c))?;
        let mut end = start + first.len_utf8();
        if !stands_alone(first) {
            while let Some((at, c)) =
                chars.next_if(|(_, c)| !stands_alone(*c) && (in_word(*c) || is_combining_mark(*c)))
            {
                end = at + c.len_utf8();
            }
        }
        Some((start..end, fold(&text[start..end])))
    })
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric()
}

fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    word.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).nfc().collect()
}

/// Whether a character belongs to a script that writes without blanks.
fn stands_alone(c: char) -> bool {
    matches!(u32::from(c),
        0x0E00..=0x0EFF // Thai, Lao
        | 0x1000..=0x109F // Burmese
        | 0x1100..=0x11FF // Hangul letters
        | 0x1780..=0x17FF // Khmer
        | 0x3005..=0x3007 | 0x3040..=0x30FF | 0x31F0..=0x31FF // kana and iteration marks
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF // Han
        | 0xAC00..=0xD7AF // Hangul syllables
        | 0x20000..=0x3FFFF) // Han beyond the first plane
}

fn push_plain(snippet: &mut String, text: &str) {
    for c in text.chars() {
        if c.is_whitespace() {
            if !snippet.ends_with(' ') {
                snippet.push(' ');
            }
        } else if !c.is_control() && !matches!(c, '\u{2066}'..='\u{2069}' | '\u{202A}'..='\u{202E}') {
            snippet.push(c);
        }
    }
}

/// The greatest character boundary at or below `at`.
fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snippet(typed: &str, text: &str) -> String {
        Wanted::read(typed).unwrap().snippet(text)
    }

    #[test]
    fn what_was_typed_is_never_syntax() {
        for typed in
            ["\"", "a\" OR \"b", "NEAR(a b)", "col:a", "-a", "a*", "^a", "(", "a AND", "\0", "{x y}:z"]
        {
            if let Some(wanted) = Wanted::read(typed) {
                assert_eq!(wanted.expression.matches('"').count(), 2 * wanted.phrases.len(), "{typed}");
            }
        }
        assert!(Wanted::read(" ?! \" ").is_none());
    }

    #[test]
    fn a_snippet_marks_whole_words_whatever_their_case_and_accents() {
        assert_eq!(snippet("cafe ", "Das Café am Eck"), "Das \u{2068}Café\u{2069} am Eck");
        assert_eq!(snippet("lisb", "To Lisbon!"), "To \u{2068}Lisbon\u{2069}!");
        assert_eq!(snippet("lisb ", "To Lisbon!"), "To Lisbon!");
        assert_eq!(snippet("東京", "私は東京に住む"), "私は\u{2068}東京\u{2069}に住む");
    }

    #[test]
    fn a_snippet_of_a_long_text_is_short_and_around_the_match() {
        let text = format!("{} needle {}", "hay ".repeat(10_000), "straw ".repeat(10_000));
        let snippet = snippet("needle", &text);
        assert!(snippet.starts_with('…') && snippet.ends_with('…'));
        assert!(snippet.contains("\u{2068}needle\u{2069}"));
        assert!(snippet.len() < 300, "{}", snippet.len());
    }

    #[test]
    fn marks_in_the_text_itself_cannot_pose_as_matches() {
        assert_eq!(snippet("b", "\u{2068}a\u{2069}\n\n b"), "a \u{2068}b\u{2069}");
    }

    proptest::proptest! {
        #[test]
        fn a_snippet_can_be_cut_from_any_text(text in "\\PC{0,400}", typed in "\\PC{0,12}") {
            if let Some(wanted) = Wanted::read(&typed) {
                let snippet = wanted.snippet(&text);
                proptest::prop_assert_eq!(snippet.matches(OPEN).count(), snippet.matches(CLOSE).count());
            }
        }
    }
}
