//! What is said about pools.

use chrono::NaiveDate;

use crate::core::ids::MoneyId;
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::message::declare::{messages, one_of};

one_of! {
    /// What a pool needs to come together.
    pub enum PoolNeeds {
        /// All of its goal.
        All = "all",
        /// Nothing: it keeps what comes.
        Keep = "keep",
        /// This much.
        Minimum(minimum: Amount) = "minimum",
    }
}

one_of! {
    /// How far a pool has come.
    pub enum PoolStage {
        /// Pledging goes on for so many days.
        Days(days: usize) = "days",
        /// Pledging ends today.
        LastDay = "last_day",
        /// Pledging is over; payments count until this day.
        Closing(closing: NaiveDate) = "closing",
        /// It has come together.
        Funded = "funded",
        /// It has not come together.
        Failed = "failed",
        /// What it was for is bought.
        Bought = "bought",
        /// Its project has the money.
        Given = "given",
        /// It was given up.
        Cancelled = "cancelled",
    }
}

one_of! {
    /// What else there is to know of a backer.
    pub enum BackerMark {
        /// They let the rest of a pledge lapse.
        Lapsed = "lapsed",
        /// What they paid waits for their yes to the terms.
        Waits = "waits",
    }
}

one_of! {
    /// Whether something is asked for or done.
    pub enum Step {
        /// It waits for a yes.
        Asked = "asked",
        /// It is done.
        Done = "done",
    }
}

one_of! {
    /// How the pool stands that has the name.
    pub enum NamesakePool {
        /// It goes on.
        Open = "open",
        /// It is over.
        Over = "over",
    }
}

one_of! {
    /// Where a pool is that is not where the command needs it.
    pub enum PoolAt {
        /// Pledging ended on this day; payments still count.
        Closing(closing: NaiveDate) = "closing",
        /// Pledging goes on.
        Open = "open",
        /// It has come together.
        Funded = "funded",
        /// It has not come together.
        Failed = "failed",
        /// It has done what it was for.
        Bought = "bought",
        /// It was given up.
        Cancelled = "cancelled",
    }
}

