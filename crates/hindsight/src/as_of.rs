//! What a bank knew at a time. The engine in this app keeps every version and tells it; Hindsight 1.1 has no such call.

use crate::address::Path;
use crate::client::Client;
use crate::error;
use crate::lenient;
use crate::query::Query;
use crate::send::Call;
use rearview_domain::BankId;
use rearview_domain::memory::FactType;
use rearview_domain::time::Time;
use serde::Deserialize;

/// Which memories, at which time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// The time, by the clock of storing and changing.
    pub at: Time,
    /// Of this kind.
    pub fact_type: Option<FactType>,
    /// With this in the text or context of then.
    pub q: Option<String>,
    /// Only these; empty for all.
    pub ids: Vec<String>,
    /// At most this many; 0 asks for the counts only.
    pub limit: u32,
    /// Without the first so many.
    pub offset: u32,
}

/// A memory as it stood. One that was invalidated then is in no answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct StoodMemory {
    /// Its id.
    pub id: String,
    /// Its text then.
    pub text: String,
    /// Its kind; `None` for kinds that Rearview does not know.
    #[serde(default, deserialize_with = "lenient::option")]
    pub fact_type: Option<FactType>,
    /// When it happened, from, as it was known then.
    #[serde(default, deserialize_with = "lenient::option")]
    pub occurred_start: Option<String>,
    /// When it happened, to, as it was known then.
    #[serde(default, deserialize_with = "lenient::option")]
    pub occurred_end: Option<String>,
    /// When it was said.
    #[serde(default, deserialize_with = "lenient::option")]
    pub mentioned_at: Option<String>,
    /// When it was first stored.
    #[serde(default, deserialize_with = "lenient::option")]
    pub created_at: Option<String>,
    /// Until when it stood like this; `None` when it still does.
    #[serde(default, deserialize_with = "lenient::option")]
    pub stood_to: Option<String>,
    /// What ended that: `edited`, `invalidated`, `consolidated`, `removed`.
    #[serde(default, deserialize_with = "lenient::option")]
    pub change: Option<String>,
}

/// A page of what stood, the one said last first.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct StoodPage {
    /// The memories.
    #[serde(deserialize_with = "lenient::list")]
    pub items: Vec<StoodMemory>,
    /// How many stood in all.
    pub total: u64,
    /// How many more were there in the bank, of which the version of then is not kept any more.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub unknown: u64,
}

impl Client {
    /// Lists what a bank knew at a time. Ask only where the feature `as_of` is available: other servers take the path for
    /// that of a memory.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist; as every call else.
    pub async fn memories_as_of(&self, bank: &BankId, asked: &AsOf) -> error::Result<StoodPage> {
        let query = Query::default()
            .with("at", &Some(&asked.at))
            .with("type", &asked.fact_type)
            .with("q", &asked.q)
            .each("ids", &asked.ids)
            .with("limit", &Some(asked.limit))
            .with("offset", &Some(asked.offset));
        let path = Path::bank(bank)?.word("/memories/as-of");
        let call = Call::get(path, format!("list what the bank `{bank}` knew")).query(query.done());
        self.ask(call.feature("as_of")).await
    }
}
