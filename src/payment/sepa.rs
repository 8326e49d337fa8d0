//! The file of a bank of the Single Euro Payments Area: ISO 20022 `pain.001.001.09` as the European Payments Council's
//! guidelines narrow it, with structured addresses.

use rust_decimal::Decimal;

use crate::core::money::Minor;
use crate::payment::bank_text::{id, plain};
use crate::payment::pay_to::{Detail, Holder, Iban};
use crate::payment::{LeftOut, NoFile, Order, Payee, Transfer, purpose};

/// Whether the file can pay a bank account.
///
/// # Errors
/// What is missing, or that the scheme does not reach the account.
pub fn can_pay(order: &Order, payee: &Payee, iban: &Iban) -> Result<(), LeftOut> {
    let holder = payee.pay_to.as_ref().map(|pay_to| &pay_to.holder);
    let leaves_area = |debtor: &Iban| !debtor.is_in_area() || !iban.is_in_area();
    if !iban.is_in_scheme() {
        Err(LeftOut::OutsideScheme)
    } else if holder.is_none_or(|holder| owner(holder, &[&payee.name, &payee.handle]).is_none()) {
        Err(LeftOut::NoName)
    } else if order.debtor.as_ref().is_some_and(|payer| leaves_area(&payer.iban) && !payer.holder.has_address()) {
        Err(LeftOut::PayerAddress)
    } else {
        Ok(())
    }
}

/// The file. All text goes through [`plain`] or [`id`], or is a code, so nothing is left that XML would have to escape.
///
/// # Errors
/// [`NoFile::NoDebtor`] and [`NoFile::NoBank`] if the account that pays is not wholly known.
pub fn document(order: &Order, transfers: &[Transfer]) -> Result<String, NoFile> {
    let debtor = order.debtor.as_ref().filter(|debtor| debtor.iban.is_in_scheme()).ok_or(NoFile::NoDebtor)?;
    let bic = debtor.holder.get(Detail::Bic).ok_or(NoFile::NoBank)?;
    let payer = owner(&debtor.holder, &[&debtor.name, &order.network]).ok_or(NoFile::NoBank)?;
    let message = id(&format!("{}-{}-{}", order.batch, order.tag, order.network), 35);
    let (at, execution) = (order.at.format("%Y-%m-%dT%H:%M:%SZ"), order.execution);
    let (address, iban) = (address(&debtor.holder), debtor.iban.text());
    let count = transfers.len();
    let sum = Decimal::new(transfers.iter().map(|transfer| transfer.amount.minor).sum::<Minor>().0, 2);
    let note = plain(&purpose(order), 140);
    let transfers: String = transfers.iter().map(|transfer| instruction(transfer, &note)).collect();
    Ok(format!(
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
      <Dbtr><Nm>{payer}</Nm>{address}</Dbtr>
      <DbtrAcct><Id><IBAN>{iban}</IBAN></Id></DbtrAcct>
      <DbtrAgt><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></DbtrAgt>
      <ChrgBr>SLEV</ChrgBr>
{transfers}    </PmtInf>
  </CstmrCdtTrfInitn>
</Document>
"#
    ))
}

/// One transfer.
fn instruction(Transfer { payee, pay_to, amount, reference }: &Transfer, note: &str) -> String {
    let (amount, iban) = (amount.number(), pay_to.account.text());
    let name = owner(&pay_to.holder, &[&payee.name, &payee.handle]).unwrap_or_default();
    let address = address(&pay_to.holder);
    let bank = pay_to.holder.get(Detail::Bic).map_or_else(String::new, |bic| {
        format!("        <CdtrAgt><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></CdtrAgt>\n")
    });
    format!(
        r#"      <CdtTrfTxInf>
        <PmtId><EndToEndId>{reference}</EndToEndId></PmtId>
        <Amt><InstdAmt Ccy="EUR">{amount}</InstdAmt></Amt>
{bank}        <Cdtr><Nm>{name}</Nm>{address}</Cdtr>
        <CdtrAcct><Id><IBAN>{iban}</IBAN></Id></CdtrAcct>
        <RmtInf><Ustrd>{note}</Ustrd></RmtInf>
      </CdtTrfTxInf>
"#
    )
}

/// The name of an account's holder as banks take it, at most 70 characters: the first that has a letter or a digit
/// left, of the one that they said and others that they go by.
fn owner(holder: &Holder, others: &[&str]) -> Option<String> {
    let names = holder.get(Detail::Name).into_iter().chain(others.iter().copied()).map(|name| plain(name, 70));
    names.into_iter().find(|name| name.bytes().any(|b| b.is_ascii_alphanumeric()))
}

/// A structured address, or nothing: banks take none without town and country.
fn address(holder: &Holder) -> String {
    if !holder.has_address() {
        return String::new();
    }
    let of = |detail, element: &str, longest| {
        holder.get(detail).map(|text| format!("<{element}>{}</{element}>", plain(text, longest))).unwrap_or_default()
    };
    let street = of(Detail::Street, "StrtNm", 70);
    let postcode = of(Detail::Postcode, "PstCd", 16);
    let (town, country) = (of(Detail::Town, "TwnNm", 35), of(Detail::Country, "Ctry", 2));
    format!("<PstlAdr>{street}{postcode}{town}{country}</PstlAdr>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_has_a_name() {
        let mut holder = Holder::default();
        assert_eq!(owner(&holder, &["Ana", "a"]).as_deref(), Some("Ana"));
        assert_eq!(owner(&holder, &["Мария", "maria"]).as_deref(), Some("maria"));
        assert_eq!(owner(&holder, &["", "мария"]), None);
        holder.set(Detail::Name, "Zoë Åström").unwrap();
        assert_eq!(owner(&holder, &["zoe"]).as_deref(), Some("Zoe Astrom"));
    }
}
