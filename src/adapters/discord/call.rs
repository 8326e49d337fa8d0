//! Turns Discord's commands into calls: a command's path, and the options that somebody filled in.

use std::collections::BTreeMap;

use crate::core::name::Name;
use crate::grammar::catalog::Catalog;
use crate::grammar::option_kind::OptionKind;
use crate::grammar::parse::Call;
use crate::message::refusal::Refusal;
use crate::message::typed::TypedRefusal;

/// The ending of an option's name if it takes a person's handle.
pub const BY_HANDLE: &str = "-handle";

/// The command that a path of Discord's means. A command of an older registration keeps its name, and the engine
/// refuses it.
pub fn command_name(catalog: &Catalog, path: &str) -> String {
    match (catalog.command(path), path.rsplit_once(' ')) {
        (None, Some((group, _))) if catalog.command(group).is_some_and(|command| catalog.path(command) == path) => {
            group.to_owned()
        }
        _ => path.to_owned(),
    }
}

/// A call with the options that somebody filled in, by name.
///
/// # Errors
/// Refused if an option is given twice.
pub fn call(
    catalog: &Catalog,
    path: &str,
    filled: impl IntoIterator<Item = (String, String)>,
) -> Result<Call, Refusal> {
    let command = command_name(catalog, path);
    let spec = catalog.command(&command);
    let is_person = |name: &str| {
        spec.and_then(|command| command.option(name)).is_some_and(|option| option.kind == OptionKind::Person)
    };
    let mut options = BTreeMap::new();
    for (name, value) in filled {
        let person = name.strip_suffix(BY_HANDLE).filter(|person| is_person(person));
        let name = person.unwrap_or(&name).to_owned();
        if options.insert(name.clone(), value).is_some() {
            return Err(TypedRefusal::OptionTwice { option: Name(name) }.into());
        }
    }
    Ok(Call::new(&command, options))
}
