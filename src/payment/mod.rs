//! Where people want to be paid, and the files that a custodian pays a batch of them with: PayPal's, a bank's, a table.
//!
//! Same order, same bytes. A file names who it pays and who it leaves out, so that nobody is forgotten silently. Who
//! is paid where is personal: it is in the file and in what is stored, never in a `Debug` line.

pub mod pay_to;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::core::money::{Amount, Commodity, Minor};
use crate::payment::pay_to::{Iban, PayTo};

/// The longest reference in characters: PayPal takes 30, a bank 35, and a payment is called the same in every file.
const LONGEST_REFERENCE: usize = 30;

/// The most that one SEPA transfer carries.
const LARGEST_TRANSFER: Minor = Minor(99_999_999_999);

/// Somebody who is owed money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payee {
    /// What the network calls them; nobody else in it is called so.
    pub handle: String,
    /// The name of the account's owner.
    pub name: String,
    /// Where they want to be paid, if they said.
    pub pay_to: Option<PayTo>,
    /// What they are to be paid.
    pub amount: Amount,
}

/// Whose bank account pays.
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
    /// The day on which the bank shall pay.
    pub execution: NaiveDate,
    /// Who pays; only a bank's file says so.
    pub debtor: Option<Debtor>,
    /// Who is paid, in the order of the file.
    pub payees: &'a [Payee],
}

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// What PayPal's Payouts page takes: CSV without a header, at most 5000 rows. A row is the recipient's e-mail
    /// address, the amount with a decimal point, the currency, our reference (PayPal's "customer ID": at most 30
    /// characters, no spaces), a note to the recipient (at most 400) and the wallet, `PAYPAL`.
    Paypal,
    /// What banks of the Single Euro Payments Area take: ISO 20022 `pain.001.001.09`, one instruction with all
    /// transfers.
    Sepa,
    /// A table for people and their programs, with a header: `batch,person,name,pay_to,amount,currency,reference`.
    Csv,
}

impl Format {
    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Paypal => "paypal",
            Self::Sepa => "sepa",
            Self::Csv => "csv",
        }
    }
}

/// A file of payments. It has no `Debug`: what is in it belongs in no log.
pub struct File {
    /// Its name: `B3-paypal.csv`, `B3-sepa.xml`, `B3.csv`.
    pub name: String,
    /// Its content, UTF-8.
    pub text: String,
    /// Whom it pays: indices of the order's payees, ascending.
    pub paid: Vec<usize>,
    /// Whom it does not pay, and why: indices of the order's payees, ascending.
    pub left_out: Vec<(usize, LeftOut)>,
}

/// Why a file does not pay somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// They did not say where.
    NoPayTo,
    /// They are paid another way than by this kind of file.
    OtherWay,
    /// It is nothing, less than nothing, or more than one transfer can carry.
    WrongAmount,
}

/// Why there is no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoFile {
    /// A SEPA transfer is of euros.
    #[error("SEPA transfers are in euros only")]
    NotEuro,
    /// A SEPA file says which account pays.
    #[error("a SEPA file needs the IBAN of the account that pays")]
    NoDebtor,
    /// Everybody is left out.
    #[error("there is nobody whom this file could pay")]
    Nobody,
}

/// A payee whom the file pays.
struct Transfer<'a> {
    payee: &'a Payee,
    pay_to: &'a str,
    reference: String,
}

/// The file of this format that pays an order, as far as it can.
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

/// Where a file of this format pays somebody to.
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
    // Begins with the batch, so that no network's name is a formula here.
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

/// Text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if formula { format!("'{text}") } else { text.to_owned() }
}

/// What recipients read.
fn purpose(order: &Order) -> String {
    format!("{} {}", order.batch, order.network)
}

/// All text goes through [`plain`] or [`id`], or is an IBAN: nothing that XML would need escaped is left of it.
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

/// A name as banks take it, at most 70 characters; the other one where no letter is left of it, and never nothing.
fn owner(name: &str, otherwise: &str) -> String {
    let readable = |name: &&str| name.bytes().any(|b| b.is_ascii_alphanumeric());
    let names = [plain(name, 70), plain(otherwise, 70)];
    names.iter().map(String::as_str).find(readable).unwrap_or("NOTPROVIDED").to_owned()
}

/// Letters that have no accent to lose and signs that banks don't take, each with what is written for it.
const SPELT: &str = "ßss ẞSS æae ÆAE œoe ŒOE þth ÞTh øo ØO đd ĐD ðd ÐD łl ŁL ħh ĦH ıi ’' ‘' –- —- &+";

/// Text in the characters that every SEPA bank takes: Latin letters lose their accents, what is neither becomes a
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

/// An identifier of letters, digits and hyphens. Text that is one already stays as it is; any other ends with a hash,
/// so that no two become one.
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
