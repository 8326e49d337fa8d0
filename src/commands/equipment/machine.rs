//! `equipment ...` and `stake transfer`: machines that people own together.

use crate::commands::rule::agree;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::commands::context::Scene;
use crate::commands::decision::{Action, Decision};
use crate::commands::equipment::usage;
use crate::commands::pool::pledge::bar;
use crate::commands::rule::project::{hundredths, percent_text};
use crate::core::books::bill::{Bill, BillState};
use crate::core::entry::{
    Certified, Charged, EquipmentAdded, EquipmentRetired, Fact, HandedOver, MachineShareReversed, MachineShared, StakeTransferred,
    TermsAgreed, TermsProposed, TermsSet,
};
use crate::core::equipment;
use crate::core::equipment::{Equipment, Owner, Parts, Scenario, Standing, Terms, Why, hand_on, is_whole};
use crate::core::holder::Holder;
use crate::core::ids::{DistributionId, EquipmentId, PersonId};
use crate::core::ledger::{Account, Transaction};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::rule::bucket::WHOLE;
use crate::core::split::rounded_down;
use crate::core::time::Minutes;
use crate::directory::{Topic, Write};
use crate::grammar::resolve::looks_new;
use crate::message::field::Term;
use crate::message::line::{Line, ROWS, list_of};
use crate::message::refusal::Refusal;

/// The most an hour, a week or a month may cost, in minor units.
const LARGEST_RATE: i64 = 1_000_000_000;

/// A machine that was named; the books have it.
pub fn machine(scene: Scene<'_>, id: EquipmentId) -> Result<&Equipment, Refusal> {
    scene.books.equipment(id).ok_or_else(|| Refusal::UnknownEquipment { typed: id.to_string(), nearest: None })
}

/// A machine that can be used now.
pub fn in_use(scene: Scene<'_>, id: EquipmentId) -> Result<&Equipment, Refusal> {
    let machine = machine(scene, id)?;
    if machine.is_in_use() {
        return Ok(machine);
    }
    Err(not_in_use(machine))
}

fn not_in_use(machine: &Equipment) -> Refusal {
    let planned = machine.standing == Standing::Planned;
    Refusal::NotInUse { equipment: Name::from(&machine.name), planned, gone: !planned }
}

/// Ties the room to what was begun in it, if it is tied to nothing of the kind yet that goes on. A private room is about nobody but
/// its person.
pub fn tie(scene: Scene, topic: Topic) -> Option<Write> {
    if scene.ctx.direct {
        return None;
    }
    let goes_on = |known: Topic| match known {
        Topic::Pool(pool) => scene.books.pool(pool).is_some_and(|pool| pool.state.holds_money()),
        Topic::Equipment(id) => scene.books.equipment(id).is_some_and(|machine| machine.standing != Standing::Retired),
    };
    let free = scene.directory.topics_of(&scene.ctx.room).all(|known| !known.is_like(topic) || !goes_on(known));
    free.then(|| Write::Topic(scene.ctx.room.clone(), topic))
}

/// `equipment add`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    name: String,
}

/// Adds a machine that nobody has to be paid back for: a shareable from the start.
pub fn add(scene: Scene, args: Add) -> Result<Decision, Refusal> {
    let books = scene.books;
    name_is_free(scene, &args.name)?;
    let equipment = books.next_equipment();
    let line = Line::EquipmentAdded { equipment: Name::from(&args.name) };
    let fact = EquipmentAdded { equipment, party: books.next_person(), name: args.name, planned: false };
    let writes = tie(scene, Topic::Equipment(equipment)).into_iter().collect();
    Ok(Decision { writes, ..Decision::fact(fact, vec![line]) })
}

/// Whether no machine has a name.
pub fn name_is_free(scene: Scene, name: &str) -> Result<(), Refusal> {
    // `use list` lists, and `use 2h` is a time.
    let is = |word: &str| word == name || scene.catalog.words().is(word, name);
    let group = scene.catalog.group("use").any(|command| command.name.strip_prefix("use ").is_some_and(is));
    if group || crate::grammar::values::is_duration(name) {
        return Err(Refusal::NotAMachineName { typed: name.to_owned() });
    }
    match scene.books.equipment_by_name(name) {
        Some(_) => Err(Refusal::EquipmentExists { equipment: Name::from(name) }),
        None => looks_new(name, scene.books.equipment.iter().map(|machine| machine.name.as_str())),
    }
}

