//! Recall, reflect and retain by hand; why a fact is not there; saved checks.
//!
//! The requests to memory cross as the API spells them, so that what is copied is what was sent.

use super::wire;
use rearview_curate::check::{Check, CheckResult, Difference};
use rearview_curate::gate::Expected;
use rearview_curate::stage::Stages;
use rearview_domain::settings::{Cap, MemoryMode};
use rearview_domain::{BankId, ChatId, ServerId};
use rearview_hindsight::{
    DryRun, Fact, RecallAnswer, RecallRequest, ReflectAnswer, ReflectRequest, RetainAnswer, RetainRequest,
};

wire! {
    /// What a turn would ask a bank.
    request LabDefaultsOf {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The chat whose next turn is meant; absent means a new one.
        pub chat_id: Option<ChatId>,
    }

    /// Recalls by hand.
    request LabRecall {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// What is sent.
        pub request: RecallRequest,
        /// A name under which `lab.cancel` ends it.
        pub run: Option<String>,
    }

    /// Reflects by hand.
    request LabReflect {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// What is sent.
        pub request: ReflectRequest,
        /// A name under which `lab.cancel` ends it.
        pub run: Option<String>,
    }

    /// Retains by hand.
    request LabRetain {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// What is sent.
        pub request: RetainRequest,
        /// A name under which `lab.cancel` ends it.
        pub run: Option<String>,
    }

    /// Reads a text as a retain would and stores nothing.
    request LabTryRetain {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// What a retain would send. What says how it is stored counts for nothing here.
        pub request: RetainRequest,
        /// A name under which `lab.cancel` ends it.
        pub run: Option<String>,
    }

    /// Asks what came of a retain.
    request LabRetainedOf {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The operations that the server named.
        pub operation_ids: Vec<String>,
        /// The documents that were sent.
        pub document_ids: Vec<String>,
    }

    /// Ends a call of the lab.
    request LabCancel {
        /// The name it was given.
        pub run: String,
    }

    /// Asks why a fact is not in an answer.
    request LabWhyNot {
        /// The server.
        pub server_id: ServerId,
        /// The bank that is recalled from.
        pub bank_id: BankId,
        /// How it is recalled from.
        pub request: RecallRequest,
        /// The fact.
        pub expected: Expected,
        /// How many facts a turn takes of the answer.
        pub max_memories: Option<u32>,
        /// A name under which `lab.cancel` ends it.
        pub run: Option<String>,
    }

    /// Saves a check; one without an id is new.
    request SaveCheck {
        /// The check.
        pub check: Check,
    }

    /// One check.
    request CheckRef {
        /// Its id.
        pub id: String,
    }

    /// Runs checks.
    request RunChecks {
        /// These; absent means all.
        pub ids: Option<Vec<String>>,
    }

    /// Writes checks as YAML.
    request ExportChecks {
        /// These; absent means all.
        pub ids: Option<Vec<String>>,
    }

    /// Reads checks from YAML.
    request ImportChecks {
        /// The text of the file.
        pub yaml: String,
        /// The server that they will run on.
        pub server_id: ServerId,
    }
}

wire! {
    /// What a turn would ask a bank, and where.
    answer LabDefaults {
        /// What it would recall with. The query is the chat's last message, or empty.
        pub recall: RecallRequest,
        /// What it would reflect with.
        pub reflect: ReflectRequest,
        /// What it would store with, without the text.
        pub retain: RetainRequest,
        /// Whether it recalls or reflects.
        pub mode: MemoryMode,
        /// How many facts it takes of the answer.
        pub max_memories: Cap,
        /// Where recall is asked.
        pub recall_url: String,
        /// Where reflect is asked.
        pub reflect_url: String,
        /// Where is retained.
        pub retain_url: String,
        /// Whether the server wants a key.
        pub key: bool,
    }

    /// What a recall by hand found.
    answer LabRecalled {
        /// The request as it was sent.
        #[ts(type = "unknown")]
        pub body: serde_json::Value,
        /// From question to answer, in milliseconds.
        pub ms: f64,
        /// The answer.
        pub answer: RecallAnswer,
        /// The same, stage by stage.
        pub stages: Stages,
        /// Fields that the server did not know.
        pub ignored_params: Vec<String>,
    }

    /// What a reflect by hand said.
    answer LabReflected {
        /// The request as it was sent.
        #[ts(type = "unknown")]
        pub body: serde_json::Value,
        /// From question to answer, in milliseconds.
        pub ms: f64,
        /// The answer.
        pub answer: ReflectAnswer,
        /// Fields that the server did not know.
        pub ignored_params: Vec<String>,
    }

    /// What the server said to a retain by hand.
    answer LabRetained {
        /// The request as it was sent.
        #[ts(type = "unknown")]
        pub body: serde_json::Value,
        /// Until the server answered, in milliseconds.
        pub ms: f64,
        /// The answer.
        pub answer: RetainAnswer,
    }

    /// What a retain would make of a text.
    answer LabTried {
        /// The request as it was sent.
        #[ts(type = "unknown")]
        pub body: serde_json::Value,
        /// From question to answer, in milliseconds.
        pub ms: f64,
        /// The facts that would be stored.
        pub answer: DryRun,
    }

    /// How far one operation is.
    answer LabOperation {
        /// Its id.
        pub id: String,
        /// The server's word: `pending`, `processing`, `completed`, `failed`, `cancelled`, `not_found`.
        pub status: String,
        /// Whether it changes no more by itself.
        pub over: bool,
        /// Why it failed, or why its last try did.
        pub error: Option<String>,
    }

    /// What came of a retain so far.
    answer LabLearned {
        /// The operations.
        pub operations: Vec<LabOperation>,
        /// The facts of the documents.
        pub facts: Vec<Fact>,
    }

    /// A check with its last two results.
    answer CheckView {
        /// The check.
        pub check: Check,
        /// The last result.
        pub last: Option<CheckResult>,
        /// What changed in it.
        pub difference: Option<Difference>,
    }

    /// All checks.
    answer CheckList {
        /// The checks, in the order they were made.
        pub items: Vec<CheckView>,
    }

    /// A check that a run is through with.
    answer CheckProgress {
        /// How many are done.
        pub done: u32,
        /// Of how many.
        pub of: u32,
        /// The check that was done last; absent at the start.
        pub view: Option<CheckView>,
    }

    /// Checks as YAML.
    answer CheckYaml {
        /// The text of the file.
        pub yaml: String,
    }

    /// What was read from YAML.
    answer ImportedChecks {
        /// The checks.
        pub items: Vec<Check>,
    }
}
