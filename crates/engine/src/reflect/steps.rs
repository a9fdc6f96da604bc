//! The model's turns: it answers, or asks for another look-up, until it answers or its turns are used up.
//!
//! Every turn is one JSON object, so that any provider will do, with or without calling of tools. A model that cannot
//! write it is asked once in plain words; its answer then rests on all that was found.

use super::answer::{LlmCall, Reflected};
use super::retrieval::{Retrieval, elapsed_ms};
use super::{prompt, structured};
use crate::directive::Directive;
use crate::error::{EngineError, Result};
use crate::llm::{self, Answer, Call};
use crate::synthesis::{Message, Prompt, Role, Usage};
use crate::unit;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Instant;
use uuid::Uuid;

/// Tokens of a conversation at which the model has to answer (hindsight 1.1: 100,000).
const MOST_CONTEXT: u32 = 100_000;
/// Room for what is not the answer: JSON around it, a model's thoughts.
const ROOM: u32 = 2048;
/// Low, because turns have a form to keep.
const TEMPERATURE: f32 = 0.3;

/// One turn of the model. Everything may be missing: what a model leaves out is not worth a repair.
#[derive(Debug, Default, Deserialize)]
struct Turn {
    #[serde(default)]
    tool: Option<String>,
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    ids: Option<Vec<String>>,
    #[serde(default)]
    depth: Option<String>,
    #[serde(default)]
    answer: Option<String>,
    #[serde(default)]
    cited: Option<Vec<String>>,
}

impl Turn {
    /// The answer, if this turn is one.
    fn answer(&self) -> Option<&str> {
        let answer = self.answer.as_deref().map(str::trim).filter(|answer| !answer.is_empty())?;
        matches!(self.tool.as_deref(), None | Some("done" | "")).then_some(answer)
    }

    /// As it stands in the conversation.
    fn to_json(&self) -> Value {
        json!({"tool": self.tool, "query": self.query, "ids": self.ids, "depth": self.depth, "answer": null, "cited": null})
    }
}

/// The form of a turn; the last one can only be an answer.
fn form(last: bool) -> Value {
    let text = json!({"type": ["string", "null"]});
    let texts = json!({"type": ["array", "null"], "items": {"type": "string"}});
    let tools = match last {
        true => json!(["done"]),
        false => json!(["done", "recall", "search_observations", "search_mental_models", "expand"]),
    };
    json!({
        "type": "object",
        "properties": {
            "tool": {"type": "string", "enum": tools},
            "query": text, "ids": texts, "depth": text, "answer": text, "cited": texts,
        },
        "required": ["tool", "query", "ids", "depth", "answer", "cited"],
        "additionalProperties": false,
    })
}

/// The conversation and what it has cost.
struct Talk<'a> {
    retrieval: Retrieval<'a>,
    messages: Vec<Message>,
    context: u32,
    usage: Usage,
    calls: Vec<LlmCall>,
    trace_id: String,
}

/// Lets the model answer.
pub(super) async fn answer(mut retrieval: Retrieval<'_>, directives: Vec<Directive>) -> Result<Reflected> {
    let found = retrieval.first().await?;
    let question = retrieval.question;
    let system = prompt::system(&retrieval.bank.config, retrieval.bank, &directives);
    let user = prompt::opening(&question.text, question.max_tokens, &found);
    let mut talk = Talk {
        retrieval,
        messages: Vec::new(),
        context: 0,
        usage: Usage::default(),
        calls: Vec::new(),
        trace_id: Uuid::new_v4().to_string(),
    };
    talk.say(Role::System, system);
    talk.say(Role::User, user);
    let (text, cited) = match talk.turns(question.steps()).await? {
        Some(answer) => answer,
        None => (talk.plainly().await?, Vec::new()),
    };
    let mut reflected = Reflected { text, directives, ..Reflected::default() };
    if let Some(form) = &question.response_schema {
        let call = talk.call();
        let filled =
            structured::fill(talk.retrieval.engine, &call, question.purpose, &reflected.text, form).await?;
        talk.usage += filled.usage;
        talk.calls.push(filled.call);
        match filled.output {
            Ok(output) => reflected.structured_output = Some(output),
            Err(wrong) => reflected.structured_output_error = Some(wrong),
        }
    }
    talk.retrieval.evidence.keep_cited(&cited);
    Ok(Reflected {
        evidence: talk.retrieval.evidence,
        tool_calls: talk.retrieval.calls,
        llm_calls: talk.calls,
        usage: talk.usage,
        ..reflected
    })
}

