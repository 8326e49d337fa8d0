//! `payout export`, `payout paid batch:` and `payout failed`: paying many people at once.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::{Action, Decision};
use crate::commands::money::available::overdrawn;
use crate::commands::money::slips;
use crate::commands::money::undo;
use crate::core::books::payment_batch::{Payment, PaymentBatch, PaymentState};
use crate::core::fact::money::{BatchOpened, BatchPaid, PaidOut, PaymentFailed};
use crate::core::ids::{BatchId, MoneyId, PersonId};
use crate::core::ledger::{LedgerAccount, Transaction};
use crate::core::money::{Amount, Minor};
use crate::core::name::Name;
use crate::message::field::{Term, Typed};
use crate::message::line::Line;
use crate::message::money::{MoneyLine, MoneyRefusal, NotInBatch, Unpaid};
use crate::message::refusal::Refusal;
use crate::message::room::RoomLine;
use crate::message::typed::TypedRefusal;
use crate::payment;
use crate::payment::pay_to::{Detail, PayAccount, PayTo};
use crate::payment::{Debtor, DecimalMark, Format, LeftOut, NoFile, Order, Payee, target};

/// A person's payment address, under any of their ids.
fn pay_to_of(context: CommandContext, person: PersonId) -> Option<PayTo> {
    context.books.ids_of(person).find_map(|id| context.directory.pay_to(id)).cloned()
}

/// `payout export`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    format: Way,
    minimum: Option<Amount>,
    decimal: Option<Mark>,
}

/// How decimals are written, as typed.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Mark {
    Point,
    Comma,
}

/// A format of payment files, as typed.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Way {
    Paypal,
    Sepa,
    Csv,
}

/// Writes the payment file for everyone who is owed enough, and opens a batch of those payments: nobody in it is
/// exported again until it is paid or has failed.
///
/// # Errors
/// Refused if the author has not joined, if the format does not carry the currency or needs more of the author's own
/// account, or if nobody can be paid.
pub fn export(context: CommandContext, args: Export) -> Result<Decision, Refusal> {
    let books = context.books;
    let me = context.me()?;
    let format = match args.format {
        Way::Paypal => Format::Paypal,
        Way::Sepa => Format::Sepa,
        Way::Csv => Format::Csv,
    };
    let mut left_out = Vec::new();
    let mut people = Vec::new();
    let mut payees = Vec::new();
    for (&person, state) in &books.people {
        let owed = books.owed_to(person);
        if owed.minor <= Minor::ZERO {
            continue;
        }
        let mut out = Out { open: None, below: false, why: None };
        if let Some(batch) = books.open_batch_of(person) {
            out.open = Some(batch.id);
        } else if args.minimum.is_some_and(|minimum| owed.minor < minimum.minor) {
            out.below = true;
        } else {
            people.push(person);
            let name = context.directory.display_name(person).unwrap_or(&state.handle).to_owned();
            payees.push(Payee { handle: state.handle.clone(), name, pay_to: pay_to_of(context, person), amount: owed });
            continue;
        }
        left_out.push((person, owed, out));
    }
    let debtor = match pay_to_of(context, me) {
        Some(PayTo { account: PayAccount::Iban(iban), holder }) => {
            let name = context.directory.display_name(me).unwrap_or(books.handle(me)).to_owned();
            Some(Debtor { name, iban, holder })
        }
        Some(PayTo { account: PayAccount::PayPal(_), .. }) | None => None,
    };
    let batch = books.batches.next();
    let order = Order {
        batch: batch.to_string(),
        tag: context.moment.code(),
        network: books.name.clone(),
        at: context.moment.now,
        execution: target::execution(context.moment.today, context.moment.now),
        debtor,
        decimal: match args.decimal {
            Some(Mark::Comma) => DecimalMark::Comma,
            Some(Mark::Point) | None => DecimalMark::Point,
        },
        payees: &payees,
    };
    let file = payment::file(format, &order).map_err(|why| no_file(context, why, &args, &people, &left_out))?;
    left_out.extend(file.left_out.iter().map(|(index, why)| {
        (people[*index], payees[*index].amount, Out { open: None, below: false, why: Some(*why) })
    }));
    let payments: Vec<(PersonId, Amount)> = file.paid.iter().map(|&(index, amount)| (people[index], amount)).collect();
    let sum = books.commodity.minor(payments.iter().map(|(_, amount)| amount.minor).sum());
    let mut lines = vec![
        MoneyLine::BatchOpened {
            batch,
            format: Term::from(format.word()),
            count: payments.len(),
            amount: sum,
            file: Name(file.name),
        }
        .into(),
    ];
    lines.extend(file.text.lines().map(|line| RoomLine::FileLine { text: line.to_owned() }.into()));
    lines.extend(left_out.into_iter().map(|(person, amount, out)| {
        MoneyLine::LeftOut { person: books.name_of(person), amount, why: out.reasons() }.into()
    }));
    lines.extend(warnings(context, format, &payees, &people, &file.paid));
    lines.push(MoneyLine::HowToPay { batch }.into());
    let mut decision = Decision::reads(lines);
    let references = file.references.iter().map(|reference| decision.text(context.moment, reference)).collect();
    decision.facts.push(BatchOpened { batch, format: format.word().to_owned(), payments, references }.into());
    Ok(decision)
}

