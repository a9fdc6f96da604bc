//! Gemini over the driver: keys and tokens, waits that stand in the body, lists of models.

use super::*;
use crate::set_up::Verdict;
use crate::target::Platform;

const SAYS: &str =
    "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hi\"}]},\"finishReason\":\"STOP\"}]}\n\n";

/// Google's refusal with a wait in its body.
fn busy(wait: &str) -> Scripted {
    Scripted::status(429).body(&format!(
        "{{\"error\":{{\"code\":429,\"message\":\"slow\",\"status\":\"RESOURCE_EXHAUSTED\",\"details\":[\
         {{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"{wait}\"}}]}}}}"
    ))
}

/// The key of a service account whose tokens come from the server.
fn service_account(server: &Server) -> SecretString {
    let key = serde_json::json!({
        "type": "service_account", "client_email": "a@p.iam.gserviceaccount.com",
        "private_key": include_str!("../../auth/google/throwaway-test-key.pem"),
        "token_uri": server.base(),
    });
    SecretString::from(key.to_string())
}

fn sent(server: &Server, at: usize, name: &str) -> Option<String> {
    let headers = &server.requests()[at].headers;
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
}

#[tokio::test]
async fn the_key_goes_in_google_s_own_header_and_the_end_of_the_bytes_ends_the_answer() {
    let server = Server::start(vec![Scripted::stream(SAYS)]).await;
    let target = target(&server.base(), WireKind::Gemini);
    let events = rest(open_at(&patient(), &target, CancellationToken::new()).await.unwrap()).await;
    assert!(matches!(events.last(), Some(Event::Finished { reason: FinishReason::Stop, .. })), "{events:?}");
    assert_eq!(sent(&server, 0, "x-goog-api-key").as_deref(), Some(KEY));
    assert_eq!(sent(&server, 0, "authorization"), None);
    assert_eq!(server.requests()[0].path, "/v1/models/m:streamGenerateContent?alt=sse");
}

