//! Servers as they answer in the wild, and servers that only look like them.

use super::*;
use crate::set_up::testing::{Got, Reply, Stand};
use std::time::Instant;

fn missing() -> Reply {
    Reply::new(404, "application/json", r#"{"error":"not found"}"#)
}

fn list(owner: &str) -> Reply {
    Reply::json(format!(r#"{{"object":"list","data":[{{"id":"m","object":"model","owned_by":"{owner}"}}]}}"#))
}

fn ollama(got: &Got) -> Reply {
    match got.path.as_str() {
        "/api/version" => Reply::json(r#"{"version":"0.33.2"}"#),
        "/api/tags" => Reply::json(r#"{"models":[{"name":"llama3:8b","model":"llama3:8b","digest":"abc"}]}"#),
        "/v1/models" => list("library"),
        _ => missing(),
    }
}

fn lm_studio(got: &Got) -> Reply {
    match got.path.as_str() {
        "/v1/models" => list("organization_owner"),
        "/api/v0/models" => Reply::json(
            r#"{"object":"list","data":[{"id":"qwen","type":"vlm","state":"loaded"},
                {"id":"nomic","type":"embeddings","state":"not-loaded"}]}"#,
        ),
        // It answers 200 to everything.
        path => Reply::json(format!(r#"{{"error":"Unexpected endpoint or method. (GET {path})"}}"#)),
    }
}

fn llama_cpp(got: &Got) -> Reply {
    match got.path.as_str() {
        "/v1/models" => list("llamacpp").header("server", "llama.cpp"),
        "/props" => Reply::json(r#"{"default_generation_settings":{"n_ctx":4096},"total_slots":1}"#),
        // For editors that look for Ollama.
        "/api/tags" => Reply::json(r#"{"models":[{"name":"m","model":"m","digest":""}]}"#),
        _ => missing(),
    }
}

fn jan(got: &Got) -> Reply {
    match got.path.as_str() {
        "/openapi.json" => Reply::json(r#"{"info":{"title":"Jan API Server Endpoints"}}"#),
        _ => Reply::new(401, "text/plain", "Missing authorization header"),
    }
}

async fn only(rule: impl Fn(&Got) -> Reply + Send + Sync + 'static) -> (Found, Vec<Got>, u16) {
    let stand = Stand::start(rule).await;
    (find_local(&[stand.port()]).await, stand.got(), stand.port())
}

fn names(found: &Found) -> Vec<&str> {
    found.servers.iter().map(|server| server.name).collect()
}

#[tokio::test]
async fn each_server_is_told_by_its_own_signs() {
    let (found, got, port) = only(ollama).await;
    let server = &found.servers[0];
    assert_eq!((server.preset, server.wire), ("ollama", WireKind::OllamaChat));
    assert_eq!(server.base_url, format!("http://127.0.0.1:{port}"));
    assert_eq!(server.models, ["llama3:8b"]);
    assert!(found.silent.is_empty());
    assert!(got.iter().all(|got| got.authorization.is_none()), "a key was sent");

    let (found, _, port) = only(lm_studio).await;
    assert_eq!(
        (names(&found), found.servers[0].models.clone()),
        (vec!["LM Studio"], vec!["qwen".to_owned()])
    );
    assert_eq!(found.servers[0].base_url, format!("http://127.0.0.1:{port}/v1"));
    assert_eq!(names(&only(llama_cpp).await.0), ["llama.cpp"]);
    let (found, ..) = only(|got| if got.path == "/v1/models" { list("vllm") } else { missing() }).await;
    assert_eq!((names(&found), found.servers[0].preset), (vec!["vLLM"], "vllm"));
    assert_eq!(names(&only(jan).await.0), ["Jan"]);
}

#[tokio::test]
async fn a_server_without_a_model_is_found_too() {
    let empty = |got: &Got| match got.path.as_str() {
        "/api/tags" => Reply::json(r#"{"models":[]}"#),
        "/v1/models" => Reply::json(r#"{"object":"list","data":null}"#),
        _ => ollama(got),
    };
    assert_eq!(names(&only(empty).await.0), ["Ollama"]);
    let empty = |got: &Got| match got.path.as_str() {
        "/api/v0/models" | "/v1/models" => Reply::json(r#"{"object":"list","data":[]}"#),
        _ => lm_studio(got),
    };
    assert_eq!(names(&only(empty).await.0), ["LM Studio"]);
}

#[tokio::test]
async fn another_server_on_such_a_port_is_not_called_by_a_name_it_does_not_have() {
    // A web app: pages for every path.
    let (found, ..) = only(|_| Reply::new(200, "text/html", "<html>Ollama is running</html>")).await;
    assert_eq!(found, Found::default());
    // A proxy that lists models, and answers a version like many servers do.
    let proxy = |got: &Got| match got.path.as_str() {
        "/v1/models" => list("someone"),
        "/api/version" => Reply::json(r#"{"version":"1.0"}"#),
        "/api/tags" => Reply::json(r#"{"models":[{"name":"m"}]}"#),
        _ => missing(),
    };
    let (found, ..) = only(proxy).await;
    assert_eq!((names(&found), found.servers[0].preset), (vec!["OpenAI-compatible"], "openai-compatible"));
    // One JSON for every path.
    let same = |_: &Got| Reply::json(r#"{"version":"1","data":[{"id":"m"}],"models":[]}"#);
    assert_ne!(names(&only(same).await.0), ["LM Studio"]);
    // Something that wants a password.
    assert_eq!(only(|_| Reply::status(401)).await.0, Found::default());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Stand::start(ollama).await;
    let root = format!("http://127.0.0.1:{}", elsewhere.port());
    let (found, ..) =
        only(move |got| Reply::status(302).header("location", &format!("{root}{}", got.path))).await;
    assert!(found.servers.is_empty() && elsewhere.got().is_empty());
}

#[tokio::test]
async fn where_nobody_answers_is_told_and_waited_for_once() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let dead = listener.local_addr().unwrap().port();
    drop(listener);
    let slow = |_: &Got| Reply::json("{}").after(Duration::from_secs(30));
    let (one, two, good) = (Stand::start(slow).await, Stand::start(slow).await, Stand::start(ollama).await);
    let begun = Instant::now();
    let found = find_local(&[dead, one.port(), good.port(), two.port()]).await;
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert_eq!(names(&found), ["Ollama"]);
    let silent: Vec<String> =
        [dead, one.port(), two.port()].map(|port| format!("http://127.0.0.1:{port}")).into();
    assert_eq!(found.silent, silent);
}

#[tokio::test]
async fn a_server_on_both_loopback_addresses_is_told_once_and_two_servers_are_two() {
    let four = Stand::start(ollama).await;
    // A machine without IPv6 has nothing to test here.
    if let Ok(_six) = Stand::at(&format!("[::1]:{}", four.port()), ollama).await {
        assert_eq!(names(&find_local(&[four.port()]).await), ["Ollama"]);
    }
    let four = Stand::start(ollama).await;
    if let Ok(_six) = Stand::at(&format!("[::1]:{}", four.port()), llama_cpp).await {
        let found = find_local(&[four.port()]).await;
        assert_eq!(names(&found), ["Ollama", "llama.cpp"]);
        assert_eq!(found.servers[1].base_url, format!("http://[::1]:{}/v1", four.port()));
    }
}

#[tokio::test]
async fn a_huge_answer_is_not_kept() {
    let huge = |_: &Got| Reply::json(format!(r#"{{"data":[{{"id":"{}"}}]}}"#, "m".repeat(2 * MAX_BYTES)));
    assert!(only(huge).await.0.servers.is_empty());
}
