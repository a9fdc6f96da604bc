//! Tags and how often each is used.

use super::read::{Params, page};
use crate::bank;
use crate::engine::Engine;
use crate::error::Result;
use crate::listing::tags::{self, Source};
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<Engine> {
    Router::new().route("/v1/default/banks/{bank}/tags", get(list))
}

#[derive(Deserialize)]
struct List {
    q: Option<String>,
    #[serde(default)]
    source: Source,
    limit: Option<i64>,
    offset: Option<i64>,
}

async fn list(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Params(asked): Params<List>,
) -> Result<Json<Value>> {
    let (limit, offset) = page(asked.limit, asked.offset, 100, i64::MAX)?;
    let bank = bank::find(engine.read(), &id).await?;
    let all = tags::all(engine.read(), &bank, asked.source, asked.q.as_deref()).await?;
    let total = all.len();
    let page = all
        .into_iter()
        .skip(usize::try_from(offset).unwrap_or(usize::MAX))
        .take(usize::try_from(limit).unwrap_or(usize::MAX));
    let items: Vec<Value> = page.map(|(tag, count)| json!({"tag": tag, "count": count})).collect();
    Ok(Json(json!({"items": items, "total": total, "limit": limit, "offset": offset})))
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::Fresh;
    use crate::listing::given::{fact, put};
    use crate::unit::NewUnit;
    use serde_json::json;

    const PATH: &str = "/v1/default/banks/b/tags";

    #[tokio::test]
    async fn tags_are_counted_searched_and_paged() {
        let fresh = Fresh::open().await;
        let tagged = |tags: &[&str]| {
            let tags = tags.iter().map(|&tag| tag.to_owned()).collect();
            (NewUnit { tags, ..fact("x") }, &[] as &[&str])
        };
        put(&fresh, vec![tagged(&["chat:1"]), tagged(&["chat:1", "User:ana"]), tagged(&[])]).await;
        let all = fresh.ok("GET", PATH, None).await;
        let (chat, user) = (json!({"tag": "chat:1", "count": 2}), json!({"tag": "User:ana", "count": 1}));
        assert_eq!((&all["items"], &all["total"]), (&json!([chat, user]), &json!(2)));
        let found = fresh.ok("GET", &format!("{PATH}?q=user:*"), None).await;
        assert_eq!(found["items"], json!([user]));
        let page = fresh.ok("GET", &format!("{PATH}?limit=1&offset=1"), None).await;
        assert_eq!((&page["items"], &page["total"]), (&json!([user]), &json!(2)));
        let models = fresh.ok("GET", &format!("{PATH}?source=mental_models"), None).await;
        assert_eq!(models["items"], json!([]));
        assert_eq!(fresh.ask("GET", &format!("{PATH}?source=bad"), None).await.0, 422);
    }
}