/// Why there is no file, for people.
fn no_file(
    context: CommandContext,
    why: NoFile,
    args: &Export,
    people: &[PersonId],
    left_out: &[(PersonId, Amount, Out)],
) -> Refusal {
    let books = context.books;
    let currency = || Name::from(books.commodity.code());
    let nobody = match why {
        NoFile::NotEuro => return MoneyRefusal::OnlyEuros { currency: currency() }.into(),
        NoFile::NotTaken => return MoneyRefusal::NotTaken { currency: currency() }.into(),
        NoFile::NoComma => return MoneyRefusal::NoComma.into(),
        NoFile::NoDebtor => return MoneyRefusal::NoDebtor.into(),
        NoFile::NoBank => return MoneyRefusal::NoBank.into(),
        NoFile::Nobody { left_out } => left_out,
    };
    let named = |why: &[LeftOut]| {
        let of = nobody.iter().filter(|(_, because)| why.contains(because));
        of.map(|(index, _)| books.name_of(people[*index])).collect::<Vec<Name>>()
    };
    let open = left_out.iter().filter(|(.., out)| out.open.is_some());
    let below = args.minimum.filter(|_| left_out.iter().any(|(.., out)| out.below));
    let people = [
        Unpaid::NoPayTo(named(&[LeftOut::NoPayTo])),
        Unpaid::OtherWay(named(&[LeftOut::OtherWay])),
        Unpaid::WrongAmount(named(&[LeftOut::WrongAmount])),
        Unpaid::OutsideScheme(named(&[LeftOut::OutsideScheme])),
        Unpaid::PayerAddress(named(&[LeftOut::PayerAddress])),
        Unpaid::NoName(named(&[LeftOut::NoName])),
        Unpaid::Open(open.map(|(person, ..)| books.name_of(*person)).collect()),
    ];
    MoneyRefusal::NobodyToPay { why: people.into_iter().chain(below.map(Unpaid::Below)).collect() }.into()
}

