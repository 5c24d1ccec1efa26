-- What a contact is spoken to in, as it is written: es, de-AT.
ALTER TABLE contacts ADD COLUMN language TEXT NOT NULL DEFAULT '';
