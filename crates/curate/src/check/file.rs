//! Checks as YAML, for people to keep beside their code and for continuous integration.
//!
//! Facts are named by id and text; the text counts when ids changed. No key and no address is ever in the file.

use super::{Check, Expectation};
use rearview_domain::{BankId, Error, ErrorCode, ServerId};
use rearview_hindsight::RecallRequest;
use serde::{Deserialize, Serialize};

/// The only version there is.
const VERSION: u32 = 1;
/// The largest file that is read, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;

/// A file of checks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckFile {
    version: u32,
    checks: Vec<FileCheck>,
}

/// A check as it stands in a file: whoever runs it knows the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileCheck {
    /// What people call it.
    pub name: String,
    /// The bank.
    pub bank: BankId,
    /// What is asked, as the API spells it.
    pub request: RecallRequest,
    /// What has to come back.
    pub expect: Vec<Expectation>,
}

impl FileCheck {
    /// The check on a server, under an id.
    pub fn on(self, server_id: ServerId, id: String) -> Check {
        let Self { name, bank, request, expect } = self;
        Check { id, name, server_id, bank_id: bank, request, expect }
    }
}

impl From<&Check> for FileCheck {
    fn from(check: &Check) -> Self {
        Self {
            name: check.name.clone(),
            bank: check.bank_id.clone(),
            request: check.request.clone(),
            expect: check.expect.clone(),
        }
    }
}

/// Writes checks.
///
/// # Errors
/// `Internal`, when a check cannot be written.
pub fn write_file(checks: &[FileCheck]) -> Result<String, Error> {
    let file = CheckFile { version: VERSION, checks: checks.to_vec() };
    let yaml = serde_saphyr::to_string(&file).map_err(|error| {
        Error::new(ErrorCode::Internal, format!("The checks could not be written: {error}."))
    })?;
    Ok(format!("# Recall checks of Rearview. Run them with `rearview-cli checks FILE`.\n{yaml}"))
}

/// Reads checks.
///
/// # Errors
/// `InvalidInput` with the place in the file, when it is no file of checks.
pub fn read_file(yaml: &str) -> Result<Vec<FileCheck>, Error> {
    let wrong = |why: String| {
        Error::new(ErrorCode::InvalidInput, format!("This is no file of checks: {why}."))
            .hint("A file of checks starts with `version: 1` and has a list `checks`.")
    };
    if yaml.len() > LARGEST {
        return Err(wrong("it is larger than 16 MiB".to_owned()));
    }
    let file: CheckFile = serde_saphyr::from_str(yaml).map_err(|error| wrong(error.to_string()))?;
    if file.version != VERSION {
        return Err(wrong(format!(
            "its version is {}, and this Rearview reads version {VERSION}",
            file.version
        )));
    }
    for check in &file.checks {
        BankId::parse(check.bank.as_str())?;
        if check.expect.is_empty() {
            return Err(wrong(format!("`{}` expects nothing, so it cannot fail", check.name)));
        }
    }
    Ok(file.checks)
}
