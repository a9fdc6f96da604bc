//! Free local checks: duplicates, superseded, undated, orphaned and instruction-like facts.
