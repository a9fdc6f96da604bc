//! The settings of a turn: what can be set, on which level, and what is decided.
//!
//! One table below makes three things: `TurnSettings` (a layer, everything optional),
//! `DecidedSettings` (everything decided, each with the level that decided it) and `decide`, which
//! folds layers into a decision. Names follow hindsight-litellm 0.5.4, so its users find them again.

use crate::memory::{Budget, FactType, MinScores, TagsMatch, TemporalWindow};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Where a setting was decided. Later levels win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Level {
    /// What Rearview does when nobody says anything.
    BuiltIn,
    /// The memory server's settings.
    Server,
    /// The bank's settings.
    Bank,
    /// The profile's settings.
    Profile,
    /// The chat's settings.
    Chat,
    /// This one message.
    Message,
}

/// A value and who decided it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Decided<T> {
    /// The value.
    pub value: T,
    /// The level that decided it.
    pub level: Level,
}

/// Recall gives facts; reflect gives a synthesised paragraph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum MemoryMode {
    /// Facts.
    #[default]
    Recall,
    /// A paragraph.
    Reflect,
}

/// How the recall query is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum QueryRule {
    /// The text of the last user message; when it has none (an image alone), of the one before it.
    #[default]
    LastUserMessage,
    /// Always this text.
    Fixed {
        /// The query.
        text: String,
    },
    /// Derived: the last user message, preceded by the tail of the previous exchange, so that
    /// "and there?" finds what it is about.
    WithPreviousExchange,
}

/// Where the memory block goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Placement {
    /// A block of its own before the last message: a system message where the model takes one in mid
    /// conversation, else the first text part of the last user message. Keeps the prompt cache.
    #[default]
    OwnBlock,
    /// Appended to the first system message, as hindsight-litellm's `system_message` does.
    SystemMessage,
    /// Inside the last user message, before its text, as hindsight-litellm's `prepend_user` does.
    PrependUser,
    /// Recalled once, for the first message of the chat, and kept after the system prompt from then on: nothing before a
    /// message ever changes, and nothing that is learned later reaches the chat.
    PinnedPerChat,
    /// Each message keeps the block that it got, and gets only what no block before it has: nothing before a message ever
    /// changes, and the blocks add up.
    OnlyNew,
}

/// What a line of the memory block shows beside type and text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct ItemFormat {
    /// Add when it happened, or else when it was mentioned.
    pub dates: bool,
    /// Add the fact's context and metadata.
    pub sources: bool,
}

/// A cap that can also be lifted again by a later level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum Cap {
    /// No cap.
    #[default]
    None,
    /// At most this many.
    At {
        /// How many.
        n: u32,
    },
}

