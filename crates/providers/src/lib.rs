//! any LLM: one request, one event stream, adapters by wire protocol
