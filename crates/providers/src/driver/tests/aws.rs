//! Bedrock against the scripted server: signed and streamed, refused, its lists of models, and where its
//! credentials may go.

use super::*;
use crate::frame::aws_message;
use crate::set_up::Verdict;
use crate::target::Platform;

const KEYS: &str = r#"{"access_key_id":"AKIASECRET0123456789","secret_access_key":"ssssecret/0123456789","session_token":"ttttoken/0123456789=="}"#;

fn bedrock(base_url: &str) -> Target {
    let mut target = Target::plain(WireKind::BedrockConverse, base_url, "a.model-v1:0");
    target.platform = Platform::Bedrock { region: "eu-central-1".into(), profile: None };
    target
}

fn good() -> Vec<u8> {
    [
        aws_message("event", "messageStart", r#"{"role":"assistant"}"#),
        aws_message("event", "contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Hi"}}"#),
        aws_message("event", "contentBlockStop", r#"{"contentBlockIndex":0}"#),
        aws_message("event", "messageStop", r#"{"stopReason":"end_turn"}"#),
        aws_message("event", "metadata", r#"{"usage":{"inputTokens":3,"outputTokens":1,"totalTokens":4}}"#),
    ]
    .concat()
}

async fn open_with(target: &Target, key: &str) -> Result<Opened, ProviderError> {
    let (request, key) = (request(), SecretString::from(key));
    let encoded = encode(&request, target).unwrap();
    patient().open(target, encoded, &request, Some(&key), CancellationToken::new()).await
}

fn sent<'a>(request: &'a server::Got, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
}

#[tokio::test]
async fn a_signed_request_streams_and_is_recorded_as_it_was_sent() {
    let server = Server::start(vec![Scripted::aws(good()).header("x-amzn-requestid", "r-1")]).await;
    let target = bedrock(&server.base());
    let opened = open_with(&target, KEYS).await.unwrap();
    assert_eq!(opened.request_id.as_deref(), Some("r-1"));
    let events = rest(opened).await;
    assert_eq!(parts(&events), [Part::text("Hi")]);
    assert!(matches!(events.last(), Some(Event::Finished { usage, .. }) if usage.input == Some(3)));

    let request = &server.requests()[0];
    assert_eq!(request.path, "/v1/model/a.model-v1%3A0/converse-stream");
    let date = sent(request, "x-amz-date").unwrap();
    assert_eq!((date.len(), date.as_bytes()[8], date.ends_with('Z')), (16, b'T', true));
    let authorization = sent(request, "authorization").unwrap();
    let (scope, signature) = authorization.split_once(", Signature=").unwrap();
    assert_eq!(
        scope,
        format!(
            "AWS4-HMAC-SHA256 Credential=AKIASECRET0123456789/{}/eu-central-1/bedrock/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date;x-amz-security-token",
            &date[..8]
        )
    );
    assert!(signature.len() == 64 && signature.bytes().all(|byte| byte.is_ascii_hexdigit()), "{signature}");
    assert_eq!(sent(request, "x-amz-security-token"), Some("ttttoken/0123456789=="));

    let encoded = encode(&super::request(), &target).unwrap();
    let recorded = masked_headers(&encoded, &target, Some(&SecretString::from(KEYS)));
    let mut recorded: Vec<&str> = recorded.iter().map(|(name, _)| name.as_str()).collect();
    let mut arrived: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    arrived.retain(|name| !matches!(*name, "host" | "content-length"));
    recorded.sort_unstable();
    arrived.sort_unstable();
    assert_eq!(arrived, recorded);
}

#[tokio::test]
async fn a_bedrock_api_key_travels_as_a_bearer_and_unsigned() {
    let server = Server::start(vec![Scripted::aws(good())]).await;
    rest(open_with(&bedrock(&server.base()), "bedrock-api-key-abc").await.unwrap()).await;
    let request = &server.requests()[0];
    assert_eq!(sent(request, "authorization"), Some("Bearer bedrock-api-key-abc"));
    assert_eq!(sent(request, "x-amz-date"), None);
}

#[tokio::test]
async fn an_exception_in_mid_stream_keeps_what_came_and_no_key() {
    let words = r#"{"message":"AKIASECRET0123456789 is over its quota"}"#;
    let stream = [
        aws_message("event", "contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Hi"}}"#),
        aws_message("exception", "throttlingException", words),
    ]
    .concat();
    let server = Server::start(vec![Scripted::aws(stream)]).await;
    let events = rest(open_with(&bedrock(&server.base()), KEYS).await.unwrap()).await;
    assert_eq!(parts(&events), [Part::text("Hi")]);
    let error = failure(&events);
    assert_eq!(error.kind, ErrorKind::RateLimit);
    assert_eq!(error.vendor_message.as_deref(), Some("••• is over its quota"));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_refusal_is_read_by_the_name_in_its_header() {
    for (status, name, body, kind) in [
        (
            403,
            "UnrecognizedClientException",
            r#"{"message":"The security token is invalid."}"#,
            ErrorKind::Auth,
        ),
        (403, "AccessDeniedException", r#"{"Message":"no"}"#, ErrorKind::Permission),
        (
            400,
            "ValidationException:http://internal",
            r#"{"message":"model identifier is invalid"}"#,
            ErrorKind::UnknownModel,
        ),
        (404, "ResourceNotFoundException", "{}", ErrorKind::UnknownModel),
    ] {
        let server =
            Server::start(vec![Scripted::status(status).header("x-amzn-errortype", name).body(body)]).await;
        let error = open_with(&bedrock(&server.base()), KEYS).await.err().unwrap();
        assert_eq!((error.kind, error.status), (kind, Some(status)), "{name}");
        assert_eq!(error.vendor_code.as_deref(), name.split(':').next());
    }
}

#[tokio::test]
async fn a_key_that_cannot_be_read_is_sent_nowhere() {
    let server = Server::start(vec![Scripted::aws(good())]).await;
    let error = open_with(&bedrock(&server.base()), "{\"access_key_id\":\"AKIASECRET0123456789\"}")
        .await
        .err()
        .unwrap();
    assert_eq!((error.kind, error.status), (ErrorKind::Auth, None));
    assert!(!format!("{error:?}").contains("AKIASECRET"));
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn an_access_key_does_not_travel_as_a_bearer() {
    let server = Server::start(vec![Scripted::aws(good())]).await;
    let mut target = bedrock(&server.base());
    target.quirks.key_header = crate::target::KeyHeader::Bearer;
    let key = r#"{"access_key_id":"AKIASECRET0123456789","secret_access_key":"wJalrXUtnFEMI"}"#;
    let error = open_with(&target, key).await.err().unwrap();
    assert_eq!((error.kind, error.status), (ErrorKind::Auth, None));
    assert_eq!(server.requests().len(), 0);
}

const MODELS: &str = r#"{"modelSummaries":[
    {"modelId":"a.text","modelName":"A Text","outputModalities":["TEXT"],"inferenceTypesSupported":["ON_DEMAND"]},
    {"modelId":"a.shared","modelName":"A Shared","outputModalities":["TEXT"],"inferenceTypesSupported":["INFERENCE_PROFILE"]}]}"#;

fn profiles(id: &str, next: &str) -> String {
    format!(
        r#"{{"inferenceProfileSummaries":[{{"inferenceProfileId":"{id}","inferenceProfileName":"US A Shared","status":"ACTIVE",
        "models":[{{"modelArn":"arn:aws:bedrock:us-east-1::foundation-model/a.shared"}}]}}]{next}}}"#
    )
}

