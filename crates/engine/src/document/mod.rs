//! Documents once they are retained: listed, read, retagged, deleted, read anew, with their history.
//!
//! How they come in is in `retain`. The HTTP side is in `http/documents` and `http/chunks`.

pub(crate) mod event;
