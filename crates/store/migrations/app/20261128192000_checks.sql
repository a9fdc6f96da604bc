-- Saved questions to memory, with what came of the last two runs. The JSON belongs to `rearview-curate`.
CREATE TABLE recall_check (
    id     TEXT PRIMARY KEY NOT NULL,
    seq    INTEGER NOT NULL,
    value  TEXT NOT NULL,
    last   TEXT,
    before TEXT
) STRICT;
