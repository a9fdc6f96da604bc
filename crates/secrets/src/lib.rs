//! secret store trait, OS keychain, session-only store
