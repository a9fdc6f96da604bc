-- The words of memories as they were when a turn met them, so that turns are found by them. A wording is kept once for
-- each memory and text; it goes when the last part that names it goes.
CREATE TABLE wording (
    id        INTEGER PRIMARY KEY,
    memory_id TEXT NOT NULL,
    digest    BLOB NOT NULL, -- SHA-256 of the text
    text      TEXT NOT NULL,
    UNIQUE (memory_id, digest)
);
CREATE VIRTUAL TABLE wording_fts USING fts5 (
    words, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3'
);

-- Which part of a record names which wording, and how: 1 injected, 2 returned by recall or pinned, 3 found by a tool.
CREATE TABLE part_wording (
    wording INTEGER NOT NULL,
    role    INTEGER NOT NULL,
    part    INTEGER NOT NULL, -- record_part.seq
    PRIMARY KEY (wording, role, part)
) WITHOUT ROWID;
CREATE INDEX part_wording_by_part ON part_wording (part);

-- Records of older builds are read in the background, the newest first: what is up to here is still to do.
CREATE TABLE wording_left (upto INTEGER NOT NULL);
INSERT INTO wording_left SELECT coalesce(max(seq), 0) FROM record_part;
