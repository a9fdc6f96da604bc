-- What a turn cost, as JSON: prices change, so it is kept with the turn and never worked out anew. And what the
-- conversation filled of the model's context at its end, in tokens.
ALTER TABLE turn ADD COLUMN cost TEXT;
ALTER TABLE turn ADD COLUMN context_tokens INTEGER;