impl Talk<'_> {
    fn say(&mut self, role: Role, content: String) {
        self.context = self.context.saturating_add(unit::tokens(&content));
        self.messages.push(Message { role, content });
    }

    fn call(&self) -> Call<'_> {
        Call {
            bank: self.retrieval.bank,
            scope: "reflect",
            trace_id: &self.trace_id,
            metadata: match &self.retrieval.question.mental_model {
                Some(id) => json!({"mental_model_id": id}),
                None => json!({}),
            },
        }
    }

    fn prompt(&self, schema: Option<Value>) -> Prompt {
        let question = self.retrieval.question;
        Prompt {
            purpose: question.purpose,
            messages: self.messages.clone(),
            schema,
            max_output_tokens: question.max_tokens.saturating_add(ROOM),
            temperature: TEMPERATURE,
        }
    }

    /// Up to `most` turns. The answer with what it cites; `None` when none could be read.
    async fn turns(&mut self, most: usize) -> Result<Option<(String, Vec<String>)>> {
        for step in 1..=most {
            let last = step == most || self.context >= MOST_CONTEXT;
            let started = Instant::now();
            let asked =
                llm::json_answer(self.retrieval.engine, &self.call(), &self.prompt(Some(form(last)))).await;
            let err = if asked.is_err() { "_err" } else { "" };
            let scope = format!("agent_{step}{err}");
            self.calls.push(LlmCall { scope, duration_ms: elapsed_ms(started) });
            let answered = asked?;
            self.usage += answered.usage;
            let turn: Turn = match answered.answer {
                Answer::Read(turn) => turn,
                Answer::Truncated | Answer::Unreadable(_) => return Ok(None),
            };
            if let Some(answer) = turn.answer() {
                return Ok(Some((answer.to_owned(), turn.cited.unwrap_or_default())));
            }
            if last {
                return Ok(None);
            }
            let found = self.look_up(&turn).await?;
            self.say(Role::Assistant, turn.to_json().to_string());
            self.say(Role::User, prompt::more(&found, step + 1 == most || self.context >= MOST_CONTEXT));
        }
        Ok(None)
    }

    /// Does what a turn asks for. What it brought, or what is wrong with it, for the model.
    async fn look_up(&mut self, turn: &Turn) -> Result<String> {
        let query = turn.query.as_deref().map(str::trim).filter(|query| !query.is_empty());
        let tool = turn.tool.as_deref().unwrap_or_default();
        if tool == "expand" {
            let whole = turn.depth.as_deref() == Some("document");
            return self.retrieval.expand(turn.ids.as_deref().unwrap_or_default(), whole).await;
        }
        let Some(query) = query else { return Ok(format!("The tool \"{tool}\" needs a query.")) };
        let repeated = |call: &super::ToolCall| call.tool == tool && call.input["query"] == query;
        if self.retrieval.calls.iter().any(repeated) {
            return Ok("This was looked up before; it brings nothing new.".to_owned());
        }
        match tool {
            "recall" => self.retrieval.recall(query).await,
            "search_observations" => self.retrieval.search_observations(query).await,
            "search_mental_models" => self.retrieval.search_models(query).await,
            _ => Ok("There is no such tool.".to_owned()),
        }
    }

    /// Asks for the answer in plain text: the model cannot keep to the form.
    async fn plainly(&mut self) -> Result<String> {
        let started = Instant::now();
        let ask = "Answer the question now, in plain Markdown without JSON, from what was looked up above.";
        if let Some(last) = self.messages.last_mut() {
            // The last message is the user's; two in a row are refused by some providers.
            last.content = format!("{}\n\n{ask}", last.content);
        }
        let asked = llm::ask(self.retrieval.engine, &self.call(), &self.prompt(None)).await;
        let scope = if asked.is_err() { "final_err" } else { "final" };
        self.calls.push(LlmCall { scope: scope.to_owned(), duration_ms: elapsed_ms(started) });
        let answered = asked?;
        self.usage += answered.usage;
        match answered.text.trim() {
            "" => Err(EngineError::refused(StatusCode::INTERNAL_SERVER_ERROR, "the model gave no answer")),
            text => Ok(text.to_owned()),
        }
    }
}
