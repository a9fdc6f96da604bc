//! Handlers of `bundle.*`: a turn in one file for bug reports, and looking at such a file. What is taken out of it is
//! `bundle`'s business.

use super::provider::account;
use super::{invalid, missing, store_error};
use crate::app::App;
use crate::bundle::hide::{Hidden, mask};
use crate::bundle::texts::Replace;
use crate::bundle::{Body, Bundle, FORMAT, LARGEST, VERSION, open};
use crate::clients::server_account;
use crate::wire::*;
use rearview_domain::record::Step;
use rearview_domain::time::Time;
use rearview_domain::{Error, ErrorCode};
use rearview_turns::xray::{cut, tokens_of};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::Value;

/// Characters of the file that are shown before it is written.
const BEGINNING: usize = 6_000;

pub async fn preview(app: &App, request: BundleOf) -> Result<BundlePreview, Error> {
    let bundle = gather(app, &request).await?;
    let text = write(&bundle)?;
    let size = |value: &Value| (!value.is_null()).then(|| value.to_string().len() as u64);
    let record = to_value(&bundle.record)?;
    let part = |name: &str, bytes: Option<u64>| BundlePart { name: name.to_owned(), bytes };
    let bodies: usize = bundle.bodies.iter().map(|body| body.text.len()).sum();
    let parts = vec![
        part("question", bundle.question.as_ref().map(|text| text.len() as u64)),
        part("answer", bundle.answer.as_ref().map(|text| text.len() as u64)),
        part("record of the turn, without the parts below", rest_of(&record)),
        part("recall: request, memories and trace", size(&record["memory"])),
        part("memory block", size(&record["injected"])),
        part("requests as sent, with spans", (!bundle.bodies.is_empty()).then_some(bodies as u64)),
        part("addresses and headers, masked", size(&record["steps"])),
        part("what was handed to memory and learned", told(&record)),
    ];
    let keys_removed = bundle.bodies.iter().filter(|body| body.key_removed).count();
    Ok(BundlePreview {
        file: file_name(&bundle),
        bytes: text.len() as u64,
        parts,
        beginning: text.chars().take(BEGINNING).collect(),
        keys_removed: u32::try_from(keys_removed).unwrap_or(u32::MAX),
    })
}

fn told(record: &Value) -> Option<u64> {
    let parts = ["retained", "learned", "moved"].map(|name| &record[name]);
    let bytes: usize = parts.iter().filter(|part| !part.is_null()).map(|part| part.to_string().len()).sum();
    (bytes > 0).then_some(bytes as u64)
}

fn rest_of(record: &Value) -> Option<u64> {
    let mut rest = record.clone();
    let fields = rest.as_object_mut()?;
    for name in ["memory", "injected", "steps", "retained", "learned", "moved"] {
        fields.remove(name);
    }
    Some(rest.to_string().len() as u64)
}

pub async fn save(app: &App, request: BundleOf) -> Result<WrittenFile, Error> {
    let bundle = gather(app, &request).await?;
    app.save_file(file_name(&bundle), write(&bundle)?).await
}

pub async fn open(app: &App, request: UploadRef) -> Result<OpenedBundle, Error> {
    let file = app.0.uploads.get(&request.upload_id)?;
    let read = async {
        if file.size > LARGEST {
            let message =
                format!("`{}` is larger than any turn bundle: {} MB.", file.name, file.size / 1_000_000);
            return Err(invalid(message));
        }
        let bytes = tokio::fs::read(&file.path).await.map_err(|error| {
            Error::new(ErrorCode::Internal, format!("The file could not be read: {error}."))
        })?;
        let name = file.name.clone();
        // Megabytes of JSON are no work for an async thread.
        tokio::task::spawn_blocking(move || open::read(&name, &bytes))
            .await
            .map_err(|_| Error::new(ErrorCode::Internal, "Reading the bundle failed inside Rearview."))?
    };
    let held = read.await;
    app.0.uploads.discard(&request.upload_id).await;
    let held = held?;
    let told = held.told.clone();
    app.0.bundles.hold(held);
    Ok(told)
}

pub async fn close(app: &App, request: BundleRef) -> Result<Done, Error> {
    app.0.bundles.close(&request.chat_id);
    Ok(Done {})
}

