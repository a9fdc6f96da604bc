//! The names of a bank.

use super::banks::name_fits;
use crate::app::App;
use crate::wire::*;
use rearview_domain::Error;
use rearview_hindsight::Aliases;

pub async fn list(app: &App, request: BankRef) -> Result<Aliases, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.aliases(&request.bank_id).await.map_err(|error| error.to_error())
}

/// Makes the name if the bank has it not yet, and shows the bank under it; the empty one shows its id again.
pub async fn rename(app: &App, request: RenameBank) -> Result<Aliases, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let bank = &request.bank_id;
    let alias = request.alias.trim();
    let has = client.aliases(bank).await.map_err(|error| error.to_error())?;
    let renamed = if alias.is_empty() || alias == bank.as_str() {
        match has.aliases.iter().find(|alias| alias.primary) {
            Some(shown) => client.set_primary_alias(bank, &shown.alias, false).await,
            None => Ok(has),
        }
    } else if has.aliases.iter().any(|one| one.alias == alias) {
        client.set_primary_alias(bank, alias, true).await
    } else {
        name_fits(alias)?;
        client.add_alias(bank, alias, true).await
    };
    let renamed = renamed.map_err(|error| error.to_error())?;
    app.changed(&["banks"]);
    Ok(renamed)
}

pub async fn add(app: &App, request: AddAlias) -> Result<Aliases, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let alias = request.alias.trim();
    name_fits(alias)?;
    client.add_alias(&request.bank_id, alias, request.primary).await.map_err(|error| error.to_error())
}

pub async fn remove(app: &App, request: AliasRef) -> Result<Aliases, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.remove_alias(&request.bank_id, &request.alias).await.map_err(|error| error.to_error())
}
