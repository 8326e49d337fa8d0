//! Commands of the last minutes, so that a repeat is confirmed first.

use std::collections::{HashMap, VecDeque};

use chrono::TimeDelta;

use crate::core::books::bill::BillState;
use crate::core::books::state::Books;
use crate::core::ids::{BillId, Hash, LogId, LotId, MoneyId};
use crate::core::log::Log;
use crate::core::time::Timestamp;
use crate::message::line::Line;

/// For how long a repeat of the same command by the same person has to be confirmed.
const REPEAT: TimeDelta = TimeDelta::minutes(2);

/// What a command has recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// A log.
    Log(LogId),
    /// A movement of money.
    Money(MoneyId),
    /// A use of a machine, or a subscription.
    Bill(BillId),
    /// Material in stock.
    Lot(LotId),
    /// Something else, or nothing.
    Other,
}

impl Recorded {
    /// What will be recorded next, if a command records something.
    pub fn next(books: &Books) -> [Self; 4] {
        [
            Self::Log(books.logs.next()),
            Self::Money(books.money.next()),
            Self::Bill(books.bills.next()),
            Self::Lot(books.lots.next()),
        ]
    }

    /// The first of these that is in the books now.
    pub fn of(next: [Self; 4], books: &Books) -> Self {
        let is_there = |recorded: &Self| match recorded {
            Self::Log(id) => books.log(*id).is_some(),
            Self::Money(id) => books.money(*id).is_some(),
            Self::Bill(id) => books.bill(*id).is_some(),
            Self::Lot(id) => books.lots.get(*id).is_some(),
            Self::Other => true,
        };
        next.into_iter().find(is_there).unwrap_or(Self::Other)
    }

    /// Whether it still counts. What was undone and is typed again was not said before.
    fn stands(self, books: &Books) -> bool {
        match self {
            Self::Log(id) => books.log(id).is_none_or(Log::is_live),
            Self::Money(id) => books.money(id).is_none_or(|money| money.undone_by.is_none()),
            Self::Bill(id) => books.bill(id).is_none_or(|bill| bill.state != BillState::Undone),
            Self::Lot(id) => books.lots.get(id).is_none_or(|lot| lot.removed.is_zero()),
            Self::Other => true,
        }
    }
}

/// Commands that were executed in the last minutes, each with what it recorded and the first line of its answer.
#[derive(Default)]
pub struct Recent {
    answers: HashMap<Hash, (Timestamp, Recorded, Option<Line>)>,
    order: VecDeque<(Timestamp, Hash)>,
}

impl Recent {
    /// Notes a command that was executed. `repeat_key` is the hash of its author and its content.
    pub fn note(&mut self, repeat_key: Hash, at: Timestamp, recorded: Recorded, answer: Option<Line>) {
        while let Some((_, old)) = self.order.pop_front_if(|(noted, _)| at - *noted > REPEAT) {
            if self.answers.get(&old).is_some_and(|(noted, ..)| at - *noted > REPEAT) {
                self.answers.remove(&old);
            }
        }
        self.answers.insert(repeat_key, (at, recorded, answer));
        self.order.push_back((at, repeat_key));
    }

    /// Forgets a command, because it had no effect or its repeat was confirmed.
    pub fn forget(&mut self, repeat_key: Hash) {
        self.answers.remove(&repeat_key);
    }

    /// The first line that answered the same command within the last minutes, if what it recorded still counts.
    pub fn answer_to(&self, repeat_key: Hash, at: Timestamp, books: &Books) -> Option<&Option<Line>> {
        let (noted, recorded, answer) = self.answers.get(&repeat_key)?;
        (at - *noted <= REPEAT && recorded.stands(books)).then_some(answer)
    }
}
