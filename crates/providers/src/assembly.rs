//! Folds events into the parts of a message, at any moment of a stream.
//!
//! `turns` feeds it every event and reads the parts for its drafts and at the end, so what is kept after
//! a cut is exactly what came before it.

use crate::event::Event;
use rearview_domain::message::Part;
use serde_json::Value;

/// Parts under construction.
#[derive(Clone, Debug)]
pub struct Assembly {
    family: String,
    blocks: Vec<(u32, Block)>,
}

#[derive(Clone, Debug)]
enum Block {
    Text(String),
    Reasoning { text: String, signature: String },
    ToolCall { id: String, name: String, arguments: String },
    Opaque(Value),
}

impl Assembly {
    /// An answer with nothing in it, from `Target::family`.
    pub fn new(family: impl Into<String>) -> Self {
        Self { family: family.into(), blocks: Vec::new() }
    }

    /// Takes the next event. Events that are no content change nothing.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Text { block, delta } => {
                let fresh = || Block::Text(String::new());
                if let Block::Text(text) = self.block(*block, |old| matches!(old, Block::Text(_)), fresh) {
                    text.push_str(delta);
                }
            }
            Event::Reasoning { block, delta } => {
                if let Block::Reasoning { text, .. } = self.reasoning(*block) {
                    text.push_str(delta);
                }
            }
            Event::Signature { block, delta } => {
                if let Block::Reasoning { signature, .. } = self.reasoning(*block) {
                    signature.push_str(delta);
                }
            }
            Event::ToolCallStart { block, id, name } => {
                let call = Block::ToolCall { id: id.clone(), name: name.clone(), arguments: String::new() };
                self.blocks.push((*block, call));
            }
            Event::ToolCallArguments { block, delta } => {
                let call = self.blocks.iter_mut().rev().find(|(at, _)| at == block);
                if let Some((_, Block::ToolCall { arguments, .. })) = call {
                    arguments.push_str(delta);
                }
            }
            Event::Opaque { block, value } => self.blocks.push((*block, Block::Opaque(value.clone()))),
            Event::Started { .. }
            | Event::BlockEnd { .. }
            | Event::Usage(_)
            | Event::Note(_)
            | Event::Finished { .. }
            | Event::Failed(_) => {}
        }
    }

    /// The parts so far, in the order they began. Empty text and empty reasoning are left out; a call
    /// without arguments has `{}`.
    pub fn parts(&self) -> Vec<Part> {
        self.blocks.iter().filter_map(|(_, block)| self.part(block)).collect()
    }

    fn part(&self, block: &Block) -> Option<Part> {
        match block {
            Block::Text(text) => (!text.is_empty()).then(|| Part::text(text)),
            Block::Reasoning { text, signature } => (!text.is_empty() || !signature.is_empty()).then(|| {
                let signature = (!signature.is_empty()).then(|| signature.clone());
                Part::Reasoning { text: text.clone(), signature, family: self.family.clone() }
            }),
            Block::ToolCall { id, name, arguments } => {
                let arguments = if arguments.trim().is_empty() { "{}" } else { arguments };
                Some(Part::ToolCall { id: id.clone(), name: name.clone(), arguments: arguments.to_owned() })
            }
            Block::Opaque(value) => Some(Part::Opaque { family: self.family.clone(), value: value.clone() }),
        }
    }

    fn reasoning(&mut self, number: u32) -> &mut Block {
        let fresh = || Block::Reasoning { text: String::new(), signature: String::new() };
        self.block(number, |old| matches!(old, Block::Reasoning { .. }), fresh)
    }

    /// The block of that number when it is of the wanted kind, else a fresh one behind the others.
    fn block(&mut self, number: u32, wanted: fn(&Block) -> bool, fresh: fn() -> Block) -> &mut Block {
        let found = self.blocks.iter().rposition(|(at, block)| *at == number && wanted(block));
        let at = found.unwrap_or_else(|| {
            self.blocks.push((number, fresh()));
            self.blocks.len() - 1
        });
        &mut self.blocks[at].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fold(events: &[Event]) -> Vec<Part> {
        let mut assembly = Assembly::new("anthropic");
        events.iter().for_each(|event| assembly.apply(event));
        assembly.parts()
    }

    #[test]
    fn interleaved_blocks_come_out_in_the_order_they_began() {
        let parts = fold(&[
            Event::Reasoning { block: 0, delta: "hm".into() },
            Event::Text { block: 1, delta: "a".into() },
            Event::Signature { block: 0, delta: "s1".into() },
            Event::ToolCallStart { block: 2, id: "c".into(), name: "f".into() },
            Event::Text { block: 1, delta: "b".into() },
            Event::ToolCallArguments { block: 2, delta: "{\"x\":".into() },
            Event::Signature { block: 0, delta: "s2".into() },
            Event::ToolCallArguments { block: 2, delta: "1}".into() },
            Event::Opaque { block: 3, value: json!({"type": "redacted_thinking"}) },
        ]);
        assert_eq!(
            parts,
            [
                Part::Reasoning {
                    text: "hm".into(),
                    signature: Some("s1s2".into()),
                    family: "anthropic".into()
                },
                Part::text("ab"),
                Part::ToolCall { id: "c".into(), name: "f".into(), arguments: "{\"x\":1}".into() },
                Part::Opaque { family: "anthropic".into(), value: json!({"type": "redacted_thinking"}) },
            ]
        );
    }

    #[test]
    fn a_call_without_arguments_has_an_empty_object() {
        let parts = fold(&[Event::ToolCallStart { block: 0, id: "c".into(), name: "f".into() }]);
        assert_eq!(parts, [Part::ToolCall { id: "c".into(), name: "f".into(), arguments: "{}".into() }]);
    }

    #[test]
    fn blocks_that_stayed_empty_leave_no_part() {
        assert_eq!(fold(&[Event::Text { block: 0, delta: String::new() }, Event::BlockEnd { block: 0 }]), []);
    }
}
