-- What a turn taught memory, in numbers; its record has the rest.
ALTER TABLE turn ADD COLUMN learned TEXT; -- JSON
-- The chats with something that waits for the person's word.
CREATE INDEX turn_asking ON turn (chat_id) WHERE retain = '{"state":"asking"}';

-- Turns of which it is not known yet what they taught memory. A row goes when it is.
CREATE TABLE learning (
    turn_id      TEXT PRIMARY KEY,
    chat_id      TEXT NOT NULL,
    server_id    TEXT NOT NULL,
    bank_id      TEXT NOT NULL,
    stood        TEXT NOT NULL,    -- JSON: what stood in memory before
    since        TEXT,             -- since when it is looked; null until it was stored
    looks        INTEGER NOT NULL,
    next_look_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX learning_due ON learning (next_look_at) WHERE since IS NOT NULL;
