//! Checks a provider before it is kept: does anything answer, is the key good, are models listed, does
//! the chosen model answer, does it stream, does it call tools. Each is its own verdict, and "not known" is
//! one of them; all of them together come to one outcome.
//!
//! Only the trials of a chosen model (`trial.rs`) cost tokens. Called by `api`, which keeps nothing here.

use crate::auth;
use crate::driver::Provider;
use crate::error::{ErrorKind, ProviderError};
use crate::set_up::ModelInfo;
use crate::set_up::models::no_list;
use crate::target::{Platform, Target, WireKind};
use secrecy::SecretString;
use std::time::Duration;
use tokio::time::Instant;

/// How long the part that costs nothing may take, comparing with a request without a key included.
const FREE_TIMEOUT: Duration = Duration::from_secs(6);

/// One of three honest outcomes.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Yes, with what was seen.
    Yes(String),
    /// No, with why.
    No(ProviderError),
    /// It could not be told, with why.
    Unknown(String),
}

impl Verdict {
    pub(super) fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown(why.into())
    }

    fn is_yes(&self) -> bool {
        matches!(self, Self::Yes(_))
    }
}

/// What all verdicts come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The provider works.
    Accepted,
    /// The provider said no: to the key, the address or the model.
    Refused,
    /// It could not be checked: no connection, too busy, no answer, or nothing that tells.
    Unchecked,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Whether anything answers at the address.
    pub reachable: Verdict,
    /// Whether the key was accepted.
    pub key_accepted: Verdict,
    /// Whether models could be listed.
    pub models: Verdict,
    /// The models that were listed.
    pub list: Vec<ModelInfo>,
    /// Whether the target's model answers.
    pub model_answers: Verdict,
    /// Whether its answer came as a stream.
    pub streams: Verdict,
    /// Whether it calls a tool when it is told to.
    pub calls_tools: Verdict,
    /// What all of it comes to.
    pub outcome: Outcome,
    /// What the trials cost in US dollars, when price and tokens are known; 0 when none was made.
    pub usd: Option<f64>,
}

impl Provider {
    /// Checks a provider: lists its models, then, when `target.model` is not empty, asks the model for a
    /// few tokens and for one call of a tool, which the provider may bill.
    pub async fn check(&self, target: &Target, key: Option<&SecretString>) -> Check {
        let has_key = auth::trimmed(key).is_some();
        let deadline = Instant::now() + FREE_TIMEOUT.min(self.timeouts.first_byte);
        let listed = self.models_until(target, key, deadline).await;
        let mut check = first_verdicts(&listed, target, has_key);
        if listed.is_ok() && has_key && has_stand_in(&target.platform) {
            check.key_accepted = Verdict::Yes("models are listed, which nobody may without a key".into());
        } else if listed.is_ok() && has_key && target.wire != WireKind::Demo {
            // Some providers list their models to anybody: then the list says nothing about the key.
            check.key_accepted = match self.models_until(target, None, deadline).await {
                Err(error) if matches!(error.kind, ErrorKind::Auth | ErrorKind::Permission) => {
                    Verdict::Yes("models are listed with it and not without".into())
                }
                Ok(_) => Verdict::unknown("this provider lists its models without a key"),
                Err(_) => Verdict::unknown("it could not be compared with a request without a key"),
            };
        }
        check.list = listed.unwrap_or_default();
        if target.model.is_empty() {
            for verdict in [&mut check.model_answers, &mut check.streams, &mut check.calls_tools] {
                *verdict = Verdict::unknown("no model was chosen");
            }
        } else if !matches!(check.reachable, Verdict::No(_)) && !matches!(check.key_accepted, Verdict::No(_))
        {
            let trials = self.try_model(target, key).await;
            (check.model_answers, check.streams, check.calls_tools) =
                (trials.answers, trials.streams, trials.calls_tools);
            check.usd = trials.usd;
            if check.model_answers.is_yes() {
                check.reachable = Verdict::Yes("it answered".into());
            }
            if has_key && matches!(check.key_accepted, Verdict::Unknown(_)) {
                match &check.model_answers {
                    Verdict::Yes(_) => check.key_accepted = Verdict::Yes("the model answered".into()),
                    Verdict::No(error) if error.kind == ErrorKind::Auth => {
                        check.key_accepted = Verdict::No(error.clone());
                    }
                    _ => {}
                }
            }
        }
        check.outcome = outcome(&check, target, has_key);
        check
    }
}

