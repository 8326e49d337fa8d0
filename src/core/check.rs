//! Named invariants of the books, and the digest by which two folds of one journal are compared.

use sha2::{Digest, Sha256};

use crate::core::books::bill::BillState;
use crate::core::books::movement::Movement;
use crate::core::books::project::Project;
use crate::core::books::state::Books;
use crate::core::contribution::Waiting;
use crate::core::distribution::share::BucketResult;
use crate::core::equipment::{Equipment, EquipmentStanding as Owned};
use crate::core::holder::Holder;
use crate::core::ids::{Hash, PersonId};
use crate::core::ledger::LedgerAccount;
use crate::core::log::{Log, LogStanding};
use crate::core::money::{Amount, Minor};
use crate::core::percent::BasisPoints;
use crate::core::pool::{Backer, Pool, PoolState};
use crate::core::stock::Lot;
use crate::core::task::Task;

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenInvariant {
    /// The invariant's name, as in [`INVARIANTS`].
    pub invariant: &'static str,
    /// What it was found on.
    pub on: String,
}

/// Where stored data differs from what the program wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// The database file: its pages, tables and triggers.
    File,
    /// The entries of the journal.
    Journal,
    /// What the entries come to.
    Books,
    /// Texts beside the journal.
    Texts,
    /// Files beside the journal.
    Files,
    /// Who people are: accounts, names, where they are paid.
    People,
    /// Everything else beside the journal.
    Rest,
}

/// Something that differs from what the program wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub area: Area,
    /// The finding, in a few words for the operator.
    pub what: String,
}

