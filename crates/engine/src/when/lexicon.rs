//! The rules of all languages, compiled once, and matched against tokens.
//!
//! A rule is a line such as `last|past <count> <unit>`: parts by spaces, `|` between alternatives, `?` before an optional
//! part, `_` inside an alternative of several words, `<slot>` for a class of words or numbers. What a match means is
//! evaluated in `calendar`.

use std::{collections::HashMap, sync::OnceLock};

use super::{
    calendar::{Feast, Meaning, Step},
    languages::{self, Language},
    tokens::{Kind, Token, tokens},
};

/// What the slots of a matched rule caught.
#[derive(Clone, Debug, Default)]
pub(super) struct Caught {
    /// Least and most, since "a few" is no number.
    pub count: Option<(u32, u32)>,
    pub step: Option<Step>,
    /// Days after Monday.
    pub weekday: Option<i8>,
    pub month: Option<i8>,
    /// 0 spring to 3 winter.
    pub season: Option<i8>,
    pub feast: Option<Feast>,
    pub quarter: Option<i8>,
    pub years: Vec<i16>,
    pub days: Vec<i8>,
    /// A month name in lower case that is also an everyday word.
    pub doubtful: bool,
}

#[derive(Clone, Copy, Debug)]
enum Value {
    Count(u32, u32),
    Step(Step),
    Weekday(i8),
    Month(i8),
    Season(i8),
    Feast(Feast),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Count,
    Unit,
    Weekday,
    Month,
    MonthNumber,
    Season,
    Feast,
    Year,
    Day,
    Quarter,
}

enum Alternative {
    Words(Vec<String>),
    Slot(Slot),
}

struct Part {
    optional: bool,
    alternatives: Vec<Alternative>,
}

struct Rule {
    parts: Vec<Part>,
    meaning: Meaning,
}

/// All languages in one.
pub(super) struct Lexicon {
    words: HashMap<String, Vec<(Vec<String>, Value)>>,
    rules: Vec<Rule>,
    /// Rules by the word they may begin with.
    by_word: HashMap<String, Vec<usize>>,
    /// Rules that may begin with a slot.
    by_slot: Vec<usize>,
}

/// Month names that are everyday words when written small.
const DOUBTFUL: &[&str] = &["may", "march", "mars", "mar", "sept", "jan", "dec"];

/// The lexicon, built at its first use.
pub(super) fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(|| {
        let mut built = Lexicon {
            words: HashMap::new(),
            rules: Vec::new(),
            by_word: HashMap::new(),
            by_slot: Vec::new(),
        };
        for (pattern, meaning) in languages::COMMON {
            built.add_rule(pattern, *meaning);
        }
        for language in languages::ALL {
            built.add(language);
        }
        built
    })
}

/// The folded words of a phrase.
pub(super) fn cut(phrase: &str) -> Vec<String> {
    tokens(&phrase.replace('_', " ")).into_iter().map(|t| t.text).collect()
}

/// Whether `phrase` stands at `at`.
pub(super) fn stands(phrase: &[String], tokens: &[Token], at: usize) -> bool {
    !phrase.is_empty()
        && tokens
            .get(at..at + phrase.len())
            .is_some_and(|here| here.iter().zip(phrase).all(|(t, w)| t.text == *w))
}

impl Lexicon {
    /// The longest match that begins at `at`: the token behind it, what it means and what it caught.
    pub(super) fn longest(&self, tokens: &[Token], at: usize) -> Option<(usize, Meaning, Caught)> {
        let first = tokens.get(at)?;
        let slots = matches!(first.kind, Kind::Number(..) | Kind::Sign)
            || quarter(first).is_some()
            || self.words.contains_key(&first.text);
        let by_slot = if slots { self.by_slot.as_slice() } else { &[] };
        let by_word = self.by_word.get(&first.text).map(Vec::as_slice).unwrap_or_default();
        let mut best: Option<(usize, Meaning, Caught)> = None;
        for rule in by_word.iter().chain(by_slot).filter_map(|i| self.rules.get(*i)) {
            if let Some((end, caught)) = self.walk(&rule.parts, tokens, at, Caught::default())
                && best.as_ref().is_none_or(|(held, ..)| end > *held)
            {
                best = Some((end, rule.meaning, caught));
            }
        }
        best
    }

