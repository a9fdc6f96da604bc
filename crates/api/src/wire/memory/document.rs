//! Requests and answers about documents and their chunks.
