//! The bank whose operation an import becomes on a server.

use super::steps::{Carried, import};
use rearview_domain::{BankId, Error};
use rearview_hindsight::{ArchiveImport, BankPatch, BankScope};
use std::collections::BTreeMap;
use std::path::Path;

/// What a bank is called that stands on an empty server while one is restored there.
const MADE: &str = "rearview-carrier";

/// A bank that carries an import.
pub enum Carrier {
    /// It is there, or the server makes it by the import.
    There(BankId),
    /// A server without any bank: one is made for the import and deleted after it, however it ends. Hindsight 1.1
    /// answers 404 to an import into a bank of its own when the bank in the path does not exist.
    Made,
}

impl Carrier {
    /// Imports an archive. Answers what the server counted.
    ///
    /// # Errors
    /// As `import`.
    pub async fn import(
        &self,
        with: &Carried<'_>,
        how: &ArchiveImport,
        scope: BankScope,
        file: &Path,
    ) -> Result<BTreeMap<String, u64>, Error> {
        let made = match self {
            Self::There(bank) => return import(with, bank, how, scope, file).await,
            Self::Made => BankId::from(MADE),
        };
        with.client.put_bank(&made, &BankPatch::default()).await.map_err(|error| error.to_error())?;
        let counted = import(with, &made, how, scope, file).await;
        if let Err(error) = with.client.delete_bank(&made).await {
            tracing::warn!(%error, "the empty bank that carried an import is still there");
        }
        counted
    }
}
