//! Entities and how often they come together.
