-- What the file knows about itself: its name, how many batches it has taken, and whether a program has it open. The first two
-- are also kept beside the database (`<database>.head`), so that a file that lost its log is noticed.
CREATE TABLE mark (
    only    INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    file    TEXT    NOT NULL,
    commits INTEGER NOT NULL,
    is_open INTEGER NOT NULL
);
INSERT INTO mark (only, file, commits, is_open) VALUES (1, lower(hex(randomblob(8))), 0, 0);

-- Rows that could not be read, taken out of their tables so that they stop nothing else: the row as SQL literals, and why.
CREATE TABLE set_aside (
    id      INTEGER NOT NULL PRIMARY KEY,
    origin  TEXT    NOT NULL,
    network TEXT,
    row     BLOB    NOT NULL,
    why     TEXT    NOT NULL
);