impl Finding {
    /// A finding in an area.
    pub fn new(area: Area, what: impl Into<String>) -> Self {
        Self { area, what: what.into() }
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

/// What a replay of a stored journal found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Entries read.
    pub entries: u64,
    /// The hash of the last.
    pub head: Hash,
    /// The digest of the books they make.
    pub digest: Hash,
    /// The findings.
    pub broken: Vec<Finding>,
    /// Parts that could not be checked, with the reason.
    pub unchecked: Vec<String>,
}

type Invariant = (&'static str, fn(&Books) -> Option<String>);

/// Every invariant by name. Its check returns what breaks it, if anything does.
pub const INVARIANTS: &[Invariant] = &[
    ("debits-equal-credits", |books| (!books.ledger.is_balanced()).then(|| "the ledger".to_owned())),
    ("balances-are-the-network's-own", |books| {
        let known = |account: &LedgerAccount| match account {
            account if books.is_unknown(account) => false,
            LedgerAccount::Project(name) => books.project_by_name(name).is_some(),
            LedgerAccount::Pool(pool, _) => books.pool_by_name(pool).is_some(),
            LedgerAccount::Bills(name)
            | LedgerAccount::Machine(name)
            | LedgerAccount::Equipment(name)
            | LedgerAccount::Stake(name, _)
            | LedgerAccount::Commons(name) => books.equipment_by_name(name).is_some(),
            LedgerAccount::Person(_)
            | LedgerAccount::Receivable(_)
            | LedgerAccount::Custodian
            | LedgerAccount::Taxes
            | LedgerAccount::Fund(_) => true,
        };
        books.ledger.balances().find(|(account, _)| !known(account)).map(|(account, _)| account.to_string())
    }),
    ("custodian-holds-what-moved", |books| {
        let moved: Minor = books
            .money
            .iter()
            .flat_map(|m| m.transaction.postings())
            .filter(|(a, _)| *a == LedgerAccount::Custodian)
            .map(|(_, amount)| amount.minor)
            .sum();
        (moved != books.ledger.balance(LedgerAccount::Custodian, books.commodity).minor)
            .then(|| LedgerAccount::Custodian.to_string())
    }),
    ("distributions-sum-to-income", |books| {
        let sums = |d: &&crate::core::books::distributed::Distribution| {
            let income: Minor = d.incomes.iter().map(|(_, amount)| amount.minor).sum();
            let placed: Minor = d.shares.iter().map(|share| share.placed).sum();
            income + d.carried.minor == d.spent.minor + placed + d.undistributed.minor
        };
        books.distributions.iter().find(|d| !sums(d)).map(|d| d.id.to_string())
    }),
    ("shares-sum-to-their-bucket", |books| {
        let sums = |share: &crate::core::distribution::share::Share| match &share.given {
            BucketResult::Claims(parts) => parts.iter().map(|(_, part)| part).sum::<Minor>() == share.placed,
            BucketResult::Fund(_) | BucketResult::Person(_) => share.placed == share.offered,
        };
        books.distributions.iter().find(|d| !d.shares.iter().all(sums)).map(|d| d.id.to_string())
    }),
    ("nothing-negative-was-paid", |books| {
        books
            .logs
            .iter()
            .find(|log| log.paid.is_negative() || log.reimbursed.is_negative())
            .map(|log| log.id.to_string())
    }),
    ("undone-logs-received-nothing", |books| {
        books
            .logs
            .iter()
            .find(|log| matches!(log.standing, LogStanding::Undone | LogStanding::Struck) && log.paid != Minor::ZERO)
            .map(|log| log.id.to_string())
    }),
    ("no-claim-is-paid-past-its-cap", |books| {
        // The widest cap of any rule that the project has had: payments under an earlier rule stand.
        let widest = |log: &Log| books.widest_cap(log.project, &log.subject());
        let over = |log: &&Log| {
            let received_under_it = log.paid + log.reimbursed;
            // A cost may be reimbursed up to its value, whatever the cap.
            let cap = widest(log).map(|cap| if log.reimbursed.is_positive() { cap.max(BasisPoints::ONE) } else { cap });
            cap.is_some_and(|cap| {
                books.room(log, cap).is_ok_and(|room| room + log.received + log.reimbursed < received_under_it)
            })
        };
        books.logs.iter().find(over).map(|log| log.id.to_string())
    }),
    ("a-log-stands-once-in-a-share", |books| {
        let twice = |share: &crate::core::distribution::share::Share| match &share.given {
            BucketResult::Claims(parts) => {
                let mut logs: Vec<_> = parts.iter().map(|(claim, _)| claim.log).collect();
                logs.sort_unstable();
                logs.windows(2).any(|pair| pair[0] == pair[1])
            }
            BucketResult::Fund(_) | BucketResult::Person(_) => false,
        };
        books.distributions.iter().find(|d| d.shares.iter().any(twice)).map(|d| d.id.to_string())
    }),
    ("no-line-is-paid-past-its-amount", |books| {
        books
            .lines
            .iter()
            .find(|line| line.given() > line.amount.minor || line.given().is_negative())
            .map(|line| line.id.to_string())
    }),
    ("pools-hold-what-was-paid", |books| {
        let held = |pool: &Pool| -> Minor {
            books
                .ledger
                .balances()
                .filter(|(a, _)| matches!(a, LedgerAccount::Pool(name, _) if *name == pool.name))
                .map(|(_, a)| a.minor)
                .sum()
        };
        let theirs = |pool: &Pool, backer: &Backer| {
            books.ledger.balance(books.pool_account(pool, &backer.holder), books.commodity).minor
        };
        let wrong = |pool: &&Pool| match pool.state.holds_money() {
            true => pool.backers.iter().any(|backer| backer.paid.is_negative() || backer.paid != theirs(pool, backer)),
            false => held(pool) != Minor::ZERO,
        };
        books.pools.iter().find(wrong).map(|pool| pool.name.clone())
    }),
    ("no-pool-is-above-its-cap", |books| {
        let over = |pool: &&Pool| {
            let open = pool.state == PoolState::Open;
            open && pool.conditions.cap.is_some_and(|cap| pool.paid() + pool.waiting() + pool.promised() > cap.minor)
        };
        books.pools.iter().find(over).map(|pool| pool.name.clone())
    }),
    ("stakes-come-to-the-cost", |books| {
        let of = |wanted: &dyn Fn(&LedgerAccount) -> bool| -> Minor {
            books.ledger.balances().filter(|(account, _)| wanted(account)).map(|(_, amount)| amount.minor).sum()
        };
        let wrong = |machine: &&Equipment| {
            let stakes = of(&|account| matches!(account, LedgerAccount::Stake(name, _) if *name == machine.name));
            let commons = of(&|account| *account == LedgerAccount::Commons(machine.name.clone()));
            let asset = of(&|account| *account == LedgerAccount::Equipment(machine.name.clone()));
            let registered: Minor = machine.owners.iter().map(|owner| owner.stake).sum();
            asset != stakes + commons
                || registered != machine.cost
                || (machine.standing == Owned::Owned && asset != machine.cost)
        };
        books.equipment.iter().find(wrong).map(|machine| machine.name.clone())
    }),
    ("no-co-owner-is-paid-back-past-the-cap", |books| {
        let over = |machine: &&Equipment| {
            machine.owners.iter().any(|owner| owner.paid.is_negative() || owner.paid > owner.due)
        };
        books.equipment.iter().find(over).map(|machine| machine.name.clone())
    }),
    ("no-machine-keeps-what-is-its-co-owners", |books| {
        let kept = |(account, amount): &(&LedgerAccount, Amount)| {
            matches!(account, LedgerAccount::Machine(_)) && amount.minor.is_positive()
        };
        books.ledger.balances().find(kept).map(|(account, _)| account.to_string())
    }),
    ("what-is-billed-is-receivable", |books| {
        let of = |wanted: &dyn Fn(&LedgerAccount) -> bool| -> Minor {
            books.ledger.balances().filter(|(account, _)| wanted(account)).map(|(_, amount)| amount.minor).sum()
        };
        let waiting: Minor =
            books.bills.iter().filter(|bill| bill.state == BillState::Waiting).map(|bill| bill.total().minor).sum();
        let receivable = of(&|account| matches!(account, LedgerAccount::Receivable(_)));
        let billed = of(&|account| matches!(account, LedgerAccount::Bills(_)));
        (waiting != receivable || waiting != billed).then(|| "receivable".to_owned())
    }),
    ("no-lot-is-used-past-its-quantity", |books| {
        let over =
            |lot: &&Lot| lot.used + lot.removed > lot.quantity || lot.charged > lot.value || lot.charged.is_negative();
        books.lots.iter().find(over).map(|lot| lot.id.to_string())
    }),
    ("whoever-was-joined-has-no-stake", |books| {
        let gone = |holder: &Holder| books.holder(holder) != *holder;
        let backer = books.pools.iter().flat_map(|pool| &pool.backers).map(|backer| &backer.holder);
        let owner = books.equipment.iter().flat_map(|machine| &machine.owners).map(|owner| &owner.holder);
        backer.chain(owner).find(|holder| gone(holder)).map(|holder| books.holder_name(holder))
    }),
    ("whoever-was-joined-has-no-balance", |books| {
        books
            .ledger
            .balances()
            .find(|(account, _)| books.is_left_behind(account))
            .map(|(account, _)| account.to_string())
    }),
    ("whoever-was-joined-has-no-role", |books| {
        let is_there =
            |id: &&PersonId| books.people.contains_key(*id) || !books.people.contains_key(&books.canonical_id(**id));
        books.merged.keys().find(is_there).map(PersonId::to_string)
    }),
    ("whoever-was-joined-has-no-task", |books| {
        let theirs = |task: &&Task| {
            task.state.person().into_iter().chain([task.opened_by]).any(|person| books.canonical_id(person) != person)
        };
        books.tasks.iter().find(theirs).map(|task| task.id.to_string())
    }),
    ("whoever-was-joined-has-no-log", |books| {
        let theirs = |log: &&Log| {
            let flagged_by = if let LogStanding::Flagged(flag) = &log.standing { Some(flag.by) } else { None };
            flagged_by.into_iter().chain([log.person, log.by]).any(|person| books.canonical_id(person) != person)
        };
        books.logs.iter().find(theirs).map(|log| log.id.to_string())
    }),
    ("whoever-was-joined-approves-nothing", |books| {
        let theirs =
            |project: &&Project| project.approval.is_some_and(|(person, _)| books.canonical_id(person) != person);
        books.projects.values().find(theirs).map(|project| project.name.clone())
    }),
    ("nobody-waits-for-themselves", |books| {
        books
            .waiting_logs()
            .find(|(log, waiting)| *waiting == Waiting::Person && log.person == log.by)
            .map(|(log, _)| log.id.to_string())
    }),
    ("refunds-stay-within-income", |books| {
        let over = |money: &&crate::core::books::movement::Money| match &money.movement {
            Movement::Income { refunded, net, .. } => {
                refunded.0.minor > money.amount.minor || refunded.1.minor > net.minor
            }
            _ => false,
        };
        books.money.iter().find(over).map(|money| money.id.to_string())
    }),
];

/// The invariants that do not hold.
pub fn broken(books: &Books) -> Vec<BrokenInvariant> {
    INVARIANTS
        .iter()
        .filter_map(|(invariant, check)| check(books).map(|on| BrokenInvariant { invariant, on }))
        .collect()
}

/// A SHA-256 of everything that money depends on: balances, claims and held shares. The format of the hashed text is
/// frozen, so that a journal gives the same digest in every later version.
pub fn digest(books: &Books) -> Hash {
    let mut text = format!("fairshare books 1\n{} {} {}\n", books.network, books.seq, books.head);
    for (account, amount) in books.ledger.balances() {
        text.push_str(&format!("balance {account} {amount}\n"));
    }
    for log in &books.logs {
        let standing = match log.standing {
            LogStanding::Counts => "counts",
            LogStanding::Waits(_) => "waits",
            LogStanding::Flagged(_) => "flagged",
            LogStanding::Struck => "struck",
            LogStanding::Undone => "undone",
        };
        let value = match log.contribution.minutes() {
            Some(minutes) => format!("{} minutes", minutes.0),
            None => log.contribution.stated_value().map(|v| v.to_string()).unwrap_or_default(),
        };
        let name = books.ledger_name(log.person);
        text.push_str(&format!(
            "claim {} {name} {standing} gift={} {value} paid={} reimbursed={}\n",
            log.id, log.gift, log.paid.0, log.reimbursed.0
        ));
    }
    for (&id, project) in &books.projects {
        text.push_str(&format!(
            "project {} waiting={} held={} rule={}\n",
            project.name,
            books.waiting_income(id),
            books.held(id),
            project.rule_hash
        ));
    }
    for pool in &books.pools {
        text.push_str(&format!(
            "pool {} {} paid={} promised={}\n",
            pool.name,
            pool.state.word(),
            pool.paid().0,
            pool.promised().0
        ));
    }
    for machine in &books.equipment {
        text.push_str(&format!(
            "equipment {} {} terms={}\n",
            machine.name,
            machine.standing.word(),
            machine.terms.hash()
        ));
        for owner in &machine.owners {
            text.push_str(&format!(
                "stake {} {} due={} paid={}\n",
                books.holder_ledger_name(&owner.holder),
                owner.stake.0,
                owner.due.0,
                owner.paid.0
            ));
        }
    }
    for bill in &books.bills {
        text.push_str(&format!("bill {} {} {:?}\n", bill.id, bill.total(), bill.state));
    }
    Hash(Sha256::digest(text).into())
}
