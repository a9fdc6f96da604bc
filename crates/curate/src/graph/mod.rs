//! Graphs of facts and entities, ready to be drawn: parallels merged, links to itself dropped, what is shown
//! counted against what there is.
//!
//! Entities are nodes of their own: a fact is linked to what it names, and not to each other fact that names it
//! too, which would fill the picture with cliques. The command table (`rearview-api`) calls this.

mod around;
mod build;
mod whole;

pub use around::{Around, around};
pub use build::{Build, Graph, Link, LinkPart, Node, NodeKind};
pub use whole::{entities, whole};
