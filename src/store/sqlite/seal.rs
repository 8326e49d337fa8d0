//! Seals of the tables beside the journal: the hash of a network's rows in each table, as the program last wrote them.
//!
//! A table whose rows do not match its seal before a batch keeps its old seal. So later writes of the program don't
//! cover up a change from outside. A migration that changes sealed rows must also renew their seals.

use std::collections::BTreeSet;

use futures_util::TryStreamExt as _;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::core::ids::Hash;
use crate::directory::{DirectoryChange, Known};

/// The sealed tables, with their sealed columns.
pub const PARTS: &[(&str, &[&str])] = &[
    ("accounts", &["platform", "account", "person", "salt"]),
    ("chosen", &["platform", "account"]),
    ("handles", &["person", "handle", "salt"]),
    ("jobs", &["id", "name", "due_at", "payload", "failed"]),
    ("link_codes", &["code", "expires_at"]),
    ("linkings", &["person", "payload"]),
    ("pay_to", &["person", "account", "salt"]),
    ("people", &["person", "name", "salt"]),
    ("preferences", &["scope", "platform", "id", "key", "value"]),
    ("questions", &["id", "payload"]),
    ("rooms", &["platform", "room", "project"]),
    ("sealed", &["platform", "account"]),
    ("timers", &["person", "payload"]),
    ("told", &["platform", "room", "key"]),
    ("topics", &["platform", "room", "kind", "number"]),
];

/// The sealed tables that a change touches.
fn touched(change: &DirectoryChange) -> &'static [&'static str] {
    match change {
        DirectoryChange::Text(..)
        | DirectoryChange::File(..)
        | DirectoryChange::ForgetText(_)
        | DirectoryChange::Seal
        | DirectoryChange::ForgetResidue(_) => &[],
        DirectoryChange::Account(..) | DirectoryChange::Salt(_, Known::Account(_), _) => &["accounts"],
        DirectoryChange::Handle(..) | DirectoryChange::Salt(_, Known::Handle(_), _) => &["handles"],
        DirectoryChange::DisplayName(..) | DirectoryChange::Salt(_, Known::Name(_), _) => &["people"],
        DirectoryChange::PayTo(..) | DirectoryChange::Salt(_, Known::PayTo(_), _) => &["pay_to"],
        DirectoryChange::Room(..) => &["rooms"],
        DirectoryChange::Topic(..) => &["topics"],
        DirectoryChange::Replaced(_) => &["preferences", "told", "topics"],
        DirectoryChange::LinkCode(_) | DirectoryChange::LinkCodeUsed(_) => &["link_codes"],
        DirectoryChange::Linking(_) | DirectoryChange::LinkingDone(_) => &["linkings"],
        DirectoryChange::Question(_) | DirectoryChange::QuestionClosed(_) => &["questions"],
        DirectoryChange::Job(_) | DirectoryChange::JobDone(_) | DirectoryChange::JobFailed(..) => &["jobs"],
        DirectoryChange::SentEncrypted(_) => &["sealed"],
        DirectoryChange::AnnouncedOnce(..) | DirectoryChange::AnnounceAgain(..) => &["told"],
        DirectoryChange::Chosen(_) => &["chosen"],
        DirectoryChange::Preference(..) => &["preferences"],
        DirectoryChange::Timer(..) => &["timers"],
        DirectoryChange::Forget(_) => &["handles", "linkings", "pay_to", "people", "timers"],
        DirectoryChange::ForgetAccount(_) => &["accounts", "chosen", "preferences", "sealed"],
    }
}

/// Seals that are renewed once a batch is written.
pub struct Seals(Vec<(String, &'static str)>);

impl Seals {
    /// The seals that a batch touches and that still match their rows.
    ///
    /// # Errors
    /// [`sqlx::Error`] if the tables can't be read.
    pub async fn before(
        connection: &mut SqliteConnection,
        changes: &[(String, DirectoryChange)],
    ) -> Result<Self, sqlx::Error> {
        let mut wanted: BTreeSet<(String, &'static str)> = BTreeSet::new();
        for (network, change) in changes {
            wanted.extend(touched(change).iter().map(|part| (network.clone(), *part)));
            // An account that chooses a network leaves another one.
            if matches!(change, DirectoryChange::Chosen(_)) {
                let others = sqlx::query_scalar("SELECT network FROM seals WHERE part = 'chosen'");
                let others: Vec<String> = others.fetch_all(&mut *connection).await?;
                wanted.extend(others.into_iter().map(|network| (network, "chosen")));
            }
        }
        let mut intact = Vec::new();
        for (network, part) in wanted {
            if let Some(digest) = stored(connection, &network, part).await?
                && digest == hash_of(connection, &network, part).await?.0
            {
                intact.push((network, part));
            }
        }
        Ok(Self(intact))
    }

    /// Seals the rows as they are now, and all tables of networks that are sealed from now on.
    ///
    /// # Errors
    /// [`sqlx::Error`] if the tables can't be read, or the seals can't be written.
    pub async fn renew(
        self,
        connection: &mut SqliteConnection,
        changes: &[(String, DirectoryChange)],
    ) -> Result<(), sqlx::Error> {
        for (network, part) in self.0 {
            let digest = hash_of(connection, &network, part).await?;
            let update = sqlx::query("UPDATE seals SET digest = $1 WHERE network = $2 AND part = $3");
            update.bind(&digest.0[..]).bind(&network).bind(part).execute(&mut *connection).await?;
        }
        for (network, _) in changes.iter().filter(|(_, change)| *change == DirectoryChange::Seal) {
            for (part, _) in PARTS {
                let digest = hash_of(connection, network, part).await?;
                let insert = "INSERT INTO seals (network, part, digest) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
                let insert = sqlx::query(insert);
                insert.bind(network).bind(*part).bind(&digest.0[..]).execute(&mut *connection).await?;
            }
        }
        Ok(())
    }
}

/// The seal of a network's rows in a table, if there is one.
///
/// # Errors
/// [`sqlx::Error`] if the seal can't be read.
pub async fn stored(
    connection: &mut SqliteConnection,
    network: &str,
    part: &str,
) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let query = sqlx::query_scalar("SELECT digest FROM seals WHERE network = $1 AND part = $2");
    query.bind(network).bind(part).fetch_optional(connection).await
}

/// The hash of a network's present rows in a table.
///
/// # Errors
/// [`sqlx::Error`] if the table can't be read.
pub async fn hash_of(connection: &mut SqliteConnection, network: &str, part: &str) -> Result<Hash, sqlx::Error> {
    let columns = PARTS.iter().find(|(name, _)| *name == part).map_or(&[][..], |(_, columns)| columns);
    let row: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
    let rows = format!("SELECT {} AS row FROM {part} WHERE network = $1 ORDER BY row", row.join(" || ',' || "));
    let mut rows = sqlx::query_scalar::<_, String>(AssertSqlSafe(rows)).bind(network).fetch(connection);
    let mut digest = Sha256::new();
    while let Some(row) = rows.try_next().await? {
        digest.update(row);
        digest.update("\n");
    }
    Ok(Hash(digest.finalize().into()))
}
