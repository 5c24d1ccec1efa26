-- Somebody outside: a row for each of their numbers and each import that told of it. The row of the latest import
-- that is whole counts, so a file of any size is taken in small commits and holds all at once. Before an import
-- writes a number it clears what nobody counts any more, so each number has at most three rows.

CREATE TABLE contacts (
    number       TEXT NOT NULL,
    import       INTEGER NOT NULL,
    numbers      TEXT NOT NULL,
    name         TEXT NOT NULL,
    owner        TEXT NOT NULL,
    campaign     TEXT NOT NULL,
    tags         TEXT NOT NULL,
    last_agent   TEXT NOT NULL,
    last_texter  TEXT NOT NULL,
    conversation TEXT NOT NULL,
    PRIMARY KEY (number, import)
) STRICT, WITHOUT ROWID;

CREATE TABLE contact_imports (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL
) STRICT;

-- Who was forgotten, in words that don't name them.
CREATE TABLE erased (
    id   INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL,
    line TEXT NOT NULL
) STRICT;
