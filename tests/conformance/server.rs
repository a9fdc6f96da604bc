//! Health, version, handshake and keys.

use crate::support::client;
use rearview_domain::ErrorCode;
use rearview_hindsight::HindsightError;
use rearview_tests::hindsight_server::{HindsightServer, ServerOptions};

#[tokio::test]
async fn a_running_server_is_well_and_tells_its_version() {
    let (client, _) = client().await;
    let health = client.health().await.unwrap();
    assert_eq!((health.status.as_str(), health.database.as_deref()), ("healthy", Some("connected")));
    let version = client.version().await.unwrap();
    assert_eq!(version.number(), Some((1, 1)));
    assert_eq!(version.features.get("observations"), Some(&true));
}

#[tokio::test]
async fn every_feature_that_the_client_knows_is_found_by_its_path_or_is_switched_off() {
    let (client, _) = client().await;
    let handshake = client.handshake().await.unwrap();
    assert!(handshake.from_paths);
    for (name, feature) in handshake.features.all() {
        let reason = feature.reason.clone().unwrap_or_default();
        assert!(feature.available || reason.contains("switched off"), "{name}: {reason}");
    }
    assert!(
        !handshake.features.bank_llm_health.available,
        "it is off unless the server's owner switches it on"
    );
}

#[tokio::test]
async fn a_server_with_a_key_tells_a_wrong_one_from_a_right_one() {
    let options = ServerOptions { key: Some("hsk_right".into()), ..ServerOptions::default() };
    let server = HindsightServer::start(options).await.unwrap_or_else(|error| panic!("{error}"));
    for key in [None, Some("hsk_wrong")] {
        let client = server.client_with_key(key).unwrap();
        assert_eq!(client.version().await.unwrap().number(), Some((1, 1)), "the version needs no key");
        let error = client.banks(None, 1, 0).await.unwrap_err();
        assert!(matches!(error, HindsightError::Unauthorized(_)), "{error:?}");
        assert_eq!(error.to_error().code, ErrorCode::AuthFailed);
    }
    let right = server.client().unwrap();
    right.put_bank(&"ana".into(), &Default::default()).await.unwrap();
    assert_eq!(right.banks(None, 10, 0).await.unwrap().total, Some(1));
}
