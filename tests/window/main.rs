//! Scenarios on the real window: the built app in WebKitGTK, driven as a person would. One app at a time, each
//! with a home of its own. What needs no window is tested elsewhere. Run by scripts/test.sh on a private desktop.

mod boot;
mod chat;
mod keys;
mod memory;
mod models;
mod page;
mod refused;
mod remembers;
