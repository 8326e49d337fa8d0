//! Milestones: incomes that are planned ahead, in lines that say what is done for how much.
//!
//! An income of a milestone is planned onto its lines. If it is less than the sum of the lines, every line is scaled;
//! what exceeds the sum stays with the project. What is planned for a line is given to those who have done the work;
//! what nobody has done yet is held for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::distribution::fill::{Claim, fill, fill_claims};
use crate::core::ids::{LineId, MilestoneId, PersonId, ProjectId, TextRef};
use crate::core::money::{Amount, Minor};
use crate::core::split::{SplitError, split};

/// A milestone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    /// Its number.
    pub id: MilestoneId,
    /// Of which project.
    pub project: ProjectId,
    /// Its name, unique in the network.
    pub name: String,
    /// The income that is expected for it.
    pub amount: Amount,
}

/// A line of a milestone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetLine {
    /// Its number.
    pub id: LineId,
    /// Of which milestone.
    pub milestone: MilestoneId,
    /// The work.
    pub activity: TextRef,
    /// For how much.
    pub amount: Amount,
    /// The weight of each person's part; without any, minutes decide.
    pub parts: Vec<(PersonId, i64)>,
    /// What distributions have planned for it so far.
    pub planned: Minor,
    /// What they have given to whom for it, what is held in doubt included.
    pub given: BTreeMap<PersonId, Minor>,
}

impl BudgetLine {
    /// What was given for it in all.
    pub fn given(&self) -> Minor {
        self.given.values().sum()
    }

    /// What is held for whoever does it.
    pub fn held(&self) -> Minor {
        (self.planned - self.given()).max(Minor::ZERO)
    }

    /// What can still be planned for it.
    pub fn room(&self) -> Minor {
        (self.amount.minor - self.planned.max(self.given())).max(Minor::ZERO)
    }
}

/// A line before a distribution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenLine {
    /// Which line.
    pub line: LineId,
    /// What was planned for it before.
    pub planned: Minor,
    /// Of that, what is held for it still.
    pub held: Minor,
    /// The most that can be planned for it now.
    pub room: Minor,
    /// Agreed parts: each person with their weight and what they have received for the line.
    pub parts: Vec<(PersonId, i64, Minor)>,
    /// The logs of work on it, weighing their minutes.
    pub logs: Vec<Claim>,
}

/// What a distribution planned for a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinePlan {
    /// The line.
    pub line: LineId,
    /// What was added to it.
    pub more: Minor,
    /// What is planned for it in all.
    pub total: Minor,
}

/// What logs get of a budget, and what is planned for the lines now.
pub type Budgeted = (Vec<(Claim, Minor)>, Vec<LinePlan>);

/// Plans `offered` onto lines and gives what is planned to those who have done the work. What was held for lines comes
/// first.
///
/// # Errors
/// [`SplitError::TooLarge`] if the numbers are too large, [`SplitError::NoWeight`] if the agreed parts of a line weigh
/// nothing.
pub fn share_lines(offered: Minor, lines: Vec<OpenLine>) -> Result<Budgeted, SplitError> {
    let limited =
        |of: &dyn Fn(&OpenLine) -> Minor| lines.iter().map(|line| (i128::from(of(line)), Some(of(line)))).collect();
    let from_before = fill(offered, limited(&|line| line.held))?;
    let more = fill(offered - from_before.iter().sum::<Minor>(), limited(&|line| line.room))?;
    let mut given = Vec::new();
    let mut planned = Vec::new();
    for ((line, before), more) in lines.into_iter().zip(from_before).zip(more) {
        let total = line.planned + more;
        if more.is_positive() {
            planned.push(LinePlan { line: line.line, more, total });
        }
        let pot = before + more;
        if line.parts.is_empty() {
            given.extend(fill_claims(pot, line.logs, false)?);
            continue;
        }
        let weights: Vec<i128> = line.parts.iter().map(|(_, weight, _)| i128::from(*weight)).collect();
        let due = split(total, &weights)?
            .into_iter()
            .zip(&line.parts)
            .map(|(due, (.., received))| (due - *received).max(Minor::ZERO));
        let parts = fill(pot, due.map(|due| (i128::from(due), Some(due))).collect())?;
        for ((person, ..), part) in line.parts.iter().zip(parts) {
            let own = line.logs.iter().filter(|claim| claim.person == *person).cloned().collect();
            given.extend(fill_claims(part, own, false)?);
        }
    }
    given.sort_by_key(|(claim, _)| claim.log);
    Ok((given, planned))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ids::LogId;

    fn log(log: u32, person: u32, minutes: i64) -> Claim {
        Claim { log: LogId(log), person: PersonId(person), weight: minutes, room: None, held: false }
    }

    fn open(line: u32, room: i64, logs: Vec<Claim>) -> OpenLine {
        let (planned, held) = (Minor::ZERO, Minor::ZERO);
        OpenLine { line: LineId(line), planned, held, room: Minor(room), parts: Vec::new(), logs }
    }

    fn amounts(offered: i64, lines: Vec<OpenLine>) -> (Vec<i64>, Vec<i64>) {
        let (given, planned) = share_lines(Minor(offered), lines).unwrap();
        (given.iter().map(|(_, part)| part.0).collect(), planned.iter().map(|planned| planned.more.0).collect())
    }

    #[test]
    fn less_than_planned_scales_every_line_and_more_is_left() {
        let lines = || vec![open(1, 600, vec![log(1, 1, 60)]), open(2, 400, vec![log(2, 2, 60)])];
        assert_eq!(amounts(500, lines()), (vec![300, 200], vec![300, 200]));
        assert_eq!(amounts(1500, lines()), (vec![600, 400], vec![600, 400]));
    }

    #[test]
    fn what_was_not_done_is_held_for_its_line() {
        assert_eq!(
            amounts(1000, vec![open(1, 600, vec![log(1, 1, 60)]), open(2, 400, Vec::new())]),
            (vec![600], vec![600, 400])
        );
        let later =
            OpenLine { planned: Minor(400), held: Minor(400), ..open(2, 0, vec![log(2, 2, 30), log(3, 3, 90)]) };
        assert_eq!(amounts(400, vec![later]), (vec![100, 300], vec![]));
    }

    #[test]
    fn agreed_parts_are_kept_for_whom_they_were_agreed() {
        let agreed = |received, logs| OpenLine {
            parts: vec![(PersonId(1), 60, Minor(received)), (PersonId(2), 40, Minor::ZERO)],
            ..open(1, 1000, logs)
        };
        assert_eq!(amounts(1000, vec![agreed(0, vec![log(1, 1, 5)])]), (vec![600], vec![1000]));
        let later = OpenLine {
            planned: Minor(1000),
            held: Minor(400),
            room: Minor::ZERO,
            ..agreed(600, vec![log(1, 1, 5), log(2, 2, 5)])
        };
        assert_eq!(amounts(400, vec![later]), (vec![0, 400], vec![]));
    }
}
