//! Asks the chosen providers one after the other and tells a line about each.

use crate::choose::{Choice, Chosen, Env, choose, model_variable};
use futures_util::StreamExt;
use rearview_domain::message::{Part, Role};
use rearview_domain::record::Origin;
use rearview_domain::turn::Usage;
use rearview_providers::catalogue::{cost, providers};
use rearview_providers::{
    Assembly, Event, Piece, Provider, ProviderError, Request, RequestMessage, RequestPart, Target, Timeouts,
    Tool, ToolChoice, encode,
};
use secrecy::ExposeSecret;
use serde_json::json;
use std::io::Write;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Room for an answer of one word and for the reasoning of models that cannot leave it.
const ANSWER_TOKENS: u32 = 1_024;

/// The longest text of others in a line, in characters.
const SHOWN: usize = 160;

/// How it went.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) asked: usize,
    /// The ids of those that did not do what they were asked.
    pub(crate) failed: Vec<String>,
}

/// Asks all that are chosen and writes what is told of them. Nobody is asked without `REARVIEW_LIVE=1`.
pub(crate) async fn all(env: Env<'_>, out: &mut dyn Write) -> Outcome {
    let mut outcome = Outcome::default();
    if env("REARVIEW_LIVE").as_deref() != Some("1") {
        writeln!(out, "live providers: SKIPPED, nobody was asked: REARVIEW_LIVE=1 is not set").unwrap();
        return outcome;
    }
    let mut without = 0;
    for row in providers() {
        match choose(row, env) {
            Choice::NoKey => without += 1,
            Choice::Skip(why) => writeln!(out, "{:<24} not asked: {why}", row.id()).unwrap(),
            Choice::Ask(chosen) => {
                outcome.asked += 1;
                let (line, good) = ask(&chosen).await;
                writeln!(out, "{:<24} {}", row.id(), scrubbed(&line, &chosen)).unwrap();
                outcome.failed.extend((!good).then(|| row.id().to_owned()));
            }
        }
    }
    let (asked, failed) = (outcome.asked, outcome.failed.len());
    writeln!(out, "live providers: {asked} asked, {failed} failed, {without} without a key").unwrap();
    outcome
}

/// A line never holds a key, whatever a provider says.
fn scrubbed(line: &str, chosen: &Chosen) -> String {
    let line = line.replace(['\n', '\r'], " ");
    match &chosen.key {
        Some(key) => line.replace(key.expose_secret(), "•••"),
        None => line,
    }
}

/// What is told of one provider, and whether all of it is good.
async fn ask(chosen: &Chosen) -> (String, bool) {
    let patience = Timeouts { first_byte: Duration::from_secs(90), ..Timeouts::default() };
    let provider = Provider::new(patience);
    let Some(target) = chosen.target("") else { return ("no wire".into(), false) };
    let (reachable, listed, models) = match provider.models(&target, chosen.key.as_ref()).await {
        Ok(models) => ("yes", models.len().to_string(), models),
        Err(error) if error.status.is_some() => ("yes", told(&error), Vec::new()),
        Err(error) => ("not known", told(&error), Vec::new()),
    };
    let mut line = format!("reachable {reachable} | models {listed}");
    let Some(model) = chosen.model(&models) else {
        line += &format!(" | no model is known to be cheap; name one in {}", model_variable(chosen.row));
        return (line, false);
    };
    line += &format!(" | model {model}");
    let Some(target) = chosen.target(&model) else { return (line, false) };
    let mut usage = Usage::default();
    let said = match answer(&provider, chosen, &target, &word()).await {
        Ok(said) => said,
        Err(error) => return (format!("{line} | answer FAILED: {}", told(&error)), false),
    };
    usage = usage.plus(&said.usage);
    let good = !said.text.is_empty();
    let shown = if good { format!("\"{}\"", short(&said.text)) } else { "EMPTY".to_owned() };
    line += &format!(" | answer {shown} | stream {} pieces", said.pieces);
    let called = match answer(&provider, chosen, &target, &call()).await {
        Ok(called) if called.called => {
            usage = usage.plus(&called.usage);
            line += " | tools called";
            true
        }
        Ok(_) => {
            line += " | tools NOT CALLED";
            false
        }
        Err(error) => {
            line += &format!(" | tools FAILED: {}", told(&error));
            false
        }
    };
    let count = |count: Option<u32>| count.map_or("?".to_owned(), |count| count.to_string());
    line += &format!(" | tokens {}+{}", count(usage.input), count(usage.output));
    line += &match target.facts.and_then(|facts| cost(facts, &usage)) {
        Some(dollars) => format!(" | cost ${dollars:.6}"),
        None => " | cost not known".to_owned(),
    };
    (line, good && called)
}

/// What came of one request.
struct Answer {
    text: String,
    pieces: usize,
    called: bool,
    usage: Usage,
}

async fn answer(
    provider: &Provider,
    chosen: &Chosen,
    target: &Target,
    request: &Request,
) -> Result<Answer, ProviderError> {
    let encoded = encode(request, target)?;
    let cancel = CancellationToken::new();
    let opened = provider.open(target, encoded, request, chosen.key.as_ref(), cancel).await?;
    let events: Vec<Event> = opened.events.collect().await;
    let mut assembly = Assembly::new(target.family());
    events.iter().for_each(|event| assembly.apply(event));
    let usage = match events.last() {
        Some(Event::Finished { usage, .. }) => usage.clone(),
        Some(Event::Failed(error)) => return Err(error.clone()),
        _ => Usage::default(),
    };
    let mut answer = Answer { text: String::new(), pieces: 0, called: false, usage };
    for part in assembly.parts() {
        match part {
            Part::Text { text } => answer.text += text.trim(),
            Part::ToolCall { name, .. } => answer.called |= name == "current_time",
            _ => {}
        }
    }
    answer.pieces = events.iter().filter(|event| matches!(event, Event::Text { .. })).count();
    Ok(answer)
}

fn said(text: &str) -> Request {
    let piece = Piece::new(text, Origin::User { message_id: "live".into() });
    let message = RequestMessage { role: Role::User, parts: vec![RequestPart::Text(vec![piece])] };
    Request { messages: vec![message], max_output_tokens: Some(ANSWER_TOKENS), ..Request::default() }
}

fn word() -> Request {
    said("Answer with the one word: pineapple")
}

fn call() -> Request {
    let tool = Tool {
        name: "current_time".into(),
        description: "Tells the current time in a city.".into(),
        parameters: json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}),
    };
    // Not forced: not every model can be, and one that calls tools at all calls this one.
    let request = said("Call current_time to find out what time it is in Oslo.");
    Request { tools: vec![tool], tool_choice: ToolChoice::Auto, ..request }
}

fn told(error: &ProviderError) -> String {
    match &error.vendor_message {
        Some(words) => short(&format!("{error} {words}")),
        None => short(&error.to_string()),
    }
}

fn short(text: &str) -> String {
    let text = text.trim();
    let shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() { format!("{shown}…") } else { shown }
}
