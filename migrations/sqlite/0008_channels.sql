-- The language that a reply is written in.
ALTER TABLE outbox ADD COLUMN language TEXT NOT NULL DEFAULT 'en';

-- What accounts, rooms and the network want: their language, the news that a room hears, how often. For the network, the
-- platform and the id are empty.
CREATE TABLE preferences (
    network  TEXT NOT NULL,
    scope    TEXT NOT NULL,
    platform TEXT NOT NULL,
    id       TEXT NOT NULL,
    key      TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (network, scope, platform, id, key)
) WITHOUT ROWID;

-- Work that is being timed, one a person at most.
CREATE TABLE timers (
    network TEXT    NOT NULL,
    person  INTEGER NOT NULL,
    payload TEXT    NOT NULL,
    PRIMARY KEY (network, person)
) WITHOUT ROWID;
