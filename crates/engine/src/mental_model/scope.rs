//! Which memories a mental model is about, and the newest of them.

use super::MentalModel;
use crate::bank::Bank;
use crate::error::{Result, during};
use crate::recall::TagMatch;
use crate::reflect::{FactType, Scope};
use crate::unit::Kind;
use sqlx::sqlite::SqlitePool;

impl MentalModel {
    /// The trigger's groups of tags, else all of the model's tags, else everything (hindsight 1.1).
    pub(crate) fn scope(&self) -> Scope {
        let groups = self.trigger.groups().ok().flatten();
        let matching = match self.tags.is_empty() {
            true => TagMatch::Any,
            false => TagMatch::AllStrict,
        };
        Scope {
            tags: (groups.is_none() && !self.tags.is_empty()).then(|| self.tags.clone()),
            tags_match: self.trigger.tags_match.unwrap_or(matching),
            tag_groups: groups,
        }
    }
}

/// When the memories of each type and set of tags were last written, from some time on.
pub(crate) struct Newest(Vec<(Kind, Vec<String>, i64)>);

impl Newest {
    /// Reads those that were written after a time, or all.
    pub(crate) async fn since(db: &SqlitePool, bank: &Bank, after: Option<i64>) -> Result<Self> {
        let rows: Vec<(i64, String, i64)> = sqlx::query_as(
            "SELECT kind, tags, max(updated_at) FROM unit \
             WHERE bank = ?1 AND updated_at > ?2 AND state = 0 GROUP BY kind, tags",
        )
        .bind(bank.no)
        .bind(after.unwrap_or(i64::MIN))
        .fetch_all(db)
        .await
        .map_err(during("look for new memories"))?;
        let read = |(kind, tags, at): (i64, String, i64)| {
            (Kind::from_column(kind), serde_json::from_str(&tags).unwrap_or_default(), at)
        };
        Ok(Self(rows.into_iter().map(read).collect()))
    }

    /// For a list of models: from the oldest time that any of them has seen.
    pub(crate) async fn for_all(db: &SqlitePool, bank: &Bank, models: &[MentalModel]) -> Result<Self> {
        let oldest = models.iter().map(|model| model.last_memory_seen_at).min().flatten();
        match models.is_empty() {
            true => Ok(Self(Vec::new())),
            false => Self::since(db, bank, oldest).await,
        }
    }

    /// When the newest memory of a model was written.
    pub(crate) fn of(&self, model: &MentalModel) -> Option<i64> {
        let (scope, kinds) = (model.scope(), FactType::kinds(model.trigger.fact_types.as_deref()));
        let counts = self.0.iter().filter(|(kind, tags, _)| kinds.contains(kind) && scope.holds(tags));
        counts.map(|(_, _, at)| *at).max()
    }

    /// Whether a model has memories that it has not seen.
    pub(crate) fn stale(&self, model: &MentalModel) -> bool {
        self.of(model).is_some_and(|newest| model.last_memory_seen_at.is_none_or(|seen| newest > seen))
    }
}
