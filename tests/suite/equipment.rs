//! Pools and co-owned machines: what may happen to a pool, what a use costs and who receives it, and how co-owners are
//! paid back. First cases worked out by hand, then properties for any cases of proptest.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use fairshare::core::books::bill::{Bill, BillState};
use fairshare::core::books::state::Books;
use fairshare::core::check;
use fairshare::core::entry::{Entry, Fact};
use fairshare::core::equipment::{
    Charge, ChargeError, ChargeLine, Equipment, EquipmentStanding, EquipmentTerms, MAINTENANCE, Owner, Parts, Scenario,
    Technician, Usage, Why, charge, for_owners, from_owners, hand_on, subscription,
};
use fairshare::core::fact::equipment::{
    BillPaid, Billed, Charged, EquipmentAdded, EquipmentBought, HandedOver, Payer, StakeTransferred, TermsSet,
};
use fairshare::core::fact::money::MoneyUndone;
use fairshare::core::fact::people::{NetworkCreated, PersonAdded};
use fairshare::core::fact::pool::{
    PledgeLapsed, PledgeWithdrawn, Pledged, PoolClosed, PoolOpened, PoolPaid, PoolSettled, PoolToppedUp,
};
use fairshare::core::holder::Holder;
use fairshare::core::ids::{EquipmentId, Hash, LotId, MoneyId, PersonId, PoolId, TextRef};
use fairshare::core::ledger::{LedgerAccount, Transaction};
use fairshare::core::money::{Amount, Commodity, Minor};
use fairshare::core::percent::BasisPoints;
use fairshare::core::pool::{Backer, Conditions, Pool, PoolEvent, PoolKind, PoolState, Purpose, Rest, Stake};
use fairshare::core::split::SplitError;
use fairshare::core::stock::{Lot, TakeError, Taken, take};
use fairshare::core::time::{Minutes, Timestamp};
use proptest::prelude::*;
use rust_decimal::Decimal;

/// All people, by number from 1. The last one works on machines and pays for none.
const PEOPLE: [&str; 12] = ["ana", "ben", "cy", "dee", "eve", "fay", "gil", "hal", "ida", "jo", "kim", "tom"];
const TECHNICIAN: PersonId = PersonId(12);
/// How many of them, from the first, act in random journals: few, so that they interact.
const ACTORS: u32 = 4;
const PRINTER: EquipmentId = EquipmentId(1);

fn cad() -> Commodity {
    Commodity::iso("CAD").unwrap()
}

fn cents(text: &str) -> Minor {
    format!("{text} CAD").parse::<Amount>().unwrap().minor
}

fn amount(text: &str) -> Amount {
    cad().minor(cents(text))
}

