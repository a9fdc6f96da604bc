//! The typed client of the Hindsight HTTP API 1.1.
//!
//! Here: addresses, requests, answers, retries, errors and feature detection of one memory server.
//! Not here: when to recall or retain (`rearview-turns`), which servers exist (`rearview-store`), and
//! where keys are kept (`rearview-secrets`). `turns` and `api` call it.

mod address;
mod bank;
mod client;
mod config;
mod document;
mod error;
mod features;
mod lenient;
mod memory;
mod operation;
mod query;
mod recall;
mod reflect;
mod refusal;
mod retain;
mod retry;
mod send;
mod server;
mod trace;

pub use bank::{Bank, BankPage, BankPatch, Disposition};
pub use client::{Client, Options};
pub use config::BankConfig;
pub use document::{Deleted, Document, DocumentFilter, DocumentPage, DocumentTimeField};
pub use error::{Attempt, HindsightError, InvalidField, Result};
pub use features::{Feature, Features};
pub use memory::{
    ConsolidationState, Fact, MemoryFilter, MemoryPage, MemoryPatch, MemoryState, MemoryTimeField,
};
pub use operation::{ChildOperation, Operation, OperationFilter, OperationPage, OperationStatus, Progress};
pub use recall::{
    Chunk, EntityInclude, EntityState, RecallAnswer, RecallInclude, RecallRequest, RecallResult,
    SourceFactsInclude,
};
pub use reflect::{ReflectAnswer, ReflectInclude, ReflectRequest};
pub use retain::{
    EntityInput, ObservationScopes, RetainAnswer, RetainItem, RetainRequest, Timestamp, TokenUsage,
    UpdateMode,
};
pub use send::Answered;
pub use server::{Handshake, Health, Version};
pub use trace::{
    ArmHit, ArmResult, EntryPoint, Fused, Phase, Reranked, ScoreComponents, Summary, TemporalConstraint,
    Trace, TraceQuery,
};
