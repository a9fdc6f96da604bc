//! The words of time, one file per language.
//!
//! A further language is a further file and a line in [`ALL`]. Words are written without accents or as usual: both
//! sides are folded. The rules' notation is described in `lexicon`.

mod chinese;
mod english;
mod french;
mod german;
mod japanese;
mod spanish;

use std::{
    collections::{HashMap, HashSet},
    sync::OnceLock,
};

use super::{
    calendar::{Feast, Meaning, Step},
    lexicon::cut,
};

/// How a window lies to its date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    In,
    Since,
    After,
    Before,
    Until,
}

/// One language's words. Alternatives are parted by `|`, lists of single words by spaces.
pub(super) struct Language {
    /// Number words with the least and most they may mean.
    pub counts: &'static [(&'static str, u32, u32)],
    pub units: &'static [(&'static str, Step)],
    /// From Monday.
    pub weekdays: [&'static str; 7],
    /// From January.
    pub months: [&'static str; 12],
    /// From spring.
    pub seasons: [&'static str; 4],
    pub feasts: &'static [(&'static str, Feast)],
    pub rules: &'static [(&'static str, Meaning)],
    /// Words that make a bare month or year a date when they go before it.
    pub prepositions: &'static str,
    /// Words that may stand between those and the date.
    pub articles: &'static str,
    pub relations: &'static [(&'static str, Relation)],
    /// Phrases behind a date that say how the window lies.
    pub followers: &'static [(&'static str, Relation)],
    /// Words before the first of two ends.
    pub openers: &'static str,
    /// Words between two ends, after an opener.
    pub joiners: &'static str,
    /// Words between two ends that need no opener.
    pub strong_joiners: &'static str,
    /// Phrases behind the second end.
    pub closers: &'static [&'static str],
    /// Phrases that ask for how things are now.
    pub latest: &'static str,
}

/// All languages.
pub(super) const ALL: &[&Language] =
    &[&english::WORDS, &german::WORDS, &spanish::WORDS, &french::WORDS, &chinese::WORDS, &japanese::WORDS];

/// Rules that hold in every language, since only their words differ.
pub(super) const COMMON: &[(&str, Meaning)] = &[
    ("<day> ?. ?of|de|d <month> ?. ?,|of|de|del|d <year>", Meaning::Date),
    ("<day> ?. ?of|de|d <month>", Meaning::Date),
    ("<month> ?. <day> ?, ?of|de|del <year>", Meaning::Date),
    ("<month> ?. <day>", Meaning::Date),
    ("<month> ?. ?,|of|de|del|d ?l <year>", Meaning::Date),
    ("<season> ?,|of|de|del|d|des ?l <year>", Meaning::Date),
    ("<feast> ?,|of|de|del <year>", Meaning::Date),
    ("<quarter> ?,|of|/|- <year>", Meaning::Date),
    ("<year> ?- <quarter>", Meaning::Date),
    ("<quarter>", Meaning::Bare),
    ("<month>", Meaning::Bare),
    ("<season>", Meaning::Bare),
    ("<feast>", Meaning::Bare),
    ("<weekday>", Meaning::Bare),
    ("<year>", Meaning::Bare),
    ("<year> -|–|—|~ <year>", Meaning::Span),
    ("<month> ?. <day> -|–|—|to|and|through|until <day> ?, ?<year>", Meaning::Span),
    ("<day> ?. -|–|—|to|and|bis|und|y|al|a|et|au <day> ?. ?of|de <month> ?of|de|del ?<year>", Meaning::Span),
    ("<mon> 月 <day> 日|号", Meaning::Date),
    ("<year> 年 <mon> 月 <day> 日|号", Meaning::Date),
    ("<year> 年 <mon> 月", Meaning::Date),
    ("<year> 年 ?的|の <season>|<feast>", Meaning::Date),
    ("<year> 年", Meaning::Date),
    ("<mon> 月", Meaning::Date),
];

/// The words around dates, of all languages together.
pub(super) struct Around {
    pub prepositions: HashSet<String>,
    pub articles: HashSet<String>,
    pub relations: HashMap<String, Relation>,
    pub followers: Vec<(Vec<String>, Relation)>,
    pub openers: HashSet<String>,
    /// With whether they need no opener.
    pub joiners: Vec<(Vec<String>, bool)>,
    pub closers: Vec<Vec<String>>,
}

/// The words around dates, built at their first use.
pub(super) fn words() -> &'static Around {
    static AROUND: OnceLock<Around> = OnceLock::new();
    AROUND.get_or_init(|| {
        let list =
            |of: fn(&Language) -> &'static str| ALL.iter().flat_map(|l| cut(of(l))).collect::<HashSet<_>>();
        let apart = |words: &'static str, strong| words.split_whitespace().map(move |w| (cut(w), strong));
        Around {
            prepositions: list(|l| l.prepositions),
            articles: list(|l| l.articles),
            relations: ALL
                .iter()
                .flat_map(|l| l.relations)
                .flat_map(|(words, relation)| cut(words).into_iter().map(|w| (w, *relation)))
                .collect(),
            followers: ALL.iter().flat_map(|l| l.followers).map(|(phrase, r)| (cut(phrase), *r)).collect(),
            openers: list(|l| l.openers),
            joiners: ALL
                .iter()
                .flat_map(|l| apart(l.joiners, false).chain(apart(l.strong_joiners, true)))
                .collect(),
            closers: ALL.iter().flat_map(|l| l.closers).map(|phrase| cut(phrase)).collect(),
        }
    })
}
