//! Entities: listed, read, and how often two stand in one memory.

use crate::error::{EngineError, Result};
use uuid::Uuid;

/// Reads an entity's id.
///
/// # Errors
/// 400 when it is no UUID.
pub(super) fn id(text: &str) -> Result<Uuid> {
    text.parse()
        .map_err(|_| EngineError::bad_request(format!("Invalid entity_id: '{text}' is not a valid UUID")))
}
