//! Whether a room and a person may use a command.

use crate::commands::context::Moment;
use crate::core::books::state::Books;
use crate::core::fact::people::Role;
use crate::core::ids::{PersonId, ProjectId};
use crate::core::name::Name;
use crate::engine::invocation::Invocation;
use crate::engine::network::names_network;
use crate::engine::request::{Cause, Request};
use crate::engine::state::EngineState;
use crate::grammar::parse::Call;
use crate::grammar::spec::{Caller, Command, NetworkBy, Room};
use crate::message::field::{Term, Typed};
use crate::message::people::PeopleRefusal;
use crate::message::refusal::Refusal;
use crate::message::room::RoomRefusal;
use crate::store::state::Network;

impl EngineState {
    /// Checks that the room is what the command needs: in a network, or in none.
    ///
    /// # Errors
    /// The refusal for its author: the room has no network, or has one already, or the author must say which is meant.
    pub fn check_room(&self, invocation: &Invocation, command: &Command, call: &Call) -> Result<(), Refusal> {
        let network = invocation.network.as_ref().and_then(|id| self.networks.get(id));
        let Request { room, context, account, .. } = invocation.request;
        let has_one = room.is_local() || context.direct || is_system(invocation.request);
        let linked = self.network_at(invocation.request).is_some() || (has_one && network.is_some());
        let named = names_network(&self.registry.catalog, call);
        let has_code = matches!(named, Some((NetworkBy::RoomCode, _)));
        let fits = room_fits(command, has_code, network, linked);
        if let Err(Refusal::Room(RoomRefusal::NoNetwork)) = fits
            && context.direct
        {
            let own: Vec<&str> = self.networks_of(account).map(|(_, network)| network.books.name.as_str()).collect();
            if own.len() > 1 {
                return Err(RoomRefusal::WhichNetwork { networks: own.join(", ") }.into());
            }
        }
        fits
    }
}

fn room_fits(command: &Command, has_code: bool, network: Option<&Network>, linked: bool) -> Result<(), Refusal> {
    let has_network = || {
        Refusal::Room(RoomRefusal::HasNetwork {
            network: network.map(|known| known.books.name.clone()).unwrap_or_default(),
        })
    };
    match command.room {
        Room::Linked if !linked => Err(RoomRefusal::NoNetwork.into()),
        Room::Unlinked if linked => Err(has_network()),
        // A room is linked only once; a code here would be another network's.
        Room::Any if has_code && linked => Err(has_network()),
        Room::Any if has_code && network.is_none() => Err(RoomRefusal::BadLinkCode.into()),
        Room::Any if command.writes && !linked && !has_code => Err(RoomRefusal::NoNetwork.into()),
        Room::Linked | Room::Unlinked | Room::Any => Ok(()),
    }
}

/// Checks the roles that the command requires, or those of the options that were used.
///
/// # Errors
/// The refusal for its author: they have not joined, or lack the role.
pub fn check_roles(
    invocation: &Invocation,
    network: &Network,
    command: &Command,
    call: &Call,
    moment: &Moment,
) -> Result<(), Refusal> {
    let used = command.options.iter().filter(|option| call.options.contains_key(&option.name));
    let guarded = used.filter(|option| !option.roles.is_empty());
    let mut needed: Vec<(Option<Name>, &Vec<Caller>)> =
        guarded.map(|option| (Some(Name::from(&option.name)), &option.roles)).collect();
    if needed.is_empty() {
        needed.push((None, &command.roles));
    }
    needed.into_iter().try_for_each(|(option, roles)| {
        if roles.iter().any(|role| is(invocation, network, *role, moment)) {
            return Ok(());
        }
        let person = moment.author.person.filter(|&person| network.books.is_active(person));
        let words = || roles.iter().map(|role| Term::from(role.word())).collect();
        Err(match person {
            _ if roles.contains(&Caller::System) => {
                RoomRefusal::UnknownCommand { typed: Typed(command.name.clone()), nearest: None }.into()
            }
            _ if roles == &[Caller::Host] => RoomRefusal::HostsOnly.into(),
            None => PeopleRefusal::JoinFirst.into(),
            Some(_) => {
                PeopleRefusal::RoleNeeded { option, roles: words(), holders: holders(network, roles, moment.project) }
                    .into()
            }
        })
    })
}

fn is(invocation: &Invocation, network: &Network, role: Caller, moment: &Moment) -> bool {
    match role {
        Caller::Observer => !is_system(invocation.request),
        Caller::Host => moment.host,
        Caller::System => is_system(invocation.request),
        Caller::Affiliate | Caller::Lead | Caller::Custodian | Caller::Steward => {
            holds(&network.books, moment.author.person, role, moment.project)
        }
    }
}

/// Whether the system itself gives the command.
fn is_system(request: Request) -> bool {
    match request.cause {
        Cause::Event | Cause::Job(_) => true,
        Cause::Person | Cause::Answer(_) => false,
    }
}

/// Whether a person has a role, according to the books.
pub fn holds(books: &Books, person: Option<PersonId>, role: Caller, project: Option<ProjectId>) -> bool {
    let Some(person) = person.filter(|&person| books.is_active(person)) else { return false };
    match role {
        Caller::Observer | Caller::Affiliate => true,
        // Without a project the command can do nothing yet: a lead of any project is told what is missing.
        Caller::Lead if project.is_none() => books.leads_any(person),
        Caller::Lead => books.has_role(person, Role::Lead, project),
        Caller::Custodian => books.has_role(person, Role::Custodian, project),
        Caller::Steward => books.has_role(person, Role::Steward, project),
        Caller::Host | Caller::System => false,
    }
}

fn holders(network: &Network, roles: &[Caller], project: Option<ProjectId>) -> Vec<Name> {
    let books = &network.books;
    let of = |role: &Caller| match role {
        Caller::Lead => [books.holders(Role::Lead, project), books.holders(Role::Steward, None)].concat(),
        Caller::Custodian => books.holders(Role::Custodian, None),
        Caller::Steward => books.holders(Role::Steward, None),
        Caller::Observer | Caller::Affiliate | Caller::Host | Caller::System => Vec::new(),
    };
    let mut people: Vec<PersonId> = roles.iter().flat_map(of).collect();
    people.sort_unstable();
    people.dedup();
    people.into_iter().map(|person| books.name_of(person)).collect()
}
