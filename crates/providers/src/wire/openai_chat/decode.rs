//! Reads Chat Completions frames, with everything that servers in the wild do differently.
//!
//! Tool calls are in `tools`, what reasoning needs to go back is in `reasoning`, text in `<think>` tags
//! in `think`.

use super::reasoning;
use super::think::{Think, Told};
use super::tools::Tools;
use crate::classify;
use crate::error::ProviderError;
use crate::event::Event;
use crate::target::Target;
use crate::wire::Reader;
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::Value;

/// The kind of the block that text is being added to.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Reasoning,
}

/// The state of one answer.
pub(crate) struct Decoder {
    host: String,
    started: bool,
    blocks: u32,
    open: Option<(Kind, u32)>,
    think: Think,
    tools: Tools,
    details: Vec<Value>,
    usage: Usage,
    finish: Option<FinishReason>,
    refused: bool,
    /// Whether the answer said anything at all.
    said: bool,
}

impl Decoder {
    pub(crate) fn new(target: &Target) -> Self {
        Self {
            host: reasoning::host(target),
            started: false,
            blocks: 0,
            open: None,
            think: Think::default(),
            tools: Tools::default(),
            details: Vec::new(),
            usage: Usage::default(),
            finish: None,
            refused: false,
            said: false,
        }
    }
}

impl Reader for Decoder {
    /// One frame of a stream.
    fn frame(&mut self, event: &str, value: &Value, raw: &str, out: &mut Vec<Event>) {
        let error = value.get("error").is_some_and(|error| !error.is_null() && *error != "");
        if error || event == "error" || value["object"] == "error" {
            return self.fail(classify::from_json(value, None), out);
        }
        if !self.chunk(value, out) {
            out.push(Event::Note(raw.to_owned()));
        }
    }

    /// A whole answer instead of a stream. False when it is none.
    fn whole(&mut self, value: &Value, out: &mut Vec<Event>) -> bool {
        let is_answer =
            value.get("choices").and_then(Value::as_array).is_some_and(|choices| !choices.is_empty());
        if !is_answer {
            return false;
        }
        self.chunk(value, out);
        self.done(out);
        true
    }

    /// The mark of the end. A server that never says why the model stopped means that it was done.
    fn done(&mut self, out: &mut Vec<Event>) {
        if self.finish.is_none() && self.said {
            self.finish = Some(FinishReason::Stop);
        }
        self.end(ProviderError::new(crate::ErrorKind::Truncated, "").detail("it holds no answer"), out);
    }

    /// The end of the bytes. Many servers leave out the mark, so a finish reason is enough.
    fn end(&mut self, cause: ProviderError, out: &mut Vec<Event>) {
        let Some(reason) = self.finish.take() else { return self.fail(cause, out) };
        self.flush(out);
        self.close_open(out);
        self.tools.end(&mut self.blocks, out);
        if !self.details.is_empty() {
            let block = self.next_block();
            let value = reasoning::details_block(&self.host, std::mem::take(&mut self.details));
            out.push(Event::Opaque { block, value });
            out.push(Event::BlockEnd { block });
        }
        let reason = if self.refused { FinishReason::Refusal } else { reason };
        out.push(Event::Finished { reason, usage: self.usage.clone() });
    }
}

impl Decoder {
    fn fail(&mut self, error: ProviderError, out: &mut Vec<Event>) {
        self.flush(out);
        out.push(Event::Failed(error));
    }

    /// False when nothing in it is known.
    fn chunk(&mut self, value: &Value, out: &mut Vec<Event>) -> bool {
        let choices = value.get("choices").and_then(Value::as_array);
        let usage = [value.get("usage"), value.pointer("/x_groq/usage")]
            .into_iter()
            .flatten()
            .find(|u| u.is_object());
        // Azure's first chunk has no choice in it, and neither id nor model.
        if choices.is_some_and(|choices| !choices.is_empty()) && !self.started {
            self.started = true;
            let text = |field: &str| {
                value.get(field).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
            };
            out.push(Event::Started { id: text("id"), model: text("model") });
        }
        // Only one answer is asked for; a server that sends more is read as if it sent the first.
        let first = |choice: &&Value| choice.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
        for choice in choices.into_iter().flatten().filter(first) {
            self.choice(choice, out);
        }
        if let Some(usage) = usage {
            self.report(usage, out);
        }
        choices.is_some() || usage.is_some()
    }

