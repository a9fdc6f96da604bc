//! All facts that match a filter, page by page: for whoever has to see a whole bank. Never more than a page is
//! held here.

use rearview_domain::BankId;
use rearview_domain::memory::FactType;
use rearview_hindsight::{Client, Fact, MemoryFilter, Result};

/// Facts a page. A page of 1,000 is some 1 MB and far below the largest answer that the client reads.
const PAGE: u32 = 1_000;

/// Facts of a bank, page after page.
pub struct Pages<'a> {
    client: &'a Client,
    bank: &'a BankId,
    filter: MemoryFilter,
    size: u32,
    offset: u32,
    total: Option<u64>,
    over: bool,
}

impl<'a> Pages<'a> {
    /// Those that match; `limit` and `offset` of the filter do not count.
    pub fn new(client: &'a Client, bank: &'a BankId, filter: &MemoryFilter) -> Self {
        Self { client, bank, filter: filter.clone(), size: PAGE, offset: 0, total: None, over: false }
    }

    /// The observations of a bank. The API has no call that finds those on a fact: who wants them looks all through.
    pub fn observations(client: &'a Client, bank: &'a BankId) -> Self {
        let filter = MemoryFilter { fact_type: Some(FactType::Observation), ..MemoryFilter::default() };
        Self::new(client, bank, &filter)
    }

    /// In pages of this size, without the first `from`. Servers count all that match anew for each page, so large ones are
    /// quicker.
    #[must_use]
    pub(crate) fn cut(mut self, size: u32, from: u32) -> Self {
        (self.size, self.offset) = (size, from);
        self
    }

    /// How many came by, with those before them.
    pub(crate) fn read(&self) -> u32 {
        self.offset
    }

    /// Whether the last page was read.
    pub(crate) fn is_over(&self) -> bool {
        self.over
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
        self.filter.limit = Some(self.size);
        self.filter.offset = Some(self.offset);
        let page = self.client.memories(self.bank, &self.filter).await?;
        let got = u32::try_from(page.items.len()).unwrap_or(u32::MAX);
        self.offset = self.offset.saturating_add(got);
        self.total = page.total.or(self.total);
        // A server may give fewer than asked: the total decides, and without one a short page is the last.
        self.over = got == 0 || page.total.map_or(got < self.size, |total| u64::from(self.offset) >= total);
        let mut items = page.items;
        if self.filter.fact_type == Some(FactType::Observation) {
            // A server that ignores the filter must not make a fact an observation.
            items.retain(|fact| fact.fact_type.is_none_or(|kind| kind == FactType::Observation));
        }
        Ok((got > 0).then_some(items))
    }
}
