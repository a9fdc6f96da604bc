//! A turn in one file, for bug reports: its record, its requests, its answer, and no key. `hide` takes out what nobody
//! else may have, `texts` replaces every text by its length and a hash, `open` reads a file that somebody else made.
//!
//! Nothing of a bundle is ever written into history, outbox or banks: it is held here, under ids that no chat has, and
//! the commands that read a turn's record ask here first. Called by `commands::bundle`.

pub mod hide;
pub mod open;
pub mod texts;

use crate::app::lock;
use crate::wire::{BodyCheck, OpenedBundle};
use rearview_domain::ChatId;
use rearview_domain::record::TurnRecord;
use rearview_domain::replay::InfluenceMark;
use rearview_domain::time::Time;
use rearview_domain::turn::Turn;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

/// What the file says it is.
pub const FORMAT: &str = "rearview-turn";
/// The version of the format that this build writes, and the newest that it reads.
pub const VERSION: u32 = 1;
/// Most bytes of a file that is opened; the largest real turns are a few megabytes.
pub const LARGEST: u64 = 64 * 1024 * 1024;
/// Bundles that are held open; the oldest goes for a new one.
const MOST: usize = 8;

/// A bundle as it stands in its file. What it is stands first, so that a person sees it when opening the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bundle {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// The version of Rearview that wrote it.
    pub app: String,
    /// When.
    pub made_at: Time,
    /// False when every text was replaced by its length and a hash.
    pub texts_kept: bool,
    /// What was asked, without images and files.
    pub question: Option<String>,
    /// What was answered.
    pub answer: Option<String>,
    /// The turn as lists show it.
    pub turn: Option<Turn>,
    /// The whole story.
    pub record: TurnRecord,
    /// The bodies of its requests.
    pub bodies: Vec<Body>,
    /// What replays told of its memories; empty when none was made.
    #[serde(default)]
    pub influence: Vec<InfluenceMark>,
}

/// The body of a request in a bundle.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Body {
    /// The request, by its number in the turn.
    pub step: u32,
    /// The bytes; as sent, unless texts were replaced or a key was taken out.
    pub text: String,
    /// The tokens of its pieces in the order of the X-ray, counted before any text was replaced.
    pub tokens: Vec<Option<u32>>,
    /// Whether a key stood in it and was taken out.
    #[serde(default)]
    pub key_removed: bool,
}

/// A bundle that somebody looks at.
#[derive(Debug)]
pub struct Held {
    /// It, with the ids it is held under.
    pub bundle: Bundle,
    /// What the page is told of it.
    pub told: OpenedBundle,
}

impl Held {
    /// A request's body and what the check of its hash said.
    pub fn body(&self, step: u32) -> Option<&Body> {
        self.bundle.bodies.iter().find(|body| body.step == step)
    }

    /// What the check of a request's hash said.
    pub fn check(&self, step: u32) -> Option<&BodyCheck> {
        self.told.checks.iter().find(|check| check.step == step)
    }
}

/// The bundles that are open.
#[derive(Debug, Default)]
pub struct Bundles(Mutex<VecDeque<Arc<Held>>>);

impl Bundles {
    /// Holds one more.
    pub fn hold(&self, held: Held) {
        let mut all = lock(&self.0);
        if all.len() >= MOST {
            all.pop_front();
        }
        all.push_back(Arc::new(held));
    }

    /// The one that is held under a chat's id.
    pub fn get(&self, chat: &ChatId) -> Option<Arc<Held>> {
        lock(&self.0).iter().find(|held| &held.told.chat_id == chat).cloned()
    }

    /// Lets one go. One that is gone is no error.
    pub fn close(&self, chat: &ChatId) {
        lock(&self.0).retain(|held| &held.told.chat_id != chat);
    }
}