macro_rules! turn_settings {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $default:expr;)*) => {
        /// One layer of settings. What is absent is left to the layer below; a list that is present
        /// and empty clears what a layer below has set.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
        #[serde(default, deny_unknown_fields)]
        #[ts(export)]
        pub struct TurnSettings {
            $(
                $(#[$doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                #[ts(optional)]
                pub $name: Option<$type>,
            )*
        }

        /// Every setting of a turn, decided.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
        #[ts(export)]
        pub struct DecidedSettings {
            $(
                $(#[$doc])*
                pub $name: Decided<$type>,
            )*
        }

        impl DecidedSettings {
            /// The names of all settings, in the order of the table.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// Folds layers, given from the lowest level to the highest, over the built-in defaults.
            pub fn decide(layers: &[(Level, &TurnSettings)]) -> Self {
                Self {
                    $($name: {
                        let mut decided = Decided { value: $default, level: Level::BuiltIn };
                        for (level, layer) in layers {
                            if let Some(value) = &layer.$name {
                                decided = Decided { value: value.clone(), level: *level };
                            }
                        }
                        decided
                    },)*
                }
            }

            /// The same, with one layer more above all others.
            #[must_use]
            pub fn with(mut self, level: Level, layer: &TurnSettings) -> Self {
                $(if let Some(value) = &layer.$name {
                    self.$name = Decided { value: value.clone(), level };
                })*
                self
            }
        }
    };
}

turn_settings! {
    /// Whether memory is put into the prompt.
    inject_memories: bool = true;
    /// Whether what was said is retained.
    store_conversations: bool = true;
    /// Whether the person is asked before what was said, or what a tool wants stored, is handed over.
    ask_before_retaining: bool = false;
    /// Recall or reflect (`use_reflect`).
    mode: MemoryMode = MemoryMode::Recall;
    /// How the query is made (`hindsight_query`).
    query: QueryRule = QueryRule::LastUserMessage;
    /// How hard to look.
    budget: Budget = Budget::Mid;
    /// At most this many memories are injected.
    max_memories: Cap = Cap::None;
    /// At most this many tokens of memories are asked for.
    max_memory_tokens: u32 = 4096;
    /// Only these kinds of facts; empty means all.
    fact_types: Vec<FactType> = Vec::new();
    /// Only facts with these tags.
    recall_tags: Vec<String> = Vec::new();
    /// How those tags match.
    recall_tags_match: TagsMatch = TagsMatch::Any;
    /// Boolean groups over tags, in the server's own form; an empty list means none.
    tag_groups: Vec<serde_json::Value> = Vec::new();
    /// Floors of scores.
    min_scores: MinScores = MinScores::default();
    /// Leave out raw facts that an observation already covers.
    prefer_observations: Preference = Preference::Server;
    /// Replaces the server's reading of dates; absent start and end mean none.
    temporal_window: WindowChoice = WindowChoice::None;
    /// Said to reflect beside the query; empty means none. Hindsight 1.1 appends it to the query.
    reflect_context: String = String::new();
    /// A JSON schema for reflect's structured answer; an empty object means none.
    reflect_response_schema: serde_json::Map<String, serde_json::Value> = serde_json::Map::new();
    /// Put on what is stored, beside `chat:<chat>`.
    tags: Vec<String> = Vec::new();
    /// Put on what is stored.
    metadata: BTreeMap<String, String> = BTreeMap::new();
    /// Where the memory block goes (`injection_mode`).
    placement: Placement = Placement::OwnBlock;
    /// What a memory's line shows.
    item_format: ItemFormat = ItemFormat::default();
    /// Globs of models that bypass memory, case-insensitive; matched on `provider/model` and on `model`.
    excluded_models: Vec<String> = Vec::new();
    /// How long a turn waits for recall, in milliseconds.
    recall_timeout_ms: u32 = 3_000;
    /// How long a turn waits for reflect, in milliseconds.
    reflect_timeout_ms: u32 = 30_000;
    /// How much the model should think before it answers.
    reasoning_effort: Effort = Effort::Provider;
    /// Whether the model is offered tools for memory. The preload then takes the place of the automatic recall.
    memory_tools: bool = false;
    /// Whether `retain_memory` is among them; off makes a read-only agent (`enable_retain`).
    retain_tool: bool = true;
    /// Whether `recall_memory` is among them (`enable_recall`).
    recall_tool: bool = true;
    /// Whether `reflect_on_memory` is among them (`enable_reflect`).
    reflect_tool: bool = true;
    /// Whether the person is asked before a tool stores something.
    ask_before_storing: bool = false;
    /// At most this many requests to the model in a turn with tools.
    max_tool_steps: u32 = 8;
    /// Whether memory is looked into before the first request of a turn with tools (`memory_instructions`).
    preload: bool = true;
    /// How the preload's query is made. The default is hindsight-agno's.
    preload_query: QueryRule = QueryRule::Fixed { text: PRELOAD_QUERY.to_owned() };
    /// How hard the preload looks.
    preload_budget: Budget = Budget::Low;
    /// At most this many memories are preloaded.
    preload_max_results: u32 = 5;
    /// Stands before the preloaded memories.
    preload_prefix: String = PRELOAD_PREFIX.to_owned();
}

/// The preload's query in hindsight-agno 0.4.20.
pub const PRELOAD_QUERY: &str = "relevant context about the user";
/// The preload's prefix in hindsight-agno 0.4.20.
pub const PRELOAD_PREFIX: &str = "Relevant memories:\n";

/// How much a model should think before it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Effort {
    /// As the provider does by itself.
    #[default]
    Provider,
    /// Not at all, where the model can be told so.
    Off,
    /// A little.
    Low,
    /// Some.
    Medium,
    /// A lot.
    High,
}