#[tokio::test]
async fn a_wait_in_the_body_is_waited_for_and_told_and_a_long_one_is_the_person_s_decision() {
    let server = Server::start(vec![busy("0.001s"), Scripted::stream(SAYS)]).await;
    let target = target(&server.base(), WireKind::Gemini);
    open_at(&patient(), &target, CancellationToken::new()).await.unwrap();
    assert_eq!(server.requests().len(), 2);

    let server = Server::start(vec![busy("21s")]).await;
    let target = self::target(&server.base(), WireKind::Gemini);
    let error = open_at(&patient(), &target, CancellationToken::new()).await.err().unwrap();
    assert_eq!((error.kind, error.retry_after_ms), (ErrorKind::RateLimit, Some(21_000)));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_wait_in_the_headers_outranks_the_one_in_the_body() {
    let server = Server::start(vec![busy("30s").header("retry-after-ms", "1"), Scripted::stream(SAYS)]).await;
    let target = target(&server.base(), WireKind::Gemini);
    open_at(&patient(), &target, CancellationToken::new()).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn vertex_ai_gets_a_token_that_was_fetched_with_the_key_and_never_the_key() {
    let token = "{\"access_token\":\"ya29.token\",\"expires_in\":3600}";
    let server =
        Server::start(vec![Scripted::json(token), Scripted::stream(SAYS), Scripted::stream(SAYS)]).await;
    let key = service_account(&server);
    let mut target = target(&server.base(), WireKind::Gemini);
    target.platform = Platform::Vertex { project: "p".into(), location: "global".into() };
    let provider = patient();
    for _ in 0..2 {
        let encoded = encode(&request(), &target).unwrap();
        assert!(
            masked_headers(&encoded, &target, Some(&SecretString::from("k")))
                .iter()
                .any(|(name, _)| name == "authorization")
        );
        let cancel = CancellationToken::new();
        provider.open(&target, encoded, &request(), Some(&key), cancel).await.unwrap();
    }
    let got = server.requests();
    assert_eq!(got.len(), 3);
    assert_eq!(
        got[1].path,
        "/v1/projects/p/locations/global/publishers/google/models/m:streamGenerateContent?alt=sse"
    );
    for at in [1, 2] {
        assert_eq!(sent(&server, at, "authorization").as_deref(), Some("Bearer ya29.token"));
        assert!(!String::from_utf8_lossy(&got[at].body).contains("PRIVATE"));
    }
}

#[tokio::test]
async fn a_fetched_token_that_is_echoed_in_a_refusal_is_masked() {
    let token = "{\"access_token\":\"ya29.token\",\"expires_in\":3600}";
    let echo = Scripted::status(401).body("{\"error\":{\"code\":401,\"message\":\"bad ya29.token\"}}");
    let server = Server::start(vec![Scripted::json(token), echo]).await;
    let key = service_account(&server);
    let mut target = target(&server.base(), WireKind::Gemini);
    target.platform = Platform::Vertex { project: "p".into(), location: "global".into() };
    let encoded = encode(&request(), &target).unwrap();
    let opened = patient().open(&target, encoded, &request(), Some(&key), CancellationToken::new()).await;
    let error = opened.err().unwrap();
    assert!(!format!("{error:?}").contains("ya29"), "{error:?}");
    assert!(error.vendor_message.unwrap().contains("•••"));
}

#[tokio::test]
async fn ai_studio_s_list_of_models_is_read_page_by_page_even_past_one_with_nothing_that_chats() {
    let model = |name: &str, method: &str| {
        format!("{{\"name\":\"models/{name}\",\"supportedGenerationMethods\":[\"{method}\"]}}")
    };
    let server = Server::start(vec![
        Scripted::json(&format!("{{\"models\":[{}],\"nextPageToken\":\"p2\"}}", model("e", "embedContent"))),
        Scripted::json(&format!(
            "{{\"models\":[{}],\"nextPageToken\":\"p3\"}}",
            model("g", "generateContent")
        )),
        Scripted::json("{}"),
    ])
    .await;
    let target = target(&server.base(), WireKind::Gemini);
    let models = patient().models(&target, Some(&key())).await.unwrap();
    assert_eq!(models.iter().map(|model| model.id.as_str()).collect::<Vec<_>>(), ["g"]);
    let paths: Vec<String> = server.requests().into_iter().map(|got| got.path).collect();
    assert_eq!(
        paths,
        [
            "/v1/models?pageSize=1000",
            "/v1/models?pageSize=1000&pageToken=p2",
            "/v1/models?pageSize=1000&pageToken=p3"
        ]
    );
}

#[tokio::test]
async fn models_that_vertex_ai_does_not_list_are_told_as_such_without_asking() {
    let server = Server::start(Vec::new()).await;
    let mut target = target(&server.base(), WireKind::OpenaiChat);
    target.platform = Platform::Vertex { project: "p".into(), location: "global".into() };
    let error = patient().models(&target, Some(&key())).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert!(error.to_string().contains("enter the model's name"), "{error}");
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn a_check_of_vertex_ai_asks_with_its_key_only_and_asks_a_model_that_no_list_has() {
    let token = || Scripted::json("{\"access_token\":\"t\",\"expires_in\":3600}");
    let check = async |wire, answers: Vec<Scripted>| {
        let server = Server::start([vec![token()], answers].concat()).await;
        let mut target = target(&server.base(), wire);
        target.platform = Platform::Vertex { project: "p".into(), location: "global".into() };
        let check = patient().check(&target, Some(&service_account(&server))).await;
        (check, server.requests().len())
    };
    let list = "{\"publisherModels\":[{\"name\":\"publishers/google/models/gemini-2.5-pro\"}]}";
    let (gemini, asked) = check(WireKind::Gemini, vec![Scripted::json(list), Scripted::stream(SAYS)]).await;
    assert_eq!(gemini.key_accepted, Verdict::Yes("models are listed, which nobody may without a key".into()));
    assert_eq!((gemini.list[0].id.as_str(), asked), ("gemini-2.5-pro", 4));

    let (llama, asked) = check(WireKind::OpenaiChat, vec![Scripted::stream(GOOD)]).await;
    assert!(matches!(llama.models, Verdict::No(_)), "{llama:?}");
    assert!(
        matches!((&llama.reachable, &llama.key_accepted), (Verdict::Yes(_), Verdict::Yes(_))),
        "{llama:?}"
    );
    assert!(matches!(llama.model_answers, Verdict::Yes(_)), "{llama:?}");
    assert_eq!(asked, 3);
}
