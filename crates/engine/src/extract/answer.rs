//! A model's facts, made fit to be kept: what is empty, endless, undated or out of range is mended or dropped.

use super::labels::{self, Label};
use super::prompt::MOST_FACTS;
use super::{Found, Mention};
use crate::time;
use crate::unit::Kind;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashSet;

/// Longest fact and name, in characters; most names of a fact.
const LONGEST: usize = 2_000;
const LONGEST_NAME: usize = 120;
const MOST_NAMES: usize = 20;
/// Dates outside of these years are a model's slip (years 1000 and 2200).
const FIRST_MS: i64 = -30_610_224_000_000;
const LAST_MS: i64 = 7_258_118_400_000;

/// An answer; everything in it is optional, so that one wrong fact does not spoil the others.
#[derive(Debug, Deserialize)]
pub(super) struct Facts {
    pub(super) facts: Vec<Value>,
}

/// The facts worth keeping. `because` is turned to the positions that are left.
pub(super) fn cleaned(answer: Facts, labels: &[Label], free_names: bool) -> Vec<Found> {
    let mut places = Vec::new();
    let mut facts: Vec<Found> = Vec::new();
    let mut seen = HashSet::new();
    for given in &answer.facts {
        let fact = fact(given, labels, free_names, &places)
            .filter(|fact| facts.len() < MOST_FACTS && seen.insert(fact.text.to_lowercase()));
        places.push(fact.as_ref().map(|_| facts.len()));
        facts.extend(fact);
    }
    facts
}

/// What a model found about a text that stays as it is: names and dates of all its facts.
pub(super) fn annotations(
    answer: &Facts,
    labels: &[Label],
    free_names: bool,
) -> (Vec<Mention>, Option<i64>, Option<i64>) {
    let mut mentions = Vec::new();
    let (mut start, mut end) = (None, None);
    for given in &answer.facts {
        mentions.extend(names(given, labels, free_names));
        let (from, to) = dates(given);
        (start, end) = (start.or(from), end.or(to));
    }
    (once(mentions), start, end)
}

fn fact(given: &Value, labels: &[Label], free_names: bool, places: &[Option<usize>]) -> Option<Found> {
    // Small models answer with bare texts now and then.
    let text = given.as_str().or_else(|| given.get("text")?.as_str())?;
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect();
    if !text.chars().any(char::is_alphanumeric) {
        return None;
    }
    let kind = match given.get("kind").and_then(Value::as_str) {
        Some("assistant" | "experience") => Kind::Experience,
        _ => Kind::World,
    };
    let (occurred_start, occurred_end) = dates(given);
    let because = given.get("because").and_then(Value::as_array).into_iter().flatten();
    let mut because: Vec<usize> = because
        .filter_map(|cause| places.get(usize::try_from(cause.as_u64()?).ok()?).copied().flatten())
        .collect();
    because.sort_unstable();
    because.dedup();
    let entities = once(names(given, labels, free_names));
    Some(Found { text, kind, occurred_start, occurred_end, entities, because })
}

fn names(given: &Value, labels: &[Label], free_names: bool) -> Vec<Mention> {
    let listed = given.get("entities").and_then(Value::as_array).into_iter().flatten().filter(|_| free_names);
    let mut mentions: Vec<Mention> = listed
        .filter_map(|name| {
            name.as_str().or_else(|| name.get("name")?.as_str()).or_else(|| name.get("text")?.as_str())
        })
        .map(|name| name.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|name| name.chars().any(char::is_alphanumeric) && name.chars().count() <= LONGEST_NAME)
        .map(|name| Mention { name, kind: None })
        .collect();
    mentions.truncate(MOST_NAMES);
    mentions.extend(labels::mentions(given.get("labels").unwrap_or(&Value::Null), labels));
    mentions
}

fn once(mentions: Vec<Mention>) -> Vec<Mention> {
    let mut seen = HashSet::new();
    mentions.into_iter().filter(|mention| seen.insert(mention.name.to_lowercase())).collect()
}

