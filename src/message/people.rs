//! What is said about people: joining, accounts, roles, privacy.

use chrono::NaiveDate;

use crate::core::ids::{BillId, DistributionId, LineId, LogId, MoneyId, ProposalId, TaskId};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::{DayRange, Minutes};
use crate::message::declare::{messages, one_of};
use crate::message::field::{NamedAccount, Term};

one_of! {
    /// What a language was set for.
    pub enum LanguageScope {
        /// Private answers to its author.
        Me = "me",
        /// A room.
        Room = "room",
        /// The network's rooms.
        Network = "network",
    }
}

one_of! {
    /// What else there is to know of a person.
    pub enum PersonMark {
        /// They have left.
        Left = "left",
        /// They have no account in a chat.
        NoAccount = "no_account",
    }
}

one_of! {
    /// How long a claim goes on.
    pub enum ClaimTerm {
        /// Until it is paid: so much is open.
        UntilPaid(open: Amount) = "open",
        /// For one distribution.
        Once = "once",
        /// For all distributions.
        Forever = "forever",
        /// As this line of a milestone says.
        Line(line: LineId) = "line",
    }
}

one_of! {
    /// Whether all that somebody logs is a gift.
    pub enum GiftHabit {
        /// It is.
        Always = "always",
        /// It is not.
        Never = "never",
    }
}

messages! {
    /// What the bot says of people.
    pub enum PeopleLine {
        /// The language of somebody, of a room or of the network.
        LanguageSet = "language-set" { language: Term, scope: LanguageScope },
        /// Which languages hold here.
        Languages = "languages" { own: Term, room: Term, network: Term, languages: Vec<Term> },
        /// Somebody joined.
        Joined = "joined" { person: Name, network: String } [of person],
        /// The handle differs from the name, because the name looks like somebody's.
        HandleIsLike = "handle-is-like" { person: Name, like: Name } [of person],
        /// The handle differs from the name, because the name is a word of commands.
        HandleIsWord = "handle-is-word" { person: Name, word: Name } [of person],
        /// The handle is a number, because the name has no letters or reads like somebody's number.
        HandleIsNumber = "handle-is-number" { person: Name } [of person],
        /// Somebody came back.
        Returned = "returned" { person: Name, network: String } [of person],
        /// What joining means.
        RulesAgreed = "rules-agreed",
        /// There is nothing to agree to yet.
        NoRulesYet = "no-rules-yet",
        /// Somebody left.
        Left = "left" {
            person: Name, roles: Vec<Term>, tasks: Option<usize>, claims: Option<usize>, owed: Option<Amount>,
        } [of person],
        /// The author.
        MeHead = "me-head" { person: Name, network: String, roles: Vec<Term>, left: bool } [of person],
        /// The author's logs in a project.
        MeProject = "me-project" {
            project: Name, count: usize, time: Option<Minutes>, value: Option<Amount>, cash: Option<Amount>,
            gifts: Option<usize>,
        },
        /// What the author is owed.
        MeOwed = "me-owed" { owed: Amount, since: Option<NaiveDate>, advance: bool },
        /// A log of the author's that is in doubt.
        MeDoubt = "me-doubt" { log: LogId, held: Option<Amount> },
        /// A task that the author has taken.
        MeTask = "me-task" { task: TaskId, title: String },
        /// A log that waits for the author's confirmation.
        MeConfirm = "me-confirm" { log: LogId, by: Name },
        /// A proposal on which the author has a vote.
        MeVote = "me-vote" { proposal: ProposalId, project: Name, closes: NaiveDate },
        /// New terms of a machine, to which the author hasn't agreed.
        MeTerms = "me-terms" { equipment: Name },
        /// Income that somebody has shared out, and a second person must confirm.
        MeSecondShare = "me-second-share" { by: Name, project: Name },
        /// A movement of money that somebody has undone, and a second person must confirm.
        MeSecondUndo = "me-second-undo" { by: Name, money: MoneyId, amount: Amount },
        /// The same, of a distribution.
        MeSecondReverse = "me-second-reverse" { by: Name, distribution: DistributionId },
        /// The same, of a machine's bill.
        MeSecondBill = "me-second-bill" { by: Name, bill: BillId },
        /// A log in doubt that the author may settle.
        MeSettle = "me-settle" { log: LogId, person: Name } [of person],
        /// Logs to which others must agree, and the oldest of them.
        MeValidate = "me-validate" { count: usize, log: LogId },
        /// A code for another account of the author's.
        OneTimeCode = "one-time-code" { person: Name, code: Name } [of person],
        /// The person of a code, for the account that typed it.
        ClaimHead = "claim-head" { person: Name, called: Option<String> } [of person],
        /// The two people who would be joined, and what moves.
        Joining = "joining" {
            gone: Name, person: Name, logs: Option<usize>, owed: Option<Amount>, advance: Option<Amount>,
            tasks: Option<usize>, backs: Vec<Name>,
            roles: Vec<Term>, counts: Vec<Name>,
        } [of person],
        /// The account claims a person, who must confirm that.
        Claimed = "claimed" { person: Name } [of person],
        /// The person who claims the author's account.
        JoiningHead = "joining-head" { name: String, person: Name } [of person],
        /// The account, if its name does not identify it.
        JoiningAccount = "joining-account" { account: NamedAccount, platform: Name },
        /// The account is the person's.
        AccountJoined = "account-joined" {
            name: String, person: Name, gone: Option<Name>, owed: Option<Amount>,
        } [of person],
        /// Everything about the author, in a file.
        ExportHead = "export-head" { network: String, file: Name } [opens file],
        /// The person to be erased, and what will be deleted.
        EraseHead = "erase-head" {
            person: Name, network: String, accounts: usize, texts: Option<usize>, files: Option<usize>,
        } [of person],
        /// What ends with the erasure.
        EraseEnds = "erase-ends" {
            roles: Vec<Term>, tasks: Option<usize>, claims: Option<usize>, owed: Option<Amount>, fund: Option<Name>,
        },
        /// What stays after the erasure.
        EraseStays = "erase-stays" { number: Name },
        /// Older entries contain the handle.
        EraseInJournal = "erase-in-journal" { handles: Vec<Name> },
        /// Somebody was erased.
        Erased = "erased" { number: Name },
        /// The number of people.
        PeopleHead = "people-head" { count: usize, left: Option<usize> },
        /// A person.
        PersonRow = "person-row" {
            person: Name, called: Option<String>, roles: Vec<Term>, marks: Vec<PersonMark>,
        } [of person],
        /// A person without an account was added.
        PersonAdded = "person-added" { person: Name, called: String } [of person],
        /// Others are called the same.
        Namesakes = "namesakes" { people: Vec<Name> },
        /// A role was granted.
        RoleGranted = "role-granted" { person: Name, role: Term, project: Option<Name> } [of person],
        /// A role ended.
        RoleRevoked = "role-revoked" { person: Name, role: Term, project: Option<Name> } [of person],
        /// What somebody was paid in all.
        MePaid = "me-paid" { amount: Amount },
        /// A timer ended with its person's part in the network.
        TimerEnded = "timer-ended" { what: String },
        /// Somebody's open claims in a project, and what the next income would bring them.
        MeClaims = "me-claims" { project: Name, count: usize, part: Option<Amount>, of: Option<Amount> },
        /// A period of a person, such as a year.
        YearHead = "year-head" { person: Name, network: String, days: DayRange } [of person],
        /// What they were paid in the year.
        YearPaid = "year-paid" { amount: Amount, count: usize },
        /// What was reimbursed to them in the year.
        YearReimbursed = "year-reimbursed" { amount: Amount, count: usize },
        /// A project's part in the year.
        YearProject = "year-project" {
            project: Name, time: Option<Minutes>, value: Option<Amount>, cash: Option<Amount>, shared: Option<Amount>,
        },
        /// What the figures of a year are based on.
        YearBasis = "year-basis",
        /// An open claim.
        ClaimRow = "claim-row" {
            log: LogId, date: NaiveDate, kind: Term, project: Name, time: Option<Minutes>, worth: Option<Amount>,
            received: Option<Amount>,
            term: Option<ClaimTerm>, held: bool, what: Option<String>,
        },
        /// Everything somebody logs is a gift, or no longer.
        GivesAlways = "gives-always" { gifts: GiftHabit },
        /// What the author has in a pool.
        MePledge = "me-pledge" {
            pool: Name, promised: Amount, paid: Amount, waits: bool, by: Option<NaiveDate>, custodians: Vec<Name>,
        },
        /// The author's stake in a machine.
        MeStake = "me-stake" { equipment: Name, stake: Amount, paid: Amount, due: Amount },
        /// A bill that the author has to pay.
        MeBill = "me-bill" { bill: BillId, equipment: Name, amount: Amount },
        /// A subscription of the author's.
        MeSubscription = "me-subscription" { equipment: Name, last: NaiveDate },
    }
}

