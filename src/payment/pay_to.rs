//! Where a person wants to be paid, and as whom.

use std::collections::BTreeMap;
use std::fmt;

use crate::payment::bank_text::plain;

/// The countries of the IBAN registry, each with the length of its IBANs in characters.
const COUNTRIES: &str = "\
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 \
    FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 \
    LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 \
    SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

/// The countries whose accounts the SEPA scheme reaches, by the first letters of their IBANs: first those of the
/// European Economic Area, then the others. The scheme's own list, as of 2026.
const SCHEME: [&str; 2] = [
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK",
    "AD AL CH GB GI MC MD ME MK RS SM VA",
];

/// The two-letter codes of countries, ISO 3166-1.
const ISO_3166: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA \
    CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA \
    GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP \
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS \
    MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS \
    RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW \
    TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// Where a person wants to be paid, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayTo {
    /// Where money is sent.
    pub account: PayAccount,
    /// Whose account it is.
    pub holder: Holder,
}

/// An account that takes money. Made by [`PayAccount::parse`].
#[derive(Clone, PartialEq, Eq)]
pub enum PayAccount {
    /// The e-mail address of a PayPal account.
    PayPal(String),
    /// A bank account.
    Iban(Iban),
}

/// The holder of an account, as far as they have said. Made by [`Holder::set`].
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Holder(BTreeMap<Detail, String>);

/// Something that a bank wants to know of the holder of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// The name as the bank has it, at most 70 characters.
    Name,
    /// The street and the number, at most 70 characters.
    Street,
    /// The postcode, at most 16 characters.
    Postcode,
    /// The town, at most 35 characters.
    Town,
    /// The country: two letters of ISO 3166-1.
    Country,
    /// The bank: its BIC, ISO 9362, 8 or 11 letters and digits.
    Bic,
}

/// The number of a bank account, 15 to 34 of `A-Z0-9`, whose country, length and check digits are right.
#[derive(Clone, PartialEq, Eq)]
pub struct Iban(String);

/// Why a text is not a payment address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongPayTo {
    /// It is neither an e-mail address nor an IBAN.
    #[error("this is neither an e-mail address nor an IBAN")]
    NotAnAddress,
    /// It begins with two letters that no IBAN begins with.
    #[error("no IBAN begins with {country}")]
    UnknownCountry {
        /// The two letters.
        country: String,
    },
    /// Characters are missing, or there are too many.
    #[error("an IBAN of {country} has {expected} characters, this has {found}")]
    WrongLength {
        /// Its two letters.
        country: String,
        /// Characters that IBANs of this country have.
        expected: usize,
        /// Characters that this has.
        found: usize,
    },
    /// The check digits belong to another number: something is mistyped.
    #[error("the check digits of this IBAN of {country} don't fit the rest")]
    WrongCheck {
        /// Its two letters.
        country: String,
    },
    /// A detail of the holder is none.
    #[error("that is no {}", .0.word())]
    NotADetail(Detail),
}

impl PayTo {
    /// The whole of it, as it is stored: the account, then a line for each detail, with its word and its text.
    pub fn stored(&self) -> String {
        let details = self.holder.0.iter().map(|(detail, text)| format!("\n{} {text}", detail.word()));
        format!("{}{}", self.account.text(), details.collect::<String>())
    }

    /// Reads what is stored.
    ///
    /// # Errors
    /// As [`PayAccount::parse`] and [`Holder::set`].
    pub fn read(stored: &str) -> Result<Self, WrongPayTo> {
        let mut lines = stored.lines();
        let account = PayAccount::parse(lines.next().unwrap_or_default())?;
        let mut holder = Holder::default();
        for line in lines {
            let (word, text) = line.split_once(' ').unwrap_or((line, ""));
            let detail = Detail::ALL.into_iter().find(|detail| detail.word() == word);
            holder.set(detail.ok_or(WrongPayTo::NotAnAddress)?, text)?;
        }
        Ok(Self { account, holder })
    }
}

impl From<PayAccount> for PayTo {
    fn from(account: PayAccount) -> Self {
        Self { account, holder: Holder::default() }
    }
}

impl Detail {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 6] = [Self::Name, Self::Street, Self::Postcode, Self::Town, Self::Country, Self::Bic];

    /// The name of its option.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Street => "street",
            Self::Postcode => "postcode",
            Self::Town => "town",
            Self::Country => "country",
            Self::Bic => "bic",
        }
    }

    /// The most characters that banks take.
    fn longest(self) -> usize {
        match self {
            Self::Name | Self::Street => 70,
            Self::Town => 35,
            Self::Postcode => 16,
            Self::Bic => 11,
            Self::Country => 2,
        }
    }
}

