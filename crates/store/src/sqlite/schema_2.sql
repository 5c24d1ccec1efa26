-- A call that died with its process has no end that anybody knows.

CREATE TABLE calls_2 (
    id          INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    caller      TEXT NOT NULL,
    called      TEXT NOT NULL,
    direction   TEXT NOT NULL,
    version     INTEGER NOT NULL,
    sip_call_id TEXT NOT NULL,
    person      TEXT NOT NULL,
    answered    INTEGER,
    ended       INTEGER,
    lasted_ms   INTEGER,
    outcome     TEXT NOT NULL,
    cause       TEXT NOT NULL,
    ended_by    TEXT NOT NULL,
    path        TEXT NOT NULL,
    events      BLOB NOT NULL
) STRICT;

INSERT INTO calls_2 SELECT * FROM calls;
UPDATE calls_2 SET ended = NULL, lasted_ms = NULL WHERE outcome = 'lost';
DROP TABLE calls;
ALTER TABLE calls_2 RENAME TO calls;