    fn choice(&mut self, choice: &Value, out: &mut Vec<Event>) {
        if let Some(delta) = choice.get("delta").or_else(|| choice.get("message")) {
            self.reasoning_fields(delta, out);
            match delta.get("content") {
                Some(Value::String(text)) => self.content(text, out),
                Some(Value::Array(chunks)) => chunks.iter().for_each(|chunk| self.typed(chunk, out)),
                _ => {}
            }
            if let Some(refusal) =
                delta.get("refusal").and_then(Value::as_str).filter(|text| !text.is_empty())
            {
                self.refused = true;
                self.flush(out);
                self.say(Kind::Text, refusal, out);
            }
            if let Some(calls) = delta.get("tool_calls").and_then(Value::as_array)
                && !calls.is_empty()
            {
                self.said = true;
                self.flush(out);
                self.close_open(out);
                self.tools.delta(calls, &mut self.blocks, out);
            }
        }
        // Moonshot reports usage inside the choice.
        if let Some(usage) = choice.get("usage").filter(|usage| usage.is_object()) {
            self.report(usage, out);
        }
        if let Some(reason) =
            choice.get("finish_reason").and_then(Value::as_str).filter(|text| !text.is_empty())
        {
            self.finish = Some(finish_reason(reason));
        }
    }

    /// Reasoning outside of the content. Servers that fill several fields repeat themselves in them, so
    /// the first that has text counts.
    fn reasoning_fields(&mut self, delta: &Value, out: &mut Vec<Event>) {
        let text = |field: &str| delta.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
        let details = delta.get("reasoning_details").and_then(Value::as_array);
        for detail in details.into_iter().flatten() {
            reasoning::push_detail(&mut self.details, detail);
        }
        if let Some(text) = text(reasoning::CONTENT_FIELD) {
            let fresh = !matches!(self.open, Some((Kind::Reasoning, _)));
            let block = self.say(Kind::Reasoning, text, out);
            if fresh {
                out.push(Event::Signature { block, delta: reasoning::signature(&self.host) });
            }
        } else if let Some(text) = text("reasoning") {
            self.say(Kind::Reasoning, text, out);
        } else {
            for text in details.into_iter().flatten().filter_map(reasoning::detail_text) {
                self.say(Kind::Reasoning, text, out);
            }
        }
    }

    /// A typed chunk inside the content (Mistral).
    fn typed(&mut self, chunk: &Value, out: &mut Vec<Event>) {
        match chunk.get("type").and_then(Value::as_str) {
            Some("text") => self.content(chunk["text"].as_str().unwrap_or_default(), out),
            Some("thinking") => match &chunk["thinking"] {
                Value::String(text) => {
                    self.say(Kind::Reasoning, text, out);
                }
                Value::Array(texts) => {
                    for text in texts.iter().filter_map(|text| text["text"].as_str()) {
                        self.say(Kind::Reasoning, text, out);
                    }
                }
                _ => {}
            },
            _ => out.push(Event::Note(chunk.to_string())),
        }
    }

    fn content(&mut self, text: &str, out: &mut Vec<Event>) {
        let told = self.think.feed(text);
        self.tell(told, out);
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
            };
        }
    }

    /// Adds to the block of that kind, beginning one when another kind was open. Answers the block.
    fn say(&mut self, kind: Kind, text: &str, out: &mut Vec<Event>) -> u32 {
        let block = match self.open {
            Some((open, block)) if open == kind => block,
            _ if text.is_empty() => return self.blocks,
            _ => {
                self.close_open(out);
                let block = self.next_block();
                self.open = Some((kind, block));
                block
            }
        };
        if !text.is_empty() {
            self.said = true;
            let delta = text.to_owned();
            out.push(match kind {
                Kind::Text => Event::Text { block, delta },
                Kind::Reasoning => Event::Reasoning { block, delta },
            });
        }
        block
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

    /// Takes a report of usage. Reports are cumulative, so the latest counts.
    fn report(&mut self, usage: &Value, out: &mut Vec<Event>) {
        let usage = read_usage(usage);
        if usage != self.usage {
            self.usage = usage.clone();
            out.push(Event::Usage(usage));
        }
    }
}

fn finish_reason(raw: &str) -> FinishReason {
    match raw {
        "stop" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "tool_calls" | "function_call" => FinishReason::ToolCalls,
        "content_filter" => FinishReason::ContentFilter,
        "refusal" => FinishReason::Refusal,
        raw => FinishReason::Other { raw: raw.to_owned() },
    }
}

fn read_usage(usage: &Value) -> Usage {
    let count =
        |path: &str| usage.pointer(path).and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok());
    let input = count("/prompt_tokens");
    let reasoning = count("/completion_tokens_details/reasoning_tokens");
    let mut output = count("/completion_tokens");
    // xAI counts reasoning beside the completion; its total shows it.
    if let (Some(input), Some(said), Some(thought), Some(total)) =
        (input, output, reasoning, count("/total_tokens"))
        && thought > 0
        && u64::from(total) == u64::from(input) + u64::from(said) + u64::from(thought)
    {
        output = said.checked_add(thought);
    }
    Usage {
        input,
        output,
        cache_read: count("/prompt_tokens_details/cached_tokens")
            .or_else(|| count("/prompt_cache_hit_tokens")),
        cache_write: count("/prompt_tokens_details/cache_write_tokens"),
        reasoning,
    }
}