/// `equipment terms`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SetTerms {
    equipment: EquipmentId,
    project_rate: Option<Amount>,
    commercial_rate: Option<Amount>,
    member_rate: Option<Amount>,
    week_rate: Option<Amount>,
    month_rate: Option<Amount>,
    maintenance: Option<Amount>,
    split: Option<String>,
    cap: Option<String>,
    certified_only: Option<bool>,
    after: Option<String>,
    agree: Option<bool>,
    #[serde(rename = "for")]
    person: Option<PersonId>,
}

impl SetTerms {
    /// The terms as they would be.
    fn applied(&self, mut terms: Terms) -> Result<Terms, Refusal> {
        let rates = [
            (&mut terms.project_rate, self.project_rate),
            (&mut terms.commercial_rate, self.commercial_rate),
            (&mut terms.member_rate, self.member_rate),
            (&mut terms.week_rate, self.week_rate),
            (&mut terms.month_rate, self.month_rate),
            (&mut terms.maintenance, self.maintenance),
        ];
        for (rate, new) in rates {
            if let Some(too_much) = new.filter(|new| new.minor > LARGEST_RATE) {
                return Err(Refusal::TooMuch { most: too_much.with(LARGEST_RATE) });
            }
            *rate = new.or(*rate);
        }
        if let Some(typed) = &self.split {
            let [maintenance, infrastructure, owners] = parts(typed)?;
            terms.parts = Parts { maintenance, infrastructure, owners };
        }
        if let Some(typed) = &self.after {
            let [maintenance, infrastructure] = parts(typed)?;
            terms.after = (maintenance, infrastructure);
        }
        if let Some(typed) = &self.cap {
            let out_of_range = |cap: &u32| !(WHOLE..=10 * WHOLE).contains(cap);
            terms.cap = agree::cap(typed)?;
            if out_of_range(&terms.cap) {
                return Err(Refusal::NotACap { typed: typed.clone() });
            }
        }
        terms.certified_only = self.certified_only.unwrap_or(terms.certified_only);
        Ok(terms)
    }
}

/// Reads `20/10/70`: so many percentages that are the whole.
fn parts<const N: usize>(typed: &str) -> Result<[u32; N], Refusal> {
    let refusal = || Refusal::NotParts { typed: typed.to_owned(), example: Name::from(if N == 3 { "20/10/70" } else { "50/50" }) };
    let part = |typed: &str| if matches!(typed.trim(), "0" | "0%") { Some(0) } else { hundredths(typed.trim().trim_end_matches('%')) };
    let parts: Vec<u32> = typed.split('/').map(part).collect::<Option<_>>().ok_or_else(refusal)?;
    if !is_whole(&parts) {
        return Err(refusal());
    }
    parts.try_into().map_err(|_| refusal())
}

/// Shows a machine's terms, sets them, or agrees to those that are proposed: once it has backers or co-owners, other terms
/// hold only when each of them has agreed.
pub fn terms(scene: Scene, args: SetTerms) -> Result<Action, Refusal> {
    let machine = machine(scene, args.equipment)?;
    if args.agree == Some(true) {
        return agree(scene, machine, args.person);
    }
    let terms = args.applied(machine.terms.clone())?;
    if terms == machine.terms {
        return Ok(Decision::reads([terms_lines(machine, &machine.terms), proposed_lines(scene, machine)].concat()).into());
    }
    if machine.standing == Standing::Retired {
        return Err(not_in_use(machine));
    }
    if terms.cap != machine.terms.cap && !machine.owners.is_empty() {
        return Err(Refusal::CapStands { equipment: Name::from(&machine.name), cap: Name(percent_text(i64::from(machine.terms.cap))) });
    }
    let bound = scene.books.bound_by_terms(machine.id);
    let me = scene.me()?;
    let terms_hash = terms.hash();
    let mut lines = terms_lines(machine, &terms);
    let waits: Vec<PersonId> = bound.iter().copied().filter(|person| *person != me).collect();
    if waits.is_empty() {
        lines.insert(0, Line::TermsSet { equipment: Name::from(&machine.name) });
        return Ok(Decision::fact(TermsSet { equipment: machine.id, terms, terms_hash }, lines).into());
    }
    lines.insert(0, Line::TermsProposed { equipment: Name::from(&machine.name), people: scene.names(waits) });
    let mut facts: Vec<Fact> = vec![TermsProposed { equipment: machine.id, terms, terms_hash }.into()];
    if bound.contains(&me) {
        facts.push(TermsAgreed { equipment: machine.id, person: me, terms_hash }.into());
    }
    Ok(Decision { facts, ..Decision::reads(lines) }.into())
}

