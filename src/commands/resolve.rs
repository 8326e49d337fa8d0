//! Options as typed to what they mean: people, projects, tasks, amounts, dates, by the books and the room.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization;

use super::spec::{Command, Default, Kind, Opt};
use super::{Registry, parse, values};
use crate::core::books::Books;
use crate::core::contribution::PLAIN_WORK;
use crate::core::entry::{
    BatchId, BillId, DistributionId, EquipmentId, LineId, LogId, LotId, MilestoneId, MoneyId, PersonId, PoolId, ProjectId, ProposalId,
    TaskId,
};
use crate::core::message::{Name, Term};
use crate::core::pool::{Purpose, State};
use crate::core::refusal::Refusal;
use crate::directory::{Account, Directory, RoomKey, Topic};

/// The most characters in a name that accounts are called by.
const LONGEST_NAME: usize = 32;

/// What options are resolved against.
pub struct Against<'a> {
    /// The commands, for what their choices are called elsewhere.
    pub registry: &'a Registry,
    /// The books.
    pub books: &'a Books,
    /// The directory.
    pub directory: &'a Directory,
    /// The platform that mentions are of.
    pub platform: &'a str,
    /// The room it was said in, and what that lies in, from the inside out.
    pub places: &'a [RoomKey],
    /// The day on which it counts, in the network's zone.
    pub today: NaiveDate,
    /// The day on which it was said: days that are not named, or named from there, go by it.
    pub said_on: NaiveDate,
}

/// Resolved options, and the project that the command is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// One value an option, in the shape of the command's argument struct.
    pub options: Value,
    /// The project.
    pub project: Option<ProjectId>,
}

