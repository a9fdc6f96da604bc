//! Asking memory: the recall or reflect request that the settings make, the wait for it, and what is
//! recorded of it. Whatever happens, an answer comes back within the time-out.

use crate::machine::Asked;
use crate::pins;
use rearview_domain::record::{MemoryCall, PinnedMemory};
use rearview_domain::settings::{DecidedSettings, MemoryMode, Preference, WindowChoice};
use rearview_domain::{BankId, Error, ErrorCode};
use rearview_hindsight::{Client, HindsightError, RecallRequest, ReflectInclude, ReflectRequest};
use serde_json::Value;
use std::time::{Duration, Instant};

/// The recall request of these settings. The trace is always asked for: it does not change the ranking
/// and is what the inspector explains with.
pub fn recall_request(query: &str, settings: &DecidedSettings) -> RecallRequest {
    let min_scores = &settings.min_scores.value;
    let tags = settings.recall_tags.value.clone();
    RecallRequest {
        query: query.to_owned(),
        types: settings.fact_types.value.clone(),
        budget: Some(settings.budget.value),
        max_tokens: Some(settings.max_memory_tokens.value),
        prefer_observations: match settings.prefer_observations.value {
            Preference::Server => None,
            Preference::On => Some(true),
            Preference::Off => Some(false),
        },
        trace: Some(true),
        tags_match: (!tags.is_empty()).then_some(settings.recall_tags_match.value),
        tags,
        tag_groups: settings.tag_groups.value.clone(),
        min_scores: (*min_scores != Default::default()).then(|| min_scores.clone()),
        temporal_window: match &settings.temporal_window.value {
            WindowChoice::None => None,
            WindowChoice::Window(window) => Some(window.clone()),
        },
        ..RecallRequest::default()
    }
}

/// The reflect request of these settings, with the facts and tool calls it rests on.
pub fn reflect_request(query: &str, settings: &DecidedSettings) -> ReflectRequest {
    let context = settings.reflect_context.value.trim();
    let tags = settings.recall_tags.value.clone();
    ReflectRequest {
        query: query.to_owned(),
        budget: Some(settings.budget.value),
        max_tokens: Some(settings.max_memory_tokens.value),
        context: (!context.is_empty()).then(|| context.to_owned()),
        include: ReflectInclude { facts: true, tool_calls: true },
        response_schema: settings.reflect_response_schema.value.clone(),
        tags_match: (!tags.is_empty()).then_some(settings.recall_tags_match.value),
        tags,
        tag_groups: settings.tag_groups.value.clone(),
        fact_types: settings.fact_types.value.clone(),
        ..ReflectRequest::default()
    }
}

/// Asks memory, and fetches at the same time what is pinned. Never fails and never takes longer than the mode's
/// time-out, or recall's for what is pinned: what went wrong is in the call. Dropping the future closes the connections.
pub async fn ask(
    memory: Result<Client, Error>,
    bank: BankId,
    mode: MemoryMode,
    query: String,
    settings: DecidedSettings,
    pinned: Vec<PinnedMemory>,
) -> Asked {
    let limit = Duration::from_millis(u64::from(settings.recall_timeout_ms.value));
    let finding = pins::find(&memory, &bank, pinned, limit);
    let (asked, pinned) = tokio::join!(call(&memory, &bank, mode, &query, &settings), finding);
    Asked { pinned, ..asked }
}

async fn call(
    memory: &Result<Client, Error>,
    bank: &BankId,
    mode: MemoryMode,
    query: &str,
    settings: &DecidedSettings,
) -> Asked {
    let started = Instant::now();
    let (limit_ms, request) = match mode {
        MemoryMode::Recall => (settings.recall_timeout_ms.value, to_value(&recall_request(query, settings))),
        MemoryMode::Reflect => {
            (settings.reflect_timeout_ms.value, to_value(&reflect_request(query, settings)))
        }
    };
    let blank = MemoryCall {
        mode,
        request,
        ms: 0.0,
        memories: Vec::new(),
        trace: None,
        reflect: None,
        ignored_params: Vec::new(),
        error: None,
        kept_from: None,
    };
    let asking = async {
        match memory {
            Ok(client) => match mode {
                MemoryMode::Recall => recall(client, bank, query, settings, blank.clone()).await,
                MemoryMode::Reflect => reflect(client, bank, query, settings, blank.clone()).await,
            },
            Err(error) => Err(error.clone()),
        }
    };
    let answered = tokio::time::timeout(Duration::from_millis(u64::from(limit_ms)), asking).await;
    let mut asked = match answered {
        Ok(Ok(asked)) => asked,
        Ok(Err(error)) => Asked::of(MemoryCall { error: Some(error), ..blank }),
        Err(_) => Asked::of(MemoryCall { error: Some(too_slow(mode, limit_ms)), ..blank }),
    };
    asked.call.ms = started.elapsed().as_secs_f64() * 1_000.0;
    asked
}

