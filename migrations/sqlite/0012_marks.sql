-- The journal has a mark of each of these rows: the hash of its salt and what it says. Rows from before get both when the program first
-- starts. A row less forgets both.
ALTER TABLE accounts ADD COLUMN salt BLOB;
ALTER TABLE handles ADD COLUMN salt BLOB;
ALTER TABLE people ADD COLUMN salt BLOB;
ALTER TABLE pay_to ADD COLUMN salt BLOB;

-- For each network and table beside the journal, the hash of its rows as the program has last written them. `fairshare verify` compares.
CREATE TABLE seals (
    network TEXT NOT NULL,
    part    TEXT NOT NULL,
    digest  BLOB NOT NULL,
    PRIMARY KEY (network, part)
) WITHOUT ROWID;
