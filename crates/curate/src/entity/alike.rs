//! Entities whose names look alike, in groups. Pure, and its cost grows with the number of names, not with
//! the number of pairs: names meet only through what they share.

use rearview_hindsight::Entity;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use ts_rs::TS;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Why names look alike, from the surest to the vaguest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Likeness {
    /// Only case, accents, spaces or punctuation differ.
    Spelling,
    /// The same words in another order.
    Order,
    /// A letter or two differ.
    Letters,
    /// One name is a short form of the other: `Alex`, `Alexander`; `Bob`, `Robert`.
    Nickname,
    /// The words of one are among the words of the other: `Ana`, `Ana Souza`.
    Part,
}

/// Names that look alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AlikeGroup {
    /// Why; the vaguest reason in the group.
    pub likeness: Likeness,
    /// The entities, the most mentioned first.
    pub entities: Vec<Entity>,
}

/// Groups of names that look alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Alikes {
    /// The groups, the surest first.
    pub groups: Vec<AlikeGroup>,
    /// How many groups there are in all.
    pub total: u32,
    /// How many names were compared.
    pub compared: u32,
}

/// Groups that are told.
const MOST_GROUPS: usize = 500;
/// Names that share more than this many a word, or a slip, are told apart by too little.
const MOST_SHARING: usize = 24;
/// Longer names are compared by spelling and words alone.
const LONGEST: usize = 64;
/// Shorter names differ by a letter because they are different names.
const SHORTEST_SLIP: usize = 5;
const SHORTEST_TWO_SLIPS: usize = 9;
const SHORTEST_PREFIX: usize = 3;

/// Short forms that no rule finds. English given names; each row holds forms of one name.
const FORMS: &[&[&str]] = &[
    &["robert", "bob", "bobby", "rob", "robbie"],
    &["william", "bill", "billy", "will", "liam"],
    &["richard", "dick", "rick", "ricky"],
    &["elizabeth", "liz", "lizzie", "beth", "betty", "eliza"],
    &["margaret", "peggy", "maggie", "meg"],
    &["john", "jack", "johnny"],
    &["james", "jim", "jimmy", "jamie"],
    &["henry", "harry", "hank"],
    &["charles", "charlie", "chuck"],
    &["edward", "ed", "eddie", "ted", "ned"],
    &["katherine", "catherine", "kate", "katie", "kathy", "cathy"],
    &["alexander", "alex", "sasha", "xander"],
    &["michael", "mike", "mikey", "mick"],
    &["anthony", "tony"],
    &["joseph", "joe", "joey"],
    &["thomas", "tom", "tommy"],
    &["susan", "sue", "susie"],
    &["david", "dave"],
    &["stephen", "steven", "steve"],
    &["andrew", "andy", "drew"],
];

/// A name taken apart.
struct Name {
    folded: String,
    words: Vec<String>,
}

/// A name without case, accents and punctuation, in words.
fn take_apart(name: &str) -> Name {
    let plain: String = name
        .nfkd()
        .filter(|letter| !is_combining_mark(*letter) && *letter != '\'' && *letter != '’')
        .flat_map(char::to_lowercase)
        .map(|letter| if letter.is_alphanumeric() { letter } else { ' ' })
        .collect();
    let words: Vec<String> = plain.split_whitespace().map(str::to_owned).collect();
    Name { folded: words.concat(), words }
}

/// Groups the entities whose names look alike.
pub fn alike(entities: &[Entity]) -> Alikes {
    let names: Vec<Name> = entities.iter().map(|entity| take_apart(&entity.canonical_name)).collect();
    let mut groups = Groups::new(names.len());
    by_key(&names, &mut groups, Likeness::Spelling, |name| name.folded.clone());
    by_key(&names, &mut groups, Likeness::Order, |name| {
        let mut words = name.words.clone();
        words.sort();
        words.join(" ")
    });
    by_slip(&names, &mut groups);
    by_words(&names, &mut groups);
    let groups = groups.told(entities);
    let total = u32::try_from(groups.len()).unwrap_or(u32::MAX);
    Alikes {
        groups: groups.into_iter().take(MOST_GROUPS).collect(),
        total,
        compared: u32::try_from(entities.len()).unwrap_or(u32::MAX),
    }
}

