//! `rearview-cli checks` as a process: a file against the memory in a folder and against a server, its report, its exit code.

// `cfg(test)` tells clippy what cargo knows anyway: that all of this is tests, where `unwrap` is welcome.
#[cfg(test)]
mod checks {
    use rearview_engine::{Engine, Options, Server, Token};
    use serde_json::{Value, json};
    use std::path::Path;
    use std::process::{Command, Output, Stdio};

    const KEY: &str = "a-key-that-nobody-should-read";

    /// A folder with two banks: `a` knows that Ana sails, `b` that Bob rows.
    async fn memory(dir: &Path) -> (Engine, Server) {
        let options = Options { dir: dir.to_owned(), weights: Some(dir.join("none")), synthesis: None };
        let engine = Engine::open(options).await.unwrap();
        let server = Server::start(engine.clone(), 0, Token::Bearer(KEY.to_owned())).await.unwrap();
        for (bank, text) in [("a", "Ana sails."), ("b", "Bob rows.")] {
            let url = format!("{}/v1/default/banks/{bank}", server.url());
            let http = reqwest::Client::new();
            let chunks =
                json!({"updates": {"retain_extraction_mode": "chunks", "enable_observations": false}});
            let set = http.patch(format!("{url}/config")).bearer_auth(KEY).json(&chunks);
            set.send().await.unwrap().error_for_status().unwrap();
            let items = json!({"items": [{"content": text, "document_id": "d"}]});
            let told = http.post(format!("{url}/memories")).bearer_auth(KEY).json(&items);
            told.send().await.unwrap().error_for_status().unwrap();
        }
        (engine, server)
    }

    fn file(dir: &Path, checks: &Value) -> String {
        let path = dir.join("checks.yaml");
        // JSON is YAML.
        std::fs::write(&path, json!({"version": 1, "checks": checks}).to_string()).unwrap();
        path.display().to_string()
    }

    fn run(args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rearview-cli"));
        command.arg("checks").args(args).stdin(Stdio::null()).output().unwrap()
    }

    fn told(output: &Output) -> (Option<i32>, String) {
        let text =
            String::from_utf8(output.stdout.clone()).unwrap() + &String::from_utf8_lossy(&output.stderr);
        assert!(!text.contains(KEY), "the key is in the output: {text}");
        (output.status.code(), text)
    }

    fn sails(expect: Value) -> Value {
        json!({"name": "who sails", "bank": "a", "request": {"query": "Who sails?"}, "expect": expect})
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_folder_of_memory_is_asked_and_green_is_0_red_is_1() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().display().to_string();
        let (engine, server) = memory(dir.path()).await;
        server.stop().await;
        engine.close().await;
        drop(engine);
        let good = sails(json!([
            {"kind": "fact", "id": "00000000-0000-0000-0000-000000000000", "text": "Ana sails.", "rank": 1},
            {"kind": "never", "text": "Bob rows."}, {"kind": "max_tokens", "n": 100},
            {"kind": "nothing_from", "bank": "b"}
        ]));
        let yaml = file(dir.path(), &json!([good]));
        let (code, text) = told(&run(&[&yaml, "--data", &data, "--weights", &format!("{data}/none")]));
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("ok      who sails (a): 1 facts") && text.contains("1 of 1 green"), "{text}");
        assert!(text.contains("known by its text"), "an id that changed is told: {text}");

        let bad =
            sails(json!([{"kind": "fact", "text": "Ana rows."}, {"kind": "never", "text": "Ana sails."}]));
        let yaml = file(dir.path(), &json!([good, bad]));
        let (code, text) = told(&run(&[&yaml, "--data", &data, "--weights", &format!("{data}/none")]));
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("red expected, “Ana rows.”: not answered"), "{text}");
        assert!(text.contains("red never, “Ana sails.”: answered at rank 1"), "{text}");
        assert!(text.contains("1 of 2 green, 1 failed"), "{text}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_server_is_asked_with_a_key_from_a_file_and_json_is_a_line_for_each() {
        let dir = tempfile::tempdir().unwrap();
        let (engine, server) = memory(&dir.path().join("memory")).await;
        let key = dir.path().join("key");
        std::fs::write(&key, format!("{KEY}\n")).unwrap();
        let key = key.display().to_string();
        let yaml = file(
            dir.path(),
            &json!([
                sails(json!([{"kind": "fact", "text": "Ana sails."}])),
                {"name": "gone", "bank": "nobody", "request": {"query": "x"}, "expect": [{"kind": "max_ms", "n": 1000}]}
            ]),
        );
        let url = server.url();
        let (code, text) = told(&run(&[&yaml, "--server", &url, "--token-file", &key, "--json"]));
        assert_eq!(code, Some(2), "a bank that is not there proves nothing: {text}");
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["result"]["state"], "green", "{text}");
        assert_eq!(lines[1]["result"]["state"], "unknown", "{text}");
        assert_eq!(lines[2]["summary"], json!({"green": 1, "red": 0, "unknown": 1}));

        std::fs::write(&key, "another-key-that-is-wrong").unwrap();
        let (code, text) = told(&run(&[&yaml, "--server", &url, "--token-file", &key]));
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("NOT RUN") && !text.contains("another-key"), "{text}");
        server.stop().await;
        engine.close().await;
    }

    #[test]
    fn a_file_that_is_none_and_a_folder_without_memory_are_2_with_words() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().display().to_string();
        let yaml = file(dir.path(), &json!([sails(json!([{"kind": "max_ms", "n": 1}]))]));
        let (code, text) = told(&run(&[&yaml, "--data", &data]));
        assert_eq!(code, Some(2));
        assert!(text.contains("there is no memory in"), "{text}");
        std::fs::write(dir.path().join("x.yaml"), "version: 1\nchecks: [{}]").unwrap();
        let (code, text) = told(&run(&[&format!("{data}/x.yaml"), "--data", &data]));
        assert_eq!(code, Some(2));
        assert!(text.contains("no file of checks"), "{text}");
        let (code, text) = told(&run(&[&format!("{data}/none.yaml"), "--data", &data]));
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("could not read"), "{text}");
    }
}
