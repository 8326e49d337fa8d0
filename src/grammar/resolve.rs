//! Resolves options as typed to what they mean (people, projects, tasks, amounts, dates), by the books and the room.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Map, Value, json};
use unicode_normalization::UnicodeNormalization;

use crate::core::books::state::Books;
use crate::core::contribution::PLAIN_WORK;
use crate::core::ids::{
    BatchId, BillId, DistributionId, EquipmentId, LineId, LogId, LotId, MilestoneId, MoneyId, PersonId, PoolId,
    ProjectId, ProposalId, TaskId,
};
use crate::core::look::{is_blank, look, normal};
use crate::core::name::Name;
use crate::core::pool::{PoolState, Purpose};
use crate::core::rule::preset::USUAL_FUNDS;
use crate::directory::{Account, Directory, RoomKey, Topic};
use crate::grammar::catalog::Catalog;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::parse::Call;
use crate::grammar::sentence::Aim;
use crate::grammar::spec::{Command, Default, Opt};
use crate::grammar::spelling::{account_name, hyphenated, nearest};
use crate::grammar::values::{End, Owed, Towards};
use crate::grammar::{parse, values};
use crate::message::field::{NamedAccount, Term, Typed};
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;
use crate::message::typed::TypedRefusal;
use crate::platform::Platform;

/// The context in which options are resolved.
pub struct Resolver<'a> {
    /// The commands, for the names of choices in other languages.
    pub catalog: &'a Catalog,
    /// The books.
    pub books: &'a Books,
    /// The directory.
    pub directory: &'a Directory,
    /// The platform of mentions.
    pub platform: Platform,
    /// The author's person, whom `me` means.
    pub author: Option<PersonId>,
    /// The room of the message, and what it lies in, from the inside out.
    pub places: &'a [RoomKey],
    /// The day on which the command counts, in the network's zone.
    pub today: NaiveDate,
    /// The day on which the command was said. Missing dates, and dates that are relative to it, go by this day.
    pub said_on: NaiveDate,
}

/// Resolved options, and the project that the command is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// One value per option, in the shape of the command's argument struct.
    pub options: Value,
    /// The project.
    pub project: Option<ProjectId>,
}

