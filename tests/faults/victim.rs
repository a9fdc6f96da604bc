//! Victim.
fn main() {}
