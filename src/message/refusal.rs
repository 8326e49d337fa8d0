//! What a person may be told when something is not done. The words are in `commands/*.toml`, by key.

use chrono::NaiveDate;

use crate::core::ids::{BatchId, BillId, DistributionId, LogId, LotId, MoneyId, ProposalId, TaskId};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::Minutes;
use crate::message::field::Term;

crate::messages! {
    /// Why a command was not carried out. Nothing has changed.
    pub enum Refusal {
        /// No such command.
        UnknownCommand = "unknown-command" { typed: String, nearest: Option<Name> },
        /// Work without its time in front.
        TimeFirst = "time-first",
        /// A group's name alone.
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
        /// Arguments that do not fit the command: an old registration of it, perhaps.
        BadArguments = "bad-arguments" { why: String },
        /// The room has no network.
        NoNetwork = "no-network",
        /// A direct room of somebody in several networks.
        WhichNetwork = "which-network" { networks: String },
        /// The room has one already.
        HasNetwork = "has-network" { network: String },
        /// Only somebody who administers the room may do this.
        HostsOnly = "hosts-only",
        /// A message that should have been encrypted by its author, and was not.
        NotSealed = "not-sealed",
        /// It moves money or roles and came in the clear, from somebody who has written encrypted messages.
        SealedElsewhere = "sealed-elsewhere",
        /// The room is not in the network, and this command does not bring it in.
        RoomNeedsCode = "room-needs-code",
        /// A message that can't be decrypted.
        Unreadable = "unreadable",
        /// A message by way of a bridge or relay, whose author can't be known.
        Relayed = "relayed",
        /// The author has not joined.
        JoinFirst = "join-first",
        /// The author lacks the role.
        RoleNeeded = "role-needed" { option: Option<Name>, roles: Vec<Term>, holders: Vec<Name> },
        /// It moves money and was said too long ago.
        SaidTooLongAgo = "said-too-long-ago" { said: NaiveDate },
        /// Something went wrong that is not the person's doing.
        Fault = "fault" { id: Name },
        /// More waits than there is room for.
        TooBusy = "too-busy",
        /// More than an account may say in a while.
        TooMany = "too-many" { seconds: usize },
        /// More than may be said in a room or a network in a while.
        RoomTooMany = "room-too-many" { seconds: usize },
        /// A homeserver's clock is ahead of ours, or tells no time.
        ClockAhead = "clock-ahead",
        /// The operator says who may begin networks.
        FoundersOnly = "founders-only",
        /// The account has begun as many networks as one may.
        NetworksBegun = "networks-begun" { most: usize },
        /// The program keeps as many networks as it may.
        NetworksFull = "networks-full" { most: usize },
        /// The network has as many active people as it may.
        PeopleFull = "people-full" { most: usize },
        /// The network has as many rooms as it may.
        RoomsFull = "rooms-full" { most: usize },
        /// A platform sent something of a shape that its library can't read.
        NotUnderstood = "not-understood",
        /// The rest of a long list is forgotten.
        ListGone = "list-gone",
        /// A button that no longer means anything.
        ButtonGone = "button-gone",
        /// A file that was named and did not come with the command.
        FileNotAttached = "file-not-attached" { option: Name },
        /// More than is kept.
        FileTooLarge = "file-too-large" { typed: String, megabytes: usize },
        /// A file that its platform does not hand out.
        FileNotFetched = "file-not-fetched" { typed: String },
        /// Neither a document nor a picture.
        FileOfOtherKind = "file-of-other-kind" { typed: String },

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
        /// `1,234` could be either.
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
        /// Not a year that has begun.
        NotAYear = "not-a-year" { typed: String, last: Name },
        /// Not something that can happen again and again.
        NotASchedule = "not-a-schedule" { typed: String, unreadable: bool, never: bool, often: bool, both: bool },
        /// Nothing comes again and again in the room.
        NoScheduleHere = "no-schedule-here",
        /// A day that has not come.
        InTheFuture = "in-the-future" { date: NaiveDate, today: NaiveDate },
        /// Not one of the words that the option takes.
        NotAChoice = "not-a-choice" { option: Name, typed: String, choices: Vec<Term> },
        /// Neither yes nor no.
        YesOrNo = "yes-or-no" { option: Name, typed: String },
        /// Not a name that accounts can be called by.
        NotAName = "not-a-name" { typed: String },
        /// A new name that can't be told from one that there is.
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
        /// The task or log is another project's.
        OtherProject = "other-project" { project: Name },
        /// No such task.
        UnknownTask = "unknown-task" { typed: String },
        /// No such log.
        UnknownLog = "unknown-log" { typed: String },
        /// No such movement of money.
        UnknownMoney = "unknown-money" { typed: String },

        /// No such time zone.
        UnknownZone = "unknown-zone" { typed: String },
        /// A link code that does not work.
        BadLinkCode = "bad-link-code",
        /// Not a number of days.
        NotDays = "not-days" { typed: String, most: usize },
        /// Joined already.
        JoinedAlready = "joined-already" { person: Name },
        /// The only steward.
        LastSteward = "last-steward" { person: Name },
        /// The only custodian, with money in hand.
        LastCustodian = "last-custodian" { person: Name, held: Amount },
        /// A code of `link me` that does not work.
        BadOneTimeCode = "bad-one-time-code",
        /// One's own code in one's own account.
        SameAccount = "same-account" { person: Name },
        /// An account that has joined nothing has no person for another account to become.
        NobodyYet = "nobody-yet",
        /// Somebody who left.
        HasLeft = "has-left" { person: Name },
        /// The role is held already.
        HasRole = "has-role" { person: Name, role: Term },
        /// The role is not held.
        HasNoSuchRole = "has-no-such-role" { person: Name, role: Term },
        /// A project of that name exists.
        ProjectExists = "project-exists" { project: Name },
        /// The parts of the total come to more than the whole.
        OverWhole = "over-whole" { line: Option<usize>, percent: Name },
        /// Not a percentage with a fund or person.
        NotACut = "not-a-cut" { typed: String },
        /// The rate would change what work that has one is worth.
        RateInUse = "rate-in-use" { log: LogId, per_hour: Amount, earliest: NaiveDate },

        /// Somebody else has the task.
        TakenBy = "taken-by" { task: TaskId, person: Name },
        /// The task is not where the command needs it.
        TaskIs = "task-is" { task: TaskId, state: Term },

        /// A timer of theirs runs already.
        TimerRuns = "timer-runs" { what: String, time: Minutes },
        /// None does.
        NoTimer = "no-timer",
        /// It has run for longer than anybody works.
        TimerRanLong = "timer-ran-long" { time: Minutes },
        /// It has not run for a minute.
        TimerTooShort = "timer-too-short",
        /// Neither words nor a task say what was done.
        SayWhat = "say-what",
        /// Longer ago than the network lets people log.
        TooLate = "too-late" { date: NaiveDate, earliest: NaiveDate },
        /// More than a day holds, or the network lets one log for a day.
        DayFull = "day-full" { person: Name, date: NaiveDate, logged: Option<Minutes>, none: bool, most: Minutes },
        /// Almost a role that has a rate.
        UnknownWorkRole = "unknown-work-role" { typed: String, nearest: Name },
        /// Nothing of one's own to take back.
        NothingToUndo = "nothing-to-undo",
        /// Somebody else's log.
        NotYourLog = "not-your-log" { log: LogId, person: Name },
        /// A correction that says nothing.
        NothingToCorrect = "nothing-to-correct" { log: LogId },
        /// A time for what is no work, or an amount for what is.
        OtherKind = "other-kind" { log: LogId, kind: Term },
        /// Cash that a custodian holds.
        CashIsConfirmed = "cash-is-confirmed" { log: LogId },
        /// Taken back or struck.
        LogIsClosed = "log-is-closed" { log: LogId },
        /// Its share is held.
        FlagFirst = "flag-first" { log: LogId },
        /// In doubt already.
        FlaggedAlready = "flagged-already" { log: LogId },
        /// It claims nothing.
        DoesNotCount = "does-not-count" { log: LogId },
        /// One's own.
        OwnLog = "own-log" { log: LogId },
        /// Nobody doubts it.
        NotFlagged = "not-flagged" { log: LogId },
        /// The author, the flagger or whoever said it.
        PartyToFlag = "party-to-flag" { log: LogId },

        /// More tax than income.
        TaxAboveIncome = "tax-above-income" { amount: Amount },
        /// Not an income.
        NotAnIncome = "not-an-income" { money: MoneyId },
        /// Undone already.
        UndoneAlready = "undone-already" { money: MoneyId, by: MoneyId },
        /// More than came in.
        RefundAboveIncome = "refund-above-income" { money: MoneyId, left: Amount },
        /// More than is owed.
        MoreThanOwed = "more-than-owed" { person: Name, owed: Amount, amount: Amount },
        /// Owed nothing, and perhaps owing.
        NothingOwed = "nothing-owed" { person: Name, advance: Option<Amount> },
        /// More fee than payment.
        FeeAbovePayment = "fee-above-payment" { amount: Amount },
        /// The same payment, probably.
        ReferenceUsed = "reference-used" { money: MoneyId, reference: String },
        /// Only expenses have receipts.
        NotAnExpense = "not-an-expense" { log: LogId },
        /// This one has none.
        NoReceipt = "no-receipt" { log: LogId, person: Name },
        /// Neither expense nor material.
        NotACost = "not-a-cost" { log: LogId },
        /// Paid already.
        NothingOpen = "nothing-open" { log: LogId },
        /// Less than that is there.
        NotEnough = "not-enough" { project: Option<Name>, fund: Option<Name>, available: Amount, amount: Amount },
        /// No such fund.
        UnknownFund = "unknown-fund" { typed: String, nearest: Option<Name> },
        /// An undoing can't be undone.
        UndoingStands = "undoing-stands" { money: MoneyId },
        /// Something else must be undone first.
        UndoFirst = "undo-first" { money: MoneyId },
        /// Cash whose claim has been shared.
        SharedAlready = "shared-already" { log: LogId },

        /// A claim has no rate.
        NoRate = "no-rate" { role: Name, date: NaiveDate },
        /// No income waits.
        NothingToShare = "nothing-to-share" { project: Name },
        /// The income fills what a refund left to recover.
        RecoversFirst = "recovers-first" { project: Name, amount: Amount },
        /// Nobody has a claim.
        NobodyToShareWith = "nobody-to-share-with" { project: Name, undistributed: Amount },
        /// Another person must confirm.
        SecondPersonNeeded = "second-person-needed" { project: Name },
        /// No distribution yet.
        NothingSharedYet = "nothing-shared-yet" { project: Name },
        /// Numbers that leave what can be computed exactly.
        TooLarge = "too-large",
        /// The stored journal was not read.
        NotVerified = "not-verified",

        /// Nothing was asked.
        NothingToAnswer = "nothing-to-answer",
        /// The log waits for nobody.
        NothingWaits = "nothing-waits" { log: LogId },
        /// The proposal was made after its author had spoken.
        ProposedSince = "proposed-since" { proposal: ProposalId },
        /// The log is not what it was when its yes was asked for.
        LogChanged = "log-changed" { log: LogId },
        /// Somebody else's to answer.
        NotYoursToAnswer = "not-yours-to-answer" { log: LogId },
        /// Several logs wait.
        SeveralWait = "several-wait" { logs: Vec<Name> },

        /// A pool of the name exists.
        PoolExists = "pool-exists" { pool: Name, open: bool, over: bool },
        /// No such pool.
        UnknownPool = "unknown-pool" { typed: String, nearest: Option<Name> },
        /// Several pools, and none was named.
        WhichPool = "which-pool" { pools: Vec<Name> },
        /// No pool.
        NoPool = "no-pool",
        /// A deadline that has passed.
        DeadlineIsPast = "deadline-is-past" { deadline: NaiveDate },
        /// Only one kind of pool has an optimum.
        OptimumNotAsked = "optimum-not-asked",
        /// A minimum above the goal, or a cap or an optimum below it.
        GoalsDisagree = "goals-disagree" { goal: Amount },
        /// The pool is not where the command needs it.
        PoolIs = "pool-is" {
            pool: Name, closing: Option<NaiveDate>, open: bool, funded: bool, failed: bool, bought: bool, cancelled: bool, late: bool,
        },
        /// Less than the smallest pledge.
        BelowLeast = "below-least" { pool: Name, least: Amount },
        /// Less than what was paid already.
        BelowPaid = "below-paid" { pool: Name, paid: Amount },
        /// No room in the pool.
        PoolIsFull = "pool-is-full" { pool: Name, cap: Amount },
        /// The same pledge.
        PledgedAlready = "pledged-already" { pool: Name, promised: Amount },
        /// Nothing to withdraw.
        NoPledge = "no-pledge" { pool: Name, person: Name },
        /// Somebody who can say it themselves.
        SaysItThemselves = "says-it-themselves" { person: Name },
        /// Less is owed than is to be put in.
        OwedLess = "owed-less" { person: Name, owed: Amount, amount: Amount },
        /// More than the pool takes.
        TopUpIsTooMuch = "top-up-is-too-much" { pool: Name, room: Amount },
        /// Somebody who has not said yes to the terms.
        NotABacker = "not-a-backer" { pool: Name, person: Name },
        /// A pool for a project.
        PoolBuysNothing = "pool-buys-nothing" { pool: Name },
        /// A pool for another machine.
        PoolIsForOther = "pool-is-for-other" { pool: Name, equipment: Name },
        /// The price is above the money.
        CostAbovePool = "cost-above-pool" { pool: Name, has: Amount, missing: Amount },
        /// A payment whose pool has bought something with it.
        PoolIsSpent = "pool-is-spent" { money: MoneyId, pool: Name },

        /// A machine of the name exists.
        EquipmentExists = "equipment-exists" { equipment: Name },
        /// A name that commands would take for something else.
        NotAMachineName = "not-a-machine-name" { typed: String },
        /// No such machine.
        UnknownEquipment = "unknown-equipment" { typed: String, nearest: Option<Name> },
        /// Several machines, and none was named.
        WhichEquipment = "which-equipment" { equipment: Vec<Name> },
        /// No machine.
        NoEquipment = "no-equipment",
        /// It can't be used.
        NotInUse = "not-in-use" { equipment: Name, planned: bool, gone: bool },
        /// A use before it was there.
        NotBoughtThen = "not-bought-then" { equipment: Name, date: NaiveDate },
        /// Not parts of a whole.
        NotParts = "not-parts" { typed: String, example: Name },
        /// Co-owners were promised a cap.
        CapStands = "cap-stands" { equipment: Name, cap: Name },
        /// No other terms are proposed.
        NoTermsProposed = "no-terms-proposed" { equipment: Name },
        /// Neither backer nor co-owner.
        NotBound = "not-bound" { equipment: Name, person: Name },
        /// Certified before.
        CertifiedAlready = "certified-already" { person: Name, equipment: Name },
        /// A pool for it is open.
        PoolIsFor = "pool-is-for" { equipment: Name },
        /// No stake of one's own.
        NoStake = "no-stake" { equipment: Name },
        /// To oneself.
        OwnStake = "own-stake" { equipment: Name },
        /// A smaller stake.
        StakeIsLess = "stake-is-less" { equipment: Name, stake: Amount },
        /// What somebody received went on with their stake.
        StakeMoved = "stake-moved" { equipment: Name, person: Name },
        /// Purchases stand once something has come of them.
        PurchaseStands = "purchase-stands" { money: MoneyId, equipment: Name },
        /// Not a unit.
        NotAUnit = "not-a-unit" { typed: String },
        /// No such lot.
        UnknownLot = "unknown-lot" { typed: String },
        /// Somebody else's.
        NotYourLot = "not-your-lot" { lot: LotId },
        /// Nothing is left of it.
        LotIsEmpty = "lot-is-empty" { lot: LotId },
        /// Not material with its quantity.
        NotMaterial = "not-material" { typed: String },
        /// Material that is not in stock.
        NotInStock = "not-in-stock" { material: Name, none: bool, units: Vec<Name>, left: Option<Name>, unit: Option<Name> },
        /// The terms have no rate for it.
        NoMachineRate = "no-machine-rate" { equipment: Name, scenario: Term },
        /// The terms have no price for a week or a month.
        NoPeriodRate = "no-period-rate" { equipment: Name, week: bool, month: bool },
        /// A price that does not cover what is due first.
        PriceBelow = "price-below" { least: Amount },
        /// A price for what has none.
        PriceIsCommercial = "price-is-commercial" { scenario: Term },
        /// Set-off of what is not one's own use.
        SetOffIsOwn = "set-off-is-own" { scenario: Term },
        /// No stake, or paid back.
        NothingToSetOff = "nothing-to-set-off" { equipment: Name },
        /// Only certified people may use it.
        NotCertified = "not-certified" { equipment: Name, people: Vec<Name> },
        /// A technician's time has no rate.
        NoTechnicianRate = "no-technician-rate" { date: NaiveDate },
        /// A technician's time without the technician.
        WhichTechnician = "which-technician",
        /// No such bill.
        UnknownBill = "unknown-bill" { typed: String },
        /// Paid or undone.
        BillIsPaid = "bill-is-paid" { bill: BillId, paid: bool, undone: bool },
        /// The payer has less.
        CannotPayBill = "cannot-pay-bill" { bill: BillId, project: Option<Name>, person: Option<Name>, available: Amount, amount: Amount },
        /// Somebody else's.
        NotYourUse = "not-your-use" { bill: BillId },
        /// Goes on already.
        SubscribedAlready = "subscribed-already" { equipment: Name },
        /// There is none.
        NotSubscribed = "not-subscribed" { equipment: Name },

        /// A milestone of the name exists.
        MilestoneExists = "milestone-exists" { milestone: Name },
        /// No such milestone.
        UnknownMilestone = "unknown-milestone" { typed: String, known: Vec<Name> },
        /// Its lines come to more than it.
        MilestoneFull = "milestone-full" { milestone: Name, left: Amount },
        /// Not parts.
        NotShares = "not-shares" { typed: String },
        /// Income that needs a milestone.
        WhichMilestone = "which-milestone" { milestones: Vec<Name> },
        /// No such line.
        UnknownLine = "unknown-line" { typed: String },
        /// A rule without buckets.
        RuleEmpty = "rule-empty",
        /// A rule that nobody would read.
        RuleTooLong = "rule-too-long" { most: usize },
        /// A percentage that is nothing, or more than all.
        PartOutOfRange = "part-out-of-range" { line: Option<usize>, percent: Name },
        /// A part of the total behind one of what remains.
        TotalLast = "total-last" { line: Option<usize> },
        /// A bucket that selects nothing.
        SelectsNothing = "selects-nothing" { line: Option<usize> },
        /// Two buckets that select the same claim.
        SelectsTwice = "selects-twice" { line: Option<usize>, first: usize, bucket: usize, kind: Term },
        /// A cap of nothing, or beyond reason.
        CapOutOfRange = "cap-out-of-range" { line: Option<usize>, cap: Name },
        /// Weights where nothing is weighed by value.
        WeightsMeanNothing = "weights-mean-nothing" { line: Option<usize> },
        /// A number that the preset does not take.
        NumberNotAsked = "number-not-asked" { preset: Term, number: Name },
        /// Not a cap.
        NotACap = "not-a-cap" { typed: String },
        /// Not a weight.
        NotAWeight = "not-a-weight" { typed: String },
        /// Not a percentage.
        NotAShare = "not-a-share" { typed: String },
        /// A rule file that is no TOML.
        RuleFileSyntax = "rule-file-syntax" { line: usize, what: String },
        /// A rule file whose buckets are no list.
        RuleFileBuckets = "rule-file-buckets" { line: usize },
        /// A word that no rule file has.
        RuleFileKey = "rule-file-key" { line: usize, typed: String, nearest: Option<Name>, known: Vec<Name> },
        /// A value that does not fit.
        RuleFileValue = "rule-file-value" {
            line: usize, key: Name, choices: Vec<Name>, percent: bool, cap: bool, date: bool, weights: bool, names: bool,
        },
        /// A bucket without its percentage.
        RuleFilePercent = "rule-file-percent" { line: usize },
        /// A bucket for two.
        RuleFileBoth = "rule-file-both" { line: usize },
        /// A fund that there is not.
        RuleFileFund = "rule-file-fund" { line: usize, typed: String, nearest: Option<Name> },
        /// A person who is not there.
        RuleFilePerson = "rule-file-person" { line: usize, typed: String },
        /// A task that there is not.
        RuleFileTask = "rule-file-task" { line: usize, typed: String },
        /// Neither or both of a preset and a file.
        PresetOrFile = "preset-or-file",
        /// The rule is the project's already.
        RuleInUse = "rule-in-use" { project: Name, hash: Name },
        /// No such version.
        UnknownVersion = "unknown-version" { typed: String, count: usize },
        /// Somebody else's proposal is open.
        ProposalOpen = "proposal-open" { proposal: ProposalId, person: Name, closes: NaiveDate },
        /// Nothing is proposed.
        NoProposal = "no-proposal" { project: Name },
        /// Somebody without a claim.
        NoVote = "no-vote" { project: Name },
        /// They have agreed before.
        AgreedAlready = "agreed-already" { proposal: ProposalId },
        /// Not enough have agreed.
        NotCarried = "not-carried" {
            proposal: ProposalId, agreed: usize, voters: usize, needed: Option<usize>, objecting: Vec<Name>, unwilling: Vec<Name>,
        },
        /// One's own log.
        OwnLogToValidate = "own-log-to-validate" { log: LogId },
        /// They have agreed to it before.
        ValidatedAlready = "validated-already" { log: LogId },
        /// Neither a log nor all of them.
        NoLogToGive = "no-log-to-give" { typed: String },
        /// No claim to give.
        NothingToGive = "nothing-to-give",
        /// No such distribution.
        UnknownDistribution = "unknown-distribution" { typed: String },
        /// It was taken back before.
        ReversedAlready = "reversed-already" { distribution: DistributionId },
        /// Nothing is given on.
        NoRedirect = "no-redirect",
        /// Nobody to give it to.
        RedirectToWhom = "redirect-to-whom",
        /// Oneself.
        RedirectToSelf = "redirect-to-self",
        /// They give to each other.
        RedirectCircle = "redirect-circle" { person: Name },
        /// Neither a fund nor a person.
        UnknownRecipient = "unknown-recipient" { typed: String, nearest: Option<Name> },
        /// A day that is over.
        DayIsOver = "day-is-over" { date: NaiveDate },
        /// Nobody can be forgotten who is owed something, or owes it.
        StillOwed = "still-owed" { owed: Option<Amount>, advance: Option<Amount> },
        /// Nor while something of theirs is held.
        StillHeld = "still-held" { pools: Vec<Name>, stakes: Vec<Name>, lots: Vec<Name>, doubts: Vec<Name> },
        /// Nor while something will be owed to them, or by them.
        StillBound = "still-bound" { bills: Vec<Name>, subscriptions: Vec<Name>, rules: Vec<Name>, batches: Vec<Name> },
        /// By the rule of a day somebody would be owed a part who was forgotten since.
        RuleOfForgotten = "rule-of-forgotten" { date: NaiveDate, person: Name },
        /// A room can't be left alone for so long.
        QuietTooLong = "quiet-too-long" { most: Minutes },
        /// What comes by itself comes to a room with others.
        NotInPrivate = "not-in-private",
        /// A log has as many receipts as it can.
        EnoughReceipts = "enough-receipts" { log: LogId, most: usize },
        /// Nothing is owed that could be given.
        OwedNothing = "owed-nothing",
        /// Payment details said before others.
        PayToInPublic = "pay-to-in-public",
        /// Not an address.
        NotPayTo = "not-pay-to" { address: bool, country: Option<Name>, long: Option<Name>, expected: Option<usize>, found: Option<usize>, check: bool },
        /// No such batch.
        UnknownBatch = "unknown-batch" { typed: String },
        /// No payment of a batch is on its way.
        BatchClosed = "batch-closed" { batch: BatchId },
        /// A payment of a batch is gone.
        NotInBatch = "not-in-batch" { batch: Option<BatchId>, person: Name },
        /// Nobody can be paid.
        NobodyToPay = "nobody-to-pay" { below: Option<Amount>, no_pay_to: Vec<Name>, other_way: Vec<Name>, open: Vec<Name> },
        /// The file is for euros.
        OnlyEuros = "only-euros" { currency: Name },
        /// The file needs the account that pays.
        NoDebtor = "no-debtor",
        /// Neither one person's payment nor a batch.
        PaidWhat = "paid-what",
        /// A payment that is on its way.
        PaymentOpen = "payment-open" { person: Name, batch: BatchId },
        /// More is to be paid than is owed.
        OwedLessNow = "owed-less-now" { person: Name, amount: Amount, owed: Amount, batch: BatchId },
    }
}
