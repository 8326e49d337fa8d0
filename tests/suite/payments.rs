//! Payment addresses, and payment files: a bank's file is checked against its schema.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeZone, Utc};
use fairshare::core::money::{Amount, Commodity, Minor};
pub(crate) use fairshare::payment::pay_to::{Detail, Holder, Iban, PayAccount, WrongPayTo};
use fairshare::payment::{Debtor, DecimalMark, File, Format, LeftOut, NoFile, Order, Payee, file};
use serde_json::Value;

const ANA: &str = "DE89 3704 0044 0532 0130 00";
const BEN: &str = "NL91ABNA0417164300";

/// Validates a file against the schema that sepaxml ships; prints what a bank reads from it.
const READ: &str = r#"
import decimal, json, pathlib, sys, sepaxml, xmlschema
import xml.etree.ElementTree as tree
schema = xmlschema.XMLSchema(pathlib.Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd")
schema.validate(sys.argv[1])
space = {"": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
root = tree.parse(sys.argv[1]).getroot()
texts = lambda path: [found.text for found in root.findall(".//" + path, space)]
amounts = texts("InstdAmt")
total = str(sum(map(decimal.Decimal, amounts)))
assert texts("NbOfTxs") == [str(len(amounts))] * 2 and texts("CtrlSum") == [total] * 2
paths = ["MsgId", "EndToEndId", "InstdAmt", "Cdtr/Nm", "CdtrAcct/Id/IBAN", "Ustrd", "ReqdExctnDt/Dt", "Dbtr/Nm"]
paths += ["Cdtr/PstlAdr/StrtNm", "Cdtr/PstlAdr/Ctry", "Dbtr/PstlAdr/TwnNm"]
paths += ["CdtrAgt/FinInstnId/BICFI", "DbtrAgt/FinInstnId/BICFI"]
print(json.dumps({path: texts(path) for path in paths}))
"#;

fn payee(handle: &str, name: &str, pay_to: &str, minor: i64) -> Payee {
    let pay_to = (!pay_to.is_empty()).then(|| PayAccount::parse(pay_to).unwrap().into());
    Payee {
        handle: handle.to_owned(),
        name: name.to_owned(),
        pay_to,
        amount: Commodity::iso("EUR").unwrap().minor(Minor(minor)),
    }
}

fn holder(details: &[(Detail, &str)]) -> Holder {
    let mut holder = Holder::default();
    details.iter().for_each(|(detail, typed)| holder.set(*detail, typed).unwrap());
    holder
}

fn indices(paid: &[(usize, Amount)]) -> Vec<usize> {
    paid.iter().map(|(index, _)| *index).collect()
}

fn order<'a>(network: &str, payees: &'a [Payee]) -> Order<'a> {
    Order {
        batch: "B3".to_owned(),
        tag: "x7kq".to_owned(),
        network: network.to_owned(),
        at: Utc.with_ymd_and_hms(2026, 3, 1, 9, 30, 0).unwrap(),
        execution: NaiveDate::from_ymd_opt(2026, 3, 3).unwrap(),
        debtor: Some(Debtor {
            name: "Açaí & Co".to_owned(),
            iban: Iban::parse("FR14 2004 1010 0505 0001 3M02 606").unwrap(),
            holder: holder(&[(Detail::Bic, "PSSTFRPPPAR")]),
        }),
        decimal: DecimalMark::Point,
        payees,
    }
}

/// What a bank reads in a file that its schema allows.
fn read(file: &File) -> BTreeMap<String, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(&file.name);
    std::fs::write(&path, &file.text).unwrap();
    let read: Value = serde_json::from_str(&crate::python::run(READ, &[path.to_str().unwrap()])).unwrap();
    serde_json::from_value(read).unwrap()
}

