//! `rearview-cli checks`: runs the checks of a YAML file against a memory server and reports, for people or as JSON
//! lines. What a check is and how it is judged is in the curate crate.

use rearview_api::EngineConfig;
use rearview_curate::check::{self, Check, CheckResult, CheckState, Expectation, FileCheck};
use rearview_engine::{Engine, Options, Server, Token};
use rearview_hindsight::Client;
use secrecy::SecretString;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What a running app leaves beside its memory, so that the command line finds it.
const RUNTIME_FILE: &str = "engine.json";

/// Where the checks are run.
#[derive(Debug, PartialEq)]
enum Where {
    /// On a server at this address, with the key in this file.
    Server { url: String, token_file: Option<String> },
    /// On the memory in this folder.
    Data(PathBuf),
}

#[derive(Debug, PartialEq)]
struct Asked {
    file: String,
    target: Where,
    weights: Option<PathBuf>,
    json: bool,
}

/// Runs them. 0: all are green, 1: something is red, 2: something could not be run.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program speaks there")]
pub async fn run(args: impl Iterator<Item = String>) -> ExitCode {
    let asked = match read(args) {
        Ok(asked) => asked,
        Err(why) => {
            eprintln!("rearview-cli checks: {why}\n{}", super::USAGE);
            return ExitCode::from(2);
        }
    };
    let as_json = asked.json;
    let mut all = Vec::new();
    let ended = run_all(&asked, |check, result| {
        match as_json {
            true => println!("{}", line(check, &result)),
            false => print!("{}", report(check, &result)),
        }
        all.push(result.state);
    });
    if let Err(why) = ended.await {
        eprintln!("rearview-cli checks: {}", clean(&why));
        return ExitCode::from(2);
    }
    match as_json {
        true => println!("{}", json!({"summary": sums(&all)})),
        false => println!("{}", summary(&all)),
    }
    ExitCode::from(code(&all))
}

async fn run_all(asked: &Asked, mut tell: impl FnMut(&Check, CheckResult)) -> Result<(), String> {
    let yaml = std::fs::read_to_string(&asked.file)
        .map_err(|error| format!("could not read `{}`: {error}", asked.file))?;
    let checks = check::read_file(&yaml).map_err(|error| error.message)?;
    if checks.is_empty() {
        return Err(format!("there is no check in `{}`", asked.file));
    }
    let (client, engine) = reach(asked).await?;
    for check in checks.into_iter().map(on_no_server) {
        let result = check::run(&client, &check).await;
        tell(&check, result);
    }
    if let Some((engine, server)) = engine {
        server.stop().await;
        engine.close().await;
    }
    Ok(())
}

fn on_no_server(check: FileCheck) -> Check {
    check.on("".into(), String::new())
}

/// A client of the server that was meant; with the engine, if one had to be started.
async fn reach(asked: &Asked) -> Result<(Client, Option<(Engine, Server)>), String> {
    match &asked.target {
        Where::Server { url, token_file } => {
            let key = token_file.as_deref().map(key_of).transpose()?;
            Ok((client(url, key)?, None))
        }
        Where::Data(dir) => {
            if let Some((url, token)) = running(dir) {
                return Ok((client(&url, Some(token.into()))?, None));
            }
            if !dir.join("memory.db").is_file() {
                return Err(format!("there is no memory in `{}`", dir.display()));
            }
            let options = Options { dir: dir.clone(), weights: asked.weights.clone(), synthesis: None };
            let engine = Engine::open(options).await.map_err(|error| error.to_string())?;
            let server = Server::start(engine.clone(), 0, Token::random()).await;
            let server = server.map_err(|error| error.to_string())?;
            let token = server.token().map(|token| SecretString::from(token.to_owned()));
            Ok((client(&server.url(), token)?, Some((engine, server))))
        }
    }
}

fn client(url: &str, key: Option<SecretString>) -> Result<Client, String> {
    Client::new(url, key, "The memory server", rearview_hindsight::Options::default())
        .map_err(|error| error.to_error().message)
}

/// The key in a file; the file is read and never written.
fn key_of(file: &str) -> Result<SecretString, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("could not read `{file}`: {error}"))?;
    match text.trim() {
        "" => Err(format!("there is no key in `{file}`")),
        key => Ok(key.to_owned().into()),
    }
}

/// Address and token of the app that has this memory open.
fn running(dir: &Path) -> Option<(String, String)> {
    let text = std::fs::read_to_string(dir.join(RUNTIME_FILE)).ok()?;
    let told: Value = serde_json::from_str(&text).ok()?;
    Some((told["url"].as_str()?.to_owned(), told["token"].as_str()?.to_owned()))
}

fn read(mut args: impl Iterator<Item = String>) -> Result<Asked, String> {
    let (mut file, mut url, mut token_file, mut data, mut json) = (None, None, None, None, false);
    let mut weights = EngineConfig::weights_of_this_checkout();
    while let Some(flag) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("`{flag}` needs a value"));
        match flag.as_str() {
            "--server" => url = Some(value()?),
            "--token-file" => token_file = Some(value()?),
            "--data" => data = Some(PathBuf::from(value()?)),
            "--weights" => weights = Some(PathBuf::from(value()?)),
            "--json" => json = true,
            other if other.starts_with('-') => return Err(format!("`{other}` is not known")),
            _ if file.is_some() => return Err("only one file is read".to_owned()),
            _ => file = Some(flag),
        }
    }
    let file = file.ok_or("the file of checks is missing")?;
    let target = match (url, data) {
        (Some(url), None) => Where::Server { url, token_file },
        (None, Some(_)) if token_file.is_some() => {
            return Err("`--token-file` belongs to `--server`".to_owned());
        }
        (None, Some(data)) => Where::Data(data),
        (Some(_), Some(_)) => return Err("only one of `--server` and `--data` can be meant".to_owned()),
        (None, None) => return Err("`--server` or `--data` is missing".to_owned()),
    };
    Ok(Asked { file, target, weights, json })
}

