//! When and how a mental model is refreshed, as the API writes it.

use super::cron::Cron;
use crate::error::{EngineError, Result};
use crate::recall::{Budget, TagGroup, TagMatch};
use crate::reflect::FactType;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a refresh does with the content that is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Mode {
    /// Writes it anew.
    #[default]
    Full,
    /// Only if there are new memories. (Hindsight 1.1 edits parts of it; here it is written anew then.)
    Delta,
}

impl Mode {
    /// The API's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Delta => "delta",
        }
    }
}

/// All options; what is null is the default.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Trigger {
    /// How long the model may look; mid.
    #[serde(default)]
    pub(crate) budget: Option<Budget>,
    #[serde(default)]
    pub(crate) mode: Mode,
    #[serde(default)]
    pub(crate) refresh_after_consolidation: bool,
    /// Five fields, UTC.
    #[serde(default)]
    pub(crate) refresh_cron: Option<String>,
    #[serde(default)]
    pub(crate) full_refresh_cron: Option<String>,
    /// Between refreshes that begin by themselves.
    #[serde(default)]
    pub(crate) min_refresh_interval_seconds: Option<i64>,
    #[serde(default)]
    pub(crate) fact_types: Option<Vec<FactType>>,
    #[serde(default)]
    pub(crate) exclude_mental_models: bool,
    #[serde(default)]
    pub(crate) exclude_mental_model_ids: Option<Vec<String>>,
    /// Null: all of the model's tags, or anything when it has none.
    #[serde(default)]
    pub(crate) tags_match: Option<TagMatch>,
    /// In place of the model's tags.
    #[serde(default)]
    pub(crate) tag_groups: Option<Value>,
    #[serde(default)]
    pub(crate) include_chunks: Option<bool>,
    #[serde(default)]
    pub(crate) recall_max_tokens: Option<i64>,
    #[serde(default)]
    pub(crate) recall_chunks_max_tokens: Option<i64>,
    #[serde(default)]
    pub(crate) reflect_search_observations_max_tokens: Option<i64>,
    #[serde(default)]
    pub(crate) reflect_search_observations_include_entities: Option<bool>,
    #[serde(default)]
    pub(crate) response_schema: Option<Map<String, Value>>,
    /// The look-ups of the last refresh stay with the model.
    #[serde(default)]
    pub(crate) keep_trace: bool,
}

impl Trigger {
    /// This trigger with the given options in place of its own.
    ///
    /// # Errors
    /// 422 for an option of a wrong form, and as [`Trigger::check`].
    pub(crate) fn with(&self, options: &Map<String, Value>) -> Result<Self> {
        let wrong = |error: serde_json::Error| EngineError::invalid(&["trigger"], error.to_string());
        let mut merged = serde_json::to_value(self).map_err(wrong)?;
        if let Some(object) = merged.as_object_mut() {
            object.extend(options.iter().map(|(name, value)| (name.clone(), value.clone())));
            // Switches and the mode have no null of their own.
            object.retain(|_, value| !value.is_null());
        }
        let merged: Self = serde_json::from_value(merged).map_err(wrong)?;
        merged.check()?;
        Ok(merged)
    }

    /// Refuses what cannot be done.
    ///
    /// # Errors
    /// 422: no cron expression, groups of tags of another form, two ways to begin that exclude each other.
    fn check(&self) -> Result<()> {
        let wrong = |field: &str, message: String| Err(EngineError::invalid(&["trigger", field], message));
        for (field, text) in
            [("refresh_cron", &self.refresh_cron), ("full_refresh_cron", &self.full_refresh_cron)]
        {
            if let Some(text) = text
                && Cron::parse(text).is_none()
            {
                return wrong(field, format!("Value error, `{text}` is no cron expression of five fields"));
            }
        }
        if self.refresh_cron.is_some() && self.refresh_after_consolidation {
            return wrong(
                "refresh_cron",
                "Value error, refresh_cron and refresh_after_consolidation exclude each other".to_owned(),
            );
        }
        if self.min_refresh_interval_seconds.is_some_and(|seconds| seconds < 0) {
            return wrong(
                "min_refresh_interval_seconds",
                "Input should be greater than or equal to 0".to_owned(),
            );
        }
        match self.groups() {
            Ok(_) => Ok(()),
            Err(error) => wrong("tag_groups", error.to_string()),
        }
    }

    /// The groups of tags, read.
    pub(super) fn groups(&self) -> serde_json::Result<Option<Vec<TagGroup>>> {
        self.tag_groups.clone().map(serde_json::from_value).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with(options: Value) -> Result<Trigger> {
        Trigger::default().with(options.as_object().unwrap())
    }

    #[test]
    fn options_that_are_not_named_stay() {
        let first = with(json!({"mode": "delta", "refresh_cron": "0 6 * * *", "keep_trace": true})).unwrap();
        let second =
            first.with(json!({"keep_trace": false, "refresh_cron": null}).as_object().unwrap()).unwrap();
        assert_eq!((second.mode, second.refresh_cron, second.keep_trace), (Mode::Delta, None, false));
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        for wrong in [
            json!({"refresh_cron": "every day"}),
            json!({"refresh_cron": "0 6 * * *", "refresh_after_consolidation": true}),
            json!({"tag_groups": [{"xor": []}]}),
            json!({"mode": "half"}),
            json!({"min_refresh_interval_seconds": -1}),
        ] {
            assert!(with(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