#[test]
fn ibans_are_checked() {
    let right = [
        (ANA, "DE89370400440532013000"),
        ("de89-3704-0044-0532-0130-00", "DE89370400440532013000"),
        (" gb82 west 1234 5698 7654 32 ", "GB82WEST12345698765432"),
        ("FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606"),
        ("NO93\u{a0}8601\u{a0}1117\u{a0}947", "NO9386011117947"),
        ("MT84MALT011000012345MTLCAST001S", "MT84MALT011000012345MTLCAST001S"),
        ("BR1800360305000010009795493C1", "BR1800360305000010009795493C1"),
        (BEN, BEN),
    ];
    for (typed, text) in right {
        let pay_to = PayAccount::parse(typed).unwrap();
        assert_eq!(pay_to.text(), text);
        assert_eq!(PayAccount::parse(pay_to.text()), Ok(pay_to));
    }
    let country = |country: &str| country.to_owned();
    let length = |code, expected, found| WrongPayTo::WrongLength { country: country(code), expected, found };
    let wrong = [
        ("", WrongPayTo::NotAnAddress),
        ("paypal.me/ana", WrongPayTo::NotAnAddress),
        ("370400440532013000", WrongPayTo::NotAnAddress),
        ("DE89 3704 0044 0532 0130 0ö", WrongPayTo::NotAnAddress),
        ("US89 3704 0044 0532 0130 00", WrongPayTo::UnknownCountry { country: country("US") }),
        ("DE89 3704 0044 0532 0130 0", length("DE", 22, 21)),
        ("NO93 8601 1117 9470", length("NO", 15, 16)),
        ("DE", length("DE", 22, 2)),
        ("DE89 3704 0044 0532 0130 01", WrongPayTo::WrongCheck { country: country("DE") }),
        ("DE89 3704 0044 0532 1030 00", WrongPayTo::WrongCheck { country: country("DE") }),
        ("DEX9 3704 0044 0532 0130 00", WrongPayTo::WrongCheck { country: country("DE") }),
    ];
    for (typed, why) in wrong {
        assert_eq!(PayAccount::parse(typed), Err(why), "{typed}");
    }
}

#[test]
fn addresses_are_plausible() {
    let longest = format!("{}@example.org", "a".repeat(242));
    for email in ["ana@example.org", "a.b+pay@mail.example.co.uk", "o'brien@xn--bcher-kva.example", &longest] {
        assert_eq!(PayAccount::parse(&format!(" {email} ")).unwrap().text(), email);
    }
    let too_long = format!("{}@example.org", "a".repeat(243));
    let wrong = [
        "@example.org",
        "ana@",
        "ana@example",
        "ana@@example.org",
        "ana@b@example.org",
        "ana b@example.org",
        "ana@example..org",
        "ana@.org",
        "ana@-x.org",
        "\"ana\"@example.org",
        "ana\n@example.org",
        "ana,ben@example.org",
        "=1+1@example.org",
        "<ana@example.org>",
        "аna@example.org",
        "a\u{200b}na@example.org",
        &too_long,
    ];
    for email in wrong {
        assert_eq!(PayAccount::parse(email), Err(WrongPayTo::NotAnAddress), "{email}");
    }
}

#[test]
fn paypal_is_given_rows_without_a_header() {
    let payees =
        [payee("ana", "Ana", "ana@example.org", 125_050), payee("ben", "Ben", BEN, 100), payee("cy", "Cy", "", 100)];
    let made = file(Format::Paypal, &order("Tools, \"shared\"", &payees)).unwrap();
    assert_eq!(made.name, "B3-paypal.csv");
    assert_eq!(made.text, "ana@example.org,1250.50,EUR,B3-ana-x7kq,\"B3 Tools, \"\"shared\"\"\",PAYPAL\r\n");
    assert_eq!(made.left_out, [(1, LeftOut::OtherWay), (2, LeftOut::NoPayTo)]);
    assert_eq!(indices(&made.paid), [0]);

    let of =
        |code: &str, minor| Payee { amount: Commodity::iso(code).unwrap().minor(Minor(minor)), ..payees[0].clone() };
    let yen = [of("JPY", 300)];
    let made = file(Format::Paypal, &order("=1+1", &yen)).unwrap();
    assert_eq!(made.text, "ana@example.org,300,JPY,B3-ana-x7kq,B3 =1+1,PAYPAL\r\n");

    // Whole forints; the rest stays owed.
    let forints = [of("HUF", 10_050), of("HUF", 99)];
    let made = file(Format::Paypal, &order("Tools", &forints)).unwrap();
    assert_eq!(made.text, "ana@example.org,100,HUF,B3-ana-x7kq,B3 Tools,PAYPAL\r\n");
    assert_eq!(made.paid, [(0, Commodity::iso("HUF").unwrap().minor(Minor(10_000)))]);
    assert_eq!(made.left_out, [(1, LeftOut::WrongAmount)]);
    assert_eq!(file(Format::Paypal, &order("Tools", &[of("INR", 100)])).err(), Some(NoFile::NotTaken));

    let euros = [of("EUR", 125_050)];
    let comma = Order { decimal: DecimalMark::Comma, ..order("Tools", &euros) };
    let made = file(Format::Paypal, &comma).unwrap();
    assert_eq!(made.text, "ana@example.org,\"1250,50\",EUR,B3-ana-x7kq,B3 Tools,PAYPAL\r\n");
    assert_eq!(file(Format::Sepa, &comma).err(), Some(NoFile::NoComma));
}