messages! {
    /// What the bot says of pools.
    pub enum PoolLine {
        /// A pool began.
        PoolOpened = "pool-opened" { pool: Name },
        /// The conditions of a pool.
        PoolConditions = "pool-conditions" {
            pool: Name, goal: Amount, equipment: Option<Name>, project: Option<Name>, deadline: NaiveDate,
            needs: Option<PoolNeeds>, optimum: Option<Amount>, cap: Option<Amount>, least: Option<Amount>,
            term: Option<usize>, fees: Option<Name>,
            gift: bool,
        },
        /// The machine's terms can be set until somebody pledges.
        HowToSetTerms = "how-to-set-terms" { equipment: Name, pool: Option<Name> },
        /// How to pledge.
        HowToPledge = "how-to-pledge" { pool: Option<Name> },
        /// The project's rule gives cash nothing.
        CashClaimsNothing = "cash-claims-nothing" { project: Name },
        /// The hash of everything that a backer agrees to.
        AllTerms = "all-terms" { hash: Name, back: bool },
        /// How a pool stands.
        PoolStatus = "pool-status" {
            pool: Name, bar: Name, percent: usize, paid: Amount, goal: Amount, promised: Option<Amount>,
            waiting: Option<Amount>, backers: usize, stage: Option<PoolStage>,
        },
        /// A backer.
        BackerRow = "backer-row" {
            person: Option<Name>, fund: Option<Name>, paid: Option<Amount>, back: Option<Amount>,
            promised: Option<Amount>, by: Option<NaiveDate>, marks: Vec<BackerMark>,
        } [of person],
        /// No pool yet.
        NoPoolsYet = "no-pools-yet",
        /// A pledge, for confirmation.
        PledgeHead = "pledge-head" {
            pool: Name, promised: Amount, cut: Option<Amount>, over: Option<Amount>, returns: Option<Amount>,
        },
        /// Whether a pledge far above the one before, or above the goal, is right.
        PledgeIsFar = "pledge-is-far" { pool: Name, promised: Amount, before: Option<Amount>, goal: Amount },
        /// Somebody pledged.
        Pledged = "pledged" {
            person: Name, pool: Name, promised: Amount, paid: Option<Amount>, custodians: Vec<Name>,
            by: Option<NaiveDate>,
        } [of person],
        /// A withdrawal, for confirmation.
        WithdrawHead = "withdraw-head" { pool: Name, back: Amount },
        /// Somebody withdrew.
        Withdrawn = "withdrawn" { person: Name, pool: Name, back: Option<Amount> } [of person],
        /// A pool was cancelled, or is about to be.
        PoolCancelled = "pool-cancelled" { pool: Name, back: Option<Amount>, reason: String, step: Step },
        /// A pledge lapses soon.
        PledgeReminder = "pledge-reminder" { person: Name, pool: Name, amount: Amount, by: NaiveDate } [of person],
        /// A pledge lapsed.
        PledgeLapsed = "pledge-lapsed" { person: Name, pool: Name, amount: Amount } [of person],
        /// The last day is over.
        PledgingEnded = "pledging-ended" { pool: Name },
        /// A pool has what it needs.
        PoolFunded = "pool-funded" { pool: Name, back: Option<Amount> },
        /// A pool has less than it needs.
        PoolFailed = "pool-failed" { pool: Name, back: Option<Amount> },
        /// How to buy what it is for.
        HowToBuy = "how-to-buy" { equipment: Name, amount: Amount },
        /// A pool's money went to its project.
        PoolGiven = "pool-given" { pool: Name, project: Name, amount: Amount, count: usize },
        /// Somebody paid into a pool.
        PoolPaid = "pool-paid" {
            money: MoneyId, person: Name, amount: Amount, pool: Name, date: Option<NaiveDate>, fee: Option<Amount>,
            original: Option<Amount>,
            late: Option<Amount>, over: Option<Amount>, beyond: Option<Amount>, waits: bool,
        } [of person],
        /// Somebody without an account agrees through the custodian.
        AgreesThroughCustodian = "agrees-through-custodian" { person: Name, pool: Name, amount: Amount } [of person],
        /// Money that the network already holds went into a pool.
        ToppedUp = "topped-up" { pool: Name, amount: Amount, person: Option<Name>, fund: Option<Name> } [of person],
        /// The same, for confirmation.
        TopUpHead = "top-up-head" { pool: Name, amount: Amount, person: Option<Name> } [of person],
        /// A pool bought what it was for.
        Bought = "bought" {
            money: MoneyId, equipment: Name, cost: Amount, pool: Name, supplier: Option<String>,
            date: Option<NaiveDate>, reference: Option<String>,
        },
        /// Whether a payment above a pledge is right.
        AbovePledge = "above-pledge" {
            person: Name, pool: Name, pledged: Amount, paid: Option<Amount>, amount: Amount, counted: Amount,
            back: Amount, raises: bool, puts: bool,
        } [of person],
        /// A stake in what was bought.
        StakeGiven = "stake-given" {
            person: Option<Name>, fund: Option<Name>, stake: Amount, due: Amount, back: Option<Amount>,
            given: Option<Amount>,
        } [of person],
    }
}

messages! {
    /// Why nothing was done with a pool.
    pub enum PoolRefusal {
        /// A pool of this name exists.
        PoolExists = "pool-exists" { pool: Name, state: NamesakePool },
        /// A deadline that has passed.
        DeadlineIsPast = "deadline-is-past" { deadline: NaiveDate },
        /// Only one kind of pool has an optimum.
        OptimumNotAsked = "optimum-not-asked",
        /// A minimum above the goal, or a cap or an optimum below it.
        GoalsDisagree = "goals-disagree" { goal: Amount },
        /// The pool is in another state than the command needs.
        PoolIs = "pool-is" {
            pool: Name, at: PoolAt, late: bool,
        },
        /// The pledge is less than the smallest.
        BelowLeast = "below-least" { pool: Name, least: Amount },
        /// The pledge is less than what was paid already.
        BelowPaid = "below-paid" { pool: Name, paid: Amount },
        /// No room in the pool.
        PoolIsFull = "pool-is-full" { pool: Name, cap: Amount },
        /// The pledge is the same as before.
        PledgedAlready = "pledged-already" { pool: Name, promised: Amount },
        /// There is nothing to withdraw.
        NoPledge = "no-pledge" { pool: Name, person: Name },
        /// The person can agree for themselves.
        SaysItThemselves = "says-it-themselves" { person: Name },
        /// The person is owed less than is to be put in.
        OwedLess = "owed-less" { person: Name, owed: Amount, amount: Amount },
        /// It is more than the pool takes.
        TopUpIsTooMuch = "top-up-is-too-much" { pool: Name, room: Amount },
        /// The person has not agreed to the terms.
        NotABacker = "not-a-backer" { pool: Name, person: Name },
        /// The pool is for a project.
        PoolBuysNothing = "pool-buys-nothing" { pool: Name },
        /// The pool is for another machine.
        PoolIsForOther = "pool-is-for-other" { pool: Name, equipment: Name },
        /// The price is above the money.
        CostAbovePool = "cost-above-pool" { pool: Name, has: Amount, missing: Amount },
    }
}
