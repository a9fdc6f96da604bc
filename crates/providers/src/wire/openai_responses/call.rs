//! One call of a tool of ours while it comes: its id and name may come before or behind its arguments.
//! `items` is the only caller.

use super::items::next;
use crate::event::Event;
use serde_json::Value;

/// A call.
#[derive(Default)]
pub(super) struct Call {
    id: String,
    name: String,
    /// Its block, once its id and name are known.
    block: Option<u32>,
    /// Arguments that came before that.
    held: String,
    /// Whether any arguments came as increments.
    came: bool,
}

impl Call {
    /// Takes id and name from an item that may hold them.
    pub(super) fn learn(&mut self, item: &Value) {
        let text = |field: &str| item.get(field).and_then(Value::as_str).unwrap_or_default();
        for (slot, said) in [(&mut self.id, text("call_id")), (&mut self.name, text("name"))] {
            if slot.is_empty() {
                said.clone_into(slot);
            }
        }
    }

    /// Begins when id and name are known, or with `anyhow` as it is: the model did ask for something. The
    /// id of the item is not the one to answer.
    pub(super) fn start(&mut self, blocks: &mut u32, anyhow: bool, out: &mut Vec<Event>) {
        let known = !self.id.is_empty() && !self.name.is_empty();
        if self.block.is_some() || !(known || anyhow) {
            return;
        }
        let block = next(blocks);
        self.block = Some(block);
        if self.id.is_empty() {
            self.id = format!("call_{block}");
        }
        out.push(Event::ToolCallStart { block, id: self.id.clone(), name: self.name.clone() });
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            out.push(Event::ToolCallArguments { block, delta: held });
        }
    }

    /// More arguments, or with `whole` all of them, which count only when none came before.
    pub(super) fn arguments(&mut self, text: &str, whole: bool, out: &mut Vec<Event>) {
        if text.is_empty() || (whole && self.came) {
            return;
        }
        self.came = true;
        match self.block {
            Some(block) => out.push(Event::ToolCallArguments { block, delta: text.to_owned() }),
            None => self.held.push_str(text),
        }
    }

    /// Nothing more comes; `arguments` are those that the closed item holds.
    pub(super) fn end(&mut self, blocks: &mut u32, arguments: Option<&Value>, out: &mut Vec<Event>) {
        self.start(blocks, true, out);
        match arguments {
            Some(Value::String(text)) => self.arguments(text, true, out),
            Some(whole @ Value::Object(_)) => self.arguments(&whole.to_string(), true, out),
            _ => {}
        }
        out.extend(self.block.map(|block| Event::BlockEnd { block }));
    }
}
