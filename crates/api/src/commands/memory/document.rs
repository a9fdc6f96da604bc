//! Documents and their chunks: list, read, tags, reprocess, delete.
