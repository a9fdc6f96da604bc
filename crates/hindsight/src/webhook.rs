//! Calls to others when something happened.
