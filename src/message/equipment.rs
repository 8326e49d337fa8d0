//! What is said about machines: use, stock, co-owners.

use chrono::NaiveDate;

use crate::core::ids::{BillId, LogId, LotId, MoneyId};
use crate::core::money::Amount;
use crate::core::name::Name;
use crate::core::time::Minutes;
use crate::message::declare::{messages, one_of};
use crate::message::field::{Number, Term, Typed};

one_of! {
    /// Whose a machine is.
    pub enum MachineStanding {
        /// It is not bought yet.
        Planned = "planned",
        /// Co-owners have it: so many.
        Owned(owners: usize) = "owners",
        /// It belongs to the commons.
        Shareable = "shareable",
        /// It is gone.
        Retired = "retired",
    }
}

one_of! {
    /// Why a machine can't be used.
    pub enum Unusable {
        /// It is not bought yet.
        Planned = "planned",
        /// It is gone.
        Gone = "gone",
    }
}

one_of! {
    /// How long a subscription is billed for at once.
    pub enum BilledPeriod {
        /// A week.
        Week = "week",
        /// A month.
        Month = "month",
    }
}

one_of! {
    /// What a bill is for.
    pub enum BilledFor {
        /// A use in this scenario.
        Use(scenario: Term) = "scenario",
        /// A subscription.
        Subscription = "subscription",
    }
}

one_of! {
    /// How a bill stands that is not simply paid.
    pub enum BillMark {
        /// It waits for this payer.
        Waits(payer: String) = "waits",
        /// It was taken back.
        Undone = "undone",
    }
}

one_of! {
    /// Why nothing more can happen to a bill.
    pub enum BillEnd {
        /// It is paid.
        Paid = "paid",
        /// It was taken back.
        Undone = "undone",
    }
}

