//! Reads generateContent frames. Each is a whole partial answer, and the stream just ends: no mark says that
//! it is over, so a finish reason must have come before.
//!
//! What has to go back on the part that it came with is kept in companions; see `replay`.

use super::pieces;
use super::replay::{self, SIGNATURE};
use crate::classify;
use crate::error::{ErrorKind, ProviderError};
use crate::event::Event;
use crate::target::Target;
use crate::wire::Reader;
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// The block that increments are added to.
enum Open {
    /// Text, with its bytes so far and the runs of them that came signed.
    Text {
        block: u32,
        length: usize,
        signed: Vec<(usize, usize, String)>,
    },
    Reasoning {
        block: u32,
    },
    /// A call whose arguments come in pieces.
    Call {
        block: u32,
        name: String,
        arguments: Map<String, Value>,
        kept: Kept,
    },
}

/// What goes into a call's companion.
struct Kept {
    id: String,
    signature: Option<String>,
    /// Whether the API gave the id.
    given: bool,
}

/// The state of one answer.
pub(crate) struct Decoder {
    platform: &'static str,
    started: bool,
    blocks: u32,
    open: Option<Open>,
    /// Ids of the calls so far.
    ids: HashSet<String>,
    tokens: Tokens,
    usage: Usage,
    finish: Option<FinishReason>,
}

/// Counts as last reported; not every frame repeats all of them.
#[derive(Default)]
struct Tokens {
    prompt: Option<u32>,
    tools: Option<u32>,
    cached: Option<u32>,
    said: Option<u32>,
    thought: Option<u32>,
    total: Option<u32>,
}

impl Decoder {
    pub(crate) fn new(target: &Target) -> Self {
        Self {
            platform: replay::platform(target),
            started: false,
            blocks: 0,
            open: None,
            ids: HashSet::new(),
            tokens: Tokens::default(),
            usage: Usage::default(),
            finish: None,
        }
    }
}

impl Reader for Decoder {
    /// One frame of a stream.
    fn frame(&mut self, event: &str, value: &Value, raw: &str, out: &mut Vec<Event>) {
        let says_error = |value: &Value| value.get("error").is_some_and(|error| !error.is_null());
        if says_error(value) || value.get(0).is_some_and(says_error) || event == "error" {
            return self.fail(classify::from_json(value, None), out);
        }
        if !self.chunk(value, out) {
            out.push(Event::Note(raw.to_owned()));
        }
    }

    /// A whole answer instead of a stream, or the list of frames that comes without `alt=sse`. False when
    /// it is neither.
    fn whole(&mut self, value: &Value, out: &mut Vec<Event>) -> bool {
        match value.as_array() {
            Some(frames) => {
                if frames.first().is_some_and(|first| !is_answer(first)) {
                    return false;
                }
                for frame in frames {
                    self.frame("", frame, &frame.to_string(), out);
                }
            }
            None if is_answer(value) => {
                self.chunk(value, out);
            }
            None => return false,
        }
        self.end(ProviderError::new(ErrorKind::Truncated, "").detail("it holds no answer"), out);
        true
    }

    /// The end of the bytes.
    fn end(&mut self, cause: ProviderError, out: &mut Vec<Event>) {
        let Some(reason) = self.finish.take() else { return self.fail(cause, out) };
        self.close(out);
        // This wire has no finish reason for calls.
        let called = reason == FinishReason::Stop && !self.ids.is_empty();
        let reason = if called { FinishReason::ToolCalls } else { reason };
        out.push(Event::Finished { reason, usage: self.usage.clone() });
    }
}

impl Decoder {
    fn fail(&mut self, error: ProviderError, out: &mut Vec<Event>) {
        self.close(out);
        out.push(Event::Failed(error));
    }

