-- A fact tells which runs changed it.
CREATE INDEX run_change_by_fact ON run_change (fact_id, run);
