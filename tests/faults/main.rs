//! Faults: processes that die, clocks that jump, disks that fill, servers that hang. What was told to a
//! person is never lost, and memory gets everything once.

// `cfg(test)` tells clippy what cargo knows anyway: that all of this is tests, where `unwrap` is welcome.
#[cfg(test)]
mod aftermath;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod death;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod engine_aftermath;
#[cfg(test)]
mod engine_crowd;
#[cfg(test)]
mod engine_death;
#[cfg(test)]
mod engine_disk;
#[cfg(test)]
mod engine_life;
#[cfg(test)]
mod engine_process;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod victim_process;
