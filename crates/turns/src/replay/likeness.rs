//! How alike answers are, by their words alone: no model judges, and the same texts give the same number.
//!
//! It sees words and their neighbours, not meaning: "four" and "4" are as far apart as "four" and "five". What it is
//! good for is whether answers differ *more* than others do; what they say is for a person to read.

use std::collections::HashSet;

/// How alike two texts are: of all words and all pairs of neighbouring words that stand in either, the share that
/// stands in both (the Jaccard index). Case and punctuation do not count, nor how often something is said. 1 for the
/// same words in the same order, 0 for nothing in common; two texts without a word are alike.
pub fn likeness(a: &str, b: &str) -> f64 {
    shared(&shingles(a), &shingles(b))
}

/// How alike two short statements are: of the words that stand in either, the share that stands in both.
pub fn same_words(a: &str, b: &str) -> f64 {
    let set = |text: &str| words(text).into_iter().collect::<HashSet<_>>();
    shared(&set(a), &set(b))
}

/// How far texts of one arm are from each other: the mean of `1 - likeness` over all pairs. `None` for fewer than
/// two.
pub fn within(texts: &[&str]) -> Option<f64> {
    let sets: Vec<_> = texts.iter().map(|text| shingles(text)).collect();
    let pairs = sets.iter().enumerate().flat_map(|(at, a)| sets[at + 1..].iter().map(move |b| (a, b)));
    mean(pairs.map(|(a, b)| 1.0 - shared(a, b)))
}

/// How far the texts of two arms are from each other: the mean of `1 - likeness` over all pairs of one from each.
/// `None` when one of them has none.
pub fn between(a: &[&str], b: &[&str]) -> Option<f64> {
    let sets = |texts: &[&str]| texts.iter().map(|text| shingles(text)).collect::<Vec<_>>();
    let (a, b) = (sets(a), sets(b));
    mean(a.iter().flat_map(|one| b.iter().map(move |other| 1.0 - shared(one, other))))
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), one| (sum + one, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

#[expect(clippy::cast_precision_loss, reason = "an answer has fewer than 2^52 words")]
fn shared(a: &HashSet<String>, b: &HashSet<String>) -> f64 {
    if a.is_empty() && b.is_empty() {
        return 1.0;
    }
    let both = a.intersection(b).count();
    both as f64 / (a.len() + b.len() - both) as f64
}

/// Words, and pairs of neighbours joined by a blank, which stands in no word.
fn shingles(text: &str) -> HashSet<String> {
    let words = words(text);
    let pairs = words.windows(2).map(|two| two.join(" "));
    pairs.chain(words.iter().cloned()).collect()
}

/// Runs of letters and digits in lower case. Scripts that write no blanks between words give a word a letter.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut open = false;
    for letter in text.chars() {
        if !letter.is_alphanumeric() {
            open = false;
            continue;
        }
        let alone = stands_alone(letter);
        match words.last_mut() {
            Some(word) if open && !alone => word.extend(letter.to_lowercase()),
            _ => words.push(letter.to_lowercase().collect()),
        }
        open = !alone;
    }
    words
}

/// Thai to Khmer, kana, and Chinese characters.
fn stands_alone(letter: char) -> bool {
    matches!(u32::from(letter), 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(number: f64, wanted: f64) -> bool {
        (number - wanted).abs() < 1e-9
    }

    #[test]
    fn the_same_words_are_alike_whatever_case_and_punctuation() {
        assert!(is(likeness("Go to Porto, now.", "go to porto now"), 1.0));
        assert!(is(likeness("", "…"), 1.0));
        assert!(is(likeness("Porto", ""), 0.0));
    }

    #[test]
    fn what_is_shared_is_counted_over_words_and_neighbours() {
        // Words a b c / a b d: 2 of 4. Pairs "a b", "b c" / "a b", "b d": 1 of 3. Together 3 of 7.
        assert!(is(likeness("a b c", "a b d"), 3.0 / 7.0));
        // The same words in another order share no pair: 2 of 2 words, 0 of 2 pairs.
        assert!(is(likeness("a b", "b a"), 0.5));
        assert!(is(same_words("a b", "b a"), 1.0));
    }

    #[test]
    fn scripts_without_blanks_are_compared_letter_by_letter() {
        assert!(likeness("安娜吃素", "安娜吃肉") > 0.3);
        assert!(likeness("安娜吃素", "安娜吃肉") < 1.0);
    }

    #[test]
    fn spread_is_the_mean_over_pairs_and_not_known_without_one() {
        assert_eq!(within(&["one"]), None);
        assert_eq!(between(&[], &["one"]), None);
        assert!(is(within(&["a", "a", "b"]).unwrap(), 2.0 / 3.0));
        assert!(is(between(&["a", "b"], &["a"]).unwrap(), 0.5));
    }
}
