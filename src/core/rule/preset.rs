//! The presets: rules that people pick and give numbers to, because writing a rule is hard.

use serde::{Deserialize, Serialize};

/// The fund for what everybody uses.
pub const INFRASTRUCTURE: &str = "infrastructure";

/// The funds that a rule may name anywhere.
pub const USUAL_FUNDS: [&str; 3] = [INFRASTRUCTURE, "maintenance", "custodian"];

/// The rules that people pick from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// The same for everyone with a log since the last distribution.
    Equal,
    /// In proportion to hours, whatever the role.
    Hours,
    /// In proportion to minutes times role rate; expenses and material at value.
    Rates,
    /// Expenses, material and cash until paid; then work alone, as `rates`.
    CostsFirst,
    /// A service that the network offers: infrastructure, cash and initiation from the total, then costs and support
    /// until paid, the rest to those who did the work.
    Service,
    /// Each income is a milestone; its lines say what is done for how much.
    Budget,
    /// Time and money weighed against each other, for ever.
    Slices,
    /// Not a preset: a rule file's own buckets.
    Custom,
}

impl Preset {
    /// Those that can be picked, in the order they are shown.
    pub const ALL: [Preset; 7] = [
        Preset::Equal,
        Preset::Hours,
        Preset::Rates,
        Preset::CostsFirst,
        Preset::Service,
        Preset::Budget,
        Preset::Slices,
    ];

    /// The word for it, as typed and shown.
    pub fn word(self) -> &'static str {
        match self {
            Preset::Equal => "equal",
            Preset::Hours => "hours",
            Preset::Rates => "rates",
            Preset::CostsFirst => "costs-first",
            Preset::Service => "service",
            Preset::Budget => "budget",
            Preset::Slices => "slices",
            Preset::Custom => "custom",
        }
    }

    /// The options for the numbers that it takes.
    pub(super) fn asks(self) -> &'static [&'static str] {
        match self {
            Preset::Budget | Preset::Custom => &[],
            Preset::Equal | Preset::Hours | Preset::Rates | Preset::CostsFirst => &["lifetime"],
            Preset::Service => &["lifetime", "infrastructure", "cash", "initiation", "cap"],
            Preset::Slices => &["lifetime", "work", "money"],
        }
    }
}