messages! {
    /// What the bot says of machines.
    pub enum EquipmentLine {
        /// A machine is known.
        EquipmentAdded = "equipment-added" { equipment: Name },
        /// Its terms are set.
        TermsSet = "terms-set" { equipment: Name },
        /// Its terms wait for consent.
        TermsProposed = "terms-proposed" { equipment: Name, people: Vec<Name> },
        /// Terms to agree to.
        AgreeHead = "agree-head" { equipment: Name, person: Name } [of person],
        /// Somebody agreed to them.
        TermsAgreed = "terms-agreed" { person: Name, equipment: Name, people: Vec<Name> } [of person],
        /// Terms: what its time costs.
        TermsRates = "terms-rates" {
            equipment: Name, hash: Name, project: Option<Amount>, commercial: Option<Amount>, member: Option<Amount>,
            week: Option<Amount>, month: Option<Amount>,
            maintenance: Option<Amount>, none: bool,
        },
        /// How money for the machine's time is shared.
        TermsParts = "terms-parts" {
            maintenance: Number, infrastructure: Number, owners: Number, cap: Number, after_maintenance: Number,
            after_infrastructure: Number,
            certified_only: bool,
        },
        /// A machine in one line.
        EquipmentRow = "equipment-row" {
            equipment: Name, standing: MachineStanding,
            cost: Option<Amount>, bar: Option<Name>,
            paid: Option<Amount>, due: Option<Amount>,
        },
        /// Who may use it alone.
        CertifiedPeople = "certified-people" { people: Vec<Name> },
        /// There is no machine.
        NoMachines = "no-machines",
        /// Somebody may use a machine alone.
        Certified = "certified" { person: Name, equipment: Name } [of person],
        /// A co-owner.
        StakeRow = "stake-row" {
            person: Option<Name>, fund: Option<Name>, stake: Amount, paid: Amount, due: Amount,
        } [of person],
        /// What it was used for.
        UsedFor = "used-for" { scenario: Term, time: Minutes, count: usize },
        /// What came in, and where it went.
        CameIn = "came-in" {
            amount: Amount, owners: Option<Amount>, maintenance: Option<Amount>, infrastructure: Option<Amount>,
            material: Option<Amount>,
            technicians: Option<Amount>,
        },
        /// Bills that are not paid.
        BillsWait = "bills-wait" { count: usize, amount: Amount },
        /// A machine is about to be retired.
        RetireHead = "retire-head" { equipment: Name, proceeds: Option<Amount>, nothing: bool, lost: Option<Amount> },
        /// A machine was retired.
        Retired = "retired" {
            equipment: Name, money: Option<MoneyId>, proceeds: Option<Amount>, date: Option<NaiveDate>,
            reference: Option<String>, lost: Option<Amount>,
        },
        /// A stake is about to be transferred.
        TransferHead = "transfer-head" {
            equipment: Name, person: Name, amount: Amount, paid: Amount, open: Amount,
        } [of person],
        /// A stake was transferred.
        Transferred = "transferred" {
            from: Name, person: Name, equipment: Name, amount: Amount, open: Amount,
        } [of person],
        /// A machine is a shareable.
        HandedOver = "handed-over" { equipment: Name, cap: Number },
        /// A shareable is its co-owners' again.
        HandedBack = "handed-back" { equipment: Name, open: Amount },
        /// What a machine received of a project goes to its co-owners.
        MachineShare = "machine-share" { equipment: Name, amount: Amount },
        /// What a machine should not have received comes back from its co-owners.
        MachineShareBack = "machine-share-back" { equipment: Name, amount: Amount },
        /// Material came into stock.
        StockAdded = "stock-added" {
            lot: LotId, material: Name, quantity: Number, unit: String, value: Amount, person: Option<Name>,
            fund: Option<Name>,
        } [of person],
        /// Material was removed from stock.
        StockRemoved = "stock-removed" { lot: LotId, quantity: Number, unit: String, material: Name, reason: String },
        /// Nothing is in stock.
        NoStock = "no-stock",
        /// Material in stock.
        StockRow = "stock-row" {
            lot: LotId, material: Name, left: Number, quantity: Number, unit: String, value: Amount,
            person: Option<Name>, fund: Option<Name>,
        } [of person],
        /// A subscription is billed.
        Subscribed = "subscribed" {
            bill: BillId, person: Name, equipment: Name, price: Amount, from: NaiveDate, last: NaiveDate,
            period: BilledPeriod,
        } [of person],
        /// A subscription is not renewed.
        Unsubscribed = "unsubscribed" { person: Name, equipment: Name, last: NaiveDate } [of person],
        /// A machine was used.
        Used = "used" {
            bill: BillId, person: Name, equipment: Name, time: Minutes, scenario: Term, date: Option<NaiveDate>,
            total: Amount, payer: Option<String>,
        } [of person],
        /// What the machine claims of a project.
        MachineClaims = "machine-claims" { log: LogId, equipment: Name, amount: Amount, project: Name },
        /// A subscription covers the use.
        Covered = "covered",
        /// The use counts as paid to the user's stake.
        SetOff = "set-off" { amount: Amount, person: Name } [of person],
        /// The project paid at once.
        ProjectPaid = "project-paid" { amount: Amount },
        /// A bill waits for its payment.
        BillWaits = "bill-waits" { bill: BillId, amount: Amount },
        /// A bill was paid.
        BillPaid = "bill-paid" {
            bill: BillId, money: Option<MoneyId>, amount: Amount, equipment: Name, reference: Option<String>,
            date: Option<NaiveDate>,
        },
        /// There is no use yet.
        NoUses = "no-uses",
        /// A use in one line.
        UseRow = "use-row" {
            bill: BillId, date: NaiveDate, person: Name, equipment: Name, time: Option<Minutes>,
            billed: BilledFor, total: Amount,
            mark: Option<BillMark>,
        } [of person],
        /// A use was taken back.
        UseUndone = "use-undone" { bill: BillId, equipment: Name, amount: Amount, material: bool },
        /// Whether a use is taken back that somebody else has paid, or that two people take back.
        UndoUseHead = "undo-use-head" {
            bill: BillId, equipment: Name, amount: Amount, reason: Option<String>, person: Option<Name>, more: bool,
        } [of person],
        /// The first of two people took a use back.
        UseUndoApproved = "use-undo-approved" { person: Name, bill: BillId } [of person],
        /// A line for material.
        ForMaterial = "for-material" {
            amount: Amount, person: Option<Name>, fund: Option<Name>, quantity: Number, unit: String, material: Name,
            lot: LotId,
        } [of person],
        /// A line for a technician.
        ForTechnician = "for-technician" { amount: Amount, person: Name, time: Minutes, per_hour: Amount } [of person],
        /// A line for hourly maintenance.
        ForMaintenance = "for-maintenance" { amount: Amount, time: Minutes, per_hour: Amount },
        /// A line for a fund.
        ForFund = "for-fund" { amount: Amount, fund: Name, percent: Number, of: Amount, after: bool },
        /// The co-owners' part, which they get once the bill is paid.
        ForOwners = "for-owners" { amount: Amount },
        /// A line for a co-owner.
        ForOwner = "for-owner" {
            amount: Amount, person: Option<Name>, fund: Option<Name>, open: Amount, of: Amount,
        } [of person],
        /// A line that a co-owner gives back.
        FromOwner = "from-owner" {
            amount: Amount, person: Option<Name>, fund: Option<Name>, received: Amount, of: Amount,
        } [of person],
        /// A line for what exceeds the co-owners' open amounts.
        ForNobody = "for-nobody" { amount: Amount, fund: Name },
    }
}

