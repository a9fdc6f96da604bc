//! Versions of missions, and the difference that a new one makes.