/// A switch that can be left to the memory server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Preference {
    /// As the bank is configured.
    #[default]
    Server,
    /// On.
    On,
    /// Off.
    Off,
}

/// A temporal window, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum WindowChoice {
    /// The server reads dates from the query.
    #[default]
    None,
    /// This window.
    Window(TemporalWindow),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_level_wins_and_the_decision_says_which() {
        let server =
            TurnSettings { budget: Some(Budget::Low), max_memory_tokens: Some(100), ..Default::default() };
        let message = TurnSettings { budget: Some(Budget::High), ..Default::default() };
        let decided = DecidedSettings::decide(&[(Level::Server, &server), (Level::Message, &message)]);
        assert_eq!(decided.budget, Decided { value: Budget::High, level: Level::Message });
        assert_eq!(decided.max_memory_tokens, Decided { value: 100, level: Level::Server });
        assert_eq!(decided.mode.level, Level::BuiltIn);
    }

    #[test]
    fn every_setting_can_be_set_on_every_level() {
        let full = serde_json::json!({
            "inject_memories": false, "store_conversations": false, "ask_before_retaining": true, "mode": "reflect",
            "query": {"kind": "fixed", "text": "q"}, "budget": "high", "max_memories": {"kind": "at", "n": 3},
            "max_memory_tokens": 7, "fact_types": ["world"], "recall_tags": ["a"], "recall_tags_match": "exact",
            "tag_groups": [{"tags": ["x"]}], "min_scores": {"final": 0.5}, "prefer_observations": "on",
            "temporal_window": {"kind": "window", "start": "2026-01-01", "end": "2026-02-01"},
            "reflect_context": "c", "reflect_response_schema": {"type": "object"}, "tags": ["t"],
            "metadata": {"k": "v"}, "placement": "prepend_user", "item_format": {"dates": true, "sources": true},
            "excluded_models": ["gpt-*"], "recall_timeout_ms": 1, "reflect_timeout_ms": 2,
            "reasoning_effort": "high", "memory_tools": true, "retain_tool": false, "recall_tool": false,
            "reflect_tool": false, "ask_before_storing": true, "max_tool_steps": 3, "preload": false,
            "preload_query": {"kind": "last_user_message"}, "preload_budget": "high",
            "preload_max_results": 2, "preload_prefix": "p"
        });
        let layer: TurnSettings = serde_json::from_value(full.clone()).unwrap();
        for level in [Level::Server, Level::Bank, Level::Profile, Level::Chat, Level::Message] {
            let decided = serde_json::to_value(DecidedSettings::decide(&[(level, &layer)])).unwrap();
            for name in DecidedSettings::NAMES {
                assert!(full.get(name).is_some(), "the test does not set `{name}`");
                assert_eq!(decided[name]["level"], serde_json::to_value(level).unwrap(), "{name}");
                assert_ne!(
                    decided[name]["value"],
                    serde_json::to_value(DecidedSettings::decide(&[])).unwrap()[name]["value"],
                    "`{name}` is set to its default, which proves nothing"
                );
            }
        }
    }

    #[test]
    fn one_layer_more_changes_what_it_says_and_nothing_else() {
        let chat =
            TurnSettings { budget: Some(Budget::Low), max_memory_tokens: Some(9), ..Default::default() };
        let over = TurnSettings { budget: Some(Budget::High), ..Default::default() };
        let both = DecidedSettings::decide(&[(Level::Chat, &chat), (Level::Message, &over)]);
        assert_eq!(DecidedSettings::decide(&[(Level::Chat, &chat)]).with(Level::Message, &over), both);
    }

    #[test]
    fn an_unknown_setting_is_refused_instead_of_leaking_anywhere() {
        assert!(serde_json::from_str::<TurnSettings>(r#"{"bugdet":"high"}"#).is_err());
    }

    #[test]
    fn a_cap_can_be_lifted_again() {
        let bank = TurnSettings { max_memories: Some(Cap::At { n: 2 }), ..Default::default() };
        let chat = TurnSettings { max_memories: Some(Cap::None), ..Default::default() };
        let decided = DecidedSettings::decide(&[(Level::Bank, &bank), (Level::Chat, &chat)]);
        assert_eq!(decided.max_memories, Decided { value: Cap::None, level: Level::Chat });
    }
}