fn by_key(names: &[Name], groups: &mut Groups, likeness: Likeness, key: impl Fn(&Name) -> String) {
    let mut first: HashMap<String, usize> = HashMap::new();
    for (place, name) in names.iter().enumerate().filter(|(_, name)| !name.folded.is_empty()) {
        let first = *first.entry(key(name)).or_insert(place);
        if first != place {
            groups.join(first, place, likeness);
        }
    }
}

/// Names a letter or two apart meet in what is left of both when one letter is taken out. Two letters that only
/// one of them has are not found: their meeting places would be the square of the letters.
fn by_slip(names: &[Name], groups: &mut Groups) {
    let mut rests: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, name) in names.iter().enumerate() {
        let letters: Vec<char> = name.folded.chars().collect();
        if !(SHORTEST_SLIP..=LONGEST).contains(&letters.len()) || groups.folded_before(place) {
            continue;
        }
        rests.entry(name.folded.clone()).or_default().push(place);
        for gone in 0..letters.len() {
            let rest: String =
                letters.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, letter)| letter).collect();
            let meeting = rests.entry(rest).or_default();
            if meeting.last() != Some(&place) {
                meeting.push(place);
            }
        }
    }
    for meeting in rests.values().filter(|meeting| (2..=MOST_SHARING).contains(&meeting.len())) {
        for (n, one) in meeting.iter().enumerate() {
            for other in meeting.iter().skip(n + 1) {
                if let (Some(a), Some(b)) = (names.get(*one), names.get(*other))
                    && slipped(&a.folded, &b.folded)
                {
                    groups.join(*one, *other, Likeness::Letters);
                }
            }
        }
    }
}

fn slipped(one: &str, other: &str) -> bool {
    // `Gate 12` and `Gate 13` are two gates.
    let digits = |text: &str| text.chars().filter(|letter| letter.is_numeric()).collect::<String>();
    let shorter = one.chars().count().min(other.chars().count());
    let most = if shorter >= SHORTEST_TWO_SLIPS { 2 } else { 1 };
    shorter >= SHORTEST_SLIP && digits(one) == digits(other) && strsim::osa_distance(one, other) <= most
}

/// Names whose words are among those of another, and short forms. One group for each short name: it may be
/// any of the longer ones, and a person says which.
fn by_words(names: &[Name], groups: &mut Groups) {
    let mut holding: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut beginning: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, name) in names.iter().enumerate().filter(|(place, _)| !groups.folded_before(*place)) {
        for word in name.words.iter().collect::<BTreeSet<_>>() {
            holding.entry(word).or_default().push(place);
        }
        if let Some(first) = name.words.first() {
            beginning.entry(first).or_default().push(place);
        }
    }
    for (place, name) in names.iter().enumerate() {
        if groups.folded_before(place) {
            continue;
        }
        let rarest =
            name.words.iter().filter_map(|word| holding.get(word.as_str())).min_by_key(|at| at.len());
        let longer: Vec<usize> = match rarest {
            Some(at) if at.len() <= MOST_SHARING => at
                .iter()
                .copied()
                .filter(|other| names.get(*other).is_some_and(|other| is_part(&name.words, &other.words)))
                .collect(),
            _ => Vec::new(),
        };
        groups.loose(place, &longer, Likeness::Part);
        let Some(first) = name.words.first().filter(|word| word.chars().count() >= SHORTEST_PREFIX) else {
            continue;
        };
        let rest = name.words.get(1..).unwrap_or_default();
        let same_rest = |other: &usize| {
            *other != place
                && names.get(*other).is_some_and(|other| other.words.get(1..).unwrap_or_default() == rest)
        };
        let prefixed = beginning
            .range::<str, _>((std::ops::Bound::Excluded(first.as_str()), std::ops::Bound::Unbounded))
            .take(MOST_SHARING + 1)
            .take_while(|(word, _)| word.starts_with(first.as_str()))
            .filter(|(word, _)| !inflected(first, word))
            .flat_map(|(_, at)| at.iter().copied().filter(same_rest));
        let forms = FORMS.iter().filter(|row| row.contains(&first.as_str())).flat_map(|row| row.iter());
        let formed = forms
            .filter(|form| **form != first.as_str())
            .filter_map(|form| beginning.get(form))
            .flat_map(|at| at.iter().copied().filter(same_rest));
        let longer: BTreeSet<usize> = prefixed.chain(formed).collect();
        if longer.len() <= MOST_SHARING {
            groups.loose(place, &longer.into_iter().collect::<Vec<_>>(), Likeness::Nickname);
        }
    }
}

