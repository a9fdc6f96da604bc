//! How SQLite gets at the memories of a list whose filter has to read each of them.
//!
//! Left alone, SQLite takes the index of the list's order and fetches memory after memory from all over the file: 100,000
//! of them take two to three times as long as reading the table from its beginning. But when many pass and few are
//! wanted, that order ends after a few. SQLite cannot know how many will pass; here it is known.

use crate::bank::Bank;
use crate::error::{Result, during};
use sqlx::sqlite::SqlitePool;

/// A way through the memories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Along whichever index SQLite takes.
    Index,
    /// The whole table from its beginning; what is found is put in order afterwards.
    Table,
}

/// Of the table's memories one in so many must be of the bank, or reading those of others takes longer.
const OWN: i64 = 3;
/// Memories that pass for one that is wanted, from which on following the order ends sooner.
const PASSING: i64 = 4;

impl Way {
    /// The way to all memories of a bank.
    pub(super) async fn through(db: &SqlitePool, bank: &Bank) -> Result<Self> {
        let (own, all): (i64, i64) = sqlx::query_as(
            "SELECT (SELECT count(*) FROM unit WHERE bank = ?1), (SELECT coalesce(max(no), 0) FROM unit)",
        )
        .bind(bank.no)
        .fetch_one(db)
        .await
        .map_err(during("count memories"))?;
        Ok(if own.saturating_mul(OWN) >= all { Self::Table } else { Self::Index })
    }

    /// The way to a page, when it is known how many pass.
    pub(super) fn to_page(self, total: i64, limit: i64, offset: i64) -> Self {
        let wanted = limit.saturating_add(offset);
        if wanted.saturating_mul(PASSING) <= total { Self::Index } else { self }
    }

    /// What stands behind the table's name.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Index => "",
            Self::Table => " NOT INDEXED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::Fresh;
    use crate::listing::given::{fact, put};

    #[tokio::test]
    async fn a_bank_that_is_most_of_the_file_is_read_from_the_table_and_a_small_one_is_not() {
        let fresh = Fresh::open().await;
        put(&fresh, vec![(fact("one"), &[]), (fact("two"), &[])]).await;
        let mut write = fresh.engine.write().await.unwrap();
        let small = crate::bank::find_or_make(&mut write, "small").await.unwrap();
        let large = crate::bank::find_or_make(&mut write, "large").await.unwrap();
        for _ in 0..9 {
            write.add_unit(large.no, &fact("more")).await.unwrap();
        }
        write.add_unit(small.no, &fact("few")).await.unwrap();
        write.commit().await.unwrap();
        let db = fresh.engine.read();
        assert_eq!(Way::through(db, &large).await.unwrap(), Way::Table);
        assert_eq!(Way::through(db, &small).await.unwrap(), Way::Index);
    }

    #[test]
    fn a_page_of_few_among_many_follows_the_order() {
        assert_eq!(Way::Table.to_page(400, 100, 0), Way::Index);
        assert_eq!(Way::Table.to_page(399, 100, 0), Way::Table);
        assert_eq!(Way::Table.to_page(400, 100, 1), Way::Table);
        assert_eq!(Way::Table.to_page(400, i64::MAX, i64::MAX), Way::Table);
        assert_eq!(Way::Index.to_page(0, 100, 0), Way::Index);
    }
}
