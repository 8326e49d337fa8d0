//! The way back from Discord's commands to calls: a command's path, and the options that somebody filled in.

use std::collections::BTreeMap;

use crate::commands::Registry;
use crate::commands::parse::Call;
use crate::commands::spec::Kind;
use crate::core::message::Name;
use crate::core::refusal::Refusal;

/// How the name of an option for a person ends where it takes the person's handle.
pub const BY_HANDLE: &str = "-handle";

/// The command that a path of Discord's means. A command of an older registration keeps its name, and the engine
/// refuses it.
pub fn command_name(registry: &Registry, path: &str) -> String {
    match (registry.command(path), path.rsplit_once(' ')) {
        (None, Some((group, _))) if registry.command(group).is_some_and(|command| registry.path(command) == path) => group.to_owned(),
        _ => path.to_owned(),
    }
}

/// A call with the options that somebody filled in, by name. Fails if an option is given twice.
pub fn call(registry: &Registry, path: &str, filled: impl IntoIterator<Item = (String, String)>) -> Result<Call, Refusal> {
    let command = command_name(registry, path);
    let spec = registry.command(&command);
    let is_person = |name: &str| spec.and_then(|command| command.option(name)).is_some_and(|option| option.kind == Kind::Person);
    let mut options = BTreeMap::new();
    for (name, value) in filled {
        let person = name.strip_suffix(BY_HANDLE).filter(|person| is_person(person));
        let name = person.unwrap_or(&name).to_owned();
        if options.insert(name.clone(), value).is_some() {
            return Err(Refusal::OptionTwice { option: Name(name) });
        }
    }
    Ok(Call { command, options })
}