/// What a custodian should know before they give a file to a bank: what is held and not in it, what stays owed, whose
/// name the bank may not find, and whether the books hold less than it pays.
fn warnings(
    context: CommandContext,
    format: Format,
    payees: &[Payee],
    people: &[PersonId],
    paid: &[(usize, Amount)],
) -> Vec<Line> {
    let books = context.books;
    let sum = |amounts: &mut dyn Iterator<Item = Amount>| books.commodity.minor(amounts.map(|one| one.minor).sum());
    let mut lines = Vec::new();
    let held = books.people.keys().map(|&person| (person, books.held_of(person)));
    lines.extend(
        held.filter(|(_, held)| held.minor.is_positive())
            .map(|(person, amount)| MoneyLine::HeldNotPaid { person: books.name_of(person), amount }.into()),
    );
    let rest = sum(&mut paid.iter().map(|&(index, amount)| amount.with(payees[index].amount.minor - amount.minor)));
    if rest.minor.is_positive() {
        lines.push(MoneyLine::WholeUnits { currency: Name::from(books.commodity.code()), rest }.into());
    }
    let is_unsaid =
        |index: usize| payees[index].pay_to.as_ref().is_some_and(|to| to.holder.get(Detail::Name).is_none());
    let unsaid: Vec<Name> =
        paid.iter().filter(|(index, _)| is_unsaid(*index)).map(|(index, _)| books.name_of(people[*index])).collect();
    if format == Format::Sepa && !unsaid.is_empty() {
        lines.push(MoneyLine::NamesUnsaid { people: unsaid }.into());
    }
    lines.extend(overdrawn(books, sum(&mut paid.iter().map(|(_, amount)| *amount))));
    lines
}

/// Why somebody who is owed money is not in a file.
struct Out {
    open: Option<BatchId>,
    below: bool,
    why: Option<LeftOut>,
}

impl Out {
    /// The same, for people.
    fn reasons(self) -> Vec<NotInBatch> {
        let why = self.why.map(|why| match why {
            LeftOut::NoPayTo => NotInBatch::NoPayTo,
            LeftOut::OtherWay => NotInBatch::OtherWay,
            LeftOut::WrongAmount => NotInBatch::WrongAmount,
            LeftOut::OutsideScheme => NotInBatch::OutsideScheme,
            LeftOut::PayerAddress => NotInBatch::PayerAddress,
            LeftOut::NoName => NotInBatch::NoName,
        });
        let below = self.below.then_some(NotInBatch::Below);
        why.into_iter().chain(self.open.map(NotInBatch::Open)).chain(below).collect()
    }
}

/// Records that every open payment of a batch was made; if less is owed by now, only as an explicit advance.
///
/// # Errors
/// Refused if the batch is unknown or has no open payment, or if a person is now owed less and it is not an advance.
pub fn paid(context: CommandContext, id: BatchId, advance: bool, date: NaiveDate) -> Result<Action, Refusal> {
    let books = context.books;
    let batch = batch(context, id)?;
    let mut doubts = Vec::new();
    let mut decision = Decision::default();
    let mut payments = Vec::new();
    let mut lines = Vec::new();
    let first = books.money.next().0;
    for (number, payment) in (first..).zip(batch.open()) {
        let person = books.canonical_id(payment.person);
        let owed = books.owed_to(person);
        let so_far: Minor = batch
            .open()
            .take_while(|before| *before != payment)
            .filter(|before| books.canonical_id(before.person) == person)
            .map(|before| before.amount.minor)
            .sum();
        if owed.minor - so_far < payment.amount.minor && !advance {
            return Err(MoneyRefusal::OwedLessNow {
                person: books.name_of(person),
                amount: payment.amount,
                owed,
                batch: id,
            }
            .into());
        }
        let money = MoneyId(number);
        let reference = match payment.reference {
            Some(reference) => reference,
            // Batches of earlier versions don't know the references of their files.
            None => decision.text(context.moment, &format!("{id}-{}", books.handle(person))),
        };
        if let Some(text) = context.directory.text(reference) {
            // The file is at the bank and can't get another reference, so this is a question, and no refusal.
            doubts.extend(slips::reference_of_other(context, text));
        }
        let transaction = Transaction::credit(books.account_of(person), [(LedgerAccount::Custodian, payment.amount)])
            .map_err(|_| MoneyRefusal::TooLarge)?;
        decision.facts.push(
            PaidOut {
                money,
                person,
                amount: payment.amount,
                fee: None,
                reference: Some(reference),
                transaction,
                date: Some(date),
            }
            .into(),
        );
        payments.push((payment.person, money));
        lines.push(
            MoneyLine::BatchRow {
                person: books.name_of(person),
                amount: payment.amount,
                paid: Some(money),
                failed: false,
            }
            .into(),
        );
    }
    if payments.is_empty() {
        return Err(MoneyRefusal::BatchClosed { batch: id }.into());
    }
    let amount = books.commodity.minor(batch.open().map(|payment| payment.amount.minor).sum());
    decision.lines.push(MoneyLine::BatchPaid { batch: id, count: payments.len(), amount }.into());
    decision.lines.extend(lines);
    decision.lines.extend(overdrawn(books, amount));
    decision.facts.push(BatchPaid { batch: id, payments }.into());
    doubts.extend(slips::above_bound(context, amount));
    Ok(decision.asking(slips::question(doubts)))
}