/// Agrees to proposed terms, for oneself; a custodian also for somebody who has no account.
fn agree(scene: Scene, machine: &Equipment, for_person: Option<PersonId>) -> Result<Action, Refusal> {
    let books = scene.books;
    let equipment = Name::from(&machine.name);
    let me = scene.ctx.author.person.ok_or(Refusal::JoinFirst)?;
    let person = for_person.unwrap_or(me);
    if person != me && scene.directory.has_account(person) {
        return Err(Refusal::SaysItThemselves { person: books.name_of(person) });
    }
    let Some(proposed) = &machine.proposed else { return Err(Refusal::NoTermsProposed { equipment }) };
    let bound = books.bound_by_terms(machine.id);
    let open = bound.iter().any(|other| !proposed.agreed.contains(other));
    // Where those who had to agree are gone, anybody may say that it holds.
    if open && !bound.contains(&person) {
        return Err(Refusal::NotBound { equipment, person: books.name_of(person) });
    }
    let waits: Vec<PersonId> = bound.into_iter().filter(|other| *other != person && !proposed.agreed.contains(other)).collect();
    let terms_hash = proposed.terms.hash();
    let mut facts: Vec<Fact> = vec![TermsAgreed { equipment: machine.id, person, terms_hash }.into()];
    let mut lines =
        vec![Line::TermsAgreed { person: books.name_of(person), equipment: equipment.clone(), people: scene.names(waits.clone()) }];
    if waits.is_empty() {
        facts.push(TermsSet { equipment: machine.id, terms: proposed.terms.clone(), terms_hash }.into());
        lines.push(Line::TermsSet { equipment: equipment.clone() });
    }
    // The yes is to this text: should another be proposed before it comes, it is asked anew.
    let mut question = vec![Line::AgreeHead { equipment, person: books.name_of(person) }];
    question.extend(terms_lines(machine, &proposed.terms));
    question.push(Line::YesOrNo);
    Ok(Decision { by: Some(me), facts, ..Decision::reads(lines) }.asking(question))
}

/// Co-owner terms, as people agree to them.
pub fn terms_lines(machine: &Equipment, terms: &Terms) -> Vec<Line> {
    let percent = |part: u32| Name(percent_text(i64::from(part)));
    let Parts { maintenance, infrastructure, owners } = terms.parts;
    vec![
        Line::TermsRates {
            equipment: Name::from(&machine.name),
            hash: Name(terms.hash().short()),
            project: terms.project_rate,
            commercial: terms.commercial_rate,
            member: terms.member_rate,
            week: terms.week_rate,
            month: terms.month_rate,
            maintenance: terms.maintenance,
            none: [Scenario::Project, Scenario::Commercial, Scenario::Member].iter().all(|scenario| terms.rate(*scenario).is_none()),
        },
        Line::TermsParts {
            maintenance: percent(maintenance),
            infrastructure: percent(infrastructure),
            owners: percent(owners),
            cap: percent(terms.cap),
            after_maintenance: percent(terms.after.0),
            after_infrastructure: percent(terms.after.1),
            certified_only: terms.certified_only,
        },
    ]
}

/// Terms that wait for somebody's consent.
pub fn proposed_lines(scene: Scene, machine: &Equipment) -> Vec<Line> {
    let Some(proposed) = &machine.proposed else { return Vec::new() };
    let waits = scene.books.bound_by_terms(machine.id).into_iter().filter(|person| !proposed.agreed.contains(person));
    let people = scene.names(waits);
    if people.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::TermsProposed { equipment: Name::from(&machine.name), people }];
    lines.extend(terms_lines(machine, &proposed.terms));
    lines
}

