//! Properties of the arithmetic, the parser and the flow, for any cases of proptest.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;

use crate::world::{World, block_on};
use fairshare::core::books::state::Books;
use fairshare::core::check;
use fairshare::core::contribution::Contribution;
use fairshare::core::distribution::fill::{Claim, fill_claims};
use fairshare::core::distribution::run::{DistributionInput, DistributionOutcome, Selection, distribute};
use fairshare::core::distribution::share::BucketResult;
use fairshare::core::entry::{Entry, Fact};
use fairshare::core::fact::money::{Distributed, IncomeRecorded, PaidOut};
use fairshare::core::fact::people::{NetworkCreated, PeopleJoined, PersonAdded};
use fairshare::core::fact::rule::{ProjectCreated, RateSet};
use fairshare::core::fact::work::Logged;
use fairshare::core::ids::{DistributionId, Hash, LogId, MoneyId, PersonId, ProjectId, TextRef};
use fairshare::core::ledger::{Ledger, LedgerAccount, Transaction};
use fairshare::core::money::{Commodity, Minor};
use fairshare::core::percent::BasisPoints;
use fairshare::core::rule::bucket::{Destination, Lifetime};
use fairshare::core::rule::build::{Cut, Numbers};
use fairshare::core::rule::preset::Preset;
use fairshare::core::split::split;
use fairshare::core::time::{Minutes, Timestamp};
use fairshare::grammar::catalog::Catalog;
use fairshare::grammar::{parse, values};

fn cad() -> Commodity {
    Commodity::iso("CAD").unwrap()
}

/// So many cents.
fn coins(cents: std::ops::Range<i64>) -> impl Strategy<Value = Minor> {
    cents.prop_map(Minor)
}

prop_compose! {
    fn claims()(made in prop::collection::vec((0_u32..8, 0_i64..1_000_000, prop::option::of(coins(0..100_000)), any::<bool>()), 0..40)) -> Vec<Claim> {
        made.into_iter().zip(1..).map(|((person, weight, room, held), log)| Claim { log: LogId(log), person: PersonId(person), weight, room, held }).collect()
    }
}

/// The commands, read once for all cases.
pub(crate) static CATALOG: LazyLock<Catalog> = LazyLock::new(|| fairshare::commands::registry::catalog().unwrap());