messages! {
    /// Why nothing was done with people.
    pub enum PeopleRefusal {
        /// The author has not joined.
        JoinFirst = "join-first",
        /// The author lacks the role.
        RoleNeeded = "role-needed" { option: Option<Name>, roles: Vec<Term>, holders: Vec<Name> },
        /// The person has joined already.
        JoinedAlready = "joined-already" { person: Name },
        /// The person is the only steward.
        LastSteward = "last-steward" { person: Name },
        /// The person is the only custodian, with money in hand.
        LastCustodian = "last-custodian" { person: Name, held: Amount },
        /// A one-time code that does not work.
        BadOneTimeCode = "bad-one-time-code",
        /// The account already belongs to the person of the code.
        SameAccount = "same-account" { person: Name },
        /// The account has not joined, so it has no person that another account could belong to.
        NobodyYet = "nobody-yet",
        /// The person has left.
        HasLeft = "has-left" { person: Name },
        /// The role is held already.
        HasRole = "has-role" { person: Name, role: Term },
        /// A project was named for a role that is the whole network's.
        RoleOfNetwork = "role-of-network" { role: Term },
        /// The role is not held.
        HasNoSuchRole = "has-no-such-role" { person: Name, role: Term },
        /// A person can't be erased while they are owed something, or have an advance.
        StillOwed = "still-owed" { owed: Option<Amount>, advance: Option<Amount> } [private],
        /// A person can't be erased while something of theirs is held.
        StillHeld = "still-held" { pools: Vec<Name>, stakes: Vec<Name>, lots: Vec<Name>, doubts: Vec<Name> } [private],
        /// A person can't be erased while they will be owed something, or will owe it.
        StillBound = "still-bound" {
            bills: Vec<Name>, subscriptions: Vec<Name>, rules: Vec<Name>, batches: Vec<Name>,
        } [private],
        /// The author is owed nothing that could be given.
        OwedNothing = "owed-nothing",
    }
}