    /// False when nothing in it is known.
    fn chunk(&mut self, value: &Value, out: &mut Vec<Event>) -> bool {
        if !is_answer(value) {
            return false;
        }
        if !self.started {
            self.started = true;
            let text = |field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
            out.push(Event::Started { id: text("responseId"), model: text("modelVersion") });
        }
        let candidates = value.get("candidates").and_then(Value::as_array);
        // Only one answer is asked for; a server that sends more is read as if it sent the first.
        let first = |candidate: &&Value| candidate.get("index").and_then(Value::as_u64).unwrap_or(0) == 0;
        for candidate in candidates.into_iter().flatten().filter(first) {
            let parts = candidate.pointer("/content/parts").and_then(Value::as_array);
            parts.into_iter().flatten().for_each(|part| self.part(part, out));
            if let Some(reason) = candidate.get("finishReason").and_then(Value::as_str) {
                self.finish = Some(finish_reason(reason));
            }
        }
        if let Some(usage) = value.get("usageMetadata") {
            self.report(usage, out);
        }
        let reason = value.pointer("/promptFeedback/blockReason").and_then(Value::as_str);
        if let Some(reason) = reason.filter(|_| candidates.is_none_or(Vec::is_empty)) {
            let mut error = ProviderError::new(ErrorKind::ContentFilter, "");
            error.detail = Some(format!("it blocked the message ({reason})"));
            error.vendor_code = Some(reason.to_owned());
            let words = value.pointer("/promptFeedback/blockReasonMessage").and_then(Value::as_str);
            error.vendor_message = words.map(str::to_owned);
            self.fail(error, out);
        }
        true
    }

    fn part(&mut self, part: &Value, out: &mut Vec<Event>) {
        let signature = part.get(SIGNATURE).and_then(Value::as_str).filter(|text| !text.is_empty());
        let thought = part.get("thought").and_then(Value::as_bool).unwrap_or(false);
        match (part.get("functionCall"), part.get("text").and_then(Value::as_str)) {
            (Some(call), _) => {
                if !self.call(call, signature, out) {
                    out.push(Event::Note(part.to_string()));
                }
            }
            (None, Some(text)) if thought => self.think(text, signature, out),
            (None, Some("")) if signature.is_none() => {}
            // A signature with no text before it is a part of its own.
            (None, Some("")) if !matches!(self.open, Some(Open::Text { .. })) => self.opaque(part, out),
            (None, Some(text)) => self.say(text, signature, out),
            (None, None) => match part.as_object() {
                Some(fields) if fields.is_empty() => {}
                // Images, code and its results, and whatever comes next year.
                Some(_) => self.opaque(part, out),
                None => out.push(Event::Note(part.to_string())),
            },
        }
    }

    fn say(&mut self, text: &str, signature: Option<&str>, out: &mut Vec<Event>) {
        if !matches!(self.open, Some(Open::Text { .. })) {
            self.close(out);
            self.open = Some(Open::Text { block: self.next_block(), length: 0, signed: Vec::new() });
        }
        let Some(Open::Text { block, length, signed }) = &mut self.open else { return };
        let start = *length;
        *length += text.len();
        signed.extend(signature.map(|signature| (start, *length, signature.to_owned())));
        if !text.is_empty() {
            out.push(Event::Text { block: *block, delta: text.to_owned() });
        }
    }

    /// Two signatures in one block would run into each other, so a signed thought ends its block.
    fn think(&mut self, text: &str, signature: Option<&str>, out: &mut Vec<Event>) {
        if text.is_empty() && signature.is_none() {
            return;
        }
        let block = match self.open {
            Some(Open::Reasoning { block }) => block,
            _ => {
                self.close(out);
                let block = self.next_block();
                self.open = Some(Open::Reasoning { block });
                block
            }
        };
        if !text.is_empty() {
            out.push(Event::Reasoning { block, delta: text.to_owned() });
        }
        if let Some(signature) = signature {
            out.push(Event::Signature { block, delta: signature.to_owned() });
            self.close(out);
        }
    }

    fn opaque(&mut self, value: &Value, out: &mut Vec<Event>) {
        self.close(out);
        self.keep(value.clone(), out);
    }

    fn keep(&mut self, value: Value, out: &mut Vec<Event>) {
        let block = self.next_block();
        out.push(Event::Opaque { block, value });
        out.push(Event::BlockEnd { block });
    }

