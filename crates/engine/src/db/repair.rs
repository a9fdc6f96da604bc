//! Keyword tables that are wrong, missing or out of step are made anew from the memories, in the background.
//!
//! Looked for once after an unclean stop ([`follow`], begun by `work`), and whenever a search or a write meets
//! one ([`Repairs::report`]). Until it is done the bank is found by meaning and by what is indexed already.
//! Damage of the memories themselves is never repaired here: [`check_tables`] makes opening fail.

use super::Write;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during, sqlite_code};
use futures_util::TryStreamExt as _;
use sqlx::AssertSqlSafe;
use sqlx::sqlite::SqlitePool;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The file that stands beside the database while it is open, or while something is left to repair.
const MARK: &str = "memory.open";
/// Memories indexed in one transaction: short enough for other writers to get their turn.
const BATCH: i64 = 500;
/// Before a repair that failed (a full disk, say) is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// What is wrong with a keyword table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// It cannot be used: made anew, then filled.
    All,
    /// It was made anew by the write that met it: only filled.
    Empty,
}

/// What is known to be wrong.
#[derive(Clone, Debug, Default)]
struct State {
    /// The last run ended uncleanly, and nobody has looked since.
    unchecked: bool,
    banks: BTreeMap<i64, Wrong>,
}

/// What has to be repaired, and who waits for it.
#[derive(Debug)]
pub(crate) struct Repairs {
    state: watch::Sender<State>,
    mark: PathBuf,
}

impl Repairs {
    /// Looks whether the last run ended cleanly, and marks this one as running. To be called under the lock and
    /// before SQLite opens the file, which folds a journal that was left.
    pub(super) fn begin(dir: &Path, database: &Path) -> Self {
        let mark = dir.join(MARK);
        let journal = database.with_extension("db-wal");
        let left = std::fs::metadata(&journal).is_ok_and(|meta| meta.len() > 0);
        let unchecked = left || mark.exists();
        if let Err(error) = std::fs::write(&mark, []) {
            // The journal says the same, as long as it is not lost too.
            tracing::warn!(%error, "an unclean stop may go unnoticed");
        }
        let state = State { unchecked, banks: BTreeMap::new() };
        Self { state: watch::Sender::new(state), mark }
    }

    /// Whether the last run ended uncleanly and the keyword tables were not looked at since.
    pub(super) fn unchecked(&self) -> bool {
        self.state.borrow().unchecked
    }

    /// Says that everything is closed. With something left to repair the next start looks again.
    pub(super) fn end(&self) {
        let state = self.state.borrow();
        if !state.unchecked && state.banks.is_empty() {
            // What stays only makes the next start look in vain.
            let _ = std::fs::remove_file(&self.mark);
        }
    }

    /// Says that this error came from a bank's keyword table; false when it tells of something else. The table
    /// is made anew soon.
    pub(crate) fn report(&self, bank: i64, error: &EngineError) -> bool {
        let ours = concerns_keywords(error, bank);
        if ours {
            self.put_in(bank, Wrong::All);
        }
        ours
    }

    /// Says that a bank's keyword table was made anew and lacks what stood there before.
    pub(super) fn emptied(&self, bank: i64) {
        self.put_in(bank, Wrong::Empty);
    }

    fn put_in(&self, bank: i64, wrong: Wrong) {
        self.state.send_if_modified(|state| {
            let new = !state.banks.contains_key(&bank);
            if new {
                tracing::warn!(bank, "a keyword index is wrong and is made anew");
            }
            state.banks.entry(bank).or_insert(wrong);
            new
        });
    }

    /// Waits until nothing is left to look at or to repair.
    #[cfg(test)]
    async fn settled(&self) {
        let mut state = self.state.subscribe();
        state.wait_for(|state| !state.unchecked && state.banks.is_empty()).await.unwrap();
    }
}

/// Whether an error of a statement on this bank's keyword table tells that the table is at fault: its content is
/// damaged, or it or a table behind it is missing.
pub(super) fn concerns_keywords(error: &EngineError, bank: i64) -> bool {
    match error {
        EngineError::Damaged { .. } => true,
        EngineError::Database { source, .. } => {
            // SQLITE_CONSTRAINT: it forgot what it holds, and takes a place twice.
            sqlite_code(source).is_some_and(|code| code & 0xff == 19)
                || source.to_string().contains(&format!("keyword_{bank}"))
        }
        _ => false,
    }
}

