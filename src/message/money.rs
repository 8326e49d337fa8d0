//! What is said about money: income, payments, distributions.

use chrono::NaiveDate;

use crate::core::ids::{BatchId, BillId, DistributionId, LineId, LogId, MoneyId};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::{DayRange, Minutes};
use crate::message::declare::{messages, one_of};
use crate::message::field::{Number, Term, Typed};

one_of! {
    /// Why money stays undistributed.
    pub enum Undistributed {
        /// Nobody has an open claim that the rule pays.
        Nobody = "nobody",
        /// It is planned for lines of milestones.
        Planned = "planned",
        /// Every claim is paid as far as the rule pays it.
        Full = "full",
        /// The rule gives this part to nobody.
        Unassigned = "unassigned",
    }
}

one_of! {
    /// What is shared, without what is counted in from before.
    pub enum ToShare {
        /// New income.
        Income(income: Amount) = "income",
        /// There is no new income: what was left before.
        Left = "left",
    }
}

one_of! {
    /// What a bucket pays.
    pub enum BucketPays {
        /// Claims of these kinds.
        Claims(kinds: Vec<Term>) = "kinds",
        /// Lines of milestones.
        Lines = "lines",
    }
}

one_of! {
    /// What claims weigh in a bucket.
    pub enum Weight {
        /// Their minutes.
        Minutes = "minutes",
        /// What is still open of them.
        Open = "open",
        /// Their value.
        Value = "value",
        /// The same for each person.
        Alike = "alike",
    }
}

one_of! {
    /// What happened to a log after it was shared for.
    pub enum LogChange {
        /// It was struck.
        Struck = "struck",
        /// It was corrected to less, or undone.
        Lowered = "lowered",
    }
}

one_of! {
    /// Why somebody who is owed money is not in a payment file.
    pub enum NotInBatch {
        /// Nothing is known of where to pay them.
        NoPayTo = "no_pay_to",
        /// They are paid another way.
        OtherWay = "other_way",
        /// They are in this file already.
        Open(batch: BatchId) = "open",
        /// It is less than the minimum.
        Below = "below",
        /// No single payment carries the amount.
        WrongAmount = "amount_wrong",
        /// Their bank is where SEPA does not reach.
        OutsideScheme = "outside",
        /// The payer's address must be known.
        PayerAddress = "payer_address",
        /// Banks can't read their name.
        NoName = "no_name",
    }
}

one_of! {
    /// Who is why not paid by a file that would pay nobody.
    pub enum Unpaid {
        /// Some are owed less than the minimum.
        Below(below: Amount) = "below",
        /// Nothing is known of where to pay them.
        NoPayTo(people: Vec<Name>) = "no_pay_to",
        /// They are paid another way.
        OtherWay(people: Vec<Name>) = "other_way",
        /// No single payment carries what they are owed.
        WrongAmount(people: Vec<Name>) = "amount_wrong",
        /// They are in a batch already.
        Open(people: Vec<Name>) = "open",
        /// Their bank is where SEPA does not reach.
        OutsideScheme(people: Vec<Name>) = "outside",
        /// The payer's address must be known.
        PayerAddress(people: Vec<Name>) = "payer_address",
        /// Banks can't read their name.
        NoName(people: Vec<Name>) = "no_name",
    }
}

one_of! {
    /// Why money can't be sent there.
    pub enum PayToFault {
        /// It is no address.
        Address = "address",
        /// This country has no IBAN.
        Country(country: Name) = "country",
        /// An IBAN of this country has another length.
        Length(country: Name) = "long",
        /// The check digits don't match.
        Check = "check",
        /// A detail of the holder is none.
        Detail(detail: Term) = "detail",
    }
}

