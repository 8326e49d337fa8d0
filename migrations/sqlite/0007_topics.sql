-- The pool and the machine that a room is about, where they need not be named.
CREATE TABLE topics (
    network  TEXT    NOT NULL,
    platform TEXT    NOT NULL,
    room     TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    number   INTEGER NOT NULL,
    PRIMARY KEY (platform, room, kind)
);
