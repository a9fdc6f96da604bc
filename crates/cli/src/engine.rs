//! `rearview-cli engine`: the memory engine without the app, for any program that speaks to Hindsight.

use rearview_api::EngineConfig;
use rearview_engine::{Engine, Options, Server, Token};
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Shortest token that is taken from a file, in characters.
const SHORTEST_TOKEN: usize = 16;

/// What was asked for.
#[derive(Debug)]
struct Asked {
    data: PathBuf,
    port: u16,
    token: Token,
    weights: Option<PathBuf>,
}

/// Serves until it is told to end.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "one line on start is the contract")]
pub async fn run(args: impl Iterator<Item = String>) -> ExitCode {
    let asked = match read(args) {
        Ok(asked) => asked,
        Err(why) => {
            eprintln!("rearview-cli: {why}\n{}", super::USAGE);
            return ExitCode::from(2);
        }
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let options = Options { dir: asked.data, weights: asked.weights, synthesis: None };
    let started = async {
        let engine = Engine::open(options).await?;
        Server::start(engine.clone(), asked.port, asked.token).await.map(|server| (engine, server))
    };
    let (engine, server) = match started.await {
        Ok(started) => started,
        Err(error) => {
            eprintln!("rearview-cli: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{}", serde_json::json!({"url": server.url(), "token": server.token()}));
    ended().await;
    server.stop().await;
    engine.close().await;
    ExitCode::SUCCESS
}

fn read(mut args: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut data = None;
    let mut port = 0;
    let mut token = None;
    let mut weights = EngineConfig::weights_of_this_checkout();
    while let Some(flag) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("`{flag}` needs a value"));
        match flag.as_str() {
            "--data" => data = Some(PathBuf::from(value()?)),
            "--port" => {
                let value = value()?;
                port = value.parse().map_err(|_| format!("`{value}` is no port"))?;
            }
            "--weights" => weights = Some(PathBuf::from(value()?)),
            "--token-file" | "--no-token" if token.is_some() => {
                return Err("only one of `--token-file` and `--no-token` can be meant".to_owned());
            }
            "--token-file" => token = Some(token_of(&value()?)?),
            "--no-token" => token = Some(Token::None),
            _ => return Err(format!("`{flag}` is not known")),
        }
    }
    let data = data.ok_or("`--data` is missing")?;
    Ok(Asked { data, port, token: token.unwrap_or_else(Token::random), weights })
}

fn token_of(file: &str) -> Result<Token, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("could not read `{file}`: {error}"))?;
    let text = text.trim();
    if text.len() < SHORTEST_TOKEN {
        return Err(format!("the token in `{file}` is shorter than {SHORTEST_TOKEN} characters"));
    }
    Ok(Token::Bearer(text.to_owned()))
}

/// SIGTERM or Ctrl-C.
async fn ended() {
    #[cfg(unix)]
    {
        let terminated = async {
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            () = terminated => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_words(words: &[&str]) -> Result<Asked, String> {
        read(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn without_a_token_option_a_random_token_is_asked_for() {
        let token = |asked: Asked| match asked.token {
            Token::Bearer(token) => token,
            Token::None => String::new(),
        };
        let first = token(read_words(&["--data", "/tmp/x"]).unwrap());
        let second = token(read_words(&["--data", "/tmp/x"]).unwrap());
        assert!(first.len() >= 32 && first != second);
    }

    #[test]
    fn wrong_options_are_told_apart() {
        assert_eq!(read_words(&[]).unwrap_err(), "`--data` is missing");
        assert_eq!(read_words(&["--data"]).unwrap_err(), "`--data` needs a value");
        assert_eq!(read_words(&["--data", "x", "--port", "y"]).unwrap_err(), "`y` is no port");
        assert_eq!(read_words(&["--data", "x", "--fast"]).unwrap_err(), "`--fast` is not known");
        let both = read_words(&["--data", "x", "--no-token", "--no-token"]).unwrap_err();
        assert!(both.starts_with("only one of"), "{both}");
    }

    #[test]
    fn a_short_token_is_refused() {
        let file = std::env::temp_dir().join(format!("rearview-token-{}", std::process::id()));
        std::fs::write(&file, "short\n").unwrap();
        let error = read_words(&["--data", "x", "--token-file", &file.to_string_lossy()]).unwrap_err();
        std::fs::remove_file(&file).unwrap();
        assert!(error.contains("shorter than 16"), "{error}");
    }
}
