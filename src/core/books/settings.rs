//! The settings of a network.

use chrono::{Days, NaiveDate};

use crate::core::money::Amount;
use crate::core::percent::BasisPoints;
use crate::core::time::Minutes;

/// The part of its voters that a rule needs more than, by default.
pub const QUORUM: BasisPoints = BasisPoints::HALF;

/// For how many days a proposal is open, by default.
pub const AGREE_DAYS: u32 = 7;

/// After how many days an open flag is brought to the stewards, by default.
pub const FLAG_DAYS: u32 = 14;

/// For how many days a movement of money like an earlier one is asked about, by default.
pub const REPEAT_DAYS: u32 = 7;

/// The settings of a network. What is `None` is as by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// A distribution above this amount needs a second person's confirmation.
    pub second_person: Option<Amount>,
    /// Days after which work can't be logged any more.
    pub log_window: Option<u32>,
    /// The most that one person may log for one day.
    pub daily_limit: Option<Minutes>,
    /// How many others must agree to a log before it counts.
    pub validators: Option<u32>,
    /// A proposed rule needs more than this part of its voters; half of them by default.
    pub quorum: Option<BasisPoints>,
    /// With an open objection, it needs at least this part of them; two thirds by default.
    pub objection_share: Option<BasisPoints>,
    /// For how many days a proposal is open; [`AGREE_DAYS`] by default.
    pub agree_days: Option<u32>,
    /// After how many days an open flag is brought to the stewards; [`FLAG_DAYS`] by default.
    pub flag_days: Option<u32>,
    /// A movement of money above this amount is asked about.
    pub ask_above: Option<Amount>,
    /// For how many days a movement like an earlier one is asked about; [`REPEAT_DAYS`] by default.
    pub repeat_days: Option<u32>,
    /// Whether people who have written encrypted messages may also move money and roles by unencrypted ones.
    pub encryption_lapses: bool,
}

impl Settings {
    /// A proposed rule needs more than this part of its voters.
    pub fn quorum(&self) -> BasisPoints {
        self.quorum.unwrap_or(QUORUM)
    }

    /// For how many days a proposal is open.
    pub fn agree_days(&self) -> u32 {
        self.agree_days.unwrap_or(AGREE_DAYS)
    }

    /// After how many days an open flag is brought to the stewards.
    pub fn flag_days(&self) -> u32 {
        self.flag_days.unwrap_or(FLAG_DAYS)
    }

    /// For how many days a movement of money like an earlier one is asked about.
    pub fn repeat_days(&self) -> u32 {
        self.repeat_days.unwrap_or(REPEAT_DAYS)
    }

    /// The first day for which something can still be logged on `today`; `None` if the network has no window.
    pub fn earliest(&self, today: NaiveDate) -> Option<NaiveDate> {
        today.checked_sub_days(Days::new(u64::from(self.log_window?)))
    }
}
