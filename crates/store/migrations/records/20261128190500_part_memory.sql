-- Which parts of records name which memories, so that a memory can say in which turns it came up.
-- Rows are written with their part and go with it; `part` is record_part.seq, which is never used twice.
CREATE TABLE part_memory (
    part      INTEGER NOT NULL,
    memory_id TEXT NOT NULL,
    role      INTEGER NOT NULL, -- 1: injected, 2: recalled and kept out, 3: found by a tool, 4: learned by a tool
    PRIMARY KEY (part, memory_id, role)
) WITHOUT ROWID;
CREATE INDEX part_memory_by_memory ON part_memory (memory_id, part);

-- Parts that older builds wrote are read in the background, the newest first: what is up to here is still to do.
CREATE TABLE part_memory_left (upto INTEGER NOT NULL);
INSERT INTO part_memory_left SELECT coalesce(max(seq), 0) FROM record_part;
