//! Rearview.
fn main() {}
