//! Templates: a bank's configuration, directives and mental models without any memory, to set up another.
//!
//! Directives match by name, mental models by id. The HTTP side is in `http/templates`.

mod schema;

pub(crate) use schema::schema;

use crate::bank::{self, Bank};
use crate::config::{Config, KEYS};
use crate::db::Write;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::time::now_ms;
use crate::work::queue::{self, NewOperation};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The one version there is.
const VERSION: &str = "1";
/// Modes that a template may name; `PATCH config` takes any text, a template does not (hindsight 1.1).
const MODES: [&str; 5] = ["concise", "verbose", "custom", "verbatim", "chunks"];

/// A template.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Template {
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) bank: Option<Map<String, Value>>,
    #[serde(default)]
    pub(crate) mental_models: Option<Vec<Model>>,
    #[serde(default)]
    pub(crate) directives: Option<Vec<Directive>>,
}

/// A mental model of a template.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Model {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) source_query: String,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default = "most_tokens")]
    pub(crate) max_tokens: i64,
    #[serde(default)]
    pub(crate) trigger: Option<Value>,
}

fn most_tokens() -> i64 {
    2048
}

/// A directive of a template.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Directive {
    pub(crate) name: String,
    pub(crate) content: String,
    #[serde(default)]
    pub(crate) priority: i64,
    #[serde(default = "yes")]
    pub(crate) is_active: bool,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
}

fn yes() -> bool {
    true
}

/// A bank as a template; a list with nothing in it is left out (hindsight 1.1).
pub(crate) async fn export(engine: &Engine, bank: &Bank) -> Result<Template> {
    let action = "read a bank for its template";
    let own = |name: &str| bank.config.overrides.get(name).cloned().unwrap_or(Value::Null);
    let config = KEYS.iter().map(|key| (key.name.to_owned(), own(key.name))).collect();
    let models: Vec<(String, String, String, String, i64, String)> = sqlx::query_as(
        "SELECT id, name, source_query, tags, max_tokens, trigger_options FROM mental_model WHERE bank = ?1 ORDER BY id",
    )
    .bind(bank.no)
    .fetch_all(engine.read())
    .await
    .map_err(during(action))?;
    let directives: Vec<(String, String, i64, i64, String)> = sqlx::query_as(
        "SELECT name, content, priority, is_active, tags FROM directive WHERE bank = ?1 ORDER BY priority DESC, created_at",
    )
    .bind(bank.no)
    .fetch_all(engine.read())
    .await
    .map_err(during(action))?;
    let list = |text: &str| serde_json::from_str(text).unwrap_or_default();
    Ok(Template {
        version: VERSION.to_owned(),
        bank: Some(config),
        mental_models: Some(
            models
                .into_iter()
                .map(|(id, name, source_query, tags, max_tokens, trigger)| Model {
                    id,
                    name,
                    source_query,
                    tags: list(&tags),
                    max_tokens,
                    trigger: serde_json::from_str(&trigger).ok(),
                })
                .collect(),
        )
        .filter(|models: &Vec<_>| !models.is_empty()),
        directives: Some(
            directives
                .into_iter()
                .map(|(name, content, priority, is_active, tags)| Directive {
                    name,
                    content,
                    priority,
                    is_active: is_active != 0,
                    tags: list(&tags),
                })
                .collect(),
        )
        .filter(|directives: &Vec<_>| !directives.is_empty()),
    })
}

/// Checks a template and the configuration it makes of a bank's.
fn checked(template: &Template, config: &Config) -> Result<Config> {
    if template.version != VERSION {
        return Err(EngineError::bad_request(format!(
            "Template schema validation failed: version: Value error, version '{}' is not supported by this server \
             (max supported: {VERSION}). Please upgrade Hindsight.",
            template.version
        )));
    }
    let invalid = |what: String| EngineError::bad_request(format!("Template validation failed: {what}"));
    let empty = Map::new();
    let wanted = template.bank.as_ref().unwrap_or(&empty);
    if let Some(mode) = wanted.get("retain_extraction_mode").and_then(Value::as_str)
        && !MODES.contains(&mode)
    {
        let modes = MODES.map(|mode| format!("'{mode}'")).join(", ");
        return Err(invalid(format!("bank.retain_extraction_mode: must be one of ({modes}), got '{mode}'")));
    }
    for directive in template.directives.iter().flatten() {
        if directive.name.trim().is_empty() || directive.content.trim().is_empty() {
            return Err(invalid("directives: name and content must not be empty".to_owned()));
        }
    }
    for model in template.mental_models.iter().flatten() {
        if model.id.trim().is_empty() || model.name.trim().is_empty() || model.source_query.trim().is_empty()
        {
            return Err(invalid("mental_models: id, name and source_query must not be empty".to_owned()));
        }
    }
    let mut config = config.clone();
    // Null means "not overridden" in a template, which leaves the bank's own value alone.
    let set = wanted.iter().filter(|(_, value)| !value.is_null());
    config.change(&set.map(|(key, value)| (key.clone(), value.clone())).collect())?;
    Ok(config)
}

