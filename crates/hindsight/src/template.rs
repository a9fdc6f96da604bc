//! The settings of a bank as a file.
