//! What is wrong with what was typed.

use chrono::NaiveDate;

use crate::core::money::Amount;
use crate::core::name::Name;
use crate::message::declare::messages;
use crate::message::field::Term;

messages! {
    /// Why what was typed has no meaning.
    pub enum TypedRefusal {
        /// Work needs its time in front.
        TimeFirst = "time-first",
        /// The name of a group, without a command of it.
        WhichOf = "which-of" { commands: Vec<Name> },
        /// A control character in the text.
        ControlCharacter = "control-character",
        /// An option without its value.
        NoValue = "no-value" { option: Name },
        /// A required option is missing.
        MissingOption = "missing-option" { option: Name, usage: Name },
        /// An option was given twice.
        OptionTwice = "option-twice" { option: Name },
        /// Almost an option's name.
        MisspeltOption = "misspelt-option" { typed: String, nearest: Name },
        /// More words than the command takes.
        ExtraWords = "extra-words" { words: String, usage: Name },
        /// A text that is too long.
        TooLong = "too-long" { option: Name, most: usize },
        /// Not a duration.
        NotADuration = "not-a-duration" { typed: String },
        /// A duration of nothing.
        NoTime = "no-time",
        /// More than a day.
        OverADay = "over-a-day" { typed: String },
        /// Not an amount.
        NotAnAmount = "not-an-amount" { typed: String },
        /// Zero or less.
        NotAboveZero = "not-above-zero",
        /// More decimals than the currency has.
        TooFine = "too-fine" { typed: String, finest: Amount },
        /// More than may be typed.
        TooMuch = "too-much" { most: Amount },
        /// `1,234` has two readings.
        TwoReadings = "two-readings" { typed: String, grouped: String, decimal: String },
        /// `1 234,56` looks like one number.
        SpacedNumber = "spaced-number" { typed: String, joined: String },
        /// Another currency than the network's.
        WrongCurrency = "wrong-currency" { typed: String, currency: Name },
        /// No such currency.
        UnknownCurrency = "unknown-currency" { typed: String },
        /// Not a number of things.
        NotAQuantity = "not-a-quantity" { typed: String },
        /// Not a number of days.
        NotANumberOfDays = "not-a-number-of-days" { typed: String, most: usize },
        /// Not a date.
        NotADate = "not-a-date" { typed: String },
        /// A period that ends before it begins.
        EndsBeforeItBegins = "ends-before-it-begins" { since: NaiveDate, until: NaiveDate },
        /// A day that has not come.
        InTheFuture = "in-the-future" { date: NaiveDate, today: NaiveDate },
        /// Not one of the words that the option takes.
        NotAChoice = "not-a-choice" { option: Name, typed: String, choices: Vec<Term> },
        /// Neither yes nor no.
        YesOrNo = "yes-or-no" { option: Name, typed: String },
        /// Not a name that accounts can be called by.
        NotAName = "not-a-name" { typed: String },
        /// A new name that looks like an existing one.
        LooksLike = "looks-like" { name: Name, like: Name },
        /// Nobody of that name.
        UnknownPerson = "unknown-person" { typed: String, nearest: Option<Name> },
        /// An account that was picked or mentioned, whose owner has not joined.
        HasNotJoined = "has-not-joined" { account: String },
        /// Several people of that name.
        SeveralPeople = "several-people" { typed: String, handles: Vec<Name> },
        /// No such project.
        UnknownProject = "unknown-project" { typed: String, nearest: Option<Name> },
        /// Several projects, and none was named.
        WhichProject = "which-project" { projects: Vec<Name> },
        /// No project at all.
        NoProjects = "no-projects",
        /// The task or log belongs to another project.
        OtherProject = "other-project" { project: Name },
        /// No such task.
        UnknownTask = "unknown-task" { typed: String },
        /// No such log.
        UnknownLog = "unknown-log" { typed: String },
        /// No such movement of money.
        UnknownMoney = "unknown-money" { typed: String },
        /// No such fund.
        UnknownFund = "unknown-fund" { typed: String, nearest: Option<Name> },
        /// No such pool.
        UnknownPool = "unknown-pool" { typed: String, nearest: Option<Name> },
        /// Several pools, and none was named.
        WhichPool = "which-pool" { pools: Vec<Name> },
        /// No pool.
        NoPool = "no-pool",
        /// No such machine.
        UnknownEquipment = "unknown-equipment" { typed: String, nearest: Option<Name> },
        /// Several machines, and none was named.
        WhichEquipment = "which-equipment" { equipment: Vec<Name> },
        /// No machine.
        NoEquipment = "no-equipment",
        /// No such lot.
        UnknownLot = "unknown-lot" { typed: String },
        /// No such bill.
        UnknownBill = "unknown-bill" { typed: String },
        /// No such milestone.
        UnknownMilestone = "unknown-milestone" { typed: String, known: Vec<Name> },
        /// No such line.
        UnknownLine = "unknown-line" { typed: String },
        /// Nothing is proposed.
        NoProposal = "no-proposal" { project: Name },
        /// No such distribution.
        UnknownDistribution = "unknown-distribution" { typed: String },
        /// No such batch.
        UnknownBatch = "unknown-batch" { typed: String },
    }
}
