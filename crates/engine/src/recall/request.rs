//! What a recall asks for: the API's request, read, checked and made concrete with the bank's configuration.
//!
//! Nothing here looks at memories.

use super::filter::{TagGroup, TagMatch};
use crate::config::Config;
use crate::error::{EngineError, Result};
use crate::time;
use crate::unit::Kind;
use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Tokens of a query that count; the rest is cut off (hindsight 1.1).
const LONGEST_QUERY: usize = 500;
/// Fewest candidates of the semantic arm, whatever the budget (hindsight 1.1).
pub(crate) const FEWEST_SEMANTIC: usize = 20;

/// How hard to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Budget {
    Low,
    #[default]
    Mid,
    High,
}

impl Budget {
    /// Candidates per arm and kind, by the bank's budget function (hindsight 1.1: `fixed` or `adaptive`, which
    /// takes a share of the tokens).
    pub(crate) fn candidates(self, config: &Config, max_tokens: i64) -> usize {
        let word = match self {
            Self::Low => "low",
            Self::Mid => "mid",
            Self::High => "high",
        };
        let candidates = if config.text("recall_budget_function").as_deref() == Some("adaptive") {
            let share = config.number(&format!("recall_budget_adaptive_{word}")).unwrap_or(0.0);
            let least = config.number("recall_budget_min").unwrap_or(20.0);
            let most = config.number("recall_budget_max").unwrap_or(2000.0).max(least);
            (max_tokens as f64 * share).round().clamp(least, most) as i64
        } else {
            config.int(&format!("recall_budget_fixed_{word}")).unwrap_or(300)
        };
        usize::try_from(candidates).unwrap_or(0).max(1)
    }
}

/// The body of `POST …/memories/recall`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct RecallRequest {
    query: String,
    #[serde(default)]
    types: Option<Vec<String>>,
    #[serde(default)]
    budget: Budget,
    #[serde(default = "most_tokens")]
    max_tokens: i64,
    #[serde(default)]
    prefer_observations: Option<bool>,
    #[serde(default)]
    trace: bool,
    #[serde(default)]
    query_timestamp: Option<String>,
    #[serde(default)]
    include: Include,
    #[serde(default)]
    tags: Option<Vec<String>>,
    #[serde(default)]
    tags_match: TagMatch,
    #[serde(default)]
    tag_groups: Option<Vec<TagGroup>>,
    #[serde(default)]
    min_scores: Option<MinScores>,
    #[serde(default)]
    temporal_window: Option<GivenWindow>,
}

fn most_tokens() -> i64 {
    4096
}

/// What goes along with the facts. Entities are on unless they are null.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Include {
    #[serde(default = "entities_on")]
    pub(crate) entities: Option<EntityInclude>,
    #[serde(default)]
    pub(crate) chunks: Option<ChunkInclude>,
    #[serde(default)]
    pub(crate) source_facts: Option<SourceInclude>,
}

impl Default for Include {
    fn default() -> Self {
        Self { entities: entities_on(), chunks: None, source_facts: None }
    }
}

fn entities_on() -> Option<EntityInclude> {
    Some(EntityInclude { max_tokens: None })
}

/// The API gives tokens for an entity's observations, of which there are none since 1.0.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct EntityInclude {
    #[serde(default, rename = "max_tokens")]
    #[expect(dead_code, reason = "known to the API and without effect there too")]
    max_tokens: Option<i64>,
}

/// Tokens of all chunks together.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct ChunkInclude {
    #[serde(default = "chunk_tokens")]
    pub(crate) max_tokens: i64,
}

fn chunk_tokens() -> i64 {
    8192
}

/// Tokens of source facts, in all and for each observation; -1 for no limit.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct SourceInclude {
    #[serde(default = "most_tokens")]
    pub(crate) max_tokens: i64,
    #[serde(default = "unlimited")]
    pub(crate) max_tokens_per_observation: i64,
}

fn unlimited() -> i64 {
    -1
}

/// Floors, each inclusive. `semantic` and `keyword` decide whom their arm brings; the others, who is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
pub(crate) struct MinScores {
    #[serde(default)]
    pub(crate) semantic: Option<f64>,
    #[serde(default)]
    pub(crate) keyword: Option<f64>,
    #[serde(default)]
    pub(crate) reranker: Option<f64>,
    #[serde(default)]
    pub(crate) r#final: Option<f64>,
}

#[derive(Clone, Debug, Deserialize)]
struct GivenWindow {
    start: String,
    end: String,
}

