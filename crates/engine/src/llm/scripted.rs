//! A model that answers what a test wrote down.

use crate::synthesis::{Completion, Prompt, Synthesis, SynthesisError, Usage};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

type Said = Result<Completion, SynthesisError>;
type Rule = Box<dyn Fn(&Prompt) -> Said + Send + Sync>;

/// Answers in order, or by a rule; keeps what it was asked.
pub(crate) struct Scripted {
    answers: Mutex<VecDeque<Said>>,
    rule: Option<Rule>,
    pub(crate) asked: Mutex<Vec<Prompt>>,
}

impl Scripted {
    /// Answers these texts in order, then refuses.
    pub(crate) fn answers(texts: &[&str]) -> Arc<Self> {
        Self::says(texts.iter().map(|text| Ok(complete(text))).collect())
    }

    /// Answers these in order, then refuses.
    pub(crate) fn says(answers: Vec<Said>) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.into()), rule: None, asked: Mutex::default() })
    }

    /// Answers what the rule makes of each prompt.
    pub(crate) fn rule(rule: impl Fn(&Prompt) -> Said + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::default(), rule: Some(Box::new(rule)), asked: Mutex::default() })
    }

    /// How often it was asked.
    pub(crate) fn times(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// The last message of each prompt.
    pub(crate) fn questions(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|prompt| prompt.messages.last().unwrap().content.clone()).collect()
    }
}

/// An answer that cost 10 and 5 tokens.
pub(crate) fn complete(text: &str) -> Completion {
    let usage = Usage { input_tokens: 10, output_tokens: 5, ..Usage::default() };
    Completion { text: text.to_owned(), truncated: false, usage }
}

/// An answer that ended at the token limit.
pub(crate) fn cut_off(text: &str) -> Completion {
    Completion { truncated: true, ..complete(text) }
}

#[async_trait]
impl Synthesis for Scripted {
    fn provider(&self) -> String {
        "scripted".to_owned()
    }

    fn model(&self) -> String {
        "by heart".to_owned()
    }

    async fn complete(&self, prompt: &Prompt) -> Said {
        self.asked.lock().unwrap().push(prompt.clone());
        match &self.rule {
            Some(rule) => rule(prompt),
            None => self.answers.lock().unwrap().pop_front().unwrap_or_else(|| {
                Err(SynthesisError::Refused { message: "nothing left to say".to_owned(), auth: false })
            }),
        }
    }
}
