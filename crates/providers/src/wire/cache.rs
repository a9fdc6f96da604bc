//! Where a request is marked as worth keeping, for the wires that keep only what is marked: Anthropic Messages
//! and Converse. How a mark is spelled, and which blocks bear one, is theirs.
//!
//! A mark is good for nothing unless what stands before it comes again in a later request. The memory block
//! comes with the question and is in no history, so the places are the end of what stands before the question
//! and, while tools may be called, the end of the request. Each is marked again in the request after it:
//! Claude looks back 20 blocks for what it kept, Nova does not look back, and a long round of tools is longer.
//! (Both vendors' pages on prompt caching.)

use crate::request::{Request, RequestMessage, RequestPart, ToolChoice};
use crate::target::{Target, WireKind};
use rearview_domain::message::Role;
use rearview_domain::record::Origin;
use std::borrow::Cow;

/// The fewest bytes of system prompt and tools that are marked while there is no history. Prompts of fewer than
/// 1,024 tokens are kept by no model but a few, and English has about four bytes to a token; a mark on a
/// shorter one does no harm, so this leans to marking.
const LONG: usize = 3_000;

/// The places of one request. There are never more than four, the most that both vendors take.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Places {
    /// Whether the end of the system prompt is one.
    pub(super) system: bool,
    /// After so many messages that follow the leading system messages there is one.
    ends: Vec<usize>,
}

impl Places {
    /// The places of a request; none when the model is not known to keep what is marked.
    pub(super) fn of(request: &Request, messages: &[Cow<'_, RequestMessage>], target: &Target) -> Self {
        let mut places = Self::default();
        let leading = messages.iter().take_while(|message| message.role == Role::System).count();
        let (system, turns) = messages.split_at(leading);
        let Some(asked) = question(turns).filter(|_| target.marks_cache()) else { return places };
        // What is recalled differs from turn to turn, so nothing behind it comes again.
        if !system.iter().chain(&turns[..asked]).any(|message| holds_memory(message)) {
            for asked in question(&turns[..asked]).into_iter().chain([asked]) {
                if asked > 0 {
                    places.ends.push(asked);
                } else {
                    places.system = is_long(request, system);
                }
            }
        }
        let may_call = !request.tools.is_empty() && request.tool_choice != ToolChoice::Forbidden;
        let answered = turns.iter().rposition(|message| message.role == Role::Assistant);
        match answered.filter(|at| *at > asked) {
            // Anthropic forgets the messages when the choice of tools changes, as in the last round of a
            // loop. Converse has no word for that choice, so there the request stays the same.
            Some(at) if may_call || target.wire == WireKind::BedrockConverse => {
                places.ends.extend([at, turns.len()]);
            }
            None if may_call => places.ends.push(turns.len()),
            _ => {}
        }
        places
    }

    /// Which of the blocks get a mark: at each place the last one before it that can bear one. `counts` says
    /// how many blocks each message has, `bears` of each block whether it can bear a mark.
    pub(super) fn marks(&self, counts: &[usize], bears: &[bool]) -> Vec<bool> {
        let mut marks = vec![false; bears.len()];
        for end in &self.ends {
            let blocks: usize = counts.iter().take(*end).sum();
            let mut before = bears.iter().take(blocks);
            if let Some(mark) = before.rposition(|bears| *bears).and_then(|at| marks.get_mut(at)) {
                *mark = true;
            }
        }
        marks
    }
}

/// Where the last question begins: the last message of the person and, before it, what the system says in mid
/// conversation. `None` when the person said nothing.
fn question(turns: &[Cow<'_, RequestMessage>]) -> Option<usize> {
    let is_result = |part: &RequestPart| matches!(part, RequestPart::ToolResult { .. });
    let asks = |message: &RequestMessage| message.role == Role::User && !message.parts.iter().all(is_result);
    let last = turns.iter().rposition(|message| asks(message))?;
    let told = turns[..last].iter().rev().take_while(|message| message.role == Role::System).count();
    Some(last - told)
}

fn holds_memory(message: &RequestMessage) -> bool {
    let recalled = |origin: &Origin| {
        matches!(origin, Origin::MemoryFrame | Origin::Memory { .. } | Origin::Reflect | Origin::Hand)
    };
    message.parts.iter().any(|part| {
        matches!(part, RequestPart::Text(pieces) if pieces.iter().any(|piece| recalled(&piece.origin)))
    })
}

/// Whether system prompt and tools are long enough to be kept by themselves.
fn is_long(request: &Request, system: &[Cow<'_, RequestMessage>]) -> bool {
    let told = system.iter().flat_map(|message| &message.parts).map(|part| match part {
        RequestPart::Text(pieces) => pieces.iter().map(|piece| piece.text.len()).sum(),
        _ => 0,
    });
    let tools = request
        .tools
        .iter()
        .map(|tool| tool.name.len() + tool.description.len() + tool.parameters.to_string().len());
    told.chain(tools).sum::<usize>() >= LONG
}