/// Whether a longer word is an inflection rather than a full form: `bike`, `bikes`.
fn inflected(short: &str, long: &str) -> bool {
    matches!(long.strip_prefix(short), Some("s" | "es" | "ed" | "ing" | "er" | "n" | "en"))
}

fn is_part(short: &[String], long: &[String]) -> bool {
    short.len() < long.len() && short.iter().all(|word| long.contains(word)) && short.concat().len() > 1
}

/// Names that were joined. Sure likenesses chain, loose ones do not: `Ana` may be `Ana Souza` and may be
/// `Ana Lima`, who are two people.
struct Groups {
    parent: Vec<usize>,
    likeness: HashMap<usize, Likeness>,
    loose: Vec<(Likeness, BTreeSet<usize>)>,
    folded: Vec<bool>,
}

impl Groups {
    fn new(names: usize) -> Self {
        Self {
            parent: (0..names).collect(),
            likeness: HashMap::new(),
            loose: Vec::new(),
            folded: vec![false; names],
        }
    }

    fn root(&mut self, mut place: usize) -> usize {
        while let Some(&parent) = self.parent.get(place)
            && parent != place
        {
            let above = self.parent.get(parent).copied().unwrap_or(parent);
            if let Some(slot) = self.parent.get_mut(place) {
                *slot = above;
            }
            place = above;
        }
        place
    }

    fn join(&mut self, one: usize, other: usize, likeness: Likeness) {
        let (a, b) = (self.root(one), self.root(other));
        // What was found to be alike for a surer reason stays so.
        if a == b {
            return;
        }
        let (root, below) = (a.min(b), a.max(b));
        if let Some(slot) = self.parent.get_mut(below) {
            *slot = root;
        }
        let vaguest = [Some(&likeness), self.likeness.get(&a), self.likeness.get(&b)];
        let vaguest = vaguest.into_iter().flatten().copied().max().unwrap_or(likeness);
        self.likeness.insert(root, vaguest);
        if likeness <= Likeness::Order
            && let Some(slot) = self.folded.get_mut(other)
        {
            *slot = true;
        }
    }

    /// Whether a name is the same as an earlier one but for its spelling; the earlier one stands for it.
    fn folded_before(&self, place: usize) -> bool {
        self.folded.get(place).copied().unwrap_or_default()
    }

    fn loose(&mut self, place: usize, others: &[usize], likeness: Likeness) {
        let root = self.root(place);
        let apart: Vec<usize> = others.iter().copied().filter(|other| self.root(*other) != root).collect();
        if apart.is_empty() {
            return;
        }
        self.loose.push((likeness, apart.into_iter().chain([place]).collect()));
    }

    fn told(mut self, entities: &[Entity]) -> Vec<AlikeGroup> {
        let mut members: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for place in 0..entities.len() {
            let root = self.root(place);
            members.entry(root).or_default().insert(place);
        }
        let sure = members.iter().filter(|(_, places)| places.len() > 1);
        let sure = sure.map(|(root, places)| {
            (self.likeness.get(root).copied().unwrap_or(Likeness::Spelling), places.clone())
        });
        let mut all: Vec<(Likeness, BTreeSet<usize>)> = sure.chain(self.loose.iter().cloned()).collect();
        let mut seen = std::collections::HashSet::new();
        all.retain(|(_, places)| seen.insert(places.clone()));
        let mut groups: Vec<AlikeGroup> = all
            .into_iter()
            .map(|(likeness, places)| {
                let mut found: Vec<Entity> =
                    places.iter().filter_map(|place| entities.get(*place)).cloned().collect();
                found.sort_by_key(|entity| std::cmp::Reverse(entity.mention_count.unwrap_or_default()));
                AlikeGroup { likeness, entities: found }
            })
            .collect();
        let weight = |group: &AlikeGroup| -> u64 {
            group.entities.iter().map(|entity| entity.mention_count.unwrap_or_default()).sum()
        };
        groups.sort_by_key(|group| (group.likeness, std::cmp::Reverse(weight(group))));
        groups
    }
}

#[cfg(test)]
#[path = "alike_tests.rs"]
mod tests;
