-- The labels of the logs and the movements of money that a message recorded, such as L3 M1.
ALTER TABLE inbox ADD COLUMN recorded TEXT NOT NULL DEFAULT '';
