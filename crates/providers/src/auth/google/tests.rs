//! Service accounts against a scripted token endpoint, and what each failure tells.

use super::*;
use crate::target::WireKind;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

/// A key that was made for these tests and opens nothing.
const THROWAWAY_KEY: &str = include_str!("throwaway-test-key.pem");

#[derive(Clone)]
struct Script {
    asked: Arc<AtomicU32>,
    status: StatusCode,
    answer: &'static str,
}

/// A token endpoint that always answers the same; its address and how often it was asked.
async fn endpoint(status: StatusCode, answer: &'static str) -> (String, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let script = Script { asked: Arc::clone(&asked), status, answer };
    let answer = |State(script): State<Script>, body: String| async move {
        assert!(
            body.starts_with("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=")
        );
        script.asked.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(30)).await;
        (script.status, script.answer)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/token", listener.local_addr().unwrap());
    let app = Router::new().route("/token", post(answer)).with_state(script);
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, asked)
}

fn key(token_uri: &str) -> Value {
    serde_json::json!({
        "type": "service_account", "project_id": "p", "client_email": "a@p.iam.gserviceaccount.com",
        "private_key": THROWAWAY_KEY, "token_uri": token_uri,
    })
}

async fn header(tokens: &Tokens, secret: &str) -> Result<String, ProviderError> {
    let target = Target::plain(WireKind::Gemini, "https://aiplatform.googleapis.com", "gemini-2.5-pro");
    let (name, value) = tokens.header(&target, Some(&SecretString::from(secret))).await?.remove(0);
    assert_eq!(name, AUTHORIZATION);
    assert!(value.is_sensitive());
    Ok(value.to_str().unwrap().to_owned())
}

/// The failure with this secret; fails when it shows any of it.
async fn refused(secret: &str) -> ProviderError {
    let error = header(&Tokens::default(), secret).await.unwrap_err();
    let told = format!("{error:?} {error}");
    for part in ["BEGIN", "gserviceaccount", "hunter2"] {
        assert!(!told.contains(part), "{told}");
    }
    assert_eq!(error.provider_name, "Acme");
    error
}

