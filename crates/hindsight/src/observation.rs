//! Observations: scopes, consolidation, clearing.