impl Resolver<'_> {
    /// Resolves the options of a call.
    ///
    /// # Errors
    /// [`Refusal`] if an option is unknown, missing, or has a value that means nothing here.
    pub fn resolve(&self, command: &Command, call: &Call) -> Result<Resolved, Refusal> {
        let typed = &call.options;
        if let Some(unknown) = typed.keys().find(|name| !command.options.iter().any(|option| option.name == **name)) {
            return Err(RoomRefusal::BadArguments { why: format!("no option is called {unknown}") }.into());
        }
        if let Some(missing) =
            command.options.iter().find(|option| option.required && !typed.contains_key(&option.name))
        {
            return Err(parse::missing_option(command, missing));
        }
        let mut options = Map::new();
        let mut about = None;
        let mut explicit = None;
        for option in &command.options {
            let Some(text) = typed.get(&option.name) else { continue };
            let value = self.value(option, text)?;
            self.check_name(option, text, &value, call.behind.get(&option.name))?;
            match option.kind {
                OptionKind::Person
                    if command.begins_with_people()
                        && as_id(&value).is_some_and(|id| self.books.is_erased(PersonId(id))) =>
                {
                    return Err(self.people().unknown(text));
                }
                OptionKind::Project => explicit = as_id(&value).map(ProjectId),
                kind => about = as_id(&value).and_then(|id| self.project_about(kind, id)).or(about),
            }
            options.insert(option.name.clone(), value);
        }
        if let (Some(explicit), Some(about)) = (explicit, about)
            && explicit != about
        {
            return Err(TypedRefusal::OtherProject { project: self.books.project_name(about) }.into());
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
                    let only = || {
                        (self.books.projects.len() == 1).then(|| self.books.projects.keys().next().copied()).flatten()
                    };
                    project = project.or_else(|| self.rooms_project()).or_else(only);
                    let found = project.ok_or_else(|| match self.books.projects.is_empty() {
                        true => TypedRefusal::NoProjects,
                        false => TypedRefusal::WhichProject {
                            projects: self.books.projects.values().map(|p| Name::from(&p.name)).collect(),
                        },
                    })?;
                    json!(found)
                }
            };
            if !value.is_null() {
                options.insert(option.name.clone(), value);
            }
        }
        let resolved = Resolved { options: Value::Object(options), project };
        match call.aim.as_ref().and_then(|aim| self.option_instead(command, aim, typed, &resolved)) {
            Some(refusal) => Err(refusal),
            None => Ok(resolved),
        }
    }

    /// The project of what an option names, if it belongs to one.
    fn project_about(&self, kind: OptionKind, id: u32) -> Option<ProjectId> {
        match kind {
            OptionKind::Task => self.books.task(TaskId(id)).map(|task| task.project),
            OptionKind::Log => self.books.log(LogId(id)).map(|log| log.project),
            OptionKind::Distribution => self.books.distribution(DistributionId(id)).map(|shared| shared.project),
            OptionKind::Proposal => self.books.proposals.get(ProposalId(id)).map(|proposal| proposal.project),
            _ => None,
        }
    }

    /// Refuses the name of something if the words behind it make another name: `project:garden north`.
    fn check_name(&self, option: &Opt, text: &str, value: &Value, behind: Option<&Vec<String>>) -> Result<(), Refusal> {
        let may_be_longer = matches!(
            option.kind,
            OptionKind::Project | OptionKind::Person | OptionKind::Pool | OptionKind::Equipment | OptionKind::Milestone
        );
        let behind = behind.filter(|_| may_be_longer).map_or(&[][..], Vec::as_slice);
        let longer = (1..=behind.len()).map(|count| format!("{text} {}", behind[..count].join(" ")));
        let is_another = |name: &String| self.value(option, name).is_ok_and(|other| other != *value);
        match longer.rev().find(is_another) {
            Some(name) => Err(parse::instead(option, &name, &name)),
            None => Ok(()),
        }
    }

    /// A text that ends in `for` and the name of another project or of somebody else is doubted: a colon more, and the
    /// entry would be theirs.
    fn option_instead(
        &self,
        command: &Command,
        aim: &Aim,
        typed: &BTreeMap<String, String>,
        resolved: &Resolved,
    ) -> Option<Refusal> {
        let open = |kind| {
            let option = command.options.iter().find(|option| option.kind == kind)?;
            (!typed.contains_key(&option.name)).then_some(option)
        };
        let project = || {
            let option = open(OptionKind::Project)?;
            let named = self.project(&aim.named).ok()?;
            (resolved.project != Some(named)).then(|| (option, self.books.project_name(named)))
        };
        let person = || {
            let option = open(OptionKind::Person)?;
            let named = self.books.anybody_by_handle(aim.named.trim_start_matches('@'))?;
            let named = self.books.canonical_id(named);
            (self.author != Some(named)).then(|| (option, Name::from(self.books.handle(named))))
        };
        let (option, name) = project().or_else(|| if aim.is_place { None } else { person() })?;
        let instead = Name(format!("{}:{}", option.name, name.0));
        Some(TypedRefusal::OptionInstead { words: Typed(aim.words.clone()), instead }.into())
    }

    /// The refusal of what is taken for a log. A movement of money is undone in another way.
    fn not_a_log(&self, typed: &str) -> TypedRefusal {
        let is_money = typed.to_lowercase().starts_with(&MoneyId::PREFIX.to_lowercase())
            && self.numbered(typed, MoneyId::PREFIX, |id| self.books.money(MoneyId(id)).is_some()).is_some();
        let typed = Typed(typed.to_owned());
        if is_money { TypedRefusal::MoneyNotLog { typed } } else { TypedRefusal::UnknownLog { typed } }
    }

    fn rooms_project(&self) -> Option<ProjectId> {
        self.places.iter().find_map(|room| self.directory.project_of(room))
    }

    fn topics(&self) -> impl Iterator<Item = Topic> {
        self.places.iter().flat_map(|room| self.directory.topics_of(room))
    }

    /// The room's pool, else the only open one, else the only one.
    fn default_pool(&self) -> Result<PoolId, Refusal> {
        let of_room = self.topics().find_map(|topic| if let Topic::Pool(pool) = topic { Some(pool) } else { None });
        let open: Vec<PoolId> =
            self.books.pools.iter().filter(|pool| pool.state == PoolState::Open).map(|pool| pool.id).collect();
        let all: Vec<PoolId> = self.books.pools.iter().map(|pool| pool.id).collect();
        let only = |pools: &[PoolId]| if let [only] = pools { Some(*only) } else { None };
        let found = of_room.or_else(|| only(&open)).or_else(|| only(&all));
        found.ok_or_else(|| match self.books.pools.is_empty() {
            true => TypedRefusal::NoPool.into(),
            false => {
                TypedRefusal::WhichPool { pools: self.books.pools.iter().map(|pool| Name::from(&pool.name)).collect() }
                    .into()
            }
        })
    }

    /// The room's machine, or the machine of its pool, else the only one.
    fn default_equipment(&self) -> Result<EquipmentId, Refusal> {
        let of_pool = |pool| match self.books.pool(pool)?.conditions.purpose {
            Purpose::Equipment(equipment) => Some(equipment),
            Purpose::Project(_) => None,
        };
        let of_room = || {
            self.topics().find_map(|topic| if let Topic::Equipment(equipment) = topic { Some(equipment) } else { None })
        };
        let of_rooms_pool =
            || self.topics().find_map(|topic| if let Topic::Pool(pool) = topic { of_pool(pool) } else { None });
        let only = || if let [only] = &self.books.equipment[..] { Some(only.id) } else { None };
        of_room().or_else(of_rooms_pool).or_else(only).ok_or_else(|| match self.books.equipment.is_empty() {
            true => TypedRefusal::NoEquipment.into(),
            false => TypedRefusal::WhichEquipment {
                equipment: self.books.equipment.iter().map(|machine| Name::from(&machine.name)).collect(),
            }
            .into(),
        })
    }

    fn value(&self, option: &Opt, typed: &str) -> Result<Value, Refusal> {
        if typed.chars().count() > option.most {
            return Err(TypedRefusal::TooLong { option: Name::from(&option.name), most: option.most }.into());
        }
        if typed.chars().any(char::is_control) {
            return Err(TypedRefusal::ControlCharacter.into());
        }
        Ok(match option.kind {
            OptionKind::Text | OptionKind::Word | OptionKind::File if is_blank(typed) => {
                return Err(TypedRefusal::NoValue { option: Name::from(&option.name) }.into());
            }
            OptionKind::Text => json!(typed.trim().nfc().collect::<String>()),
            OptionKind::WorkRole if self.catalog.means(PLAIN_WORK, typed) => json!(PLAIN_WORK),
            OptionKind::Name | OptionKind::WorkRole | OptionKind::Fund => {
                let there_is = match option.kind {
                    OptionKind::Fund => fund_called(self.books, typed),
                    OptionKind::WorkRole => {
                        called(typed, self.books.rates.iter().map(|rate| (rate.role.as_str(), rate.role.clone())))
                    }
                    _ => None,
                };
                json!(
                    there_is
                        .or_else(|| account_name(typed))
                        .ok_or_else(|| TypedRefusal::NotAName { typed: Typed(typed.to_owned()) })?
                )
            }
            OptionKind::Word | OptionKind::File => json!(typed.trim()),
            OptionKind::Estimate
            | OptionKind::Duration
            | OptionKind::Amount
            | OptionKind::ForeignAmount
            | OptionKind::Balance
            | OptionKind::Pledge
            | OptionKind::Quantity
            | OptionKind::Owed
            | OptionKind::Fee
            | OptionKind::Days
            | OptionKind::Period
            | OptionKind::Page => self.measure(option.kind, typed)?,
            OptionKind::Date | OptionKind::Since | OptionKind::Until | OptionKind::PastDate => {
                json!(self.day(option.kind, typed)?)
            }
            OptionKind::Person => json!(self.person(typed)?),
            OptionKind::Project => json!(self.project(typed)?),
            OptionKind::Task => json!(
                self.numbered(typed, "#", |id| self.books.task(TaskId(id)).is_some())
                    .ok_or_else(|| TypedRefusal::UnknownTask { typed: Typed(typed.to_owned()) })?
            ),
            OptionKind::Log => json!(
                self.numbered(typed, LogId::PREFIX, |id| self.books.log(LogId(id)).is_some())
                    .ok_or_else(|| self.not_a_log(typed))?
            ),
            OptionKind::Money => json!(
                self.numbered(typed, MoneyId::PREFIX, |id| self.books.money(MoneyId(id)).is_some())
                    .ok_or_else(|| TypedRefusal::UnknownMoney { typed: Typed(typed.to_owned()) })?
            ),
            OptionKind::Distribution => {
                let is_there = |id| self.books.distribution(DistributionId(id)).is_some();
                let unknown = || TypedRefusal::UnknownDistribution { typed: Typed(typed.to_owned()) };
                json!(self.numbered(typed, DistributionId::PREFIX, is_there).ok_or_else(unknown)?)
            }
            OptionKind::Batch => json!(
                self.numbered(typed, BatchId::PREFIX, |id| self.books.batch(BatchId(id)).is_some())
                    .ok_or_else(|| TypedRefusal::UnknownBatch { typed: Typed(typed.to_owned()) })?
            ),
            OptionKind::Proposal => json!(
                self.numbered(typed, ProposalId::PREFIX, |id| self.books.proposal(ProposalId(id)).is_some())
                    .ok_or_else(|| TypedRefusal::NoProposal { project: Name::from(typed) })?
            ),
            OptionKind::Milestone => json!(self.milestone(typed)?),
            OptionKind::Pool => {
                let pools = || self.books.pools.iter().map(|pool| (pool.name.as_str(), pool.id));
                let near = || near_name(typed, pools().map(|(name, _)| name));
                json!(
                    called(typed, pools())
                        .ok_or_else(|| TypedRefusal::UnknownPool { typed: Typed(typed.to_owned()), nearest: near() })?
                )
            }
            OptionKind::Equipment => {
                let machines = || self.books.equipment.iter().map(|machine| (machine.name.as_str(), machine.id));
                let near = || near_name(typed, machines().map(|(name, _)| name));
                json!(called(typed, machines()).ok_or_else(|| TypedRefusal::UnknownEquipment {
                    typed: Typed(typed.to_owned()),
                    nearest: near()
                })?)
            }
            OptionKind::Bill => json!(
                self.numbered(typed, BillId::PREFIX, |id| self.books.bill(BillId(id)).is_some())
                    .ok_or_else(|| TypedRefusal::UnknownBill { typed: Typed(typed.to_owned()) })?
            ),
            OptionKind::Lot => json!(
                self.numbered(typed, LotId::PREFIX, |id| self.books.lot(LotId(id)).is_some())
                    .ok_or_else(|| TypedRefusal::UnknownLot { typed: Typed(typed.to_owned()) })?
            ),
            OptionKind::Line => json!(
                self.numbered(typed, LineId::PREFIX, |id| self.books.line(LineId(id)).is_some())
                    .ok_or_else(|| TypedRefusal::UnknownLine { typed: Typed(typed.to_owned()) })?
            ),
            OptionKind::Choice => match self.catalog.choice(&option.choices, typed) {
                Some(choice) => json!(choice),
                None => {
                    return Err(TypedRefusal::NotAChoice {
                        option: Name::from(&option.name),
                        typed: Typed(typed.to_owned()),
                        choices: option.choices.iter().map(Term::from).collect(),
                    }
                    .into());
                }
            },
            OptionKind::Flag => {
                json!(values::flag(typed).ok_or_else(|| TypedRefusal::YesOrNo {
                    option: Name::from(&option.name),
                    typed: Typed(typed.to_owned())
                })?)
            }
        })
    }

    fn day(&self, kind: OptionKind, typed: &str) -> Result<NaiveDate, Refusal> {
        match kind {
            OptionKind::Since => values::end_of_period(typed, self.said_on, End::First),
            OptionKind::Until => values::end_of_period(typed, self.said_on, End::Last),
            OptionKind::PastDate => match values::date(typed, self.said_on, Towards::Nearest)? {
                date if date > self.today => Err(TypedRefusal::InTheFuture { date, today: self.today }.into()),
                date => Ok(date),
            },
            _ => values::date(typed, self.said_on, Towards::Future),
        }
    }

    /// A time, money, a number, or a part of one of them.
    fn measure(&self, kind: OptionKind, typed: &str) -> Result<Value, Refusal> {
        let commodity = self.books.commodity;
        Ok(match kind {
            OptionKind::Duration => json!(values::duration(typed)?),
            OptionKind::Estimate => json!(values::estimate(typed)?),
            OptionKind::Days => json!(values::days(typed)?),
            OptionKind::Period => json!(values::days_of(typed, self.said_on)?),
            OptionKind::Page => json!(values::page(typed)?),
            OptionKind::Quantity => json!(values::quantity(typed)?),
            OptionKind::Pledge => json!(values::pledge(typed, commodity)?),
            OptionKind::Balance => json!(values::balance(typed, commodity)?),
            OptionKind::ForeignAmount => json!(values::foreign_amount(typed, commodity)?),
            OptionKind::Fee => json!(values::fee(typed, commodity)?),
            OptionKind::Owed if self.catalog.means("all", typed) => json!(Owed::All),
            OptionKind::Owed => json!(Owed::Part(values::amount(typed, commodity)?)),
            _ => json!(values::amount(typed, commodity)?),
        })
    }

    fn person(&self, typed: &str) -> Result<PersonId, Refusal> {
        match self.author.filter(|_| self.catalog.is_me(typed)) {
            Some(author) => Ok(author),
            None if self.catalog.is_me(typed) => Err(PeopleRefusal::JoinFirst.into()),
            None => self.people().named(typed),
        }
    }

    fn numbered(&self, typed: &str, prefix: &str, exists: impl Fn(u32) -> bool) -> Option<u32> {
        let digits =
            typed.strip_prefix(prefix).or_else(|| typed.strip_prefix(prefix.to_lowercase().as_str())).unwrap_or(typed);
        let id =
            (digits.len() <= 9 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok()).flatten()?;
        exists(id).then_some(id)
    }

    fn people(&self) -> People<'_> {
        People { books: self.books, directory: self.directory, platform: self.platform }
    }

    fn milestone(&self, typed: &str) -> Result<MilestoneId, Refusal> {
        let milestones = &self.books.milestones;
        let found = called(typed, milestones.iter().map(|milestone| (milestone.name.as_str(), milestone.id)));
        found.ok_or_else(|| {
            TypedRefusal::UnknownMilestone {
                typed: Typed(typed.to_owned()),
                known: milestones.iter().map(|milestone| Name::from(&milestone.name)).collect(),
            }
            .into()
        })
    }

    fn project(&self, typed: &str) -> Result<ProjectId, Refusal> {
        let projects = || self.books.projects.iter().map(|(&id, project)| (project.name.as_str(), id));
        called(typed, projects()).ok_or_else(|| {
            TypedRefusal::UnknownProject {
                typed: Typed(typed.to_owned()),
                nearest: near_name(typed, projects().map(|(name, _)| name)),
            }
            .into()
        })
    }
}

