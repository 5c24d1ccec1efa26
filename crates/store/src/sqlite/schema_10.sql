-- What the plans of a call were told, event by event; of calls before nobody kept it.

ALTER TABLE calls ADD COLUMN journal BLOB NOT NULL DEFAULT x'';