/// A recall that can be done.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// At most 500 tokens, with a word in it.
    pub(crate) query: String,
    /// Never empty; an empty list was answered before.
    pub(crate) kinds: Vec<Kind>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) tags_match: TagMatch,
    pub(crate) tag_groups: Option<Vec<TagGroup>>,
    /// Candidates per arm and kind.
    pub(crate) candidates: usize,
    /// Tokens of facts; at least 0.
    pub(crate) max_tokens: u64,
    pub(crate) prefer_observations: bool,
    pub(crate) trace: bool,
    /// What "yesterday" is seen from, and in which zone days begin.
    pub(crate) now: Zoned,
    pub(crate) include: Include,
    pub(crate) min_scores: MinScores,
    /// Milliseconds since 1970, both inclusive; takes the place of dates in the query.
    pub(crate) window: Option<(i64, i64)>,
}

impl Ask {
    /// A recall of this text with the API's defaults, for rooms that ask from within.
    pub(crate) fn new(query: &str, config: &Config) -> Self {
        Self {
            query: cut_query(query),
            kinds: Kind::ALL.to_vec(),
            tags: None,
            tags_match: TagMatch::default(),
            tag_groups: None,
            candidates: Budget::default().candidates(config, most_tokens()),
            max_tokens: 4096,
            prefer_observations: config.on("recall_prefer_observations"),
            trace: false,
            now: Zoned::now(),
            include: Include { entities: None, chunks: None, source_facts: None },
            min_scores: MinScores::default(),
            window: None,
        }
    }
}

impl RecallRequest {
    /// Refuses what the API's model refuses, whatever the bank.
    ///
    /// # Errors
    /// 422.
    pub(crate) fn check(&self) -> Result<()> {
        if !self.query.chars().any(|c| c.is_alphanumeric() || c == '_') {
            return Err(EngineError::invalid(
                &["query"],
                "Value error, query must contain at least one word character after normalization",
            ));
        }
        if self.tags.is_some() && self.tag_groups.is_some() {
            return Err(EngineError::invalid(
                &[],
                "Value error, 'tags' and 'tag_groups' are mutually exclusive. Use 'tag_groups' for compound \
                 filtering.",
            ));
        }
        self.window()?;
        self.kinds().map(|_| ())
    }

    /// The recall itself; `None` when no kind is asked for, which finds nothing.
    ///
    /// # Errors
    /// As [`RecallRequest::check`], and 400 for a moment that is none.
    pub(crate) fn into_ask(self, config: &Config) -> Result<Option<Ask>> {
        let window = self.window()?;
        let kinds = self.kinds()?;
        let now = moment(self.query_timestamp.as_deref())?;
        if kinds.is_empty() {
            return Ok(None);
        }
        Ok(Some(Ask {
            kinds,
            candidates: self.budget.candidates(config, self.max_tokens),
            max_tokens: u64::try_from(self.max_tokens).unwrap_or(0),
            prefer_observations: self
                .prefer_observations
                .unwrap_or_else(|| config.on("recall_prefer_observations")),
            trace: self.trace,
            now,
            include: self.include,
            tags: self.tags,
            tags_match: self.tags_match,
            tag_groups: self.tag_groups,
            min_scores: self.min_scores.unwrap_or_default(),
            window,
            query: cut_query(&self.query),
        }))
    }

    fn kinds(&self) -> Result<Vec<Kind>> {
        let Some(words) = &self.types else { return Ok(Kind::ALL.to_vec()) };
        // Opinions are gone from the product; asking for them is no mistake.
        let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "opinion").collect();
        let wrong: Vec<&str> = words.iter().copied().filter(|word| Kind::from_word(word).is_none()).collect();
        if !wrong.is_empty() {
            return Err(EngineError::unprocessable(format!(
                "Invalid fact type(s): {}. Must be one of: experience, observation, world",
                wrong.join(", ")
            )));
        }
        Ok(Kind::ALL.into_iter().filter(|kind| words.contains(&kind.word())).collect())
    }

    fn window(&self) -> Result<Option<(i64, i64)>> {
        let Some(given) = &self.temporal_window else { return Ok(None) };
        let read = |name: &str, text: &str| {
            time::parse(text).ok_or_else(|| {
                EngineError::invalid(&["temporal_window", name], format!("`{text}` is no valid datetime"))
            })
        };
        let (start, end) = (read("start", &given.start)?, read("end", &given.end)?);
        if end < start {
            return Err(EngineError::invalid(
                &["temporal_window"],
                "Value error, temporal_window.end must not be earlier than temporal_window.start",
            ));
        }
        Ok(Some((start, end)))
    }
}

