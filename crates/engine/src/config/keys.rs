//! The table of configuration keys (names, defaults and types as hindsight 1.1 answers them).

use serde_json::Value;

/// What values a key takes; null always stands for "not overridden".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// True or false.
    Switch,
    /// A whole number.
    Int,
    /// Any number.
    Number,
    /// A text.
    Text,
    /// A JSON list.
    List,
    /// A JSON object.
    Object,
    /// A JSON list or object.
    Json,
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    /// As the API writes it; also accepted as `HINDSIGHT_API_<NAME IN CAPITALS>`.
    pub(crate) name: &'static str,
    /// What it takes.
    pub(crate) takes: Takes,
    /// JSON text of the default.
    default: &'static str,
    /// It changes what this engine does.
    pub(crate) effect: bool,
}

impl Key {
    /// The value of a bank that does not override it.
    pub(crate) fn default(&self) -> Value {
        serde_json::from_str(self.default).unwrap_or(Value::Null)
    }
}

/// The key with this name.
pub(crate) fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

const fn k(name: &'static str, takes: Takes, default: &'static str, effect: bool) -> Key {
    Key { name, takes, default, effect }
}

use Takes::{Int, Json, List, Number, Object, Switch, Text};

/// Every key of the API.
pub(crate) const KEYS: &[Key] = &[
    // Missions and disposition
    k("reflect_mission", Text, "null", true),
    k("retain_mission", Text, "null", true),
    k("observations_mission", Text, "null", true),
    k("disposition_skepticism", Int, "null", true),
    k("disposition_literalism", Int, "null", true),
    k("disposition_empathy", Int, "null", true),
    // Retain
    k("retain_extraction_mode", Text, "\"concise\"", true),
    k("retain_custom_instructions", Text, "null", true),
    k("retain_chunk_size", Int, "3000", true),
    k("retain_structured_chunk_size", Int, "null", true),
    k("retain_chunk_batch_size", Int, "100", false),
    k("retain_max_attachments_per_chunk", Int, "8", false),
    k("retain_default_strategy", Text, "null", true),
    k("retain_strategies", Object, "null", true),
    k("entity_labels", List, "null", true),
    k("entities_allow_free_form", Switch, "true", true),
    k("store_document_text", Switch, "true", true),
    // Recall
    k("enable_text_search", Switch, "true", true),
    k("enable_temporal_retrieval", Switch, "true", true),
    k("enable_graph_retrieval", Switch, "true", true),
    k("enable_reranking", Switch, "true", false),
    k("recall_prefer_observations", Switch, "false", true),
    k("recall_budget_function", Text, "\"fixed\"", true),
    k("recall_budget_fixed_low", Int, "100", true),
    k("recall_budget_fixed_mid", Int, "300", true),
    k("recall_budget_fixed_high", Int, "1000", true),
    k("recall_budget_adaptive_low", Number, "0.025", true),
    k("recall_budget_adaptive_mid", Number, "0.075", true),
    k("recall_budget_adaptive_high", Number, "0.25", true),
    k("recall_budget_min", Int, "20", true),
    k("recall_budget_max", Int, "2000", true),
    k("recall_include_chunks", Switch, "true", true),
    k("recall_max_tokens", Int, "2048", true),
    k("recall_chunks_max_tokens", Int, "1000", true),
    // Consolidation
    k("enable_observations", Switch, "true", true),
    k("enable_auto_consolidation", Switch, "true", true),
    k("consolidation_use_decision_model", Switch, "true", false),
    k("consolidation_llm_batch_size", Int, "8", true),
    k("consolidation_llm_parallelism", Int, "4", false),
    k("consolidation_max_memories_per_round", Int, "100", true),
    k("consolidation_source_facts_max_tokens", Int, "4096", true),
    k("consolidation_source_facts_max_tokens_per_observation", Int, "256", true),
    k("max_observations_per_scope", Int, "-1", true),
    k("default_observation_scopes", Json, "null", true),
    k("consolidation_strategies", List, "null", false),
    k("observation_scope_limits", Json, "null", false),
    // Reflect and mental models
    k("reflect_use_decision_model", Switch, "true", false),
    k("mental_model_refresh_use_decision_model", Switch, "true", false),
    k("mental_model_delta_use_decision_model", Switch, "true", false),
    k("reflect_source_facts_max_tokens", Int, "-1", true),
    k("reflect_default_options", Object, "null", true),
    k("mental_model_min_refresh_interval_seconds", Int, "0", true),
    k("knowledge_page_default_trigger", Object, "null", false),
    // Other
    k("mcp_enabled_tools", List, "null", false),
    k("audit_log_enabled", Switch, "false", true),
    k("llm_gemini_safety_settings", Json, "null", false),
    k("memory_defense", Object, "null", false),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_stands_once_and_its_default_is_json() {
        let mut names: Vec<_> = KEYS.iter().map(|key| key.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KEYS.len());
        for key in KEYS {
            assert!(serde_json::from_str::<Value>(key.default).is_ok(), "{}", key.name);
        }
    }
}
