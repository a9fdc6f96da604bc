//! JSON out of what models write: fenced, with words around it, with trailing commas, not quite closed.
//!
//! Only what is unambiguous is mended: nothing is guessed inside a text or after a name. Called by `answer`.

use serde::de::DeserializeOwned;

/// Places at which a value is looked for, so that a long hostile text costs little.
const MOST_STARTS: usize = 24;

/// Reads an answer.
///
/// # Errors
/// What is wrong with it, in words that can be shown to the model.
pub(super) fn read<T: DeserializeOwned>(answer: &str) -> Result<T, String> {
    let body = answer.rsplit_once("</think>").map_or(answer, |(_, behind)| behind).trim();
    if body.is_empty() {
        return Err("the answer is empty".to_owned());
    }
    let wrong = match serde_json::from_str(body) {
        Ok(value) => return Ok(value),
        Err(error) => error.to_string(),
    };
    let starts = body.char_indices().filter(|(_, c)| matches!(c, '{' | '['));
    let mut told = None;
    for (start, _) in starts.take(MOST_STARTS) {
        let Some(mended) = mend(body.get(start..).unwrap_or_default()) else { continue };
        match serde_json::from_str(&mended) {
            Ok(value) => return Ok(value),
            // The outermost value is the one that was meant.
            Err(error) => told = told.or(Some(error.to_string())),
        }
    }
    Err(told.unwrap_or(wrong))
}

/// The value that begins `text`, trailing commas dropped and open brackets closed; `None` when it ends
/// inside a text or its brackets do not match.
fn mend(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut open = Vec::new();
    let (mut quoted, mut escaped) = (false, false);
    for c in text.chars() {
        if quoted {
            out.push(c);
            (quoted, escaped) = (escaped || c != '"', !escaped && c == '\\');
            continue;
        }
        match c {
            '"' => quoted = true,
            '{' => open.push('}'),
            '[' => open.push(']'),
            '}' | ']' => {
                if open.pop() != Some(c) {
                    return None;
                }
                drop_comma(&mut out);
            }
            _ => {}
        }
        out.push(c);
        if open.is_empty() {
            return Some(out);
        }
    }
    if quoted {
        return None;
    }
    drop_comma(&mut out);
    out.extend(open.into_iter().rev());
    Some(out)
}

fn drop_comma(out: &mut String) {
    let trimmed = out.trim_end();
    if let Some(without) = trimmed.strip_suffix(',') {
        out.truncate(without.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn an_answer_is_found_within_what_stands_around_it() {
        let want = json!({"facts": [{"text": "a, } b"}]});
        for text in [
            r#"{"facts":[{"text":"a, } b"}]}"#,
            "```json\n{\"facts\":[{\"text\":\"a, } b\"}]}\n```",
            "Here you are [as asked]:\n{\"facts\":[{\"text\":\"a, } b\"},],}\nAnything else?",
            "<think>maybe {\"facts\": []}</think>{\"facts\":[{\"text\":\"a, } b\"}]}",
            "{\"facts\":[{\"text\":\"a, } b\"}",
        ] {
            #[derive(serde::Deserialize)]
            struct Facts {
                facts: Value,
            }
            let read: Facts = read(text).unwrap();
            assert_eq!(json!({"facts": read.facts}), want, "`{text}`");
        }
    }

    #[test]
    fn what_is_ambiguous_is_not_mended() {
        for text in [
            "",
            "I cannot help with that.",
            r#"{"facts":[{"text":"I live in"#,
            r#"{"facts":]}"#,
            r#"{"facts":"#,
        ] {
            assert!(read::<Value>(text).is_err(), "`{text}`");
        }
    }

    proptest! {
        #[test]
        fn any_json_is_read_as_it_is(text in any::<String>(), n in any::<i64>()) {
            let value = json!({"a": [text, n, {"b": null}]});
            prop_assert_eq!(read::<Value>(&format!("```\n{value}\n```")).unwrap(), value);
        }

        #[test]
        fn nothing_makes_it_panic(text in "[a-z{}\\[\\]\",:\\\\ ]{0,60}") {
            let _ = read::<Value>(&text);
        }
    }
}
