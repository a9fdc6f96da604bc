//! The memory tools that a model is offered: which, when, and how a call of one is read. What hindsight-agno's
//! toolkit does, with the same names and parameters.
//!
//! Doing what a call asks for is in `run`; the loop around it is the machine's.

pub mod run;

use rearview_domain::record::Resolved;
use rearview_domain::turn::MemoryOff;
use rearview_providers::Tool;
use serde_json::{Map, Value, json};

/// Stores something. Names and parameters are those of hindsight-agno 0.4.20.
pub const RETAIN: &str = "retain_memory";
/// Finds facts.
pub const RECALL: &str = "recall_memory";
/// Answers from many facts.
pub const REFLECT: &str = "reflect_on_memory";

/// Fewer requests than this leave no room for a call and an answer to it.
const FEWEST_STEPS: u32 = 2;

/// What a call asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Store this.
    Retain(String),
    /// Find what matches this.
    Recall(String),
    /// Answer this.
    Reflect(String),
}

/// The tools that a turn offers; none when they are off.
///
/// `inject_memories` and `store_conversations` are about what happens by itself; a person who switches tools
/// on has asked for these. A chat that must not touch memory at all, both halves off, an excluded model and a
/// missing server beat the switch. The Demo calls nothing.
pub fn offered(resolved: &Resolved, demo: bool) -> Vec<Tool> {
    let settings = &resolved.settings;
    let never = matches!(
        resolved.inject_off,
        Some(MemoryOff::Incognito | MemoryOff::Temporary | MemoryOff::ExcludedModel | MemoryOff::NoServer)
    );
    // Both halves off is incognito, and the page says that nothing is recalled and nothing is stored.
    let incognito = !settings.inject_memories.value && !settings.store_conversations.value;
    if !settings.memory_tools.value
        || incognito
        || demo
        || never
        || resolved.bank.server_id.is_none()
        || settings.max_tool_steps.value < FEWEST_STEPS
    {
        return Vec::new();
    }
    let mut tools = Vec::new();
    if settings.retain_tool.value {
        tools.push(tool(
            RETAIN,
            "Store something worth remembering in long-term memory: facts about the person, preferences, \
             decisions, plans. Write one self-contained statement that makes sense without this conversation.",
            "content",
            "What to remember.",
        ));
    }
    if settings.recall_tool.value {
        tools.push(tool(
            RECALL,
            "Search long-term memory for facts. Use it before you say that you do not know something about \
             the person, and when an earlier conversation may matter. Returns numbered facts.",
            "query",
            "What to look for, in plain words.",
        ));
    }
    if settings.reflect_tool.value {
        tools.push(tool(
            REFLECT,
            "Ask long-term memory a question that needs several facts put together. Slower than \
             recall_memory; returns a reasoned answer.",
            "query",
            "The question.",
        ));
    }
    tools
}

fn tool(name: &str, description: &str, parameter: &str, about: &str) -> Tool {
    Tool {
        name: name.to_owned(),
        description: description.to_owned(),
        parameters: json!({
            "type": "object",
            "properties": { parameter: { "type": "string", "description": about } },
            "required": [parameter],
        }),
    }
}

