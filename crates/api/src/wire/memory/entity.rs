//! Requests and answers about entities: the whole list, look-alikes, merges.