async fn recall(
    client: &Client,
    bank: &BankId,
    query: &str,
    settings: &DecidedSettings,
    blank: MemoryCall,
) -> Result<Asked, Error> {
    let request = recall_request(query, settings);
    let answered = client.recall(bank, &request).await.map_err(|error: HindsightError| error.to_error())?;
    let new_bank = answered.value.new_bank;
    Ok(Asked {
        new_bank,
        ..Asked::of(MemoryCall {
            memories: answered.value.memories(),
            trace: answered.value.raw_trace.clone(),
            request: answered.body,
            ignored_params: answered.ignored_params,
            ..blank
        })
    })
}

async fn reflect(
    client: &Client,
    bank: &BankId,
    query: &str,
    settings: &DecidedSettings,
    blank: MemoryCall,
) -> Result<Asked, Error> {
    let request = reflect_request(query, settings);
    let answered = client.reflect(bank, &request).await.map_err(|error: HindsightError| error.to_error())?;
    Ok(Asked::of(MemoryCall {
        reflect: Some(answered.value.reflected()),
        request: answered.body,
        ignored_params: answered.ignored_params,
        ..blank
    }))
}

fn too_slow(mode: MemoryMode, limit_ms: u32) -> Error {
    let (what, setting) = match mode {
        MemoryMode::Recall => ("Recall", "recall_timeout_ms"),
        MemoryMode::Reflect => ("Reflect", "reflect_timeout_ms"),
    };
    let seconds = f64::from(limit_ms) / 1_000.0;
    Error::new(ErrorCode::Timeout, format!("{what} took longer than {seconds} s."))
        .hint(format!("The turn went on without memory. The limit is the setting `{setting}`."))
}

fn to_value(request: &impl serde::Serialize) -> Value {
    serde_json::to_value(request).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_domain::memory::{Budget, FactType, MinScores, TagsMatch, TemporalWindow};
    use rearview_domain::settings::{Level, TurnSettings};
    use serde_json::json;

    fn decided(settings: TurnSettings) -> DecidedSettings {
        DecidedSettings::decide(&[(Level::Message, &settings)])
    }

    #[test]
    fn the_defaults_send_what_hindsight_litellm_sends_and_ask_for_the_trace() {
        let body = to_value(&recall_request("q", &decided(TurnSettings::default())));
        assert_eq!(body, json!({"query": "q", "budget": "mid", "max_tokens": 4096, "trace": true}));
    }

    #[test]
    fn every_recall_setting_reaches_the_server() {
        let settings = TurnSettings {
            budget: Some(Budget::High),
            max_memory_tokens: Some(9),
            fact_types: Some(vec![FactType::World]),
            recall_tags: Some(vec!["a".into()]),
            recall_tags_match: Some(TagsMatch::AllStrict),
            min_scores: Some(MinScores { r#final: Some(0.5), ..Default::default() }),
            prefer_observations: Some(Preference::On),
            temporal_window: Some(WindowChoice::Window(TemporalWindow {
                start: "2026-01-01".into(),
                end: "2026-02-01".into(),
            })),
            ..Default::default()
        };
        let body = to_value(&recall_request("q", &decided(settings)));
        assert_eq!(
            body,
            json!({
                "query": "q", "budget": "high", "max_tokens": 9, "trace": true, "types": ["world"],
                "tags": ["a"], "tags_match": "all_strict", "min_scores": {"final": 0.5},
                "prefer_observations": true, "temporal_window": {"start": "2026-01-01", "end": "2026-02-01"}
            })
        );
    }

    #[test]
    fn reflect_takes_context_and_schema_along() {
        let settings = TurnSettings {
            reflect_context: Some("planning a trip".into()),
            reflect_response_schema: json!({"type": "object"}).as_object().cloned(),
            ..Default::default()
        };
        let body = to_value(&reflect_request("q", &decided(settings)));
        assert_eq!(body["context"], "planning a trip");
        assert_eq!(body["response_schema"], json!({"type": "object"}));
        assert_eq!(body["include"], json!({"facts": {}, "tool_calls": {"output": true}}));
    }

    #[tokio::test]
    async fn a_hanging_server_costs_no_more_than_the_time_out() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let client = Client::new(&url, None, "slow", rearview_hindsight::Options::default());
        let settings = decided(TurnSettings { recall_timeout_ms: Some(50), ..Default::default() });
        let asked = ask(
            client.map_err(|error| error.to_error()),
            "b".into(),
            MemoryMode::Recall,
            "q".into(),
            settings,
            Vec::new(),
        );
        let asked = asked.await;
        assert_eq!(asked.call.error.unwrap().code, ErrorCode::Timeout);
        assert_eq!(asked.call.request["query"], "q");
    }
}
