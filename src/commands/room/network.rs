//! `network ...`: founding one, linking rooms to it, its settings.

use chrono::TimeDelta;
use chrono_tz::Tz;
use serde::Deserialize;

use crate::commands::context::{CommandContext, Nothing};
use crate::commands::decision::Decision;
use crate::commands::people::membership::{added, fresh_handle, named};
use crate::core::books::settings::{AGREE_DAYS, FLAG_DAYS, QUORUM, REPEAT_DAYS, Settings};
use crate::core::entry::Fact;
use crate::core::fact::people::{NetworkCreated, Role, RoleGranted, Setting, SettingChanged};
use crate::core::money::Commodity;
use crate::core::name::Name;
use crate::core::percent::BasisPoints;
use crate::directory::{DirectoryChange, LinkCode};
use crate::grammar::percent::{percent, percent_text};
use crate::grammar::values;
use crate::message::field::{Term, Typed};
use crate::message::refusal::Refusal;
use crate::message::room::{DefaultValue, RoomLine, RoomRefusal, SettingAbout, SettingValue};
use crate::message::rule::RuleRefusal;
use crate::message::typed::TypedRefusal;

/// How many hours a link code works.
const CODE_HOURS: i64 = 24;

/// How many link codes of a network work at once.
const MOST_CODES: usize = 20;

/// `network init`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Init {
    name: String,
    currency: Option<String>,
    timezone: Option<String>,
}

/// The default currency and time zone: those of the first open value network.
const USUAL: (&str, &str) = ("CAD", "America/Montreal");

fn zone(typed: &str) -> Result<Tz, Refusal> {
    let known = chrono_tz::TZ_VARIANTS.iter().find(|zone| zone.name().eq_ignore_ascii_case(typed));
    known.copied().ok_or_else(|| RoomRefusal::UnknownZone { typed: Typed(typed.to_owned()) }.into())
}

/// Founds a network; its author becomes the first steward.
///
/// # Errors
/// Refused if the author may not found a network, or if the currency or the zone is unknown.
pub fn init(context: CommandContext, args: Init) -> Result<Decision, Refusal> {
    if context.moment.bars_founding {
        return Err(RoomRefusal::FoundersOnly.into());
    }
    let currency = args.currency.unwrap_or_else(|| USUAL.0.to_owned());
    let commodity = Commodity::iso(&currency).ok_or(TypedRefusal::UnknownCurrency { typed: Typed(currency) })?;
    let timezone = zone(args.timezone.as_deref().unwrap_or(USUAL.1))?;
    let author = &context.moment.author;
    let person = context.books.next_person();
    let (handle, why) = fresh_handle(context, &author.name, person);
    let mut lines = vec![
        RoomLine::NetworkCreated {
            network: args.name.clone(),
            currency: Name::from(commodity.code()),
            timezone: Name::from(timezone.name()),
            person: Name::from(&handle),
        }
        .into(),
        RoomLine::NextProject.into(),
    ];
    lines.extend(why);
    let facts: Vec<Fact> = vec![
        NetworkCreated { name: args.name, currency: commodity.code().to_owned(), scale: commodity.scale(), timezone }
            .into(),
        added(context, person, Vec::new()).into(),
        RoleGranted { person, role: Role::Steward, project: None }.into(),
    ];
    let mut changes = vec![
        DirectoryChange::Room(context.moment.home(), None),
        DirectoryChange::Account(author.account.clone(), person),
    ];
    changes.extend(named(person, handle, author.name.clone()));
    Ok(Decision { author: Some(person), facts, changes, lines, ..Decision::default() })
}

/// `network show`
///
/// # Errors
/// Never refused.
pub fn show(context: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let books = context.books;
    let settings = &books.settings;
    let mut lines = vec![
        RoomLine::NetworkHead {
            network: books.name.clone(),
            currency: Name::from(books.commodity.code()),
            timezone: Name::from(books.timezone.name()),
            people: books.people.values().filter(|person| person.active).count(),
            projects: books.projects.len(),
        }
        .into(),
        RoomLine::NetworkRoles {
            stewards: context.names(books.holders(Role::Steward, None)),
            custodians: context.names(books.holders(Role::Custodian, None)),
        }
        .into(),
    ];
    let count = |count: Option<u32>| count.and_then(|count| usize::try_from(count).ok());
    let share = |share: Option<BasisPoints>| share.map(|share| percent_text(i64::from(share)));
    if *settings != Settings::default() {
        lines.push(
            RoomLine::NetworkSettings {
                second_person: settings.second_person,
                log_window: count(settings.log_window),
                daily_limit: settings.daily_limit,
                validators: count(settings.validators),
                quorum: share(settings.quorum),
                objection_share: share(settings.objection_share),
                agree_days: count(settings.agree_days),
                flag_days: count(settings.flag_days),
                ask_above: settings.ask_above,
                repeat_days: count(settings.repeat_days),
                encryption_lapses: settings.encryption_lapses,
            }
            .into(),
        );
    }
    Ok(Decision::reads(lines))
}

