//! Which of the recalled memories go into the prompt, and the first gate that kept each other one out.

use rearview_domain::memory::RecalledMemory;
use rearview_domain::record::{Gate, Selected};
use rearview_domain::settings::Cap;
use std::collections::HashSet;

/// Walks the memories in the server's order. Budget, types, tags and floors are the server's gates and
/// have been passed already; ours are an empty text, what is in the request already (`there`), and the cap on the number.
pub fn select<'a>(
    memories: &'a [RecalledMemory],
    there: &HashSet<&str>,
    cap: Cap,
) -> (Vec<&'a RecalledMemory>, Vec<Selected>) {
    let limit = match cap {
        Cap::None => usize::MAX,
        Cap::At { n } => n as usize,
    };
    let mut injected: Vec<&'a RecalledMemory> = Vec::new();
    let mut selected = Vec::with_capacity(memories.len());
    for memory in memories {
        let gate = if memory.text.trim().is_empty() {
            Some(Gate::EmptyText)
        } else if there.contains(memory.id.as_str()) {
            Some(Gate::AlreadyThere)
        } else if injected.len() >= limit {
            Some(Gate::MaxMemories)
        } else {
            injected.push(memory);
            None
        };
        selected.push(Selected { memory_id: memory.id.clone(), gate });
    }
    (injected, selected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::tests::memory;

    #[test]
    fn each_memory_that_stays_out_names_its_gate() {
        let memories = [memory("a", "one"), memory("b", " "), memory("c", "two"), memory("d", "three")];
        let (injected, selected) = select(&memories, &HashSet::new(), Cap::At { n: 2 });
        assert_eq!(injected.iter().map(|memory| memory.id.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        let gates: Vec<_> = selected.iter().map(|selected| selected.gate).collect();
        assert_eq!(gates, [None, Some(Gate::EmptyText), None, Some(Gate::MaxMemories)]);
    }

    #[test]
    fn a_cap_of_zero_injects_nothing() {
        let memories = [memory("a", "one")];
        assert!(select(&memories, &HashSet::new(), Cap::At { n: 0 }).0.is_empty());
        assert_eq!(select(&memories, &HashSet::new(), Cap::None).0.len(), 1);
    }
}
