-- Times are microseconds since 1970 UTC, spans are milliseconds; names are the config's.

CREATE TABLE bindings (
    phone      TEXT NOT NULL,
    instance   TEXT NOT NULL,
    contact    TEXT NOT NULL,
    path       TEXT NOT NULL,
    flow       TEXT NOT NULL,
    behind_nat INTEGER NOT NULL,
    call_id    TEXT NOT NULL,
    cseq       INTEGER NOT NULL,
    q          INTEGER NOT NULL,
    agent      TEXT NOT NULL,
    expires    INTEGER NOT NULL,
    interval_s INTEGER NOT NULL,
    PRIMARY KEY (phone, instance)
) STRICT, WITHOUT ROWID;

-- Calls that came in and have no record yet; a start closes what the process before left here.
CREATE TABLE open_calls (
    id          INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    caller      TEXT NOT NULL,
    called      TEXT NOT NULL,
    direction   TEXT NOT NULL,
    version     INTEGER NOT NULL,
    sip_call_id TEXT NOT NULL
) STRICT;

-- One row a call, written once, when it has ended.
CREATE TABLE calls (
    id          INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    caller      TEXT NOT NULL,
    called      TEXT NOT NULL,
    direction   TEXT NOT NULL,
    version     INTEGER NOT NULL,
    sip_call_id TEXT NOT NULL,
    person      TEXT NOT NULL,
    answered    INTEGER,
    ended       INTEGER NOT NULL,
    lasted_ms   INTEGER NOT NULL,
    outcome     TEXT NOT NULL,
    cause       TEXT NOT NULL,
    ended_by    TEXT NOT NULL,
    path        TEXT NOT NULL,
    events      BLOB NOT NULL
) STRICT;

-- The A leg is number 0.
CREATE TABLE legs (
    call        INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    party       TEXT NOT NULL,
    dialled     TEXT NOT NULL,
    started_ms  INTEGER NOT NULL,
    rang_ms     INTEGER,
    answered_ms INTEGER,
    ended_ms    INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    sip_call_id TEXT NOT NULL,
    received    INTEGER NOT NULL,
    sent        INTEGER NOT NULL,
    PRIMARY KEY (call, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE voicemails (
    mailbox     TEXT NOT NULL,
    file        TEXT NOT NULL,
    call        INTEGER NOT NULL,
    caller      TEXT NOT NULL,
    at          INTEGER NOT NULL,
    lasted_ms   INTEGER NOT NULL,
    interrupted INTEGER NOT NULL,
    PRIMARY KEY (mailbox, file)
) STRICT, WITHOUT ROWID;

CREATE TABLE pointers (
    team   TEXT PRIMARY KEY,
    member INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE named_values (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
