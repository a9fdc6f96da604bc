//! Knowledge pages in folders.