/// A command about one machine.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct One {
    equipment: EquipmentId,
}

/// `equipment show`: how a machine stands, its terms, who may use it.
pub fn show(scene: Scene, args: One) -> Result<Decision, Refusal> {
    let machine = machine(scene, args.equipment)?;
    let mut lines = vec![row(scene, machine)];
    lines.extend(terms_lines(machine, &machine.terms));
    lines.extend(proposed_lines(scene, machine));
    if !machine.certified.is_empty() {
        lines.push(Line::CertifiedPeople { people: scene.names(machine.certified.iter().copied()) });
    }
    Ok(Decision::reads(lines))
}

/// A machine in one line.
fn row(scene: Scene, machine: &Equipment) -> Line {
    let money = |minor| scene.books.commodity.minor(minor);
    let due: i64 = machine.owners.iter().map(|owner| owner.due).sum();
    let paid: i64 = machine.owners.iter().map(|owner| owner.paid).sum();
    let owned = machine.standing == Standing::Owned;
    let progress = rounded_down(i128::from(paid), i128::from(WHOLE), i128::from(due.max(1))).unwrap_or(0);
    Line::EquipmentRow {
        equipment: Name::from(&machine.name),
        planned: machine.standing == Standing::Planned,
        owners: Some(machine.owners.iter().filter(|owner| owner.stake > 0).count()).filter(|_| owned),
        shareable: machine.standing == Standing::Shareable,
        retired: machine.standing == Standing::Retired,
        cost: Some(money(machine.cost)).filter(|cost| cost.minor > 0),
        bar: owned.then(|| bar(progress)),
        paid: owned.then(|| money(paid)),
        due: owned.then(|| money(due)),
    }
}

/// `equipment list`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    shareable: Option<bool>,
}

/// The machines there are, those of the commons alone if so asked.
pub fn list(scene: Scene, args: List) -> Result<Decision, Refusal> {
    // What a pool that is over had planned is no machine.
    let there = |machine: &Equipment| machine.standing != Standing::Planned || scene.books.has_pool(machine.id);
    let wanted =
        |machine: &&Equipment| there(machine) && args.shareable.is_none_or(|wanted| (machine.standing == Standing::Shareable) == wanted);
    let machines: Vec<&Equipment> = scene.books.equipment.iter().filter(wanted).collect();
    if machines.is_empty() {
        return Ok(Decision::reads(vec![Line::NoMachines]));
    }
    Ok(Decision::reads(list_of(ROWS, machines.len(), machines.iter().map(|machine| row(scene, machine)))))
}

/// `equipment certify`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certify {
    person: PersonId,
    equipment: EquipmentId,
}

/// Says that somebody can use a machine without help.
pub fn certify(scene: Scene, args: Certify) -> Result<Decision, Refusal> {
    let machine = machine(scene, args.equipment)?;
    let (person, equipment) = (scene.books.name_of(args.person), Name::from(&machine.name));
    if machine.certified.contains(&args.person) {
        return Err(Refusal::CertifiedAlready { person, equipment });
    }
    Ok(Decision::fact(Certified { equipment: machine.id, person: args.person }, vec![Line::Certified { person, equipment }]))
}

