//! Banks themselves: the list, names, copies, templates, archives, transfers.
//!
//! What a server answers crosses as the client read it (`rearview_hindsight`), moves as they are kept
//! (`rearview_curate::transfer`); here are the requests, and what Rearview itself found out.

use super::super::wire;
use rearview_curate::transfer::BankMove;
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ServerId};
use rearview_hindsight::{ArchiveImport, BankScope, TemplateOutcome};
use serde_json::Value;

wire! {
    /// Looks for banks that are called nearly the same.
    request FindAlike {
        /// The server.
        pub server_id: ServerId,
        /// What was typed.
        pub typed: String,
    }

    /// Makes a bank.
    request CreateBank {
        /// The server.
        pub server_id: ServerId,
        /// Its id.
        pub bank_id: BankId,
        /// The name it is shown under, when that is another.
        pub alias: Option<String>,
        /// What it is set up by, in the server's form.
        #[ts(type = "unknown")]
        pub template: Option<Value>,
    }

    /// Shows a bank under another name, or under its own id again.
    request RenameBank {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The name; empty for its own id.
        pub alias: String,
    }

    /// Names a name of a bank.
    request AliasRef {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The name.
        pub alias: String,
    }

    /// Gives a bank another name.
    request AddAlias {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The name.
        pub alias: String,
        /// Whether the bank is shown under it.
        pub primary: bool,
    }

    /// Deletes a bank.
    request DeleteBank {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Its id or shown name, as the person typed it.
        pub typed: String,
    }

    /// Sets a bank up by a template.
    request ApplyTemplate {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The template, in the server's form.
        #[ts(type = "unknown")]
        pub template: Value,
    }

    /// Copies a bank on its server.
    request CloneBank {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The id of the copy.
        pub target: BankId,
        /// What is taken along.
        pub scope: BankScope,
    }

    /// Copies a bank to another server.
    request TransferBank {
        /// The server it is on.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The server it goes to.
        pub to_server_id: ServerId,
        /// How it goes in there.
        pub import: ArchiveImport,
        /// What is taken along.
        pub scope: BankScope,
    }

    /// Packs a bank into a file.
    request ArchiveBank {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// What is taken along.
        pub scope: BankScope,
    }

    /// Brings a bank in from a file.
    request RestoreBank {
        /// The server it goes to.
        pub server_id: ServerId,
        /// The file, as `upload.finish` named it.
        pub upload_id: String,
        /// How it goes in.
        pub import: ArchiveImport,
        /// What is taken along.
        pub scope: BankScope,
    }

    /// Names a move.
    request MoveRef {
        /// The move.
        pub move_id: String,
    }
}

wire! {
    /// All banks of a server.
    answer BankList {
        /// The banks, the one written to last first.
        pub items: Vec<BankRow>,
        /// How many there are.
        #[ts(type = "number")]
        pub total: u64,
    }

    /// A bank in the list.
    answer BankRow {
        /// Its id.
        pub id: BankId,
        /// The name it is shown under: its primary alias, else the name it has, else its id.
        pub name: String,
        /// Its primary alias.
        pub alias: Option<String>,
        /// How many facts it holds, observations included.
        #[ts(type = "number | null")]
        pub facts: Option<u64>,
        /// When it was made.
        pub created_at: Option<Time>,
        /// When it was last written to.
        pub last_write_at: Option<Time>,
    }

    /// Banks that are called nearly the same.
    answer Alike {
        /// Whether there is a bank of just that id or alias.
        pub exists: bool,
        /// Banks that may have been meant, the nearest first.
        pub items: Vec<BankRow>,
    }

    /// A bank that was made, and what of it did not work.
    answer CreatedBank {
        /// Its id.
        pub bank_id: BankId,
        /// Why it has not the name that was asked for.
        pub alias_error: Option<Error>,
        /// What its template did.
        pub template: Option<TemplateOutcome>,
        /// Why its template was not taken.
        pub template_error: Option<Error>,
    }

    /// What uses a bank.
    answer BankUses {
        /// Chats that name it.
        pub chats: u32,
        /// Turns that wait to be stored in it.
        pub waiting: u32,
        /// Names of profiles that name it.
        pub profiles: Vec<String>,
        /// Whether it is the bank of its server.
        pub server_default: bool,
    }

    /// How much went.
    answer DeletedBank {
        /// How many things the server says it deleted.
        #[ts(type = "number | null")]
        pub deleted: Option<u64>,
    }

    /// A template, in the server's form.
    answer BankTemplate {
        /// It.
        #[ts(type = "unknown")]
        pub template: Value,
    }

    /// A file that was written.
    answer WrittenFile {
        /// Where it lies.
        pub path: String,
    }

    /// Moves of banks, the newest first.
    answer BankMoves {
        /// The moves.
        pub items: Vec<BankMove>,
    }
}
