//! Sends the requests of a replay and folds what comes back. Nothing is kept here, no message is written, memory is
//! not touched, and the tools that a model calls are not run.

use super::price;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use rearview_domain::Error;
use rearview_domain::message::Part;
use rearview_domain::replay::{ReplaySample, SampleCall, SampleState};
use rearview_domain::turn::{FinishReason, Usage};
use rearview_providers::{
    self as providers, Assembly, Encoded, ErrorKind, Event, Provider, ProviderError, Request, Target,
};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

/// Requests on their way at the same time. Few, because they come on top of what a person does, and a model of this
/// computer answers no faster when it is asked more at once.
const AT_ONCE: usize = 2;

/// An arm that can be sent.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Its place in the replay, from 0.
    pub arm: u32,
    /// The model, as it takes requests by now.
    pub target: Target,
    /// The provider's key.
    pub key: Option<SecretString>,
    /// The request.
    pub request: Arc<Request>,
    /// The same as bytes.
    pub encoded: Arc<Encoded>,
}

impl Ready {
    /// Makes the bytes of an arm.
    ///
    /// # Errors
    /// Those of encoding.
    pub fn new(
        arm: u32,
        provider: &Provider,
        target: &Target,
        key: Option<SecretString>,
        request: Request,
    ) -> Result<Self, Error> {
        let target = provider.as_learnt(target);
        let encoded = providers::encode(&request, &target).map_err(|error| error.to_error())?;
        Ok(Self { arm, target, key, request: Arc::new(request), encoded: Arc::new(encoded) })
    }

    /// SHA-256 of the body in hex.
    pub fn hash(&self) -> String {
        hash(&self.encoded)
    }
}

/// Asks for `count` answers of every arm: first one of each, then a second of each, so that a replay that is stopped
/// has something of all. Answers every sample that began, as they end, with the body that was answered.
pub fn samples(
    provider: &Provider,
    arms: &[Ready],
    count: u32,
    cancel: &CancellationToken,
) -> BoxStream<'static, (ReplaySample, Arc<Encoded>)> {
    let jobs: Vec<_> = (0..count)
        .flat_map(|n| arms.iter().map(move |ready| (n, ready.clone())))
        .map(|(n, ready)| {
            let (provider, cancel) = (provider.clone(), cancel.clone());
            async move {
                if cancel.is_cancelled() {
                    return None;
                }
                Some(sample(&provider, ready, n, cancel).await)
            }
        })
        .collect();
    stream::iter(jobs).buffer_unordered(AT_ONCE).filter_map(std::future::ready).boxed()
}

/// How an answer ended.
struct End {
    finish: Option<FinishReason>,
    usage: Usage,
    error: Option<ProviderError>,
}

async fn sample(
    provider: &Provider,
    ready: Ready,
    n: u32,
    cancel: CancellationToken,
) -> (ReplaySample, Arc<Encoded>) {
    let Ready { arm, target, key, request, encoded } = ready;
    let sent_at = Instant::now();
    let mut resent = Vec::new();
    let mut assembly = Assembly::new(target.family());
    let opened = provider
        .open_telling(
            &target,
            Arc::clone(&encoded),
            &request,
            key.as_ref(),
            cancel.child_token(),
            &mut resent,
        )
        .await;
    let end = match opened {
        Ok(mut opened) => {
            let mut end = End { finish: None, usage: Usage::default(), error: None };
            while let Some(event) = opened.events.next().await {
                assembly.apply(&event);
                match event {
                    Event::Usage(usage) => end.usage = usage,
                    Event::Finished { reason, usage } => (end.finish, end.usage) = (Some(reason), usage),
                    Event::Failed(error) => end.error = Some(error),
                    _ => {}
                }
            }
            end
        }
        Err(error) => End { finish: None, usage: Usage::default(), error: Some(error) },
    };
    let parts = assembly.parts();
    let state = match &end {
        End { error: Some(error), .. } if error.kind == ErrorKind::Cancelled => SampleState::Stopped,
        End { error: None, finish: Some(_), .. } => SampleState::Finished,
        _ => SampleState::Failed,
    };
    // What was refused before a word and a count came was not paid for.
    let refused = end.error.is_some() && parts.is_empty() && end.usage == Usage::default();
    let paid = || price::paid(&target, &end.usage, end.finish.is_some(), &request, &parts);
    let cost = if refused { None } else { paid() };
    let error = match state {
        SampleState::Failed => Some(failure(end.error.as_ref(), &target)),
        _ => None,
    };
    let body = resent.pop().map_or(encoded, |last| last.encoded);
    let (text, calls) = said(&parts);
    let sample = ReplaySample {
        arm,
        n,
        state,
        text,
        calls,
        finish: end.finish,
        usage: end.usage,
        cost,
        ms: sent_at.elapsed().as_secs_f64() * 1_000.0,
        body_hash: hash(&body),
        error,
    };
    (sample, body)
}

