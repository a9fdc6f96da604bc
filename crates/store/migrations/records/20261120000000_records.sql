-- Records of turns and the bodies that were sent. Append-only; rows go with their chat.

CREATE TABLE record_part (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    turn_id TEXT NOT NULL,
    chat_id TEXT NOT NULL,
    at      TEXT NOT NULL,
    bytes   INTEGER NOT NULL, -- size of the JSON
    packed  INTEGER NOT NULL, -- 1: `data` is zstd
    data    BLOB NOT NULL     -- JSON
);
CREATE INDEX record_part_by_turn ON record_part (turn_id, seq);
CREATE INDEX record_part_by_chat ON record_part (chat_id);

-- A run of bytes that bodies share, stored once by its SHA-256.
CREATE TABLE segment (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    hash   BLOB NOT NULL UNIQUE,
    bytes  INTEGER NOT NULL,
    packed INTEGER NOT NULL,
    data   BLOB NOT NULL
);

-- A body as a list of segments and bytes between them. A list of its own per body, and not a row per
-- piece, because a long chat has thousands of pieces in every body.
CREATE TABLE body (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    hash    BLOB NOT NULL UNIQUE,
    bytes   INTEGER NOT NULL,
    adopted INTEGER NOT NULL DEFAULT 0, -- 1 once a record names it
    recipe  BLOB NOT NULL
);
CREATE INDEX body_loose ON body (id) WHERE adopted = 0;

-- Which chats keep a body or a segment alive.
CREATE TABLE body_chat (
    chat_id TEXT NOT NULL,
    body_id INTEGER NOT NULL REFERENCES body (id) ON DELETE CASCADE,
    PRIMARY KEY (chat_id, body_id)
) WITHOUT ROWID;
CREATE INDEX body_chat_by_body ON body_chat (body_id);
CREATE TABLE segment_chat (
    chat_id    TEXT NOT NULL,
    segment_id INTEGER NOT NULL REFERENCES segment (id),
    PRIMARY KEY (chat_id, segment_id)
) WITHOUT ROWID;
CREATE INDEX segment_chat_by_segment ON segment_chat (segment_id);