/// Start and end, in order; an end alone is no date, a day given as both ends on its last moment.
fn dates(given: &Value) -> (Option<i64>, Option<i64>) {
    let read = |name: &str, last: bool| {
        let text = given.get(name)?.as_str()?.trim();
        date(text, last).filter(|ms| (FIRST_MS..LAST_MS).contains(ms))
    };
    let (start, end) = (read("start", false), read("end", true));
    match (start, end) {
        (Some(start), Some(end)) => (Some(start), Some(end.max(start))),
        (Some(start), None) => (Some(start), None),
        (None, _) => (None, None),
    }
}

/// A time, a day, a month or a year in ISO 8601; `last` takes its last moment.
fn date(text: &str, last: bool) -> Option<i64> {
    use jiff::ToSpan as _;
    use jiff::civil::Date;
    use jiff::tz::TimeZone;
    let numbers =
        |length: usize| text.len() == length && text.chars().all(|c| c.is_ascii_digit() || c == '-');
    let (first, span) = if numbers(4) {
        (Date::new(text.parse().ok()?, 1, 1).ok()?, 1.year())
    } else if numbers(7) {
        let (year, month) = text.split_once('-')?;
        (Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?, 1.month())
    } else if numbers(10) {
        (text.parse().ok()?, 1.day())
    } else {
        return time::parse(&text.replacen(' ', "T", 1));
    };
    let midnight = |date: Date| Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond());
    if last { Some(midnight(first.checked_add(span).ok()?)? - 1) } else { midnight(first) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn clean(facts: Value) -> Vec<Found> {
        cleaned(Facts { facts: facts.as_array().unwrap().clone() }, &[], true)
    }

    #[test]
    fn empty_and_repeated_facts_go_and_causes_follow_the_rest() {
        let facts = clean(json!([
            {"text": " Ana  rows. "}, {"text": ""}, {"text": "ana rows."}, {"text": "Ana is fit.", "because": [0, 1, 2, 3, 9, -1]},
            "Bob sails.", 7
        ]));
        assert_eq!(
            facts.iter().map(|fact| fact.text.as_str()).collect::<Vec<_>>(),
            ["Ana rows.", "Ana is fit.", "Bob sails."]
        );
        assert_eq!(facts[1].because, [0]);
    }

    #[test]
    fn dates_are_read_leniently_and_impossible_ones_dropped() {
        let facts = clean(json!([
            {"text": "a day", "start": "2026-03-04", "end": "2026-03-04"},
            {"text": "a month", "start": "2026-02", "end": "2026-02"},
            {"text": "a time", "start": "2026-03-04 10:00:00", "end": null},
            {"text": "reversed", "start": "2026-03-04T10:00:00Z", "end": "2020"},
            {"text": "never", "start": "9999-01-01", "end": "soon"},
            {"text": "an end alone", "end": "2026"},
        ]));
        let at = |text: &str| time::parse(text);
        let dates: Vec<_> = facts.iter().map(|fact| (fact.occurred_start, fact.occurred_end)).collect();
        assert_eq!(
            dates,
            [
                (at("2026-03-04"), at("2026-03-04T23:59:59.999Z")),
                (at("2026-02-01"), at("2026-02-28T23:59:59.999Z")),
                (at("2026-03-04T10:00:00Z"), None),
                (at("2026-03-04T10:00:00Z"), at("2026-03-04T10:00:00Z")),
                (None, None),
                (None, None),
            ]
        );
    }

    #[test]
    fn names_stand_once_and_facts_are_counted() {
        let facts = clean(
            json!([{"text": "x y", "entities": ["Ana", "ANA ", "", {"name": "Bob"}, 3], "kind": "assistant"}]),
        );
        assert_eq!(
            facts[0].entities.iter().map(|mention| mention.name.as_str()).collect::<Vec<_>>(),
            ["Ana", "Bob"]
        );
        assert_eq!(facts[0].kind, Kind::Experience);
        let many: Vec<Value> = (0..50).map(|n| json!({"text": format!("fact {n}")})).collect();
        assert_eq!(clean(Value::from(many)).len(), MOST_FACTS);
    }
}
