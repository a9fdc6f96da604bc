-- When the memory server took what a turn said, so that the waterfall can tell waiting from extraction.
ALTER TABLE turn ADD COLUMN retain_sent_at TEXT;
