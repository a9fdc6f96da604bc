-- Conditions under which the turns of a chat pause before their first request. Go with the chat.
CREATE TABLE breakpoint (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    chat_id    TEXT NOT NULL REFERENCES chat (id) ON DELETE CASCADE,
    condition  TEXT NOT NULL, -- JSON
    is_on      INTEGER NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX breakpoint_of_chat ON breakpoint (chat_id, seq);
