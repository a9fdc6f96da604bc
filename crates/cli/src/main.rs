//! `rearview-cli`: what Rearview does without a window. Each command has a file of its own.
//!
//! Prints what other programs read on standard output, one JSON line each, and words for people on standard
//! error; the report of `checks` is for both and is what standard output is for there. Exit codes: 0 done, 1 it could
//! not be done, 2 it was asked wrongly.

mod checks;
mod engine;
mod route;

use std::process::ExitCode;

const USAGE: &str = "\
usage: rearview-cli engine --data DIR [--port N] [--token-file FILE | --no-token] [--weights DIR]
       rearview-cli checks FILE (--server URL [--token-file FILE] | --data DIR) [--weights DIR] [--json]
       rearview-cli route < MODELS

  engine    serves the memory engine alone on 127.0.0.1, with the HTTP API of Hindsight 1.1.
            Prints {\"url\":…,\"token\":…} when it is ready and ends on SIGTERM or Ctrl-C.
            Without a token option a random token is made for this run. The file of --token-file is
            read, never written. --no-token lets every program of this computer in.
  checks    runs the checks of a YAML file and reports each. --server asks a memory server, with the key in
            --token-file; --data asks the memory in this folder, through the app if that has it open.
            --json prints a JSON line for each check and one for the sums. Exit code 0: all are green,
            1: something failed, 2: something could not be run.
  route     reads model strings from standard input, one a line, and prints a JSON line for each:
            {\"model\":…,\"provider\":…,\"wire\":…,\"upstream_model\":…}, with \"error\" when there is
            no provider, no model or no wire for it.";

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line program speaks there")]
async fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    match args.next().as_deref() {
        Some("engine") => engine::run(args).await,
        Some("checks") => checks::run(args).await,
        Some("route") => route::run(args),
        Some("--help" | "-h" | "help") => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        Some("--version" | "-V") => {
            println!("rearview-cli {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Some(other) => {
            eprintln!("rearview-cli: `{other}` is not a command\n{USAGE}");
            ExitCode::from(2)
        }
        None => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}