/// Names of options, values, quotes and colons in any order.
const PIECES: &str = "(date|time|task|for|gift|what|x|--gift|2h|12|#1|hier|\"a\"|:|\"| ){0,14}";

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_sum_to_the_whole_and_are_within_a_unit_of_exact(whole in coins(0..1_000_000_000_000), weights in prop::collection::vec(0_i128..1_000_000_000_000, 1..50)) {
        let sum: i128 = weights.iter().sum();
        match split(whole, &weights) {
            Err(_) => prop_assert_eq!(sum, 0),
            Ok(parts) => {
                prop_assert_eq!(parts.iter().sum::<Minor>(), whole);
                for (part, weight) in parts.iter().zip(&weights) {
                    let off = i128::from(*part) * sum - i128::from(whole) * weight;
                    prop_assert!(off.abs() < sum, "{} of {}", part.0, whole.0);
                    prop_assert!(*weight > 0 || *part == Minor::ZERO);
                }
            }
        }
    }

    #[test]
    fn claims_get_all_there_is_or_are_full(amount in coins(0..10_000_000), claims in claims()) {
        let parts = fill_claims(amount, claims.clone(), false).unwrap();
        let placed: Minor = parts.iter().map(|(_, part)| part).sum();
        prop_assert!(placed <= amount);
        for (claim, part) in &parts {
            prop_assert!(*part >= Minor::ZERO && claim.room.is_none_or(|room| *part <= room));
        }
        if placed < amount {
            prop_assert!(parts.iter().all(|(claim, part)| claim.room == Some(*part)), "something is left although somebody could take it");
        }
    }

    #[test]
    fn who_has_no_limit_is_within_a_unit_of_their_exact_share(amount in coins(0..10_000_000), claims in claims()) {
        let claims: Vec<Claim> = claims.into_iter().map(|claim| Claim { room: None, ..claim }).collect();
        let sum: i128 = claims.iter().map(|claim| i128::from(claim.weight)).sum();
        let parts = fill_claims(amount, claims.clone(), false).unwrap();
        for person in 0..8 {
            let of = |claim: &Claim| claim.person == PersonId(person);
            let weight: i128 = claims.iter().filter(|claim| of(claim)).map(|claim| i128::from(claim.weight)).sum();
            let part: Minor = parts.iter().filter(|(claim, _)| of(claim)).map(|(_, part)| part).sum();
            prop_assert!((i128::from(part) * sum - i128::from(amount) * weight).abs() < sum.max(1));
        }
    }

    #[test]
    fn a_distribution_loses_and_makes_nothing(
        income in 0_i64..10_000_000, carried in -1_000_000_i64..1_000_000, spent in 0_i64..1_000_000, claims in claims(), preset in 0_usize..3, lifetime in 0_usize..4,
        cuts in prop::collection::vec(1_u32..3000, 0..4),
    ) {
        let cuts = cuts.into_iter().enumerate().map(|(number, percent)| Cut { percent: BasisPoints(percent), to: Destination::Fund(format!("fund-{number}")) }).collect();
        let [income, carried, spent] = [income, carried, spent].map(Minor);
        let preset = [Preset::Hours, Preset::Rates, Preset::CostsFirst][preset];
        let lifetime = [None, Some(Lifetime::Forever), Some(Lifetime::UntilPaid), Some(Lifetime::Once)][lifetime];
        let Ok(rule) = preset.rule(cuts, &Numbers { lifetime, ..Numbers::default() }) else { return Ok(()) };
        // Half of the claims for each bucket, so that none is selected twice.
        let mut bucket = 0;
        let outcome = distribute(&rule, DistributionInput { income, carried, spent, milestone: None }, |_| {
            bucket += 1;
            Selection::Claims(claims.iter().filter(|claim| claim.log.0 % 2 == bucket % 2).cloned().collect())
        }).unwrap();
        let placed: Minor = outcome.shares.iter().map(|share| share.placed).sum();
        prop_assert_eq!(placed + outcome.undistributed, income + carried - spent);
        prop_assert!(outcome.undistributed >= Minor::ZERO || (income + carried).is_negative() || spent.is_positive());
        for share in &outcome.shares {
            prop_assert!(share.placed >= Minor::ZERO && share.placed <= share.offered);
            if let BucketResult::Claims(parts) = &share.given {
                prop_assert_eq!(parts.iter().map(|(_, part)| part).sum::<Minor>(), share.placed);
            }
        }
    }

    #[test]
    fn a_ledger_of_transactions_is_balanced(moves in prop::collection::vec((0_u8..5, 0_u8..5, -1_000_000_i64..1_000_000), 0..60)) {
        let account = |number: u8| match number {
            0 => LedgerAccount::Custodian,
            1 => LedgerAccount::Taxes,
            2 => LedgerAccount::Project("a".into()),
            3 => LedgerAccount::Person("b".into()),
            _ => LedgerAccount::Fund("c".into()),
        };
        let mut ledger = Ledger::default();
        for (from, to, minor) in moves {
            let transaction = Transaction::credit(account(from), [(account(to), cad().minor(Minor(minor)))]).unwrap();
            ledger.post(&transaction);
            let json = serde_json::to_string(&transaction).unwrap();
            prop_assert_eq!(serde_json::from_str::<Transaction>(&json).unwrap(), transaction);
        }
        prop_assert!(ledger.is_balanced());
        let held = ledger.balance(LedgerAccount::Custodian, cad()).minor;
        let owed: Minor = ledger.balances().filter(|(account, _)| account.grows_by_credit()).map(|(_, amount)| amount.minor).sum();
        prop_assert_eq!(held, owed);
    }

    #[test]
    fn what_an_amount_prints_is_read_back(minor in -100_000_000_000_i64..100_000_000_000) {
        let amount = cad().minor(Minor(minor));
        prop_assert_eq!(amount.to_string().parse::<fairshare::core::money::Amount>().unwrap(), amount);
        prop_assert_eq!(values::balance(&amount.number(), cad()), Ok(amount));
        prop_assert_eq!(values::balance(&amount.number().replace('.', ","), cad()), Ok(amount));
    }

    #[test]
    fn what_a_duration_prints_is_read_back(minutes in 1_i64..1440) {
        prop_assert_eq!(values::duration(&fairshare::grammar::notation::duration(minutes)).map(|read| read.0), Ok(minutes));
    }

    #[test]
    fn any_text_is_a_call_or_a_refusal(text in "\\PC{0,80}") {
        for line in [text.clone(), format!("log hours {text}"), format!("log 2h {text}"), format!("income record {text}")] {
            let _ = parse::text(&line, &CATALOG);
        }
    }

    #[test]
    fn quotes_and_colons_anywhere_are_read_or_refused(text in PIECES) {
        for begun in ["log 2h wiring", "log", "income record 12", "use press"] {
            let line = format!("{begun} {text}");
            let _ = parse::text(&line, &CATALOG).map(|call| parse::sentences(call, &CATALOG));
        }
    }

    #[test]
    fn values_of_any_text_are_read_or_refused(text in "\\PC{0,30}|[-+0-9.,:hme ]{0,12}") {
        let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
        let _ = values::duration(&text);
        let _ = values::foreign_amount(&text, cad());
        let _ = values::quantity(&text);
        let _ = values::date(&text, today, values::Towards::Past);
        let _ = values::end_of_period(&text, today, values::End::First);
        let _ = values::days(&text);
        if let Ok(amount) = values::amount(&text, cad()) {
            prop_assert!(amount.minor.is_positive());
        }
    }
}

