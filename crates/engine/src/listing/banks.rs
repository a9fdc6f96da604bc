//! The list of banks, the one written last first.

use crate::config::Config;
use crate::error::{Result, during};
use crate::time::iso;
use serde_json::{Value, json};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::HashMap;

/// A page of the banks whose id, name or alias holds `q`, whatever its case, and how many there are in all.
///
/// There are few banks, so all are read and the words are compared here: SQLite knows the case of ASCII only.
/// Memories are counted for the page alone.
pub(crate) async fn page(
    db: &SqlitePool,
    q: Option<&str>,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Value>, usize)> {
    let action = "list banks";
    let aliases = aliases(db).await?;
    // An id that begins with an underscore is nobody's: a clone that is not finished.
    let rows = sqlx::query(
        "SELECT no, id, name, config, created_at, updated_at, last_write_at, last_document_at FROM bank \
         WHERE substr(id, 1, 1) <> '_' \
         ORDER BY last_write_at DESC NULLS LAST, created_at DESC, no DESC",
    )
    .fetch_all(db)
    .await
    .map_err(during(action))?;
    let wanted = q.map(str::to_lowercase).unwrap_or_default();
    let holds = |text: &str| text.to_lowercase().contains(&wanted);
    let mut found: Vec<(i64, Value)> = Vec::new();
    for row in &rows {
        let no: i64 = row.try_get("no").map_err(during(action))?;
        let own = aliases.get(&no).map(Vec::as_slice).unwrap_or_default();
        let matched: Vec<&str> = match wanted.as_str() {
            "" => Vec::new(),
            _ => own.iter().map(|(alias, _)| alias.as_str()).filter(|alias| holds(alias)).collect(),
        };
        let id: &str = row.try_get("id").map_err(during(action))?;
        let name: Option<&str> = row.try_get("name").map_err(during(action))?;
        if wanted.is_empty() || holds(id) || name.is_some_and(holds) || !matched.is_empty() {
            let shown = own.iter().find(|(_, primary)| *primary).map(|(alias, _)| alias.as_str());
            found.push((no, item(row, shown, &matched).map_err(during(action))?));
        }
    }
    let total = found.len();
    let (limit, offset) = (usize::try_from(limit).unwrap_or(0), usize::try_from(offset).unwrap_or(0));
    let mut page: Vec<(i64, Value)> = found.into_iter().skip(offset).take(limit).collect();
    count(db, &mut page).await?;
    Ok((page.into_iter().map(|(_, item)| item).collect(), total))
}

/// Each bank's aliases, and whether the bank is shown under it.
async fn aliases(db: &SqlitePool) -> Result<HashMap<i64, Vec<(String, bool)>>> {
    let rows: Vec<(i64, String, bool)> =
        sqlx::query_as("SELECT bank, alias, is_primary FROM alias ORDER BY created_at, alias")
            .fetch_all(db)
            .await
            .map_err(during("list aliases"))?;
    let mut aliases: HashMap<i64, Vec<(String, bool)>> = HashMap::new();
    for (bank, alias, primary) in rows {
        aliases.entry(bank).or_default().push((alias, primary));
    }
    Ok(aliases)
}

fn item(row: &SqliteRow, shown: Option<&str>, matched: &[&str]) -> sqlx::Result<Value> {
    let config = Config::from_column(row.try_get("config")?);
    let (id, name): (&str, Option<&str>) = (row.try_get("id")?, row.try_get("name")?);
    let at = |column: &str| row.try_get::<Option<i64>, _>(column).map(|ms| ms.map(iso));
    Ok(json!({
        "bank_id": id,
        "name": name.unwrap_or(id),
        "disposition": config.disposition(),
        "mission": config.text("reflect_mission").unwrap_or_default(),
        "created_at": at("created_at")?,
        "updated_at": at("updated_at")?,
        "fact_count": 0,
        "last_document_at": at("last_document_at")?,
        "last_write_at": at("last_write_at")?,
        "display_alias": shown,
        "matched_aliases": matched,
    }))
}

/// Fills in `fact_count`: memories of every type that are not invalidated, as hindsight 1.1 counts.
async fn count(db: &SqlitePool, page: &mut [(i64, Value)]) -> Result<()> {
    let list = page.iter().map(|(no, _)| no.to_string()).collect::<Vec<_>>().join(",");
    let sql = format!("SELECT bank, count(*) FROM unit WHERE bank IN ({list}) AND state = 0 GROUP BY bank");
    let counts: Vec<(i64, i64)> =
        sqlx::query_as(AssertSqlSafe(sql)).fetch_all(db).await.map_err(during("count memories"))?;
    let counts: HashMap<i64, i64> = counts.into_iter().collect();
    for (no, item) in page {
        item["fact_count"] = json!(counts.get(no).copied().unwrap_or(0));
    }
    Ok(())
}
