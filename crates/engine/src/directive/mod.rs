//! Directives: hard rules that every answer of a bank has to follow, the one with the highest priority first.
//!
//! They are written and read here; what a model is told of them is in `reflect/prompt`. The HTTP side is in
//! `http/directives`.

use crate::bank::Bank;
use crate::db::Write;
use crate::error::{EngineError, Result, during};
use crate::time::{iso, now_ms};
use axum::http::StatusCode;
use serde_json::{Value, json};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{Row as _, SqliteExecutor};
use uuid::Uuid;

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Directive {
    pub(crate) id: String,
    /// May be empty.
    pub(crate) name: String,
    pub(crate) content: String,
    pub(crate) priority: i64,
    pub(crate) is_active: bool,
    /// Without tags it always applies.
    pub(crate) tags: Vec<String>,
    /// Milliseconds since 1970.
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

/// What a change sets; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    pub(crate) name: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) priority: Option<i64>,
    pub(crate) is_active: Option<bool>,
    pub(crate) tags: Option<Vec<String>>,
}

impl Directive {
    /// A rule that is not written yet.
    pub(crate) fn new(name: String, content: String) -> Self {
        let now = now_ms();
        Self {
            id: Uuid::new_v4().to_string(),
            name,
            content,
            priority: 0,
            is_active: true,
            tags: Vec::new(),
            created_at: now,
            updated_at: now,
        }
    }

    /// As the API answers it.
    pub(crate) fn to_json(&self, bank: &Bank) -> Value {
        json!({
            "id": self.id,
            "bank_id": bank.id,
            "name": self.name,
            "content": self.content,
            "priority": self.priority,
            "is_active": self.is_active,
            "tags": self.tags,
            "created_at": iso(self.created_at),
            "updated_at": iso(self.updated_at),
        })
    }

    fn read(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            content: row.try_get("content")?,
            priority: row.try_get("priority")?,
            is_active: row.try_get("is_active")?,
            tags: serde_json::from_str(row.try_get("tags")?).unwrap_or_default(),
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// All rules of a bank, or the active ones: highest priority first, then the newest.
pub(crate) async fn all(db: &SqlitePool, bank: &Bank, active_only: bool) -> Result<Vec<Directive>> {
    let rows = sqlx::query(
        "SELECT id, name, content, priority, is_active, tags, created_at, updated_at FROM directive \
         WHERE bank = ?1 AND (is_active = 1 OR NOT ?2) ORDER BY priority DESC, created_at DESC, id DESC",
    )
    .bind(bank.no)
    .bind(active_only)
    .fetch_all(db)
    .await
    .map_err(during("list directives"))?;
    rows.iter().map(Directive::read).collect::<sqlx::Result<_>>().map_err(during("list directives"))
}

/// One rule.
///
/// # Errors
/// 404 in the API's words when the bank has none with this id; 500 for an id that is no UUID, as hindsight 1.1
/// answers it.
pub(crate) async fn find<'e>(db: impl SqliteExecutor<'e>, bank: &Bank, id: &str) -> Result<Directive> {
    let id = checked(id)?;
    let row = sqlx::query(
        "SELECT id, name, content, priority, is_active, tags, created_at, updated_at FROM directive \
         WHERE bank = ?1 AND id = ?2",
    )
    .bind(bank.no)
    .bind(&id)
    .fetch_optional(db)
    .await
    .map_err(during("read a directive"))?;
    let row = row.ok_or_else(|| unknown(&id))?;
    Directive::read(&row).map_err(during("read a directive"))
}

/// Writes a rule, a new one or one that was changed.
pub(crate) async fn save(write: &mut Write<'_>, bank: &Bank, directive: &Directive) -> Result<()> {
    sqlx::query(
        "INSERT INTO directive (id, bank, name, content, priority, is_active, tags, created_at, updated_at) \
         VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9) ON CONFLICT (id) DO UPDATE SET name = excluded.name, \
         content = excluded.content, priority = excluded.priority, is_active = excluded.is_active, \
         tags = excluded.tags, updated_at = excluded.updated_at",
    )
    .bind(&directive.id)
    .bind(bank.no)
    .bind(&directive.name)
    .bind(&directive.content)
    .bind(directive.priority)
    .bind(directive.is_active)
    .bind(Value::from(directive.tags.clone()).to_string())
    .bind(directive.created_at)
    .bind(directive.updated_at)
    .execute(write.sql())
    .await
    .map_err(during("write a directive"))?;
    Ok(())
}

/// Changes what the change names. The rule as it is then.
pub(crate) async fn change(
    write: &mut Write<'_>,
    bank: &Bank,
    id: &str,
    change: Change,
) -> Result<Directive> {
    let old = find(write.sql(), bank, id).await?;
    let changed = Directive {
        name: change.name.unwrap_or(old.name),
        content: change.content.unwrap_or(old.content),
        priority: change.priority.unwrap_or(old.priority),
        is_active: change.is_active.unwrap_or(old.is_active),
        tags: change.tags.unwrap_or(old.tags),
        updated_at: now_ms(),
        ..old
    };
    save(write, bank, &changed).await?;
    Ok(changed)
}

/// Removes a rule.
///
/// # Errors
/// As [`find`].
pub(crate) async fn remove(write: &mut Write<'_>, bank: &Bank, id: &str) -> Result<()> {
    let id = checked(id)?;
    let gone = sqlx::query("DELETE FROM directive WHERE bank = ?1 AND id = ?2")
        .bind(bank.no)
        .bind(&id)
        .execute(write.sql())
        .await
        .map_err(during("remove a directive"))?;
    if gone.rows_affected() == 0 { Err(unknown(&id)) } else { Ok(()) }
}

/// The id as the table keeps it.
fn checked(id: &str) -> Result<String> {
    match Uuid::try_parse(id) {
        Ok(id) => Ok(id.to_string()),
        // Hindsight 1.1 lets its database refuse this, so a client sees a failure of the server.
        Err(_) => Err(EngineError::refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("invalid directive id: `{id}` is no UUID"),
        )),
    }
}

fn unknown(id: &str) -> EngineError {
    EngineError::not_found(format!("Directive '{id}' not found"))
}