/// Puts a bundle together, without anything that nobody else may have.
async fn gather(app: &App, request: &BundleOf) -> Result<Bundle, Error> {
    if app.0.bundles.get(&request.chat_id).is_some() {
        return Err(invalid("This turn is from a bundle already."));
    }
    let store = app.store_of(&request.chat_id);
    let of = TurnRef { chat_id: request.chat_id.clone(), turn_id: request.turn_id.clone() };
    let turn = store.turn(&request.turn_id).await.map_err(store_error)?;
    let turn = turn.ok_or_else(|| missing("turn", &request.turn_id))?;
    let mut record = super::record::record(app, of.clone()).await?;
    let hidden = hidden(app).await;
    let replace = (!request.texts).then(Replace::new);
    let mut bodies = Vec::with_capacity(record.steps.len());
    for step in &mut record.steps {
        if let Some(body) = store.body(&step.body_hash).await.map_err(store_error)? {
            bodies.push(body_of(step, body, &hidden, replace.as_ref())?);
        }
        mask(step);
    }
    let mut said = [None, None];
    for (text, id) in said.iter_mut().zip([&turn.question_id, &turn.answer_id]) {
        let message = store.message(id).await.map_err(store_error)?;
        *text = message.map(|message| message.said()).map(|text| match &replace {
            Some(replace) => replace.text(&text),
            None => hidden.without_keys(&text).unwrap_or(text),
        });
    }
    let [question, answer] = said;
    let influence = super::replay::list(app, of).await?.influence;
    Ok(Bundle {
        format: FORMAT.to_owned(),
        version: VERSION,
        app: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: Time::now(),
        texts_kept: request.texts,
        question,
        answer,
        turn: Some(cleaned(&turn, &hidden, replace.as_ref())?),
        record: cleaned(&record, &hidden, replace.as_ref())?,
        bodies,
        influence: cleaned(&influence, &hidden, replace.as_ref())?,
    })
}

/// A body for the bundle. Its tokens are counted before anything is replaced.
fn body_of(
    step: &mut Step,
    body: Vec<u8>,
    hidden: &Hidden,
    replace: Option<&Replace>,
) -> Result<Body, Error> {
    let broken = |what: &str| Error::new(ErrorCode::Internal, what);
    let text = String::from_utf8(body).map_err(|_| broken("The body that was sent is not UTF-8."))?;
    let pieces = cut(&text, &step.spans).ok_or_else(|| broken("The spans of the body do not fit it."))?;
    let tokens = pieces.iter().map(tokens_of).collect();
    // Piece by piece, so that the spans can follow what a key that was taken out leaves.
    let key_removed = hidden.without_keys(&text).is_some();
    let text = match replace {
        Some(replace) => replace.body(&text, &step.spans),
        None if key_removed => {
            let mut cleaned = String::with_capacity(text.len());
            let mut spans = step.spans.iter_mut();
            for piece in pieces {
                let start = u32::try_from(cleaned.len()).unwrap_or(u32::MAX);
                cleaned.push_str(hidden.without_keys(&piece.text).as_deref().unwrap_or(&piece.text));
                if piece.origin.is_some()
                    && let Some(span) = spans.next()
                {
                    (span.start, span.end) = (start, u32::try_from(cleaned.len()).unwrap_or(u32::MAX));
                }
            }
            // One that stood across two origins is in neither of them whole.
            match hidden.without_keys(&cleaned) {
                Some(whole) => {
                    step.spans.clear();
                    whole
                }
                None => cleaned,
            }
        }
        None => text,
    };
    // Names of fields stay when texts are replaced, and a key may stand there as well.
    let text = match hidden.without_keys(&text) {
        Some(whole) => {
            step.spans.clear();
            whole
        }
        None => text,
    };
    Ok(Body { step: step.index, text, tokens, key_removed })
}

/// A value without keys and folders, and without texts when they are to be replaced.
fn cleaned<T: Serialize + serde::de::DeserializeOwned>(
    value: &T,
    hidden: &Hidden,
    replace: Option<&Replace>,
) -> Result<T, Error> {
    let mut value = to_value(value)?;
    if let Some(replace) = replace {
        replace.value(&mut value);
    }
    hidden.clean(&mut value);
    serde_json::from_value(value).map_err(|error| {
        Error::new(ErrorCode::Internal, format!("The turn could not be written without its texts: {error}."))
    })
}

/// Everything on this computer that nobody else may have.
async fn hidden(app: &App) -> Hidden {
    let mut hidden = Hidden::default();
    let mut accounts = Vec::new();
    for provider in app.0.setup.providers() {
        accounts.push(account(&provider.id));
        hidden.address(&provider.base_url);
    }
    for server in app.0.setup.servers() {
        accounts.push(server_account(&server.id));
        hidden.address(&server.base_url);
    }
    for account in accounts {
        // A keychain that is locked tells no key; none of them was sent in this run then.
        if let Ok(Some(secret)) = app.0.secrets.get(&account).await {
            hidden.secret(secret.expose_secret());
        }
    }
    hidden.folder(&app.0.config.data_dir.display().to_string(), "<data>");
    hidden.folder(&app.0.config.log_dir.display().to_string(), "<logs>");
    if let Some(home) = dirs::home_dir() {
        hidden.folder(&home.display().to_string(), "~");
    }
    hidden
}

fn to_value<T: Serialize>(value: &T) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|error| {
        Error::new(ErrorCode::Internal, format!("The bundle could not be written: {error}."))
    })
}

fn write(bundle: &Bundle) -> Result<String, Error> {
    serde_json::to_string_pretty(bundle).map_err(|error| {
        Error::new(ErrorCode::Internal, format!("The bundle could not be written: {error}."))
    })
}

/// The file's name: when the turn was, and nothing of what was said.
fn file_name(bundle: &Bundle) -> String {
    let at: String =
        bundle.record.started_at.0.chars().take(19).map(|c| if c == ':' { '-' } else { c }).collect();
    let kept = if bundle.texts_kept { "" } else { "-without-texts" };
    format!("turn-{at}{kept}.rearview-turn.json")
}
