//! What a turn taught memory: how its facts are now, what the person says of a turn that waits, moves to another bank.

use super::wire;
use rearview_domain::{BankId, ChatId, JournalId, ServerId, TurnId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

wire! {
    /// Says whether a turn that waits for it goes to memory.
    request AnswerRetain {
        /// The chat.
        pub chat_id: ChatId,
        /// The turn.
        pub turn_id: TurnId,
        /// Whether it does.
        pub keep: bool,
    }

    /// Moves facts that came of a turn to another bank.
    request MoveLearned {
        /// The chat.
        pub chat_id: ChatId,
        /// The turn.
        pub turn_id: TurnId,
        /// The facts.
        pub ids: Vec<String>,
        /// The server to move to.
        pub to_server_id: ServerId,
        /// Its bank; made when it does not exist.
        pub to_bank_id: BankId,
    }

    /// Moves facts back that were moved.
    request MoveLearnedBack {
        /// The chat.
        pub chat_id: ChatId,
        /// The turn.
        pub turn_id: TurnId,
        /// The run that retired them here.
        pub run_id: JournalId,
    }
}

wire! {
    /// How the facts of a turn are now.
    answer LearnedNow {
        /// The facts, in the record's order.
        pub facts: Vec<FactNow>,
        /// How many more came of the turn than are told here.
        pub left: u32,
    }

    /// A fact that came of a turn, as it is now.
    answer FactNow {
        /// Its id.
        pub id: String,
        /// How it is.
        pub stands: FactStands,
        /// What it says now; `None` when it is gone.
        pub text: Option<String>,
        /// Why it does not count, in the words of who retired it.
        pub reason: Option<String>,
    }
}

/// How a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum FactStands {
    /// It counts.
    Valid,
    /// It is kept and does not count.
    Retired,
    /// It does not exist any more.
    Gone,
}
