//! Handlers of the room `memory` of the table: facts, entities, documents, tags and the graph between them.

pub mod detail;
pub mod document;
pub mod entity;
pub mod fact;
pub mod graph;
pub mod past;
pub mod place;
pub mod tag;
pub mod timeline;
pub mod view;
