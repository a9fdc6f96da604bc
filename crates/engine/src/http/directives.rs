//! Directives: list, make, read, change, delete.

use super::read::{Body, Params, page};
use crate::bank;
use crate::directive::{self, Change, Directive};
use crate::engine::Engine;
use crate::error::Result;
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<Engine> {
    Router::new().route("/v1/default/banks/{bank_id}/directives", get(list).post(make)).route(
        "/v1/default/banks/{bank_id}/directives/{directive_id}",
        get(read).patch(change).delete(remove),
    )
}

/// How a list is narrowed by tags; recall knows more ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ListMatch {
    #[default]
    Any,
    All,
    Exact,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    tags_match: ListMatch,
    active_only: Option<bool>,
    limit: Option<i64>,
    offset: Option<i64>,
}

impl Asked {
    /// Untagged rules apply everywhere, so they are shown with any tags.
    fn shows(&self, tags: &[String]) -> bool {
        let has = |tag: &String| tags.contains(tag);
        match self.tags_match {
            _ if self.tags.is_empty() || tags.is_empty() => true,
            ListMatch::Any => self.tags.iter().any(has),
            ListMatch::All => self.tags.iter().all(has),
            ListMatch::Exact => self.tags.iter().all(has) && tags.iter().all(|tag| self.tags.contains(tag)),
        }
    }
}

async fn list(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Params(asked): Params<Asked>,
) -> Result<Json<Value>> {
    let (limit, offset) = page(asked.limit, asked.offset, 100, 1000)?;
    let bank = bank::find(engine.read(), &id).await?;
    let mut shown = directive::all(engine.read(), &bank, asked.active_only.unwrap_or(true)).await?;
    shown.retain(|directive| asked.shows(&directive.tags));
    let total = shown.len();
    let skip = usize::try_from(offset).unwrap_or(usize::MAX);
    let take = usize::try_from(limit).unwrap_or(0);
    let items: Vec<Value> =
        shown.iter().skip(skip).take(take).map(|directive| directive.to_json(&bank)).collect();
    Ok(Json(json!({"items": items, "total": total, "limit": limit, "offset": offset})))
}

#[derive(Deserialize)]
struct New {
    name: String,
    content: String,
    #[serde(default)]
    priority: i64,
    #[serde(default = "active")]
    is_active: bool,
    #[serde(default)]
    tags: Vec<String>,
}

fn active() -> bool {
    true
}

async fn make(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Body(new): Body<New>,
) -> Result<Json<Value>> {
    let mut write = engine.write().await?;
    let bank = bank::find_or_make(&mut write, &id).await?;
    let directive = Directive {
        priority: new.priority,
        is_active: new.is_active,
        tags: new.tags,
        ..Directive::new(new.name, new.content)
    };
    directive::save(&mut write, &bank, &directive).await?;
    write.commit().await?;
    Ok(Json(directive.to_json(&bank)))
}

