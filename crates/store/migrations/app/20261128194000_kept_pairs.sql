-- Pairs of facts that a person looked at and wants both of, so that no later check brings them up again. The digests are
-- of both texts as they were: when one of them changes, the pair is another one. No foreign keys, as in the journal.
CREATE TABLE kept_pair (
    server_id     TEXT NOT NULL,
    bank_id       TEXT NOT NULL,
    first_id      TEXT NOT NULL, -- the smaller id of the two
    second_id     TEXT NOT NULL,
    first_digest  TEXT NOT NULL, -- SHA-256 of the text, in hex
    second_digest TEXT NOT NULL,
    first_text    TEXT NOT NULL, -- the beginning of it, to be shown
    second_text   TEXT NOT NULL,
    at            TEXT NOT NULL,
    PRIMARY KEY (server_id, bank_id, first_id, second_id)
) WITHOUT ROWID;
CREATE INDEX kept_pair_by_time ON kept_pair (server_id, bank_id, at);