/// After an unclean stop: whether every table that cannot be made anew can be read.
///
/// # Errors
/// `Damaged`; nothing was changed.
pub(super) async fn check_tables(db: &SqlitePool) -> Result<()> {
    let action = "check the memory database after an unclean stop";
    // Full-text tables and the tables behind them can be made anew.
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'",
    )
    .fetch_all(db)
    .await
    .map_err(during(action))?;
    for table in tables {
        if let Some(wrong) = look(db, &table).await.map_err(during(action))? {
            tracing::error!(table, wrong, "the memory database is damaged");
            return Err(EngineError::Damaged { action, source: sqlx::Error::Protocol(wrong) });
        }
    }
    Ok(())
}

/// What SQLite finds wrong with a table, if anything; its words name no values.
async fn look(db: &SqlitePool, table: &str) -> sqlx::Result<Option<String>> {
    let sql = format!("PRAGMA quick_check('{table}')");
    let said: Option<String> = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_optional(db).await?;
    Ok(said.filter(|said| said != "ok"))
}

/// Looks once after an unclean stop, then repairs whatever is reported, until the engine stops.
pub(crate) async fn follow(engine: Engine, stop: CancellationToken) {
    let repairs = engine.db().repairs();
    let mut state = repairs.state.subscribe();
    loop {
        let work = async {
            // An error is about the bank at hand, and others may still be helped; but they wait a minute.
            state.wait_for(|state| state.unchecked || !state.banks.is_empty()).await.ok();
            step(&engine).await
        };
        let done = tokio::select! {
            done = work => done,
            () = stop.cancelled() => return,
        };
        if let Err(error) = done {
            tracing::error!(%error, "could not repair a keyword index");
            tokio::select! {
                () = tokio::time::sleep(AGAIN_AFTER) => {}
                () = stop.cancelled() => return,
            }
        }
    }
}

/// The next thing to do.
async fn step(engine: &Engine) -> Result<()> {
    let repairs = engine.db().repairs();
    let State { unchecked, banks } = repairs.state.borrow().clone();
    if unchecked {
        check_keywords(engine).await?;
        repairs.state.send_modify(|state| state.unchecked = false);
        return Ok(());
    }
    let Some((bank, wrong)) = banks.into_iter().next() else { return Ok(()) };
    let began = std::time::Instant::now();
    let indexed = rebuild(engine, bank, wrong).await?;
    tracing::info!(bank, indexed, took = ?began.elapsed(), "a keyword index was made anew");
    repairs.state.send_modify(|state| {
        state.banks.remove(&bank);
    });
    Ok(())
}

/// Looks at every keyword table, and at the index of names.
async fn check_keywords(engine: &Engine) -> Result<()> {
    let banks: Vec<i64> = sqlx::query_scalar("SELECT no FROM bank ORDER BY no")
        .fetch_all(engine.read())
        .await
        .map_err(during("list banks"))?;
    for bank in banks {
        if is_wrong(engine.read(), bank).await.unwrap_or(true) {
            engine.db().repairs().put_in(bank, Wrong::All);
        }
    }
    if !matches!(look(engine.read(), "entity_gram").await, Ok(None)) {
        tracing::warn!("the index of names is wrong and is made anew");
        let mut write = engine.write().await?;
        sqlx::query("INSERT INTO entity_gram (entity_gram) VALUES ('rebuild')")
            .execute(write.sql())
            .await
            .map_err(during("make the index of names anew"))?;
        write.commit().await?;
    }
    Ok(())
}

/// Whether a keyword table is garbled, lacks a valid memory, has one that is not there or not valid, or does not
/// hold all words of those it has. An error means that it cannot even be read.
async fn is_wrong(db: &SqlitePool, bank: i64) -> sqlx::Result<bool> {
    if look(db, &format!("keyword_{bank}")).await?.is_some() {
        return Ok(true);
    }
    let out_of_step: bool = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT EXISTS (SELECT no FROM unit WHERE bank = ?1 AND state = 0 EXCEPT SELECT id FROM keyword_{bank}_docsize) \
         OR EXISTS (SELECT id FROM keyword_{bank}_docsize EXCEPT SELECT no FROM unit WHERE bank = ?1 AND state = 0)"
    )))
    .bind(bank)
    .fetch_one(db)
    .await?;
    if out_of_step {
        return Ok(true);
    }
    // FTS5's own check compares a contentless table with nothing: an empty index passes it.
    let held: Option<i64> =
        sqlx::query_scalar(AssertSqlSafe(format!("SELECT sum(cnt) FROM keyword_{bank}_terms")))
            .fetch_one(db)
            .await?;
    let mut words = 0;
    let sql = AssertSqlSafe(format!("SELECT sz FROM keyword_{bank}_docsize"));
    let mut sizes = sqlx::query_scalar::<_, Vec<u8>>(sql).fetch(db);
    while let Some(size) = sizes.try_next().await? {
        words += varint(&size);
    }
    Ok(held.unwrap_or(0) != words)
}

