//! The scripted model inside the embedded engine: its prompts answered by the rules that the scripted model
//! behind a real Hindsight follows too. It is no model, and it is named so.
//!
//! A fact is a sentence that a person said (`USER:` lines), an observation is a fact again, an answer cites
//! every fact that it was given. Called by `embedded_engine`; what a prompt looks like is the engine's business.

use crate::scripted_memory_model::extract;
use async_trait::async_trait;
use rearview_engine::synthesis::{Completion, Prompt, Purpose, Role, Synthesis, SynthesisError, Usage};
use serde_json::{Value, json};

/// A model by rules.
#[derive(Clone, Copy, Debug)]
pub struct ScriptedSynthesis;

#[async_trait]
impl Synthesis for ScriptedSynthesis {
    fn provider(&self) -> String {
        "scripted".to_owned()
    }

    fn model(&self) -> String {
        "scripted".to_owned()
    }

    async fn complete(&self, prompt: &Prompt) -> Result<Completion, SynthesisError> {
        let usage = Usage { input_tokens: 10, output_tokens: 5, ..Usage::default() };
        Ok(Completion { text: reply(prompt), truncated: false, usage })
    }
}

fn reply(prompt: &Prompt) -> String {
    let said: Vec<&str> = prompt
        .messages
        .iter()
        .filter(|message| message.role == Role::User)
        .map(|message| message.content.as_str())
        .collect();
    let said = said.join("\n");
    match (prompt.purpose, &prompt.schema) {
        (Purpose::Retain, _) => facts(&said).to_string(),
        (Purpose::Consolidation, _) => observations(&said).to_string(),
        (_, None) => answer(&memories(&said)),
        (_, Some(schema)) if schema["properties"]["tool"].is_object() => {
            let memories = memories(&said);
            json!({
                "tool": "done", "query": null, "ids": null, "depth": null, "answer": answer(&memories), "cited": memories,
            })
            .to_string()
        }
        (_, Some(schema)) => extract::filled(schema).to_string(),
    }
}

/// One fact for each sentence of a person between the fences around a text.
fn facts(said: &str) -> Value {
    let text = said.split_once("<<<text\n").and_then(|(_, text)| text.split_once("\ntext>>>"));
    let sentences = extract::sentences_of_user(text.map_or("", |(text, _)| text));
    let facts = sentences.into_iter().map(|sentence| {
        json!({
            "text": sentence, "kind": "world", "start": null, "end": null, "entities": extract::names(&sentence),
            "because": [],
        })
    });
    json!({"facts": facts.collect::<Vec<_>>()})
}

/// One new observation for each new fact, and an update of the one that says the same already.
fn observations(said: &str) -> Value {
    let (facts, known) = said.split_once("\nObservations:\n").unwrap_or((said, ""));
    let known: Vec<_> = known.lines().filter_map(|line| entry(line, 'o')).collect();
    let (mut creates, mut updates) = (Vec::new(), Vec::new());
    for (id, text) in facts.lines().filter_map(|line| entry(line, 'f')) {
        match known.iter().find(|(_, known)| known.ends_with(&format!(": {text}"))) {
            Some((known, _)) => updates.push(json!({
                "observation": known, "text": format!("Observed again: {text}"), "facts": [id]
            })),
            None => creates.push(json!({"text": format!("Observed: {text}"), "facts": [id]})),
        }
    }
    json!({"creates": creates, "updates": updates, "deletes": []})
}

/// Id and text of a line such as `[f1] text; happened …; said …`.
fn entry(line: &str, letter: char) -> Option<(&str, &str)> {
    let (id, text) = line.strip_prefix('[')?.split_once("] ")?;
    let ends = ["; happened ", "; said ", "; last said "].iter().filter_map(|word| text.rfind(word));
    let end = ends.min().unwrap_or(text.len());
    id.starts_with(letter).then_some((id, text.get(..end)?))
}

/// The names of the facts that were looked up: each is one JSON object on a line.
fn memories(said: &str) -> Vec<String> {
    let objects = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let ids = objects.filter_map(|object| object["id"].as_str().map(str::to_owned));
    ids.filter(|id| id.starts_with('f')).collect()
}

fn answer(memories: &[String]) -> String {
    format!("Scripted answer from {} facts.", memories.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sentence_of_the_person_is_a_fact() {
        let facts = facts(
            "Date of the text: unknown\n\n<<<text\nUSER: Ana sails. So do I.\n\nASSISTANT: Oh.\ntext>>>",
        );
        let texts: Vec<_> = facts["facts"].as_array().unwrap().iter().map(|fact| &fact["text"]).collect();
        assert_eq!(texts, ["Ana sails.", "So do I."]);
        assert_eq!(facts["facts"][0]["entities"], json!(["Ana"]));
    }

    #[test]
    fn what_was_observed_before_is_observed_again() {
        let answer = observations(
            "New facts:\n[f1] Ana sails.; said 2026-01-01\n[f2] Bob rows.; happened 2025; said 2026\n\n\
             Observations:\n[o1] Observed: Eve.; last said 2026\n[o2] Observed: Ana sails.; last said 2026\n",
        );
        assert_eq!(
            answer["updates"],
            json!([{"observation": "o2", "text": "Observed again: Ana sails.", "facts": ["f1"]}])
        );
        assert_eq!(answer["creates"], json!([{"text": "Observed: Bob rows.", "facts": ["f2"]}]));
    }

    #[test]
    fn an_answer_cites_the_facts_that_were_looked_up() {
        let said = "Where?\n<memory from=\"recall\">\n{\"id\": \"f1\", \"text\": \"x\"}\n{\"id\": \"o1\"}\n</memory>";
        assert_eq!(memories(said), ["f1"]);
    }
}
