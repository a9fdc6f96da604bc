//! The audit log of a bank.