fn batch<'a>(context: CommandContext<'a>, id: BatchId) -> Result<&'a PaymentBatch, Refusal> {
    context.books.batch(id).ok_or_else(|| TypedRefusal::UnknownBatch { typed: Typed(id.to_string()) }.into())
}

/// `payout failed`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failed {
    person: PersonId,
    batch: Option<BatchId>,
    amount: Option<Amount>,
}

/// Records that a payment of a batch did not arrive: closes it, and undoes it if it was recorded as made, after a yes.
///
/// # Errors
/// Refused if the batch or a payment in it is unknown, if the payment has failed already, if the person has two of
/// different amounts there and none is named, or if it can't be undone.
pub fn failed(context: CommandContext, args: Failed) -> Result<Action, Refusal> {
    let books = context.books;
    let is_meant = |payment: &&Payment| {
        books.canonical_id(payment.person) == args.person
            && payment.state != PaymentState::Failed
            && args.amount.is_none_or(|amount| payment.amount == amount)
    };
    let (person, amount) = (books.name_of(args.person), args.amount);
    let batch = match args.batch {
        Some(id) => batch(context, id)?,
        None => {
            let has_one = |batch: &&PaymentBatch| batch.payments.iter().any(|payment| is_meant(&payment));
            let found = books.batches.iter().rev().find(has_one);
            found.ok_or_else(|| MoneyRefusal::NotInBatch { batch: None, person: person.clone(), amount })?
        }
    };
    let gone = || MoneyRefusal::NotInBatch { batch: Some(batch.id), person: person.clone(), amount }.into();
    let mut theirs: Vec<&Payment> = batch.payments.iter().filter(is_meant).collect();
    // A merged person may be in it twice: the open payment first, then the paid one.
    theirs.sort_by_key(|payment| payment.state != PaymentState::Open);
    let payment = *theirs.first().ok_or_else(gone)?;
    if let Some(other) = theirs.iter().find(|other| other.amount != payment.amount) {
        let (amount, other) = (payment.amount, other.amount);
        return Err(MoneyRefusal::WhichPayment { person, batch: batch.id, amount, other }.into());
    }
    let mut decision = Decision::default();
    let mut undone = None;
    let mut question = None;
    match payment.state {
        PaymentState::Failed => return Err(gone()),
        PaymentState::Open => {}
        PaymentState::Paid(money) => {
            decision = undo::undone(context, undo::Undo { entry: money, reason: batch.id.to_string() })?;
            undone = Some(money);
            // It takes no second person: the bank has returned the money, whether or not two people agree. It is one
            // payment, it is owed to the same person again, and nobody else gives anything back.
            let (amount, batch) = (payment.amount, batch.id);
            let head = MoneyLine::PaymentReturned { person: person.clone(), amount, batch, undone: money }.into();
            let others = decision.lines.iter().skip(1).cloned();
            question = Some(std::iter::once(head).chain(others).chain([RoomLine::YesOrNo.into()]).collect());
        }
    }
    let owed = books.owed_to(args.person).minor + undone.map_or(Minor::ZERO, |_| payment.amount.minor);
    decision.facts.push(PaymentFailed { batch: batch.id, person: payment.person }.into());
    decision.lines.insert(
        0,
        MoneyLine::PaymentFailed {
            batch: batch.id,
            person: books.name_of(args.person),
            amount: payment.amount,
            undone,
            owed: owed.is_positive(),
        }
        .into(),
    );
    Ok(decision.asking(question))
}