#[tokio::test]
async fn a_token_is_fetched_once_for_all_who_ask_at_the_same_time_and_after() {
    let (address, asked) = endpoint(StatusCode::OK, r#"{"access_token":"ya29.one","expires_in":3600}"#).await;
    let (tokens, secret) = (Tokens::default(), key(&address).to_string());
    let all = futures_util::future::join_all((0..8).map(|_| header(&tokens, &secret))).await;
    for header in all {
        assert_eq!(header.unwrap(), "Bearer ya29.one");
    }
    assert_eq!(header(&tokens.clone(), &format!(" {secret}\n")).await.unwrap(), "Bearer ya29.one");
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    // Another secret is another account.
    let mut other = key(&address);
    other["client_email"] = "b@p.iam.gserviceaccount.com".into();
    header(&tokens, &other.to_string()).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    assert_eq!(format!("{tokens:?}"), "Tokens { .. }");
}

#[tokio::test]
async fn a_token_that_is_about_to_expire_is_fetched_anew() {
    let (address, asked) = endpoint(StatusCode::OK, r#"{"access_token":"t","expires_in":10}"#).await;
    let (tokens, secret) = (Tokens::default(), key(&address).to_string());
    header(&tokens, &secret).await.unwrap();
    header(&tokens, &secret).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_secret_that_is_no_service_account_key_is_told_what_it_is() {
    let without = |field: &str| {
        let mut key = key("https://oauth2.googleapis.com/token");
        key.as_object_mut().unwrap().remove(field);
        key.to_string()
    };
    let mut damaged = key("https://oauth2.googleapis.com/token");
    damaged["private_key"] = "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n".into();
    for (secret, told) in [
        ("hunter2".to_owned(), "not the JSON of a service account key"),
        ("\"hunter2\"".to_owned(), "not the JSON of a service account key"),
        (
            r#"{"type":"service_account","private_key":"hunter2"#.to_owned(),
            "not the JSON of a service account key",
        ),
        (r#"{"type":"authorized_user","refresh_token":"hunter2"}"#.to_owned(), "a person's credentials"),
        (r#"{"type":"external_account","x":"hunter2"}"#.to_owned(), "of another type"),
        ("{}".to_owned(), "no `client_email`"),
        (without("client_email"), "no `client_email`"),
        (without("private_key"), "no `private_key`"),
        (without("token_uri"), "no `token_uri`"),
        (damaged.to_string(), "damaged `private_key`"),
    ] {
        let error = refused(&secret).await;
        assert_eq!(error.kind, ErrorKind::Auth);
        assert!(error.to_string().contains(told), "{told}: {error}");
    }
}

#[tokio::test]
async fn tokens_are_asked_for_at_secure_and_well_formed_addresses_only() {
    let long = format!("https://a.example/{}", "a".repeat(70_000));
    for address in [
        "http://oauth2.googleapis.com/token",
        "https:oauth2.googleapis.com",
        "https:///token",
        "https://a b/",
        "https://a@b/",
        "https://%41/",
        "file:///etc",
        "nowhere",
        &long,
    ] {
        assert!(!is_token_address(address), "{address:.40}");
        assert!(refused(&key(address).to_string()).await.to_string().contains("no secure address"));
    }
    for address in ["https://oauth2.googleapis.com/token", "http://127.0.0.1:8080/token", "http://[::1]:1"] {
        assert!(is_token_address(address), "{address}");
    }
}

#[tokio::test]
async fn a_refusal_a_broken_answer_and_no_answer_are_told_apart() {
    let (address, _) = endpoint(StatusCode::BAD_REQUEST, r#"{"error":"invalid_grant"}"#).await;
    let error = refused(&key(&address).to_string()).await;
    assert_eq!(error.kind, ErrorKind::Auth);
    assert!(error.to_string().contains("refused the service account"), "{error}");

    let (address, _) = endpoint(StatusCode::OK, r#"{"hello":1}"#).await;
    assert_eq!(refused(&key(&address).to_string()).await.kind, ErrorKind::Decode);

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}/token", listener.local_addr().unwrap());
    drop(listener);
    let error = refused(&key(&nobody).to_string()).await;
    assert_eq!(error.kind, ErrorKind::Network);
    assert!(error.to_string().contains("could not be reached"), "{error}");
}

#[tokio::test]
async fn after_a_failure_the_next_request_tries_again() {
    let (address, asked) = endpoint(StatusCode::OK, r#"{"hello":1}"#).await;
    let (tokens, secret) = (Tokens::default(), key(&address).to_string());
    header(&tokens, &secret).await.unwrap_err();
    header(&tokens, &secret).await.unwrap_err();
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn only_so_many_accounts_are_remembered() {
    let tokens = Tokens::default();
    for number in 0..=KEPT {
        tokens.source(Some(&number.to_string()));
    }
    let known = tokens.known.lock().unwrap();
    assert_eq!(known.len(), KEPT);
    assert_eq!(known[0].secret.as_ref().unwrap().expose_secret(), "1");
}

#[test]
fn without_a_key_the_next_step_depends_on_what_this_computer_has() {
    let io = || Error::Io(NO_FILE, io::Error::from(io::ErrorKind::NotFound));
    let json = |what| Error::Json(what, serde_json::from_str::<u8>("x").unwrap_err());
    let gone = || Error::Other(UNREACHED, "no route".into());
    let none = |file: Error| Error::NoAuthMethod(Box::new(Error::Str("x")), Box::new(gone()), Box::new(file));
    for (error, kind, told) in [
        (none(io()), ErrorKind::Auth, "no Google credentials were found"),
        (none(Error::Str("home directory not found")), ErrorKind::Auth, "no Google credentials were found"),
        (none(Error::Str(REFUSED)), ErrorKind::Auth, "no longer takes"),
        (none(json(NO_KEY)), ErrorKind::Auth, "of a type that cannot be used"),
        (none(gone()), ErrorKind::Network, "could not be reached"),
        (io(), ErrorKind::Auth, "GOOGLE_APPLICATION_CREDENTIALS"),
        (json(NO_KEY), ErrorKind::Auth, "GOOGLE_APPLICATION_CREDENTIALS"),
        (json("failed to deserialize token from response"), ErrorKind::Decode, "something else than a token"),
        (gone(), ErrorKind::Network, "could not be reached"),
    ] {
        let error = of_computer(&error);
        assert_eq!(error.kind, kind, "{told}");
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[tokio::test]
async fn this_computer_s_own_credentials_go_to_google_and_to_no_other_address() {
    for evil in [
        "https://proxy.example",
        "https://googleapis.com.evil.example",
        "https://evilgoogleapis.com",
        "http://aiplatform.googleapis.com",
        "https://aiplatform.googleapis.com:8443",
        "",
    ] {
        let target = Target::plain(crate::target::WireKind::Gemini, evil, "m");
        let error = Tokens::default().header(&target, None).await.unwrap_err();
        assert!(error.detail.unwrap().contains("Google only"), "{evil}");
    }
    for good in ["https://aiplatform.googleapis.com", "https://us-central1-aiplatform.googleapis.com/v1"] {
        assert!(takes_own_credentials(good), "{good}");
    }
}
