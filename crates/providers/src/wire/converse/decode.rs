//! Reads Converse answers. Deltas that are not known pass through as notes, blocks that are not known as
//! opaque ones; neither is an error, because the vendor adds both without notice.

use crate::classify;
use crate::error::ProviderError;
use crate::event::Event;
use crate::frame::EXCEPTION;
use crate::wire::Reader;
use aws_smithy_types::base64;
use rearview_domain::turn::{FinishReason, Usage};
use serde_json::{Map, Value, json};

/// The state of one answer.
#[derive(Default)]
pub(crate) struct Decoder {
    /// The blocks that have not ended. Blocks of text and reasoning begin with their first delta.
    open: Vec<Block>,
    /// Blocks begun so far.
    blocks: u32,
    usage: Usage,
    /// Why the model stopped, once it did. Usage comes after it.
    finish: Option<FinishReason>,
}

struct Block {
    /// The provider's number of it. Ours is another one where one of theirs changes its kind.
    index: u64,
    number: u32,
    content: Content,
}

enum Content {
    Text,
    Reasoning,
    ToolCall,
    /// Reasoning that nobody may read: pieces of base64, handed on as one at the end.
    Redacted(Vec<String>),
    /// Any other block: its beginning, the text of its input, and what else came for it.
    Other(Value, String, Vec<Value>),
}

impl Reader for Decoder {
    fn frame(&mut self, event: &str, value: &Value, raw: &str, out: &mut Vec<Event>) {
        if let Some(name) = event.strip_prefix(EXCEPTION) {
            let error = classify::aws::named(classify::from_json(value, None), name);
            return out.push(Event::Failed(error));
        }
        let index = value.get("contentBlockIndex").and_then(Value::as_u64).unwrap_or(0);
        match event {
            "messageStart" => out.push(Event::Started { id: None, model: None }),
            "contentBlockStart" => self.block_start(index, &value["start"], out),
            "contentBlockDelta" => {
                if !self.block_delta(index, &value["delta"], out) {
                    out.push(Event::Note(raw.to_owned()));
                }
            }
            "contentBlockStop" => self.block_stop(index, out),
            "messageStop" => {
                self.finish = Some(finish_reason(value));
                self.end_blocks(out);
            }
            "metadata" => {
                self.report(&value["usage"], out);
                if let Some(reason) = self.finish.take() {
                    out.push(Event::Finished { reason, usage: self.usage.clone() });
                }
            }
            _ => out.push(Event::Note(raw.to_owned())),
        }
    }

    fn whole(&mut self, value: &Value, out: &mut Vec<Event>) -> bool {
        let Some(content) = value.pointer("/output/message/content").and_then(Value::as_array) else {
            return false;
        };
        out.push(Event::Started { id: None, model: None });
        for (index, block) in (0..).zip(content) {
            self.whole_block(index, block, out);
            self.block_stop(index, out);
        }
        self.report(&value["usage"], out);
        out.push(Event::Finished { reason: finish_reason(value), usage: self.usage.clone() });
        true
    }

    /// After `messageStop` everything has come but perhaps the usage; before it the answer is cut off.
    fn end(&mut self, cause: ProviderError, out: &mut Vec<Event>) {
        out.push(match self.finish.take() {
            Some(reason) => Event::Finished { reason, usage: self.usage.clone() },
            None => Event::Failed(cause),
        });
    }
}

impl Decoder {
    fn block_start(&mut self, index: u64, start: &Value, out: &mut Vec<Event>) {
        match start.get("toolUse") {
            // A tool that runs at the provider has a type; it is nothing that we should run.
            Some(call) if call.get("type").is_none() => self.call(index, call, out),
            _ if start.as_object().is_none_or(Map::is_empty) => {}
            _ => self.begin(index, Content::Other(start.clone(), String::new(), Vec::new()), out),
        }
    }

