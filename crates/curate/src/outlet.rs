//! Taking memory out: JSON, JSONL, CSV, markdown.
