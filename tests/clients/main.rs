//! The official Python packages, unchanged, against the embedded engine: `hindsight-client`,
//! `hindsight-litellm` and `hindsight-agno`, by the calls of their own READMEs.
//!
//! What is called stands in the `with_*.py` next to this file; each is a program that ends with 0 when all it
//! asserts is true. Language models are scripted, the engine's and theirs. The first run on a machine installs
//! the packages from PyPI (`venv`), 420 MB in three minutes; each later run takes seconds.

// `cfg(test)` tells clippy what cargo knows anyway: that all of this is tests, where `unwrap` is welcome.
#[cfg(test)]
mod venv;

#[cfg(test)]
mod tests {
    use crate::venv;
    use rearview_tests::embedded_engine::EmbeddedEngine;
    use rearview_tests::scripted_provider::{Got, Script, ScriptedProvider};
    use serde_json::json;
    use std::path::Path;
    use tokio::process::Command;

    /// Runs a script to its end. What it printed is in the message when that end is a bad one.
    async fn run(script: &str, provider: &ScriptedProvider) {
        let python = venv::python().await.unwrap();
        let (url, token) = EmbeddedEngine::shared().await.unwrap().keyed();
        let home = tempfile::tempdir().unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients");
        // An environment of their own: no proxy, key or setting of this machine, no look at the internet.
        let output = Command::new(python)
            .arg(folder.join(script))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home.path())
            .env("LC_ALL", "C.UTF-8")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
            .env("AGNO_TELEMETRY", "false")
            .env("OPENAI_API_KEY", "scripted")
            .env("ENGINE_URL", url)
            .env("ENGINE_TOKEN", token)
            .env("PROVIDER_URL", provider.base_url())
            .current_dir(home.path())
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (steps, errors) = (told(&output.stdout), told(&output.stderr));
        assert!(output.status.success(), "{script} ended with {}:\n{steps}\n{errors}", output.status);
    }

    /// The text of the message with this role, in the order they were sent.
    fn said(got: &Got, role: &str) -> Vec<String> {
        let request = got.json();
        let messages = request["messages"].as_array().cloned().unwrap_or_default();
        let of_role = messages.iter().filter(|message| message["role"] == role);
        of_role.map(|message| message["content"].as_str().unwrap_or_default().to_owned()).collect()
    }

    #[tokio::test]
    async fn the_python_client_works_unchanged() {
        let provider = ScriptedProvider::start().await.unwrap();
        run("with_client.py", &provider).await;
        assert!(provider.requests().is_empty());
    }

    #[tokio::test]
    async fn litellm_gets_its_memories_from_the_engine_and_leaves_its_conversations_there() {
        let provider = ScriptedProvider::start().await.unwrap();
        run("with_litellm.py", &provider).await;
        let requests = provider.requests();
        let first = requests.first().unwrap();
        let rules = said(first, "system");
        assert!(rules.iter().any(|text| text.contains("[WORLD] Ana is allergic to hazelnuts.")), "{rules:?}");
        assert_eq!(said(first, "user"), ["What may Ana not eat?"]);
    }

    #[tokio::test]
    async fn an_agno_agent_remembers_with_the_tools_it_calls() {
        let provider = ScriptedProvider::start().await.unwrap();
        let content = json!({"content": "USER: Ana prefers dark mode."});
        let query = json!({"query": "What does Ana prefer?"});
        provider
            .answer(Script::text("").tool_call("retain_memory", &content.to_string()))
            .answer(Script::text("Noted."))
            .answer(Script::text("").tool_call("recall_memory", &query.to_string()))
            .answer(Script::text("Dark mode."));
        run("with_agno.py", &provider).await;
        let results: Vec<_> = provider.requests().iter().flat_map(|got| said(got, "tool")).collect();
        assert_eq!(results[0], "Memory stored successfully.");
        assert!(results.iter().any(|text| text.contains("1. Ana prefers dark mode.")), "{results:?}");
    }
}
