-- The whole sentence that was typed, where a day or a task was taken from it and the rest is the text.
ALTER TABLE texts ADD COLUMN sentence TEXT;
