//! Counts, now and over time.