impl Holder {
    /// Sets a detail; with an empty text, it is forgotten.
    ///
    /// # Errors
    /// [`WrongPayTo::NotADetail`] for a text that is too long or has control characters, for a name without a letter
    /// that banks take, and for what is no country or no BIC.
    pub fn set(&mut self, detail: Detail, typed: &str) -> Result<(), WrongPayTo> {
        let text = typed.trim();
        let code = || text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
        let text = match detail {
            _ if text.is_empty() => {
                self.0.remove(&detail);
                return Ok(());
            }
            Detail::Country | Detail::Bic => code(),
            Detail::Name | Detail::Street | Detail::Postcode | Detail::Town => text.to_owned(),
        };
        let is_right = match detail {
            Detail::Country => text.len() == 2 && ISO_3166.split(' ').any(|code| code == text),
            Detail::Bic => is_bic(&text),
            Detail::Name | Detail::Street | Detail::Postcode | Detail::Town => {
                text.chars().count() <= detail.longest()
                    && !text.chars().any(char::is_control)
                    && plain(&text, detail.longest()).bytes().any(|b| b.is_ascii_alphanumeric())
            }
        };
        if !is_right {
            return Err(WrongPayTo::NotADetail(detail));
        }
        self.0.insert(detail, text);
        Ok(())
    }

    /// A detail, if it was said.
    pub fn get(&self, detail: Detail) -> Option<&str> {
        self.0.get(&detail).map(String::as_str)
    }

    /// Whether a bank can send a letter there: town and country at least.
    pub fn has_address(&self) -> bool {
        self.get(Detail::Town).is_some() && self.get(Detail::Country).is_some()
    }
}

impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Holder(…)")
    }
}

/// Whether a text is a BIC: four letters or digits of a bank, a country, two for the place and at times three more.
fn is_bic(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes.len(), 8 | 11)
        && bytes[..4].iter().all(|b| b.is_ascii_alphanumeric())
        && ISO_3166.split(' ').chain(["XK"]).any(|code| code.as_bytes() == &bytes[4..6])
        && bytes[6..].iter().all(u8::is_ascii_alphanumeric)
}

impl PayAccount {
    /// Reads an e-mail address, which has an `@`, or else an IBAN.
    ///
    /// # Errors
    /// [`WrongPayTo::NotAnAddress`] for text that is neither, and as [`Iban::parse`].
    pub fn parse(text: &str) -> Result<Self, WrongPayTo> {
        let text = text.trim();
        match text.contains('@') {
            true if is_email(text) => Ok(Self::PayPal(text.to_owned())),
            true => Err(WrongPayTo::NotAnAddress),
            false => Iban::parse(text).map(Self::Iban),
        }
    }

    /// The whole address; [`PayAccount::parse`] reads it back.
    pub fn text(&self) -> &str {
        match self {
            Self::PayPal(email) => email,
            Self::Iban(iban) => iban.text(),
        }
    }

    /// A short form that its owner recognises: `a…@example.org`, `DE89 … 3000`.
    pub fn masked(&self) -> String {
        match self {
            Self::PayPal(email) => {
                let (local, domain) = email.split_once('@').unwrap_or_default();
                format!("{}…@{domain}", local.chars().take(1).collect::<String>())
            }
            Self::Iban(iban) => iban.masked(),
        }
    }
}

impl fmt::Debug for PayAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PayPal(_) => "PayPal(…)",
            Self::Iban(_) => "Iban(…)",
        })
    }
}

/// Whether a text can be an e-mail address. It refuses a first character that makes a spreadsheet compute, and anything
/// that would have to be quoted.
fn is_email(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 254
        && text.split_once('@').is_some_and(|(local, domain)| {
            local.split('.').all(|part| !part.is_empty())
                && local.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-./=?^_{|}~".contains(&b))
                && !local.starts_with(['=', '+', '-', '\''])
                && domain.contains('.')
                && domain.split('.').all(label)
        })
}

