-- Whose command a reply answers, by handle.
ALTER TABLE outbox ADD COLUMN asker TEXT;
