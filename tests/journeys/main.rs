//! Journeys: what people do with Rearview, through the command table of a real app with a scripted
//! provider and a scripted memory server on the other side.

// `cfg(test)` tells clippy what cargo knows anyway: that all of this is tests, where `unwrap` is welcome.
#[cfg(test)]
mod ask_first;
#[cfg(test)]
mod banks;
#[cfg(test)]
mod branches;
#[cfg(test)]
mod breakpoints;
#[cfg(test)]
mod browse;
#[cfg(test)]
mod bundles;
#[cfg(test)]
mod chats;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod follow;
#[cfg(test)]
mod images;
#[cfg(test)]
mod injection;
#[cfg(test)]
mod injections;
#[cfg(test)]
mod inside;
#[cfg(test)]
mod intake;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod lab;
#[cfg(test)]
mod learned;
#[cfg(test)]
mod memories_here;
#[cfg(test)]
mod memory_detail;
#[cfg(test)]
mod missions;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod providers;
#[cfg(test)]
mod reflect_again;
#[cfg(test)]
mod replays;
#[cfg(test)]
mod review;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod setting_up;
#[cfg(test)]
mod several;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod table;
#[cfg(test)]
mod time;
#[cfg(test)]
mod tools;
#[cfg(test)]
mod turns;
#[cfg(test)]
mod views;
#[cfg(test)]
mod why_not;
