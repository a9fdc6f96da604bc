//! Extraction without storing.
