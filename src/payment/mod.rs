//! Where people want to be paid, and the files with which a custodian pays a batch of them: for PayPal, for a bank, or
//! as a table.
//!
//! The same order makes the same bytes. A file names the people it pays and those it leaves out, so that nobody is
//! forgotten silently. Payment details are personal: they are in the file and in stored data, never in `Debug` output.

pub mod pay_to;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::core::money::{Amount, Commodity, Minor};
use crate::payment::pay_to::{Iban, PayTo};

/// The longest reference in characters: PayPal takes 30, a bank 35, and a payment has the same reference in every file.
const LONGEST_REFERENCE: usize = 30;

/// The most that one SEPA transfer carries.
const LARGEST_TRANSFER: Minor = Minor(99_999_999_999);

/// Somebody who is owed money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    /// Their handle, unique in the network.
    pub handle: String,
    /// The name of the account's owner.
    pub name: String,
    /// Where they want to be paid, if they said.
    pub pay_to: Option<PayTo>,
    /// The amount to pay.
    pub amount: Amount,
}

/// The holder of the bank account that pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debtor {
    /// The name of the account's owner.
    pub name: String,
    /// The account.
    pub iban: Iban,
}

/// A batch of payments, all in one commodity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order<'a> {
    /// Its label in the network, such as `B3`: a letter first, then letters, digits and hyphens, at most ten.
    pub batch: String,
    /// The network's name.
    pub network: String,
    /// When the batch was made.
    pub at: DateTime<Utc>,
    /// The day on which the bank should pay.
    pub execution: NaiveDate,
    /// The account that pays; only a bank's file has it.
    pub debtor: Option<Debtor>,
    /// The payees, in the order of the file.
    pub payees: &'a [Payee],
}

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The format of PayPal's Payouts page: CSV without a header, at most 5000 rows. A row is the recipient's e-mail
    /// address, the amount with a decimal point, the currency, our reference (PayPal's "customer ID": at most 30
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
    /// The payees it pays: indices into the order's payees, ascending.
    pub paid: Vec<usize>,
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
    /// The amount is zero or less, or more than one transfer can carry.
    WrongAmount,
}

/// Why there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoFile {
    /// An amount is not in euros, which SEPA transfers need.
    #[error("SEPA transfers are in euros only")]
    NotEuro,
    /// A SEPA file needs the account that pays.
    #[error("a SEPA file needs the IBAN of the account that pays")]
    NoDebtor,
    /// Everybody is left out.
    #[error("there is nobody whom this file could pay")]
    Nobody,
}

/// A payee that the file pays.
struct Transfer<'a> {
    payee: &'a Payee,
    pay_to: &'a str,
    reference: String,
}

