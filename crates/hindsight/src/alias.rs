//! Other names for a bank.
