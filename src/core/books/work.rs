//! What facts about tasks and logs change in the books.

use crate::core::books::state::Books;
use crate::core::books::table::FoldResult;
use crate::core::contribution::{ContributionKind, Waiting};
use crate::core::distribution::share::BucketResult;
use crate::core::entry::Entry;
use crate::core::fact::work::{LogCorrected, LogValidated, Logged, TaskOpened, WorkFact};
use crate::core::ids::{LogId, TaskId};
use crate::core::log::{Flag, Log, LogStanding};
use crate::core::task::{Task, TaskState};
use crate::core::time::Timestamp;

impl Books {
    pub(super) fn fold_work(&mut self, entry: &Entry, fact: &WorkFact) -> FoldResult {
        match fact {
            WorkFact::TaskOpened(f) => self.add_task(entry, f)?,
            WorkFact::TaskTaken(f) => self.set_task(f.task, entry.at, TaskState::Taken(f.person))?,
            WorkFact::TaskDropped(f) => self.set_task(f.task, entry.at, TaskState::Open)?,
            WorkFact::TaskDone(f) => self.set_task(f.task, entry.at, TaskState::Done(f.person))?,
            WorkFact::TaskAccepted(f) => {
                let person = self.task(f.task).and_then(|task| task.state.person()).ok_or("nobody did the task")?;
                self.set_task(f.task, entry.at, TaskState::Accepted(person))?;
            }
            WorkFact::Logged(f) => self.add_log(entry, f)?,
            WorkFact::ReceiptKept(f) => {
                if self.log(f.log).ok_or("no such log")?.contribution.kind() != ContributionKind::Expense {
                    return Err("only an expense has a receipt");
                }
                self.receipts.entry(f.log).or_default().push(f.file);
            }
            WorkFact::LogConfirmed(f) => {
                self.count_if_validated(f.log)?;
                self.logs.row_mut(f.log)?.counts_at = entry.at;
            }
            WorkFact::LogValidated(f) => self.validate(entry, f)?,
            WorkFact::ClaimsGiven(f) => {
                for &log in &f.logs {
                    self.logs.row_mut(log)?.gift = true;
                }
            }
            WorkFact::GiftsSet(f) => self.person_mut(f.person)?.gives = f.always,
            WorkFact::LogCorrected(f) => self.correct(entry, f)?,
            WorkFact::LogUndone(f) => {
                self.count_minutes(f.log, -1)?;
                self.take_back(f.log, &f.taken_back)?;
                self.set_standing(f.log, LogStanding::Undone)?;
                self.logs.row_mut(f.log)?.changed_at = Some(entry.at);
            }
            WorkFact::LogFlagged(f) => {
                let by = entry.by.ok_or("nobody raised the flag")?;
                if let Some(log) = self.log(f.log) {
                    self.note_text(log.person, f.reason);
                }
                self.set_standing(f.log, LogStanding::Flagged(Flag { by, reason: f.reason }))?;
            }
            WorkFact::FlagKept(f) => {
                self.count_if_validated(f.log)?;
                self.release_held(f.log);
            }
            WorkFact::FlagStruck(f) => {
                self.count_minutes(f.log, -1)?;
                self.set_standing(f.log, LogStanding::Struck)?;
                f.amended.iter().try_for_each(|amended| self.amend(f.log, amended))?;
                self.take_back(f.log, &f.taken_back)?;
                self.logs.row_mut(f.log)?.changed_at = Some(entry.at);
            }
        }
        Ok(())
    }

    fn add_task(&mut self, entry: &Entry, f: &TaskOpened) -> FoldResult {
        let task = Task {
            id: f.task,
            project: f.project,
            title: f.title,
            estimate: f.estimate,
            opened_by: entry.by.ok_or("nobody opened the task")?,
            opened_at: entry.at,
            state: TaskState::Open,
            moves: Vec::new(),
        };
        self.tasks.push(f.task, task)
    }

