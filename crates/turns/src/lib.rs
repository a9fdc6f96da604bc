//! the memory-augmented completion: machine, driver, injection, outbox
