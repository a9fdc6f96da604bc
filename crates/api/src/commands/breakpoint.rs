//! Handlers about the breakpoints of a chat. What happens at one is in `turn` and in `rearview-turns`.

use super::chat::find;
use super::{invalid, store_error};
use crate::app::App;
use crate::wire::*;
use rearview_domain::breakpoint::{BreakCondition, Breakpoint};
use rearview_domain::time::Time;
use rearview_domain::{BankId, BreakpointId, Error};

/// More than these in a chat can be neither read nor meant.
const MOST: usize = 100;
/// Characters of a memory's text that are kept, to be shown when the memory cannot be read.
const TEXT: usize = 2_000;
/// Characters of a tag.
const TAG: usize = 200;

pub async fn list(app: &App, request: BreakpointsOf) -> Result<Breakpoints, Error> {
    let store = app.store_of(&request.chat_id);
    Ok(Breakpoints { items: store.breakpoints(&request.chat_id).await.map_err(store_error)? })
}

pub async fn set(app: &App, request: SetBreakpoint) -> Result<Breakpoint, Error> {
    let SetBreakpoint { chat_id, condition, on } = request;
    let store = app.store_of(&chat_id);
    find(store, &chat_id).await?;
    let condition = checked(condition)?;
    let all = store.breakpoints(&chat_id).await.map_err(store_error)?;
    let known = all.iter().find(|one| one.condition.is_same(&condition));
    if known.is_none() && all.len() >= MOST {
        return Err(invalid(format!("A chat has at most {MOST} breakpoints.")).hint("Remove one first."));
    }
    let breakpoint = match known {
        Some(known) => Breakpoint { condition, on, ..known.clone() },
        None => Breakpoint { id: BreakpointId::mint(), condition, on, created_at: Time::now() },
    };
    store.set_breakpoint(&chat_id, &breakpoint).await.map_err(store_error)?;
    app.changed(&["breakpoints"]);
    Ok(breakpoint)
}

pub async fn remove(app: &App, request: RemoveBreakpoint) -> Result<Done, Error> {
    let store = app.store_of(&request.chat_id);
    store.remove_breakpoint(&request.chat_id, &request.id).await.map_err(store_error)?;
    app.changed(&["breakpoints"]);
    Ok(Done {})
}

/// A condition that can match, without what would only take up room.
fn checked(condition: BreakCondition) -> Result<BreakCondition, Error> {
    Ok(match condition {
        BreakCondition::Memory { server_id, bank_id, memory_id, text } => {
            BankId::parse(bank_id.as_str())?;
            if memory_id.is_empty() {
                return Err(invalid("Which memory?"));
            }
            let text = text.chars().take(TEXT).collect();
            BreakCondition::Memory { server_id, bank_id, memory_id, text }
        }
        BreakCondition::Tag { tag } => {
            let tag = tag.trim().to_owned();
            if tag.is_empty() || tag.chars().count() > TAG {
                return Err(invalid(format!("A tag has 1 to {TAG} characters.")));
            }
            BreakCondition::Tag { tag }
        }
        other => other,
    })
}
