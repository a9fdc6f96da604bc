//! From dates to windows: "since", "before", "between", and whether a bare word was a date at all.
//!
//! Walks a text once, lets the lexicon match, then looks at the few words before and behind each match.

use std::ops::Range;

use jiff::{Zoned, civil::DateTime};

use super::{
    FAR_FUTURE, FAR_PAST, Unit, Window,
    calendar::{Meaning, Stretch, evaluate},
    iso,
    languages::{Relation, words},
    lexicon::{Caught, lexicon, stands},
    tokens::{Kind, Token, tokens},
};

/// A window counted from today.
const RELATIVE: u8 = 1;
/// A window that names its date.
const EXPLICIT: u8 = 2;
/// A window with both ends named.
const TWO_ENDS: u8 = 3;

/// How many words before a match may belong to it ("until the end of").
const LOOK_BACK: usize = 3;

/// A match in the text.
struct Match {
    tokens: Range<usize>,
    stretch: Stretch,
    rank: u8,
    /// Needs a preposition to count.
    bare: bool,
    /// How it came about, to be asked again with another year; `None` for dates in digits.
    source: Option<(Meaning, Caught)>,
}

impl Match {
    /// Whether the year was not said but assumed.
    fn assumes_year(&self) -> bool {
        self.source.as_ref().is_some_and(|(m, c)| {
            matches!(m, Meaning::Date | Meaning::Bare | Meaning::Third(_))
                && c.years.is_empty()
                && (c.month.is_some() || c.season.is_some() || c.feast.is_some() || c.quarter.is_some())
        })
    }

    fn in_year(&self, year: i16, now: DateTime) -> Option<Stretch> {
        let (meaning, caught) = self.source.as_ref()?;
        evaluate(*meaning, &Caught { years: vec![year], ..caught.clone() }, now)
    }
}

/// All windows of a text in order, with their rank.
pub(super) fn windows(text: &str, now: &Zoned) -> Vec<(u8, Window)> {
    let tokens = tokens(text);
    let found = matches(text, &tokens, now);
    let mut windows = Vec::new();
    let mut rest = found.as_slice();
    let mut floor = 0;
    while let [first, tail @ ..] = rest {
        if let Some((stretch, span)) =
            tail.first().and_then(|second| pair(&tokens, first, second, floor, now))
        {
            floor = span.end;
            windows.extend(window(&tokens, span, Ends::Both(stretch), TWO_ENDS, now));
            rest = tail.get(1..).unwrap_or_default();
            continue;
        }
        rest = tail;
        let before = before(&tokens, first, floor);
        // What the next date begins with belongs to it: "May前年" is not "before May" and then a year.
        let next = tail.first().map_or(tokens.len(), |second| second.tokens.start);
        let behind = behind(&tokens, first.tokens.end).filter(|(_, end)| *end <= next);
        let sole_year = tokens.len() == 1;
        if first.bare && !before.confirms && behind.is_none() && !sole_year {
            continue;
        }
        let (relation, end) = match (before.relation, behind) {
            (Some(relation), _) => (relation, first.tokens.end),
            (None, Some((relation, end))) => (relation, end),
            (None, None) => (Relation::In, first.tokens.end),
        };
        floor = end;
        windows.extend(window(
            &tokens,
            before.start..end,
            Ends::One(relation, first.stretch),
            first.rank,
            now,
        ));
    }
    windows
}

fn matches(text: &str, tokens: &[Token], now: &Zoned) -> Vec<Match> {
    let local = now.datetime();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if matches!(token.kind, Kind::Number(..) | Kind::Word)
            && let Some((stretch, end)) = iso::numeric(text, token.span.start, now.time_zone())
        {
            let past = tokens.iter().skip(at).take_while(|t| t.span.start < end).count();
            found.push(Match { tokens: at..at + past, stretch, rank: EXPLICIT, bare: false, source: None });
            at += past.max(1);
            continue;
        }
        let Some((end, meaning, caught)) = lexicon().longest(tokens, at) else {
            at += 1;
            continue;
        };
        if let Some(stretch) = evaluate(meaning, &caught, local) {
            let dated = meaning.is_date() && !(meaning == Meaning::Bare && caught.weekday.is_some());
            found.push(Match {
                tokens: at..end,
                stretch,
                rank: if dated { EXPLICIT } else { RELATIVE },
                bare: meaning == Meaning::Bare || (caught.doubtful && caught.years.is_empty()),
                source: Some((meaning, caught)),
            });
        }
        at = end.max(at + 1);
    }
    found
}

