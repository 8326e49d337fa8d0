-- Ids of what somebody is told once a day no longer say who it was.
UPDATE inbox SET event = 'unnamed ' || lower(hex(randomblob(16))) WHERE event LIKE 'unreadable %' OR event LIKE 'relayed %';

-- Somebody was forgotten, and the file has not been written anew since. One row, or none.
CREATE TABLE traces (
    only INTEGER PRIMARY KEY CHECK (only = 1)
);
