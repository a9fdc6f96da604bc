//! Checks a provider before it is kept: does anything answer, is the key good, are models listed, does
//! the chosen model answer. Each is its own verdict, and "not known" is one of them.

use crate::auth;
use crate::driver::Provider;
use crate::encode::encode;
use crate::error::{ErrorKind, ProviderError};
use crate::event::Event;
use crate::request::{Piece, Request, RequestMessage, RequestPart};
use crate::set_up::ModelInfo;
use crate::set_up::models::no_list;
use crate::target::{Platform, Target, WireKind};
use futures_util::StreamExt;
use rearview_domain::message::Role;
use rearview_domain::record::Origin;
use secrecy::SecretString;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long the model may take for its token, loading included.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Tokens asked of the model. One would do for most; reasoning models refuse a limit that their
/// reasoning does not fit into at all, and 16 is the smallest that OpenAI takes everywhere.
const ANSWER_TOKENS: u32 = 16;

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
}

impl Provider {
    /// Checks a provider: lists its models, then, when `target.model` is not empty, asks the model for a
    /// few tokens, which the provider may bill.
    pub async fn check(&self, target: &Target, key: Option<&SecretString>) -> Check {
        let has_key = auth::trimmed(key).is_some();
        let listed = self.models(target, key).await;
        let mut check = first_verdicts(&listed, target, has_key);
        let vertex = matches!(target.platform, Platform::Vertex { .. });
        if listed.is_ok() && has_key && vertex {
            // Without the key this computer's own credentials would be asked, which says nothing about it.
            check.key_accepted = Verdict::Yes("Google gave a token for it".into());
        } else if listed.is_ok() && has_key && matches!(target.platform, Platform::Bedrock { .. }) {
            // Without a key the profile of this computer would be tried, which says nothing about the key.
            check.key_accepted = Verdict::Yes("models are listed, which nobody may without a key".into());
        } else if listed.is_ok() && has_key && target.wire != WireKind::Demo {
            // Some providers list their models to anybody: then the list says nothing about the key.
            check.key_accepted = match self.models(target, None).await {
                Err(error) if matches!(error.kind, ErrorKind::Auth | ErrorKind::Permission) => {
                    Verdict::Yes("models are listed with it and not without".into())
                }
                Ok(_) => Verdict::Unknown("this provider lists its models without a key".into()),
                Err(_) => Verdict::Unknown("it could not be compared with a request without a key".into()),
            };
        }
        check.list = listed.unwrap_or_default();
        if target.model.is_empty() {
            check.model_answers = Verdict::Unknown("no model was chosen".into());
        } else if !matches!(check.reachable, Verdict::No(_)) && !matches!(check.key_accepted, Verdict::No(_))
        {
            check.model_answers = match self.ask(target, key).await {
                Ok(()) => Verdict::Yes("it answered".into()),
                Err(error) => Verdict::No(error),
            };
            if matches!(check.model_answers, Verdict::Yes(_)) {
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
        check
    }

    /// Asks for a few tokens; any whole answer will do.
    async fn ask(&self, target: &Target, key: Option<&SecretString>) -> Result<(), ProviderError> {
        let piece = Piece::new("Say yes.", Origin::System);
        let message = RequestMessage { role: Role::User, parts: vec![RequestPart::Text(vec![piece])] };
        let request =
            Request { messages: vec![message], max_output_tokens: Some(ANSWER_TOKENS), ..Request::default() };
        let encoded = encode(&request, target)?;
        let asking = async {
            let mut events =
                self.open(target, encoded, &request, key, CancellationToken::new()).await?.events;
            while let Some(event) = events.next().await {
                match event {
                    Event::Finished { .. } => return Ok(()),
                    Event::Failed(error) => return Err(error),
                    _ => {}
                }
            }
            Err(ProviderError::new(ErrorKind::Truncated, &target.provider_name))
        };
        match tokio::time::timeout(ANSWER_TIMEOUT, asking).await {
            Ok(answered) => answered,
            Err(_) => Err(ProviderError::new(ErrorKind::Timeout, &target.provider_name)),
        }
    }
}

/// What listing the models says about everything.
fn first_verdicts(listed: &Result<Vec<ModelInfo>, ProviderError>, target: &Target, has_key: bool) -> Check {
    let unknown = |why: &str| Verdict::Unknown(why.to_owned());
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
            if error.kind == ErrorKind::Auth {
                (unknown("nothing was sent"), Verdict::No(error.clone()), unknown("nothing was sent"))
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
    let model_answers = unknown("it was not asked");
    Check { reachable, key_accepted, models, list: Vec::new(), model_answers }
}