/// `network settings`: every setting with its value, its default and what it does.
///
/// # Errors
/// None.
pub fn settings(context: CommandContext, _: Nothing) -> Result<Decision, Refusal> {
    let books = context.books;
    let set = &books.settings;
    let known = |value: SettingValue, is_default: bool, default: DefaultValue| {
        (Some(value), Some(if is_default { DefaultValue::AsDefault } else { default }))
    };
    let off = |setting: Setting| {
        let value = value_of(&setting);
        let is_off = value == SettingValue::Off;
        known(value, is_off, DefaultValue::Off)
    };
    let days = |setting: Setting, is_default: bool, default: u32| {
        known(value_of(&setting), is_default, DefaultValue::Days(usize::try_from(default).unwrap_or(usize::MAX)))
    };
    let half = DefaultValue::Percent(percent_text(i64::from(QUORUM)));
    let rows = [
        ("name", SettingAbout::Name, (Some(value_of(&Setting::Name(books.name.clone()))), None)),
        ("timezone", SettingAbout::Timezone, (Some(value_of(&Setting::Timezone(books.timezone))), None)),
        ("second-person", SettingAbout::SecondPerson, off(Setting::SecondPerson(set.second_person))),
        ("log-window", SettingAbout::LogWindow, off(Setting::LogWindow(set.log_window))),
        ("daily-limit", SettingAbout::DailyLimit, off(Setting::DailyLimit(set.daily_limit))),
        ("validators", SettingAbout::Validators, off(Setting::Validators(set.validators))),
        ("quorum", SettingAbout::Quorum, known(value_of(&Setting::Quorum(set.quorum)), set.quorum() == QUORUM, half)),
        (
            "objection-share",
            SettingAbout::ObjectionShare,
            known(
                value_of(&Setting::ObjectionShare(set.objection_share)),
                set.objection_share.is_none(),
                DefaultValue::TwoThirds,
            ),
        ),
        (
            "agree-days",
            SettingAbout::AgreeDays,
            days(Setting::AgreeDays(set.agree_days), set.agree_days() == AGREE_DAYS, AGREE_DAYS),
        ),
        (
            "flag-days",
            SettingAbout::FlagDays,
            days(Setting::FlagDays(set.flag_days), set.flag_days() == FLAG_DAYS, FLAG_DAYS),
        ),
        ("ask-above", SettingAbout::AskAbove, off(Setting::AskAbove(set.ask_above))),
        (
            "repeat-days",
            SettingAbout::RepeatDays,
            days(Setting::RepeatDays(set.repeat_days), set.repeat_days() == REPEAT_DAYS, REPEAT_DAYS),
        ),
        (
            "encryption",
            SettingAbout::Encryption,
            known(value_of(&Setting::Encryption(!set.encryption_lapses)), !set.encryption_lapses, DefaultValue::On),
        ),
    ];
    let row =
        |(key, about, (value, default))| RoomLine::SettingRow { key: Term::from(key), value, default, about }.into();
    let head = RoomLine::SettingsHead { network: books.name.clone() }.into();
    Ok(Decision::reads(std::iter::once(head).chain(rows.map(row)).collect()))
}

/// `network link`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    code: Option<String>,
}

/// Without a code: gives a steward one. With a code: links the room to the code's network.
///
/// # Errors
/// Refused if the code is unknown or expired.
pub fn link(context: CommandContext, args: Link) -> Result<Decision, Refusal> {
    match args.code {
        None => {
            let code = context.moment.code();
            let new = DirectoryChange::LinkCode(LinkCode {
                code: code.clone(),
                expires_at: context.moment.at + TimeDelta::hours(CODE_HOURS),
            });
            // The new code replaces the oldest.
            let old = context
                .directory
                .link_codes()
                .rev()
                .skip(MOST_CODES - 1)
                .map(|old| DirectoryChange::LinkCodeUsed(old.code.clone()));
            Ok(Decision {
                changes: old.chain([new]).collect(),
                private: true,
                ..Decision::reads(vec![RoomLine::LinkCode { code: Name(code) }.into()])
            })
        }
        Some(code) => {
            if !context.directory.accepts(&code, context.moment.at) {
                return Err(RoomRefusal::BadLinkCode.into());
            }
            let changes = vec![DirectoryChange::LinkCodeUsed(code), DirectoryChange::Room(context.moment.home(), None)];
            Ok(Decision {
                changes,
                ..Decision::reads(vec![RoomLine::Linked { network: context.books.name.clone() }.into()])
            })
        }
    }
}

/// `network use`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Use {
    // The engine has found the network by this name.
    #[serde(rename = "name")]
    _name: String,
}

