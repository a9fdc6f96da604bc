//! Requests and answers about the graph of facts and entities.
