//! Health, version, handshake and keys.

use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use rearview_domain::ErrorCode;
use rearview_hindsight::HindsightError;

#[apply(each_server)]
async fn a_running_server_is_well_and_tells_its_version(subject: Subject) {
    let client = subject.client();
    let health = client.health().await.unwrap();
    assert_eq!((health.status.as_str(), health.database.as_deref()), ("healthy", Some("connected")));
    let version = client.version().await.unwrap();
    assert_eq!(version.number(), Some((1, 1)));
    assert_eq!(version.features.get("observations"), Some(&true));
}

#[apply(each_server)]
async fn every_feature_that_the_client_knows_is_found_by_its_path_or_is_switched_off(subject: Subject) {
    let client = subject.client();
    let handshake = client.handshake().await.unwrap();
    assert!(handshake.from_paths);
    // No Hindsight tells what a bank knew at a time.
    for (name, feature) in handshake.features.all().into_iter().filter(|(name, _)| *name != "as_of") {
        let reason = feature.reason.clone().unwrap_or_default();
        assert!(feature.available || reason.contains("switched off"), "{name}: {reason}");
    }
    assert!(
        !handshake.features.bank_llm_health.available,
        "it is off unless the server's owner switches it on"
    );
}

#[apply(each_server)]
async fn a_server_with_a_key_tells_a_wrong_one_from_a_right_one(subject: Subject) {
    let keyed = subject.with_key().await;
    for token in [None, Some("hsk_wrong")] {
        let client = keyed.with_token(token).client();
        assert_eq!(client.version().await.unwrap().number(), Some((1, 1)), "the version needs no key");
        let error = client.banks(None, 1, 0).await.unwrap_err();
        assert!(matches!(error, HindsightError::Unauthorized(_)), "{error:?}");
        assert_eq!(error.to_error().code, ErrorCode::AuthFailed);
    }
    let (right, bank) = keyed.client_and_bank();
    right.put_bank(&bank, &Default::default()).await.unwrap();
    assert_eq!(right.banks(Some(bank.as_str()), 10, 0).await.unwrap().total, Some(1));
}
