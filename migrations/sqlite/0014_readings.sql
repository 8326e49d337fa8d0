-- When the last message of each room came, and under `system` when the bot was last alive. What a room says later can't have been said
-- before that, whatever its platform claims.
CREATE TABLE readings (
    platform TEXT NOT NULL,
    room     TEXT NOT NULL,
    at       TEXT NOT NULL,
    PRIMARY KEY (platform, room)
) WITHOUT ROWID;

-- For people who query: the facts, with their bodies; when one was said, where that is not when it took effect.
DROP VIEW facts;
CREATE VIEW facts AS
SELECT network, seq, at, json_extract(payload, '$.said') AS said, kind, version, json_extract(payload, '$.by') AS by, json_extract(payload, '$.body') AS body
FROM journal;
