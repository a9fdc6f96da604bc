//! Checks against scripted servers: every outcome that a person can meet.

use super::*;
use crate::driver::Timeouts;
use crate::set_up::testing::{Got, Reply, Stand};

const LIST: &str = r#"{"data":[{"id":"m"},{"id":"n"}]}"#;
const USAGE: &str = r#","usage":{"prompt_tokens":1000,"completion_tokens":10}"#;
const KEY: &str = "sk-test-0123456789";

fn spoken() -> Reply {
    let text = r#"data: {"choices":[{"delta":{"content":"Yes"},"finish_reason":"stop"}]"#;
    Reply::new(200, "text/event-stream", format!("{text}{USAGE}}}\n\ndata: [DONE]\n\n"))
}

fn ping() -> Reply {
    let call = r#"data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"ping","arguments":"{}"}}]},"finish_reason":"tool_calls"}]"#;
    Reply::new(200, "text/event-stream", format!("{call}{USAGE}}}\n\ndata: [DONE]\n\n"))
}

fn refusal(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(r#"{{"error":{{"type":"{code}","code":"{code}","message":"{message}"}}}}"#);
    Reply::new(status, "application/json", body).header("x-should-retry", "false")
}

fn is_list(got: &Got) -> bool {
    got.path.ends_with("/models")
}

fn has_key(got: &Got) -> bool {
    got.authorization.as_deref() == Some(&format!("Bearer {KEY}"))
}

/// Which trial a request is: the second is the one with more tokens, whatever the encoder makes of tools.
fn is_tool_trial(got: &Got) -> bool {
    got.body.contains("Call the tool")
}

/// A provider as it should be: the list and answers with the key only.
fn good(got: &Got) -> Reply {
    match got {
        _ if !has_key(got) => Reply::status(401),
        _ if is_list(got) => Reply::json(LIST),
        _ if is_tool_trial(got) => ping(),
        _ => spoken(),
    }
}

fn quick() -> Provider {
    let second = Duration::from_secs(1);
    Provider::new(Timeouts { connect: second, first_byte: second, idle: second })
}

struct Checked {
    check: Check,
    got: Vec<Got>,
}

async fn check_at(base: &str, model: &str, key: Option<&str>) -> Check {
    let target = Target::plain(WireKind::OpenaiChat, base, model);
    let key = key.map(SecretString::from);
    quick().check(&target, key.as_ref()).await
}

async fn check(
    model: &str,
    key: Option<&str>,
    rule: impl Fn(&Got) -> Reply + Send + Sync + 'static,
) -> Checked {
    let stand = Stand::start(rule).await;
    Checked { check: check_at(&stand.base(), model, key).await, got: stand.got() }
}

fn kind(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Yes(_) => "yes",
        Verdict::No(_) => "no",
        Verdict::Unknown(_) => "unknown",
    }
}

/// Reachable, key, models, answers, streams, tools.
fn kinds(check: &Check) -> [&'static str; 6] {
    let all = [
        &check.reachable,
        &check.key_accepted,
        &check.models,
        &check.model_answers,
        &check.streams,
        &check.calls_tools,
    ];
    all.map(kind)
}

#[tokio::test]
async fn a_good_key_with_a_model_gets_a_yes_everywhere() {
    let Checked { check, got } = check("m", Some(KEY), good).await;
    assert_eq!(kinds(&check), ["yes"; 6], "{check:?}");
    assert_eq!((check.outcome, check.list.len()), (Outcome::Accepted, 2));
    // The list with the key and without it, an answer, a call.
    assert_eq!(got.len(), 4);
}

#[tokio::test]
async fn without_a_model_nothing_that_costs_is_asked() {
    let Checked { check, got } = check("", Some(KEY), good).await;
    assert_eq!(kinds(&check), ["yes", "yes", "yes", "unknown", "unknown", "unknown"]);
    assert_eq!((check.outcome, check.usd), (Outcome::Accepted, Some(0.0)));
    assert!(got.iter().all(is_list), "{got:?}");
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_not_tried_on_the_model() {
    let Checked { check, got } = check("m", Some("sk-wrong-0123456789"), good).await;
    assert_eq!(kinds(&check), ["yes", "no", "no", "unknown", "unknown", "unknown"]);
    assert_eq!((check.outcome, got.len()), (Outcome::Refused, 1));
}

#[tokio::test]
async fn a_server_that_needs_no_key_is_accepted_without_one() {
    let Checked { check, got } = check("m", None, |got| match got {
        _ if is_list(got) => Reply::json(LIST),
        _ if is_tool_trial(got) => ping(),
        _ => spoken(),
    })
    .await;
    assert_eq!(kinds(&check), ["yes", "unknown", "yes", "yes", "yes", "yes"]);
    assert_eq!(check.outcome, Outcome::Accepted);
    assert!(got.iter().all(|got| got.authorization.is_none()));
}

#[tokio::test]
async fn a_key_that_nothing_tested_is_not_called_accepted() {
    let Checked { check, .. } = check("", Some(KEY), |_| Reply::json(LIST)).await;
    assert_eq!(kinds(&check)[..3], ["yes", "unknown", "yes"]);
    assert_eq!(check.outcome, Outcome::Unchecked);
}

#[tokio::test]
async fn a_list_for_everybody_leaves_the_key_to_the_model() {
    let open_list = |got: &Got| if is_list(got) { Reply::json(LIST) } else { good(got) };
    let right = check("m", Some(KEY), open_list).await.check;
    assert_eq!((kind(&right.key_accepted), right.outcome), ("yes", Outcome::Accepted));
    let wrong = check("m", Some("sk-wrong-0123456789"), open_list).await.check;
    assert_eq!((kind(&wrong.key_accepted), wrong.outcome), ("no", Outcome::Refused));
}

#[tokio::test]
async fn of_an_unreachable_server_nothing_is_known_and_nothing_is_refused() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let check = check_at(&base, "m", Some(KEY)).await;
    assert_eq!(kinds(&check), ["no", "unknown", "unknown", "unknown", "unknown", "unknown"]);
    assert_eq!(check.outcome, Outcome::Unchecked);
}