#[tokio::test]
async fn models_and_profiles_are_listed_with_signed_requests() {
    let server = Server::start(vec![
        Scripted::json(MODELS),
        Scripted::json(&profiles("us.a.shared", r#","nextToken":"n/2""#)),
        Scripted::json(&profiles("eu.a.shared", "")),
    ])
    .await;
    let models = patient().models(&bedrock(&server.base()), Some(&SecretString::from(KEYS))).await.unwrap();
    let listed: Vec<(&str, &str)> =
        models.iter().map(|model| (model.id.as_str(), model.name.as_str())).collect();
    assert_eq!(
        listed,
        [("a.text", "A Text"), ("us.a.shared", "US A Shared"), ("eu.a.shared", "US A Shared")]
    );
    let requests = server.requests();
    let paths: Vec<&str> = requests.iter().map(|request| request.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "/v1/foundation-models",
            "/v1/inference-profiles?maxResults=1000",
            "/v1/inference-profiles?maxResults=1000&nextToken=n%2F2"
        ]
    );
    assert!(
        requests
            .iter()
            .all(|request| sent(request, "authorization").unwrap().starts_with("AWS4-HMAC-SHA256 "))
    );
}

#[tokio::test]
async fn profiles_that_may_not_be_listed_leave_the_models_listed() {
    let refused = Scripted::status(403).header("x-amzn-errortype", "AccessDeniedException");
    let server = Server::start(vec![Scripted::json(MODELS), refused]).await;
    let models = patient().models(&bedrock(&server.base()), Some(&SecretString::from(KEYS))).await.unwrap();
    assert_eq!(models.len(), 1);
}

#[tokio::test]
async fn a_list_of_models_that_came_proves_the_key_without_a_try_without_it() {
    let server =
        Server::start(vec![Scripted::json(MODELS), Scripted::json(&profiles("us.a.shared", ""))]).await;
    let target = Target { model: String::new(), ..bedrock(&server.base()) };
    let check = patient().check(&target, Some(&SecretString::from(KEYS))).await;
    assert!(matches!(check.key_accepted, Verdict::Yes(_)), "{check:?}");
    assert_eq!((check.list.len(), server.requests().len()), (2, 2));
}

#[test]
fn credentials_of_bedrock_go_to_its_runtime_and_its_control_plane_and_nowhere_else() {
    let runtime = "https://bedrock-runtime.us-east-1.amazonaws.com";
    let may = |target: &Target, url: &str| crate::reach::checked(url, target).is_ok();
    let aws = bedrock(runtime);
    assert!(may(&aws, "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse"));
    assert!(may(&aws, "https://bedrock.us-east-1.amazonaws.com/foundation-models"));
    for other in [
        "http://bedrock.us-east-1.amazonaws.com/foundation-models",
        "https://bedrock.us-east-1.amazonaws.com:8443/foundation-models",
        "https://bedrock.us-east-2.amazonaws.com/foundation-models",
        "https://bedrock.us-east-1.amazonaws.com.evil.example/",
        "https://bedrock-agent.us-east-1.amazonaws.com/",
        "https://s3.us-east-1.amazonaws.com/",
        "https://us-east-1.amazonaws.com/",
    ] {
        assert!(!may(&aws, other), "{other}");
    }
    // The other way round there is no way.
    let control = bedrock("https://bedrock.us-east-1.amazonaws.com");
    assert!(!may(&control, "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse"));
    // Nor for other platforms, nor at addresses that are not AWS's own.
    let plain = Target::plain(WireKind::BedrockConverse, runtime, "m");
    assert!(!may(&plain, "https://bedrock.us-east-1.amazonaws.com/foundation-models"));
    let proxy = bedrock("https://bedrock-runtime.corp.example");
    assert!(!may(&proxy, "https://bedrock.corp.example/foundation-models"));
    let loopback = bedrock("http://127.0.0.1:4000");
    assert!(may(&loopback, "http://127.0.0.1:4000/foundation-models"));
    assert!(!may(&loopback, "http://127.0.0.1:4001/foundation-models"));
}
