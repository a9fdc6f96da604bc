//! The model behind the embedded engine: the one that the person picked, with a limit on tokens a day.
//!
//! The engine brings the prompts and decides what to do with an answer; here a prompt becomes one request
//! to a provider and its stream becomes one text. Requests are counted after they end.

use crate::commands::provider::key_of;
use crate::model::{find_model, target};
use crate::setup::Setup;
use crate::wire::ProviderConfig;
use async_trait::async_trait;
use futures_util::StreamExt;
use rearview_domain::message::Role;
use rearview_domain::record::Origin;
use rearview_domain::time::Time;
use rearview_domain::turn::{FinishReason, Usage};
use rearview_engine::synthesis::{self, Completion, Prompt, Synthesis, SynthesisError};
use rearview_providers::{
    ErrorKind, Event, Piece, Provider, ProviderError, Request, RequestMessage, RequestPart, encode,
};
use rearview_secrets::SecretStore;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

/// The model that was picked, as the engine asks it.
pub struct MemoryModel {
    setup: Arc<Setup>,
    secrets: Arc<dyn SecretStore>,
    provider: Provider,
    /// Models that refused a schema; they are asked in words from then on.
    without_schema: Mutex<HashSet<String>>,
}

impl MemoryModel {
    /// A model that is looked up anew for every call, so that a change of keys or model counts at once.
    pub fn new(setup: Arc<Setup>, secrets: Arc<dyn SecretStore>, provider: Provider) -> Self {
        Self { setup, secrets, provider, without_schema: Mutex::default() }
    }

    /// The provider and the model as that provider spells it; `None` while none is picked or set up.
    fn chosen(&self) -> Option<(ProviderConfig, String)> {
        find_model(&self.setup, &self.setup.memory_model().model?).ok()
    }

    async fn ask(&self, model: &str, request: &Request) -> Result<Completion, SynthesisError> {
        let refused = |message: String| SynthesisError::Refused { message, auth: false };
        let (config, bare) = find_model(&self.setup, model).map_err(|error| refused(error.message))?;
        let key = key_of(self.secrets.as_ref(), &config.id).await.map_err(|error| refused(error.message))?;
        let target = self.provider.as_learnt(&target(&config, bare));
        let encoded = encode(request, &target).map_err(failed)?;
        let cancel = CancellationToken::new();
        // The engine cancels by dropping this future.
        let _ends_with_us = cancel.clone().drop_guard();
        let opened =
            self.provider.open(&target, encoded, request, key.as_ref(), cancel).await.map_err(failed)?;
        let mut events = opened.events;
        let mut text = String::new();
        while let Some(event) = events.next().await {
            match event {
                Event::Text { delta, .. } => text.push_str(&delta),
                Event::Finished { reason, usage } => {
                    let truncated = reason == FinishReason::Length;
                    return Ok(Completion { text, truncated, usage: counted(&usage) });
                }
                Event::Failed(error) => return Err(failed(error)),
                _ => {}
            }
        }
        Err(SynthesisError::Unavailable {
            message: "The answer ended before its end.".into(),
            retry_after_ms: None,
        })
    }
}

#[async_trait]
impl Synthesis for MemoryModel {
    fn provider(&self) -> String {
        self.chosen().map(|(config, _)| config.id.to_string()).unwrap_or_default()
    }

    fn model(&self) -> String {
        self.chosen().map(|(_, model)| model).unwrap_or_default()
    }

    async fn complete(&self, prompt: &Prompt) -> Result<Completion, SynthesisError> {
        let chosen = self.setup.memory_model();
        let model = chosen.model.ok_or(SynthesisError::NotConfigured)?;
        let now = Time::now();
        let day = now.0.get(..10).unwrap_or_default().to_owned();
        if self.setup.memory_tokens(&day) >= chosen.tokens_per_day {
            return Err(SynthesisError::LimitReached { again_at: next_day(&now) });
        }
        let with_schema = !crate::app::lock(&self.without_schema).contains(&model);
        let mut answered = self.ask(&model, &request(prompt, with_schema)).await;
        if with_schema
            && prompt.schema.is_some()
            && matches!(&answered, Err(SynthesisError::Refused { auth: false, .. }))
        {
            // Most likely the server does not know the field; the prompt asks for JSON in words as well.
            answered = self.ask(&model, &request(prompt, false)).await;
            if answered.is_ok() {
                crate::app::lock(&self.without_schema).insert(model);
            }
        }
        if let Ok(completion) = &answered {
            let tokens = completion.usage.input_tokens + completion.usage.output_tokens;
            if let Err(error) = self.setup.add_memory_tokens(&day, tokens).await {
                tracing::warn!(%error, "the day's tokens of memory could not be kept");
            }
        }
        answered
    }
}

/// Midnight UTC after a time, in milliseconds since 1970.
fn next_day(now: &Time) -> i64 {
    const DAY: i64 = 86_400_000;
    let now = now.as_ms().unwrap_or_default();
    now - now.rem_euclid(DAY) + DAY
}

fn request(prompt: &Prompt, with_schema: bool) -> Request {
    let role = |role| match role {
        synthesis::Role::System => Role::System,
        synthesis::Role::User => Role::User,
        synthesis::Role::Assistant => Role::Assistant,
    };
    let message = |message: &synthesis::Message| RequestMessage {
        role: role(message.role),
        parts: vec![RequestPart::Text(vec![Piece::new(message.content.clone(), Origin::System)])],
    };
    Request {
        messages: prompt.messages.iter().map(message).collect(),
        max_output_tokens: Some(prompt.max_output_tokens),
        temperature: Some(prompt.temperature),
        answer_schema: prompt.schema.clone().filter(|_| with_schema),
        ..Request::default()
    }
}

fn counted(usage: &Usage) -> synthesis::Usage {
    let count = |tokens: Option<u32>| tokens.map_or(0, u64::from);
    synthesis::Usage {
        input_tokens: count(usage.input),
        output_tokens: count(usage.output),
        cached_tokens: count(usage.cache_read),
        thoughts_tokens: count(usage.reasoning),
    }
}

/// What may pass is worth another try; the rest is not.
fn failed(error: ProviderError) -> SynthesisError {
    let retry_after_ms = error.retry_after_ms.map(u64::from);
    let kind = error.kind;
    let message = error.to_error().message;
    match kind {
        ErrorKind::RateLimit
        | ErrorKind::Overloaded
        | ErrorKind::Timeout
        | ErrorKind::Network
        | ErrorKind::Truncated
        | ErrorKind::Decode
        | ErrorKind::Cancelled => SynthesisError::Unavailable { message, retry_after_ms },
        ErrorKind::Auth | ErrorKind::Permission | ErrorKind::Quota => {
            SynthesisError::Refused { message, auth: true }
        }
        _ => SynthesisError::Refused { message, auth: false },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_ends_at_midnight() {
        let at = |text: &str| next_day(&Time(text.to_owned()));
        let midnight = Time("2026-11-21T00:00:00.000Z".to_owned()).as_ms().unwrap_or_default();
        assert_eq!(at("2026-11-20T00:00:00.000Z"), midnight);
        assert_eq!(at("2026-11-20T23:59:59.999Z"), midnight);
    }
}