messages! {
    /// What the bot says of money.
    pub enum MoneyLine {
        /// Messages here are not encrypted.
        ServerTrusted = "server-trusted",
        /// Income was recorded.
        IncomeRecorded = "income-recorded" {
            money: MoneyId, amount: Amount, from: String, project: Name, date: Option<NaiveDate>,
            tax: Option<Amount>, fee: Option<Amount>,
            original: Option<Amount>, waiting: Amount, reference: Option<String>, gross: Option<Amount>,
        },
        /// A client got money back.
        IncomeRefunded = "income-refunded" {
            money: MoneyId, amount: Amount, income: MoneyId, project: Name, tax: Option<Amount>,
            date: Option<NaiveDate>, reference: Option<String>,
        },
        /// The project's account is below zero.
        ToRecover = "to-recover" { project: Name, amount: Amount },
        /// Somebody was paid.
        Paid = "paid" {
            money: MoneyId, person: Name, amount: Amount, fee: Option<Amount>, reference: Option<String>,
            owed: Option<Amount>, advance: Option<Amount>, date: Option<NaiveDate>,
        } [calls person, of person],
        /// The custodian's account is below zero.
        Overdrawn = "overdrawn" { amount: Amount },
        /// A cost was reimbursed.
        Reimbursed = "reimbursed" {
            money: MoneyId, log: LogId, person: Name, amount: Amount, project: Option<Name>, fund: Option<Name>,
            date: Option<NaiveDate>, reference: Option<String>,
        } [of person],
        /// A fund was spent.
        FundSpent = "fund-spent" {
            money: MoneyId, fund: Name, amount: Amount, what: String, left: Amount, date: Option<NaiveDate>,
            reference: Option<String>,
        },
        /// There is no fund.
        NoFunds = "no-funds",
        /// A fund.
        FundRow = "fund-row" { fund: Name, amount: Amount },
        /// A movement like this is in the books already.
        LooksRecorded = "looks-recorded" { money: MoneyId, date: NaiveDate, amount: Amount },
        /// Another movement has the reference.
        ReferenceOfOther = "reference-of-other" { money: MoneyId, date: NaiveDate, amount: Amount, reference: String },
        /// Far more than is usual in a project.
        FarAboveUsual = "far-above-usual" { amount: Amount, project: Name, count: usize, median: Amount },
        /// More than the network wants to be asked about.
        AboveBound = "above-bound" { amount: Amount, bound: Amount },
        /// More than is owed, as an advance.
        AdvanceHead = "advance-head" {
            person: Name, owed: Amount, open: Option<Amount>, amount: Amount, advance: Amount,
        } [of person],
        /// Whether custodians without another custodian record their own money.
        OwnMoneyHead = "own-money-head" { person: Name, amount: Amount } [of person],
        /// Whether to undo a movement, of which more goes back than its amount.
        UndoHead = "undo-head" { money: MoneyId, amount: Amount, reason: String, more: bool },
        /// The first of two people undid a movement.
        UndoApproved = "undo-approved" { person: Name, money: MoneyId } [of person],
        /// The first of two people took a distribution back.
        ReverseApproved = "reverse-approved" { person: Name, distribution: DistributionId } [of person],
        /// Whether the payment of a batch came back, which was recorded as made.
        PaymentReturned = "payment-returned" {
            person: Name, amount: Amount, batch: BatchId, undone: MoneyId,
        } [of person],
        /// A purchase is undone with its stakes.
        StakesGone = "stakes-gone" { equipment: Name, pool: Name, amount: Amount, holders: Vec<Name> },
        /// The payment of a bill is undone with what it gave.
        BillWaitsAgain = "bill-waits-again" { bill: BillId, equipment: Name },
        /// The proceeds of a machine are undone with what they gave.
        ProceedsGone = "proceeds-gone" { equipment: Name },
        /// Somebody no longer owes back what was taken back of a reimbursed cost.
        OwesNoMore = "owes-no-more" { person: Name, amount: Amount, log: LogId } [of person],
        /// A movement was undone.
        MoneyUndone = "money-undone" { money: MoneyId, undone: MoneyId, amount: Amount, reason: String },
        /// A distribution was taken back, by itself or along with an income.
        DistributionReversed = "distribution-reversed" { distribution: DistributionId, along: bool },
        /// A distribution is about to be taken back.
        ReverseHead = "reverse-head" { distribution: DistributionId, reason: String },
        /// Other incomes that it shared wait again.
        WaitAgain = "wait-again" { incomes: Vec<Name>, project: Name },
        /// A fund has spent more than it has now.
        FundBelow = "fund-below" { fund: Name, amount: Amount },
        /// Somebody has received more than they are owed.
        Advance = "advance" { person: Name, amount: Amount } [of person],
        /// No money has moved yet.
        NoMoneyYet = "no-money-yet",
        /// None has moved as asked for.
        NoMoneyLikeThat = "no-money-like-that",
        /// Income in one line.
        MoneyIncome = "money-income" {
            id: MoneyId, date: NaiveDate, amount: Amount, from: String, project: Name, tax: Option<Amount>,
            fee: Option<Amount>, original: Option<Amount>,
            shared: Option<DistributionId>, undone: Option<MoneyId>, reference: Option<String>,
        },
        /// A refund in one line.
        MoneyRefund = "money-refund" {
            id: MoneyId, date: NaiveDate, amount: Amount, income: MoneyId, undone: Option<MoneyId>,
            reference: Option<String>,
        },
        /// Cash in one line.
        MoneyCash = "money-cash" {
            id: MoneyId, date: NaiveDate, amount: Amount, log: LogId, person: Name, undone: Option<MoneyId>,
        } [of person],
        /// A payout in one line.
        MoneyPayout = "money-payout" {
            id: MoneyId, date: NaiveDate, amount: Amount, person: Name, fee: Option<Amount>,
            reference: Option<String>, undone: Option<MoneyId>,
        } [of person],
        /// A reimbursement in one line.
        MoneyReimbursed = "money-reimbursed" {
            id: MoneyId, date: NaiveDate, amount: Amount, log: LogId, person: Name, project: Option<Name>,
            fund: Option<Name>, undone: Option<MoneyId>, reference: Option<String>,
        } [of person],
        /// A fund's spending in one line.
        MoneySpent = "money-spent" {
            id: MoneyId, date: NaiveDate, amount: Amount, fund: Name, what: String, undone: Option<MoneyId>,
            reference: Option<String>,
        },
        /// An undoing in one line.
        MoneyUndoing = "money-undoing" { id: MoneyId, date: NaiveDate, of: MoneyId, reason: String },
        /// What the custodian holds.
        BooksHead = "books-head" { network: String, held: Amount, whose: bool },
        /// What a person is owed.
        BooksPerson = "books-person" { person: Name, owed: Amount, advance: bool } [of person],
        /// What is on a project's account.
        BooksProject = "books-project" { project: Name, amount: Amount, held: Option<Amount>, recover: Option<Amount> },
        /// What is in a fund.
        BooksFund = "books-fund" { fund: Name, amount: Amount },
        /// What is set apart for taxes.
        BooksTaxes = "books-taxes" { amount: Amount },
        /// Books and bank agree.
        BooksAgree = "books-agree" { held: Amount },
        /// There is more at the bank.
        BooksTooLow = "books-too-low" { held: Amount, real: Amount, difference: Amount },
        /// There is less at the bank.
        BooksTooHigh = "books-too-high" { held: Amount, real: Amount, difference: Amount },
        /// Bills that a project has not paid.
        BillsOfProject = "bills-of-project" { project: Name, amount: Amount, bills: Vec<Name> },
        /// No use of a machine was logged so far.
        NoUseLogged = "no-use-logged" { equipment: Vec<Name>, project: Name, one: Name },
        /// A payment into a pool in one line.
        MoneyPool = "money-pool" {
            id: MoneyId, date: NaiveDate, amount: Amount, person: Name, pool: Name, fee: Option<Amount>,
            original: Option<Amount>,
            reference: Option<String>, undone: Option<MoneyId>,
        } [of person],
        /// A purchase in one line.
        MoneyPurchase = "money-purchase" {
            id: MoneyId, date: NaiveDate, amount: Amount, equipment: Name, pool: Name, supplier: Option<String>,
            undone: Option<MoneyId>, reference: Option<String>,
        },
        /// A bill's payment in one line.
        MoneyBill = "money-bill" {
            id: MoneyId, date: NaiveDate, amount: Amount, bill: BillId, payer: String, equipment: Name,
            undone: Option<MoneyId>, reference: Option<String>,
        },
        /// Proceeds of a machine in one line.
        MoneyProceeds = "money-proceeds" {
            id: MoneyId, date: NaiveDate, amount: Amount, equipment: Name, reference: Option<String>,
            undone: Option<MoneyId>,
        },
        /// What is in a pool.
        BooksPool = "books-pool" { pool: Name, amount: Amount },
        /// What was billed and not paid.
        BooksBilled = "books-billed" { equipment: Name, amount: Amount },
        /// A machine, at cost.
        BooksEquipment = "books-equipment" {
            equipment: Name, amount: Amount, stakes: Option<Amount>, commons: Option<Amount>,
        },
        /// What a machine has to recover.
        BooksMachine = "books-machine" { equipment: Name, amount: Amount },
        /// What would be shared.
        PreviewHead = "preview-head" { to_share: ToShare, project: Name, version: Option<usize> },
        /// What would be shared, for confirmation.
        ConfirmHead = "confirm-head" { to_share: ToShare, project: Name, rule: Term, version: Option<usize> },
        /// What is on the account besides the income.
        FromBefore = "from-before" { carried: Option<Amount>, recovered: Option<Amount>, spent: Option<Amount> },
        /// A fund's share.
        ShareFund = "share-fund" { fund: Name, amount: Amount, percent: Number },
        /// A person's share.
        SharePerson = "share-person" {
            person: Name, amount: Amount, percent: Number, held: Option<Amount>, advance: Option<Amount>,
        } [of person],
        /// What stays on the project's account.
        Undistributed = "undistributed" {
            project: Name, amount: Amount, why: Undistributed,
        },
        /// Logs whose shares are held.
        HeldInDoubt = "held-in-doubt" { logs: Vec<Name> },
        /// Tasks that were done and never logged.
        LooksUnlogged = "looks-unlogged" { tasks: Vec<Name> },
        /// The first of two confirmations.
        Approved = "approved" { person: Name, project: Name } [of person],
        /// Income was shared.
        Distributed = "distributed" {
            distribution: DistributionId, to_share: ToShare, project: Name, rule: Term, version: Option<usize>,
        },
        /// What a distribution shared.
        ExplainHead = "explain-head" {
            distribution: DistributionId, date: NaiveDate, project: Name, person: Name, reversed: bool,
        } [of person],
        /// The incomes that were shared, and by which rule.
        ExplainIncome = "explain-income" { income: Amount, incomes: Vec<Name>, rule: Term },
        /// The version of that rule.
        ExplainRule = "explain-rule" { rule: Term, version: Option<usize>, hash: Name },
        /// How to see all figures.
        ExplainMore = "explain-more" { distribution: DistributionId, person: Name } [of person],
        /// A bucket for a fund.
        ExplainFund = "explain-fund" { place: usize, percent: Number, total: bool, offered: Amount, fund: Name },
        /// A bucket for a person.
        ExplainCut = "explain-cut" {
            place: usize, percent: Number, total: bool, offered: Amount, person: Name,
        } [of person],
        /// A bucket for claims.
        ExplainBucket = "explain-bucket" {
            place: usize, percent: Number, total: bool, pays: BucketPays, offered: Amount, placed: Amount,
        },
        /// A line of a milestone that somebody worked on, and what was given for it.
        ExplainLine = "explain-line" {
            line: LineId, activity: String, planned: Amount, agreed: Vec<Name>, by_minutes: bool, amount: Amount,
        },
        /// The people whose claims were paid up by it.
        ExplainPaidUp = "explain-paid-up" { count: usize, amount: Amount, left: Amount },
        /// A bucket paid up what was open to somebody.
        ExplainFull = "explain-full" {
            place: usize, kinds: Vec<Term>, person: Name, amount: Amount,
        } [of person],
        /// A bucket was shared by time.
        ExplainByTime = "explain-by-time" {
            place: usize, kinds: Vec<Term>, shared: Amount, person: Name, mine: Minutes, all: Minutes, percent: Number,
            amount: Amount,
        } [of person],
        /// A bucket was shared by value; whether the rule multiplies values by factors.
        ExplainByValue = "explain-by-value" {
            place: usize, kinds: Vec<Term>, shared: Amount, person: Name, mine: Amount, all: Amount, factors: bool,
            percent: Number, amount: Amount,
        } [of person],
        /// A bucket was shared by what was still open, which was more than it had.
        ExplainByOpen = "explain-by-open" {
            place: usize, kinds: Vec<Term>, shared: Amount, person: Name, mine: Amount, all: Amount,
            cap: Option<Number>, percent: Number, amount: Amount,
        } [of person],
        /// A bucket was shared alike.
        ExplainAlike = "explain-alike" {
            place: usize, shared: Amount, person: Name, count: usize, amount: Amount,
        } [of person],
        /// What a sum was after a day.
        CourseRow = "course-row" { date: NaiveDate, sum: Amount },
        /// What came in and went out in a month.
        MonthRow = "month-row" { month: DayRange, came: Amount, went: Amount },
        /// Somebody has no claim that the rule pays.
        ExplainNothing = "explain-nothing" { person: Name, kinds: Vec<Term> } [of person],
        /// What of their parts is held, because logs are in doubt.
        ExplainHeld = "explain-held" { held: Amount, logs: Vec<Name> },
        /// Somebody's part of a bucket.
        ExplainShare = "explain-share" {
            person: Name, shared: Amount, weight: Name, of: Name, by: Weight, amount: Amount,
        } [of person],
        /// A claim's part.
        ExplainClaim = "explain-claim" {
            log: LogId, date: NaiveDate, time: Option<Minutes>, rate: Option<Amount>, value: Option<Amount>,
            factor: Option<usize>, cap: Option<Number>, weight: Number, amount: Amount, held: bool,
        },
        /// How a part has changed since, because a log was struck or lowered.
        ExplainChange = "explain-change" { log: LogId, amount: Amount, why: LogId, change: LogChange },
        /// The claims that are not listed.
        ExplainRest = "explain-rest" { count: usize, weight: Number, amount: Amount },
        /// What all of a person's claims in a bucket weigh and got together.
        ExplainSum = "explain-sum" { weight: Number, amount: Amount },
        /// A co-owner's part of what a machine got.
        ExplainStake = "explain-stake" {
            person: Name, equipment: Name, amount: Amount, open: Amount, of: Amount,
        } [of person],
        /// What a machine took back from a co-owner later.
        ExplainStakeBack = "explain-stake-back" { person: Name, equipment: Name, amount: Amount } [of person],
        /// The total.
        ExplainTotal = "explain-total" {
            person: Name, amount: Amount, advance: Option<Amount>, owed: Amount,
        } [of person],
        /// How cents that can't be split evenly are given out.
        ExplainTies = "explain-ties",
        /// A distribution in one line.
        DistributionRow = "distribution-row" {
            distribution: DistributionId, date: NaiveDate, project: Name, amount: Amount, undone: Option<MoneyId>,
            reversed: bool,
        },
        /// What somebody is owed.
        OwedRow = "owed-row" { person: Name, owed: Amount, advance: bool } [of person],
        /// Somebody redirects a part of their coming shares.
        RedirectSet = "redirect-set" {
            percent: Number, person: Option<Name>, fund: Option<Name>, until: Option<NaiveDate>, once: bool,
        } [of person],
        /// The redirect has ended.
        RedirectEnded = "redirect-ended",
        /// A part that somebody redirected.
        Redirected = "redirected" { person: Name, amount: Amount, to: Option<Name>, fund: Option<Name> } [of person],
        /// Where somebody wants to be paid, with only its ends shown.
        PayToKept = "pay-to-kept" {
            masked: Name, name: Option<Typed>, street: Option<Typed>, postcode: Option<Typed>, town: Option<Typed>,
            country: Option<Typed>, bic: Option<Typed>, nameless: bool,
        },
        /// Where somebody wants to be paid was deleted.
        PayToForgotten = "pay-to-forgotten",
        /// Payments were written to a file.
        BatchOpened = "batch-opened" {
            batch: BatchId, format: Term, count: usize, amount: Amount, file: Name,
        } [opens file],
        /// A payment of a batch.
        BatchRow = "batch-row" {
            person: Name, amount: Amount, paid: Option<MoneyId>, failed: bool,
        } [calls person where paid, of person],
        /// Somebody is left out of a batch.
        LeftOut = "left-out" {
            person: Name, amount: Amount, why: Vec<NotInBatch>,
        } [of person],
        /// What is held for somebody is in no file.
        HeldNotPaid = "held-not-paid" { person: Name, amount: Amount } [of person],
        /// Only whole units are taken; the rest stays owed.
        WholeUnits = "whole-units" { currency: Name, rest: Amount },
        /// The bank compares a name that is only a display name.
        NamesUnsaid = "names-unsaid" { people: Vec<Name> },
        /// What to do after paying a batch.
        HowToPay = "how-to-pay" { batch: BatchId },
        /// A batch was paid.
        BatchPaid = "batch-paid" { batch: BatchId, count: usize, amount: Amount },
        /// A payment of a batch did not arrive.
        PaymentFailed = "payment-failed" {
            batch: BatchId, person: Name, amount: Amount, undone: Option<MoneyId>, owed: bool,
        } [of person],
        /// Nothing was shared and nothing is owed.
        NoPayouts = "no-payouts",
    }
}

