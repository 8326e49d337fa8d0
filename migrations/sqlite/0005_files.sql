-- What people attached. The journal refers to a file by the hash of its salt and bytes; a file that is erased is a row less.
CREATE TABLE files (
    id         INTEGER NOT NULL PRIMARY KEY,
    network    TEXT    NOT NULL,
    hash       BLOB    NOT NULL,
    salt       BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    media_type TEXT    NOT NULL,
    bytes      BLOB    NOT NULL
);