#[tokio::test]
async fn a_web_page_is_a_wrong_address() {
    let page = |_: &Got| Reply::new(200, "text/html", "<html><title>Welcome</title></html>");
    let Checked { check, .. } = check("", Some(KEY), page).await;
    assert_eq!(kinds(&check)[..3], ["yes", "unknown", "no"]);
    assert_eq!(check.outcome, Outcome::Refused);
    let Verdict::No(error) = check.models else { panic!() };
    assert!(error.to_string().contains("Welcome"), "{error}");
}

#[tokio::test]
async fn a_redirect_is_a_wrong_address_and_is_not_followed() {
    let elsewhere = Stand::start(|_| Reply::json(LIST)).await;
    let location = elsewhere.base();
    let Checked { check, .. } =
        check("", Some(KEY), move |_| Reply::status(302).header("location", &location)).await;
    assert_eq!(check.outcome, Outcome::Refused);
    assert!(elsewhere.got().is_empty(), "the key travelled");
}

#[tokio::test]
async fn too_many_requests_and_a_broken_provider_are_no_refusal() {
    for status in [429, 500, 503] {
        for model in ["", "m"] {
            let Checked { check, .. } = check(model, Some(KEY), move |_| Reply::status(status)).await;
            assert_eq!(kinds(&check)[..3], ["yes", "unknown", "no"], "{status}");
            assert_eq!(check.outcome, Outcome::Unchecked, "{status} {model}");
        }
    }
}

#[tokio::test]
async fn an_account_without_credit_says_nothing_against_the_key() {
    let broke = |got: &Got| match got {
        _ if is_list(got) => good(got),
        _ => refusal(429, "insufficient_quota", "pay first"),
    };
    let check = check("m", Some(KEY), broke).await.check;
    assert_eq!((kind(&check.key_accepted), kind(&check.model_answers)), ("yes", "no"));
    assert_eq!(check.outcome, Outcome::Unchecked);
}

