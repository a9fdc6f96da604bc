//! What a bank keeps inside: directives, mental models, operations, webhooks, logs.

use crate::commands::bank::{
    audit, directive, follow, knowledge, llm_request, mental_model, operation, stats, webhook};
use crate::wire::*;
use rearview_hindsight::{
    AuditEntry, AuditPage, AuditVolume, BankStats, Directive, DirectivePage, DryRefresh, 
    KnowledgeHits, KnowledgeNode, KnowledgePage, KnowledgeTree, LlmHealth, LlmRequest, LlmRequestPage,
    LlmRequestVolume, MadeKnowledgePage, MadeMentalModel, MemoriesOverTime, MentalModel, MentalModelPage,
    Operation, OperationPage, StartedOperation, Webhook, WebhookDeliveryPage, WebhookPage,
};

commands! {
    /// Lists the directives of a bank, inactive ones included.
    read "directive.list" directive::list: BankRef => DirectivePage, ["directives"];
    /// Makes a directive.
    write "directive.create" directive::create: CreateDirective => Directive, ["directives"];
    /// Changes a directive.
    write "directive.update" directive::update: UpdateDirective => Directive, ["directives"];
    /// Deletes a directive.
    write "directive.delete" directive::delete: DirectiveRef => Done, ["directives"];

    /// Lists the mental models of a bank with their texts.
    read "mentalModel.list" mental_model::list: ListMentalModels => MentalModelPage, ["mentalModels"];
    /// Reads a mental model with what it rests on.
    read "mentalModel.read" mental_model::read: MentalModelRef => MentalModel, ["mentalModels"];
    /// Reads what a mental model was, the newest change first.
    read "mentalModel.history" mental_model::history: MentalModelRef => ModelHistory, ["mentalModels"];
    /// Makes a mental model; its first refresh begins by itself.
    write "mentalModel.create" mental_model::create: CreateMentalModel => MadeMentalModel, ["mentalModels", "operations", "knowledge"];
    /// Changes a mental model.
    write "mentalModel.update" mental_model::update: UpdateMentalModel => MentalModel, ["mentalModels", "knowledge"];
    /// Deletes a mental model with its history.
    write "mentalModel.delete" mental_model::delete: MentalModelRef => Done, ["mentalModels", "knowledge"];
    /// Empties the text of a mental model.
    write "mentalModel.clear" mental_model::clear: MentalModelRef => Done, ["mentalModels", "knowledge"];
    /// Begins to refresh a mental model.
    write "mentalModel.refresh" mental_model::refresh: RefreshMentalModel => StartedOperation, ["operations"];
    /// Tries a refresh of a mental model without keeping it.
    read "mentalModel.dryRun" mental_model::dry_run: RefreshMentalModel => DryRefresh, [];

    /// Reads the folders and knowledge pages of a bank.
    read "knowledge.tree" knowledge::tree: BankRef => KnowledgeTree, ["knowledge"];
    /// Reads a knowledge page with its text.
    read "knowledge.read" knowledge::read: KnowledgePageRef => KnowledgePage, ["knowledge"];
    /// Searches the knowledge pages of a bank.
    read "knowledge.search" knowledge::search: SearchKnowledge => KnowledgeHits, ["knowledge"];
    /// Writes all knowledge pages of a bank as markdown files into a new folder.
    write "knowledge.export" knowledge::export: BankRef => KnowledgeExport, [];
    /// Makes a folder for knowledge pages.
    write "knowledge.createFolder" knowledge::create_folder: CreateKnowledgeFolder => KnowledgeNode, ["knowledge"];
    /// Makes a knowledge page; its first refresh begins by itself.
    write "knowledge.createPage" knowledge::create_page: CreateKnowledgePage => MadeKnowledgePage, ["knowledge", "operations"];
    /// Renames or moves a folder or knowledge page.
    write "knowledge.update" knowledge::update: UpdateKnowledgeNode => KnowledgeNode, ["knowledge"];
    /// Deletes a knowledge page, or a folder with what is in it.
    write "knowledge.delete" knowledge::delete: KnowledgeNodeRef => Done, ["knowledge", "mentalModels"];

    /// Lists the webhooks of a bank; secrets stay on the server.
    read "webhook.list" webhook::list: BankRef => WebhookPage, ["webhooks"];
    /// Lists the calls of a webhook, the newest first.
    read "webhook.deliveries" webhook::deliveries: ListDeliveries => WebhookDeliveryPage, ["webhooks"];
    /// Makes a webhook.
    write "webhook.create" webhook::create: CreateWebhook => Webhook, ["webhooks"];
    /// Changes a webhook.
    write "webhook.update" webhook::update: UpdateWebhook => Webhook, ["webhooks"];
    /// Deletes a webhook.
    write "webhook.delete" webhook::delete: WebhookRef => Done, ["webhooks"];

    /// Counts what is in a bank.
    read "stats.read" stats::read: ReadStats => BankStats, ["memories"];
    /// Counts facts over time.
    read "stats.overTime" stats::over_time: CountMemories => MemoriesOverTime, ["memories"];
    /// Asks the models behind a bank for a sign of life.
    read "llmHealth.read" stats::health: BankRef => LlmHealth, [];

    /// Lists operations of a bank, the newest first.
    read "operation.list" operation::list: ListOperations => OperationPage, ["operations"];
    /// Reads an operation with its parts, what it was given and what came of it.
    read "operation.read" operation::read: OperationRef => Operation, ["operations"];
    /// Cancels an operation that is not finished.
    write "operation.cancel" operation::cancel: OperationRef => Done, ["operations"];
    /// Tries a failed or cancelled operation again.
    write "operation.retry" operation::retry: OperationRef => Done, ["operations"];
    /// Removes the record of a finished operation.
    write "operation.forget" operation::forget: OperationRef => Done, ["operations"];

    /// Lists entries of the audit log, the newest first.
    read "audit.list" audit::list: ListAuditLog => AuditPage, ["audit"];
    /// Reads an entry of the audit log with request and answer.
    read "audit.read" audit::read: AuditEntryRef => AuditEntry, ["audit"];
    /// Counts entries of the audit log over time.
    read "audit.volume" audit::volume: CountAuditLog => AuditVolume, ["audit"];
    /// Tells whether a bank keeps an audit log.
    read "audit.state" audit::state: BankRef => AuditState, ["bankConfig"];
    /// Switches the audit log of a bank on or off.
    write "audit.switch" audit::switch: SwitchAuditLog => AuditState, ["bankConfig"];

    /// Looks into the logs of a bank for what any client asked of it since the last look. Nothing is kept of it.
    read "follow.look" follow::look: LookAtBank => BankLook, [];
    /// Reads one of these calls with all that the logs hold of it.
    read "follow.read" follow::read: FollowedCallRef => FollowedView, ["llmRequests"];

    /// Lists calls of models without their prompts and answers, the newest first.
    read "llmRequest.list" llm_request::list: ListLlmRequests => LlmRequestPage, ["llmRequests"];
    /// Reads a call of a model with prompt and answer.
    read "llmRequest.read" llm_request::read: LlmRequestRef => LlmRequest, ["llmRequests"];
    /// Counts calls of models over time.
    read "llmRequest.volume" llm_request::volume: CountLlmRequests => LlmRequestVolume, ["llmRequests"];
}