    fn add(&mut self, language: &Language) {
        let mut put = |names: &str, value: Value| {
            for name in names.split('|') {
                let mut words = cut(name);
                if !words.is_empty() {
                    let first = words.remove(0);
                    self.words.entry(first).or_default().push((words, value));
                }
            }
        };
        for (names, least, most) in language.counts {
            put(names, Value::Count(*least, *most));
        }
        for (names, step) in language.units {
            put(names, Value::Step(*step));
        }
        for (names, feast) in language.feasts {
            put(names, Value::Feast(*feast));
        }
        for (names, n) in language.weekdays.iter().zip(0..) {
            put(names, Value::Weekday(n));
        }
        for (names, n) in language.months.iter().zip(1..) {
            put(names, Value::Month(n));
        }
        for (names, n) in language.seasons.iter().zip(0..) {
            put(names, Value::Season(n));
        }
        for (pattern, meaning) in language.rules {
            self.add_rule(pattern, *meaning);
        }
    }

    fn add_rule(&mut self, pattern: &str, meaning: Meaning) {
        let parts: Vec<Part> = pattern
            .split(' ')
            .map(|part| {
                let body = part.strip_prefix('?').unwrap_or(part);
                let alternatives = body
                    .split('|')
                    .map(|a| slot(a).map_or_else(|| Alternative::Words(cut(a)), Alternative::Slot));
                Part { optional: part.starts_with('?'), alternatives: alternatives.collect() }
            })
            .collect();
        let index = self.rules.len();
        for part in &parts {
            for alternative in &part.alternatives {
                match alternative {
                    Alternative::Words(words) => {
                        if let Some(first) = words.first() {
                            self.by_word.entry(first.clone()).or_default().push(index);
                        }
                    }
                    Alternative::Slot(_) => self.by_slot.push(index),
                }
            }
            if !part.optional {
                break;
            }
        }
        self.rules.push(Rule { parts, meaning });
    }

    fn walk(&self, parts: &[Part], tokens: &[Token], at: usize, caught: Caught) -> Option<(usize, Caught)> {
        let Some((part, rest)) = parts.split_first() else { return Some((at, caught)) };
        let mut best: Option<(usize, Caught)> = None;
        for alternative in &part.alternatives {
            for (length, next) in self.options(alternative, tokens, at, &caught) {
                if let Some(end) = self.walk(rest, tokens, at + length, next)
                    && best.as_ref().is_none_or(|held| end.0 > held.0)
                {
                    best = Some(end);
                }
            }
        }
        if best.is_none() && part.optional {
            return self.walk(rest, tokens, at, caught);
        }
        best
    }