fn money(minor: Minor) -> String {
    cad().minor(minor).number()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn person(name: &str) -> PersonId {
    PersonId((1..).zip(PEOPLE).find(|(_, known)| *known == name).unwrap().0)
}

fn holder(name: &str) -> Holder {
    Holder::Person(person(name))
}

fn name(holder: &Holder) -> &str {
    match holder {
        Holder::Person(person) => PEOPLE[usize::try_from(person.0).unwrap() - 1],
        Holder::Fund(fund) => fund,
    }
}

/// A line as the cases write it: its reason, its receiver, its amount.
fn told(line: &ChargeLine) -> String {
    let why = match &line.why {
        Why::Material { lot, material, quantity, unit } => format!("{quantity} {unit} {material} of {lot}"),
        Why::Technician { time, per_hour } => format!("technician {}m at {}", time.0, per_hour.number()),
        Why::Hourly { time, per_hour } => format!("{}m at {}", time.0, per_hour.number()),
        Why::Part { percent, of } => format!("{}% of {}", percent.0 / 100, money(*of)),
        Why::PayBack { open, of } => format!("{} open of {}", money(*open), money(*of)),
        Why::TakenBack { received, of } => format!("{} received of {}", money(*received), money(*of)),
        Why::Above => "above".to_owned(),
        Why::After { percent, of } => format!("after: {}% of {}", percent.0 / 100, money(*of)),
    };
    format!("{why}: {} {}", name(&line.to), money(line.minor))
}

fn all_told(lines: &[ChargeLine]) -> Vec<String> {
    lines.iter().map(told).collect()
}

/// A charge as the cases write it: its lines, the other sums that are not zero, and the total.
fn charge_told(charge: &Charge) -> Vec<String> {
    let sums = [("owners", charge.owners), ("claim", charge.claim), ("set off", charge.set_off)];
    let sums = sums.into_iter().filter(|(_, minor)| *minor != Minor::ZERO).chain([("due", charge.total())]);
    all_told(&charge.lines).into_iter().chain(sums.map(|(what, minor)| format!("{what} {}", money(minor)))).collect()
}

/// Co-owners by name, with what they receive in all and what they have received.
fn owners<const N: usize>(owners: [(&str, &str, &str); N]) -> Vec<Owner> {
    owners
        .map(|(who, due, paid)| Owner { holder: holder(who), stake: cents(due), due: cents(due), paid: cents(paid) })
        .to_vec()
}

/// Terms of the worked cases: 15.00 an hour, 1.50 an hour for maintenance, 20/10/70; clients pay 20.00.
fn terms() -> EquipmentTerms {
    EquipmentTerms {
        project_rate: Some(amount("15.00")),
        commercial_rate: Some(amount("20.00")),
        member_rate: Some(amount("15.00")),
        maintenance: Some(amount("1.50")),
        ..EquipmentTerms::default()
    }
}

fn parts_of(maintenance: u32, infrastructure: u32, owners: u32) -> Parts {
    let [maintenance, infrastructure, owners] = [maintenance, infrastructure, owners].map(BasisPoints);
    Parts { maintenance, infrastructure, owners }
}

/// Terms without a part for maintenance.
fn without_part() -> EquipmentTerms {
    EquipmentTerms { parts: parts_of(0, 3000, 7000), ..terms() }
}

/// A bare use.
fn usage(scenario: Scenario, minutes: i64) -> Usage {
    Usage {
        scenario,
        time: Minutes(minutes),
        taken: Vec::new(),
        technician: None,
        price: None,
        subscribed: false,
        against_stake: None,
    }
}

fn filament(value: &str) -> Vec<Taken> {
    let (lot, material, quantity, unit) = (LotId(1), "pla".to_owned(), Decimal::from(100), "g".to_owned());
    vec![Taken { lot, material, quantity, unit, value: cents(value), by: holder("dee") }]
}

fn technician(minutes: i64, per_hour: &str) -> Option<Technician> {
    Some(Technician { person: TECHNICIAN, time: Minutes(minutes), per_hour: amount(per_hour) })
}

fn conditions(goal: &str) -> Conditions {
    Conditions {
        purpose: Purpose::Equipment(PRINTER),
        kind: PoolKind::AllOrNothing,
        goal: amount(goal),
        needed: amount(goal),
        optimum: None,
        cap: None,
        least: None,
        deadline: NaiveDate::default(),
        closes: Timestamp::UNIX_EPOCH,
        settles: Timestamp::UNIX_EPOCH,
        term: None,
        fees: None,
        rest: Rest::Back,
    }
}

/// A backer who has agreed, with what they promised and paid, at a place in the journal.
fn backer(holder: Holder, promised: Minor, paid: Minor, place: u64) -> Backer {
    Backer { promised, paid, agreed: Some(Hash([1; 32])), first_paid: Some(place), ..Backer::new(holder) }
}

/// An open pool of people by name, with what they promised and paid, in the order of their payments.
fn pool<const N: usize>(conditions: Conditions, backers: [(&str, &str, &str); N]) -> Pool {
    let backers = (1..)
        .zip(backers)
        .map(|(place, (who, promised, paid))| backer(holder(who), cents(promised), cents(paid), place));
    let (id, name, by) = (PoolId(1), "printer".to_owned(), person("ana"));
    Pool {
        course: Default::default(),
        id,
        name,
        conditions,
        by,
        zone: chrono_tz::UTC,
        state: PoolState::Open,
        last_at: Timestamp::UNIX_EPOCH,
        backers: backers.collect(),
    }
}

/// Stakes as the cases write them, with what is left of the money.
fn stakes_told(stakes: &[Stake]) -> Vec<String> {
    stakes
        .iter()
        .map(|s| format!("{} {} of {}, {} back", name(&s.holder), money(s.stake), money(s.due), money(s.rest)))
        .collect()
}

/// Every event. A new one does not compile until it is listed here.
fn events() -> Vec<PoolEvent> {
    use PoolEvent as E;
    let next = |event: &PoolEvent| {
        Some(match event {
            E::Pledge => E::Withdraw,
            E::Withdraw => E::Pay,
            E::Pay => E::TopUp,
            E::TopUp => E::Lapse,
            E::Lapse => E::PledgingEnds,
            E::PledgingEnds => E::Settle { reached: true },
            E::Settle { reached: true } => E::Settle { reached: false },
            E::Settle { reached: false } => E::Buy,
            E::Buy => E::BuyUndone,
            E::BuyUndone => E::Give,
            E::Give => E::Cancel,
            E::Cancel => return None,
        })
    };
    std::iter::successors(Some(E::Pledge), next).collect()
}

#[test]
fn a_pool_does_what_its_table_says_and_nothing_else() {
    use {PoolEvent as E, PoolState as S};
    let table = [
        (S::Open, E::Pledge, S::Open),
        (S::Open, E::Withdraw, S::Open),
        (S::Open, E::Pay, S::Open),
        (S::Open, E::TopUp, S::Open),
        (S::Open, E::Lapse, S::Open),
        (S::Open, E::PledgingEnds, S::Settling),
        (S::Open, E::Cancel, S::Cancelled),
        (S::Settling, E::Withdraw, S::Settling),
        (S::Settling, E::Pay, S::Settling),
        (S::Settling, E::Lapse, S::Settling),
        (S::Settling, E::Settle { reached: true }, S::Funded),
        (S::Settling, E::Settle { reached: false }, S::Failed),
        (S::Settling, E::Cancel, S::Cancelled),
        (S::Funded, E::TopUp, S::Funded),
        (S::Funded, E::Buy, S::Bought),
        (S::Funded, E::Give, S::Given),
        (S::Funded, E::Cancel, S::Cancelled),
        (S::Bought, E::BuyUndone, S::Funded),
    ];
    let table: BTreeMap<(PoolState, PoolEvent), PoolState> =
        table.into_iter().map(|(from, event, to)| ((from, event), to)).collect();
    let mut tried = BTreeSet::new();
    for state in PoolState::ALL {
        for event in events() {
            assert_eq!(state.on(event), table.get(&(state, event)).copied(), "{state:?} on {event:?}");
            tried.insert((state, event));
        }
    }
    assert_eq!(tried.len(), 7 * 12, "each pair once");
    assert!(table.values().all(|state| PoolState::ALL.contains(state)));
}

#[test]
fn a_pool_holds_money_until_it_is_spent_or_owed_back() {
    let holding: Vec<PoolState> = PoolState::ALL.into_iter().filter(|state| state.holds_money()).collect();
    assert_eq!(holding, [PoolState::Open, PoolState::Settling, PoolState::Funded]);
}

#[test]
fn co_owners_are_paid_back_by_what_is_open_to_them() {
    let mut three = owners([("ana", "600.00", "0.00"), ("ben", "1200.00", "0.00"), ("cy", "1800.00", "0.00")]);
    assert_eq!(
        all_told(&for_owners(cents("30.00"), &three, None).unwrap()),
        ["600.00 open of 3600.00: ana 5.00", "1200.00 open of 3600.00: ben 10.00", "1800.00 open of 3600.00: cy 15.00"]
    );
    // In proportion, to the cent.
    let first = for_owners(cents("3590.00"), &three, None).unwrap();
    three.iter_mut().zip(&first).for_each(|(owner, line)| owner.paid += line.minor);
    let last = for_owners(cents("30.00"), &three, None).unwrap();
    assert_eq!(
        all_told(&last),
        [
            "1.67 open of 10.00: ana 1.67",
            "3.33 open of 10.00: ben 3.33",
            "5.00 open of 10.00: cy 5.00",
            "above: maintenance 20.00"
        ]
    );
    three.iter_mut().zip(&last).for_each(|(owner, line)| owner.paid += line.minor);
    assert!(three.iter().all(|owner| owner.open() == Minor::ZERO && owner.paid == owner.due));
}

/// Each case: what it shows, the co-owners, their part, the terms for `after`, and the result.
#[test]
fn what_is_not_open_to_co_owners_goes_where_the_terms_say() {
    let half = Some((BasisPoints::HALF, BasisPoints::HALF));
    let open = || owners([("ana", "10.00", "4.00"), ("ben", "5.00", "5.00")]);
    let nobody = || owners([("ana", "10.00", "10.00")]);
    type Case<'a> = (&'a str, Vec<Owner>, &'a str, Option<(BasisPoints, BasisPoints)>, &'a [&'a str]);
    let cases: [Case; 10] = [
        ("nothing is nobody's", open(), "0.00", None, &[]),
        ("whoever is paid back has no line", open(), "5.99", None, &["6.00 open of 6.00: ana 5.99"]),
        ("to the last cent", open(), "6.00", None, &["6.00 open of 6.00: ana 6.00"]),
        ("a cent above", open(), "6.01", None, &["6.00 open of 6.00: ana 6.00", "above: maintenance 0.01"]),
        ("nothing is open any more", nobody(), "3.00", None, &["above: maintenance 3.00"]),
        (
            "of a shareable, half and half; the odd cent to the first",
            nobody(),
            "3.01",
            half,
            &["after: 50% of 3.01: maintenance 1.51", "after: 50% of 3.01: infrastructure 1.50"],
        ),
        ("of a shareable, to the last cent", nobody(), "0.01", half, &["after: 50% of 0.01: maintenance 0.01"]),
        (
            "of a shareable, as other terms say",
            nobody(),
            "3.00",
            Some((BasisPoints::ZERO, BasisPoints::ONE)),
            &["after: 100% of 3.00: infrastructure 3.00"],
        ),
        (
            "what is open comes first all the same",
            open(),
            "8.00",
            half,
            &[
                "6.00 open of 6.00: ana 6.00",
                "after: 50% of 2.00: maintenance 1.00",
                "after: 50% of 2.00: infrastructure 1.00",
            ],
        ),
        (
            "nobody ever paid for it",
            Vec::new(),
            "2.00",
            half,
            &["after: 50% of 2.00: maintenance 1.00", "after: 50% of 2.00: infrastructure 1.00"],
        ),
    ];
    for (shows, owners, part, after, expected) in cases {
        assert_eq!(all_told(&for_owners(cents(part), &owners, after).unwrap()), expected, "{shows}");
    }
}

#[test]
fn a_shareable_gives_to_both_funds_and_no_other_machine_does() {
    let (paid_back, above): (_, [&str; 1]) = (owners([("ana", "10.00", "10.00")]), ["above: maintenance 2.00"]);
    let after = ["after: 75% of 2.00: maintenance 1.50", "after: 25% of 2.00: infrastructure 0.50"];
    let cases: [(EquipmentStanding, Vec<Owner>, &[&str]); 3] = [
        (EquipmentStanding::Owned, paid_back.clone(), &above),
        (EquipmentStanding::Shareable, paid_back, &after),
        (EquipmentStanding::Planned, Vec::new(), &above),
    ];
    for (standing, owners, expected) in cases {
        let machine = Equipment {
            course: Default::default(),
            id: PRINTER,
            party: TECHNICIAN,
            name: "printer".into(),
            standing,
            terms: EquipmentTerms { after: (BasisPoints(7500), BasisPoints(2500)), ..terms() },
            version: 1,
            proposed: None,
            cost: Minor::ZERO,
            owners,
            certified: BTreeSet::new(),
        };
        assert_eq!(all_told(&machine.for_owners(Minor(200)).unwrap()), expected, "{standing:?}");
    }
}

/// Each case: what it shows, the terms, the use, and each line with the sums. For ana 25.00 are open, for ben nothing.
#[test]
fn what_a_use_costs_and_whom_it_is_for() {
    let machine = [("ana", "40.00", "15.00"), ("ben", "20.00", "20.00")];
    let member = |minutes| usage(Scenario::Member, minutes);
    let commercial = |minutes| usage(Scenario::Commercial, minutes);
    let whole = |usage: Usage| Usage { taken: filament("3.00"), technician: technician(30, "20.00"), ..usage };
    let dear = |usage: Usage| Usage { taken: filament("12.00"), technician: technician(60, "25.00"), ..usage };
    let price = |text: &str, usage: Usage| Usage { price: Some(cents(text)), ..usage };
    let against = |who: &str, usage: Usage| Usage { against_stake: Some(holder(who)), ..usage };
    let none = || EquipmentTerms { project_rate: None, commercial_rate: None, member_rate: None, ..terms() };
    let cases: [(&str, EquipmentTerms, Usage, &str); 17] = [
        (
            "worked case 7: member use by the hour",
            terms(),
            whole(member(240)),
            "100 g pla of S1: dee 3.00, technician 30m at 20.00: tom 10.00, 240m at 1.50: maintenance 6.00,
             20% of 60.00: maintenance 12.00, 10% of 60.00: infrastructure 6.00, owners 42.00, due 79.00",
        ),
        (
            "worked case 7: project use without a technician",
            terms(),
            Usage { taken: filament("3.00"), ..usage(Scenario::Project, 240) },
            "100 g pla of S1: dee 3.00, 240m at 1.50: maintenance 6.00, claim 60.00, due 9.00",
        ),
        (
            "worked case 8: a client's price",
            terms(),
            price("100.00", dear(commercial(240))),
            "100 g pla of S1: dee 12.00, technician 60m at 25.00: tom 25.00, 20% of 63.00: maintenance 12.60,
             10% of 63.00: infrastructure 6.30, owners 44.10, due 100.00",
        ),
        (
            "a client pays the sum of the lines if no price was agreed",
            terms(),
            whole(commercial(240)),
            "100 g pla of S1: dee 3.00, technician 30m at 20.00: tom 10.00, 20% of 80.00: maintenance 16.00,
             10% of 80.00: infrastructure 8.00, owners 56.00, due 93.00",
        ),
        (
            "a price that covers material and technician to the cent",
            terms(),
            price("37.00", dear(commercial(240))),
            "100 g pla of S1: dee 12.00, technician 60m at 25.00: tom 25.00, due 37.00",
        ),
        (
            "with no part of the price, maintenance has its hours, out of the price",
            without_part(),
            price("100.00", dear(commercial(240))),
            "100 g pla of S1: dee 12.00, technician 60m at 25.00: tom 25.00, 240m at 1.50: maintenance 6.00,
             30% of 57.00: infrastructure 17.10, owners 39.90, due 100.00",
        ),
        (
            "and on top of it where there is none",
            without_part(),
            commercial(240),
            "240m at 1.50: maintenance 6.00, 30% of 80.00: infrastructure 24.00, owners 56.00, due 86.00",
        ),
        (
            "a price needs no rate",
            none(),
            price("10.00", commercial(240)),
            "20% of 10.00: maintenance 2.00, 10% of 10.00: infrastructure 1.00, owners 7.00, due 10.00",
        ),
        (
            "a subscription covers the machine's time, not the rest",
            terms(),
            Usage { subscribed: true, ..whole(member(240)) },
            "100 g pla of S1: dee 3.00, technician 30m at 20.00: tom 10.00, 240m at 1.50: maintenance 6.00, due 19.00",
        ),
        (
            "a subscription needs no rate by the hour, and leaves a stake alone",
            none(),
            Usage { subscribed: true, ..against("ana", member(60)) },
            "60m at 1.50: maintenance 1.50, due 1.50",
        ),
        (
            "set off as far as something is open, the rest is billed",
            terms(),
            against("ana", member(240)),
            "240m at 1.50: maintenance 6.00, 20% of 35.00: maintenance 7.00, 10% of 35.00: infrastructure 3.50, owners 24.50,
             set off 25.00, due 41.00",
        ),
        ("set off to the last cent", terms(), against("ana", member(100)), "100m at 1.50: maintenance 2.50, set off 25.00, due 2.50"),
        (
            "set off wholly; maintenance is due all the same",
            terms(),
            against("ana", member(60)),
            "60m at 1.50: maintenance 1.50, set off 15.00, due 1.50",
        ),
        (
            "nobody is owed nothing",
            EquipmentTerms { maintenance: Some(amount("0.00")), ..terms() },
            Usage { taken: filament("0.00"), technician: technician(0, "20.00"), ..member(0) },
            "due 0.00",
        ),
        ("no maintenance by the hour", EquipmentTerms { maintenance: None, ..terms() }, usage(Scenario::Project, 90), "claim 22.50, due 0.00"),
        (
            // A minute at 1.50 is two cents and a half; at 0.20 a third of a cent. Of a cent, seven tenths are the
            // largest part.
            "each line is rounded once, half of a cent up",
            EquipmentTerms { member_rate: Some(amount("0.50")), ..terms() },
            Usage { technician: technician(1, "0.20"), ..member(1) },
            "1m at 1.50: maintenance 0.03, owners 0.01, due 0.04",
        ),
        (
            "nothing is asked of a project whose rate is nothing",
            EquipmentTerms { project_rate: Some(amount("0.00")), maintenance: None, ..terms() },
            usage(Scenario::Project, 90),
            "due 0.00",
        ),
    ];
    for (shows, terms, usage, expected) in cases {
        let expected: Vec<&str> = expected.split(',').map(str::trim).collect();
        assert_eq!(charge_told(&charge(&terms, &usage, &owners(machine)).unwrap()), expected, "{shows}");
    }
}

#[test]
fn a_use_that_cannot_be_charged_says_why() {
    let machine = [("ana", "40.00", "15.00"), ("ben", "20.00", "20.00")];
    let none = || EquipmentTerms { project_rate: None, commercial_rate: None, member_rate: None, ..terms() };
    let priced = |text: &str| Usage {
        taken: filament("12.00"),
        technician: technician(60, "25.00"),
        price: Some(cents(text)),
        ..usage(Scenario::Commercial, 240)
    };
    let against = |holder: Holder| Usage { against_stake: Some(holder), ..usage(Scenario::Member, 60) };
    let cases = [
        ("a cent too little", terms(), priced("36.99"), ChargeError::PriceBelow(Minor(3700))),
        ("nothing for what was used up", terms(), priced("0.00"), ChargeError::PriceBelow(Minor(3700))),
        (
            "too little for the hours of maintenance",
            without_part(),
            priced("42.99"),
            ChargeError::PriceBelow(Minor(4300)),
        ),
        ("a stake that is paid back", terms(), against(holder("ben")), ChargeError::NothingToSetOff),
        ("no stake", terms(), against(holder("cy")), ChargeError::NothingToSetOff),
        ("a fund of a member's name", terms(), against(Holder::Fund("ana".into())), ChargeError::NothingToSetOff),
        ("no rate for projects", none(), usage(Scenario::Project, 60), ChargeError::NoRate(Scenario::Project)),
        ("no rate for clients", none(), usage(Scenario::Commercial, 60), ChargeError::NoRate(Scenario::Commercial)),
        ("no rate for members", none(), usage(Scenario::Member, 60), ChargeError::NoRate(Scenario::Member)),
        ("no rate to set off", none(), against(holder("ana")), ChargeError::NoRate(Scenario::Member)),
    ];
    for (shows, terms, usage, flaw) in cases {
        assert_eq!(charge(&terms, &usage, &owners(machine)), Err(flaw), "{shows}");
    }
}

#[test]
fn a_subscription_is_shared_as_the_hours_are() {
    let charged = subscription(&terms(), amount("30.05")).unwrap();
    // 6.01, 3.005 and 21.035: of two equal remainders, the earlier line gets the cent.
    assert_eq!(
        charge_told(&charged),
        ["20% of 30.05: maintenance 6.01", "10% of 30.05: infrastructure 3.01", "owners 21.03", "due 30.05"]
    );
    let all = EquipmentTerms { parts: parts_of(0, 0, 10_000), ..terms() };
    assert_eq!(charge_told(&subscription(&all, amount("30.05")).unwrap()), ["owners 30.05", "due 30.05"]);
}

#[test]
fn a_goal_is_reached_to_the_cent_and_only_by_money_that_counts() {
    let keep = || Conditions { kind: PoolKind::KeepItAll, needed: cad().zero(), ..conditions("4000.00") };
    let least = || Conditions { kind: PoolKind::MinimumAndOptimum, needed: amount("1000.00"), ..conditions("4000.00") };
    let cases = [
        ("worked case 9: a cent is missing", conditions("4000.00"), "3999.99", false),
        ("to the cent", conditions("4000.00"), "4000.00", true),
        ("more", conditions("4000.00"), "4200.00", true),
        ("a minimum, and a cent is missing", least(), "999.99", false),
        ("a minimum", least(), "1000.00", true),
        ("anything is kept", keep(), "0.01", true),
        ("nothing is not", keep(), "0.00", false),
    ];
    for (shows, conditions, paid, reached) in cases {
        let mut pool = pool(conditions, [("ana", "5000.00", paid), ("ben", "5000.00", "0.00")]);
        assert_eq!(pool.is_reached(), reached, "{shows}");
        assert_eq!((pool.paid(), pool.waiting()), (cents(paid), Minor::ZERO), "{shows}");
        // A promise is not money, and money of somebody who has not agreed does not count.
        pool.backers[0].agreed = None;
        assert!(!pool.is_reached(), "{shows}");
        assert_eq!((pool.paid(), pool.waiting()), (Minor::ZERO, cents(paid)), "{shows}");
    }
}

/// Each case: what it shows, the cap, the other backers and one's own promise and payment, and the room.
#[test]
fn the_room_is_what_neither_money_nor_promises_of_others_take() {
    let capped = |cap: Option<&str>| Conditions { cap: cap.map(amount), ..conditions("4000.00") };
    let cases = [
        ("worked case 9", Some("4000.00"), ("ana", "3900.00", "3900.00"), ("ben", "0.00", "0.00"), Some("100.00")),
        (
            "a promise takes room",
            Some("4000.00"),
            ("ana", "3950.00", "3900.00"),
            ("ben", "0.00", "0.00"),
            Some("50.00"),
        ),
        (
            "one's own promise is one's own",
            Some("4000.00"),
            ("ana", "3900.00", "3900.00"),
            ("ben", "80.00", "0.00"),
            Some("100.00"),
        ),
        (
            "one's own money has its room",
            Some("4000.00"),
            ("ana", "3900.00", "3900.00"),
            ("ben", "80.00", "60.00"),
            Some("40.00"),
        ),
        ("full", Some("4000.00"), ("ana", "4000.00", "4000.00"), ("ben", "0.00", "0.00"), Some("0.00")),
        ("above the cap", Some("4000.00"), ("ana", "4100.00", "4100.00"), ("ben", "0.00", "0.00"), Some("0.00")),
        ("no cap", None, ("ana", "3900.00", "3900.00"), ("ben", "0.00", "0.00"), None),
    ];
    for (shows, cap, other, own, room) in cases {
        let mut pool = pool(capped(cap), [other, own]);
        assert_eq!(pool.room_for(&holder("ben")), room.map(cents), "{shows}");
        assert_eq!(
            pool.room_for(&holder("cy")),
            room.map(|room| (cents(room) - pool.backers[1].outstanding()).max(Minor::ZERO)),
            "{shows}"
        );
        // Money that waits for a yes takes up room as well.
        pool.backers[0].agreed = None;
        assert_eq!(pool.room_for(&holder("ben")), room.map(cents), "{shows}");
    }
}

#[test]
fn stakes_come_to_the_cost_and_what_is_left_is_owed_back() {
    let paid = pool(conditions("4000.00"), [("ana", "1000.00", "1000.00"), ("ben", "3200.00", "3200.00")]);
    assert_eq!(
        stakes_told(&paid.stakes(cents("4000.00"), BasisPoints(12_000)).unwrap()),
        ["ana 952.38 of 1142.85, 47.62 back", "ben 3047.62 of 3657.14, 152.38 back"],
        "worked case 9"
    );

    // The remaining cent goes to the first payer, in any order of backers; money that waits has no stake.
    let mut tie = pool(conditions("1.00"), [("ana", "0.50", "0.50"), ("ben", "0.50", "0.50"), ("cy", "0.50", "0.50")]);
    (tie.backers[0].first_paid, tie.backers[1].agreed) = (Some(9), None);
    assert_eq!(
        stakes_told(&tie.stakes(Minor(99), BasisPoints::ONE).unwrap()),
        ["cy 0.50 of 0.50, 0.00 back", "ana 0.49 of 0.49, 0.01 back"]
    );
    assert_eq!(
        pool(conditions("1.00"), [("ana", "1.00", "0.00")]).stakes(Minor(1), BasisPoints(12_000)),
        Err(SplitError::NoWeight)
    );
}

#[test]
fn part_of_a_stake_takes_the_same_part_of_what_it_received() {
    let owner = Owner { holder: holder("ana"), stake: Minor(300), due: Minor(360), paid: Minor(100) };
    let handed = |stake| hand_on(&owner, Minor(stake)).map(|handed| (handed.stake.0, handed.paid.0, handed.open.0));
    let cases = [
        ("all of it", 300, Ok((300, 100, 260))),
        ("a third", 100, Ok((100, 33, 87))),
        ("two thirds", 200, Ok((200, 67, 173))),
        ("a cent", 1, Ok((1, 0, 1))),
        ("nothing", 0, Ok((0, 0, 0))),
        ("more than there is", 301, Err(SplitError::NoWeight)),
        ("less than nothing", -1, Err(SplitError::NoWeight)),
    ];
    for (shows, stake, expected) in cases {
        assert_eq!(handed(stake), expected, "{shows}");
    }
    let nothing = Owner { stake: Minor::ZERO, due: Minor::ZERO, paid: Minor::ZERO, ..owner };
    assert_eq!(hand_on(&nothing, Minor::ZERO), Err(SplitError::NoWeight));
}

fn lot(number: u32, material: &str, quantity: &str, unit: &str, value: &str, by: &str) -> Lot {
    Lot {
        id: LotId(number),
        material: material.into(),
        unit: unit.into(),
        quantity: decimal(quantity),
        value: cents(value),
        by: holder(by),
        used: Decimal::ZERO,
        removed: Decimal::ZERO,
        charged: Minor::ZERO,
    }
}

/// Takes material off the lots.
fn use_up(lots: &mut [Lot], taken: &[Taken]) {
    for part in taken {
        let lot = lots.iter_mut().find(|lot| lot.id == part.lot).unwrap();
        lot.used += part.quantity;
        lot.charged += part.value;
    }
}

fn taken_told(taken: &[Taken]) -> Vec<String> {
    taken
        .iter()
        .map(|t| format!("{} {} {} of {}: {} {}", t.quantity, t.unit, t.material, t.lot, name(&t.by), money(t.value)))
        .collect()
}

/// Each case: what it shows, the material, its quantity and unit, and what is taken, or why it can't be.
#[test]
fn material_is_taken_oldest_lot_first_at_what_it_cost() {
    let stock = [
        lot(1, "pla", "100", "g", "3.00", "dee"),
        lot(2, "resin", "1.5", "l", "60.00", "ana"),
        lot(3, "pla", "1000", "g", "20.00", "ben"),
        lot(4, "wood", "2", "m", "8.00", "cy"),
        lot(5, "wood", "3", "boards", "9.00", "cy"),
    ];
    type Found<'a> = Result<&'a [&'a str], TakeError>;
    let cases: [(&str, &str, &str, Option<&str>, Found); 14] = [
        ("from the oldest", "pla", "40", Some("g"), Ok(&["40 g pla of S1: dee 1.20"])),
        ("all of it, and no more", "pla", "100", Some("g"), Ok(&["100 g pla of S1: dee 3.00"])),
        ("over two lots", "pla", "350", Some("g"), Ok(&["100 g pla of S1: dee 3.00", "250 g pla of S3: ben 5.00"])),
        (
            "to the last gram",
            "pla",
            "1100",
            Some("g"),
            Ok(&["100 g pla of S1: dee 3.00", "1000 g pla of S3: ben 20.00"]),
        ),
        ("the only unit is meant", "resin", "0.250", None, Ok(&["0.25 l resin of S2: ana 10.00"])),
        ("half a cent is one", "pla", "0.5", None, Ok(&["0.5 g pla of S1: dee 0.02"])),
        ("the unit tells lots apart", "wood", "2", Some("boards"), Ok(&["2 boards wood of S5: cy 6.00"])),
        ("none of it", "steel", "1", Some("g"), Err(TakeError::Unknown)),
        ("none of it, whatever the unit", "steel", "1", None, Err(TakeError::Unknown)),
        ("another unit", "pla", "1", Some("kg"), Err(TakeError::OtherUnit(vec!["g".into()]))),
        (
            "two units, and none was said",
            "wood",
            "1",
            None,
            Err(TakeError::OtherUnit(vec!["boards".into(), "m".into()])),
        ),
        ("too little", "pla", "1100.1", Some("g"), Err(TakeError::Left(Decimal::from(1100), "g".into()))),
        ("too little of that unit", "wood", "3", Some("m"), Err(TakeError::Left(Decimal::from(2), "m".into()))),
        ("nothing is nothing", "pla", "0", None, Ok(&[])),
    ];
    for (shows, material, quantity, unit, expected) in cases {
        let taken = take(&stock, material, decimal(quantity), unit).map(|taken| taken_told(&taken));
        assert_eq!(taken, expected.map(|lines| lines.iter().map(|line| (*line).to_owned()).collect()), "{shows}");
    }
}

#[test]
fn a_lot_that_is_used_up_is_passed_over() {
    let mut stock = [lot(1, "pla", "3", "g", "1.00", "dee"), lot(2, "pla", "3", "g", "2.00", "ben")];
    let mut seen = Vec::new();
    for _ in 0..4 {
        let taken = take(&stock, "pla", decimal("1"), None).unwrap();
        seen.extend(taken_told(&taken));
        use_up(&mut stock, &taken);
    }
    let cents =
        ["1 g pla of S1: dee 0.33", "1 g pla of S1: dee 0.34", "1 g pla of S1: dee 0.33", "1 g pla of S2: ben 0.67"];
    assert_eq!(seen, cents);
    assert_eq!(take(&stock, "pla", decimal("2.5"), None), Err(TakeError::Left(Decimal::from(2), "g".into())));
    let last = take(&stock, "pla", decimal("2"), None).unwrap();
    use_up(&mut stock, &last);
    // The material is still known, but none is left.
    assert_eq!(take(&stock, "pla", decimal("1"), None), Err(TakeError::Left(Decimal::ZERO, "g".into())));
}

/// Pays co-owners part by part; returns what each has received, and what went elsewhere.
fn pay_back(owners: &[Owner], parts: &[Minor]) -> Result<(Vec<Owner>, Minor), TestCaseError> {
    let mut owners = owners.to_vec();
    let mut elsewhere = Minor::ZERO;
    for &part in parts {
        let lines = for_owners(part, &owners, None).unwrap();
        prop_assert_eq!(lines.iter().map(|line| line.minor).sum::<Minor>(), part);
        for line in lines {
            prop_assert!(line.minor.is_positive());
            match owners.iter_mut().find(|owner| owner.holder == line.to) {
                Some(owner) => {
                    prop_assert!(line.minor <= owner.open(), "{:?} of {:?}", line, owner);
                    owner.paid += line.minor;
                }
                None => elsewhere += line.minor,
            }
        }
    }
    Ok((owners, elsewhere))
}

/// So many cents.
fn coins(cents: std::ops::Range<i64>) -> impl Strategy<Value = Minor> {
    cents.prop_map(Minor)
}

fn holders() -> impl Iterator<Item = Holder> {
    (1..).map(|number| Holder::Person(PersonId(number)))
}

prop_compose! {
    /// Co-owners under one cap, partly paid back. Some stakes are zero: they were transferred.
    fn co_owners()(cap in 10_000_u32..20_000, made in prop::collection::vec((0_i64..200_000, 0_i64..=100), 1..8)) -> Vec<Owner> {
        made.into_iter().zip(holders()).map(|((stake, part), holder)| {
            let due = stake * i64::from(cap) / 10_000;
            let [stake, due, paid] = [stake, due, due * part / 100].map(Minor);
            Owner { holder, stake, due, paid }
        }).collect()
    }
}

prop_compose! {
    fn backers()(paid in prop::collection::vec(coins(1..1_000_000), 1..12)) -> Pool {
        let backers = (1..).zip(paid).zip(holders()).map(|((place, paid), holder)| backer(holder, paid, paid, place)).collect();
        Pool { backers, ..pool(conditions("4000.00"), []) }
    }
}

prop_compose! {
    fn uses()(
        scenario in prop::sample::select(vec![Scenario::Project, Scenario::Commercial, Scenario::Member]), minutes in 0_i64..2000,
        material in prop::collection::vec(coins(0..10_000), 0..3), technician in prop::option::of((0_i64..600, 0_i64..10_000)),
        price in prop::option::of(coins(0..100_000)), subscribed in any::<bool>(),
        against in prop::option::of(1_u32..10),
    ) -> Usage {
        let taken = material.into_iter().flat_map(|value| filament(&money(value))).collect();
        let technician = technician.map(|(time, rate)| Technician { person: TECHNICIAN, time: Minutes(time), per_hour: cad().minor(Minor(rate)) });
        let against_stake = against.map(|number| Holder::Person(PersonId(number)));
        Usage { taken, technician, price, subscribed, against_stake, ..usage(scenario, minutes) }
    }
}

prop_compose! {
    fn some_terms()(
        rates in prop::array::uniform3(prop::option::weighted(0.9, 0_i64..20_000)), hourly in prop::option::of(0_i64..1000),
        maintenance in prop_oneof![Just(0_u32), 0_u32..=5000], infrastructure in 0_u32..=5000,
    ) -> EquipmentTerms {
        let [project_rate, commercial_rate, member_rate] = rates.map(|rate| rate.map(|rate| cad().minor(Minor(rate))));
        let parts = parts_of(maintenance, infrastructure, 10_000 - maintenance - infrastructure);
        let maintenance = hourly.map(|rate| cad().minor(Minor(rate)));
        EquipmentTerms { project_rate, commercial_rate, member_rate, maintenance, parts, ..EquipmentTerms::default() }
    }
}

/// An hour's rate for some minutes, half a cent up.
fn hours(time: Minutes, per_hour: Amount) -> Minor {
    Minor((time.0 * per_hour.minor.0 * 2 + 60) / 120)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_paid_back_more_than_is_open_and_all_are_in_the_end(
        owners in co_owners(), parts in prop::collection::vec(coins(0..100_000), 0..20), shuffled in any::<prop::sample::Index>(),
    ) {
        let open: Minor = owners.iter().map(Owner::open).sum();
        let sum: Minor = parts.iter().sum();
        let (paid, elsewhere) = pay_back(&owners, &parts)?;
        let back = |owners: &[Owner]| owners.iter().map(|owner| owner.paid).sum::<Minor>();
        prop_assert_eq!(back(&paid) - back(&owners), sum.min(open));
        prop_assert_eq!(elsewhere, sum - sum.min(open));

        // In another order the same goes back in all.
        let mut other = parts.clone();
        other.reverse();
        if !other.is_empty() {
            let first = shuffled.index(other.len());
            other.rotate_left(first);
        }
        let (paid_otherwise, elsewhere_otherwise) = pay_back(&owners, &other)?;
        prop_assert_eq!((back(&paid_otherwise), elsewhere_otherwise), (back(&paid), elsewhere));

        // Once enough has come in, each has received exactly what is due, in any order of payments.
        let (all, elsewhere) = pay_back(&paid, &[open])?;
        prop_assert_eq!(elsewhere, sum.min(open));
        for owner in &all {
            prop_assert_eq!(owner.paid, owner.due);
        }
    }

    #[test]
    fn what_co_owners_have_received_stays_in_proportion(owners in co_owners(), part in coins(0..1_000_000)) {
        let open: i128 = owners.iter().map(|owner| i128::from(owner.open())).sum();
        let paid_back = i128::from(part).min(open);
        for line in for_owners(part, &owners, Some((BasisPoints::HALF, BasisPoints::HALF))).unwrap() {
            if let Some(owner) = owners.iter().find(|owner| owner.holder == line.to) {
                let off = i128::from(line.minor) * open - paid_back * i128::from(owner.open());
                prop_assert!(off.abs() < open, "{:?} of {:?}", line, owner);
            }
        }
    }

    #[test]
    fn a_bill_is_the_sum_of_what_it_is_for(terms in some_terms(), usage in uses(), owners in co_owners()) {
        let commercial = usage.scenario == Scenario::Commercial;
        let material: Minor = usage.taken.iter().map(|taken| taken.value).sum();
        let technician = usage.technician.as_ref().map_or(Minor::ZERO, |t| hours(t.time, t.per_hour));
        let hourly = terms.maintenance.filter(|_| !commercial || terms.parts.maintenance == BasisPoints::ZERO).map_or(Minor::ZERO, |rate| hours(usage.time, rate));
        let rate = terms.rate(usage.scenario);
        let machine = rate.map_or(Minor::ZERO, |rate| hours(usage.time, rate));
        let first = material + technician + hourly;
        let stake = owners.iter().find(|owner| Some(&owner.holder) == usage.against_stake.as_ref());
        let open = stake.map_or(Minor::ZERO, Owner::open);
        match charge(&terms, &usage, &owners) {
            Ok(charged) => {
                prop_assert!(charged.lines.iter().all(|line| line.minor.is_positive()), "{:?}", charged);
                prop_assert!(charged.owners >= Minor::ZERO);
                let shared = for_owners(charged.owners, &owners, None).unwrap();
                let sum: Minor = charged.lines.iter().chain(&shared).map(|line| line.minor).sum();
                prop_assert_eq!(sum, charged.total());
                let set_off = open.min(machine);
                let none = Minor::ZERO;
                let (needs_rate, expected) = match usage.scenario {
                    Scenario::Commercial => {
                        (usage.price.is_none(), (usage.price.unwrap_or(first + machine), none, none))
                    }
                    Scenario::Project => (true, (first, machine, none)),
                    Scenario::Member if usage.subscribed => (false, (first, none, none)),
                    Scenario::Member => (true, (first + machine - set_off, none, set_off)),
                };
                prop_assert_eq!((charged.total(), charged.claim, charged.set_off), expected);
                prop_assert!(rate.is_some() || !needs_rate);
                let sets_off = usage.scenario == Scenario::Member && !usage.subscribed && usage.against_stake.is_some();
                prop_assert!(!sets_off || open.is_positive());
            }
            Err(ChargeError::PriceBelow(least)) => prop_assert!(commercial && usage.price.unwrap() < least && least == first),
            Err(ChargeError::NoRate(scenario)) => prop_assert!(scenario == usage.scenario && rate.is_none()),
            Err(ChargeError::NothingToSetOff) => {
                prop_assert!(usage.scenario == Scenario::Member && usage.against_stake.is_some());
                prop_assert_eq!(open, Minor::ZERO);
            }
            Err(ChargeError::TooLarge) => prop_assert!(false, "none of these numbers is large"),
        }
    }

    /// Repeated transfers of a few cents, also back: nothing is gained or lost, and nobody has received too much.
    #[test]
    fn handing_stakes_on_changes_no_sum(
        owners in co_owners(),
        hands in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), prop_oneof![0_i64..5, 0_i64..200_000]), 0..40),
    ) {
        let sums = |owners: &[Owner]| {
            let sum = |of: fn(&Owner) -> Minor| owners.iter().map(of).sum::<Minor>();
            (sum(|owner| owner.stake), sum(|owner| owner.due), sum(|owner| owner.paid))
        };
        let before = sums(&owners);
        let mut owners = owners;
        for (from, to, part) in hands {
            let (from, to) = (from.index(owners.len()), to.index(owners.len()));
            let giver = owners[from].clone();
            if giver.stake == Minor::ZERO {
                continue;
            }
            let part = Minor(part).min(giver.stake);
            let handed = hand_on(&giver, part).unwrap();
            prop_assert!(handed.paid >= Minor::ZERO && handed.open >= Minor::ZERO && handed.stake == part);
            // The same part of each, to the cent.
            for (of, got) in [(giver.paid, handed.paid), (giver.open(), handed.open)] {
                let off = i128::from(got) * i128::from(giver.stake) - i128::from(of) * i128::from(handed.stake);
                prop_assert!(off.abs() < i128::from(giver.stake), "{:?} of {:?}", handed, giver);
            }
            for (place, sign) in [(from, -1), (to, 1)] {
                owners[place].stake += Minor(sign * handed.stake.0);
                owners[place].paid += Minor(sign * handed.paid.0);
                owners[place].due += Minor(sign * (handed.paid + handed.open).0);
            }
            prop_assert_eq!(sums(&owners), before);
            for owner in &owners {
                prop_assert!(owner.stake >= Minor::ZERO, "{:?}", owner);
                prop_assert!(Minor::ZERO <= owner.paid && owner.paid <= owner.due, "{:?}", owner);
                let is_due = owner.due != Minor::ZERO;
                prop_assert!(owner.stake.is_positive() || !is_due, "something is due to no stake: {:?}", owner);
            }
        }
    }

    #[test]
    fn stakes_and_what_is_left_are_what_was_paid(pool in backers(), part in 0_i64..=10_000, cap in 10_000_u32..20_000) {
        let paid = pool.paid();
        let cost = Minor(paid.0 * part / 10_000);
        let stakes = pool.stakes(cost, BasisPoints(cap)).unwrap();
        prop_assert_eq!(stakes.iter().map(|stake| stake.stake).sum::<Minor>(), cost);
        prop_assert_eq!(stakes.len(), pool.backers.len());
        for (stake, backer) in stakes.iter().zip(&pool.backers) {
            prop_assert_eq!(&stake.holder, &backer.holder);
            prop_assert!(Minor::ZERO <= stake.stake && stake.stake <= backer.paid && stake.rest >= Minor::ZERO, "{:?} of {:?}", stake, backer);
            prop_assert_eq!(stake.stake + stake.rest, backer.paid);
            prop_assert_eq!(stake.due, Minor(stake.stake.0 * i64::from(cap) / 10_000));
            prop_assert!(cost < paid || stake.rest == Minor::ZERO);
        }
    }

    #[test]
    fn parts_of_a_lot_come_to_its_value(value in coins(0..1_000_000), steps in prop::collection::vec(1_i64..5_000_000, 1..20), scale in 0_u32..=6) {
        let steps: Vec<Decimal> = steps.into_iter().map(|step| Decimal::new(step, scale)).collect();
        let whole: Decimal = steps.iter().sum();
        let mut stock = [lot(1, "pla", &whole.to_string(), "g", &money(value), "dee")];
        for step in steps {
            let taken = take(&stock, "pla", step, None).unwrap();
            prop_assert_eq!(taken.len(), 1);
            prop_assert!(taken[0].quantity == step && taken[0].value >= Minor::ZERO);
            use_up(&mut stock, &taken);
            // The sum charged so far is the exact part of the value, to half a cent.
            let off = Decimal::from(stock[0].charged.0) * whole - Decimal::from(value.0) * stock[0].used;
            prop_assert!(off.abs() * Decimal::TWO <= whole, "{:?}", stock[0]);
        }
        prop_assert_eq!(stock[0].charged, value);
        prop_assert_eq!(stock[0].left(), Decimal::ZERO);
    }
}

