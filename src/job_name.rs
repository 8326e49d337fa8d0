//! What due jobs are called.
//!
//! A job's name is unique with its time among the waiting jobs of a network. Jobs that are due at one instant are done
//! in the order of their names as text: a pool closes before it settles.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::core::ids::{EquipmentId, LogId, PersonId, PoolId, ProposalId};
use crate::platform::Platform;

/// The name of a job, which says what it is for.
///
/// The inbox keeps it for good, so it has no handle: people stand in it as in the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum JobName {
    /// Asks for a file on its way with the message of this event.
    File(String),
    /// Reminds of an open flag.
    Flag(LogId),
    /// Ends the pledging of a pool.
    PoolClose(PoolId),
    /// Ends a pool's settling time.
    PoolSettle(PoolId),
    /// Reminds a backer, by ledger name, of a pledge.
    PledgeRemind(PoolId, String),
    /// Lets the rest of a backer's pledge lapse.
    PledgeLapse(PoolId, String),
    /// Announces a turn of a campaign in a room.
    News(PoolId, String, RoomName),
    /// Closes a proposal.
    Rule(ProposalId),
    /// Bills somebody, by ledger name, for the next period of a subscription.
    Subscription(EquipmentId, String),
    /// Posts a room's summary.
    Summary(RoomName),
    /// Asks somebody about a timer that was started at this second of the Unix epoch, after so many hours.
    Timer(PersonId, i64, i64),
}

/// A room, as it stands in a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomName {
    /// Its platform.
    pub platform: Platform,
    /// Its id there.
    pub id: String,
}

impl JobName {
    /// The command that time gives when the job is due.
    pub fn command(&self) -> &'static str {
        match self {
            JobName::File(_) => "receipt ask",
            JobName::Flag(_) => "flag remind",
            JobName::PoolClose(_) => "pool close",
            JobName::PoolSettle(_) => "pool settle",
            JobName::PledgeRemind(..) => "pool remind",
            JobName::PledgeLapse(..) => "pool lapse",
            JobName::News(..) => "pool news",
            JobName::Rule(_) => "rule close",
            JobName::Subscription(..) => "subscription renew",
            JobName::Summary(_) => "summary post",
            JobName::Timer(..) => "timer ask",
        }
    }

    /// The name of the same job of another room, for a job that has its room in its name.
    #[must_use]
    pub fn in_room(self, room: RoomName) -> Self {
        match self {
            JobName::News(pool, turn, _) => JobName::News(pool, turn, room),
            JobName::Summary(_) => JobName::Summary(room),
            JobName::File(_)
            | JobName::Flag(_)
            | JobName::PoolClose(_)
            | JobName::PoolSettle(_)
            | JobName::PledgeRemind(..)
            | JobName::PledgeLapse(..)
            | JobName::Rule(_)
            | JobName::Subscription(..)
            | JobName::Timer(..) => self,
        }
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.platform, self.id)
    }
}

impl fmt::Display for JobName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobName::File(event) => write!(f, "file {event}"),
            JobName::Flag(log) => write!(f, "flag {log}"),
            JobName::PoolClose(pool) => write!(f, "pool close {pool}"),
            JobName::PoolSettle(pool) => write!(f, "pool settle {pool}"),
            JobName::PledgeRemind(pool, backer) => write!(f, "pool remind {pool} {backer}"),
            JobName::PledgeLapse(pool, backer) => write!(f, "pool lapse {pool} {backer}"),
            JobName::News(pool, turn, room) => write!(f, "pool news {pool} {turn} {room}"),
            JobName::Rule(proposal) => write!(f, "rule {proposal}"),
            JobName::Subscription(equipment, person) => write!(f, "subscription {equipment} {person}"),
            JobName::Summary(room) => write!(f, "summary {room}"),
            JobName::Timer(person, since, hours) => write!(f, "timer {} {since} {hours}", person.0),
        }
    }
}

/// A text that is no job's name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no job's name")]
pub struct JobNameError(String);

impl FromStr for JobName {
    type Err = JobNameError;

