//! Banks: all of a server, made, looked for by near names, deleted.

use crate::app::App;
use crate::commands::{invalid, missing, store_error};
use crate::wire::*;
use rearview_curate::alike;
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ErrorCode, ServerId};
use rearview_hindsight::{Bank, BankPatch, Client};

/// Banks asked for at a time.
const PAGE: u32 = 500;
/// More banks than this are not listed; the search of the server finds the others.
const MOST: usize = 10_000;

pub async fn list(app: &App, request: ServerRef) -> Result<BankList, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let answered = all(&client).await;
    app.0.clients.answered(&request.server_id, answered.as_ref().map(drop).map_err(Clone::clone));
    let (banks, total) = answered?;
    Ok(BankList { items: banks.into_iter().map(row).collect(), total })
}

/// All banks, page by page; a bank that moved to another page meanwhile is listed once.
pub(super) async fn all(client: &Client) -> Result<(Vec<Bank>, u64), Error> {
    let mut banks: Vec<Bank> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut offset = 0;
    loop {
        let page = client.banks(None, PAGE, offset).await.map_err(|error| error.to_error())?;
        let came = page.banks.len();
        let total = page.total.unwrap_or(0);
        banks.extend(page.banks.into_iter().filter(|bank| seen.insert(bank.id.clone())));
        offset += u32::try_from(came).unwrap_or(PAGE);
        // A server that says nothing about the total ends with a page that is not full.
        let over = if total > 0 { u64::from(offset) >= total } else { came < PAGE as usize };
        if came == 0 || over || banks.len() >= MOST {
            let total = total.max(banks.len() as u64);
            return Ok((banks, total));
        }
    }
}

fn row(bank: Bank) -> BankRow {
    let full = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let alias = full(bank.display_alias);
    BankRow {
        name: alias.clone().or(full(bank.name)).unwrap_or_else(|| bank.id.to_string()),
        id: bank.id,
        alias,
        facts: bank.fact_count,
        created_at: bank.created_at.map(Time),
        last_write_at: bank.last_write_at.map(Time),
    }
}

pub async fn alike(app: &App, request: FindAlike) -> Result<Alike, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let typed = request.typed.as_str();
    // The server's own search knows every alias, the list only the shown ones.
    let named = client.banks(Some(typed), PAGE, 0).await.map_err(|error| error.to_error())?;
    let is_it =
        |bank: &Bank| bank.id.as_str() == typed || bank.matched_aliases.iter().any(|alias| alias == typed);
    let exists = named.banks.iter().any(is_it);
    if exists {
        return Ok(Alike { exists, items: Vec::new() });
    }
    let (banks, _) = all(&client).await?;
    let names = banks.iter().flat_map(|bank| {
        [Some(bank.id.as_str()), bank.display_alias.as_deref(), bank.name.as_deref()].into_iter().flatten()
    });
    let near = alike::alike(typed, names);
    let mut items: Vec<BankRow> = Vec::new();
    for name in near {
        let meant = banks.iter().find(|bank| {
            bank.id.as_str() == name
                || bank.display_alias.as_deref() == Some(name)
                || bank.name.as_deref() == Some(name)
        });
        if let Some(bank) = meant.filter(|bank| items.iter().all(|row| row.id != bank.id)) {
            items.push(row(bank.clone()));
        }
    }
    Ok(Alike { exists, items })
}

pub async fn create(app: &App, request: CreateBank) -> Result<CreatedBank, Error> {
    let bank = BankId::parse(request.bank_id.as_str())?;
    let client = app.0.clients.client(&request.server_id).await?;
    if rearview_curate::transfer::look(&client, &bank).await?.is_some() {
        let message = format!("There is a bank `{bank}` on `{}` already.", client.server_name());
        return Err(Error::new(ErrorCode::Conflict, message).hint("Open it, or choose another id."));
    }
    let alias = request.alias.map(|alias| alias.trim().to_owned());
    let alias = alias.filter(|alias| !alias.is_empty() && alias != bank.as_str());
    if let Some(alias) = &alias {
        name_fits(alias)?;
    }
    if let Some(template) = &request.template {
        // What is wrong in the template is told before there is a bank.
        client.apply_template(&bank, template, true).await.map_err(|error| error.to_error())?;
    }
    client.put_bank(&bank, &BankPatch::default()).await.map_err(|error| error.to_error())?;
    let mut made = CreatedBank { bank_id: bank, alias_error: None, template: None, template_error: None };
    if let Some(alias) = alias {
        let named = client.add_alias(&made.bank_id, &alias, true).await;
        made.alias_error = named.err().map(|error| error.to_error());
    }
    if let Some(template) = request.template {
        match client.apply_template(&made.bank_id, &template, false).await {
            Ok(outcome) => made.template = Some(outcome),
            Err(error) => made.template_error = Some(error.to_error()),
        }
    }
    app.changed(&["banks"]);
    Ok(made)
}

