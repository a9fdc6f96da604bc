//! The items of one answer while they come: messages, reasoning, calls, and what only the server
//! understands.
//!
//! An item opens with `added` and closes with `done`, and what comes between names it by its id and its
//! place. Imitators leave out either event, either name, or the increments; some give the same item
//! another id each time. So an item is found by whatever fits, begun when it is first heard of, and what
//! its last event holds is told when it was not told before. The decoder is the only caller.

use super::call::Call;
use super::kept;
use crate::event::Event;
use serde_json::Value;
use std::mem::discriminant;

/// What an event says about the item that it belongs to.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// Its place in the answer.
    pub(super) at: Option<u64>,
    /// Its id; empty when there is none.
    pub(super) id: &'a str,
}

/// Where a piece of reasoning comes from. Servers that send both repeat themselves.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Source {
    Summary,
    Text,
}

/// All items so far.
pub(super) struct Items {
    host: String,
    list: Vec<Item>,
    blocks: u32,
    /// Whether the model refused.
    pub(super) refused: bool,
    /// Whether it called a tool of ours.
    pub(super) called: bool,
}

struct Item {
    at: Option<u64>,
    id: String,
    state: State,
    ended: bool,
}

enum State {
    /// The content parts that said something, each with its block.
    Message(Vec<(u64, u32)>),
    Reasoning(Option<Thought>),
    Call(Call),
    /// Told whole at its end.
    Other,
}

struct Thought {
    block: u32,
    source: Source,
    part: u64,
}

impl Items {
    pub(super) fn new(host: String) -> Self {
        Self { host, list: Vec::new(), blocks: 0, refused: false, called: false }
    }

    /// Whether nothing was heard of any item.
    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// An item opens.
    pub(super) fn added(&mut self, place: Place<'_>, item: &Value, out: &mut Vec<Event>) {
        let fresh = State::of(item);
        let known = self.list.iter().rposition(|known| {
            let same_id = known.id == place.id || known.id.is_empty() || place.id.is_empty();
            !known.ended && known.fits(&fresh) && known.at == place.at && same_id
        });
        let at = known.unwrap_or_else(|| self.push(place, fresh));
        if let State::Call(call) = &mut self.list[at].state {
            call.learn(item);
            call.start(&mut self.blocks, false, out);
            self.called = true;
        }
    }

    /// More of a message; of a part that has a block already only when `more` says that it is new.
    pub(super) fn text(&mut self, place: Place<'_>, part: u64, text: &str, more: bool, out: &mut Vec<Event>) {
        let at = self.find(place, State::Message(Vec::new()));
        let Self { list, blocks, .. } = self;
        if let State::Message(parts) = &mut list[at].state {
            say(parts, blocks, part, text, more, out);
        }
    }

    /// More reasoning. The parts of a summary are paragraphs.
    pub(super) fn reasoning(
        &mut self,
        place: Place<'_>,
        (source, part): (Source, u64),
        text: &str,
        more: bool,
        out: &mut Vec<Event>,
    ) {
        let at = self.find(place, State::Reasoning(None));
        if let State::Reasoning(thought) = &mut self.list[at].state {
            think(thought, &mut self.blocks, (source, part), text, more, out);
        }
    }

    /// More of a call's arguments, or with `whole` all of them.
    pub(super) fn arguments(&mut self, place: Place<'_>, text: &str, whole: bool, out: &mut Vec<Event>) {
        let at = self.find(place, State::Call(Call::default()));
        self.called = true;
        if let State::Call(call) = &mut self.list[at].state {
            call.arguments(text, whole, out);
        }
    }

    /// An item closes; it holds all that came, so what did not come is told now.
    pub(super) fn done(&mut self, place: Place<'_>, item: &Value, out: &mut Vec<Event>) {
        let fresh = State::of(item);
        let again = |known: &Item| {
            known.ended
                && known.fits(&fresh)
                && known.at == place.at
                && known.id == place.id
                && (place.at.is_some() || !place.id.is_empty())
        };
        if self.list.iter().any(again) {
            return;
        }
        let at = self.find(place, fresh);
        self.list[at].ended = true;
        let Self { host, list, blocks, refused, called } = self;
        match &mut list[at].state {
            State::Message(parts) => {
                *refused |= tell_content(parts, blocks, item, out);
                close(parts, out);
                if let Some(phase) = item.get("phase").and_then(Value::as_str) {
                    tell_kept(blocks, kept::phase(host, phase), out);
                }
            }
            State::Reasoning(thought) => {
                for (source, field) in [(Source::Text, "content"), (Source::Summary, "summary")] {
                    let parts = item.get(field).and_then(Value::as_array);
                    for (part, text) in (0u64..).zip(parts.into_iter().flatten()) {
                        let text = text.get("text").and_then(Value::as_str).unwrap_or_default();
                        think(thought, blocks, (source, part), text, false, out);
                    }
                }
                out.extend(thought.as_ref().map(|thought| Event::BlockEnd { block: thought.block }));
                // Beside the readable text, which does not go back.
                tell_kept(blocks, kept::item(host, item), out);
            }
            State::Call(call) => {
                *called = true;
                call.learn(item);
                call.end(blocks, item.get("arguments"), out);
            }
            State::Other => tell_kept(blocks, kept::item(host, item), out),
        }
    }

