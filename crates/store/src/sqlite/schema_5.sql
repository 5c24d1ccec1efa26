-- A binding that changes is appended, and merged into its table some thousands at a time: phones come in no
-- order, so writing each in its place touches a page a phone. A change without contact says it is gone.

CREATE TABLE binding_changes (
    id         INTEGER PRIMARY KEY,
    phone      TEXT NOT NULL,
    instance   TEXT NOT NULL,
    contact    TEXT,
    path       TEXT,
    flow       TEXT,
    behind_nat INTEGER,
    call_id    TEXT,
    cseq       INTEGER,
    q          INTEGER,
    agent      TEXT,
    expires    INTEGER,
    interval_s INTEGER
) STRICT;

-- The last change of each binding: beside max() the other columns are those of its row.
CREATE VIEW last_changes AS
    SELECT max(id) AS id, phone, instance, contact, path, flow, behind_nat, call_id, cseq, q, agent, expires,
        interval_s
    FROM binding_changes GROUP BY phone, instance;

CREATE VIEW present_bindings AS
    SELECT * FROM bindings WHERE (phone, instance) NOT IN (SELECT phone, instance FROM binding_changes)
    UNION ALL
    SELECT phone, instance, contact, path, flow, behind_nat, call_id, cseq, q, agent, expires, interval_s
    FROM last_changes WHERE contact IS NOT NULL;
