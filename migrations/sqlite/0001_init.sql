-- The journal: one append-only chain of entries per network. The payload is what was hashed; the other columns are an
-- index over it, which `fairshare verify` compares.
CREATE TABLE journal (
    network TEXT    NOT NULL,
    seq     INTEGER NOT NULL,
    at      TEXT    NOT NULL,
    kind    TEXT    NOT NULL,
    version INTEGER NOT NULL,
    payload TEXT    NOT NULL,
    hash    BLOB    NOT NULL,
    PRIMARY KEY (network, seq)
) WITHOUT ROWID;

CREATE TRIGGER journal_is_not_updated BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only: a correction is a new entry'); END;

CREATE TRIGGER journal_is_not_deleted BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only: a correction is a new entry'); END;

-- REPLACE deletes without asking the trigger above, so what is there can't be inserted over either.
CREATE TRIGGER journal_is_not_replaced BEFORE INSERT ON journal
WHEN EXISTS (SELECT 1 FROM journal WHERE network = NEW.network AND seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'the journal is append-only: a correction is a new entry'); END;

-- The last entry of each network: the fence that lets only one writer go on from it.
CREATE TABLE heads (
    network TEXT    NOT NULL PRIMARY KEY,
    seq     INTEGER NOT NULL,
    hash    BLOB    NOT NULL
);

-- Every message that was meant for the bot, by the platform's event id, with what became of it. `said` is a hash of who
-- said what, by which the same command said twice is noticed.
CREATE TABLE inbox (
    event   TEXT NOT NULL PRIMARY KEY,
    network TEXT,
    at      TEXT NOT NULL,
    outcome TEXT NOT NULL,
    said    BLOB
) WITHOUT ROWID;

-- Replies that were committed and not delivered yet, as typed messages.
CREATE TABLE outbox (
    id       INTEGER NOT NULL PRIMARY KEY,
    at       TEXT    NOT NULL,
    platform TEXT    NOT NULL,
    lane     TEXT    NOT NULL,
    room     TEXT    NOT NULL,
    reader   TEXT,
    reply_to TEXT,
    payload  TEXT    NOT NULL,
    failed   TEXT
);

-- Who and where.
CREATE TABLE accounts (
    network  TEXT    NOT NULL,
    platform TEXT    NOT NULL,
    account  TEXT    NOT NULL,
    person   INTEGER NOT NULL,
    PRIMARY KEY (network, platform, account)
);

CREATE TABLE people (
    network TEXT    NOT NULL,
    person  INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    PRIMARY KEY (network, person)
);

CREATE TABLE rooms (
    platform TEXT NOT NULL,
    room     TEXT NOT NULL,
    network  TEXT NOT NULL,
    project  INTEGER,
    PRIMARY KEY (platform, room)
);

CREATE TABLE link_codes (
    code       TEXT NOT NULL PRIMARY KEY,
    network    TEXT NOT NULL,
    expires_at TEXT NOT NULL
);

-- What people wrote. The journal refers to a text by the hash of its salt and bytes.
CREATE TABLE texts (
    id      INTEGER NOT NULL PRIMARY KEY,
    network TEXT    NOT NULL,
    hash    BLOB    NOT NULL,
    salt    BLOB    NOT NULL,
    body    TEXT    NOT NULL
);

-- Questions that wait for a yes or no, and commands that time will give.
CREATE TABLE questions (
    network TEXT    NOT NULL,
    id      INTEGER NOT NULL,
    payload TEXT    NOT NULL,
    PRIMARY KEY (network, id)
);

CREATE TABLE jobs (
    network TEXT NOT NULL,
    name    TEXT NOT NULL,
    due_at  TEXT NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (network, name, due_at)
);

-- For people who query: the facts, with their bodies.
CREATE VIEW facts AS
SELECT network, seq, at, kind, version, json_extract(payload, '$.by') AS by, json_extract(payload, '$.body') AS body FROM journal;
