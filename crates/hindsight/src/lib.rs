//! The typed client of the Hindsight HTTP API 1.1.
//!
//! Here: addresses, requests, answers, retries, errors and feature detection of one memory server.
//! Not here: when to recall or retain (`rearview-turns`), which servers exist (`rearview-store`), and
//! where keys are kept (`rearview-secrets`). `turns` and `api` call it.

mod address;
mod alias;
mod as_of;
mod audit;
mod bank;
mod chunk;
mod client;
mod config;
mod directive;
mod document;
mod entity;
mod error;
mod extraction;
mod features;
mod file;
mod graph;
mod knowledge;
mod lenient;
mod llm_request;
mod memory;
mod mental_model;
mod observation;
mod operation;
mod pages;
mod prompt;
mod query;
mod recall;
mod reflect;
mod refresh;
mod refusal;
mod retain;
mod retry;
mod send;
mod server;
mod stats;
mod tag;
mod template;
mod trace;
mod transfer;
mod webhook;

pub use alias::*;
pub use as_of::*;
pub use audit::*;
pub use bank::{Bank, BankPage, BankPatch, Disposition};
pub use client::{Client, Options};
pub use config::BankConfig;
pub use directive::*;
pub use document::*;
pub use entity::*;
pub use error::{Attempt, HindsightError, InvalidField, Result};
pub use extraction::*;
pub use features::{Feature, Features};
pub use graph::*;
pub use knowledge::*;
pub use llm_request::*;
pub use memory::*;
pub use mental_model::*;
pub use observation::*;
pub use operation::{ChildOperation, Operation, OperationFilter, OperationPage, OperationStatus, Progress};
pub use prompt::*;
pub use recall::{
    Chunk, EntityInclude, EntityState, RecallAnswer, RecallInclude, RecallRequest, RecallResult,
    SourceFactsInclude,
};
pub use reflect::{ReflectAnswer, ReflectInclude, ReflectRequest};
pub use refresh::*;
pub use retain::{
    EntityInput, ObservationScopes, RetainAnswer, RetainItem, RetainRequest, Timestamp, TokenUsage,
    UpdateMode,
};
pub use send::{Answered, Download, Sending};
pub use server::{Handshake, Health, Version};
pub use stats::*;
pub use tag::*;
pub use template::*;
pub use trace::{
    ArmHit, ArmResult, EntryPoint, Fused, Fusion, Phase, Reranked, ScoreComponents, Summary,
    TemporalConstraint, Trace, TraceQuery,
};
pub use transfer::*;
pub use webhook::*;
