//! Where people want to be paid, and the files with which a custodian pays a batch of them: for PayPal, for a bank, or
//! as a table.
//!
//! The same order makes the same bytes. A file names the people it pays and those it leaves out, so that nobody is
//! forgotten silently. Payment details are personal: they are in the file and in stored data, never in `Debug` output.

mod bank_text;
pub mod pay_to;
mod sepa;
pub mod target;

use chrono::{DateTime, NaiveDate, Utc};

use crate::core::money::{Amount, Minor};
use crate::core::split::rounded_down;
use crate::payment::bank_text::id;
use crate::payment::pay_to::{Detail, Holder, Iban, PayAccount, PayTo};

/// The longest reference in characters: PayPal takes 30, a bank 35, and a payment has the same reference in every file.
const LONGEST_REFERENCE: usize = 30;

/// The currencies that PayPal's payouts can be made in from any country.
const PAYPAL_TAKES: &str =
    "AUD BRL CAD CHF CZK DKK EUR GBP HKD HUF ILS JPY MXN MYR NOK NZD PHP PLN SEK SGD THB TWD USD";

/// Those of which PayPal takes whole units only.
const PAYPAL_TAKES_WHOLE: [&str; 3] = ["HUF", "JPY", "TWD"];

/// The most that one SEPA transfer carries.
const LARGEST_TRANSFER: Minor = Minor(99_999_999_999);

/// Somebody who is owed money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    /// Their handle, unique in the network.
    pub handle: String,
    /// Their display name.
    pub name: String,
    /// Where they want to be paid, if they said.
    pub pay_to: Option<PayTo>,
    /// The amount to pay.
    pub amount: Amount,
}

/// The holder of the bank account that pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debtor {
    /// Their display name.
    pub name: String,
    /// The account.
    pub iban: Iban,
    /// Whose it is by the bank's records, as far as they said.
    pub holder: Holder,
}

/// A batch of payments, all in one commodity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order<'a> {
    /// Its label in the network, such as `B3`: a letter first, then letters, digits and hyphens, at most ten.
    pub batch: String,
    /// Letters and digits that no other file has, also not one of another database with the same labels; at most ten.
    pub tag: String,
    /// The network's name.
    pub network: String,
    /// When the batch was made.
    pub at: DateTime<Utc>,
    /// The day on which the bank should pay.
    pub execution: NaiveDate,
    /// The account that pays; only a bank's file has it.
    pub debtor: Option<Debtor>,
    /// How tables write decimals.
    pub decimal: DecimalMark,
    /// The payees, in the order of the file.
    pub payees: &'a [Payee],
}

/// How a table writes the decimals of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    /// `12.50`
    Point,
    /// `12,50`
    Comma,
}

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The format of PayPal's Payouts page: CSV without a header, at most 5000 rows. A row is the recipient's e-mail
    /// address, the amount, the currency, our reference (PayPal's "customer ID": at most 30
    /// characters, no spaces), a note to the recipient (at most 400) and the wallet, `PAYPAL`.
    Paypal,
    /// The format of banks of the Single Euro Payments Area: ISO 20022 `pain.001.001.09`, one instruction with all
    /// transfers.
    Sepa,
    /// A table for people and their programs, with a header: `batch,person,name,pay_to,amount,currency,reference`.
    Csv,
}

impl Format {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Paypal => "paypal",
            Self::Sepa => "sepa",
            Self::Csv => "csv",
        }
    }
}

/// A file of payments. It has no `Debug`, so that its content gets into no log.
pub struct File {
    /// Its name: `B3-paypal.csv`, `B3-sepa.xml`, `B3.csv`.
    pub name: String,
    /// Its content, UTF-8.
    pub text: String,
    /// The payees it pays: indices into the order's payees, ascending, each with the amount.
    pub paid: Vec<(usize, Amount)>,
    /// The reference of each of these payments.
    pub references: Vec<String>,
    /// The payees it leaves out, with the reason: indices into the order's payees, ascending.
    pub left_out: Vec<(usize, LeftOut)>,
}

