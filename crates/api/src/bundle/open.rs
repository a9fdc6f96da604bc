//! Reads a bundle that somebody else made. Nothing in it is believed: its size, form, version, spans and hashes are
//! checked, and whatever is wrong is said in a sentence.

use super::{Body, Bundle, FORMAT, Held, VERSION};
use crate::wire::{BodyCheck, BodyVerdict, OpenedBundle};
use rearview_domain::record::Step;
use rearview_domain::{ChatId, Error, ErrorCode, TurnId};
use rearview_turns::xray::cut;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// What stands first in every version of the format.
#[derive(Deserialize)]
struct Head {
    format: Option<String>,
    version: Option<u32>,
    app: Option<String>,
}

/// Reads the bytes of a file called `name`.
///
/// # Errors
/// `InvalidInput` with what is wrong with it.
pub fn read(name: &str, bytes: &[u8]) -> Result<Held, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| wrong(name, "is no text"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let head: Head = serde_json::from_str(text).map_err(|error| broken(name, &error))?;
    if head.format.as_deref() != Some(FORMAT) {
        return Err(wrong(name, "is no turn bundle").hint("Turn bundles end in .rearview-turn.json."));
    }
    match head.version {
        Some(version) if version > VERSION => {
            let by = head.app.map(|app| short(&app)).unwrap_or_else(|| "a newer version".to_owned());
            let what =
                format!("was made by Rearview {by} in format {version}; this one reads up to {VERSION}");
            return Err(wrong(name, &what).hint("Open it with a newer Rearview."));
        }
        Some(1..) => {}
        _ => return Err(wrong(name, "does not say which version of the format it has")),
    }
    let bundle: Bundle = serde_json::from_str(text).map_err(|error| broken(name, &error))?;
    Ok(hold(name, bundle))
}

fn hold(name: &str, mut bundle: Bundle) -> Held {
    // Ids that no chat has: nothing that is done by id can reach a chat of this computer.
    let minted = uuid::Uuid::now_v7();
    let chat_id = ChatId(format!("bundle-{minted}"));
    let turn_id = TurnId(format!("bundle-{minted}"));
    bundle.record.chat_id = chat_id.clone();
    bundle.record.turn_id = turn_id.clone();
    let steps = bundle.record.steps.iter();
    let checks = steps.map(|step| BodyCheck { step: step.index, verdict: verdict(&bundle, step) }).collect();
    let told = OpenedBundle {
        chat_id,
        turn_id,
        file: short(name),
        app: short(&bundle.app),
        made_at: bundle.made_at.clone(),
        texts_kept: bundle.texts_kept,
        question: bundle.question.clone(),
        answer: bundle.answer.clone(),
        checks,
    };
    Held { bundle, told }
}

/// Whether the bytes of a body are those that were sent, as far as the bundle can prove it.
fn verdict(bundle: &Bundle, step: &Step) -> BodyVerdict {
    let Some(Body { text, key_removed, .. }) = bundle.bodies.iter().find(|body| body.step == step.index)
    else {
        return BodyVerdict::Missing;
    };
    if cut(text, &step.spans).is_none() || !in_order(step) {
        return BodyVerdict::SpansWrong;
    }
    if hex::encode(Sha256::digest(text.as_bytes())) == step.body_hash {
        return BodyVerdict::Matches;
    }
    match (bundle.texts_kept, key_removed) {
        (false, _) => BodyVerdict::Replaced,
        (true, true) => BodyVerdict::KeyRemoved,
        (true, false) => BodyVerdict::Differs,
    }
}

/// Whether the spans follow each other.
fn in_order(step: &Step) -> bool {
    step.spans.iter().all(|span| span.start <= span.end)
        && step.spans.windows(2).all(|pair| pair[0].end <= pair[1].start)
}

fn wrong(name: &str, what: &str) -> Error {
    Error::new(ErrorCode::InvalidInput, format!("`{}` {what}.", short(name)))
}

fn broken(name: &str, error: &serde_json::Error) -> Error {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "ends in the middle: it was cut",
        serde_json::error::Category::Syntax if error.to_string().starts_with("recursion limit") => {
            "is nested deeper than any bundle"
        }
        serde_json::error::Category::Syntax => "is no JSON",
        _ => "has not the form of a turn bundle",
    };
    wrong(name, what).hint(format!("Line {}, column {}.", error.line(), error.column()))
}

/// A text of the file that is told in a sentence: short and on one line.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}