    /// A call, whole or in pieces. False when nothing in it is known.
    fn call(&mut self, call: &Value, signature: Option<&str>, out: &mut Vec<Event>) -> bool {
        let text = |field: &str| call.get(field).and_then(Value::as_str).unwrap_or_default();
        let (id, name) = (text("id"), text("name"));
        let pieces = call.get("partialArgs").and_then(Value::as_array);
        let continues = match &self.open {
            Some(Open::Call { name: open, kept, .. }) => {
                name.is_empty() || (name == open && pieces.is_some() && (id.is_empty() || id == kept.id))
            }
            _ => false,
        };
        if !continues {
            if name.is_empty() {
                return false;
            }
            self.close(out);
            self.begin_call(id, name, out);
        }
        let Some(Open::Call { arguments, kept, .. }) = &mut self.open else { return false };
        if kept.signature.is_none() {
            kept.signature = signature.map(str::to_owned);
        }
        if let Some(whole) = call.get("args").and_then(Value::as_object) {
            arguments.extend(whole.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        for piece in pieces.into_iter().flatten() {
            if !pieces::put(arguments, piece) {
                out.push(Event::Note(piece.to_string()));
            }
        }
        if call.get("willContinue").and_then(Value::as_bool) != Some(true) {
            self.close(out);
        }
        true
    }

    /// The API need not name a call and may name two alike; ours are unique in the answer.
    fn begin_call(&mut self, id: &str, name: &str, out: &mut Vec<Event>) {
        let block = self.next_block();
        let given = !id.is_empty() && !self.ids.contains(id);
        let mut own = if given { id.to_owned() } else { format!("call_{block}") };
        while !self.ids.insert(own.clone()) {
            own.push('_');
        }
        out.push(Event::ToolCallStart { block, id: own.clone(), name: name.to_owned() });
        let kept = Kept { id: own, signature: None, given };
        self.open = Some(Open::Call { block, name: name.to_owned(), arguments: Map::new(), kept });
    }

    /// Ends the open block, with its companion behind it.
    fn close(&mut self, out: &mut Vec<Event>) {
        match self.open.take() {
            None => {}
            Some(Open::Reasoning { block }) => out.push(Event::BlockEnd { block }),
            Some(Open::Text { block, length, signed }) => {
                out.push(Event::BlockEnd { block });
                if !signed.is_empty() {
                    self.keep(replay::of_text(length, &signed), out);
                }
            }
            Some(Open::Call { block, arguments, kept, .. }) => {
                if !arguments.is_empty() {
                    let delta = Value::Object(arguments).to_string();
                    out.push(Event::ToolCallArguments { block, delta });
                }
                out.push(Event::BlockEnd { block });
                let id_from = kept.given.then_some(self.platform);
                if let Some(companion) = replay::of_call(&kept.id, kept.signature.as_deref(), id_from) {
                    self.keep(companion, out);
                }
            }
        }
    }

    fn next_block(&mut self) -> u32 {
        let block = self.blocks;
        self.blocks += 1;
        block
    }

    /// Takes counts; reports are cumulative, so the latest count.
    fn report(&mut self, usage: &Value, out: &mut Vec<Event>) {
        let count = |field: &str| {
            usage.get(field).and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok())
        };
        let tokens = &mut self.tokens;
        for (slot, field) in [
            (&mut tokens.prompt, "promptTokenCount"),
            (&mut tokens.tools, "toolUsePromptTokenCount"),
            (&mut tokens.cached, "cachedContentTokenCount"),
            (&mut tokens.said, "candidatesTokenCount"),
            (&mut tokens.thought, "thoughtsTokenCount"),
            (&mut tokens.total, "totalTokenCount"),
        ] {
            *slot = count(field).or(*slot);
        }
        let usage = tokens.usage();
        if usage != self.usage {
            self.usage = usage.clone();
            out.push(Event::Usage(usage));
        }
    }
}

impl Tokens {
    fn usage(&self) -> Usage {
        let sum = |a: Option<u32>, b: Option<u32>| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (a, b) => a.or(b),
        };
        let input = sum(self.prompt, self.tools);
        // Some models count thoughts among what was said; the total shows it.
        let counted = self.said.is_some() && self.total.is_some() && sum(input, self.said) == self.total;
        let output = if counted { self.said } else { sum(self.said, self.thought) };
        Usage { input, output, cache_read: self.cached, cache_write: None, reasoning: self.thought }
    }
}

/// Whether anything in it is of an answer.
fn is_answer(value: &Value) -> bool {
    ["candidates", "promptFeedback", "usageMetadata"].iter().any(|field| value.get(field).is_some())
}

/// The reasons of Google's client library (google-genai 3.6.1, `FinishReason`). Broken calls, languages,
/// images that did not come and whatever is new keep the vendor's word.
fn finish_reason(raw: &str) -> FinishReason {
    match raw {
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" | "CONTINUATION" => FinishReason::Length,
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION"
        | "MODEL_ARMOR"
        | "ESCALATION" => FinishReason::ContentFilter,
        raw => FinishReason::Other { raw: raw.to_owned() },
    }
}
