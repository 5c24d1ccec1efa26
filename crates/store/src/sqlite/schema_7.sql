-- Whether somebody heard a message. Until now nobody could by telephone, so all are new.

ALTER TABLE voicemails ADD COLUMN heard INTEGER NOT NULL DEFAULT 0;
