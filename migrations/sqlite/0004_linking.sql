-- How far people have come in making another account theirs: a code that was given out, or the account that typed it.
CREATE TABLE linkings (
    network TEXT    NOT NULL,
    person  INTEGER NOT NULL,
    payload TEXT    NOT NULL,
    PRIMARY KEY (network, person)
) WITHOUT ROWID;