/// The file of this format that pays an order, as far as it can.
///
/// # Errors
/// [`NoFile::NotEuro`] for a SEPA file of other currencies, [`NoFile::NoDebtor`] for one without an account that pays,
/// [`NoFile::Nobody`] if everybody is left out.
pub fn file(format: Format, order: &Order) -> Result<File, NoFile> {
    let euro = |payee: &Payee| Commodity::iso("EUR") == Some(payee.amount.commodity);
    if format == Format::Sepa && !order.payees.iter().all(euro) {
        return Err(NoFile::NotEuro);
    }
    let (mut lines, mut paid, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
    for (index, payee) in order.payees.iter().enumerate() {
        match way(format, payee) {
            Ok(pay_to) => {
                paid.push(index);
                lines.push(Transfer {
                    payee,
                    pay_to,
                    reference: id(&format!("{}-{}", order.batch, payee.handle), LONGEST_REFERENCE),
                });
            }
            Err(why) => left_out.push((index, why)),
        }
    }
    if lines.is_empty() {
        return Err(NoFile::Nobody);
    }
    let batch = &order.batch;
    let (name, text) = match format {
        Format::Paypal => (format!("{batch}-paypal.csv"), paypal(order, &lines)),
        Format::Sepa => {
            (format!("{batch}-sepa.xml"), sepa(order, order.debtor.as_ref().ok_or(NoFile::NoDebtor)?, &lines))
        }
        Format::Csv => (format!("{batch}.csv"), table(order, &lines)),
    };
    Ok(File { name, text, paid, left_out })
}

/// The payee's address in a file of this format.
fn way(format: Format, payee: &Payee) -> Result<&str, LeftOut> {
    let pay_to = payee.pay_to.as_ref().ok_or(LeftOut::NoPayTo)?;
    match (format, pay_to) {
        (Format::Paypal, PayTo::Iban(_)) | (Format::Sepa, PayTo::PayPal(_)) => Err(LeftOut::OtherWay),
        _ if payee.amount.minor <= Minor::ZERO => Err(LeftOut::WrongAmount),
        (Format::Sepa, _) if payee.amount.minor > LARGEST_TRANSFER => Err(LeftOut::WrongAmount),
        _ => Ok(pay_to.text()),
    }
}

fn paypal(order: &Order, lines: &[Transfer]) -> String {
    // It begins with the batch, so that a network's name can't be read as a formula here.
    let note: String = purpose(order).chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect();
    let fields = |line: &Transfer| {
        let amount = line.payee.amount;
        row(&[line.pay_to, &amount.number(), amount.commodity.code(), &line.reference, &note, "PAYPAL"])
    };
    lines.iter().map(fields).collect()
}

fn table(order: &Order, lines: &[Transfer]) -> String {
    let fields = |line: &Transfer| {
        let Payee { handle, name, amount, .. } = line.payee;
        let [batch, handle, name, reference] = [&order.batch, handle, name, &line.reference].map(|text| harmless(text));
        row(&[&batch, &handle, &name, line.pay_to, &amount.number(), amount.commodity.code(), &reference])
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

/// All text goes through [`plain`] or [`id`], or is an IBAN, so nothing is left that XML would have to escape.
fn sepa(order: &Order, debtor: &Debtor, lines: &[Transfer]) -> String {
    let message = id(&format!("{}-{}", order.batch, order.network), 35);
    let (at, execution) = (order.at.format("%Y-%m-%dT%H:%M:%SZ"), order.execution);
    let (payer, iban) = (owner(&debtor.name, &order.network), debtor.iban.text());
    let note = plain(&purpose(order), 140);
    let count = lines.len();
    let sum = Decimal::new(lines.iter().map(|line| line.payee.amount.minor).sum::<Minor>().0, 2);
    let transfer = |Transfer { payee, pay_to, reference }: &Transfer| {
        let (amount, name) = (payee.amount.number(), owner(&payee.name, &payee.handle));
        format!(
            r#"      <CdtTrfTxInf>
        <PmtId><EndToEndId>{reference}</EndToEndId></PmtId>
        <Amt><InstdAmt Ccy="EUR">{amount}</InstdAmt></Amt>
        <CdtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></CdtrAgt>
        <Cdtr><Nm>{name}</Nm></Cdtr>
        <CdtrAcct><Id><IBAN>{pay_to}</IBAN></Id></CdtrAcct>
        <RmtInf><Ustrd>{note}</Ustrd></RmtInf>
      </CdtTrfTxInf>
"#
        )
    };
    let transfers: String = lines.iter().map(transfer).collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">
  <CstmrCdtTrfInitn>
    <GrpHdr>
      <MsgId>{message}</MsgId>
      <CreDtTm>{at}</CreDtTm>
      <NbOfTxs>{count}</NbOfTxs>
      <CtrlSum>{sum}</CtrlSum>
      <InitgPty><Nm>{payer}</Nm></InitgPty>
    </GrpHdr>
    <PmtInf>
      <PmtInfId>{message}</PmtInfId>
      <PmtMtd>TRF</PmtMtd>
      <NbOfTxs>{count}</NbOfTxs>
      <CtrlSum>{sum}</CtrlSum>
      <PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf>
      <ReqdExctnDt><Dt>{execution}</Dt></ReqdExctnDt>
      <Dbtr><Nm>{payer}</Nm></Dbtr>
      <DbtrAcct><Id><IBAN>{iban}</IBAN></Id></DbtrAcct>
      <DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId></DbtrAgt>
      <ChrgBr>SLEV</ChrgBr>
{transfers}    </PmtInf>
  </CstmrCdtTrfInitn>
</Document>
"#
    )
}

/// A name as banks take it, at most 70 characters. The other name is used if no letter is left of it. Never empty.
fn owner(name: &str, otherwise: &str) -> String {
    let readable = |name: &&str| name.bytes().any(|b| b.is_ascii_alphanumeric());
    let names = [plain(name, 70), plain(otherwise, 70)];
    names.iter().map(String::as_str).find(readable).unwrap_or("NOTPROVIDED").to_owned()
}

/// Letters without an accent to drop, and signs that banks don't take, each with its replacement.
const SPELT: &str = "ßss ẞSS æae ÆAE œoe ŒOE þth ÞTh øo ØO đd ĐD ðd ÐD łl ŁL ħh ĦH ıi ’' ‘' –- —- &+";

/// Text in the characters that every SEPA bank takes: Latin letters lose their accents, all other characters become a
/// full stop.
fn plain(text: &str, longest: usize) -> String {
    let mut out = String::new();
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            _ if c.is_ascii_alphanumeric() || "/-?:().,'+".contains(c) => out.push(c),
            _ if c.is_whitespace() || c.is_control() => out.push(' '),
            _ => out.push_str(SPELT.split(' ').find_map(|spelt| spelt.strip_prefix(c)).unwrap_or(".")),
        }
    }
    let mut out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    out.truncate(longest);
    out.trim_end().to_owned()
}

