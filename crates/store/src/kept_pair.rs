//! The `kept_pair` table: pairs of facts that a person wants both of.
//!
//! Which pair stands and which is another one by now is decided in `rearview-curate`; here the two ids of a pair are
//! brought into one order, so that it is the same pair from either side.

use crate::db::commit;
use crate::error::{Result, during};
use crate::open::Store;
use rearview_domain::time::Time;
use rearview_domain::{BankId, ServerId};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// One fact of a kept pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSide {
    /// Its id.
    pub id: String,
    /// The digest of its text.
    pub digest: String,
    /// The beginning of its text.
    pub text: String,
}

/// Two facts that are both kept. The one with the smaller id is the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptPair {
    /// One of them.
    pub first: KeptSide,
    /// The other.
    pub second: KeptSide,
    /// When it was decided.
    pub at: Time,
}

impl KeptPair {
    /// A pair, whichever fact is named first.
    pub fn of(one: KeptSide, other: KeptSide, at: Time) -> Self {
        let (first, second) = if one.id <= other.id { (one, other) } else { (other, one) };
        Self { first, second, at }
    }
}

impl Store {
    /// Keeps a pair; one that is there already is kept as it is now.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn keep_pair(&self, server: &ServerId, bank: &BankId, pair: &KeptPair) -> Result<()> {
        sqlx::query(
            "INSERT OR REPLACE INTO kept_pair (server_id, bank_id, first_id, second_id, first_digest, \
             second_digest, first_text, second_text, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .bind(server.as_str())
        .bind(bank.as_str())
        .bind(&pair.first.id)
        .bind(&pair.second.id)
        .bind(&pair.first.digest)
        .bind(&pair.second.digest)
        .bind(&pair.first.text)
        .bind(&pair.second.text)
        .bind(&pair.at.0)
        .execute(&self.app().writer)
        .await
        .map_err(during("keep a pair of facts"))?;
        Ok(())
    }

    /// Kept pairs of a bank, the latest first, with how many there are.
    ///
    /// # Errors
    /// `Unreadable`.
    pub async fn kept_pairs(
        &self,
        server: &ServerId,
        bank: &BankId,
        limit: u32,
        offset: u32,
    ) -> Result<(Vec<KeptPair>, u32)> {
        let action = "list the kept pairs of facts";
        let rows = sqlx::query(
            "SELECT * FROM kept_pair WHERE server_id = ?1 AND bank_id = ?2 \
             ORDER BY at DESC, first_id, second_id LIMIT ?3 OFFSET ?4",
        )
        .bind(server.as_str())
        .bind(bank.as_str())
        .bind(limit)
        .bind(offset)
        .fetch_all(&self.app().readers)
        .await
        .map_err(during(action))?;
        let total =
            sqlx::query_scalar("SELECT count(*) FROM kept_pair WHERE server_id = ?1 AND bank_id = ?2")
                .bind(server.as_str())
                .bind(bank.as_str())
                .fetch_one(&self.app().readers)
                .await
                .map_err(during(action))?;
        let pairs = rows.iter().map(pair_of).collect::<sqlx::Result<_>>().map_err(during(action))?;
        Ok((pairs, total))
    }

    /// Forgets pairs, by the ids of their facts in either order. All or none; one that is gone is no error.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn forget_pairs(
        &self,
        server: &ServerId,
        bank: &BankId,
        pairs: &[(String, String)],
    ) -> Result<u64> {
        let action = "forget kept pairs of facts";
        let mut tx = self.app().begin(action).await?;
        let mut gone = 0;
        for (one, other) in pairs {
            let (first, second) = if one <= other { (one, other) } else { (other, one) };
            gone += sqlx::query(
                "DELETE FROM kept_pair WHERE server_id = ?1 AND bank_id = ?2 AND first_id = ?3 AND second_id = ?4",
            )
            .bind(server.as_str())
            .bind(bank.as_str())
            .bind(first)
            .bind(second)
            .execute(&mut *tx)
            .await
            .map_err(during(action))?
            .rows_affected();
        }
        commit(tx, action).await?;
        Ok(gone)
    }
}

fn pair_of(row: &SqliteRow) -> sqlx::Result<KeptPair> {
    let side = |id: &str, digest: &str, text: &str| -> sqlx::Result<KeptSide> {
        Ok(KeptSide { id: row.try_get(id)?, digest: row.try_get(digest)?, text: row.try_get(text)? })
    };
    Ok(KeptPair {
        first: side("first_id", "first_digest", "first_text")?,
        second: side("second_id", "second_digest", "second_text")?,
        at: Time(row.try_get("at")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::at;

    fn side(id: &str, text: &str) -> KeptSide {
        KeptSide { id: id.to_owned(), digest: format!("digest of {text}"), text: text.to_owned() }
    }

    #[tokio::test]
    async fn a_pair_is_the_same_from_either_side_and_belongs_to_one_bank_of_one_server() {
        let store = Store::in_memory().await.unwrap();
        let (server, bank) = (ServerId::from("s"), BankId::from("b"));
        let forth = KeptPair::of(side("2", "two"), side("1", "one"), at(1));
        let back = KeptPair::of(side("1", "one, changed"), side("2", "two"), at(2));
        assert_eq!((forth.first.id.as_str(), back.first.id.as_str()), ("1", "1"));
        store.keep_pair(&server, &bank, &forth).await.unwrap();
        store.keep_pair(&server, &bank, &back).await.unwrap();
        let later = KeptPair::of(side("');--", "it"), side("\n", "them"), at(3));
        store.keep_pair(&server, &bank, &later).await.unwrap();
        let (pairs, total) = store.kept_pairs(&server, &bank, 10, 0).await.unwrap();
        assert_eq!((pairs.as_slice(), total), ([later.clone(), back].as_slice(), 2));
        assert_eq!(store.kept_pairs(&server, &"other".into(), 10, 0).await.unwrap(), (vec![], 0));
        assert_eq!(store.kept_pairs(&"other".into(), &bank, 10, 0).await.unwrap(), (vec![], 0));

        let pairs = [("2".to_owned(), "1".to_owned()), ("1".to_owned(), "nothing".to_owned())];
        assert_eq!(store.forget_pairs(&server, &bank, &pairs).await.unwrap(), 1);
        let (pairs, total) = store.kept_pairs(&server, &bank, 1, 0).await.unwrap();
        assert_eq!((pairs, total), (vec![later], 1));
    }
}
