-- What people are called in their network: unique there. The journal has only their numbers, so that a row less forgets it. People
-- who joined before are called what the journal says, and have no row.
CREATE TABLE handles (
    network TEXT    NOT NULL,
    person  INTEGER NOT NULL,
    handle  TEXT    NOT NULL,
    PRIMARY KEY (network, person),
    UNIQUE (network, handle)
);

-- Of a reply that can't be delivered it is kept that and why, not what it said to whom.
UPDATE outbox SET lane = '', reader = NULL, reply_to = NULL, asker = NULL, mentions = '[]', payload = 'null' WHERE failed IS NOT NULL;
