//! `language`: the language in which somebody, a room or the network is answered.

use serde::Deserialize;

use crate::commands::context::CommandContext;
use crate::commands::decision::Decision;
use crate::core::fact::people::Role;
use crate::directory::{DirectoryChange, Scope};
use crate::grammar::spec::LANGUAGES;
use crate::message::field::Term;
use crate::message::people::{LanguageScope, PeopleLine};
use crate::message::refusal::Refusal;
use crate::preference::Preference;

/// Whose language is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Reader {
    #[default]
    Me,
    Room,
    Network,
}

/// `language`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    language: Option<String>,
    #[serde(default, rename = "for")]
    reader: Reader,
}

/// Sets a language, or shows which are set.
///
/// # Errors
/// Refused if the author may not set it for the room or the network.
pub fn language(context: CommandContext, args: Language) -> Result<Decision, Refusal> {
    let moment = context.moment;
    let Some(language) = args.language else {
        let known = |code: Option<&str>| Term::from(code.unwrap_or(LANGUAGES[0]));
        let of_room = context.directory.language_of(moment.places.iter());
        let line = PeopleLine::Languages {
            own: known(context.directory.own_language(&moment.author.account).or(of_room)),
            room: known(of_room),
            network: known(context.directory.language(Scope::Network)),
            languages: LANGUAGES.iter().map(Term::from).collect(),
        }
        .into();
        return Ok(Decision::reads(vec![line]));
    };
    let (scope, set_for) = match args.reader {
        Reader::Me => (Scope::Account(moment.author.account.clone()), LanguageScope::Me),
        Reader::Room => {
            context.may_arrange_room()?;
            (Scope::Room(moment.room.clone()), LanguageScope::Room)
        }
        Reader::Network => {
            context.must_be(&[Role::Steward])?;
            (Scope::Network, LanguageScope::Network)
        }
    };
    let personal = set_for == LanguageScope::Me;
    let line = PeopleLine::LanguageSet { language: Term::from(&language), scope: set_for }.into();
    let changes = vec![DirectoryChange::Preference(scope, Preference::Language(language))];
    Ok(Decision { changes, personal, ..Decision::reads(vec![line]) })
}