/// An act. Acts that are impossible at the moment are skipped.
#[derive(Debug, Clone)]
enum Act {
    /// Promises so much, cut to the room.
    Pledge { who: PersonId, minor: Minor },
    /// Sends money; somebody who has not pledged may agree through the custodian.
    Pay { who: PersonId, minor: Minor, agrees: bool },
    /// Puts in what they are owed.
    TopUp { who: PersonId, minor: Minor },
    /// Takes promise and money back.
    Withdraw { who: PersonId },
    /// Did not pay in time.
    Lapse { who: PersonId },
    /// The pool's next step: the deadline, the outcome, the purchase for a part of the money, then another pool.
    Next { percent: i64 },
    /// Uses the machine as a member, whether or not against their stake.
    Use { who: PersonId, minutes: i64, against_stake: bool },
    /// The oldest bill that waits is paid.
    PayBill,
    /// Transfers a part of a stake.
    Transfer { from: PersonId, to: PersonId, percent: i64 },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let who = || (1..=ACTORS).prop_map(PersonId);
    let minor = || prop_oneof![1_i64..100, 100_i64..5000].prop_map(Minor);
    let act = prop_oneof![
        4 => (who(), minor()).prop_map(|(who, minor)| Act::Pledge { who, minor }),
        6 => (who(), minor(), any::<bool>()).prop_map(|(who, minor, agrees)| Act::Pay { who, minor, agrees }),
        2 => (who(), minor()).prop_map(|(who, minor)| Act::TopUp { who, minor }),
        1 => who().prop_map(|who| Act::Withdraw { who }),
        1 => who().prop_map(|who| Act::Lapse { who }),
        4 => (50_i64..=100).prop_map(|percent| Act::Next { percent }),
        4 => (who(), prop_oneof![1_i64..60, 60_i64..600], any::<bool>()).prop_map(|(who, minutes, against_stake)| Act::Use { who, minutes, against_stake }),
        4 => Just(Act::PayBill),
        3 => (who(), who(), 1_i64..=100).prop_map(|(from, to, percent)| Act::Transfer { from, to, percent }),
    ];
    prop::collection::vec(act, 1..80)
}

