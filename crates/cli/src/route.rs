//! `rearview-cli route`: reads model strings from standard input and prints what each of them means. How a
//! string is read is in the provider crate.

use rearview_providers::route::{self, Route};
use serde_json::{Map, Value};
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

/// Reads until the end of standard input. A reader of ours that went away is no fault.
#[expect(clippy::print_stderr, reason = "a command line program speaks there")]
pub fn run(mut args: impl Iterator<Item = String>) -> ExitCode {
    if let Some(other) = args.next() {
        eprintln!("rearview-cli route takes no argument, but got `{other}`");
        return ExitCode::from(2);
    }
    let input = BufReader::with_capacity(1 << 16, std::io::stdin().lock());
    match answer(input, BufWriter::with_capacity(1 << 16, std::io::stdout().lock())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) if fault.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("rearview-cli route: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// One JSON line for each line that is not blank. Whoever types line by line gets each answer at once.
fn answer(mut input: BufReader<impl std::io::Read>, mut output: impl Write) -> std::io::Result<()> {
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            line.pop();
        }
        let told = match std::str::from_utf8(&line) {
            Ok(text) if text.trim().is_empty() => None,
            Ok(text) => Some(told(&route::read(text))),
            Err(_) => Some(garbled(&String::from_utf8_lossy(&line))),
        };
        if let Some(told) = told {
            serde_json::to_writer(&mut output, &told)?;
            output.write_all(b"\n")?;
        }
        line.clear();
        if input.buffer().is_empty() {
            output.flush()?;
        }
    }
    output.flush()
}

fn told(route: &Route) -> Value {
    let mut line = Map::new();
    line.insert("model".into(), route.model.as_str().into());
    line.insert("provider".into(), route.provider.as_deref().into());
    line.insert("wire".into(), route.wire.map(|wire| wire.as_str()).into());
    let upstream = route.provider.is_some().then_some(route.upstream_model.as_str());
    line.insert("upstream_model".into(), upstream.into());
    if let Some(problem) = &route.problem {
        line.insert("error".into(), problem.as_str().into());
    }
    Value::Object(line)
}

/// A line that is no text. What could be read of it is told, so that it can be found.
fn garbled(text: &str) -> Value {
    serde_json::json!({
        "model": text,
        "provider": null,
        "wire": null,
        "upstream_model": null,
        "error": "the line is not UTF-8",
    })
}
