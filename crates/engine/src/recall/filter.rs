//! Which memories may answer: kinds, tags and groups of tags, worked out once per set of tags.

use crate::resident::{Bits, Resident};
use crate::unit::Kind;
use crate::words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Similarity from which a tag is taken for another (pg_trgm's own threshold is 0.3, by which `chat:1` would be
/// `chat:2`; a letter swapped in a word of ten gives 0.47).
const TAG_ALIKE: f32 = 0.4;

/// How tags have to agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TagMatch {
    /// One of them, or the memory has none.
    #[default]
    Any,
    /// All of them, or the memory has none.
    All,
    /// One of them.
    AnyStrict,
    /// All of them.
    AllStrict,
    /// These and no others; without tags: only memories without tags.
    Exact,
}

/// How a tag of a group is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Resolve {
    /// As it is written.
    #[default]
    Exact,
    /// As the bank's tag that is spelled most like it, when it has none written so.
    Fuzzy,
}

/// A condition on tags.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum TagGroup {
    And {
        and: Vec<Self>,
    },
    Or {
        or: Vec<Self>,
    },
    Not {
        not: Box<Self>,
    },
    Leaf {
        tags: Vec<String>,
        #[serde(default = "any_strict", rename = "match")]
        matching: TagMatch,
        #[serde(default)]
        resolve: Resolve,
    },
}

fn any_strict() -> TagMatch {
    TagMatch::AnyStrict
}

/// The places that may answer.
pub(crate) fn allowed(
    bank: &Resident,
    kinds: &[Kind],
    tags: Option<&[String]>,
    matching: TagMatch,
    groups: Option<&[TagGroup]>,
) -> Bits {
    let flat = Wanted::exactly(tags.unwrap_or_default());
    let groups: Vec<Resolved> =
        groups.unwrap_or_default().iter().map(|group| Resolved::new(group, bank.tag_sets())).collect();
    let sets: Vec<bool> = bank
        .tag_sets()
        .iter()
        .map(|set| flat.holds(matching, set) && groups.iter().all(|group| group.holds(set)))
        .collect();
    let mut places = Bits::new(bank.span());
    for (place, held) in bank.iter() {
        let tagged = sets.get(held.tag_set as usize).copied().unwrap_or(false);
        if tagged && held.valid && kinds.contains(&held.kind) {
            places.add(place);
        }
    }
    places
}

/// Whether one set of tags fits; it is sorted. For what has tags and is no memory.
pub(crate) fn fits(
    tags: Option<&[String]>,
    matching: TagMatch,
    groups: Option<&[TagGroup]>,
    set: &[String],
) -> bool {
    let sets = [set.to_vec()];
    let fits_group = |group: &TagGroup| Resolved::new(group, &sets).holds(set);
    Wanted::exactly(tags.unwrap_or_default()).holds(matching, set)
        && groups.unwrap_or_default().iter().all(fits_group)
}

/// Tags that are asked for; each with the tags of the bank that count as it.
struct Wanted(Vec<Vec<String>>);

impl Wanted {
    fn exactly(tags: &[String]) -> Self {
        Self(tags.iter().map(|tag| vec![tag.clone()]).collect())
    }

    fn alike(tags: &[String], sets: &[Vec<String>]) -> Self {
        let known: BTreeSet<&String> = sets.iter().flatten().collect();
        Self(tags.iter().map(|tag| nearest(tag, &known)).collect())
    }

    fn holds(&self, matching: TagMatch, set: &[String]) -> bool {
        let has = |options: &Vec<String>| options.iter().any(|tag| set.binary_search(tag).is_ok());
        if self.0.is_empty() {
            return matching != TagMatch::Exact || set.is_empty();
        }
        match matching {
            TagMatch::Any => set.is_empty() || self.0.iter().any(has),
            TagMatch::All => set.is_empty() || self.0.iter().all(has),
            TagMatch::AnyStrict => self.0.iter().any(has),
            TagMatch::AllStrict => self.0.iter().all(has),
            TagMatch::Exact => {
                self.0.iter().all(has) && set.iter().all(|tag| self.0.iter().any(|o| o.contains(tag)))
            }
        }
    }
}

/// The bank's tags that are spelled most like `tag`; itself when it is one of them or nothing is alike.
fn nearest(tag: &str, known: &BTreeSet<&String>) -> Vec<String> {
    let (mut best, mut found) = (TAG_ALIKE, vec![tag.to_owned()]);
    if known.iter().any(|other| *other == tag) {
        return found;
    }
    for other in known {
        let alike = words::similarity(tag, other);
        if alike > best {
            (best, found) = (alike, vec![(*other).clone()]);
        } else if alike == best && alike > TAG_ALIKE {
            found.push((*other).clone());
        }
    }
    found
}

/// A group whose tags are looked up.
enum Resolved {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Leaf(Wanted, TagMatch),
}

