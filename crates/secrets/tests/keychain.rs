//! The keychain as the process meets it: none at all, and a real one.
//!
//! The library looks for the keychain once per process, so each case runs this test program again as a
//! child with its own environment.

use rearview_secrets::{Prefer, SecretStore as _, StoreKind, open};
use secrecy::ExposeSecret as _;
use std::process::Command;

const SERVICE: &str = "org.rearview.test";

#[tokio::test]
#[ignore = "run by the next test as a process of its own, without a bus"]
async fn child_without_a_bus() {
    let opened = open(SERVICE, Prefer::Keychain).await;
    assert_eq!(opened.status.kind, StoreKind::SessionOnly);
    let why = opened.status.why.unwrap();
    assert!(why.starts_with("Keys are kept for this session only, because ") && why.ends_with('.'), "{why}");
    assert!(!why.contains("Zbus"), "the library's words are not for people: {why}");
    opened.store.set("provider/openai", "sk-1".into()).await.unwrap();
    assert!(opened.store.present("provider/openai").await.unwrap());
    let direct = rearview_secrets::KeychainStore::new(SERVICE);
    let error = direct.set("provider/openai", "sk-secret".into()).await.unwrap_err();
    assert_eq!(error.to_error().code, rearview_domain::ErrorCode::SecretStoreUnavailable);
    assert!(!format!("{error} {error:?}").contains("sk-secret"));
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_keychain_keys_are_kept_for_the_session_and_it_is_said_why() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_without_a_bus", "--include-ignored"])
        .env("DBUS_SESSION_BUS_ADDRESS", "disabled:")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn a_session_store_is_what_was_asked_for_even_with_a_keychain() {
    let opened = open(SERVICE, Prefer::SessionOnly).await;
    assert_eq!((opened.store.kind(), opened.status.kind), (StoreKind::SessionOnly, StoreKind::SessionOnly));
}

/// Needs an unlocked keychain; `REARVIEW_TEST_KEYCHAIN=1` says that there is one.
#[tokio::test]
#[ignore = "needs an unlocked keychain: set REARVIEW_TEST_KEYCHAIN=1 and run with --include-ignored"]
async fn a_real_keychain_keeps_a_key_until_it_is_cleared() {
    if std::env::var("REARVIEW_TEST_KEYCHAIN").as_deref() != Ok("1") {
        return;
    }
    let opened = open(SERVICE, Prefer::Keychain).await;
    assert_eq!(opened.status.why, None);
    assert_eq!(opened.status.kind, StoreKind::Keychain);
    let long = "k".repeat(2_000);
    opened.store.set("provider/openai", long.as_str().into()).await.unwrap();
    // Another store of the same service has read nothing yet, so it has to ask the keychain.
    let fresh = rearview_secrets::KeychainStore::new(SERVICE);
    assert_eq!(fresh.get("provider/openai").await.unwrap().unwrap().expose_secret(), long);
    opened.store.clear("provider/openai").await.unwrap();
    opened.store.clear("provider/openai").await.unwrap();
    let fresh = rearview_secrets::KeychainStore::new(SERVICE);
    assert!(!fresh.present("provider/openai").await.unwrap());
}
