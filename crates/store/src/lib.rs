//! the app's own SQLite: chats, turns, records, settings, outbox