messages! {
    /// Why nothing was done with a machine.
    pub enum EquipmentRefusal {
        /// A machine of this name exists.
        EquipmentExists = "equipment-exists" { equipment: Name },
        /// A name that commands would take for something else.
        NotAMachineName = "not-a-machine-name" { typed: Typed },
        /// The machine can't be used.
        NotInUse = "not-in-use" { equipment: Name, why: Unusable },
        /// A reference for a machine that brought nothing.
        ReferenceOfNothing = "reference-of-nothing" { equipment: Name },
        /// The machine was not bought on the day of the use.
        NotBoughtThen = "not-bought-then" { equipment: Name, date: NaiveDate },
        /// The text is not parts of a whole.
        NotParts = "not-parts" { typed: Typed, example: Name },
        /// A cap that co-owners were promised can't be changed.
        CapStands = "cap-stands" { equipment: Name, cap: Number },
        /// No other terms are proposed.
        NoTermsProposed = "no-terms-proposed" { equipment: Name },
        /// The person is neither backer nor co-owner.
        NotBound = "not-bound" { equipment: Name, person: Name },
        /// The person is certified already.
        CertifiedAlready = "certified-already" { person: Name, equipment: Name },
        /// An open pool is for the machine.
        PoolIsFor = "pool-is-for" { equipment: Name },
        /// The author has no stake.
        NoStake = "no-stake" { equipment: Name },
        /// A stake can't be transferred to its own holder.
        OwnStake = "own-stake" { equipment: Name },
        /// The stake is smaller.
        StakeIsLess = "stake-is-less" { equipment: Name, stake: Amount },
        /// What somebody received was transferred with their stake.
        StakeMoved = "stake-moved" { equipment: Name, person: Name },
        /// The text is not a unit.
        NotAUnit = "not-a-unit" { typed: Typed },
        /// The lot is somebody else's.
        NotYourLot = "not-your-lot" { lot: LotId },
        /// Nothing is left of the lot.
        LotIsEmpty = "lot-is-empty" { lot: LotId },
        /// The text is not a quantity of material.
        NotMaterial = "not-material" { typed: Typed },
        /// Material that is not in stock.
        NotInStock = "not-in-stock" {
            material: Name, none: bool, units: Vec<Name>, left: Option<Number>, unit: Option<Name>,
        },
        /// The terms have no rate for it.
        NoMachineRate = "no-machine-rate" { equipment: Name, scenario: Term },
        /// The terms have no price for a week or a month.
        NoPeriodRate = "no-period-rate" { equipment: Name, period: BilledPeriod },
        /// A price that does not cover what is due first.
        PriceBelow = "price-below" { least: Amount },
        /// Only commercial uses have a price.
        PriceIsCommercial = "price-is-commercial" { scenario: Term },
        /// Only a member's own use can be set off.
        SetOffIsOwn = "set-off-is-own" { scenario: Term },
        /// The user has no stake, or is paid back.
        NothingToSetOff = "nothing-to-set-off" { equipment: Name },
        /// Only certified people may use it.
        NotCertified = "not-certified" { equipment: Name, people: Vec<Name> },
        /// A technician's time has no rate.
        NoTechnicianRate = "no-technician-rate" { date: NaiveDate },
        /// A technician's time is given without the technician.
        WhichTechnician = "which-technician",
        /// The bill is paid or undone.
        BillIsPaid = "bill-is-paid" { bill: BillId, end: BillEnd },
        /// The payer has too little money.
        CannotPayBill = "cannot-pay-bill" {
            bill: BillId, project: Option<Name>, person: Option<Name>, available: Amount, amount: Amount,
        },
        /// The use is somebody else's.
        NotYourUse = "not-your-use" { bill: BillId },
        /// A use that somebody has paid.
        UseIsPaid = "use-is-paid" { bill: BillId },
        /// Another person must take the use back.
        SecondPersonUndoesUse = "second-person-undoes-use" { bill: BillId },
        /// There is a subscription already.
        SubscribedAlready = "subscribed-already" { equipment: Name },
        /// There is no subscription.
        NotSubscribed = "not-subscribed" { equipment: Name },
    }
}
