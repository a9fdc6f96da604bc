//! Tries the chosen model: one short answer, one call of a tool. What it costs is told. Called by `check`.

use crate::catalogue::{self, ModelFacts};
use crate::driver::Provider;
use crate::encode::encode;
use crate::error::{ErrorKind, ProviderError};
use crate::event::Event;
use crate::request::{Piece, Request, RequestMessage, RequestPart, Tool, ToolChoice};
use crate::set_up::Verdict;
use crate::target::{Target, WireKind};
use futures_util::StreamExt;
use rearview_domain::message::Role;
use rearview_domain::record::Origin;
use rearview_domain::turn::{FinishReason, Usage};
use secrecy::SecretString;
use serde_json::json;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long the model may take for one trial, loading included.
const TRIAL_TIMEOUT: Duration = Duration::from_secs(60);

/// Tokens asked of the model. One would do for most; reasoning models refuse a limit that their
/// reasoning does not fit into at all, and 16 is the smallest that OpenAI takes everywhere.
const ANSWER_TOKENS: u32 = 16;

/// Tokens for a call of a tool: the call itself has about 20, and a model that reasons does so before it.
const TOOL_TOKENS: u32 = 512;

/// The tool that is offered.
const PING: &str = "ping";

/// What the trials found.
pub(super) struct Trials {
    pub(super) answers: Verdict,
    pub(super) streams: Verdict,
    pub(super) calls_tools: Verdict,
    /// US dollars, when price and tokens are known.
    pub(super) usd: Option<f64>,
}

/// One answer, read to its end.
struct Answer {
    frames: usize,
    tools: Vec<String>,
    reason: FinishReason,
    usage: Usage,
}

impl Provider {
    /// Asks for a few tokens, then, when that went well, for a call of a tool.
    pub(super) async fn try_model(&self, target: &Target, key: Option<&SecretString>) -> Trials {
        let mut used = Vec::new();
        let (answers, streams) = match self.ask(&short(), target, key).await {
            Ok(answer) => {
                let streams = streams(&answer, target);
                used.push(answer.usage);
                (Verdict::Yes("it answered".into()), streams)
            }
            Err(error) => {
                let why = "the model did not answer";
                return Trials {
                    answers: Verdict::No(error),
                    streams: Verdict::unknown(why),
                    calls_tools: Verdict::unknown(why),
                    usd: None,
                };
            }
        };
        let calls_tools = match target.wire {
            WireKind::Demo => Verdict::unknown("the Demo is no model"),
            _ => self.try_tool(target, key, &mut used).await,
        };
        Trials { answers, streams, calls_tools, usd: spent(target.facts, &used) }
    }

    /// Offers `ping` and requires a call of it; a server that cannot require one is only asked to.
    async fn try_tool(&self, target: &Target, key: Option<&SecretString>, used: &mut Vec<Usage>) -> Verdict {
        let mut asked = self.ask(&with_ping(ToolChoice::Required), target, key).await;
        if asked.as_ref().is_err_and(|error| refuses(error, &["tool_choice", "tool choice"])) {
            asked = self.ask(&with_ping(ToolChoice::Auto), target, key).await;
        }
        match asked {
            Ok(answer) => {
                let verdict = called(&answer, target);
                used.push(answer.usage);
                verdict
            }
            Err(error) if refuses(&error, &["tool", "function"]) => Verdict::No(error),
            Err(error) => Verdict::unknown(format!("trying it failed: {error}")),
        }
    }

    /// Reads one answer to its end; any whole one will do.
    async fn ask(
        &self,
        request: &Request,
        target: &Target,
        key: Option<&SecretString>,
    ) -> Result<Answer, ProviderError> {
        let encoded = encode(request, target)?;
        let asking = async {
            let opened = self.open(target, encoded, request, key, CancellationToken::new()).await?;
            let mut events = opened.events;
            let mut tools = Vec::new();
            while let Some(event) = events.next().await {
                match event {
                    Event::ToolCallStart { name, .. } => tools.push(name),
                    Event::Finished { reason, usage } => {
                        let frames = opened.frames.load(Ordering::Relaxed);
                        return Ok(Answer { frames, tools, reason, usage });
                    }
                    Event::Failed(error) => return Err(error),
                    _ => {}
                }
            }
            Err(ProviderError::new(ErrorKind::Truncated, &target.provider_name))
        };
        match tokio::time::timeout(TRIAL_TIMEOUT, asking).await {
            Ok(answered) => answered,
            Err(_) => Err(ProviderError::new(ErrorKind::Timeout, &target.provider_name)),
        }
    }
}

fn short() -> Request {
    Request { messages: vec![said("Say yes.")], max_output_tokens: Some(ANSWER_TOKENS), ..Request::default() }
}

fn with_ping(tool_choice: ToolChoice) -> Request {
    let ping = Tool {
        name: PING.to_owned(),
        description: "Tells the person that you are there.".to_owned(),
        parameters: json!({"type": "object", "properties": {}}),
    };
    Request {
        messages: vec![said("Call the tool ping now.")],
        max_output_tokens: Some(TOOL_TOKENS),
        tools: vec![ping],
        tool_choice,
        ..Request::default()
    }
}

fn said(text: &str) -> RequestMessage {
    let piece = Piece::new(text, Origin::System);
    RequestMessage { role: Role::User, parts: vec![RequestPart::Text(vec![piece])] }
}

/// A stream has at least two frames: something, and its end.
fn streams(answer: &Answer, target: &Target) -> Verdict {
    match answer.frames {
        _ if target.wire == WireKind::Demo => Verdict::Yes("it is built in".into()),
        0 | 1 => Verdict::No(
            ProviderError::new(ErrorKind::Decode, &target.provider_name)
                .detail("it came in one piece and not as a stream"),
        ),
        frames => Verdict::Yes(format!("its answer came in {frames} pieces")),
    }
}

fn called(answer: &Answer, target: &Target) -> Verdict {
    if answer.tools.iter().any(|name| name == PING) {
        Verdict::Yes("it called a tool".into())
    } else if let Some(other) = answer.tools.first() {
        let name: String = other.chars().take(64).collect();
        let error = ProviderError::new(ErrorKind::Decode, &target.provider_name);
        Verdict::No(error.detail(format!("it called `{name}`, which it was not offered")))
    } else if answer.reason == FinishReason::Length {
        Verdict::unknown(format!("it did not get to a call within {TOOL_TOKENS} tokens"))
    } else {
        let error = ProviderError::new(ErrorKind::Decode, &target.provider_name);
        Verdict::No(error.detail("it answered in words and called no tool"))
    }
}

/// Whether a refusal of the whole request names one of these in the provider's own words.
fn refuses(error: &ProviderError, words: &[&str]) -> bool {
    let said = [error.vendor_message.as_deref(), error.vendor_code.as_deref()];
    let said = said.into_iter().flatten().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    // OpenRouter answers 404 when none of its providers takes tools, llama.cpp 500 without a template.
    matches!(error.status, Some(400 | 404 | 405 | 415 | 422 | 500 | 501))
        && words.iter().any(|word| said.contains(word))
}

/// What was used, at the catalogue's price; `None` when price or tokens are not known.
fn spent(facts: Option<&ModelFacts>, used: &[Usage]) -> Option<f64> {
    let facts = facts?;
    used.iter().try_fold(0.0, |sum, usage| Some(sum + catalogue::cost(facts, usage)?))
}
