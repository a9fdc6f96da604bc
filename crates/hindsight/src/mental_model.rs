//! Mental models: standing questions with an answer that is kept fresh.