/// Reads a call. A model may only call what it was offered, whatever it believes.
///
/// # Errors
/// What is wrong with the call, in words for the model.
pub fn read(name: &str, arguments: &str, offered: &[Tool]) -> Result<Wanted, String> {
    if !offered.iter().any(|tool| tool.name == name) {
        let names: Vec<&str> = offered.iter().map(|tool| tool.name.as_str()).collect();
        return Err(format!("There is no tool `{name}`. The tools are: {}.", names.join(", ")));
    }
    let fields: Map<String, Value> = serde_json::from_str(arguments)
        .map_err(|error| format!("The arguments of `{name}` are no JSON object: {error}."))?;
    let parameter = if name == RETAIN { "content" } else { "query" };
    let text = fields.get(parameter).and_then(Value::as_str).map(str::trim).unwrap_or_default();
    if text.is_empty() {
        return Err(format!("`{name}` needs `{parameter}`, a text that is not empty."));
    }
    let text = text.to_owned();
    Ok(match name {
        RETAIN => Wanted::Retain(text),
        RECALL => Wanted::Recall(text),
        _ => Wanted::Reflect(text),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_domain::resolve::{BankDecision, DecidedBank};
    use rearview_domain::settings::{DecidedSettings, Level, TurnSettings};

    fn resolved(settings: TurnSettings, inject_off: Option<MemoryOff>) -> Resolved {
        Resolved {
            bank: DecidedBank {
                server_id: Some("s".into()),
                bank_id: "b".into(),
                decision: BankDecision::BuiltIn,
            },
            profile: None,
            model: "openai/gpt-4o".into(),
            settings: DecidedSettings::decide(&[(Level::Chat, &settings)]),
            inject_off,
            store_off: None,
        }
    }

    fn on() -> TurnSettings {
        TurnSettings { memory_tools: Some(true), ..Default::default() }
    }

    fn names(resolved: &Resolved) -> Vec<String> {
        offered(resolved, false).into_iter().map(|tool| tool.name).collect()
    }

    #[test]
    fn nothing_is_offered_unless_somebody_switched_it_on() {
        assert!(names(&resolved(TurnSettings::default(), None)).is_empty());
        assert_eq!(names(&resolved(on(), None)), [RETAIN, RECALL, REFLECT]);
    }

    #[test]
    fn each_tool_can_be_left_out_and_a_read_only_agent_cannot_store() {
        let read_only = TurnSettings { retain_tool: Some(false), ..on() };
        assert_eq!(names(&resolved(read_only, None)), [RECALL, REFLECT]);
        let only = TurnSettings { recall_tool: Some(false), reflect_tool: Some(false), ..on() };
        assert_eq!(names(&resolved(only.clone(), None)), [RETAIN]);
        let tools = offered(&resolved(only, None), false);
        assert!(read(RECALL, r#"{"query":"x"}"#, &tools).unwrap_err().contains("no tool `recall_memory`"));
    }

    #[test]
    fn a_chat_that_must_not_touch_memory_offers_no_tool_whatever_the_switch_says() {
        for why in [MemoryOff::Incognito, MemoryOff::Temporary, MemoryOff::ExcludedModel, MemoryOff::NoServer]
        {
            assert!(names(&resolved(on(), Some(why))).is_empty(), "{why:?}");
        }
        assert_eq!(names(&resolved(on(), Some(MemoryOff::Setting))).len(), 3);
        assert!(offered(&resolved(on(), None), true).is_empty(), "the Demo");
        let mut without = resolved(on(), Some(MemoryOff::Setting));
        without.bank.server_id = None;
        assert!(names(&without).is_empty());
    }

    #[test]
    fn both_halves_off_is_incognito_whoever_switched_the_tools_on() {
        let half = TurnSettings { inject_memories: Some(false), ..on() };
        assert_eq!(names(&resolved(half.clone(), Some(MemoryOff::Setting))).len(), 3);
        let both = TurnSettings { store_conversations: Some(false), ..half };
        assert!(names(&resolved(both, Some(MemoryOff::Setting))).is_empty());
    }

    #[test]
    fn one_request_leaves_no_room_for_tools() {
        assert!(names(&resolved(TurnSettings { max_tool_steps: Some(1), ..on() }, None)).is_empty());
    }

    #[test]
    fn a_call_that_cannot_be_read_is_told_so_that_the_model_can_do_better() {
        let tools = offered(&resolved(on(), None), false);
        let read = |name: &str, arguments: &str| read(name, arguments, &tools);
        assert_eq!(read(RETAIN, r#"{"content":" Ana moved. "}"#), Ok(Wanted::Retain("Ana moved.".into())));
        assert_eq!(read(RECALL, r#"{"query":"Ana","limit":3}"#), Ok(Wanted::Recall("Ana".into())));
        assert_eq!(read(REFLECT, r#"{"query":"Why?"}"#), Ok(Wanted::Reflect("Why?".into())));
        assert!(read(RECALL, r#"{"query":"#).unwrap_err().contains("no JSON object"));
        assert!(read(RECALL, r#"{"content":"Ana"}"#).unwrap_err().contains("`query`"));
        assert!(read(RETAIN, r#"{"content":7}"#).unwrap_err().contains("`content`"));
        assert!(read("shell", "{}").unwrap_err().contains("retain_memory"));
    }
}
