-- What a turn cost, as JSON: prices change, so it is kept with the turn and never worked out anew.
ALTER TABLE turn ADD COLUMN cost TEXT;
