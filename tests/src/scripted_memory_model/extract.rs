//! Facts, observations and filled schemas by rule: a fact is a sentence that a person said, an observation is
//! a fact again.

use serde_json::{Value, json};

/// The reply to an extraction prompt: one fact for each sentence under a `USER:` label of the chunk.
pub(super) fn facts(prompt: &str) -> Value {
    let chunk = prompt.split_once("\nContent:\n").map_or("", |(_, chunk)| chunk);
    let facts = sentences_of_user(chunk).into_iter().map(|sentence| {
        json!({
            "what": sentence, "when": "N/A", "where": "N/A", "who": "N/A", "why": "N/A",
            "fact_kind": "conversation", "fact_type": "world", "entities": names(&sentence),
            "causal_relations": null
        })
    });
    json!({"facts": facts.collect::<Vec<_>>()})
}

/// The reply to a consolidation prompt: one new observation for each new fact, and an update of the one that
/// says the same already.
pub(super) fn observations(prompt: &str) -> Value {
    let (facts, existing) = prompt.split_once("### Existing observations").unwrap_or((prompt, ""));
    let existing = existing_observations(existing);
    let (mut creates, mut updates) = (Vec::new(), Vec::new());
    for (id, text) in facts.lines().filter_map(fact_line) {
        let same = |known: &&Value| {
            known["text"].as_str().is_some_and(|known| known.ends_with(&format!(": {text}")))
        };
        match existing.iter().find(same) {
            Some(known) => updates.push(json!({
                "observation_id": known["id"], "current_text": known["text"], "text": format!("Observed again: {text}"),
                "source_fact_ids": [id], "reason": "scripted"
            })),
            None => creates.push(json!({"text": format!("Observed: {text}"), "source_fact_ids": [id], "reason": "scripted"})),
        }
    }
    json!({"creates": creates, "updates": updates, "deletes": []})
}

/// The reply to "put this answer into that schema": each named field with a value of its type.
pub(super) fn structured(prompt: &str) -> Value {
    let schema = prompt.split_once("```json").and_then(|(_, rest)| rest.split_once("```"));
    let schema: Value = schema.and_then(|(schema, _)| serde_json::from_str(schema).ok()).unwrap_or_default();
    filled(&schema)
}

/// An object with each property of a schema, by type.
pub(crate) fn filled(schema: &Value) -> Value {
    let fields = schema["properties"].as_object().into_iter().flatten().map(|(name, field)| {
        let value = match field["type"].as_str() {
            Some("integer" | "number") => json!(1),
            Some("boolean") => json!(true),
            Some("array") => json!([]),
            Some("object") => json!({}),
            _ => json!("scripted"),
        };
        (name.clone(), value)
    });
    Value::Object(fields.collect())
}

/// The JSON list behind the heading, one observation a line.
fn existing_observations(text: &str) -> Vec<Value> {
    text.lines()
        .filter_map(|line| serde_json::from_str(line.trim().trim_end_matches(',')).ok())
        .filter(Value::is_object)
        .collect()
}

/// What a person said, sentence by sentence.
pub(crate) fn sentences_of_user(text: &str) -> Vec<String> {
    sentences(&said_by_user(text))
}

/// The text under `USER:` labels; a line without a label belongs to the label above it.
fn said_by_user(chunk: &str) -> String {
    let mut said = String::new();
    let mut by_user = false;
    for line in chunk.lines() {
        let text = match line.split_once(':') {
            Some((label, text)) if is_label(label) => {
                by_user = label == "USER";
                text
            }
            _ => line,
        };
        if by_user {
            said.push_str(text.trim());
            said.push('\n');
        }
    }
    said
}

fn is_label(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|sign| sign.is_ascii_uppercase() || sign == '_')
}

fn sentences(text: &str) -> Vec<String> {
    let mut sentences = vec![String::new()];
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        let ends = sign == '\n'
            || matches!(sign, '.' | '!' | '?') && signs.peek().is_none_or(|next| next.is_whitespace());
        if let Some(last) = sentences.last_mut() {
            last.push(sign);
        }
        if ends {
            sentences.push(String::new());
        }
    }
    sentences
        .iter()
        .map(|sentence| sentence.trim().to_owned())
        .filter(|sentence| !sentence.is_empty())
        .collect()
}

/// Words with a capital; single letters such as `I` are no names.
pub(crate) fn names(sentence: &str) -> Vec<String> {
    let words = sentence.split(|sign: char| !sign.is_alphanumeric());
    let capital =
        |word: &&str| word.chars().count() > 1 && word.chars().next().is_some_and(char::is_uppercase);
    words.filter(capital).map(str::to_owned).collect()
}

/// Id and text of a line such as `[<uuid>] text (mentioned_at=…)`.
fn fact_line(line: &str) -> Option<(&str, &str)> {
    let (id, rest) = line.trim().strip_prefix('[')?.split_once("] ")?;
    let text = rest.rsplit_once(" (").map_or(rest, |(text, _)| text);
    (id.len() == 36).then_some((id, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sentence_of_the_person_is_a_fact_and_nothing_else_is() {
        let prompt = "Extract facts from the following chunk.\n\nContext: USER: not this\n\nContent:\n\
                      USER: I am Ana. I live in Lisbon, St.Louis is far!\nand I sail\n\nASSISTANT: Noted. Nice.\nUSER: Bye";
        let facts = facts(prompt);
        let facts = facts["facts"].as_array().unwrap();
        let texts: Vec<_> = facts.iter().map(|fact| fact["what"].as_str().unwrap()).collect();
        assert_eq!(texts, ["I am Ana.", "I live in Lisbon, St.Louis is far!", "and I sail", "Bye"]);
        assert_eq!(facts[1]["entities"], json!(["Lisbon", "St", "Louis"]));
    }

    #[test]
    fn what_was_observed_before_is_observed_again() {
        let id = "a1b2c3d4-e5f6-7890-abcd-ef1234567890";
        let prompt = format!(
            "[{id}] Ana sails. (mentioned_at=2026-01-01)\n[{id}] Bob rows. (x)\n\n### Existing observations\n\n[\n\
             {{\"id\": \"o\", \"text\": \"Observed: Ana sails.\"}},\n{{\"id\": \"p\", \"text\": \"Observed: Eve.\"}}\n]"
        );
        let reply = observations(&prompt);
        assert_eq!(reply["updates"][0]["observation_id"], "o");
        assert_eq!(reply["updates"][0]["text"], "Observed again: Ana sails.");
        assert_eq!(reply["creates"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn a_schema_is_filled_by_type() {
        let schema = json!({"properties": {"city": {"type": "string"}, "n": {"type": "integer"}}});
        let filled = structured(&format!("ANSWER\n```json\n{schema}\n```"));
        assert_eq!(filled, json!({"city": "scripted", "n": 1}));
    }

    #[test]
    fn each_new_fact_becomes_an_observation_and_existing_ones_do_not() {
        let id = "a1b2c3d4-e5f6-7890-abcd-ef1234567890";
        let prompt = format!(
            "### New facts\n\n[{id}] Ana sails. (mentioned_at=2026-01-01)\n\n### Existing observations\n\n[{id}] old"
        );
        let creates = &observations(&prompt)["creates"];
        assert_eq!(creates.as_array().unwrap().len(), 1);
        assert_eq!(creates[0]["text"], "Observed: Ana sails.");
        assert_eq!(creates[0]["source_fact_ids"], json!([id]));
    }
}
