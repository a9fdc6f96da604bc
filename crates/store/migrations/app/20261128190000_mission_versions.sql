-- Every text of a bank's missions that was saved from here or seen on its server, with the settings of extraction
-- beside it. `settings` holds what the bank overrides of these; what is not in it was inherited.
CREATE TABLE mission_version (
    id INTEGER PRIMARY KEY,
    server_id TEXT NOT NULL,
    bank_id TEXT NOT NULL,
    at TEXT NOT NULL,
    origin TEXT NOT NULL,
    reverted_to INTEGER,
    settings TEXT NOT NULL
) STRICT;

CREATE INDEX mission_version_by_bank ON mission_version (server_id, bank_id, id);