/// `equipment statement`: who paid for a machine, what it was used for, what came in, how far its co-owners are paid back.
pub fn statement(scene: Scene, args: One) -> Result<Decision, Refusal> {
    let books = scene.books;
    let machine = machine(scene, args.equipment)?;
    let money = |minor| books.commodity.minor(minor);
    let mut lines = vec![row(scene, machine)];
    // Whoever has handed on all of theirs is out of it.
    lines.extend(machine.owners.iter().filter(|owner| owner.stake > 0).map(|owner| owner_row(scene, owner)));
    let bills = || books.bills.iter().filter(|bill| bill.equipment == machine.id && bill.state != BillState::Undone);
    let mut uses: BTreeMap<Scenario, (i64, usize)> = BTreeMap::new();
    for bill in bills() {
        if let Charged::Use { scenario, time, .. } = bill.charged {
            let (minutes, count) = uses.entry(scenario).or_default();
            *minutes += time.0;
            *count += 1;
        }
    }
    lines.extend(uses.into_iter().map(|(scenario, (minutes, count))| Line::UsedFor {
        scenario: Term::from(scenario.word()),
        time: Minutes(minutes),
        count,
    }));
    let paid = || bills().filter(|bill| matches!(bill.state, BillState::Paid(_)));
    let shares = || books.machine_shares.iter().filter(|share| share.equipment == machine.id && !share.reversed);
    let mut went: BTreeMap<&'static str, i64> = BTreeMap::new();
    let all = paid().flat_map(|bill| bill.lines.iter().chain(&bill.shared)).chain(shares().flat_map(|share| &share.shared));
    for line in all {
        let purpose = match (&line.why, &line.to) {
            _ if line.pays_back() => "owners",
            (Why::Material { .. }, _) => "material",
            (Why::Technician { .. }, _) => "technicians",
            (_, Holder::Fund(fund)) if fund == equipment::MAINTENANCE => "maintenance",
            _ => "infrastructure",
        };
        *went.entry(purpose).or_default() += line.minor;
    }
    let some = |purpose: &str| went.get(purpose).copied().map(money);
    if !went.is_empty() {
        lines.push(Line::CameIn {
            amount: money(went.values().sum()),
            owners: some("owners"),
            maintenance: some("maintenance"),
            infrastructure: some("infrastructure"),
            material: some("material"),
            technicians: some("technicians"),
        });
    }
    let waiting: Vec<&Bill> = bills().filter(|bill| bill.state == BillState::Waiting).collect();
    if !waiting.is_empty() {
        let amount = money(waiting.iter().map(|bill| bill.total().minor).sum());
        lines.push(Line::BillsWait { count: waiting.len(), amount });
    }
    Ok(Decision::reads(lines))
}

fn owner_row(scene: Scene, owner: &Owner) -> Line {
    let money = |minor| scene.books.commodity.minor(minor);
    let (person, fund) = holder_names(scene, &owner.holder);
    Line::StakeRow { person, fund, stake: money(owner.stake), paid: money(owner.paid), due: money(owner.due) }
}

/// The person or the fund that a holder is, to show.
pub fn holder_names(scene: Scene, holder: &Holder) -> (Option<Name>, Option<Name>) {
    match holder {
        Holder::Person(person) => (Some(scene.books.name_of(*person)), None),
        Holder::Fund(fund) => (None, Some(Name::from(fund))),
    }
}

/// `equipment retire`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retire {
    equipment: EquipmentId,
    proceeds: Option<Amount>,
}

/// A machine is gone: what was got for it goes to its co-owners by what is open to them, the rest of the stakes is written
/// off.
pub fn retire(scene: Scene, args: Retire) -> Result<Action, Refusal> {
    let books = scene.books;
    let machine = machine(scene, args.equipment)?;
    let equipment = Name::from(&machine.name);
    if machine.standing == Standing::Retired {
        return Err(not_in_use(machine));
    }
    if books.has_pool(machine.id) {
        return Err(Refusal::PoolIsFor { equipment });
    }
    let too_large = |_| Refusal::TooLarge;
    let proceeds = args.proceeds.unwrap_or(books.commodity.zero());
    let shared = if proceeds.minor > 0 { machine.for_owners(proceeds.minor).map_err(|_| Refusal::TooLarge)? } else { Vec::new() };
    let came_in = Transaction::credit(Account::Custodian, books.postings(&shared)).map_err(too_large)?;
    let asset = Account::Equipment(machine.name.clone());
    let commons = Account::Commons(machine.name.clone());
    let of_commons = books.ledger.balance(commons.clone(), books.commodity);
    let transaction = came_in
        .and(books.stakes_to(machine, asset.clone()).map_err(too_large)?)
        .and(Transaction::credit(commons, [(asset, of_commons)]).map_err(too_large)?);
    let paid_back: i64 = shared.iter().filter(|line| line.pays_back()).map(|line| line.minor).sum();
    let lost = Some(books.commodity.minor(machine.open() - paid_back)).filter(|lost| lost.minor > 0);
    let amount = Some(proceeds).filter(|proceeds| proceeds.minor > 0);
    let rows: Vec<Line> = usage::charge_rows(scene, &shared);
    let mut question = vec![Line::RetireHead { equipment: equipment.clone(), proceeds: amount, nothing: amount.is_none(), lost }];
    question.extend(rows.iter().cloned());
    question.push(Line::YesOrNo);
    let money = amount.map(|_| books.next_money());
    let mut lines = vec![Line::Retired { equipment, money, proceeds: amount, lost }];
    lines.extend(rows);
    let fact = EquipmentRetired { equipment: machine.id, money, proceeds, shared, transaction };
    Ok(Decision::fact(fact, lines).asking(question))
}