async fn read(
    State(engine): State<Engine>,
    Path((id, directive)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    Ok(Json(directive::find(engine.read(), &bank, &directive).await?.to_json(&bank)))
}

/// Null counts as not given.
#[derive(Deserialize)]
struct Changes {
    name: Option<String>,
    content: Option<String>,
    priority: Option<i64>,
    is_active: Option<bool>,
    tags: Option<Vec<String>>,
}

async fn change(
    State(engine): State<Engine>,
    Path((id, directive)): Path<(String, String)>,
    Body(changes): Body<Changes>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    let mut write = engine.write().await?;
    let Changes { name, content, priority, is_active, tags } = changes;
    let change = Change { name, content, priority, is_active, tags };
    let changed = directive::change(&mut write, &bank, &directive, change).await?;
    write.commit().await?;
    Ok(Json(changed.to_json(&bank)))
}

async fn remove(
    State(engine): State<Engine>,
    Path((id, directive)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    let mut write = engine.write().await?;
    directive::remove(&mut write, &bank, &directive).await?;
    write.commit().await?;
    Ok(Json(json!({"status": "deleted"})))
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::Fresh;
    use serde_json::{Value, json};

    const PATH: &str = "/v1/default/banks/b/directives";

    async fn make(fresh: &Fresh, body: Value) -> String {
        fresh.ok("POST", PATH, Some(body)).await["id"].as_str().unwrap().to_owned()
    }

    fn names(list: &Value) -> Vec<&str> {
        list["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
    }

    #[tokio::test]
    async fn a_directive_is_made_with_its_bank_and_an_empty_name_is_one() {
        let fresh = Fresh::open().await;
        let made = fresh.ok("POST", PATH, Some(json!({"name": "", "content": "Be polite."}))).await;
        let expected = json!({"bank_id": "b", "name": "", "priority": 0, "is_active": true, "tags": []});
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&made[field], value, "{field}");
        }
        let path = format!("{PATH}/{}", made["id"].as_str().unwrap());
        assert_eq!(fresh.ok("GET", &path, None).await, made);
    }

    #[tokio::test]
    async fn the_highest_priority_stands_first_and_inactive_ones_only_when_asked_for() {
        let fresh = Fresh::open().await;
        make(&fresh, json!({"name": "low", "content": "x", "priority": -1})).await;
        make(&fresh, json!({"name": "high", "content": "x", "priority": 9})).await;
        make(&fresh, json!({"name": "off", "content": "x", "priority": 10, "is_active": false})).await;
        assert_eq!(names(&fresh.ok("GET", PATH, None).await), ["high", "low"]);
        let all = fresh.ok("GET", &format!("{PATH}?active_only=false&limit=2"), None).await;
        assert_eq!((names(&all), all["total"].as_i64()), (vec!["off", "high"], Some(3)));
    }

    #[tokio::test]
    async fn tags_narrow_the_list() {
        let fresh = Fresh::open().await;
        make(&fresh, json!({"name": "everywhere", "content": "x", "priority": 3})).await;
        make(&fresh, json!({"name": "a", "content": "x", "tags": ["a"], "priority": 2})).await;
        make(&fresh, json!({"name": "ab", "content": "x", "tags": ["a", "b"], "priority": 1})).await;
        for (query, found) in [
            ("tags=b", vec!["everywhere", "ab"]),
            ("tags=a&tags=b&tags_match=all", vec!["everywhere", "ab"]),
            ("tags=a&tags_match=exact", vec!["everywhere", "a"]),
        ] {
            assert_eq!(names(&fresh.ok("GET", &format!("{PATH}?{query}"), None).await), found, "{query}");
        }
    }

    #[tokio::test]
    async fn a_change_keeps_what_it_does_not_name() {
        let fresh = Fresh::open().await;
        let id = make(&fresh, json!({"name": "n", "content": "c", "priority": 4})).await;
        let path = format!("{PATH}/{id}");
        let changed = fresh.ok("PATCH", &path, Some(json!({"is_active": false, "name": null}))).await;
        assert_eq!(
            (&changed["name"], &changed["is_active"], &changed["priority"]),
            (&json!("n"), &json!(false), &json!(4))
        );
    }

    #[tokio::test]
    async fn a_directive_that_is_gone_and_an_id_that_is_none_are_told_apart() {
        let fresh = Fresh::open().await;
        let path = format!("{PATH}/{}", make(&fresh, json!({"name": "n", "content": "c"})).await);
        assert_eq!(fresh.ok("DELETE", &path, None).await, json!({"status": "deleted"}));
        for method in ["GET", "DELETE", "PATCH"] {
            let (status, _, answer) = fresh.ask(method, &path, None).await;
            assert_eq!(status, 404, "{method}");
            assert!(answer["detail"].as_str().unwrap().starts_with("Directive '"), "{answer}");
        }
        assert_eq!(fresh.ask("GET", &format!("{PATH}/bad"), None).await.0, 500);
        assert_eq!(fresh.ask("GET", "/v1/default/banks/nobody/directives", None).await.0, 404);
    }
}