#[tokio::test]
async fn a_slow_provider_is_given_up_and_not_refused() {
    let begun = Instant::now();
    let slow = |_: &Got| Reply::json(LIST).after(Duration::from_secs(30));
    let Checked { check, .. } = check("m", Some(KEY), slow).await;
    let Verdict::No(error) = &check.reachable else { panic!("{check:?}") };
    assert_eq!((error.kind, check.outcome), (ErrorKind::Timeout, Outcome::Unchecked));
    assert!(begun.elapsed() < FREE_TIMEOUT, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_model_that_the_provider_does_not_know_is_refused() {
    let unknown = |got: &Got| match got {
        _ if is_list(got) => good(got),
        _ => refusal(404, "model_not_found", "The model does not exist"),
    };
    let check = check("m", Some(KEY), unknown).await.check;
    assert_eq!(kinds(&check), ["yes", "yes", "yes", "no", "unknown", "unknown"]);
    assert_eq!(check.outcome, Outcome::Refused);
}

#[tokio::test]
async fn a_server_without_a_list_is_judged_by_its_answer() {
    let no_list = |got: &Got| if is_list(got) { Reply::status(404) } else { good(got) };
    let answered = check("m", Some(KEY), no_list).await.check;
    assert_eq!((kind(&answered.models), kind(&answered.key_accepted)), ("no", "yes"));
    assert_eq!(answered.outcome, Outcome::Accepted);
    let unasked = check("", Some(KEY), no_list).await.check;
    assert_eq!(unasked.outcome, Outcome::Unchecked);
}

#[tokio::test]
async fn an_answer_in_one_document_is_an_answer_and_no_stream() {
    let whole = |got: &Got| match got {
        _ if is_list(got) => good(got),
        _ if is_tool_trial(got) => ping(),
        _ => Reply::json(r#"{"choices":[{"message":{"content":"Yes"},"finish_reason":"stop"}]}"#),
    };
    let check = check("m", Some(KEY), whole).await.check;
    assert_eq!(kinds(&check), ["yes", "yes", "yes", "yes", "no", "yes"]);
    assert_eq!(check.outcome, Outcome::Accepted);
}

#[tokio::test]
async fn a_model_without_tools_is_told_in_the_providers_words() {
    let words = "m does not support tools";
    let none = move |got: &Got| match got {
        _ if is_tool_trial(got) => refusal(400, "invalid_request_error", words),
        _ => good(got),
    };
    let check = check("m", Some(KEY), none).await.check;
    let Verdict::No(error) = &check.calls_tools else { panic!("{check:?}") };
    assert_eq!(error.vendor_message.as_deref(), Some(words));
    assert_eq!(check.outcome, Outcome::Accepted, "a model without tools can still be chatted with");
}

#[tokio::test]
async fn a_model_that_answers_in_words_calls_no_tools() {
    let talks = |got: &Got| if is_list(got) { good(got) } else { spoken() };
    let check = check("m", Some(KEY), talks).await.check;
    let Verdict::No(error) = &check.calls_tools else { panic!("{check:?}") };
    assert!(error.to_string().contains("in words"), "{error}");
}

#[tokio::test]
async fn a_tool_trial_that_fails_for_another_reason_tells_nothing() {
    let busy = |got: &Got| if is_tool_trial(got) { Reply::status(429) } else { good(got) };
    let check = check("m", Some(KEY), busy).await.check;
    assert_eq!((kind(&check.model_answers), kind(&check.calls_tools)), ("yes", "unknown"));
    let cut = r#"data: {"choices":[{"delta":{"content":"I"},"finish_reason":"length"}]}"#;
    let long = move |got: &Got| match got {
        _ if is_tool_trial(got) => Reply::new(200, "text/event-stream", format!("{cut}\n\ndata: [DONE]\n\n")),
        _ => good(got),
    };
    let check = self::check("m", Some(KEY), long).await.check;
    assert_eq!(kind(&check.calls_tools), "unknown");
}

#[tokio::test]
async fn a_server_that_cannot_require_a_call_is_only_asked_for_one() {
    let trials = std::sync::atomic::AtomicUsize::new(0);
    let auto = move |got: &Got| match got {
        _ if !is_tool_trial(got) => good(got),
        _ if trials.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 => {
            refusal(400, "invalid_request_error", "tool_choice required is not supported")
        }
        _ => ping(),
    };
    let check = check("m", Some(KEY), auto).await.check;
    assert_eq!(kind(&check.calls_tools), "yes");
}

#[tokio::test]
async fn the_cost_is_told_when_price_and_tokens_are_known() {
    let price = crate::catalogue::Price { input: 2.0, output: 10.0, ..Default::default() };
    let facts = crate::catalogue::ModelFacts { price: Some(price), ..Default::default() };
    let stand = Stand::start(good).await;
    let key = SecretString::from(KEY);
    let mut target = Target::plain(WireKind::OpenaiChat, &stand.base(), "m");
    assert_eq!(quick().check(&target, Some(&key)).await.usd, None);
    target.facts = Some(Box::leak(Box::new(facts)));
    let usd = quick().check(&target, Some(&key)).await.usd.unwrap();
    // Two trials of 1,000 and 10 tokens each.
    assert!((usd - 2.0 * (0.002 + 0.0001)).abs() < 1e-9, "{usd}");
}

#[tokio::test]
async fn no_verdict_holds_the_key() {
    let echo = |got: &Got| {
        refusal(400, "x", &format!("you sent {}", got.authorization.as_deref().unwrap_or("nothing")))
    };
    let check = check("m", Some(KEY), echo).await.check;
    assert!(!format!("{check:?}").contains(KEY));
}

#[tokio::test]
async fn a_key_of_a_platform_is_not_compared_with_this_computers_own_credentials() {
    let list = r#"{"modelSummaries":[{"modelId":"acme.m-1","modelName":"M","outputModalities":["TEXT"],"inferenceTypesSupported":["ON_DEMAND"]}]}"#;
    let stand = Stand::start(move |_| Reply::json(list)).await;
    let mut target = Target::plain(WireKind::BedrockConverse, &stand.base(), "");
    target.platform = Platform::Bedrock { region: "us-east-1".into(), profile: None };
    // A Bedrock API key, which travels as it is.
    let check = quick().check(&target, Some(&SecretString::from(KEY))).await;
    assert_eq!((kind(&check.key_accepted), check.outcome), ("yes", Outcome::Accepted));
    assert!(stand.got().iter().all(has_key), "{:?}", stand.got());
}

#[tokio::test]
async fn a_list_that_cannot_be_asked_for_says_nothing_about_the_address() {
    let error = ProviderError::new(ErrorKind::Invalid, "Acme").detail("it has no list");
    let target = Target::plain(WireKind::OpenaiChat, "http://127.0.0.1:9/v1", "");
    let check = first_verdicts(&Err(error), &target, true);
    assert_eq!(kinds(&check)[..3], ["unknown", "unknown", "no"]);
    assert_eq!(outcome(&check, &target, true), Outcome::Unchecked);
}
