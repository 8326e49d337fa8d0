//! What is said about people: joining, accounts, roles, privacy.

use chrono::NaiveDate;

use crate::core::ids::{BillId, LineId, LogId, TaskId};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::Minutes;
use crate::message::declare::{messages, one_of};
use crate::message::field::Term;

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
        Joined = "joined" { person: Name, network: String },
        /// The handle is not the name, which looks like somebody's.
        HandleIsLike = "handle-is-like" { person: Name, like: Name },
        /// The handle is not the name, which is a word of commands.
        HandleIsWord = "handle-is-word" { person: Name, word: Name },
        /// The handle is a number of ours: the name has no letters, or would be the number of somebody.
        HandleIsNumber = "handle-is-number" { person: Name },
        /// Somebody came back.
        Returned = "returned" { person: Name, network: String },
        /// What joining means.
        RulesAgreed = "rules-agreed",
        /// There is nothing to agree to yet.
        NoRulesYet = "no-rules-yet",
        /// Somebody left.
        Left = "left" {
            person: Name, roles: Vec<Term>, tasks: Option<usize>, claims: Option<usize>, owed: Option<Amount>,
        },
        /// Oneself.
        MeHead = "me-head" { person: Name, network: String, roles: Vec<Term>, left: bool },
        /// One's logs in a project.
        MeProject = "me-project" {
            project: Name, count: usize, time: Option<Minutes>, value: Option<Amount>, cash: Option<Amount>,
            gifts: Option<usize>,
        },
        /// What one is owed.
        MeOwed = "me-owed" { owed: Amount, advance: bool },
        /// A log of one's own that is in doubt.
        MeDoubt = "me-doubt" { log: LogId, held: Option<Amount> },
        /// A task one has taken.
        MeTask = "me-task" { task: TaskId, title: String },
        /// A log that waits for one's yes.
        MeConfirm = "me-confirm" { log: LogId, by: Name },
        /// A code for another account of one's own.
        OneTimeCode = "one-time-code" { person: Name, code: Name },
        /// Whose code it is, to the account that typed it.
        ClaimHead = "claim-head" { person: Name, called: Option<String> },
        /// Who would be one, and what comes along.
        Joining = "joining" {
            gone: Name, person: Name, logs: Option<usize>, owed: Option<Amount>, advance: Option<Amount>,
            tasks: Option<usize>, backs: Vec<Name>,
            roles: Vec<Term>, counts: Vec<Name>,
        },
        /// The account says whose it is; that person must say so too.
        Claimed = "claimed" { person: Name },
        /// Who says that they are the author.
        JoiningHead = "joining-head" { name: String, person: Name },
        /// Which account that is, where its name does not say it all.
        JoiningAccount = "joining-account" { account: String, platform: Name },
        /// The account is the person's.
        AccountJoined = "account-joined" { name: String, person: Name, gone: Option<Name>, owed: Option<Amount> },
        /// Everything about oneself, in a file.
        ExportHead = "export-head" { network: String, file: Name } [opens file],
        /// Who is to be forgotten, and what goes.
        EraseHead = "erase-head" {
            person: Name, network: String, accounts: usize, texts: Option<usize>, files: Option<usize>,
        },
        /// What ends by it.
        EraseEnds = "erase-ends" {
            roles: Vec<Term>, tasks: Option<usize>, claims: Option<usize>, owed: Option<Amount>, fund: Option<Name>,
        },
        /// What stays.
        EraseStays = "erase-stays" { number: Name },
        /// Entries of before have the handle in them.
        EraseInJournal = "erase-in-journal" { handles: Vec<Name> },
        /// Somebody was forgotten.
        Erased = "erased" { number: Name },
        /// How many people.
        PeopleHead = "people-head" { count: usize },
        /// A person.
        PersonRow = "person-row" {
            person: Name, called: Option<String>, roles: Vec<Term>, marks: Vec<PersonMark>,
        },
        /// A person without an account was added.
        PersonAdded = "person-added" { person: Name, called: String },
        /// Others are called the same.
        Namesakes = "namesakes" { people: Vec<Name> },
        /// A role was granted.
        RoleGranted = "role-granted" { person: Name, role: Term, project: Option<Name> },
        /// A role ended.
        RoleRevoked = "role-revoked" { person: Name, role: Term, project: Option<Name> },
        /// What somebody was paid in all.
        MePaid = "me-paid" { amount: Amount },
        /// A timer ended with its person's part in the network.
        TimerEnded = "timer-ended" { what: String },
        /// Somebody's open claims in a project, and what the next income would bring them.
        MeClaims = "me-claims" { project: Name, count: usize, part: Option<Amount>, of: Option<Amount> },
        /// A year of somebody's.
        YearHead = "year-head" { person: Name, network: String, year: Name },
        /// What they were paid in it.
        YearPaid = "year-paid" { amount: Amount, count: usize },
        /// What was reimbursed to them in it.
        YearReimbursed = "year-reimbursed" { amount: Amount, count: usize },
        /// A project's part in it.
        YearProject = "year-project" {
            project: Name, time: Option<Minutes>, value: Option<Amount>, cash: Option<Amount>, shared: Option<Amount>,
        },
        /// What it is, and is not.
        YearBasis = "year-basis",
        /// An open claim.
        ClaimRow = "claim-row" {
            log: LogId, date: NaiveDate, kind: Term, project: Name, time: Option<Minutes>, worth: Option<Amount>,
            received: Option<Amount>,
            term: Option<ClaimTerm>, held: bool, what: Option<String>,
        },
        /// Everything somebody logs is a gift, or no longer.
        GivesAlways = "gives-always" { gifts: GiftHabit },
        /// What one has in a pool.
        MePledge = "me-pledge" { pool: Name, promised: Amount, paid: Amount, waits: bool, by: Option<NaiveDate> },
        /// One's stake in a machine.
        MeStake = "me-stake" { equipment: Name, stake: Amount, paid: Amount, due: Amount },
        /// A bill that one has to pay.
        MeBill = "me-bill" { bill: BillId, equipment: Name, amount: Amount },
        /// A subscription of one's own.
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
        /// Not a year that has begun.
        NotAYear = "not-a-year" { typed: String, last: Name },
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
        /// Nobody can be forgotten who is owed something, or owes it.
        StillOwed = "still-owed" { owed: Option<Amount>, advance: Option<Amount> } [private],
        /// Nor while something of theirs is held.
        StillHeld = "still-held" { pools: Vec<Name>, stakes: Vec<Name>, lots: Vec<Name>, doubts: Vec<Name> } [private],
        /// Nor while something will be owed to them, or by them.
        StillBound = "still-bound" {
            bills: Vec<Name>, subscriptions: Vec<Name>, rules: Vec<Name>, batches: Vec<Name>,
        } [private],
        /// Nothing is owed that could be given.
        OwedNothing = "owed-nothing",
    }
}
