//! `rearview-cli engine` as a process: two on one folder, and weights that are damaged.

// `cfg(test)` tells clippy what cargo knows anyway: that all of this is tests, where `unwrap` is welcome.
#[cfg(test)]
mod engine {
    use serde_json::Value;
    use std::io::{BufRead as _, BufReader};
    use std::path::Path;
    use std::process::{Child, Command, Stdio};

    struct Running {
        child: Child,
        url: String,
    }

    impl Drop for Running {
        fn drop(&mut self) {
            // It may have ended by itself.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn engine(data: &Path, weights: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rearview-cli"));
        command.arg("engine").arg("--no-token").arg("--data").arg(data).arg("--weights").arg(weights);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn start(data: &Path, weights: &Path) -> Running {
        let mut child = engine(data, weights).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        Running { child, url: told["url"].as_str().unwrap().to_owned() }
    }

    #[test]
    fn a_second_engine_on_the_same_folder_is_refused_with_words_and_the_first_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let first = start(dir.path(), &dir.path().join("none"));
        let second = engine(dir.path(), &dir.path().join("none")).output().unwrap();
        let words = String::from_utf8(second.stderr).unwrap();
        assert_eq!((second.status.code(), second.stdout.as_slice()), (Some(1), b"".as_slice()), "{words}");
        assert!(words.contains("in use by another process"), "{words}");
        assert!(words.contains(&dir.path().display().to_string()), "{words}");
        assert_eq!(ask(&first, "GET", "/health", None)["status"], "healthy");
    }

    #[test]
    fn damaged_weights_leave_an_engine_that_answers_by_words_and_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let weights = dir.path().join("weights");
        std::fs::create_dir(&weights).unwrap();
        for name in ["model.safetensors", "tokenizer.json"] {
            // Where there are no weights, other bytes are as wrong as a flipped one.
            let whole =
                rearview_engine::encode::beside_program().map(|folder| std::fs::read(folder.join(name)));
            let mut bytes = whole.and_then(Result::ok).unwrap_or_else(|| vec![7; 1_000_000]);
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(weights.join(name), bytes).unwrap();
        }
        let engine = start(&dir.path().join("data"), &weights);
        let item = serde_json::json!({"items": [{"content": "The sloop lies in Porto."}]});
        ask(&engine, "POST", "/v1/default/banks/b/memories", Some(&item));
        let asked = serde_json::json!({"query": "sloop"});
        let found = ask(&engine, "POST", "/v1/default/banks/b/memories/recall", Some(&asked));
        assert_eq!(found["results"][0]["text"], "The sloop lies in Porto.");
        // A retain waits until the weights are read or refused, so the state is settled by now.
        let health = ask(&engine, "GET", "/health", None);
        assert_eq!(health["engine"]["state"], "degraded", "{health}");
        assert!(!health["engine"]["reason"].as_str().unwrap().is_empty());
    }

    /// Asks over HTTP; anything but a success fails the test.
    fn ask(engine: &Running, method: &str, path: &str, body: Option<&Value>) -> Value {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let method = method.parse().unwrap();
            let mut request = client.request(method, format!("{}{path}", engine.url));
            if let Some(body) = body {
                request = request.json(body);
            }
            let answer = request.send().await.unwrap();
            let status = answer.status();
            let text = answer.text().await.unwrap();
            assert!(status.is_success(), "{path}: {status} {text}");
            serde_json::from_str(&text).unwrap()
        })
    }
}