fn cut_query(query: &str) -> String {
    let words = tiktoken_rs::o200k_base_singleton();
    // A token is at least one byte.
    if query.len() <= LONGEST_QUERY {
        return query.to_owned();
    }
    let tokens = words.encode_ordinary(query);
    match tokens.get(..LONGEST_QUERY).map(|kept| words.decode_bytes(kept)) {
        Some(Ok(bytes)) => String::from_utf8_lossy(&bytes).trim_end_matches('\u{fffd}').to_owned(),
        _ => query.to_owned(),
    }
}

/// The moment of a query: as given (UTC where it names no offset), else now in this machine's zone.
fn moment(given: Option<&str>) -> Result<Zoned> {
    let Some(text) = given else { return Ok(Zoned::now()) };
    let wrong = || {
        EngineError::bad_request(format!(
            "Invalid query_timestamp format. Expected ISO format (e.g., '2023-05-30T23:40:00'): \
             Invalid isoformat string: '{text}'"
        ))
    };
    let at = time::parse(text).and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()).ok_or_else(wrong)?;
    // The offset says where the person's days begin.
    let pieces = jiff::fmt::temporal::DateTimeParser::new().parse_pieces(text.trim());
    let zone = match pieces.ok().and_then(|pieces| pieces.to_numeric_offset()) {
        Some(offset) => TimeZone::fixed(offset),
        None => TimeZone::UTC,
    };
    Ok(at.to_zoned(zone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(body: Value) -> RecallRequest {
        serde_json::from_value(body).unwrap()
    }

    fn refused(body: Value) -> u16 {
        let request = read(body);
        let error = request.check().and_then(|()| request.into_ask(&Config::default()).map(|_| ()));
        error.unwrap_err().status().as_u16()
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_the_apis_status() {
        for (body, status) in [
            (json!({"query": "?!"}), 422),
            (json!({"query": "a", "types": ["world", "bad"]}), 422),
            (json!({"query": "a", "tags": ["a"], "tag_groups": [{"tags": ["b"]}]}), 422),
            (json!({"query": "a", "temporal_window": {"start": "2026-02-01", "end": "2026-01-01"}}), 422),
            (json!({"query": "a", "temporal_window": {"start": "soon", "end": "2026-01-01"}}), 422),
            (json!({"query": "a", "query_timestamp": "bad"}), 400),
        ] {
            assert_eq!(refused(body.clone()), status, "{body}");
        }
    }

    #[test]
    fn opinions_are_dropped_and_nothing_is_left_of_nothing_else() {
        assert!(
            read(json!({"query": "a", "types": ["opinion"]})).into_ask(&Config::default()).unwrap().is_none()
        );
        let ask = read(json!({"query": "a", "types": ["opinion", "world"]}));
        assert_eq!(ask.into_ask(&Config::default()).unwrap().unwrap().kinds, [Kind::World]);
    }

    #[test]
    fn candidates_follow_the_banks_budget_function() {
        let fixed = Config::default();
        let adaptive = Config::from_column(r#"{"recall_budget_function":"adaptive"}"#);
        for (budget, tokens, a, b) in [
            (Budget::Low, 4096, 100, 102),
            (Budget::Mid, 4096, 300, 307),
            (Budget::High, 100_000, 1000, 2000),
            (Budget::Low, 10, 100, 20),
        ] {
            assert_eq!((budget.candidates(&fixed, tokens), budget.candidates(&adaptive, tokens)), (a, b));
        }
    }

    #[test]
    fn entities_are_on_by_default_and_off_when_null() {
        let entities = |body| read(body).include.entities.is_some();
        assert!(entities(json!({"query": "a"})) && entities(json!({"query": "a", "include": {}})));
        assert!(!entities(json!({"query": "a", "include": {"entities": null}})));
    }

    #[test]
    fn the_moment_keeps_its_offset_and_is_utc_without_one() {
        assert_eq!(moment(Some("2026-03-01T01:00:00+02:00")).unwrap().date(), jiff::civil::date(2026, 3, 1));
        assert_eq!(moment(Some("2026-03-01T01:00:00")).unwrap().offset(), jiff::tz::Offset::UTC);
    }

    #[test]
    fn a_long_query_is_cut_at_five_hundred_tokens() {
        let cut = cut_query(&"lisbon ".repeat(2000));
        assert_eq!(crate::unit::tokens(&cut), 500);
        assert!(cut.starts_with("lisbon lisbon"));
    }
}