/// Two matches as one stretch, if the words around them say so.
fn pair(
    tokens: &[Token],
    first: &Match,
    second: &Match,
    floor: usize,
    now: &Zoned,
) -> Option<(Stretch, Range<usize>)> {
    let words = words();
    if second.tokens.start - first.tokens.end > LOOK_BACK {
        return None;
    }
    let (mut joined, mut at) = (None, first.tokens.end);
    while at < second.tokens.start {
        let joiner = words.joiners.iter().find(|(phrase, _)| stands(phrase, tokens, at));
        match (joiner, tokens.get(at)) {
            (Some((phrase, strong)), _) if joined.is_none() => {
                joined = Some(*strong);
                at += phrase.len();
            }
            (_, Some(t)) if words.articles.contains(&t.text) || words.prepositions.contains(&t.text) => {
                at += 1
            }
            _ => return None,
        }
    }
    let strong = joined?;
    let closed = words.closers.iter().filter(|c| stands(c, tokens, second.tokens.end)).map(Vec::len).max();
    let opened = (floor..first.tokens.start)
        .rev()
        .take(LOOK_BACK)
        .take_while(|i| {
            // Everything between the opener and the date must be an article.
            tokens
                .get(i + 1..first.tokens.start)
                .is_some_and(|ts| ts.iter().all(|t| words.articles.contains(t.text.as_str())))
        })
        .find(|i| tokens.get(*i).is_some_and(|t| words.openers.contains(t.text.as_str())));
    if opened.is_none() && closed.is_none() && (!strong || (first.bare && second.bare)) {
        return None;
    }
    let local = now.datetime();
    let (mut a, mut b) = (first.stretch, second.stretch);
    match (first.assumes_year(), second.assumes_year()) {
        (true, false) => {
            let year = b.from.year();
            a = first
                .in_year(year, local)
                .filter(|s| s.from <= b.from)
                .or_else(|| first.in_year(year - 1, local))?;
        }
        (false, true) => {
            let year = a.from.year();
            b = second
                .in_year(year, local)
                .filter(|s| a.from <= s.from)
                .or_else(|| second.in_year(year + 1, local))?;
        }
        (true, true) if a.from > b.from => a = first.in_year(b.from.year() - 1, local)?,
        _ => {}
    }
    let stretch = Stretch { from: a.from.min(b.from), to: a.to.max(b.to), unit: Unit::Range };
    Some((stretch, opened.unwrap_or(first.tokens.start)..second.tokens.end + closed.unwrap_or(0)))
}

struct Before {
    start: usize,
    relation: Option<Relation>,
    confirms: bool,
}

/// What the words before a match say, no further back than `floor`.
fn before(tokens: &[Token], found: &Match, floor: usize) -> Before {
    let words = words();
    let mut said = Before { start: found.tokens.start, relation: None, confirms: false };
    let mut blocked = false;
    let weekday = found.source.as_ref().is_some_and(|(_, c)| c.weekday.is_some());
    let month = found.source.as_ref().is_some_and(|(_, c)| c.month.is_some() && c.days.is_empty());
    for at in (floor..found.tokens.start).rev().take(LOOK_BACK) {
        let Some(token) = tokens.get(at) else { break };
        let word = token.text.as_str();
        if let Some(relation) = words.relations.get(word) {
            // "before in March" is no sentence; "bis zum", "jusqu'en" and "hasta en" are.
            if !blocked || *relation == Relation::Until {
                said = Before { start: at, relation: Some(*relation), confirms: true };
            }
            break;
        }
        if words.prepositions.contains(word) {
            // "on March" and "at May" are verbs and names; "in Monday" is nothing.
            let fits = if weekday { word != "in" } else { !(month && matches!(word, "on" | "at")) };
            if !fits || said.confirms {
                break;
            }
            blocked |= !words.articles.contains(word);
            said.confirms = true;
            said.start = at;
        } else if words.articles.contains(word) {
            continue;
        } else {
            break;
        }
    }
    said
}

/// What the words behind a match say, and where they end.
fn behind(tokens: &[Token], at: usize) -> Option<(Relation, usize)> {
    let found = words().followers.iter().filter(|(phrase, _)| stands(phrase, tokens, at));
    let (phrase, relation) = found.max_by_key(|(phrase, _)| phrase.len())?;
    Some((*relation, at + phrase.len()))
}

enum Ends {
    One(Relation, Stretch),
    Both(Stretch),
}

fn window(tokens: &[Token], span: Range<usize>, ends: Ends, rank: u8, now: &Zoned) -> Option<(u8, Window)> {
    let at = |local: DateTime| local.to_zoned(now.time_zone().clone()).ok().map(|z| z.timestamp());
    let (stretch, relation) = match ends {
        Ends::One(relation, stretch) => (stretch, relation),
        Ends::Both(stretch) => (stretch, Relation::In),
    };
    let (from, to, present) = (at(stretch.from)?, at(stretch.to)?, now.timestamp());
    let (start, end) = match relation {
        Relation::In => (from, to),
        Relation::Since if from < present => (from, present),
        Relation::Since => (from, FAR_FUTURE),
        Relation::After if to < present => (to, present),
        Relation::After => (to, FAR_FUTURE),
        Relation::Before => (FAR_PAST, from),
        Relation::Until => (FAR_PAST, to),
    };
    let unit = if relation == Relation::In { stretch.unit } else { Unit::Range };
    let span = tokens.get(span.start)?.span.start..tokens.get(span.end.checked_sub(1)?)?.span.end;
    (start <= end).then_some((rank, Window { start, end, unit, span }))
}
