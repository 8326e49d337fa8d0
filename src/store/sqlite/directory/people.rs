//! Who people are, their unfinished actions, and what accounts have chosen: `accounts`, `people`, `handles`, `pay_to`,
//! `linkings`, `timers`, `sealed`, `chosen`.

use sqlx::{AssertSqlSafe, Row as _, SqliteConnection};

use crate::core::check::Area;
use crate::core::ids::PersonId;
use crate::directory::{Account, DirectoryChange, Known, Linking, Timer};
use crate::payment::pay_to::PayTo;
use crate::platform::UnknownPlatformError;
use crate::store::audit::Audit;
use crate::store::sqlite::damaged::{TableReader, of_network};
use crate::store::sqlite::directory::found::DirectoryRow;
use crate::store::sqlite::values::{account, expect_agreement, json, person, salt, text_of, unreadable};

pub const ACCOUNTS: TableReader<DirectoryRow> = of_network("accounts", "platform, account", |row| {
    Ok(DirectoryRow::Change(DirectoryChange::Account(account(row)?, person(row)?)))
});

pub const NAMES: TableReader<DirectoryRow> = of_network("people", "person", |row| {
    Ok(DirectoryRow::Change(DirectoryChange::DisplayName(person(row)?, row.try_get("name")?)))
});

pub const HANDLES: TableReader<DirectoryRow> = of_network("handles", "person", |row| {
    Ok(DirectoryRow::Change(DirectoryChange::Handle(person(row)?, row.try_get("handle")?)))
});

pub const PAY_TO: TableReader<DirectoryRow> = of_network("pay_to", "person", |row| {
    let account = PayTo::read(row.try_get("account")?).map_err(|error| unreadable(error.to_string()))?;
    Ok(DirectoryRow::Change(DirectoryChange::PayTo(person(row)?, Some(account))))
});

pub const LINKINGS: TableReader<DirectoryRow> = of_network("linkings", "person", |row| {
    let linking: Linking = json(row)?;
    expect_agreement(linking.person == person(row)?)?;
    Ok(DirectoryRow::Change(DirectoryChange::Linking(linking)))
});

pub const TIMERS: TableReader<DirectoryRow> = of_network("timers", "person", |row| {
    Ok(DirectoryRow::Change(DirectoryChange::Timer(person(row)?, Some(json::<Timer>(row)?))))
});

pub const SEALED: TableReader<DirectoryRow> = of_network("sealed", "platform, account", |row| {
    Ok(DirectoryRow::Change(DirectoryChange::SentEncrypted(account(row)?)))
});

pub const CHOSEN: TableReader<DirectoryRow> =
    of_network("chosen", "platform, account", |row| Ok(DirectoryRow::Change(DirectoryChange::Chosen(account(row)?))));

/// Notes the salt of something that the journal has a mark of.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn set_salt(
    connection: &mut SqliteConnection,
    network: &str,
    person: PersonId,
    known: &Known,
    salt: &[u8; 16],
) -> Result<(), sqlx::Error> {
    let (table, key) = match known {
        Known::Account(_) => ("accounts", "platform = $4 AND account = $5"),
        Known::Handle(_) => ("handles", "$4 = $5"),
        Known::Name(_) => ("people", "$4 = $5"),
        Known::PayTo(_) => ("pay_to", "$4 = $5"),
    };
    let (platform, account) =
        if let Known::Account(Account { platform, id }) = known { (platform.name(), id.as_str()) } else { ("", "") };
    let update = format!("UPDATE {table} SET salt = $1 WHERE person = $2 AND network = $3 AND {key}");
    let update = sqlx::query(AssertSqlSafe(update)).bind(&salt[..]).bind(person.0).bind(network);
    update.bind(platform).bind(account).execute(connection).await.map(|_| ())
}

/// Gives an account to a person.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn set_account(
    connection: &mut SqliteConnection,
    network: &str,
    account: &Account,
    person: PersonId,
) -> Result<(), sqlx::Error> {
    let upsert = "INSERT INTO accounts (platform, account, person, network) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (network, platform, account) DO UPDATE SET person = excluded.person";
    let upsert = sqlx::query(upsert).bind(account.platform.name()).bind(&account.id).bind(person.0).bind(network);
    upsert.execute(connection).await.map(|_| ())
}

/// Gives a person a handle.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn set_handle(
    connection: &mut SqliteConnection,
    network: &str,
    person: PersonId,
    handle: &str,
) -> Result<(), sqlx::Error> {
    let upsert = "INSERT INTO handles (person, handle, network) VALUES ($1, $2, $3) \
        ON CONFLICT (network, person) DO UPDATE SET handle = excluded.handle";
    sqlx::query(upsert).bind(person.0).bind(handle).bind(network).execute(connection).await.map(|_| ())
}

/// Gives a person a display name.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn set_name(
    connection: &mut SqliteConnection,
    network: &str,
    person: PersonId,
    name: &str,
) -> Result<(), sqlx::Error> {
    let upsert = "INSERT INTO people (person, name, network) VALUES ($1, $2, $3) \
        ON CONFLICT (network, person) DO UPDATE SET name = excluded.name";
    sqlx::query(upsert).bind(person.0).bind(name).bind(network).execute(connection).await.map(|_| ())
}