/// Growing books, with the payloads of their entries.
struct Journal {
    books: Books,
    payloads: Vec<String>,
    /// The conditions of each pool.
    conditions: Conditions,
    /// What each person sent.
    sent: BTreeMap<PersonId, Minor>,
    /// Changes of somebody's stake, or of what it has received, without postings to their own account; gifts to
    /// maintenance.
    beside: BTreeMap<PersonId, Minor>,
    /// The sum due to all stakes that were bought.
    due: Minor,
}

impl Journal {
    /// All people, a planned machine, and its terms.
    fn begin(terms: EquipmentTerms, conditions: Conditions) -> Self {
        let books = Books::empty("n", cad());
        let mut journal = Self {
            books,
            payloads: Vec::new(),
            conditions,
            sent: BTreeMap::new(),
            beside: BTreeMap::new(),
            due: Minor::ZERO,
        };
        journal.take(NetworkCreated { name: "n".into(), currency: "CAD".into(), scale: 2, timezone: chrono_tz::UTC });
        for name in PEOPLE {
            journal.take(PersonAdded {
                person: person(name),
                handle: name.into(),
                agreed: Vec::new(),
                marks: Vec::new(),
            });
        }
        let party = journal.books.next_person();
        journal.take(EquipmentAdded { equipment: PRINTER, party, name: "printer".into(), planned: true });
        journal.take(TermsSet { equipment: PRINTER, terms_hash: terms.hash(), terms });
        journal.open();
        journal
    }