const PROJECT: ProjectId = ProjectId(1);
const NO_TEXT: TextRef = TextRef(Hash([0; 32]));

/// Growing books, with the payloads of their entries.
struct Journal {
    books: Books,
    payloads: Vec<String>,
}

impl Journal {
    /// Three people, a project that gives a tenth to the third of them and the rest by value, and a rate of the
    /// third's own.
    fn begin() -> Self {
        let mut journal = Self { books: Books::empty("n", cad()), payloads: Vec::new() };
        journal.take(NetworkCreated { name: "n".into(), currency: "CAD".into(), scale: 2, timezone: chrono_tz::UTC });
        for (person, handle) in [(1, "ana"), (2, "ben"), (3, "anna")] {
            journal.take(PersonAdded {
                person: PersonId(person),
                handle: handle.into(),
                agreed: Vec::new(),
                marks: Vec::new(),
            });
        }
        let rule = Preset::Rates
            .rule(vec![Cut { percent: BasisPoints(1000), to: Destination::Person(PersonId(3)) }], &Numbers::default())
            .unwrap();
        journal.take(ProjectCreated { project: PROJECT, name: "p".into(), rule_hash: rule.hash(), rule });
        for (person, per_hour) in [(None, Minor(1000)), (Some(PersonId(3)), Minor(3000))] {
            journal.take(RateSet {
                role: "work".into(),
                person,
                per_hour: cad().minor(per_hour),
                from: chrono::NaiveDate::default(),
            });
        }
        journal
    }

    fn entry(&self, fact: impl Into<Fact>) -> Entry {
        Entry {
            network: "n".into(),
            seq: self.books.seq + 1,
            at: Timestamp::UNIX_EPOCH,
            said: None,
            by: Some(PersonId(1)),
            fact: fact.into(),
        }
    }

    fn take(&mut self, fact: impl Into<Fact>) {
        let entry = self.entry(fact);
        let payload = entry.payload();
        self.books.apply(&entry, &payload).unwrap();
        self.payloads.push(payload);
    }

    fn log(&mut self, person: u32, minutes: i64) {
        let contribution = Contribution::Work { minutes: Minutes(minutes), role: "work".into() };
        let (log, date) = (self.books.logs.next(), chrono::NaiveDate::default());
        let person = PersonId(person);
        self.take(Logged {
            log,
            person,
            project: PROJECT,
            task: None,
            date,
            what: NO_TEXT,
            contribution,
            gift: false,
            waiting: None,
            validations: 0,
            line: None,
        });
    }

    fn outcome(&self, income: Minor) -> DistributionOutcome {
        self.books
            .outcome(PROJECT, &self.books.projects[&PROJECT].rule, self.books.input(PROJECT, cad().minor(income)))
            .unwrap()
    }

    /// An income that arrives and is shared.
    fn share(&mut self, minor: Minor) {
        let (money, amount, date) = (self.books.money.next(), cad().minor(minor), chrono::NaiveDate::default());
        let transaction =
            Transaction::credit(LedgerAccount::Custodian, [(self.books.project_account(PROJECT), amount)]).unwrap();
        self.take(IncomeRecorded {
            money,
            project: PROJECT,
            from: NO_TEXT,
            date,
            amount,
            fee: None,
            tax: None,
            original: None,
            transaction,
            milestone: None,
            reference: None,
        });
        let DistributionOutcome { shares, undistributed, .. } = self.outcome(amount.minor);
        let owed = shares
            .iter()
            .flat_map(|share| share.owed())
            .map(|(to, part)| (self.books.account_of_recipient(&to), cad().minor(part)));
        let transaction = Transaction::credit(self.books.project_account(PROJECT), owed).unwrap();
        let rule = self.books.projects[&PROJECT].rule.clone();
        self.take(Distributed {
            distribution: DistributionId(1),
            project: PROJECT,
            rule_hash: rule.hash(),
            rule,
            incomes: vec![(money, amount)],
            carried: cad().zero(),
            spent: cad().zero(),
            shares,
            undistributed: cad().minor(undistributed),
            transaction,
            version: 1,
            redirected: Vec::new(),
            planned: Vec::new(),
            nothing_closes_nothing: true,
        });
    }

    fn pay(&mut self, person: u32, minor: Minor) {
        let (person, amount) = (PersonId(person), cad().minor(minor));
        let transaction =
            Transaction::credit(self.books.account_of(person), [(LedgerAccount::Custodian, amount)]).unwrap();
        self.take(PaidOut { money: MoneyId(2), person, amount, fee: None, reference: None, transaction, date: None });
    }