/// Refuses what cannot be an alias, by the rules of ids.
pub(super) fn name_fits(alias: &str) -> Result<(), Error> {
    BankId::parse(alias).map(drop).map_err(|mut error| {
        error.message = error.message.replacen("The bank id", "The name", 1);
        error.hint = Some(
            "A name keeps the rules of ids: no `/`, at most 192 bytes, no leading underscore.".to_owned(),
        );
        error
    })
}

/// Every name of a bank: its id, and its aliases where the server has them.
async fn names(app: &App, server: &ServerId, bank: &BankId) -> Vec<BankId> {
    let mut names = vec![bank.clone()];
    if let Ok(client) = app.0.clients.client(server).await
        && let Ok(aliases) = client.aliases(bank).await
    {
        names.extend(aliases.aliases.into_iter().map(|alias| BankId(alias.alias)));
    }
    names
}

pub async fn uses(app: &App, request: BankRef) -> Result<BankUses, Error> {
    let server = app.0.setup.server(&request.server_id);
    let server = server.ok_or_else(|| missing("memory server", &request.server_id))?;
    let names = names(app, &request.server_id, &request.bank_id).await;
    let used = app.0.store.bank_use(&request.server_id, &names).await.map_err(store_error)?;
    let named = |bank: &Option<String>| {
        bank.as_deref().map(str::trim).is_some_and(|bank| names.iter().any(|name| name.as_str() == bank))
    };
    let profiles = app.0.setup.profiles().into_iter().filter(|profile| named(&profile.bank_id));
    let default = server.default_bank.as_deref().unwrap_or(rearview_domain::resolve::DEFAULT_BANK);
    Ok(BankUses {
        chats: used.chats,
        waiting: used.waiting,
        profiles: profiles.map(|profile| profile.name).collect(),
        server_default: names.iter().any(|name| name.as_str() == default),
    })
}

pub async fn use_by_default(app: &App, request: BankRef) -> Result<Done, Error> {
    let server = app.0.setup.server(&request.server_id);
    let mut server = server.ok_or_else(|| missing("memory server", &request.server_id))?;
    server.default_bank = Some(BankId::parse(request.bank_id.as_str())?.0);
    app.0.setup.save_server(&server).await?;
    app.0.setup.make_default(&request.server_id).await?;
    app.changed(&["servers", "chat"]);
    Ok(Done {})
}

pub async fn delete(app: &App, request: DeleteBank) -> Result<DeletedBank, Error> {
    let bank = &request.bank_id;
    let client = app.0.clients.client(&request.server_id).await?;
    let typed = request.typed.trim();
    let shown = match typed == bank.as_str() {
        true => true,
        false => {
            let page = client.banks(Some(bank.as_str()), PAGE, 0).await.map_err(|error| error.to_error())?;
            let found = page.banks.into_iter().find(|found| &found.id == bank).map(row);
            found.is_some_and(|found| found.name == typed)
        }
    };
    if !shown {
        return Err(invalid(format!(
            "What was typed is not the name of the bank `{bank}`; nothing was deleted."
        )));
    }
    if app.0.moves.touches(&request.server_id, bank) {
        return Err(Error::new(ErrorCode::Conflict, format!("The bank `{bank}` is being moved right now."))
            .hint("Stop the move first, or wait until it has ended."));
    }
    // No notice: the page that asked takes the bank off its lists first, and then asks for what is left.
    let deleted = client.delete_bank(bank).await.map_err(|error| error.to_error())?;
    Ok(DeletedBank { deleted })
}