/// `stake transfer`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    equipment: EquipmentId,
    person: PersonId,
    share: Option<String>,
}

/// Hands one's stake on, or a part of it with the same part of what it has received.
pub fn transfer(scene: Scene, args: Transfer) -> Result<Action, Refusal> {
    let books = scene.books;
    let machine = machine(scene, args.equipment)?;
    let equipment = Name::from(&machine.name);
    let me = scene.ctx.author.person.ok_or(Refusal::JoinFirst)?;
    let theirs = machine.owners.iter().find(|owner| owner.holder == Holder::Person(me));
    // What is paid back belongs to the commons, also where another pool has bought more of the machine since.
    let most = books.ledger.balance(books.stake_account(machine, &Holder::Person(me)), books.commodity).minor;
    let owner = theirs.filter(|_| most > 0).ok_or_else(|| Refusal::NoStake { equipment: equipment.clone() })?;
    if args.person == me {
        return Err(Refusal::OwnStake { equipment });
    }
    let stake = match args.share.as_deref().map(str::trim) {
        None => most,
        Some(typed) => match typed.strip_suffix('%') {
            Some(_) => {
                let percent = crate::commands::rule::project::percent(typed).filter(|percent| (1..=WHOLE).contains(percent));
                let percent = percent.ok_or_else(|| Refusal::NotAShare { typed: typed.to_owned() })?;
                rounded_down(most.into(), percent.into(), WHOLE.into()).ok_or(Refusal::TooLarge)?
            }
            None => crate::grammar::values::amount(typed, books.commodity)?.minor,
        },
    };
    if stake > most || stake == 0 {
        return Err(Refusal::StakeIsLess { equipment, stake: books.commodity.minor(most) });
    }
    let handed = hand_on(owner, stake).map_err(|_| Refusal::TooLarge)?;
    let (amount, open) = (books.commodity.minor(stake), books.commodity.minor(handed.open));
    let to = books.stake_account(machine, &Holder::Person(args.person));
    let transaction = Transaction::credit(books.stake_account(machine, &owner.holder), [(to, amount)]).map_err(|_| Refusal::TooLarge)?;
    let (person, paid) = (books.name_of(args.person), books.commodity.minor(handed.paid));
    let question = vec![Line::TransferHead { equipment: equipment.clone(), person: person.clone(), amount, paid, open }, Line::YesOrNo];
    let line = Line::Transferred { from: books.name_of(me), person, equipment, amount, open };
    let fact = StakeTransferred { equipment: machine.id, from: me, to: args.person, handed, transaction };
    // Who says how much means it.
    let question = args.share.is_none().then_some(question);
    Ok(Decision { by: Some(me), ..Decision::fact(fact, vec![line]) }.asking(question))
}

/// What happens when co-owners have received so much more: once nothing is open to any of them, the machine is a shareable.
pub fn hand_over(scene: Scene, machine: &Equipment, more: i64) -> Result<Option<(Fact, Line)>, Refusal> {
    if machine.standing != Standing::Owned || machine.open() > more {
        return Ok(None);
    }
    let transaction = scene.books.stakes_to(machine, Account::Commons(machine.name.clone())).map_err(|_| Refusal::TooLarge)?;
    let line = Line::HandedOver { equipment: Name::from(&machine.name), cap: Name(percent_text(i64::from(machine.terms.cap))) };
    Ok(Some((HandedOver { equipment: machine.id, transaction }.into(), line)))
}

