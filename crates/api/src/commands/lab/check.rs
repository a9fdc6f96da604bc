//! Saved checks: list, save, run, export, import.

use crate::app::App;
use crate::commands::{invalid, missing, store_error};
use crate::sink::Sink;
use crate::wire::*;
use rearview_curate::check::{self, Check, CheckResult, CheckState, FileCheck};
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ErrorCode};
use rearview_store::CheckRow;
use serde::Serialize;
use serde_json::Value;

/// A check that a page can read; one that a newer build wrote otherwise is left out, and stays on disk.
fn view(row: CheckRow) -> Option<CheckView> {
    let read =
        |value: Option<Value>| value.and_then(|value| serde_json::from_value::<CheckResult>(value).ok());
    let mut check: Check = serde_json::from_value(row.value)
        .inspect_err(|error| tracing::warn!(%error, id = row.id, "a check cannot be read"))
        .ok()?;
    check.id = row.id;
    let (last, before) = (read(row.last), read(row.before));
    let difference = last.as_ref().zip(before.as_ref()).map(|(last, before)| check::difference(before, last));
    Some(CheckView { check, last, difference })
}

async fn views(app: &App, ids: Option<&[String]>) -> Result<Vec<CheckView>, Error> {
    let rows = app.0.store.checks().await.map_err(store_error)?;
    let wanted = |row: &CheckRow| ids.is_none_or(|ids| ids.contains(&row.id));
    Ok(rows.into_iter().filter(wanted).filter_map(view).collect())
}

pub async fn list(app: &App, _: Empty) -> Result<CheckList, Error> {
    Ok(CheckList { items: views(app, None).await? })
}

pub async fn save(app: &App, request: SaveCheck) -> Result<Check, Error> {
    let mut check = request.check;
    check.name = check.name.trim().to_owned();
    if check.name.is_empty() {
        check.name = check.request.query.trim().chars().take(80).collect();
    }
    if check.request.query.trim().is_empty() {
        return Err(invalid("A check needs a query."));
    }
    if check.expect.is_empty() {
        return Err(invalid("A check that expects nothing cannot fail.").hint("Add what has to come back."));
    }
    BankId::parse(check.bank_id.as_str())?;
    if check.id.is_empty() {
        check.id = uuid::Uuid::now_v7().to_string();
    }
    put(app, std::slice::from_ref(&check)).await?;
    Ok(check)
}

async fn put(app: &App, checks: &[Check]) -> Result<(), Error> {
    let rows: Result<Vec<_>, Error> =
        checks.iter().map(|check| Ok((check.id.clone(), to_value(check)?))).collect();
    app.0.store.put_checks(&rows?).await.map_err(store_error)
}

pub async fn delete(app: &App, request: CheckRef) -> Result<Done, Error> {
    app.0.store.delete_check(&request.id).await.map_err(store_error)?;
    Ok(Done {})
}

pub async fn run(app: &App, request: RunChecks, sink: Box<dyn Sink>) -> Result<(), Error> {
    let views = views(app, request.ids.as_deref()).await?;
    if let Some([id]) = request.ids.as_deref()
        && views.is_empty()
    {
        return Err(missing("check", id));
    }
    let of = u32::try_from(views.len()).unwrap_or(u32::MAX);
    let mut going = tell(&*sink, &CheckProgress { done: 0, of, view: None })?;
    for (CheckView { check, last, .. }, done) in views.into_iter().zip(1..) {
        if !going {
            break;
        }
        let result = match app.0.clients.client(&check.server_id).await {
            Ok(client) => check::run(&client, &check).await,
            Err(error) => could_not(error),
        };
        app.0.store.put_check_result(&check.id, &to_value(&result)?).await.map_err(store_error)?;
        let difference = last.as_ref().map(|last| check::difference(last, &result));
        let view = Some(CheckView { check, last: Some(result), difference });
        going = tell(&*sink, &CheckProgress { done, of, view })?;
    }
    app.changed(&["checks"]);
    Ok(())
}

fn could_not(error: Error) -> CheckResult {
    CheckResult {
        at: Time::now(),
        state: CheckState::Unknown,
        ms: 0.0,
        tokens: 0,
        found: Vec::new(),
        count: 0,
        verdicts: Vec::new(),
        error: Some(error),
    }
}

fn tell(sink: &dyn Sink, progress: &CheckProgress) -> Result<bool, Error> {
    Ok(sink.send(to_value(progress)?.to_string()))
}

pub async fn export(app: &App, request: ExportChecks) -> Result<CheckYaml, Error> {
    let views = views(app, request.ids.as_deref()).await?;
    let checks: Vec<FileCheck> = views.iter().map(|view| FileCheck::from(&view.check)).collect();
    Ok(CheckYaml { yaml: check::write_file(&checks)? })
}

pub async fn save_file(app: &App, request: ExportChecks) -> Result<WrittenFile, Error> {
    let CheckYaml { yaml } = export(app, request).await?;
    app.save_file("rearview checks.yaml".to_owned(), yaml).await
}

pub async fn import(app: &App, request: ImportChecks) -> Result<ImportedChecks, Error> {
    app.0.setup.server(&request.server_id).ok_or_else(|| missing("memory server", &request.server_id))?;
    let read = check::read_file(&request.yaml)?;
    if read.is_empty() {
        return Err(invalid("There is no check in this file."));
    }
    let id = || uuid::Uuid::now_v7().to_string();
    let items: Vec<Check> = read.into_iter().map(|check| check.on(request.server_id.clone(), id())).collect();
    put(app, &items).await?;
    Ok(ImportedChecks { items })
}

fn to_value(value: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(value)
        .map_err(|error| Error::new(ErrorCode::Internal, format!("A check could not be written: {error}.")))
}
