//! A prompt as pieces that know which setting made them: joined for the model, one by one for the preview.

use serde_json::{Value, json};

/// A piece of a message.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) text: String,
    /// The configuration key behind it; empty for the engine's own words.
    pub(crate) field: &'static str,
    /// A part without a key: `bank_identity`, `disposition`, `directives`.
    pub(crate) section: &'static str,
    value: Option<String>,
    kind: &'static str,
    choices: Option<Vec<&'static str>>,
}

impl Block {
    /// The engine's own words.
    pub(crate) fn builtin(text: &str) -> Self {
        Self { text: text.to_owned(), field: "", section: "", value: None, kind: "text", choices: None }
    }

    /// Words that a bank's setting decides; an empty text marks a setting that is off.
    pub(crate) fn setting(field: &'static str, value: Option<&str>, text: &str) -> Self {
        Self { field, value: value.map(str::to_owned), ..Self::builtin(text) }
    }

    /// Says what kind of value the setting has: `text`, `boolean`, `choice` or `complex`.
    pub(crate) fn kind(self, kind: &'static str) -> Self {
        Self { kind, ..self }
    }

    /// Says what values the setting can have.
    pub(crate) fn choice(self, choices: &[&'static str]) -> Self {
        Self { kind: "choice", choices: Some(choices.to_vec()), ..self }
    }

    /// The message that the model gets.
    pub(crate) fn joined(blocks: &[Self]) -> String {
        blocks.iter().map(|block| block.text.as_str()).collect()
    }

    /// As the preview answers it.
    pub(crate) fn preview(&self) -> Value {
        let own = self.field.is_empty();
        json!({
            "text": self.text, "source": if own { "builtin" } else { "config" }, "field": self.field,
            "section": self.section, "heading": "", "active": !self.text.is_empty(), "value": self.value,
            "kind": self.kind, "choices": self.choices, "editable": !own,
        })
    }
}
