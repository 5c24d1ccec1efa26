-- Numbers outside that one of us talked with: asked for while a call waits, so they have a table of their own.

CREATE TABLE talked (
    number TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

INSERT INTO talked SELECT DISTINCT caller FROM calls
    WHERE outcome = 'answered' AND direction = 'inbound' AND caller LIKE '+%';
INSERT OR IGNORE INTO talked SELECT DISTINCT called FROM calls
    WHERE outcome = 'answered' AND direction = 'outbound' AND called LIKE '+%';