    fn from_str(text: &str) -> Result<Self, JobNameError> {
        parsed(text).ok_or_else(|| JobNameError(text.to_owned()))
    }
}

impl TryFrom<String> for JobName {
    type Error = JobNameError;

    fn try_from(text: String) -> Result<Self, JobNameError> {
        text.parse()
    }
}

impl From<JobName> for String {
    fn from(name: JobName) -> Self {
        name.to_string()
    }
}

fn parsed(text: &str) -> Option<JobName> {
    let (kind, rest) = text.split_once(' ')?;
    let pair = || rest.split_once(' ').map(|(first, second)| (first, second.to_owned()));
    Some(match kind {
        "file" => JobName::File(rest.to_owned()),
        "flag" => JobName::Flag(rest.parse().ok()?),
        "pool" => of_pool(rest)?,
        "rule" => JobName::Rule(rest.parse().ok()?),
        "subscription" => pair().and_then(|(id, person)| Some(JobName::Subscription(id.parse().ok()?, person)))?,
        "summary" => JobName::Summary(room(rest)?),
        "timer" => {
            let numbers = rest.split(' ').map(|number| number.parse().ok()).collect::<Option<Vec<i64>>>()?;
            let [person, since, hours] = numbers.as_slice() else { return None };
            JobName::Timer(PersonId(u32::try_from(*person).ok()?), *since, *hours)
        }
        _ => return None,
    })
}

fn of_pool(text: &str) -> Option<JobName> {
    let mut words = text.splitn(3, ' ');
    let (step, pool, rest) = (words.next()?, words.next()?.parse().ok()?, words.next());
    Some(match (step, rest) {
        ("close", None) => JobName::PoolClose(pool),
        ("settle", None) => JobName::PoolSettle(pool),
        ("remind", Some(backer)) => JobName::PledgeRemind(pool, backer.to_owned()),
        ("lapse", Some(backer)) => JobName::PledgeLapse(pool, backer.to_owned()),
        ("news", Some(rest)) => {
            let (turn, of) = rest.split_once(' ')?;
            JobName::News(pool, turn.to_owned(), room(of)?)
        }
        _ => return None,
    })
}

fn room(text: &str) -> Option<RoomName> {
    let (platform, id) = text.split_once(' ')?;
    Some(RoomName { platform: platform.parse().ok()?, id: id.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ids of jobs are made of their names, so that no written name may change.
    #[test]
    fn names_read_as_they_are_written() {
        let room = || RoomName { platform: Platform::Matrix, id: "!a b:example.org".to_owned() };
        let person = || "person-3".to_owned();
        for (name, text) in [
            (JobName::File("discord 17".to_owned()), "file discord 17"),
            (JobName::Flag(LogId(4)), "flag L4"),
            (JobName::PoolClose(PoolId(2)), "pool close pool-2"),
            (JobName::PoolSettle(PoolId(2)), "pool settle pool-2"),
            (JobName::PledgeRemind(PoolId(2), person()), "pool remind pool-2 person-3"),
            (JobName::PledgeLapse(PoolId(2), person()), "pool lapse pool-2 person-3"),
            (JobName::News(PoolId(2), "soon".to_owned(), room()), "pool news pool-2 soon matrix !a b:example.org"),
            (JobName::Rule(ProposalId(5)), "rule R5"),
            (JobName::Subscription(EquipmentId(6), person()), "subscription equipment-6 person-3"),
            (JobName::Summary(room()), "summary matrix !a b:example.org"),
            (JobName::Timer(PersonId(3), 1_767_625_200, 8), "timer 3 1767625200 8"),
        ] {
            assert_eq!(name.to_string(), text);
            assert_eq!(text.parse(), Ok(name));
        }
        for text in [
            "",
            "pool",
            "pool close",
            "pool close pool-2 now",
            "timer 3 4",
            "flag L04",
            "party L4",
            "summary nowhere lobby",
        ] {
            assert!(text.parse::<JobName>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_pool_closes_before_it_settles() {
        assert!(JobName::PoolClose(PoolId(2)).to_string() < JobName::PoolSettle(PoolId(1)).to_string());
    }
}
