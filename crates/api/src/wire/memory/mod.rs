//! Facts, entities, documents, tags and the graph between them.
//!
//! What a server answers crosses as the client read it (`rearview_hindsight`); here are the requests, and what
//! Rearview itself found out. One file for each thing that the fact browser shows.

mod detail;
mod document;
mod entity;
mod fact;
mod graph;
mod tag;
mod timeline;
mod view;

pub use detail::*;
pub use document::*;
pub use entity::*;
pub use fact::*;
pub use graph::*;
pub use tag::*;
pub use timeline::*;
pub use view::*;
