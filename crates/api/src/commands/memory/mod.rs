//! Handlers of the room `memory` of the table: facts, entities, documents, tags and the graph between them.

pub mod fact;