/// One check as people read it.
fn report(check: &Check, result: &CheckResult) -> String {
    let word = match result.state {
        CheckState::Green => "ok     ",
        CheckState::Red => "FAILED ",
        CheckState::Unknown => "NOT RUN",
    };
    let mut text = format!("{word} {} ({})", clean(&check.name), clean(check.bank_id.as_str()));
    if let Some(error) = &result.error {
        let _ = write!(text, "\n        {}", clean(&error.message));
        let _ = error.hint.as_ref().map(|hint| write!(text, " {}", clean(hint)));
    } else {
        let _ = write!(text, ": {} facts, {} tokens, {:.1} ms", result.count, result.tokens, result.ms);
    }
    for verdict in &result.verdicts {
        let by = match verdict.by.as_deref() {
            Some("text") => ", known by its text",
            _ => "",
        };
        let mark = match verdict.state {
            CheckState::Green => "ok  ",
            CheckState::Red => "red ",
            CheckState::Unknown => "?   ",
        };
        if verdict.state != CheckState::Green || !by.is_empty() {
            let (wanted, seen) = (wanted(&verdict.expectation), clean(&verdict.seen));
            let _ = write!(text, "\n        {mark}{wanted}: {seen}{by}");
        }
    }
    text.push('\n');
    text
}

fn wanted(expectation: &Expectation) -> String {
    match expectation {
        Expectation::Fact { text, rank: Some(rank), .. } => {
            format!("expected at rank {rank} or before, “{}”", clean(text))
        }
        Expectation::Fact { text, rank: None, .. } => format!("expected, “{}”", clean(text)),
        Expectation::Never { text, .. } => format!("never, “{}”", clean(text)),
        Expectation::MaxTokens { n } => format!("at most {n} tokens"),
        Expectation::MaxMs { n } => format!("at most {n} ms"),
        Expectation::NothingFrom { bank } => format!("nothing from the bank {}", clean(bank.as_str())),
    }
}

/// Memory says what it wants; a terminal must not obey it.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// One check as programs read it.
fn line(check: &Check, result: &CheckResult) -> Value {
    json!({"name": check.name, "bank": check.bank_id, "result": result})
}

fn sums(states: &[CheckState]) -> Value {
    let count = |state| states.iter().filter(|one| **one == state).count();
    json!({"green": count(CheckState::Green), "red": count(CheckState::Red), "unknown": count(CheckState::Unknown)})
}

fn summary(states: &[CheckState]) -> String {
    let count = |state| states.iter().filter(|one| **one == state).count();
    let mut text = format!("{} of {} green", count(CheckState::Green), states.len());
    let (red, unknown) = (count(CheckState::Red), count(CheckState::Unknown));
    if red > 0 {
        let _ = write!(text, ", {red} failed");
    }
    if unknown > 0 {
        let _ = write!(text, ", {unknown} could not be run");
    }
    text
}

/// What could not be run says more than what failed: nothing was learned of it.
fn code(states: &[CheckState]) -> u8 {
    match (states.contains(&CheckState::Unknown), states.contains(&CheckState::Red)) {
        (true, _) => 2,
        (false, true) => 1,
        (false, false) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Result<Asked, String> {
        read(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn a_server_or_a_folder_is_meant_and_never_both() {
        assert_eq!(words(&[]).unwrap_err(), "the file of checks is missing");
        assert_eq!(words(&["a.yaml"]).unwrap_err(), "`--server` or `--data` is missing");
        let both = words(&["a.yaml", "--server", "http://x", "--data", "d"]).unwrap_err();
        assert!(both.starts_with("only one of"), "{both}");
        assert!(words(&["a.yaml", "--data", "d", "--token-file", "t"]).unwrap_err().contains("--server"));
        assert_eq!(words(&["a.yaml", "b.yaml", "--data", "d"]).unwrap_err(), "only one file is read");
        assert_eq!(words(&["a.yaml", "--fast"]).unwrap_err(), "`--fast` is not known");
        let asked = words(&["--json", "--data", "d", "a.yaml"]).unwrap();
        assert_eq!(
            (asked.file.as_str(), asked.target, asked.json),
            ("a.yaml", Where::Data("d".into()), true)
        );
    }

    #[test]
    fn what_could_not_be_run_weighs_more_than_what_failed() {
        use CheckState::{Green, Red, Unknown};
        assert_eq!([&[Green][..], &[Green, Red], &[Red, Unknown]].map(code), [0, 1, 2]);
        assert_eq!(summary(&[Green, Red, Unknown]), "1 of 3 green, 1 failed, 1 could not be run");
    }

    #[test]
    fn memory_cannot_speak_to_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\nc\u{7}"), "a [31mb c ");
    }
}
