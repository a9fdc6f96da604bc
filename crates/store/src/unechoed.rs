//! Memories that were shown again and again and never came back in an answer.
//!
//! What came back is `mention`'s index. A turn of which nobody knows whether a memory came back is told apart and never
//! counted as "did not". Called by `rearview-api`.

use crate::error::{Result, during};
use crate::open::Store;
use rearview_domain::TurnId;

/// A memory that never came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unechoed {
    /// The memory.
    pub memory_id: String,
    /// Turns in whose prompt it stood.
    pub shown: u64,
    /// Those of them in which it was looked for in the answer. In the others it is not known whether it came back.
    pub looked: u64,
    /// The latest turn in whose prompt it stood.
    pub last_turn: TurnId,
    /// When that was.
    pub last_at: String,
    /// Its words in the latest turn that met it; `None` when they are not in the index (yet).
    pub text: Option<String>,
}

/// The memories that never came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnechoedPage {
    /// The memories, those that were shown most first.
    pub items: Vec<Unechoed>,
    /// How many there are in all.
    pub total: u64,
    /// Memories that were shown often enough and of which it is not known in a single turn whether they came back.
    pub unknown: u64,
}

type Row = (String, i64, i64, i64);

impl Store {
    /// Memories that were shown in at least `shown` turns, were looked for in at least one answer, and came back in none.
    ///
    /// # Errors
    /// `Database`.
    pub async fn never_echoed(&self, shown: u32, limit: u32) -> Result<UnechoedPage> {
        let action = "list the memories that never came back";
        // First over the index alone, by parts; then exactly, by turns, for the few that are left.
        let rows: Vec<Row> = sqlx::query_as(
            "WITH candidate AS MATERIALIZED (
               SELECT memory_id FROM part_memory GROUP BY memory_id
               HAVING sum(role = 1) >= ?1 AND sum(role = 5) = 0)
             SELECT c.memory_id, count(DISTINCT CASE WHEN m.role = 1 THEN p.turn_id END) AS shown,
                    count(DISTINCT CASE WHEN m.role = 6 THEN p.turn_id END) AS looked,
                    max(CASE WHEN m.role = 1 THEN m.part END)
             FROM candidate c CROSS JOIN part_memory m ON m.memory_id = c.memory_id
             CROSS JOIN record_part p ON p.seq = m.part
             WHERE m.role IN (1, 6) GROUP BY c.memory_id HAVING shown >= ?1 ORDER BY shown DESC, c.memory_id",
        )
        .bind(shown.max(1))
        .fetch_all(&self.records().readers)
        .await
        .map_err(during(action))?;
        let (known, unknown): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.2 > 0);
        let total = known.len() as u64;
        let mut items = Vec::new();
        for (memory_id, shown, looked, part) in known.into_iter().take(limit as usize) {
            let (last_turn, last_at): (String, String) =
                sqlx::query_as("SELECT turn_id, at FROM record_part WHERE seq = ?1")
                    .bind(part)
                    .fetch_one(&self.records().readers)
                    .await
                    .map_err(during(action))?;
            items.push(Unechoed {
                text: self.latest_wording(&memory_id).await?,
                memory_id,
                shown: u64::try_from(shown).unwrap_or_default(),
                looked: u64::try_from(looked).unwrap_or_default(),
                last_turn: TurnId(last_turn),
                last_at,
            });
        }
        Ok(UnechoedPage { items, total, unknown: unknown.len() as u64 })
    }

    /// The words of a memory in the latest turn that met it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn latest_wording(&self, memory_id: &str) -> Result<Option<String>> {
        sqlx::query_scalar(
            "SELECT w.text FROM wording w CROSS JOIN part_wording x ON x.wording = w.id
             WHERE w.memory_id = ?1 ORDER BY x.part DESC LIMIT 1",
        )
        .bind(memory_id)
        .fetch_optional(&self.records().readers)
        .await
        .map_err(during("read the words of a memory"))
    }

    /// Which server and bank a turn asked; `None` when there was none or nobody noted it.
    ///
    /// # Errors
    /// `Database`.
    pub async fn bank_of_turn(&self, turn: &TurnId) -> Result<Option<(String, String)>> {
        let row: Option<(Option<String>, Option<String>)> =
            sqlx::query_as("SELECT server_id, bank_id FROM turn WHERE id = ?1")
                .bind(turn.as_str())
                .fetch_optional(&self.app().readers)
                .await
                .map_err(during("read the bank of a turn"))?;
        Ok(row.and_then(|(server, bank)| server.zip(bank)))
    }

    /// The turns that were replayed, the latest replay first, each once.
    ///
    /// # Errors
    /// `Database`.
    pub async fn replayed_turns(&self, limit: u32) -> Result<Vec<TurnId>> {
        let turns: Vec<String> =
            sqlx::query_scalar("SELECT turn_id FROM replay GROUP BY turn_id ORDER BY max(seq) DESC LIMIT ?1")
                .bind(limit)
                .fetch_all(&self.records().readers)
                .await
                .map_err(during("list the turns that were replayed"))?;
        Ok(turns.into_iter().map(TurnId).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, chat};
    use rearview_domain::record::{Echo, Echoed, RecordPart, Selected};

    async fn put(store: &Store, turn: &str, memories: &[&str], echoed: Option<&[&str]>) {
        let one = |id: &&str| Selected { memory_id: (*id).to_owned(), gate: None, pinned: false };
        let mut parts = vec![RecordPart::Selected(memories.iter().map(one).collect())];
        if let Some(back) = echoed {
            let one = |id: &&str| Echo {
                memory_id: (*id).to_owned(),
                words: if back.contains(id) { vec!["w".into()] } else { Vec::new() },
                ..Echo::default()
            };
            parts.push(RecordPart::Echoed(Echoed { memories: memories.iter().map(one).collect() }));
        }
        for part in parts {
            store.append_record(&turn.into(), &"c".into(), &at(0), &part).await.unwrap();
        }
    }

    #[tokio::test]
    async fn what_came_back_once_is_no_noise_and_what_nobody_looked_for_is_told_apart() {
        let store = Store::in_memory().await.unwrap();
        store.insert_chat(&chat("c")).await.unwrap();
        put(&store, "t1", &["loud", "useful", "rare"], Some(&[])).await;
        put(&store, "t2", &["loud", "useful"], Some(&["useful"])).await;
        put(&store, "t3", &["loud", "dark"], None).await;
        put(&store, "t4", &["dark"], None).await;
        let page = store.never_echoed(2, 10).await.unwrap();
        let told: Vec<_> = page.items.iter().map(|one| (&*one.memory_id, one.shown, one.looked)).collect();
        assert_eq!(told, [("loud", 3, 2)], "in one of its three turns it is not known");
        assert_eq!((page.total, page.unknown), (1, 1), "`dark` was never looked for");
        assert_eq!(page.items[0].last_turn.as_str(), "t3");
        assert_eq!(store.never_echoed(1, 10).await.unwrap().total, 2, "`rare` joins");
        assert_eq!(store.never_echoed(4, 10).await.unwrap(), UnechoedPage::default());
        let cut = store.never_echoed(1, 1).await.unwrap();
        assert_eq!((cut.items.len(), cut.total), (1, 2));
    }

    #[tokio::test]
    async fn a_part_that_is_written_twice_shows_a_memory_once() {
        let store = Store::in_memory().await.unwrap();
        store.insert_chat(&chat("c")).await.unwrap();
        put(&store, "t1", &["m"], Some(&[])).await;
        put(&store, "t1", &["m"], Some(&[])).await;
        assert_eq!(store.never_echoed(2, 10).await.unwrap().total, 0);
        assert_eq!(store.never_echoed(1, 10).await.unwrap().items[0].shown, 1);
    }
}
