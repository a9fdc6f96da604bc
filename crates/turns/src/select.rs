//! Which memories go into the prompt, and the first gate that kept each other one out.

use rearview_domain::memory::RecalledMemory;
use rearview_domain::record::{Gate, PinnedMemory, Selected};
use rearview_domain::settings::Cap;

/// What the person said of memories for this chat.
#[derive(Clone, Copy, Debug, Default)]
pub struct Here<'a, 'b> {
    /// Pinned ones, as they were found; they go first, in this order.
    pub pinned: &'a [PinnedMemory],
    /// Ids of those that are not relevant here.
    pub not_here: &'b [String],
    /// Ids of those that an earlier message of the request has in its block.
    pub already: &'b [&'b str],
    /// Lines that the person added at an earlier message to the block that is given again; empty without any.
    pub added: &'b str,
}

/// Walks what is pinned, then the memories in the server's order. Budget, types, tags and floors are the server's
/// gates and have been passed already; ours are what the person said for this chat, an empty text, what is in the
/// request already, and the cap on the number, which counts pinned ones too. A pinned memory that recall returned as well stands once, with its scores.
pub fn select<'a>(
    memories: &'a [RecalledMemory],
    here: Here<'a, '_>,
    cap: Cap,
) -> (Vec<&'a RecalledMemory>, Vec<Selected>) {
    let limit = match cap {
        Cap::None => usize::MAX,
        Cap::At { n } => n as usize,
    };
    let pinned = |memory: &RecalledMemory| here.pinned.iter().any(|pin| pin.memory_id == memory.id);
    let first = here.pinned.iter().filter_map(|pin| {
        let recalled = memories.iter().find(|memory| memory.id == pin.memory_id);
        Some((recalled.or(pin.memory.as_ref())?, true))
    });
    let rest = memories.iter().filter(|memory| !pinned(memory)).map(|memory| (memory, false));
    let mut injected: Vec<&'a RecalledMemory> = Vec::new();
    let mut selected = Vec::with_capacity(memories.len() + here.pinned.len());
    for (memory, pinned) in first.chain(rest) {
        let gate = if !pinned && here.not_here.contains(&memory.id) {
            Some(Gate::NotHere)
        } else if memory.text.trim().is_empty() {
            Some(Gate::EmptyText)
        } else if here.already.contains(&memory.id.as_str()) {
            Some(Gate::AlreadyThere)
        } else if injected.len() >= limit {
            Some(Gate::MaxMemories)
        } else {
            injected.push(memory);
            None
        };
        selected.push(Selected { memory_id: memory.id.clone(), gate, pinned });
    }
    (injected, selected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::tests::memory;
    use rearview_domain::record::PinFound;

    fn ids<'a>(memories: &[&'a RecalledMemory]) -> Vec<&'a str> {
        memories.iter().map(|memory| memory.id.as_str()).collect()
    }

    fn pin(id: &str, fetched: Option<&str>) -> PinnedMemory {
        let found = fetched.map_or(PinFound::Gone, |_| PinFound::There);
        let memory = fetched.map(|text| memory(id, text));
        PinnedMemory { memory_id: id.into(), text: "as pinned".into(), found, memory }
    }

    #[test]
    fn each_memory_that_stays_out_names_its_gate() {
        let memories = [memory("a", "one"), memory("b", " "), memory("c", "two"), memory("d", "three")];
        let (injected, selected) = select(&memories, Here::default(), Cap::At { n: 2 });
        assert_eq!(ids(&injected), ["a", "c"]);
        let gates: Vec<_> = selected.iter().map(|selected| selected.gate).collect();
        assert_eq!(gates, [None, Some(Gate::EmptyText), None, Some(Gate::MaxMemories)]);
    }

    #[test]
    fn a_cap_of_zero_injects_nothing() {
        let memories = [memory("a", "one")];
        assert!(select(&memories, Here::default(), Cap::At { n: 0 }).0.is_empty());
        assert_eq!(select(&memories, Here::default(), Cap::None).0.len(), 1);
    }

    #[test]
    fn pinned_ones_go_first_once_each_and_count() {
        let memories = [memory("a", "one"), memory("b", "two"), memory("c", "three")];
        let pinned = [pin("x", Some("fetched")), pin("gone", None), pin("c", Some("fetched too"))];
        let here = Here { pinned: &pinned, not_here: &[], already: &[], added: "" };
        let (injected, selected) = select(&memories, here, Cap::At { n: 3 });
        assert_eq!(ids(&injected), ["x", "c", "a"]);
        assert_eq!(injected[1].text, "three", "what recall told has scores");
        let told: Vec<_> =
            selected.iter().map(|one| (one.memory_id.as_str(), one.pinned, one.gate)).collect();
        assert_eq!(
            told,
            [("x", true, None), ("c", true, None), ("a", false, None), ("b", false, Some(Gate::MaxMemories))]
        );
        assert_eq!(ids(&select(&memories, here, Cap::At { n: 1 }).0), ["x"]);
    }

    #[test]
    fn what_is_not_relevant_here_stays_out_and_takes_no_place() {
        let memories = [memory("a", "one"), memory("b", "two"), memory("c", "three")];
        let here = Here { pinned: &[], not_here: &["a".into()], already: &[], added: "" };
        let (injected, selected) = select(&memories, here, Cap::At { n: 1 });
        assert_eq!(ids(&injected), ["b"]);
        let gates: Vec<_> = selected.iter().map(|selected| selected.gate).collect();
        assert_eq!(gates, [Some(Gate::NotHere), None, Some(Gate::MaxMemories)]);
    }
}
