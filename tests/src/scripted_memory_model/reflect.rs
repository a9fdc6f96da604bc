//! Reflect's agent by rule: search as long as it is told to, then say that the answer is there, then give it.

use serde_json::{Value, json};

/// The next step: a message with one tool call.
pub(super) fn step(request: &Value, tools: &[Value]) -> Value {
    let offered: Vec<&str> = tools.iter().filter_map(|tool| tool["function"]["name"].as_str()).collect();
    let named = request["tool_choice"]["function"]["name"].as_str();
    let only = match offered.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let free = ["answer_ready", "done"].into_iter().find(|name| offered.contains(name));
    match named.or(only).or(free) {
        Some("done") => call("done", &done(request)),
        Some("answer_ready") => call("answer_ready", &json!({"answer_found": true})),
        Some(search) => call(search, &json!({"query": question(request), "reason": "scripted"})),
        None => json!({"role": "assistant", "content": "There is no tool to answer with."}),
    }
}

fn call(name: &str, arguments: &Value) -> Value {
    let function = json!({"name": name, "arguments": arguments.to_string()});
    json!({"role": "assistant", "content": null, "tool_calls": [{"id": format!("call_{name}"), "type": "function", "function": function}]})
}

/// The answer: how many facts there were, and which; Hindsight calls the facts in its prompts f1, f2 and so on.
fn done(request: &Value) -> Value {
    let messages = request["messages"].as_array().into_iter().flatten();
    let given: String = messages
        .filter(|message| message["role"] == "tool")
        .map(|message| message["content"].to_string())
        .collect();
    let facts: Vec<String> =
        (1..).map(|n| format!("f{n}")).take_while(|id| given.contains(&format!("\"{id}\\\""))).collect();
    json!({
        "answer": format!("Scripted answer from {} facts.", facts.len()), "memory_ids": facts, "observation_ids": [],
        "mental_model_ids": [], "answer_found": true, "directive_compliance": "scripted"
    })
}

/// What was asked: it stands at the top of the first message, before anything with a heading.
fn question(request: &Value) -> String {
    let messages = request["messages"].as_array().into_iter().flatten();
    let mut asked = messages
        .filter(|message| message["role"] == "user")
        .filter_map(|message| message["content"].as_str());
    let asked = asked.next().and_then(|text| text.split("\n## ").next()).unwrap_or_default();
    asked.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("memory").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools(names: &[&str]) -> Vec<Value> {
        names.iter().map(|name| json!({"type": "function", "function": {"name": name}})).collect()
    }

    fn called(request: &Value, names: &[&str]) -> (String, Value) {
        let message = step(request, &tools(names));
        let function = &message["tool_calls"][0]["function"];
        let arguments = serde_json::from_str(function["arguments"].as_str().unwrap()).unwrap();
        (function["name"].as_str().unwrap().to_owned(), arguments)
    }

    #[test]
    fn a_forced_search_asks_the_question() {
        let content = "Where does Ana live?\n\n## Bank mission\nBe brief.";
        let request = json!({"messages": [{"role": "user", "content": content}], "tool_choice": "required"});
        let (name, arguments) = called(&request, &["recall"]);
        assert_eq!((name.as_str(), arguments["query"].as_str()), ("recall", Some("Where does Ana live?")));
    }

    #[test]
    fn a_named_tool_wins_over_what_else_is_offered() {
        let request = json!({"messages": [], "tool_choice": {"type": "function", "function": {"name": "search_observations"}}});
        assert_eq!(called(&request, &["recall", "search_observations", "done"]).0, "search_observations");
    }

    #[test]
    fn left_free_it_is_ready_and_then_done_with_the_facts_it_was_given() {
        let given = json!({"facts": [{"id": "f1"}, {"id": "f2"}]}).to_string();
        let request = json!({"messages": [{"role": "tool", "content": given}]});
        assert_eq!(called(&request, &["recall", "answer_ready", "done"]).0, "answer_ready");
        let (name, arguments) = called(&request, &["done"]);
        assert_eq!((name.as_str(), &arguments["memory_ids"]), ("done", &json!(["f1", "f2"])));
    }
}