    /// A call of one of our tools begins, with its input when that is there already.
    fn call(&mut self, index: u64, call: &Value, out: &mut Vec<Event>) {
        self.begin(index, Content::ToolCall, out);
        let block = self.blocks - 1;
        let text = |field: &str| call.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
        let id =
            Some(text("toolUseId")).filter(|id| !id.is_empty()).unwrap_or_else(|| format!("call_{block}"));
        out.push(Event::ToolCallStart { block, id, name: text("name") });
        let empty = |input: &Value| input.is_null() || input.as_object().is_some_and(Map::is_empty);
        if let Some(input) = call.get("input").filter(|input| !empty(input)) {
            out.push(Event::ToolCallArguments { block, delta: input.to_string() });
        }
    }

    /// False when the delta is not known.
    fn block_delta(&mut self, index: u64, delta: &Value, out: &mut Vec<Event>) -> bool {
        let text = |path: &str| delta.pointer(path).and_then(Value::as_str).map(str::to_owned);
        if let Some(delta) = text("/text") {
            if !delta.is_empty() {
                let block =
                    self.block(index, |content| matches!(content, Content::Text), || Content::Text, out);
                out.push(Event::Text { block: block.number, delta });
            }
        } else if let Some(input) = text("/toolUse/input") {
            let open = self.open.iter_mut().find(|block| block.index == index);
            match open.map(|block| (block.number, &mut block.content)) {
                Some((_, Content::Other(_, of, _))) => of.push_str(&input),
                Some((block, Content::ToolCall)) if !input.is_empty() => {
                    out.push(Event::ToolCallArguments { block, delta: input });
                }
                Some((_, Content::ToolCall)) => {}
                _ => return false,
            }
        } else if let Some(delta) = text("/reasoningContent/text") {
            if !delta.is_empty() {
                let block = self.reasoning(index, out);
                out.push(Event::Reasoning { block, delta });
            }
        } else if let Some(delta) = text("/reasoningContent/signature") {
            // Never dropped when it repeats: the pieces together are what the vendor checks.
            let block = self.reasoning(index, out);
            out.push(Event::Signature { block, delta });
        } else if let Some(piece) = text("/reasoningContent/redactedContent") {
            let is = |content: &Content| matches!(content, Content::Redacted(_));
            let block = self.block(index, is, || Content::Redacted(Vec::new()), out);
            if let Content::Redacted(pieces) = &mut block.content {
                pieces.push(piece);
            }
        } else if let Some(result) = delta.get("toolResult").and_then(Value::as_array) {
            let open = self.open.iter_mut().find(|block| block.index == index);
            match open.map(|block| &mut block.content) {
                Some(Content::Other(_, _, content)) => content.extend(result.iter().cloned()),
                _ => return false,
            }
        } else {
            return false;
        }
        true
    }

    fn block_stop(&mut self, index: u64, out: &mut Vec<Event>) {
        if let Some(at) = self.open.iter().position(|block| block.index == index) {
            end_block(self.open.remove(at), out);
        }
    }

    /// Ends what is still open, in the order it began.
    fn end_blocks(&mut self, out: &mut Vec<Event>) {
        self.open.drain(..).for_each(|block| end_block(block, out));
    }

    /// One block of a whole answer.
    fn whole_block(&mut self, index: u64, block: &Value, out: &mut Vec<Event>) {
        let reasoning = block.pointer("/reasoningContent/reasoningText");
        let cited = block.pointer("/citationsContent/content").and_then(Value::as_array);
        if let Some(text) = block.get("text").and_then(Value::as_str) {
            self.block_delta(index, &json!({ "text": text }), out);
        } else if let Some(call) = block.get("toolUse").filter(|call| call.get("type").is_none()) {
            self.call(index, call, out);
        } else if let Some(reasoning) = reasoning {
            for field in ["text", "signature"] {
                if let Some(text) = reasoning.get(field).filter(|text| text.is_string()) {
                    self.block_delta(index, &json!({ "reasoningContent": { field: text } }), out);
                }
            }
        } else if let Some(cited) = cited {
            // Text with its sources; a stream gives the same text as plain deltas.
            for piece in cited {
                self.block_delta(index, piece, out);
            }
        } else if block.is_object() {
            self.begin(index, Content::Other(block.clone(), String::new(), Vec::new()), out);
        }
    }