    fn take(&mut self, fact: impl Into<Fact>) {
        let (seq, at) = (self.books.seq + 1, Timestamp::UNIX_EPOCH);
        let entry = Entry { network: "n".into(), seq, at, said: None, by: Some(PersonId(1)), fact: fact.into() };
        let payload = entry.payload();
        self.books.apply(&entry, &payload).unwrap();
        self.payloads.push(payload);
    }

    fn open(&mut self) {
        let pool = self.books.pools.next();
        self.take(PoolOpened { pool, name: format!("printer-{}", pool.0), conditions: self.conditions.clone() });
    }

    /// The pool that was opened last.
    fn pool(&self) -> Pool {
        self.books.pools.last().unwrap().clone()
    }

    fn machine(&self) -> Equipment {
        self.books.equipment(PRINTER).unwrap().clone()
    }

    fn balance(&self, account: LedgerAccount) -> Minor {
        self.books.ledger.balance(account, cad()).minor
    }

    /// What accounts of one kind hold together.
    fn held(&self, kind: impl Fn(&LedgerAccount) -> bool) -> Minor {
        self.books.ledger.balances().filter(|(account, _)| kind(account)).map(|(_, amount)| amount.minor).sum()
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Pledge { who, minor } => self.pledge(who, minor),
            Act::Pay { who, minor, agrees } => self.pay(who, minor, agrees),
            Act::TopUp { who, minor } => self.top_up(who, minor),
            Act::Withdraw { who } => self.withdraw(who),
            Act::Lapse { who } => self.lapse(who),
            Act::Next { percent } => self.next(percent),
            Act::Use { who, minutes, against_stake } => self.bill(who, minutes, against_stake),
            Act::PayBill => self.pay_bill(),
            Act::Transfer { from, to, percent } => self.transfer(from, to, percent),
        }
    }

    fn pledge(&mut self, who: PersonId, minor: Minor) {
        let (pool, holder) = (self.pool(), Holder::Person(who));
        let promised = pool.backer(&holder).map_or(Minor::ZERO, |backer| backer.paid)
            + pool.room_for(&holder).map_or(minor, |room| room.min(minor));
        if pool.state.on(PoolEvent::Pledge).is_some() && promised.is_positive() {
            let (terms_hash, promised) = (self.books.terms_hash(&pool), cad().minor(promised));
            self.take(Pledged { pool: pool.id, holder, promised, terms_hash, lapses: None });
        }
    }

    fn pay(&mut self, who: PersonId, minor: Minor, agrees: bool) {
        let (pool, holder) = (self.pool(), Holder::Person(who));
        let in_time = pool.state.on(PoolEvent::Pay).is_some();
        let counted = if in_time { pool.room_for(&holder).map_or(minor, |room| room.min(minor)) } else { Minor::ZERO };
        let (amount, counted, back) = (cad().minor(minor), cad().minor(counted), cad().minor(minor - counted));
        let to = [(self.books.pool_account(&pool, &holder), counted), (self.books.account_of(who), back)];
        let transaction = Transaction::credit(LedgerAccount::Custodian, to).unwrap();
        let agreed = (agrees && counted.minor.is_positive()).then(|| self.books.terms_hash(&pool));
        *self.sent.entry(who).or_default() += minor;
        self.take(PoolPaid {
            money: self.books.money.next(),
            pool: pool.id,
            person: who,
            date: NaiveDate::default(),
            amount,
            fee: None,
            original: None,
            reference: None,
            counted,
            back,
            agreed,
            transaction,
        });
    }

    fn top_up(&mut self, who: PersonId, minor: Minor) {
        let (pool, holder) = (self.pool(), Holder::Person(who));
        let room = pool.room_for(&holder).filter(|_| pool.state == PoolState::Open).unwrap_or(minor);
        let minor = minor.min(room).min(self.books.owed_to(who).minor);
        if pool.state.on(PoolEvent::TopUp).is_some() && minor.is_positive() {
            let (amount, terms_hash) = (cad().minor(minor), self.books.terms_hash(&pool));
            let transaction =
                Transaction::credit(self.books.account_of(who), [(self.books.pool_account(&pool, &holder), amount)])
                    .unwrap();
            self.take(PoolToppedUp { pool: pool.id, holder, amount, terms_hash, transaction });
        }
    }

    fn withdraw(&mut self, who: PersonId) {
        let (pool, holder) = (self.pool(), Holder::Person(who));
        if pool.state.on(PoolEvent::Withdraw).is_some() && pool.backer(&holder).is_some() {
            let transaction = self.books.owed_back(&pool, |backer| backer.holder == holder).unwrap();
            self.take(PledgeWithdrawn { pool: pool.id, holder, transaction });
        }
    }

    fn lapse(&mut self, who: PersonId) {
        let (pool, holder) = (self.pool(), Holder::Person(who));
        if pool.state.on(PoolEvent::Lapse).is_some()
            && pool.backer(&holder).is_some_and(|backer| backer.outstanding().is_positive())
        {
            self.take(PledgeLapsed { pool: pool.id, holder: holder.clone() });
            assert_eq!(
                self.pool().backer(&holder).map(|backer| (backer.outstanding(), backer.lapsed)),
                Some((Minor::ZERO, true))
            );
        }
    }

    fn next(&mut self, percent: i64) {
        let pool = self.pool();
        match pool.state {
            PoolState::Open => self.take(PoolClosed { pool: pool.id }),
            PoolState::Settling => {
                let reached = pool.is_reached();
                let transaction = self.books.owed_back(&pool, |backer| !reached || backer.agreed.is_none()).unwrap();
                self.take(PoolSettled { pool: pool.id, reached, transaction });
            }
            PoolState::Funded => self.buy(Minor((pool.paid().0 * percent / 100).max(1))),
            PoolState::Failed | PoolState::Bought | PoolState::Given | PoolState::Cancelled => self.open(),
        }
    }

    fn buy(&mut self, cost: Minor) {
        let (pool, machine) = (self.pool(), self.machine());
        let stakes = pool.stakes(cost, machine.terms.cap).unwrap();
        let asset = LedgerAccount::Equipment(machine.name.clone());
        let mut transaction = Transaction::credit(asset, [(LedgerAccount::Custodian, cad().minor(cost))]).unwrap();
        for Stake { holder, stake, rest, .. } in &stakes {
            self.due += Minor(stake.0 * i64::from(machine.terms.cap) / 10_000);
            let gift = pool.conditions.rest == Rest::Maintenance;
            let rest_to =
                if gift { LedgerAccount::Fund(MAINTENANCE.into()) } else { self.books.account_of_holder(holder) };
            let to = [(self.books.stake_account(&machine, holder), cad().minor(*stake)), (rest_to, cad().minor(*rest))];
            transaction = transaction.and(Transaction::credit(self.books.pool_account(&pool, holder), to).unwrap());
            if let (true, Holder::Person(who)) = (gift, holder) {
                *self.beside.entry(*who).or_default() -= *rest;
            }
        }
        let (money, cost) = (self.books.money.next(), cad().minor(cost));
        self.take(EquipmentBought {
            money,
            pool: pool.id,
            equipment: machine.id,
            cost,
            supplier: None,
            stakes,
            transaction,
            date: None,
            reference: None,
        });
    }

    fn bill(&mut self, who: PersonId, minutes: i64, against_stake: bool) {
        let machine = self.machine();
        let against_stake = against_stake.then_some(Holder::Person(who));
        let usage =
            Usage { technician: technician(minutes, "3.00"), against_stake, ..usage(Scenario::Member, minutes) };
        let Ok(charged) = charge(&machine.terms, &usage, &machine.owners) else { return };
        if !machine.is_in_use() || charged.total() == Minor::ZERO {
            return;
        }
        *self.beside.entry(who).or_default() -= charged.set_off;
        let total = cad().minor(charged.total());
        let receivable = LedgerAccount::Receivable(self.books.handle(who).to_owned());
        self.take(Billed {
            bill: self.books.bills.next(),
            equipment: machine.id,
            person: who,
            date: NaiveDate::default(),
            charged: Charged::Use {
                scenario: usage.scenario,
                time: usage.time,
                taken: Vec::new(),
                log: None,
                set_off: charged.set_off,
            },
            payer: Payer::Person(who),
            lines: charged.lines,
            owners: cad().minor(charged.owners),
            transaction: Transaction::credit(receivable, [(LedgerAccount::Bills(machine.name), total)]).unwrap(),
        });
        self.hand_over_if_paid_back();
    }

    fn pay_bill(&mut self) {
        let machine = self.machine();
        let Some(bill) = self.books.bills.iter().find(|bill| bill.state == BillState::Waiting).cloned() else { return };
        let shared = machine.for_owners(bill.owners.minor).unwrap();
        let receivable = LedgerAccount::Receivable(self.books.handle(bill.person).to_owned());
        let due: Vec<_> = self.books.postings(&bill.lines).chain(self.books.postings(&shared)).collect();
        let paid = Transaction::credit(LedgerAccount::Custodian, [(receivable, bill.total())]).unwrap();
        let transaction = paid.and(Transaction::credit(LedgerAccount::Bills(machine.name), due).unwrap());
        let money = Some(self.books.money.next());
        self.take(BillPaid {
            bill: bill.id,
            money,
            reference: None,
            from: LedgerAccount::Custodian,
            shared,
            transaction,
            date: None,
        });
        self.hand_over_if_paid_back();
    }

    fn hand_over_if_paid_back(&mut self) {
        let machine = self.machine();
        if machine.standing == EquipmentStanding::Owned && machine.open() == Minor::ZERO {
            let transaction = self.books.stakes_to(&machine, LedgerAccount::Commons(machine.name.clone())).unwrap();
            self.take(HandedOver { equipment: machine.id, transaction });
        }
    }

    fn transfer(&mut self, from: PersonId, to: PersonId, percent: i64) {
        let machine = self.machine();
        let Some(owner) = machine.owners.iter().find(|owner| owner.holder == Holder::Person(from)) else { return };
        let stake = Minor(owner.stake.0 * percent / 100);
        if machine.standing != EquipmentStanding::Owned || from == to || stake == Minor::ZERO {
            return;
        }
        let handed = hand_on(owner, stake).unwrap();
        *self.beside.entry(from).or_default() += handed.paid - handed.stake;
        *self.beside.entry(to).or_default() -= handed.paid - handed.stake;
        let account = |who| self.books.stake_account(&machine, &Holder::Person(who));
        let transaction = Transaction::credit(account(from), [(account(to), cad().minor(stake))]).unwrap();
        self.take(StakeTransferred { equipment: machine.id, from, to, handed, transaction });
    }

    /// Somebody's money in pools, their stake, and what it has received.
    fn register(&self, who: PersonId) -> (Minor, Minor, Minor) {
        let holder = Holder::Person(who);
        let holding = self.books.pools.iter().filter(|pool| pool.state.holds_money());
        let in_pools = holding.filter_map(|pool| pool.backer(&holder)).map(|backer| backer.paid).sum();
        let machine = self.machine();
        let owner = machine.owners.iter().find(|owner| owner.holder == holder);
        let [stake, paid] = owner.map_or([Minor::ZERO; 2], |owner| [owner.stake, owner.paid]);
        (in_pools, stake, paid)
    }

    /// Checks every invariant, and that everybody's money is in a pool, in a stake, owed back or given.
    fn is_whole(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(check::broken(&self.books), []);
        for who in (1..TECHNICIAN.0).map(PersonId) {
            let (in_pools, stake, received) = self.register(who);
            let of = |amounts: &BTreeMap<PersonId, Minor>| amounts.get(&who).copied().unwrap_or_default();
            prop_assert_eq!(
                self.books.owed_to(who).minor,
                of(&self.sent) - in_pools - stake + received + of(&self.beside),
                "{}",
                self.books.handle(who)
            );
        }
        prop_assert_eq!(self.machine().owners.iter().map(|owner| owner.due).sum::<Minor>(), self.due);
        let is_equity =
            |account: &LedgerAccount| matches!(account, LedgerAccount::Stake(..) | LedgerAccount::Commons(_));
        prop_assert_eq!(self.held(is_equity), self.machine().cost);
        let paid: Minor = self
            .books
            .bills
            .iter()
            .filter(|bill| bill.state != BillState::Waiting)
            .map(|bill| bill.total().minor)
            .sum();
        let sent: Minor = self.sent.values().sum();
        prop_assert_eq!(self.balance(LedgerAccount::Custodian), sent + paid - self.machine().cost);
        Ok(())
    }

    fn replayed(&self) -> Books {
        let mut books = Books::empty("n", cad());
        for payload in &self.payloads {
            books.apply(&Entry::parse(payload).unwrap(), payload).unwrap();
        }
        books
    }
}