/// How a person is named. A choice from a list, a mention and a pill name an account; nothing that is typed as a name
/// does.
enum Named<'a> {
    /// An account, by its id.
    Account(&'a str),
    /// A handle, behind an `@`.
    Handle(&'a str),
    /// A handle, or a display name.
    Word(&'a str),
}

impl<'a> Named<'a> {
    /// Reads the forms in which platforms write mentions: `<@id>`, and a whole Matrix user id. No handle contains `<`
    /// or `:`, so it can't be mistaken for one of these, whether the platform or a person wrote it.
    fn read(typed: &'a str) -> Self {
        let typed = typed.trim();
        if let Some(id) = typed.strip_prefix("<@").and_then(|rest| rest.strip_suffix('>')) {
            // Discord's older form of a mention.
            let digits = id.strip_prefix('!').filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
            return Self::Account(digits.unwrap_or(id));
        }
        match typed.strip_prefix('@') {
            Some(id) if id.contains(':') => Self::Account(typed),
            Some(handle) => Self::Handle(handle),
            None => Self::Word(typed),
        }
    }
}

/// Finds the people of a network by what was typed.
#[derive(Clone, Copy)]
pub struct People<'a> {
    /// The books.
    pub books: &'a Books,
    /// The directory.
    pub directory: &'a Directory,
    /// The platform of accounts.
    pub platform: Platform,
}

impl People<'_> {
    /// The person that was named: by account, by `@handle`, by handle or by display name. An account means only its own
    /// person. A word that means one person and looks like the name of another is refused; `@` says that a handle is
    /// meant.
    ///
    /// # Errors
    /// [`TypedRefusal::HasNotJoined`] for an account of nobody, [`TypedRefusal::UnknownPerson`] for an unknown name,
    /// [`TypedRefusal::SeveralPeople`] if several people could be meant.
    pub fn named(self, typed: &str) -> Result<PersonId, Refusal> {
        match Named::read(typed) {
            Named::Account(id) => {
                let account = Account { platform: self.platform, id: id.to_owned() };
                self.directory
                    .person(&account)
                    .ok_or_else(|| TypedRefusal::HasNotJoined { account: NamedAccount(shown_id(id)) }.into())
            }
            Named::Handle(handle) => self.books.anybody_by_handle(handle).ok_or_else(|| self.unknown(typed)),
            Named::Word(word) => {
                // Digits alone are an account's id, even if they are somebody's display name.
                let called = word.contains(char::is_alphabetic).then_some(self.directory);
                let mut meant: Vec<PersonId> =
                    called.into_iter().flat_map(|directory| directory.people_called(word)).collect();
                meant.extend(self.books.anybody_by_handle(word));
                if meant.is_empty() {
                    return Err(self.unknown(typed));
                }
                meant.extend(called.into_iter().flat_map(|directory| directory.people_called_like(word)));
                // Only people's present names are meant, not older ones in the journal.
                let seen = look(word);
                meant.extend(
                    self.books.all_who_look_like(word).filter(|&person| look(self.books.handle_of_id(person)) == seen),
                );
                let meant: BTreeSet<PersonId> =
                    meant.into_iter().map(|person| self.books.canonical_id(person)).collect();
                match meant.first() {
                    Some(&one) if meant.len() == 1 => Ok(one),
                    _ => Err(TypedRefusal::SeveralPeople {
                        typed: Typed(typed.to_owned()),
                        handles: meant.into_iter().map(|p| Name(format!("@{}", self.books.handle(p)))).collect(),
                    }
                    .into()),
                }
            }
        }
    }

    /// Like [`People::named`], without people who are erased.
    ///
    /// # Errors
    /// As [`People::named`]; an erased person is unknown.
    pub fn named_now(self, typed: &str) -> Result<PersonId, Refusal> {
        self.named(typed)
            .and_then(|person| if self.books.is_erased(person) { Err(self.unknown(typed)) } else { Ok(person) })
    }

    /// The refusal of an unknown name, with the name that was probably meant.
    pub fn unknown(self, typed: &str) -> Refusal {
        let typed = typed.trim();
        let wanted = normal(typed.trim_start_matches('@'));
        let alike = self
            .books
            .looks_like(&wanted)
            .map(|person| self.books.canonical_id(person))
            .filter(|person| !self.books.is_erased(*person));
        let alike = alike.map(|person| self.books.handle(person));
        let nearest = alike.or_else(|| nearest(&wanted, self.books.handles()));
        TypedRefusal::UnknownPerson {
            typed: Typed(typed.to_owned()),
            nearest: nearest.map(|handle| Name(format!("@{handle}"))),
        }
        .into()
    }
}

