//! Ids as newtypes over strings, so that a bank can never be passed where a chat is meant.
//!
//! Ids that Rearview mints are UUID v7: they sort by time of creation. Ids that belong to a memory
//! server (banks, documents) are the server's or the person's own text and are only checked against
//! the server's rules, never rewritten.

use crate::error::{Error, ErrorCode};
use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        #[ts(export)]
        pub struct $name(pub String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), self.0)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }
    };
}

macro_rules! minted {
    ($name:ident) => {
        impl $name {
            /// A fresh id; later ids sort after earlier ones.
            pub fn mint() -> Self {
                Self(uuid::Uuid::now_v7().to_string())
            }
        }
    };
}

id!(
    /// One chat: a tree of messages.
    ChatId
);
id!(
    /// One message in a chat.
    MessageId
);
id!(
    /// One attempt at an answer. Also the id of its record.
    TurnId
);
id!(
    /// One running turn as the page listens to it. Equal to the turn's id today; a type of its own.
    RunId
);
id!(
    /// One replay of a turn.
    ReplayId
);
id!(
    /// A configured memory server. Stable while its address and key change.
    ServerId
);
id!(
    /// A configured provider, e.g. `openai` or `lm-studio-2`.
    ProviderId
);
id!(
    /// A memory bank on a memory server, in that server's own spelling.
    BankId
);
id!(
    /// A document inside a bank.
    DocumentId
);

id!(
    /// A run of changes to memory in the journal.
    JournalId
);
id!(
    /// A breakpoint of a chat.
    BreakpointId
);

minted!(ChatId);
minted!(MessageId);
minted!(TurnId);
minted!(JournalId);
minted!(ReplayId);
minted!(BreakpointId);

impl From<&TurnId> for RunId {
    fn from(turn: &TurnId) -> Self {
        Self(turn.0.clone())
    }
}

impl DocumentId {
    /// The one memory document of a turn: `<chat>.<turn>`. One document per turn keeps edits that a
    /// person made to facts of earlier turns, which appending to a document per chat would undo.
    pub fn of_turn(chat: &ChatId, turn: &TurnId) -> Self {
        Self(format!("{chat}.{turn}"))
    }
}

impl BankId {
    /// The longest bank id that a Hindsight 1.1 server takes, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 192;

    /// Checks a bank id against the rules of Hindsight 1.1: not empty, at most 192 bytes, no control
    /// characters, no leading underscore, and no `/`, which the server cannot route even when encoded.
    ///
    /// # Errors
    /// `InvalidInput`, naming the rule that was broken.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let refuse = |why: &str| {
            Err(Error::new(ErrorCode::InvalidInput, format!("The bank id `{text}` {why}."))
                .hint("Choose an id without `/`, control characters or a leading underscore."))
        };
        if text.trim().is_empty() {
            return Err(Error::new(ErrorCode::InvalidInput, "The bank id is empty."));
        }
        if text.len() > Self::MAX_BYTES {
            return refuse("is longer than 192 bytes");
        }
        if text.chars().any(char::is_control) {
            return refuse("contains a control character");
        }
        if text.starts_with('_') {
            return refuse("starts with an underscore");
        }
        if text.contains('/') {
            return refuse("contains a `/`, which Hindsight servers cannot address");
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bank_id_with_a_slash_is_refused_with_the_reason() {
        let error = BankId::parse("team/ana").unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput);
        assert!(error.message.contains('/'));
    }

    #[test]
    fn bank_ids_with_blanks_and_other_signs_are_kept_as_they_are() {
        for text in ["ana", "Ana's bank", "100%?#", "日本"] {
            assert_eq!(BankId::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn bank_ids_that_the_server_would_refuse_are_refused_here() {
        for text in ["", "  ", "_x", "a\nb", &"x".repeat(193)] {
            assert!(BankId::parse(text).is_err(), "{text:?} should be refused");
        }
    }

    #[test]
    fn minted_ids_sort_by_time() {
        let ids: Vec<_> = (0..50).map(|_| TurnId::mint()).collect();
        let mut sorted = ids.clone();
        sorted.sort();
        assert_eq!(ids, sorted);
    }
}
