//! What a person may be told when something is not done. The words are in `commands/*.toml`, by key.

use crate::message::declare::domains;
use crate::message::equipment::EquipmentRefusal;
use crate::message::money::MoneyRefusal;
use crate::message::people::PeopleRefusal;
use crate::message::pool::PoolRefusal;
use crate::message::room::RoomRefusal;
use crate::message::rule::RuleRefusal;
use crate::message::summary::SummaryRefusal;
use crate::message::typed::TypedRefusal;
use crate::message::work::WorkRefusal;

domains! {
    /// Why a command was not carried out. Nothing has changed.
    pub enum Refusal {
        /// What was typed.
        Typed(TypedRefusal),
        /// Rooms, networks and the bot itself.
        Room(RoomRefusal),
        /// People.
        People(PeopleRefusal),
        /// Work.
        Work(WorkRefusal),
        /// Money.
        Money(MoneyRefusal),
        /// Rules and projects.
        Rule(RuleRefusal),
        /// Pools.
        Pool(PoolRefusal),
        /// Machines.
        Equipment(EquipmentRefusal),
        /// Summaries, news and schedules.
        Summary(SummaryRefusal),
    }
}

impl Refusal {
    /// Whether only its reader is told.
    pub fn is_private(&self) -> bool {
        self.roles().is_private
    }
}