/// Whether a word can only mean a person: an account, or a handle behind its `@`.
pub fn is_person(typed: &str) -> bool {
    !matches!(Named::read(typed), Named::Word(_))
}

/// An account's id as people write it.
pub fn shown_id(id: &str) -> String {
    if id.starts_with('@') { id.to_owned() } else { format!("@{id}") }
}

/// The item of this name: an exact match, else the only one whose name has the same normal form. A name that only looks
/// the same is another.
pub fn called<'a, T>(typed: &str, mut names: impl Iterator<Item = (&'a str, T)> + Clone) -> Option<T> {
    let exact = hyphenated(&typed.trim().to_lowercase().nfc().collect::<String>());
    let wanted = account_name(typed)?;
    let mut same = names.clone().filter(|(name, _)| account_name(name).as_ref() == Some(&wanted));
    let by_normal_form = same.next().filter(|(only, _)| same.all(|(other, _)| other == *only));
    names.find(|(name, _)| exact.as_deref() == Some(*name)).or(by_normal_form).map(|(_, found)| found)
}

/// A fund that exists, or that rules may name.
pub fn fund_called(books: &Books, typed: &str) -> Option<String> {
    let funds = books.funds();
    let own = books.projects.values().map(|project| project.name.as_str());
    let all: BTreeSet<&str> = funds.keys().map(String::as_str).chain(USUAL_FUNDS).chain(own).collect();
    called(typed, all.iter().map(|name| (*name, (*name).to_owned())))
}

/// The name that was probably meant.
pub fn near_name<'a>(typed: &str, names: impl Iterator<Item = &'a str> + Clone) -> Option<Name> {
    let wanted = account_name(typed)?;
    let alike = names.clone().find(|name| look(name) == look(&wanted));
    alike.or_else(|| nearest(&wanted, names)).map(Name::from)
}

/// Checks that a new name looks like none of these.
///
/// # Errors
/// [`TypedRefusal::LooksLike`] with the name that it looks like.
pub fn looks_new<'a>(name: &str, mut others: impl Iterator<Item = &'a str>) -> Result<(), Refusal> {
    let seen = look(name);
    match others.find(|other| look(other) == seen) {
        Some(like) => Err(TypedRefusal::LooksLike { name: Name::from(name), like: Name::from(like) }.into()),
        None => Ok(()),
    }
}

fn as_id(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|id| u32::try_from(id).ok())
}