    /// The answer ends: what is open is closed as it is.
    pub(super) fn end(&mut self, out: &mut Vec<Event>) {
        let Self { list, blocks, .. } = self;
        for item in list.iter_mut().filter(|item| !item.ended) {
            item.ended = true;
            match &mut item.state {
                State::Message(parts) => close(parts, out),
                State::Reasoning(thought) => {
                    out.extend(thought.as_ref().map(|thought| Event::BlockEnd { block: thought.block }));
                }
                State::Call(call) => call.end(blocks, None, out),
                State::Other => {}
            }
        }
    }

    /// The open item of that kind that an event belongs to: by its id, else by its place, else, when it
    /// tells neither, the last one. None fits: it begins here.
    fn find(&mut self, place: Place<'_>, fresh: State) -> usize {
        let nameless = place.at.is_none() && place.id.is_empty();
        let open = |item: &Item| !item.ended && item.fits(&fresh);
        let by_id =
            self.list.iter().rposition(|item| open(item) && !place.id.is_empty() && item.id == place.id);
        let at = by_id
            .or_else(|| {
                self.list.iter().rposition(|item| open(item) && place.at.is_some() && item.at == place.at)
            })
            .or_else(|| self.list.iter().rposition(|item| open(item) && nameless));
        at.unwrap_or_else(|| self.push(place, fresh))
    }

    fn push(&mut self, place: Place<'_>, state: State) -> usize {
        self.list.push(Item { at: place.at, id: place.id.to_owned(), state, ended: false });
        self.list.len() - 1
    }
}

impl Item {
    fn fits(&self, state: &State) -> bool {
        discriminant(&self.state) == discriminant(state)
    }
}

impl State {
    fn of(item: &Value) -> Self {
        match item.get("type").and_then(Value::as_str) {
            Some("message") => Self::Message(Vec::new()),
            Some("reasoning") => Self::Reasoning(None),
            Some("function_call") => Self::Call(Call::default()),
            _ => Self::Other,
        }
    }
}

/// The number of the next block.
pub(super) fn next(blocks: &mut u32) -> u32 {
    let block = *blocks;
    *blocks += 1;
    block
}

fn tell_kept(blocks: &mut u32, value: Value, out: &mut Vec<Event>) {
    let block = next(blocks);
    out.push(Event::Opaque { block, value });
    out.push(Event::BlockEnd { block });
}

fn close(parts: &[(u64, u32)], out: &mut Vec<Event>) {
    out.extend(parts.iter().map(|(_, block)| Event::BlockEnd { block: *block }));
}

fn say(
    parts: &mut Vec<(u64, u32)>,
    blocks: &mut u32,
    part: u64,
    text: &str,
    more: bool,
    out: &mut Vec<Event>,
) {
    let known = parts.iter().find(|(known, _)| *known == part).map(|(_, block)| *block);
    if text.is_empty() || (known.is_some() && !more) {
        return;
    }
    let block = known.unwrap_or_else(|| {
        let block = next(blocks);
        parts.push((part, block));
        block
    });
    out.push(Event::Text { block, delta: text.to_owned() });
}

/// Tells what a whole message says beyond the parts that were told. True when it is a refusal.
fn tell_content(parts: &mut Vec<(u64, u32)>, blocks: &mut u32, item: &Value, out: &mut Vec<Event>) -> bool {
    let mut refused = false;
    let told = parts.iter().map(|(part, _)| *part).max();
    let content = item.get("content");
    // Imitators write a single text as a string.
    if let Some(text) = content.and_then(Value::as_str).filter(|_| told.is_none()) {
        say(parts, blocks, 0, text, false, out);
    }
    for (part, piece) in (0u64..).zip(content.and_then(Value::as_array).into_iter().flatten()) {
        let kind = piece.get("type").and_then(Value::as_str).unwrap_or_default();
        refused |= kind == "refusal";
        let field = if kind == "refusal" { "refusal" } else { "text" };
        match piece.get(field).and_then(Value::as_str) {
            Some(text) if told.is_none_or(|told| part > told) => say(parts, blocks, part, text, false, out),
            Some(_) => {}
            None => out.push(Event::Note(piece.to_string())),
        }
    }
    refused
}

fn think(
    thought: &mut Option<Thought>,
    blocks: &mut u32,
    (source, part): (Source, u64),
    text: &str,
    more: bool,
    out: &mut Vec<Event>,
) {
    if text.is_empty() {
        return;
    }
    let delta = match thought {
        None => text.to_owned(),
        Some(known) if known.source != source || part < known.part => return,
        Some(known) if part > known.part => format!("\n\n{text}"),
        Some(_) if !more => return,
        Some(_) => text.to_owned(),
    };
    let block = thought.as_ref().map_or_else(|| next(blocks), |thought| thought.block);
    *thought = Some(Thought { block, source, part });
    out.push(Event::Reasoning { block, delta });
}