    /// The ways an alternative may take tokens from `at`.
    fn options(
        &self,
        alternative: &Alternative,
        tokens: &[Token],
        at: usize,
        caught: &Caught,
    ) -> Vec<(usize, Caught)> {
        let Some(first) = tokens.get(at) else { return Vec::new() };
        let slot = match alternative {
            Alternative::Words(words) if stands(words, tokens, at) => {
                return vec![(words.len(), caught.clone())];
            }
            Alternative::Words(_) => return Vec::new(),
            Alternative::Slot(slot) => *slot,
        };
        let number = match first.kind {
            Kind::Number(n, ordinal) => Some((n, ordinal, 1)),
            Kind::Sign => cjk_number(tokens, at).map(|(n, length)| (n, false, length)),
            Kind::Word | Kind::Mark => None,
        };
        let mut found = Vec::new();
        if let Some((n, ordinal, length)) = number {
            let mut next = caught.clone();
            let small = i8::try_from(n).ok();
            let year = first.text.chars().count() == 4 && (1900..=2100).contains(&n) && !ordinal;
            let taken = match (slot, small) {
                (Slot::Count, _) if !(ordinal || (year && follows(tokens, at, "年"))) => {
                    next.count.replace((n, n)).is_none()
                }
                (Slot::Day, Some(day @ 1..=31)) => {
                    next.days.push(day);
                    true
                }
                (Slot::MonthNumber, Some(month @ 1..=12)) => next.month.replace(month).is_none(),
                (Slot::Year, _) if year && !in_number(tokens, at) => {
                    next.years.extend(i16::try_from(n).ok());
                    true
                }
                _ => false,
            };
            if taken {
                found.push((length, next));
            }
        }
        if slot == Slot::Quarter
            && let Some(n) = quarter(first)
        {
            found.push((1, Caught { quarter: Some(n), ..caught.clone() }));
        }
        for (rest, value) in self.words.get(&first.text).map(Vec::as_slice).unwrap_or_default() {
            if !rest.is_empty() && !stands(rest, tokens, at + 1) {
                continue;
            }
            let mut next = caught.clone();
            match (slot, *value) {
                (Slot::Count, Value::Count(least, most)) => next.count = Some((least, most)),
                (Slot::Unit, Value::Step(step)) => next.step = Some(step),
                (Slot::Weekday, Value::Weekday(day)) => next.weekday = Some(day),
                (Slot::Month, Value::Month(month)) => {
                    next.month = Some(month);
                    next.doubtful |= !first.capital && DOUBTFUL.contains(&first.text.as_str());
                }
                (Slot::Season, Value::Season(season)) => next.season = Some(season),
                (Slot::Feast, Value::Feast(feast)) => next.feast = Some(feast),
                _ => continue,
            }
            found.push((1 + rest.len(), next));
        }
        found
    }
}

/// The number of "Q3", and of the French and Spanish "T3".
fn quarter(token: &Token) -> Option<i8> {
    let n = token.text.strip_prefix(['q', 't'])?.parse().ok()?;
    (1..=4).contains(&n).then_some(n)
}

fn follows(tokens: &[Token], at: usize, sign: &str) -> bool {
    tokens.get(at + 1).is_some_and(|t| t.text == sign)
}

/// Whether the four digits at `at` are the head of something longer, such as a date no calendar has.
fn in_number(tokens: &[Token], at: usize) -> bool {
    let touches = |i: usize| match (tokens.get(i), tokens.get(i + 1)) {
        (Some(a), Some(b)) => a.span.end == b.span.start,
        _ => false,
    };
    ["-", "/", "."].iter().any(|mark| follows(tokens, at, mark))
        && touches(at)
        && touches(at + 1)
        && tokens.get(at + 2).is_some_and(|t| matches!(t.kind, Kind::Number(..)) && t.text.len() < 4)
}

fn slot(text: &str) -> Option<Slot> {
    Some(match text {
        "<count>" => Slot::Count,
        "<unit>" => Slot::Unit,
        "<weekday>" => Slot::Weekday,
        "<month>" => Slot::Month,
        "<mon>" => Slot::MonthNumber,
        "<season>" => Slot::Season,
        "<feast>" => Slot::Feast,
        "<year>" => Slot::Year,
        "<day>" => Slot::Day,
        "<quarter>" => Slot::Quarter,
        _ => return None,
    })
}

/// A number from 1 to 99 in Chinese characters, and how many it takes.
fn cjk_number(tokens: &[Token], at: usize) -> Option<(u32, usize)> {
    let digit = |i: usize| {
        "一二三四五六七八九"
            .chars()
            .zip(1..)
            .find(|(c, _)| tokens.get(i).is_some_and(|t| t.text.chars().eq([*c])))
    };
    let ten = |i: usize| tokens.get(i).is_some_and(|t| t.text == "十");
    let mut end = at;
    let mut tens = 0;
    match digit(end) {
        Some((_, n)) if ten(end + 1) => {
            tens = n;
            end += 2;
        }
        Some((_, n)) => return Some((n, 1)),
        None if ten(end) => {
            tens = 1;
            end += 1;
        }
        None => {}
    }
    if tens == 0 {
        return None;
    }
    Some(digit(end).map_or((tens * 10, end - at), |(_, n)| (tens * 10 + n, end + 1 - at)))
}