/// A settled pool with these payments, each by another of the first people.
fn settled<const N: usize>(conditions: Conditions, payments: [&str; N]) -> Journal {
    let mut journal = Journal::begin(terms(), conditions);
    for (who, paid) in (1..).map(PersonId).zip(payments) {
        journal.pledge(who, cents(paid));
        journal.pay(who, cents(paid), false);
    }
    journal.next(0);
    journal.next(0);
    journal.is_whole().unwrap();
    journal
}

#[test]
fn a_pool_that_misses_by_a_cent_owes_everything_back() {
    let journal = settled(conditions("4000.00"), ["3000.00", "999.99"]);
    assert_eq!(journal.pool().state, PoolState::Failed);
    assert_eq!(journal.held(|account| matches!(account, LedgerAccount::Pool(..))), Minor::ZERO);
    let owed = ["ana", "ben"].map(|name| money(journal.books.owed_to(person(name)).minor));
    assert_eq!(
        (owed, journal.balance(LedgerAccount::Custodian)),
        (["3000.00".into(), "999.99".into()], cents("3999.99"))
    );
}

#[test]
fn a_machine_from_pledges_to_the_commons() {
    // Stakes of 500.00, 1000.00 and 1500.00 are due 3600.00 in all; 70 % of a bill is the co-owners'.
    let mut journal = settled(conditions("3000.00"), ["500.00", "1000.00", "1500.00"]);
    assert_eq!(journal.pool().state, PoolState::Funded);
    journal.buy(cents("3000.00"));
    assert_eq!(journal.held(|account| matches!(account, LedgerAccount::Pool(..))), Minor::ZERO);
    assert_eq!(journal.machine().standing, EquipmentStanding::Owned);
    let received = |journal: &Journal| {
        let each = journal.machine().owners.iter().map(|owner| money(owner.paid)).collect::<Vec<_>>();
        each.join(", ")
    };
    // An hour at 15.00 leaves the co-owners 10.50: 1.75, 3.50 and 5.25.
    journal.bill(person("dee"), 60, false);
    assert_eq!(received(&journal), "0.00, 0.00, 0.00", "a bill that waits is nobody's yet");
    journal.pay_bill();
    assert_eq!(received(&journal), "1.75, 3.50, 5.25");
    // ana's hour counts fully as paid to her; the stake that ben transfers takes its part of the 3.50 along.
    journal.bill(person("ana"), 60, true);
    journal.transfer(person("ben"), person("dee"), 50);
    assert_eq!(received(&journal), "16.75, 1.75, 5.25, 1.75");
    journal.pay_bill();
    journal.is_whole().unwrap();
    // 3600.00 less 25.50 are open. At 10.50 an hour, this is more than enough.
    journal.bill(person("dee"), 20_500, false);
    journal.pay_bill();
    assert_eq!(received(&journal), "600.00, 600.00, 1800.00, 600.00");
    assert_eq!(journal.machine().standing, EquipmentStanding::Shareable);
    assert_eq!(journal.balance(LedgerAccount::Commons("printer".into())), cents("3000.00"));
    assert_eq!(journal.held(|account| matches!(account, LedgerAccount::Stake(..))), Minor::ZERO);
    let last: &Bill = journal.books.bills.last().unwrap();
    assert_eq!(
        told(last.shared.last().unwrap()),
        format!("above: maintenance {}", money(last.owners.minor - cents("3574.50")))
    );
    // From now on the co-owners' part goes to the funds.
    journal.bill(person("dee"), 60, false);
    journal.pay_bill();
    let last: &Bill = journal.books.bills.last().unwrap();
    assert_eq!(
        all_told(&last.shared),
        ["after: 50% of 10.50: maintenance 5.25", "after: 50% of 10.50: infrastructure 5.25"]
    );
    journal.is_whole().unwrap();
}