/// Whether credentials of this computer stand in when no key is given: trying without the key would then say
/// nothing about it.
fn has_stand_in(platform: &Platform) -> bool {
    matches!(platform, Platform::Bedrock { .. } | Platform::Vertex { .. })
}

/// What the verdicts come to. A provider that is too busy or out of money said nothing about the key, so
/// neither is a refusal; nor is a list that this key may not read, or that the provider does not have.
fn outcome(check: &Check, target: &Target, has_key: bool) -> Outcome {
    if matches!(check.key_accepted, Verdict::No(_)) {
        return Outcome::Refused;
    }
    match (&check.model_answers, &check.models) {
        (Verdict::Yes(_), _) => Outcome::Accepted,
        (Verdict::No(error), _) if says_no(error) => Outcome::Refused,
        (Verdict::No(_), _) => Outcome::Unchecked,
        (Verdict::Unknown(_), Verdict::No(error)) if is_no_api(error) => Outcome::Refused,
        (Verdict::Unknown(_), Verdict::Yes(_)) => {
            let proven = check.key_accepted.is_yes() || !has_key || target.wire == WireKind::Demo;
            if proven { Outcome::Accepted } else { Outcome::Unchecked }
        }
        (Verdict::Unknown(_), _) => Outcome::Unchecked,
    }
}

/// Whether a failed trial is the provider's no, and not a bad moment.
fn says_no(error: &ProviderError) -> bool {
    match error.kind {
        ErrorKind::Auth
        | ErrorKind::Permission
        | ErrorKind::UnknownModel
        | ErrorKind::Invalid
        | ErrorKind::Decode => true,
        ErrorKind::RateLimit
        | ErrorKind::Quota
        | ErrorKind::ContextLength
        | ErrorKind::ContentFilter
        | ErrorKind::Overloaded
        | ErrorKind::Timeout
        | ErrorKind::Network
        | ErrorKind::Truncated
        | ErrorKind::Cancelled => false,
    }
}

/// Whether what answered a request for the list is no such API at all: a web page, a redirect, other JSON.
fn is_no_api(error: &ProviderError) -> bool {
    error.kind == ErrorKind::Decode || matches!(error.status, Some(300..=399))
}

/// What listing the models says about everything.
fn first_verdicts(listed: &Result<Vec<ModelInfo>, ProviderError>, target: &Target, has_key: bool) -> Check {
    let unknown = |why: &str| Verdict::unknown(why);
    let no_key = if has_key { "listing models did not tell" } else { "no key was given" };
    let (reachable, key_accepted, models) = match listed {
        Ok(_) if target.wire == WireKind::Demo => {
            let built_in = || Verdict::Yes("it is built in".to_owned());
            (built_in(), unknown("it needs no key"), built_in())
        }
        Ok(list) => {
            let count = list.len();
            let plural = if count == 1 { "" } else { "s" };
            (
                Verdict::Yes("it answered".into()),
                unknown(no_key),
                Verdict::Yes(format!("{count} model{plural}")),
            )
        }
        // Nobody was asked, because such a list does not exist; the model may still answer.
        Err(error) if error.status.is_none() && error.kind == ErrorKind::Invalid && no_list(target) => {
            (unknown("it was not asked"), unknown(no_key), Verdict::No(error.clone()))
        }
        // An error without a status came from here, or from nobody.
        Err(error) if error.status.is_none() && error.kind != ErrorKind::Decode => {
            let unsent = || unknown("nothing was sent");
            if error.kind == ErrorKind::Auth {
                (unsent(), Verdict::No(error.clone()), unsent())
            } else if error.kind == ErrorKind::Invalid {
                // There is no list to ask for; the model may still answer.
                (unsent(), unsent(), Verdict::No(error.clone()))
            } else {
                let why = "it could not be reached";
                (Verdict::No(error.clone()), unknown(why), unknown(why))
            }
        }
        Err(error) => {
            let key = match error.kind {
                ErrorKind::Auth => Verdict::No(error.clone()),
                _ => unknown(no_key),
            };
            (Verdict::Yes("it answered".into()), key, Verdict::No(error.clone()))
        }
    };
    let not_asked = || unknown("it was not asked");
    Check {
        reachable,
        key_accepted,
        models,
        list: Vec::new(),
        model_answers: not_asked(),
        streams: not_asked(),
        calls_tools: not_asked(),
        outcome: Outcome::Unchecked,
        usd: Some(0.0),
    }
}

#[cfg(test)]
mod tests;