messages! {
    /// Why nothing was done with money.
    pub enum MoneyRefusal {
        /// An income without its amount.
        IncomeOfWhat = "income-of-what",
        /// Amounts that say different things.
        GrossOrNet = "gross-or-net",
        /// A percentage of an unknown amount.
        FeeOfGross = "fee-of-gross",
        /// The fee is not below what was sent.
        FeeAboveIncome = "fee-above-income" { amount: Amount },
        /// The tax is more than the income.
        TaxAboveIncome = "tax-above-income" { amount: Amount },
        /// The movement is not an income.
        NotAnIncome = "not-an-income" { money: MoneyId },
        /// The movement is undone already.
        UndoneAlready = "undone-already" { money: MoneyId, by: MoneyId },
        /// The refund is more than came in.
        RefundAboveIncome = "refund-above-income" { money: MoneyId, left: Amount },
        /// The payment is more than is owed.
        MoreThanOwed = "more-than-owed" { person: Name, owed: Amount, amount: Amount },
        /// The person is owed nothing, and may have an advance.
        NothingOwed = "nothing-owed" { person: Name, advance: Option<Amount> },
        /// The fee is more than the payment.
        FeeAbovePayment = "fee-above-payment" { amount: Amount },
        /// The reference was used before; it is probably the same payment.
        ReferenceUsed = "reference-used" { money: MoneyId, reference: String },
        /// The log is neither an expense nor material.
        NotACost = "not-a-cost" { log: LogId },
        /// The cost is paid already.
        NothingOpen = "nothing-open" { log: LogId },
        /// The project or the fund has less than the amount.
        NotEnough = "not-enough" { project: Option<Name>, fund: Option<Name>, available: Amount, amount: Amount },
        /// An undoing can't be undone.
        UndoingStands = "undoing-stands" { money: MoneyId },
        /// Something else must be undone first.
        UndoFirst = "undo-first" { money: MoneyId },
        /// The claim of the cash has been shared.
        SharedAlready = "shared-already" { log: LogId },
        /// No income waits to be shared.
        NothingToShare = "nothing-to-share" { project: Name },
        /// The income fills what a refund left to recover.
        RecoversFirst = "recovers-first" { project: Name, amount: Amount },
        /// Nobody has a claim.
        NobodyToShareWith = "nobody-to-share-with" { project: Name, undistributed: Amount },
        /// A pool has given its money to its project.
        PoolIsGiven = "pool-is-given" { money: MoneyId, pool: Name, project: Name },
        /// The machine was retired since.
        PurchaseRetired = "purchase-retired" { money: MoneyId, equipment: Name },
        /// Another person must undo it.
        SecondPersonUndoes = "second-person-undoes" { money: MoneyId },
        /// Another custodian records a custodian's own money.
        OwnMoney = "own-money" { custodians: Vec<Name> },
        /// Another person must take the distribution back.
        SecondPersonReverses = "second-person-reverses" { distribution: DistributionId },
        /// A steward can only be the second who undoes something.
        CustodianUndoes = "custodian-undoes" { money: MoneyId, custodians: Vec<Name> },
        /// Another person must confirm.
        SecondPersonNeeded = "second-person-needed" { project: Name },
        /// No distribution yet.
        NothingSharedYet = "nothing-shared-yet" { project: Name },
        /// The numbers are too large to be computed exactly.
        TooLarge = "too-large",
        /// The pool of the payment has already bought something with it.
        PoolIsSpent = "pool-is-spent" { money: MoneyId, pool: Name },
        /// The purchase can't be undone, because something has come of it.
        PurchaseStands = "purchase-stands" { money: MoneyId, equipment: Name },
        /// The income needs a milestone.
        WhichMilestone = "which-milestone" { milestones: Vec<Name> },
        /// The distribution was taken back before.
        ReversedAlready = "reversed-already" { distribution: DistributionId },
        /// There is no redirect.
        NoRedirect = "no-redirect",
        /// The redirect has no recipient.
        RedirectToWhom = "redirect-to-whom",
        /// The recipient of the redirect is its author.
        RedirectToSelf = "redirect-to-self",
        /// The redirects would form a circle.
        RedirectCircle = "redirect-circle" { person: Name },
        /// The recipient is neither a fund nor a person.
        UnknownRecipient = "unknown-recipient" { typed: Typed, nearest: Option<Name> },
        /// The day is over.
        DayIsOver = "day-is-over" { date: NaiveDate },
        /// By the rule of that day, somebody who was erased since would be owed a part.
        RuleOfForgotten = "rule-of-forgotten" { date: NaiveDate, person: Name },
        /// Payment details were given where others can read them.
        PayToInPublic = "pay-to-in-public",
        /// Payment details are kept and shown in a private room.
        PayToInPrivate = "pay-to-in-private",
        /// The text is not a payment address.
        NotPayTo = "not-pay-to" {
            fault: PayToFault, expected: Option<usize>, found: Option<usize>,
        },
        /// No payment of a batch is on its way.
        BatchClosed = "batch-closed" { batch: BatchId },
        /// The person has two payments in the batch.
        WhichPayment = "which-payment" { person: Name, batch: BatchId, amount: Amount, other: Amount },
        /// The payment is not open in the batch.
        NotInBatch = "not-in-batch" { batch: Option<BatchId>, person: Name, amount: Option<Amount> },
        /// Nobody can be paid.
        NobodyToPay = "nobody-to-pay" { why: Vec<Unpaid> },
        /// The file is for euros.
        OnlyEuros = "only-euros" { currency: Name },
        /// PayPal does not take the currency.
        NotTaken = "not-taken" { currency: Name },
        /// The format has no decimal comma.
        NoComma = "no-comma",
        /// The file needs the account that pays.
        NoDebtor = "no-debtor",
        /// The file needs the bank of the account that pays.
        NoBank = "no-bank",
        /// The command names neither one person's payment nor a batch.
        PaidWhat = "paid-what",
        /// The payment is on its way in a batch.
        PaymentOpen = "payment-open" { person: Name, batch: BatchId },
        /// A batch pays more than is owed now.
        OwedLessNow = "owed-less-now" { person: Name, amount: Amount, owed: Amount, batch: BatchId },
    }
}
