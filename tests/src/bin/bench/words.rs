//! The words that chats, answers and searches are made of: the same on every run, with a few words that
//! are everywhere and many that are rare, as in real talk. Called by `seed` and `upstream`.

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

/// Different words there are.
pub const WORDS: u32 = 20_000;

/// A word by its rank: 0 is the most common one. Consonant and vowel by turns, so that it looks like one.
pub fn word(rank: u32) -> String {
    const CONSONANTS: &[u8] = b"bdfghklmnprstvz";
    const VOWELS: &[u8] = b"aeiou";
    let mut rest = rank as usize + CONSONANTS.len() * VOWELS.len();
    let mut word = String::new();
    while rest > 0 {
        word.push(char::from(CONSONANTS[rest % CONSONANTS.len()]));
        rest /= CONSONANTS.len();
        word.push(char::from(VOWELS[rest % VOWELS.len()]));
        rest /= VOWELS.len();
    }
    word
}

/// A text of this many words, always the same for a seed.
pub fn text(seed: u64, words: usize) -> String {
    let mut rng = StdRng::seed_from_u64(seed);
    let words: Vec<String> = (0..words).map(|_| word(rank(rng.random()))).collect();
    words.join(" ")
}

/// A rank from an even random number: the cube makes low ranks common.
fn rank(even: f64) -> u32 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and WORDS")]
    let rank = (even.powi(3) * f64::from(WORDS)) as u32;
    rank.min(WORDS - 1)
}

/// An answer in markdown, as models write: mostly prose, now and then a list or code.
pub fn answer(seed: u64, words: usize) -> String {
    let prose = text(seed, words);
    match seed % 8 {
        3 => format!(
            "{prose}\n\n- {}\n- {}\n- **{}**",
            text(seed + 1, 6),
            text(seed + 2, 5),
            text(seed + 3, 4)
        ),
        6 => format!("{prose}\n\n```rust\nfn {}() -> u32 {{\n    {}\n}}\n```", word(rank(0.5)), seed),
        _ => prose,
    }
}

/// Delta `index` of a streamed answer: a word that names its index, and now and then a new paragraph, list
/// item or code block before it. A blank stands before each word, also in JSON, so that `indices` finds it.
pub fn delta(index: usize) -> String {
    let before = match index % 300 {
        0 | 60 | 120 => "\n\n",
        150 | 160 | 170 => "\n-",
        200 => "\n\n```rust\n",
        208 | 216 | 224 | 232 => "\n",
        240 => "\n```\n\n",
        _ => "",
    };
    format!("{before} w{index}")
}

/// The indices of the deltas whose words stand in a text, JSON or not, in their order.
pub fn indices(text: &str) -> impl Iterator<Item = usize> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(|word| word.strip_prefix('w')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_rank_has_a_word_of_its_own() {
        assert_eq!((0..WORDS).map(word).collect::<HashSet<_>>().len(), WORDS as usize);
    }

    #[test]
    fn a_text_is_the_same_on_every_run() {
        assert_eq!(text(7, 30), text(7, 30));
        assert_ne!(text(7, 30), text(8, 30));
    }

    #[test]
    fn deltas_are_found_again_in_their_text_and_in_its_json() {
        let whole: String = (0..600).map(delta).collect();
        assert!(indices(&whole).eq(0..600));
        assert!(indices(&serde_json::json!({"content": whole}).to_string()).eq(0..600));
    }
}