/// Notes where a person is paid, or deletes it.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn set_pay_to(
    connection: &mut SqliteConnection,
    network: &str,
    person: PersonId,
    pay_to: Option<&PayTo>,
) -> Result<(), sqlx::Error> {
    let query = match pay_to {
        Some(account) => {
            let upsert = "INSERT INTO pay_to (person, account, network) VALUES ($1, $2, $3) \
                ON CONFLICT (network, person) DO UPDATE SET account = excluded.account";
            sqlx::query(upsert).bind(person.0).bind(account.stored()).bind(network)
        }
        None => sqlx::query("DELETE FROM pay_to WHERE person = $1 AND network = $2").bind(person.0).bind(network),
    };
    query.execute(connection).await.map(|_| ())
}

/// Notes the stage of a linking.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn set_linking(
    connection: &mut SqliteConnection,
    network: &str,
    linking: &Linking,
) -> Result<(), sqlx::Error> {
    let upsert = "INSERT INTO linkings (person, payload, network) VALUES ($1, $2, $3) \
        ON CONFLICT (network, person) DO UPDATE SET payload = excluded.payload";
    let upsert = sqlx::query(upsert).bind(linking.person.0).bind(text_of(linking)).bind(network);
    upsert.execute(connection).await.map(|_| ())
}

/// Deletes a linking that is over.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be deleted.
pub async fn end_linking(
    connection: &mut SqliteConnection,
    network: &str,
    person: PersonId,
) -> Result<(), sqlx::Error> {
    let delete = sqlx::query("DELETE FROM linkings WHERE person = $1 AND network = $2");
    delete.bind(person.0).bind(network).execute(connection).await.map(|_| ())
}

/// Notes a person's timer, or deletes it.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn set_timer(
    connection: &mut SqliteConnection,
    network: &str,
    person: PersonId,
    timer: Option<&Timer>,
) -> Result<(), sqlx::Error> {
    let query = match timer {
        Some(timer) => {
            let upsert = "INSERT INTO timers (person, payload, network) VALUES ($1, $2, $3) \
                ON CONFLICT (network, person) DO UPDATE SET payload = excluded.payload";
            sqlx::query(upsert).bind(person.0).bind(text_of(timer)).bind(network)
        }
        None => sqlx::query("DELETE FROM timers WHERE person = $1 AND network = $2").bind(person.0).bind(network),
    };
    query.execute(connection).await.map(|_| ())
}

/// Notes that an account has sent something encrypted.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn note_sealed(
    connection: &mut SqliteConnection,
    network: &str,
    account: &Account,
) -> Result<(), sqlx::Error> {
    let insert = "INSERT INTO sealed (platform, account, network) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    let insert = sqlx::query(insert).bind(account.platform.name()).bind(&account.id).bind(network);
    insert.execute(connection).await.map(|_| ())
}

/// Notes that an account has chosen a network for its direct rooms.
///
/// # Errors
/// [`sqlx::Error`] if the row can't be written.
pub async fn choose(connection: &mut SqliteConnection, network: &str, account: &Account) -> Result<(), sqlx::Error> {
    let upsert = "INSERT INTO chosen (platform, account, network) VALUES ($1, $2, $3) \
        ON CONFLICT (platform, account) DO UPDATE SET network = excluded.network";
    let upsert = sqlx::query(upsert).bind(account.platform.name()).bind(&account.id).bind(network);
    upsert.execute(connection).await.map(|_| ())
}

/// Hands rows about who people are to an audit.
///
/// # Errors
/// [`sqlx::Error`] where a row can't be read. The audit has the rows before it then.
pub async fn audit(connection: &mut SqliteConnection, network: &str, audit: &mut Audit) -> Result<(), sqlx::Error> {
    let query = "SELECT 'account' AS kind, person, platform AS first, account AS second, salt FROM accounts \
        WHERE network = $1 \
        UNION ALL SELECT 'handle', person, handle, '', salt FROM handles WHERE network = $1 \
        UNION ALL SELECT 'name', person, name, '', salt FROM people WHERE network = $1 \
        UNION ALL SELECT 'pay-to', person, account, '', salt FROM pay_to WHERE network = $1";
    for row in sqlx::query(query).bind(network).fetch_all(connection).await? {
        let (person, first): (u32, String) = (row.try_get("person")?, row.try_get("first")?);
        let salt = if row.try_get::<Option<&[u8]>, _>("salt")?.is_some() { Some(salt(&row)?) } else { None };
        let known = match row.try_get::<&str, _>("kind")? {
            "account" => match first.parse() {
                Ok(platform) => Known::Account(Account { platform, id: row.try_get("second")? }),
                Err(why) => {
                    let why: UnknownPlatformError = why;
                    audit.find(Area::People, format!("an account of {} can't be read: {why}", PersonId(person)));
                    continue;
                }
            },
            "handle" => Known::Handle(first),
            "name" => Known::Name(first),
            _ => match PayTo::read(&first) {
                Ok(pay_to) => Known::PayTo(pay_to),
                Err(why) => {
                    audit.find(Area::People, format!("where {} is paid can't be read: {why}", PersonId(person)));
                    continue;
                }
            },
        };
        audit.known(PersonId(person), &known, salt);
    }
    Ok(())
}