#[test]
fn the_table_has_everybody_and_no_formula() {
    let payees = [
        payee("ana", "=HYPERLINK(\"x\")", ANA, 5),
        payee("ben", "Ben, jr.", "ben@example.org", 100_000_000_000),
        payee("cy", "Cy", "", 100),
        payee("мария", "@Мария", "m@example.org", 1),
        payee("di", "Di", "di@example.org", 0),
    ];
    let made = file(Format::Csv, &order("Tools", &payees)).unwrap();
    assert_eq!(made.name, "B3.csv");
    let expected = "\
batch,person,name,pay_to,amount,currency,reference\r
B3,ana,\"'=HYPERLINK(\"\"x\"\")\",DE89370400440532013000,0.05,EUR,B3-ana-x7kq\r
B3,ben,\"Ben, jr.\",ben@example.org,1000000000.00,EUR,B3-ben-x7kq\r
B3,мария,'@Мария,m@example.org,0.01,EUR,B3-x7kq-4c0add67\r\n";
    assert_eq!(made.text, expected);
    assert_eq!(made.left_out, [(2, LeftOut::NoPayTo), (4, LeftOut::WrongAmount)]);
    assert_eq!(indices(&made.paid), [0, 1, 3]);
}

#[test]
fn a_bank_can_read_its_file() {
    let long = "Maximiliane-Ottilie ".repeat(9);
    let mut payees = [
        payee("ana", "Ána <&> \"Ünal\" ]]>", ANA, 125_050),
        payee("ben", "😀", BEN, 1),
        payee(&"a-very-long-handle".repeat(3), &long, "FR14 2004 1010 0505 0001 3M02 606", 99_999_999_999),
        payee("maria", "Мария", "NO93 8601 1117 947", 7),
        payee("cy", "Cy", "cy@example.org", 100),
        payee("di", "Di", "", 100),
        payee("ed", "Ed", BEN, 100_000_000_000),
        payee("flo", "Flo", BEN, -1),
        payee("gus", "Gus", "TR33 0006 1005 1978 6457 8413 26", 100),
        payee("мария", "Мария", BEN, 100),
        payee("hal", "Hal", "GB82 WEST 1234 5698 7654 32", 100),
    ];
    let said = [
        (Detail::Name, "Anna Ünal"),
        (Detail::Street, "Hauptstraße 1 & 2"),
        (Detail::Postcode, "10117"),
        (Detail::Town, "Berlin"),
        (Detail::Country, "de"),
        (Detail::Bic, "COBADEFFXXX"),
    ];
    payees[0].pay_to.as_mut().unwrap().holder = holder(&said);
    let mut order = order("Łódź <tools> & Søn", &payees);
    let made = file(Format::Sepa, &order).unwrap();
    assert_eq!(made.name, "B3-sepa.xml");
    assert_eq!(indices(&made.paid), [0, 1, 2, 3]);
    let left_out = [
        (4, LeftOut::OtherWay),
        (5, LeftOut::NoPayTo),
        (6, LeftOut::WrongAmount),
        (7, LeftOut::WrongAmount),
        (8, LeftOut::OutsideScheme),
        (9, LeftOut::NoName),
        (10, LeftOut::PayerAddress),
    ];
    assert_eq!(made.left_out, left_out);
    assert_eq!(file(Format::Sepa, &order).unwrap().text, made.text);
    assert!(!made.text.contains("NOTPROVIDED"));

    let bank = read(&made);
    assert_eq!(bank["Cdtr/Nm"][..2], ["Anna Unal", "ben"]);
    assert_eq!(bank["Cdtr/Nm"][2], long[..70].trim_end());
    assert_eq!(bank["Cdtr/Nm"][3], "maria");
    assert_eq!(bank["Cdtr/PstlAdr/StrtNm"], ["Hauptstrasse 1 + 2"]);
    assert_eq!(bank["Cdtr/PstlAdr/Ctry"], ["DE"]);
    assert_eq!(bank["CdtrAgt/FinInstnId/BICFI"], ["COBADEFFXXX"]);
    assert_eq!(bank["DbtrAgt/FinInstnId/BICFI"], ["PSSTFRPPPAR"]);
    assert_eq!(bank["InstdAmt"], ["1250.50", "0.01", "999999999.99", "0.07"]);
    assert_eq!(
        bank["CdtrAcct/Id/IBAN"],
        ["DE89370400440532013000", BEN, "FR1420041010050500013M02606", "NO9386011117947"]
    );
    assert_eq!(bank["EndToEndId"][..2], ["B3-ana-x7kq", "B3-ben-x7kq"]);
    assert!(bank["EndToEndId"][2].starts_with("B3-a-very-long-handl"), "{bank:?}");
    assert!(bank["MsgId"][0].starts_with("B3-x7kq-Lodz-tools-Son-"), "{bank:?}");
    assert_eq!(bank["Ustrd"], ["B3 Lodz .tools. + Son"; 4]);
    assert_eq!(bank["Dbtr/Nm"], ["Acai + Co"]);
    assert_eq!(bank["ReqdExctnDt/Dt"], ["2026-03-03"]);

    // With the payer's address, payments can leave the European Economic Area.
    let debtor = order.debtor.as_mut().unwrap();
    debtor.holder = holder(&[(Detail::Town, "Paris"), (Detail::Country, "FR"), (Detail::Bic, "PSSTFRPP")]);
    let made = file(Format::Sepa, &order).unwrap();
    assert_eq!(indices(&made.paid), [0, 1, 2, 3, 10]);
    assert_eq!(read(&made)["Dbtr/PstlAdr/TwnNm"], ["Paris"]);
}

