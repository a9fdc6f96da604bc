//! Saved views of the fact browser: list, keep, delete. They lie in the store's `entry` table; what is in a view is the
//! page's business.

use crate::app::App;
use crate::commands::{invalid, missing};
use crate::wire::*;
use rearview_domain::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const KIND: &str = "view";
/// Characters of a name; longer ones do not fit a menu.
const NAME: usize = 80;
/// Bytes of a view; a hundred long tags are less.
const BYTES: usize = 64 * 1024;
/// Views that are kept; more are not found again in a menu.
const MOST: usize = 200;

/// What lies in the store beside the id.
#[derive(Serialize, Deserialize)]
struct Kept {
    name: String,
    view: Value,
}

pub async fn list(app: &App, _: Empty) -> Result<ViewList, Error> {
    let kept = app.0.store.entries(KIND).await.map_err(|error| error.to_error())?;
    let items = kept.into_iter().filter_map(|(id, value)| match serde_json::from_value::<Kept>(value) {
        Ok(Kept { name, view }) => Some(SavedView { id, name, view }),
        Err(error) => {
            tracing::warn!(%error, id, "a saved view cannot be read and is skipped");
            None
        }
    });
    Ok(ViewList { items: items.collect() })
}

pub async fn save(app: &App, request: SaveView) -> Result<SavedView, Error> {
    let name = request.name.trim().to_owned();
    if name.is_empty() {
        return Err(invalid("The view has no name."));
    }
    if name.chars().count() > NAME {
        return Err(invalid(format!("The name of a view has at most {NAME} characters.")));
    }
    if request.view.to_string().len() > BYTES {
        return Err(invalid("The view is too large to be kept.").hint("Leave out some of its tags."));
    }
    let kept = list(app, Empty {}).await?.items;
    let id = match request.id {
        Some(id) if kept.iter().any(|view| view.id == id) => id,
        Some(id) => return Err(missing("view", &id)),
        None if kept.len() >= MOST => {
            return Err(invalid(format!("{MOST} views are kept already.")).hint("Delete one of them first."));
        }
        None => uuid::Uuid::now_v7().to_string(),
    };
    let value = serde_json::json!({"name": name, "view": request.view});
    app.0.store.put_entry(KIND, &id, &value).await.map_err(|error| error.to_error())?;
    app.changed(&["views"]);
    Ok(SavedView { id, name, view: request.view })
}

pub async fn delete(app: &App, request: ViewRef) -> Result<Done, Error> {
    let gone = app.0.store.delete_entry(KIND, &request.id).await.map_err(|error| error.to_error())?;
    if !gone {
        return Err(missing("view", &request.id));
    }
    app.changed(&["views"]);
    Ok(Done {})
}
