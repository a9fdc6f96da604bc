//! Placeholder, replaced below in this series.
fn main() {}
