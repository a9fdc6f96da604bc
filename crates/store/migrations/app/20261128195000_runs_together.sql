-- One action over facts of several banks makes a run in each of them; all but the first name the first.
ALTER TABLE run ADD COLUMN together TEXT;
CREATE INDEX run_by_together ON run (together) WHERE together IS NOT NULL;