#[test]
fn eleven_backers_of_a_printer() {
    let eleven = |each: &'static str, last: &'static str| {
        let mut payments = [each; 11];
        payments[10] = last;
        let mut journal = settled(conditions("4000.00"), payments);
        journal.buy(cents("4000.00"));
        journal.is_whole().unwrap();
        assert_eq!(journal.held(|account| matches!(account, LedgerAccount::Pool(..))), Minor::ZERO);
        assert_eq!(journal.held(|account| matches!(account, LedgerAccount::Stake(..))), cents("4000.00"));
        journal
    };
    // To the cent: everybody's stake is what they paid.
    let even = eleven("363.64", "363.60");
    assert!(even.books.people.keys().all(|person| even.books.owed_to(*person).minor == Minor::ZERO));
    let each: Vec<i64> = even.machine().owners.iter().map(|owner| owner.stake.0).collect();
    assert_eq!(each, [[36_364; 10].as_slice(), &[36_360]].concat());
    // Eleven equal parts do not come out even: the last four pay a cent less, and are owed it.
    let odd = eleven("363.64", "363.64");
    let each: Vec<(i64, i64)> = odd.machine().owners.iter().map(|owner| (owner.stake.0, owner.due.0)).collect();
    assert_eq!(each, [[(36_364, 43_636); 7].as_slice(), &[(36_363, 43_635); 4]].concat());
    let owed: Vec<i64> = odd.books.people.keys().map(|person| odd.books.owed_to(*person).minor.0).collect();
    assert_eq!(owed, [[0; 7].as_slice(), &[1; 4], &[0]].concat());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever people do with pools and a machine: every invariant holds after each act, no money is lost, and the
    /// journal gives the same books again.
    #[test]
    fn pools_and_machines_keep_the_books_whole(
        acts in acts(), goal in coins(1..5000), above in prop::option::of(coins(0..5000)), gift in any::<bool>(), keeps in any::<bool>(),
        cap in 10_000_u32..15_000,
    ) {
        let conditions = Conditions {
            kind: if keeps { PoolKind::KeepItAll } else { PoolKind::AllOrNothing },
            needed: cad().minor(if keeps { Minor::ZERO } else { goal }),
            cap: above.map(|above| cad().minor(goal + above)),
            rest: if gift { Rest::Maintenance } else { Rest::Back },
            ..conditions(&money(goal))
        };
        let mut journal = Journal::begin(EquipmentTerms { cap: BasisPoints(cap), ..terms() }, conditions);
        for act in acts {
            journal.act(act);
            journal.is_whole()?;
        }
        let again = journal.replayed();
        prop_assert_eq!(check::digest(&again), check::digest(&journal.books));
        prop_assert_eq!(again, journal.books);
    }
}

