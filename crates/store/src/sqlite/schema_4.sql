-- Phones that are told how something stands; a start goes on telling them.

CREATE TABLE subscriptions (
    tag          TEXT PRIMARY KEY,
    phone        TEXT NOT NULL,
    device       TEXT NOT NULL,
    flow         TEXT NOT NULL,
    event        TEXT NOT NULL,
    watched      TEXT NOT NULL,
    entity       TEXT NOT NULL,
    call_id      TEXT NOT NULL,
    remote_tag   TEXT NOT NULL,
    local_party  TEXT NOT NULL,
    remote_party TEXT NOT NULL,
    cseq         INTEGER NOT NULL,
    target       TEXT NOT NULL,
    routes       TEXT NOT NULL,
    began        INTEGER NOT NULL,
    expires      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
