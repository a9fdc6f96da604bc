//! Changes of facts: one, many, all that match, and what they would do.
//!
//! Nothing changes a fact but through here: each change is in the journal with what was there before.

use super::begun;
use crate::app::App;
use crate::commands::invalid;
use crate::wire::*;
use rearview_curate::run::{ChangePreview, Edit, Plan, RunView, Which, matching};
use rearview_domain::journal::RunState;
use rearview_domain::{BankId, Error, ErrorCode, JournalId, ServerId};
use rearview_hindsight::{Client, MemoryFilter};
use std::collections::HashSet;

pub async fn change(app: &App, request: ChangeMemories) -> Result<RunView, Error> {
    let edit = |change: FactChange| (change.id, Some(Edit::Patch { patch: change.patch }));
    let plan = Plan {
        server_id: request.server_id,
        bank_id: request.bank_id,
        label: request.label,
        note: None,
        changes: request.changes.into_iter().map(edit).collect(),
        edit: None,
        together: None,
    };
    let id = app.0.journal.begin(plan).await?;
    told(app, begun(app, &id).await?).await
}

pub async fn change_matching(app: &App, request: ChangeMatching) -> Result<RunView, Error> {
    let which = Which::Matching(request.filter, HashSet::new());
    let edit = Edit::Patch { patch: request.patch };
    same_for_all(app, request.server_id, request.bank_id, request.label, which, edit, None).await
}

pub async fn edit(app: &App, request: EditMemories) -> Result<RunView, Error> {
    let which = which(request.ids, request.filter, request.except)?;
    let EditMemories { server_id, bank_id, label, edit, together, .. } = request;
    same_for_all(app, server_id, bank_id, label, which, edit, together).await
}

pub async fn preview(app: &App, request: PreviewEdit) -> Result<ChangePreview, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let which = which(request.ids, request.filter, request.except)?;
    rearview_curate::run::preview(&client, &request.bank_id, &which, &request.edit).await
}

pub async fn merge(app: &App, request: MergeEntities) -> Result<RunView, Error> {
    let into = request.into.trim().to_owned();
    let same = |name: &String| name.trim().to_lowercase() == into.to_lowercase();
    if into.is_empty() || request.from.is_empty() {
        return Err(invalid("Merging entities takes a name that stays and names that go."));
    }
    if request.from.iter().any(same) {
        return Err(invalid(format!("`{into}` cannot stay and go.")));
    }
    let client = app.0.clients.client(&request.server_id).await?;
    let ids = facts_of(&client, &request.bank_id, &request.from).await?;
    if ids.is_empty() {
        return Err(Error::new(ErrorCode::NotFound, "No fact has one of these entities any more."));
    }
    let plan = Plan {
        server_id: request.server_id,
        bank_id: request.bank_id,
        label: format!("Merge {} into {into}", request.from.join(", ")),
        note: Some(
            "The server has no call that merges entities: the list of each fact is rewritten.".to_owned(),
        ),
        changes: ids.into_iter().map(|id| (id, None)).collect(),
        edit: Some(Edit::MergeEntities { into, from: request.from }),
        together: None,
    };
    let id = app.0.journal.begin(plan).await?;
    told(app, begun(app, &id).await?).await
}

/// The facts with one of these entities, by name.
async fn facts_of(client: &Client, bank: &BankId, names: &[String]) -> Result<Vec<String>, Error> {
    let mut ids: Vec<String> = Vec::new();
    let mut pages = rearview_curate::pages::Pages::new(client, bank, &MemoryFilter::default());
    while let Some(page) = pages.next().await.map_err(|error| error.to_error())? {
        for fact in page {
            let listed = fact.entities.join(", ").to_lowercase();
            // A name with a comma comes apart in lists; the journal looks at the fact's own list again.
            let has = names.iter().map(|name| name.trim().to_lowercase()).any(|name| {
                let torn = name.contains(',') && listed.contains(&name);
                torn || fact.entities.iter().any(|entity| entity.trim().to_lowercase() == name)
            });
            if has && fact.fact_type != Some(rearview_domain::memory::FactType::Observation) {
                ids.push(fact.id);
            }
        }
    }
    ids.sort();
    ids.dedup();
    Ok(ids)
}

fn which(
    ids: Option<Vec<String>>,
    filter: Option<MemoryFilter>,
    except: Option<Vec<String>>,
) -> Result<Which, Error> {
    match (ids, filter) {
        (Some(ids), None) => Ok(Which::Ids(ids)),
        (None, Some(filter)) => Ok(Which::Matching(filter, except.into_iter().flatten().collect())),
        _ => Err(invalid("Either ids or a filter says which facts are meant, not both.")),
    }
}

async fn same_for_all(
    app: &App,
    server_id: ServerId,
    bank_id: BankId,
    label: String,
    which: Which,
    edit: Edit,
    together: Option<JournalId>,
) -> Result<RunView, Error> {
    let (ids, observations) = match which {
        Which::Ids(ids) => (ids, 0),
        Which::Matching(filter, except) => {
            let client = app.0.clients.client(&server_id).await?;
            matching(&client, &bank_id, &filter, &except).await?
        }
    };
    let note = (observations > 0).then(|| {
        format!("{observations} observations matched and were left out: they follow from their facts.")
    });
    let changes = ids.into_iter().map(|id| (id, None)).collect();
    let plan = Plan { server_id, bank_id, label, note, changes, edit: Some(edit), together };
    let id = app.0.journal.begin(plan).await?;
    told(app, begun(app, &id).await?).await
}

/// A small run of which nothing came to be is an error of the command, with the reason; it stays in the list.
async fn told(app: &App, run: RunView) -> Result<RunView, Error> {
    let small = run.total <= super::SMALL && !run.state.is_going();
    if !small || run.done > 0 {
        return Ok(run);
    }
    if let Some(error) = run.error {
        let hint = "It is in the list of changes and can be resumed there.";
        return Err(if run.state == RunState::Interrupted { error.hint(hint) } else { error });
    }
    let changes = app.0.journal.changes(&run.id, &[], super::SMALL, 0).await?.changes;
    let why = |change: rearview_curate::run::ChangeView| change.why;
    match (run.failed + run.conflicts > 0, run.facts.is_empty()) {
        (true, _) => {
            let why = changes.into_iter().find_map(why).unwrap_or_default();
            Err(Error::new(ErrorCode::InvalidInput, why))
        }
        (false, true) => {
            let why = changes.into_iter().find_map(why).unwrap_or_default();
            Err(Error::new(ErrorCode::NotFound, why).hint("Refresh the list; it may have been deleted."))
        }
        (false, false) => Ok(run),
    }
}