/// Shares what machines receive by a decision among their co-owners, each distribution's for itself, and takes back from them
/// what machines lose by it. What a machine has to recover comes first.
pub fn share_of_machines(scene: Scene, facts: &mut Vec<Fact>, lines: &mut Vec<Line>) -> Result<(), Refusal> {
    let books = scene.books;
    let mut machines: BTreeMap<EquipmentId, (Equipment, i64)> = BTreeMap::new();
    let mut more: Vec<Fact> = Vec::new();
    for fact in facts.iter() {
        let Some(transaction) = fact.transaction() else { continue };
        let distribution = if let Fact::Distributed(f) = fact { Some(f.distribution) } else { None };
        for (account, debit) in transaction.postings() {
            let Account::Machine(name) = account else { continue };
            let Some(known) = books.equipment_by_name(name) else { continue };
            let before = || books.ledger.balance(account.clone(), books.commodity).minor;
            let (machine, balance) = machines.entry(known.id).or_insert_with(|| (known.clone(), before()));
            *balance -= debit.minor;
            // What goes the other way within the decision is seen with it: only a distribution gives for good.
            if let Some(distribution) = distribution.filter(|_| *balance > 0) {
                let part = std::mem::take(balance);
                share(scene, machine, part, Some(distribution), &mut more, lines)?;
            }
        }
    }
    for (machine, balance) in machines.values_mut() {
        share(scene, machine, std::mem::take(balance), None, &mut more, lines)?;
    }
    facts.extend(more);
    Ok(())
}

/// Shares what is on a machine's account, or takes it back from its co-owners where that is below zero.
fn share(
    scene: Scene,
    machine: &mut Equipment,
    part: i64,
    distribution: Option<DistributionId>,
    facts: &mut Vec<Fact>,
    lines: &mut Vec<Line>,
) -> Result<(), Refusal> {
    let books = scene.books;
    let shared = if part >= 0 { machine.for_owners(part) } else { equipment::from_owners(-part, &machine.owners) };
    let shared = shared.map_err(|_| Refusal::TooLarge)?;
    if shared.is_empty() {
        return Ok(());
    }
    let account = Account::Machine(machine.name.clone());
    let transaction = Transaction::credit(account, books.postings(&shared)).map_err(|_| Refusal::TooLarge)?;
    let (equipment, amount) = (Name::from(&machine.name), books.commodity.minor(part.abs()));
    lines.push(if part >= 0 { Line::MachineShare { equipment, amount } } else { Line::MachineShareBack { equipment, amount } });
    lines.extend(usage::charge_rows(scene, &shared));
    for line in shared.iter().filter(|line| line.pays_back()) {
        if let Some(owner) = machine.owners.iter_mut().find(|owner| owner.holder == books.holder(&line.to)) {
            owner.paid += line.minor;
        }
    }
    facts.push(MachineShared { equipment: machine.id, distribution, shared, transaction }.into());
    if let Some((fact, line)) = hand_over(scene, machine, 0)? {
        machine.standing = Standing::Shareable;
        facts.push(fact);
        lines.push(line);
    }
    Ok(())
}

/// Takes back what machines received by a distribution, along with it, line by line while what co-owners received is still with
/// their stakes; gives how the money moves. What is left of it, [`share_of_machines`] takes back.
pub fn shares_of_machines_back(scene: Scene, distribution: DistributionId, facts: &mut Vec<Fact>) -> Result<Transaction, Refusal> {
    let books = scene.books;
    let mut all = Transaction::new([]).map_err(|_| Refusal::TooLarge)?;
    for share in books.machine_shares.iter().filter(|share| share.distribution == Some(distribution) && !share.reversed) {
        let machine = machine(scene, share.equipment)?;
        if usage::can_give_back(scene, machine, &share.shared).is_err() {
            continue;
        }
        let transaction = books.as_of_now(share.transaction.reversed());
        all = all.and(transaction.clone());
        facts.push(MachineShareReversed { equipment: machine.id, distribution, transaction }.into());
    }
    Ok(all)
}
