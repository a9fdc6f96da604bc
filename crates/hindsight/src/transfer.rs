//! Copies and archives of whole banks.
