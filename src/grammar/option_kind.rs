//! The kinds of values that options of commands take.

use serde::Deserialize;

/// The kind of an option's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptionKind {
    /// Any words.
    Text,
    /// A name that accounts can be called by: letters, digits, hyphens.
    Name,
    /// Such a name, of a role that people work in.
    WorkRole,
    /// Such a name, of a fund.
    Fund,
    /// One word as it is: a code, a zone, a currency.
    Word,
    /// A duration: `2h30`.
    Duration,
    /// A duration that may be longer than a day: an estimate.
    Estimate,
    /// Money above zero.
    Amount,
    /// A fee: money above zero, or a percentage.
    Fee,
    /// Money above zero that is owed, or the word `all`.
    Owed,
    /// Money, in another currency too, above zero.
    ForeignAmount,
    /// Money, possibly zero or less.
    Balance,
    /// A decimal number above zero.
    Quantity,
    /// A day up to today.
    PastDate,
    /// Any day; without its year or week, the next.
    Date,
    /// The first day of something: a day, or a period for its first day.
    Since,
    /// The last day of something: a day, or a period for its last day.
    Until,
    /// Days from one to another: `march`, `2026-03`, `last week`, or one day.
    Period,
    /// A page of a list, from 1.
    Page,
    /// A number of days: `14`.
    Days,
    /// A person.
    Person,
    /// A project.
    Project,
    /// A task.
    Task,
    /// A distribution.
    Distribution,
    /// A batch of payments.
    Batch,
    /// A proposed rule.
    Proposal,
    /// A milestone, by name.
    Milestone,
    /// A line of a milestone.
    Line,
    /// A pool, by name.
    Pool,
    /// A machine, by name.
    Equipment,
    /// A bill for a machine's time.
    Bill,
    /// A lot of material.
    Lot,
    /// Money to promise, or more of it: `+50`.
    Pledge,
    /// A log.
    Log,
    /// A movement of money.
    Money,
    /// One of the listed words.
    Choice,
    /// Yes or no.
    Flag,
    /// A file that comes with the command, on platforms where one can; its value is the file's name. Never required.
    File,
}

impl OptionKind {
    /// Whether a value is a text or the name of a person or thing. It is the same in every language.
    pub fn is_called(self) -> bool {
        matches!(
            self,
            OptionKind::Text
                | OptionKind::Name
                | OptionKind::Fund
                | OptionKind::Person
                | OptionKind::Project
                | OptionKind::Milestone
                | OptionKind::Line
                | OptionKind::Pool
                | OptionKind::Equipment
        )
    }

    /// Whether a value is a day.
    pub fn is_day(self) -> bool {
        matches!(self, OptionKind::PastDate | OptionKind::Date | OptionKind::Since | OptionKind::Until)
    }

    /// A value of more than one part, as it is typed in one word; empty if values have one part.
    pub fn example(self) -> &'static str {
        match self {
            OptionKind::Duration | OptionKind::Estimate => "2h30",
            OptionKind::Amount
            | OptionKind::Fee
            | OptionKind::Owed
            | OptionKind::ForeignAmount
            | OptionKind::Balance
            | OptionKind::Pledge => "1234.50",
            OptionKind::Quantity => "12.5",
            OptionKind::PastDate | OptionKind::Date | OptionKind::Since | OptionKind::Until => "2026-01-31",
            OptionKind::Period => "2026-03",
            OptionKind::Days => "14",
            OptionKind::Text
            | OptionKind::Name
            | OptionKind::WorkRole
            | OptionKind::Fund
            | OptionKind::Word
            | OptionKind::Person
            | OptionKind::Project
            | OptionKind::Task
            | OptionKind::Distribution
            | OptionKind::Batch
            | OptionKind::Proposal
            | OptionKind::Milestone
            | OptionKind::Line
            | OptionKind::Pool
            | OptionKind::Equipment
            | OptionKind::Bill
            | OptionKind::Lot
            | OptionKind::Log
            | OptionKind::Money
            | OptionKind::Page
            | OptionKind::Choice
            | OptionKind::Flag
            | OptionKind::File => "",
        }
    }

    /// The word for it in help.
    pub fn word(self) -> &'static str {
        match self {
            OptionKind::Text => "text",
            OptionKind::Name | OptionKind::WorkRole | OptionKind::Fund => "name",
            OptionKind::Word => "word",
            OptionKind::Duration | OptionKind::Estimate => "duration, as 2h30",
            OptionKind::Amount => "amount, as 12.50",
            OptionKind::Fee => "amount, as 1.20, or percentage, as 3%",
            OptionKind::Owed => "amount, as 12.50, or all",
            OptionKind::ForeignAmount => "amount, as USD 12.50",
            OptionKind::Balance => "balance, as -12.50",
            OptionKind::Quantity => "number",
            OptionKind::PastDate | OptionKind::Date => "date, as 2026-01-31 or yesterday",
            OptionKind::Since | OptionKind::Until => "date or period, as 2026-01-31 or last week",
            OptionKind::Period => "period, as march, 2026-03 or last week",
            OptionKind::Page => "page, as 2",
            OptionKind::Days => "days, as 14",
            OptionKind::Person => "person",
            OptionKind::Project => "project",
            OptionKind::Task => "task, as #3",
            OptionKind::Log => "log, as L3",
            OptionKind::Money => "money entry, as M3",
            OptionKind::Distribution => "distribution, as D3",
            OptionKind::Batch => "batch, as B3",
            OptionKind::Proposal => "proposal, as R3",
            OptionKind::Milestone => "milestone",
            OptionKind::Pool => "pool",
            OptionKind::Equipment => "machine",
            OptionKind::Bill => "use, as U3",
            OptionKind::Lot => "lot, as S3",
            OptionKind::Pledge => "amount, as 200 or +50",
            OptionKind::Line => "line, as P3",
            OptionKind::Choice => "one of",
            OptionKind::Flag => "yes or no",
            OptionKind::File => "file, attached",
        }
    }
}
