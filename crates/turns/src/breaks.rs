//! Which breakpoints of a chat match the block of a turn that is about to be sent. Pure; called by the machine.

use rearview_domain::breakpoint::{BreakCondition, BreakMatch, Breakpoint};
use rearview_domain::memory::RecalledMemory;
use rearview_domain::resolve::DecidedBank;

/// A block that is about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The bank that the turn uses.
    pub bank: &'a DecidedBank,
    /// The memories in the block, in its order.
    pub memories: &'a [RecalledMemory],
    /// Whether memory answered well and nothing is injected.
    pub no_hits: bool,
}

/// The breakpoints that match, in the order they were set. `tokens` counts the block; it is slow, so it is asked only when a
/// breakpoint needs it, and once.
pub fn matching(
    breakpoints: &[Breakpoint],
    about: About<'_>,
    tokens: impl FnOnce() -> u32,
) -> Vec<BreakMatch> {
    let counts = |one: &Breakpoint| one.on && matches!(one.condition, BreakCondition::Tokens { .. });
    let tokens = if breakpoints.iter().any(counts) { tokens() } else { 0 };
    let ids = |wanted: &dyn Fn(&RecalledMemory) -> bool| {
        let ids = about.memories.iter().filter(|memory| wanted(memory)).map(|memory| memory.id.clone());
        Some(ids.collect::<Vec<_>>()).filter(|ids| !ids.is_empty())
    };
    let found = |condition: &BreakCondition| match condition {
        BreakCondition::Memory { server_id, bank_id, memory_id, .. } => {
            let here = about.bank.server_id.as_ref() == Some(server_id) && about.bank.bank_id == *bank_id;
            ids(&|memory| here && memory.id == *memory_id)
        }
        BreakCondition::Tag { tag } => ids(&|memory| memory.tags.contains(tag)),
        BreakCondition::Tokens { over } => (tokens > *over).then(Vec::new),
        BreakCondition::NoHits => about.no_hits.then(Vec::new),
        BreakCondition::EveryTurn | BreakCondition::Next => Some(Vec::new()),
    };
    let on = breakpoints.iter().filter(|one| one.on);
    on.filter_map(|one| {
        let memory_ids = found(&one.condition)?;
        Some(BreakMatch { id: one.id.clone(), condition: one.condition.clone(), memory_ids })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::tests::memory;
    use rearview_domain::resolve::BankDecision;
    use rearview_domain::time::Time;

    fn set(condition: BreakCondition) -> Breakpoint {
        Breakpoint { id: "b".into(), condition, on: true, created_at: Time::now() }
    }

    /// What matched of one breakpoint: the ids, or nothing.
    fn of(condition: BreakCondition, no_hits: bool) -> Option<Vec<String>> {
        let bank = DecidedBank {
            server_id: Some("s".into()),
            bank_id: "ana".into(),
            decision: BankDecision::BuiltIn,
        };
        let mut tagged = memory("b", "two");
        tagged.tags = vec!["work".into()];
        let memories = if no_hits { vec![] } else { vec![memory("a", "one"), tagged] };
        let about = About { bank: &bank, memories: &memories, no_hits };
        matching(&[set(condition)], about, || 7).pop().map(|found| found.memory_ids)
    }

    fn one(id: &str, bank: &str) -> BreakCondition {
        BreakCondition::Memory {
            server_id: "s".into(),
            bank_id: bank.into(),
            memory_id: id.into(),
            text: "then".into(),
        }
    }

    #[test]
    fn each_condition_matches_what_it_says_and_nothing_else() {
        let tag = |tag: &str| BreakCondition::Tag { tag: tag.into() };
        let cases = [
            (one("a", "ana"), false, Some(vec!["a"])),
            (one("a", "other"), false, None),
            (one("x", "ana"), false, None),
            (tag("work"), false, Some(vec!["b"])),
            (tag("Work"), false, None),
            (BreakCondition::Tokens { over: 6 }, false, Some(vec![])),
            (BreakCondition::Tokens { over: 7 }, false, None),
            (BreakCondition::NoHits, false, None),
            (BreakCondition::NoHits, true, Some(vec![])),
            (BreakCondition::EveryTurn, true, Some(vec![])),
            (BreakCondition::Next, false, Some(vec![])),
        ];
        for (condition, no_hits, expected) in cases {
            let expected = expected.map(|ids| ids.into_iter().map(str::to_owned).collect::<Vec<_>>());
            assert_eq!(of(condition.clone(), no_hits), expected, "{condition:?}");
        }
    }

    #[test]
    fn one_that_is_off_matches_nothing_and_tokens_are_counted_only_when_needed() {
        let bank = DecidedBank { server_id: None, bank_id: "b".into(), decision: BankDecision::BuiltIn };
        let about = About { bank: &bank, memories: &[], no_hits: false };
        let off = |condition| Breakpoint { on: false, ..set(condition) };
        let all = [off(BreakCondition::EveryTurn), off(BreakCondition::Tokens { over: 0 })];
        assert_eq!(matching(&all, about, || unreachable!()), []);
    }
}