impl Against<'_> {
    /// Resolves the options of a call.
    pub fn resolve(&self, command: &Command, typed: &BTreeMap<String, String>) -> Result<Resolved, Refusal> {
        if let Some(unknown) = typed.keys().find(|name| !command.options.iter().any(|option| option.name == **name)) {
            return Err(Refusal::BadArguments { why: format!("no option is called {unknown}") });
        }
        if let Some(missing) = command.options.iter().find(|option| option.required && !typed.contains_key(&option.name)) {
            return Err(parse::missing_option(command, missing));
        }
        let mut options = Map::new();
        let mut about = None;
        let mut explicit = None;
        for option in &command.options {
            let Some(text) = typed.get(&option.name) else { continue };
            let value = self.value(option, text)?;
            match option.kind {
                Kind::Person if command.begins_with_people() && as_id(&value).is_some_and(|id| self.books.is_erased(PersonId(id))) => {
                    return Err(self.unknown_person(text));
                }
                Kind::Project => explicit = as_id(&value).map(ProjectId),
                Kind::Task => about = as_id(&value).and_then(|id| self.books.task(TaskId(id))).map(|task| task.project).or(about),
                Kind::Log => about = as_id(&value).and_then(|id| self.books.log(LogId(id))).map(|log| log.project).or(about),
                _ => {}
            }
            options.insert(option.name.clone(), value);
        }
        if let (Some(explicit), Some(about)) = (explicit, about)
            && explicit != about
        {
            return Err(Refusal::OtherProject { project: self.books.project_name(about) });
        }
        let mut project = explicit.or(about);
        for option in command.options.iter().filter(|option| !typed.contains_key(&option.name)) {
            let value = match option.default {
                None => continue,
                Some(Default::Today) => json!(self.said_on),
                Some(Default::RoomProject) => {
                    project = project.or_else(|| self.rooms_project());
                    json!(project)
                }
                Some(Default::Pool) => json!(self.default_pool()?),
                Some(Default::Equipment) => json!(self.default_equipment()?),
                Some(Default::Project) => {
                    let only = || (self.books.projects.len() == 1).then(|| self.books.projects.keys().next().copied()).flatten();
                    project = project.or_else(|| self.rooms_project()).or_else(only);
                    let found = project.ok_or_else(|| match self.books.projects.is_empty() {
                        true => Refusal::NoProjects,
                        false => Refusal::WhichProject { projects: self.books.projects.values().map(|p| Name::from(&p.name)).collect() },
                    })?;
                    json!(found)
                }
            };
            if !value.is_null() {
                options.insert(option.name.clone(), value);
            }
        }
        Ok(Resolved { options: Value::Object(options), project })
    }

    fn rooms_project(&self) -> Option<ProjectId> {
        self.places.iter().find_map(|room| self.directory.project_of(room))
    }

    fn topics(&self) -> impl Iterator<Item = Topic> {
        self.places.iter().flat_map(|room| self.directory.topics_of(room))
    }

    /// The room's pool, else the only one that is open, or the only one there is.
    fn default_pool(&self) -> Result<PoolId, Refusal> {
        let of_room = self.topics().find_map(|topic| if let Topic::Pool(pool) = topic { Some(pool) } else { None });
        let open: Vec<PoolId> = self.books.pools.iter().filter(|pool| pool.state == State::Open).map(|pool| pool.id).collect();
        let all: Vec<PoolId> = self.books.pools.iter().map(|pool| pool.id).collect();
        let only = |pools: &[PoolId]| if let [only] = pools { Some(*only) } else { None };
        let found = of_room.or_else(|| only(&open)).or_else(|| only(&all));
        found.ok_or_else(|| match self.books.pools.is_empty() {
            true => Refusal::NoPool,
            false => Refusal::WhichPool { pools: self.books.pools.iter().map(|pool| Name::from(&pool.name)).collect() },
        })
    }

    /// The room's machine, or that of its pool, else the only one.
    fn default_equipment(&self) -> Result<EquipmentId, Refusal> {
        let of_pool = |pool| match self.books.pool(pool)?.conditions.purpose {
            Purpose::Equipment(equipment) => Some(equipment),
            Purpose::Project(_) => None,
        };
        let of_room = || self.topics().find_map(|topic| if let Topic::Equipment(equipment) = topic { Some(equipment) } else { None });
        let of_rooms_pool = || self.topics().find_map(|topic| if let Topic::Pool(pool) = topic { of_pool(pool) } else { None });
        let only = || if let [only] = self.books.equipment.as_slice() { Some(only.id) } else { None };
        of_room().or_else(of_rooms_pool).or_else(only).ok_or_else(|| match self.books.equipment.is_empty() {
            true => Refusal::NoEquipment,
            false => Refusal::WhichEquipment { equipment: self.books.equipment.iter().map(|machine| Name::from(&machine.name)).collect() },
        })
    }

    fn value(&self, option: &Opt, typed: &str) -> Result<Value, Refusal> {
        let commodity = self.books.commodity;
        if typed.chars().count() > option.most {
            return Err(Refusal::TooLong { option: Name::from(&option.name), most: option.most });
        }
        if typed.chars().any(char::is_control) {
            return Err(Refusal::ControlCharacter);
        }
        Ok(match option.kind {
            Kind::Text => match typed.trim() {
                "" => return Err(Refusal::NoValue { option: Name::from(&option.name) }),
                text => json!(text.nfc().collect::<String>()),
            },
            Kind::WorkRole if self.registry.means(PLAIN_WORK, typed) => json!(PLAIN_WORK),
            Kind::Name | Kind::WorkRole | Kind::Fund => {
                json!(account_name(typed).ok_or_else(|| Refusal::NotAName { typed: typed.to_owned() })?)
            }
            Kind::Word | Kind::File => json!(typed.trim()),
            Kind::Estimate => json!(values::estimate(typed)?),
            Kind::Duration => json!(values::duration(typed)?),
            Kind::Amount => json!(values::amount(typed, commodity)?),
            Kind::ForeignAmount => json!(values::foreign_amount(typed, commodity)?),
            Kind::Balance => json!(values::balance(typed, commodity)?),
            Kind::Quantity => json!(values::quantity(typed)?),
            Kind::Days => json!(values::days(typed)?),
            Kind::Date => json!(values::date(typed, self.said_on)?),
            Kind::PastDate => match values::date(typed, self.said_on)? {
                date if date > self.today => return Err(Refusal::InTheFuture { date, today: self.today }),
                date => json!(date),
            },
            Kind::Person => json!(self.person(typed)?),
            Kind::Project => json!(self.project(typed)?),
            Kind::Task => json!(
                self.numbered(typed, "#", |id| self.books.task(TaskId(id)).is_some())
                    .ok_or_else(|| Refusal::UnknownTask { typed: typed.to_owned() })?
            ),
            Kind::Log => json!(
                self.numbered(typed, LogId::PREFIX, |id| self.books.log(LogId(id)).is_some())
                    .ok_or_else(|| Refusal::UnknownLog { typed: typed.to_owned() })?
            ),
            Kind::Money => json!(
                self.numbered(typed, MoneyId::PREFIX, |id| self.books.money(MoneyId(id)).is_some())
                    .ok_or_else(|| Refusal::UnknownMoney { typed: typed.to_owned() })?
            ),
            Kind::Distribution => json!(
                self.numbered(typed, DistributionId::PREFIX, |id| self.books.distribution(DistributionId(id)).is_some())
                    .ok_or_else(|| Refusal::UnknownDistribution { typed: typed.to_owned() })?
            ),
            Kind::Batch => json!(
                self.numbered(typed, BatchId::PREFIX, |id| self.books.batch(BatchId(id)).is_some())
                    .ok_or_else(|| Refusal::UnknownBatch { typed: typed.to_owned() })?
            ),
            Kind::Proposal => json!(
                self.numbered(typed, ProposalId::PREFIX, |id| self.books.proposal(ProposalId(id)).is_some())
                    .ok_or_else(|| Refusal::NoProposal { project: Name::from(typed) })?
            ),
            Kind::Milestone => json!(self.milestone(typed)?),
            Kind::Pool => {
                let name = account_name(typed).unwrap_or_default();
                let near = || nearest(&name, self.books.pools.iter().map(|pool| pool.name.as_str())).map(Name::from);
                let pool = self.books.pool_by_name(&name).map(|pool| pool.id);
                json!(pool.ok_or_else(|| Refusal::UnknownPool { typed: typed.to_owned(), nearest: near() })?)
            }
            Kind::Equipment => {
                let name = account_name(typed).unwrap_or_default();
                let near = || nearest(&name, self.books.equipment.iter().map(|machine| machine.name.as_str())).map(Name::from);
                let machine = self.books.equipment_by_name(&name).map(|machine| machine.id);
                json!(machine.ok_or_else(|| Refusal::UnknownEquipment { typed: typed.to_owned(), nearest: near() })?)
            }
            Kind::Bill => json!(
                self.numbered(typed, BillId::PREFIX, |id| self.books.bill(BillId(id)).is_some())
                    .ok_or_else(|| Refusal::UnknownBill { typed: typed.to_owned() })?
            ),
            Kind::Lot => json!(
                self.numbered(typed, LotId::PREFIX, |id| self.books.lot(LotId(id)).is_some())
                    .ok_or_else(|| Refusal::UnknownLot { typed: typed.to_owned() })?
            ),
            Kind::Pledge => json!(values::pledge(typed, commodity)?),
            Kind::Line => json!(
                self.numbered(typed, LineId::PREFIX, |id| self.books.line(LineId(id)).is_some())
                    .ok_or_else(|| Refusal::UnknownLine { typed: typed.to_owned() })?
            ),
            Kind::Choice => match self.registry.choice(&option.choices, typed) {
                Some(choice) => json!(choice),
                None => {
                    return Err(Refusal::NotAChoice {
                        option: Name::from(&option.name),
                        typed: typed.to_owned(),
                        choices: option.choices.iter().map(Term::from).collect(),
                    });
                }
            },
            Kind::Flag => {
                json!(parse::flag(typed).ok_or_else(|| Refusal::YesOrNo { option: Name::from(&option.name), typed: typed.to_owned() })?)
            }
        })
    }

    fn numbered(&self, typed: &str, prefix: &str, exists: impl Fn(u32) -> bool) -> Option<u32> {
        let digits = typed.strip_prefix('#').unwrap_or(typed);
        let digits = digits.strip_prefix(prefix).or_else(|| digits.strip_prefix(prefix.to_lowercase().as_str())).unwrap_or(digits);
        let id = (digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok()).flatten()?;
        exists(id).then_some(id)
    }

    /// A person by mention, by `@handle`, by handle or by name. A word that is one person's handle and another's name is
    /// refused: `@` says that the handle is meant.
    fn person(&self, typed: &str) -> Result<PersonId, Refusal> {
        let account = Account { platform: self.platform.to_owned(), id: typed.to_owned() };
        if let Some(handle) = typed.strip_prefix('@') {
            let bare = || self.directory.person(&Account { platform: self.platform.to_owned(), id: handle.to_owned() });
            let known = self.books.anybody_by_handle(&handle.to_lowercase()).or_else(|| self.directory.person(&account)).or_else(bare);
            return known.ok_or_else(|| self.unknown_person(typed));
        }
        let name: String = typed.nfc().collect();
        let handle = name.to_lowercase();
        let called = self.directory.people_called(&name).map(|person| self.books.who(person));
        let mut found: Vec<PersonId> = self.books.anybody_by_handle(&handle).into_iter().chain(called).collect();
        found.sort_unstable();
        found.dedup();
        match found.as_slice() {
            [] => self.directory.person(&account).ok_or_else(|| self.unknown_person(typed)),
            [one] => Ok(*one),
            several => Err(Refusal::SeveralPeople {
                typed: typed.to_owned(),
                handles: several.iter().map(|&p| Name(format!("@{}", self.books.handle(p)))).collect(),
            }),
        }
    }

    fn unknown_person(&self, typed: &str) -> Refusal {
        let wanted = typed.trim_start_matches('@').to_lowercase();
        let nearest = nearest(&wanted, self.books.handles());
        Refusal::UnknownPerson { typed: typed.to_owned(), nearest: nearest.map(Name::from) }
    }

    fn milestone(&self, typed: &str) -> Result<MilestoneId, Refusal> {
        let name = account_name(typed).unwrap_or_default();
        let milestones = &self.books.milestones;
        milestones.iter().find(|milestone| milestone.name == name).map(|milestone| milestone.id).ok_or_else(|| Refusal::UnknownMilestone {
            typed: typed.to_owned(),
            known: milestones.iter().map(|milestone| Name::from(&milestone.name)).collect(),
        })
    }

    fn project(&self, typed: &str) -> Result<ProjectId, Refusal> {
        let name = account_name(typed).unwrap_or_default();
        let names = || self.books.projects.values().map(|project| project.name.as_str());
        self.books
            .project_by_name(&name)
            .ok_or_else(|| Refusal::UnknownProject { typed: typed.to_owned(), nearest: nearest(&name, names()).map(Name::from) })
    }
}

fn as_id(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|id| u32::try_from(id).ok())
}

/// The name that is at most two edits away, if one is.
pub fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (strsim::osa_distance(wanted, name), name))
        .filter(|(distance, name)| *distance <= 2 && 2 * *distance < name.len())
        .min()
        .map(|(_, name)| name)
}

/// A name that accounts can be called by: lower-case letters, digits and hyphens, spaces become hyphens. `None` when nothing
/// is left of it or it is too long.
pub fn account_name(typed: &str) -> Option<String> {
    use unicode_normalization::char::is_combining_mark;
    let mut name = String::new();
    for c in typed.trim().to_lowercase().nfc() {
        match c {
            c if c.is_alphanumeric() => name.push(c),
            c if is_combining_mark(c) && !name.is_empty() && !name.ends_with('-') => name.push(c),
            ' ' | '-' | '_' | '.' if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            ' ' | '-' | '_' | '.' | '\'' => {}
            _ => return None,
        }
    }
    let name = name.trim_end_matches('-');
    (!name.is_empty() && name.chars().count() <= LONGEST_NAME).then(|| name.to_owned())
}
