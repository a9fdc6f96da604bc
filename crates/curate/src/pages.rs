//! All facts that match a filter, page by page: for whoever has to see a whole bank. Never more than a page is
//! held here.

use rearview_domain::BankId;
use rearview_hindsight::{Client, Fact, MemoryFilter, Result};

/// Facts a page. A page of 1,000 is some 1 MB and far below the largest answer that the client reads.
const PAGE: u32 = 1_000;

/// Facts of a bank, page after page.
pub struct Pages<'a> {
    client: &'a Client,
    bank: &'a BankId,
    filter: MemoryFilter,
    page: u32,
    offset: u32,
    total: Option<u64>,
    over: bool,
}

impl<'a> Pages<'a> {
    /// Those that match; `limit` and `offset` of the filter do not count.
    pub fn new(client: &'a Client, bank: &'a BankId, filter: &MemoryFilter) -> Self {
        Self { client, bank, filter: filter.clone(), page: PAGE, offset: 0, total: None, over: false }
    }

    /// With this many facts a page. Servers count all that match anew for each page, so large ones are quicker.
    pub fn of(mut self, facts: u32) -> Self {
        self.page = facts;
        self
    }

    /// How many there are, as the last page said.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The next page; `None` after the last.
    ///
    /// # Errors
    /// Those of the list.
    pub async fn next(&mut self) -> Result<Option<Vec<Fact>>> {
        if self.over {
            return Ok(None);
        }
        self.filter.limit = Some(self.page);
        self.filter.offset = Some(self.offset);
        let page = self.client.memories(self.bank, &self.filter).await?;
        let got = u32::try_from(page.items.len()).unwrap_or(u32::MAX);
        self.offset = self.offset.saturating_add(got);
        self.total = page.total.or(self.total);
        // A server may give fewer than asked: the total decides, and without one a short page is the last.
        self.over = got == 0 || page.total.map_or(got < self.page, |total| u64::from(self.offset) >= total);
        Ok((got > 0).then_some(page.items))
    }
}