/// Why a file does not pay somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// They did not say where.
    NoPayTo,
    /// They are paid in another way than this kind of file.
    OtherWay,
    /// The amount is zero or less, less than the smallest that is taken, or more than one transfer can carry.
    WrongAmount,
    /// Their bank is in a country that the scheme does not reach.
    OutsideScheme,
    /// Their bank or the payer's is outside the European Economic Area, so the payer's address must be known.
    PayerAddress,
    /// No letter of their name is one that banks take.
    NoName,
}

/// Why there is no file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoFile {
    /// An amount is not in euros, which SEPA transfers need.
    #[error("SEPA transfers are in euros only")]
    NotEuro,
    /// PayPal makes no payouts in this currency.
    #[error("PayPal does not take this currency")]
    NotTaken,
    /// The form of a SEPA file has no decimal comma.
    #[error("amounts in a SEPA file have a decimal point")]
    NoComma,
    /// A SEPA file needs the account that pays, at a bank of the scheme.
    #[error("a SEPA file needs the IBAN of the account that pays")]
    NoDebtor,
    /// A SEPA file needs the bank of the account that pays, and a name that banks can read.
    #[error("a SEPA file needs the BIC of the account that pays, and its holder's name")]
    NoBank,
    /// Everybody is left out.
    #[error("there is nobody whom this file could pay")]
    Nobody {
        /// The payees, with the reason: indices into the order's payees, ascending.
        left_out: Vec<(usize, LeftOut)>,
    },
}

/// A payee that the file pays.
struct Transfer<'a> {
    payee: &'a Payee,
    pay_to: &'a PayTo,
    amount: Amount,
    reference: String,
}

/// The file of this format that pays an order, as far as it can.
///
/// # Errors
/// [`NoFile::NotEuro`] and [`NoFile::NotTaken`] for a currency that the format does not carry, [`NoFile::NoComma`] for
/// a SEPA file with one, [`NoFile::NoDebtor`] and [`NoFile::NoBank`] for one without all of the account that pays,
/// [`NoFile::Nobody`] if everybody is left out.
pub fn file(format: Format, order: &Order) -> Result<File, NoFile> {
    let codes = || order.payees.iter().map(|payee| payee.amount.commodity.code());
    match format {
        Format::Sepa if codes().any(|code| code != "EUR") => return Err(NoFile::NotEuro),
        Format::Sepa if order.decimal == DecimalMark::Comma => return Err(NoFile::NoComma),
        Format::Paypal if codes().any(|code| !PAYPAL_TAKES.split(' ').any(|taken| taken == code)) => {
            return Err(NoFile::NotTaken);
        }
        Format::Sepa | Format::Paypal | Format::Csv => {}
    }
    let (mut lines, mut paid, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for (index, payee) in order.payees.iter().enumerate() {
        match way(format, order, payee) {
            Ok((pay_to, amount)) => {
                paid.push((index, amount));
                let reference = id(&format!("{}-{}-{}", order.batch, payee.handle, order.tag), LONGEST_REFERENCE);
                lines.push(Transfer { payee, pay_to, amount, reference });
            }
            Err(why) => left_out.push((index, why)),
        }
    }
    if lines.is_empty() {
        return Err(NoFile::Nobody { left_out });
    }
    let batch = &order.batch;
    let (name, text) = match format {
        Format::Paypal => (format!("{batch}-paypal.csv"), paypal(order, &lines)),
        Format::Sepa => (format!("{batch}-sepa.xml"), sepa::document(order, &lines)?),
        Format::Csv => (format!("{batch}.csv"), table(order, &lines)),
    };
    let references = lines.into_iter().map(|line| line.reference).collect();
    Ok(File { name, text, paid, references, left_out })
}

/// Where a file of this format pays somebody, and how much.
fn way<'a>(format: Format, order: &Order, payee: &'a Payee) -> Result<(&'a PayTo, Amount), LeftOut> {
    let pay_to = payee.pay_to.as_ref().ok_or(LeftOut::NoPayTo)?;
    let amount = payable(format, payee.amount);
    if amount.minor <= Minor::ZERO {
        return Err(LeftOut::WrongAmount);
    }
    match (format, &pay_to.account) {
        (Format::Paypal, PayAccount::Iban(_)) | (Format::Sepa, PayAccount::PayPal(_)) => Err(LeftOut::OtherWay),
        (Format::Sepa, PayAccount::Iban(_)) if amount.minor > LARGEST_TRANSFER => Err(LeftOut::WrongAmount),
        (Format::Sepa, PayAccount::Iban(iban)) => sepa::can_pay(order, payee, iban).map(|()| (pay_to, amount)),
        (Format::Paypal, PayAccount::PayPal(_)) | (Format::Csv, _) => Ok((pay_to, amount)),
    }
}

