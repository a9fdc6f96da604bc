//! Serves `api` and the built page on loopback, for browser tests and for looking at the page without a
//! window. Development only: it is never shipped, and nothing that ships depends on it.
//!
//! `cargo run --bin rearview-harness -- --home DIR [--port N] [--ui DIR] [--token-file FILE]` prints one
//! JSON line `{"url":…,"token":…}` when it is ready and ends on SIGTERM or Ctrl-C.

mod serve;

use rearview_api::{App, Config, EngineConfig, Host, Prefer, logging};
use rearview_domain::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// What was asked for on the command line.
struct Options {
    home: PathBuf,
    ui: PathBuf,
    port: u16,
    token: String,
}

/// There is no desktop here: the address is printed for whoever drives the browser.
struct Headless;

impl Host for Headless {
    #[expect(clippy::print_stderr, reason = "the harness has no other way to show what it was asked to open")]
    fn open_url(&self, url: &str) -> Result<(), Error> {
        eprintln!("open {url}");
        Ok(())
    }
}

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "one line on start is the harness's contract")]
async fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("{why}\nusage: rearview-harness --home DIR [--port N] [--ui DIR] [--token-file FILE]");
            return ExitCode::from(2);
        }
    };
    let log_dir = options.home.join("logs");
    let _guard = logging::start(&log_dir);
    let config = Config {
        data_dir: options.home.join("data"),
        log_dir,
        keychain_service: "dev.rearview.harness".to_owned(),
        secrets: secrets(),
        notices: include_str!("../../../THIRD-PARTY-NOTICES.md"),
        provider_timeouts: Default::default(),
        local_ports: rearview_api::LOCAL_PORTS.to_vec(),
        downloads_dir: Some(options.home.join("downloads")),
        engine: Some(EngineConfig { weights: EngineConfig::weights_of_this_checkout() }),
    };
    let app = match App::open(config, Arc::new(Headless)).await {
        Ok(app) => app,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let serving = match serve::bind(options.port).await {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("could not listen on 127.0.0.1:{}: {error}", options.port);
            return ExitCode::FAILURE;
        }
    };
    let address = match serving.local_addr() {
        Ok(address) => address,
        Err(error) => {
            eprintln!("could not read the address: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{}", serde_json::json!({"url": format!("http://{address}"), "token": options.token}));
    let served = serve::run(serving, app.clone(), options.token, options.ui).await;
    app.close().await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Keys last as long as the process, unless the OS keychain is asked for: a test must not fill it.
fn secrets() -> Prefer {
    match std::env::var("REARVIEW_KEYCHAIN").as_deref() {
        Ok("1") => Prefer::Keychain,
        _ => Prefer::SessionOnly,
    }
}

fn options(mut args: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut home = None;
    let mut ui = PathBuf::from("ui/dist");
    let mut port = 0;
    let mut token = uuid::Uuid::new_v4().simple().to_string();
    while let Some(flag) = args.next() {
        let value = args.next().ok_or_else(|| format!("`{flag}` needs a value"))?;
        match flag.as_str() {
            "--home" => home = Some(PathBuf::from(value)),
            "--ui" => ui = PathBuf::from(value),
            "--port" => port = value.parse().map_err(|_| format!("`{value}` is no port"))?,
            "--token-file" => {
                let text = std::fs::read_to_string(&value)
                    .map_err(|error| format!("could not read `{value}`: {error}"))?;
                token = text.trim().to_owned();
            }
            _ => return Err(format!("`{flag}` is not known")),
        }
    }
    let home = home.ok_or("`--home` is missing")?;
    if token.len() < 16 {
        return Err("the token is shorter than 16 characters".to_owned());
    }
    Ok(Options { home, ui, port, token })
}