    /// What each person would get of an income.
    fn parts(&self, income: Minor) -> BTreeMap<PersonId, Minor> {
        let mut parts = BTreeMap::new();
        for share in self.outcome(income).shares {
            match share.given {
                BucketResult::Fund(_) => {}
                BucketResult::Person(person) => *parts.entry(person).or_default() += share.placed,
                BucketResult::Claims(claims) => {
                    claims.iter().for_each(|(claim, part)| *parts.entry(claim.person).or_default() += *part)
                }
            }
        }
        parts
    }

    /// The total weight of the claims.
    fn weight(&self) -> i64 {
        self.books.logs.iter().map(|log| i64::try_from(self.books.open_value(log).unwrap()).unwrap()).sum()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Merging two people keeps their total, changes nobody else, and the journal gives the same books again.
    #[test]
    fn joining_changes_no_total(
        logs in prop::collection::vec((1_u32..4, 1_i64..600), 1..30), income in 1_i64..1_000_000, paid in 1_i64..1_000_000, later in prop::collection::vec((1_u32..3, 1_i64..600), 0..5),
    ) {
        let (ana, ben, anna) = (PersonId(1), PersonId(2), PersonId(3));
        let mut journal = Journal::begin();
        logs.iter().for_each(|(person, minutes)| journal.log(*person, *minutes));
        journal.share(Minor(income));
        journal.pay(3, Minor(paid));
        // An amount that every share divides evenly.
        let weight = journal.weight();
        let (before, parts) = (journal.books.clone(), journal.parts(Minor(10 * weight)));

        let nothing = journal.entry(PeopleJoined { kept: ana, gone: anna, transaction: Transaction::new([]).unwrap() });
        let refused = before.clone().apply(&nothing, &nothing.payload());
        prop_assert_eq!(refused.is_err(), before.owed_to(anna).minor != Minor::ZERO);
        journal.take(PeopleJoined { kept: ana, gone: anna, transaction: journal.books.moving(anna, ana).unwrap() });

        let books = &journal.books;
        prop_assert_eq!(check::broken(books), []);
        prop_assert_eq!(books.owed_to(ana).minor, before.owed_to(ana).minor + before.owed_to(anna).minor);
        prop_assert_eq!(books.owed_to(ben), before.owed_to(ben));
        prop_assert_eq!(books.ledger.balance(LedgerAccount::Person("anna".into()), cad()).minor, Minor::ZERO);
        prop_assert_eq!(journal.weight(), weight);
        let day = chrono::NaiveDate::default();
        prop_assert_eq!(books.minutes_on(ana, day).0, before.minutes_on(ana, day).0 + before.minutes_on(anna, day).0);
        let (now, part) = (journal.parts(Minor(10 * weight)), |person| parts.get(&person).copied().unwrap_or_default());
        prop_assert_eq!(now.get(&ana).copied().unwrap_or_default(), part(ana) + part(anna));
        prop_assert_eq!(now.get(&ben).copied().unwrap_or_default(), part(ben));
        prop_assert_eq!((books.person_by_handle("anna"), books.next_person()), (Some(ana), PersonId(4)));

        // An undone payment to the merged id is owed to the kept person.
        let undone = books.on_current_accounts(books.money[1].transaction.reversed());
        prop_assert!(undone.postings().iter().any(|(account, _)| *account == LedgerAccount::Person("ana".into())));
        prop_assert!(!undone.postings().iter().any(|(account, _)| books.is_left_behind(account)));

        later.iter().for_each(|(person, minutes)| journal.log(*person, *minutes));
        let mut again = Books::empty("n", cad());
        for payload in &journal.payloads {
            again.apply(&Entry::parse(payload).unwrap(), payload).unwrap();
        }
        prop_assert_eq!(check::digest(&again), check::digest(&journal.books));
        prop_assert_eq!(again, journal.books);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// For any input, the bot answers or is silent, and the journal is whole.
    #[test]
    fn nothing_typed_stops_the_bot(lines in prop::collection::vec("!(log|log hours|income record|payout|money undo|task open|help|yes|network set|flag resolve|project new) ?\\PC{0,60}", 1..20)) {
        block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let mut world = World::open(&folder.path().join("a.sqlite"), "any").await;
            world.run("@clock 2026-01-05T09:00:00Z\nana> !network init a\nana> !project new b\nana> !role grant ana custodian\n").await;
            for line in &lines {
                let reply = world.hear(&format!("ana> {line}")).await;
                assert!(!reply.contains("Something went wrong"), "{line}: {reply}");
            }
            assert!(world.hear("ana> !ledger verify").await.contains("The journal is complete"));
            world.close().await;
        });
    }
}
