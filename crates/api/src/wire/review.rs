//! Runs of changes that a person makes to memory, each with one undo.

use super::wire;
use rearview_curate::finding::FindingKind;
use rearview_curate::run::{Edit, RunView};
use rearview_domain::journal::ChangeState;
use rearview_domain::time::Time;
use rearview_domain::{BankId, JournalId, ServerId};
use rearview_hindsight::{MemoryFilter, MemoryPatch};

wire! {
    /// One change in a run.
    request FactChange {
        /// The fact.
        pub id: String,
        /// What changes.
        pub patch: MemoryPatch,
    }

    /// Changes facts, as one run.
    request ChangeMemories {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// What this is, for the list of runs, e.g. `Retire 20 facts`.
        pub label: String,
        /// The changes; each fact stands once.
        pub changes: Vec<FactChange>,
    }

    /// Changes all facts that match a filter, as one run.
    request ChangeMatching {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// What this is.
        pub label: String,
        /// Which facts; `limit` and `offset` do not count.
        pub filter: MemoryFilter,
        /// What changes.
        pub patch: MemoryPatch,
    }

    /// Does the same to some facts, worked out for each: one more entity, dates shifted. As one run.
    request EditMemories {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// What this is.
        pub label: String,
        /// These facts …
        pub ids: Option<Vec<String>>,
        /// … or all that match …
        pub filter: Option<MemoryFilter>,
        /// … without these.
        pub except: Option<Vec<String>>,
        /// What is done.
        pub edit: Edit,
        /// An earlier run of the same action, when that goes to facts of several banks; all of them have one undo.
        pub together: Option<JournalId>,
    }

    /// What an edit would do.
    request PreviewEdit {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// These facts …
        pub ids: Option<Vec<String>>,
        /// … or all that match …
        pub filter: Option<MemoryFilter>,
        /// … without these.
        pub except: Option<Vec<String>>,
        /// What would be done; a patch is `{kind: 'patch', patch}`.
        pub edit: Edit,
    }

    /// Makes one entity of several, fact by fact, as one run.
    request MergeEntities {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The name that stays.
        pub into: String,
        /// The names that go.
        pub from: Vec<String>,
    }

    /// Looks a whole bank through with checks that need no model.
    request FindInBank {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which checks; none named means all.
        pub kinds: Vec<FindingKind>,
    }

    /// A fact of a pair as a person saw it.
    request SeenFact {
        /// The fact.
        pub id: String,
        /// Its text …
        pub text: String,
        /// … and whether that is only the beginning of it.
        pub cut: bool,
    }

    /// Keeps both facts of a pair.
    request KeepPair {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// One of them.
        pub one: SeenFact,
        /// The other.
        pub other: SeenFact,
    }

    /// Lists kept pairs.
    request ListKeptPairs {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// At most this many.
        pub limit: Option<u32>,
        /// Without the first so many.
        pub offset: Option<u32>,
    }

    /// Forgets that pairs were kept.
    request ForgetPairs {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The pairs, by the ids of their facts in either order.
        pub pairs: Vec<(String, String)>,
    }

    /// Lists runs.
    request ListRuns {
        /// Of this server …
        pub server_id: Option<ServerId>,
        /// … and this bank; else all.
        pub bank_id: Option<BankId>,
        /// At most this many.
        pub limit: Option<u32>,
        /// Without the first so many.
        pub offset: Option<u32>,
    }

    /// Names a run.
    request JournalRef {
        /// The run.
        pub id: JournalId,
    }

    /// A run with some of its changes.
    request GetRun {
        /// The run.
        pub id: JournalId,
        /// Only changes in these states.
        pub states: Option<Vec<ChangeState>>,
        /// At most this many.
        pub limit: Option<u32>,
        /// Without the first so many.
        pub offset: Option<u32>,
    }

    /// Takes a run back.
    request UndoRun {
        /// The run.
        pub id: JournalId,
        /// Take back also what somebody else changed since.
        pub anyway: Option<bool>,
    }
}

wire! {
    /// A fact of a kept pair.
    answer KeptPairFact {
        /// The fact.
        pub id: String,
        /// The beginning of its text as it was then.
        pub text: String,
    }

    /// A pair of which both facts are kept.
    answer KeptPairView {
        /// One of them.
        pub one: KeptPairFact,
        /// The other.
        pub other: KeptPairFact,
        /// When it was decided.
        pub at: Time,
    }

    /// Some kept pairs.
    answer KeptPairPage {
        /// The pairs, the latest first.
        pub pairs: Vec<KeptPairView>,
        /// How many there are.
        pub total: u32,
    }

    /// The runs of one action.
    answer RunsTogether {
        /// Those that were taken back or done again, in that order.
        pub runs: Vec<RunView>,
    }
}
