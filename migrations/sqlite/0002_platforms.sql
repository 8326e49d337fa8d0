-- The thread that an answer belongs in, where its command was said in one.
ALTER TABLE outbox ADD COLUMN thread TEXT;

-- The accounts that it calls, as a JSON list.
ALTER TABLE outbox ADD COLUMN mentions TEXT NOT NULL DEFAULT '[]';

-- The network whose command it answers.
ALTER TABLE outbox ADD COLUMN network TEXT;

-- How far each room has been read: everything up to this event was handed over and committed. Reading goes on from here.
CREATE TABLE cursors (
    platform TEXT NOT NULL,
    room     TEXT NOT NULL,
    position TEXT NOT NULL,
    PRIMARY KEY (platform, room)
) WITHOUT ROWID;

-- What a room was told and need not be told again.
CREATE TABLE told (
    network  TEXT NOT NULL,
    platform TEXT NOT NULL,
    room     TEXT NOT NULL,
    key      TEXT NOT NULL,
    PRIMARY KEY (network, platform, room, key)
) WITHOUT ROWID;

-- The network that somebody in several means in a direct room.
CREATE TABLE chosen (
    platform TEXT NOT NULL,
    account  TEXT NOT NULL,
    network  TEXT NOT NULL,
    PRIMARY KEY (platform, account)
) WITHOUT ROWID;
