//! Rules of the house that no compiler holds, read from the tree itself: `architecture` (crates and who may
//! depend on whom), `page` (what the page's sources may contain), `shell` (what the window may do),
//! `retrieval_set` (what the retrieval test set promises).
//! Nothing here starts a program other than cargo. Behaviour is tested in the crates and in the other lanes.

// `cfg(test)` tells clippy what cargo knows anyway: that all of this is tests, where `expect` is welcome.
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod page;
#[cfg(test)]
mod retrieval_set;
#[cfg(test)]
mod shell;
#[cfg(test)]
mod tree;
