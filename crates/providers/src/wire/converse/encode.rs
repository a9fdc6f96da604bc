//! Writes a body. Reading answers is in `decode`.

use crate::body::Body;
use crate::request::{Request, RequestMessage};
use crate::target::Target;
use std::borrow::Cow;

/// Writes the body.
pub(crate) fn encode(
    body: &mut Body,
    _request: &Request,
    _messages: &[Cow<'_, RequestMessage>],
    _target: &Target,
) {
    body.open('{').close('}');
}
