//! What a bank keeps inside: directives, mental models, knowledge pages, webhooks, tags.
//!
//! What a server answers crosses as the client read it (`rearview_hindsight`); here are the requests.

use super::super::wire;
use rearview_domain::{BankId, ServerId};
use rearview_hindsight::{
    DirectivePatch, KnowledgeNodePatch, MentalModelPatch, ModelChange, NewDirective, NewKnowledgePage,
    NewMentalModel, WebhookPatch,
};

wire! {
    /// Makes a directive.
    request CreateDirective {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// It.
        pub directive: NewDirective,
    }

    /// Changes a directive.
    request UpdateDirective {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which one.
        pub directive_id: String,
        /// What changes.
        pub patch: DirectivePatch,
    }

    /// Names a directive.
    request DirectiveRef {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which one.
        pub directive_id: String,
    }

    /// Lists mental models.
    request ListMentalModels {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Whether knowledge pages are listed too.
        pub with_pages: bool,
    }

    /// Names a mental model.
    request MentalModelRef {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which one.
        pub model_id: String,
    }

    /// Makes a mental model.
    request CreateMentalModel {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// It.
        pub model: NewMentalModel,
    }

    /// Changes a mental model.
    request UpdateMentalModel {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which one.
        pub model_id: String,
        /// What changes.
        pub patch: MentalModelPatch,
    }

    /// Refreshes a mental model, or tries to.
    request RefreshMentalModel {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which one.
        pub model_id: String,
        /// Whether the text is written anew, whatever the mode of the model.
        pub full: bool,
    }

    /// Names a knowledge page.
    request KnowledgePageRef {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which one.
        pub page_id: String,
    }

    /// Searches knowledge pages.
    request SearchKnowledge {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// For this.
        pub q: String,
    }

    /// Makes a folder for knowledge pages.
    request CreateKnowledgeFolder {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// What it is called.
        pub name: String,
        /// The folder it goes into.
        pub parent_id: Option<String>,
    }

    /// Makes a knowledge page.
    request CreateKnowledgePage {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// It.
        pub page: NewKnowledgePage,
    }

    /// Renames or moves a folder or page.
    request UpdateKnowledgeNode {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which one.
        pub node_id: String,
        /// What changes.
        pub patch: KnowledgeNodePatch,
    }

    /// Names a folder or page.
    request KnowledgeNodeRef {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which one.
        pub node_id: String,
    }

    /// Makes a webhook.
    request CreateWebhook {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// It.
        pub webhook: WebhookPatch,
    }

    /// Changes a webhook.
    request UpdateWebhook {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which one.
        pub webhook_id: String,
        /// What changes.
        pub patch: WebhookPatch,
    }

    /// Names a webhook.
    request WebhookRef {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which one.
        pub webhook_id: String,
    }

    /// Lists calls of a webhook.
    request ListDeliveries {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which one.
        pub webhook_id: String,
        /// What the page before gave to go on with.
        pub cursor: Option<String>,
    }
}

wire! {
    /// What a mental model was.
    answer ModelHistory {
        /// Its changes, the newest first.
        pub items: Vec<ModelChange>,
    }

    /// Where knowledge pages were written.
    answer KnowledgeExport {
        /// The folder.
        pub folder: String,
        /// How many files are in it.
        pub files: u32,
    }
}