    fn reasoning(&mut self, index: u64, out: &mut Vec<Event>) -> u32 {
        let is = |content: &Content| matches!(content, Content::Reasoning);
        self.block(index, is, || Content::Reasoning, out).number
    }

    /// The open block of that index when it is of the wanted kind, else a fresh one.
    fn block(
        &mut self,
        index: u64,
        wanted: impl Fn(&Content) -> bool,
        fresh: impl Fn() -> Content,
        out: &mut Vec<Event>,
    ) -> &mut Block {
        let found = self.open.iter().position(|block| block.index == index && wanted(&block.content));
        let at = found.unwrap_or_else(|| {
            self.begin(index, fresh(), out);
            self.open.len() - 1
        });
        &mut self.open[at]
    }

    /// Begins a block; one that was open under the same index has ended.
    fn begin(&mut self, index: u64, content: Content, out: &mut Vec<Event>) {
        self.block_stop(index, out);
        self.open.push(Block { index, number: self.blocks, content });
        self.blocks += 1;
    }

    /// Takes counts. Ours of the prompt is all of it; `inputTokens` leaves out what was read from the cache
    /// or written to it. Source: Bedrock's documentation of prompt caching.
    fn report(&mut self, usage: &Value, out: &mut Vec<Event>) {
        let count = |field: &str| {
            usage.get(field).and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok())
        };
        let (cache_read, cache_write) = (count("cacheReadInputTokens"), count("cacheWriteInputTokens"));
        let cached = cache_read.unwrap_or(0).saturating_add(cache_write.unwrap_or(0));
        let usage = Usage {
            input: count("inputTokens").map(|input| input.saturating_add(cached)),
            output: count("outputTokens"),
            cache_read,
            cache_write,
            reasoning: None,
        };
        if usage != Usage::default() {
            self.usage = usage.clone();
            out.push(Event::Usage(usage));
        }
    }
}

fn end_block(block: Block, out: &mut Vec<Event>) {
    let number = block.number;
    match block.content {
        Content::Text | Content::Reasoning | Content::ToolCall => {}
        Content::Redacted(pieces) => {
            let value = json!({ "reasoningContent": { "redactedContent": joined(&pieces) } });
            out.push(Event::Opaque { block: number, value });
        }
        Content::Other(mut value, input, content) => {
            let input = serde_json::from_str::<Map<String, Value>>(&input);
            if let (Some(Value::Object(call)), Ok(input)) = (value.get_mut("toolUse"), input) {
                call.insert("input".into(), Value::Object(input));
            }
            if let (Some(Value::Object(result)), false) = (value.get_mut("toolResult"), content.is_empty()) {
                result.insert("content".into(), Value::Array(content));
            }
            out.push(Event::Opaque { block: number, value });
        }
    }
    out.push(Event::BlockEnd { block: number });
}

/// Pieces of bytes, each in base64, as one: behind padding nothing may follow.
fn joined(pieces: &[String]) -> String {
    if let [piece] = pieces {
        return piece.clone();
    }
    match pieces.iter().map(base64::decode).collect::<Result<Vec<_>, _>>() {
        Ok(bytes) => base64::encode(bytes.concat()),
        Err(_) => pieces.concat(),
    }
}

/// Why the model stopped; one that does not say is taken to be done.
fn finish_reason(value: &Value) -> FinishReason {
    match value.get("stopReason").and_then(Value::as_str).unwrap_or("end_turn") {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "tool_use" => FinishReason::ToolCalls,
        "guardrail_intervened" | "content_filtered" => FinishReason::ContentFilter,
        // Not in the service model, but Claude's own word.
        "refusal" => FinishReason::Refusal,
        raw => FinishReason::Other { raw: raw.to_owned() },
    }
}
