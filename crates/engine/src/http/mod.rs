//! The Hindsight HTTP API 1.1: which path goes to which room, who may ask, how a request is read.
//!
//! Each area has a file with its routes and its handlers; a handler reads the request, calls a room and
//! writes the answer. Paths that this engine leaves to a real server answer 404.

mod aliases;
mod audit;
mod banks;
mod chunks;
mod config;
mod directives;
mod documents;
mod entities;
mod extraction;
mod graph;
mod guard;
mod health;
mod llm_requests;
mod memories;
mod mental_models;
mod observations;
mod openapi;
mod operations;
pub(crate) mod read;
mod recall;
mod reflect;
mod retain;
mod stats;
mod tags;
mod templates;
mod transfer;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::serve::Token;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::{Router, middleware};
use std::net::SocketAddr;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// The largest request, in bytes: a document of 100 MB, escaped.
const LARGEST: usize = 256 * 1024 * 1024;
/// Answers from this size on are compressed for clients that take it (hindsight 1.1: 1024 bytes).
const COMPRESSED_FROM: u64 = 1024;

/// All routes behind the guard.
pub(crate) fn router(engine: Engine, address: SocketAddr, token: Token) -> Router {
    let guard = guard::Guard::new(address, token);
    Router::new()
        .merge(health::routes())
        .merge(openapi::routes())
        .merge(aliases::routes())
        .merge(banks::routes())
        .merge(config::routes())
        .merge(extraction::routes())
        .merge(llm_requests::routes())
        .merge(observations::routes())
        .merge(recall::routes())
        .merge(retain::routes())
        .merge(transfer::routes())
        .merge(templates::routes())
        .merge(audit::routes())
        .merge(memories::routes())
        .merge(entities::routes())
        .merge(graph::routes())
        .merge(tags::routes())
        .merge(stats::routes())
        .merge(directives::routes())
        .merge(mental_models::routes())
        .merge(reflect::routes())
        .merge(documents::routes())
        .merge(chunks::routes())
        .merge(operations::routes())
        .fallback(async || EngineError::not_found("Not Found"))
        .method_not_allowed_fallback(async || {
            EngineError::refused(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
        })
        .layer(middleware::from_fn_with_state(engine.clone(), audit::keep))
        .layer(middleware::from_fn(read::report_ignored))
        .layer(middleware::from_fn_with_state(guard, guard::check))
        .layer(DefaultBodyLimit::max(LARGEST))
        .layer(
            CompressionLayer::new()
                .compress_when(SizeAbove::new(COMPRESSED_FROM).and(
                    tower_http::compression::predicate::NotForContentType::const_new("application/zip"),
                )),
        )
        .with_state(engine)
}
