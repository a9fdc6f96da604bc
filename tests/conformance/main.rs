//! The memory client against a real Hindsight 1.1.0 server: what the client believes about the server is true.
//!
//! One server serves all tests, each in a bank of its own; only the key has a server of its own. The model
//! behind it is scripted, so ids, states and counts are asserted, and wording only where no model is asked.

// `cfg(test)` tells clippy what cargo knows anyway: that all of this is tests, where `unwrap` is welcome.
#[cfg(test)]
mod banks;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod memories;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod recall;
#[cfg(test)]
mod server;
#[cfg(test)]
mod support;
#[cfg(test)]
mod turn;