    pub(super) fn set_task(&mut self, id: TaskId, at: Timestamp, state: TaskState) -> FoldResult {
        let task = self.tasks.row_mut(id)?;
        task.state = state;
        task.moves.push((at, state));
        Ok(())
    }

    fn add_log(&mut self, entry: &Entry, f: &Logged) -> FoldResult {
        let validation = (f.validations > 0).then_some(Waiting::Validation);
        let waiting = f.waiting.or(validation);
        let by = entry.by.ok_or("nobody said the log")?;
        let log = Log::of(f, by, entry.at, waiting.map_or(LogStanding::Counts, LogStanding::Waits));
        self.logs.push(f.log, log)?;
        if waiting.is_some() {
            self.waiting.insert(f.log);
        }
        self.count_minutes(f.log, 1)
    }

    fn validate(&mut self, entry: &Entry, f: &LogValidated) -> FoldResult {
        let by = entry.by.ok_or("nobody agreed to the log")?;
        let log = self.logs.row_mut(f.log)?;
        log.validated_by.push(by);
        if f.enough != (log.validated_by.len() >= log.validations) {
            return Err("its log needs another number of people");
        }
        if f.enough {
            log.counts_at = entry.at;
            self.set_standing(f.log, LogStanding::Counts)?;
        }
        Ok(())
    }

    fn correct(&mut self, entry: &Entry, f: &LogCorrected) -> FoldResult {
        self.count_minutes(f.log, -1)?;
        let log = self.logs.row_mut(f.log)?;
        let (person, by, before) = (log.person, log.by, log.what);
        let claims_other = log.contribution != f.contribution || log.date != f.date;
        log.validations = log.validations.max(usize::try_from(f.validations).unwrap_or(usize::MAX));
        // The agreement of others does not cover the new content.
        if claims_other && log.validations > 0 {
            log.validated_by.clear();
            if log.standing == LogStanding::Counts {
                log.standing = LogStanding::Waits(Waiting::Validation);
                self.waiting.insert(f.log);
            }
        }
        log.date = f.date;
        log.what = f.what;
        log.was = Some(std::mem::replace(&mut log.contribution, f.contribution.clone()));
        log.changed_at = Some(entry.at);
        for (whose, text) in [(person, before), (by, before), (person, f.what)] {
            self.note_text(whose, text);
        }
        self.take_back(f.log, &f.taken_back)?;
        self.count_minutes(f.log, 1)
    }

    /// Releases the held shares of a log: they are paid.
    fn release_held(&mut self, log: LogId) {
        for share in self.distributions.iter_mut().flat_map(|distribution| &mut distribution.shares) {
            let BucketResult::Claims(parts) = &mut share.given else { continue };
            parts.iter_mut().filter(|(claim, _)| claim.log == log).for_each(|(claim, _)| claim.held = false);
        }
    }

    pub(super) fn set_standing(&mut self, log: LogId, standing: LogStanding) -> FoldResult {
        self.waiting.remove(&log);
        self.logs.row_mut(log)?.standing = standing;
        Ok(())
    }

    /// Makes a log count if enough people have agreed to it; else it waits for them.
    fn count_if_validated(&mut self, id: LogId) -> FoldResult {
        let log = self.log(id).ok_or("no such log")?;
        if log.validated_by.len() >= log.validations {
            return self.set_standing(id, LogStanding::Counts);
        }
        self.set_standing(id, LogStanding::Waits(Waiting::Validation))?;
        self.waiting.insert(id);
        Ok(())
    }

    /// Adds (1) a log's minutes to its person's day or takes them off (-1).
    fn count_minutes(&mut self, log: LogId, sign: i64) -> FoldResult {
        let log = self.log(log).ok_or("no such log")?;
        if let Some(minutes) = log.contribution.minutes() {
            *self.minutes_by_day.entry((log.person, log.date)).or_default() += sign * minutes.0;
        }
        Ok(())
    }
}
