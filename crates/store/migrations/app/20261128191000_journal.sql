-- What a person changed in memory: runs, and their changes fact by fact. No foreign keys to servers or banks:
-- a journal outlives both.
CREATE TABLE run (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    id        TEXT NOT NULL UNIQUE,
    server_id TEXT NOT NULL,
    bank_id   TEXT NOT NULL,
    label     TEXT NOT NULL,
    note      TEXT,
    edit      TEXT,             -- JSON, for changes that have none of their own
    state     TEXT NOT NULL,    -- running, done, stopped, interrupted, failed, undoing, undone
    back      INTEGER NOT NULL, -- 1 while its way is the way back
    error     TEXT,             -- JSON, why it halted
    at        TEXT NOT NULL,
    ended_at  TEXT
);
CREATE INDEX run_by_bank ON run (server_id, bank_id, seq);

CREATE TABLE run_change (
    run     INTEGER NOT NULL REFERENCES run (seq) ON DELETE CASCADE,
    place   INTEGER NOT NULL, -- from 0, in the order of the run
    fact_id TEXT NOT NULL,
    state   TEXT NOT NULL,    -- waiting, sent, done, skipped, failed, returning, undone, conflict
    edit    TEXT,             -- JSON, what is to be done; else the run's
    why     TEXT,             -- for people: why it was skipped, failed or left alone
    patch   TEXT,             -- JSON, what was sent
    before  TEXT,             -- JSON, the fact as it was; committed before anything is sent
    after   TEXT,             -- JSON, the fact as the run left it
    PRIMARY KEY (run, place)
) WITHOUT ROWID;
CREATE INDEX run_change_by_state ON run_change (run, state, place);