/// An answer that ended without a word of its end is a failure, too.
fn failure(error: Option<&ProviderError>, target: &Target) -> Error {
    match error {
        Some(error) => error.to_error(),
        None => ProviderError::new(ErrorKind::Truncated, &target.provider_name).to_error(),
    }
}

/// The words of an answer, and the tools that it called.
pub fn said(parts: &[Part]) -> (String, Vec<SampleCall>) {
    let (mut texts, mut calls) = (Vec::new(), Vec::new());
    for part in parts {
        match part {
            Part::Text { text } if !text.trim().is_empty() => texts.push(text.as_str()),
            Part::ToolCall { name, arguments, .. } => {
                calls.push(SampleCall { name: name.clone(), arguments: arguments.clone() });
            }
            _ => {}
        }
    }
    (texts.join("\n\n"), calls)
}

fn hash(encoded: &Encoded) -> String {
    hex::encode(Sha256::digest(&encoded.body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_domain::message::Role;
    use rearview_domain::record::Origin;
    use rearview_providers::{Piece, Platform, Quirks, RequestMessage, RequestPart, Timeouts, WireKind};

    fn demo(provider: &Provider, arm: u32, text: &str) -> Ready {
        let target = Target {
            provider_id: "demo".into(),
            provider_name: "Demo".into(),
            wire: WireKind::Demo,
            platform: Platform::default(),
            base_url: String::new(),
            model: "demo".into(),
            quirks: Quirks::default(),
            facts: None,
        };
        let piece = Piece::new(text, Origin::User { message_id: "q".into() });
        let message = RequestMessage { role: Role::User, parts: vec![RequestPart::Text(vec![piece])] };
        let request = Request { messages: vec![message], ..Request::default() };
        Ready::new(arm, provider, &target, None, request).unwrap()
    }

    #[tokio::test]
    async fn every_arm_is_answered_as_often_as_was_asked_one_of_each_first() {
        let provider = Provider::new(Timeouts::default());
        let arms = [demo(&provider, 0, "one"), demo(&provider, 1, "two")];
        let mut got = Vec::new();
        let mut coming = samples(&provider, &arms, 3, &CancellationToken::new());
        while let Some((sample, body)) = coming.next().await {
            assert_eq!(hash(&body), sample.body_hash);
            got.push(sample);
        }
        assert_eq!(got.len(), 6);
        assert!(got.iter().all(|sample| sample.state == SampleState::Finished));
        let rounds: Vec<u32> = got.iter().map(|sample| sample.n).collect();
        assert_eq!((&rounds[..2], &rounds[4..]), (&[0, 0][..], &[2, 2][..]));
        assert!(got.iter().all(|sample| sample.text.contains(["one", "two"][sample.arm as usize])));
        assert!(got.iter().all(|sample| sample.cost.as_ref().unwrap().usd == 0.0));
    }

    #[tokio::test]
    async fn what_is_stopped_keeps_what_came_and_asks_nothing_more() {
        let provider = Provider::new(Timeouts::default());
        let arms = [demo(&provider, 0, "one")];
        let cancel = CancellationToken::new();
        let mut got = Vec::new();
        let mut coming = samples(&provider, &arms, 5, &cancel);
        while let Some((sample, _)) = coming.next().await {
            cancel.cancel();
            got.push(sample.state);
        }
        assert_eq!(got[0], SampleState::Finished);
        assert!(got.len() <= 2, "{got:?}");
        assert!(got[1..].iter().all(|state| *state == SampleState::Stopped));
    }

    #[test]
    fn the_words_of_an_answer_leave_its_reasoning_out_and_calls_are_told_apart() {
        let call = Part::ToolCall { id: "1".into(), name: "recall_memory".into(), arguments: "{}".into() };
        let parts = [
            Part::Reasoning { text: "hm".into(), signature: None, family: "x".into() },
            Part::text("One."),
            call,
            Part::text("Two."),
        ];
        let (text, calls) = said(&parts);
        assert_eq!(text, "One.\n\nTwo.");
        assert_eq!(calls[0].name, "recall_memory");
    }
}
