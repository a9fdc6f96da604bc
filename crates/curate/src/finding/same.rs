//! Which memories of one prompt say the same: by the words of all of them, as duplicates in a bank are found. The
//! panel folds them and counts; what was sent stays as it was.

use super::pairs::{FEWEST_WORDS, NEAR};
use super::words::{Words, overlap, sorted, words};
use rearview_domain::memory::RecalledMemory;

struct Said<'a> {
    id: &'a str,
    text: &'a str,
    words: Words,
    /// Words of its names that stand in its text.
    names: Box<[u32]>,
}

/// Groups of two and more that say the same, each in the order given; the first one speaks for the others.
pub fn same<'a>(memories: impl IntoIterator<Item = &'a RecalledMemory>) -> Vec<Vec<String>> {
    let mut groups: Vec<(Said<'a>, Vec<String>)> = Vec::new();
    for memory in memories {
        let said = Said::of(memory);
        match groups.iter_mut().find(|(first, _)| alike(first, &said)) {
            Some((_, ids)) => ids.push(said.id.to_owned()),
            None => {
                let ids = vec![said.id.to_owned()];
                groups.push((said, ids));
            }
        }
    }
    groups.into_iter().map(|(_, ids)| ids).filter(|ids| ids.len() > 1).collect()
}

impl<'a> Said<'a> {
    fn of(memory: &'a RecalledMemory) -> Self {
        let own = words(&memory.text);
        let names = memory.entities.iter().flat_map(|name| words(name).set.into_vec());
        let names = sorted(names.filter(|word| own.set.contains(word)).collect());
        Self { id: &memory.id, text: memory.text.trim(), words: own, names }
    }
}

/// The same words, or nearly the same with the same numbers, negations and names: "Ana's bike" is not Bob's, however
/// much else is alike.
fn alike(a: &Said<'_>, b: &Said<'_>) -> bool {
    if a.text == b.text {
        return true;
    }
    let (a_set, b_set) = (&a.words.set, &b.words.set);
    if a_set.is_empty() || b_set.is_empty() {
        return false;
    }
    a.words.all == b.words.all
        || (a_set.len().min(b_set.len()) >= FEWEST_WORDS
            && a.words.hard == b.words.hard
            && a.names.iter().all(|name| b_set.contains(name))
            && b.names.iter().all(|name| a_set.contains(name))
            && overlap(a_set, b_set) >= NEAR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn memory(id: &str, text: &str, names: &[&str]) -> RecalledMemory {
        serde_json::from_value(json!({
            "id": id, "text": text, "factType": null, "entities": names, "context": null, "occurredStart": null,
            "occurredEnd": null, "mentionedAt": null, "documentId": null, "chunkId": null, "rank": 1, "tokens": 1,
        }))
        .unwrap()
    }

    #[test]
    fn what_says_the_same_is_folded_under_the_first() {
        let all = [
            memory("1", "Ana sails on the river every Sunday morning.", &["Ana"]),
            memory("2", "Bob rows.", &["Bob"]),
            memory("3", "ana sails on the river, every sunday morning", &["Ana"]),
            memory("4", "Every Sunday morning Ana sails on a river.", &["Ana"]),
            memory("5", "Bob rows.", &[]),
        ];
        assert_eq!(same(&all), [vec!["1", "3", "4"], vec!["2", "5"]]);
    }

    #[test]
    fn another_name_number_or_negation_says_something_else() {
        let text = "Ana meets the whole team about the new budget plan on Monday at noon";
        let all = [
            memory("1", text, &["Ana"]),
            memory("2", &text.replace("Ana", "Bob"), &["Bob"]),
            memory("3", &format!("{text} for 3 hours"), &["Ana"]),
            memory("4", &text.replace("meets", "never meets"), &["Ana"]),
            memory("5", "Yes.", &[]),
            memory("6", "Yes, ok.", &[]),
        ];
        assert_eq!(same(&all), Vec::<Vec<String>>::new());
    }
}
