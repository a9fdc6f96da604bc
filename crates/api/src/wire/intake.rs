//! Bringing memory in and taking it out.

use super::wire;
use rearview_curate::intake::{Batch, Voices};
use rearview_curate::outlet::OutletFormat;
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ServerId};
use rearview_hindsight::{ExtractedFact, MemoryFilter, TokenUsage};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where memory comes from.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub enum IntakeSource {
    /// Text that was pasted or written.
    Text {
        /// The text.
        text: String,
    },
    /// A file that came from the page.
    Upload {
        /// Its id.
        upload_id: String,
        /// Positions of the chosen conversations; absent means all.
        chosen: Option<Vec<u32>>,
    },
}

/// Where memory goes, and how it is read.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct IntakePlan {
    /// The memory server.
    pub server_id: ServerId,
    /// The bank.
    pub bank_id: BankId,
    /// What is brought in.
    pub sources: Vec<IntakeSource>,
    /// Whose words of conversations.
    pub voices: Voices,
    /// Tags on all of it, beside the batch's own.
    pub tags: Vec<String>,
    /// The date of texts; absent means none. Conversations have their own.
    pub at: Option<Time>,
}

wire! {
    /// Looks into a file that came from the page.
    request GlanceAt {
        /// The file.
        pub upload_id: String,
    }

    /// Reads a part of a plan without storing anything.
    request SampleIntake {
        /// The plan.
        pub plan: IntakePlan,
        /// How many documents to read, spread over the plan.
        pub documents: u32,
    }

    /// Brings memory in.
    request StartIntake {
        /// The plan. Its uploads belong to the batch from now on.
        pub plan: IntakePlan,
        /// What the batch is called.
        pub label: String,
    }

    /// Names a batch.
    request BatchRef {
        /// The batch.
        pub batch_id: String,
    }

    /// Takes facts out into a file.
    request TakeOut {
        /// The memory server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which facts; `limit` and `offset` are not read.
        pub filter: MemoryFilter,
        /// How they are written.
        pub format: OutletFormat,
    }
}

wire! {
    /// What tokens cost at the model behind a memory server.
    answer MemoryPrice {
        /// `provider/model`, when it is known.
        pub model: Option<String>,
        /// US dollars; absent when they are not known.
        pub usd: Option<f64>,
        /// Where that comes from, or why it is not known.
        pub why: String,
    }

    /// The batches.
    answer BatchList {
        /// The newest first.
        pub items: Vec<Batch>,
    }

    /// One document of a dry run.
    answer SampledDocument {
        /// The id it would have.
        pub document_id: String,
        /// Its text.
        pub text: String,
        /// When it was said.
        pub at: Option<Time>,
        /// The facts that would be stored.
        pub facts: Vec<ExtractedFact>,
        /// Tokens that it took.
        pub usage: Option<TokenUsage>,
        /// Why it could not be read.
        pub error: Option<Error>,
    }
}

/// What a dry run says, in this order: how much there is, each document, the sum.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum SampleEvent {
    /// How much there is.
    Counted {
        /// Documents in all.
        documents: u32,
        /// Of those, ones that only the server can read and no dry run can try.
        unread: u32,
        /// Characters in all.
        characters: u32,
        /// How many will be tried.
        tried: u32,
    },
    /// A document was tried.
    Tried {
        /// What came of it.
        document: Box<SampledDocument>,
    },
    /// All were tried: what the whole would take, from the share that was.
    Estimated {
        /// Facts; absent when nothing could be tried.
        facts: Option<u32>,
        /// Tokens read and written; absent when the server did not count.
        input_tokens: Option<u32>,
        /// Tokens written.
        output_tokens: Option<u32>,
        /// What they cost.
        price: MemoryPrice,
    },
}

/// How far taking facts out is.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum OutletEvent {
    /// So many of so many are written.
    Written {
        /// Facts in the file.
        facts: u32,
        /// Facts that match, when the server says.
        total: Option<u32>,
    },
    /// The file is whole.
    Done {
        /// Where it is.
        path: String,
        /// Facts in it.
        facts: u32,
    },
}
