-- A job has an id that no other job ever has. One that went wrong stays, with why, and never runs again.
CREATE TABLE jobs_with_ids (
    network   TEXT NOT NULL,
    id        TEXT NOT NULL,
    name      TEXT NOT NULL,
    due_at    TEXT NOT NULL,
    payload   TEXT NOT NULL,
    failed    TEXT,
    PRIMARY KEY (network, id)
);

INSERT INTO jobs_with_ids (network, id, name, due_at, payload)
SELECT network, lower(hex(randomblob(16))), name, due_at, payload FROM jobs;

DROP TABLE jobs;
ALTER TABLE jobs_with_ids RENAME TO jobs;

-- Of the jobs that wait, there is one of a name and a time.
CREATE UNIQUE INDEX jobs_waiting ON jobs (network, name, due_at) WHERE failed IS NULL;

-- The number of the last question that a network asked, so that no number is used again when its question is gone.
CREATE TABLE counters (
    network       TEXT    NOT NULL PRIMARY KEY,
    last_question INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO counters (network, last_question) SELECT network, max(id) FROM questions GROUP BY network;

-- What a reply asks about, as it was when it was asked.
ALTER TABLE outbox ADD COLUMN shown TEXT;

-- Accounts that have sent something encrypted: from then on nobody who only runs their homeserver moves money in their name.
CREATE TABLE sealed (
    network  TEXT NOT NULL,
    platform TEXT NOT NULL,
    account  TEXT NOT NULL,
    PRIMARY KEY (network, platform, account)
) WITHOUT ROWID;
