//! What each placement of the memory block would have cost in a chat, by simulation: the requests of its turns are laid out
//! as runs of tokens in the order each placement gives them, and a run counts as read from the provider's cache as long
//! as everything before it was there in the request before. Pure; called by `api` for the meter of a chat.
//!
//! It is an estimate, and says what it leaves out: providers cache from some minimum on, for some minutes, in blocks. All
//! of that is the same for every placement, so the comparison holds where the sums do not.

use rearview_domain::settings::Placement;

/// What a turn's request was made of, in tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TurnSizes {
    /// The question.
    pub question: u32,
    /// The answer, as later turns send it along.
    pub answer: u32,
    /// The memories that were injected: id and tokens.
    pub memories: Vec<(String, u32)>,
    /// The block without its memories: heading, numbers, labels.
    pub frame: u32,
}

/// What a placement comes to over the turns of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// The placement.
    pub placement: Placement,
    /// Tokens of all requests.
    pub input: u64,
    /// Of them, those that were there in the request before, in the same place.
    pub cached: u64,
    /// Memories that the model would have been given, over all turns.
    pub given: u32,
    /// Memories that were recalled for a turn and would not have been in its request.
    pub missed: u32,
}

/// A run of tokens: what it is, and how many.
type Run = (String, u32);

/// Lays out the turns of a chat under a placement and sums up. `system` is the size of the chat's own system prompt.
pub fn simulate(placement: Placement, system: u32, turns: &[TurnSizes]) -> Simulated {
    let mut sum = Simulated { placement, input: 0, cached: 0, given: 0, missed: 0 };
    let mut before: Vec<Run> = Vec::new();
    for at in 0..turns.len() {
        let request = layout(placement, system, turns, at, &mut sum);
        sum.input += tokens(&request);
        let same = before.iter().zip(&request).take_while(|(old, new)| old == new).count();
        sum.cached += tokens(&request[..same]);
        before = request;
    }
    sum
}

fn tokens(runs: &[Run]) -> u64 {
    runs.iter().map(|(_, tokens)| u64::from(*tokens)).sum()
}

/// The request of one turn.
fn layout(
    placement: Placement,
    system: u32,
    turns: &[TurnSizes],
    at: usize,
    sum: &mut Simulated,
) -> Vec<Run> {
    let mut runs = vec![("system".to_owned(), system)];
    let turn = &turns[at];
    let mut given = turn.memories.clone();
    let mut missed = 0;
    match placement {
        Placement::SystemMessage => runs.extend(block(&turn.memories, turn.frame)),
        Placement::PinnedPerChat => {
            // The first turn that recalled anything decides for all that follow.
            let first = turns[..=at].iter().find(|turn| !turn.memories.is_empty());
            let pinned = first.map(|first| (first.memories.clone(), first.frame)).unwrap_or_default();
            runs.extend(block(&pinned.0, pinned.1));
            missed = given.iter().filter(|memory| !pinned.0.contains(memory)).count();
            given = pinned.0;
        }
        Placement::OwnBlock | Placement::PrependUser | Placement::OnlyNew => {}
    }
    for (number, earlier) in turns[..at].iter().enumerate() {
        if placement == Placement::OnlyNew {
            runs.extend(block(&fresh(turns, number), earlier.frame));
        }
        runs.push((format!("question {number}"), earlier.question));
        runs.push((format!("answer {number}"), earlier.answer));
    }
    match placement {
        Placement::OwnBlock | Placement::PrependUser => runs.extend(block(&turn.memories, turn.frame)),
        Placement::OnlyNew => runs.extend(block(&fresh(turns, at), turn.frame)),
        Placement::SystemMessage | Placement::PinnedPerChat => {}
    }
    runs.push((format!("question {at}"), turn.question));
    runs.retain(|(_, tokens)| *tokens > 0);
    sum.given += u32::try_from(given.len()).unwrap_or(u32::MAX);
    sum.missed += u32::try_from(missed).unwrap_or(u32::MAX);
    runs
}

/// The memories of a turn that no turn before it has been given.
fn fresh(turns: &[TurnSizes], at: usize) -> Vec<(String, u32)> {
    let known =
        |id: &String| turns[..at].iter().flat_map(|turn| &turn.memories).any(|(other, _)| other == id);
    turns[at].memories.iter().filter(|(id, _)| !known(id)).cloned().collect()
}

/// A block as a run; other memories make another run.
fn block(memories: &[(String, u32)], frame: u32) -> Option<Run> {
    let tokens = frame + memories.iter().map(|(_, tokens)| tokens).sum::<u32>();
    let ids = memories.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>().join(" ");
    (!memories.is_empty()).then(|| (format!("block {ids}"), tokens))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(memories: &[(&str, u32)]) -> TurnSizes {
        let memories = memories.iter().map(|(id, tokens)| ((*id).to_owned(), *tokens)).collect();
        TurnSizes { question: 10, answer: 100, memories, frame: 20 }
    }

    /// Three turns: the same two memories, then another one joins.
    fn chat() -> Vec<TurnSizes> {
        vec![turn(&[("a", 5), ("b", 5)]), turn(&[("a", 5), ("b", 5)]), turn(&[("a", 5), ("c", 5)])]
    }

    fn of(placement: Placement) -> Simulated {
        simulate(placement, 50, &chat())
    }

    #[test]
    fn the_default_keeps_everything_before_the_last_exchange_in_the_cache() {
        let own = of(Placement::OwnBlock);
        // 50 + 30 + 10, then 110 more for each exchange.
        assert_eq!(own.input, 90 + 200 + 310);
        // The system prompt, then it and the first exchange: the block of then stood where the next question stands now.
        assert_eq!(own.cached, 50 + 50 + 110);
        assert_eq!((own.given, own.missed), (6, 0));
        assert_eq!(Simulated { placement: Placement::OwnBlock, ..of(Placement::PrependUser) }, own);
    }

    #[test]
    fn in_the_system_message_one_other_memory_costs_the_whole_conversation() {
        let system = of(Placement::SystemMessage);
        assert_eq!(system.input, of(Placement::OwnBlock).input);
        // The second request repeats the first, block and all; the third has another block, behind the system prompt.
        assert_eq!(system.cached, (50 + 30 + 10) + 50);
    }

    #[test]
    fn pinned_is_cheapest_and_misses_what_is_recalled_later() {
        let pinned = of(Placement::PinnedPerChat);
        assert_eq!(pinned.cached, 90 + 200);
        assert_eq!((pinned.given, pinned.missed), (6, 1));
    }

    #[test]
    fn only_what_is_new_is_cached_whole_and_gives_each_memory_once() {
        let new = of(Placement::OnlyNew);
        assert_eq!(new.input, 90 + 200 + (200 + 100 + 25 + 10));
        assert_eq!(new.cached, 90 + 200);
        assert_eq!((new.given, new.missed), (6, 0));
    }

    #[test]
    fn a_chat_without_memory_or_turns_costs_the_same_everywhere() {
        let plain = vec![turn(&[]), turn(&[])];
        let sums = |placement| {
            let sum = simulate(placement, 50, &plain);
            (sum.input, sum.cached)
        };
        for placement in [Placement::SystemMessage, Placement::PinnedPerChat, Placement::OnlyNew] {
            assert_eq!(sums(placement), sums(Placement::OwnBlock), "{placement:?}");
        }
        assert_eq!(simulate(Placement::OwnBlock, 50, &[]).input, 0);
    }
}
