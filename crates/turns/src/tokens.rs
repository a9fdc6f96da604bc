//! Token counts, as o200k everywhere. A count of ours is an estimate for models with other
//! vocabularies; the page marks it as one unless the provider reported it.

use std::sync::LazyLock;
use tiktoken_rs::CoreBPE;

/// The vocabulary; building it takes a few hundred milliseconds once.
static O200K: LazyLock<Option<CoreBPE>> = LazyLock::new(|| {
    tiktoken_rs::o200k_base()
        .inspect_err(|error| tracing::error!(%error, "the o200k vocabulary is broken"))
        .ok()
});

/// The number of o200k tokens in a text. Without a vocabulary, four bytes count as one token.
pub fn count(text: &str) -> u32 {
    let tokens = match &*O200K {
        Some(vocabulary) => vocabulary.encode_ordinary(text).len(),
        None => text.len().div_ceil(4),
    };
    u32::try_from(tokens).unwrap_or(u32::MAX)
}

/// Builds the vocabulary ahead of the first turn, on a thread of its own.
pub fn warm() {
    std::thread::spawn(|| count("warm"));
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_count_as_the_vocabulary_says() {
        assert_eq!(super::count(""), 0);
        assert_eq!(super::count("hello world"), 2);
    }
}
