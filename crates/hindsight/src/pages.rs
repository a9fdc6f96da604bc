//! Lists that a server answers in pages: the parameters that choose a page, and the whole of those lists that are
//! short as a rule and are shown at once.

use crate::client::Client;
use crate::error::Result;
use crate::query::Query;
use crate::send::Call;
use serde::de::DeserializeOwned;
use std::collections::HashSet;

/// The most that servers list at once.
const PAGE: u32 = 1000;
/// Pages of one list that are asked for; a server whose list never ends does not keep us for ever.
const MOST: u32 = 20;

/// A page of a list of things that have ids.
pub(crate) trait Page: DeserializeOwned {
    /// What is listed.
    type Item;
    /// Those of the page.
    fn items(&mut self) -> &mut Vec<Self::Item>;
    /// How many there are in all, where the server says it.
    fn total(&self) -> Option<u64>;
    /// The id of one.
    fn id(item: &Self::Item) -> &str;
}

impl Query {
    /// Adds a stretch of time and a page of what lies in it.
    pub(crate) fn page(
        self,
        from: &Option<String>,
        until: &Option<String>,
        limit: Option<u32>,
        offset: Option<u32>,
    ) -> Self {
        self.with("start_date", from).with("end_date", until).with("limit", &limit).with("offset", &offset)
    }
}

impl Client {
    /// Lists everything, page after page. A server that does not page answers the same again, which is taken once.
    pub(crate) async fn whole<P: Page>(&self, call: impl Fn(Query) -> Result<Call>) -> Result<P> {
        let mut whole: P = self.ask(call(Query::default().with("limit", &Some(PAGE)))?).await?;
        let mut known: HashSet<String> = whole.items().iter().map(|item| P::id(item).to_owned()).collect();
        for page in 1..MOST {
            let offset = page * PAGE;
            // Elements that could not be read are left out, so the server's own count is the better word.
            let over = match whole.total() {
                Some(total) => u64::from(offset) >= total,
                None => known.len() < offset as usize,
            };
            if over {
                break;
            }
            let query = Query::default().with("limit", &Some(PAGE)).with("offset", &Some(offset));
            let mut next: P = self.ask(call(query)?).await?;
            let before = known.len();
            for item in std::mem::take(next.items()) {
                if known.insert(P::id(&item).to_owned()) {
                    whole.items().push(item);
                }
            }
            if known.len() == before {
                break;
            }
        }
        Ok(whole)
    }
}

/// Says how a page of this API is read.
macro_rules! page {
    ($page:ty: $item:ty) => {
        impl $crate::pages::Page for $page {
            type Item = $item;
            fn items(&mut self) -> &mut Vec<$item> {
                &mut self.items
            }
            fn total(&self) -> Option<u64> {
                self.total
            }
            fn id(item: &$item) -> &str {
                &item.id
            }
        }
    };
}
pub(crate) use page;