impl Resolved {
    fn new(group: &TagGroup, sets: &[Vec<String>]) -> Self {
        let all = |groups: &[TagGroup]| groups.iter().map(|group| Self::new(group, sets)).collect();
        match group {
            TagGroup::And { and } => Self::And(all(and)),
            TagGroup::Or { or } => Self::Or(all(or)),
            TagGroup::Not { not } => Self::Not(Box::new(Self::new(not, sets))),
            TagGroup::Leaf { tags, matching, resolve: Resolve::Exact } => {
                Self::Leaf(Wanted::exactly(tags), *matching)
            }
            TagGroup::Leaf { tags, matching, resolve: Resolve::Fuzzy } => {
                Self::Leaf(Wanted::alike(tags, sets), *matching)
            }
        }
    }

    fn holds(&self, set: &[String]) -> bool {
        match self {
            Self::And(groups) => groups.iter().all(|group| group.holds(set)),
            Self::Or(groups) => groups.iter().any(|group| group.holds(set)),
            Self::Not(group) => !group.holds(set),
            Self::Leaf(wanted, matching) => wanted.holds(*matching, set),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recall::testing::row;
    use crate::resident::Row;
    use serde_json::{Value, json};

    /// Memories 1 to 5: no tags, a, b, a+b, typescript. 4 is an observation, 6 is invalidated.
    fn bank() -> Resident {
        let with = |unit, tags: &[&str]| Row {
            tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            ..row(unit, &[1.0])
        };
        Resident::of(vec![
            with(1, &[]),
            with(2, &["a"]),
            with(3, &["b"]),
            Row { kind: Kind::Observation, ..with(4, &["a", "b"]) },
            with(5, &["typescript"]),
            Row { valid: false, ..with(6, &["a"]) },
        ])
    }

    fn units(bank: &Resident, places: &Bits) -> Vec<i64> {
        bank.iter().filter(|(place, _)| places.has(*place)).map(|(_, held)| held.unit).collect()
    }

    #[test]
    fn tags_match_in_five_ways() {
        use TagMatch::{All, AllStrict, Any, AnyStrict, Exact};
        let bank = bank();
        for (tags, matching, found) in [
            (vec![], Any, vec![1, 2, 3, 4, 5]),
            (vec![], Exact, vec![1]),
            (vec!["a"], Any, vec![1, 2, 4]),
            (vec!["a"], AnyStrict, vec![2, 4]),
            (vec!["a", "b"], All, vec![1, 4]),
            (vec!["a", "b"], AllStrict, vec![4]),
            (vec!["a", "b"], AnyStrict, vec![2, 3, 4]),
            (vec!["a"], Exact, vec![2]),
            (vec!["b", "a"], Exact, vec![4]),
            (vec!["nobody"], AnyStrict, vec![]),
        ] {
            let owned: Vec<String> = tags.iter().map(ToString::to_string).collect();
            let places = allowed(&bank, &Kind::ALL, Some(&owned), matching, None);
            assert_eq!(units(&bank, &places), found, "{tags:?} {matching:?}");
        }
    }

    #[test]
    fn groups_are_and_or_not_and_leaves() {
        let bank = bank();
        for (groups, found) in [
            (json!([{"tags": ["a"]}]), vec![2, 4]),
            (json!([{"tags": ["a"], "match": "any"}]), vec![1, 2, 4]),
            (json!([{"tags": ["a"]}, {"tags": ["b"]}]), vec![4]),
            (json!([{"or": [{"tags": ["typescript"]}, {"tags": ["a"], "match": "exact"}]}]), vec![2, 5]),
            (json!([{"and": [{"tags": ["b"]}, {"not": {"tags": ["a"]}}]}]), vec![3]),
            (json!([{"not": {"tags": ["nobody"]}}]), vec![1, 2, 3, 4, 5]),
            (json!([{"tags": ["typsecript"], "resolve": "fuzzy"}]), vec![5]),
            (json!([{"tags": ["typsecript"]}]), vec![]),
            (json!([{"tags": ["a"], "resolve": "fuzzy"}]), vec![2, 4]),
        ] {
            let read: Vec<TagGroup> = serde_json::from_value(groups.clone()).unwrap();
            let places = allowed(&bank, &Kind::ALL, None, TagMatch::Any, Some(&read));
            assert_eq!(units(&bank, &places), found, "{groups}");
        }
    }

    #[test]
    fn a_group_of_another_form_is_refused() {
        let wrong: Result<Vec<TagGroup>, _> =
            serde_json::from_value::<Value>(json!([{"xor": []}])).and_then(serde_json::from_value);
        assert!(wrong.is_err());
    }

    #[test]
    fn kinds_part_facts_from_observations_and_what_is_invalidated_never_answers() {
        let bank = bank();
        let of = |kinds: &[Kind]| units(&bank, &allowed(&bank, kinds, None, TagMatch::Any, None));
        assert_eq!(of(&[Kind::Observation]), [4]);
        assert_eq!(of(&[Kind::World]), [1, 2, 3, 5]);
        assert!(of(&[Kind::Experience]).is_empty());
    }
}
