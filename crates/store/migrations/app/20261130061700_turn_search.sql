-- What the history of injections is searched by. Cost and states are read out of the JSON that stands in the row already,
-- so older turns need no back-fill and nothing can drift; a value that is no JSON is not known.
ALTER TABLE turn ADD COLUMN cost_usd REAL
    GENERATED ALWAYS AS (CASE WHEN json_valid(cost) THEN cost ->> '$.usd' END) VIRTUAL;
ALTER TABLE turn ADD COLUMN memory_kind TEXT
    GENERATED ALWAYS AS (CASE WHEN json_valid(memory) THEN memory ->> '$.kind' END) VIRTUAL;
ALTER TABLE turn ADD COLUMN retain_state TEXT
    GENERATED ALWAYS AS (CASE WHEN json_valid(retain) THEN retain ->> '$.state' END) VIRTUAL;

-- Which bank was asked stands in the record, in the other file. Null is not known: not read yet, or never noted.
ALTER TABLE turn ADD COLUMN server_id TEXT;
ALTER TABLE turn ADD COLUMN bank_id TEXT;

CREATE INDEX turn_by_start ON turn (started_at, seq);
CREATE INDEX turn_by_cost ON turn (cost_usd, seq);
CREATE INDEX turn_by_bank ON turn (server_id, bank_id, started_at, seq);
CREATE INDEX turn_by_model ON turn (model, started_at, seq);
CREATE INDEX turn_by_memory ON turn (memory_kind, started_at, seq);
CREATE INDEX turn_by_retain ON turn (retain_state, started_at, seq);
CREATE INDEX turn_by_end ON turn (state, started_at, seq);
