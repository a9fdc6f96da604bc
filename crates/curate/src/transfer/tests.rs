//! Moves against scripted servers: whole ones, dying ones, lying ones, and ones that are stopped.

use super::*;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path as UrlPath, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post, put};
use rearview_domain::{BankId, ErrorCode, ServerId};
use rearview_hindsight::{ArchiveImport, BankScope, Client, Options};
use serde_json::{Value, json};
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;

#[derive(Default)]
struct Script {
    archive: Vec<u8>,
    /// Answers of the operation, the last one for ever.
    looks: Mutex<Vec<(u16, Value)>>,
    cancelled: Mutex<bool>,
    received: Mutex<Vec<u8>>,
    /// The download breaks off after so many bytes.
    breaks_at: Option<usize>,
    /// Banks that were made, carried an import and were deleted, in the order of that.
    banks: Mutex<Vec<String>>,
}

type Shared = Arc<Script>;

async fn serve(script: Script) -> (Client, Shared) {
    let script = Arc::new(script);
    let begun =
        || async { (StatusCode::ACCEPTED, axum::Json(json!({"operation_id": "op", "status": "pending"}))) };
    let app = Router::new()
        .route("/v1/default/banks/{bank}", put(make).delete(remove))
        .route("/v1/default/banks/{bank}/transfer/export", post(begun))
        .route("/v1/default/banks/{bank}/clone", post(begun))
        .route("/v1/default/banks/{bank}/transfer/import", post(receive))
        .route("/v1/default/banks/{bank}/operations/{id}", get(tell).merge(delete(cancel)))
        .route("/v1/default/files/download/{*key}", get(download))
        .with_state(script.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (Client::new(&url, None, "Team", Options::default()).unwrap(), script)
}

async fn make(State(script): State<Shared>, UrlPath(bank): UrlPath<String>) -> axum::Json<Value> {
    script.banks.lock().unwrap().push(format!("made {bank}"));
    axum::Json(json!({"bank_id": bank}))
}

async fn remove(State(script): State<Shared>, UrlPath(bank): UrlPath<String>) -> axum::Json<Value> {
    script.banks.lock().unwrap().push(format!("deleted {bank}"));
    axum::Json(json!({"success": true}))
}

async fn receive(State(script): State<Shared>, UrlPath(bank): UrlPath<String>, body: Bytes) -> Response {
    script.banks.lock().unwrap().push(format!("carried by {bank}"));
    *script.received.lock().unwrap() = body.to_vec();
    (StatusCode::ACCEPTED, axum::Json(json!({"operation_id": "op"}))).into_response()
}

async fn tell(State(script): State<Shared>, UrlPath((_, id)): UrlPath<(String, String)>) -> Response {
    if *script.cancelled.lock().unwrap() {
        return axum::Json(json!({"operation_id": id, "status": "cancelled"})).into_response();
    }
    let mut looks = script.looks.lock().unwrap();
    let (status, answer) = if looks.len() > 1 { looks.remove(0) } else { looks[0].clone() };
    (StatusCode::from_u16(status).unwrap(), axum::Json(answer)).into_response()
}

async fn cancel(State(script): State<Shared>) -> axum::Json<Value> {
    *script.cancelled.lock().unwrap() = true;
    axum::Json(json!({"success": true}))
}

async fn download(State(script): State<Shared>) -> Response {
    let bytes = script.archive.clone();
    match script.breaks_at {
        None => bytes.into_response(),
        Some(at) => {
            let parts = vec![
                Ok(Bytes::from(bytes[..at].to_vec())),
                Err(std::io::Error::other("the cable was pulled")),
            ];
            Body::from_stream(futures_util::stream::iter(parts)).into_response()
        }
    }
}

/// An archive with this manifest and some weight.
fn archive(manifest: &Value) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("documents/000000.json", options).unwrap();
    zip.write_all(&vec![b'x'; 600_000]).unwrap();
    zip.start_file("manifest.json", options).unwrap();
    zip.write_all(manifest.to_string().as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

fn whole() -> Vec<u8> {
    archive(&json!({
        "schema_version": 1, "source_bank_id": "ana", "archive_type": "bank", "document_count": 2, "fact_count": 3,
        "exported_at": "2026-11-27T10:00:00Z", "includes_history": false,
    }))
}

fn packed(bytes: &[u8]) -> Value {
    json!({"operation_id": "op", "status": "completed", "result_metadata": {
        "storage_key": "banks/a b?/exports/1/transfer.zip", "byte_size": bytes.len(),
    }})
}

#[derive(Default)]
struct Heard(Mutex<Vec<Step>>);

#[async_trait::async_trait]
impl Told for Heard {
    async fn told(&self, step: Step) {
        self.0.lock().unwrap().push(step);
    }
}

struct Side {
    server_id: ServerId,
    heard: Heard,
    cancel: CancellationToken,
}

impl Side {
    fn new() -> Self {
        Self { server_id: "s".into(), heard: Heard::default(), cancel: CancellationToken::new() }
    }

    fn with<'a>(&'a self, client: &'a Client) -> Carried<'a> {
        Carried { client, server_id: &self.server_id, told: &self.heard, cancel: &self.cancel }
    }
}

fn bank(id: &str) -> BankId {
    BankId(id.to_owned())
}

fn empty_file() -> tempfile::NamedTempFile {
    tempfile::NamedTempFile::new().unwrap()
}

#[tokio::test]
async fn what_one_server_packed_another_gets_byte_for_byte_and_every_stage_is_told() {
    let bytes = whole();
    let progress = json!({"operation_id": "op", "status": "processing",
        "progress": {"stage": "documents", "processed": 1, "total": 2}});
    let (from, _) = serve(Script {
        archive: bytes.clone(),
        looks: Mutex::new(vec![(200, progress), (200, packed(&bytes))]),
        ..Script::default()
    })
    .await;
    let done = json!({"operation_id": "op", "status": "completed",
        "result_metadata": {"facts_imported": 3, "documents_imported": 2, "target_bank_id": "ana"}});
    let (to, received) = serve(Script { looks: Mutex::new(vec![(200, done)]), ..Script::default() }).await;
    let (side, file) = (Side::new(), empty_file());
    let size = pack(&side.with(&from), &bank("ana"), BankScope::default(), file.path()).await.unwrap();
    assert_eq!(size, bytes.len() as u64);
    let restore = ArchiveImport::Restore { target: bank("ana") };
    let carrier = Carrier::There(bank("ana"));
    let counts = carrier.import(&side.with(&to), &restore, BankScope::default(), file.path()).await.unwrap();
    assert_eq!((counts["facts_imported"], counts.get("target_bank_id")), (3, None));
    let body = received.received.lock().unwrap().clone();
    let form = String::from_utf8_lossy(&body[..200]).into_owned();
    assert!(form.contains("name=\"file\""), "{form}");
    assert!(body.windows(bytes.len()).any(|part| part == bytes), "the archive changed on its way");
    let heard = side.heard.0.lock().unwrap();
    let stages: Vec<_> = heard
        .iter()
        .filter_map(|step| match step {
            Step::Stage(stage) => Some(*stage),
            _ => None,
        })
        .collect();
    assert_eq!(stages, [MoveStage::Packing, MoveStage::Fetching, MoveStage::Sending, MoveStage::Importing]);
    let documents = Step::Progress { done: 1, total: Some(2), server_stage: Some("documents".into()) };
    assert!(heard.contains(&documents), "{heard:?}");
    assert!(heard.iter().any(|step| matches!(step, Step::Operation(placed) if placed.operation_id == "op")));
}

#[tokio::test]
async fn on_a_server_without_banks_one_is_made_for_the_import_and_deleted_however_it_ends() {
    let done = json!({"operation_id": "op", "status": "completed", "result_metadata": {"facts_imported": 3}});
    let failed = json!({"operation_id": "op", "status": "failed", "error_message": "disk on fire."});
    for (look, well) in [(done, true), (failed, false)] {
        let (client, script) =
            serve(Script { looks: Mutex::new(vec![(200, look)]), ..Script::default() }).await;
        let (side, file) = (Side::new(), empty_file());
        let restore = ArchiveImport::Restore { target: bank("ana") };
        let ended =
            Carrier::Made.import(&side.with(&client), &restore, BankScope::default(), file.path()).await;
        assert_eq!(ended.is_ok(), well, "{ended:?}");
        let all = ["made rearview-carrier", "carried by rearview-carrier", "deleted rearview-carrier"];
        assert_eq!(*script.banks.lock().unwrap(), all);
    }
}

#[tokio::test]
async fn a_server_that_is_away_for_a_moment_is_waited_for_and_one_that_refuses_is_not() {
    let away = (503, json!({"detail": "starting"}));
    let done =
        (200, json!({"operation_id": "op", "status": "completed", "result_metadata": {"facts_imported": 1}}));
    let script = Script { looks: Mutex::new(vec![away.clone(), away, done]), ..Script::default() };
    let (client, _) = serve(script).await;
    let side = Side::new();
    let counts = copy(&side.with(&client), &bank("a"), &bank("b"), BankScope::default()).await.unwrap();
    assert_eq!(counts["facts_imported"], 1);
    let refused = Script { looks: Mutex::new(vec![(401, json!({"detail": "no"}))]), ..Script::default() };
    let (client, _) = serve(refused).await;
    let error = copy(&side.with(&client), &bank("a"), &bank("b"), BankScope::default()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::AuthFailed);
}

#[tokio::test]
async fn an_operation_that_fails_says_why_in_its_own_words() {
    let failed = json!({"operation_id": "op", "status": "failed", "error_message": "disk on fire."});
    let (client, _) = serve(Script { looks: Mutex::new(vec![(200, failed)]), ..Script::default() }).await;
    let side = Side::new();
    let error = copy(&side.with(&client), &bank("a"), &bank("b"), BankScope::default()).await.unwrap_err();
    assert_eq!(error.message, "`Team` could not do it: disk on fire.");
}

#[tokio::test]
async fn stopping_a_copy_cancels_it_on_the_server_too() {
    let running = json!({"operation_id": "op", "status": "processing"});
    let (client, script) =
        serve(Script { looks: Mutex::new(vec![(200, running)]), ..Script::default() }).await;
    let side = Side::new();
    let cancel = side.cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        cancel.cancel();
    });
    let error = copy(&side.with(&client), &bank("a"), &bank("b"), BankScope::default()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::Cancelled);
    assert!(*script.cancelled.lock().unwrap());
}

