//! Requests and answers about documents and their chunks.

use crate::wire::wire;
use rearview_curate::document::GoesWith;
use rearview_domain::{BankId, ChatId, DocumentId, ServerId, TurnId};
use rearview_hindsight::{Document, DocumentFilter};

wire! {
    /// Lists documents of a bank.
    request ListDocuments {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which documents; `limit` and `offset` cut the page.
        pub filter: DocumentFilter,
    }

    /// Names a document.
    request OneDocument {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The document.
        pub document_id: DocumentId,
    }

    /// Reads chunks of a document.
    request ListChunks {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The document.
        pub document_id: DocumentId,
        /// Without the first so many.
        pub offset: u32,
    }

    /// Puts another text in the place of a document's.
    request ReplaceDocument {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The document.
        pub document_id: DocumentId,
        /// The text from now on.
        pub text: String,
        /// The hash of the text that was edited, as the server gave it: another one now means that somebody else
        /// changed it.
        pub content_hash: Option<String>,
    }

    /// Gives a document other tags.
    request RetagDocument {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The document.
        pub document_id: DocumentId,
        /// All its tags from now on.
        pub tags: Vec<String>,
    }
}

wire! {
    /// The turn of a chat that a document was retained from.
    answer DocumentTurn {
        /// The chat.
        pub chat_id: ChatId,
        /// Its title.
        pub title: String,
        /// The turn.
        pub turn_id: TurnId,
    }

    /// A document with what Rearview knows of it.
    answer DocumentView {
        /// The document; absent when it does not exist any more.
        pub document: Option<Document>,
        /// The turn it came from, when that chat is still here.
        pub turn: Option<DocumentTurn>,
        /// Why the server has no history of documents; absent when it has.
        pub no_history: Option<String>,
    }

    /// What goes with a document when it is deleted.
    answer DocumentGoes {
        /// Facts and observations.
        pub goes: GoesWith,
        /// The turn that would no longer be remembered.
        pub turn: Option<DocumentTurn>,
    }

    /// The operation that reads a document anew.
    answer Reprocessing {
        /// Its id.
        pub operation_id: String,
    }
}