/// As much of an amount as a format carries: PayPal takes whole units of some currencies.
fn payable(format: Format, amount: Amount) -> Amount {
    match format {
        Format::Paypal if PAYPAL_TAKES_WHOLE.contains(&amount.commodity.code()) => {
            let unit = amount.commodity.unit();
            let units = rounded_down(i128::from(amount.minor), 1, i128::from(unit)).unwrap_or(0);
            amount.with(Minor(units.saturating_mul(unit)))
        }
        Format::Paypal | Format::Sepa | Format::Csv => amount,
    }
}

/// An amount as a table has it.
fn number(order: &Order, amount: Amount) -> String {
    match order.decimal {
        DecimalMark::Point => amount.number(),
        DecimalMark::Comma => amount.number().replace('.', ","),
    }
}

fn paypal(order: &Order, lines: &[Transfer]) -> String {
    // It begins with the batch, so that a network's name can't be read as a formula here.
    let note: String = purpose(order).chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect();
    let fields = |line: &Transfer| {
        let (amount, currency) = (number(order, line.amount), line.amount.commodity.code());
        let amount = match PAYPAL_TAKES_WHOLE.contains(&currency) {
            true => amount.split(['.', ',']).next().unwrap_or(&amount),
            false => &amount,
        };
        row(&[line.pay_to.account.text(), amount, currency, &line.reference, &note, "PAYPAL"])
    };
    lines.iter().map(fields).collect()
}

fn table(order: &Order, lines: &[Transfer]) -> String {
    let fields = |line: &Transfer| {
        let name = line.pay_to.holder.get(Detail::Name).unwrap_or(&line.payee.name);
        let texts = [&order.batch, line.payee.handle.as_str(), name, &line.reference];
        let [batch, handle, name, reference] = texts.map(harmless);
        let (amount, currency) = (number(order, line.amount), line.amount.commodity.code());
        row(&[&batch, &handle, &name, line.pay_to.account.text(), &amount, currency, &reference])
    };
    "batch,person,name,pay_to,amount,currency,reference\r\n".to_owned()
        + lines.iter().map(fields).collect::<String>().as_str()
}

/// A row of CSV as RFC 4180 has it.
fn row(fields: &[&str]) -> String {
    let quoted = |field: &&str| match field.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => (*field).to_owned(),
    };
    fields.iter().map(quoted).collect::<Vec<_>>().join(",") + "\r\n"
}

/// Text that no spreadsheet reads as a formula.
fn harmless(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if formula { format!("'{text}") } else { text.to_owned() }
}

/// The purpose that recipients read.
fn purpose(order: &Order) -> String {
    format!("{} {}", order.batch, order.network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_text() {
        for text in ["=1+1", "+1", "-1", "@A1", "\t=1", "＝1"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        assert_eq!(harmless("a=1"), "a=1");
        assert_eq!(row(&["a", "b,c", "d\"e", "f\ng", ""]), "a,\"b,c\",\"d\"\"e\",\"f\ng\",\r\n");
    }
}
