//! Runs of changes: what is to be done to which fact, what was there before, and the way back.
