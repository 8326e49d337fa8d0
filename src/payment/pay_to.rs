//! Where a person wants to be paid.

use std::fmt;

/// The countries of the IBAN registry, each with the length of its IBANs in characters.
const COUNTRIES: &str = "\
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 \
    FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 \
    LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 \
    SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

/// Where a person wants to be paid. Made by [`PayTo::parse`].
#[derive(Clone, PartialEq, Eq)]
pub enum PayTo {
    /// The e-mail address of a PayPal account.
    PayPal(String),
    /// A bank account.
    Iban(Iban),
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
}

impl PayTo {
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

    /// The whole address, as it is stored; [`PayTo::parse`] reads it back.
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

impl fmt::Debug for PayTo {
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
            (PayTo::parse("ana@example.org").unwrap(), PayTo::parse("DE89 3704 0044 0532 0130 00").unwrap());
        assert_eq!((format!("{email:?}"), format!("{iban:?}")), ("PayPal(…)".to_owned(), "Iban(…)".to_owned()));
        assert_eq!((email.masked(), iban.masked()), ("a…@example.org".to_owned(), "DE89 … 3000".to_owned()));
    }
}
