//! Requests and answers about facts in time.
