//! Completions of an option, from the books and the directory, for platforms that complete while somebody types.

use crate::core::books::state::Books;
use crate::core::ids::ProjectId;
use crate::core::task::TaskState;
use crate::directory::Directory;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::spec::Opt;

/// The most choices that are offered at once.
const MOST: usize = 25;

/// How many of the newest things are searched.
const SCANNED: usize = 1000;

/// The most characters of a choice.
const LONGEST: usize = 100;

/// A completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What people read: at most a hundred characters.
    pub shown: String,
    /// The text that choosing it types.
    pub value: String,
}

impl OptionKind {
    /// Whether options of this kind have completions.
    pub fn completes(self) -> bool {
        matches!(
            self,
            OptionKind::Person
                | OptionKind::Project
                | OptionKind::Task
                | OptionKind::Log
                | OptionKind::Money
                | OptionKind::Distribution
                | OptionKind::Batch
                | OptionKind::Milestone
                | OptionKind::Line
                | OptionKind::Pool
                | OptionKind::Equipment
                | OptionKind::Bill
                | OptionKind::Lot
                | OptionKind::WorkRole
                | OptionKind::Fund
        ) || self.is_day()
    }
}

/// The completions of an option for what was typed so far: first those that begin with it, then those that contain it.
/// Of things that belong to a project, those of the room's project come first.
pub fn choices(
    books: &Books,
    directory: &Directory,
    project: Option<ProjectId>,
    option: &Opt,
    typed: &str,
) -> Vec<Choice> {
    let wanted = typed.trim().to_lowercase();
    let fit = |choice: &Choice| {
        let (shown, value) = (choice.shown.to_lowercase(), choice.value.to_lowercase());
        match () {
            () if shown.starts_with(&wanted) || value.starts_with(&wanted) => Some(0),
            () if shown.contains(&wanted) => Some(1),
            () => None,
        }
    };
    let mut found: Vec<(u8, Choice)> = all(books, directory, project, option.kind)
        .into_iter()
        .filter_map(|choice| Some((fit(&choice)?, choice)))
        .collect();
    // A stable sort keeps the order within each rank.
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().take(MOST).map(|(_, choice)| choice).collect()
}

fn all(books: &Books, directory: &Directory, project: Option<ProjectId>, kind: OptionKind) -> Vec<Choice> {
    let choice = |shown: String, value: String| Choice { shown: shown.chars().take(LONGEST).collect(), value };
    let plain = |value: &str| choice(value.to_owned(), value.to_owned());
    let words = |text| directory.text(text).unwrap_or("…");
    let elsewhere = |of: ProjectId| project.is_some_and(|project| project != of);
    match kind {
        OptionKind::Person => {
            let mut people: Vec<_> = books.people.iter().filter(|(_, person)| person.active).collect();
            // People without an account come first, because they can't be chosen in any other way.
            people.sort_by_key(|(id, person)| (directory.has_account(**id), person.handle.clone()));
            // The handle comes first: a long name can't push it out of sight.
            let shown = |id, handle: &str| match directory.display_name(id) {
                Some(name) if name != handle => format!("@{handle} ({name})"),
                _ => format!("@{handle}"),
            };
            people
                .into_iter()
                .map(|(&id, person)| choice(shown(id, &person.handle), format!("@{}", person.handle)))
                .collect()
        }
        OptionKind::Project => books.projects.values().map(|project| plain(&project.name)).collect(),
        OptionKind::Task => {
            let mut tasks: Vec<_> = books.tasks.iter().rev().take(SCANNED).collect();
            tasks.sort_by_key(|task| {
                (elsewhere(task.project), !matches!(task.state, TaskState::Open | TaskState::Taken(_)))
            });
            let shown = |id, title, project| format!("{id} {} — {}", words(title), books.project_name(project).0);
            tasks
                .into_iter()
                .map(|task| choice(shown(task.id, task.title, task.project), task.id.to_string()))
                .collect()
        }
        OptionKind::Log => {
            let mut logs: Vec<_> = books.logs.iter().rev().take(SCANNED).collect();
            logs.sort_by_key(|log| elsewhere(log.project));
            let shown = |log: &crate::core::log::Log| {
                format!("{} {} {}: {}", log.id, log.date, books.name_of(log.person).0, words(log.what))
            };
            logs.into_iter().map(|log| choice(shown(log), log.id.to_string())).collect()
        }
        OptionKind::Money => {
            let shown =
                |money: &crate::core::books::movement::Money| format!("{} {} {}", money.id, money.date, money.amount);
            books.money.iter().rev().take(SCANNED).map(|money| choice(shown(money), money.id.to_string())).collect()
        }
        OptionKind::Distribution => {
            let shown = |d: &crate::core::books::distributed::Distribution| {
                format!("{} {} {}", d.id, d.date, books.project_name(d.project).0)
            };
            books.distributions.iter().rev().take(SCANNED).map(|d| choice(shown(d), d.id.to_string())).collect()
        }
        OptionKind::Batch => {
            let shown = |batch: &crate::core::books::payment_batch::PaymentBatch| {
                format!("{} {} {}", batch.id, batch.date, batch.format)
            };
            books.batches.iter().rev().take(SCANNED).map(|batch| choice(shown(batch), batch.id.to_string())).collect()
        }
        OptionKind::Milestone => books.milestones.iter().map(|milestone| plain(&milestone.name)).collect(),
        OptionKind::Line => {
            let shown = |line: &crate::core::budget::BudgetLine| format!("{} {}", line.id, words(line.activity));
            books.lines.iter().rev().take(SCANNED).map(|line| choice(shown(line), line.id.to_string())).collect()
        }
        OptionKind::Pool => books.pools.iter().rev().map(|pool| plain(&pool.name)).collect(),
        OptionKind::Equipment => books.equipment.iter().map(|machine| plain(&machine.name)).collect(),
        OptionKind::Bill => {
            let machine = |bill: &crate::core::books::bill::Bill| {
                books.equipment(bill.equipment).map_or("", |machine| machine.name.as_str())
            };
            let shown = |bill: &crate::core::books::bill::Bill| {
                format!("{} {} {} {}", bill.id, bill.date, machine(bill), bill.total())
            };
            books.bills.iter().rev().take(SCANNED).map(|bill| choice(shown(bill), bill.id.to_string())).collect()
        }
        OptionKind::Lot => {
            let shown = |lot: &crate::core::stock::Lot| {
                format!("{} {} {} {}", lot.id, lot.left().normalize(), lot.unit, lot.material)
            };
            books.lots.iter().rev().take(SCANNED).map(|lot| choice(shown(lot), lot.id.to_string())).collect()
        }
        OptionKind::WorkRole => {
            let mut roles: Vec<&str> = books.rates.iter().map(|rate| rate.role.as_str()).collect();
            roles.sort_unstable();
            roles.dedup();
            roles.into_iter().map(plain).collect()
        }
        OptionKind::Fund => books.funds().keys().map(|fund| plain(fund)).collect(),
        kind if kind.is_day() => ["today", "yesterday"].into_iter().map(plain).collect(),
        _ => Vec::new(),
    }
}