#[test]
fn no_two_files_have_the_same_ids() {
    let payees = [payee("ana", "Ana", ANA, 100)];
    let ids = |tag: &str| {
        let bank = read(&file(Format::Sepa, &Order { tag: tag.to_owned(), ..order("Tools", &payees) }).unwrap());
        [bank["MsgId"][0].clone(), bank["EndToEndId"][0].clone()]
    };
    let (one, other) = (ids("x7kq"), ids("x7kr"));
    assert!(one[0] != other[0] && one[1] != other[1], "{one:?} {other:?}");
}

#[test]
fn the_longest_of_everything_is_valid() {
    let payees = [payee(&"x".repeat(99), &"Ñ".repeat(999), ANA, 1)];
    let bank = read(&file(Format::Sepa, &order(&"&".repeat(999), &payees)).unwrap());
    let lengths = ["MsgId", "EndToEndId", "Cdtr/Nm", "Ustrd"].map(|path| bank[path][0].len());
    assert!(lengths.iter().zip([35, 35, 70, 140]).all(|(length, longest)| *length <= longest), "{lengths:?}");
}

#[test]
fn what_can_not_be_paid_has_no_file() {
    let ana = payee("ana", "Ana", ANA, 100);
    let dollars = Payee { amount: Commodity::iso("CAD").unwrap().minor(Minor(100)), ..ana.clone() };
    let nobody = |why: &[LeftOut]| NoFile::Nobody { left_out: why.iter().copied().enumerate().collect() };
    let cases = [
        (Format::Sepa, vec![dollars], NoFile::NotEuro),
        (Format::Sepa, vec![payee("ben", "Ben", "ben@example.org", 100)], nobody(&[LeftOut::OtherWay])),
        (Format::Paypal, vec![ana.clone()], nobody(&[LeftOut::OtherWay])),
        (Format::Csv, vec![payee("ben", "Ben", "", 100)], nobody(&[LeftOut::NoPayTo])),
        (Format::Csv, vec![], nobody(&[])),
    ];
    for (format, payees, why) in cases {
        assert_eq!(file(format, &order("Tools", &payees)).err(), Some(why), "{}", format.word());
    }
    let payees = [ana];
    let nobody = Order { debtor: None, ..order("Tools", &payees) };
    assert_eq!(file(Format::Sepa, &nobody).err(), Some(NoFile::NoDebtor));
    let mut nameless = order("Tools", &payees);
    nameless.debtor.as_mut().unwrap().holder = Holder::default();
    assert_eq!(file(Format::Sepa, &nameless).err(), Some(NoFile::NoBank));
    assert!(file(Format::Csv, &nobody).is_ok());
}