impl Iban {
    /// Reads an IBAN in any grouping and capitalisation.
    ///
    /// # Errors
    /// [`WrongPayTo::NotAnAddress`] for other characters, [`WrongPayTo::UnknownCountry`] for an unknown country,
    /// [`WrongPayTo::WrongLength`] for another length than the country's, [`WrongPayTo::WrongCheck`] for wrong check
    /// digits.
    pub fn parse(text: &str) -> Result<Self, WrongPayTo> {
        let text: String =
            text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase()).collect();
        if text.bytes().any(|b| !b.is_ascii_alphanumeric())
            || text.bytes().take_while(u8::is_ascii_uppercase).count() < 2
        {
            return Err(WrongPayTo::NotAnAddress);
        }
        let (country, found) = (text[..2].to_owned(), text.len());
        let length = COUNTRIES.split(' ').find_map(|entry| entry.strip_prefix(&country)?.parse().ok());
        let Some(expected) = length else { return Err(WrongPayTo::UnknownCountry { country }) };
        if found != expected {
            return Err(WrongPayTo::WrongLength { country, expected, found });
        }
        // 00, 01 and 99 leave the same remainder as 97, 98 and 02, but are never issued.
        let given_out = text[2..4].parse::<u8>().is_ok_and(|check| (2..=98).contains(&check));
        if !given_out || remainder(&text) != 1 {
            return Err(WrongPayTo::WrongCheck { country });
        }
        Ok(Self(text))
    }

    /// The whole number, without spaces.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The country of the bank: two letters.
    pub fn country(&self) -> &str {
        &self.0[..2]
    }

    /// Whether the SEPA scheme reaches it.
    pub fn is_in_scheme(&self) -> bool {
        self.is_in_area() || SCHEME[1].split(' ').any(|country| country == self.country())
    }

    /// Whether its bank is in the European Economic Area: only there payments need no address of who pays.
    pub fn is_in_area(&self) -> bool {
        SCHEME[0].split(' ').any(|country| country == self.country())
    }

    /// Its first and last four characters: `DE89 … 3000`.
    pub fn masked(&self) -> String {
        format!("{} … {}", &self.0[..4], &self.0[self.0.len() - 4..])
    }
}

impl fmt::Debug for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iban(…)")
    }
}

/// An IBAN as a number modulo 97: its first four characters last, letters as 10 to 35.
fn remainder(iban: &str) -> u32 {
    let (head, rest) = iban.split_at(4);
    let digits = rest.chars().chain(head.chars()).filter_map(|c| c.to_digit(36));
    digits.fold(0, |sum, digit| (sum * if digit < 10 { 10 } else { 100 } + digit) % 97)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_has_one_length() {
        let entries: Vec<&str> = COUNTRIES.split(' ').collect();
        assert_eq!(entries.len(), 89);
        assert!(entries.is_sorted_by_key(|entry| &entry[..2]) && entries.iter().all(|entry| entry.len() == 4));
    }

    #[test]
    fn the_scheme_reaches_countries_with_ibans() {
        let codes = || SCHEME.iter().flat_map(|countries| countries.split(' '));
        assert_eq!(codes().count(), 42);
        assert!(codes().all(|code| COUNTRIES.split(' ').any(|entry| entry.starts_with(code))));
        assert_eq!(ISO_3166.split(' ').count(), 249);
        assert!(ISO_3166.split(' ').is_sorted() && codes().all(|code| ISO_3166.contains(code)));
    }

    #[test]
    fn details_are_kept_and_read_back() {
        let mut pay_to = PayTo::from(PayAccount::parse("DE89 3704 0044 0532 0130 00").unwrap());
        for (detail, typed, kept) in [
            (Detail::Name, " Ána Åström ", Some("Ána Åström")),
            (Detail::Street, "12 rue de l'Église", Some("12 rue de l'Église")),
            (Detail::Country, "ca", Some("CA")),
            (Detail::Bic, "cobadeff xxx", Some("COBADEFFXXX")),
            (Detail::Town, "", None),
        ] {
            pay_to.holder.set(detail, typed).unwrap();
            assert_eq!(pay_to.holder.get(detail), kept);
            assert_eq!(PayTo::read(&pay_to.stored()), Ok(pay_to.clone()));
        }
        for (detail, typed) in [
            (Detail::Name, "Мария".to_owned()),
            (Detail::Name, "a\nb".to_owned()),
            (Detail::Town, "x".repeat(36)),
            (Detail::Country, "UK".to_owned()),
            (Detail::Country, "Canada".to_owned()),
            (Detail::Bic, "COBADEF".to_owned()),
            (Detail::Bic, "COBAZZFF".to_owned()),
        ] {
            assert_eq!(pay_to.holder.clone().set(detail, &typed), Err(WrongPayTo::NotADetail(detail)), "{typed}");
        }
        assert_eq!(format!("{:?}", pay_to.holder), "Holder(…)");
    }

    #[test]
    fn one_wrong_character_is_noticed() {
        let right = "FR1420041010050500013M02606";
        for (at, digit) in (2..right.len()).flat_map(|at| ('0'..='9').map(move |digit| (at, digit))) {
            let mut typed: Vec<char> = right.chars().collect();
            typed[at] = digit;
            let typed: String = typed.into_iter().collect();
            assert_eq!(Iban::parse(&typed).is_ok(), typed == right, "{typed}");
        }
    }

    #[test]
    fn nothing_is_shown_that_pays() {
        let (email, iban) =
            (PayAccount::parse("ana@example.org").unwrap(), PayAccount::parse("DE89 3704 0044 0532 0130 00").unwrap());
        assert_eq!((format!("{email:?}"), format!("{iban:?}")), ("PayPal(…)".to_owned(), "Iban(…)".to_owned()));
        assert_eq!((email.masked(), iban.masked()), ("a…@example.org".to_owned(), "DE89 … 3000".to_owned()));
    }
}
