//! The sample bank: a year of somebody's life to explore before anything is set up. It is loaded into the
//! embedded engine as any archive would be, and removed by deleting its bank.

use rearview_domain::{BankId, Error, ErrorCode};
use rearview_hindsight::{Client, HindsightError};
use serde::Deserialize;
use std::time::Duration;

/// The sample's bank.
pub const BANK: &str = "sample";
/// Made by `build.rs` from `assets/sample-bank`.
static ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sample-bank.zip"));
static QUESTIONS: &str = include_str!("../assets/sample-bank/questions.json");
/// How long loading may take: two hundred memories are encoded, 2 to 5 s on a laptop.
const PATIENCE: Duration = Duration::from_secs(120);
const INTERVAL: Duration = Duration::from_millis(150);

/// The bank's id.
pub fn bank() -> BankId {
    BankId(BANK.to_owned())
}

/// Questions that its memories answer, for people who do not know what to ask.
pub fn questions() -> Vec<String> {
    #[derive(Deserialize)]
    struct Question {
        question: String,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum File {
        List(Vec<Question>),
        Object { questions: Vec<Question> },
    }
    let read: Result<File, _> = serde_json::from_str(QUESTIONS);
    let questions = match read {
        Ok(File::List(questions) | File::Object { questions }) => questions,
        Err(error) => {
            tracing::error!(%error, "the sample's questions cannot be read");
            Vec::new()
        }
    };
    questions.into_iter().map(|question| question.question).collect()
}

/// Loads the sample and waits until it is whole. One that is there already stays as it is.
///
/// # Errors
/// The server's own; `Timeout` when it takes longer than two minutes.
pub async fn load(client: &Client) -> Result<(), Error> {
    if present(client).await? {
        return Ok(());
    }
    let failed = |error: HindsightError| error.to_error();
    let id = client.import_bank(&bank(), ARCHIVE.to_vec()).await.map_err(failed)?;
    let waiting = async {
        loop {
            let operation = client.operation(&bank(), &id).await.map_err(failed)?;
            if operation.status.is_final() {
                return match operation.error_message {
                    Some(message) => {
                        Err(Error::new(ErrorCode::Internal, "The sample could not be loaded.").hint(message))
                    }
                    None => Ok(()),
                };
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    let late = |_| Error::new(ErrorCode::Timeout, "The sample is still being loaded.");
    tokio::time::timeout(PATIENCE, waiting).await.map_err(late)?
}

/// Whether the sample is there.
///
/// # Errors
/// The server's own.
pub async fn present(client: &Client) -> Result<bool, Error> {
    let page = client.banks(Some(BANK), 100, 0).await.map_err(|error| error.to_error())?;
    Ok(page.banks.iter().any(|found| found.id.as_str() == BANK))
}
