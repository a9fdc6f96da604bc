-- Times are milliseconds since 1970 in UTC. Ids that other programs see are text; `no` is ours alone.
-- Keyword tables (`keyword_<bank no>`) are made with their bank: each bank has its own word statistics.

CREATE TABLE bank (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT,
    config TEXT NOT NULL DEFAULT '{}',       -- what this bank overrides, by the API's key
    embed_model TEXT,                        -- model of its vectors; NULL until the first one
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_write_at INTEGER,
    last_document_at INTEGER,
    last_consolidated_at INTEGER
) STRICT;

CREATE TABLE alias (
    alias TEXT PRIMARY KEY,
    bank INTEGER NOT NULL REFERENCES bank(no) ON DELETE CASCADE,
    is_primary INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_bank ON alias(bank);

CREATE TABLE document (
    no INTEGER PRIMARY KEY,
    bank INTEGER NOT NULL REFERENCES bank(no) ON DELETE CASCADE,
    id TEXT NOT NULL,
    hash TEXT NOT NULL,                      -- SHA-256 of the text, in hex
    text TEXT,                               -- NULL when the bank does not keep texts
    text_length INTEGER NOT NULL,            -- in characters
    context TEXT,
    tags TEXT NOT NULL DEFAULT '[]',
    metadata TEXT,                           -- JSON map of texts
    retain_params TEXT,                      -- JSON: what the last retain asked for, for reprocessing
    observation_scopes TEXT,                 -- JSON as given
    mentioned_at INTEGER,                    -- the item's own time; NULL when it was "unset"
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (bank, id)
) STRICT;
CREATE INDEX document_updated ON document(bank, updated_at DESC);

CREATE TABLE chunk (
    no INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES document(no) ON DELETE CASCADE,
    idx INTEGER NOT NULL,
    hash TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'done',      -- done, or pending: stands in for its facts until a model has read it
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX chunk_document ON chunk(document, idx);

-- A memory: a fact (world, experience) or an observation.
CREATE TABLE unit (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,                 -- UUID
    bank INTEGER NOT NULL REFERENCES bank(no) ON DELETE CASCADE,
    kind INTEGER NOT NULL,                   -- 1 world, 2 experience, 3 observation
    text TEXT NOT NULL,
    context TEXT,
    document INTEGER REFERENCES document(no) ON DELETE CASCADE,
    chunk INTEGER REFERENCES chunk(no) ON DELETE SET NULL,
    ord INTEGER NOT NULL DEFAULT 0,          -- place within its document
    occurred_start INTEGER,
    occurred_end INTEGER,
    mentioned_at INTEGER,
    event_at INTEGER NOT NULL,               -- occurred_start, else mentioned_at, else created_at: for ordering
    tokens INTEGER NOT NULL,                 -- o200k
    proof INTEGER NOT NULL DEFAULT 1,
    tags TEXT NOT NULL DEFAULT '[]',
    metadata TEXT,
    observation_scopes TEXT,
    origin TEXT NOT NULL,                    -- model, rule, chunk, pending, import, caller
    state INTEGER NOT NULL DEFAULT 0,        -- 0 valid, 1 invalidated
    invalidation_reason TEXT,
    invalidated_at INTEGER,
    consolidated_at INTEGER,
    consolidation_failed_at INTEGER,
    edited_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX unit_order ON unit(bank, state, mentioned_at DESC, created_at DESC);
CREATE INDEX unit_kind ON unit(bank, state, kind, mentioned_at DESC, created_at DESC);
CREATE INDEX unit_document ON unit(document, ord);
CREATE INDEX unit_chunk ON unit(chunk);
CREATE INDEX unit_waiting ON unit(bank, kind, consolidated_at, consolidation_failed_at, state);
CREATE INDEX unit_created ON unit(bank, created_at);
CREATE INDEX unit_updated ON unit(bank, updated_at);
-- For counting tags without reading the memories.
CREATE INDEX unit_tags ON unit(bank, state, tags) WHERE tags <> '[]';

-- A fact that further chunks of its document say too: it moves there when its own chunk goes.
CREATE TABLE said_again (
    unit INTEGER NOT NULL REFERENCES unit(no) ON DELETE CASCADE,
    chunk INTEGER NOT NULL REFERENCES chunk(no) ON DELETE CASCADE,
    PRIMARY KEY (unit, chunk)
) STRICT, WITHOUT ROWID;
CREATE INDEX said_again_chunk ON said_again(chunk);

CREATE TABLE vector (
    unit INTEGER PRIMARY KEY REFERENCES unit(no) ON DELETE CASCADE,
    v BLOB NOT NULL                          -- f16, little-endian
) STRICT;

CREATE TABLE entity (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    bank INTEGER NOT NULL REFERENCES bank(no) ON DELETE CASCADE,
    name TEXT NOT NULL,
    norm TEXT NOT NULL,                      -- words::normal_form of the name
    kind TEXT,
    metadata TEXT,
    first_seen INTEGER,
    last_seen INTEGER,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX entity_norm ON entity(bank, norm);

-- Three letters at a time of each entity's name, so that names that are much alike are found without reading all.
CREATE VIRTUAL TABLE entity_gram USING fts5(norm, content='entity', content_rowid='no', tokenize='trigram');
CREATE TRIGGER entity_gram_insert AFTER INSERT ON entity BEGIN
    INSERT INTO entity_gram (rowid, norm) VALUES (new.no, new.norm);
END;
CREATE TRIGGER entity_gram_delete AFTER DELETE ON entity BEGIN
    INSERT INTO entity_gram (entity_gram, rowid, norm) VALUES ('delete', old.no, old.norm);
END;
CREATE TRIGGER entity_gram_update AFTER UPDATE OF norm ON entity BEGIN
    INSERT INTO entity_gram (entity_gram, rowid, norm) VALUES ('delete', old.no, old.norm);
    INSERT INTO entity_gram (rowid, norm) VALUES (new.no, new.norm);
END;

-- Other names that were resolved to an entity.
CREATE TABLE entity_alias (
    bank INTEGER NOT NULL REFERENCES bank(no) ON DELETE CASCADE,
    norm TEXT NOT NULL,
    entity INTEGER NOT NULL REFERENCES entity(no) ON DELETE CASCADE,
    PRIMARY KEY (bank, norm)
) STRICT, WITHOUT ROWID;
CREATE INDEX entity_alias_entity ON entity_alias(entity);

CREATE TABLE unit_entity (
    unit INTEGER NOT NULL REFERENCES unit(no) ON DELETE CASCADE,
    entity INTEGER NOT NULL REFERENCES entity(no) ON DELETE CASCADE,
    PRIMARY KEY (unit, entity)
) STRICT, WITHOUT ROWID;
CREATE INDEX unit_entity_entity ON unit_entity(entity, unit);

-- Causes only; neighbours in time and in meaning are computed, not stored.
CREATE TABLE link (
    src INTEGER NOT NULL REFERENCES unit(no) ON DELETE CASCADE,
    dst INTEGER NOT NULL REFERENCES unit(no) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    weight REAL NOT NULL DEFAULT 1.0,
    PRIMARY KEY (src, dst, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX link_dst ON link(dst);

-- Which facts an observation rests on.
CREATE TABLE source (
    observation INTEGER NOT NULL REFERENCES unit(no) ON DELETE CASCADE,
    unit INTEGER NOT NULL REFERENCES unit(no) ON DELETE CASCADE,
    PRIMARY KEY (observation, unit)
) STRICT, WITHOUT ROWID;
CREATE INDEX source_unit ON source(unit);

-- Earlier versions of a memory, each with the time from which and to which it stood.
CREATE TABLE history (
    no INTEGER PRIMARY KEY,
    bank INTEGER NOT NULL REFERENCES bank(no) ON DELETE CASCADE,
    unit_id TEXT NOT NULL,
    version TEXT NOT NULL,                   -- JSON: text, context, tags, dates, kind, entities, state, reason
    stood_from INTEGER NOT NULL,
    stood_to INTEGER NOT NULL,
    change TEXT NOT NULL,                    -- edited, invalidated, restored, consolidated, removed
    new_sources TEXT NOT NULL DEFAULT '[]'   -- JSON: ids of facts that an observation gained by this change
) STRICT;
CREATE INDEX history_unit ON history(bank, unit_id, no);

CREATE TABLE document_event (
    no INTEGER PRIMARY KEY,
    bank INTEGER NOT NULL REFERENCES bank(no) ON DELETE CASCADE,
    document_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    operation_id TEXT,
    fact_id TEXT,
    detail TEXT NOT NULL DEFAULT '{}',       -- JSON: facts_added, facts_removed, observations_*
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX document_event_document ON document_event(bank, document_id, no);

CREATE TABLE directive (
    id TEXT PRIMARY KEY,
    bank INTEGER NOT NULL REFERENCES bank(no) ON DELETE CASCADE,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0,
    is_active INTEGER NOT NULL DEFAULT 1,
    tags TEXT NOT NULL DEFAULT '[]',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX directive_bank ON directive(bank, priority DESC);

CREATE TABLE mental_model (
    bank INTEGER NOT NULL REFERENCES bank(no) ON DELETE CASCADE,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    source_query TEXT NOT NULL,
    content TEXT NOT NULL DEFAULT '',
    tags TEXT NOT NULL DEFAULT '[]',
    max_tokens INTEGER NOT NULL DEFAULT 2048,
    trigger_options TEXT NOT NULL DEFAULT '{}',
    reflect_response TEXT,
    vector BLOB,
    last_refreshed_at INTEGER,
    last_full_refreshed_at INTEGER,
    last_memory_seen_at INTEGER,
    last_refresh_failed_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (bank, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE mental_model_history (
    no INTEGER PRIMARY KEY,
    bank INTEGER NOT NULL REFERENCES bank(no) ON DELETE CASCADE,
    model_id TEXT NOT NULL,
    entry TEXT NOT NULL,                     -- JSON as the API answers it
    changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX mental_model_history_model ON mental_model_history(bank, model_id, no);

CREATE TABLE operation (
    id TEXT PRIMARY KEY,
    bank INTEGER REFERENCES bank(no) ON DELETE CASCADE,
    kind TEXT NOT NULL,                      -- batch_retain, retain, consolidation, refresh_mental_model, …
    state TEXT NOT NULL,                     -- pending, processing, completed, failed, cancelled
    parent TEXT REFERENCES operation(id) ON DELETE CASCADE,
    idx INTEGER NOT NULL DEFAULT 0,          -- place among the parent's children
    items INTEGER NOT NULL DEFAULT 0,
    document_id TEXT,
    mental_model_id TEXT,
    payload TEXT NOT NULL DEFAULT '{}',
    result TEXT,
    details TEXT,
    progress TEXT,
    error TEXT,
    attempts INTEGER NOT NULL DEFAULT 0,
    run_after INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    completed_at INTEGER
) STRICT;
CREATE INDEX operation_bank ON operation(bank, created_at DESC);
CREATE INDEX operation_queue ON operation(state, run_after);
CREATE INDEX operation_parent ON operation(parent);

CREATE TABLE llm_request (
    id TEXT PRIMARY KEY,
    bank INTEGER REFERENCES bank(no) ON DELETE CASCADE,
    operation TEXT NOT NULL,
    scope TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    provider TEXT,
    model TEXT,
    status TEXT NOT NULL,                    -- success, error
    input TEXT NOT NULL,                     -- JSON: messages
    output TEXT,
    error TEXT,
    llm_info TEXT NOT NULL DEFAULT '{}',
    metadata TEXT NOT NULL DEFAULT '{}',
    input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    cached_tokens INTEGER NOT NULL DEFAULT 0,
    thoughts_tokens INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX llm_request_bank ON llm_request(bank, started_at DESC);

CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    bank INTEGER REFERENCES bank(no) ON DELETE CASCADE,
    action TEXT NOT NULL,
    transport TEXT NOT NULL DEFAULT 'http',
    request TEXT,
    response TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    started_at INTEGER NOT NULL,
    ended_at INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_bank ON audit(bank, started_at DESC);

-- Archives that exports made, until they are fetched or a day old.
CREATE TABLE file (
    key TEXT PRIMARY KEY,
    bank INTEGER REFERENCES bank(no) ON DELETE CASCADE,
    name TEXT NOT NULL,
    bytes BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- While a bank is cloned: which memory became which. Emptied when the clone is done.
CREATE TABLE clone_map (
    target INTEGER NOT NULL REFERENCES bank(no) ON DELETE CASCADE,
    old INTEGER NOT NULL,
    id TEXT NOT NULL,
    new INTEGER,
    PRIMARY KEY (target, old)
) STRICT, WITHOUT ROWID;
