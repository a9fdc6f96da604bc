//! Reads the lines of `/api/chat`. A line that is the whole answer is read like any other.

use crate::classify;
use crate::error::ProviderError;
use crate::event::Event;
use crate::wire::Reader;
use crate::wire::openai_chat::think::{Think, Told};
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::Value;

/// The kind of the block that text is being added to.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Reasoning,
}

/// The state of one answer.
#[derive(Default)]
pub(crate) struct Decoder {
    started: bool,
    blocks: u32,
    open: Option<(Kind, u32)>,
    /// Models whose template Ollama does not know think in tags inside their text.
    think: Think,
    called: bool,
}

impl Reader for Decoder {
    fn frame(&mut self, _event: &str, value: &Value, raw: &str, out: &mut Vec<Event>) {
        if value.get("error").is_some_and(|error| !error.is_null()) {
            self.flush(out);
            return out.push(Event::Failed(classify::from_json(value, None)));
        }
        let message = value.get("message").filter(|message| message.is_object());
        let done = value.get("done").and_then(Value::as_bool).unwrap_or(false);
        if message.is_none() && !done {
            return out.push(Event::Note(raw.to_owned()));
        }
        if !self.started {
            self.started = true;
            let model = value.get("model").and_then(Value::as_str).map(str::to_owned);
            out.push(Event::Started { id: None, model });
        }
        if let Some(message) = message {
            self.message(message, out);
        }
        if done {
            self.done_line(value, out);
        }
    }

    fn whole(&mut self, value: &Value, out: &mut Vec<Event>) -> bool {
        let is_answer = value.get("message").is_some_and(Value::is_object)
            && value.get("done").and_then(Value::as_bool) == Some(true);
        if is_answer {
            self.frame("", value, "", out);
        }
        is_answer
    }

    /// The end of the bytes without a line that says so: a truncation, whatever came before.
    fn end(&mut self, cause: ProviderError, out: &mut Vec<Event>) {
        self.flush(out);
        out.push(Event::Failed(cause));
    }
}

impl Decoder {
    fn message(&mut self, message: &Value, out: &mut Vec<Event>) {
        let text = |field: &str| message.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
        if let Some(thinking) = text("thinking") {
            self.flush(out);
            self.say(Kind::Reasoning, thinking, out);
        }
        if let Some(content) = text("content") {
            let told = self.think.feed(content);
            self.tell(told, out);
        }
        for call in message.get("tool_calls").and_then(Value::as_array).into_iter().flatten() {
            self.call(call, out);
        }
    }

    /// A call comes whole, its arguments as an object. Older versions give it no id.
    fn call(&mut self, call: &Value, out: &mut Vec<Event>) {
        self.flush(out);
        self.close_open(out);
        self.called = true;
        let block = self.next_block();
        let text = |value: Option<&Value>| {
            value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let id = text(call.get("id")).unwrap_or_else(|| format!("call_{block}"));
        let name = text(call.pointer("/function/name")).unwrap_or_default();
        out.push(Event::ToolCallStart { block, id, name });
        let arguments = match call.pointer("/function/arguments") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(whole) => whole.to_string(),
        };
        if !arguments.is_empty() {
            out.push(Event::ToolCallArguments { block, delta: arguments });
        }
        out.push(Event::BlockEnd { block });
    }

    /// The last line. It says `stop` after calls, too.
    fn done_line(&mut self, value: &Value, out: &mut Vec<Event>) {
        self.flush(out);
        self.close_open(out);
        let count = |field: &str| {
            value.get(field).and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok())
        };
        let usage =
            Usage { input: count("prompt_eval_count"), output: count("eval_count"), ..Usage::default() };
        if usage != Usage::default() {
            out.push(Event::Usage(usage.clone()));
        }
        let reason = match value.get("done_reason").and_then(Value::as_str) {
            Some("stop") | None | Some("") if self.called => FinishReason::ToolCalls,
            Some("stop") | None | Some("") => FinishReason::Stop,
            Some("length") => FinishReason::Length,
            Some(raw) => FinishReason::Other { raw: raw.to_owned() },
        };
        out.push(Event::Finished { reason, usage });
    }

    /// Says what was held back because it might have become a tag.
    fn flush(&mut self, out: &mut Vec<Event>) {
        let told = self.think.end();
        self.tell(told, out);
    }

    fn tell(&mut self, told: Vec<Told>, out: &mut Vec<Event>) {
        for told in told {
            match told {
                Told::Text(text) => self.say(Kind::Text, &text, out),
                Told::Reasoning(text) => self.say(Kind::Reasoning, &text, out),
            }
        }
    }

    /// Adds to the block of that kind, beginning one when another kind was open.
    fn say(&mut self, kind: Kind, text: &str, out: &mut Vec<Event>) {
        if text.is_empty() {
            return;
        }
        let block = match self.open {
            Some((open, block)) if open == kind => block,
            _ => {
                self.close_open(out);
                let block = self.next_block();
                self.open = Some((kind, block));
                block
            }
        };
        let delta = text.to_owned();
        out.push(match kind {
            Kind::Text => Event::Text { block, delta },
            Kind::Reasoning => Event::Reasoning { block, delta },
        });
    }

    fn close_open(&mut self, out: &mut Vec<Event>) {
        if let Some((_, block)) = self.open.take() {
            out.push(Event::BlockEnd { block });
        }
    }

    fn next_block(&mut self) -> u32 {
        let block = self.blocks;
        self.blocks += 1;
        block
    }
}
