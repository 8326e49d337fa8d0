//! How a sum came about: what it was after each change.

use crate::core::money::Minor;
use crate::core::time::Timestamp;

/// A sum over time, each change with its instant, the oldest first. It begins with nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Course {
    steps: Vec<(Timestamp, Minor)>,
}

impl Course {
    /// Notes what the sum is at an instant, which is not before the last one. Of several sums at one instant, the last
    /// counts.
    pub fn note(&mut self, at: Timestamp, sum: Minor) {
        let before = self.steps.iter().rev().find(|(then, _)| *then < at).map_or(Minor::ZERO, |(_, sum)| *sum);
        self.steps.pop_if(|(then, _)| *then == at);
        if sum != before {
            self.steps.push((at, sum));
        }
    }

    /// The changes.
    pub fn steps(&self) -> &[(Timestamp, Minor)] {
        &self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_changes_are_kept() {
        let at = |seconds| Timestamp::from_timestamp(seconds, 0).unwrap();
        let mut course = Course::default();
        for (seconds, sum) in [(1, 0), (2, 5), (2, 7), (3, 7), (4, 9), (4, 7), (5, 0)] {
            course.note(at(seconds), Minor(sum));
        }
        assert_eq!(course.steps(), [(at(2), Minor(7)), (at(5), Minor(0))]);
    }
}
