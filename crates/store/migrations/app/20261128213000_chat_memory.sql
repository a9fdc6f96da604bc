-- What a person said of memories for one chat: pinned to it, or not relevant in it. Goes with the chat.
CREATE TABLE chat_memory (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    chat_id    TEXT NOT NULL REFERENCES chat (id) ON DELETE CASCADE,
    server_id  TEXT NOT NULL,
    bank_id    TEXT NOT NULL,
    memory_id  TEXT NOT NULL,
    kind       TEXT NOT NULL, -- pinned, not_here
    text       TEXT NOT NULL, -- as it was then
    created_at TEXT NOT NULL,
    UNIQUE (chat_id, server_id, bank_id, memory_id)
) STRICT;
