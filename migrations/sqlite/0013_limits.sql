-- Old rows are deleted from the inbox, the oldest first.
CREATE INDEX inbox_by_age ON inbox (at);

-- Instants up to which what is said has been dealt with, whether or not it has a row in the inbox: by an account of which
-- something exceeded a limit; by anybody, in the row without an account, where old rows were deleted.
CREATE TABLE passed_over (
    platform TEXT NOT NULL,
    account  TEXT NOT NULL,
    until    TEXT NOT NULL,
    PRIMARY KEY (platform, account)
) WITHOUT ROWID;
