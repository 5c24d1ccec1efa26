-- What a leg cost, in billionths of the site's currency, and the person who paid it; neither if it had no price.

ALTER TABLE legs ADD COLUMN cost INTEGER;
ALTER TABLE legs ADD COLUMN payer TEXT;
