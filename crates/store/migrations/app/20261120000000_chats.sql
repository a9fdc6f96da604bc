-- The app's own data. Ids are text because they belong to the domain; `seq` is the order of making,
-- which a wrong clock cannot change and which the search index uses as its row id.

CREATE TABLE chat (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    title         TEXT NOT NULL,
    kind          TEXT NOT NULL,
    bank_id       TEXT,
    profile_id    TEXT,
    model         TEXT,
    system_prompt TEXT NOT NULL,
    settings      TEXT NOT NULL, -- JSON
    leaf_id       TEXT,          -- no foreign key: it would be a circle with message.chat_id
    draft         TEXT NOT NULL,
    created_at    TEXT NOT NULL,
    updated_at    TEXT NOT NULL
);
CREATE INDEX chat_by_use ON chat (updated_at, seq);

-- Chats that were deleted here and whose records, in the other file, may still have to go.
CREATE TABLE gone_chat (
    id TEXT NOT NULL PRIMARY KEY
) WITHOUT ROWID;

CREATE TABLE message (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    chat_id    TEXT NOT NULL REFERENCES chat (id),
    -- Never CASCADE: a chain of 5,000 messages is deeper than SQLite's trigger depth.
    parent_id  TEXT REFERENCES message (id) DEFERRABLE INITIALLY DEFERRED,
    role       TEXT NOT NULL,
    turn_id    TEXT,
    created_at TEXT NOT NULL,
    bytes      INTEGER NOT NULL, -- size of `parts`
    parts      TEXT NOT NULL     -- JSON; last, so that walks over the tree never read it
);
CREATE INDEX message_by_parent ON message (parent_id, chat_id, seq);
CREATE INDEX message_by_chat ON message (chat_id);

CREATE TABLE turn (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE,
    chat_id        TEXT NOT NULL REFERENCES chat (id),
    question_id    TEXT NOT NULL REFERENCES message (id),
    answer_id      TEXT NOT NULL REFERENCES message (id),
    model          TEXT NOT NULL,
    state          TEXT NOT NULL,
    finish         TEXT,          -- JSON
    error          TEXT,          -- JSON
    memory         TEXT,          -- JSON
    retain         TEXT,          -- JSON
    usage          TEXT NOT NULL, -- JSON
    first_token_ms REAL,
    total_ms       REAL,
    started_at     TEXT NOT NULL
);
CREATE INDEX turn_by_chat ON turn (chat_id, seq);
CREATE INDEX turn_by_question ON turn (question_id);
CREATE INDEX turn_by_answer ON turn (answer_id);
CREATE INDEX turn_running ON turn (seq) WHERE state = 'running';

-- What a running answer has said so far; gone when the turn ends.
CREATE TABLE run_log (
    turn_id TEXT NOT NULL REFERENCES turn (id) ON DELETE CASCADE,
    seq     INTEGER NOT NULL,
    kind    TEXT NOT NULL, -- text, reasoning, part
    data    TEXT NOT NULL,
    PRIMARY KEY (turn_id, seq)
) WITHOUT ROWID;

-- No foreign keys: what waits to be stored or removed may outlive its chat.
CREATE TABLE outbox (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    turn_id      TEXT NOT NULL,
    chat_id      TEXT NOT NULL,
    server_id    TEXT NOT NULL,
    bank_id      TEXT NOT NULL,
    document_id  TEXT NOT NULL,
    action       TEXT NOT NULL, -- retain, delete_document
    payload      TEXT,          -- JSON, of a retain
    operation_id TEXT,
    stage        TEXT NOT NULL, -- queued, sent, failed
    attempts     INTEGER NOT NULL,
    next_try_at  TEXT NOT NULL,
    last_error   TEXT,          -- JSON
    created_at   TEXT NOT NULL
);
CREATE INDEX outbox_by_document ON outbox (document_id, bank_id, server_id, id);
CREATE INDEX outbox_by_turn ON outbox (turn_id, id);

CREATE TABLE blob (
    hash       TEXT NOT NULL PRIMARY KEY, -- SHA-256, hex
    media_type TEXT NOT NULL,
    created_at TEXT NOT NULL,
    attached   INTEGER NOT NULL DEFAULT 0, -- 1 once a message names it
    data       BLOB NOT NULL
);
CREATE INDEX blob_loose ON blob (created_at) WHERE attached = 0;
CREATE TABLE message_blob (
    hash        TEXT NOT NULL,
    message_seq INTEGER NOT NULL REFERENCES message (seq) ON DELETE CASCADE,
    PRIMARY KEY (hash, message_seq)
) WITHOUT ROWID;
CREATE INDEX message_blob_by_message ON message_blob (message_seq);

CREATE TABLE setting (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL -- JSON
);
CREATE TABLE entry (
    seq   INTEGER PRIMARY KEY AUTOINCREMENT,
    kind  TEXT NOT NULL,
    id    TEXT NOT NULL,
    value TEXT NOT NULL, -- JSON
    UNIQUE (kind, id)
);

-- The texts stand in `message.parts` and `chat.title` already; the index keeps none of its own and
-- snippets are cut in Rust. Rows are named by `seq`, so the newest come first without sorting.
CREATE VIRTUAL TABLE message_fts USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
CREATE VIRTUAL TABLE chat_fts USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);
