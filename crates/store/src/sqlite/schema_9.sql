-- Who of us talked with a number last, and when; nobody says who did until now.

ALTER TABLE talked ADD COLUMN agent TEXT NOT NULL DEFAULT '';
ALTER TABLE talked ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