#[tokio::test]
async fn a_download_that_breaks_off_or_is_shorter_than_was_said_is_no_archive() {
    let bytes = whole();
    let looks = || Mutex::new(vec![(200, packed(&bytes))]);
    let script =
        Script { archive: bytes.clone(), looks: looks(), breaks_at: Some(1000), ..Script::default() };
    let (client, _) = serve(script).await;
    let (side, file) = (Side::new(), empty_file());
    let error = pack(&side.with(&client), &bank("ana"), BankScope::default(), file.path()).await.unwrap_err();
    assert!(error.retryable, "{error:?}");
    let script = Script { archive: bytes[..1000].to_vec(), looks: looks(), ..Script::default() };
    let (client, _) = serve(script).await;
    let error = pack(&side.with(&client), &bank("ana"), BankScope::default(), file.path()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::StreamInterrupted);
    assert!(error.message.contains("1000 of"), "{}", error.message);
}

#[tokio::test]
async fn a_server_that_packs_nothing_or_rubbish_is_told() {
    let nothing = json!({"operation_id": "op", "status": "completed"});
    let (client, _) = serve(Script { looks: Mutex::new(vec![(200, nothing)]), ..Script::default() }).await;
    let (side, file) = (Side::new(), empty_file());
    let error = pack(&side.with(&client), &bank("ana"), BankScope::default(), file.path()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ServerIncompatible);
    let rubbish = b"<html>no</html>".to_vec();
    let looks = Mutex::new(vec![(200, packed(&rubbish))]);
    let (client, _) = serve(Script { archive: rubbish, looks, ..Script::default() }).await;
    let error = pack(&side.with(&client), &bank("ana"), BankScope::default(), file.path()).await.unwrap_err();
    assert!(error.message.contains("no archive of a bank"), "{}", error.message);
}

