-- Where people want to be paid: a PayPal address or an IBAN. It is in no journal and in no log; a row less forgets it.
CREATE TABLE pay_to (
    network TEXT    NOT NULL,
    person  INTEGER NOT NULL,
    account TEXT    NOT NULL,
    PRIMARY KEY (network, person)
);
