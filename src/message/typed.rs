//! What is wrong with what was typed.

use chrono::NaiveDate;

use crate::core::money::Amount;
use crate::core::name::Name;
use crate::message::declare::messages;
use crate::message::field::{CommandName, NamedAccount, Term, Typed};

messages! {
    /// Why what was typed has no meaning.
    pub enum TypedRefusal {
        /// Work needs its time in front.
        TimeFirst = "time-first",
        /// The name of a group, without a command of it.
        WhichOf = "which-of" { commands: Vec<CommandName> },
        /// A control character in the text.
        ControlCharacter = "control-character",
        /// An option without its value.
        NoValue = "no-value" { option: Name },
        /// A required option is missing.
        MissingOption = "missing-option" { option: Name, usage: Name },
        /// An option was given twice.
        OptionTwice = "option-twice" { option: Name },
        /// An option that other commands have.
        NotAnOption = "not-an-option" { commands: Vec<CommandName>, typed: Typed, usage: Name },
        /// Words at the end of a text that an option would say.
        OptionInstead = "option-instead" { words: Typed, instead: Name },
        /// Almost an option's name.
        MisspeltOption = "misspelt-option" { typed: Typed, nearest: Name },
        /// More words than the command takes.
        ExtraWords = "extra-words" { words: Typed, usage: Name },
        /// A text that is too long.
        TooLong = "too-long" { option: Name, most: usize },
        /// Not a duration.
        NotADuration = "not-a-duration" { typed: Typed },
        /// A duration of nothing.
        NoTime = "no-time",
        /// More than a day.
        OverADay = "over-a-day" { typed: Typed },
        /// Not an amount.
        NotAnAmount = "not-an-amount" { typed: Typed },
        /// Zero or less.
        NotAboveZero = "not-above-zero",
        /// More decimals than the currency has.
        TooFine = "too-fine" { typed: Typed, finest: Amount },
        /// More than may be typed.
        TooMuch = "too-much" { most: Amount },
        /// `1,234` has two readings.
        TwoReadings = "two-readings" { typed: Typed, grouped: String, decimal: Option<String> },
        /// Words behind a value might belong to it.
        PartOfAValue = "part-of-a-value" { option: Name, understood: Typed, rest: Typed, example: Name },
        /// Another currency than the network's.
        WrongCurrency = "wrong-currency" { typed: Typed, currency: Name },
        /// No such currency.
        UnknownCurrency = "unknown-currency" { typed: Typed },
        /// Not a number of things.
        NotAQuantity = "not-a-quantity" { typed: Typed },
        /// Not a number of days.
        NotANumberOfDays = "not-a-number-of-days" { typed: Typed, most: usize },
        /// Not a date.
        NotADate = "not-a-date" { typed: Typed },
        /// `3/4` may be two days.
        TwoDays = "two-days" { typed: Typed, one: NaiveDate, other: NaiveDate },
        /// A period that ends before it begins.
        EndsBeforeItBegins = "ends-before-it-begins" { since: NaiveDate, until: NaiveDate },
        /// A day that has not come.
        InTheFuture = "in-the-future" { date: NaiveDate, today: NaiveDate },
        /// Not one of the words that the option takes.
        NotAChoice = "not-a-choice" { option: Name, typed: Typed, choices: Vec<Term> },
        /// Neither yes nor no.
        YesOrNo = "yes-or-no" { option: Name, typed: Typed },
        /// Not a name that accounts can be called by.
        NotAName = "not-a-name" { typed: Typed },
        /// A new name that looks like an existing one.
        LooksLike = "looks-like" { name: Name, like: Name },
        /// Nobody of that name.
        UnknownPerson = "unknown-person" { typed: Typed, nearest: Option<Name> },
        /// An account that was picked or mentioned, whose owner has not joined.
        HasNotJoined = "has-not-joined" { account: NamedAccount },
        /// Several people of that name.
        SeveralPeople = "several-people" { typed: Typed, handles: Vec<Name> },
        /// No such project.
        UnknownProject = "unknown-project" { typed: Typed, nearest: Option<Name> },
        /// Several projects, and none was named.
        WhichProject = "which-project" { projects: Vec<Name> },
        /// No project at all.
        NoProjects = "no-projects",
        /// The task or log belongs to another project.
        OtherProject = "other-project" { project: Name },
        /// No such task.
        UnknownTask = "unknown-task" { typed: Typed },
        /// No such log.
        UnknownLog = "unknown-log" { typed: Typed },
        /// It is a movement of money.
        MoneyNotLog = "money-not-log" { typed: Typed },
        /// No such movement of money.
        UnknownMoney = "unknown-money" { typed: Typed },
        /// No such fund.
        UnknownFund = "unknown-fund" { typed: Typed, nearest: Option<Name> },
        /// No such pool.
        UnknownPool = "unknown-pool" { typed: Typed, nearest: Option<Name> },
        /// Several pools, and none was named.
        WhichPool = "which-pool" { pools: Vec<Name> },
        /// No pool.
        NoPool = "no-pool",
        /// No such machine.
        UnknownEquipment = "unknown-equipment" { typed: Typed, nearest: Option<Name> },
        /// Several machines, and none was named.
        WhichEquipment = "which-equipment" { equipment: Vec<Name> },
        /// No machine.
        NoEquipment = "no-equipment",
        /// No such lot.
        UnknownLot = "unknown-lot" { typed: Typed },
        /// No such bill.
        UnknownBill = "unknown-bill" { typed: Typed },
        /// No such milestone.
        UnknownMilestone = "unknown-milestone" { typed: Typed, known: Vec<Name> },
        /// No such line.
        UnknownLine = "unknown-line" { typed: Typed },
        /// Nothing is proposed.
        NoProposal = "no-proposal" { project: Name },
        /// No such distribution.
        UnknownDistribution = "unknown-distribution" { typed: Typed },
        /// No such batch.
        UnknownBatch = "unknown-batch" { typed: Typed },
        /// Not the number of a page.
        NotAPage = "not-a-page" { typed: Typed },
        /// A page behind the last one.
        NoSuchPage = "no-such-page" { last: usize },
    }
}
