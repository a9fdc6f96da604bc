//! Tags and how often each is used.

use crate::address::Path;
use crate::client::Client;
use crate::error;
use crate::lenient;
use crate::query::Query;
use crate::send::Call;
use rearview_domain::BankId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where tags are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum TagSource {
    /// Facts and observations.
    Memories,
    /// Mental models.
    MentalModels,
}

/// Which tags to list. The default lists the first 100 of all memories.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct TagFilter {
    /// A pattern; `*` stands for anything.
    pub q: Option<String>,
    /// Where they are looked for.
    pub source: Option<TagSource>,
    /// At most this many.
    pub limit: Option<u32>,
    /// Without the first so many.
    pub offset: Option<u32>,
}

/// A tag and how often it is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TagCount {
    /// The tag.
    pub tag: String,
    /// How many carry it.
    #[serde(default, deserialize_with = "lenient::option")]
    pub count: Option<u64>,
}

/// A page of tags, the most used first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TagPage {
    /// The tags.
    #[serde(default, deserialize_with = "lenient::list")]
    pub items: Vec<TagCount>,
    /// How many there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u64>,
}

impl Client {
    /// Lists the tags of a bank.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist; as every call else.
    pub async fn tags(&self, bank: &BankId, filter: &TagFilter) -> error::Result<TagPage> {
        let query = Query::default()
            .with("q", &filter.q)
            .with("source", &filter.source)
            .with("limit", &filter.limit)
            .with("offset", &filter.offset);
        let path = Path::bank(bank)?.word("/tags");
        self.ask(Call::get(path, format!("list the tags of the bank `{bank}`")).query(query.done())).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_tag_without_a_count_is_a_tag_and_nonsense_is_none() {
        let page: TagPage =
            serde_json::from_value(json!({"items": [{"tag": "a", "count": "many"}, 7, {"count": 3}]}))
                .unwrap();
        assert_eq!(page.items, [TagCount { tag: "a".to_owned(), count: None }]);
        assert_eq!(page.total, None);
    }
}
