-- Replays of turns: the same request with something changed, and what came back. They are no turns; rows go with
-- their chat. `data` is JSON, packed as parts of records are.

CREATE TABLE replay (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    id      TEXT NOT NULL UNIQUE,
    turn_id TEXT NOT NULL,
    chat_id TEXT NOT NULL,
    bytes   INTEGER NOT NULL, -- size of the JSON
    packed  INTEGER NOT NULL, -- 1: `data` is zstd
    data    BLOB NOT NULL
);
CREATE INDEX replay_by_turn ON replay (turn_id, seq);
CREATE INDEX replay_by_chat ON replay (chat_id);

CREATE TABLE replay_sample (
    replay_id TEXT NOT NULL REFERENCES replay (id) ON DELETE CASCADE,
    arm       INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    packed    INTEGER NOT NULL,
    data      BLOB NOT NULL,
    PRIMARY KEY (replay_id, arm, n)
);