fn kept(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = empty_file();
    file.write_all(bytes).unwrap();
    file
}

#[test]
fn an_archive_tells_what_is_in_it_and_what_is_none_says_why() {
    let info = read_archive(kept(&whole()).path(), "a.zip").unwrap();
    assert_eq!((info.bank_id.as_str(), info.facts, info.documents), ("ana", Some(3), Some(2)));
    assert!(info.whole_bank && !info.history);
    let newer = archive(&json!({"schema_version": 2, "source_bank_id": "ana"}));
    assert_eq!(read_archive(kept(&newer).path(), "a").unwrap_err().code, ErrorCode::ServerIncompatible);
    for bytes in [
        b"no zip".to_vec(),
        Vec::new(),
        whole()[..300_000].to_vec(),
        archive(&json!({"fact_count": 3})),
        archive(&json!([1])),
        archive(&json!({"source_bank_id": 7})),
    ] {
        let error = read_archive(kept(&bytes).path(), "a.zip").unwrap_err();
        assert!(error.message.starts_with("`a.zip` is no archive"), "{}", error.message);
    }
}

fn moved(kind: MoveKind, stage: MoveStage, state: MoveState, import: Option<ArchiveImport>) -> BankMove {
    let place = |server: &str| Place {
        server_id: server.into(),
        server_name: server.to_owned(),
        bank_id: bank("ana"),
    };
    BankMove {
        id: "m".to_owned(),
        kind,
        from: Some(place("A")),
        to: Some(place("B")),
        source_file: None,
        import,
        scope: BankScope::default(),
        state,
        stage,
        done: 0,
        total: None,
        server_stage: None,
        operation: None,
        file: None,
        counts: Default::default(),
        left: Vec::new(),
        error: None,
        started_at: rearview_domain::time::Time("2026-11-27T10:00:00Z".to_owned()),
        ended_at: None,
    }
}