/// How many words FTS5 noted of a row: SQLite's number of seven bits a byte, the high ones first.
fn varint(bytes: &[u8]) -> i64 {
    let mut number = 0;
    for byte in bytes {
        number = (number << 7) | i64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

/// Makes a bank's keyword table anew and fills it, each batch a transaction of its own: what is indexed is found,
/// and what is written meanwhile indexes itself. A stop on the way leaves the mark, so the next start looks.
async fn rebuild(engine: &Engine, bank: i64, wrong: Wrong) -> Result<usize> {
    let exists: Option<i64> = sqlx::query_scalar("SELECT 1 FROM bank WHERE no = ?1")
        .bind(bank)
        .fetch_optional(engine.read())
        .await
        .map_err(during("find a bank"))?;
    if exists.is_none() {
        return Ok(0);
    }
    if wrong == Wrong::All {
        let mut write = engine.write().await?;
        write.remake_keywords(bank).await?;
        write.commit().await?;
    }
    let (mut after, mut indexed) = (0, 0);
    loop {
        let mut write = engine.write().await?;
        let units: Vec<i64> =
            sqlx::query_scalar("SELECT no FROM unit WHERE bank = ?1 AND no > ?2 ORDER BY no LIMIT ?3")
                .bind(bank)
                .bind(after)
                .bind(BATCH)
                .fetch_all(write.sql())
                .await
                .map_err(during("index memories"))?;
        let Some(last) = units.last() else { return Ok(indexed) };
        (after, indexed) = (*last, indexed + units.len());
        touch(&mut write, bank, &units);
        write.commit().await?;
    }
}

fn touch(write: &mut Write<'_>, bank: i64, units: &[i64]) {
    units.iter().for_each(|unit| write.touch(bank, *unit));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Options;
    use crate::engine::testing::Fresh;
    use crate::listing::given::{fact, put};
    use serde_json::{Value, json};

    /// What SQLite calls corrupt when it reads it.
    const GARBLE: &str = "UPDATE keyword_1_data SET block = x'ffffffffffffffffffffffff'";
    /// Reads like an index that holds nothing.
    const BLANK: &str = "UPDATE keyword_1_data SET block = x'00'";
    const TEXTS: [&str; 3] = ["Ana sails.", "Bob rows.", "Eve swims."];

    async fn filled() -> Fresh {
        let fresh = Fresh::open().await;
        put(&fresh, TEXTS.iter().map(|text| (fact(text), &[] as &[&str])).collect()).await;
        fresh
    }

    async fn run(fresh: &Fresh, sql: &'static str) {
        let mut write = fresh.engine.write().await.unwrap();
        sqlx::query(sql).execute(write.sql()).await.unwrap();
        write.commit().await.unwrap();
    }

    async fn recalled(fresh: &Fresh, query: &str) -> Vec<String> {
        let asked = Some(json!({"query": query}));
        let answer: Value = fresh.ok("POST", "/v1/default/banks/b/memories/recall", asked).await;
        let texts = answer["results"].as_array().unwrap().iter();
        texts.map(|fact| fact["text"].as_str().unwrap().to_owned()).collect()
    }

    /// Each memory is found by its own words, and by nothing else.
    async fn all_found(engine: &Engine, texts: &[&str]) {
        for text in texts {
            let word = text.split(' ').nth(1).unwrap().trim_end_matches('.');
            let found: Vec<String> = sqlx::query_scalar(
                "SELECT text FROM unit WHERE no IN (SELECT rowid FROM keyword_1 WHERE keyword_1 MATCH ?1)",
            )
            .bind(word)
            .fetch_all(engine.read())
            .await
            .unwrap();
            assert_eq!(found, [*text]);
        }
    }

    #[tokio::test]
    async fn a_search_in_a_garbled_index_is_answered_and_the_index_is_made_anew() {
        let fresh = filled().await;
        run(&fresh, GARBLE).await;
        recalled(&fresh, "Who sails?").await;
        fresh.engine.db().repairs().settled().await;
        assert_eq!(recalled(&fresh, "Who sails?").await, ["Ana sails."]);
        all_found(&fresh.engine, &TEXTS).await;
    }

    #[tokio::test]
    async fn a_search_in_a_dropped_index_is_answered_and_the_index_is_made_anew() {
        let fresh = filled().await;
        run(&fresh, "DROP TABLE keyword_1").await;
        recalled(&fresh, "Who rows?").await;
        fresh.engine.db().repairs().settled().await;
        assert_eq!(recalled(&fresh, "Who rows?").await, ["Bob rows."]);
    }

    #[tokio::test]
    async fn a_write_that_meets_a_wrong_index_is_kept_and_everything_is_found_after() {
        for harm in [GARBLE, BLANK, "DROP TABLE keyword_1"] {
            let fresh = filled().await;
            run(&fresh, harm).await;
            put(&fresh, vec![(fact("Ida climbs."), &[])]).await;
            fresh.engine.db().repairs().settled().await;
            all_found(&fresh.engine, &[TEXTS.as_slice(), &["Ida climbs."]].concat()).await;
        }
    }

    #[tokio::test]
    async fn an_index_that_followed_edits_and_removals_is_not_taken_for_wrong() {
        let fresh = filled().await;
        let mut write = fresh.engine.write().await.unwrap();
        let reworded = "UPDATE unit SET text = 'Ana and Ana and 周末 sail and sail' WHERE no = 1";
        sqlx::query(reworded).execute(write.sql()).await.unwrap();
        sqlx::query("UPDATE unit SET state = 1 WHERE no = 2").execute(write.sql()).await.unwrap();
        touch(&mut write, 1, &[1, 2]);
        write.remove_units(1, &[3]).await.unwrap();
        write.commit().await.unwrap();
        let long = "word ".repeat(400);
        put(&fresh, vec![(fact(&long), &["Ana"])]).await;
        assert!(!is_wrong(fresh.engine.read(), 1).await.unwrap());
    }

    /// Does harm to a closed folder whose last run looks like one that died, and opens it again.
    async fn reopened(fresh: &Fresh, harm: &'static str) -> Engine {
        use sqlx::{ConnectOptions as _, Connection as _};
        fresh.engine.close().await;
        let dir = fresh.engine.path().parent().unwrap();
        assert!(!dir.join(MARK).exists(), "a clean end left its mark");
        let path = dir.join(super::super::open::FILE);
        let mut raw = sqlx::sqlite::SqliteConnectOptions::new().filename(path).connect().await.unwrap();
        sqlx::query(harm).execute(&mut raw).await.unwrap();
        raw.close().await.unwrap();
        std::fs::write(dir.join(MARK), []).unwrap();
        let again = tempfile::tempdir().unwrap();
        // The closed engine holds the lock until its last clone goes: the file moves instead.
        for entry in std::fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), again.path().join(entry.file_name())).unwrap();
        }
        let options = Options { dir: again.keep(), weights: None, synthesis: None };
        Engine::open(options).await.unwrap()
    }

    #[tokio::test]
    async fn after_an_unclean_stop_an_index_that_is_out_of_step_missing_or_garbled_is_made_anew() {
        for harm in [
            "DELETE FROM keyword_1 WHERE rowid = 2",
            "INSERT INTO keyword_1 (rowid, text) VALUES (77, 'sails')",
            "DROP TABLE keyword_1",
            GARBLE,
            BLANK,
        ] {
            let fresh = filled().await;
            let engine = reopened(&fresh, harm).await;
            engine.db().repairs().settled().await;
            all_found(&engine, &TEXTS).await;
            let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM keyword_1_docsize")
                .fetch_one(engine.read())
                .await
                .unwrap();
            assert_eq!(rows, 3, "{harm}");
            engine.close().await;
            std::fs::remove_dir_all(engine.path().parent().unwrap()).unwrap();
        }
    }

    #[tokio::test]
    async fn after_an_unclean_stop_damaged_memories_are_refused_and_left_as_they_are() {
        let fresh = filled().await;
        let root: i64 = sqlx::query_scalar("SELECT rootpage FROM sqlite_schema WHERE name = 'unit'")
            .fetch_one(fresh.engine.read())
            .await
            .unwrap();
        fresh.engine.close().await;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(super::super::open::FILE);
        let mut bytes = std::fs::read(fresh.engine.path()).unwrap();
        let start = usize::try_from(root - 1).unwrap() * 4096;
        bytes[start..start + 4096].fill(0xff);
        std::fs::write(&path, &bytes).unwrap();
        std::fs::write(dir.path().join(MARK), []).unwrap();
        let options = Options { dir: dir.path().to_owned(), weights: None, synthesis: None };
        let refused = Engine::open(options).await.err().unwrap();
        assert!(matches!(refused, EngineError::Damaged { .. }), "{refused}");
        assert!(refused.to_string().contains("damaged"), "{refused}");
        assert!(std::fs::read(&path).unwrap() == bytes, "the damaged file was changed");
        assert!(dir.path().join(MARK).exists());
    }
}