/// An identifier of letters, digits and hyphens. Text that is one already stays as it is; other text gets a hash at its
/// end, so that no two become equal.
fn id(text: &str, longest: usize) -> String {
    if text.len() <= longest && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return text.to_owned();
    }
    let hash = format!("{:x}", Sha256::digest(text));
    let plain = plain(text, text.len());
    let mut head =
        plain.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    head.truncate(longest - 9);
    format!("{}-{}", head.trim_end_matches('-'), &hash[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banks_read_plain_letters() {
        for (name, bank) in [
            ("Zoë Åström", "Zoe Astrom"),
            ("Łukasz Groß-Đorđević", "Lukasz Gross-Dordevic"),
            ("  Ærø\n& Söhne ", "AEro + Sohne"),
            ("O’Brien <ceo>", "O'Brien .ceo."),
            ("ﬁne 😀", "fine ."),
        ] {
            assert_eq!(plain(name, 70), bank);
        }
        assert_eq!(plain(&"é".repeat(99), 70), "e".repeat(70));
        assert_eq!(plain("a b", 2), "a");
    }

    #[test]
    fn an_owner_has_a_name() {
        assert_eq!(owner("Ana", "a"), "Ana");
        assert_eq!(owner("Мария", "maria"), "maria");
        assert_eq!(owner("", "мария"), "NOTPROVIDED");
    }

    #[test]
    fn identifiers_stay_apart() {
        assert_eq!(id("B3-ana-2", 30), "B3-ana-2");
        let texts = [
            "B3-анна",
            "B3-инна",
            "B3-ana_2",
            "B3-ana 2",
            &format!("B3-{}", "a".repeat(30)),
            &format!("B3-{}", "a".repeat(31)),
        ];
        let ids: std::collections::BTreeSet<String> = texts.iter().map(|text| id(text, 30)).collect();
        assert_eq!(ids.len(), texts.len());
        assert!(
            ids.iter().all(|id| id.len() <= 30 && id.starts_with("B3-") && id.is_ascii() && !id.contains([' ', '_'])),
            "{ids:?}"
        );
    }

    #[test]
    fn formulas_are_made_text() {
        for text in ["=1+1", "+1", "-1", "@A1", "\t=1", "＝1"] {
            assert_eq!(harmless(text), format!("'{text}"));
        }
        assert_eq!(harmless("a=1"), "a=1");
        assert_eq!(row(&["a", "b,c", "d\"e", "f\ng", ""]), "a,\"b,c\",\"d\"\"e\",\"f\ng\",\r\n");
    }
}