#[test]
fn whatever_ends_a_move_it_is_known_what_exists_where() {
    use LeftWhat::{Absent, Partial, Unknown, Untouched, Whole};
    let restore = || Some(ArchiveImport::Restore { target: bank("ana") });
    let merge = || {
        let conflict = rearview_hindsight::DocumentConflict::Skip;
        Some(ArchiveImport::Merge { target: bank("ana"), conflict })
    };
    for (stage, state, import, found, what) in [
        (MoveStage::Fetching, MoveState::Failed, restore(), None, Absent),
        (MoveStage::Fetching, MoveState::Failed, merge(), None, Untouched),
        (MoveStage::Importing, MoveState::Failed, restore(), None, Unknown),
        (MoveStage::Importing, MoveState::Failed, restore(), Some(None), Absent),
        (MoveStage::Importing, MoveState::Cancelled, restore(), Some(Some(Some(12))), Partial),
        (MoveStage::Importing, MoveState::Cancelled, merge(), Some(Some(Some(12))), Partial),
        (MoveStage::Importing, MoveState::Done, restore(), Some(Some(Some(12))), Whole),
        (MoveStage::Importing, MoveState::Done, restore(), None, Whole),
    ] {
        let case = format!("{stage:?} {state:?} {found:?}");
        let mut one = moved(MoveKind::Transfer, stage, state, import);
        one.tell(found);
        assert_eq!((one.left[0].what, one.left[1].what), (Untouched, what), "{case}");
    }
}
