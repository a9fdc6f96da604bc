//! The history of injections: turns searched by what memory did in them, and memories that never made a difference.

use super::wire;
use rearview_domain::injection::{InjectionSort, TurnFilter};
use rearview_domain::time::Time;
use rearview_domain::turn::Turn;
use rearview_domain::{ChatId, TurnId};

wire! {
    /// Asks for a page of the history. Temporary chats are not in it: nothing of them is kept.
    request ListInjections {
        /// Which turns.
        pub filter: TurnFilter,
        /// In which order.
        pub sort: InjectionSort,
        /// The last turn of the page before.
        pub after: Option<TurnId>,
        /// Turns of a page, at most 200.
        pub limit: u32,
    }

    /// Asks which models and banks turns name.
    request ListInjectionNames {}

    /// Asks for memories that were injected again and again and never came back in an answer.
    request ListUnechoed {
        /// Injected in at least so many turns.
        pub shown: u32,
        /// Memories that are told, at most 500.
        pub limit: u32,
    }

    /// Asks for memories that replays left out without any difference.
    request ListUninfluential {}
}

wire! {
    /// A page of the history.
    answer InjectionList {
        /// The turns.
        pub items: Vec<InjectionView>,
        /// How many match in all.
        #[ts(type = "number")]
        pub total: u64,
        /// How many there are without the filter.
        #[ts(type = "number")]
        pub all: u64,
        /// Parts of older records that were not looked into yet; their turns may be missing where a memory or a bank is
        /// asked for.
        #[ts(type = "number")]
        pub left: u64,
    }

    /// A turn of the history.
    answer InjectionView {
        /// The turn.
        pub turn: Turn,
        /// The server that it asked; `None` when there was none or it is not known.
        pub server_id: Option<String>,
        /// The bank that it asked; `None` as above.
        pub bank_id: Option<String>,
        /// The title of its chat.
        pub title: String,
        /// The beginning of its question.
        pub question: String,
    }

    /// What turns name.
    answer InjectionChoices {
        /// Models, as `provider/model`.
        pub models: Vec<String>,
        /// Banks.
        pub banks: Vec<InjectionBank>,
    }

    /// A bank that turns asked.
    answer InjectionBank {
        /// The server.
        pub server_id: String,
        /// The server's name; `None` when it is not set up any more.
        pub server: Option<String>,
        /// The bank.
        pub bank_id: String,
    }

    /// Memories that never came back.
    answer UnechoedList {
        /// The memories, those that were injected most first.
        pub items: Vec<QuietMemory>,
        /// How many there are in all.
        #[ts(type = "number")]
        pub total: u64,
        /// Memories that were injected often enough and of which it is not known in a single turn whether they came back.
        #[ts(type = "number")]
        pub unknown: u64,
        /// Parts of older records that were not looked into yet.
        #[ts(type = "number")]
        pub left: u64,
    }

    /// A memory that was injected without effect.
    answer QuietMemory {
        /// The memory.
        pub memory_id: String,
        /// The server of the latest turn; `None` when it is not known.
        pub server_id: Option<String>,
        /// The bank of the latest turn; `None` when it is not known.
        pub bank_id: Option<String>,
        /// Its words in the latest turn that met it; `None` when they are not known.
        pub text: Option<String>,
        /// Turns in whose prompt it stood.
        #[ts(type = "number")]
        pub shown: u64,
        /// Those of them in which it was looked for in the answer. In the others it is not known whether it came back.
        #[ts(type = "number")]
        pub looked: u64,
        /// When it was injected last.
        pub last_at: Time,
    }

    /// Memories that replays left out without any difference.
    answer UninfluentialList {
        /// The memories, those that were tried most first; at most 500.
        pub items: Vec<TriedMemory>,
        /// How many such memories there are.
        pub total: u32,
        /// How many memories replays tried at all.
        pub tried: u32,
        /// How many turns were looked into: the latest that were replayed.
        pub turns: u32,
        /// Whether there are more replayed turns than that.
        pub more: bool,
    }

    /// A memory that was left out in replays.
    answer TriedMemory {
        /// The memory.
        pub memory_id: String,
        /// The server of the latest such turn; `None` when it is not known.
        pub server_id: Option<String>,
        /// Its bank; `None` when it is not known.
        pub bank_id: Option<String>,
        /// Its words in the latest turn that met it; `None` when they are not known.
        pub text: Option<String>,
        /// Turns in which leaving it out changed nothing that can be seen.
        pub inert: u32,
        /// Turns in which the answers vary too much to say.
        pub unclear: u32,
        /// Turns in which fewer answers were compared than tell anything.
        pub anecdotes: u32,
        /// The turn that told it last.
        pub turn_id: TurnId,
        /// Its chat.
        pub chat_id: ChatId,
    }
}