/// Undoes a movement of money, as the command does.
fn undo(journal: &mut Journal, undone: MoneyId) {
    let transaction = journal.books.on_current_accounts(journal.books.money(undone).unwrap().transaction.reversed());
    journal.take(MoneyUndone {
        money: journal.books.money.next(),
        undone,
        reversed: Vec::new(),
        reason: TextRef(Hash([0; 32])),
        transaction,
    });
}

#[test]
fn a_lot_is_worth_its_value_although_a_use_was_undone() {
    let mut stock = [lot(1, "pla", "3", "g", "0.01", "dee")];
    let mut uses = Vec::new();
    for quantity in ["1", "1", "0.4", "1.6"] {
        if uses.len() == 2 {
            // The first use, which cost nothing, was a mistake.
            stock[0].used -= Decimal::ONE;
        }
        let taken = take(&stock, "pla", decimal(quantity), None).unwrap();
        use_up(&mut stock, &taken);
        uses.push(taken[0].value);
    }
    assert_eq!(uses, [0, 1, 0, 0].map(Minor));
}

#[test]
fn an_undone_payment_leaves_no_promise() {
    let mut journal = Journal::begin(terms(), Conditions { cap: Some(amount("4000.00")), ..conditions("4000.00") });
    journal.pay(person("ben"), cents("300.00"), false);
    undo(&mut journal, MoneyId(1));
    assert_eq!(
        (journal.pool().promised(), journal.pool().room_for(&holder("ana"))),
        (Minor::ZERO, Some(cents("4000.00")))
    );
}

#[test]
fn whoever_withdrew_pays_for_the_first_time_again() {
    let mut journal = Journal::begin(terms(), conditions("1.00"));
    journal.pay(person("ana"), Minor(50), true);
    journal.withdraw(person("ana"));
    journal.pay(person("ben"), Minor(50), true);
    journal.pay(person("ana"), Minor(50), true);
    let stakes = stakes_told(&journal.pool().stakes(Minor(99), BasisPoints::ONE).unwrap());
    assert_eq!(stakes, ["ben 0.50 of 0.50, 0.00 back", "ana 0.49 of 0.49, 0.01 back"]);
}

#[test]
fn what_co_owners_should_not_have_is_taken_back_by_what_they_received() {
    let owners = owners([("ana", "72.00", "36.00"), ("ben", "48.00", "24.00"), ("cy", "10.00", "0.00")]);
    let back = |part| all_told(&from_owners(cents(part), &owners).unwrap());
    assert_eq!(back("0.00"), [""; 0]);
    assert_eq!(back("10.00"), ["36.00 received of 60.00: ana -6.00", "24.00 received of 60.00: ben -4.00"]);
    // No more than there is: the machine recovers the rest later.
    assert_eq!(back("90.00"), ["36.00 received of 60.00: ana -36.00", "24.00 received of 60.00: ben -24.00"]);
}
