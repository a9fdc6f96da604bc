//! Runs against a server that refuses, lies, hangs and dies; and undo, which has to be exact.

mod exact;
mod faults;
mod model;
