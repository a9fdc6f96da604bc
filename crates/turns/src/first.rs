//! The first request of a turn: the block that memory's answer makes, and the request with the block in it.
//!
//! Pure. The machine builds every turn with it and a replay rebuilds one with it, so that the two cannot differ.

use crate::inject::{base_request, place, place_earlier};
use crate::layout::{frame, own_lines, preload_block, recall_block, reflect_block};
use crate::plan::{EarlierBlock, Plan};
use crate::select::{self, Here};
use rearview_domain::memory::RecalledMemory;
use rearview_domain::record::{MemoryCall, Reflected, Selected};
use rearview_domain::settings::{DecidedSettings, Effort, Placement};
use rearview_providers::{Piece, Request, Tool};

/// What goes into the prompt, and how it was chosen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    /// The block; empty when there is nothing to say.
    pub pieces: Vec<Piece>,
    /// Memories in it; a paragraph counts as one.
    pub count: u32,
    /// The candidates and their gates.
    pub selected: Vec<Selected>,
    /// The memories in it, in its order.
    pub memories: Vec<RecalledMemory>,
}

/// The block that an answer of memory makes, with what is pinned in front. `settings` are those that memory was asked
/// with. What is pinned does not depend on whether recall found anything, or answered at all.
pub fn block(call: &MemoryCall, settings: &DecidedSettings, with_tools: bool, here: Here<'_, '_>) -> Block {
    let (injected, selected) = select::select(&call.memories, here, settings.max_memories.value);
    let (pieces, paragraphs) = joined(block_of(&injected, settings, with_tools), &paragraph(call));
    let pieces = with_added(pieces, here.added);
    let count = u32::try_from(injected.len()).unwrap_or(u32::MAX) + paragraphs;
    Block { pieces, count, selected, memories: injected.into_iter().cloned().collect() }
}

/// Reflect's paragraph; empty where there is none.
pub fn paragraph(call: &MemoryCall) -> String {
    call.reflect.as_ref().map(words).unwrap_or_default()
}

/// What of a reflect's answer goes into the prompt.
pub fn words(reflected: &Reflected) -> String {
    // A schema was asked for its answer; without one the paragraph is the answer.
    let structured = reflected.structured.as_ref().filter(|value| !value.is_null());
    structured.map_or_else(|| reflected.text.clone(), ToString::to_string)
}

/// A block with a paragraph behind it, where there is one, and how many there are.
pub fn joined(mut pieces: Vec<Piece>, paragraph: &str) -> (Vec<Piece>, u32) {
    let paragraph = reflect_block(paragraph);
    let paragraphs = u32::from(!paragraph.is_empty());
    if !pieces.is_empty() && !paragraph.is_empty() {
        pieces.push(frame("\n\n"));
    }
    pieces.extend(paragraph);
    (pieces, paragraphs)
}

/// A block with a person's own lines at its end; no lines change nothing.
pub fn with_added(mut pieces: Vec<Piece>, added: &str) -> Vec<Piece> {
    if added.trim().is_empty() {
        return pieces;
    }
    if !pieces.is_empty() {
        pieces.push(frame("\n\n"));
    }
    pieces.push(own_lines(added));
    pieces
}

/// The memories that earlier blocks of the request say already.
pub fn already_there<'a>(settings: &DecidedSettings, earlier: &'a [EarlierBlock]) -> Vec<&'a str> {
    if settings.placement.value != Placement::OnlyNew {
        return Vec::new();
    }
    earlier.iter().flat_map(|block| &block.memories).map(|memory| memory.id.as_str()).collect()
}

/// The block of these memories.
pub fn block_of(memories: &[&RecalledMemory], settings: &DecidedSettings, with_tools: bool) -> Vec<Piece> {
    if with_tools {
        preload_block(memories, &settings.preload_prefix.value)
    } else {
        recall_block(memories, settings.item_format.value)
    }
}

/// The first request of a turn, and where the block went in it, for people.
pub fn request(plan: &Plan, tools: &[Tool], block: Vec<Piece>) -> (Request, &'static str) {
    let settings = &plan.resolved.settings;
    let mut request = base_request(&plan.system_prompt, &plan.history, &plan.images, plan.max_output_tokens);
    if settings.placement.value == Placement::OnlyNew {
        for earlier in &plan.earlier {
            let memories: Vec<&RecalledMemory> = earlier.memories.iter().collect();
            let block = with_added(block_of(&memories, settings, false), &earlier.added);
            place_earlier(&mut request, &earlier.question_id, block, plan.target.takes_mid_system());
        }
    }
    let placed = place(&mut request, block, settings.placement.value, plan.target.takes_mid_system());
    request.tools = tools.to_vec();
    request.effort = Some(settings.reasoning_effort.value).filter(|effort| *effort != Effort::Provider);
    (request, placed)
}
