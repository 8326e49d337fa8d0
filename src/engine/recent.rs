//! Commands of the last minutes, so that a repeat is confirmed first.

use std::collections::{HashMap, VecDeque};

use chrono::TimeDelta;

use crate::core::ids::Hash;
use crate::core::time::Timestamp;
use crate::message::line::Line;

/// For how long a repeat of the same command by the same person has to be confirmed.
const REPEAT: TimeDelta = TimeDelta::minutes(2);

/// Commands that were executed in the last minutes, each with the first line of its answer.
#[derive(Default)]
pub struct Recent {
    answers: HashMap<Hash, (Timestamp, Option<Line>)>,
    order: VecDeque<(Timestamp, Hash)>,
}

impl Recent {
    /// Notes a command that was executed. `repeat_key` is the hash of its author and its content.
    pub fn note(&mut self, repeat_key: Hash, at: Timestamp, answer: Option<Line>) {
        while let Some((_, old)) = self.order.pop_front_if(|(noted, _)| at - *noted > REPEAT) {
            if self.answers.get(&old).is_some_and(|(noted, _)| at - *noted > REPEAT) {
                self.answers.remove(&old);
            }
        }
        self.answers.insert(repeat_key, (at, answer));
        self.order.push_back((at, repeat_key));
    }

    /// Forgets a command, because it had no effect or its repeat was confirmed.
    pub fn forget(&mut self, repeat_key: Hash) {
        self.answers.remove(&repeat_key);
    }

    /// The first line that answered the same command within the last minutes.
    pub fn answer_to(&self, repeat_key: Hash, at: Timestamp) -> Option<&Option<Line>> {
        self.answers.get(&repeat_key).filter(|(noted, _)| at - *noted <= REPEAT).map(|(_, answer)| answer)
    }
}