/// Sets a bank up as a template says. The API's answer.
///
/// # Errors
/// 400 for a template that is wrong somewhere; nothing is changed then.
pub(crate) async fn import(engine: &Engine, bank_id: &str, template: &Template, dry: bool) -> Result<Value> {
    let there = bank::look(engine.read(), bank_id).await?;
    let config = checked(template, &there.as_ref().map(|bank| bank.config.clone()).unwrap_or_default())?;
    let mut write = engine.write().await?;
    // A dry run takes the same steps and rolls them back.
    let bank = bank::find_or_make(&mut write, bank_id).await?;
    sqlx::query("UPDATE bank SET config = ?2, updated_at = ?3 WHERE no = ?1")
        .bind(bank.no)
        .bind(config.to_column())
        .bind(now_ms())
        .execute(write.sql())
        .await
        .map_err(during("set up a bank"))?;
    let (mut models, mut directives) = (Changes::default(), Changes::default());
    let mut operations: Vec<String> = Vec::new();
    for directive in template.directives.iter().flatten() {
        let new = put_directive(&mut write, &bank, directive).await?;
        directives.note(new, &directive.name);
    }
    for model in template.mental_models.iter().flatten() {
        let new = put_model(&mut write, &bank, model).await?;
        models.note(new, &model.id);
        let refresh = NewOperation {
            kind: "refresh_mental_model",
            mental_model_id: Some(model.id.clone()),
            payload: json!({"mental_model_id": model.id}),
            ..NewOperation::default()
        };
        operations.push(queue::put(&mut write, &bank, &refresh).await?.to_string());
    }
    if dry {
        drop(write);
        operations.clear();
    } else {
        write.commit().await?;
        engine.worker().wake();
    }
    Ok(json!({
        "bank_id": bank.id, "config_applied": template.bank.is_some(),
        "mental_models_created": models.created, "mental_models_updated": models.updated,
        "directives_created": directives.created, "directives_updated": directives.updated,
        "operation_ids": operations, "dry_run": dry,
    }))
}

#[derive(Default)]
struct Changes {
    created: Vec<String>,
    updated: Vec<String>,
}

impl Changes {
    fn note(&mut self, new: bool, name: &str) {
        if new { self.created.push(name.to_owned()) } else { self.updated.push(name.to_owned()) }
    }
}

/// Whether it is new.
async fn put_directive(write: &mut Write<'_>, bank: &Bank, directive: &Directive) -> Result<bool> {
    let action = "set up a directive";
    let tags = Value::from(directive.tags.clone()).to_string();
    let now = now_ms();
    let updated = sqlx::query(
        "UPDATE directive SET content = ?3, priority = ?4, is_active = ?5, tags = ?6, updated_at = ?7 \
         WHERE bank = ?1 AND name = ?2",
    )
    .bind(bank.no)
    .bind(&directive.name)
    .bind(&directive.content)
    .bind(directive.priority)
    .bind(i64::from(directive.is_active))
    .bind(&tags)
    .bind(now)
    .execute(write.sql())
    .await
    .map_err(during(action))?;
    if updated.rows_affected() > 0 {
        return Ok(false);
    }
    sqlx::query(
        "INSERT INTO directive (id, bank, name, content, priority, is_active, tags, created_at, updated_at) \
         VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?8)",
    )
    .bind(Uuid::new_v4().to_string())
    .bind(bank.no)
    .bind(&directive.name)
    .bind(&directive.content)
    .bind(directive.priority)
    .bind(i64::from(directive.is_active))
    .bind(tags)
    .bind(now)
    .execute(write.sql())
    .await
    .map_err(during(action))?;
    Ok(true)
}

/// Whether it is new. The content of one that is there stays until its refresh.
async fn put_model(write: &mut Write<'_>, bank: &Bank, model: &Model) -> Result<bool> {
    let there: Option<i64> = sqlx::query_scalar("SELECT 1 FROM mental_model WHERE bank = ?1 AND id = ?2")
        .bind(bank.no)
        .bind(&model.id)
        .fetch_optional(write.sql())
        .await
        .map_err(during("set up a mental model"))?;
    sqlx::query(
        "INSERT INTO mental_model (bank, id, name, source_query, tags, max_tokens, trigger_options, created_at, updated_at) \
         VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?8) ON CONFLICT (bank, id) DO UPDATE SET name = excluded.name, \
         source_query = excluded.source_query, tags = excluded.tags, max_tokens = excluded.max_tokens, \
         trigger_options = excluded.trigger_options, updated_at = excluded.updated_at",
    )
    .bind(bank.no)
    .bind(&model.id)
    .bind(&model.name)
    .bind(&model.source_query)
    .bind(Value::from(model.tags.clone()).to_string())
    .bind(model.max_tokens)
    .bind(model.trigger.clone().unwrap_or_else(|| json!({})).to_string())
    .bind(now_ms())
    .execute(write.sql())
    .await
    .map_err(during("set up a mental model"))?;
    Ok(there.is_none())
}
