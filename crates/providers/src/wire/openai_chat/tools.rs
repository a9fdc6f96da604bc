//! Tool calls out of deltas. The protocol groups deltas by `index`; in the wild there is none, or every
//! call has 0, ids come once or every time, calls come whole, arguments come as objects or not at all.

use crate::event::Event;
use serde_json::Value;

/// The calls of one answer so far.
#[derive(Default)]
pub(super) struct Tools {
    calls: Vec<Call>,
}

struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    /// All arguments so far: those of a call without index tell whether it is whole.
    arguments: String,
    /// Its block, once its name is known.
    block: Option<u32>,
}

impl Tools {
    /// Takes the `tool_calls` of one delta; `blocks` counts the blocks given out.
    pub(super) fn delta(&mut self, entries: &[Value], blocks: &mut u32, out: &mut Vec<Event>) {
        for (position, entry) in entries.iter().enumerate() {
            let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
            let id = text(entry.get("id"));
            let name = text(entry.pointer("/function/name"));
            let arguments = match entry.pointer("/function/arguments") {
                Some(Value::String(text)) => text.clone(),
                None | Some(Value::Null) => String::new(),
                Some(whole) => whole.to_string(),
            };
            let index = entry.get("index").and_then(Value::as_u64);
            let position = if entries.len() == 1 { self.calls.len().saturating_sub(1) } else { position };
            let at = self.find(index, &id, &name, position).unwrap_or_else(|| {
                self.calls.push(Call {
                    index,
                    id: String::new(),
                    name: String::new(),
                    arguments: String::new(),
                    block: None,
                });
                self.calls.len() - 1
            });
            let call = &mut self.calls[at];
            if call.id.is_empty() {
                call.id = id;
            }
            if call.name.is_empty() {
                call.name = name;
            }
            call.arguments.push_str(&arguments);
            match call.block {
                Some(block) if !arguments.is_empty() => {
                    out.push(Event::ToolCallArguments { block, delta: arguments });
                }
                None if !call.name.is_empty() => call.start(blocks, out),
                _ => {}
            }
        }
    }

    /// Ends all calls. One whose name never came is told too: the model did ask for something.
    pub(super) fn end(&mut self, blocks: &mut u32, out: &mut Vec<Event>) {
        for call in &mut self.calls {
            if call.block.is_none() {
                call.start(blocks, out);
            }
            out.extend(call.block.map(|block| Event::BlockEnd { block }));
        }
    }

    /// The call that a delta belongs to; `None` begins one.
    fn find(&self, index: Option<u64>, id: &str, name: &str, position: usize) -> Option<usize> {
        if let Some(index) = index {
            // Some servers give every call the index 0; a second id under it is a second call.
            let same = |call: &Call| {
                call.index == Some(index) && (id.is_empty() || call.id.is_empty() || call.id == id)
            };
            return self.calls.iter().rposition(same);
        }
        if !id.is_empty() {
            return self.calls.iter().rposition(|call| call.id == id);
        }
        let call = self.calls.get(position)?;
        let whole = serde_json::from_str::<Value>(&call.arguments).is_ok();
        (name.is_empty() || (call.name == name && !whole)).then_some(position)
    }
}

impl Call {
    fn start(&mut self, blocks: &mut u32, out: &mut Vec<Event>) {
        let block = *blocks;
        *blocks += 1;
        self.block = Some(block);
        if self.id.is_empty() {
            self.id = format!("call_{block}");
        }
        out.push(Event::ToolCallStart { block, id: self.id.clone(), name: self.name.clone() });
        if !self.arguments.is_empty() {
            out.push(Event::ToolCallArguments { block, delta: self.arguments.clone() });
        }
    }
}