/// Chooses the network of a direct room, for somebody who is in several.
///
/// # Errors
/// Refused outside a direct room, and in a room that is linked.
pub fn choose(context: CommandContext, _: Use) -> Result<Decision, Refusal> {
    let network = context.books.name.clone();
    if !context.moment.direct || context.directory.has_room(&context.moment.room) {
        return Err(RoomRefusal::HasNetwork { network }.into());
    }
    let changes = vec![DirectoryChange::Chosen(context.moment.author.account.clone())];
    Ok(Decision { changes, ..Decision::reads(vec![RoomLine::NetworkChosen { network }.into()]) })
}

/// `network set`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    key: String,
    value: String,
}

/// Changes a setting; `off` clears it where that is possible, or goes back to the default.
///
/// # Errors
/// Refused if the value does not fit the setting.
pub fn set(context: CommandContext, args: Set) -> Result<Decision, Refusal> {
    let off = context.catalog.means("off", &args.value);
    let setting = match args.key.as_str() {
        "name" => Setting::Name(args.value),
        "timezone" => Setting::Timezone(zone(&args.value)?),
        "second-person" if off => Setting::SecondPerson(None),
        "second-person" => Setting::SecondPerson(Some(values::amount(&args.value, context.books.commodity)?)),
        "daily-limit" if off => Setting::DailyLimit(None),
        "daily-limit" => Setting::DailyLimit(Some(values::duration(&args.value)?)),
        "validators" => Setting::Validators(count(&args.value, 9, off)?),
        "quorum" => Setting::Quorum(share(&args.value, off)?),
        "objection-share" => Setting::ObjectionShare(share(&args.value, off)?),
        "agree-days" => Setting::AgreeDays(count(&args.value, 365, off)?),
        "flag-days" => Setting::FlagDays(count(&args.value, 365, off)?),
        "ask-above" if off => Setting::AskAbove(None),
        "ask-above" => Setting::AskAbove(Some(values::amount(&args.value, context.books.commodity)?)),
        "repeat-days" if off => Setting::RepeatDays(Some(0)),
        "repeat-days" => Setting::RepeatDays(count(&args.value, 365, off)?),
        "encryption" if off => Setting::Encryption(false),
        "encryption" => {
            let kept = values::flag(&args.value);
            Setting::Encryption(kept.ok_or_else(|| TypedRefusal::YesOrNo {
                option: Name::from("value"),
                typed: Typed(args.value.clone()),
            })?)
        }
        _ => Setting::LogWindow(count(&args.value, 3650, off)?),
    };
    let line = RoomLine::SettingChanged { key: Term(args.key), value: value_of(&setting) }.into();
    Ok(Decision::fact(SettingChanged { setting }, vec![line]))
}

/// What a setting is set to, as it is shown.
fn value_of(setting: &Setting) -> SettingValue {
    let counted = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    let percentage = |share: BasisPoints| SettingValue::Percent(percent_text(i64::from(share)));
    let value = match setting {
        Setting::Name(name) => Some(SettingValue::Name(name.clone())),
        Setting::Timezone(zone) => Some(SettingValue::Zone(Name::from(zone.name()))),
        Setting::SecondPerson(amount) | Setting::AskAbove(amount) => amount.map(SettingValue::Amount),
        Setting::LogWindow(days) => days.map(|days| SettingValue::Days(counted(days))),
        Setting::AgreeDays(days) => Some(SettingValue::Days(counted(days.unwrap_or(AGREE_DAYS)))),
        Setting::FlagDays(days) => Some(SettingValue::Days(counted(days.unwrap_or(FLAG_DAYS)))),
        Setting::RepeatDays(days) => {
            Some(days.unwrap_or(REPEAT_DAYS)).filter(|days| *days > 0).map(|days| SettingValue::Days(counted(days)))
        }
        Setting::DailyLimit(time) => time.map(SettingValue::Time),
        Setting::Validators(people) => people.map(|people| SettingValue::People(counted(people))),
        Setting::Quorum(share) => Some(percentage(share.unwrap_or(QUORUM))),
        Setting::ObjectionShare(share) => Some(share.map_or(SettingValue::TwoThirds, percentage)),
        Setting::Encryption(kept) => kept.then_some(SettingValue::On),
    };
    value.unwrap_or(SettingValue::Off)
}

/// A number of days or people, up to `most`; `off` is none.
fn count(typed: &str, most: u32, off: bool) -> Result<Option<u32>, Refusal> {
    if off {
        return Ok(None);
    }
    let count = values::whole_days(typed).filter(|count| (1..=most).contains(count));
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    count.map(Some).ok_or_else(|| RoomRefusal::NotDays { typed: Typed(typed.to_owned()), most }.into())
}

/// A percentage; `off` is none.
fn share(typed: &str, off: bool) -> Result<Option<BasisPoints>, Refusal> {
    if off {
        return Ok(None);
    }
    let share = percent(typed).filter(|share| (BasisPoints::LEAST..=BasisPoints::ONE).contains(share));
    share.map(Some).ok_or_else(|| RuleRefusal::NotAShare { typed: Typed(typed.to_owned()) }.into())
}
