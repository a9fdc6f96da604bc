-- The list of the fact browser by the time something happened: 100,000 facts were read and sorted for each page.
CREATE INDEX unit_occurred ON unit(bank, state, occurred_start DESC, created_at DESC) WHERE occurred_start IS NOT NULL;
