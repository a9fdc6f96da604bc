//! `rearview-cli route` as a process.

// `cfg(test)` tells clippy what cargo knows anyway: that all of this is tests, where `unwrap` is welcome.
#[cfg(test)]
mod route {
    use serde_json::{Value, json};
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    use std::process::{Command, Stdio};

    fn command() -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rearview-cli"));
        command.arg("route").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// What it prints for some input; it must end well and say nothing beside.
    fn routed(input: &[u8]) -> Vec<Value> {
        let mut child = command().spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        assert_eq!(
            (output.status.code(), String::from_utf8(output.stderr).unwrap()),
            (Some(0), String::new())
        );
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn each_line_gets_one_answer_in_its_order() {
        let told = routed(b"gpt-4o\n\n  \r\ngroq/llama-3.1-70b-versatile\r\nbedrock/anthropic.claude-3");
        assert_eq!(
            told,
            [
                json!({"model": "gpt-4o", "provider": "openai", "wire": "openai_chat", "upstream_model": "gpt-4o"}),
                json!({"model": "groq/llama-3.1-70b-versatile", "provider": "groq", "wire": "openai_chat",
                    "upstream_model": "llama-3.1-70b-versatile"}),
                json!({"model": "bedrock/anthropic.claude-3", "provider": "bedrock", "wire": "bedrock_converse",
                    "upstream_model": "anthropic.claude-3"}),
            ]
        );
    }

    #[test]
    fn a_line_that_cannot_be_read_or_routed_says_why_and_the_next_one_is_answered() {
        let told = routed(b"nobody-knows-this\n\xff\xfe\nreplicate/x\ngpt-4o\n");
        assert_eq!(told.len(), 4);
        assert_eq!((&told[0]["provider"], &told[0]["wire"]), (&Value::Null, &Value::Null));
        assert!(told[0]["error"].as_str().unwrap().contains("nobody-knows-this"));
        assert_eq!(told[1]["error"], "the line is not UTF-8");
        assert_eq!((&told[2]["provider"], &told[2]["wire"]), (&json!("replicate"), &Value::Null));
        assert!(told[2]["error"].as_str().unwrap().contains("not spoken"));
        assert_eq!((&told[3]["provider"], told[3].get("error")), (&json!("openai"), None));
    }

    #[test]
    fn a_hundred_thousand_lines_are_answered() {
        let told = routed("openrouter/anthropic/claude-sonnet-9\n".repeat(100_000).as_bytes());
        assert_eq!(told.len(), 100_000);
    }

    #[test]
    fn whoever_asks_line_by_line_is_answered_at_once() {
        let mut child = command().spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        for _ in 0..2 {
            stdin.write_all(b"gpt-4o\n").unwrap();
            let mut line = String::new();
            answers.read_line(&mut line).unwrap();
            assert!(line.contains("\"openai\""), "{line}");
        }
        drop(stdin);
        assert!(child.wait().unwrap().success());
    }

    #[test]
    fn a_reader_that_goes_away_is_no_fault() {
        let mut child = command().spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        drop(child.stdout.take());
        // It may be gone before all is written.
        let _ = stdin.write_all("gpt-4o\n".repeat(100_000).as_bytes());
        drop(stdin);
        let mut words = String::new();
        child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
        assert_eq!((child.wait().unwrap().code(), words.as_str()), (Some(0), ""));
    }

    #[test]
    fn an_argument_is_refused_with_words() {
        let output = command().arg("gpt-4o").stdin(Stdio::null()).output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8(output.stderr).unwrap().contains("gpt-4o"));
    }
}
